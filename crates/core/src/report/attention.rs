//! What only a person can settle, as it stands at the end of a pass.

use super::build::{Input, line_of, slug};
use super::lines::Attention;
use crate::event::{AccountFact, Event, OrderFact, Subject};
use crate::market::Outcome;
use crate::order::{OrderId, Status};
use crate::plan::RunId;
use crate::reason::Wait;
use crate::state::fees::FeesDiffer;
use crate::venue::Settlement;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn attention(input: &Input<'_>) -> Vec<Attention> {
    let doubts = input.state.with_status(Status::InDoubt).map(|order| Attention::InDoubt {
        order: order.id.clone(),
        note: order.venue.as_ref().and_then(|at| at.note.clone()),
    });
    let ending = input.state.with_status(Status::Cancelling).filter_map(|order| {
        let looks = order.venue.as_ref()?.unseen;
        Some(Attention::CancelUnproven { order: order.id.clone(), looks })
    });
    let brake = input.state.account.brake;
    let brake = brake.map(|brake| Attention::Braked { freeze: brake.freeze });
    let mut all: Vec<Attention> =
        odd_payouts(input).chain(doubts).chain(ending).chain(brake).collect();
    all.extend(differences(input));
    all.extend(fees(input));
    all.extend(held_back(input));
    all.extend(input.events.iter().filter_map(|event| happened(input, event)));
    all.extend(gate(input));
    all
}

fn odd_payouts<'a>(input: &'a Input<'_>) -> impl Iterator<Item = Attention> + 'a {
    input.state.paper.iter().filter_map(|(market, memory)| {
        let result = memory.resolution?;
        let held = [Outcome::First, Outcome::Second].into_iter().any(|outcome| {
            let position = input.state.positions.get(&(market.clone(), outcome));
            position.is_some_and(|p| !p.is_flat() && result.payout(outcome).is_none())
        });
        let slug = slug(input, market);
        held.then_some(Attention::OddPayout { slug, payout_first: result.payout_first })
    })
}

/// What stands between the venue and our books, and strangers' orders that rest.
fn differences(input: &Input<'_>) -> Vec<Attention> {
    let Some(real) = &input.state.account.real else { return Vec::new() };
    let differs = real.differs.iter().map(|(what, difference)| Attention::Differs {
        market: match what {
            Subject::Cash => None,
            Subject::Market(market) | Subject::Record { market, .. } => Some(slug(input, market)),
        },
        difference: difference.clone(),
    });
    let foreign = real.foreign.values().map(|order| Attention::ForeignOrder {
        order: order.clone(),
        market: slug(input, &order.market),
    });
    differs.chain(foreign).collect()
}

fn fees(input: &Input<'_>) -> Option<Attention> {
    let FeesDiffer { expected, charged, fills, trades } = input.state.fees_differ()?;
    Some(Attention::FeesDiffer { expected, charged, fills, trades })
}

/// What was decided in this pass and did not leave, by what stopped it.
fn held_back(input: &Input<'_>) -> impl Iterator<Item = Attention> {
    let mut by_cause: BTreeMap<&str, BTreeSet<&OrderId>> = BTreeMap::new();
    for event in input.events {
        let Event::AtVenue { id, fact: OrderFact::Held { wait } } = event else { continue };
        let cause = if let Wait::VenueMode { mode } = wait { mode.as_str() } else { wait.code() };
        by_cause.entry(cause).or_default().insert(id);
    }
    by_cause.into_iter().map(|(cause, orders)| Attention::HeldBack {
        cause: cause.to_owned(),
        orders: u32::try_from(orders.len()).unwrap_or(u32::MAX),
    })
}

/// What happened in this pass and should be seen once.
fn happened(input: &Input<'_>, event: &Event) -> Option<Attention> {
    if let Event::AtVenue { id, fact: OrderFact::Reappeared { ended } } = event {
        return Some(Attention::Reappeared { order: id.clone(), ended: *ended });
    }
    let Event::Account { fact } = event else { return None };
    match fact {
        AccountFact::ForeignFill { fill } => {
            Some(Attention::ForeignFill { fill: line_of(input, fill) })
        }
        AccountFact::FillSettled { key, settlement: Settlement::Failed, .. } => {
            let (order, trade_id) = (key.order.clone(), key.trade_id.clone());
            Some(Attention::SettlementFailed { order, trade_id })
        }
        // What rounding alone may make is booked, and nothing to look at.
        AccountFact::FeeCharged { key, expected, charged, rounding } => {
            let more = *charged - *expected;
            (more.max(-more) > *rounding).then(|| Attention::FeeCharged {
                order: key.order.clone(),
                trade_id: key.trade_id.clone(),
                expected: *expected,
                charged: *charged,
            })
        }
        AccountFact::FillSettled { .. }
        | AccountFact::TradesSeen { .. }
        | AccountFact::ForeignOrder { .. }
        | AccountFact::Differs { .. }
        | AccountFact::FeesProven {}
        | AccountFact::Paid { .. }
        | AccountFact::SetAside { .. }
        | AccountFact::Adopted { .. }
        | AccountFact::Converting { .. }
        | AccountFact::Converted { .. }
        | AccountFact::Previewed { .. }
        | AccountFact::SecretUsed { .. }
        | AccountFact::Armed { .. }
        | AccountFact::Braked { .. } => None,
    }
}

/// Why nothing may be sent, where something waits to be.
fn gate(input: &Input<'_>) -> Vec<Attention> {
    let Some(gate) = &input.world.gate else { return Vec::new() };
    let waits = |run_id: &RunId| {
        input.state.with_status(Status::Waiting).any(|order| order.run_id == *run_id)
    };
    // A check about several markets is told once.
    let failed: BTreeSet<(&String, &String)> =
        gate.shut.iter().map(|shut| (&shut.code, &shut.fact)).collect();
    let failed = failed.into_iter();
    let failed = failed
        .map(|(check, fact)| Attention::CheckFailed { check: check.clone(), fact: fact.clone() });
    let unarmed = gate.unarmed.iter().filter(|(run_id, _)| waits(run_id));
    let unarmed = unarmed
        .map(|(run_id, what)| Attention::Unarmed { run_id: run_id.clone(), what: what.clone() });
    failed.chain(unarmed).collect()
}
