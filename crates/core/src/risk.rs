//! What the operator's caps still let through in this pass. Caps count notional (price × shares, before
//! fees); exposure is what held shares cost plus what buys that rest or are in doubt may still spend. A reduce-only sell
//! passes every cap but the per-trade one.

use crate::limits::Limits;
use crate::market::{ConditionId, Market, Side};
use crate::money::{
    Fraction, LOT, Price, Shares, Usd, fee_half_up, fee_on_cash_ceil, notional_ceil, shares_floor,
};
use crate::order::{Order, OrderId, Status, Want};
use crate::plan::Size;
use crate::reason::{Cap, Denial, Wait};
use crate::state::State;
use std::collections::{BTreeMap, BTreeSet};

/// The most that a trade may cost: the tighter of the operator's cap and the plan's, and which of them it is.
pub fn trade_cap(limits: &Limits, order: &Order) -> (Usd, Cap) {
    match order.trade.notional_max {
        Some(plan) if plan < limits.per_trade => (plan, Cap::PlanPerTrade),
        Some(_) | None => (limits.per_trade, Cap::PerTrade),
    }
}

/// The most that a trade can cost, fees included: a buy's whole size at its limit, and the highest fee that
/// any fill at its limit or better is charged. Of a market that was not read the fee is bounded by a rate of 1.
/// A sell costs nothing.
pub fn worst_cost(order: &Order, market: Option<&Market>) -> Usd {
    let trade = &order.trade;
    if trade.side == Side::Sell {
        return Usd::ZERO;
    }
    let rate =
        market.map_or(Fraction::ONE, |market| market.fee.map_or(Fraction::ONE, |fee| fee.rate));
    let want = order.placing.as_ref().map(|placing| placing.want);
    match (want, trade.size) {
        (Some(Want::Cash(cash)), _) => {
            cash + fee_on_cash_ceil(cash, Price::LOWEST, rate) + ROUNDING
        }
        (None, Size::Usdc(cash)) if order.time_in_force.is_immediate() => {
            cash + fee_on_cash_ceil(cash, Price::LOWEST, rate) + ROUNDING
        }
        (Some(Want::Shares(shares)), _) | (None, Size::Shares(shares)) => {
            buy_cost(shares, trade.price, rate)
        }
        (None, Size::Usdc(cash)) => {
            buy_cost(shares_floor(cash, trade.price, LOT), trade.price, rate)
        }
        (None, Size::All) => Usd::ZERO,
    }
}

/// Half up at five decimals adds at most half of 0.00001 to each of at most 10,000 legs.
const ROUNDING: Usd = Usd::from_micros(50_000);

fn buy_cost(shares: Shares, limit: Price, rate: Fraction) -> Usd {
    let fee = fee_half_up(shares, limit.min(Price::HALF), rate, 1);
    notional_ceil(limit, shares) + fee + ROUNDING
}

/// Cash, shares and caps as they shrink while one pass places orders, in list order.
#[derive(Clone, Debug)]
pub struct Budget<'a> {
    limits: &'a Limits,
    free_cash: Usd,
    free_shares: BTreeMap<(ConditionId, crate::market::Outcome), Shares>,
    orders_left: u32,
    pass_left: Usd,
    day_left: Usd,
    exposure: BTreeMap<ConditionId, Usd>,
    total_exposure: Usd,
    is_braked: bool,
    resting: BTreeMap<ConditionId, Vec<OrderId>>,
    /// Markets with an order in doubt.
    doubtful: BTreeSet<ConditionId>,
}

/// What an order would use of the budget.
#[derive(Clone, Copy, Debug)]
pub struct Use {
    /// Price × shares, or a cash order's cash.
    pub notional: Usd,
    /// Cash it would reserve.
    pub reserve: Usd,
    /// Shares it would promise (SELL).
    pub shares: Shares,
}

