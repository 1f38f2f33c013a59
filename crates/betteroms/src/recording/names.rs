//! From the name in a plan to a market of the recording.

use super::Recording;
use super::manifest::MarketEntry;
use betteroms_core::market::Market;
use betteroms_core::plan::MarketRef;
use betteroms_core::time::Time;
use betteroms_core::world::MarketProblem;

impl Recording {
    /// Finds the market a plan names: by condition id, slug, or a polymarket.com address; or one
    /// market of an event. The market is told as it was before anything happened: first tick, orders
    /// taken, no result. [`Recording::observe`] tells it as of an instant.
    ///
    /// # Errors
    /// `NotFound`, or `Several` with the slugs to choose from.
    pub fn resolve(&self, reference: &MarketRef) -> Result<Market, MarketProblem> {
        let found = match reference {
            MarketRef::Market(name) => self.by_name(name),
            MarketRef::Pick { event, pick } => self.by_pick(event, pick),
        };
        found.map(|entry| entry.as_of(Time::from_micros(i64::MIN), entry.tick.value))
    }

    fn by_name(&self, name: &str) -> Result<&MarketEntry, MarketProblem> {
        match address(name) {
            Some(Address::Market(slug)) => self.exact(slug).ok_or(MarketProblem::NotFound),
            Some(Address::Event(event)) => {
                let mut markets = self.of_event(event);
                if markets.is_empty() {
                    markets.extend(self.exact(event));
                }
                one(&markets)
            }
            None => match self.exact(name) {
                Some(market) => Ok(market),
                None => one(&self.of_event(name)),
            },
        }
    }

    fn by_pick(&self, event: &str, pick: &str) -> Result<&MarketEntry, MarketProblem> {
        let event = match address(event) {
            Some(Address::Event(slug) | Address::Market(slug)) => slug,
            None => event,
        };
        let mut markets = self.of_event(event);
        if markets.is_empty() {
            let prefix = format!("{event}-");
            let all = self.manifest.markets.iter();
            markets = all.filter(|m| m.slug == event || m.slug.starts_with(&prefix)).collect();
        }
        let joined = format!("{event}-{pick}");
        let named: Vec<_> = markets
            .into_iter()
            .filter(|m| m.slug == pick || m.slug == joined || m.question.eq_ignore_ascii_case(pick))
            .collect();
        one(&named)
    }

    fn exact(&self, name: &str) -> Option<&MarketEntry> {
        let is = |own: &str| own.eq_ignore_ascii_case(name);
        self.manifest.markets.iter().find(|m| is(m.condition.as_str()) || is(&m.slug))
    }

    fn of_event(&self, event: &str) -> Vec<&MarketEntry> {
        self.manifest.markets.iter().filter(|m| m.event.as_deref() == Some(event)).collect()
    }
}

fn one<'a>(found: &[&'a MarketEntry]) -> Result<&'a MarketEntry, MarketProblem> {
    match found {
        [] => Err(MarketProblem::NotFound),
        [market] => Ok(market),
        several => {
            let mut slugs: Vec<_> = several.iter().map(|m| m.slug.clone()).collect();
            slugs.sort_unstable();
            Err(MarketProblem::Several { slugs })
        }
    }
}

/// What a polymarket.com address names.
#[derive(Debug, PartialEq, Eq)]
enum Address<'a> {
    /// `/event/EVENT/MARKET` or `/market/MARKET`.
    Market(&'a str),
    /// `/event/EVENT`.
    Event(&'a str),
}

fn address(text: &str) -> Option<Address<'_>> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let rest = rest.strip_prefix("www.").unwrap_or(rest).strip_prefix("polymarket.com/")?;
    let path = rest.split(['?', '#']).next()?;
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        ["event", event] => Some(Address::Event(event)),
        ["event", _, market] | ["market", market] => Some(Address::Market(market)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_a_market_or_an_event() {
        for (text, expected) in [
            ("https://polymarket.com/event/e", Some(Address::Event("e"))),
            ("https://www.polymarket.com/event/e/m?tid=1#x", Some(Address::Market("m"))),
            ("http://polymarket.com/market/m/", Some(Address::Market("m"))),
            ("https://example.com/event/e", None),
            ("m", None),
        ] {
            assert_eq!(address(text), expected, "{text}");
        }
    }
}
