//! What an account is worth: marks, positions, profit and loss, cash.

use super::Input;
use super::build::{resolved, slug};
use super::lines::{Cash, MarkSource, Pnl, PositionLine};
use crate::book::Book;
use crate::market::{ConditionId, Outcome, Side};
use crate::money::{Fraction, Price, Shares, Usd, average, payout_floor};
use crate::state::State;
use crate::state::position::Position;
use crate::world::World;
use std::collections::BTreeSet;

/// Cash plus positions at their marks: what an account is worth by the books of `world`.
pub fn equity(state: &State, world: &World) -> Usd {
    let value =
        |position: &Position| payout_or_zero(position.shares, mark(state, world, position).0);
    state.account.cash + state.positions.values().map(value).sum()
}

/// The price a position is valued at: the payout, else the best bid of the held token, else the last
/// print, else nothing. While a market cannot be read its last known bid stands in: an outage is no loss.
fn mark(state: &State, world: &World, position: &Position) -> (Option<Fraction>, MarkSource) {
    // Real shares are paid when they are redeemed; what they will be paid is known before.
    let result = state.paper.get(&position.market).and_then(|memory| memory.resolution);
    let to_come = result.filter(|_| state.account.id.is_real());
    let to_come = to_come.and_then(|result| result.payout(position.outcome));
    if let Some(payout) = position.payout.or(to_come) {
        return (Some(payout), MarkSource::Payout);
    }
    let side = Side::Buy.in_first_terms(position.outcome);
    let book = world.markets.get(&position.market).and_then(|view| view.book.as_ref());
    let own = |first: crate::money::Price| match position.outcome {
        Outcome::First => Fraction::from_micros(first.micros()),
        Outcome::Second => Fraction::from_micros(first.complement().micros()),
    };
    let others = |book: &Book| best_of_others(state, &position.market, book, side);
    if let Some(bid) = book.filter(|book| !book.is_crossed()).and_then(others) {
        return (own(bid), MarkSource::Bid);
    }
    let memory = state.paper.get(&position.market);
    if !world.markets.contains_key(&position.market) {
        let (bid, ask) = memory.map_or((None, None), |memory| memory.best);
        let known = if side == Side::Buy { bid } else { ask };
        if let Some(price) = known {
            return (own(price), MarkSource::LastBid);
        }
    }
    match memory.and_then(|memory| memory.last_print) {
        Some(price) => (own(price), MarkSource::Last),
        None => (None, MarkSource::Unmarked),
    }
}

/// The best price that others show. A real book shows our own orders too, and nobody sells to themselves.
fn best_of_others(state: &State, market: &ConditionId, book: &Book, side: Side) -> Option<Price> {
    let ours = |price: Price| -> Shares {
        let working = state.orders.values().filter(|order| order.venue.is_some());
        let here = working.filter(|order| {
            order.status.is_working()
                && order.market.as_ref() == Some(market)
                && order.in_first_terms() == Some((side, price))
        });
        here.map(crate::order::Order::remaining).sum()
    };
    let mut levels = book.resting(side).iter();
    levels.find(|level| level.size > ours(level.price)).map(|level| level.price)
}

fn payout_or_zero(shares: Shares, mark: Option<Fraction>) -> Usd {
    mark.map_or(Usd::ZERO, |mark| payout_floor(shares, mark))
}

pub(super) fn positions(input: &Input<'_>) -> Vec<PositionLine> {
    let paid: BTreeSet<&ConditionId> = resolved(input.events).collect();
    let shown = input.state.positions.values().filter(|p| !p.is_flat() || paid.contains(&p.market));
    shown.map(|position| position_line(input, position)).collect()
}

fn position_line(input: &Input<'_>, position: &Position) -> PositionLine {
    let view = input.world.markets.get(&position.market);
    let (mark, mark_source) = mark(input.state, input.world, position);
    let value = payout_or_zero(position.shares, mark);
    let closed = view.is_some_and(|view| view.market.is_closed(input.world.now));
    PositionLine {
        market: slug(input, &position.market),
        outcome: view.map_or_else(
            || position.outcome.index().to_string(),
            |view| view.market.label(position.outcome).to_owned(),
        ),
        shares: position.shares,
        average: average(position.cost, position.shares),
        cost: position.cost,
        mark,
        mark_source,
        value,
        unrealised: value - position.cost - position.buy_fees,
        realised: position.realised,
        awaits_result: closed && position.payout.is_none() && !position.is_flat(),
        no_result_recorded: closed
            && position.payout.is_none()
            && view.is_some_and(|view| view.market.result_recorded == Some(false)),
    }
}

pub(super) fn pnl(input: &Input<'_>) -> Pnl {
    let (state, account) = (input.state, &input.state.account);
    let equity = equity(state, input.world);
    let expected = equity - account.funded;
    let (mut fewest, mut most) = (account.fewest_cash, account.most_cash);
    let mut unrealised = Usd::ZERO;
    for position in state.positions.values() {
        let (mark, _) = mark(state, input.world, position);
        fewest += payout_or_zero(position.fewest.shares, mark);
        most += payout_or_zero(position.most.shares, mark);
        unrealised += payout_or_zero(position.shares, mark) - position.cost - position.buy_fees;
    }
    if account.id.is_real() {
        // What the venue did is no estimate: it has no bands.
        (fewest, most) = (expected, expected);
    }
    Pnl {
        lowest: expected.min(fewest).min(most),
        expected,
        highest: expected.max(fewest).max(most),
        today: equity - account.day_open_equity,
        unrealised,
    }
}

pub(super) fn cash(input: &Input<'_>) -> Cash {
    let state = input.state;
    Cash {
        total: state.account.cash,
        reserved: state.reserved(),
        free: state.free_cash(),
        funded: state.account.funded,
        equity: equity(state, input.world),
    }
}
