//! What clients say on a socket (venue.md 10.1, 10.2): which tokens or markets they want to hear of, and
//! with which key. Reading only; what follows from it is in [`crate::serve::sockets`].

use super::Channel;
use serde::Deserialize;

/// A client's frame that makes sense.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::serve) enum Said {
    /// `PING`.
    Ping,
    /// More of these, or the first of them.
    Subscribe(Wanted),
    /// Less of these.
    Unsubscribe(Wanted),
}

/// What a frame names.
#[derive(Debug, PartialEq, Eq, Default)]
pub(in crate::serve) struct Wanted {
    /// Tokens, of the market channel.
    pub(in crate::serve) assets: Vec<String>,
    /// Condition ids, of the user channel.
    pub(in crate::serve) markets: Vec<String>,
    /// `custom_feature_enabled`, where it is told.
    pub(in crate::serve) extras: Option<bool>,
    /// `initial_dump`; true where it is not told.
    pub(in crate::serve) dumps: bool,
    /// The key, which the first frame of the user channel must have.
    pub(in crate::serve) auth: Option<Auth>,
}

/// A key and its secrets, as sent. It prints nothing.
#[derive(Deserialize, PartialEq, Eq)]
pub(in crate::serve) struct Auth {
    /// The key.
    #[serde(rename = "apiKey")]
    pub(in crate::serve) key: String,
    /// The secret.
    pub(in crate::serve) secret: String,
    /// The passphrase.
    pub(in crate::serve) passphrase: String,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Auth")
    }
}

#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "type")]
    kind: Option<String>,
    operation: Option<String>,
    assets_ids: Option<Vec<String>>,
    markets: Option<Vec<String>>,
    custom_feature_enabled: Option<bool>,
    initial_dump: Option<bool>,
    auth: Option<Auth>,
}

/// Reads a frame; `None` where it makes no sense on this channel. The first frame names the channel it
/// is meant for, later ones what they want.
pub(in crate::serve) fn read(channel: Channel, text: &str, is_first: bool) -> Option<Said> {
    if text.trim() == "PING" {
        return Some(Said::Ping);
    }
    let frame: Frame = serde_json::from_str(text).ok()?;
    let is_ours = frame.kind.as_deref().map(|kind| kind.eq_ignore_ascii_case(channel.word()));
    let wanted = Wanted {
        assets: frame.assets_ids.unwrap_or_default(),
        markets: frame.markets.unwrap_or_default(),
        extras: frame.custom_feature_enabled,
        dumps: frame.initial_dump.unwrap_or(true),
        auth: frame.auth,
    };
    match (frame.operation.as_deref(), is_ours, is_first) {
        (_, Some(false), _) | (None, None, _) | (Some(_), None, true) => None,
        (Some("subscribe") | None, _, _) => Some(Said::Subscribe(wanted)),
        (Some("unsubscribe"), _, _) => Some(Said::Unsubscribe(wanted)),
        (Some(_), _, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscribed(channel: Channel, text: &str, is_first: bool) -> Option<Wanted> {
        match read(channel, text, is_first) {
            Some(Said::Subscribe(wanted)) => Some(wanted),
            Some(Said::Ping | Said::Unsubscribe(_)) | None => None,
        }
    }

    #[test]
    fn the_frames_of_all_clients_are_read() {
        let first = r#"{"type":"market","assets_ids":["1","2"],"custom_feature_enabled":true}"#;
        let wanted = subscribed(Channel::Market, first, true).expect("a subscription");
        assert_eq!((wanted.assets.len(), wanted.extras, wanted.dumps), (2, Some(true), true));
        let rust = r#"{"type":"market","operation":"subscribe","markets":[],"assets_ids":["1"],"initial_dump":false}"#;
        let wanted = subscribed(Channel::Market, rust, true).expect("a subscription");
        assert_eq!((wanted.assets.len(), wanted.extras, wanted.dumps), (1, None, false));
        let later = r#"{"operation":"subscribe","assets_ids":["3"]}"#;
        assert!(subscribed(Channel::Market, later, false).is_some());
        let user = r#"{"assets_ids":[],"auth":{"apiKey":"k","passphrase":"p","secret":"s"},"initial_dump":true,"markets":["0x1"],"operation":"subscribe","type":"user"}"#;
        let wanted = subscribed(Channel::User, user, true).expect("a subscription");
        assert_eq!(wanted.markets, ["0x1"]);
        assert!(!format!("{wanted:?}").contains("\"s\""));
        let less = r#"{"operation":"unsubscribe","type":"market","assets_ids":["3"]}"#;
        assert!(matches!(read(Channel::Market, less, false), Some(Said::Unsubscribe(_))));
        assert_eq!(read(Channel::User, "PING", true), Some(Said::Ping));
    }

    #[test]
    fn nonsense_is_told_from_sense() {
        for text in
            ["", "{", "[]", "{}", "7", r#"{"operation":"shout"}"#, r#"{"assets_ids":["1"]}"#]
        {
            assert_eq!(read(Channel::Market, text, false), None, "{text}");
        }
        let user = r#"{"type":"user","assets_ids":[]}"#;
        assert_eq!(read(Channel::Market, user, true), None);
        // A connection is introduced by its type.
        assert_eq!(read(Channel::Market, r#"{"operation":"subscribe"}"#, true), None);
    }
}
