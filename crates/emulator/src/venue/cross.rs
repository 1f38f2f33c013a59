//! Matching: what an incoming order finds, and the trades it makes (venue.md 4.6, 9.1).
//!
//! A plan is made without touching anything, so that a fill-or-kill order can be judged and a wallet asked
//! first; then it is carried out. The resting order's price counts; what is better than the limit is the
//! taker's. Orders of one token trade directly; two buys of both tokens mint a pair, two sales merge one.
//! A maker's money is floored to the millionth, the taker bears what that leaves.

use super::Venue;
use super::agenda::Task;
use super::change::Change;
use super::market::LastTrade;
use super::order::{MATCH_STEP, Order, OrderIx, Status};
use super::people::{KeyIx, Notice};
use super::refusal::Lack;
use super::trade::{Fate, Leg, Party, Trade, TradeIx, TradeStatus};
use crate::ledger::{Asset, FEES, MarketIx, WalletIx};
use crate::names::Kind as NameKind;
use crate::resting::{PUBLIC, Slot};
use alloy_primitives::Address;
use betteroms_core::market::{FeeSchedule, Outcome, Side};
use betteroms_core::money::{Price, Shares, Usd, fee_half_up, notional_floor, shares_floor};
use betteroms_core::time::Time;

/// What an incoming order would trade.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) legs: Vec<Planned>,
    /// Whether nothing tradable would be left of it.
    pub(super) fills_whole: bool,
}

/// One resting order's part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planned {
    /// Its place in the book; `None` where an order trades that already left it.
    slot: Option<Slot>,
    /// The resting order; `None` for the crowd.
    maker: Option<OrderIx>,
    leg_outcome: Outcome,
    leg_side: Side,
    /// The price in the taker's terms.
    price: Price,
    /// And in the maker's.
    maker_price: Price,
    size: Shares,
    taker_cash: Usd,
    maker_cash: Usd,
    fee: Usd,
}

impl Plan {
    /// Dollars that change hands, fees aside.
    pub(super) fn cash(&self) -> Usd {
        self.legs.iter().map(|leg| leg.taker_cash).sum()
    }

    /// The taker's fees.
    pub(super) fn fees(&self) -> Usd {
        self.legs.iter().map(|leg| leg.fee).sum()
    }

    /// Shares that change hands.
    pub(super) fn shares(&self) -> Shares {
        self.legs.iter().map(|leg| leg.size).sum()
    }
}

/// Who takes: an order, or the crowd with an id of its own.
#[derive(Clone, Copy, Debug)]
struct Taker {
    party: Party,
    market: MarketIx,
    outcome: Outcome,
    side: Side,
}

impl Venue {
    /// What an order that is not in the book would find there.
    pub(super) fn plan(&self, order: &Order) -> Plan {
        let floor = self.floors.get(order.market);
        let fee = self.charged(floor.listing.market.fee);
        let (side, limit) = order.in_first_terms();
        let (mut left, mut cash) = (order.left(), order.cash_left);
        let mut legs = Vec::new();
        let mut last = order.price;
        for (slot, owner, at, resting) in floor.book.candidates(side, limit) {
            let price = match order.outcome {
                Outcome::First => at,
                Outcome::Second => at.complement(),
            };
            let want = cash.map_or(left, |cash| shares_floor(cash, price, MATCH_STEP));
            let size = want.min(resting);
            last = price;
            if size.is_zero() {
                break;
            }
            let maker = (owner != PUBLIC).then_some(OrderIx(owner));
            let leg = self.planned(order, (Some(slot), maker), (price, size), fee);
            left -= size;
            if let Some(cash) = &mut cash {
                *cash -= leg.taker_cash;
            }
            legs.push(leg);
        }
        let fills_whole = match cash {
            Some(cash) => !legs.is_empty() && shares_floor(cash, last, MATCH_STEP).is_zero(),
            None => left.is_zero(),
        };
        Plan { legs, fills_whole }
    }

    /// A plan of one resting order, whatever stands before it in the queue.
    pub(super) fn plan_against(&self, taking: &Order, order: OrderIx) -> Plan {
        let resting = self.orders.get(order);
        let fee = self.charged(self.floors.get(taking.market).listing.market.fee);
        let of = (taking.price, taking.size);
        let legs = if taking.size.is_positive() {
            vec![self.planned(taking, (resting.slot, Some(order)), of, fee)]
        } else {
            Vec::new()
        };
        Plan { legs, fills_whole: true }
    }

    /// The schedule that is charged where this one is announced.
    fn charged(&self, announced: Option<FeeSchedule>) -> FeeSchedule {
        self.settings.charged_fee.or(announced).unwrap_or(FeeSchedule::FREE)
    }

