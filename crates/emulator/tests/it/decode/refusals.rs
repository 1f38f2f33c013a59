//! Every refusal of the venue, provoked over HTTP and read by the adapter: text, status, code, wait.

use super::super::house::House;
use super::super::stage::{Asked, Person, RAIN, RAIN_YES, Wish, plain};
use alloy_primitives::Address;
use betteroms_core::market::Side;
use betteroms_emulator::log::Log;
use betteroms_emulator::serve::call::Service::Clob;
use betteroms_polymarket::wire::refusal::{BodyForm, RefusalBody};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Where the catalogue stands, to find its rows.
const SOURCE: &str = include_str!("../../../src/venue/refusal.rs");

/// What has been refused so far.
struct Refused<'a> {
    house: &'a House,
    seen: BTreeSet<&'static str>,
}

impl Refused<'_> {
    /// A request that is refused so.
    async fn so(
        &mut self,
        row: &'static str,
        asked: Asked,
        status: u16,
        text: &str,
    ) -> RefusalBody {
        let told = self.house.ask(&asked).await.unwrap();
        let read = RefusalBody::read(&told.body);
        assert_eq!((told.status, read.text.as_str()), (status, text), "{row}: {}", told.text());
        assert_eq!(read.form, BodyForm::Json, "{row}");
        // The wait stands in the header, and in the body where that has a code.
        let wait = told.header("retry-after").map(|secs| secs.parse().unwrap());
        assert_eq!(read.retry_after, wait.filter(|_| read.code.is_some()), "{row}");
        self.seen.insert(row);
        read
    }

    /// The same, and how long to wait, by the header.
    async fn waiting(
        &mut self,
        row: &'static str,
        asked: Asked,
        status: u16,
        text: &str,
    ) -> String {
        let told = self.house.ask(&asked).await.unwrap();
        self.so(row, asked, status, text).await;
        told.header("retry-after").unwrap_or_default().to_owned()
    }

    async fn mode(&self, mode: &Value) {
        let body = json!({ "mode": mode }).to_string();
        assert_eq!(self.house.control("POST", "/emulator/mode", &body).await.0, 200);
    }
}

fn buy(mills: u64, shares: u64, salt: u64) -> Wish {
    Wish::new(Side::Buy, mills, shares, salt)
}

/// An order with one field of it, or beside it, changed after it was signed.
fn changed(by: &Person, at: &str, to: Value) -> Asked {
    let (mut body, _) = by.signs(&buy(200, 10, 77));
    *body.pointer_mut(at).unwrap_or_else(|| panic!("{at}")) = to;
    by.asks("POST", "/order", &body.to_string())
}

/// An order as signed, with a field beside it.
fn beside(by: &Person, wish: &Wish, name: &str, value: Value) -> Asked {
    let (mut body, _) = by.signs(wish);
    body[name] = value;
    by.asks("POST", "/order", &body.to_string())
}

#[tokio::test]
async fn every_refusal_is_read() {
    let (house, staged) = House::staged(7, Log::default()).await;
    let named = |name: &str| Person::named(&staged, name);
    let bob = named("bob");
    let mut refused = Refused { house: &house, seen: BTreeSet::new() };
    proofs(&mut refused, &bob).await;
    makers(&mut refused, &named).await;
    orders(&mut refused, &bob).await;
    money(&mut refused, &bob, &named("poor")).await;
    requests(&mut refused, &bob).await;
    modes(&mut refused, &bob).await;
    let rows: BTreeSet<&str> = variants(SOURCE, "pub enum Refusal {").collect();
    assert_eq!(rows.len(), 45, "rows came or went");
    let missing: Vec<_> = rows.difference(&refused.seen).collect();
    assert!(missing.is_empty(), "nothing provokes {missing:?}");
}

/// The names of an enum's variants, as they stand in its source.
fn variants<'a>(source: &'a str, opening: &str) -> impl Iterator<Item = &'a str> {
    let (_, body) = source.split_once(opening).unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    body.lines().filter_map(|line| {
        let line = line.strip_prefix("    ")?;
        let end = line.find(|c: char| !c.is_alphanumeric()).unwrap_or(line.len());
        line.starts_with(|c: char| c.is_uppercase()).then(|| &line[..end])
    })
}

