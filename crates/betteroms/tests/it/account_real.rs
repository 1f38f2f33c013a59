//! A real account from nothing to ready, against the emulated venue: keys, credentials, the checklist,
//! approvals, what keeps it from trading, what was bought elsewhere, the probe. No output shows a secret.
//!
//! Controls planted once and seen red: an import that repeats the key; a setup that is ready without approvals.

use crate::desk::{Desk, Operator};
use crate::house::House;
use crate::trader::{Trader, trade};
use betteroms_polymarket::signing::contracts::ROUTER;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;

fn venue(accounts: &Value) -> Desk {
    Desk::open(&json!({
        "seed": 7,
        "settings": { "minedAfterMillis": 20, "confirmedAfterMillis": 20, "relayedAfterMillis": 10 },
        "markets": [
            { "slug": "sunny", "question": "Will it be sunny?", "tick": 0.01, "minSize": 5 },
        ],
        "accounts": accounts,
        "liquidity": [{ "market": "sunny", "bids": [[0.40, 500]], "asks": [[0.45, 500]] }],
    }))
}

fn step<'a>(setup: &'a Value, name: &str) -> &'a str {
    let steps = setup["steps"].as_array().unwrap();
    let found = steps.iter().find(|step| step["step"] == name);
    found.map_or("not listed", |step| step["is"].as_str().unwrap())
}

fn failing(status: &Value) -> Vec<&str> {
    let rows = status["checks"].as_array().unwrap().iter();
    rows.filter(|row| row["good"] == false).map(|row| row["code"].as_str().unwrap()).collect()
}

