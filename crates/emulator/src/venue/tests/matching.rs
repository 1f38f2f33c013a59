//! Who trades with whom, at what price and for exactly how much (venue.md 4.6, 6.2, 9.1).

use super::super::market::Listing;
use super::super::order::{Status, Why};
use super::super::trade::{Role, TradeIx};
use super::super::{FEE_RECEIVER, Settings};
use super::stage::{Stage, fraction, market, micros, price, shares, usd};
use betteroms_core::market::{FeeSchedule, Outcome, Side};

/// A stage without fees, so that what is left is the match alone.
fn free() -> Stage {
    Stage::listing(|listing| listing.market.fee = Some(FeeSchedule::FREE))
}

#[test]
fn a_market_buy_spends_its_dollars_and_gets_more_shares_at_better_prices() {
    let mut stage = free();
    let [maker, taker, _] = stage.users;
    stage.put(maker, "SELL YES 100 @ 0.40 GTC");
    stage.put(maker, "SELL YES 100 @ 0.50 GTC");
    // 100 dollars at 0.55 ask for 181.8181 shares; 40 buy the first hundred, 50 the second.
    let placed = stage.post(taker, "BUY YES $60 @ 0.55 FAK").unwrap();
    assert_eq!(
        (placed.status, placed.making, placed.taking),
        ("matched", micros("60"), micros("140"))
    );
    let order = stage.venue.orders.get(placed.order);
    assert!(order.matched > order.size, "{} of {}", order.matched, order.size);
    assert_eq!(order.status, Status::Matched);
    assert_eq!(placed.trades.len(), 2, "one trade for each price");
    stage.pass(2_000);
    assert_eq!(stage.holds(taker), ["940", "1140", "1000"]);
    assert_eq!(stage.holds(maker), ["1060", "860", "1000"]);
}

#[test]
fn fill_or_kill_takes_all_or_nothing() {
    let mut stage = free();
    let [maker, taker, _] = stage.users;
    stage.put(maker, "SELL YES 100 @ 0.40 GTC");
    for text in ["BUY YES $40.01 @ 0.40 FOK", "SELL YES 5 @ 0.10 FOK"] {
        stage.refused(taker, text);
        let killed = stage.venue.orders.iter().last().unwrap();
        assert_eq!((killed.status, killed.matched), (Status::Ended(Why::Killed), shares("0")));
    }
    assert_eq!(stage.venue.trades.len(), 0);
    let placed = stage.post(taker, "BUY YES $40 @ 0.40 FOK").unwrap();
    assert_eq!((placed.making, placed.taking), (micros("40"), micros("100")));
}

#[test]
fn fill_and_kill_takes_what_is_there_and_drops_the_rest() {
    let mut stage = free();
    let [maker, taker, _] = stage.users;
    stage.put(maker, "BUY YES 30 @ 0.40 GTC");
    let placed = stage.post(taker, "SELL YES 50 @ 0.35 FAK").unwrap();
    assert_eq!(
        (placed.status, placed.making, placed.taking),
        ("matched", micros("30"), micros("12"))
    );
    let order = stage.venue.orders.get(placed.order);
    assert_eq!((order.status, order.matched), (Status::Ended(Why::Remainder), shares("30")));
    stage.refused(taker, "SELL YES 50 @ 0.35 FAK");
}

#[test]
fn the_resting_price_counts_and_improvement_is_the_takers() {
    let mut stage = free();
    let [maker, taker, _] = stage.users;
    stage.put(maker, "SELL YES 20 @ 0.40 GTC");
    let placed = stage.post(taker, "BUY YES 50 @ 0.60 GTC").unwrap();
    assert_eq!(
        (placed.status, placed.making, placed.taking),
        ("matched", micros("8"), micros("20"))
    );
    // The rest of it is counted in shares and rests at its own limit.
    let order = stage.venue.orders.get(placed.order);
    assert_eq!(
        (order.status, order.left(), order.promised),
        (Status::Live, shares("30"), micros("18"))
    );
    stage.put(maker, "SELL YES 30 @ 0.10 GTC");
    stage.pass(2_000);
    assert_eq!(stage.holds(taker), ["974", "1050", "1000"]);
}

