//! What stands in front of the venue's hosts: per-route limits by peer, which first slow a client down
//! and then refuse it, and the block of countries (venue.md 7.1, 7.3). Off unless asked for; whoever
//! hosts the doors asks here before a request is dispatched.

#[cfg(test)]
mod tests;

use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::desk::Desk;
use crate::serve::routes::{Route, route};
use crate::venue::Whereabouts;
use serde_json::json;
use std::collections::HashMap;
use std::net::IpAddr;

pub(in crate::serve) const ROUTES: &[Route] =
    &[route(Service::Clob, "GET", "/api/geoblock", geoblock)];

/// Slots of a window: what is older than one of them less than the window may still count.
const SLOTS: usize = 100;
/// How much of a limit may be exceeded slowly before it is refused, in tenths, and at least this much.
/// The venue's own share is not published.
const SLOWED_TENTHS: u32 = 1;
/// The longest a request is held back, in milliseconds.
const SLOWED_MOST_MILLIS: u64 = 1_000;

/// One published limit: so many requests in so many seconds, over all of the routes named.
struct Rule {
    service: Option<Service>,
    method: Option<&'static str>,
    /// Patterns; none stand for all routes of the host.
    patterns: &'static [&'static str],
    most: u32,
    secs: u32,
}

const fn all(service: Option<Service>, most: u32) -> Rule {
    Rule { service, method: None, patterns: &[], most, secs: 10 }
}

const fn reads(service: Service, patterns: &'static [&'static str], most: u32) -> Rule {
    Rule { service: Some(service), method: None, patterns, most, secs: 10 }
}

const fn trades(
    method: &'static str,
    patterns: &'static [&'static str],
    (most, secs): (u32, u32),
) -> Rule {
    Rule { service: Some(Service::Clob), method: Some(method), patterns, most, secs }
}

/// The table of venue.md 7.1, as far as the emulator has the routes.
const RULES: &[Rule] = &[
    all(None, 15_000),
    all(Some(Service::Clob), 9_000),
    all(Some(Service::Gamma), 4_000),
    all(Some(Service::Data), 1_000),
    reads(Service::Clob, &["/book"], 1_500),
    reads(Service::Clob, &["/price"], 1_500),
    reads(Service::Clob, &["/midpoint"], 1_500),
    reads(Service::Clob, &["/books"], 500),
    reads(Service::Clob, &["/prices"], 500),
    reads(Service::Clob, &["/midpoints"], 500),
    reads(Service::Clob, &["/prices-history"], 1_000),
    reads(Service::Clob, &["/tick-size"], 200),
    reads(Service::Clob, &["/balance-allowance"], 200),
    reads(Service::Clob, &["/balance-allowance/update"], 50),
    reads(
        Service::Clob,
        &["/data/orders", "/data/order/{id}", "/data/trades", "/notifications"],
        900,
    ),
    reads(Service::Clob, &["/data/orders"], 500),
    reads(Service::Clob, &["/data/trades"], 500),
    reads(Service::Clob, &["/notifications"], 125),
    reads(
        Service::Clob,
        &[
            "/auth/api-key",
            "/auth/api-keys",
            "/auth/derive-api-key",
            "/auth/readonly-api-key",
            "/auth/readonly-api-keys",
            "/auth/builder-api-key",
            "/auth/ban-status/closed-only",
        ],
        100,
    ),
    reads(Service::Clob, &["/ok"], 100),
    trades("POST", &["/order"], (5_000, 10)),
    trades("POST", &["/order"], (120_000, 600)),
    trades("DELETE", &["/order"], (5_000, 10)),
    trades("DELETE", &["/order"], (120_000, 600)),
    trades("POST", &["/orders"], (2_000, 10)),
    trades("POST", &["/orders"], (21_000, 600)),
    trades("DELETE", &["/orders"], (2_000, 10)),
    trades("DELETE", &["/orders"], (15_000, 600)),
    trades("DELETE", &["/cancel-all"], (250, 10)),
    trades("DELETE", &["/cancel-all"], (6_000, 600)),
    trades("DELETE", &["/cancel-market-orders"], (1_500, 10)),
    trades("DELETE", &["/cancel-market-orders"], (21_000, 600)),
    reads(Service::Gamma, &["/events", "/markets"], 900),
    reads(Service::Gamma, &["/events"], 500),
    reads(Service::Gamma, &["/markets"], 300),
    reads(Service::Gamma, &["/comments"], 200),
    reads(Service::Gamma, &["/tags"], 200),
    reads(Service::Gamma, &["/public-search"], 350),
    reads(Service::Data, &["/trades"], 200),
    reads(Service::Data, &["/positions"], 150),
    reads(Service::Data, &["/closed-positions"], 150),
    Rule {
        service: Some(Service::Relayer),
        method: Some("POST"),
        patterns: &["/submit"],
        most: 25,
        secs: 60,
    },
];

impl Rule {
    fn covers(&self, service: Service, method: &str, pattern: &str) -> bool {
        self.service.is_none_or(|host| host == service)
            && self.method.is_none_or(|only| only == method)
            && (self.patterns.is_empty() || self.patterns.contains(&pattern))
    }