    fn planned(
        &self,
        order: &Order,
        (slot, maker): (Option<Slot>, Option<OrderIx>),
        (price, size): (Price, Shares),
        fee: FeeSchedule,
    ) -> Planned {
        // The crowd has no token of its own: it always trades the taker's.
        let (leg_outcome, leg_side) = maker.map_or_else(
            || (order.outcome, order.side.opposite()),
            |maker| (self.orders.get(maker).outcome, self.orders.get(maker).side),
        );
        let is_direct = leg_outcome == order.outcome;
        let maker_price = if is_direct { price } else { price.complement() };
        let maker_cash = notional_floor(maker_price, size);
        let whole = Usd::from_micros(size.micros());
        let taker_cash = if is_direct { maker_cash } else { whole - maker_cash };
        let exponent = fee.known_exponent().unwrap_or(1);
        let fee = fee_half_up(size, price, fee.rate, exponent);
        Planned {
            slot,
            maker,
            leg_outcome,
            leg_side,
            price,
            maker_price,
            size,
            taker_cash,
            maker_cash,
            fee,
        }
    }

    /// Whether the taker's wallet covers the plan and what rests of it, fees included.
    ///
    /// # Errors
    /// What it lacks.
    pub(super) fn affords(
        &mut self,
        order: &Order,
        plan: &Plan,
        spender: Address,
    ) -> Result<(), Lack> {
        if order.side == Side::Sell || plan.legs.is_empty() {
            return Ok(());
        }
        let spent = plan.cash() + plan.fees();
        let mut rest = order.clone();
        rest.matched = plan.shares();
        let rests = if order.kind.rests() { rest.holds() } else { 0 };
        let needed = spent.micros().saturating_add(rests).max(order.holds());
        self.covers(order.wallet, Asset::Cash, needed, spender)
    }

    /// Makes the trades of a plan for an order that is entered and not in the book.
    pub(super) fn carry_out(&mut self, order: OrderIx, plan: &Plan) -> Vec<TradeIx> {
        let taking = self.orders.get(order);
        let party = Party {
            order_id: taking.id,
            order: Some(order),
            key: Some(taking.key),
            wallet: taking.wallet,
        };
        let taker =
            Taker { party, market: taking.market, outcome: taking.outcome, side: taking.side };
        let trades = self.trade(taker, plan);
        let taking = self.orders.get_mut(order);
        taking.matched += plan.shares();
        if let Some(cash) = &mut taking.cash_left {
            *cash -= plan.cash();
        }
        taking.trades.extend(&trades);
        trades
    }

    /// Makes the trades of a plan for the crowd.
    pub(super) fn carry_out_for_crowd(&mut self, order: &Order, plan: &Plan) -> Vec<TradeIx> {
        let party = Party { order_id: order.id, order: None, key: None, wallet: self.crowd };
        let (market, outcome, side) = (order.market, order.outcome, order.side);
        self.trade(Taker { party, market, outcome, side }, plan)
    }

    /// One trade for each run of legs at one price, in pieces of so many legs.
    fn trade(&mut self, taker: Taker, plan: &Plan) -> Vec<TradeIx> {
        let most = self.settings.legs_per_trade.max(1);
        let runs = plan.legs.chunk_by(|a, b| a.price == b.price);
        let pieces: Vec<&[Planned]> = runs.flat_map(|run| run.chunks(most)).collect();
        let mut trades = Vec::with_capacity(pieces.len());
        for (bucket, piece) in (0_u32..).zip(pieces) {
            let price = piece.first().expect("a chunk is not empty").price;
            let legs = piece.iter().map(|planned| self.take(taker.market, *planned)).collect();
            trades.push(self.record(taker, bucket, price, legs));
        }
        trades
    }

    /// Takes a leg out of the book and tells the maker's order.
    fn take(&mut self, market: MarketIx, planned: Planned) -> Leg {
        let Planned { slot, maker, size, leg_outcome, leg_side, .. } = planned;
        if let Some(slot) = slot {
            let book = &mut self.floors.get_mut(market).book;
            book.reduce(slot, size).expect("the plan was made from this book");
        }
        let party = match maker {
            Some(order) => {
                let resting = self.orders.get(order);
                let (id, key, wallet) = (resting.id, resting.key, resting.wallet);
                Party { order_id: id, order: Some(order), key: Some(key), wallet }
            }
            None => {
                let order_id = self.names.hash(NameKind::Crowd);
                Party { order_id, order: None, key: None, wallet: self.crowd }
            }
        };
        let Planned { taker_cash, maker_cash, fee, maker_price, .. } = planned;
        Leg {
            maker: party,
            outcome: leg_outcome,
            side: leg_side,
            price: maker_price,
            size,
            taker_cash,
            maker_cash,
            fee,
        }
    }

