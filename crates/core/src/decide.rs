//! The whole batch at once: plans that are new become orders, and every waiting order is judged.
//! Pure: the same state, world, plans and limits give the same decision, however often.

mod outcome;
mod take_out;

pub use outcome::{PlanOutcome, PlanResult};
pub use take_out::{frozen, withdraw};

use crate::event::Event;
use crate::judge::{Court, Verdict, outcome_of};
use crate::limits::Limits;
use crate::market::ConditionId;
use crate::order::{Order, OrderId, Status};
use crate::plan::{Plan, RunId, TimeInForce, Trade, first_difference};
use crate::reason::{Denial, Wait};
use crate::risk::Budget;
use crate::state::{ApplyError, Changes, Run, State};
use crate::time::Time;
use crate::world::{MarketProblem, World};
use std::collections::{BTreeMap, BTreeSet};

/// What a pass decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Facts to record before anything leaves the house.
    pub events: Vec<Event>,
    /// Orders to send, in order; each is `Submitting` once the facts are applied.
    pub commands: Vec<OrderId>,
    /// Real: orders to cancel; each is `Cancelling` once the facts are applied.
    pub cancels: Vec<OrderId>,
}

/// Decides one pass: admits new plans, then judges every waiting trade in list order (runId, then
/// index), greedy on cash and caps. `state` must hold the pass just opened, every waiting and working
/// order, the positions and paper memory of the markets in `world`, and the runs that `plans` name.
///
/// # Errors
/// Only when `state` contradicts itself.
pub fn decide(
    state: &State,
    world: &World,
    plans: &[Plan],
    limits: &Limits,
) -> Result<Decision, ApplyError> {
    let mut work = Work { state: state.clone(), world, limits, decision: Decision::default() };
    work.miss(plans)?;
    for plan in plans {
        work.receive(plan, plans)?;
    }
    work.cancel_what_must_end()?;
    work.judge_waiting()?;
    Ok(work.decision)
}

/// Tells what a pass would answer for a plan that it does not admit; `None` for a new one.
pub fn known(state: &State, plan: &Plan) -> Option<PlanResult> {
    let Some(Run::Plan { digest, canonical, stopped, .. }) = state.runs.get(plan.run_id.as_str())
    else {
        return None;
    };
    if *digest != plan.digest {
        if *stopped {
            return None;
        }
        let difference = first_difference(canonical, &plan.canonical())
            .unwrap_or_else(|| "the whole content".to_owned());
        return Some(PlanResult::Changed { difference });
    }
    let (waiting, working) = live(state, &plan.run_id);
    Some(if waiting == 0 && working == 0 {
        PlanResult::AlreadyDone
    } else {
        PlanResult::StillLive { waiting, working }
    })
}

/// How many of a plan's trades wait, and how many orders are at the venue.
pub fn live(state: &State, run_id: &RunId) -> (u32, u32) {
    let count = |wanted: fn(Status) -> bool| {
        let orders = state.orders.values().filter(|o| o.run_id == *run_id && wanted(o.status));
        u32::try_from(orders.count()).unwrap_or(u32::MAX)
    };
    (count(|status| status == Status::Waiting), count(Status::is_working))
}

struct Work<'a> {
    state: State,
    world: &'a World,
    limits: &'a Limits,
    decision: Decision,
}