    fn micros(&self) -> i64 {
        i64::from(self.secs) * 1_000_000
    }

    /// Up to here requests are held back; from here they are refused.
    fn slowed_most(&self) -> u32 {
        self.most.saturating_add((self.most / 10).saturating_mul(SLOWED_TENTHS).max(1))
    }
}

/// What the edge says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serve) enum Admission {
    /// Let it in.
    Admit,
    /// Let it in after so many milliseconds.
    Throttle(u64),
    /// 429, to come back after so many seconds.
    Refuse(u64),
}

/// A sliding window, counted in slots.
#[derive(Clone, Debug)]
struct Window {
    slots: [u32; SLOTS],
    /// The number of the newest slot since the epoch.
    newest: i64,
    sum: u32,
}

impl Window {
    const fn new(newest: i64) -> Self {
        Self { slots: [0; SLOTS], newest, sum: 0 }
    }

    fn place(number: i64) -> usize {
        usize::try_from(number.rem_euclid(SLOTS as i64)).expect("below the number of slots")
    }

    /// Forgets what fell out of the window.
    fn slide(&mut self, to: i64) {
        let steps = to.saturating_sub(self.newest).clamp(0, SLOTS as i64);
        for step in (0..steps).rev() {
            if let Some(slot) = self.slots.get_mut(Self::place(to - step)) {
                self.sum -= std::mem::take(slot);
            }
        }
        self.newest = self.newest.max(to);
    }

    fn count(&mut self) {
        if let Some(slot) = self.slots.get_mut(Self::place(self.newest)) {
            *slot = slot.saturating_add(1);
            self.sum = self.sum.saturating_add(1);
        }
    }

    /// In how many slots the oldest request still counted falls out.
    fn slots_left(&self) -> i64 {
        let oldest = (0..SLOTS as i64).rev().find(|age| {
            let slot = self.slots.get(Self::place(self.newest - age));
            slot.is_some_and(|count| *count > 0)
        });
        SLOTS as i64 - oldest.unwrap_or_default()
    }
}

/// All peers' windows. Time is the caller's, in microseconds, and does not go back.
#[derive(Clone, Debug, Default)]
pub(in crate::serve) struct Edge {
    windows: HashMap<(IpAddr, usize), Box<Window>>,
}

impl Edge {
    /// Judges a request by the tightest of the limits that cover it, and counts it unless it is refused.
    /// `pattern` is the route's, such as `/data/order/{id}`.
    pub(in crate::serve) fn admit(
        &mut self,
        peer: IpAddr,
        now_micros: i64,
        (service, method, pattern): (Service, &str, &str),
    ) -> Admission {
        let covering: Vec<(usize, &Rule)> = RULES
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.covers(service, method, pattern))
            .collect();
        let mut slowest = 0;
        for (number, rule) in &covering {
            let slot = rule.micros() / SLOTS as i64;
            let at = now_micros.div_euclid(slot);
            let window = self.windows.entry((peer, *number));
            let window = window.or_insert_with(|| Box::new(Window::new(at)));
            window.slide(at);
            if window.sum < rule.most {
                continue;
            }
            let wait = window.slots_left().saturating_mul(slot);
            let wait = u64::try_from(wait).unwrap_or_default();
            if window.sum >= rule.slowed_most() {
                return Admission::Refuse(wait.div_ceil(1_000_000));
            }
            slowest = slowest.max(wait.div_ceil(1_000).min(SLOWED_MOST_MILLIS));
        }
        for (number, _) in covering {
            if let Some(window) = self.windows.get_mut(&(peer, number)) {
                window.count();
            }
        }
        if slowest == 0 { Admission::Admit } else { Admission::Throttle(slowest) }
    }
}

/// The page that refuses a request, where trading is refused at this place: for orders only; books can
/// be read and orders cancelled from everywhere.
pub(in crate::serve) fn blocked(
    place: &Whereabouts,
    service: Service,
    method: &str,
    path: &str,
) -> Option<Reply> {
    let is_order = service == Service::Clob && method == "POST";
    let is_order = is_order && ["/order", "/orders"].contains(&path);
    (place.is_blocked && is_order).then(blocked_page)
}

/// A 403 as the venue's provider words it: HTML, which no client can read as JSON.
fn blocked_page() -> Reply {
    let body = "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head><title>Attention Required! | Cloudflare\
        </title></head>\n<body>\n<h1>Sorry, you have been blocked</h1>\n<h2>You are unable to access \
        polymarket.com</h2>\n</body>\n</html>\n";
    Reply {
        status: 403,
        headers: vec![("Server", "cloudflare".to_owned())],
        content_type: "text/html; charset=UTF-8",
        body: body.into(),
        is_secret: false,
    }
}

fn geoblock(desk: &Desk, call: &Call) -> Answer {
    let place = desk.with(call, |venue| venue.settings.place.clone());
    let ip = call.header("cf-connecting-ip").unwrap_or("127.0.0.1");
    Ok(Reply::json(&json!({
        "blocked": place.is_blocked, "ip": ip, "country": place.country, "region": place.region,
    })))
}
