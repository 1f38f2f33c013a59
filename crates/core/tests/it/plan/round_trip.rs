//! A plan that is printed reads back as itself.

use betteroms_core::plan::{Defaults, Digest, Here, Plan, parse};
use proptest::prelude::*;

/// The operator's file as a random text of fields that go together.
fn trade() -> impl Strategy<Value = String> {
    let market = prop_oneof![
        "[a-z0-9-]{1,20}".prop_map(|slug| format!(r#""marketId": "{slug}""#)),
        ("[a-z]{1,8}", "[A-Za-zé 雨]{0,6}[a-z]")
            .prop_map(|(event, pick)| format!(r#""event": "{event}", "pick": "{}""#, pick.trim())),
    ];
    let outcome = prop::sample::select(vec!["YES", "NO", "Up", "yes", "Ünder 2.5"]);
    let price = (1..10_000_u32, any::<bool>()).prop_map(|(steps, quoted)| {
        let text = format!("0.{steps:04}");
        if quoted { format!("\"{text}\"") } else { text }
    });
    let amount =
        (1..100_000_000_000_i64).prop_map(|m| format!("{}.{:06}", m / 1_000_000, m % 1_000_000));
    let time = prop::sample::select(vec![
        "",
        r#", "timeInForce": "GTC""#,
        r#", "timeInForce": "GTT""#,
        r#", "timeInForce": "GTT", "cancelAfterSec": 45"#,
        r#", "cancelAfterSec": "90""#,
        r#", "timeInForce": "FOK""#,
        r#", "timeInForce": "FAK""#,
    ]);
    let side = prop::sample::select(vec![
        r#""side": "BUY""#,
        r#""side": "SELL", "reduceOnly": true"#,
        r#""side": "SELL", "sizeUnit": "SHARES""#,
    ]);
    let extra = prop::sample::select(vec![
        "",
        r#", "priceCeil": 0.9, "priceFloor": "0.0001""#,
        r#", "ifBlocked": "deny", "notBefore": "2026-05-31T17:35:22.000001Z""#,
        r#", "notes": "a \"quoted\" note\n\t雨 \\ /""#,
        r#", "notAfter": "2027-01-01T00:00:00+05:30", "ifBlocked": "wait""#,
    ]);
    (market, outcome, price, amount, side, time, extra).prop_map(
        |(market, outcome, price, amount, side, time, extra)| {
            format!(
                r#"{{ {market}, "outcome": "{outcome}", {side}, "price": {price}, "size": {amount}{time}{extra} }}"#
            )
        },
    )
}

fn plan() -> impl Strategy<Value = String> {
    let defaults = prop::sample::select(vec![
        "",
        r#""defaults": {}, "#,
        r#""defaults": { "goodForSeconds": 300 }, "#,
        r#""defaults": { "maxNotionalUSD": "2000.5", "goodForSeconds": 300 }, "#,
    ]);
    let trades = prop::collection::vec(trade(), 1..5);
    ("[A-Za-z0-9._-]{1,20}", defaults, trades).prop_map(|(run_id, defaults, trades)| {
        let trades = trades.join(",\n");
        format!(r#"{{ "runId": "{run_id}", "mode": "paper", {defaults}"trades": [{trades}] }}"#)
    })
}

/// The plan without what only its file knows: its bytes, and where things stand in it.
fn without_places(mut plan: Plan) -> Plan {
    plan.sha256 = Digest::of(b"");
    for trade in &mut plan.trades {
        trade.here = Here::default();
        trade.size_here = Here::default();
    }
    plan
}

fn cases() -> u32 {
    let set = std::env::var("BETTEROMS_PROVE_CASES").ok();
    set.and_then(|n| n.parse().ok()).unwrap_or(500)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn print_and_parse_give_the_same_plan(text in plan()) {
        let config = Defaults { good_for_secs: Some(600) };
        let read = |text: &str| parse("p", text.as_bytes(), &config);
        let first = read(&text).map_err(|e| TestCaseError::fail(format!("{e}{text}")))?;
        let printed = first.print();
        let second = read(&printed).map_err(|e| TestCaseError::fail(format!("{e}{printed}")))?;
        prop_assert_eq!(second.print(), printed);
        prop_assert_eq!(second.canonical(), first.canonical());
        prop_assert_eq!(without_places(second), without_places(first));
    }
}
