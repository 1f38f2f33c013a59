//! A trade's way through the chain: settled, sent again, stuck, failed for a reason of its own or by hand
//! (venue.md 4.5, 9.1).

use super::super::funds::Token;
use super::super::order::Status;
use super::super::trade::{Fate, TradeIx, TradeStatus};
use super::super::{Change, Settings};
use super::stage::{Stage, shares, usd};
use crate::ledger::Asset;
use betteroms_polymarket::signing::Exchange;

/// A stage where the second user just bought 100 YES at 0.40 from the first.
fn bought(fate: Fate) -> (Stage, TradeIx) {
    let mut stage = Stage::new();
    let [maker, taker, _] = stage.users;
    stage.venue.foretell([fate]);
    stage.put(maker, "SELL YES 100 @ 0.40 GTC");
    let order = stage.put(taker, "BUY YES 100 @ 0.40 GTC");
    let trade = stage.venue.orders.get(order).trades[0];
    (stage, trade)
}

fn told(stage: &mut Stage) -> Vec<(i64, TradeStatus)> {
    let start = super::stage::START;
    let of_trade = |dated: super::super::Dated| {
        let Change::Trade { status, .. } = dated.change else { return None };
        Some((dated.at.since_micros(start) / 1_000, status))
    };
    stage.venue.drain().into_iter().filter_map(of_trade).collect()
}

#[test]
fn a_trade_is_matched_mined_and_confirmed_in_its_time() {
    use TradeStatus::{Confirmed, Matched, Mined};
    let (mut stage, trade) = bought(Fate::Settle);
    stage.pass(1_999);
    assert_eq!(stage.holds(stage.users[1]), ["1000", "1000", "1000"]);
    assert_eq!(stage.venue.trades.get(trade).transaction, None);
    stage.pass(10_000);
    assert_eq!(told(&mut stage), [(0, Matched), (2_000, Mined), (5_000, Confirmed)]);
    assert!(stage.venue.trades.get(trade).transaction.is_some());
    assert_eq!(stage.venue.decide(trade, Fate::Fail), Err(Confirmed));
}

#[test]
fn a_trade_that_fails_at_first_is_sent_again() {
    use TradeStatus::{Confirmed, Matched, Mined, Retrying};
    let (mut stage, _) = bought(Fate::Retry(2));
    stage.pass(20_000);
    let due =
        [(0, Matched), (2_000, Retrying), (4_000, Retrying), (6_000, Mined), (9_000, Confirmed)];
    assert_eq!(told(&mut stage), due);
}

#[test]
fn a_failed_trade_leaves_balances_as_if_it_never_was() {
    let (mut stage, trade) = bought(Fate::Fail);
    let [maker, taker, _] = stage.users;
    let given = |stage: &Stage| {
        let funds = &stage.venue.funds;
        (funds.matched(taker.wallet, Asset::Cash), funds.matched(maker.wallet, stage.yes()))
    };
    let fee = stage.venue.trades.get(trade).fee.micros();
    assert_eq!(given(&stage), (40_000_000 + fee, 100_000_000));
    stage.pass(2_000);
    let failed = stage.venue.trades.get(trade);
    assert_eq!(
        (failed.status, failed.error.as_deref()),
        (TradeStatus::Failed, Some("execution reverted"))
    );
    assert_eq!(given(&stage), (0, 0));
    assert_eq!(stage.holds(maker), ["1000", "1000", "1000"]);
    assert_eq!(stage.holds(taker), ["1000", "1000", "1000"]);
    for user in [maker, taker] {
        let kinds: Vec<u8> =
            stage.venue.people.key(user.key).notices.iter().map(|n| n.kind).collect();
        assert_eq!(kinds, [2, 8], "a fill, and that it failed");
    }
    // The orders do not come back: what matched has matched.
    let order = stage.venue.orders.iter().last().unwrap();
    assert_eq!((order.status, order.matched), (Status::Matched, shares("100")));
    // All of it can be promised again.
    stage.put(maker, "SELL YES 1000 @ 0.90 GTC");
    assert_eq!(stage.venue.decide(trade, Fate::Settle), Err(TradeStatus::Failed));
    stage.pass(60_000);
}

