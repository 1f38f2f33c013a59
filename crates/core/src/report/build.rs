//! Folds a pass into its report.

use super::attention::attention;
use super::fold::count;
use super::lines::{CapLine, FillLine, OrderLine, Totals};
use super::worth::{cash, pnl, positions};
use super::{Report, VERSION};
use crate::decide::{PlanOutcome, PlanResult, live};
use crate::event::{AccountFact, Event, Fill, PassId};
use crate::ledger::Source;
use crate::limits::Limits;
use crate::market::{ConditionId, Param, Side};
use crate::money::{Shares, Usd, average, slippage_ceil};
use crate::order::{Order, OrderId, Status, Tracks, Want};
use crate::reason::Cap;
use crate::state::{Run, State};
use crate::venue::Payment;
use crate::world::{MarketProblem, World};
use std::collections::{BTreeMap, BTreeSet};

/// What a report is folded from.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The pass.
    pub pass: &'a PassId,
    /// Its events, in order.
    pub events: &'a [Event],
    /// The picture after them.
    pub state: &'a State,
    /// What the pass observed.
    pub world: &'a World,
    /// The limits it used.
    pub limits: &'a Limits,
}

/// Folds one pass into its report.
pub fn report(input: &Input<'_>) -> Report {
    let orders: Vec<OrderLine> = dealt_with(input).into_iter().map(order_line).collect();
    let fills: Vec<FillLine> = input.events.iter().filter_map(|e| fill_line(input, e)).collect();
    Report {
        version: VERSION,
        account: input.state.account.id.clone(),
        pass: input.pass.clone(),
        now: input.world.now,
        passes: 1,
        attention: attention(input),
        unread: unread(input),
        plans: plans(input).map(|outcome| as_it_ends(input.state, outcome)).collect(),
        counts: count(&orders),
        totals: totals(input, &fills),
        orders,
        fills,
        caps: caps(input),
        positions: positions(input),
        pnl: pnl(input),
        cash: cash(input),
        books: books(input.state),
        payments: input.events.iter().filter_map(payment).collect(),
        assumed: assumed(input),
    }
}

fn books(state: &State) -> BTreeMap<Source, Usd> {
    let claims = state.account.real.iter().flat_map(|real| real.cash.by_source());
    claims.filter(|(_, cash)| !cash.is_zero()).map(|(source, cash)| (*source, *cash)).collect()
}

fn payment(event: &Event) -> Option<Payment> {
    let Event::Account { fact: AccountFact::Paid { payment } } = event else { return None };
    Some(payment.clone())
}

fn plans<'a>(input: &Input<'a>) -> impl Iterator<Item = &'a PlanOutcome> {
    input.events.iter().filter_map(|event| {
        if let Event::PlanReceived { outcome } = event { Some(outcome) } else { None }
    })
}

/// A plan's result with what lives of it when the pass ends, not when it was received.
fn as_it_ends(state: &State, outcome: &PlanOutcome) -> PlanOutcome {
    let (waiting, working) = live(state, &outcome.run_id);
    let result = match &outcome.result {
        PlanResult::Missing { .. } => PlanResult::Missing { waiting, working },
        PlanResult::AlreadyDone | PlanResult::StillLive { .. } if waiting == 0 && working == 0 => {
            PlanResult::AlreadyDone
        }
        PlanResult::AlreadyDone | PlanResult::StillLive { .. } => {
            PlanResult::StillLive { waiting, working }
        }
        PlanResult::Admitted | PlanResult::Changed { .. } | PlanResult::Clash { .. } => {
            outcome.result.clone()
        }
    };
    PlanOutcome { result, ..outcome.clone() }
}

/// Orders that the pass touched, that still live, or that belong to the plans it was given.
fn dealt_with<'a>(input: &Input<'a>) -> Vec<&'a Order> {
    let touched: BTreeSet<&OrderId> = input.events.iter().filter_map(order_of).collect();
    // A plan that was missed is told by what lives of it; what ended earlier was told then.
    let given = plans(input).filter(|plan| !matches!(plan.result, PlanResult::Missing { .. }));
    let given: BTreeSet<&str> = given.map(|plan| plan.run_id.as_str()).collect();
    let mut orders: Vec<&Order> = input
        .state
        .orders
        .values()
        .filter(|order| {
            touched.contains(&order.id)
                || !order.status.is_ended()
                || (given.contains(order.run_id.as_str()) && is_latest_attempt(input.state, order))
        })
        .collect();
    orders.sort_by(|a, b| (&a.run_id, a.trade.index).cmp(&(&b.run_id, b.trade.index)));
    orders
}

