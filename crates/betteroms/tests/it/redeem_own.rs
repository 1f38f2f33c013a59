//! Shares into dollars by a plain account, which signs its transactions and pays for them: approvals, standard and
//! neg-risk results, complete sets of both. After each the books are the chain's, to the millionth; nothing is sent
//! twice, whatever was cut off where.
//!
//! Controls planted once and seen red: an account whose waiting transactions are not waited for, which merged a
//! second time; each call sent twice.

use crate::desk::{Desk, Operator, market, shares};
use betteroms::crash::{Point, VARIABLE};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// `mined_after`: how long a transaction waits for its block, in milliseconds.
fn venue(mined_after: u32) -> Desk {
    Desk::open(&json!({
        "seed": 11, "settings": { "minedAfterMillis": mined_after, "confirmedAfterMillis": 20 },
        "markets": [
            market("sunny", None), market("tie", None), market("pair", None), market("open", None),
            market("fed-up", Some("fed")), market("fed-down", Some("fed")), market("fed-same", Some("fed")),
        ],
        "accounts": [{ "name": "bob", "wallet": "eoa", "cash": 1000, "approvals": "none", "shares": [
            shares("sunny", "Yes", "12.5"), shares("sunny", "No", "2"), shares("tie", "No", "7.000001"),
            shares("pair", "Yes", "10"), shares("pair", "No", "6.25"), shares("open", "Yes", "20"),
            shares("fed-up", "Yes", "40"), shares("fed-down", "No", "30"),
            shares("fed-same", "Yes", "8"), shares("fed-same", "No", "9"),
        ] }],
    }))
}

/// What all of it brings: 12.5 + 3.5 (7.000001 halves, rounded down) + 6.25 + 40 + 30 + 8 in a set.
const BRINGS: &str = "100.25";
const AFTER: &str = "1100.25";
/// Two standard results, two of the group, and one set of each kind.
const CONVERSIONS: usize = 6;

fn settle_in<'a>(desk: &'a Desk) -> Operator<'a> {
    let bob = Operator::new(desk, "bob");
    let key = desk.account("bob")["privateKey"].as_str().unwrap();
    bob.with_input(&["import"], key).expect(0);
    bob.name_wallet();
    bob.account(&["keys"]).expect(0);
    bob
}

fn resolve(desk: &Desk) {
    for (slug, payout) in [("sunny", "1"), ("tie", "0.5"), ("fed-up", "1"), ("fed-down", "0")] {
        desk.resolve(slug, payout);
    }
}

/// The chain's cash, and that of the books.
fn cash(bob: &Operator<'_>) -> (String, String) {
    let status = bob.account(&["status", "--json"]).expect(0).json();
    let account = status["account"].as_str().unwrap();
    let books = bob.house.call(&["status", "--json", "--account", account]).expect(0).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&status["cash"]["chain"]), text(&books["cash"]))
}

fn pass(bob: &Operator<'_>) -> Value {
    let config = bob.house.path("config.toml");
    let config = config.to_str().unwrap();
    bob.house.call(&["--config", config, "--json", "run", "--real"]).expect(0).json()["report"]
        .clone()
}

/// Everything is converted, once, and booked.
fn judge(desk: &Desk, bob: &Operator<'_>, before: usize) {
    let sent = desk.transactions();
    let reverted: Vec<&Value> = sent.iter().filter(|one| !one["reverted"].is_null()).collect();
    assert_eq!((sent.len() - before, reverted), (CONVERSIONS, Vec::new()));
    let events = bob.house.verify();
    let again = bob.account(&["redeem", "--yes", "--json"]).expect(0).json();
    assert_eq!((&again["done"], &again["cash"]), (&json!(0), &json!("0")), "{again}");
    assert_eq!((desk.transactions().len(), bob.house.verify()), (sent.len(), events));
    let (chain, books) = cash(bob);
    assert_eq!((chain.as_str(), books.as_str()), (AFTER, AFTER));
    let report = pass(bob);
    assert_eq!((&report["attention"], &report["cash"]["total"]), (&json!([]), &json!(AFTER)));
    assert_eq!(desk.ask("GET", "/emulator/ledger", "")["audit"]["balanced"], true);
}