#[test]
fn a_deposit_wallet_from_nothing_to_ready() {
    let desk = venue(&json!([
        { "name": "alice", "wallet": "deposit", "cash": 1000, "approvals": "none",
          "shares": [{ "market": "sunny", "outcome": "Yes", "size": 12.5 }] },
    ]));
    let alice = Operator::new(&desk, "alice");
    let account = desk.account("alice");
    let (owner, funder) =
        (account["address"].as_str().unwrap(), account["funder"].as_str().unwrap());
    let key = account["privateKey"].as_str().unwrap();

    let setup = || alice.account(&["setup", "--json"]);
    let first = setup().expect(3).json();
    assert_eq!((step(&first, "configuration"), step(&first, "key")), ("done", "missing"));
    assert_eq!(setup().expect(3).json(), first, "it changes nothing");

    let none = alice.with_input(&["import"], "").expect(4);
    assert!(none.err.contains("no secret was given"), "{}", none.err);
    let bad = alice.with_input(&["import"], &key[..40]).expect(4);
    assert!(bad.err.contains("64 hexadecimal digits"), "{}", bad.err);
    let imported = alice.with_input(&["import"], &format!("{key}\n")).expect(0).out;
    let small = imported.to_lowercase();
    assert!(small.contains(owner) && small.contains(funder), "{imported}");
    let again = alice.with_input(&["import"], key).expect(4);
    assert!(again.err.contains("never overwritten"), "{}", again.err);
    assert!(alice.account(&["new"]).expect(4).err.contains("never overwritten"));

    let named = setup().expect(3);
    assert_eq!(step(&named.json(), "wallet"), "missing");
    let line = format!("wallet = \\\"{funder}\\\"");
    assert!(named.out.to_lowercase().contains(&line), "{}", named.out);
    alice.name_wallet();
    let now = setup().expect(3).json();
    let steps = ["wallet", "on the chain", "API key", "pUSD", "relayer's key", "approvals"];
    let expected = ["done", "done", "missing", "done", "later", "missing"];
    assert_eq!(steps.map(|name| step(&now, name)), expected);

    assert!(alice.account(&["status"]).expect(2).err.contains("`betteroms account keys`"));
    assert!(alice.account(&["keys"]).expect(0).out.contains("(new)"));
    assert!(alice.account(&["keys"]).expect(0).out.contains("(there already)"));
    let status = alice.account(&["status", "--json"]).expect(3).json();
    assert_eq!(failing(&status), ["NO_ALLOWANCE_CHAIN", "NO_ALLOWANCE_VENUE"]);
    assert_eq!(step(&setup().expect(3).json(), "approvals"), "missing");

    let no_way = alice.account(&["allowances", "--yes"]).expect(2);
    assert!(no_way.err.contains("account relayer-key"), "{}", no_way.err);
    alice.account(&["relayer-key", "--make"]).expect(0);
    let shown = alice.account(&["allowances"]).expect(0).out;
    assert!(shown.contains("standard exchange may take $200.00 pUSD"), "{shown}");
    assert!(shown.contains("nothing was sent: add --yes"), "{shown}");
    let sent = alice.account(&["allowances", "--yes"]).expect(0).out;
    assert!(sent.contains("the chain shows them all"), "{sent}");
    let nothing = alice.account(&["allowances", "--yes"]).expect(0).out;
    assert_eq!(nothing, "approvals nothing is missing\n");
    let more = alice.account(&["allowances", "--amount", "500", "--yes"]).expect(0).out;
    assert!(more.contains("$500.00"), "{more}");
    assert!(alice.account(&["allowances", "--amount", "5"]).expect(2).err.contains("one trade"));

    let ready = alice.account(&["status"]).expect(0).out;
    assert!(ready.contains("checks      0 of 11 fail"), "{ready}");
    assert!(setup().expect(0).json()["ready"] == true);

    // Less than what stands is meant as well.
    let less = alice.account(&["allowances", "--amount", "300", "--yes"]).expect(0).out;
    assert!(less.contains("may take $300.00 pUSD"), "{less}");
    // One that another program made, for what we never do.
    let router =
        json!({ "approve": [{ "of": "cash", "spender": ROUTER.to_string(), "amount": 50 }] });
    desk.post(&format!("/emulator/accounts/{funder}"), &router.to_string());
    let back = alice.account(&["allowances", "--revoke", "--yes"]).expect(0).out;
    assert!(back.contains("router may no longer take pUSD"), "{back}");
    let status = alice.account(&["status", "--json"]).expect(3).json();
    assert_eq!(failing(&status), ["NO_ALLOWANCE_CHAIN", "NO_ALLOWANCE_VENUE"]);
    for file in ["signer.json", "credentials.json", "relayer.json"] {
        let path = alice.house.path("../home/.local/share/betteroms/keys").join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        alice.look(&text, &[file]);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    assert!(alice.looked() > 40, "{}", alice.looked());
}

#[test]
fn what_came_from_elsewhere_is_adopted_once() {
    let desk = venue(&json!([
        { "name": "alice", "wallet": "deposit", "cash": 1000,
          "shares": [{ "market": "sunny", "outcome": "Yes", "size": 12.5 }] },
    ]));
    let alice = Operator::new(&desk, "alice");
    alice.settle_in();
    let shown = alice.account(&["adopt"]).expect(0).out;
    assert!(shown.contains("nothing was recorded: add --yes"), "{shown}");
    assert!(shown.contains("12.5 Yes of sunny"), "{shown}");
    assert_eq!(alice.house.verify(), 0);
    let adopted = alice.account(&["adopt", "--yes"]).expect(0).out;
    assert!(adopted.contains("the books now have $1,000.00"), "{adopted}");
    assert_eq!(alice.house.verify(), 3);
    let again = alice.account(&["adopt", "--yes", "--json"]).expect(0).json();
    assert_eq!((again["recorded"].clone(), again["shares"].clone()), (json!(false), json!([])));
    assert_eq!(alice.house.verify(), 3);
    let refused = alice.account(&["adopt", "--account", "paper"]).expect(2);
    assert!(refused.err.contains("real.wallet"), "{}", refused.err);
}

#[test]
fn what_was_traded_elsewhere_is_booked_as_trades_and_not_adopted_as_well() {
    let alice = Trader::new("alice");
    let config = alice.house.path("config.toml");
    let config = config.to_str().unwrap();
    alice.call(&["account", "adopt", "--yes"]).expect(0);
    // Trades are told in whole seconds: this one is after the opening.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let elsewhere = alice.house.path("elsewhere.db");
    let plan = alice.plan("elsewhere", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    for arguments in [&["preview", &plan][..], &["run", "--real", &plan]] {
        alice.house.on(&elsewhere, &[&["--config", config], arguments].concat()).expect(0);
    }
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let refused = alice.call(&["account", "adopt", "--yes"]).expect(2);
    assert!(
        refused.err.contains("1 trades of the wallet are not in the books yet"),
        "{}",
        refused.err
    );
    alice.call(&["run", "--real"]);
    alice.call(&["run", "--real"]);
    let nothing = alice.call(&["account", "adopt", "--yes", "--json"]).expect(0).json();
    assert_eq!((nothing["cash"].clone(), nothing["shares"].clone()), (json!("0"), json!([])));
    assert_eq!(nothing["recorded"], false);
    assert_eq!(alice.differences(), Vec::<String>::new());
}

#[test]
fn the_probe_leaves_nothing_behind_and_a_file_without_secrets() {
    let desk = venue(&json!([{ "name": "alice", "wallet": "deposit", "cash": 1000 }]));
    let alice = Operator::new(&desk, "alice");
    alice.settle_in();
    assert!(alice.account(&["probe"]).expect(2).err.contains("--real"));
    let unasked = alice.account(&["probe", "--real"]).expect(2);
    assert!(unasked.err.contains("each step is asked for"), "{}", unasked.err);
    let arguments = ["probe", "--real", "--yes", "--market", "sunny", "--out", "probe.json"];
    let probe = alice.account(&arguments).expect(0).out;
    for line in [
        " rests\n",
        "looked up: in the open orders; by its id: resting\n",
        "looked up again: not in the open orders; by its id: cancelled\n",
    ] {
        assert!(probe.contains(line), "{line:?} not in {probe}");
    }
    let nowhere = ["probe", "--real", "--yes", "--market", "nope", "--out", "nope.json"];
    let nowhere = alice.account(&nowhere).expect(3).out;
    assert!(nowhere.contains("order: No market is called nope."), "{nowhere}");
    let path = alice.house.path("probe.json");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(&path).unwrap();
    alice.look(&text, &["the probe's file"]);
    let account = desk.account("alice");
    for name in ["address", "funder"] {
        let full = account[name].as_str().unwrap().to_lowercase();
        assert!(!text.to_lowercase().contains(&full), "{name} in full");
    }
    assert!(text.len() > 1_000, "{text}");
    assert!(alice.account(&arguments).expect(2).err.contains("already there"));
    // It is outside the store.
    assert!(!alice.house.db().exists());
}

#[test]
fn each_fact_that_is_not_as_it_must_be_is_told_with_its_code() {
    let desk = venue(&json!([
        { "name": "closed", "wallet": "deposit", "cash": 100, "closedOnly": true },
        { "name": "undeployed", "wallet": "deposit", "cash": 100, "deployed": false },
        { "name": "poor", "wallet": "deposit" },
        { "name": "bob", "wallet": "eoa", "cash": 500, "approvals": "none" },
    ]));
    let mut told = 0;
    for (name, expected, exits) in [
        ("closed", &["CLOSED_ONLY"][..], true),
        // The venue knows no money of a wallet that does not stand.
        ("undeployed", &["WALLET_HAS_NO_CODE", "NO_CASH_AT_VENUE", "NO_ALLOWANCE_VENUE"], false),
        ("poor", &["NO_CASH_AT_VENUE"], true),
    ] {
        let operator = Operator::new(&desk, name);
        let key = desk.account(name)["privateKey"].as_str().unwrap();
        operator.with_input(&["import"], key).expect(0);
        operator.name_wallet();
        operator.account(&["keys"]).expect(0);
        let status = operator.account(&["status", "--json"]).expect(3).json();
        assert_eq!(failing(&status), expected, "{name}");
        let rows = status["checks"].as_array().unwrap();
        let row = rows.iter().find(|row| row["code"] == expected[0]).unwrap();
        assert_eq!(row["letsExits"], exits, "{name}");
        assert!(!row["remedy"].as_str().unwrap().is_empty());
        told += 1;
    }
    assert_eq!(told, 3);

    // A plain account pays its own way, where the node takes what it sends.
    let bob = Operator::new(&desk, "bob");
    bob.with_input(&["import"], desk.account("bob")["privateKey"].as_str().unwrap()).expect(0);
    bob.name_wallet();
    bob.account(&["keys"]).expect(0);
    let full = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"txpool is full"}}"#;
    desk.fault(&json!({ "on": "POST /rpc", "match": "eth_sendRawTransaction",
        "what": { "status": { "status": 200, "body": full } } }));
    let refused = bob.account(&["allowances", "--yes"]).expect(4);
    assert!(refused.err.contains("the node did not take the transaction"), "{}", refused.err);
    assert!(refused.err.contains("txpool is full"), "{}", refused.err);
    let status = bob.account(&["status", "--json"]).expect(3).json();
    assert_eq!(failing(&status), ["NO_ALLOWANCE_CHAIN", "NO_ALLOWANCE_VENUE"]);
}

