//! Everything that the venue says of our account, in the core's words. What does not fit together is not
//! believed: a part of a trade is no trade.

use super::AccountClient;
use crate::error::{Unproven, VenueError, printable};
use crate::reads::{AMOUNT_MOST, condition_id, is_token};
use crate::signing::Address;
use crate::wire::Numeral;
use crate::wire::order::{OpenOrder, OrderStatus};
use crate::wire::trade::{MakerLeg, Trade, TradeStatus};
use alloy_primitives::B256;
use betteroms_core::event::Role;
use betteroms_core::market::ConditionId;
use betteroms_core::money::{Price, Shares};
use betteroms_core::time::Time;
use betteroms_core::venue::{
    AccountView, Doubtful, Look, OwnLeg, Part, Settlement, Standing, VenueId, VenueOrder,
    VenueTrade,
};
use std::collections::BTreeSet;

/// Look-ups in one view that fail for want of an answer before the others are left for the next.
const LOOK_UPS_FAILED_MOST: u32 = 3;

impl AccountClient {
    /// Reads open orders, trades that matched at `after` or later, and each order of `look_up` by its hash.
    /// Balances are the chain's to tell and are left out. An order whose look-up fails was not looked up;
    /// orders of other wallets of the same key are not this account's, trades of this wallet's or of an order in
    /// `known` are, whichever key made them. A record that cannot be true stands among the doubtful, and the
    /// rest is believed.
    ///
    /// # Errors
    /// When a list cannot be read whole.
    pub async fn view(
        &self,
        (wallet, known): (Address, &BTreeSet<VenueId>),
        after: Option<Time>,
        look_up: impl FnOnce(&BTreeSet<VenueId>) -> Vec<VenueId>,
    ) -> Result<AccountView, VenueError> {
        let mut view = AccountView::default();
        for order in self.open_orders().await? {
            if !is(&order.maker_address, wallet) {
                continue;
            }
            match shown(&order) {
                Ok(shown) => {
                    view.open.insert(shown.id.clone(), shown);
                }
                Err(error) => {
                    // It rests all the same: nothing follows from its absence.
                    view.is_partial = true;
                    view.doubtful.push(doubtful((&order.id, None), &order.market, &error));
                }
            }
        }
        let open: BTreeSet<VenueId> = view.open.keys().cloned().collect();
        self.look_up_all(look_up(&open), &mut view).await;
        // Trades last: what an order shows as matched is then among them, if the venue tells it at all.
        for trade in self.trades(after).await? {
            let ours = Ours { owner: self.owner(), wallet, known };
            let legs = match own_legs(&trade, ours) {
                Ok(legs) => legs,
                Err(error) => {
                    let at = Some(trade.match_time);
                    view.is_cut = true;
                    view.doubtful.push(doubtful((&trade.id, at), &trade.market, &error));
                    continue;
                }
            };
            if !is_name(&trade.id) {
                let error = unbelieved("tell a trade", Unproven::BadId(printable(&trade.id, 80)));
                let at = Some(trade.match_time);
                view.is_cut = true;
                view.doubtful.push(doubtful((&trade.id, at), &trade.market, &error));
                continue;
            }
            let settlement = settlement(&trade.status);
            let transaction = trade.transaction_hash.as_deref().and_then(hash);
            let (id, at) = (trade.id, trade.match_time);
            view.trades.push(VenueTrade { id, settlement, at, legs, transaction });
        }
        view.trades.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        Ok(view)
    }

    /// Looks orders up one by one; what could not be is left out.
    async fn look_up_all(&self, ids: Vec<VenueId>, view: &mut AccountView) {
        let mut failed = 0;
        for id in ids {
            // Where it fails once after all its repeats, the others are asked without, and soon no more: a hundred
            // orders would wait for the same venue one after the other.
            if failed == LOOK_UPS_FAILED_MOST {
                break;
            }
            let at = self.clock.now();
            let look = match self.look_up(id.as_str(), failed == 0).await {
                Ok(Some(order)) => match shown(&order) {
                    Ok(order) => Look::Found { order, at },
                    Err(error) => {
                        view.doubtful.push(doubtful((&order.id, None), &order.market, &error));
                        continue;
                    }
                },
                Ok(None) => Look::NotFound { at },
                Err(error) => {
                    failed += u32::from(error.may_pass());
                    tracing::warn!(error = %error.explain(), "an order could not be looked up");
                    continue;
                }
            };
            view.looked.insert(id, look);
        }
    }
}

