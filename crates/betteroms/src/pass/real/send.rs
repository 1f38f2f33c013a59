//! Sending what was recorded: each order once, in waves whose answers are recorded before the next one leaves.

use super::RealVenue;
use super::looks::SECS_MAX;
use crate::crash::{self, Point};
use crate::pass::{Rules, Step};
use anyhow::Result;
use betteroms_core::event::{Event, OrderFact};
use betteroms_core::order::{OrderId, Status};
use betteroms_core::plan::{IfBlocked, TimeInForce};
use betteroms_core::reason::{Denial, EndReason, Wait};
use betteroms_core::state::State;
use betteroms_core::world::World;
use betteroms_polymarket::account::{BATCH_MAX, Leg, Placed};
use betteroms_polymarket::ordering::{Draft, Life, gtd_expiration, prove};
use betteroms_polymarket::wire::order::PlacementStatus;
use betteroms_store::Store;
use std::time::Duration;

/// Orders that leave before their answers are recorded.
const WAVE: usize = 4 * BATCH_MAX;
/// The longest that a pass waits because the venue asks it to.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// The pause where the venue asks for one and does not say how long.
const PAUSE: Duration = Duration::from_secs(1);
/// What a pass may take of the least life of an order before it sends it. What is left of that life beyond the venue's
/// least is for the way, and for a venue whose clock is ahead.
const LIFE_SLACK_SECS: i64 = 5;
/// How often what the venue turned away for our rate is put on the wire again, in one pass.
const REPEATS: u32 = 3;

/// What was decided of an order, as it is signed and proven. The state has it placed; the world has its market.
pub(super) fn draft<'a>(
    id: &'a OrderId,
    state: &'a State,
    world: &'a World,
) -> Result<Draft<'a>, String> {
    let gone = || "its market is not among those that were observed".to_owned();
    let order = state.orders.get(id).ok_or_else(gone)?;
    let market = order.market.as_ref().and_then(|market| world.markets.get(market));
    let (market, outcome) = market.zip(order.outcome).ok_or_else(gone)?;
    let placing = order.placing.as_ref().ok_or_else(gone)?;
    let life = match (order.time_in_force, placing.due) {
        (TimeInForce::Fok, _) => Life::Fok,
        (TimeInForce::Fak, _) => Life::Fak,
        (TimeInForce::Gtc | TimeInForce::Gtt, Some(due)) => {
            Life::Gtd { expires_secs: gtd_expiration(due) }
        }
        (TimeInForce::Gtc | TimeInForce::Gtt, None) => Life::Gtc,
    };
    Ok(Draft {
        account: state.account.id.as_str(),
        order: id,
        token: market.market.token(outcome),
        neg_risk: market.market.neg_risk,
        side: order.trade.side,
        price: order.trade.price,
        want: placing.want,
        tick: market.market.tick,
        life,
        post_only: order.trade.post_only,
        at: world.now,
    })
}