/// False for orders of a content that `plan stop` made way for.
fn is_latest_attempt(state: &State, order: &Order) -> bool {
    match state.runs.get(order.run_id.as_str()) {
        Some(Run::Plan { attempt, .. }) => {
            order.id == OrderId::new(&order.run_id, &order.trade.id, *attempt)
        }
        Some(Run::Pass { .. }) | None => true,
    }
}

fn order_of(event: &Event) -> Option<&OrderId> {
    match event {
        Event::OrderAdmitted { order } => Some(&order.id),
        Event::Filled { fill } => Some(&fill.order),
        Event::MarketNamed { id, .. }
        | Event::OrderWaiting { id, .. }
        | Event::OrderDenied { id, .. }
        | Event::OrderSubmitting { id, .. }
        | Event::OrderOpened { id }
        | Event::OrderEnded { id, .. }
        | Event::AtVenue { id, .. }
        | Event::QueueMoved { id, .. } => Some(id),
        Event::Account { fact: AccountFact::FillSettled { key, .. } } => Some(&key.order),
        // A fee as booked changes nothing of its order.
        Event::Account { fact: AccountFact::FeeCharged { key, expected, charged, .. } }
            if expected != charged =>
        {
            Some(&key.order)
        }
        Event::AccountOpened { .. }
        | Event::CashMoved { .. }
        | Event::PassOpened { .. }
        | Event::PlanReceived { .. }
        | Event::PlanAdmitted { .. }
        | Event::PlanStopped { .. }
        | Event::LiquidityTaken { .. }
        | Event::PaperMarketMoved { .. }
        | Event::MarketResolved { .. }
        | Event::PassClosed { .. }
        | Event::Account { .. }
        | Event::AccountRetired { .. } => None,
    }
}

/// The line of one order; also what `betteroms orders` prints.
pub fn order_line(order: &Order) -> OrderLine {
    let track = order.tracks.expected;
    let want = order.placing.as_ref().map(|placing| placing.want);
    OrderLine {
        id: order.id.clone(),
        run_id: order.run_id.clone(),
        file: order.file.clone(),
        here: order.trade.here,
        size_here: order.trade.size_here,
        index: order.trade.index,
        market: order.slug.clone().unwrap_or_else(|| order.trade.market.to_string()),
        outcome: order.trade.outcome.to_string(),
        side: order.trade.side,
        time_in_force: order.time_in_force,
        price: order.trade.price,
        size: want.and_then(|want| match want {
            Want::Shares(shares) => Some(shares),
            Want::Cash(_) => None,
        }),
        cash: want.and_then(|want| match want {
            Want::Cash(cash) => Some(cash),
            Want::Shares(_) => None,
        }),
        status: order.status,
        filled: track.filled,
        average: average(
            if order.trade.side == Side::Buy { -track.cash } else { track.cash },
            track.filled,
        ),
        fee: track.fee,
        ahead: (order.status == Status::Open && order.venue.is_none()).then_some(track.ahead),
        filled_range: match order.venue {
            // What a real venue did is no estimate.
            Some(_) => (track.filled, track.filled),
            None => range(&order.tracks),
        },
        wait: order.wait.clone(),
        wait_until: order.wait_until.filter(|_| order.status == Status::Waiting),
        denial: order.denial.clone(),
        end: order.end,
        due: order.placing.as_ref().and_then(|placing| placing.due),
        note: order.venue.as_ref().and_then(|at| at.note.clone()),
    }
}

/// Least and most shares of the three readings. A band can lie on either side of what is booked: an
/// earlier order may have taken on one of them what it could not take on another.
fn range(tracks: &Tracks) -> (Shares, Shares) {
    let all = [tracks.fewest.filled, tracks.expected.filled, tracks.most.filled];
    let least = all.into_iter().min().unwrap_or_default();
    (least, all.into_iter().max().unwrap_or_default())
}

fn fill_line(input: &Input<'_>, event: &Event) -> Option<FillLine> {
    let Event::Filled { fill } = event else {
        return None;
    };
    Some(line_of(input, fill))
}