/// A transaction's hash as a node is asked for it; anything else is none.
fn hash(text: &str) -> Option<String> {
    text.parse::<B256>().ok().map(|hash| hash.to_string())
}

fn is(text: &str, address: Address) -> bool {
    text.parse::<Address>() == Ok(address)
}

fn unbelieved(what: &str, why: Unproven) -> VenueError {
    VenueError::unproven(what, why)
}

fn doubtful((id, at): (&str, Option<Time>), market: &str, error: &VenueError) -> Doubtful {
    let market = condition_id(market).unwrap_or_else(|| printable(market, 80));
    let market = ConditionId::new(market);
    Doubtful { id: printable(id, 80), market, at, why: error.explain() }
}

/// By what a record is ours.
#[derive(Clone, Copy)]
struct Ours<'a> {
    /// Our API key.
    owner: &'a str,
    /// Our wallet.
    wallet: Address,
    /// Hashes that we signed.
    known: &'a BTreeSet<VenueId>,
}

impl Ours<'_> {
    /// By an order's hash that we signed, else by the wallet that traded; where the record leaves that out, by
    /// the key. A key made anew has another name, and one key may trade for several wallets (venue.md 2.2, 5.3).
    fn is(self, order: &str, wallet: Option<&String>, owner: &str) -> bool {
        self.known.contains(&VenueId::new(order))
            || wallet.map_or(owner == self.owner, |wallet| is(wallet, self.wallet))
    }
}

/// A price of which no money is made, cut off at the millionth where it is finer: what a whole trade comes to
/// per share, and what an order that is not ours asks. Ours are on the grid, so another is seen as another.
fn price_cut(told: &Numeral) -> Result<Price, VenueError> {
    let bad = || unbelieved("tell a price", Unproven::BadPrice(printable(told.as_str(), 80)));
    let micros = told.micros_cut().and_then(|micros| u32::try_from(micros).ok());
    micros.and_then(Price::from_micros).ok_or_else(bad)
}

/// A price of which money is made: dollars per share exactly, or none.
fn price(told: &Numeral) -> Result<Price, VenueError> {
    let bad = || unbelieved("tell a price", Unproven::BadPrice(printable(told.as_str(), 80)));
    told.price().ok_or_else(bad)
}

fn shares(told: &Numeral) -> Result<Shares, VenueError> {
    let bad = || unbelieved("tell a size", Unproven::BadSize(printable(told.as_str(), 80)));
    told.shares().filter(|size| (Shares::ZERO..=AMOUNT_MOST).contains(size)).ok_or_else(bad)
}

fn bad_id(told: &str) -> VenueError {
    unbelieved("tell an id", Unproven::BadId(printable(told, 80)))
}

/// An order's hash.
fn order_id(told: &str) -> Result<VenueId, VenueError> {
    hash(told).map(|hash| VenueId::new(&hash)).ok_or_else(|| bad_id(told))
}

fn market(told: &str) -> Result<ConditionId, VenueError> {
    condition_id(told).map(ConditionId::new).ok_or_else(|| bad_id(told))
}

fn token(told: &str) -> Result<String, VenueError> {
    is_token(told).then(|| told.to_owned()).ok_or_else(|| bad_id(told))
}

/// The venue's name of a trade, of whatever form it is.
fn is_name(told: &str) -> bool {
    (1..=100).contains(&told.len()) && told.bytes().all(|byte| byte.is_ascii_graphic())
}

