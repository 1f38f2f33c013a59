//! What the venue says about an account, and that no secret of it can be printed.

use crate::payloads::{Count, many, one};
use crate::shared;
use betteroms_core::market::Side;
use betteroms_core::time::Time;
use betteroms_polymarket::wire::account::{
    ApiKeyAnswer, ApiKeys, BalanceAllowance, ClosedOnly, Heartbeat, OrderScoring, RateLimitTier,
    SessionSigners,
};
use betteroms_polymarket::wire::decode;
use betteroms_polymarket::wire::notice::Notification;
use betteroms_polymarket::wire::prices::ByName;

const LITERALS: &[(&str, &str, Count, usize)] = &[
    ("clob.json", "sign_order_should_succeed", one::<ApiKeyAnswer>, 1),
    ("order.json", "client_order_fields_should_persist_new_order", one::<ApiKeyAnswer>, 1),
    ("clob.json", "notifications_should_succeed", many::<Notification>, 1),
    ("clob.json", "balance_allowance_should_succeed", one::<BalanceAllowance>, 1),
    ("clob.json", "post_heartbeats_should_succeed", one::<Heartbeat>, 1),
];

#[test]
fn every_recorded_answer_about_an_account_decodes() {
    let test = "every_recorded_answer_about_an_account_decodes";
    let Some(folder) = shared::payloads(test) else {
        return;
    };
    for (file, name, count, expected) in LITERALS {
        println!("{file} {name}");
        assert_eq!(count(&shared::literal(&folder, file, name)), *expected, "{file} {name}");
    }
    assert_eq!(LITERALS.len(), 5);
    let file = "fixtures_nautilus_lgpl/http_balance_allowance_collateral.json";
    let single: BalanceAllowance = decode(&shared::read(test, file).unwrap()).unwrap();
    assert_eq!(single.balance.whole(), Some(1_000_000_000));
    assert_eq!(single.allowance.unwrap().whole(), Some(999_999_999_000_000));
    assert!(single.allowances.is_empty());
    let file = "fixtures_nautilus_lgpl/http_balance_allowance_no_allowance.json";
    let none: BalanceAllowance = decode(&shared::read(test, file).unwrap()).unwrap();
    assert_eq!((none.balance.as_str(), none.balance.whole()), ("250.500000", None));
    assert_eq!(none.allowance, None);
    let bytes = shared::literal(&folder, "clob.json", "notifications_should_succeed");
    let news: Vec<Notification> = decode(&bytes).unwrap();
    let order = news[0].order.as_ref().unwrap();
    assert_eq!((order.side, order.price.as_str()), (Side::Buy, "0.12"));
    assert_eq!((order.original_size.as_str(), order.matched_size.as_str()), ("2.4", "20"));
}

#[test]
fn a_balance_holds_the_largest_allowance() {
    let max = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
    let text = format!(r#"{{"balance":"12340000","allowances":{{"0xspender":"{max}"}}}}"#);
    let answer: BalanceAllowance = decode(text.as_bytes()).unwrap();
    assert_eq!(answer.balance.whole(), Some(12_340_000));
    assert_eq!(answer.allowances["0xspender"].as_str(), max);
    let spoiled = text.replace(max, "max");
    let error = decode::<BalanceAllowance>(spoiled.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "balance.allowances: is not a number");
}

#[test]
fn no_secret_can_be_printed() {
    for name in ["apiKey", "key"] {
        let text = format!(r#"{{"{name}":"uuid-1","secret":"c2VjcmV0","passphrase":"hunter2"}}"#);
        let answer: ApiKeyAnswer = decode(text.as_bytes()).unwrap();
        assert_eq!(answer.key, "uuid-1");
        assert_eq!((answer.secret.expose(), answer.passphrase.expose()), ("c2VjcmV0", "hunter2"));
        let shown = format!("{answer:?} {answer:#?}");
        assert!(shown.contains("uuid-1"), "{shown}");
        assert!(!shown.contains("c2VjcmV0") && !shown.contains("hunter2"), "{shown}");
    }
    // Nor by an error about the answer it stands in.
    let rows = [
        (r#"{"apiKey":"u","secret":["c2VjcmV0"],"passphrase":"p"}"#, "api-key.secret: is not text"),
        (r#"{"apiKey":"u","secret":"","passphrase":"p"}"#, "api-key.secret: is missing"),
        (r#"{"apiKey":"u","secret":"c2VjcmV0"}"#, "api-key.passphrase: is missing"),
        (r#"{"secret":"c2VjcmV0","passphrase":"p"}"#, "api-key.apiKey: is missing"),
    ];
    for (text, expected) in rows {
        let error = decode::<ApiKeyAnswer>(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(!format!("{error:?}").contains("c2VjcmV0"));
    }
}

#[test]
fn a_heartbeat_and_its_refusal_both_name_the_next_id() {
    let beat: Heartbeat = decode(br#"{"heartbeat_id":"b1"}"#).unwrap();
    assert_eq!((beat.heartbeat_id.as_str(), beat.error), ("b1", None));
    for name in ["error_msg", "error"] {
        let text = format!(r#"{{"{name}":"Invalid Heartbeat ID","heartbeat_id":"b2"}}"#);
        let refused: Heartbeat = decode(text.as_bytes()).unwrap();
        assert_eq!(refused.heartbeat_id, "b2");
        assert_eq!(refused.error.as_deref(), Some("Invalid Heartbeat ID"));
    }
    for text in [r#"{"heartbeat_id":""}"#, r#"{"status":"ok"}"#] {
        let error = decode::<Heartbeat>(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "heartbeat.heartbeat_id: is missing", "{text}");
    }
}

#[test]
fn the_small_answers_say_one_thing_each() {
    assert_eq!(decode::<ApiKeys>(br#"{"apiKeys":["a","b"]}"#).unwrap().0, ["a", "b"]);
    assert_eq!(decode::<ClosedOnly>(br#"{"closed_only":true}"#).unwrap(), ClosedOnly(true));
    assert_eq!(decode::<OrderScoring>(br#"{"scoring":false}"#).unwrap(), OrderScoring(false));
    let scoring: ByName<bool> = decode(br#"{"0x1":true,"0x2":false}"#).unwrap();
    assert_eq!(scoring.0.into_values().collect::<Vec<_>>(), [true, false]);
    let tier: RateLimitTier = decode(br#"{"tier":"Standard","future":1}"#).unwrap();
    assert_eq!(tier.tier, "Standard");
    let text =
        br#"{"wallet":"0xa","signers":[{"address":"0xb","scopes":["CLOB"],"valid_until":17e8}]}"#;
    let signers: SessionSigners = decode(text).unwrap();
    assert_eq!(signers.signers[0].valid_until, Time::from_secs(1_700_000_000));
    assert_eq!(signers.signers[0].scopes, ["CLOB"]);
}

#[test]
fn news_of_other_kinds_is_listed_and_not_read() {
    let text = br#"[{"type":6,"owner":"k","payload":"anything"},{"type":"99","owner":"k"}]"#;
    let news: Vec<Notification> = decode(text).unwrap();
    assert!(news.iter().all(|row| row.order.is_none()));
    assert_eq!(news[1].kind.whole(), Some(99));
    for kind in [1, 2, 8] {
        let text = format!(r#"{{"type":{kind},"owner":"k"}}"#);
        let error = decode::<Notification>(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "notification.payload: is missing", "{kind}");
    }
}
