//! Fees as receipts tell them: booked as charged, once, and never guessed.
//!
//! Planted by hand and seen red: a charge that moves cash and not the claim on it, one that is taken a second time, a
//! part of a sold buy left in the position, a receipt of other shares believed, the fill forgotten between passes.

use super::desk::{Real, trade, venue_id};
use crate::given::{price, shares, t, usd};
use betteroms_core::event::{AccountFact, Event, FillKey, Role};
use betteroms_core::ledger::imbalance;
use betteroms_core::market::Side;
use betteroms_core::money::Usd;
use betteroms_core::order::{Order, OrderId, Status};
use betteroms_core::state::position::Position;
use betteroms_core::state::{ApplyError, Changes, State};
use betteroms_core::venue::{AccountView, Charged, Settlement, VenueTrade};

const TRANSACTION: &str = "0x36bbcf433a1baa9ac5bd249b8e3b651eabbf2017d868c33ec3974893e9030766";

fn settled(at: i64, order: &Order, role: Role, settlement: Settlement) -> VenueTrade {
    let part = shares("10");
    let trade = trade(("t1", t(at)), order, role, &[part], settlement);
    VenueTrade { transaction: Some(TRANSACTION.to_owned()), ..trade }
}

fn view(trades: Vec<VenueTrade>, charged: Vec<Charged>) -> AccountView {
    AccountView { trades, charged, is_partial: true, ..AccountView::default() }
}

/// What a receipt says: ten shares at 0.50 and this fee.
fn charged(order: &Order, fee: Usd) -> Charged {
    Charged {
        transaction: TRANSACTION.to_owned(),
        order: venue_id(&order.id),
        token: crate::given::a_market().tokens[0].clone(),
        side: order.trade.side,
        shares: shares("10"),
        cash: usd("5"),
        fee,
    }
}

/// Ten shares at 0.50, confirmed; the fee that was booked, and cash and position as they are then.
struct Bought {
    real: Real,
    id: OrderId,
    fee: Usd,
    cash: Usd,
    held: Position,
}

fn dealt(side: Side, role: Role) -> Bought {
    let mut real = Real::with("100", "50");
    let id = real.send("a", side, (price("0.50"), shares("10")), None);
    let trade = settled(1, &real.order(&id).clone(), role, Settlement::Confirmed);
    real.see(&view(vec![trade], vec![]));
    let fee = real.order(&id).tracks.expected.fee;
    let (cash, held) = (real.state.account.cash, real.held().clone());
    Bought { real, id, fee, cash, held }
}

impl Bought {
    /// Works a receipt with this fee through, `change`d.
    fn told(&mut self, fee: Usd, change: impl FnOnce(&mut Charged)) -> Vec<Event> {
        let mut charged = charged(self.real.order(&self.id), fee);
        change(&mut charged);
        self.real.see(&view(vec![], vec![charged]))
    }

    fn key(&self, role: Role) -> FillKey {
        FillKey { trade_id: "t1".to_owned(), order: self.id.clone(), role }
    }

    fn is_unread(&self) -> bool {
        self.real.state.fees_unread().next().is_some()
    }
}

fn as_told(key: FillKey, expected: Usd, charged: Usd) -> Vec<Event> {
    let rounding = usd("0.00001");
    vec![Event::Account { fact: AccountFact::FeeCharged { key, expected, charged, rounding } }]
}