#[test]
fn where_nothing_answers_every_check_fails() {
    let desk = venue(&json!([{ "name": "alice", "wallet": "deposit", "cash": 1000 }]));
    let alice = Operator::new(&desk, "alice");
    alice.settle_in();
    desk.stop();
    let status = alice.account(&["status", "--json"]).expect(3).json();
    let rows = status["checks"].as_array().unwrap();
    // Only that the key owns the wallet is known without asking.
    assert_eq!(failing(&status).len(), rows.len() - 1, "{status:#}");
    assert_eq!(rows.iter().filter(|row| row["letsExits"] == true).count(), 1, "{status:#}");
}

#[test]
fn faults_of_the_venue_are_told_each_by_its_code() {
    let desk = Desk::open(&json!({
        "seed": 8, "settings": { "version": 3 },
        "markets": [{ "slug": "sunny", "question": "Sunny?", "tick": 0.01, "minSize": 5 }],
        "accounts": [{ "name": "alice", "wallet": "deposit", "cash": 1000 }],
    }));
    let alice = Operator::new(&desk, "alice");
    alice.settle_in();
    let failing_now = || {
        let status = alice.account(&["status", "--json"]).expect(3).json();
        failing(&status).iter().map(|code| (*code).to_owned()).collect::<Vec<_>>()
    };
    // The venue takes orders of version 3 all the while.
    assert_eq!(failing_now(), ["WRONG_VERSION"]);
    let mut told = 0;
    for (on, what, expected) in [
        ("GET /ok", json!({ "status": { "status": 404 } }), "VENUE_UNWELL"),
        ("GET /time", json!({ "clock_skew": { "ms": -90_000 } }), "CLOCK_SKEW"),
        ("GET /api/geoblock", json!({ "geoblock": { "on": true } }), "GEOBLOCKED"),
        ("GET /auth/ban-status/closed-only", json!({ "status": { "status": 401 } }), "CLOSED_ONLY"),
        ("POST /rpc", json!({ "status": { "status": 404 } }), "NODE"),
    ] {
        desk.post("/emulator/faults", &json!({ "on": on, "what": what }).to_string());
        let codes = failing_now();
        assert!(codes.iter().any(|code| code == expected), "{on}: {codes:?}");
        told += 1;
    }
    assert_eq!(told, 5);
    // The credentials are refused by now: they are not made anew in silence.
    let refused = alice.account(&["keys"]).expect(3);
    let line = "if the key is revoked: mv ";
    assert!(refused.out.contains(line) && !refused.out.contains("(new)"), "{}", refused.out);
}

