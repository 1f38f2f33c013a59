//! Our record of one trade of a plan from admission to its ending, and the one table of which
//! status may follow which. Partly filled is a number, not a status.

mod at_venue;
mod tracks;

pub use at_venue::AtVenue;
pub use tracks::{Track, Tracks};

use crate::market::{ConditionId, Outcome, Side};
use crate::money::{Price, Shares, Usd, notional_ceil};
use crate::plan::{RunId, TimeInForce, Trade};
use crate::reason::{Denial, EndReason, Wait};
use crate::time::Time;
use crate::venue::VenueId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Our name of an order within its account: `runId/trade/attempt`, known before it is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(Arc<str>);

impl OrderId {
    /// Names the order of a plan's trade.
    pub fn new(run_id: &RunId, trade: &str, attempt: u32) -> Self {
        Self(format!("{run_id}/{trade}/{attempt}").into())
    }

    /// The name of an order that is not ours: the venue's.
    pub fn foreign(id: &VenueId) -> Self {
        Self(format!("foreign:{id}").into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The plan's name in it: a runId holds no slash.
    pub fn run_id(&self) -> Option<&str> {
        self.0.split_once('/').map(|(run_id, _)| run_id)
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Refused by us, before any venue.
    Denied,
    /// Admitted, not sent: something that may pass holds it back.
    Waiting,
    /// Recorded as about to be sent, or sent and not yet answered for.
    Submitting,
    /// Sent, answer unknown.
    InDoubt,
    /// Resting at the venue.
    Open,
    /// A cancel was sent.
    Cancelling,
    /// All of it done.
    Filled,
    /// Ended by a cancel, a close or a fill-and-kill's rest.
    Cancelled,
    /// Refused by the venue.
    Rejected,
    /// Ended by its own time.
    Expired,
}

/// A step of the lifecycle, as the transition table sees events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A block was noted.
    Wait,
    /// We refuse it.
    Deny,
    /// It is about to be sent.
    Submit,
    /// It provably never left: it waits again.
    Hold,
    /// No answer came.
    Doubt,
    /// It rests.
    Open,
    /// A cancel is about to be sent.
    Cancel,
    /// A fill was booked.
    Fill,
    /// A fill was taken back: its settlement failed.
    Unfill,
    /// The venue shows that it rests, though it had ended.
    Reappear,
    /// It ended in this status.
    End(Status),
}

/// A step that its status does not allow: a bug in us or in the venue, never ignored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("order {id}: {from:?} does not allow {step:?}")]
pub struct IllegalStep {
    /// The order.
    pub id: OrderId,
    /// Its status.
    pub from: Status,
    /// The refused step.
    pub step: Step,
}

impl Status {
    /// The whole lifecycle: the status after `step`, or `None` where the step is illegal.
    pub const fn after(self, step: Step) -> Option<Self> {
        use Status::{
            Cancelled, Cancelling, Denied, Expired, Filled, InDoubt, Open, Rejected, Submitting,
            Waiting,
        };
        match (self, step) {
            (Waiting, Step::Wait) => Some(Waiting),
            // Submitting: the pass dropped the command before it left the house.
            (Waiting | Submitting, Step::Deny) => Some(Denied),
            (Waiting, Step::Submit) => Some(Submitting),
            // Only where no attempt can have reached the venue: after a doubt there is no way back.
            (Submitting, Step::Hold) => Some(Waiting),
            (Submitting, Step::Doubt) => Some(InDoubt),
            (Submitting | InDoubt, Step::Open) => Some(Open),
            // An order in doubt may rest: a cancel by its hash does no harm where it does not.
            (Open | InDoubt, Step::Cancel) => Some(Cancelling),
            // A late fill counts in any status that a venue may have seen, endings included.
            (
                Submitting | InDoubt | Open | Cancelling | Filled | Cancelled | Rejected | Expired,
                Step::Fill,
            ) => Some(self),
            // What ended by a fill that never was has to be looked up anew.
            (Filled | Cancelled | Rejected | Expired, Step::Unfill) => Some(InDoubt),
            (Submitting | InDoubt | Open | Cancelling, Step::Unfill) => Some(self),
            // What was never seen may have been late; what was taken out unseen may have arrived after that.
            (Cancelled | Rejected | Expired, Step::Reappear) => Some(Open),
            (Submitting | InDoubt | Open | Cancelling, Step::End(Filled)) => Some(Filled),
            (Submitting | InDoubt | Open | Cancelling, Step::End(Cancelled)) => Some(Cancelled),
            (Submitting | InDoubt | Cancelling, Step::End(Rejected)) => Some(Rejected),
            (Open | Cancelling | InDoubt, Step::End(Expired)) => Some(Expired),
            (
                Denied | Waiting | Submitting | InDoubt | Open | Cancelling | Filled | Cancelled
                | Rejected | Expired,
                _,
            ) => None,
        }
    }

    /// True once nothing more is expected.
    pub const fn is_ended(self) -> bool {
        match self {
            Self::Denied | Self::Filled | Self::Cancelled | Self::Rejected | Self::Expired => true,
            Self::Waiting | Self::Submitting | Self::InDoubt | Self::Open | Self::Cancelling => {
                false
            }
        }
    }

    /// True while the order may hold cash or shares at a venue.
    pub const fn is_working(self) -> bool {
        matches!(self, Self::Submitting | Self::InDoubt | Self::Open | Self::Cancelling)
    }

    /// The word stored and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "DENIED",
            Self::Waiting => "WAITING",
            Self::Submitting => "SUBMITTING",
            Self::InDoubt => "IN_DOUBT",
            Self::Open => "OPEN",
            Self::Cancelling => "CANCELLING",
            Self::Filled => "FILLED",
            Self::Cancelled => "CANCELLED",
            Self::Rejected => "REJECTED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// What an order wants from the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Want {
    /// This many shares.
    Shares(Shares),
    /// As many shares as this cash buys (FOK and FAK BUY).
    Cash(Usd),
}

/// What was fixed when the order was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placing {
    /// The pass's `now`.
    pub at: Time,
    /// When our clock ends it; `None` lives until cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Time>,
    /// What it asks of the venue.
    pub want: Want,
    /// Its place among our orders: earlier placed comes first.
    pub seq: u64,
    /// Twice the mid in the outcome's terms, in millionths; `None` without a mid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mid_doubled: Option<u32>,
    /// Price × shares (or the cash of a FOK/FAK BUY): what caps count.
    pub notional: Usd,
}

/// One trade of a plan, and what became of it. What is not known is left out of its JSON form: it is written
/// several times in an order's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Our name of it.
    pub id: OrderId,
    /// The plan.
    pub run_id: RunId,
    /// The plan's file name, for messages.
    pub file: String,
    /// The trade as the plan has it.
    pub trade: Trade,
    /// The resolved market; `None` until a look-up succeeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<ConditionId>,
    /// The market's slug, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The resolved outcome; `None` until the market is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Time in force with config and built-in defaults applied.
    pub time_in_force: TimeInForce,
    /// Seconds a GTT lives once placed, and waits before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub good_for_secs: Option<u32>,
    /// When it was admitted.
    pub admitted_at: Time,
    /// When it stops waiting; `None` for FOK/FAK, which wait for `notBefore` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_until: Option<Time>,
    /// Where it stands.
    pub status: Status,
    /// The block that holds it, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// Why we refused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denial: Option<Denial>,
    /// Why it ended unfilled or part filled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<EndReason>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
    /// Set once it was placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placing: Option<Placing>,
    /// Cash promised to it.
    pub reserve: Usd,
    /// What it got.
    #[serde(default, skip_serializing_if = "Tracks::are_empty")]
    pub tracks: Tracks,
    /// Fills booked so far: names the next one.
    pub fills: u32,
    /// What is known of it at a real venue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<AtVenue>,
}

