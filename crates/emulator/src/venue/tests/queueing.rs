//! The crowd: what it shows, takes and prints, and who stands before whom (venue.md 12.2).

use super::super::Change;
use super::super::agenda::Task;
use super::super::order::{Status, Why};
use super::stage::{Stage, price, shares, usd};
use betteroms_core::book::{Book, Level};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::Shares;

fn level(at: &str, size: &str) -> Level {
    Level { price: price(at), size: shares(size) }
}

fn book(stage: &Stage, bids: &[Level], asks: &[Level]) -> Book {
    let now = stage.venue.now();
    Book::from_view(Outcome::First, (now, now), bids.to_vec(), asks.to_vec()).unwrap()
}

fn shown(stage: &Stage, side: Side, at: &str) -> Shares {
    stage.venue.floors.get(stage.market).book.displayed(side, price(at))
}

const YES_SELL: (Outcome, Side) = (Outcome::First, Side::Sell);
const NO_BUY: (Outcome, Side) = (Outcome::Second, Side::Buy);

#[test]
fn an_order_behind_the_crowd_fills_only_after_it() {
    let mut stage = Stage::new();
    let user = stage.users[0];
    let market = stage.market;
    let now = book(&stage, &[level("0.40", "100")], &[level("0.60", "100")]);
    stage.venue.crowd_shows(market, &now);
    let order = stage.put(user, "BUY YES 50 @ 0.40 GTC");
    // What joins later stands behind it.
    let more = book(&stage, &[level("0.40", "130")], &[level("0.60", "100")]);
    stage.venue.crowd_shows(market, &more);
    stage.venue.crowd_takes(market, YES_SELL, price("0.40"), shares("90"));
    let filled = |stage: &Stage| stage.venue.orders.get(order).matched;
    assert_eq!(filled(&stage), shares("0"));
    // Ten are still ahead; a buyer of the other token comes to the same queue.
    stage.venue.crowd_takes(market, NO_BUY, price("0.60"), shares("25"));
    assert_eq!(filled(&stage), shares("15"));
    let trade = stage.venue.trades.iter().last().unwrap();
    assert_eq!(
        (trade.outcome, trade.side, trade.price),
        (Outcome::Second, Side::Buy, price("0.60"))
    );
    // The crowd's part behind it leaves first.
    stage.venue.crowd_level(market, Side::Buy, level("0.40", "0"));
    stage.venue.crowd_takes(market, YES_SELL, price("0.30"), shares("100"));
    assert_eq!(filled(&stage), shares("50"));
    assert_eq!(shown(&stage, Side::Buy, "0.40"), shares("0"));
    stage.check();
}

#[test]
fn the_crowd_ahead_that_leaves_lets_an_order_advance() {
    let mut stage = Stage::new();
    let user = stage.users[0];
    let market = stage.market;
    stage.venue.crowd_level(market, Side::Buy, level("0.40", "100"));
    let order = stage.put(user, "BUY YES 50 @ 0.40 GTC");
    stage.venue.crowd_level(market, Side::Buy, level("0.40", "30"));
    stage.venue.crowd_takes(market, YES_SELL, price("0.40"), shares("40"));
    assert_eq!(stage.venue.orders.get(order).matched, shares("10"));
}

#[test]
fn a_book_that_comes_across_an_order_trades_with_it_first() {
    let mut stage = Stage::new();
    let [user, taker, _] = stage.users;
    let market = stage.market;
    let order = stage.put(user, "SELL YES 50 @ 0.50 GTC");
    let now = book(&stage, &[level("0.52", "80"), level("0.515", "40")], &[level("0.60", "10")]);
    stage.venue.crowd_shows(market, &now);
    assert_eq!(stage.venue.orders.get(order).status, Status::Matched);
    assert_eq!(shown(&stage, Side::Buy, "0.52"), shares("30"), "less what it traded");
    assert_eq!(shown(&stage, Side::Buy, "0.515"), shares("0"), "off the grid in force");
    let printed = stage.venue.drain().into_iter().find_map(|dated| {
        let Change::Print { price, size, side, .. } = dated.change else { return None };
        Some((price, size, side))
    });
    assert_eq!(printed, Some((price("0.50"), shares("50"), Side::Buy)));
    stage.pass(2_000);
    assert_eq!(stage.holds(user), ["1025", "950", "1000"]);
    // A user takes from the crowd, which pays and delivers from outside.
    stage.put(taker, "SELL YES 30 @ 0.52 GTC");
    stage.pass(2_000);
    assert_eq!(stage.holds(taker)[1], "970");
}