pub(super) fn line_of(input: &Input<'_>, fill: &Fill) -> FillLine {
    FillLine {
        order: fill.order.clone(),
        market: slug(input, &fill.market),
        side: fill.side,
        role: fill.role,
        price: fill.price,
        shares: fill.shares,
        cash: fill.cash,
        fee: fill.fee,
        slippage: slippage(input.state, fill),
        at: fill.at,
    }
}

fn slippage(state: &State, fill: &Fill) -> Option<Usd> {
    let mid_doubled = state.orders.get(&fill.order)?.placing.as_ref()?.mid_doubled?;
    Some(slippage_ceil(fill.cash, fill.shares, mid_doubled))
}

fn totals(input: &Input<'_>, fills: &[FillLine]) -> Totals {
    let mut totals = Totals::default();
    for fill in fills {
        match fill.side {
            Side::Buy => totals.spent += -fill.cash,
            Side::Sell => totals.received += fill.cash,
        }
        totals.fees += fill.fee;
        totals.slippage += fill.slippage.unwrap_or(Usd::ZERO);
    }
    totals.fees += input.events.iter().filter_map(recharged).sum();
    let resolved: BTreeSet<&ConditionId> = resolved(input.events).collect();
    let paid = input.state.positions.values().filter(|p| resolved.contains(&p.market));
    totals.paid_out = paid.map(|position| position.paid).sum();
    totals
}

/// What a fill was charged beyond the fee that was booked with it; negative where it was less.
fn recharged(event: &Event) -> Option<Usd> {
    let Event::Account { fact: AccountFact::FeeCharged { expected, charged, .. } } = event else {
        return None;
    };
    Some(*charged - *expected)
}

pub(super) fn resolved(events: &[Event]) -> impl Iterator<Item = &ConditionId> {
    events.iter().filter_map(|event| {
        if let Event::MarketResolved { market, .. } = event { Some(market) } else { None }
    })
}

pub(super) fn slug(input: &Input<'_>, market: &ConditionId) -> String {
    if let Some(view) = input.world.markets.get(market) {
        return view.market.slug.clone();
    }
    let mut orders = input.state.orders.values();
    let known = orders.find(|order| order.market.as_ref() == Some(market));
    known.and_then(|order| order.slug.clone()).unwrap_or_else(|| market.to_string())
}

fn caps(input: &Input<'_>) -> Vec<CapLine> {
    let (state, limits) = (input.state, input.limits);
    let placed = |event: &Event| {
        if let Event::OrderSubmitting { placing, .. } = event {
            placing.notional
        } else {
            Usd::ZERO
        }
    };
    let mut exposure: BTreeMap<&ConditionId, Usd> = BTreeMap::new();
    for position in state.positions.values() {
        *exposure.entry(&position.market).or_default() += position.cost;
    }
    for order in state.orders.values().filter(|order| order.status.is_working()) {
        if let Some(market) = &order.market {
            *exposure.entry(market).or_default() += order.open_notional();
        }
    }
    let line = |cap, market, used, limit| CapLine { cap, market, used, limit };
    let pass = input.events.iter().map(placed).sum();
    let mut lines = vec![
        line(Cap::PerPass, None, pass, limits.per_pass),
        line(Cap::PerDay, None, state.account.day_notional, limits.per_day),
        line(Cap::Total, None, exposure.values().copied().sum(), limits.total),
    ];
    let markets = exposure.into_iter().filter(|(_, used)| used.is_positive());
    lines.extend(markets.map(|(market, used)| {
        line(Cap::PerMarket, Some(slug(input, market)), used, limits.per_market)
    }));
    lines
}

fn unread(input: &Input<'_>) -> Vec<(String, String)> {
    let watched = input.world.unread.iter();
    let watched = watched.map(|(market, cause)| (slug(input, market), cause.clone()));
    let named = input.world.resolved.iter().filter_map(|(name, found)| match found {
        Err(MarketProblem::Unavailable { cause }) => Some((name.clone(), cause.clone())),
        Err(MarketProblem::NotFound | MarketProblem::Several { .. }) | Ok(_) => None,
    });
    let all: BTreeMap<String, String> = watched.chain(named).collect();
    all.into_iter().collect()
}

fn assumed(input: &Input<'_>) -> Vec<(String, BTreeSet<Param>)> {
    let views = input.world.markets.values().filter(|view| !view.market.assumed.is_empty());
    views.map(|view| (view.market.slug.clone(), view.market.assumed.clone())).collect()
}
