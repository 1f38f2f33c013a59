//! Trades: each leg of ours is booked once, and its settlement followed to the end.

use super::{Foreign, Work};
use crate::event::{AccountFact, Difference, Event, Fill, FillKey, Role, Subject};
use crate::market::{ConditionId, FeeSchedule, Outcome, Side};
use crate::money::{Shares, Usd, fee_half_up};
use crate::order::{OrderId, Want};
use crate::state::ApplyError;
use crate::venue::{OnChain, OwnLeg, Part, Settlement, VenueTrade, outcome_of_token};

/// The most that cash, or the shares of one position, are believed to come to: ten billion.
const MICROS_MOST: u64 = 10_000_000_000_000_000;
/// What the roundings of a trade's parts may come to.
const SPENT_SLACK: Usd = Usd::from_micros(10_000);

impl Work<'_> {
    pub(super) fn trades(&mut self) -> Result<(), ApplyError> {
        self.doubtful()?;
        let mut trades: Vec<&VenueTrade> = self.view.trades.iter().collect();
        trades.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        for trade in &trades {
            let mut is_booked = true;
            for leg in &trade.legs {
                let begun = self.facts.len();
                if let Err(error) = self.leg(trade, leg) {
                    self.undo(begun)?;
                    (self.is_blind, is_booked) = (true, false);
                    let market = self.market_of(leg);
                    self.doubt(Some(&market), &trade.id, &error.to_string())?;
                }
            }
            if is_booked {
                let market = trade.legs.first().map(|leg| self.market_of(leg));
                self.believed(market.as_ref(), &trade.id)?;
            }
        }
        // What could not be booked must be shown again: the window stays where it is.
        let newest =
            trades.last().map(|trade| trade.at).filter(|_| !self.is_blind && !self.view.is_cut);
        let known = self.state.account.real.as_ref().and_then(|real| real.trades_until);
        match newest {
            Some(until) if known < Some(until) => self.tell(AccountFact::TradesSeen { until }),
            Some(_) | None => Ok(()),
        }
    }

    fn leg(&mut self, trade: &VenueTrade, leg: &OwnLeg) -> Result<(), ApplyError> {
        let ours = self.ours.get(&leg.order).cloned();
        let order = ours.clone().unwrap_or_else(|| OrderId::foreign(&leg.order));
        let key = FillKey { trade_id: trade.id.clone(), order, role: leg.role };
        match self.state.fills.get(&key) {
            Some(booked) if booked.settlement.is_final() => Ok(()),
            Some(booked) if booked.settlement == trade.settlement => Ok(()),
            Some(_) => self.settled(key, trade, leg),
            // A person has looked at it: what it moved was taken over from the chain, if anything.
            None if self.is_set_aside(&trade.id) => Ok(()),
            // A stranger's that failed before we saw it never touched our books. One of ours is booked and
            // taken back: its order counts what failed, and a person is told.
            None if trade.settlement == Settlement::Failed && ours.is_none() => Ok(()),
            None => {
                if let Some(id) = &ours {
                    self.could_be(id, leg)?;
                }
                let Some(fill) = self.fill(trade, leg, &key) else {
                    return self.unknown_market(trade, leg);
                };
                self.fits(&fill, ours.is_some())?;
                self.no_longer_unknown(trade, leg)?;
                self.book(fill, ours.is_none())?;
                if trade.settlement == Settlement::Matched {
                    return Ok(());
                }
                self.settled(key, trade, leg)
            }
        }
    }

    /// The market that a record is about: where it names an order of ours, that order's.
    fn market_of(&self, leg: &OwnLeg) -> ConditionId {
        let order = self.ours.get(&leg.order).and_then(|id| self.state.orders.get(id));
        order.and_then(|order| order.market.as_ref()).unwrap_or(&leg.market).clone()
    }

    /// A trade under our order's hash in another market, the other way round or at a price that its signature does
    /// not allow is another's, or nobody's.
    fn could_be(&self, id: &OrderId, leg: &OwnLeg) -> Result<(), ApplyError> {
        let order =
            self.state.orders.get(id).ok_or_else(|| ApplyError::UnknownOrder(id.clone()))?;
        let limit = order.trade.price;
        let is_within = |part: &Part| match order.trade.side {
            Side::Buy => part.price <= limit,
            Side::Sell => part.price >= limit,
        };
        let what = if order.market.as_ref() != Some(&leg.market) {
            "market"
        } else if order.trade.side != leg.side {
            "side"
        } else if !leg.parts.iter().all(is_within) {
            "price"
        } else {
            return Ok(());
        };
        Err(ApplyError::NotItsFill { id: id.clone(), what })
    }

    /// Whether a fill is of its order's outcome, and within what an order may spend and an account come to.
    fn fits(&self, fill: &Fill, is_ours: bool) -> Result<(), ApplyError> {
        let id = &fill.order;
        if let Some(order) = self.state.orders.get(id).filter(|_| is_ours) {
            if order.outcome != Some(fill.outcome) {
                return Err(ApplyError::NotItsFill { id: id.clone(), what: "outcome" });
            }
            if let Some(Want::Cash(wanted)) = order.placing.as_ref().map(|placing| placing.want) {
                let spent = -(order.tracks.expected.cash + fill.cash);
                if spent > wanted + SPENT_SLACK {
                    return Err(ApplyError::Overspent { id: id.clone(), spent, wanted });
                }
            }
        }
        let position = self.state.positions.get(&(fill.market.clone(), fill.outcome));
        let held = position.map_or(Shares::ZERO, |position| position.shares);
        let cash = self.state.account.cash.micros().unsigned_abs();
        let all = [
            held.micros().unsigned_abs().saturating_add(fill.shares.micros().unsigned_abs()),
            cash.saturating_add(fill.cash.micros().unsigned_abs()),
        ];
        if all.into_iter().any(|micros| micros > MICROS_MOST) {
            return Err(ApplyError::Outgrown { trade_id: fill.trade_id.clone() });
        }
        Ok(())
    }

    /// Records that could not be believed are told once, each by itself; their trades must be shown again.
    fn doubtful(&mut self) -> Result<(), ApplyError> {
        for record in &self.view.doubtful {
            let mut booked =
                self.state.fills.iter().filter(|(key, _)| key.trade_id == record.id).peekable();
            // What is booked and settled, nothing told of it later changes.
            let is_over =
                booked.peek().is_some() && booked.all(|(_, one)| one.settlement.is_final());
            if !is_over && !self.is_set_aside(&record.id) {
                self.is_blind = true;
                self.doubt(Some(&record.market), &record.id, &record.why)?;
            }
        }
        Ok(())
    }

    /// What the books refuse, or the venue did not tell exactly: nothing of it is booked, new exposure waits in
    /// its market, and everything else goes on.
    pub(super) fn doubt(
        &mut self,
        market: Option<&ConditionId>,
        id: &str,
        why: &str,
    ) -> Result<(), ApplyError> {
        let Some(market) = market else { return Ok(()) };
        let what = Subject::Record { market: market.clone(), id: id.to_owned() };
        let difference = Difference::Unbelievable { why: why.to_owned() };
        if self.is_set_aside(id) || self.known(&what) == Some(&difference) {
            return Ok(());
        }
        self.tell(AccountFact::Differs { what, difference: Some(difference) })
    }

    /// A record that could not be believed can be now.
    pub(super) fn believed(
        &mut self,
        market: Option<&ConditionId>,
        id: &str,
    ) -> Result<(), ApplyError> {
        let Some(market) = market else { return Ok(()) };
        let what = Subject::Record { market: market.clone(), id: id.to_owned() };
        if self.known(&what).is_none() {
            return Ok(());
        }
        self.tell(AccountFact::Differs { what, difference: None })
    }

    pub(super) fn is_set_aside(&self, id: &str) -> bool {
        self.state.account.real.as_ref().is_some_and(|real| real.set_aside.contains(id))
    }

    fn tell(&mut self, fact: AccountFact) -> Result<(), ApplyError> {
        self.emit(Event::Account { fact })
    }

    fn settled(
        &mut self,
        key: FillKey,
        trade: &VenueTrade,
        leg: &OwnLeg,
    ) -> Result<(), ApplyError> {
        let settlement = trade.settlement;
        let on_chain = self.on_chain(trade, leg).map(Box::new);
        self.tell(AccountFact::FillSettled { key, settlement, on_chain })
    }

    /// Where the fee of a confirmed trade can be read: before that its transaction may be another one.
    fn on_chain(&self, trade: &VenueTrade, leg: &OwnLeg) -> Option<OnChain> {
        let market = &self.world.markets.get(&leg.market)?.market;
        let transaction = trade.transaction.as_ref();
        let transaction = transaction.filter(|_| trade.settlement == Settlement::Confirmed)?;
        Some(OnChain {
            transaction: transaction.clone(),
            order: leg.order.clone(),
            token: leg.token.clone(),
            neg_risk: market.neg_risk,
            parts: u32::try_from(leg.parts.len()).unwrap_or(u32::MAX),
        })
    }

    fn book(&mut self, fill: Fill, is_foreign: bool) -> Result<(), ApplyError> {
        if !is_foreign {
            return self.emit(Event::Filled { fill });
        }
        let (market, trade_id) = (fill.market.clone(), fill.trade_id.clone());
        self.tell(AccountFact::ForeignFill { fill })?;
        match self.foreign {
            Foreign::Book => Ok(()),
            Foreign::Block => self.tell(AccountFact::Differs {
                what: Subject::Market(market),
                difference: Some(Difference::Foreign { trade_id }),
            }),
        }
    }

    /// `None` where the market was not observed, so that nobody knows which outcome the token is.
    fn fill(&self, trade: &VenueTrade, leg: &OwnLeg, key: &FillKey) -> Option<Fill> {
        let market = &self.world.markets.get(&leg.market)?.market;
        let outcome: Outcome = outcome_of_token(market, &leg.token)?;
        let (shares, dollars) = (leg.shares(), leg.dollars());
        Some(Fill {
            order: key.order.clone(),
            trade_id: trade.id.clone(),
            role: leg.role,
            market: leg.market.clone(),
            outcome,
            side: leg.side,
            price: leg.price,
            shares,
            cash: match leg.side {
                Side::Buy => -dollars,
                Side::Sell => dollars,
            },
            fee: expected_fee(leg, market.fee.unwrap_or(FeeSchedule::FREE)),
            at: trade.at,
        })
    }

    /// Nobody knows which outcome was traded: nothing is booked, new exposure waits there, and the trade is
    /// asked for again.
    fn unknown_market(&mut self, trade: &VenueTrade, leg: &OwnLeg) -> Result<(), ApplyError> {
        self.is_blind = true;
        let what = Subject::Market(leg.market.clone());
        let difference = Difference::Foreign { trade_id: trade.id.clone() };
        if self.known(&what) == Some(&difference) {
            return Ok(());
        }
        self.tell(AccountFact::Differs { what, difference: Some(difference) })
    }

    fn no_longer_unknown(&mut self, trade: &VenueTrade, leg: &OwnLeg) -> Result<(), ApplyError> {
        let what = Subject::Market(leg.market.clone());
        let was = Difference::Foreign { trade_id: trade.id.clone() };
        if self.known(&what) != Some(&was) {
            return Ok(());
        }
        self.tell(AccountFact::Differs { what, difference: None })
    }

    /// What venue and books are known to disagree about here.
    fn known(&self, what: &Subject) -> Option<&Difference> {
        let real = self.state.account.real.as_ref()?;
        real.differs.iter().find(|(known, _)| known == what).map(|(_, difference)| difference)
    }
}

/// What the venue should have charged: a fee for each resting order that a taker met, none for a maker
/// (`shared/venue.md` 6.2). The venue does not tell what it charged; receipts do, and balances.
fn expected_fee(leg: &OwnLeg, schedule: FeeSchedule) -> Usd {
    let exponent = schedule.known_exponent().unwrap_or(1);
    let of = |part: &Part| fee_half_up(part.shares, part.price, schedule.rate, exponent);
    match leg.role {
        Role::Maker => Usd::ZERO,
        Role::Taker => leg.parts.iter().map(of).sum(),
    }
}
