//! What a plan may look like, and what it then says.

use super::{TRADE, plan_of, read, with};
use betteroms_core::market::Side;
use betteroms_core::money::{Price, Shares, Usd};
use betteroms_core::plan::{
    Defaults, Here, IfBlocked, MarketRef, OutcomeRef, Size, TimeInForce, parse,
};

/// Every field of the first form of the plan.
const SEED: &str = r#"// what to do today
{
  "runId": "2026-05-31-morning", /* one name
                                    a day */
  "mode": "paper",
  "defaults": { "maxNotionalUSD": 2000, "goodForSeconds": 900, },
  "trades": [
    {
      "marketId": "will-it-rain", "outcome": "YES", "side": "BUY", "type": "LIMIT",
      "price": 0.42, "size": "100.50", "timeInForce": "GTT", "cancelAfterSec": 60,
      "priceCeil": 0.5, "priceFloor": 0.1, "notes": "ünïcode\nis fine, 雨 too",
    },
    { "marketId": "m2", "outcome": "No", "side": "SELL", "type": "LIMIT", "price": "0.9990", "size": 5, "timeInForce": "GTC", },
  ],
}
"#;

#[test]
fn every_field_of_the_seed_is_read() {
    let plan = parse("plans/day.jsonc", SEED.as_bytes(), &Defaults::default()).unwrap();
    assert_eq!(plan.run_id.as_str(), "2026-05-31-morning");
    assert_eq!(plan.file, "day.jsonc");
    let [first, second] = &plan.trades[..] else { panic!("two trades") };
    assert_eq!(first.market, MarketRef::Market("will-it-rain".into()));
    assert_eq!((first.side, &first.outcome), (Side::Buy, &OutcomeRef::Yes));
    assert_eq!(first.price, Price::parse("0.42").unwrap());
    assert_eq!(first.size, Size::Usdc(Usd::from_micros(100_500_000)));
    assert_eq!(first.time_in_force, Some(TimeInForce::Gtt));
    assert_eq!(first.good_for_secs, Some(60));
    assert_eq!(first.notional_max, Some(Usd::from_units(2_000)));
    assert_eq!(first.notes.as_deref(), Some("ünïcode\nis fine, 雨 too"));
    assert_eq!(first.here, Here { line: 8, column: 5 });
    assert_eq!(first.size_here, Here { line: 10, column: 30 });
    assert_eq!(second.outcome, OutcomeRef::Label("No".into()));
    assert_eq!(second.good_for_secs, None, "goodForSeconds ignores GTC");
    assert_eq!((second.id.as_str(), second.index), ("1", 1));
    assert_eq!(
        plan.remarks,
        ["trades[0].priceFloor is judged on a SELL only and does nothing on this BUY."]
    );
}

#[test]
fn our_own_fields_are_read() {
    let plan = plan_of(
        r#""id": "exit", "event": "https://polymarket.com/event/x?tid=1", "pick": "Réal Madrid", "outcome": "Up",
           "side": "SELL", "price": 0.0001, "size": "all", "sizeUnit": "SHARES", "reduceOnly": true, "postOnly": true,
           "ifBlocked": "deny", "notBefore": "2026-05-31T17:35:22.5+02:00", "notAfter": "2026-06-01T00:00:00Z",
           "priceFloor": "0.05", "priceCeil": 0.9"#,
    );
    let plan = read(&plan).unwrap();
    let trade = &plan.trades[0];
    assert_eq!(trade.id, "exit");
    assert_eq!(trade.size, Size::All);
    assert!(trade.post_only && trade.reduce_only);
    assert_eq!(trade.if_blocked, IfBlocked::Deny);
    assert_eq!(trade.not_before.unwrap().to_string(), "2026-05-31T15:35:22.5Z");
    assert_eq!(plan.remarks.len(), 2, "{:?}", plan.remarks);
}

#[test]
fn sizes_may_be_shares() {
    let plan = read(&with("sizeUnit", "\"SHARES\"")).unwrap();
    assert_eq!(plan.trades[0].size, Size::Shares(Shares::from_units(100)));
    assert!(plan.remarks.is_empty());
    let fine = plan_of(&format!("{TRADE}, \"sizeUnit\": \"SHARES\"").replace("100", "10.019"));
    let fine = read(&fine).unwrap();
    assert_eq!(
        fine.remarks,
        ["trades[0].size: 10.019 shares are placed as 10.01, whole lots of 0.01."]
    );
}

#[test]
fn a_lifetime_reaches_gtt_and_the_undecided_only() {
    let trade = |tif: &str| {
        let plan = plan_of(&format!("{TRADE}{tif}"));
        plan.replace("\"trades\"", "\"defaults\": { \"goodForSeconds\": 7 }, \"trades\"")
    };
    for (tif, lifetime) in [
        ("", Some(7)),
        (", \"timeInForce\": \"GTT\"", Some(7)),
        (", \"cancelAfterSec\": 3", Some(3)),
        (", \"timeInForce\": \"GTC\"", None),
        (", \"timeInForce\": \"FAK\"", None),
        (", \"timeInForce\": \"FOK\"", None),
    ] {
        assert_eq!(read(&trade(tif)).unwrap().trades[0].good_for_secs, lifetime, "{tif}");
    }
}

#[test]
fn a_lifetime_from_config_is_enough_but_stays_out_of_the_plan() {
    let config = Defaults { good_for_secs: Some(600) };
    let text = with("timeInForce", "\"GTT\"");
    let plan = parse("p", text.as_bytes(), &config).unwrap();
    assert_eq!(plan.trades[0].good_for_secs, None);
}

#[test]
fn a_plan_on_one_line_and_one_with_windows_lines_are_plans() {
    assert!(read(&SEED.replace('\n', "\r\n")).is_ok());
    assert!(read(&plan_of(TRADE)).is_ok());
    assert!(read(&format!("{}// end", plan_of(TRADE))).is_ok());
}