#[test]
fn the_crowd_fills_an_order_by_hand_at_its_own_price() {
    let mut stage = Stage::new();
    let user = stage.users[0];
    stage.venue.crowd_level(stage.market, Side::Buy, level("0.40", "100"));
    let order = stage.put(user, "BUY YES 50 @ 0.40 GTC");
    let [trade] = stage.venue.fill_from_crowd(order, shares("20"))[..] else { panic!("one trade") };
    assert_eq!(stage.venue.trades.get(trade).legs[0].maker_cash, usd("8"));
    assert_eq!(shown(&stage, Side::Buy, "0.40"), shares("130"), "ahead of it nothing moved");
    stage.venue.fill_from_crowd(order, shares("500"));
    assert_eq!(stage.venue.orders.get(order).status, Status::Matched);
    assert!(stage.venue.fill_from_crowd(order, shares("1")).is_empty());
    stage.check();
    stage.pass(2_000);
    assert_eq!(stage.holds(user), ["980", "1050", "1000"]);
}

#[test]
fn a_fill_comes_late_to_a_cancelled_order() {
    let mut stage = Stage::new();
    let user = stage.users[0];
    let order = stage.put(user, "SELL NO 50 @ 0.40 GTC");
    stage.venue.fill_from_crowd(order, shares("20"));
    let id = stage.venue.orders.get(order).id;
    stage.venue.cancel(user.key, &id).unwrap();
    let due = stage.venue.now().plus_secs(1);
    stage.venue.agenda.at(due, Task::LateFill(order, shares("100")));
    stage.pass(1_000);
    let late = stage.venue.orders.get(order);
    assert_eq!((late.status, late.matched), (Status::Ended(Why::Cancelled), shares("50")));
    assert_eq!(stage.venue.people.key(user.key).trades.len(), 2);
    stage.pass(5_000);
    assert_eq!(stage.holds(user), ["1020", "1000", "950"]);
    // One that still rests is left alone.
    let open = stage.put(user, "SELL NO 50 @ 0.40 GTC");
    let due = stage.venue.now();
    stage.venue.agenda.at(due, Task::LateFill(open, shares("10")));
    stage.pass(1);
    assert_eq!(stage.venue.orders.get(open).matched, shares("0"));
}

#[test]
fn nothing_or_less_than_nothing_trades_nothing() {
    let mut stage = Stage::new();
    let user = stage.users[0];
    let market = stage.market;
    let order = stage.put(user, "BUY YES 50 @ 0.40 GTC");
    for size in ["0", "-5"] {
        let taken = stage.venue.crowd_takes(market, YES_SELL, price("0.40"), shares(size));
        assert!(taken.is_empty(), "{size}");
        assert!(stage.venue.fill_from_crowd(order, shares(size)).is_empty(), "{size}");
        stage.venue.crowd_level(market, Side::Sell, level("0.60", size));
        assert_eq!(shown(&stage, Side::Sell, "0.60"), shares("0"));
    }
    stage.check();
}

#[test]
fn the_last_trade_is_told_in_each_tokens_terms() {
    let mut stage = Stage::new();
    let [maker, taker, _] = stage.users;
    stage.put(maker, "BUY NO 10 @ 0.38 GTC");
    stage.put(taker, "BUY YES 10 @ 0.62 GTC");
    let floor = stage.venue.floors.get(stage.market);
    let [first, second] = floor.last.map(|last| last.map(|last| (last.price, last.side)));
    assert_eq!(first, Some((price("0.62"), Side::Buy)));
    assert_eq!(second, Some((price("0.38"), Side::Sell)));
    assert_eq!(floor.history, [(stage.venue.now(), price("0.62"))]);
}