#[test]
fn a_plain_account_approves_redeems_and_merges_by_its_own_transactions() {
    let desk = venue(20);
    let bob = settle_in(&desk);
    let wallet = desk.account("bob")["funder"].as_str().unwrap().to_owned();
    let coins = |pol: &str| {
        desk.post(&format!("/emulator/accounts/{wallet}"), &json!({ "pol": pol }).to_string());
    };
    coins("0.01");
    let poor = bob.account(&["allowances", "--neg-risk", "--yes"]).expect(4);
    assert!(poor.err.contains("send it some POL first"), "{}", poor.err);
    assert_eq!(desk.requests("POST", "/submit") + desk.transactions().len(), 0);
    coins("2");
    bob.account(&["adopt", "--yes"]).expect(0);
    resolve(&desk);
    let said = bob.account(&["redeem", "--yes"]).expect(3);
    assert!(said.err.contains("the adapter may not take the shares"), "{}", said.err);
    assert_eq!(desk.transactions().len(), 0, "nothing that must revert is sent");

    // The answer to the first one is lost, and the transaction is not.
    desk.fault(&json!({ "on": "POST /rpc", "match": "eth_sendRawTransaction", "times": 1,
        "what": "drop_reply" }));
    let sent = bob.account(&["allowances", "--neg-risk", "--yes", "--json"]).expect(0).json();
    let approvals = sent["transactions"].as_array().unwrap().len();
    assert_eq!((approvals, desk.transactions().len()), (8, 8), "{sent}");
    let nothing = bob.account(&["allowances", "--neg-risk", "--yes"]).expect(0).out;
    assert_eq!(nothing, "approvals nothing is missing\n");

    let shown = bob.account(&["redeem"]).expect(0).out;
    assert!(shown.contains(&format!("in all    ${BRINGS} to come")), "{shown}");
    assert_eq!(desk.transactions().len(), approvals, "a look sends nothing");
    let done = bob.account(&["redeem", "--yes", "--json"]).expect(0).json();
    assert_eq!((&done["done"], &done["cash"]), (&json!(CONVERSIONS), &json!(BRINGS)));
    judge(&desk, &bob, approvals);
    assert!(bob.looked() > 15);
}

/// Ends at a point: whether it got there. Where it did not, it did its work.
fn ended(bob: &Operator<'_>, point: Point) -> bool {
    let mut command = bob.command(&["redeem", "--yes"]);
    command.env(VARIABLE, point.name()).stdout(Stdio::null());
    let output = command.output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    bob.look(&err, &[point.name()]);
    let aborted = std::os::unix::process::ExitStatusExt::signal(&output.status) == Some(6);
    assert!(aborted || output.status.success(), "{}: {err}", output.status);
    aborted
}

/// Cut off between the sending and the block, again and again: what is under way is waited for, and the same
/// command books it and goes on.
#[test]
fn what_was_cut_off_before_its_block_is_booked_and_not_sent_again() {
    let desk = venue(1_500);
    let bob = settle_in(&desk);
    bob.account(&["allowances", "--neg-risk", "--yes"]).expect(0);
    bob.account(&["adopt", "--yes"]).expect(0);
    resolve(&desk);
    let before = desk.transactions().len();
    assert!(ended(&bob, Point::Converting));
    assert_eq!(desk.transactions().len(), before, "meant, and not sent");
    let (mut cuts, mut under_way) = (0, 0);
    for point in [Point::HandedOver, Point::Converted].into_iter().cycle() {
        if !ended(&bob, point) {
            break;
        }
        cuts += 1;
        under_way += usize::from(desk.transactions().len() - before < cuts);
        // A pass that sees the chain before the block changes nothing; one that sees it after it books it.
        if cuts == 2 {
            pass(&bob);
        }
    }
    println!("{cuts} times cut off, {under_way} of them before the block");
    assert_eq!((cuts, under_way), (CONVERSIONS, CONVERSIONS / 2));
    judge(&desk, &bob, before);
}

/// A transaction that does not get into a block holds everything up; nothing is sent behind it.
#[test]
fn nothing_is_sent_behind_a_transaction_that_is_stuck() {
    let desk = venue(100_000);
    let bob = settle_in(&desk);
    let mut first = bob.command(&["allowances", "--yes"]);
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let nonce = || {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_getTransactionCount",
            "params": [desk.account("bob")["funder"], "pending"] });
        let told = crate::desk::post(desk.url("relayer"), "/rpc", &body.to_string());
        told.contains(r#""0x1""#)
    };
    let begun = Instant::now();
    while !nonce() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing was sent");
        std::thread::sleep(Duration::from_millis(20));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let said = bob.account(&["allowances", "--yes"]).expect(2);
    assert!(said.err.contains("in no block for half a minute"), "{}", said.err);
    assert!(nonce() && desk.transactions().is_empty(), "one, and it waits still");
}
