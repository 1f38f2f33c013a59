//! The venue itself: one synchronous state machine. Time comes in with every call, names are drawn from
//! the seed, and what changed goes out as a list of facts; sockets, HTTP and files are elsewhere.
//!
//! The way of an order: [`place`] judges it (`admit`, `amounts`, `funds`), `cross` matches it into trades,
//! `settle` takes a trade through the chain, the `ledger` books it. What is due later stands in the
//! [`agenda`] and happens in [`Venue::advance`].

pub mod act;
mod admit;
pub mod agenda;
mod amounts;
pub mod bucket;
mod cancel;
pub mod chain;
pub mod change;
mod cross;
mod crowd;
pub mod funds;
mod hand;
mod heartbeat;
mod keys;
mod listing;
pub mod market;
pub mod mode;
pub mod native;
pub mod operation;
pub mod order;
mod outside;
pub mod people;
pub mod place;
pub mod pool;
pub mod refusal;
pub mod relay;
pub mod relayable;
pub mod revert;
pub mod session;
mod settle;
#[cfg(test)]
mod tests;
pub mod trade;

pub use amounts::Terms;
pub use cancel::NotCancelled;
pub use change::{Change, Dated};
pub use funds::Funds;
pub use mode::Mode;
pub use place::{Placed, Posted};
pub use refusal::Refusal;

use crate::feed::Feed;
use crate::ledger::{GroupIx, Ledger, WalletIx};
use crate::names::Names;
use act::Act;
use agenda::{Agenda, Task};
use alloy_primitives::{Address, address};
use betteroms_core::market::FeeSchedule;
use betteroms_core::time::Time;
use betteroms_polymarket::signing::contracts;
use heartbeat::Beats;
use market::Floors;
use order::Orders;
use people::People;
use std::collections::{BTreeMap, VecDeque};
use trade::{Fate, Trades};

/// Where fees go (venue.md 8.1).
pub const FEE_RECEIVER: Address = address!("115F48DC2A731aA16251c6d6e1BEfC42f92Accc9");
/// Where money comes from and goes to: the world outside of the venue.
pub const OUTSIDE: Address = address!("0000000000000000000000000000000000000000");
/// Whose orders the crowd's are. No key belongs to it.
pub const CROWD: Address = address!("C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0");

/// How this venue behaves where the real one leaves it open or where it can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What all names are drawn from.
    pub seed: u64,
    /// From match to block, in milliseconds; the real distribution is unconfirmed (venue.md 12.1).
    pub mined_after_millis: u32,
    /// From block to final, in milliseconds.
    pub confirmed_after_millis: u32,
    /// The most resting orders in one trade; a larger match makes several, counted by bucket.
    pub legs_per_trade: usize,
    /// What `/version` says.
    pub version: u64,
    /// Rows of a page of account reads.
    pub page_size: usize,
    /// From the relayer's taking a transaction to its sending it, in milliseconds.
    pub relayed_after_millis: u32,
    /// From the end of an authorisation's transaction to the venue's registry, in milliseconds.
    pub registered_after_millis: u32,
    /// From a revocation to the fence, in milliseconds; zero fences before the answer.
    pub fenced_after_millis: u32,
    /// From the fence to the cancelling of what rests, in milliseconds.
    pub swept_after_millis: u32,
    /// Relayer submissions of one caller in a minute; zero for no limit (venue.md 8.4).
    pub submits_per_minute: u32,
    /// Whether the signers' token buckets count, warn or refuse (venue.md 7.2).
    pub limits: bucket::Limits,
    /// What takers are charged in place of the markets' own fees, which are announced all the same.
    pub charged_fee: Option<FeeSchedule>,
    /// Whether the published limits of requests by address hold (venue.md 7.1).
    pub edge_limits: bool,
    /// Where the client's requests seem to come from.
    pub place: Whereabouts,
}

/// What the geoblock answers (venue.md 7.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// Whether trading is refused there.
    pub is_blocked: bool,
    /// The country's two letters.
    pub country: String,
    /// The region's, where it has one.
    pub region: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            mined_after_millis: 2_000,
            confirmed_after_millis: 3_000,
            legs_per_trade: 8,
            version: 2,
            page_size: 100,
            relayed_after_millis: 500,
            registered_after_millis: 1_000,
            fenced_after_millis: 0,
            swept_after_millis: 100,
            submits_per_minute: 25,
            limits: bucket::Limits::Enforce,
            charged_fee: None,
            edge_limits: false,
            place: Whereabouts {
                is_blocked: false,
                country: "CH".to_owned(),
                region: "ZH".to_owned(),
            },
        }
    }
}

