//! The limits, on a clock of the test's own.

use super::*;
use crate::venue::Whereabouts;
use std::net::Ipv4Addr;

const SECOND: i64 = 1_000_000;

const fn peer(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
}

/// Asks so often at one instant; how many were admitted, slowed and refused.
fn ask(edge: &mut Edge, at: i64, times: u32, what: (Service, &str, &str)) -> [u32; 3] {
    let mut seen = [0; 3];
    for _ in 0..times {
        match edge.admit(peer(1), at, what) {
            Admission::Admit => seen[0] += 1,
            Admission::Throttle(millis) => {
                assert!((1..=SLOWED_MOST_MILLIS).contains(&millis), "{millis}");
                seen[1] += 1;
            }
            Admission::Refuse(secs) => {
                assert!(secs >= 1, "{secs}");
                seen[2] += 1;
            }
        }
    }
    seen
}

#[test]
fn a_client_is_slowed_and_then_refused_and_forgotten_after_ten_seconds() {
    let mut edge = Edge::default();
    let tick = (Service::Clob, "GET", "/tick-size");
    assert_eq!(ask(&mut edge, 5 * SECOND, 230, tick), [200, 20, 10]);
    assert_eq!(edge.admit(peer(2), 5 * SECOND, tick), Admission::Admit);
    // Another route has a limit of its own.
    let book = (Service::Clob, "GET", "/book");
    assert_eq!(edge.admit(peer(1), 5 * SECOND, book), Admission::Admit);
    assert_eq!(edge.admit(peer(1), 5 * SECOND, tick), Admission::Refuse(10));
    assert_eq!(edge.admit(peer(1), 14 * SECOND, tick), Admission::Refuse(1));
    assert_eq!(edge.admit(peer(1), 15 * SECOND, tick), Admission::Admit);
    // Also where nobody looked in between, and at another part of the window.
    let mut edge = Edge::default();
    assert_eq!(ask(&mut edge, 5 * SECOND, 230, tick), [200, 20, 10]);
    assert_eq!(ask(&mut edge, 16 * SECOND + 1, 200, tick), [200, 0, 0]);
}

#[test]
fn a_window_slides_and_does_not_jump() {
    let mut edge = Edge::default();
    let update = (Service::Clob, "GET", "/balance-allowance/update");
    for second in 0..10 {
        assert_eq!(ask(&mut edge, second * SECOND, 5, update), [5, 0, 0]);
    }
    // At ten seconds the five of second zero are gone, and no more than those.
    assert_eq!(ask(&mut edge, 10 * SECOND, 7, update), [5, 2, 0]);
}

#[test]
fn order_and_cancel_count_apart_and_ten_minutes_count_too() {
    let mut edge = Edge::default();
    let (post, delete) = ((Service::Clob, "POST", "/orders"), (Service::Clob, "DELETE", "/orders"));
    for minute in 0..10 {
        // Below what ten seconds allow, and 20,000 in ten minutes.
        assert_eq!(ask(&mut edge, minute * 20 * SECOND, 2_000, post), [2_000, 0, 0], "{minute}");
    }
    assert_eq!(ask(&mut edge, 300 * SECOND, 1_500, post), [1_000, 500, 0]);
    assert_eq!(ask(&mut edge, 300 * SECOND, 1, delete), [1, 0, 0]);
    assert_eq!(ask(&mut edge, 900 * SECOND, 1, post), [1, 0, 0]);
}

#[test]
fn all_hosts_together_have_a_limit() {
    let mut edge = Edge::default();
    // Routes without a limit of their own, below the limit of each host.
    let seen = ask(&mut edge, 0, 8_999, (Service::Clob, "GET", "/time"));
    assert_eq!(seen, [8_999, 0, 0]);
    assert_eq!(ask(&mut edge, 0, 3_999, (Service::Gamma, "GET", "/series")), [3_999, 0, 0]);
    let rest = ask(&mut edge, 0, 4_000, (Service::Relayer, "GET", "/nonce"));
    assert_eq!(rest, [2_002, 1_500, 498]);
}

#[test]
fn a_blocked_place_may_read_and_cancel_but_not_order() {
    let mut place =
        Whereabouts { is_blocked: true, country: "US".to_owned(), region: "NY".to_owned() };
    let page = blocked(&place, Service::Clob, "POST", "/order").expect("it is blocked");
    assert_eq!((page.status, page.content_type), (403, "text/html; charset=UTF-8"));
    assert!(page.body.starts_with(b"<!DOCTYPE html>"));
    assert!(blocked(&place, Service::Clob, "POST", "/orders").is_some());
    assert!(blocked(&place, Service::Clob, "DELETE", "/order").is_none());
    assert!(blocked(&place, Service::Clob, "GET", "/book").is_none());
    place.is_blocked = false;
    assert!(blocked(&place, Service::Clob, "POST", "/order").is_none());
}