impl Work<'_> {
    fn emit(&mut self, event: Event) -> Result<(), ApplyError> {
        self.state.apply(&event, &mut Changes::default())?;
        self.decision.events.push(event);
        Ok(())
    }

    /// Tells of live plans that are not among the files of this pass. A pass for which no file or folder
    /// was named is plain maintenance and misses nothing.
    fn miss(&mut self, plans: &[Plan]) -> Result<(), ApplyError> {
        let given: BTreeSet<&RunId> = plans.iter().map(|plan| &plan.run_id).collect();
        let live_orders = self.state.orders.values().filter(|order| !order.status.is_ended());
        let missing: BTreeMap<RunId, String> = live_orders
            .filter(|order| self.world.plans_named && !given.contains(&order.run_id))
            .map(|order| (order.run_id.clone(), order.file.clone()))
            .collect();
        for (run_id, file) in missing {
            let still = live(&self.state, &run_id);
            let outcome = PlanOutcome::missing(run_id, file, still);
            self.emit(Event::PlanReceived { outcome })?;
        }
        Ok(())
    }

    fn receive(&mut self, plan: &Plan, all: &[Plan]) -> Result<(), ApplyError> {
        let clash = all.iter().find(|o| o.run_id == plan.run_id && o.digest != plan.digest);
        let result = match clash {
            Some(other) => PlanResult::Clash { other: other.file.clone() },
            None => known(&self.state, plan).unwrap_or(PlanResult::Admitted),
        };
        let is_new = result == PlanResult::Admitted;
        self.emit(Event::PlanReceived { outcome: PlanOutcome::of(plan, result) })?;
        if is_new { self.admit(plan) } else { Ok(()) }
    }

    fn admit(&mut self, plan: &Plan) -> Result<(), ApplyError> {
        let pass = self.state.account.open_pass.clone();
        let attempt = match self.state.runs.get(plan.run_id.as_str()) {
            Some(Run::Plan { attempt, .. }) => attempt.saturating_add(1),
            Some(Run::Pass { .. }) | None => 1,
        };
        self.emit(Event::PlanAdmitted {
            run_id: plan.run_id.clone(),
            pass: pass.expect("a plan is admitted by an open pass"),
            mode: plan.mode,
            attempt,
            digest: plan.digest.clone(),
            canonical: plan.canonical(),
            file: plan.file.clone(),
            trades: u32::try_from(plan.trades.len()).unwrap_or(u32::MAX),
        })?;
        for trade in &plan.trades {
            let order = self.order(plan, trade, attempt);
            self.emit(Event::OrderAdmitted { order: Box::new(order) })?;
        }
        Ok(())
    }

    fn order(&self, plan: &Plan, trade: &Trade, attempt: u32) -> Order {
        let now = self.world.now;
        let good_for_secs = trade.good_for_secs.or(self.limits.good_for_secs);
        let by_lifetime = match good_for_secs {
            Some(_) => TimeInForce::Gtt,
            None => TimeInForce::Gtc,
        };
        let time_in_force = trade.time_in_force.unwrap_or(by_lifetime);
        let market = self.resolved(trade).ok();
        let view = market.as_ref().and_then(|id| self.world.markets.get(id));
        let id = OrderId::new(&plan.run_id, &trade.id, attempt);
        let of = (plan.run_id.clone(), plan.file.clone());
        Order {
            slug: view.map(|view| view.market.slug.clone()),
            outcome: view.and_then(|view| outcome_of(&trade.outcome, &view.market)),
            market,
            good_for_secs,
            wait_until: self.wait_until(trade, time_in_force, good_for_secs),
            ..Order::admitted(id, of, (trade.clone(), time_in_force), now)
        }
    }

    /// A waiting trade's lifetime counts from the later of now and `notBefore`; it never passes
    /// `notAfter`. FOK and FAK wait for `notBefore` only.
    fn wait_until(&self, trade: &Trade, tif: TimeInForce, secs: Option<u32>) -> Option<Time> {
        let from = trade.not_before.map_or(self.world.now, |at| at.max(self.world.now));
        let waits = match tif {
            TimeInForce::Gtt => secs.map(|secs| from.plus_secs(i64::from(secs))),
            TimeInForce::Gtc => {
                let hours = i64::from(self.limits.wait_hours_max);
                Some(from.plus_secs(hours.saturating_mul(3_600)))
            }
            TimeInForce::Fok | TimeInForce::Fak => None,
        };
        [waits, trade.not_after].into_iter().flatten().min()
    }

    fn resolved(&self, trade: &Trade) -> Result<ConditionId, MarketProblem> {
        let found = self.world.resolved.get(&trade.market.to_string());
        found.cloned().unwrap_or_else(|| {
            Err(MarketProblem::Unavailable { cause: "it was not looked up".to_owned() })
        })
    }

    fn judge_waiting(&mut self) -> Result<(), ApplyError> {
        let mut waiting: Vec<(RunId, u32, OrderId)> = self
            .state
            .with_status(Status::Waiting)
            .map(|o| (o.run_id.clone(), o.trade.index, o.id.clone()))
            .collect();
        waiting.sort();
        let mut budget = Budget::new(&self.state, self.limits);
        let mut seq = self.state.account.next_seq;
        for (_, _, id) in waiting {
            self.judge_one(&id, &mut budget, &mut seq)?;
        }
        Ok(())
    }

    fn judge_one(
        &mut self,
        id: &OrderId,
        budget: &mut Budget<'_>,
        seq: &mut u64,
    ) -> Result<(), ApplyError> {
        self.name_market(id)?;
        let Some(order) = self.state.orders.get(id) else {
            return Ok(());
        };
        match self.verdict(order, budget) {
            Verdict::Place { mut placing, wants } => {
                placing.seq = *seq;
                *seq = seq.saturating_add(1);
                if let Some(market) = &order.market {
                    budget.spend(order, market, wants);
                }
                self.decision.commands.push(id.clone());
                let reserve = wants.reserve;
                self.emit(Event::OrderSubmitting { id: id.clone(), placing: *placing, reserve })
            }
            Verdict::Wait(wait) => {
                let is_first_chance = !matches!(wait, Wait::NotBefore { .. });
                let never_waits = order.trade.if_blocked == crate::plan::IfBlocked::Deny
                    || order.time_in_force.is_immediate();
                if is_first_chance && never_waits {
                    return self.deny(id, Denial::Blocked { by: wait });
                }
                if order.wait.as_ref() == Some(&wait) {
                    return Ok(());
                }
                self.emit(Event::OrderWaiting { id: id.clone(), wait })
            }
            Verdict::Deny(denial) => self.deny(id, denial),
        }
    }

    fn deny(&mut self, id: &OrderId, denial: Denial) -> Result<(), ApplyError> {
        self.emit(Event::OrderDenied { id: id.clone(), denial, at: self.world.now })
    }

    /// Notes the market and outcome of an order whose look-up failed when it was admitted.
    fn name_market(&mut self, id: &OrderId) -> Result<(), ApplyError> {
        let Some(order) = self.state.orders.get(id).filter(|o| o.outcome.is_none()) else {
            return Ok(());
        };
        let Some(market) = order.market.clone().or_else(|| self.resolved(&order.trade).ok()) else {
            return Ok(());
        };
        let view = self.world.markets.get(&market);
        let outcome = view.and_then(|view| outcome_of(&order.trade.outcome, &view.market));
        if order.market.is_some() && outcome.is_none() {
            return Ok(());
        }
        let slug = view.map(|view| view.market.slug.clone());
        self.emit(Event::MarketNamed { id: id.clone(), market, slug, outcome })
    }

    fn verdict(&self, order: &Order, budget: &Budget<'_>) -> Verdict {
        let (now, trade) = (self.world.now, &order.trade);
        if let Some(ended) = order.wait_until.filter(|end| *end <= now) {
            return Verdict::Deny(Denial::WaitEnded { last: order.wait.clone(), ended });
        }
        let looked_up = match &order.market {
            Some(market) => Ok(market.clone()),
            None => self.resolved(trade),
        };
        let market = match looked_up {
            Ok(market) => market,
            Err(MarketProblem::NotFound) => return Verdict::Deny(Denial::MarketNotFound),
            Err(MarketProblem::Several { slugs }) => {
                return Verdict::Deny(Denial::MarketAmbiguous { slugs });
            }
            Err(MarketProblem::Unavailable { cause }) => {
                return Verdict::Wait(Wait::MarketUnavailable { cause });
            }
        };
        let gate = self.world.gate.as_ref();
        let court = Court { now, limits: self.limits, budget, state: &self.state, gate };
        let judged = self.world.markets.get(&market).map(|view| court.judge(order, view));
        // A trade whose time has not come is denied now for what no waiting will mend.
        match (trade.not_before.filter(|from| *from > now), judged) {
            (Some(_), Some(Verdict::Deny(denial))) if is_lasting(&denial) => Verdict::Deny(denial),
            (Some(until), _) => Verdict::Wait(Wait::NotBefore { until }),
            (None, Some(verdict)) => verdict,
            (None, None) => {
                let cause = self.world.unread.get(&market).cloned();
                let cause = cause.unwrap_or_else(|| "it could not be read".to_owned());
                Verdict::Wait(Wait::MarketUnavailable { cause })
            }
        }
    }
}

/// True for refusals that do not depend on what is held, rests or is quoted at the moment.
const fn is_lasting(denial: &Denial) -> bool {
    matches!(
        denial,
        Denial::NotionalOverLimit { .. } | Denial::OutcomeUnknown { .. } | Denial::MarketClosed
    )
}

/// Counts orders by status: what a report and `status` lead with.
pub fn count_by_status<'a>(orders: impl IntoIterator<Item = &'a Order>) -> BTreeMap<Status, u32> {
    let mut counts = BTreeMap::new();
    for order in orders {
        let count = counts.entry(order.status).or_insert(0_u32);
        *count = count.saturating_add(1);
    }
    counts
}
