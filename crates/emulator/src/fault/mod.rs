//! What goes wrong on purpose: rules addressed by route and count, or by seeded probability.
//!
//! A rule is one JSON object, here with every field it may have:
//!
//! ```json
//! {"on": "clob POST /order", "from": 2, "to": 9, "every": 3, "chance": 500000, "times": 2,
//!  "match": "0xabc", "what": {"status": {"status": 503, "retry_after": 4, "when": "after"}}}
//! ```
//!
//! * `on` is the address: `*` for every call, `clob *` for a host's, else method and pattern of a route,
//!   as `POST /order` or with its host in front; `socket market`, `socket user`, `socket *` for frames
//!   that the venue sends. The control interface is never struck.
//! * `match` narrows that to calls whose path, query or body holds a text: an order's id, a token.
//! * When: a rule counts the calls that fit it, from 1, since it was set. `nth` picks one; `from`, `to`
//!   and `every` pick many (`every` counts from `from`); `chance` lets each of those strike with a
//!   probability in millionths, drawn from the seed, the rule's number and the count: equal seeds and
//!   calls give equal strikes. `times` is the most strikes. Without any of them every call is struck.
//! * `what` is a [`What`]: its word with its fields, or the bare word where it needs none.
//!
//! Several rules may strike one call; they do so in the order in which they were set. How a strike is
//! carried out is decided where calls are answered; here it is only decided that it happens.

mod rule;
pub mod tamper;
mod what;

#[cfg(test)]
mod tests;

pub use rule::{BadRule, Rule};
pub(crate) use what::grid;
pub use what::{Fate, ModeChange, Pick, Poison, What, When};

use crate::serve::call::{Call, Reply, Service};
use rule::On;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// The most answers that are kept to be given again.
const FROZEN_MOST: usize = 1_000;

/// The rules in force.
#[derive(Debug, Default)]
pub struct Faults {
    seed: u64,
    rules: BTreeMap<u64, Armed>,
    set: u64,
    frozen: HashMap<(u64, String), Reply>,
}

/// A rule in force.
#[derive(Clone, Debug)]
struct Armed {
    rule: Rule,
    on: On,
    fitted: u64,
    struck: u64,
}

/// A rule that strikes now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strike {
    /// The rule's number.
    pub rule: u64,
    /// The how-manieth call that fits it this is.
    pub nth: u64,
    /// What it does.
    pub what: What,
}

/// A rule as it is listed.
#[derive(Clone, Debug, Serialize)]
pub struct Listed<'a> {
    /// Its number.
    pub number: u64,
    /// How many calls fitted.
    pub fitted: u64,
    /// How many were struck.
    pub struck: u64,
    /// As it was written.
    pub rule: &'a Rule,
}

impl Faults {
    /// No rules, and the seed that probabilities are drawn from.
    pub fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// Sets a rule and gives it the next number, from 1; a number never comes back.
    ///
    /// # Errors
    /// When its address is none.
    pub fn set(&mut self, rule: Rule) -> Result<u64, BadRule> {
        let on = rule.on()?;
        self.set += 1;
        self.rules.insert(self.set, Armed { rule, on, fitted: 0, struck: 0 });
        Ok(self.set)
    }

    /// Takes a rule away; false where there is none of that number.
    pub fn remove(&mut self, number: u64) -> bool {
        self.frozen.retain(|(rule, _), _| *rule != number);
        self.rules.remove(&number).is_some()
    }

    /// Takes all rules away; how many there were. What they did to the venue stays.
    pub fn clear(&mut self) -> usize {
        self.frozen.clear();
        std::mem::take(&mut self.rules).len()
    }

