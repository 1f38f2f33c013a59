//! What sockets are told: one channel for the market's public facts, one for each key's own. Here it is
//! known who listens to what; what the frames say is in [`super::market_frames`] and
//! [`super::user_frames`], how they travel in [`crate::serve::sockets`].
//!
//! Everything here happens under the venue's lock, so a socket that subscribes gets the book as it is and
//! then every change after it, in order. A frame is written once and shared by all who hear it. A socket
//! that does not keep up loses its seat, and is closed: it must not learn only half of what happened.

use super::market_frames::{self, Audience, Best, OUTCOMES, Told};
use super::user_frames::{self, Private};
use crate::ledger::MarketIx;
use crate::venue::change::Change;
use crate::venue::market::Floor;
use crate::venue::people::KeyIx;
use crate::venue::{Dated, Venue};
use alloy_primitives::U256;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Frames that may wait for a socket before it counts as too slow.
const WAITING_MOST: usize = 4_096;
/// Tokens one connection may listen to; what is beyond stays silent (venue.md 10.1).
const ASSETS_MOST: usize = 500;

/// A seat's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::serve) struct SeatIx(u64);

/// Hands changes to the sockets.
#[derive(Debug, Default)]
pub(in crate::serve) struct Publisher {
    seats: Mutex<Seats>,
}

#[derive(Debug, Default)]
struct Seats {
    given: u64,
    market: BTreeMap<SeatIx, MarketSeat>,
    user: BTreeMap<SeatIx, UserSeat>,
    /// Best prices as last told, while somebody listens.
    bests: BTreeMap<MarketIx, [Best; 2]>,
}

#[derive(Debug)]
struct MarketSeat {
    line: Sender<Arc<str>>,
    assets: BTreeSet<String>,
    wants_extras: bool,
}

#[derive(Debug)]
struct UserSeat {
    line: Sender<Arc<str>>,
    /// The key that opened it.
    key: KeyIx,
    /// The key whose orders it hears of.
    sees: KeyIx,
    markets: Markets,
}

/// Which markets a user socket hears of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Markets {
    /// All but these.
    AllBut(BTreeSet<String>),
    /// These.
    Only(BTreeSet<String>),
}

impl Markets {
    fn holds(&self, condition: &str) -> bool {
        match self {
            Self::AllBut(without) => !without.contains(condition),
            Self::Only(only) => only.contains(condition),
        }
    }
}

impl Publisher {
    /// Opens a seat on the market channel, which hears nothing before it subscribes. Dropping the
    /// receiver is not enough to leave: see [`Publisher::leave`].
    pub(in crate::serve) fn join_market(&self) -> (SeatIx, Receiver<Arc<str>>) {
        let (line, frames) = channel(WAITING_MOST);
        let mut seats = self.lock();
        let ix = seats.next();
        let seat = MarketSeat { line, assets: BTreeSet::new(), wants_extras: false };
        seats.market.insert(ix, seat);
        (ix, frames)
    }

    /// Opens a seat on the user channel for a key. No markets mean all.
    pub(in crate::serve) fn join_user(
        &self,
        venue: &Venue,
        key: KeyIx,
        markets: &[String],
    ) -> (SeatIx, Receiver<Arc<str>>) {
        let (line, frames) = channel(WAITING_MOST);
        let sees = venue.people().key(key).sees;
        let markets = if markets.is_empty() {
            Markets::AllBut(BTreeSet::new())
        } else {
            Markets::Only(markets.iter().map(|id| id.to_lowercase()).collect())
        };
        let mut seats = self.lock();
        let ix = seats.next();
        seats.user.insert(ix, UserSeat { line, key, sees, markets });
        (ix, frames)
    }

    /// Listens to more tokens, and tells the book of each new one where `dumps`. A token it listens to
    /// already gets no book again; tokens nobody knows may be listed later. `extras` where it is told
    /// changes what else the connection hears.
    pub(in crate::serve) fn listen(
        &self,
        venue: &Venue,
        seat: SeatIx,
        assets: &[String],
        (dumps, extras): (bool, Option<bool>),
    ) {
        let mut seats = self.lock();
        let Some(found) = seats.market.get_mut(&seat) else { return };
        found.wants_extras = extras.unwrap_or(found.wants_extras);
        let mut is_slow = false;
        for asset in assets {
            if found.assets.len() >= ASSETS_MOST || !found.assets.insert(asset.clone()) {
                continue;
            }
            let number = U256::from_str_radix(asset, 10).ok();
            let known = number.and_then(|token| venue.floors().by_token(&token));
            if let Some((market, outcome)) = known.filter(|_| dumps) {
                let book = market_frames::snapshot(venue.floors().get(market), outcome);
                is_slow |= found.line.try_send(book).is_err();
            }
        }
        if is_slow {
            seats.market.remove(&seat);
        }
    }

