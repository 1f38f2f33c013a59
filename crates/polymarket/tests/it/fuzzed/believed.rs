//! What the account's client, the books and the node believe of spoiled answers: nothing that does not stand there
//! about what was asked, and nothing out of range. Each of the client's own judgements is held against the answer as
//! another JSON reader reads it.
//!
//! Planted by hand and seen red: an answer of another order taken for ours, and parts of a trade added up without a
//! bound.

use super::mangle::{Dice, mangled};
use crate::server::{Answer, Asked, Loopback};
use betteroms_core::market::{ConditionId, Side};
use betteroms_core::time::Time;
use betteroms_core::venue::{AccountView, Look, VenueId};
use betteroms_polymarket::account::{AccountClient, Clock, Credentials, Leg, Placed};
use betteroms_polymarket::chain::ChainClient;
use betteroms_polymarket::reads::Wanted;
use betteroms_polymarket::signing::{Address, B256};
use betteroms_polymarket::{Options, is_hostile};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

const NOW: i64 = 1_790_000_000;
/// Clients keep the venue's rates: each asks so often, and another takes over.
const CASES_OF_A_CLIENT: u64 = 8;

fn hash(digit: &str) -> String {
    format!("0x{}", digit.repeat(64))
}

fn wallet() -> Address {
    Address::repeat_byte(0xaa)
}

fn order(id: &str) -> Value {
    json!({ "id": id, "status": "LIVE", "owner": "key", "maker_address": wallet(), "market": hash("c"),
        "asset_id": "11", "side": "BUY", "original_size": "10", "size_matched": "4", "price": "0.5",
        "outcome": "Yes", "expiration": "0", "order_type": "GTC", "associate_trades": [],
        "created_at": 1_789_999_000 })
}

fn trade() -> Value {
    json!({ "id": "t1", "taker_order_id": hash("9"), "market": hash("c"), "asset_id": "11", "side": "SELL",
        "size": "4", "price": "0.5", "fee_rate_bps": "0", "status": "CONFIRMED", "match_time": "1789999500",
        "last_update": "1789999500", "outcome": "Yes", "owner": "other", "maker_address": Address::ZERO,
        "transaction_hash": hash("7"), "bucket_index": 0, "trader_side": "MAKER",
        "maker_orders": [{ "order_id": hash("1"), "owner": "key", "maker_address": wallet(),
            "matched_amount": "4", "price": "0.5", "fee_rate_bps": "0", "asset_id": "11", "outcome": "Yes",
            "side": "BUY" }] })
}

fn page(row: &Value) -> Value {
    json!({ "limit": 100, "count": 1, "next_cursor": "LTE=", "data": [row] })
}

fn placed(id: &str) -> Value {
    json!({ "success": true, "errorMsg": "", "orderID": id, "status": "live", "makingAmount": "",
        "takingAmount": "", "tradeIDs": [] })
}

/// What is asked, and the answer that is true. A question of more than one request has only one of them spoiled.
const QUESTIONS: [&str; 9] =
    ["place", "place two", "order", "cancel", "open", "look", "trades", "book", "receipt"];

fn truth(question: &str) -> Value {
    match question {
        "place" => placed(&hash("1")),
        "place two" => json!([placed(&hash("1")), { "success": false, "orderID": "",
            "errorMsg": "not enough balance / allowance" }]),
        "order" | "look" => order(&hash("1")),
        "cancel" => json!({ "canceled": [hash("1")], "not_canceled": { hash("2"): "matched" } }),
        "open" => page(&order(&hash("1"))),
        "trades" => page(&trade()),
        "book" => {
            json!([{ "market": hash("c"), "asset_id": "11", "timestamp": "1789999999000", "hash": null,
            "bids": [{ "price": "0.4", "size": "10" }], "asks": [{ "price": "0.5", "size": "20.5" }],
            "min_order_size": "5", "tick_size": "0.01", "neg_risk": false, "last_trade_price": "" }])
        }
        _ => {
            json!({ "jsonrpc": "2.0", "id": 1, "result": { "transactionHash": hash("7"), "status": "0x1",
            "blockNumber": "0x1", "gasUsed": "0x5208", "logs": [] } })
        }
    }
}