    /// The rules in force, in order.
    pub fn list(&self) -> impl Iterator<Item = Listed<'_>> {
        self.rules.iter().map(|(number, armed)| Listed {
            number: *number,
            fitted: armed.fitted,
            struck: armed.struck,
            rule: &armed.rule,
        })
    }

    /// Counts a call of a route and tells what strikes it.
    pub fn strike(&mut self, pattern: &str, call: &Call) -> Vec<Strike> {
        let seed = self.seed;
        let fits = |armed: &Armed| {
            let is_here = match armed.on {
                On::Everything => true,
                On::Host(service) => service == call.service,
                On::Route(service, method, known) => {
                    service == call.service && method == call.method && known == pattern
                }
                On::Socket(_) => false,
            };
            is_here && armed.rule.holding.as_deref().is_none_or(|text| holds(call, text))
        };
        let rules = self.rules.iter_mut().filter(|(_, armed)| fits(armed));
        rules.filter_map(|(number, armed)| armed.next(seed, *number)).collect()
    }

    /// Counts a frame that is about to be sent to one socket of a channel (`market` or `user`) and tells
    /// what strikes it. `frame` is its text, for `match`.
    pub fn strike_frame(&mut self, channel: &str, frame: &str) -> Vec<Strike> {
        let seed = self.seed;
        let fits = |armed: &Armed| {
            let is_here = match armed.on {
                On::Socket(known) => known.is_none_or(|known| known == channel),
                On::Everything | On::Host(_) | On::Route(..) => false,
            };
            is_here && armed.rule.holding.as_deref().is_none_or(|text| frame.contains(text))
        };
        let rules = self.rules.iter_mut().filter(|(_, armed)| fits(armed));
        rules.filter_map(|(number, armed)| armed.next(seed, *number)).collect()
    }

    /// The answer that a rule froze for equal calls.
    pub fn frozen(&self, rule: u64, call: &Call) -> Option<&Reply> {
        self.frozen.get(&(rule, same(call)))
    }

    /// Freezes an answer for equal calls.
    pub fn freeze(&mut self, rule: u64, call: &Call, reply: &Reply) {
        if self.frozen.len() < FROZEN_MOST {
            self.frozen.entry((rule, same(call))).or_insert_with(|| reply.clone());
        }
    }
}

impl Armed {
    /// Counts a call that fits.
    fn next(&mut self, seed: u64, number: u64) -> Option<Strike> {
        self.fitted += 1;
        let (nth, rule) = (self.fitted, &self.rule);
        let from = rule.from.unwrap_or(1);
        let is_due = rule.nth.is_none_or(|only| only == nth)
            && nth >= from
            && rule.to.is_none_or(|to| nth <= to)
            && rule.every.is_none_or(|every| (nth - from + 1).is_multiple_of(every))
            && rule.times.is_none_or(|times| self.struck < times)
            && rule.chance.is_none_or(|chance| drawn(seed, number, nth) < u64::from(chance));
        if !is_due {
            return None;
        }
        self.struck += 1;
        Some(Strike { rule: number, nth, what: rule.what.clone() })
    }
}

/// A number below a million, of nothing but its three arguments (splitmix64).
fn drawn(seed: u64, rule: u64, nth: u64) -> u64 {
    let mix = |word: u64| {
        let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    };
    mix(mix(mix(seed) ^ rule) ^ nth) % 1_000_000
}

/// Whether a call holds a text.
fn holds(call: &Call, text: &str) -> bool {
    let in_body = || {
        let bytes = text.as_bytes();
        bytes.is_empty() || call.body.windows(bytes.len()).any(|window| window == bytes)
    };
    call.path.contains(text) || call.query.iter().any(|(_, v)| v.contains(text)) || in_body()
}

/// What tells calls with the same question apart from others.
fn same(call: &Call) -> String {
    let body = String::from_utf8_lossy(&call.body);
    format!("{:?} {} {} {:?} {body}", call.service, call.method, call.path, call.query)
}

/// A service's word and a route's pattern as a log names them.
pub fn address(service: Service, method: &str, pattern: &str) -> String {
    format!("{} {method} {pattern}", service.word())
}