impl RealVenue<'_> {
    /// Asks for cancels. Whether they took effect, only a look tells.
    pub(super) async fn cancel(&self, state: &State, orders: &[OrderId]) {
        let ids = orders.iter().filter_map(|id| state.orders.get(id)?.venue_id());
        let ids: Vec<&str> = ids.map(|id| id.as_str()).collect();
        if ids.is_empty() {
            return;
        }
        crash::point(Point::Cancelling);
        if let Err(error) = self.observer.access.account.cancel(&ids).await {
            tracing::warn!(error = %error.explain(), "a cancel was not answered; the next pass asks again");
        }
        crash::point(Point::CancelAsked);
    }

    /// Sends orders that were recorded as about to leave.
    pub(super) async fn send(
        &mut self,
        store: &mut Store,
        (step, world, rules): (&mut Step, &World, &Rules),
        orders: &[OrderId],
    ) -> Result<()> {
        // Who may only take orders out has nothing to place; should it come to that, it is held.
        let mut stopped = (!self.armed.may_send()).then(|| "NOT_ARMED".to_owned());
        for wave in orders.chunks(WAVE) {
            if stopped.is_none() && self.is_late(world) {
                stopped = Some("PASS_TOO_LONG".to_owned());
            }
            let is_halted = crate::real::is_halt_asked(&self.observer.house.db);
            let (going, staying): (Vec<OrderId>, Vec<OrderId>) =
                wave.iter().cloned().partition(|id| match &stopped {
                    Some(_) => false,
                    // A brake holds no exit back.
                    None => !is_halted || is_exit(&step.state, id),
                });
            let mode = stopped.as_deref().unwrap_or("HALTED");
            let staying = staying.iter().flat_map(|id| held(&step.state, id, mode)).collect();
            step.take(staying)?;
            step.record(store, (world, rules), None).await?;
            if going.is_empty() {
                continue;
            }
            let proven = self.proven((step, world, rules), &going)?;
            crash::point(Point::Sending);
            let placed = self.place_wave(&proven, (&step.state, world)).await;
            crash::point(Point::Sent);
            let mut facts = Vec::new();
            let mut pause = Duration::ZERO;
            for (id, placed) in proven.iter().zip(placed) {
                if let Placed::NotSent { code, retry_after, .. } = &placed {
                    pause = pause.max(retry_after.unwrap_or(PAUSE));
                    // One market that is not ready says nothing about the others.
                    let is_passing = matches!(*code, "BUSY" | "MARKET_NOT_READY");
                    stopped = stopped.or_else(|| (!is_passing).then(|| (*code).to_owned()));
                }
                facts.extend(self.answer((id, &step.state), placed, world));
            }
            step.take(facts)?;
            step.record(store, (world, rules), None).await?;
            crash::point(Point::Answered);
            if stopped.is_none() {
                tokio::time::sleep(pause.min(PAUSE_MAX)).await;
            }
        }
        Ok(())
    }

    /// Puts a wave on the wire. What the venue turned away for our rate provably did not arrive, and its bytes are
    /// recorded: the same ones go out again after the pause that it asks for, while nothing holds them back.
    async fn place_wave(
        &self,
        orders: &[OrderId],
        (state, world): (&State, &World),
    ) -> Vec<Placed> {
        let mut placed = self.place(orders).await;
        for _ in 0..REPEATS {
            let pauses = placed.iter().filter_map(asked_pause);
            let Some(pause) = pauses.max().filter(|pause| *pause <= PAUSE_MAX) else { break };
            tokio::time::sleep(pause).await;
            let is_halted = crate::real::is_halt_asked(&self.observer.house.db);
            let may_go = |id: &OrderId| {
                (!is_halted || is_exit(state, id)) && self.prove(id, state, world).is_ok()
            };
            let away = orders.iter().zip(&placed).filter(|(_, one)| asked_pause(one).is_some());
            let again: Vec<OrderId> =
                away.map(|(id, _)| id).filter(|id| may_go(id)).cloned().collect();
            if again.is_empty() || self.is_late(world) {
                break;
            }
            tracing::info!(orders = again.len(), "turned away for their rate, and sent again");
            for (id, answer) in again.iter().zip(self.place(&again).await) {
                let at = orders.iter().zip(&mut placed).find(|(one, _)| *one == id);
                if let Some((_, place)) = at {
                    *place = answer;
                }
            }
        }
        placed
    }

    /// Whether the pass is older than the books that it decided on may be.
    fn is_late(&self, world: &World) -> bool {
        let age = self.observer.access.clock.now().since_micros(world.now);
        age > SECS_MAX.saturating_mul(1_000_000)
    }

    /// Reads the bytes anew, the last thing before they leave; what is not what was decided is denied.
    fn proven(
        &self,
        (step, world, rules): (&mut Step, &World, &Rules),
        wave: &[OrderId],
    ) -> Result<Vec<OrderId>> {
        let (mut proven, mut denied) = (Vec::new(), Vec::new());
        for id in wave {
            let denial = if let Some(short) = self.too_short(id, &step.state, rules) {
                // The caps count what leaves: this does not.
                let wait = Wait::VenueMode { mode: short.code().to_owned() };
                denied.push(Event::AtVenue { id: id.clone(), fact: OrderFact::Held { wait } });
                short
            } else if let Err(cause) = self.prove(id, &step.state, world) {
                Denial::CannotSign { cause }
            } else {
                proven.push(id.clone());
                continue;
            };
            denied.push(Event::OrderDenied { id: id.clone(), denial, at: world.now });
        }
        step.take(denied)?;
        Ok(proven)
    }

    /// Whether so little is left of an order's life by now that the venue would refuse it for good.
    fn too_short(&self, id: &OrderId, state: &State, rules: &Rules) -> Option<Denial> {
        let secs_min = rules.limits.life_secs_min?;
        let due = state.orders.get(id)?.placing.as_ref()?.due?;
        let left = due.since_micros(self.observer.access.clock.now()).div_euclid(1_000_000);
        let is_short = left.saturating_add(LIFE_SLACK_SECS) < i64::from(secs_min);
        is_short.then_some(Denial::LifetimeTooShort { secs: left, secs_min })
    }

    pub(super) fn prove(&self, id: &OrderId, state: &State, world: &World) -> Result<(), String> {
        let made = self.signed.get(id).ok_or_else(|| "its bytes are not at hand".to_owned())?;
        let draft = draft(id, state, world)?;
        let access = self.observer.access;
        let owner = access.account.owner();
        prove(made.body.as_bytes(), &made.id, &draft, &access.wallet, owner, &self.secret)
            .map_err(|tampered| tampered.to_string())
    }

    /// Puts the recorded bytes of these orders on the wire, once.
    pub(super) async fn place(&self, orders: &[OrderId]) -> Vec<Placed> {
        let legs: Vec<Leg<'_>> = orders
            .iter()
            .filter_map(|id| self.signed.get(id))
            .map(|made| Leg { id: &made.id, body: &made.body })
            .collect();
        self.observer.access.account.place(&legs).await
    }

    /// What an answer to a first sending makes of the order.
    fn answer(
        &mut self,
        (id, state): (&OrderId, &State),
        placed: Placed,
        world: &World,
    ) -> Vec<Event> {
        let at_venue = |fact| Event::AtVenue { id: id.clone(), fact };
        match placed {
            Placed::Accepted { status, .. } => {
                self.accepted.insert(id.clone());
                taken(id, &status)
            }
            Placed::NotSent { code, .. } => held(state, id, code),
            Placed::Refused { code, text } => {
                let (status, reason) = (Status::Rejected, Some(refusal(code)));
                let ended = Event::OrderEnded { id: id.clone(), status, reason, at: world.now };
                vec![at_venue(OrderFact::Noted { note: format!("{code}: {text}") }), ended]
            }
            Placed::Unknown { code, why } => {
                vec![at_venue(OrderFact::Doubted { cause: format!("{code}: {why}") })]
            }
        }
    }
}

