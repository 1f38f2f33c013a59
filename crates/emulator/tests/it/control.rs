//! The control interface: what it does, and how it refuses.

use super::house::{CONDITION, House, YES};
use betteroms_core::time::Time;
use betteroms_emulator::clock::Clock;
use serde_json::Value;

const START: i64 = 1_790_000_000;

#[tokio::test]
async fn a_clock_that_stands_is_moved_by_hand_and_never_back() {
    let house = House::with(Clock::starting(Time::from_secs(START), 0)).await;
    let now = async || house.control("GET", "/emulator", "").await.1["time"].clone();
    let told = |secs: i64| Value::from(Time::from_secs(secs).to_string());
    assert_eq!(now().await, told(START));
    let (_, moved) = house.control("POST", "/emulator/clock", r#"{"advance":"5m"}"#).await;
    assert_eq!(moved["time"], told(START + 300));
    house.control("POST", "/emulator/clock", r#"{"advance":1000}"#).await;
    assert_eq!(now().await, told(START + 301));
    let to = format!(r#"{{"to":"{}"}}"#, Time::from_secs(START + 400));
    assert_eq!(house.control("POST", "/emulator/clock", &to).await.0, 200);
    assert_eq!(now().await, told(START + 400));
    let back = format!(r#"{{"to":"{}"}}"#, Time::from_secs(START));
    let (status, told_why) = house.control("POST", "/emulator/clock", &back).await;
    assert_eq!(status, 400);
    assert!(told_why["error"].as_str().unwrap().contains("never goes back"), "{told_why}");
}

#[tokio::test]
async fn what_cannot_be_read_is_named() {
    let house = House::new().await;
    house.list();
    let market = |what: &str| format!("/emulator/markets/{CONDITION}/{what}");
    let crowd = |field: &str| {
        format!(r#"{{"token":"{YES}","side":"BUY","price":"0.50","size":"5"{field}}}"#)
    };
    let cases = [
        ("/emulator/clock", r#"{"advance":"5 parsecs"}"#.to_owned(), 400, "advance"),
        ("/emulator/clock", "{}".to_owned(), 400, "either advance or to"),
        ("/emulator/clock", r#"{"advance":1,"by":2}"#.to_owned(), 400, "`by`"),
        ("/emulator/clock", r#"{"advance":"99999999d"}"#.to_owned(), 400, "9000"),
        ("/emulator/mode", r#"{"mode":"sleepy"}"#.to_owned(), 400, "sleepy"),
        ("/emulator/faults", r#"{"on":"POST /nowhere","what":"drop"}"#.to_owned(), 400, "on:"),
        (
            "/emulator/faults",
            r#"{"on":"POST /order","what":"stale_book"}"#.to_owned(),
            400,
            "on: stale_book",
        ),
        ("/emulator/markets/0x12/close", String::new(), 404, "condition"),
        (&market("tick"), r#"{"tick":"0.3"}"#.to_owned(), 400, "tick"),
        (&market("resolve"), r#"{"payout_first":"0.3"}"#.to_owned(), 400, "payout_first"),
        ("/emulator/crowd", crowd(r#","deep":1"#), 400, "`deep`"),
        ("/emulator/crowd", crowd("").replace("0.50", "0.505"), 400, "price"),
        ("/emulator/crowd", crowd("").replace("\"5\"", "\"-5\""), 400, "is not shares"),
        ("/emulator/crowd", crowd("").replace(YES, "77"), 404, "token"),
        ("/emulator/trades/7", r#"{"fate":"fail"}"#.to_owned(), 400, "id"),
        ("/emulator/accounts/0x1", "{}".to_owned(), 400, "address"),
        (
            "/emulator/accounts/0x00000000000000000000000000000000000000aa",
            r#"{"withdraw":"1"}"#.to_owned(),
            400,
            "withdraw",
        ),
    ];
    for (path, body, expected, named) in cases {
        let (status, answer) = house.control("POST", path, &body).await;
        assert_eq!(status, expected, "{path} {body} {answer}");
        assert!(answer["error"].as_str().unwrap().contains(named), "{path} {body} {answer}");
    }
    let (_, ledger) = house.control("GET", "/emulator/ledger", "").await;
    assert_eq!(ledger["audit"]["balanced"], true);
}

#[tokio::test]
async fn a_person_may_write_numbers_and_the_words_of_scripts() {
    let house = House::new().await;
    house.list();
    let crowd = format!(r#"{{"token":"{YES}","side":"BUY","price":0.50,"size":5}}"#);
    assert_eq!(house.control("POST", "/emulator/crowd", &crowd).await.0, 200);
    let account = "/emulator/accounts/0x00000000000000000000000000000000000000aa";
    assert_eq!(house.control("POST", account, r#"{"cash":12.5}"#).await.0, 200);
    let (_, ledger) = house.control("GET", "/emulator/ledger", "").await;
    assert!(ledger.to_string().contains(r#""cash":"12.5""#), "{ledger}");
    for mode in ["cancel-only", "post-only", "restarting"] {
        let body = format!(r#"{{"mode":{{"{mode}":{{}}}}}}"#);
        let timed = format!(r#"{{"mode":{{"{mode}":{{"secs":1}}}}}}"#);
        let body = if mode == "cancel-only" { body } else { timed };
        assert_eq!(house.control("POST", "/emulator/mode", &body).await.0, 200, "{mode}");
        assert_eq!(house.control("GET", "/emulator", "").await.1["mode"], mode);
    }
    let resolve = format!("/emulator/markets/{CONDITION}/resolve");
    assert_eq!(house.control("POST", &resolve, r#"{"payoutFirst":1}"#).await.0, 200);
}

#[tokio::test]
async fn money_and_shares_come_by_hand_and_the_ledger_stays_even() {
    let house = House::new().await;
    house.list();
    let account = "/emulator/accounts/0x00000000000000000000000000000000000000aa";
    let body = format!(
        r#"{{"deposit":"100.5","withdraw":"0.25","shares":[{{"token":"{YES}","size":"12"}}],
            "approve":[{{"of":"cash"}},{{"of":"shares"}}],"refresh":true,"ban":true}}"#
    );
    assert_eq!(house.control("POST", account, &body).await.0, 200);
    let (_, accounts) = house.control("GET", "/emulator/accounts", "").await;
    let mut ours = accounts.as_array().unwrap().iter();
    let ours = ours.rfind(|row| row["address"].as_str().unwrap().ends_with("aa")).unwrap();
    assert_eq!(ours["holds"]["cash"], "100.25");
    assert_eq!(ours["holds"]["shares"][0]["size"], "12");
    assert_eq!(ours["banned"], true);
    let (_, ledger) = house.control("GET", "/emulator/ledger", "").await;
    assert_eq!(ledger["audit"]["balanced"], true, "{ledger}");
}

#[tokio::test]
async fn the_log_is_read_on_from_a_line() {
    let house = House::new().await;
    house.client.get(house.clob("/version")).send().await.unwrap();
    let read = async |after: u64| -> Vec<Value> {
        let url = house.clob(&format!("/emulator/log?after={after}"));
        let text = house.client.get(url).send().await.unwrap().text().await.unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = read(0).await;
    let asked = all.iter().find(|line| line["path"] == "/version").unwrap();
    assert_eq!((&asked["topic"], &asked["seq"]), (&"request".into(), &1.into()));
    let rest = read(2).await;
    assert!(rest.iter().all(|line| line["seq"].as_u64().unwrap() > 2) && !rest.is_empty());
}

#[tokio::test]
async fn no_secret_is_in_the_log() {
    let house = House::new().await;
    house.list();
    let trader = super::trader::Trader::new(&house, 1).await;
    let log = house.client.get(house.clob("/emulator/log")).send().await.unwrap();
    let log = log.text().await.unwrap();
    assert!(log.contains("/auth/api-key"));
    assert!(!log.contains(&*trader.secret.to_base64()) && !log.contains(&trader.passphrase));
}
