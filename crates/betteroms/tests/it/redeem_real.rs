//! Shares into dollars on the emulated chain: standard and neg-risk results, complete sets, what was redeemed
//! without us, and what stays. After each the books are the chain's, to the millionth.
//!
//! Control planted once and seen red: a redemption that is booked and never sent.

use crate::desk::{Desk, Operator, market, shares};
use betteroms::crash::{Point, VARIABLE};
use serde_json::{Value, json};

fn venue() -> Desk {
    relaying_after(10)
}

/// A venue whose relayer takes its time.
fn relaying_after(millis: u32) -> Desk {
    Desk::open(&json!({
        "seed": 9,
        "settings": { "minedAfterMillis": 20, "confirmedAfterMillis": 20, "relayedAfterMillis": millis },
        "markets": [
            market("sunny", None), market("tie", None), market("pair", None), market("open", None),
            market("dusty", None), market("fed-up", Some("fed")), market("fed-down", Some("fed")),
        ],
        "accounts": [{ "name": "alice", "wallet": "deposit", "cash": 1000, "shares": [
            shares("sunny", "Yes", "12.5"), shares("sunny", "No", "2"), shares("tie", "No", "7.000001"),
            shares("pair", "Yes", "10"), shares("pair", "No", "6.25"), shares("open", "Yes", "20"),
            shares("dusty", "Yes", "0.5"), shares("fed-up", "Yes", "40"), shares("fed-down", "No", "30"),
        ] }],
    }))
}

fn of<'a>(value: &'a Value, slug: &str) -> &'a Value {
    let markets = value["markets"].as_array().unwrap();
    markets.iter().find(|one| one["slug"] == slug).unwrap_or(&Value::Null)
}

/// The chain's cash, and that of the books.
fn cash(alice: &Operator<'_>) -> (String, String) {
    let status = alice.account(&["status", "--json"]).expect(0).json();
    let account = status["account"].as_str().unwrap();
    let books = alice.house.call(&["status", "--json", "--account", account]).expect(0).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&status["cash"]["chain"]), text(&books["cash"]))
}

#[test]
fn results_and_complete_sets_become_dollars() {
    let desk = venue();
    let alice = Operator::new(&desk, "alice");
    alice.settle_in();
    assert!(alice.account(&["redeem"]).expect(2).err.contains("there is no store"));
    alice.account(&["adopt", "--yes"]).expect(0);
    let before = alice.account(&["redeem", "--json"]).expect(0).json();
    let kinds = ["sunny", "tie", "pair", "open", "dusty", "fed-up"].map(|slug| of(&before, slug));
    let kinds = kinds.map(|row| row["is"].as_str().unwrap());
    assert_eq!(kinds, ["merge", "keep", "merge", "keep", "dust", "keep"]);

    for (slug, payout) in [("sunny", "1"), ("tie", "0.5"), ("fed-up", "1"), ("fed-down", "0")] {
        desk.resolve(slug, payout);
    }
    let events = alice.house.verify();
    let shown = alice.account(&["redeem"]).expect(0).out;
    // 12.5 + 3.5 (7.000001 halves, rounded down) + 6.25 + 40 + 30.
    assert!(shown.contains("in all    $92.25 to come"), "{shown}");
    assert!(shown.contains("dust      0.5 Yes"), "{shown}");
    assert!(shown.contains("nothing was done: add --yes"), "{shown}");
    assert_eq!(alice.house.verify(), events, "a look books nothing");

    let done = alice.account(&["redeem", "--yes", "--json"]).expect(0).json();
    assert_eq!((done["done"].clone(), done["cash"].clone()), (json!(5), json!("92.25")));
    // Four results, and five conversions with what was meant before each.
    assert_eq!(alice.house.verify(), events + 14);
    let (chain, books) = cash(&alice);
    assert_eq!((chain.as_str(), books.as_str()), ("1092.25", "1092.25"));

    let again = alice.account(&["redeem", "--yes", "--json"]).expect(0).json();
    assert_eq!((again["done"].clone(), again["cash"].clone()), (json!(0), json!("0")));
    assert_eq!(of(&again, "sunny"), &Value::Null, "nothing is left there");
    assert_eq!(of(&again, "pair")["chain"], json!(["3.75", "0"]));
    assert_eq!(alice.house.verify(), events + 14);
}

