//! What the venue believes of balances and allowances, and what it refuses or cancels on that belief
//! (venue.md 4.6, 5.3, 8.2, 11 items 6 and 7).

use super::super::funds::Token;
use super::super::order::{Status, Why};
use super::stage::{Stage, User, micros, usd};
use crate::ledger::Asset;
use betteroms_polymarket::signing::Exchange;

const LACKS: &str = "not enough balance / allowance: ";

/// A stage whose second user has exactly ten dollars, as the venue knows.
fn ten_dollars() -> (Stage, User) {
    let mut stage = Stage::new();
    let user = stage.users[1];
    stage.venue.ledger.withdraw(user.wallet, usd("990")).unwrap();
    (stage, user)
}

fn lacks(stage: &mut Stage, user: User, text: &str) -> String {
    let told = stage.refused(user, text);
    told.strip_prefix(LACKS).unwrap_or_else(|| panic!("{told}")).to_owned()
}

#[test]
fn the_cache_is_stale_until_it_is_asked_to_look() {
    let (mut stage, user) = ten_dollars();
    let short = "the balance is not enough -> balance: 10000000, order amount: 12000000";
    assert_eq!(lacks(&mut stage, user, "BUY YES 30 @ 0.40 GTC"), short);
    stage.venue.ledger.deposit(user.wallet, usd("2")).unwrap();
    assert_eq!(lacks(&mut stage, user, "BUY YES 30 @ 0.40 GTC"), short, "nobody looked");
    assert_eq!(stage.venue.seen(user.wallet, Asset::Cash), micros("10"));
    stage.venue.refresh(user.wallet, Asset::Cash);
    stage.put(user, "BUY YES 30 @ 0.40 GTC");
}

#[test]
fn open_orders_and_unsettled_trades_count_against_the_balance() {
    let (mut stage, user) = ten_dollars();
    let maker = stage.users[0];
    stage.put(user, "BUY YES 10 @ 0.40 GTC");
    let text = lacks(&mut stage, user, "BUY YES 16 @ 0.40 GTC");
    assert_eq!(
        text,
        "the balance is not enough -> balance: 10000000, sum of matched orders: 0, sum of active orders: 4000000, order amount: 6400000"
    );
    stage.put(maker, "SELL YES 10 @ 0.40 GTC");
    let text = lacks(&mut stage, user, "BUY YES 16 @ 0.40 GTC");
    assert_eq!(
        text,
        "the balance is not enough -> balance: 10000000, sum of matched orders: 4000000, sum of active orders: 0, order amount: 6400000"
    );
    // Settled: the cache follows the venue's own trades.
    stage.pass(2_000);
    let text = lacks(&mut stage, user, "BUY YES 16 @ 0.40 GTC");
    assert_eq!(text, "the balance is not enough -> balance: 6000000, order amount: 6400000");
    stage.put(user, "BUY YES 15 @ 0.40 GTC");
}

#[test]
fn tokens_that_were_bought_can_be_sold_only_when_they_are_there() {
    let mut stage = Stage::new();
    let [maker, taker, _] = stage.users;
    stage.put(maker, "SELL YES 10 @ 0.40 GTC");
    // The venue looks at the tokens before they come.
    stage.refused(taker, "SELL YES 1010 @ 0.90 GTC");
    stage.put(taker, "BUY YES 10 @ 0.40 GTC");
    stage.refused(taker, "SELL YES 1010 @ 0.90 GTC");
    stage.pass(2_000);
    stage.put(taker, "SELL YES 1010 @ 0.90 GTC");
}

#[test]
fn a_phantom_lock_counts_as_active_orders() {
    let (mut stage, user) = ten_dollars();
    stage.lock(user, Asset::Cash, micros("7"));
    let text = lacks(&mut stage, user, "BUY YES 10 @ 0.40 GTC");
    assert!(text.contains("sum of active orders: 7000000, order amount: 4000000"), "{text}");
    stage.lock(user, Asset::Cash, 0);
    stage.put(user, "BUY YES 10 @ 0.40 GTC");
}