impl<'a> Budget<'a> {
    /// The budget as a pass begins to place orders. What orders of the same pass buy or earn never
    /// adds to it.
    pub fn new(state: &State, limits: &'a Limits) -> Self {
        let mut exposure: BTreeMap<ConditionId, Usd> = BTreeMap::new();
        let mut free_shares = BTreeMap::new();
        let mut resting: BTreeMap<ConditionId, Vec<OrderId>> = BTreeMap::new();
        for (key, position) in &state.positions {
            *exposure.entry(key.0.clone()).or_default() += position.cost;
            free_shares.insert(key.clone(), position.confirmed());
        }
        for order in state.orders.values().filter(|order| order.status.is_working()) {
            let Some((market, outcome)) = order.market.clone().zip(order.outcome) else {
                continue;
            };
            resting.entry(market.clone()).or_default().push(order.id.clone());
            match order.trade.side {
                Side::Buy => *exposure.entry(market).or_default() += order.open_notional(),
                Side::Sell => {
                    *free_shares.entry((market, outcome)).or_default() -= order.remaining();
                }
            }
        }
        Self {
            limits,
            free_cash: state.free_cash(),
            free_shares,
            orders_left: limits.orders_per_pass,
            pass_left: limits.per_pass,
            day_left: (limits.per_day - state.account.day_notional).or_zero(),
            total_exposure: exposure.values().copied().sum(),
            exposure,
            is_braked: limits.halted || state.account.brake.is_some(),
            resting,
            doubtful: state
                .with_status(Status::InDoubt)
                .filter_map(|order| order.market.clone())
                .collect(),
        }
    }

    /// True where an order was in doubt in this market as the pass began.
    pub(crate) fn is_doubtful(&self, market: &ConditionId) -> bool {
        self.doubtful.contains(market)
    }

    /// Shares of a token held and not promised.
    pub fn free_shares(&self, market: &ConditionId, outcome: crate::market::Outcome) -> Shares {
        self.free_shares.get(&(market.clone(), outcome)).copied().unwrap_or(Shares::ZERO)
    }

    /// Our working orders in a market as the pass began.
    pub fn resting(&self, market: &ConditionId) -> &[OrderId] {
        self.resting.get(market).map_or(&[], Vec::as_slice)
    }

    /// The per-trade cap.
    ///
    /// # Errors
    /// A final denial that names the cap which bit.
    pub fn check_trade(&self, order: &Order, notional: Usd) -> Result<(), Denial> {
        let (limit, cap) = trade_cap(self.limits, order);
        if notional > limit {
            return Err(Denial::NotionalOverLimit { cost: notional, limit, cap });
        }
        Ok(())
    }

    /// The caps and the cash that may free up later.
    ///
    /// # Errors
    /// The block that holds the order back.
    pub fn check(&self, order: &Order, market: &ConditionId, wants: Use) -> Result<(), Wait> {
        let is_exit = order.trade.reduce_only;
        if !is_exit {
            if self.is_braked {
                return Err(Wait::Halted);
            }
            if self.orders_left == 0 {
                return Err(Wait::OrdersPerPass { orders_max: self.limits.orders_per_pass });
            }
            let need = wants.notional;
            self.fits(Cap::PerPass, need, self.pass_left)?;
            self.fits(Cap::PerDay, need, self.day_left)?;
            if order.trade.side == Side::Buy {
                let here = self.exposure.get(market).copied().unwrap_or(Usd::ZERO);
                self.fits(Cap::PerMarket, need, (self.limits.per_market - here).or_zero())?;
                self.fits(Cap::Total, need, (self.limits.total - self.total_exposure).or_zero())?;
            }
        }
        if wants.reserve > self.free_cash {
            let free = self.free_cash.or_zero();
            return Err(Wait::CashShort { need: wants.reserve, free });
        }
        Ok(())
    }

    fn fits(&self, cap: Cap, need: Usd, left: Usd) -> Result<(), Wait> {
        if need > left { Err(Wait::CapReached { cap, need, left }) } else { Ok(()) }
    }

    /// Books an order that will be placed.
    pub fn spend(&mut self, order: &Order, market: &ConditionId, wants: Use) {
        self.free_cash -= wants.reserve;
        if !order.trade.reduce_only {
            self.orders_left = self.orders_left.saturating_sub(1);
            self.pass_left -= wants.notional;
            self.day_left -= wants.notional;
        }
        match order.trade.side {
            Side::Buy => {
                *self.exposure.entry(market.clone()).or_default() += wants.notional;
                self.total_exposure += wants.notional;
            }
            Side::Sell => {
                if let Some(outcome) = order.outcome {
                    let free = self.free_shares.entry((market.clone(), outcome)).or_default();
                    *free -= wants.shares;
                }
            }
        }
    }
}
