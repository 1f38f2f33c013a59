//! How long an order may live, and what the venue wants to be told about it (venue.md 3.9).

use betteroms_core::time::Time;

/// The least that a GTD order's expiration lies ahead, in seconds; the venue refuses less.
pub const GTD_MINIMUM_SECS: i64 = 180;

/// How long before its expiration the venue removes a GTD order, in seconds.
pub const GTD_REMOVED_EARLY_SECS: i64 = 60;

const MICROS_IN_SECOND: i64 = 1_000_000;

/// How long an order may live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Life {
    /// Until cancelled.
    Gtc,
    /// Until its expiration; what [`gtd_expiration`] makes of the instant when it is to end.
    Gtd {
        /// Seconds since 1970, as they travel.
        expires_secs: i64,
    },
    /// At once and whole, or not at all.
    Fok,
    /// What can be had at once; the rest is cancelled.
    Fak,
}

impl Life {
    /// The venue's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gtc => "GTC",
            Self::Gtd { .. } => "GTD",
            Self::Fok => "FOK",
            Self::Fak => "FAK",
        }
    }

    /// What the field `expiration` says: zero unless it is GTD.
    pub const fn expiration(self) -> i64 {
        match self {
            Self::Gtd { expires_secs } => expires_secs,
            Self::Gtc | Self::Fok | Self::Fak => 0,
        }
    }

    /// Whether what is not had at once may rest.
    pub const fn rests(self) -> bool {
        match self {
            Self::Gtc | Self::Gtd { .. } => true,
            Self::Fok | Self::Fak => false,
        }
    }
}

/// The expiration of an order that the venue is to remove at `due`; a part of a second counts as a whole one.
pub const fn gtd_expiration(due: Time) -> i64 {
    let part = due.micros().rem_euclid(MICROS_IN_SECOND) != 0;
    due.secs().saturating_add(part as i64).saturating_add(GTD_REMOVED_EARLY_SECS)
}

/// Whether an expiration lies as far ahead of `at` as the venue asks.
pub(super) fn far_enough(expires_secs: i64, at: Time) -> bool {
    let least = i128::from(at.micros()) + i128::from(GTD_MINIMUM_SECS * MICROS_IN_SECOND);
    i128::from(expires_secs) * i128::from(MICROS_IN_SECOND) >= least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiration_is_a_minute_after_the_end_and_never_early() {
        let rows = [(0, 60), (1, 61), (999_999, 61), (1_000_000, 61), (1_000_001, 62), (-1, 60)];
        for (micros, expected) in rows {
            assert_eq!(gtd_expiration(Time::from_micros(micros)), expected, "{micros}");
        }
    }

    #[test]
    fn three_minutes_ahead_is_enough_and_a_microsecond_less_is_not() {
        let at = Time::from_secs(1_000);
        assert!(far_enough(1_180, at));
        assert!(!far_enough(1_179, at));
        assert!(!far_enough(1_180, Time::from_micros(at.micros() + 1)));
        assert!(far_enough(i64::MAX, at), "an absurd number does not overflow");
        assert!(!far_enough(i64::MIN, at));
    }
}
