//! What the venue pays by itself: booked once, since the last adoption, and never more than the chain holds.
//!
//! Planted by hand and seen red: cash without room, one that is booked again, one of before the adoption.

use super::desk::{Real, trade};
use crate::given::{condition, price, shares, t, usd};
use betteroms_core::event::{AccountFact, Conversion, Event, Role};
use betteroms_core::ledger::{Source, imbalance};
use betteroms_core::market::Side;
use betteroms_core::reconcile::real::paid;
use betteroms_core::venue::{AccountView, Payment, PaymentKind, Settlement};

fn opened() -> Real {
    let mut real = Real::with("100", "0");
    real.record(&[Event::Account { fact: AccountFact::TradesSeen { until: t(0) } }]);
    real
}

fn payment(at: i64, log: u32, cash: &str) -> Payment {
    let transaction = "0xabc".to_owned();
    Payment { at: t(at), transaction, log, kind: PaymentKind::Reward, cash: usd(cash) }
}

/// Works through what was told while the chain holds `cash`; the dollars of what was booked.
fn told(real: &mut Real, cash: &str, payments: &[Payment]) -> Vec<String> {
    let (cash, payments) = (Some(usd(cash)), payments.to_vec());
    let facts = paid(&real.state, &AccountView { cash, payments, ..AccountView::default() });
    real.record(&facts);
    assert_eq!(imbalance(&real.state), None);
    let booked = facts.iter().map(|fact| {
        let Event::Account { fact: AccountFact::Paid { payment } } = fact else {
            panic!("{fact:?}")
        };
        payment.cash.to_string()
    });
    booked.collect()
}

#[test]
fn each_is_booked_once_and_only_where_the_chain_has_it() {
    let mut real = opened();
    let all = [payment(9, 1, "2"), payment(8, 0, "1"), payment(9, 2, "4")];
    assert_eq!(told(&mut real, "100", &all), Vec::<String>::new());
    assert_eq!(told(&mut real, "102.5", &all), ["1"], "the older one first");
    assert_eq!(told(&mut real, "103", &[all[0].clone(), all[0].clone()]), ["2"]);
    assert_eq!(told(&mut real, "200", &all), ["4"], "each once");
    assert_eq!(told(&mut real, "200", &all), Vec::<String>::new());
    let account = &real.state.account;
    assert_eq!((account.cash, account.funded), (usd("107"), usd("100")), "it is earned");
    let books = account.real.as_ref().unwrap().cash.by_source();
    assert_eq!(books.get(&Source::Reward), Some(&usd("7")));
}

#[test]
fn what_an_adoption_may_have_taken_over_is_not_booked_again() {
    let mut real = opened();
    assert_eq!(told(&mut real, "101", &[payment(0, 0, "1")]), Vec::<String>::new(), "opened with");
    let adopted = |cash: &str, at| AccountFact::Adopted { cash: usd(cash), shares: vec![], at };
    real.record(&[Event::Account { fact: adopted("1", Some(t(1_000))) }]);
    for at in [1, 1_000, 1_060] {
        assert_eq!(told(&mut real, "200", &[payment(at, 0, "1")]), Vec::<String>::new(), "{at}");
    }
    assert_eq!(told(&mut real, "200", &[payment(1_061, 0, "1")]), ["1"]);
    real.record(&[Event::Account { fact: adopted("-5", Some(t(2_000))) }]);
    // As journals of before have it.
    real.record(&[Event::Account { fact: adopted("3", None) }]);
    let books = real.state.account.real.as_ref().unwrap().cash.by_source();
    let of = |source| books.get(&source).copied();
    assert_eq!(of(Source::Deposit), Some(usd("1")));
    assert_eq!(of(Source::Withdrawal), Some(usd("-5")));
    assert_eq!(of(Source::Adopted), Some(usd("3")));
}

#[test]
fn a_purchase_under_way_leaves_room_only_for_what_it_has_not_taken() {
    let mut real = opened();
    let id = real.send("a", Side::Buy, (price("0.50"), shares("10")), None);
    let order = real.order(&id).clone();
    let settlement = Settlement::Matched;
    let trades = vec![trade(("t1", t(1)), &order, Role::Maker, &[shares("10")], settlement)];
    real.see(&AccountView { trades, is_partial: true, ..AccountView::default() });
    assert_eq!(real.state.account.cash, usd("95"));
    assert_eq!(told(&mut real, "95.5", &[payment(9, 0, "1")]), Vec::<String>::new());
    assert_eq!(told(&mut real, "101", &[payment(9, 0, "1")]), ["1"]);
}

#[test]
fn complete_sets_bought_elsewhere_cost_their_dollar() {
    let mut real = opened();
    let (how, market) = (Conversion::Split, condition());
    let (sets, cash, transaction) = ([-shares("7"), -shares("7")], usd("-7"), None);
    let fact = AccountFact::Converted { how, market, shares: sets, cash, transaction };
    real.record(&[Event::Account { fact }]);
    assert_eq!(imbalance(&real.state), None);
    assert_eq!(real.state.account.cash, usd("93"));
    let held: Vec<_> = real.state.positions.values().map(|one| (one.shares, one.cost)).collect();
    assert_eq!(held, [(shares("7"), usd("3.5")), (shares("7"), usd("3.5"))]);
    // Merged again they have brought and cost nothing.
    let (how, market) = (Conversion::Merge, condition());
    let (sets, cash, transaction) = ([shares("7"), shares("7")], usd("7"), None);
    let fact = AccountFact::Converted { how, market, shares: sets, cash, transaction };
    real.record(&[Event::Account { fact }]);
    let realised: Vec<_> = real.state.positions.values().map(|one| one.realised).collect();
    assert_eq!(realised.into_iter().sum::<betteroms_core::money::Usd>(), usd("0"));
    assert_eq!(imbalance(&real.state), None);
}
