//! A venue that charges another fee than it announces: the receipt of each trade tells, and the books take it over;
//! where no receipt can be read the wallet's cash has to tell.
//!
//! Planted by hand and seen red: receipts that are read and not used, a preview that reads them, an order that is not
//! loaded for its late receipt, a difference within rounding that is told, one beyond it that is not, a fill that is still
//! read after `account adopt`.

use crate::ledger::{complaints, number, numbers, texts};
use crate::trader::{SCRIPT, Trader, trade};
use betteroms::crash::{Point, VARIABLE};
use serde_json::{Value, json};

/// The fee of ten shares at 0.33 at the announced rate of 0.07.
const EXPECTED: &str = "0.15477";

fn attention(report: &Value) -> Vec<Value> {
    report["attention"].as_array().expect("a list").clone()
}

fn codes(seen: &[Value]) -> Vec<&str> {
    seen.iter().filter_map(|one| one["code"].as_str()).collect()
}

/// A trader at a venue that charges this rate.
fn charging(rate: &str) -> Trader {
    let charged = format!("\"settings\": {{ \"chargedFee\": {{ \"rate\": {rate} }},");
    Trader::at(&SCRIPT.replace("\"settings\": {", &charged), "bob", "")
}

/// Ten shares bought and confirmed at the venue, which our books do not know yet.
fn bought(trader: &Trader) {
    let plan = trader.plan("one", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    let done = trader.trade(&plan);
    assert_eq!(done["counts"]["filled"], 1, "{done:#}");
    std::thread::sleep(std::time::Duration::from_millis(300));
}

/// The node has no receipts, and says so as one does that does not know the method.
fn without_receipts(trader: &Trader) {
    let body = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32_601, "message": "no such method" } });
    trader.venue.fault(&json!({ "on": "relayer POST /rpc", "match": "eth_getTransactionReceipt",
        "what": { "status": { "status": 200, "body": body.to_string() } } }));
}

/// Money comes into the wallet from outside.
fn deposit(trader: &Trader, dollars: &str) {
    let path = format!("/emulator/accounts/{}", trader.wallet);
    trader.venue.post(&path, &json!({ "deposit": dollars }).to_string());
}

/// The fees told by receipts: expected and charged.
fn told(trader: &Trader) -> Vec<(String, String)> {
    let bodies = texts(&trader.house.db(), "SELECT body FROM events WHERE kind = 'fee_charged'");
    let text = |fact: &Value, name: &str| fact[name].as_str().expect("dollars").to_owned();
    let facts = bodies.iter().map(|body| {
        let event: Value = serde_json::from_str(body).expect("an event");
        (text(&event["fact"], "expected"), text(&event["fact"], "charged"))
    });
    facts.collect()
}

#[test]
fn a_fee_as_announced_is_proven_by_its_receipt_and_told_to_nobody() {
    let trader = charging("0.07");
    bought(&trader);
    assert_eq!(attention(&trader.report(&["run", "--real"])), Vec::<Value>::new());
    assert_eq!(told(&trader), [(EXPECTED.to_owned(), EXPECTED.to_owned())]);
    // Once is enough: nothing is left that would have to be read.
    assert_eq!(attention(&trader.report(&["run", "--real"])), Vec::<Value>::new());
    assert_eq!(told(&trader).len(), 1);
    let open = "SELECT COUNT(*) FROM settlements WHERE final = 0";
    assert_eq!(number(&trader.house.db(), open), 0);
    trader.house.verify();
}

#[test]
fn what_rounding_may_make_is_booked_and_told_to_nobody() {
    // 0.15477884 and 0.15480095 before they are rounded.
    for (rate, charged, seen) in [("0.070004", "0.15478", 0), ("0.070014", "0.1548", 1)] {
        let trader = charging(rate);
        bought(&trader);
        let report = trader.report(&["run", "--real"]);
        assert_eq!(attention(&report).len(), seen, "{rate}: {report:#}");
        assert_eq!(told(&trader), [(EXPECTED.to_owned(), charged.to_owned())], "{rate}");
        assert_eq!(attention(&trader.report(&["run", "--real"])), Vec::<Value>::new(), "{rate}");
    }
}

