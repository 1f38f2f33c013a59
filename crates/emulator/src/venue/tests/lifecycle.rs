//! How orders end without trading: their time, their market's, or silence (venue.md 3.8, 3.9, 4.6, 4.9).

use super::super::Change;
use super::super::listing::ListingError;
use super::super::mode::Mode;
use super::super::order::{OrderIx, Status, Why};
use super::super::people::KeyIx;
use super::stage::{START, Stage, fraction, market, shares, tick};
use crate::ledger::Refused;
use betteroms_core::market::{Gate, Resolution, Side};
use betteroms_core::time::Time;

fn status(stage: &Stage, order: OrderIx) -> Status {
    stage.venue.orders.get(order).status
}

/// The words the user channel has for how an order ended.
fn word(stage: &Stage, order: OrderIx) -> &'static str {
    match status(stage, order) {
        Status::Ended(why) => why.status(),
        Status::Live => "LIVE",
        Status::Matched => "MATCHED",
        Status::Delayed => "DELAYED",
    }
}

/// A stage whose market holds marketable orders back for three seconds, with a bid and an ask.
fn delayed() -> Stage {
    let mut stage = Stage::listing(|listing| listing.taker_delay_millis = 3_000);
    let [maker, ..] = stage.users;
    stage.put(maker, "BUY YES 100 @ 0.40 GTC");
    stage.put(maker, "SELL YES 100 @ 0.60 GTC");
    stage
}

#[test]
fn a_dated_order_goes_a_minute_early() {
    let mut stage = Stage::new();
    let user = stage.users[0];
    let order = stage.put(user, "BUY YES 10 @ 0.40 GTD+180");
    stage.pass(119_999);
    assert_eq!(status(&stage, order), Status::Live);
    stage.pass(1);
    assert_eq!(status(&stage, order), Status::Ended(Why::Expired));
    assert_eq!(word(&stage, order), "CANCELED_EXPIRED_ORDER");
    // However long the jump, it went at its own instant.
    let order = stage.put(user, "BUY YES 10 @ 0.40 GTD+200");
    let went = stage.venue.now().plus_secs(140);
    stage.venue.drain();
    stage.pass(86_400_000);
    let told = stage.venue.drain();
    let ended =
        told.iter().find(|d| matches!(d.change, Change::Ended { order: o, .. } if o == order));
    assert_eq!(ended.map(|dated| dated.at), Some(went));
}

#[test]
fn a_marketable_order_waits_out_the_delay_and_trades_then() {
    let mut stage = delayed();
    let [_, taker, _] = stage.users;
    let placed = stage.post(taker, "BUY YES 120 @ 0.60 GTC").unwrap();
    assert_eq!((placed.status, placed.making, placed.taking), ("delayed", 0, 0));
    assert_eq!(status(&stage, placed.order), Status::Delayed);
    stage.pass(2_999);
    assert_eq!(stage.venue.trades.len(), 0);
    stage.pass(1);
    let order = stage.venue.orders.get(placed.order);
    assert_eq!((order.status, order.left()), (Status::Live, shares("20")));
    // One that does not cross never waits.
    assert_eq!(stage.post(taker, "BUY YES 10 @ 0.30 GTC").unwrap().status, "live");
}

#[test]
fn what_it_waited_for_may_be_gone() {
    for (text, due) in [
        ("BUY YES $12 @ 0.60 FAK", Status::Ended(Why::Unmatched)),
        ("BUY YES $12 @ 0.60 FOK", Status::Ended(Why::Unmatched)),
        ("BUY YES 20 @ 0.60 GTC", Status::Live),
    ] {
        let mut stage = delayed();
        let [maker, taker, _] = stage.users;
        let order = stage.put(taker, text);
        let ask = stage.venue.open_orders(maker.key, None, None)[1];
        let id = stage.venue.orders.get(ask).id;
        stage.venue.cancel(maker.key, &id).unwrap();
        stage.pass(3_000);
        assert_eq!(status(&stage, order), due, "{text}");
    }
    assert_eq!(Why::Unmatched.status(), "UNMATCHED");
}

#[test]
fn nothing_held_back_trades_while_the_engine_does_not() {
    for (mode, due) in [
        (Mode::CancelOnly, Status::Ended(Why::Unmatched)),
        (Mode::Disabled, Status::Ended(Why::Unmatched)),
        (Mode::Normal, Status::Matched),
    ] {
        let mut stage = delayed();
        let taker = stage.users[1];
        let order = stage.put(taker, "BUY YES 20 @ 0.60 GTC");
        stage.venue.set_mode(mode);
        stage.pass(3_000);
        assert_eq!(status(&stage, order), due, "{mode:?}");
    }
}

