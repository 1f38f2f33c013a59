//! Fields we do not know: tolerated, and told once per (type, field) so that a drifting venue is noticed
//! without filling a log.

use std::collections::BTreeSet;
use std::sync::Mutex;

/// How many different unknown fields are remembered; a hostile answer must not grow this for ever.
const REMEMBERED_MAX: usize = 512;

static SEEN: Mutex<BTreeSet<(&'static str, String)>> = Mutex::new(BTreeSet::new());

/// Warns about an unknown field, the first time it is met in this process.
pub(super) fn note(kind: &'static str, field: &str) {
    let field = crate::error::printable(field, 64);
    let first = {
        let mut seen = SEEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.len() < REMEMBERED_MAX && seen.insert((kind, field.clone()))
    };
    if first {
        tracing::warn!(kind, %field, "the venue sent a field that is not known");
    }
}
