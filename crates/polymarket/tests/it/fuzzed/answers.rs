//! Every reader of what the venue, the chain and the relayer say, with answers that it believes.

use betteroms_core::time::Time;
use betteroms_core::venue::{OnChain, VenueId};
use betteroms_polymarket::chain::filled::{OrderFilled, charges};
use betteroms_polymarket::wire::account::{
    ApiKeyAnswer, ApiKeys, BalanceAllowance, ClosedOnly, Heartbeat, OrderScoring, RateLimitTier,
    SessionSigners,
};
use betteroms_polymarket::wire::approvals::Approvals;
use betteroms_polymarket::wire::book::BookAnswer;
use betteroms_polymarket::wire::clob::{ClobMarket, LongMarket, Page};
use betteroms_polymarket::wire::data::{Envelope, ResolutionRow, Single, TradeRow};
use betteroms_polymarket::wire::frames::Frame;
use betteroms_polymarket::wire::gamma::{GammaEvent, GammaMarket, GammaTag, SearchAnswer};
use betteroms_polymarket::wire::holdings::{ActivityRow, PositionRow, WalletValue};
use betteroms_polymarket::wire::notice::Notification;
use betteroms_polymarket::wire::order::{CancelAnswer, OpenOrder, OrderAnswer};
use betteroms_polymarket::wire::prices::{ByName, LastTrade, OneNumber, PriceHistory, PricePoint};
use betteroms_polymarket::wire::relayer::{
    Authorization, Deployed, RelayedTransaction, Revocation, TransactionParams,
};
use betteroms_polymarket::wire::rpc::{Data, Quantity, Receipt, RpcAnswer, Word};
use betteroms_polymarket::wire::trade::Trade;
use betteroms_polymarket::wire::{Malformed, Numeral, Problem, Wire, decode};
use serde_json::{Value, json};
use std::fmt::Debug;
use std::path::Path;

/// What a reader made of an answer.
pub(crate) type Verdict = Result<String, Malformed>;

/// A reader.
pub(crate) struct Reader {
    pub(crate) name: &'static str,
    pub(crate) read: fn(&[u8]) -> Verdict,
    /// An answer written by hand, where none is recorded.
    pub(crate) seed: &'static str,
}

fn any<T: Wire + Debug>(bytes: &[u8]) -> Verdict {
    decode::<T>(bytes).map(|value| format!("{value:?}"))
}

const fn reader(name: &'static str, read: fn(&[u8]) -> Verdict, seed: &'static str) -> Reader {
    Reader { name, read, seed }
}

fn frame(bytes: &[u8]) -> Verdict {
    // A socket gives text or nothing.
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Malformed { path: "answer".to_owned(), problem: Problem::NotJson })?;
    Frame::read(text).map(|frame| format!("{frame:?}"))
}

/// A receipt, and what is taken from it: charges of the order asked about, and no others.
fn receipt(bytes: &[u8]) -> Verdict {
    let answer: RpcAnswer<Receipt> = decode(bytes)?;
    let filled =
        answer.result.iter().flat_map(|receipt| &receipt.logs).find_map(OrderFilled::decode);
    if let (Some(receipt), Some(filled)) = (&answer.result, filled) {
        let of = OnChain {
            transaction: receipt.hash.to_string(),
            order: VenueId::new(&filled.order.to_string()),
            token: filled.token.to_string(),
            neg_risk: false,
            parts: 1,
        };
        for charged in charges(receipt, &of) {
            assert!(receipt.is_success && charged.order == of.order, "{charged:?}");
            let amounts = [charged.fee.micros(), charged.cash.micros(), charged.shares.micros()];
            assert!(amounts.iter().all(|amount| *amount >= 0), "{charged:?}");
        }
    }
    Ok(format!("{answer:?}"))
}

