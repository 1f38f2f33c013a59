//! What an order got: one account that is booked, and two that bound it.

use crate::money::{Shares, Usd};
use serde::{Deserialize, Serialize};

/// One account of what an order got: the expected one, or one of its two bands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// Others' shares before us at our price.
    pub ahead: Shares,
    /// Shares done.
    pub filled: Shares,
    /// Dollars: negative when we paid; before fees.
    pub cash: Usd,
    /// Fees charged.
    pub fee: Usd,
}

/// Three readings of the same evidence; only `expected` moves cash and positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracks {
    /// The one that is booked.
    pub expected: Track,
    /// The fewest fills that the evidence supports.
    pub fewest: Track,
    /// The most fills that the evidence supports.
    pub most: Track,
}

impl Tracks {
    /// True while nothing was done and nobody stands before us.
    pub(super) fn are_empty(&self) -> bool {
        *self == Self::default()
    }
}
