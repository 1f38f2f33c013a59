//! Rules strike where and when they say, and equal seeds strike alike.

use super::*;
use crate::serve::call::Reply;
use bytes::Bytes;

fn rule(json: &str) -> Rule {
    Rule::read(json.as_bytes()).unwrap()
}

fn call(method: &str, path: &str, body: &str) -> Call {
    Call {
        number: 1,
        service: Service::Clob,
        method: method.to_owned(),
        path: path.to_owned(),
        captured: BTreeMap::new(),
        query: Vec::new(),
        headers: BTreeMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

/// Which of the first so many calls of `POST /order` are struck.
fn pattern(json: &str, calls: u64) -> Vec<u64> {
    let mut faults = Faults::new(7);
    faults.set(rule(json)).unwrap();
    let order = call("POST", "/order", "{}");
    (1..=calls).filter(|_| !faults.strike("/order", &order).is_empty()).collect()
}

#[test]
fn counts_address_calls() {
    let of = |when: &str| pattern(&format!(r#"{{"on":"POST /order",{when}"what":"drop"}}"#), 8);
    assert_eq!(of(""), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(of(r#""nth":3,"#), [3]);
    assert_eq!(of(r#""from":2,"to":4,"#), [2, 3, 4]);
    assert_eq!(of(r#""every":3,"#), [3, 6]);
    assert_eq!(of(r#""from":4,"every":2,"#), [5, 7]);
    assert_eq!(of(r#""from":4,"times":2,"#), [4, 5]);
    assert_eq!(of(r#""chance":0,"#), [0_u64; 0]);
    assert_eq!(of(r#""chance":1000000,"times":1,"#), [1]);
}

#[test]
fn equal_seeds_strike_alike_and_others_do_not() {
    let json = r#"{"on":"*","chance":300000,"what":"drop"}"#;
    let run = |seed: u64| -> Vec<bool> {
        let mut faults = Faults::new(seed);
        faults.set(rule(json)).unwrap();
        let order = call("POST", "/order", "{}");
        (0..1_000).map(|_| !faults.strike("/order", &order).is_empty()).collect()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
    let hits = run(7).into_iter().filter(|hit| *hit).count();
    assert!((240..360).contains(&hits), "{hits} of 1000");
}

#[test]
fn only_what_fits_is_counted() {
    let mut faults = Faults::default();
    let json = r#"{"on":"clob POST /order","nth":2,"match":"0xabc","what":"reset"}"#;
    faults.set(rule(json)).unwrap();
    assert!(faults.strike("/order", &call("POST", "/order", "0xabc")).is_empty());
    assert!(faults.strike("/order", &call("POST", "/order", "0xdef")).is_empty());
    assert!(faults.strike("/order", &call("DELETE", "/order", "0xabc")).is_empty());
    let strikes = faults.strike("/order", &call("POST", "/order", "..0xabc.."));
    assert_eq!(strikes.first().map(|strike| (strike.rule, strike.nth)), Some((1, 2)));
}

#[test]
fn frames_and_calls_do_not_mix() {
    let mut faults = Faults::default();
    faults.set(rule(r#"{"on":"socket user","what":"socket_silent"}"#)).unwrap();
    faults.set(rule(r#"{"on":"*","what":"drop"}"#)).unwrap();
    assert!(faults.strike_frame("market", "[]").is_empty());
    let strikes = faults.strike_frame("user", "[]");
    assert_eq!(strikes.len(), 1);
    assert_eq!(faults.strike("/order", &call("POST", "/order", "")).len(), 1);
}

#[test]
fn what_is_wrong_is_named() {
    let told = |json: &str| Rule::read(json.as_bytes()).unwrap_err().to_string();
    assert!(told("{").contains("JSON"));
    assert!(told(r#"{"what":"drop"}"#).contains("`on`"));
    assert!(told(r#"{"on":"*"}"#).contains("`what`"));
    assert!(told(r#"{"on":"POST /nowhere","what":"drop"}"#).starts_with("on: `POST /nowhere`"));
    assert!(told(r#"{"on":"*","what":"explode"}"#).contains("explode"));
    assert!(told(r#"{"on":"*","what":{"delay":{"ms":1,"sec":2}}}"#).contains("`sec`"));
    assert!(told(r#"{"on":"*","nth":0,"what":"drop"}"#).contains("from 1"));
    assert!(told(r#"{"on":"*","chances":1,"what":"drop"}"#).contains("`chances`"));
    assert!(told(r#"{"on":"*","what":"socket_drop"}"#).starts_with("on:"));
    assert!(told(r#"{"on":"socket user","what":"drop"}"#).starts_with("what:"));
    let bad_status = r#"{"on":"*","what":{"status":{"status":99}}}"#;
    assert!(told(bad_status).starts_with("status:"));
}

#[test]
fn a_frozen_answer_goes_with_its_rule() {
    let mut faults = Faults::default();
    let number = faults.set(rule(r#"{"on":"*","what":"stale_book"}"#)).unwrap();
    let (asked, reply) = (call("GET", "/book", ""), Reply::json(&1));
    faults.freeze(number, &asked, &reply);
    faults.freeze(number, &asked, &Reply::json(&2));
    assert_eq!(faults.frozen(number, &asked), Some(&reply));
    assert_eq!(faults.frozen(number, &call("GET", "/books", "")), None);
    assert!(faults.remove(number) && !faults.remove(number));
    assert_eq!(faults.frozen(number, &asked), None);
}
