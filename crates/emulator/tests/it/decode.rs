//! Every body that the venue serves is one that the adapter's wire types read: a story that calls every
//! route there is, every refusal there is, and both sockets.

mod refusals;
mod sockets;
mod table;

use super::house::House;
use super::stage::{
    Asked, BLUE, DONE, Person, RAIN, RAIN_NO, RAIN_YES, RED, RED_YES, Told, Wish, plain,
};
use alloy_primitives::{B256, U256, hex};
use betteroms_core::market::Side;
use betteroms_emulator::log::Log;
use betteroms_emulator::serve::call::Service::{Clob, Data, Gamma, Relayer};
use betteroms_emulator::serve::routes::{self, Found};
use betteroms_polymarket::signing::contracts::{CTF_ADAPTER, DEPOSIT_WALLET_FACTORY, PUSD};
use betteroms_polymarket::signing::{Batch, LocalKey, WalletCall};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How many bodies the story decodes.
const BODIES: usize = 183;
/// What the builder of the story signs its orders with.
const CODE: B256 = B256::repeat_byte(0xb1);

/// The story so far: whom it talks to, and which routes answered.
struct Story<'a> {
    house: &'a House,
    called: BTreeSet<String>,
    bodies: usize,
}

impl Story<'_> {
    /// Sends a request whose answer must be a success that the table's type reads.
    async fn go(&mut self, asked: Asked) -> Value {
        let told = self.house.ask(&asked).await.unwrap();
        let what = format!("{} {} {}", asked.service.word(), asked.method, asked.path);
        assert!((200..300).contains(&told.status), "{what}: {} {}", told.status, told.text());
        let bare = asked.path.split('?').next().unwrap();
        let Found::Route(route, _) = routes::find(asked.service, asked.method, bare) else {
            panic!("{what} is no route");
        };
        let name = table::name(route);
        table::read(&name, &told.body).unwrap_or_else(|e| panic!("{what}: {e}: {}", told.text()));
        self.called.insert(name);
        self.bodies += 1;
        told.value()
    }

    async fn get(&mut self, service: betteroms_emulator::serve::call::Service, path: &str) {
        self.go(plain(service, "GET", path, "")).await;
    }

    async fn control(&mut self, method: &'static str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.go(plain(Clob, method, &format!("/emulator{path}"), &body)).await
    }

    async fn pass(&mut self, millis: u64) {
        self.control("POST", "/clock", &json!({ "advance": millis })).await;
    }
}

#[tokio::test]
async fn every_route_is_called_and_its_answer_read() {
    let (house, staged) = House::staged(7, Log::default()).await;
    let mut story = Story { house: &house, called: BTreeSet::new(), bodies: 0 };
    let (alice, bob) = (Person::named(&staged, "alice"), Person::named(&staged, "bob"));
    keys(&mut story, &bob).await;
    trading(&mut story, &alice, &bob).await;
    own(&mut story, &alice, &bob).await;
    books(&mut story).await;
    discovery(&mut story).await;
    holdings(&mut story, &alice, &Person::named(&staged, "carol")).await;
    relayed(&mut story, &alice).await;
    by_hand(&mut story, &bob).await;
    farewell(&mut story, &bob).await;
    let all: BTreeSet<String> = routes::all().map(table::name).collect();
    let missing: Vec<&String> = all.difference(&story.called).collect();
    assert!(missing.is_empty(), "the story does not call {missing:?}");
    assert_eq!(story.bodies, BODIES);
}