#[test]
fn what_it_held_while_it_waited_pays_for_it_and_the_fee_comes_on_top() {
    // 12 dollars buy 20 shares; the fee on them is 0.05 × 20 × 0.6 × 0.4 = 0.24.
    let enough = (Status::Matched, 1);
    let short = (Status::Ended(Why::NotEnoughBalance), 0);
    for (has, due) in [("12.24", enough), ("12.23", short), ("12", short)] {
        let mut stage = delayed();
        let taker = stage.users[1];
        let away = super::stage::usd("1000") - super::stage::usd(has);
        stage.venue.ledger.withdraw(taker.wallet, away).unwrap();
        let order = stage.put(taker, "BUY YES $12 @ 0.60 FAK");
        stage.pass(3_000);
        assert_eq!((status(&stage, order), stage.venue.trades.len()), due, "{has}");
    }
}

#[test]
fn a_delayed_order_is_cancelled_like_any_other() {
    let mut stage = delayed();
    let [_, taker, _] = stage.users;
    let order = stage.put(taker, "BUY YES 20 @ 0.60 GTC");
    let id = stage.venue.orders.get(order).id;
    assert_eq!(stage.venue.cancel(taker.key, &id), Ok(order));
    stage.pass(5_000);
    assert_eq!(
        (status(&stage, order), stage.venue.trades.len()),
        (Status::Ended(Why::Cancelled), 0)
    );
}

#[test]
fn a_game_that_starts_clears_the_book_where_it_is_said_to() {
    for clears in [true, false] {
        let mut stage = Stage::listing(|listing| {
            listing.game_start = Some(START.plus_secs(60));
            listing.clear_on_start = clears;
            listing.taker_delay_millis = 3_000;
        });
        let [maker, taker, _] = stage.users;
        let (market, level) = (stage.market, level("0.55", "40"));
        let resting = stage.put(maker, "SELL YES 10 @ 0.50 GTC");
        stage.venue.crowd_level(market, Side::Sell, level);
        stage.pass(58_000);
        let waiting = stage.put(taker, "BUY YES 10 @ 0.50 GTC");
        stage.pass(2_000);
        let book = &stage.venue.floors.get(market).book;
        assert_eq!(book.is_empty(), clears, "the crowd's orders go as well");
        let due = if clears { Status::Ended(Why::GameStarted) } else { Status::Live };
        assert_eq!(status(&stage, resting), due);
        assert_eq!(status(&stage, waiting) == due, clears);
        assert_eq!(stage.venue.floors.get(market).listing.market.gate, Gate::Accepting);
    }
}

fn level(at: &str, size: &str) -> betteroms_core::book::Level {
    betteroms_core::book::Level { price: super::stage::price(at), size: shares(size) }
}

#[test]
fn a_market_that_ends_takes_its_orders_along() {
    let mut stage = Stage::listing(|listing| {
        listing.taker_delay_millis = 3_000;
        listing.market.close = Some(START.plus_secs(60));
        listing.market.resolution =
            Some(Resolution { at: START.plus_secs(90), payout_first: fraction("1") });
    });
    let [maker, taker, _] = stage.users;
    let market = stage.market;
    assert_eq!(stage.venue.floors.get(market).listing.market.resolution, None, "not seen before");
    let resting = stage.put(maker, "SELL YES 10 @ 0.50 GTC");
    stage.venue.crowd_level(market, Side::Buy, level("0.30", "40"));
    stage.pass(58_000);
    let waiting = stage.put(taker, "BUY YES 10 @ 0.50 GTC");
    stage.venue.drain();
    stage.pass(2_000);
    for order in [resting, waiting] {
        assert_eq!(word(&stage, order), "CANCELED_MARKET_RESOLVED");
    }
    assert!(stage.venue.floors.get(market).book.is_empty());
    let gone = stage.venue.drain().into_iter().filter_map(|dated| {
        let Change::Level { side, price, size, .. } = dated.change else { return None };
        Some((side, price, size))
    });
    let gone: Vec<_> = gone.collect();
    assert!(gone.contains(&(Side::Buy, super::stage::price("0.30"), shares("0"))), "{gone:?}");
    assert_eq!(
        stage.refused(taker, "BUY YES 10 @ 0.50 GTC"),
        "the market is not yet ready to process new orders"
    );
    stage.pass(30_000);
    let known = stage.venue.floors.get(market).listing.market.resolution;
    assert_eq!(known.map(|r| (r.at, r.payout_first)), Some((START.plus_secs(90), fraction("1"))));
    // Never again.
    stage.venue.set_gate(market, Gate::Accepting);
    assert_eq!(stage.venue.floors.get(market).listing.market.gate, Gate::Closed);
    assert_eq!(
        stage.venue.resolve(market, fraction("0")),
        Err(ListingError::Resolved("market-1".to_owned()))
    );
}