/// All of them. What is recorded is found by trying: an answer is a seed of whoever believes it.
pub(crate) const READERS: &[Reader] = &[
    reader(
        "placement",
        any::<OrderAnswer>,
        r#"{"success":true,"errorMsg":"","orderID":"0x11","status":"live","makingAmount":"","takingAmount":"","tradeIDs":["a"]}"#,
    ),
    reader(
        "placements",
        any::<Vec<OrderAnswer>>,
        r#"[{"success":true,"orderID":"0x11","status":"matched"},{"success":false,"errorMsg":"not enough balance / allowance","orderID":""}]"#,
    ),
    reader(
        "cancel",
        any::<CancelAnswer>,
        r#"{"canceled":["0x11"],"not_canceled":{"0x22":"Order already matched"}}"#,
    ),
    reader("orders", any::<Page<OpenOrder>>, ""),
    reader("order", any::<Option<OpenOrder>>, ""),
    reader("trades", any::<Page<Trade>>, ""),
    reader("trade", any::<Trade>, ""),
    reader(
        "balance",
        any::<BalanceAllowance>,
        r#"{"balance":"12340000","allowances":{"0xa":"1","0xb":"2"}}"#,
    ),
    reader("books", any::<Vec<BookAnswer>>, ""),
    reader("book", any::<BookAnswer>, ""),
    reader("time", any::<Time>, "1790000000"),
    reader("version", any::<ByName<Numeral>>, r#"{"version":2}"#),
    reader("ok", any::<String>, r#""OK""#),
    reader("api key", any::<ApiKeyAnswer>, r#"{"apiKey":"u","secret":"c2Vj","passphrase":"p"}"#),
    reader("api keys", any::<ApiKeys>, r#"{"apiKeys":["a","b"]}"#),
    reader("closed only", any::<ClosedOnly>, r#"{"closed_only":false}"#),
    reader("heartbeat", any::<Heartbeat>, ""),
    reader("tier", any::<RateLimitTier>, r#"{"tier":"Standard"}"#),
    reader(
        "session signers",
        any::<SessionSigners>,
        r#"{"wallet":"0xa","signers":[{"address":"0xb","scopes":["CLOB"],"valid_until":1790000000}]}"#,
    ),
    reader("scoring", any::<OrderScoring>, r#"{"scoring":true}"#),
    reader("scorings", any::<ByName<bool>>, r#"{"0x11":true,"0x22":false}"#),
    reader("notifications", any::<Vec<Notification>>, ""),
    reader("clob market", any::<ClobMarket>, ""),
    reader("long market", any::<LongMarket>, ""),
    reader("gamma markets", any::<Vec<GammaMarket>>, ""),
    reader("gamma event", any::<GammaEvent>, ""),
    reader("gamma tags", any::<Vec<GammaTag>>, ""),
    reader("search", any::<SearchAnswer>, ""),
    reader("last trade", any::<LastTrade>, ""),
    reader("one number", any::<OneNumber>, ""),
    reader("price history", any::<PriceHistory>, ""),
    reader("price points", any::<Envelope<PricePoint>>, ""),
    reader("prices", any::<ByName<ByName<Numeral>>>, ""),
    reader("public trades", any::<Vec<TradeRow>>, ""),
    reader("public trades 2", any::<Envelope<TradeRow>>, ""),
    reader("resolutions", any::<Envelope<ResolutionRow>>, ""),
    reader("positions", any::<Envelope<PositionRow>>, ""),
    reader("activity", any::<Envelope<ActivityRow>>, ""),
    reader("value", any::<Single<WalletValue>>, ""),
    reader("approvals", any::<Single<Approvals>>, ""),
    reader("frame", frame, ""),
    reader("rpc number", any::<RpcAnswer<Quantity>>, r#"{"jsonrpc":"2.0","id":1,"result":"0x89"}"#),
    reader("rpc bytes", any::<RpcAnswer<Data>>, r#"{"jsonrpc":"2.0","id":1,"result":"0x00ff"}"#),
    reader(
        "rpc word",
        any::<RpcAnswer<Word>>,
        r#"{"jsonrpc":"2.0","id":1,"result":"0x1111111111111111111111111111111111111111111111111111111111111111"}"#,
    ),
    reader(
        "rpc error",
        any::<RpcAnswer<Word>>,
        r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"nonce too low","data":null}}"#,
    ),
    reader("receipt", receipt, ""),
    reader("deployed", any::<Deployed>, r#"{"deployed":true}"#),
    reader("transaction params", any::<TransactionParams>, r#"{"address":"0xa","nonce":"7"}"#),
    reader(
        "relayed",
        any::<RelayedTransaction>,
        r#"{"transactionID":"a","state":"STATE_MINED","transactionHash":"0x11"}"#,
    ),
    reader(
        "authorization",
        any::<Authorization>,
        r#"{"status":"submitted","transactionId":"a","transactionHash":""}"#,
    ),
    reader(
        "revocation",
        any::<Revocation>,
        r#"{"status":"fenced","fenced":true,"transactionId":"a"}"#,
    ),
];

/// Every recorded answer, every literal of the official SDK's tests, and the answers above.
pub(crate) fn recorded(folder: &Path) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for part in std::fs::read_dir(folder).unwrap() {
        let part = part.unwrap().path();
        let is_vectors = part.ends_with("vectors_generated");
        for file in part.read_dir().into_iter().flatten().filter(|_| !is_vectors) {
            let path = file.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            if part.ends_with("fixtures_official_rust_sdk_mit") {
                let text = String::from_utf8(bytes).unwrap();
                let text = text.replace("<TickSize::Hundredth.as_decimal()>", "0.01");
                let told: Value = serde_json::from_str(&text).unwrap();
                let items = told["items"].as_array().unwrap().iter();
                all.extend(items.map(|item| item["json"].to_string().into_bytes()));
            } else if part.ends_with("onchain") {
                all.push(receipt_of(&serde_json::from_slice(&bytes).unwrap()));
            } else {
                all.push(bytes);
            }
        }
    }
    // In one order everywhere, so that a seed makes the same case everywhere.
    all.sort();
    all.extend(
        READERS.iter().map(|one| one.seed.as_bytes().to_vec()).filter(|one| !one.is_empty()),
    );
    all
}

/// Recorded logs in the answer in which a node gives them.
fn receipt_of(told: &Value) -> Vec<u8> {
    let hash = &told["transaction_hash"];
    let row = |log: &Value| json!({ "address": log["address"], "topics": log["topics"], "data": log["data"], "removed": false });
    let logs: Vec<Value> = told["logs"].as_array().unwrap().iter().map(row).collect();
    let result = json!({ "transactionHash": hash, "status": "0x1", "blockNumber": "0x1",
        "gasUsed": "0x5208", "logs": logs });
    json!({ "jsonrpc": "2.0", "id": 1, "result": result }).to_string().into_bytes()
}
