//! What the facts of a real account do to our picture: signing and doubts of orders, settlements of fills,
//! differences, conversions, brakes.

use super::real::{Booked, PAYMENTS_BACK_SECS, RealAccount};
use super::{ApplyError, Changes, State, Touched};
use crate::event::{AccountFact, Conversion, Fill, FillKey, OrderFact, Subject};
use crate::ledger::Source;
use crate::market::{ConditionId, Outcome, Side};
use crate::money::{Shares, Usd, pro_rata_ceil};
use crate::order::{AtVenue, Order, OrderId, Step};
use crate::time::Time;
use crate::venue::{OnChain, Payment, PaymentKind, Settlement};

impl State {
    pub(super) fn real_mut(&mut self) -> &mut RealAccount {
        self.account.real.get_or_insert_default()
    }

    /// Moves cash and, for a real account, the claim on it.
    pub(super) fn move_cash(&mut self, source: Source, amount: Usd) {
        self.account.cash += amount;
        if self.account.id.is_real() {
            self.real_mut().cash.book(source, amount);
        }
    }

    pub(super) fn apply_to_account(
        &mut self,
        fact: &AccountFact,
        changes: &mut Changes,
    ) -> Result<(), ApplyError> {
        changes.account = true;
        match fact {
            AccountFact::FillSettled { key, settlement, on_chain } => {
                self.settle_fill(key, (*settlement, on_chain.as_deref()), changes)?;
            }
            AccountFact::FeeCharged { key, charged, .. } => self.charge(key, *charged, changes)?,
            AccountFact::ForeignFill { fill } => self.book_foreign(fill, changes),
            AccountFact::TradesSeen { until } => {
                let real = self.real_mut();
                real.trades_until = real.trades_until.max(Some(*until));
                real.trades_since.get_or_insert(*until);
            }
            AccountFact::ForeignOrder { order } => {
                let foreign = &mut self.real_mut().foreign;
                if order.standing == crate::venue::Standing::Live {
                    foreign.insert(order.id.clone(), order.clone());
                } else {
                    foreign.remove(&order.id);
                }
            }
            AccountFact::Differs { what, difference } => self.differ(what, difference.as_ref()),
            AccountFact::FeesProven {} => self.prove_fees(changes),
            AccountFact::SetAside { market, id } => {
                let real = self.real_mut();
                let what = Subject::Record { market: market.clone(), id: id.clone() };
                real.differs.retain(|(known, _)| *known != what);
                real.set_aside.insert(id.clone());
            }
            AccountFact::Paid { payment } => self.book_payment(payment),
            AccountFact::Adopted { cash, shares, at } => {
                // The chain's word includes what was charged.
                self.prove_fees(changes);
                self.adopt_cash(*cash, *at);
                for adopted in shares {
                    let key = (&adopted.market, adopted.outcome);
                    let position = self.position_mut(key.0, key.1, changes);
                    position.adopt(adopted.shares, adopted.cost);
                    position.claims.book(Source::Adopted, adopted.shares);
                    self.fund(adopted.cost);
                }
            }
            AccountFact::Converting { market, intent } => {
                self.real_mut().converting.insert(market.clone(), intent.clone());
            }
            AccountFact::Converted { how, market, shares, cash, .. } => {
                self.real_mut().converting.remove(market);
                self.convert(*how, market, (*shares, *cash), changes);
            }
            AccountFact::Previewed { plan, preview } => {
                let previews = &mut self.real_mut().previews;
                previews.insert(plan.as_str().to_owned(), preview.clone());
                // What is older than a week allows nothing any more.
                previews.retain(|_, one| one.at.plus_secs(7 * 86_400) > preview.at);
            }
            AccountFact::SecretUsed { fingerprint } => {
                self.real_mut().secret = Some(fingerprint.clone());
            }
            AccountFact::Armed { arming } => self.real_mut().arming.clone_from(arming),
            AccountFact::Braked { brake } => self.account.brake = *brake,
        }
        Ok(())
    }

    /// What the venue paid is earned: it is not part of the base of profit and loss.
    fn book_payment(&mut self, payment: &Payment) {
        let source = match payment.kind {
            PaymentKind::Reward => Source::Reward,
            PaymentKind::MakerRebate | PaymentKind::TakerRebate => Source::Rebate,
            PaymentKind::Yield => Source::Yield,
        };
        self.move_cash(source, payment.cash);
        let paid = &mut self.real_mut().paid;
        paid.insert(payment.key(), payment.at);
        paid.retain(|_, at| at.plus_secs(2 * PAYMENTS_BACK_SECS) > payment.at);
    }

