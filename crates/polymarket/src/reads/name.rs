//! What a market reference of a plan can be: slug, condition id, Gamma's number, web address.

use betteroms_core::plan::MarketRef;

/// A reference that has a form we can look up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// A condition id in lower case.
    Condition(String),
    /// Gamma's number of a market.
    Id(String),
    /// A market's slug; an event's slug is tried when no market has it.
    Slug(String),
    /// One market of an event, or all of it.
    Event { event: EventName, pick: Option<Pick> },
}

/// How an event is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EventName {
    Id(String),
    Slug(String),
}

/// Which market of an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pick {
    /// The slug in a web address.
    Slug(String),
    /// The operator's words: slug, title within the event, or question.
    Words(String),
}

impl Name {
    /// Reads a reference; `None` when nothing at the venue can have that name.
    pub(crate) fn of(reference: &MarketRef) -> Option<Self> {
        match reference {
            MarketRef::Market(text) => Self::of_text(text.trim()),
            MarketRef::Pick { event, pick } => {
                let event = match Self::of_text(event.trim())? {
                    Self::Event { event, pick: None } => event,
                    Self::Id(id) => EventName::Id(id),
                    Self::Slug(slug) => EventName::Slug(slug),
                    Self::Condition(_) | Self::Event { pick: Some(_), .. } => return None,
                };
                Some(Self::Event { event, pick: Some(Pick::Words(pick.trim().to_owned())) })
            }
        }
    }

    fn of_text(text: &str) -> Option<Self> {
        if let Some(path) = address_path(text) {
            return Self::of_address(path?);
        }
        if let Some(condition) = condition_id(text) {
            return Some(Self::Condition(condition));
        }
        if !text.is_empty() && text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Self::Id(text.to_owned()));
        }
        slug(text).map(Self::Slug)
    }

    fn of_address(path: &str) -> Option<Self> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        // The site puts the reader's language in front: polymarket.com/de/event/...
        if parts.first().is_some_and(|first| first.len() == 2) {
            parts.remove(0);
        }
        match parts.as_slice() {
            ["event", event] => {
                Some(Self::Event { event: EventName::Slug(slug(event)?), pick: None })
            }
            ["event", event, market] => Some(Self::Event {
                event: EventName::Slug(slug(event)?),
                pick: Some(Pick::Slug(slug(market)?)),
            }),
            ["market", market] => slug(market).map(Self::Slug),
            _ => None,
        }
    }
}

/// The path of a web address of the venue; `Some(None)` for an address of somebody else.
fn address_path(text: &str) -> Option<Option<&str>> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let bare = rest.unwrap_or(text);
    let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
    let host = host.to_ascii_lowercase();
    let ours = host == "polymarket.com" || host == "www.polymarket.com";
    match (rest.is_some(), ours) {
        (_, true) => Some(Some(path)),
        (true, false) => Some(None),
        (false, false) => None,
    }
}

/// A condition id in lower case: 0x and 64 hex digits, 62 in protocol-v2 markets (venue.md 3.1).
pub fn condition_id(text: &str) -> Option<String> {
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    let fits = matches!(hex.len(), 62 | 64) && hex.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then(|| format!("0x{}", hex.to_ascii_lowercase()))
}

/// A slug as the venue makes them. Anything else is not sent out.
/// Whether a text is a token's id: a number of 256 bits in digits.
pub(crate) fn is_token(text: &str) -> bool {
    (1..=78).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn slug(text: &str) -> Option<String> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    let fits = (1..=256).contains(&text.len()) && text.bytes().all(legal);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(slug: &str, pick: Option<Pick>) -> Option<Name> {
        Some(Name::Event { event: EventName::Slug(slug.to_owned()), pick })
    }

    #[test]
    fn every_form_of_a_reference_is_told_from_the_others() {
        let condition = format!("0x{}", "aB".repeat(32));
        let rows: &[(&str, Option<Name>)] = &[
            ("will-it-rain", Some(Name::Slug("will-it-rain".into()))),
            (&condition, Some(Name::Condition(condition.to_lowercase()))),
            ("540817", Some(Name::Id("540817".into()))),
            ("https://polymarket.com/event/fed", event("fed", None)),
            ("https://polymarket.com/de/event/fed?tid=1#x", event("fed", None)),
            ("polymarket.com/event/fed/", event("fed", None)),
            (
                "https://www.polymarket.com/event/fed/cut-25",
                event("fed", Some(Pick::Slug("cut-25".into()))),
            ),
            ("https://polymarket.com/market/cut-25", Some(Name::Slug("cut-25".into()))),
            ("https://polymarket.com/profile/me", None),
            ("https://polymarket.com.evil.example/event/fed", None),
            ("https://evil.example/event/fed", None),
            ("../../etc/passwd", None),
            ("two words", None),
            ("", None),
            ("0x1234", Some(Name::Slug("0x1234".into()))),
        ];
        for (text, want) in rows {
            assert_eq!(Name::of(&MarketRef::Market((*text).to_owned())), *want, "{text}");
        }
        let pick = MarketRef::Pick { event: "fed".into(), pick: " 25 bps ".into() };
        assert_eq!(Name::of(&pick), event("fed", Some(Pick::Words("25 bps".into()))));
    }
}