/// An order in the core's words.
fn shown(order: &OpenOrder) -> Result<VenueOrder, VenueError> {
    Ok(VenueOrder {
        id: order_id(&order.id)?,
        market: market(&order.market)?,
        token: token(&order.asset_id)?,
        side: order.side,
        price: price_cut(&order.price)?,
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

/// Our part in a trade: as taker all of its legs, as maker those that are ours (venue.md 5.3).
fn own_legs(trade: &Trade, ours: Ours<'_>) -> Result<Vec<OwnLeg>, VenueError> {
    let mut legs = Vec::new();
    if ours.is(&trade.taker_order_id, trade.maker_address.as_ref(), &trade.owner) {
        legs.push(taken(trade)?);
    }
    let of_wallet =
        |leg: &&MakerLeg| ours.is(&leg.order_id, leg.maker_address.as_ref(), &leg.owner);
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
        order: order_id(&trade.taker_order_id)?,
        role: Role::Taker,
        market: market(&trade.market)?,
        token: token(&trade.asset_id)?,
        side: trade.side,
        price: price_cut(&trade.price)?,
        parts,
    };
    // The whole and its parts must tell the same (venue.md 5.3). None of the sums on the way is larger.
    let all = leg.parts.iter().try_fold(Shares::ZERO, |all, part| {
        Some(all + part.shares).filter(|all| *all <= AMOUNT_MOST)
    });
    if all == Some(shares(&trade.size)?) {
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
        order: order_id(&leg.order_id)?,
        role: Role::Maker,
        market: market(&trade.market)?,
        token: token(&leg.asset_id)?,
        side,
        price,
        parts: vec![Part { shares: shares(&leg.matched_amount)?, price, is_direct }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::decode;

    const OURS: &str = "0x00000000000000000000000000000000000000aa";
    const OTHER: &str = "0x00000000000000000000000000000000000000bb";

    /// A hash of one digit.
    fn digit(digit: &str) -> String {
        format!("0x{}", digit.repeat(64))
    }

    /// A trade of the taker's order `1`, which met `2`.
    fn told(taker: (&str, &str), maker: (&str, &str), price: &str) -> Trade {
        let wallet = |wallet: &str| match wallet {
            "" => String::new(),
            wallet => format!(r#","maker_address":"{wallet}""#),
        };
        let text = format!(
            r#"{{"id":"t","taker_order_id":"{}","market":"{}","asset_id":"1","side":"BUY","size":"10",
            "fee_rate_bps":"0","price":"{price}","status":"MATCHED","match_time":"1700000000",
            "owner":"{}"{},"maker_orders":[{{"order_id":"{}","owner":"{}"{},"matched_amount":"10",
            "price":"0.33","fee_rate_bps":"0","asset_id":"1","outcome":"Yes","side":"SELL"}}]}}"#,
            digit("1"),
            digit("c"),
            taker.0,
            wallet(taker.1),
            digit("2"),
            maker.0,
            wallet(maker.1)
        );
        decode(text.as_bytes()).unwrap()
    }

    fn roles(trade: &Trade, known: &[&str]) -> Vec<Role> {
        let known = known.iter().map(|id| VenueId::new(id)).collect();
        let ours = Ours { owner: "key", wallet: OURS.parse().unwrap(), known: &known };
        own_legs(trade, ours).unwrap().into_iter().map(|leg| leg.role).collect()
    }

    #[test]
    fn a_trade_is_ours_by_hash_then_wallet_then_key() {
        let both = told(("old-key", OURS), ("stranger", OTHER), "0.33");
        assert_eq!(roles(&both, &[]), [Role::Taker], "a key that was made anew");
        let other_wallet = told(("key", OTHER), ("key", OURS), "0.33");
        assert_eq!(roles(&other_wallet, &[]), [Role::Maker], "our key for another wallet");
        let bare = told(("old-key", ""), ("key", ""), "0.33");
        assert_eq!(roles(&bare, &[]), [Role::Maker], "only the key is told");
        assert_eq!(
            roles(&bare, &[&digit("1")]),
            [Role::Taker, Role::Maker],
            "a hash that we signed"
        );
        assert_eq!(roles(&told(("a", OTHER), ("b", OTHER), "0.33"), &[]), []);
    }

    #[test]
    fn an_average_finer_than_a_millionth_makes_no_money_and_is_cut_off() {
        let trade = told(("key", OURS), ("stranger", OTHER), "0.333333333333");
        let known = BTreeSet::new();
        let ours = Ours { owner: "key", wallet: OURS.parse().unwrap(), known: &known };
        let legs = own_legs(&trade, ours).unwrap();
        assert_eq!(legs[0].price.micros(), 333_333);
        assert_eq!(legs[0].dollars(), betteroms_core::money::Usd::from_micros(3_300_000));
        // A part's price is money, and is exact or not believed.
        let text = Numeral::parse("0.330000000001").unwrap();
        assert!(price(&text).is_err() && price_cut(&text).is_ok());
    }
}
