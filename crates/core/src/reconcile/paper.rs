//! Paper: working observed books and prints through what rests, and settling the matcher's answers.

use crate::book::Book;
use crate::event::Event;
use crate::limits::{Limits, PaperModel};
use crate::market::ConditionId;
use crate::matching::{Advance, Answer, Refusal, advance, place, usable_book};
use crate::order::{Order, OrderId, Status};
use crate::reason::{Denial, EndReason};
use crate::state::{ApplyError, Changes, State};
use crate::world::{MarketView, World};
use std::collections::BTreeMap;

/// Works everything observed through what rests and is held: fills, endings, expiries, results.
/// Markets are independent of each other here; they come in the order of their ids.
pub fn catch_up(state: &State, world: &World, limits: &Limits, model: &PaperModel) -> Vec<Event> {
    let with = Advance { now: world.now, model, book_age_secs_max: limits.book_age_secs_max };
    world.markets.values().flat_map(|view| advance(state, view, &with)).collect()
}

/// The paper venue and its settlement: answers the pass's commands one after another and turns each
/// answer into facts. `state` is the picture with the decision applied.
///
/// # Errors
/// Only when `state` contradicts itself.
pub fn settle_paper(
    state: &State,
    world: &World,
    (limits, model): (&Limits, &PaperModel),
    commands: &[OrderId],
) -> Result<Vec<Event>, ApplyError> {
    let mut state = state.clone();
    let mut resting: BTreeMap<ConditionId, Vec<OrderId>> = BTreeMap::new();
    for order in state.with_status(Status::Open) {
        if let Some(market) = &order.market {
            resting.entry(market.clone()).or_default().push(order.id.clone());
        }
    }
    let mut facts = Vec::new();
    for id in commands {
        let Some(order) = state.orders.get(id).filter(|o| o.status == Status::Submitting) else {
            continue;
        };
        let market = order.market.clone().expect("an order is sent only once its market is known");
        let neighbours = resting.entry(market.clone()).or_default();
        let answer = match on_book(world, &market, limits) {
            Some((view, book)) => place((&state, neighbours), order, (&view.market, book), model),
            None => continue,
        };
        let settled = settle(order, answer, world);
        if settled.iter().any(|event| matches!(event, Event::OrderOpened { .. })) {
            neighbours.push(id.clone());
        }
        state.apply_all(&settled, &mut Changes::default())?;
        facts.extend(settled);
    }
    Ok(facts)
}

fn on_book<'a>(
    world: &'a World,
    market: &ConditionId,
    limits: &Limits,
) -> Option<(&'a MarketView, &'a Book)> {
    let view = world.markets.get(market)?;
    let book = usable_book(view, world.now, limits.book_age_secs_max).ok()?;
    Some((view, book))
}

/// Turns one answer into facts: fills first, then the queue place, then whether it rests or ended.
fn settle(order: &Order, answer: Result<Answer, Refusal>, world: &World) -> Vec<Event> {
    let (id, at) = (order.id.clone(), world.now);
    let answer = match answer {
        Ok(answer) => answer,
        Err(Refusal::SelfCross { with }) => {
            return vec![Event::OrderDenied { id, denial: Denial::SelfCross { with }, at }];
        }
        Err(Refusal::Rejected(reason)) => {
            let status = Status::Rejected;
            return vec![Event::OrderEnded { id, status, reason: Some(reason), at }];
        }
    };
    let mut facts: Vec<Event> =
        answer.fills.into_iter().map(|fill| Event::Filled { fill }).collect();
    if !answer.levels.is_empty() {
        let market = order.market.clone().expect("an answered order has a market");
        facts.push(Event::LiquidityTaken { market, levels: answer.levels });
    }
    facts.push(Event::QueueMoved { id: id.clone(), tracks: answer.tracks });
    facts.push(if answer.is_full {
        Event::OrderEnded { id, status: Status::Filled, reason: None, at }
    } else if order.time_in_force.is_immediate() {
        let reason = Some(EndReason::FakRest);
        Event::OrderEnded { id, status: Status::Cancelled, reason, at }
    } else {
        Event::OrderOpened { id }
    });
    facts
}