/// Keys are made and found again; a second one, which only reads, comes and goes.
async fn keys(story: &mut Story<'_>, bob: &Person) {
    story.go(bob.proves("GET", "/auth/derive-api-key", 0)).await;
    story.go(bob.proves("POST", "/auth/api-key", 5)).await;
    story.go(bob.asks("GET", "/auth/api-keys", "")).await;
    let made = story.go(bob.asks("POST", "/auth/readonly-api-key", "")).await;
    for path in ["/auth/readonly-api-key", "/auth/readonly-api-keys"] {
        story.go(bob.asks("GET", path, "")).await;
    }
    let named = json!({ "key": made["apiKey"] }).to_string();
    story.go(bob.asks("DELETE", "/auth/readonly-api-key", &named)).await;
    story.go(bob.asks("POST", "/auth/builder-api-key", "")).await;
    story.go(bob.asks("GET", "/auth/builder-api-key", "")).await;
    story.go(bob.asks("DELETE", "/auth/builder-api-key", "")).await;
    story.go(bob.asks("GET", "/auth/ban-status/closed-only", "")).await;
}

/// Orders of each kind; one trades with another, one with the crowd, some are cancelled each way.
async fn trading(story: &mut Story<'_>, alice: &Person, bob: &Person) {
    let (resting, _) = alice.posts(&Wish::new(Side::Buy, 320, 100, 1));
    story.go(resting).await;
    let sold = Wish { builder: CODE, ..Wish::new(Side::Sell, 320, 40, 2) };
    let told = story.go(bob.posts(&sold).0).await;
    assert_eq!(told["status"], "matched");
    let bought = Wish { kind: "FOK", ..Wish::new(Side::Buy, 350, 20, 3) };
    assert_eq!(story.go(bob.posts(&bought).0).await["status"], "matched");
    let legs: Vec<Value> = (10..14)
        .map(|salt| bob.signs(&Wish::new(Side::Buy, 200 + salt * 10, 10, salt)).0)
        .collect();
    let told = story.go(bob.asks("POST", "/orders", &json!(legs).to_string())).await;
    let ids: Vec<&str> =
        told.as_array().unwrap().iter().map(|leg| leg["orderID"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 4);
    let other = Wish { token: RAIN_NO, ..Wish::new(Side::Buy, 300, 10, 20) };
    story.go(bob.posts(&other).0).await;
    story.pass(10_000).await;
    story.go(bob.asks("DELETE", "/order", &json!({ "orderID": ids[0] }).to_string())).await;
    story.go(bob.asks("DELETE", "/orders", &json!([ids[1], CODE]).to_string())).await;
    let of_market = json!({ "market": RAIN, "asset_id": RAIN_YES }).to_string();
    story.go(bob.asks("DELETE", "/cancel-market-orders", &of_market)).await;
    story.go(bob.asks("DELETE", "/cancel-all", "")).await;
    let beat = story.go(alice.asks("POST", "/v1/heartbeats", "{}")).await;
    story.go(alice.asks("POST", "/v1/heartbeats", &beat.to_string())).await;
}

/// What a key may read of its own.
async fn own(story: &mut Story<'_>, alice: &Person, bob: &Person) {
    let (open, id) = alice.posts(&Wish::new(Side::Buy, 330, 50, 4));
    story.go(open).await;
    let trades = story.go(bob.asks("GET", "/data/trades", "")).await;
    assert_eq!(trades["data"].as_array().map(Vec::len), Some(2));
    for query in ["", &format!("?asset_id={RAIN_YES}"), &format!("?market={RAIN}")] {
        story.go(alice.asks("GET", &format!("/data/orders{query}"), "")).await;
        story.go(alice.asks("GET", &format!("/data/trades{query}"), "")).await;
    }
    story.go(alice.asks("GET", &format!("/data/order/{id}"), "")).await;
    story.go(alice.asks("GET", "/data/pre-migration-orders", "")).await;
    for kind in ["COLLATERAL".to_owned(), format!("CONDITIONAL&token_id={RAIN_YES}")] {
        let query = format!("?asset_type={kind}&signature_type=3");
        story.go(alice.asks("GET", &format!("/balance-allowance{query}"), "")).await;
        story.go(alice.asks("GET", &format!("/balance-allowance/update{query}"), "")).await;
    }
    story.go(alice.asks("GET", &format!("/order-scoring?order_id={id}"), "")).await;
    story.go(alice.asks("POST", "/orders-scoring", &json!([id]).to_string())).await;
    let told = story.go(bob.asks("GET", "/notifications", "")).await;
    let nth = told[0]["id"].to_string();
    story.go(bob.asks("DELETE", &format!("/notifications?ids={nth}"), "")).await;
    story.get(Clob, &format!("/fees/builder-fees/{CODE}")).await;
    story.get(Clob, &format!("/builder/trades?builder_code={CODE}")).await;
    story.go(alice.asks("GET", "/v1/user/rate-limit-tier", "")).await;
}

/// Books, prices and markets of the CLOB.
async fn books(story: &mut Story<'_>) {
    for path in ["/", "/ok", "/time", "/version", "/api/geoblock"] {
        story.get(Clob, path).await;
    }
    for token in [RAIN_YES, RAIN_NO, RED_YES] {
        for what in ["book", "midpoint", "spread", "last-trade-price", "tick-size", "neg-risk"] {
            story.get(Clob, &format!("/{what}?token_id={token}")).await;
        }
        for what in ["tick-size", "neg-risk", "fee-rate"] {
            story.get(Clob, &format!("/{what}/{token}")).await;
        }
        story.get(Clob, &format!("/fee-rate?token_id={token}")).await;
        for side in ["BUY", "SELL"] {
            story.get(Clob, &format!("/price?token_id={token}&side={side}")).await;
        }
        story.get(Clob, &format!("/markets-by-token/{token}")).await;
    }
    let wanted =
        json!([{ "token_id": RAIN_YES, "side": "BUY" }, { "token_id": RED_YES, "side": "SELL" }]);
    for what in ["books", "prices", "midpoints", "spreads", "last-trades-prices"] {
        story.go(plain(Clob, "POST", &format!("/{what}"), &wanted.to_string())).await;
    }
    story.go(plain(Clob, "GET", "/last-trades-prices", &wanted.to_string())).await;
    story.get(Clob, &format!("/prices-history?market={RAIN_YES}&interval=1d&fidelity=1")).await;
    let asked = json!({ "markets": [RAIN_YES], "interval": "max" }).to_string();
    story.go(plain(Clob, "POST", "/batch-prices-history", &asked)).await;
    for what in ["markets", "simplified-markets", "sampling-markets", "sampling-simplified-markets"]
    {
        story.get(Clob, &format!("/{what}")).await;
    }
    for condition in [RAIN, RED, DONE] {
        story.get(Clob, &format!("/markets/{condition}")).await;
        story.get(Clob, &format!("/clob-markets/{condition}")).await;
    }
    story.get(Clob, &format!("/markets/live-activity/{RAIN}")).await;
}

/// Gamma.
async fn discovery(story: &mut Story<'_>) {
    let markets = story.go(plain(Gamma, "GET", "/markets", "")).await;
    let events = story.go(plain(Gamma, "GET", "/events", "")).await;
    // Both hosts tell one id for the event that a market belongs to, and none for one that has none.
    for (slug, condition) in [("red", RED), ("rain", RAIN)] {
        let clob = story.go(plain(Clob, "GET", &format!("/markets/{condition}"), "")).await;
        let gamma = story.go(plain(Gamma, "GET", &format!("/markets/slug/{slug}"), "")).await;
        let told = gamma["negRiskMarketID"].as_str().unwrap_or_default();
        assert_eq!(clob["neg_risk_market_id"], told);
        assert_eq!(told.is_empty(), slug == "rain");
    }
    let id = |rows: &Value| rows[0]["id"].as_str().unwrap().to_owned();
    for path in [
        "/markets/keyset?limit=2".to_owned(),
        "/markets/slug/rain".to_owned(),
        format!("/markets/{}", id(&markets)),
        "/events/keyset?limit=2".to_owned(),
        "/events/slug/race".to_owned(),
        format!("/events/{}", id(&events)),
        "/public-search?q=race".to_owned(),
        "/series".to_owned(),
        "/tags".to_owned(),
    ] {
        story.get(Gamma, &path).await;
    }
}

/// The Data API in both versions, with a position closed and a market resolved.
async fn holdings(story: &mut Story<'_>, alice: &Person, carol: &Person) {
    let user = alice.wallet;
    for (side, mills, salt) in [(Side::Buy, 350, 60), (Side::Sell, 310, 61)] {
        story.go(carol.posts(&Wish { kind: "FOK", ..Wish::new(side, mills, 10, salt) }).0).await;
        story.pass(10_000).await;
        let query = format!("asset_type=CONDITIONAL&token_id={RAIN_YES}&signature_type=2");
        story.go(carol.asks("GET", &format!("/balance-allowance/update?{query}"), "")).await;
    }
    let first = story.control("GET", "/accounts", &Value::Null).await;
    assert!(first.as_array().is_some_and(|rows| rows.len() >= 8));
    let (sale, _) = alice.posts(&Wish { kind: "FAK", ..Wish::new(Side::Sell, 310, 30, 7) });
    story.go(sale).await;
    story
        .control("POST", &format!("/markets/{DONE}/resolve"), &json!({ "payout_first": "1" }))
        .await;
    story.pass(10_000).await;
    for version in ["", "/v2"] {
        story.get(Data, &format!("{version}/positions?user={user}")).await;
        story.get(Data, &format!("{version}/trades?user={user}")).await;
        story.get(Data, &format!("{version}/activity?user={user}")).await;
        story.get(Data, &format!("{version}/value?user={user}")).await;
    }
    story.get(Data, &format!("/closed-positions?user={}", carol.wallet)).await;
    story.get(Data, &format!("/traded?user={user}")).await;
    story.get(Data, &format!("/holders?market={RAIN}")).await;
    story.get(Data, &format!("/v2/approvals?user={user}")).await;
    story.get(Data, "/v2/resolutions").await;
    story.get(Data, &format!("/v2/prices-history?token_id={RAIN_YES}")).await;
}

fn envelope(owner: &LocalKey, batch: &Batch) -> Value {
    let row = |call: &betteroms_polymarket::signing::Call| json!({ "target": call.target, "value": call.value.to_string(), "data": call.data });
    let calls: Vec<Value> = batch.calls.iter().map(row).collect();
    json!({
        "type": "WALLET", "from": owner.address(), "to": DEPOSIT_WALLET_FACTORY,
        "nonce": batch.nonce.to_string(), "metadata": "",
        "signature": hex::encode_prefixed(owner.sign_batch(batch, false)),
        "depositWalletParams": { "depositWallet": batch.wallet,
            "deadline": batch.deadline.to_string(), "calls": calls },
    })
}

/// The relayer: a batch to its end, and a session key from its first day to its last.
async fn relayed(story: &mut Story<'_>, alice: &Person) {
    let made = story.go(alice.asks("POST", "/auth/builder-api-key", "")).await;
    let builder = alice.with_credentials(&made);
    let (owner, wallet) = (alice.key.address(), alice.wallet);
    for path in [
        format!("/deployed?address={wallet}&type=WALLET"),
        format!("/nonce?address={owner}&type=WALLET"),
        format!("/relay-payload?address={owner}&type=PROXY"),
        format!("/v1/account/transactions/params?address={owner}&type=WALLET"),
    ] {
        story.get(Relayer, &path).await;
    }
    let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": [] });
    story.go(plain(Relayer, "POST", "/rpc", &asked.to_string())).await;
    let batch = |nonce: u64, call: WalletCall| Batch {
        wallet,
        nonce: U256::from(nonce),
        deadline: U256::from(super::stage::START + 600),
        calls: vec![call.encode()],
    };
    let approve = WalletCall::Approve { token: PUSD, spender: CTF_ADAPTER, amount: U256::from(5) };
    let body = envelope(&alice.key, &batch(0, approve)).to_string();
    let taken = story.go(builder.builds(Relayer, "POST", "/submit", &body)).await;
    story.pass(10_000).await;
    let id = taken["transactionID"].as_str().unwrap();
    story.get(Relayer, &format!("/v1/account/transactions/{id}")).await;
    story.get(Relayer, &format!("/transaction?id={id}")).await;
    story.go(builder.builds(Relayer, "GET", "/transactions", "")).await;

    let signer = LocalKey::from_bytes(&[9; 32]).unwrap().address();
    // To the hour: so long is a session, whoever asks (venue.md 9.5).
    let now = story.go(plain(Clob, "GET", "/time", "")).await.as_i64().unwrap();
    let valid_until = U256::from(now + 4_315 * 3_600);
    let wishes = [
        ("authorizations", WalletCall::AuthorizeSessionSigner { wallet, signer, valid_until }),
        ("revocations", WalletCall::RevokeSessionSigner { wallet, signer }),
    ];
    for (nth, (what, call)) in wishes.into_iter().enumerate() {
        let batch = batch(1 + nth as u64, call);
        let body = json!({
            "deadline": batch.deadline.to_string(), "nonce": batch.nonce.to_string(),
            "scopes": ["CLOB"], "sessionSignerAddress": signer, "walletAddress": wallet,
            "signature": hex::encode_prefixed(alice.key.sign_batch(&batch, false)),
            "validUntil": valid_until.to_string(),
        });
        let path = format!("/v1/session-signers/{what}");
        let mut asked = builder.builds(Relayer, "POST", &path, &body.to_string());
        asked.headers.push(("idempotency-key", what.to_owned()));
        let taken = story.go(asked).await;
        story.pass(10_000).await;
        let id = taken["operationId"].as_str().unwrap();
        story.go(builder.builds(Relayer, "GET", &format!("{path}/{id}"), "")).await;
        story.go(alice.asks("GET", "/v1/user/session-signers", "")).await;
    }
}

/// The control interface, which has no wire types as no adapter speaks to it.
async fn by_hand(story: &mut Story<'_>, bob: &Person) {
    let stuck =
        json!({ "on": "POST /order", "times": 1, "what": { "settlement": { "fate": "stuck" } } });
    let set = story.control("POST", "/faults", &stuck).await;
    story.control("GET", "/faults", &Value::Null).await;
    let told = story.go(bob.posts(&Wish::new(Side::Buy, 360, 10, 90)).0).await;
    let id = told["tradeIDs"][0].as_str().unwrap();
    story.control("POST", &format!("/trades/{id}"), &json!({ "fate": "fail" })).await;
    story.control("DELETE", &format!("/faults/{}", set["number"]), &Value::Null).await;
    story.control("DELETE", "/faults", &Value::Null).await;
    let take = json!({ "token": RAIN_YES, "side": "BUY", "price": "0.36", "size": "5" });
    story.control("POST", "/crowd", &take).await;
    for what in ["pause", "open", "close"] {
        story.control("POST", &format!("/markets/{BLUE}/{what}"), &Value::Null).await;
    }
    story.control("POST", &format!("/markets/{RED}/tick"), &json!({ "tick": "0.001" })).await;
    story.control("POST", "/mode", &json!({ "mode": "normal" })).await;
    let deposit = json!({ "deposit": "1" });
    story.control("POST", &format!("/accounts/{}", bob.wallet), &deposit).await;
    for path in ["", "/ledger"] {
        story.control("GET", path, &Value::Null).await;
    }
    story.get(Clob, "/emulator/log").await;
}

/// The last thing a key does.
async fn farewell(story: &mut Story<'_>, bob: &Person) {
    story.go(bob.asks("DELETE", "/auth/api-key", "")).await;
    let gone: Told = story.house.ask(&bob.asks("GET", "/auth/api-keys", "")).await.unwrap();
    assert_eq!(gone.status, 401);
}