    /// Listens to fewer tokens.
    pub(in crate::serve) fn ignore(&self, seat: SeatIx, assets: &[String]) {
        if let Some(found) = self.lock().market.get_mut(&seat) {
            for asset in assets {
                found.assets.remove(asset);
            }
        }
    }

    /// Hears of more markets, of all where none is named.
    pub(in crate::serve) fn follow(&self, seat: SeatIx, markets: &[String]) {
        if let Some(found) = self.lock().user.get_mut(&seat) {
            if markets.is_empty() {
                found.markets = Markets::AllBut(BTreeSet::new());
            }
            for id in markets.iter().map(|id| id.to_lowercase()) {
                match &mut found.markets {
                    Markets::AllBut(without) => without.remove(&id),
                    Markets::Only(only) => only.insert(id),
                };
            }
        }
    }

    /// Hears of fewer markets.
    pub(in crate::serve) fn unfollow(&self, seat: SeatIx, markets: &[String]) {
        if let Some(found) = self.lock().user.get_mut(&seat) {
            for id in markets.iter().map(|id| id.to_lowercase()) {
                match &mut found.markets {
                    Markets::AllBut(without) => without.insert(id),
                    Markets::Only(only) => only.remove(&id),
                };
            }
        }
    }

    /// Gives a seat up.
    pub(in crate::serve) fn leave(&self, seat: SeatIx) {
        let mut seats = self.lock();
        seats.market.remove(&seat);
        seats.user.remove(&seat);
        if seats.market.is_empty() {
            seats.bests.clear();
        }
    }

    #[cfg(test)]
    /// How many sockets there are on the market and on the user channel.
    pub(in crate::serve) fn seats(&self) -> (usize, usize) {
        let seats = self.lock();
        (seats.market.len(), seats.user.len())
    }

    /// Tells everybody who listens what one command changed. The venue is as the command left it.
    pub(in crate::serve) fn tell(&self, venue: &Venue, batch: &[Dated]) {
        if batch.is_empty() {
            return;
        }
        let mut seats = self.lock();
        let seats = &mut *seats;
        if !seats.user.is_empty() {
            for Dated { at, change } in batch {
                for private in user_frames::of(venue, *at, change) {
                    tell_user(&mut seats.user, venue, &private);
                }
                if let Change::KeyDeleted { key } = change {
                    seats.user.retain(|_, seat| seat.key != *key);
                }
            }
        }
        if seats.market.is_empty() {
            return;
        }
        for (market, touched) in market_frames::sorted(batch) {
            let floor = venue.floors().get(market);
            let is_new = touched.is_new();
            if is_new || seats.market.values().any(|seat| hears(seat, floor, Audience::Market)) {
                for told in market_frames::events(venue, market, &touched, &mut seats.bests) {
                    tell_market(&mut seats.market, floor, &told);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    const fn next(&mut self) -> SeatIx {
        self.given += 1;
        SeatIx(self.given)
    }
}

fn hears(seat: &MarketSeat, floor: &Floor, to: Audience) -> bool {
    let market = &floor.listing.market;
    match to {
        Audience::All => true,
        Audience::Token(outcome) => seat.assets.contains(market.token(outcome)),
        Audience::Market => {
            OUTCOMES.iter().any(|outcome| seat.assets.contains(market.token(*outcome)))
        }
    }
}

fn tell_market(seats: &mut BTreeMap<SeatIx, MarketSeat>, floor: &Floor, told: &Told) {
    seats.retain(|_, seat| {
        let is_meant = hears(seat, floor, told.to) && (seat.wants_extras || !told.is_extra);
        !is_meant || seat.line.try_send(Arc::clone(&told.text)).is_ok()
    });
}

fn tell_user(seats: &mut BTreeMap<SeatIx, UserSeat>, venue: &Venue, private: &Private) {
    let market = &venue.floors().get(private.market).listing.market;
    let condition = market.condition.as_str().to_lowercase();
    seats.retain(|_, seat| {
        let is_meant = seat.sees == private.key && seat.markets.holds(&condition);
        !is_meant || seat.line.try_send(Arc::clone(&private.text)).is_ok()
    });
}