#[test]
fn one_result_wins_an_event_and_payouts_are_three() {
    let mut stage = Stage::new();
    let listed = |stage: &mut Stage, name| {
        let mut listing = super::super::market::Listing::plain(market(name));
        listing.group = Some("event".to_owned());
        stage.venue.list(listing).unwrap()
    };
    let (first, second) = (listed(&mut stage, 2), listed(&mut stage, 3));
    let third = fraction("0.3");
    assert_eq!(stage.venue.resolve(first, third), Err(ListingError::Payout(third)));
    stage.venue.resolve(first, fraction("1")).unwrap();
    let twice = Err(ListingError::Ledger(Refused::SecondWinner));
    assert_eq!(stage.venue.resolve(second, fraction("1")), twice);
    assert_eq!(stage.venue.floors.get(second).listing.market.gate, Gate::Accepting);
    stage.check();
}

#[test]
fn a_new_grid_drops_what_no_longer_lies_on_it() {
    let mut stage = Stage::listing(|listing| listing.taker_delay_millis = 3_000);
    let [maker, taker, _] = stage.users;
    let on = stage.put(maker, "SELL YES 10 @ 0.50 GTC");
    let off = stage.put(maker, "SELL YES 10 @ 0.52 GTC");
    let off_no = stage.put(maker, "BUY NO 10 @ 0.46 GTC");
    let waiting = stage.put(taker, "BUY YES 20 @ 0.51 GTC");
    let waiting_on = stage.put(taker, "BUY YES 20 @ 0.50 GTC");
    stage.venue.drain();
    stage.venue.set_tick(stage.market, tick("0.1"));
    stage.check();
    for order in [off, off_no, waiting] {
        assert_eq!(word(&stage, order), "INVALID", "{order:?}");
    }
    assert_eq!(status(&stage, on), Status::Live);
    let market = stage.market;
    let (old, new) = (tick("0.01"), tick("0.1"));
    assert_eq!(stage.venue.drain()[0].change, Change::Tick { market, old, new });
    let text = stage.refused(taker, "BUY YES 10 @ 0.51 GTC");
    assert!(text.ends_with("Price (0.51) breaks minimum tick size rule: 0.1"), "{text}");
    stage.pass(3_000);
    assert_eq!(stage.venue.orders.get(waiting_on).left(), shares("10"));
    // A finer grid keeps everything where it is.
    stage.venue.set_tick(market, tick("0.001"));
    assert_eq!(status(&stage, waiting_on), Status::Live);
    stage.put(taker, "BUY YES 10 @ 0.511 GTC");
}

#[test]
fn a_key_that_falls_silent_loses_its_orders_and_no_other_does() {
    // Beats at 0, 5, … keep it; the last at 7.5 s is ten seconds old at the look of 20 s.
    let mut stage = Stage::new();
    let [user, other, _] = stage.users;
    let order = stage.put(user, "BUY YES 10 @ 0.40 GTC");
    let others = stage.put(other, "BUY YES 10 @ 0.40 GTC");
    let beat = |stage: &mut Stage, key: KeyIx, id: &str| stage.venue.beat(key, id).unwrap();
    let mut id = beat(&mut stage, user.key, "");
    for millis in [5_000, 2_500] {
        stage.pass(millis);
        id = beat(&mut stage, user.key, &id);
    }
    stage.pass(12_499);
    assert_eq!(status(&stage, order), Status::Live, "seen at 15 s, only 7.5 s after the beat");
    stage.pass(1);
    assert_eq!(stage.venue.now(), START.plus_secs(20));
    assert_eq!(status(&stage, order), Status::Ended(Why::HeartbeatLost));
    assert_eq!((word(&stage, order), status(&stage, others)), ("CANCELED", Status::Live));
    let lost = Change::HeartbeatLost { key: user.key };
    assert!(stage.venue.drain().iter().any(|dated| dated.change == lost));
    // It is disarmed: a new order stays, the old id is worth nothing, an empty one arms it again.
    let order = stage.put(user, "BUY YES 10 @ 0.40 GTC");
    stage.pass(60_000);
    assert_eq!(status(&stage, order), Status::Live);
    assert!(stage.venue.beat(user.key, &id).is_err());
    beat(&mut stage, user.key, "");
    stage.pass(15_000);
    assert_eq!(status(&stage, order), Status::Ended(Why::HeartbeatLost));
    assert_eq!(stage.venue.next_due(), None, "nobody looks when nothing is armed");
}

#[test]
fn silence_of_ten_seconds_is_enough() {
    let mut stage = Stage::new();
    let user = stage.users[0];
    let order = stage.put(user, "BUY YES 10 @ 0.40 GTC");
    let id = stage.venue.beat(user.key, "").unwrap();
    stage.pass(4_500);
    stage.venue.beat(user.key, &id).unwrap();
    // The looks of 5 and 10 seconds see it; that of 15 comes 10.5 seconds after the beat.
    stage.pass(10_499);
    assert_eq!(status(&stage, order), Status::Live);
    stage.pass(1);
    assert_eq!(status(&stage, order), Status::Ended(Why::HeartbeatLost));
}

#[test]
fn time_never_goes_back() {
    let mut stage = Stage::new();
    stage.pass(5_000);
    stage.venue.advance(Time::from_secs(1));
    assert_eq!(stage.venue.now(), START.plus_secs(5));
}