/// The answer that the server gives, and to what; everything else it answers truly.
type Spoiled = Arc<Mutex<(&'static str, u16, Vec<u8>)>>;

fn answer(asked: &Asked, spoiled: &Spoiled) -> Answer {
    let (question, status, bytes) = spoiled.lock().unwrap().clone();
    if question == "receipt" {
        // A node repeats the number of the question.
        let number = serde_json::from_str::<Value>(&asked.body).unwrap()["id"].to_string();
        let numbered = String::from_utf8(bytes.clone())
            .map(|text| text.replacen("\"id\":1,", &format!("\"id\":{number},"), 1).into_bytes());
        return Answer::Bytes(status, numbered.unwrap_or(bytes));
    }
    let path = asked.path.as_str();
    let told = |what: &str| Answer::Json(truth(what).to_string());
    match (path, question) {
        ("/data/orders", "look" | "trades") => Answer::Json(page(&order(&hash("2"))).to_string()),
        ("/data/orders", "open") => Answer::Bytes(200, bytes),
        ("/data/trades", "open" | "look") => told("trades"),
        ("/data/trades", "trades") => Answer::Bytes(200, bytes),
        (_, "open" | "trades") => told("order"),
        _ => Answer::Bytes(status, bytes),
    }
}

/// What is wrong with what was believed, and whether anything was.
type Found = (Option<String>, bool);

struct Asker {
    account: AccountClient,
    chain: ChainClient,
    server: Arc<Loopback>,
}

impl Asker {
    fn new(server: &Arc<Loopback>) -> Self {
        let options = Options { retries_max: 0, ..server.options.clone() };
        let credentials = Credentials::new("key", "c2VjcmV0", "passphrase").unwrap();
        let clock = Clock::new(|| Time::from_secs(NOW));
        let account = AccountClient::new(options.clone(), wallet(), credentials, clock).unwrap();
        let chain = ChainClient::new(options.clone(), &options.hosts.clob).unwrap();
        Self { account, chain, server: server.clone() }
    }

    async fn ask(&self, question: &str, status: u16, bytes: &[u8]) -> Found {
        // The other reader refuses whole what has a number or a text that it cannot hold where we do not look.
        let told: Option<Value> = serde_json::from_slice(bytes).ok();
        let is_read = told.is_some();
        let told = told.unwrap_or(Value::Null);
        match question {
            "place" | "place two" => self.place(question, status, is_read.then_some(&told)).await,
            "order" => match self.account.order(&hash("1")).await {
                Ok(Some(order)) => {
                    let is_its = order.id == hash("1") && told["id"] == order.id.as_str();
                    ((!is_its && is_read).then(|| order.id.clone()), true)
                }
                Ok(None) if status == 200 && told != Value::Null => (Some("null".to_owned()), true),
                Ok(None) => (None, true),
                Err(error) => (unfit(&error.explain()), false),
            },
            "cancel" => match self.account.cancel(&[&hash("1"), &hash("2")]).await {
                Ok(answer) => {
                    let named: Vec<&String> =
                        answer.canceled.iter().chain(answer.not_canceled.keys()).collect();
                    let is_asked =
                        |id: &&String| [hash("1"), hash("2")].contains(&id.to_lowercase());
                    let wrong = !named.iter().all(is_asked) || status != 200;
                    (wrong.then(|| format!("{answer:?}")), true)
                }
                Err(error) => (unfit(&error.explain()), false),
            },
            "book" => self.book().await,
            "receipt" => {
                let asked: B256 = hash("7").parse().unwrap();
                match self.chain.receipt(asked).await {
                    Ok(Some(receipt)) => {
                        let wrong = receipt.hash != asked || (is_read && told["id"] == Value::Null);
                        (wrong.then(|| format!("{receipt:?}")), true)
                    }
                    Ok(None) => (None, false),
                    Err(error) => (unfit(&error.explain()), false),
                }
            }
            _ => self.view(question, bytes).await,
        }
    }

    /// An order is taken only where the answer says so of that very order.
    async fn place(&self, question: &str, status: u16, told: Option<&Value>) -> Found {
        let ids = [hash("1"), hash("2")];
        let count = if question == "place" { 1 } else { 2 };
        let legs: Vec<Leg<'_>> = ids[..count].iter().map(|id| Leg { id, body: "{}" }).collect();
        let all = self.account.place(&legs).await;
        let mut wrong = None;
        for (nth, placed) in all.iter().enumerate() {
            let Some(told) = told else { break };
            let row = if count == 1 { told } else { &told[nth] };
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_lowercase();
            let is_true = row["success"] == true || text("success") == "true";
            let is_its = text("orderID") == ids[nth];
            let is_quiet = text("errorMsg").is_empty() && text("error_msg").is_empty();
            let is_known =
                ["live", "matched", "delayed"].iter().any(|word| text("status").ends_with(word));
            let is_so = match placed {
                Placed::Accepted { .. } => {
                    is_true && is_its && is_quiet && is_known && status == 200
                }
                // Of a 200 only the venue's words make an end; a 500 never does.
                Placed::Refused { .. } | Placed::NotSent { .. } => {
                    status != 500 && (status != 200 || !is_quiet)
                }
                Placed::Unknown { .. } => true,
            };
            if !is_so || format!("{placed:?}").len() > 8_000 {
                wrong = Some(format!("{placed:?}"));
            }
        }
        (wrong, all.iter().any(|one| !matches!(one, Placed::Unknown { .. })))
    }

    async fn book(&self) -> Found {
        let condition = ConditionId::new(hash("c"));
        let wanted = Wanted { condition: condition.clone(), tokens: ["11".into(), "22".into()] };
        let mut books = self.server.books.books(&[wanted], Time::from_secs(NOW)).await;
        match books.remove(&condition).expect("an answer") {
            Ok(Some(seen)) => {
                let mut wrong = None;
                for side in [Side::Buy, Side::Sell] {
                    for level in seen.book.resting(side) {
                        let micros = level.price.micros();
                        if !(1..1_000_000).contains(&micros) || !level.size.is_positive() {
                            wrong = Some(format!("{level:?}"));
                        }
                    }
                    // It may be added up.
                    let _all: i64 = seen.book.resting(side).iter().map(|l| l.size.micros()).sum();
                }
                (wrong, true)
            }
            Ok(None) => (None, false),
            Err(problem) => (unfit(&format!("{problem:?}").replace("\\\"", "\"")), false),
        }
    }

    async fn view(&self, question: &str, told: &[u8]) -> Found {
        let known: BTreeSet<VenueId> =
            [hash("1"), hash("2")].iter().map(|id| VenueId::new(id)).collect();
        let look = |_: &BTreeSet<VenueId>| vec![VenueId::new(&hash("1"))];
        match self.account.view((wallet(), &known), None, look).await {
            Ok(view) => {
                let is_seen = question != "look" || !view.looked.is_empty();
                let is_whole = view.doubtful.is_empty() && is_seen;
                (wrong_view(question, &view, told), is_whole)
            }
            Err(error) => (unfit(&error.explain()), false),
        }
    }
}

fn unfit(sentence: &str) -> Option<String> {
    let is_fit = sentence.chars().count() <= 3_000 && !sentence.chars().any(is_hostile);
    (!is_fit).then(|| format!("not a sentence: {sentence:?}"))
}

/// Ids of their form, amounts in range, and of our orders nothing that the answer does not hold.
fn wrong_view(question: &str, view: &AccountView, told: &[u8]) -> Option<String> {
    let looked = view.looked.values().filter_map(|look| match look {
        Look::Found { order, .. } => Some(order),
        Look::NotFound { .. } => None,
    });
    for order in view.open.values().chain(looked) {
        let ids = [order.id.as_str().len() == 66, order.market.as_str().len() >= 64];
        let sizes = [order.size.micros(), order.matched.micros()];
        let is_fit = ids == [true; 2]
            && sizes.iter().all(|size| (0..=10_000_000_000_000_000).contains(size));
        if !is_fit || order.token.len() > 78 || order.token.is_empty() {
            return Some(format!("{order:?}"));
        }
    }
    for trade in &view.trades {
        for leg in &trade.legs {
            let (shares, dollars) = (leg.shares().micros(), leg.dollars().micros());
            let all = String::from_utf8_lossy(told).to_lowercase();
            let stands = question != "trades" || all.contains(leg.order.as_str());
            if shares < 0 || dollars < 0 || !stands || trade.id.chars().any(is_hostile) {
                return Some(format!("{trade:?}"));
            }
        }
    }
    view.doubtful.iter().find_map(|one| {
        unfit(&one.why).or_else(|| unfit(&one.id)).or_else(|| unfit(one.market.as_str()))
    })
}

fn cases() -> u64 {
    let set = std::env::var("BETTEROMS_PROVE_CASES").ok().and_then(|text| text.parse::<u64>().ok());
    // A case is a request and more: a hundredth of those that only read.
    set.map_or(1_500, |cases| (cases / 100).clamp(1_500, 100_000))
}

#[tokio::test]
async fn nothing_is_believed_that_does_not_stand_there() {
    let spoiled: Spoiled = Arc::new(Mutex::new(("place", 200, Vec::new())));
    let script = spoiled.clone();
    let server = Arc::new(Loopback::start(move |asked| answer(asked, &script)).await);
    let truths: Vec<Vec<u8>> =
        QUESTIONS.iter().map(|one| truth(one).to_string().into_bytes()).collect();
    let mut asker = Asker::new(&server);
    let mut tally: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    let mut all_wrong = Vec::new();
    for number in 0..cases() {
        if number % CASES_OF_A_CLIENT == 0 {
            asker = Asker::new(&server);
        }
        let mut dice = Dice::new(number);
        let nth = dice.below(QUESTIONS.len());
        // A part of them is true: the control that something is believed at all.
        let is_true = dice.below(8) == 0;
        let bytes =
            if is_true { truths[nth].clone() } else { mangled(&mut dice, &truths[nth], &truths) };
        let status = if is_true { 200 } else { *dice.pick(&[200, 200, 200, 400, 404, 500]) };
        *spoiled.lock().unwrap() = (QUESTIONS[nth], status, bytes.clone());
        let (wrong, is_believed) = asker.ask(QUESTIONS[nth], status, &bytes).await;
        tally.entry(QUESTIONS[nth]).or_default()[usize::from(is_believed)] += 1;
        let is_missed = is_true && !is_believed;
        if let Some(wrong) = wrong.or_else(|| is_missed.then(|| "it is true".to_owned())) {
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(900)]).into_owned();
            all_wrong.push(format!("{number} {} {status}: {wrong}: {shown}", QUESTIONS[nth]));
        }
        assert!(all_wrong.len() < 10, "{all_wrong:#?}");
    }
    println!("R17: {} questions, not believed and believed: {tally:?}", cases());
    assert!(all_wrong.is_empty(), "{all_wrong:#?}");
    assert!(tally.len() == QUESTIONS.len(), "{tally:?}");
    for (question, both) in tally {
        assert!(both.iter().all(|count| *count >= 10), "{question}: {both:?}");
    }
}

