//! What sockets are told: one channel for the market's public facts, one for each key's own.

use crate::venue::{Dated, Venue};

/// Hands changes to the sockets.
#[derive(Debug, Default)]
pub struct Publisher {}

impl Publisher {
    /// Tells everybody who listens, while the venue still is as it was when the change happened.
    pub(super) fn tell(&self, _venue: &Venue, _dated: &Dated) {}
}
