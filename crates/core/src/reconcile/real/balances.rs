//! Balances: the books against the chain. Trades that are not settled may or may not have moved there, so
//! their effect is allowed either way; anything else is a difference.

use crate::event::{AccountFact, Difference, Event, Intent, Subject};
use crate::market::{ConditionId, Outcome, Side};
use crate::money::{Shares, Usd};
use crate::state::State;
use crate::state::real::Booked;
use crate::venue::{AccountView, Payment, Settlement};
use std::collections::{BTreeMap, BTreeSet};

/// Compares cash and shares of the books with what the wallet holds; tells what differs and what no longer
/// does, and that fees were charged as expected where cash shows it.
pub fn balances(state: &State, view: &AccountView) -> Vec<Event> {
    let mut facts = Vec::new();
    let Some(real) = &state.account.real else { return facts };
    let tell = |facts: &mut Vec<Event>, what: Subject, difference: Option<Difference>| {
        let known = real.differs.iter().find(|(known, _)| *known == what).map(|(_, d)| d);
        let is_ours = known.is_none_or(|d| {
            matches!(d, Difference::CashDiffers { .. } | Difference::SharesDiffer { .. })
        });
        if known != difference.as_ref() && is_ours {
            facts.push(Event::Account { fact: AccountFact::Differs { what, difference } });
        }
    };
    if let Some(chain) = view.cash {
        tell(&mut facts, Subject::Cash, cash(state, chain));
        let is_proven = state.account.cash == chain && open_fills(state).next().is_none();
        if is_proven && !real.fees_unproven.is_none() {
            facts.push(Event::Account { fact: AccountFact::FeesProven {} });
        }
    }
    let markets: BTreeSet<&ConditionId> = view.shares.keys().collect();
    for market in markets {
        let held = view.shares.get(market).copied().unwrap_or_default();
        tell(&mut facts, Subject::Market(market.clone()), shares(state, market, held));
    }
    facts
}

/// Conversions that were about to be sent and that the chain shows as done: exactly their shares are gone, and no
/// trade there is under way. They are booked with the dollars that they were to bring; should others have come,
/// the comparison of cash tells. `held` is what the wallet holds on the chain.
pub fn converted(state: &State, held: &BTreeMap<ConditionId, [Shares; 2]>) -> Vec<Event> {
    let intents = state.account.real.iter().flat_map(|real| &real.converting);
    let is_done = |(market, intent): &(&ConditionId, &Intent)| {
        let Some([first, second]) = held.get(*market) else { return false };
        let books = |outcome| {
            let position = state.positions.get(&((*market).clone(), outcome));
            position.map_or(Shares::ZERO, |position| position.shares)
        };
        let [gone_first, gone_second] = intent.shares;
        let is_still = open_fills(state).all(|booked| booked.fill.market != **market);
        is_still
            && books(Outcome::First) - gone_first == *first
            && books(Outcome::Second) - gone_second == *second
    };
    let done = intents.filter(is_done).map(|(market, intent)| AccountFact::Converted {
        how: intent.how,
        market: market.clone(),
        shares: intent.shares,
        cash: intent.cash,
        transaction: None,
    });
    done.map(|fact| Event::Account { fact }).collect()
}

/// Payments of the venue that are not booked yet, as far as the wallet's cash has room for them: what the chain does
/// not hold was not paid, whatever is told.
pub fn paid(state: &State, view: &AccountView) -> Vec<Event> {
    let (Some(real), Some(chain)) = (&state.account.real, view.cash) else { return Vec::new() };
    let (mut books, _) = band(state);
    let mut told: Vec<&Payment> = view.payments.iter().filter(|one| real.is_unpaid(one)).collect();
    told.sort();
    told.dedup_by_key(|one| one.key());
    let mut facts = Vec::new();
    for payment in told {
        if books + payment.cash > chain {
            continue;
        }
        books += payment.cash;
        facts.push(Event::Account { fact: AccountFact::Paid { payment: payment.clone() } });
    }
    facts
}

/// Fills that the chain may or may not have carried out.
fn open_fills(state: &State) -> impl Iterator<Item = &Booked> {
    state.fills.values().filter(|booked| {
        matches!(booked.settlement, Settlement::Matched | Settlement::Retrying | Settlement::Mined)
    })
}

/// The least and the most cash that the wallet can hold by the books.
fn band(state: &State) -> (Usd, Usd) {
    let effects = open_fills(state).map(|booked| booked.fill.cash - booked.fill.fee);
    let (mut low, mut high) = (state.account.cash, state.account.cash);
    for effect in effects {
        // Undone where it has not happened yet: money paid is still there, money got is not.
        if effect.is_positive() { low -= effect } else { high -= effect }
    }
    (low, high)
}

fn cash(state: &State, chain: Usd) -> Option<Difference> {
    let (low, high) = band(state);
    let settled = state.account.cash - open_fills(state).map(|b| b.fill.cash - b.fill.fee).sum();
    let is_within = low <= chain && chain <= high;
    (!is_within).then_some(Difference::CashDiffers { books: settled, chain })
}

fn shares(state: &State, market: &ConditionId, chain: [Shares; 2]) -> Option<Difference> {
    let [first, second] = chain;
    let outcomes = [(Outcome::First, first), (Outcome::Second, second)];
    outcomes.into_iter().find_map(|(outcome, chain)| {
        let position = state.positions.get(&(market.clone(), outcome));
        let books = position.map_or(Shares::ZERO, |position| position.shares);
        let (mut low, mut high) = (books, books);
        for booked in open_fills(state) {
            let fill = &booked.fill;
            if fill.market != *market || fill.outcome != outcome {
                continue;
            }
            match fill.side {
                Side::Buy => low -= fill.shares,
                Side::Sell => high += fill.shares,
            }
        }
        let is_within = low <= chain && chain <= high;
        (!is_within).then_some(Difference::SharesDiffer { outcome, books, chain })
    })
}
