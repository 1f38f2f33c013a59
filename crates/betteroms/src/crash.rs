//! Named places at which the program ends at once, as a power cut would have it: the semantic steps of a pass
//! with real money and of what surrounds it. A test aims at each, and judges what the next call makes of it.
//!
//! Only builds with debug assertions have them, and only where `BETTEROMS_CRASH_AT` aims at one: its name, or
//! `name:n` for the nth time that it is reached. A release build refuses the variable as one that sets nothing.
//! `tests/it/real_kill.rs` kills at every system call instead, which finds the places that nobody named; these
//! need no other program, work on every system, and say what was going on.

use anyhow::{Context as _, Result};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The variable that aims at a point.
pub const VARIABLE: &str = "BETTEROMS_CRASH_AT";

/// Whether this build has the points at all.
pub const IS_BUILT_IN: bool = cfg!(debug_assertions);

macro_rules! points {
    ($($(#[$doc:meta])* $point:ident = $name:literal,)*) => {
        /// A place at which the program can be made to end.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Point { $($(#[$doc])* $point,)* }

        impl Point {
            /// All of them, in the order of a pass.
            pub const ALL: &'static [Self] = &[$(Self::$point,)*];

            /// Its name in the variable.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$point => $name,)* }
            }
        }
    };
}

points! {
    /// The secret of the orders lies in its file, the account is not in the store.
    SecretMade = "secret-made",
    /// The account is in the store, nothing else was done.
    AccountOpened = "account-opened",
    /// A preview was shown to nobody yet, and is not noted.
    Previewing = "previewing",
    /// A preview is noted, and was shown to nobody yet.
    Previewed = "previewed",
    /// The operator said yes to an arming, which is not noted.
    Arming = "arming",
    /// An arming is noted.
    Armed = "armed",
    /// A halt is asked for in its file, and not in the journal.
    HaltAsked = "halt-asked",
    /// A halt is in the journal, and its file still there.
    HaltBooked = "halt-booked",
    /// What a conversion will bring is in the journal, and nothing was sent.
    Converting = "converting",
    /// A transaction was handed over to the chain's node or the relayer, and nobody waited for its block.
    HandedOver = "handed-over",
    /// The chain shows a conversion; that it happened is not recorded.
    Converted = "converted",
    /// A cut-off pass was read back, and nothing done with it.
    Resumed = "resumed",
    /// Its orders are recorded as in doubt.
    Doubted = "doubted",
    /// Everything was read, nothing decided.
    Observed = "observed",
    /// Orders were decided on and signed, and nothing is recorded.
    Signed = "signed",
    /// The signed bytes are in the journal, and nothing was asked of the venue.
    Recorded = "recorded",
    /// A cancel is recorded and about to be asked for.
    Cancelling = "cancelling",
    /// A cancel was asked for.
    CancelAsked = "cancel-asked",
    /// A wave of orders is about to leave.
    Sending = "sending",
    /// It left and was answered; the answers are not recorded.
    Sent = "sent",
    /// The answers are recorded.
    Answered = "answered",
    /// A look told what became of orders; nothing of it is recorded.
    Looked = "looked",
    /// What a look told is recorded.
    LookRecorded = "look-recorded",
    /// Looked for in vain: to be sent again, which is not recorded.
    Resending = "resending",
    /// The second sending is recorded, and did not leave.
    ResendRecorded = "resend-recorded",
    /// It left and was answered; the answer is not recorded.
    Resent = "resent",
    /// All is told that will be; the end of the pass is not recorded.
    Settled = "settled",
    /// The pass and its report are recorded; nothing was said.
    Closed = "closed",
}

/// What is aimed at.
#[derive(Debug)]
struct Aim {
    point: Point,
    nth: u32,
    reached: AtomicU32,
}

static AIM: OnceLock<Aim> = OnceLock::new();

/// Aims at what the variable says; without it, or in a release build, at nothing.
///
/// # Errors
/// When it names no point.
pub(crate) fn aim(variable: Option<&str>) -> Result<()> {
    let Some(text) = variable.filter(|_| IS_BUILT_IN) else { return Ok(()) };
    let (name, nth) = text.split_once(':').unwrap_or((text, "1"));
    let point = Point::ALL.iter().copied().find(|point| point.name() == name);
    let nth = nth.parse().ok().filter(|nth| *nth > 0);
    let (point, nth) = point
        .zip(nth)
        .with_context(|| format!("{VARIABLE} is {text:?}: write a point's name, or name:n"))?;
    AIM.get_or_init(|| Aim { point, nth, reached: AtomicU32::new(0) });
    Ok(())
}

/// Ends the program here, where it was aimed at: no destructor runs, nothing is flushed.
pub(crate) fn point(here: Point) {
    if !IS_BUILT_IN {
        return;
    }
    let Some(aim) = AIM.get().filter(|aim| aim.point == here) else { return };
    if aim.reached.fetch_add(1, Ordering::Relaxed) + 1 == aim.nth {
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_each_is_given_once() {
        let names: std::collections::BTreeSet<&str> =
            Point::ALL.iter().map(|point| point.name()).collect();
        assert_eq!(names.len(), Point::ALL.len());
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
    }

    #[test]
    fn what_names_no_point_is_refused() {
        for text in ["", "nowhere", "sent:0", "sent:x", "sent:"] {
            let error = aim(Some(text)).unwrap_err().to_string();
            assert!(error.contains(VARIABLE), "{error}");
        }
        assert!(AIM.get().is_none());
    }
}