async fn proofs(refused: &mut Refused<'_>, bob: &Person) {
    let none = plain(Clob, "GET", "/data/orders", "");
    refused.so("Unauthorized", none, 401, "Unauthorized/Invalid api key").await;
    let none = plain(Clob, "POST", "/auth/api-key", "");
    refused.so("L1Headers", none, 401, "Invalid L1 Request headers").await;
    let again = bob.proves("POST", "/auth/api-key", 0);
    refused.so("KeyExists", again, 400, "Could not create api key").await;
    let unknown = bob.proves("GET", "/auth/derive-api-key", 77);
    refused.so("NoKey", unknown, 400, "Could not derive api key!").await;
    let empty = bob.asks("POST", "/order", "{}");
    refused.so("Payload", empty, 400, "Invalid order payload").await;
    let text = "the order owner has to be the owner of the API KEY";
    refused.so("Owner", changed(bob, "/owner", json!("x")), 400, text).await;
    let text = "the order signer address has to be the address of the API KEY";
    let other = json!(Address::repeat_byte(9));
    refused.so("SignerNotKey", changed(bob, "/order/signer", other), 400, text).await;
    let salted = changed(bob, "/order/salt", json!(1));
    refused.so("Signature", salted, 400, "invalid signature").await;
    let text = "order_version_mismatch: invalid order version, please use the latest clob-client";
    refused.so("Version", changed(bob, "/order/timestamp", Value::Null), 400, text).await;
    let signers = bob.asks("GET", "/v1/user/session-signers", "");
    refused.so("NoDepositWallet", signers, 400, "no deposit wallet found for owner").await;
}

async fn makers(refused: &mut Refused<'_>, named: &impl Fn(&str) -> Person) {
    let post = |name: &str| named(name).posts(&buy(200, 10, 1)).0;
    let text = "maker address not allowed, please use the deposit wallet flow";
    refused.so("MakerNotAllowed", post("old"), 400, text).await;
    let text = format!("'{}' address banned", named("bad").wallet);
    refused.so("Banned", post("bad"), 400, &text).await;
    let text = format!("'{}' address in closed only mode", named("shut").wallet);
    refused.so("ClosedOnly", post("shut"), 400, &text).await;
    let salted = changed(&named("paul"), "/order/salt", json!(1));
    refused.so("ProxySignature", salted, 400, "invalid POLY_PROXY signature").await;
}

async fn orders(refused: &mut Refused<'_>, bob: &Person) {
    let (asked, id) = bob.posts(&buy(305, 10, 1));
    let text = format!("order {id} is invalid. Price (0.305) breaks minimum tick size rule: 0.01");
    refused.so("OffTick", asked, 400, &text).await;
    let (asked, id) = bob.posts(&buy(300, 4, 2));
    let text = format!("order {id} is invalid. Size (4) lower than the minimum: 5");
    refused.so("TooSmall", asked, 400, &text).await;
    let (asked, id) = bob.posts(&buy(200, 10, 3));
    assert_eq!(refused.house.ask(&asked).await.unwrap().status, 200);
    let text = format!("order {id} is invalid. Duplicated.");
    refused.so("Duplicated", asked, 400, &text).await;
    let asked = beside(bob, &buy(350, 10, 4), "postOnly", json!(true));
    let text = "invalid post-only order: order crosses book";
    refused.so("PostOnlyCrosses", asked, 400, text).await;
    let expiring = changed(bob, "/order/expiration", json!("17"));
    refused.so("Expiration", expiring, 400, "invalid expiration").await;
    let asked = bob.posts(&Wish { dust: 1, kind: "FAK", ..Wish::new(Side::Sell, 310, 10, 9) }).0;
    let text = "invalid amounts, the market sell orders maker amount supports a max accuracy of 2 \
        decimals, taker amount a max of 4 decimals";
    refused.so("Amounts", asked, 400, text).await;
    let text = "invalid amount for a marketable BUY order ($0.7), min size: $1";
    let asked = bob.posts(&Wish { kind: "FAK", ..buy(350, 2, 5) }).0;
    refused.so("MarketableTooSmall", asked, 400, text).await;
    let text = "order couldn't be fully filled. FOK orders are fully filled or killed.";
    let asked = bob.posts(&Wish { kind: "FOK", ..buy(350, 500, 6) }).0;
    refused.so("FokKilled", asked, 400, text).await;
    let text = "no orders found to match with FAK order. FAK orders are partially filled or killed \
        if no match is found.";
    let asked = bob.posts(&Wish { kind: "FAK", ..buy(330, 10, 7) }).0;
    refused.so("FakNothing", asked, 400, text).await;
    let market = |what: &str| format!("/emulator/markets/{RAIN}/{what}");
    refused.house.control("POST", &market("pause"), "").await;
    let text = "the market is not yet ready to process new orders";
    refused.so("NotReady", bob.posts(&buy(200, 10, 8)).0, 400, text).await;
    refused.house.control("POST", &market("open"), "").await;
}

async fn money(refused: &mut Refused<'_>, bob: &Person, poor: &Person) {
    let text = "not enough balance / allowance: the balance is not enough -> \
        balance: 10000000000, sum of matched orders: 0, sum of active orders: 2000000, \
        order amount: 10500000000";
    refused.so("Balance", bob.posts(&buy(300, 35_000, 10)).0, 400, text).await;
    let text = "not enough balance / allowance: the balance is not enough -> \
        balance: 10000000, order amount: 30000000";
    refused.so("Balance", poor.posts(&buy(300, 100, 1)).0, 400, text).await;
    let text = "not enough balance / allowance: the allowance is not enough -> \
        spender: 0xE111180000d2663C0091e4f400237545B87B996B, allowance: 0, order amount: 3000000";
    refused.so("Balance", poor.posts(&buy(300, 10, 2)).0, 400, text).await;
}

