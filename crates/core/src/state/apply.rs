//! What each fact does to our picture.

use super::position::{Band, Paid, Position};
use super::{ApplyError, Changes, Run, State, Touched};
use crate::event::{Event, Fill};
use crate::ledger::Source;
use crate::market::{ConditionId, Outcome, Resolution, Side};
use crate::money::{Price, Usd};
use crate::order::{Order, OrderId, Status, Step, Track, Tracks};
use crate::state::paper::Amounts;

impl State {
    /// Applies one fact; `changes` collects what it touched.
    ///
    /// # Errors
    /// When the fact does not fit; the picture is then unchanged.
    pub fn apply(&mut self, event: &Event, changes: &mut Changes) -> Result<(), ApplyError> {
        match event {
            Event::AccountOpened { cash } | Event::CashMoved { amount: cash } => {
                self.move_cash(Source::Opening, *cash);
                self.fund(*cash);
                changes.account = true;
            }
            Event::AccountRetired { successor } => {
                self.account.successor = Some(successor.clone());
                changes.account = true;
            }
            Event::PassOpened { pass, now, world, .. } => {
                self.open_pass(*now, pass);
                let run =
                    Run::Pass { id: pass.clone(), now: *now, world: world.clone(), closed: false };
                self.put_run(run, changes);
            }
            Event::PassClosed { pass, equity } => {
                self.account.open_pass = None;
                self.account.equity = *equity;
                changes.account = true;
                if let Some(Run::Pass { closed, .. }) = self.runs.get_mut(pass.as_str()) {
                    *closed = true;
                    changes.runs.insert(pass.as_str().to_owned());
                }
            }
            Event::PlanReceived { .. } => {}
            Event::PlanAdmitted {
                run_id,
                pass,
                mode,
                attempt,
                digest,
                canonical,
                file,
                trades,
            } => {
                let run = Run::Plan {
                    id: run_id.clone(),
                    pass: pass.clone(),
                    now: self.account.last_now.unwrap_or_default(),
                    mode: *mode,
                    attempt: *attempt,
                    stopped: false,
                    digest: digest.clone(),
                    canonical: canonical.clone(),
                    file: file.clone(),
                    trades: *trades,
                };
                self.put_run(run, changes);
            }
            Event::PlanStopped { run_id } => {
                if let Some(Run::Plan { stopped, .. }) = self.runs.get_mut(run_id.as_str()) {
                    *stopped = true;
                    changes.runs.insert(run_id.as_str().to_owned());
                }
            }
            Event::MarketResolved { market, resolution } => {
                self.pay_out(market, *resolution, changes);
            }
            Event::LiquidityTaken { market, levels } => self.use_up(market, levels, changes),
            Event::PaperMarketMoved { market, picture } => {
                self.paper.insert(market.clone(), picture.clone());
                changes.paper.insert(market.clone());
            }
            Event::OrderAdmitted { .. }
            | Event::MarketNamed { .. }
            | Event::OrderWaiting { .. }
            | Event::OrderDenied { .. }
            | Event::OrderSubmitting { .. }
            | Event::OrderOpened { .. }
            | Event::Filled { .. }
            | Event::OrderEnded { .. }
            | Event::QueueMoved { .. } => self.apply_to_order(event, changes)?,
            Event::AtVenue { id, fact } => self.apply_at_venue(id, fact, changes)?,
            Event::Account { fact } => self.apply_to_account(fact, changes)?,
        }
        Ok(())
    }

