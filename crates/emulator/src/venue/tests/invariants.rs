//! What must hold after every command, whatever it was. Each rule is summed again from the single orders
//! and trades; nothing here asks the venue's own totals for their opinion.

use super::super::Venue;
use super::super::order::{Order, OrderIx, Status};
use super::super::trade::{Leg, Trade, TradeIx, TradeStatus};
use crate::ledger::{Asset, MarketIx, WalletIx};
use crate::resting::PUBLIC;
use alloy_primitives::B256;
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Price, Shares, Usd};
use betteroms_core::time::Time;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What of a trade never changes once it is final.
type Final = (TradeStatus, Time, Option<B256>, Option<String>, Vec<Leg>);

/// Looks again and again, and remembers what must not change any more.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// Locks without an order, as they were set.
    pub(super) phantom: HashMap<(WalletIx, Asset), i64>,
    finals: HashMap<TradeIx, Final>,
    ended: HashMap<OrderIx, Status>,
    /// Things looked at, to see that the watch is awake.
    pub(super) looked: u64,
}

macro_rules! hold {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err(format!($($what)+));
        }
    };
}

fn orders(venue: &Venue) -> impl Iterator<Item = (OrderIx, &Order)> {
    (0..).map(OrderIx).zip(venue.orders.iter())
}

fn trades(venue: &Venue) -> impl Iterator<Item = (TradeIx, &Trade)> {
    (0..).map(TradeIx).zip(venue.trades.iter())
}

impl Watch {
    /// Looks at everything.
    ///
    /// # Errors
    /// With the first thing that does not add up.
    pub(super) fn look(&mut self, venue: &Venue) -> Result<(), String> {
        venue.ledger.audit().map_err(|imbalance| imbalance.to_string())?;
        self.promises(venue)?;
        self.orders(venue)?;
        books(venue)?;
        markets(venue)?;
        self.trades(venue)?;
        keys(venue)
    }

    /// What wallets have promised and given away is what their orders and trades say.
    fn promises(&mut self, venue: &Venue) -> Result<(), String> {
        let mut active: BTreeMap<(WalletIx, Asset), i64> = BTreeMap::new();
        for (ix, order) in orders(venue) {
            let due = if order.is_open() { order.holds() } else { 0 };
            hold!(order.promised == due, "{ix:?} promises {}, not {due}", order.promised);
            *active.entry((order.wallet, order.asset())).or_default() += due;
        }
        for (of, amount) in &self.phantom {
            *active.entry(*of).or_default() += amount;
        }
        let mut matched: BTreeMap<(WalletIx, Asset), i64> = BTreeMap::new();
        for (_, trade) in trades(venue) {
            if matches!(trade.status, TradeStatus::Matched | TradeStatus::Retrying) {
                for (wallet, asset, by) in trade.flows().into_iter().filter(|flow| flow.2 < 0) {
                    *matched.entry((wallet, asset)).or_default() -= by;
                }
            }
        }
        let tokens = venue.floors.iter().flat_map(|(market, _)| {
            [Asset::Share(market, Outcome::First), Asset::Share(market, Outcome::Second)]
        });
        let assets: Vec<Asset> = std::iter::once(Asset::Cash).chain(tokens).collect();
        for (wallet, _) in venue.ledger.wallets() {
            for asset in &assets {
                let of = (wallet, *asset);
                let (due, told) = (active.get(&of), venue.funds.active(wallet, *asset));
                hold!(due.copied().unwrap_or(0) == told, "{of:?} active: {told}, not {due:?}");
                let (due, told) = (matched.get(&of), venue.funds.matched(wallet, *asset));
                hold!(due.copied().unwrap_or(0) == told, "{of:?} matched: {told}, not {due:?}");
                self.looked += 1;
            }
        }
        Ok(())
    }

    /// Each order: its place in the book, its fills, and that what is over stays over.
    fn orders(&mut self, venue: &Venue) -> Result<(), String> {
        let mut filled: BTreeMap<OrderIx, (Shares, Usd, Vec<TradeIx>)> = BTreeMap::new();
        let mut fill = |order: Option<OrderIx>, size, cash, trade| {
            let Some(order) = order else { return };
            let (matched, paid, list) = filled.entry(order).or_default();
            *matched += size;
            *paid += cash;
            list.push(trade);
        };
        for (ix, trade) in trades(venue) {
            let cash = trade.legs.iter().map(|leg| leg.taker_cash).sum();
            fill(trade.taker.order, trade.size, cash, ix);
            for leg in &trade.legs {
                fill(leg.maker.order, leg.size, leg.maker_cash, ix);
            }
        }
        for (ix, order) in orders(venue) {
            let resting =
                order.slot.map(|slot| venue.floors.get(order.market).book.remaining(slot));
            let due = (order.status == Status::Live).then(|| order.left());
            hold!(resting == due, "{ix:?} {:?} rests with {resting:?}, not {due:?}", order.status);
            hold!(due.is_none_or(Shares::is_positive), "{ix:?} rests with nothing");
            let (matched, paid, list) = filled.remove(&ix).unwrap_or_default();
            hold!(order.matched == matched, "{ix:?} matched {}, not {matched}", order.matched);
            hold!(order.trades == list, "{ix:?} trades {:?}, not {list:?}", order.trades);
            match order.cash_left {
                Some(left) => hold!(left >= Usd::ZERO, "{ix:?} overspent: {left} after {paid}"),
                None => hold!(matched <= order.size, "{ix:?} overfilled: {matched}"),
            }
            if let Some(was) = self.ended.get(&ix) {
                hold!(*was == order.status, "{ix:?} was {was:?} and is {:?}", order.status);
            } else if !order.is_open() {
                self.ended.insert(ix, order.status);
            }
            self.looked += 1;
        }
        Ok(())
    }

