//! What an answer says of a signer's tokens (venue.md 7.2). Anybody may write a header: what is garbled says
//! nothing, and what it may lead to is bounded in [`super::buckets`].

use super::tier::Tier;
use betteroms_core::time::Time;
use reqwest::header::HeaderMap;
use std::time::Duration;

const REMAINING: &str = "poly-ratelimit-remaining";
const RESET: &str = "poly-ratelimit-reset";
const TIER: &str = "poly-ratelimit-tier";
const WARNING: &str = "poly-ratelimit-warning";

/// One answer's headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Whole tokens that are left.
    pub(super) remaining: Option<u32>,
    /// How long until the venue calls the bucket full.
    pub(super) reset_in: Option<Duration>,
    /// The signer's tier; the lowest for a word that we do not know.
    pub(super) tier: Option<Tier>,
    /// The request would be refused if the limits were in force.
    pub(super) is_warning: bool,
    /// The request was refused for its rate; how long we are to stay away, where that is said.
    pub(super) refused: Option<Option<Duration>>,
}

impl Told {
    /// Reads them. `now` is the wall's time, against which the venue's instant of the reset is held.
    pub(super) fn read(headers: &HeaderMap, now: Time) -> Self {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("").trim());
        let reset = text(RESET).and_then(|text| text.parse::<u64>().ok());
        let now = u64::try_from(now.secs()).unwrap_or_default();
        Self {
            remaining: text(REMAINING).and_then(|text| text.parse().ok()),
            reset_in: reset.map(|secs| Duration::from_secs(secs.saturating_sub(now))),
            tier: text(TIER).map(|word| Tier::parse(word).unwrap_or_default()),
            is_warning: text(WARNING).is_some_and(|word| word.eq_ignore_ascii_case("true")),
            refused: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn read(pairs: &[(&'static str, &[u8])]) -> Told {
        let header = |(name, value): &(&'static str, &[u8])| {
            ((*name).try_into().unwrap(), HeaderValue::from_bytes(value).unwrap())
        };
        Told::read(&pairs.iter().map(header).collect(), Time::from_secs(1_000))
    }

    #[test]
    fn headers_are_read_and_garbled_ones_say_nothing() {
        let all =
            read(&[(REMAINING, b" 45 "), (RESET, b"1002"), (TIER, b"gold"), (WARNING, b"True")]);
        assert_eq!((all.remaining, all.reset_in), (Some(45), Some(Duration::from_secs(2))));
        assert_eq!((all.tier, all.is_warning), (Some(Tier::Gold), true));
        assert_eq!(read(&[]), Told::default());
        let garbled: [&[u8]; 6] = [b"-1", b"4e9", b"1.5", b"", b"99999999999999999999999", b"\xff"];
        for value in garbled {
            let told = read(&[(REMAINING, value), (RESET, value), (WARNING, value)]);
            assert_eq!(told, Told::default(), "{value:?}");
            // A word that we do not know is the lowest tier.
            assert_eq!(read(&[(TIER, value)]).tier, Some(Tier::Standard), "{value:?}");
        }
        assert_eq!(read(&[(RESET, b"7")]).reset_in, Some(Duration::ZERO), "it is over");
    }
}