#[test]
fn what_was_redeemed_without_us_is_recognised_and_booked() {
    let desk = venue();
    let [alice, elsewhere] = [(); 2].map(|()| Operator::new(&desk, "alice"));
    for home in [&alice, &elsewhere] {
        home.settle_in();
        home.account(&["adopt", "--yes"]).expect(0);
    }
    desk.resolve("sunny", "1");
    desk.resolve("fed-up", "0");
    elsewhere.account(&["redeem", "--yes"]).expect(0);

    let refused = alice.account(&["adopt", "--yes"]).expect(2);
    assert!(refused.err.contains("became dollars without us"), "{}", refused.err);
    let shown = alice.account(&["redeem", "--json"]).expect(0).json();
    let kinds = ["sunny", "fed-up", "pair"].map(|slug| of(&shown, slug)["is"].as_str().unwrap());
    assert_eq!(kinds, ["redeemed", "redeemed", "merged"]);
    let booked = alice.account(&["redeem", "--yes"]).expect(0).out;
    assert!(booked.contains("booked    sunny: $12.50 (no transaction of ours)"), "{booked}");
    assert!(booked.contains("booked    fed-up: $0.00"), "{booked}");
    assert!(booked.contains("booked    pair: $6.25 (no transaction of ours)"), "{booked}");
    let adopted = alice.account(&["adopt", "--yes", "--json"]).expect(0).json();
    assert_eq!((&adopted["cash"], &adopted["recorded"]), (&json!("0"), &json!(false)));
    let (chain, books) = cash(&alice);
    assert_eq!(chain, books);
    assert!(alice.looked() > 15, "{}", alice.looked());
}

#[test]
fn without_an_approval_of_the_adapter_nothing_is_sent() {
    let desk = venue();
    let alice = Operator::new(&desk, "alice");
    alice.settle_in();
    alice.account(&["adopt", "--yes"]).expect(0);
    desk.resolve("fed-up", "1");
    alice.account(&["allowances", "--revoke", "--yes"]).expect(0);
    alice.account(&["allowances", "--yes"]).expect(0);
    let events = alice.house.verify();
    let said = alice.account(&["redeem", "--yes"]).expect(3);
    assert!(
        said.err.contains("`betteroms account allowances --neg-risk` grants that"),
        "{}",
        said.err
    );
    // The standard markets that came before it are done, and nothing of it is booked twice.
    let booked = said.out.matches("booked").count();
    alice.account(&["allowances", "--neg-risk", "--yes"]).expect(0);
    let rest = alice.account(&["redeem", "--yes"]).expect(0).out;
    assert_eq!(booked + rest.matches("booked").count(), 3, "{}{rest}", said.out);
    assert_eq!(alice.house.verify(), events + 7);
}

/// Killed between the chain's transaction and the booking: what came is the conversion's, and no deposit.
#[test]
fn a_merge_that_was_killed_before_its_booking_is_no_deposit() {
    let desk = venue();
    let alice = Operator::new(&desk, "alice");
    alice.settle_in();
    alice.account(&["adopt", "--yes"]).expect(0);
    let config = alice.house.path("config.toml");
    let config = config.to_str().unwrap();
    let run = ["--config", config, "--json", "run", "--real"];
    let funded = alice.house.call(&run).expect(0).json()["report"]["cash"]["funded"].clone();
    let delay = json!({"delay": {"ms": 30_000, "when": "before"}});
    for path in ["GET /transaction", "GET /v1/account/transactions/{id}"] {
        desk.fault(&json!({"on": path, "what": delay}));
    }
    let mut killed = alice.command(&["redeem", "--yes"]).spawn().unwrap();
    let begun = std::time::Instant::now();
    while desk.requests("POST", "/submit") == 0 {
        assert!(begun.elapsed().as_secs() < 30, "nothing was sent");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(700));
    killed.kill().unwrap();
    killed.wait().unwrap();
    desk.no_faults();
    let (chain, books) = cash(&alice);
    assert_eq!((chain.as_str(), books.as_str()), ("1006.25", "1000"), "merged, and not booked");
    let refused = alice.account(&["adopt", "--yes"]).expect(2);
    assert!(refused.err.contains("was cut off"), "{}", refused.err);
    let after = alice.house.call(&run).expect(0).json();
    assert_eq!(after["report"]["cash"]["total"], "1006.25", "{after:#}");
    assert_eq!(after["report"]["cash"]["funded"], funded, "{after:#}");
    alice.account(&["redeem", "--yes"]).expect(0);
    let (chain, books) = cash(&alice);
    assert_eq!(chain, books);
    alice.house.verify();
}

/// A batch that was handed over just before a kill is not seen on the chain yet: it is not handed over again.
#[test]
fn a_wallet_that_is_busy_is_sent_nothing_more() {
    let desk = relaying_after(3_000);
    let alice = Operator::new(&desk, "alice");
    alice.settle_in();
    alice.account(&["adopt", "--yes"]).expect(0);
    desk.resolve("sunny", "1");
    let before = desk.requests("POST", "/submit");
    let mut cut_off = alice.command(&["redeem", "--yes"]);
    let cut_off = cut_off.env(VARIABLE, Point::HandedOver.name()).output().expect("it starts");
    assert!(!cut_off.status.success());
    let said = alice.account(&["redeem", "--yes"]).expect(3);
    assert!(
        said.err.contains("busy with another transaction, and nothing was sent"),
        "{}",
        said.err
    );
    assert_eq!(desk.requests("POST", "/submit"), before + 2, "one was taken, one refused");
    std::thread::sleep(std::time::Duration::from_millis(3_500));
    let said = alice.account(&["redeem", "--yes"]).expect(0);
    assert!(said.out.contains("1 conversions that were cut off"), "{}", said.out);
    let (chain, books) = cash(&alice);
    assert_eq!((chain.as_str(), books.as_str()), ("1018.75", "1018.75"));
    alice.house.verify();
}