#[test]
fn a_stuck_trade_waits_for_a_decision() {
    for (fate, due) in [
        (Fate::Settle, TradeStatus::Mined),
        (Fate::Fail, TradeStatus::Failed),
        (Fate::Retry(1), TradeStatus::Retrying),
        (Fate::Stuck, TradeStatus::Matched),
    ] {
        let (mut stage, trade) = bought(Fate::Stuck);
        stage.pass(3_600_000);
        assert_eq!(stage.venue.trades.get(trade).status, TradeStatus::Matched);
        assert!(stage.venue.funds.matched(stage.users[1].wallet, Asset::Cash) > 0);
        stage.venue.decide(trade, fate).unwrap();
        stage.check();
        assert_eq!(stage.venue.trades.get(trade).status, due, "{fate:?}");
        stage.pass(10_000);
    }
}

#[test]
fn fates_are_used_up_in_order() {
    let mut stage = Stage::new();
    let [maker, taker, _] = stage.users;
    stage.venue.foretell([Fate::Fail, Fate::Settle, Fate::Fail]);
    stage.put(maker, "SELL YES 100 @ 0.40 GTC");
    for _ in 0..4 {
        stage.put(taker, "BUY YES 10 @ 0.40 GTC");
    }
    stage.pass(10_000);
    let ended: Vec<bool> =
        stage.venue.trades.iter().map(|trade| trade.status == TradeStatus::Failed).collect();
    assert_eq!(ended, [true, false, true, false]);
}

#[test]
fn what_left_the_wallet_meanwhile_fails_the_settlement() {
    // The maker's tokens, the taker's dollars, an allowance of each: each fails it on its own.
    type Leave = fn(&mut Stage);
    let spender = Exchange::Standard.address();
    let leaves: [(Leave, &str); 4] = [
        (
            |s| {
                let [from, to] = [s.users[0].wallet, s.users[2].wallet];
                s.venue.ledger.transfer(from, to, s.yes(), 900_000_001).unwrap();
            },
            "has 99999999 millionths",
        ),
        (|s| s.venue.ledger.withdraw(s.users[1].wallet, usd("959")).unwrap(), "millionths of Cash"),
        (
            |s| {
                let spender = Exchange::Standard.address();
                s.venue.funds.grant(s.users[1].wallet, Token::Cash, spender, 40_000_000);
            },
            "ERC20: insufficient allowance",
        ),
        (
            |s| {
                let spender = Exchange::Standard.address();
                s.venue.funds.grant(s.users[0].wallet, Token::Shares, spender, 0);
            },
            "ERC1155: need operator approval for 3rd party transfers",
        ),
    ];
    for (leave, why) in leaves {
        let (mut stage, trade) = bought(Fate::Settle);
        leave(&mut stage);
        stage.pass(2_000);
        let trade = stage.venue.trades.get(trade);
        assert_eq!(trade.status, TradeStatus::Failed, "{why}");
        let error = trade.error.as_deref().unwrap();
        assert!(error.contains(why), "{error}");
        let funds = &stage.venue.funds;
        assert_eq!(funds.matched(stage.users[1].wallet, Asset::Cash), 0);
        assert_eq!(funds.matched(stage.users[0].wallet, stage.yes()), 0);
        // What the maker has left of an allowance is untouched.
        assert_eq!(funds.granted(stage.users[0].wallet, Token::Cash, spender), u128::MAX);
    }
}

#[test]
fn a_market_that_resolves_meanwhile_still_settles_its_trades() {
    let mut stage = Stage::new();
    let [maker, taker, _] = stage.users;
    stage.put(maker, "BUY NO 100 @ 0.60 GTC");
    stage.put(taker, "BUY YES 100 @ 0.40 GTC");
    stage.venue.resolve(stage.market, super::stage::fraction("1")).unwrap();
    stage.pass(10_000);
    let ledger = &mut stage.venue.ledger;
    let redeemed = ledger.redeem(taker.wallet, stage.market).unwrap();
    assert_eq!(redeemed.paid, usd("1100"));
    stage.check();
}

#[test]
fn the_steps_of_the_chain_take_what_is_set() {
    let settings =
        Settings { mined_after_millis: 0, confirmed_after_millis: 0, ..Settings::default() };
    let listing = super::super::market::Listing::plain(super::stage::market(1));
    let mut stage = Stage::with(settings, listing);
    let [maker, taker, _] = stage.users;
    stage.put(maker, "SELL YES 100 @ 0.40 GTC");
    stage.put(taker, "BUY YES 100 @ 0.40 GTC");
    stage.pass(0);
    assert_eq!(stage.venue.trades.iter().next().unwrap().status, TradeStatus::Confirmed);
}