#[test]
fn two_buys_mint_a_pair_and_two_sales_merge_one() {
    let mut stage = free();
    let [maker, taker, _] = stage.users;
    stage.put(maker, "BUY NO 40 @ 0.38 GTC");
    let placed = stage.post(taker, "BUY YES 40 @ 0.65 GTC").unwrap();
    assert_eq!((placed.making, placed.taking), (micros("24.8"), micros("40")));
    let trade = stage.venue.trades.get(placed.trades[0]);
    let leg = trade.legs[0];
    assert_eq!(
        (trade.price, trade.side, trade.outcome),
        (price("0.62"), Side::Buy, Outcome::First)
    );
    assert_eq!((leg.price, leg.side, leg.outcome), (price("0.38"), Side::Buy, Outcome::Second));
    assert_eq!((leg.taker_cash, leg.maker_cash), (usd("24.8"), usd("15.2")));
    stage.pass(2_000);
    assert_eq!(stage.holds(taker), ["975.2", "1040", "1000"]);
    assert_eq!(stage.holds(maker), ["984.8", "1000", "1040"]);

    stage.put(maker, "SELL YES 40 @ 0.70 GTC");
    let placed = stage.post(taker, "SELL NO 40 @ 0.25 GTC").unwrap();
    assert_eq!((placed.making, placed.taking), (micros("40"), micros("12")));
    stage.pass(2_000);
    assert_eq!(stage.holds(taker), ["987.2", "1040", "960"]);
    assert_eq!(stage.holds(maker), ["1012.8", "960", "1040"]);
}

#[test]
fn a_fraction_of_a_millionth_is_the_takers_loss() {
    let mut stage = Stage::listing(|listing| {
        listing.market.fee = Some(FeeSchedule::FREE);
        listing.market.tick = super::stage::tick("0.0001");
    });
    let [maker, taker, _] = stage.users;
    stage.put(maker, "BUY NO 10 @ 0.6667 GTC");
    // 1 dollar at 0.3333 buys 3.00030 pieces' worth; the maker's part is floored.
    let placed = stage.post(taker, "BUY YES $1 @ 0.3333 FAK").unwrap();
    let leg = stage.venue.trades.get(placed.trades[0]).legs[0];
    assert_eq!(leg.size, shares("3.0003"));
    assert_eq!((leg.maker_cash, leg.taker_cash), (usd("2.0003"), usd("1")));
    let placed = stage.post(taker, "BUY YES $1.01 @ 0.3333 FAK").unwrap();
    let leg = stage.venue.trades.get(placed.trades[0]).legs[0];
    // 3.0303 × 0.6667 = 2.02030101.
    assert_eq!((leg.size, leg.maker_cash), (shares("3.0303"), usd("2.020301")));
    assert_eq!(leg.taker_cash, usd("1.009999"));
}

/// venue.md 6.2: the rates of the table at 100 shares, and trades that were recorded.
#[test]
fn fees_are_those_of_the_table() {
    let rows = [
        ("0.07", "0.5", "100", "1.75"),
        ("0.07", "0.1", "100", "0.63"),
        ("0.07", "0.99", "100", "0.0693"),
        ("0.05", "0.3", "100", "1.05"),
        ("0.04", "0.5", "100", "1"),
        ("0.04", "0.01", "100", "0.0396"),
        ("0", "0.5", "100", "0"),
        ("0.05", "0.52", "22.84", "0.28504"),
        ("0.05", "0.9", "7.44", "0.03348"),
        ("0.05", "0.67", "28.09", "0.31053"),
        ("0.05", "0.55", "35.44", "0.43857"),
    ];
    for (rate, at, size, fee) in rows {
        for (bid, takes, due) in [
            (false, "BUY", -(micros(at) * micros(size) / 1_000_000) - micros(fee)),
            (true, "SELL", micros(at) * micros(size) / 1_000_000 - micros(fee)),
        ] {
            let schedule = FeeSchedule { rate: fraction(rate), exponent: Some(1) };
            let mut stage = Stage::listing(|listing| listing.market.fee = Some(schedule));
            let [maker, taker, _] = stage.users;
            let rests = if bid { "BUY" } else { "SELL" };
            stage.put(maker, &format!("{rests} YES {size} @ {at} GTC"));
            let order = stage.put(taker, &format!("{takes} YES {size} @ {at} GTC"));
            let trade = stage.venue.trades.get(stage.venue.orders.get(order).trades[0]);
            assert_eq!(trade.fee, usd(fee), "{rate} {at} {size}");
            stage.pass(2_000);
            let ledger = &stage.venue.ledger;
            assert_eq!(ledger.cash(taker.wallet).micros() - micros("1000"), due, "{rate} {at}");
            let maker_got = (due.abs() + if bid { micros(fee) } else { -micros(fee) }).abs();
            let maker_by = ledger.cash(maker.wallet).micros() - micros("1000");
            assert_eq!(maker_by.abs(), maker_got, "a maker pays no fee");
            assert_eq!(ledger.cash(ledger.find(FEE_RECEIVER).unwrap()), usd(fee));
        }
    }
}