    fn trades(&mut self, venue: &Venue) -> Result<(), String> {
        for (ix, trade) in trades(venue) {
            sums(ix, trade)?;
            bounds(venue, ix, trade)?;
            let told = (
                trade.status,
                trade.updated_at,
                trade.transaction,
                trade.error.clone(),
                trade.legs.clone(),
            );
            if let Some(was) = self.finals.get(&ix) {
                hold!(*was == told, "{ix:?} was final as {was:?} and is {told:?}");
            } else if trade.status.is_final() {
                self.finals.insert(ix, told);
            }
            self.looked += 1;
        }
        Ok(())
    }
}

/// Nothing comes from nothing: a trade's flows sum to zero, apart from pairs against a dollar each.
fn sums(ix: TradeIx, trade: &Trade) -> Result<(), String> {
    let sum = |of: Asset| -> i64 {
        trade.flows().iter().filter(|(_, asset, _)| *asset == of).map(|(_, _, by)| by).sum()
    };
    let pair = [Outcome::First, Outcome::Second].map(|o| sum(Asset::Share(trade.market, o)));
    let cash = sum(Asset::Cash);
    hold!(pair[0] == pair[1] && cash == -pair[0], "{ix:?} sums to {cash} and {pair:?}");
    let size: Shares = trade.legs.iter().map(|leg| leg.size).sum();
    let fee: Usd = trade.legs.iter().map(|leg| leg.fee).sum();
    hold!(size == trade.size && fee == trade.fee, "{ix:?} is not the sum of its legs");
    Ok(())
}

/// Nobody trades worse than they signed.
fn bounds(venue: &Venue, ix: TradeIx, trade: &Trade) -> Result<(), String> {
    if let Some(taker) = trade.taker.order {
        let limit = venue.orders.get(taker).price;
        let is_within = match trade.side {
            Side::Buy => trade.price <= limit,
            Side::Sell => trade.price >= limit,
        };
        hold!(is_within, "{ix:?} trades at {} and not {limit}", trade.price);
    }
    for leg in &trade.legs {
        let at = if leg.outcome == trade.outcome { leg.price } else { leg.price.complement() };
        hold!(at == trade.price, "{ix:?} has a leg at another price");
        if let Some(maker) = leg.maker.order {
            let maker = venue.orders.get(maker);
            let of = (maker.price, maker.outcome, maker.side);
            hold!(of == (leg.price, leg.outcome, leg.side), "{ix:?} is not what its maker asked");
        }
    }
    Ok(())
}

/// Each book holds the open orders and no other, and does not cross.
fn books(venue: &Venue) -> Result<(), String> {
    for (market, floor) in venue.floors.iter() {
        let named = resting(venue, market);
        for (owner, side, price, size) in &named {
            let order = venue.orders.get(*owner);
            hold!(order.market == market, "{owner:?} rests in another market");
            let of = (order.in_first_terms(), order.left());
            hold!(of == ((*side, *price), *size), "{owner:?} rests as another order");
        }
        let live = orders(venue)
            .filter(|(_, order)| order.market == market && order.status == Status::Live)
            .count();
        hold!(named.len() == live, "{} orders rest of {live}", named.len());
        let best = [Side::Buy, Side::Sell].map(|side| floor.book.best(side));
        if let [Some(bid), Some(ask)] = best {
            hold!(bid.price < ask.price, "{market:?} is crossed: {bid:?} {ask:?}");
        }
    }
    Ok(())
}

/// Named orders of a market in the order in which they would trade, bids before asks.
pub(super) fn resting(venue: &Venue, market: MarketIx) -> Vec<(OrderIx, Side, Price, Shares)> {
    let book = &venue.floors.get(market).book;
    let lowest = Price::from_micros(100).unwrap();
    [(Side::Buy, lowest), (Side::Sell, lowest.complement())]
        .into_iter()
        .flat_map(|(side, limit)| {
            let all = book.candidates(side.opposite(), limit);
            all.map(move |(_, owner, price, size)| (owner, side, price, size))
        })
        .filter(|(owner, ..)| *owner != PUBLIC)
        .map(|(owner, side, price, size)| (OrderIx(owner), side, price, size))
        .collect()
}

/// Each market knows its open orders and those that are held back, and no others.
fn markets(venue: &Venue) -> Result<(), String> {
    for (market, floor) in venue.floors.iter() {
        let here = |order: &Order| order.market == market && order.is_open();
        let open: Vec<OrderIx> =
            orders(venue).filter(|(_, order)| here(order)).map(|(ix, _)| ix).collect();
        let told = venue.open_in(market);
        hold!(told == open, "{market:?} has {told:?} open, not {open:?}");
        let is_held = |ix: &&OrderIx| venue.orders.get(**ix).status == Status::Delayed;
        let held: BTreeSet<OrderIx> = open.iter().filter(is_held).copied().collect();
        hold!(floor.held == held, "{market:?} holds {:?} back, not {held:?}", floor.held);
    }
    Ok(())
}

/// Each key knows its open orders and its trades, and no others.
fn keys(venue: &Venue) -> Result<(), String> {
    for (key, known) in venue.people.keys() {
        let open: BTreeSet<OrderIx> = orders(venue)
            .filter(|(_, order)| order.key == key && order.is_open())
            .map(|(ix, _)| ix)
            .collect();
        hold!(known.open == open, "{key:?} has {:?} open, not {open:?}", known.open);
        let own: Vec<TradeIx> = trades(venue)
            .filter(|(_, trade)| trade.role_of(key).is_some())
            .map(|(ix, _)| ix)
            .collect();
        hold!(known.trades == own, "{key:?} has {:?}, not {own:?}", known.trades);
    }
    Ok(())
}
