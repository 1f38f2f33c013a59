//! Which of the relayer's refusals pass by themselves (venue.md 8.4): its words are all there is to tell
//! them by.

use crate::error::VenueError;

/// What helps against a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The wallet waits for a transaction: the same batch once that has ended, or one of the next nonce.
    Later,
    /// The nonce is not the chain's: read it again and sign anew.
    WithNewNonce,
}

/// Whether a batch that was refused may be asked for again; `None` for a refusal that is final, and for
/// anything that is no refusal.
pub fn again(error: &VenueError) -> Option<Again> {
    let VenueError::Refused { text, .. } = error else { return None };
    let text = text.to_lowercase();
    let is_busy = text.contains("wallet busy") && text.contains("active action");
    if is_busy || text.contains("wallet has in-flight action") {
        Some(Again::Later)
    } else if text.contains("batch nonce") && text.contains("does not match on-chain nonce") {
        Some(Again::WithNewNonce)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Refusal, Unknown};

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        let refused = |text: &str| {
            let (what, text) = ("relay".to_owned(), text.to_owned());
            again(&VenueError::Refused { what, code: Refusal::BadRequest, text })
        };
        for (text, expected) in [
            ("{\"error\":\"wallet busy: 0x1 has an active action\"}", Some(Again::Later)),
            ("wallet has in-flight action", Some(Again::Later)),
            ("batch nonce 3 does not match on-chain nonce 4", Some(Again::WithNewNonce)),
            ("call blocked: call[0] blocked: self-call", None),
            ("invalid signature", None),
            ("", None),
        ] {
            assert_eq!(refused(text), expected, "{text}");
        }
        let cause = Unknown::BrokeOff("wallet has in-flight action".to_owned());
        assert_eq!(again(&VenueError::Unknown { what: String::new(), cause }), None);
    }
}