#[test]
fn another_fee_is_told_with_its_trade_booked_and_blocks_nothing() {
    for (rate, charged) in [("0.09", "0.19899"), ("0", "0")] {
        let trader = charging(rate);
        bought(&trader);
        let report = trader.report(&["run", "--real"]);
        let seen = attention(&report);
        assert_eq!(codes(&seen), ["FEE_CHARGED"], "{rate}: {report:#}");
        assert_eq!(
            (&seen[0]["expected"], &seen[0]["charged"]),
            (&json!(EXPECTED), &json!(charged))
        );
        let trade_id = texts(&trader.house.db(), "SELECT trade_id FROM executions");
        assert_eq!(json!(trade_id), json!([seen[0]["tradeId"]]));
        assert_eq!(report["orders"][0]["fee"], charged, "{report:#}");
        // The books hold what the wallet does, nothing waits for anybody, and it is told once.
        let next = trader.report(&["run", "--real"]);
        assert_eq!(attention(&next), Vec::<Value>::new(), "{rate}");
        let spent = 1_000_000_000 - 3_300_000 - micros(charged);
        let cash = number(&trader.house.db(), "SELECT cash FROM accounts WHERE id LIKE 'real:%'");
        assert_eq!(cash, spent, "{rate}");
        let fees = number(&trader.house.db(), "SELECT SUM(fee) FROM executions");
        assert_eq!(fees, micros(charged), "{rate}: the execution has the fee that was charged");
        assert_eq!(complaints(&trader.house.db()), Vec::<String>::new(), "{rate}");
        trader.house.verify();
        let more = trader.plan("two", &[trade("rain", "BUY", "0.33", 5, "GTC")]);
        assert_eq!(trader.trade(&more)["counts"]["filled"], 1, "new exposure is taken");
    }
}

fn micros(dollars: &str) -> i64 {
    let (whole, part) = dollars.split_once('.').unwrap_or((dollars, ""));
    format!("{whole}{part:0<6}").parse().expect("dollars")
}

#[test]
fn the_sentence_names_order_trade_and_both_fees() {
    let trader = charging("0.09");
    bought(&trader);
    let said = trader.call(&["run", "--real"]).expect(3);
    let trade_id = texts(&trader.house.db(), "SELECT trade_id FROM executions").concat();
    for part in ["one/0/1", trade_id.as_str(), "$0.19899", "$0.15477", "[FEE_CHARGED]"] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
}

#[test]
fn a_deposit_of_a_fees_size_is_no_longer_taken_for_one() {
    let trader = charging("0.07");
    bought(&trader);
    deposit(&trader, EXPECTED);
    for _ in 0..2 {
        let seen = attention(&trader.report(&["run", "--real"]));
        assert_eq!(codes(&seen), ["DIFFERS"], "{seen:#?}");
    }
    // And one that hides another fee hides it no longer.
    let trader = charging("0.09");
    bought(&trader);
    deposit(&trader, "0.04422");
    let seen = attention(&trader.report(&["run", "--real"]));
    assert_eq!(codes(&seen), ["DIFFERS", "FEE_CHARGED"], "{seen:#?}");
}

#[test]
fn without_receipts_the_wallets_cash_tells_as_far_as_it_can() {
    for (rate, charged) in [("0.07", None), ("0.09", Some("0.19899")), ("0", Some("0"))] {
        let trader = charging(rate);
        without_receipts(&trader);
        bought(&trader);
        // One pass sees the trade confirmed, the next one's balances are held against it.
        trader.report(&["run", "--real"]);
        let seen = attention(&trader.report(&["run", "--real"]));
        assert_eq!(told(&trader), [], "{rate}");
        let Some(charged) = charged else {
            assert_eq!(seen, Vec::<Value>::new(), "{rate}");
            continue;
        };
        assert_eq!(codes(&seen), ["DIFFERS", "FEES_DIFFER"], "{rate}");
        let about = &seen[1];
        assert_eq!((&about["expected"], &about["charged"]), (&json!(EXPECTED), &json!(charged)));
        assert_eq!(
            (&about["fills"], about["trades"].as_array().map(Vec::len)),
            (&json!(1), Some(1))
        );
        let said = trader.call(&["run", "--real"]);
        assert!(said.out.contains("[FEES_DIFFER]"), "{}", said.out);
        trader.call(&["account", "adopt", "--yes"]).expect(0);
        assert_eq!(attention(&trader.report(&["run", "--real"])), Vec::<Value>::new(), "{rate}");
        // What the chain's word settled no receipt settles again.
        trader.venue.no_faults();
        assert_eq!(attention(&trader.report(&["run", "--real"])), Vec::<Value>::new(), "{rate}");
        assert_eq!(told(&trader), [], "{rate}");
        trader.house.verify();
    }
}