    /// Writes a trade down, and everything that follows from it at once.
    fn record(&mut self, taker: Taker, bucket: u32, price: Price, legs: Vec<Leg>) -> TradeIx {
        let size = legs.iter().map(|leg| leg.size).sum();
        let trade = Trade {
            id: self.names.uuid(NameKind::Trade),
            taker: taker.party,
            market: taker.market,
            outcome: taker.outcome,
            side: taker.side,
            price,
            size,
            fee: legs.iter().map(|leg| leg.fee).sum(),
            status: TradeStatus::Matched,
            fate: self.fates.pop_front().unwrap_or(Fate::Settle),
            matched_at: self.now,
            updated_at: self.now,
            bucket,
            transaction: None,
            error: None,
            legs,
        };
        let flows = trade.flows();
        let trade = self.trades.push(trade);
        for (wallet, asset, by) in flows.into_iter().filter(|(_, _, by)| *by < 0) {
            self.funds.commit(wallet, asset, by.saturating_neg());
        }
        self.tell_makers(trade, taker.market);
        self.print(trade);
        self.note(Change::Trade { trade, status: TradeStatus::Matched });
        for (key, order) in self.parties(trade) {
            let notice = Notice { at: self.now, kind: 2, order };
            let known = self.people.key_mut(key);
            known.notices.push(notice);
            if known.trades.last() != Some(&trade) {
                known.trades.push(trade);
            }
        }
        let due = i64::from(self.settings.mined_after_millis).saturating_mul(1_000);
        let due = Time::from_micros(self.now.micros().saturating_add(due));
        self.agenda.at(due, Task::Settle(trade));
        trade
    }

    /// Keys that took part, each with its order; taker first.
    pub(super) fn parties(&self, trade: TradeIx) -> Vec<(KeyIx, OrderIx)> {
        let trade = self.trades.get(trade);
        let all = std::iter::once(trade.taker).chain(trade.legs.iter().map(|leg| leg.maker));
        all.filter_map(|party| Some((party.key?, party.order?))).collect()
    }

    /// The resting orders of a trade: what they traded, whether anything is left, their level.
    fn tell_makers(&mut self, trade: TradeIx, market: MarketIx) {
        let legs: Vec<(Option<OrderIx>, Shares, Outcome, Side, Price)> = self
            .trades
            .get(trade)
            .legs
            .iter()
            .map(|leg| (leg.maker.order, leg.size, leg.outcome, leg.side, leg.price))
            .collect();
        for (order, size, outcome, side, price) in legs {
            if let Some(order) = order {
                let resting = self.orders.get_mut(order);
                resting.matched += size;
                resting.trades.push(trade);
                let (matched, is_open, is_spent) =
                    (resting.matched, resting.is_open(), resting.is_spent());
                if is_open && is_spent {
                    self.retire(order, Status::Matched);
                } else if is_open {
                    self.promise(order);
                }
                let status = self.orders.get(order).status;
                self.note(Change::Filled { order, matched, status });
            }
            let first = match outcome {
                Outcome::First => price,
                Outcome::Second => price.complement(),
            };
            self.level_changed(market, side.in_first_terms(outcome), first);
        }
    }

    /// The public line of a trade, and what the market remembers of it.
    fn print(&mut self, trade: TradeIx) {
        let &Trade { market, outcome, side, price, size, .. } = self.trades.get(trade);
        let floor = self.floors.get_mut(market);
        let last = LastTrade { price, side, at: self.now };
        let mirrored = LastTrade { price: price.complement(), side: side.opposite(), at: self.now };
        floor.last = match outcome {
            Outcome::First => [Some(last), Some(mirrored)],
            Outcome::Second => [Some(mirrored), Some(last)],
        };
        let first = if outcome == Outcome::First { price } else { price.complement() };
        floor.history.push((self.now, first));
        self.note(Change::Print { trade, market, outcome, side, price, size });
    }

    /// A level's total may have changed: the market's clock and everybody who listens are told.
    pub(super) fn level_changed(&mut self, market: MarketIx, side: Side, price: Price) {
        let now = self.now;
        let floor = self.floors.get_mut(market);
        floor.changed = now;
        let size = floor.book.displayed(side, price);
        self.note(Change::Level { market, side, price, size });
    }
}

impl Trade {
    /// What each wallet gains and loses when the trade settles, fees included; in millionths.
    pub fn flows(&self) -> Vec<(WalletIx, Asset, i64)> {
        let token = |outcome| Asset::Share(self.market, outcome);
        let mut flows = Vec::with_capacity(self.legs.len().saturating_mul(5));
        for leg in &self.legs {
            let shares = leg.size.micros();
            let (paid, fee) = (leg.taker_cash.micros(), leg.fee.micros());
            let taker = self.taker.wallet;
            match self.side {
                Side::Buy => {
                    flows.push((taker, Asset::Cash, (-paid).saturating_sub(fee)));
                    flows.push((taker, token(self.outcome), shares));
                }
                Side::Sell => {
                    flows.push((taker, token(self.outcome), -shares));
                    flows.push((taker, Asset::Cash, paid.saturating_sub(fee)));
                }
            }
            let maker = leg.maker.wallet;
            match leg.side {
                Side::Buy => {
                    flows.push((maker, Asset::Cash, -leg.maker_cash.micros()));
                    flows.push((maker, token(leg.outcome), shares));
                }
                Side::Sell => {
                    flows.push((maker, token(leg.outcome), -shares));
                    flows.push((maker, Asset::Cash, leg.maker_cash.micros()));
                }
            }
            flows.push((FEES, Asset::Cash, fee));
        }
        flows
    }
}