    /// Dollars that the operator brought in or took out.
    fn adopt_cash(&mut self, cash: Usd, at: Option<Time>) {
        let source = match at {
            None => Source::Adopted,
            Some(_) if cash < Usd::ZERO => Source::Withdrawal,
            Some(_) => Source::Deposit,
        };
        if at.is_none() || !cash.is_zero() {
            self.move_cash(source, cash);
        }
        self.fund(cash);
        let real = self.real_mut();
        real.adopted_at = real.adopted_at.max(at);
    }

    /// Adds to the base of the account's profit and loss.
    pub(super) fn fund(&mut self, amount: Usd) {
        self.account.funded += amount;
        self.account.equity += amount;
        self.account.day_open_equity += amount;
    }

    fn differ(&mut self, what: &Subject, difference: Option<&crate::event::Difference>) {
        let differs = &mut self.real_mut().differs;
        differs.retain(|(known, _)| known != what);
        if let Some(difference) = difference {
            differs.push((what.clone(), difference.clone()));
        }
        differs.sort_by(|a, b| a.0.cmp(&b.0));
    }

    /// Shares leave for dollars. Of a redeemed market each outcome gets the dollars it paid; of a merged
    /// pair each half of the dollar goes to the outcome by what it cost, the rest to the second.
    fn convert(
        &mut self,
        how: Conversion,
        market: &ConditionId,
        (shares, cash): ([Shares; 2], Usd),
        changes: &mut Changes,
    ) {
        let source = match how {
            Conversion::Redeem => Source::Redeem,
            Conversion::Merge => Source::Merge,
            Conversion::Split => Source::Split,
        };
        self.move_cash(source, cash);
        let [first, second] = shares;
        let to_first = match how {
            Conversion::Merge => {
                let key = (market.clone(), Outcome::First);
                let cost = self.positions.get(&key).map_or(Usd::ZERO, |p| p.cost_of(first));
                cost.min(cash)
            }
            Conversion::Redeem => self.redeemed_by_first(market, first).min(cash),
            // Both came for one dollar: nobody knows which is worth more of it.
            Conversion::Split => {
                pro_rata_ceil(cash, Shares::from_micros(1), Shares::from_micros(2))
            }
        };
        let parts = [(Outcome::First, first, to_first), (Outcome::Second, second, cash - to_first)];
        for (outcome, shares, cash) in parts {
            if shares.is_zero() && cash.is_zero() {
                continue;
            }
            let position = self.position_mut(market, outcome, changes);
            match how {
                Conversion::Split => position.adopt(-shares, -cash),
                Conversion::Redeem | Conversion::Merge => {
                    position.convert(shares, cash);
                    position.paid += cash;
                }
            }
            position.claims.book(source, -shares);
        }
    }

    /// What the first outcome's shares paid, by the result that was recorded.
    fn redeemed_by_first(&self, market: &ConditionId, shares: Shares) -> Usd {
        let result = self.paper.get(market).and_then(|memory| memory.resolution);
        let payout = result.and_then(|result| result.payout(Outcome::First));
        payout.map_or(Usd::ZERO, |payout| crate::money::payout_floor(shares, payout))
    }

    pub(super) fn apply_at_venue(
        &mut self,
        id: &OrderId,
        fact: &OrderFact,
        changes: &mut Changes,
    ) -> Result<(), ApplyError> {
        let now = self.account.last_now.unwrap_or_default();
        let order = self.order_mut(id)?;
        match fact {
            OrderFact::Signed { venue, .. } => {
                order.venue = Some(AtVenue::new(venue.clone(), now));
            }
            OrderFact::Held { wait } => {
                order.status = order.step(Step::Hold)?;
                order.wait = Some(wait.clone());
                (order.reserve, order.venue) = (Usd::ZERO, None);
                // The caps count what leaves: this did not.
                let notional = order.placing.take().map_or(Usd::ZERO, |placing| placing.notional);
                self.account.day_notional = (self.account.day_notional - notional).or_zero();
                changes.account = true;
            }
            OrderFact::Accepted { status } => {
                at_venue(order)?.note = Some(format!("the venue took it: {status}"));
            }
            OrderFact::Doubted { cause } => {
                order.status = order.step(Step::Doubt)?;
                at_venue(order)?.note = Some(cause.clone());
            }
            OrderFact::StillDoubted => {
                let known = at_venue(order)?;
                known.doubtful_passes = known.doubtful_passes.saturating_add(1);
            }
            OrderFact::Noted { note } => at_venue(order)?.note = Some(note.clone()),
            OrderFact::Unseen { at } => {
                let known = at_venue(order)?;
                known.unseen = known.unseen.saturating_add(1);
                known.looked = Some(*at);
            }
            OrderFact::Seen { matched } => {
                let known = at_venue(order)?;
                (known.unseen, known.looked, known.matched) = (0, None, *matched);
            }
            OrderFact::Resent => at_venue(order)?.resent = true,
            OrderFact::Reappeared { .. } => {
                order.status = order.step(Step::Reappear)?;
                (order.end, order.ended_at) = (None, None);
                order.reserve = order.resting_reserve();
                let known = at_venue(order)?;
                (known.unseen, known.looked, known.doubtful_passes) = (0, None, 0);
            }
            OrderFact::Cancelling { reason } => {
                order.status = order.step(Step::Cancel)?;
                order.end = Some(*reason);
                // What was not found before the cancel says nothing of what the cancel did.
                let known = at_venue(order)?;
                (known.unseen, known.looked) = (0, None);
            }
        }
        changes.touch(id, Touched::at_venue(fact));
        Ok(())
    }