/// The venue.
#[derive(Debug)]
pub struct Venue {
    /// How it behaves.
    pub settings: Settings,
    now: Time,
    names: Names,
    mode: Mode,
    pub(crate) agenda: Agenda,
    people: People,
    floors: Floors,
    orders: Orders,
    trades: Trades,
    ledger: Ledger,
    funds: Funds,
    beats: Beats,
    groups: BTreeMap<String, GroupIx>,
    crowd: WalletIx,
    /// What becomes of the next trades' transactions, first come first; then [`Fate::Settle`].
    fates: VecDeque<Fate>,
    changes: Vec<Dated>,
    /// What wallets did on the chain, in order.
    acts: Vec<(Time, WalletIx, Act)>,
    /// What happens from outside, at its own time.
    feed: Feed,
    relay: relay::Relay,
    native: native::Native,
    pool: pool::Pool,
    operations: operation::Operations,
    buckets: bucket::Buckets,
}

impl Venue {
    /// An empty venue at an instant.
    pub fn new(settings: Settings, now: Time) -> Self {
        let mut ledger = Ledger::new(OUTSIDE, FEE_RECEIVER, contracts::NEG_RISK_ADAPTER);
        let crowd = ledger.wallet(CROWD);
        Self {
            names: Names::new(settings.seed),
            settings,
            now,
            mode: Mode::Normal,
            agenda: Agenda::default(),
            people: People::default(),
            floors: Floors::default(),
            orders: Orders::default(),
            trades: Trades::default(),
            ledger,
            funds: Funds::default(),
            beats: Beats::default(),
            groups: BTreeMap::new(),
            crowd,
            fates: VecDeque::new(),
            changes: Vec::new(),
            acts: Vec::new(),
            feed: Feed::new(),
            relay: relay::Relay::default(),
            native: native::Native::default(),
            pool: pool::Pool::default(),
            operations: operation::Operations::default(),
            buckets: bucket::Buckets::default(),
        }
    }

    /// The venue's time.
    pub const fn now(&self) -> Time {
        self.now
    }

    /// Lets time pass: everything due by `now` happens at its own instant, in order, whether it comes
    /// from outside or stands in the agenda. Time never goes back; an earlier `now` only leaves the clock
    /// where it is.
    pub fn advance(&mut self, now: Time) {
        loop {
            if let Some((time, event)) = self.outside_due(now) {
                self.now = self.now.max(time);
                self.happen(&event);
            } else if let Some((time, task)) = self.agenda.take(now) {
                self.now = self.now.max(time);
                self.perform(task);
            } else {
                break;
            }
        }
        self.now = self.now.max(now);
    }

    fn perform(&mut self, task: Task) {
        match task {
            Task::Settle(trade) => self.settle_due(trade),
            Task::Confirm(trade) => self.confirm_due(trade),
            Task::LateFill(order, size) => self.late_fill(order, size),
            Task::Expire(order) => self.expire_due(order),
            Task::Undelay(order) => self.undelay(order),
            Task::Heartbeats => self.heartbeats_due(),
            Task::GameStart(market) => self.game_started(market),
            Task::Close(market) => self.close(market),
            Task::Resolve(market, payout) => {
                // A market that was resolved by hand meanwhile stays as it was resolved.
                let _settled = self.resolve(market, payout);
            }
            Task::Arrive(posted) => {
                let (key, posted) = *posted;
                // Nobody waits for the answer any more.
                let _answer = self.place(key, &posted);
            }
            Task::Mode => self.mode_due(),
            Task::Relay(relayed) => self.relay_due(relayed),
            Task::Mine(from) => self.mine_due(from),
            Task::Session(operation) => self.operation_due(operation),
        }
    }

    /// Takes what changed since the last call, in order.
    pub fn drain(&mut self) -> Vec<Dated> {
        std::mem::take(&mut self.changes)
    }

    fn note(&mut self, change: Change) {
        if let Change::Chain { wallet, act } = &change {
            self.acts.push((self.now, *wallet, act.clone()));
        }
        self.changes.push(Dated { at: self.now, change });
    }

    /// What wallets did on the chain, in order.
    pub fn acts(&self) -> &[(Time, WalletIx, Act)] {
        &self.acts
    }

    /// Markets.
    pub const fn floors(&self) -> &Floors {
        &self.floors
    }

    /// Orders.
    pub const fn orders(&self) -> &Orders {
        &self.orders
    }

    /// Trades.
    pub const fn trades(&self) -> &Trades {
        &self.trades
    }

    /// Keys, wallets and session signers.
    pub const fn people(&self) -> &People {
        &self.people
    }

    /// The chain's balances.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What the venue believes of balances and allowances.
    pub const fn funds(&self) -> &Funds {
        &self.funds
    }

    /// The next name of a kind, for what is made outside of the state machine.
    pub const fn names(&mut self) -> &mut Names {
        &mut self.names
    }

    /// Decides what becomes of the next trades' transactions, in order.
    pub fn foretell(&mut self, fates: impl IntoIterator<Item = Fate>) {
        self.fates.extend(fates);
    }

    /// The earliest instant at which something is due.
    pub fn next_due(&self) -> Option<Time> {
        [self.agenda.next(), self.feed.next_time()].into_iter().flatten().min()
    }
}