/// Each of them is in range, and their sum is more than a number of 64 bits: a record that is told as doubtful, and
/// a book that is none.
#[tokio::test]
async fn amounts_that_cannot_be_added_up_are_not_believed() {
    let spoiled: Spoiled = Arc::new(Mutex::new(("trades", 200, Vec::new())));
    let script = spoiled.clone();
    let server = Arc::new(Loopback::start(move |asked| answer(asked, &script)).await);
    let asker = Asker::new(&server);
    let known = BTreeSet::from([VenueId::new(&hash("9"))]);
    for (size, is_believed) in [("4", true), ("9999999999", false), ("9223372036854.775807", false)]
    {
        let mut trade = trade();
        let mut leg = trade["maker_orders"][0].clone();
        leg["matched_amount"] = json!(size);
        trade["size"] = json!(if is_believed { "8" } else { size });
        trade["maker_orders"] = json!([leg, leg]);
        *spoiled.lock().unwrap() = ("trades", 200, page(&trade).to_string().into_bytes());
        let view = asker.account.view((Address::ZERO, &known), None, |_| Vec::new()).await.unwrap();
        assert_eq!(
            (view.trades.len(), view.doubtful.is_empty()),
            (usize::from(is_believed), is_believed)
        );
        let level = |price: &str| json!({ "price": price, "size": size });
        let mut book = truth("book");
        book[0]["bids"] = json!([level("0.3"), level("0.4")]);
        *spoiled.lock().unwrap() = ("book", 200, book.to_string().into_bytes());
        assert_eq!(asker.book().await, (None, is_believed), "{size}");
    }
}
