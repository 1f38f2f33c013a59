//! Everything that the venue says of our account, in the core's words. What does not fit together is not
//! believed: a part of a trade is no trade.

use super::AccountClient;
use crate::error::{Unproven, VenueError, printable};
use crate::signing::Address;
use crate::wire::Numeral;
use crate::wire::order::{OpenOrder, OrderStatus};
use crate::wire::trade::{MakerLeg, Trade, TradeStatus};
use betteroms_core::event::Role;
use betteroms_core::market::ConditionId;
use betteroms_core::money::{Price, Shares};
use betteroms_core::time::Time;
use betteroms_core::venue::{
    AccountView, Look, OwnLeg, Part, Settlement, Standing, VenueId, VenueOrder, VenueTrade,
};
use std::collections::BTreeSet;

impl AccountClient {
    /// Reads open orders, trades that matched at `after` or later, and each order of `look_up` by its hash.
    /// Balances are the chain's to tell and are left out. An order whose look-up fails was not looked up;
    /// orders of other wallets of the same key are not this account's.
    ///
    /// # Errors
    /// When a list cannot be read whole, or what it says cannot be true.
    pub async fn view(
        &self,
        wallet: Address,
        after: Option<Time>,
        look_up: impl FnOnce(&BTreeSet<VenueId>) -> Vec<VenueId>,
    ) -> Result<AccountView, VenueError> {
        let mut view = AccountView::default();
        for order in self.open_orders().await? {
            if is(&order.maker_address, wallet) {
                let shown = shown(&order)?;
                view.open.insert(shown.id.clone(), shown);
            }
        }
        let open: BTreeSet<VenueId> = view.open.keys().cloned().collect();
        for id in look_up(&open) {
            let at = self.clock.now();
            let look = match self.order(id.as_str()).await {
                Ok(Some(order)) => Look::Found { order: shown(&order)? },
                Ok(None) => Look::NotFound { at },
                Err(error) => {
                    tracing::warn!(error = %error.explain(), "an order could not be looked up");
                    continue;
                }
            };
            view.looked.insert(id, look);
        }
        // Trades last: what an order shows as matched is then among them, if the venue tells it at all.
        for trade in self.trades(after).await? {
            let legs = own_legs(&trade, self.owner(), wallet)?;
            let settlement = settlement(&trade.status);
            view.trades.push(VenueTrade { id: trade.id, settlement, at: trade.match_time, legs });
        }
        view.trades.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        Ok(view)
    }
}

fn is(text: &str, address: Address) -> bool {
    text.parse::<Address>() == Ok(address)
}

fn unbelieved(what: &str, why: Unproven) -> VenueError {
    VenueError::unproven(what, why)
}

fn price(told: &Numeral) -> Result<Price, VenueError> {
    let bad = || unbelieved("tell a price", Unproven::BadPrice(printable(told.as_str(), 80)));
    told.price().ok_or_else(bad)
}

fn shares(told: &Numeral) -> Result<Shares, VenueError> {
    let bad = || unbelieved("tell a size", Unproven::BadSize(printable(told.as_str(), 80)));
    told.shares().filter(|size| *size >= Shares::ZERO).ok_or_else(bad)
}

/// An order in the core's words.
fn shown(order: &OpenOrder) -> Result<VenueOrder, VenueError> {
    Ok(VenueOrder {
        id: VenueId::new(&order.id),
        market: ConditionId::new(order.market.clone()),
        token: order.asset_id.clone(),
        side: order.side,
        price: price(&order.price)?,
        size: shares(&order.original_size)?,
        matched: shares(&order.size_matched)?,
        standing: standing(&order.status),
    })
}

/// A delayed order is held and may match: it lives. One that ended without a match is told by a word whose
/// meaning is not confirmed (venue.md 4.2): nothing follows from it.
fn standing(status: &OrderStatus) -> Standing {
    match status {
        OrderStatus::Live | OrderStatus::Delayed => Standing::Live,
        OrderStatus::Matched => Standing::Matched,
        OrderStatus::Canceled { reason } => Standing::Cancelled { reason: printable(reason, 80) },
        OrderStatus::Invalid => Standing::Invalid,
        OrderStatus::Unmatched => Standing::Strange { word: "UNMATCHED".to_owned() },
        OrderStatus::Other(word) => Standing::Strange { word: printable(word, 80) },
    }
}

/// A word that we do not know is no end (venue.md 4.5).
const fn settlement(status: &TradeStatus) -> Settlement {
    match status {
        TradeStatus::Matched | TradeStatus::MatchedNotBroadcasted | TradeStatus::Other(_) => {
            Settlement::Matched
        }
        TradeStatus::Retrying => Settlement::Retrying,
        TradeStatus::Mined => Settlement::Mined,
        TradeStatus::Confirmed => Settlement::Confirmed,
        TradeStatus::Failed => Settlement::Failed,
    }
}

/// Our part in a trade: as taker all of its legs, as maker those of our key (venue.md 5.3).
fn own_legs(trade: &Trade, owner: &str, wallet: Address) -> Result<Vec<OwnLeg>, VenueError> {
    let mut legs = Vec::new();
    if trade.owner == owner {
        legs.push(taken(trade)?);
    }
    // One key may trade for several wallets.
    let of_wallet = |leg: &&MakerLeg| {
        leg.owner == owner && leg.maker_address.as_ref().is_none_or(|maker| is(maker, wallet))
    };
    for leg in trade.maker_orders.iter().filter(of_wallet) {
        legs.push(made(trade, leg)?);
    }
    Ok(legs)
}

fn taken(trade: &Trade) -> Result<OwnLeg, VenueError> {
    let part = |leg: &MakerLeg| {
        let is_direct = leg.asset_id == trade.asset_id;
        let theirs = price(&leg.price)?;
        let ours = if is_direct { theirs } else { theirs.complement() };
        Ok(Part { shares: shares(&leg.matched_amount)?, price: ours, is_direct })
    };
    let parts = trade.maker_orders.iter().map(part).collect::<Result<Vec<Part>, VenueError>>()?;
    let leg = OwnLeg {
        order: VenueId::new(&trade.taker_order_id),
        role: Role::Taker,
        market: ConditionId::new(trade.market.clone()),
        token: trade.asset_id.clone(),
        side: trade.side,
        price: price(&trade.price)?,
        parts,
    };
    // The whole and its parts must tell the same (venue.md 5.3).
    if leg.shares() == shares(&trade.size)? {
        return Ok(leg);
    }
    let told = printable(trade.size.as_str(), 80);
    Err(unbelieved("tell a trade", Unproven::BadSize(told)))
}

fn made(trade: &Trade, leg: &MakerLeg) -> Result<OwnLeg, VenueError> {
    let side = leg.side.ok_or_else(|| {
        unbelieved("tell a trade", Unproven::BadSide("a resting order without one".to_owned()))
    })?;
    let price = price(&leg.price)?;
    let is_direct = leg.asset_id == trade.asset_id;
    Ok(OwnLeg {
        order: VenueId::new(&leg.order_id),
        role: Role::Maker,
        market: ConditionId::new(trade.market.clone()),
        token: leg.asset_id.clone(),
        side,
        price,
        parts: vec![Part { shares: shares(&leg.matched_amount)?, price, is_direct }],
    })
}
