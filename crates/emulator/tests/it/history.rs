//! What a checker can know from the log alone (`reliability.md` R14): after a random story with lost
//! answers and repeated requests the orders, trades and balances rebuilt from the file are the venue's
//! own; an edit of the file is found; and no secret is in it.

mod rebuilt;

use super::house::House;
use super::random::{people, story};
use super::stage::{Person, RAIN, RAIN_YES, Told, plain};
use alloy_primitives::{Bytes, U256};
use betteroms_emulator::log::{Log, Topic};
use betteroms_emulator::serve::call::Call;
use betteroms_emulator::serve::call::Service::Clob;
use betteroms_polymarket::signing::contracts::{CTF, CTF_ADAPTER, PUSD};
use betteroms_polymarket::signing::{Adapter, CtfArguments, WalletCall};
use futures_util::{SinkExt as _, StreamExt as _};
use rebuilt::{Books, Row};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// How many requests the story has at least, beside those that look at its end.
const LEAST: usize = 600;

/// A story's end: the file, what the clients got, and what the venue says of itself.
struct Ending {
    log: String,
    answers: Vec<Option<Told>>,
    venue: Books,
    people: Vec<Person>,
}

/// All rows of a list that comes in pages.
async fn pages(house: &House, of: &Person, path: &str) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    while cursor != "LTE=" {
        let asked = of.asks("GET", &format!("{path}?next_cursor={cursor}"), "");
        let page = house.ask(&asked).await.unwrap().value();
        rows.extend(page["data"].as_array().unwrap().iter().cloned());
        cursor = page["next_cursor"].as_str().unwrap().to_owned();
    }
    rows
}

/// Two wallets split, merge and give each other dollars and shares, without the venue's help.
fn on_chain(house: &House, people: &[Person]) {
    let [one, two] = [&people[0], &people[1]];
    let of = CtfArguments::binary(RAIN.parse().unwrap());
    let (adapter, whole) = (Adapter::Standard, U256::from(1_000_000));
    let data = Bytes::new();
    let (from, to, id) = (one.wallet, two.wallet, RAIN_YES.parse().unwrap());
    let calls = [
        WalletCall::Approve { token: PUSD, spender: CTF_ADAPTER, amount: U256::MAX },
        WalletCall::SetApprovalForAll { token: CTF, operator: CTF_ADAPTER, approved: true },
        WalletCall::Split { adapter, of: of.clone(), amount: whole * U256::from(5) },
        WalletCall::Merge { adapter, of, amount: whole * U256::from(2) },
        WalletCall::Transfer { token: PUSD, to, amount: whole },
        WalletCall::SafeTransferFrom { token: CTF, from, to, id, amount: whole, data },
    ];
    let nobody = Call {
        number: 0,
        service: Clob,
        method: String::new(),
        path: String::new(),
        captured: BTreeMap::new(),
        query: Vec::new(),
        headers: BTreeMap::new(),
        body: "".into(),
    };
    house.desk.with(&nobody, |venue| {
        for call in &calls {
            venue.perform_call(one.wallet, call).unwrap();
        }
    });
    house.desk.log(Topic::Control, 0, &json!({ "acts": calls.len() }));
}

/// What the venue says of itself.
async fn asked(house: &House, people: &[Person]) -> Books {
    let mut books = Books::default();
    for person in people {
        for row in pages(house, person, "/data/orders").await {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            books.open.insert(text("id"), rebuilt::micros(&row["size_matched"]).unwrap());
        }
        for row in pages(house, person, "/data/trades").await {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            books.trades.insert(text("id"), text("status"));
        }
    }
    let (_, ledger) = house.control("GET", "/emulator/ledger", "").await;
    assert_eq!(ledger["audit"]["balanced"], true);
    for row in ledger["wallets"].as_array().unwrap() {
        let wallet = row["wallet"].as_str().unwrap().to_lowercase();
        if !people.iter().any(|person| person.wallet.to_string().to_lowercase() == wallet) {
            continue;
        }
        books
            .balances
            .insert((wallet.clone(), "cash".to_owned()), rebuilt::micros(&row["cash"]).unwrap());
        for held in row["shares"].as_array().unwrap() {
            let token = held["token"].as_str().unwrap().to_owned();
            books.balances.insert((wallet.clone(), token), rebuilt::micros(&held["size"]).unwrap());
        }
    }
    books.balances.retain(|_, amount| *amount != 0);
    books
}