impl Order {
    /// A trade of a plan, admitted and waiting; of its market and lifetime nothing is known yet.
    pub fn admitted(
        id: OrderId,
        (run_id, file): (RunId, String),
        (trade, time_in_force): (Trade, TimeInForce),
        at: Time,
    ) -> Self {
        Self {
            id,
            run_id,
            file,
            trade,
            market: None,
            slug: None,
            outcome: None,
            time_in_force,
            good_for_secs: None,
            admitted_at: at,
            wait_until: None,
            status: Status::Waiting,
            wait: None,
            denial: None,
            end: None,
            ended_at: None,
            placing: None,
            reserve: Usd::ZERO,
            tracks: Tracks::default(),
            fills: 0,
            venue: None,
        }
    }

    /// Checks a step against the lifecycle.
    ///
    /// # Errors
    /// When the status does not allow it.
    pub fn step(&self, step: Step) -> Result<Status, IllegalStep> {
        self.status.after(step).ok_or_else(|| IllegalStep {
            id: self.id.clone(),
            from: self.status,
            step,
        })
    }

    /// Shares asked for; for a cash order what it got so far.
    pub fn size(&self) -> Shares {
        match self.placing.as_ref().map(|p| p.want) {
            Some(Want::Shares(shares)) => shares,
            Some(Want::Cash(_)) => self.tracks.expected.filled,
            None => Shares::ZERO,
        }
    }

    /// Shares still wanted on the expected track; zero for a cash order, which never rests.
    pub fn remaining(&self) -> Shares {
        self.remaining_on(&self.tracks.expected)
    }

    /// Shares still wanted on one track.
    pub fn remaining_on(&self, track: &Track) -> Shares {
        match self.placing.as_ref().map(|p| p.want) {
            Some(Want::Shares(shares)) => (shares - track.filled).or_zero(),
            Some(Want::Cash(_)) | None => Shares::ZERO,
        }
    }

    /// Cash that a resting BUY still promises: remaining × limit, rounded up; its taker fee is free.
    pub fn resting_reserve(&self) -> Usd {
        match self.trade.side {
            Side::Buy => notional_ceil(self.trade.price, self.remaining()),
            Side::Sell => Usd::ZERO,
        }
    }

    /// Notional that a working BUY may still take on: what it reserves while it rests, and of a cash order, which
    /// never rests but may be in doubt, the cash that it has not spent.
    pub fn open_notional(&self) -> Usd {
        match (self.trade.side, self.placing.as_ref().map(|placing| placing.want)) {
            (Side::Buy, Some(Want::Cash(cash))) => (cash + self.tracks.expected.cash).or_zero(),
            (Side::Buy | Side::Sell, _) => self.resting_reserve(),
        }
    }

    /// The venue's name of it, once it was signed.
    pub fn venue_id(&self) -> Option<&VenueId> {
        self.venue.as_ref().map(|at| &at.id)
    }

    /// Side and limit in index-0 terms; `None` until the outcome is known.
    pub fn in_first_terms(&self) -> Option<(Side, Price)> {
        let outcome = self.outcome?;
        let price = match outcome {
            Outcome::First => self.trade.price,
            Outcome::Second => self.trade.price.complement(),
        };
        Some((self.trade.side.in_first_terms(outcome), price))
    }
}