    /// Applies facts in order.
    ///
    /// # Errors
    /// At the first fact that does not fit.
    pub fn apply_all<'a>(
        &mut self,
        events: impl IntoIterator<Item = &'a Event>,
        changes: &mut Changes,
    ) -> Result<(), ApplyError> {
        events.into_iter().try_for_each(|event| self.apply(event, changes))
    }

    fn open_pass(&mut self, now: crate::time::Time, pass: &crate::event::PassId) {
        let account = &mut self.account;
        account.passes_at_last_now = if account.last_now == Some(now) {
            account.passes_at_last_now.saturating_add(1)
        } else {
            1
        };
        let day = now.utc_day();
        if account.day != day {
            account.day = day;
            account.day_notional = Usd::ZERO;
            account.day_open_equity = account.equity;
        }
        account.last_now = Some(now);
        account.open_pass = Some(pass.clone());
    }

    fn put_run(&mut self, run: Run, changes: &mut Changes) {
        changes.account = true;
        changes.runs.insert(run.key().to_owned());
        self.runs.insert(run.key().to_owned(), run);
    }

    fn use_up(
        &mut self,
        market: &ConditionId,
        levels: &[(Side, Price, Amounts)],
        changes: &mut Changes,
    ) {
        let picture = self.paper.entry(market.clone()).or_default();
        for (side, price, amounts) in levels {
            picture.use_up(*side, *price, *amounts);
        }
        changes.paper.insert(market.clone());
    }

    fn pay_out(&mut self, market: &ConditionId, result: Resolution, changes: &mut Changes) {
        self.paper.entry(market.clone()).or_default().resolution = Some(result);
        changes.paper.insert(market.clone());
        // Real shares pay when they are redeemed on the chain, and not before.
        if self.account.id.is_real() {
            return;
        }
        for outcome in [Outcome::First, Outcome::Second] {
            let key = (market.clone(), outcome);
            let paid = result.payout(outcome).and_then(|payout| {
                let position = self.positions.get_mut(&key)?;
                Some(position.pay(payout))
            });
            if let Some(paid) = paid {
                self.receive(paid);
                changes.account = true;
                changes.positions.insert(key);
            }
        }
    }

    fn receive(&mut self, paid: Paid) {
        self.account.cash += paid.expected;
        self.account.fewest_cash += paid.fewest;
        self.account.most_cash += paid.most;
    }

    pub(super) fn order_mut(&mut self, id: &OrderId) -> Result<&mut Order, ApplyError> {
        self.orders.get_mut(id).ok_or_else(|| ApplyError::UnknownOrder(id.clone()))
    }

    fn apply_to_order(&mut self, event: &Event, changes: &mut Changes) -> Result<(), ApplyError> {
        let id = match event {
            Event::OrderAdmitted { order } => {
                if self.orders.contains_key(&order.id) {
                    return Err(ApplyError::OrderExists(order.id.clone()));
                }
                self.orders.insert(order.id.clone(), (**order).clone());
                &order.id
            }
            Event::MarketNamed { id, market, slug, outcome } => {
                let order = self.order_mut(id)?;
                order.slug.clone_from(slug);
                order.market = Some(market.clone());
                order.outcome = *outcome;
                id
            }
            Event::OrderWaiting { id, wait } => {
                let order = self.order_mut(id)?;
                order.status = order.step(Step::Wait)?;
                order.wait = Some(wait.clone());
                id
            }
            Event::OrderDenied { id, denial, at } => {
                let order = self.order_mut(id)?;
                order.status = order.step(Step::Deny)?;
                (order.wait, order.denial) = (None, Some(denial.clone()));
                (order.ended_at, order.reserve) = (Some(*at), Usd::ZERO);
                id
            }
            Event::OrderSubmitting { id, placing, reserve } => {
                let order = self.order_mut(id)?;
                order.status = order.step(Step::Submit)?;
                order.wait = None;
                order.reserve = *reserve;
                order.placing = Some(placing.clone());
                self.count_placing(placing);
                changes.account = true;
                id
            }
            Event::OrderOpened { id } => {
                let order = self.order_mut(id)?;
                order.status = order.step(Step::Open)?;
                order.reserve = order.resting_reserve();
                id
            }
            Event::Filled { fill } => {
                self.book_fill(fill, changes)?;
                &fill.order
            }
            Event::OrderEnded { id, status, reason, at } => {
                let order = self.order_mut(id)?;
                order.status = order.step(Step::End(*status))?;
                order.end = *reason;
                order.ended_at = Some(*at);
                order.reserve = Usd::ZERO;
                id
            }
            Event::QueueMoved { id, tracks } => {
                self.move_queue(id, tracks, changes)?;
                id
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
            | Event::AtVenue { .. }
            | Event::Account { .. }
            | Event::AccountRetired { .. } => return Ok(()),
        };
        changes.touch(id, Touched::by(event));
        Ok(())
    }

    fn count_placing(&mut self, placing: &crate::order::Placing) {
        let account = &mut self.account;
        account.day_notional += placing.notional;
        account.next_seq = account.next_seq.max(placing.seq.saturating_add(1));
    }

    fn book_fill(&mut self, fill: &Fill, changes: &mut Changes) -> Result<(), ApplyError> {
        let order = self.order_mut(&fill.order)?;
        let status = order.step(Step::Fill)?;
        let (filled, wanted) = (order.tracks.expected.filled + fill.shares, order.size());
        let is_cash_order =
            matches!(order.placing.as_ref().map(|p| p.want), Some(crate::order::Want::Cash(_)));
        if !is_cash_order && filled > wanted {
            return Err(ApplyError::Overfilled { id: fill.order.clone(), filled, wanted });
        }
        order.status = status;
        order.fills = order.fills.saturating_add(1);
        let track = &mut order.tracks.expected;
        track.filled = filled;
        track.cash += fill.cash;
        track.fee += fill.fee;
        if order.status == Status::Open {
            order.reserve = order.resting_reserve();
        }
        self.move_cash(Source::Trades, fill.cash);
        self.move_cash(Source::Fees, -fill.fee);
        changes.account = true;
        let position = self.position_mut(&fill.market, fill.outcome, changes);
        let left = position.book(fill.side, fill.shares, fill.cash, fill.fee);
        if self.account.id.is_real() {
            self.await_settlement(fill, left, (false, changes));
            changes.fills.push(fill.clone());
            return Ok(());
        }
        let position = self.position_mut(&fill.market, fill.outcome, changes);
        let late = position.payout.map(|payout| position.pay(payout));
        if let Some(paid) = late {
            self.receive(paid);
        }
        changes.fills.push(fill.clone());
        Ok(())
    }

    /// Books a fill that no order of ours explains.
    pub(super) fn book_foreign(&mut self, fill: &Fill, changes: &mut Changes) {
        self.move_cash(Source::Foreign, fill.cash);
        self.move_cash(Source::Fees, -fill.fee);
        changes.account = true;
        let position = self.position_mut(&fill.market, fill.outcome, changes);
        let left = position.book(fill.side, fill.shares, fill.cash, fill.fee);
        self.await_settlement(fill, left, (true, changes));
        changes.fills.push(fill.clone());
    }

    pub(super) fn position_mut(
        &mut self,
        market: &ConditionId,
        outcome: Outcome,
        changes: &mut Changes,
    ) -> &mut Position {
        let key = (market.clone(), outcome);
        changes.positions.insert(key.clone());
        self.positions.entry(key).or_insert_with(|| Position::empty(market.clone(), outcome))
    }

    /// Takes over queue places and the bands' fills; a band's position moves by what its track gained.
    fn move_queue(
        &mut self,
        id: &OrderId,
        tracks: &Tracks,
        changes: &mut Changes,
    ) -> Result<(), ApplyError> {
        let order = self.order_mut(id)?;
        let (side, before) = (order.trade.side, order.tracks);
        order.tracks.expected.ahead = tracks.expected.ahead;
        order.tracks.fewest = tracks.fewest;
        order.tracks.most = tracks.most;
        let token = order.market.clone().zip(order.outcome);
        let gained =
            [gain(side, before.fewest, tracks.fewest), gain(side, before.most, tracks.most)];
        if gained.iter().all(|band| band.shares.is_zero() && band.cash.is_zero()) {
            return Ok(());
        }
        if let Some((market, outcome)) = token {
            let [fewest, most] = gained;
            self.account.fewest_cash += fewest.cash;
            self.account.most_cash += most.cash;
            changes.account = true;
            let position = self.position_mut(&market, outcome, changes);
            for (band, more) in [(&mut position.fewest, fewest), (&mut position.most, most)] {
                band.cash += more.cash;
                band.shares += more.shares;
            }
        }
        Ok(())
    }
}

fn gain(side: Side, before: Track, after: Track) -> Band {
    let shares = after.filled - before.filled;
    Band {
        cash: (after.cash - after.fee) - (before.cash - before.fee),
        shares: match side {
            Side::Buy => shares,
            Side::Sell => -shares,
        },
    }
}