#[test]
fn receipts_that_come_later_are_read_later() {
    let trader = charging("0.09");
    without_receipts(&trader);
    bought(&trader);
    let seen = attention(&trader.report(&["run", "--real"]));
    assert_eq!(codes(&seen), ["DIFFERS", "FEES_DIFFER"]);
    trader.venue.no_faults();
    hide_trades(&trader);
    let seen = attention(&trader.report(&["run", "--real"]));
    assert_eq!(codes(&seen), ["FEE_CHARGED"], "{seen:#?}");
    assert_eq!(attention(&trader.report(&["run", "--real"])), Vec::<Value>::new());
    trader.house.verify();
}

/// The venue shows no trades any more: what is to be read is known without them.
fn hide_trades(trader: &Trader) {
    let nothing = json!({ "limit": 100, "count": 0, "next_cursor": "LTE=", "data": [] });
    trader.venue.fault(&json!({ "on": "clob GET /data/trades",
        "what": { "status": { "status": 200, "body": nothing.to_string() } } }));
}

#[test]
fn a_receipt_that_comes_when_nothing_is_held_any_more_keeps_what_was_earned() {
    let trader = charging("0.09");
    without_receipts(&trader);
    bought(&trader);
    let mut exit = trade("rain", "SELL", "0.30", 10, "FAK");
    exit["reduceOnly"] = json!(true);
    let exit = trader.plan("out", &[exit]);
    trader.report(&["run", "--real"]);
    let sold = trader.trade(&exit);
    assert_eq!(sold["counts"]["filled"], 1, "{sold:#}");
    std::thread::sleep(std::time::Duration::from_millis(300));
    trader.report(&["run", "--real"]);
    trader.venue.no_faults();
    hide_trades(&trader);
    let report = trader.report(&["run", "--real"]);
    assert_eq!(codes(&attention(&report)), ["FEE_CHARGED", "FEE_CHARGED"], "{report:#}");
    // Bought for 3.30 and sold for 3.00; 9 % of 10 × 0.33 × 0.67 and of 10 × 0.30 × 0.70.
    let lost = 300_000 + 198_990 + 189_000;
    let db = trader.house.db();
    let position = "SELECT shares, cost, realised FROM positions WHERE account LIKE 'real:%'";
    assert_eq!(numbers(&db, position), [[0, 0, -lost]]);
    let cash = number(&db, "SELECT cash FROM accounts WHERE id LIKE 'real:%'");
    assert_eq!(cash, 1_000_000_000 - lost);
    assert_eq!(attention(&trader.report(&["run", "--real"])), Vec::<Value>::new());
    trader.house.verify();
}

#[test]
fn a_preview_reads_no_receipts_and_books_no_fee() {
    let trader = charging("0.09");
    bought(&trader);
    let more = trader.plan("two", &[trade("rain", "BUY", "0.33", 5, "GTC")]);
    without_receipts(&trader);
    let asked = || trader.venue.ask("GET", "/emulator/faults", "")[0]["struck"].clone();
    trader.call(&["preview", &more]);
    assert_eq!((asked(), told(&trader)), (json!(0), vec![]));
    trader.report(&["run", "--real"]);
    assert_ne!(asked(), json!(0), "the control");
}

#[test]
fn a_pass_that_is_cut_off_books_a_fee_once() {
    for point in [Point::Observed, Point::Settled, Point::Closed] {
        let trader = charging("0.09");
        bought(&trader);
        let config = trader.house.path("config.toml");
        let mut cut = trader.house.bare();
        cut.env(VARIABLE, point.name()).arg("--db").arg(trader.house.db()).arg("--config");
        let ended = cut.arg(config).args(["run", "--real"]).output().expect("the binary starts");
        assert!(ended.status.code().is_none(), "{point:?}: it was to end there");
        let is_recorded = point == Point::Closed;
        assert_eq!(told(&trader).len(), usize::from(is_recorded), "{point:?}");
        let seen = attention(&trader.report(&["run", "--real"]));
        let expected: &[&str] = if is_recorded { &[] } else { &["FEE_CHARGED"] };
        assert_eq!(codes(&seen), expected, "{point:?}: {seen:#?}");
        assert_eq!(told(&trader), [(EXPECTED.to_owned(), "0.19899".to_owned())], "{point:?}");
        let cash = number(&trader.house.db(), "SELECT cash FROM accounts WHERE id LIKE 'real:%'");
        assert_eq!(cash, 1_000_000_000 - 3_300_000 - 198_990, "{point:?}");
        trader.house.verify();
    }
}
