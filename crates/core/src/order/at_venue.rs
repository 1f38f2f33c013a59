//! What is known of an order between us and a real venue.

use crate::money::Shares;
use crate::time::Time;
use crate::venue::VenueId;
use serde::{Deserialize, Serialize};

/// What we know of a real order at its venue. Paper orders have none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtVenue {
    /// The venue's name of it: the hash of the signed order, known before it is sent.
    pub id: VenueId,
    /// When its bytes were first recorded as about to leave.
    pub sent: Time,
    /// True once the same bytes were sent a second time: they are never sent a third.
    pub resent: bool,
    /// Looks that did not find it, one after another; a look that finds it begins anew.
    pub unseen: u32,
    /// When it was last looked for in vain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked: Option<Time>,
    /// Passes that ended with it in doubt.
    pub doubtful_passes: u32,
    /// Shares that the venue says are matched; fills are booked from trades alone.
    pub matched: Shares,
    /// Shares of fills that were taken back: the venue may count them as matched.
    pub failed: Shares,
    /// The venue's last words about it, for the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl AtVenue {
    /// Signed, and not yet sent.
    pub const fn new(id: VenueId, sent: Time) -> Self {
        Self {
            id,
            sent,
            resent: false,
            unseen: 0,
            looked: None,
            doubtful_passes: 0,
            matched: Shares::ZERO,
            failed: Shares::ZERO,
            note: None,
        }
    }
}