async fn told(start: u64) -> Ending {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let (house, staged) = House::staged(start, Log::append_to(&path).unwrap()).await;
    let people = people(&staged);
    let mut answers = Vec::new();
    for one in story(start, &people, LEAST) {
        answers.push(house.ask(&one).await.ok());
    }
    // No rule strikes what is read now.
    house.ask(&plain(Clob, "DELETE", "/emulator/faults", "")).await.unwrap();
    on_chain(&house, &people);
    let log = std::fs::read_to_string(&path).unwrap();
    let venue = asked(&house, &people).await;
    Ending { log, answers, venue, people }
}

fn rows(log: &str) -> Result<Vec<Row>, String> {
    log.lines().map(|line| serde_json::from_str(line).map_err(|e| e.to_string())).collect()
}

/// Rebuilds, and holds it against the venue.
fn check(log: &str, venue: &Books, people: &[Person]) -> Result<Books, String> {
    let mut books = Books::rebuild(&rows(log)?)?;
    let wallets: Vec<String> =
        people.iter().map(|person| person.wallet.to_string().to_lowercase()).collect();
    books.balances.retain(|(wallet, _), amount| wallets.contains(wallet) && *amount != 0);
    let difference = |what: &str, same: bool| if same { Ok(()) } else { Err(what.to_owned()) };
    difference("open orders", books.open == venue.open)?;
    difference("balances", books.balances == venue.balances)?;
    // The venue told of the people's trades; the log knows those of the crowd too.
    let mut trades = books.trades.clone();
    trades.retain(|id, _| venue.trades.contains_key(id) || books.of_people.contains(id));
    difference("trades", trades == venue.trades)?;
    Ok(books)
}

#[tokio::test]
async fn the_log_alone_tells_what_the_venue_holds() {
    let (mut filled, mut lost) = (0, 0);
    for start in [3, 11, 4_242] {
        let end = told(start).await;
        let books = check(&end.log, &end.venue, &end.people).unwrap();
        assert!(!books.open.is_empty() && books.trades.len() > 30 && books.refused > 30);
        assert!(books.acts >= 6, "{}", books.acts);
        filled += books.trades.len();
        lost += end.answers.iter().filter(|answer| answer.is_none()).count();
        assert!(["FAILED", "CONFIRMED"].iter().all(|s| books.trades.values().any(|v| v == s)));
        answers_are_told(&end);
    }
    assert!(filled > 200 && lost > 30, "{filled} {lost}");
}

/// Every request has its answer in the log: what the client got, or that it got none.
fn answers_are_told(end: &Ending) {
    let rows = rows(&end.log).unwrap();
    let mut asked: Vec<u64> = Vec::new();
    let mut answered: BTreeMap<u64, &Row> = BTreeMap::new();
    for row in &rows {
        match row.topic.as_str() {
            "request" | "control" if row.request > 0 => asked.push(row.request),
            "answer" => assert!(answered.insert(row.request, row).is_none(), "{}", row.request),
            _ => {}
        }
    }
    let asked: Vec<u64> = asked.into_iter().take(end.answers.len()).collect();
    assert_eq!(asked.len(), end.answers.len());
    for (number, got) in asked.iter().zip(&end.answers) {
        let row = answered[number];
        match got {
            None => assert!(row.rest["cut"].is_string(), "{number}"),
            Some(told) => {
                assert_eq!(row.rest["status"], told.status, "{number}");
                let body = row.rest["body"].as_str().unwrap_or_default();
                assert_eq!(body.as_bytes(), told.body, "{number}");
            }
        }
    }
}