#[test]
fn a_fee_as_charged_is_in_cash_order_and_position() {
    for (side, role) in [
        (Side::Buy, Role::Taker),
        (Side::Sell, Role::Taker),
        (Side::Buy, Role::Maker),
        (Side::Sell, Role::Maker),
    ] {
        for more in ["0.05", "0", "0.00001"] {
            let mut it = dealt(side, role);
            assert_eq!(it.fee.is_zero(), role == Role::Maker);
            let (expected, now) = (it.fee, it.fee + usd(more));
            let facts = it.told(now, |_| {});
            assert_eq!(facts, as_told(it.key(role), expected, now), "{side} {role:?} {more}");
            assert_eq!(it.real.state.account.cash, it.cash - usd(more));
            assert_eq!(it.real.order(&it.id).tracks.expected.fee, now);
            let held = it.real.held();
            let (fees, lost) = (held.buy_fees - it.held.buy_fees, it.held.realised - held.realised);
            let moved =
                if side == Side::Buy { (usd(more), Usd::ZERO) } else { (Usd::ZERO, usd(more)) };
            assert_eq!((fees, lost), moved, "{side} {role:?} {more}");
            assert!(!it.is_unread());
            assert!(it.real.state.account.real.as_ref().unwrap().fees_unproven.is_none());
        }
    }
}

#[test]
fn less_than_expected_comes_back() {
    let mut it = dealt(Side::Buy, Role::Taker);
    it.told(Usd::ZERO, |_| {});
    assert_eq!(it.real.state.account.cash, it.cash + it.fee);
    assert_eq!((it.real.held().buy_fees, it.real.held().realised), (Usd::ZERO, Usd::ZERO));
}

#[test]
fn a_charge_counts_once_whoever_tells_it() {
    let mut it = dealt(Side::Buy, Role::Taker);
    let now = it.fee + usd("0.05");
    let facts = it.told(now, |_| {});
    let after = it.real.state.clone();
    assert_eq!(it.told(now, |_| {}), vec![], "the receipt is read again");
    let again = it.real.state.apply(&facts[0], &mut Changes::default());
    assert_eq!(again, Err(ApplyError::ChargedTwice(it.key(Role::Taker))));
    assert_eq!(it.real.state, after, "and nothing changed");
    let unknown = FillKey { trade_id: "t9".to_owned(), ..it.key(Role::Taker) };
    let [fact] = as_told(unknown.clone(), Usd::ZERO, usd("1")).try_into().unwrap();
    let applied = it.real.state.apply(&fact, &mut Changes::default());
    assert_eq!(applied, Err(ApplyError::UnknownFill(unknown)));
}

type Change = fn(&mut Charged);

#[test]
fn what_does_not_tell_exactly_our_fill_is_not_believed() {
    let more = usd("0.05");
    let changes: [(&str, Change); 7] = [
        ("shares", |it| it.shares = shares("9.999999")),
        ("dollars", |it| it.cash = usd("5.000001")),
        ("token", |it| it.token = "9".to_owned()),
        ("side", |it| it.side = Side::Sell),
        ("transaction", |it| it.transaction = "0x00".to_owned()),
        ("negative", |it| it.fee = usd("-0.000001")),
        ("more than was traded", |it| it.fee = usd("5.000001")),
    ];
    for (what, change) in changes {
        let mut it = dealt(Side::Buy, Role::Taker);
        let fee = it.fee + more;
        assert_eq!(it.told(fee, change), vec![], "{what}");
        assert!(it.is_unread(), "{what}: it stays to be read");
        assert_eq!(it.told(fee, |_| {}).len(), 1, "the control");
    }
    let mut it = dealt(Side::Buy, Role::Taker);
    let order = it.real.order(&it.id).clone();
    let two = vec![charged(&order, it.fee), charged(&order, it.fee + more)];
    assert_eq!(it.real.see(&view(vec![], two)), vec![], "two that differ");
    let other = Charged { shares: shares("3"), cash: usd("1.5"), ..charged(&order, more) };
    let facts = it.real.see(&view(vec![], vec![other, charged(&order, it.fee)]));
    assert_eq!(facts, as_told(it.key(Role::Taker), it.fee, it.fee), "another match of the order");
}

