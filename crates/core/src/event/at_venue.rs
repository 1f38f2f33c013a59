//! What becomes of an order between us and a real venue.

use crate::money::Shares;
use crate::reason::{EndReason, Wait};
use crate::time::Time;
use crate::venue::VenueId;
use serde::{Deserialize, Serialize};

/// What became of an order between us and the venue. Fills and endings are events of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum OrderFact {
    /// It was signed. Its bytes are durable before they leave; a repeat sends these.
    Signed {
        /// The hash under which the venue knows it.
        venue: VenueId,
        /// The exact bytes, one leg of what is posted.
        body: String,
    },
    /// It provably never reached the venue, and waits again.
    Held {
        /// What held it.
        wait: Wait,
    },
    /// The venue said that it took it, and that it does not simply rest: its trades tell the rest. It is never
    /// sent again.
    Accepted {
        /// The venue's word for where it stands.
        status: String,
    },
    /// It was sent, and no answer that can be trusted came.
    Doubted {
        /// Why, for the operator.
        cause: String,
    },
    /// The pass ended with it in doubt.
    StillDoubted,
    /// The venue's words about it, as the operator should read them.
    Noted {
        /// The words, made printable.
        note: String,
    },
    /// The venue was asked for it and does not know it. That alone ends nothing.
    Unseen {
        /// When it was looked for.
        at: Time,
    },
    /// The venue shows it.
    Seen {
        /// Shares that the venue says are matched; fills are booked from trades.
        matched: Shares,
    },
    /// The same bytes are about to be sent a second and last time.
    Resent,
    /// It had ended in the books, and rests at the venue.
    Reappeared {
        /// How it had ended.
        ended: Option<EndReason>,
    },
    /// A cancel of it is about to be sent.
    Cancelling {
        /// Why it is to end.
        reason: EndReason,
    },
}

impl OrderFact {
    /// The fact's name in the audit log.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Signed { .. } => "order_signed",
            Self::Held { .. } => "order_held",
            Self::Accepted { .. } => "order_accepted",
            Self::Doubted { .. } => "order_doubted",
            Self::StillDoubted => "order_still_doubted",
            Self::Noted { .. } => "order_noted",
            Self::Unseen { .. } => "order_unseen",
            Self::Seen { .. } => "order_seen",
            Self::Resent => "order_resent",
            Self::Reappeared { .. } => "order_reappeared",
            Self::Cancelling { .. } => "order_cancelling",
        }
    }
}