#[test]
fn a_cache_that_lags_learns_nothing_until_it_is_over() {
    let (mut stage, user) = ten_dollars();
    assert_eq!(stage.venue.seen(user.wallet, Asset::Cash), micros("10"));
    let until = stage.venue.now().plus_secs(30);
    stage.venue.funds_mut().lag(user.wallet, until);
    stage.venue.ledger.deposit(user.wallet, usd("50")).unwrap();
    stage.venue.refresh(user.wallet, Asset::Cash);
    stage.refused(user, "BUY YES 30 @ 0.40 GTC");
    // Not even of the venue's own trade.
    stage.put(stage.users[0], "SELL YES 10 @ 0.40 GTC");
    stage.put(user, "BUY YES 10 @ 0.40 GTC");
    stage.pass(29_999);
    stage.venue.refresh(user.wallet, Asset::Cash);
    assert_eq!(stage.venue.seen(user.wallet, Asset::Cash), micros("10"));
    stage.pass(1);
    stage.venue.refresh(user.wallet, Asset::Cash);
    let fee = stage.venue.trades.iter().next().unwrap().fee.micros();
    assert_eq!(stage.venue.seen(user.wallet, Asset::Cash), micros("56") - fee);
}

#[test]
fn allowances_are_cached_finite_and_used_up() {
    let mut stage = Stage::new();
    let [maker, user, _] = stage.users;
    let spender = Exchange::Standard.address();
    stage.venue.funds.grant(user.wallet, Token::Cash, spender, 5_000_000);
    let refused = |stage: &mut Stage, text: &str| lacks(stage, user, text);
    let due = |allowance: &str, amount: &str| {
        format!(
            "the allowance is not enough -> spender: {spender}, allowance: {allowance}, order amount: {amount}"
        )
    };
    assert_eq!(refused(&mut stage, "BUY YES 20 @ 0.40 GTC"), due("5000000", "8000000"));
    let order = stage.put(user, "BUY YES 10 @ 0.40 GTC");
    // What is promised already counts.
    assert_eq!(refused(&mut stage, "BUY YES 5 @ 0.40 GTC"), due("5000000", "2000000"));
    stage.put(maker, "SELL YES 10 @ 0.40 GTC");
    stage.pass(2_000);
    assert_eq!(stage.venue.orders.get(order).status, Status::Matched);
    assert_eq!(stage.venue.funds.granted(user.wallet, Token::Cash, spender), 1_000_000);
    assert_eq!(refused(&mut stage, "BUY YES 5 @ 0.40 GTC"), due("1000000", "2000000"));
    stage.venue.funds.grant(user.wallet, Token::Cash, spender, 9_000_000);
    assert_eq!(refused(&mut stage, "BUY YES 5 @ 0.40 GTC"), due("1000000", "2000000"));
    stage.venue.refresh(user.wallet, Asset::Cash);
    stage.put(user, "BUY YES 5 @ 0.40 GTC");
    // Tokens are approved all or nothing; an infinite allowance stays.
    stage.venue.funds.grant(user.wallet, Token::Shares, spender, 0);
    assert_eq!(refused(&mut stage, "SELL YES 5 @ 0.40 GTC"), due("0", "5000000"));
    let granted = stage.venue.funds.granted(maker.wallet, Token::Cash, spender);
    assert_eq!(granted, u128::MAX);
}

#[test]
fn a_wallet_that_shrinks_loses_its_newest_orders_first() {
    let (mut stage, user) = ten_dollars();
    let other = stage.users[2];
    let oldest = stage.put(user, "BUY YES 10 @ 0.40 GTC");
    let middle = stage.put(user, "BUY NO 5 @ 0.40 GTC");
    let newest = stage.put(user, "BUY YES 5 @ 0.20 GTC");
    let sale = stage.put(user, "SELL YES 10 @ 0.70 GTC");
    let others = stage.put(other, "BUY YES 10 @ 0.40 GTC");
    // Seven are promised; five are left, which the two older ones do not fit either.
    stage.venue.ledger.withdraw(user.wallet, usd("5")).unwrap();
    stage.pass(60_000);
    assert!(stage.venue.orders.get(newest).is_open(), "nobody looked");
    stage.venue.refresh(user.wallet, Asset::Cash);
    stage.check();
    let ended = Status::Ended(Why::NotEnoughBalance);
    for (order, due) in [
        (newest, ended),
        (middle, ended),
        (oldest, Status::Live),
        (sale, Status::Live),
        (others, Status::Live),
    ] {
        assert_eq!(stage.venue.orders.get(order).status, due, "{order:?}");
    }
    assert_eq!(Why::NotEnoughBalance.status(), "CANCELED_NOT_ENOUGH_BALANCE");
}