#[test]
fn only_a_confirmed_trade_with_a_transaction_is_to_be_read() {
    let mut real = Real::with("100", "0");
    let id = real.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    let order = real.order(&id).clone();
    for settlement in [Settlement::Matched, Settlement::Mined] {
        let trade = settled(1, &order, Role::Taker, settlement);
        let told = charged(&order, usd("0.5"));
        real.see(&view(vec![trade], vec![told]));
        assert_eq!(real.state.fees_unread().count(), 0, "{settlement:?}");
    }
    // In one look: confirmed, and its receipt read.
    let trade = settled(1, &order, Role::Taker, Settlement::Confirmed);
    let facts = real.see(&view(vec![trade], vec![charged(&order, usd("0.5"))]));
    assert_eq!(facts.len(), 2, "{facts:?}");
    let mut without = Real::with("100", "0");
    let id = without.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    let trade = settled(1, &without.order(&id).clone(), Role::Taker, Settlement::Confirmed);
    without.see(&view(vec![VenueTrade { transaction: None, ..trade }], vec![]));
    assert_eq!(without.state.fees_unread().count(), 0);
    assert!(!without.state.account.real.as_ref().unwrap().fees_unproven.is_none());
}

#[test]
fn a_buy_that_was_sold_meanwhile_bears_its_charge_in_the_profit() {
    // The account began with 50 shares that cost nothing: ten of sixty were bought.
    for (sold, kept) in [("0", "0.05"), ("55", "0.025"), ("60", "0")] {
        let mut it = dealt(Side::Buy, Role::Taker);
        if sold != "0" {
            let id = it.real.send("b", Side::Sell, (price("0.50"), shares(sold)), None);
            let order = it.real.order(&id).clone();
            let sale =
                trade(("t2", t(2)), &order, Role::Maker, &[shares(sold)], Settlement::Confirmed);
            it.real.see(&view(vec![sale], vec![]));
        }
        let before = it.real.held().clone();
        let now = it.fee + usd("0.05");
        it.told(now, |_| {});
        let held = it.real.held();
        assert_eq!(held.buy_fees - before.buy_fees, usd(kept), "{sold}");
        assert_eq!(before.realised - held.realised, usd("0.05") - usd(kept), "{sold}");
    }
}

#[test]
fn a_fill_to_be_read_is_kept_with_its_order_until_something_proves_it() {
    let kept = |state: &mut State| {
        state.prune();
        (state.fills.len(), state.orders.len())
    };
    let ended = || {
        let mut it = dealt(Side::Buy, Role::Taker);
        let (id, at) = (it.id.clone(), t(2));
        it.real.record(&[Event::OrderEnded { id, status: Status::Filled, reason: None, at }]);
        it
    };
    let mut it = ended();
    assert_eq!(kept(&mut it.real.state), (1, 1));
    it.told(it.fee, |_| {});
    assert_eq!(kept(&mut it.real.state), (0, 0));
    // What the chain's cash or the operator settles is read no more.
    for fact in [
        AccountFact::FeesProven {},
        AccountFact::Adopted { cash: usd("-0.05"), shares: vec![], at: None },
    ] {
        let mut it = ended();
        it.real.record(&[Event::Account { fact }]);
        assert!(!it.is_unread());
        assert_eq!(it.told(it.fee + usd("0.05"), |_| {}), vec![]);
        assert_eq!(kept(&mut it.real.state), (0, 0));
    }
}

#[test]
fn journals_of_before_are_read_as_they_were_and_written_as_they_were() {
    let old = r#"{"event":"account","fact":{"is":"fill_settled","key":{"trade_id":"t1","order":"r/a/1","role":"TAKER"},"settlement":"CONFIRMED"}}"#;
    let event: Event = serde_json::from_str(old).unwrap();
    assert_eq!(serde_json::to_string(&event).unwrap(), old);
    let mut it = dealt(Side::Buy, Role::Taker);
    let facts = it.told(it.fee + usd("0.05"), |_| {});
    let text = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Event>>(&text).unwrap(), facts);
    assert_eq!(imbalance(&it.real.state), None);
}
