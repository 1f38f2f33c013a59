//! The digest: equal for every spelling of one wish, different for another wish.

use super::{TRADE, plan_of, read, with};
use betteroms_core::plan::{Digest, Plan, first_difference};

fn plan(text: &str) -> Plan {
    read(text).unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn spelling_does_not_count() {
    let one = plan(&plan_of(TRADE));
    let reordered = r#"// a comment
      { "trades": [{ "size": "100.00", "price": "0.420", "side": "BUY", "outcome": "YES", "notes": "n",
        "marketId": "will\u002dit-rain", "id": "0", "sizeUnit": "USDC", "type": "LIMIT", "ifBlocked": "wait",
        "postOnly": false, }], "mode": "paper", "$schema": "./plan.schema.json", "runId": "r1" }"#;
    let other = plan(reordered);
    assert_eq!(one.canonical(), other.canonical());
    assert_eq!(one.digest, other.digest);
    assert_eq!(one.digest, Digest::of(one.canonical().as_bytes()));
    assert_eq!(first_difference(&one.canonical(), &other.canonical()), None);
}

#[test]
fn the_canonical_form_and_its_digest_are_pinned() {
    let one = plan(&plan_of(TRADE));
    insta::assert_snapshot!(one.canonical(), @r#"{"runId":"r1","trades":[{"id":"0","marketId":"will-it-rain","outcome":"YES","side":"BUY","price":"0.42","size":"100"}]}"#);
    insta::assert_snapshot!(one.digest.as_str(), @"85e32dddcafab731ed6385ec87aab93faab3313cdb6ea3ad90fbbd826a308033");
}

#[test]
fn the_first_difference_is_named() {
    let base = plan(&plan_of(TRADE));
    let two = plan_of(&format!("{TRADE} }}, {{ {TRADE}"));
    let cap =
        plan_of(TRADE).replace("\"trades\"", "\"defaults\": {\"maxNotionalUSD\": 5}, \"trades\"");
    let mut told = String::new();
    for text in [
        with("price", "0.43"),
        with("size", "101"),
        with("sizeUnit", "\"SHARES\""),
        with("outcome", "\"Up\""),
        with("timeInForce", "\"GTC\""),
        with("cancelAfterSec", "60"),
        with("postOnly", "true"),
        with("notAfter", "\"2026-05-31T17:35:22Z\""),
        with("id", "\"hedge\""),
        with("marketId", "\"other\""),
        plan_of(TRADE).replace("r1", "r2"),
        two,
        cap,
    ] {
        let changed = plan(&text);
        assert_ne!(changed.digest, base.digest, "{text}");
        let difference = first_difference(&base.canonical(), &changed.canonical());
        told.push_str(&difference.expect("they differ"));
        told.push('\n');
    }
    insta::assert_snapshot!(told, @"
    trades[0].price: was 0.42, now 0.43
    trades[0].size: was 100, now 101
    trades[0].sizeUnit: was not set, now SHARES
    trades[0].outcome: was YES, now Up
    trades[0].timeInForce: was not set, now GTC
    trades[0].cancelAfterSec: was not set, now 60
    trades[0].postOnly: was not set, now true
    trades[0].notAfter: was not set, now 2026-05-31T17:35:22Z
    trades[0].id: was 0, now hedge
    trades[0].marketId: was will-it-rain, now other
    runId: was r1, now r2
    trades: was 1, now 2
    trades[0].maxNotionalUSD: was not set, now 5
    ");
}

#[test]
fn what_is_no_canonical_form_has_no_difference() {
    assert_eq!(first_difference("{}", "nonsense"), None);
}