#[tokio::test]
async fn an_edited_log_is_found() {
    let end = told(3).await;
    check(&end.log, &end.venue, &end.people).unwrap();
    let lines: Vec<&str> = end.log.lines().collect();
    let last = |words: &[&str]| {
        let fits = |line: &&str| words.iter().all(|word| line.contains(word));
        lines.iter().rposition(fits).unwrap_or_else(|| panic!("{words:?}"))
    };
    let id_of = |line: &str| serde_json::from_str::<Value>(line).unwrap()["of"]["id"].clone();
    let of_people = |line: &&str| {
        line.contains("\"MINED\"") && end.venue.trades.contains_key(id_of(line).as_str().unwrap())
    };
    let mined = lines.iter().rposition(of_people).unwrap();
    let matched = last(&[id_of(lines[mined]).as_str().unwrap(), r#""legs""#]);
    let edit = |at: usize, from: &str, to: &str| {
        let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        assert!(lines[at].contains(from), "{from}: {}", lines[at]);
        lines[at] = lines[at].replacen(from, to, 1);
        lines.join("\n")
    };
    let filled = last(&[r#""change":"filled""#, "LIVE"]);
    let placed = last(&[r#""change":"placed""#, r#""matched":"0""#, "LIVE"]);
    let bob = format!("{:#x}", end.people[1].wallet);
    let funded = last(&[r#""change":"funded""#, &bob]);
    let endowed = last(&[r#""change":"endowed""#, &bob]);
    let split = last(&[r#""do":"split""#]);
    let mut without = lines.clone();
    without.remove(last(&[r#""topic":"answer""#]));
    for (what, log) in [
        ("a fill", edit(filled, r#""matched":""#, r#""matched":"1"#)),
        ("a price", edit(matched, r#""taker_cash":""#, r#""taker_cash":"1"#)),
        ("a fate", edit(mined, "MINED", "FAILED")),
        ("an order", edit(placed, r#""id":"0x"#, r#""id":"0xf"#)),
        ("a deposit", edit(funded, r#""amount":""#, r#""amount":"2"#)),
        ("a gift", edit(endowed, r#""size":""#, r#""size":"2"#)),
        ("a split", edit(split, r#""shares":""#, r#""shares":"1"#)),
        ("a line less", without.join("\n")),
        ("half a line", end.log[..end.log.len() - 9].to_owned()),
    ] {
        assert!(check(&log, &end.venue, &end.people).is_err(), "{what} was not found");
    }
}

#[tokio::test]
async fn secrets_are_told_to_their_owners_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let (house, staged) = House::staged(5, Log::append_to(&path).unwrap()).await;
    let people = people(&staged);
    let mut secrets = Vec::new();
    for account in &staged.accounts {
        let person = Person::named(&staged, &account.name);
        secrets.extend([person.secret, person.passphrase, person.private_key]);
        for session in &account.sessions {
            let of = session.credentials.clone();
            secrets.extend([of.secret, of.passphrase, session.private_key.clone()]);
        }
    }
    for (who, path) in [(0, "/auth/readonly-api-key"), (1, "/auth/builder-api-key")] {
        let told = house.ask(&people[who].asks("POST", path, "")).await.unwrap().value();
        secrets
            .extend(["secret", "passphrase"].map(|name| told[name].as_str().unwrap().to_owned()));
    }
    // Who listens to his own account says his secret to the venue.
    let url = format!("ws://{}/ws/user", house.open.address(Clob));
    let (mut socket, _) = connect_async(url).await.unwrap();
    let bob = &people[1];
    let auth = json!({ "apiKey": bob.id, "secret": bob.secret, "passphrase": bob.passphrase });
    let first = json!({ "auth": auth, "type": "user" }).to_string();
    socket.send(Message::text(first)).await.unwrap();
    socket.send(Message::text("PING")).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("PONG"));
    let mut all = String::new();
    let looks = ["", "/ledger", "/accounts", "/log", "/faults"]
        .map(|path| plain(Clob, "GET", &format!("/emulator{path}"), ""));
    for one in story(5, &people, 300).into_iter().chain(looks) {
        if let Ok(told) = house.ask(&one).await {
            all.push_str(&told.text());
        }
    }
    all.push_str(&std::fs::read_to_string(&path).unwrap());
    assert!(secrets.len() >= 30 && all.len() > 100_000);
    let all = all.to_lowercase();
    for secret in secrets {
        let bare = secret.trim_start_matches("0x").trim_end_matches('=').to_lowercase();
        assert!(bare.len() > 20 && !all.contains(&bare), "a secret got out");
    }
}