#[test]
fn the_fee_is_taken_leg_by_leg() {
    let mut stage = Stage::new();
    let [maker, taker, third] = stage.users;
    for (user, text) in [
        (maker, "SELL YES 5.01 @ 0.33"),
        (third, "SELL YES 5.01 @ 0.33"),
        (maker, "SELL YES 10 @ 0.50"),
    ] {
        stage.put(user, text);
    }
    let placed = stage.post(taker, "BUY YES 20.02 @ 0.50 GTC").unwrap();
    let legs = placed.trades.iter().flat_map(|trade| &stage.venue.trades.get(*trade).legs);
    let fees: Vec<_> = legs.map(|leg| leg.fee).collect();
    // 5.01 × 0.05 × 0.33 × 0.67 = 0.0553855.., 10 × 0.05 × 0.25 = 0.125.
    assert_eq!(fees, [usd("0.05539"), usd("0.05539"), usd("0.125")]);
    let known = stage.venue.trades.get(placed.trades[0]);
    assert_eq!(known.fee, usd("0.11078"));
}

#[test]
fn a_buy_must_cover_its_fee_and_a_sale_pays_it_from_what_it_gets() {
    let mut stage = Stage::new();
    let [maker, taker, _] = stage.users;
    stage.put(maker, "SELL YES 1000 @ 0.50 GTC");
    stage.put(maker, "BUY NO 900 @ 0.45 GTC");
    let wallet = taker.wallet;
    stage.venue.ledger.withdraw(wallet, usd("500.01")).unwrap();
    // 1,000 shares are worth 500 dollars and cost 12.5 more.
    let text = stage.refused(taker, "BUY YES $499.99 @ 0.50 FAK");
    assert!(text.contains("balance: 499990000, order amount: 512489750"), "{text}");
    assert_eq!(stage.venue.orders.iter().filter(|o| o.wallet == wallet).count(), 0);
    stage.venue.ledger.deposit(wallet, usd("12.50")).unwrap();
    stage.venue.refresh(wallet, crate::ledger::Asset::Cash);
    stage.put(taker, "BUY YES $499.99 @ 0.50 FAK");
}

#[test]
fn an_order_meets_its_own_wallet() {
    let mut stage = free();
    let user = stage.users[0];
    stage.put(user, "SELL YES 10 @ 0.40 GTC");
    let order = stage.put(user, "BUY YES 10 @ 0.40 GTC");
    let trade = stage.venue.orders.get(order).trades[0];
    assert_eq!(stage.venue.trades.get(trade).role_of(user.key), Some(Role::Taker));
    assert_eq!(stage.venue.people.key(user.key).trades, [trade], "told once");
    stage.pass(2_000);
    assert_eq!(stage.holds(user), ["1000", "1000", "1000"]);
}

#[test]
fn a_large_match_is_several_trades_counted_by_bucket() {
    let settings = Settings { legs_per_trade: 2, ..Settings::default() };
    let mut stage = Stage::with(settings, Listing::plain(market(1)));
    let [maker, taker, third] = stage.users;
    for _ in 0..3 {
        stage.put(maker, "SELL YES 5 @ 0.40 GTC");
    }
    stage.put(third, "BUY NO 5 @ 0.60 GTC");
    stage.put(third, "SELL YES 5 @ 0.41 GTC");
    let placed = stage.post(taker, "BUY YES 25 @ 0.41 GTC").unwrap();
    let told = |trade: &TradeIx| {
        let trade = stage.venue.trades.get(*trade);
        (trade.bucket, trade.legs.len(), trade.price, trade.size)
    };
    let due = [
        (0, 2, price("0.40"), shares("10")),
        (1, 2, price("0.40"), shares("10")),
        (2, 1, price("0.41"), shares("5")),
    ];
    assert_eq!(placed.trades.iter().map(told).collect::<Vec<_>>(), due);
    let mixed = stage.venue.trades.get(placed.trades[1]);
    assert_eq!(mixed.legs[0].outcome, Outcome::First);
    assert_eq!(mixed.legs[1].outcome, Outcome::Second, "a minted pair beside a direct sale");
    for (key, role) in
        [(taker.key, Role::Taker), (maker.key, Role::Maker), (third.key, Role::Maker)]
    {
        assert_eq!(mixed.role_of(key), Some(role));
    }
    stage.pass(10_000);
    assert_eq!(stage.holds(maker)[1], "985");
}