    /// Notes a real fill as not settled: its bought shares are pending until they are confirmed.
    pub(super) fn await_settlement(
        &mut self,
        fill: &Fill,
        left: super::position::Left,
        (is_foreign, changes): (bool, &mut Changes),
    ) {
        let settlement = Settlement::Matched;
        let booked = Booked { fill: fill.clone(), settlement, left, is_foreign, unread: None };
        let source = if is_foreign { Source::Foreign } else { Source::Trades };
        let position = self.position_mut(&fill.market, fill.outcome, changes);
        match fill.side {
            Side::Buy => {
                position.await_settlement(fill.shares, fill.cash, fill.fee);
                position.claims.book(source, fill.shares);
            }
            Side::Sell => position.claims.book(source, -fill.shares),
        }
        changes.settlements.insert(fill.key());
        self.fills.insert(fill.key(), booked);
        self.real_mut().fees_unproven.add(fill);
        changes.account = true;
    }

    pub(super) fn settle_fill(
        &mut self,
        key: &FillKey,
        (settlement, on_chain): (Settlement, Option<&OnChain>),
        changes: &mut Changes,
    ) -> Result<(), ApplyError> {
        let unknown = || ApplyError::UnknownFill(key.clone());
        let booked = self.fills.get_mut(key).ok_or_else(unknown)?;
        if booked.settlement.is_final() {
            return Err(ApplyError::SettledTwice(key.clone()));
        }
        booked.settlement = settlement;
        booked.unread = on_chain.filter(|_| settlement == Settlement::Confirmed).cloned();
        let Booked { fill, left, is_foreign, .. } = booked.clone();
        changes.settlements.insert(key.clone());
        match settlement {
            Settlement::Matched | Settlement::Retrying | Settlement::Mined => Ok(()),
            Settlement::Confirmed => {
                let position = self.position_mut(&fill.market, fill.outcome, changes);
                if fill.side == Side::Buy {
                    position.confirm(fill.shares, fill.cash, fill.fee);
                }
                Ok(())
            }
            Settlement::Failed => self.take_back(&fill, left, (is_foreign, changes)),
        }
    }

    /// A failed trade is as if it had never been: cash, shares, cost and realised profit go back.
    fn take_back(
        &mut self,
        fill: &Fill,
        left: super::position::Left,
        (is_foreign, changes): (bool, &mut Changes),
    ) -> Result<(), ApplyError> {
        let source = if is_foreign { Source::Foreign } else { Source::Trades };
        let money = (fill.cash, fill.fee);
        let position = self.position_mut(&fill.market, fill.outcome, changes);
        position.take_back(fill.side, fill.shares, money, left);
        position.claims.book(
            source,
            match fill.side {
                Side::Buy => -fill.shares,
                Side::Sell => fill.shares,
            },
        );
        self.move_cash(source, -fill.cash);
        self.move_cash(Source::Fees, fill.fee);
        self.real_mut().fees_unproven.remove(fill);
        changes.account = true;
        if is_foreign {
            return Ok(());
        }
        let order = self.order_mut(&fill.order)?;
        order.status = order.step(Step::Unfill)?;
        let track = &mut order.tracks.expected;
        track.filled -= fill.shares;
        track.cash -= fill.cash;
        track.fee -= fill.fee;
        let at = at_venue(order)?;
        at.failed += fill.shares;
        if !order.status.is_ended() && order.ended_at.is_some() {
            (order.ended_at, order.end) = (None, None);
        }
        changes.touch(&fill.order, Touched::Moved);
        Ok(())
    }
}

fn at_venue(order: &mut Order) -> Result<&mut AtVenue, ApplyError> {
    let id: OrderId = order.id.clone();
    order.venue.as_mut().ok_or(ApplyError::NeverSigned(id))
}