/// How long the venue asks us to stay away, where it turned an order away for our rate.
fn asked_pause(placed: &Placed) -> Option<Duration> {
    match placed {
        Placed::NotSent { code: "TOO_MANY_REQUESTS", retry_after, .. } => {
            Some(retry_after.unwrap_or(PAUSE))
        }
        Placed::NotSent { .. }
        | Placed::Accepted { .. }
        | Placed::Refused { .. }
        | Placed::Unknown { .. } => None,
    }
}

/// What rests is open; what matched or is held is told by its trades.
pub(super) fn taken(id: &OrderId, status: &PlacementStatus) -> Vec<Event> {
    let word = match status {
        PlacementStatus::Live => return vec![Event::OrderOpened { id: id.clone() }],
        PlacementStatus::Matched => "matched",
        PlacementStatus::Delayed => "delayed",
        PlacementStatus::Unmatched => "unmatched",
        PlacementStatus::Other(_) => "in a word that we do not know",
    };
    let fact = OrderFact::Accepted { status: word.to_owned() };
    vec![Event::AtVenue { id: id.clone(), fact }]
}

pub(super) fn is_exit(state: &State, id: &OrderId) -> bool {
    state.orders.get(id).is_some_and(|order| order.trade.reduce_only)
}

/// What did not reach the venue waits again; what does not wait is denied (`shared/rules.md` §3).
fn held(state: &State, id: &OrderId, mode: &str) -> Vec<Event> {
    let wait = match mode {
        "HALTED" => Wait::Halted,
        mode => Wait::VenueMode { mode: mode.to_owned() },
    };
    let never_waits = state.orders.get(id).is_some_and(|order| {
        order.time_in_force.is_immediate() || order.trade.if_blocked == IfBlocked::Deny
    });
    let at = state.account.last_now.unwrap_or_default();
    let denial = Denial::Blocked { by: wait.clone() };
    let denied = never_waits.then(|| Event::OrderDenied { id: id.clone(), denial, at });
    let held = Event::AtVenue { id: id.clone(), fact: OrderFact::Held { wait } };
    std::iter::once(held).chain(denied).collect()
}

fn refusal(code: &str) -> EndReason {
    match code {
        "POST_ONLY_WOULD_CROSS" => EndReason::PostOnlyWouldCross,
        "FOK_NOT_FULL" => EndReason::FokNotFull,
        "FAK_FOUND_NOTHING" => EndReason::FakFoundNothing,
        _ => EndReason::VenueRefused,
    }
}