async fn requests(refused: &mut Refused<'_>, bob: &Person) {
    let legs: Vec<Value> = (100..116).map(|salt| bob.signs(&buy(200, 10, salt)).0).collect();
    let batch = bob.asks("POST", "/orders", &json!(legs).to_string());
    let text = "Too many orders in payload: 16, max allowed: 15";
    refused.so("TooManyOrders", batch, 400, text).await;
    let ids = json!(vec![bob.posts(&buy(200, 10, 1)).1; 1_001]).to_string();
    let text = "Too many orders in payload, max allowed: 1000";
    refused.so("TooManyCancels", bob.asks("DELETE", "/orders", &ids), 400, text).await;
    let asked = bob.asks("DELETE", "/order", r#"{"orderID":"7"}"#);
    refused.so("OrderId", asked, 400, "Invalid orderID").await;
    let public = |method, path: &str, body: &str| plain(Clob, method, path, body);
    for (row, asked, status, text) in [
        ("TokenId", public("GET", "/book?token_id=x", ""), 400, "Invalid token id"),
        (
            "NoOrderbook",
            public("GET", "/book?token_id=7", ""),
            404,
            "No orderbook exists for the requested token id",
        ),
        ("NoMarket", public("GET", "/markets/0x7", ""), 404, "market not found"),
        (
            "Side",
            public("GET", &format!("/price?token_id={RAIN_YES}&side=UP"), ""),
            400,
            "Invalid side",
        ),
        ("BadPayload", public("POST", "/books", "{"), 400, "Invalid payload"),
        (
            "PayloadTooLarge",
            public("POST", "/books", &" ".repeat(1_048_577)),
            413,
            "Payload exceeds the limit",
        ),
        (
            "NoOrder",
            bob.asks("GET", &format!("/data/order/0x{}", "0".repeat(64)), ""),
            404,
            "order not found",
        ),
        ("AssetType", bob.asks("GET", "/balance-allowance", ""), 400, "Invalid asset type"),
        (
            "SignatureType",
            bob.asks("GET", "/balance-allowance?asset_type=COLLATERAL&signature_type=9", ""),
            400,
            "Invalid signature_type",
        ),
        (
            "OrderParams",
            bob.asks("GET", "/data/orders?id=7", ""),
            400,
            "invalid order params payload",
        ),
        (
            "TradeParams",
            bob.asks("GET", "/data/trades?before=x", ""),
            400,
            "Invalid trade params payload",
        ),
        (
            "Heartbeat",
            bob.asks("POST", "/v1/heartbeats", r#"{"heartbeat_id":"x"}"#),
            400,
            "Invalid Heartbeat ID",
        ),
    ] {
        refused.so(row, asked, status, text).await;
    }
}

async fn modes(refused: &mut Refused<'_>, bob: &Person) {
    let post = || bob.posts(&buy(200, 10, 50)).0;
    refused.mode(&json!({ "restart": { "secs": 60, "says_when": true } })).await;
    let wait = refused.waiting("Restarting", post(), 425, "service not ready").await;
    assert_eq!(wait, "60");
    refused.mode(&json!({ "restart": { "secs": 60 } })).await;
    let wait = refused.waiting("Restarting", post(), 425, "service not ready").await;
    assert_eq!(wait, "");
    refused.mode(&json!({ "post_only": { "secs": 30 } })).await;
    let text = "post-only mode: only post-only orders and cancels are allowed";
    let read = refused.so("PostOnlyMode", post(), 503, text).await;
    assert_eq!((read.code.as_deref(), read.retry_after), (Some("post_only_mode"), Some(30)));
    refused.mode(&json!("cancel_only")).await;
    let text =
        "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.";
    refused.so("CancelOnly", post(), 503, text).await;
    refused.mode(&json!("disabled")).await;
    let text = "Trading is currently disabled. Check polymarket.com for updates";
    refused.so("Disabled", post(), 503, text).await;
    refused.mode(&json!("normal")).await;
    // The bucket of a signer empties; refused orders cost as much as others.
    let body = bob.signs(&buy(305, 10, 51)).0;
    let batch = bob.asks("POST", "/orders", &json!(vec![body; 15]).to_string());
    for nth in 0.. {
        assert!(nth < 1_000, "the bucket has no end");
        if refused.house.ask(&batch).await.unwrap().status == 429 {
            break;
        }
    }
    let wait = refused.waiting("TooManyRequests", batch, 429, "Too Many Requests").await;
    assert!(wait.parse::<u64>().unwrap() >= 1, "{wait}");
}