#[test]
fn where_nobody_can_type_the_ways_of_a_passphrase_are_named() {
    let house = House::new();
    let said = house.call(&["account", "new"]).expect(4);
    for way in ["real.passphraseFile", "--passphrase-fd"] {
        assert!(said.err.contains(way), "{way} not in {}", said.err);
    }
}

#[test]
fn credentials_that_do_not_open_are_told_with_their_remedy() {
    let desk = venue(&json!([{ "name": "alice", "wallet": "deposit", "cash": 1000 }]));
    let alice = Operator::new(&desk, "alice");
    alice.settle_in();
    alice.account(&["setup"]).expect(0);
    let file = alice.house.path("../home/.local/share/betteroms/keys/credentials.json");
    let whole = std::fs::read(&file).unwrap();
    let remedy = "run `betteroms account keys` again";
    let mut told = 0;
    for (bytes, mode, words) in [
        (&whole[..whole.len() / 2], 0o600, "is damaged"),
        (&whole, 0o644, "chmod 600"),
        (b"{}", 0o600, "is damaged"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let setup = alice.account(&["setup", "--json"]).expect(3).json();
        assert_eq!((step(&setup, "API key"), &setup["ready"]), ("missing", &json!(false)));
        let text = alice.account(&["setup"]).expect(3).out;
        assert!(text.contains(words) && text.contains(remedy), "{text}");
        let keys = alice.account(&["keys"]).expect(4).err;
        assert!(keys.contains(words), "{keys}");
        assert_eq!(keys.contains(remedy), mode == 0o600, "{keys}");
        told += 1;
    }
    assert_eq!(told, 3);
    // Without a passphrase at hand the file is seen to be whole, and nobody is asked.
    let config = std::fs::read_to_string(alice.house.path("config.toml")).unwrap();
    let lines = config.lines().filter(|line| !line.starts_with("passphraseFile"));
    let config = lines.map(|line| format!("{line}\n")).collect::<String>();
    alice.house.write("config.toml", &config);
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    assert!(alice.account(&["setup"]).expect(3).out.contains("is damaged"));
    std::fs::write(&file, &whole).unwrap();
    alice.account(&["setup"]).expect(0);
    // The remedy works.
    alice.name_wallet();
    std::fs::remove_file(&file).unwrap();
    assert!(alice.account(&["keys"]).expect(0).out.contains("(new)"));
    alice.account(&["setup"]).expect(0);
    // Of a venue that cannot be asked nobody learns that they are bad.
    desk.stop();
    let silent = alice.account(&["keys"]).expect(3).out;
    assert!(silent.contains("the venue did not tell whether it takes them"), "{silent}");
    assert!(!silent.contains("mv ") && !silent.contains("does not take"), "{silent}");
    let silent = alice.account(&["keys", "--json"]).expect(3).json();
    assert_eq!(silent["works"], Value::Null, "{silent}");
}

#[test]
fn a_new_key_is_another_one_each_time_and_never_replaces_one() {
    let desk = venue(&json!([{ "name": "alice", "wallet": "deposit" }]));
    let addresses = [(); 2].map(|()| {
        let home = Operator::new(&desk, "alice");
        let made = home.account(&["new", "--json"]).expect(0).json();
        let path = std::path::PathBuf::from(made["keystore"].as_str().unwrap());
        let before = std::fs::read(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        home.account(&["new"]).expect(4);
        assert_eq!(std::fs::read(&path).unwrap(), before);
        assert_eq!(made["wallets"].as_array().unwrap().len(), 5);
        // Nothing stands on the chain for it yet.
        let setup = home.account(&["setup", "--json"]).expect(3).json();
        assert_eq!(step(&setup, "wallet"), "missing");
        made["address"].as_str().unwrap().to_owned()
    });
    assert_ne!(addresses[0], addresses[1]);
}

#[test]
fn a_session_key_is_looked_up_and_grants_nothing() {
    let desk = venue(&json!([
        { "name": "alice", "wallet": "deposit", "cash": 1000,
          "sessions": [{ "name": "bot", "validUntil": "2099-01-01T00:00:00Z" }] },
        { "name": "bob", "wallet": "deposit", "cash": 900 },
    ]));
    let funder = desk.account("alice")["funder"].as_str().unwrap();
    let session = desk.account("alice")["sessions"][0]["privateKey"].as_str().unwrap();
    let stranger = desk.account("bob")["privateKey"].as_str().unwrap();
    for (key, expected) in [(session, 0), (stranger, 3)] {
        let home = Operator::new(&desk, "bob");
        home.with_input(&["import"], key).expect(0);
        home.configure(&format!("wallet = \"{funder}\""));
        let refused = home.account(&["keys"]).expect(0);
        assert!(refused.out.contains("(new)"));
        assert!(home.account(&["status"]).expect(2).err.contains("real.sessionKey = true"));
        home.configure(&format!("wallet = \"{funder}\"\nsessionKey = true"));
        let status = home.account(&["status", "--json"]).expect(expected).json();
        let unlisted = failing(&status).contains(&"SESSION_KEY_NOT_LISTED");
        assert_eq!(unlisted, expected == 3, "{status:#}");
        let revoke = home.account(&["allowances", "--revoke", "--yes"]).expect(2);
        assert!(revoke.err.contains("do it with the owner's key"), "{}", revoke.err);
    }
}

#[test]
fn wallets_that_we_make_no_transactions_of_are_told_what_to_do_by_hand() {
    let desk = venue(&json!([
        { "name": "carol", "wallet": "safe", "cash": 100, "approvals": "none" },
        { "name": "dora", "wallet": "proxy", "cash": 100, "approvals": "none" },
    ]));
    for (name, words) in [("carol", "in the safe's own app"), ("dora", "on the venue's site")] {
        let home = Operator::new(&desk, name);
        home.with_input(&["import"], desk.account(name)["privateKey"].as_str().unwrap()).expect(0);
        home.name_wallet();
        home.account(&["keys"]).expect(0);
        let refused = home.account(&["allowances", "--yes"]).expect(2);
        assert!(refused.err.contains(words), "{}", refused.err);
        // What is missing was told before, so that it can be done by hand.
        let status = home.account(&["status", "--json"]).expect(3).json();
        assert_eq!(failing(&status), ["NO_ALLOWANCE_CHAIN", "NO_ALLOWANCE_VENUE"], "{name}");
    }
}
