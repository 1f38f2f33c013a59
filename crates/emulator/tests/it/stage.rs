//! A venue from a script, with its people: markets of every kind, accounts of every kind, a clock that
//! stands. What is said to it is a value, so that the same bytes can be sent again and elsewhere.

use super::house::House;
use alloy_primitives::{Address, B256, U256, hex};
use betteroms_core::market::Side;
use betteroms_core::time::Time;
use betteroms_emulator::clock::Clock;
use betteroms_emulator::fault::Faults;
use betteroms_emulator::log::Log;
use betteroms_emulator::script::{Script, Staged, StagedAccount};
use betteroms_emulator::serve::call::Service;
use betteroms_emulator::serve::desk::Desk;
use betteroms_emulator::venue::{Settings, Venue};
use betteroms_polymarket::signing::l2::{self, ApiSecret};
use betteroms_polymarket::signing::{Exchange, LocalKey, Order, SignatureType};
use serde_json::{Value, json};

pub(crate) const START: i64 = 1_790_000_000;
pub(crate) const RAIN: &str = "0x00000000000000000000000000000000000000000000000000000000000000a1";
pub(crate) const RED: &str = "0x00000000000000000000000000000000000000000000000000000000000000a2";
pub(crate) const BLUE: &str = "0x00000000000000000000000000000000000000000000000000000000000000a3";
pub(crate) const DONE: &str = "0x00000000000000000000000000000000000000000000000000000000000000a4";
/// The tokens of a market are its own number and one more.
pub(crate) const RAIN_YES: &str = "1001";
pub(crate) const RAIN_NO: &str = "1002";
pub(crate) const RED_YES: &str = "2001";

const SCRIPT: &str = r#"{
  "seed": SEED,
  "markets": [
    { "slug": "rain", "question": "Does it rain?", "condition": "0x00000000000000000000000000000000000000000000000000000000000000a1",
      "tokens": ["1001", "1002"], "fee": { "rate": 0.07, "exponent": 1 }, "category": "weather",
      "rewards": { "minSize": 5, "maxSpread": 0.5 }, "event": { "slug": "weather", "title": "The weather" } },
    { "slug": "red", "condition": "0x00000000000000000000000000000000000000000000000000000000000000a2",
      "tokens": ["2001", "2002"], "group": "race", "event": { "slug": "race", "title": "The race" } },
    { "slug": "blue", "condition": "0x00000000000000000000000000000000000000000000000000000000000000a3",
      "tokens": ["3001", "3002"], "group": "race", "event": { "slug": "race", "title": "The race" } },
    { "slug": "done", "condition": "0x00000000000000000000000000000000000000000000000000000000000000a4",
      "tokens": ["4001", "4002"] },
  ],
  "accounts": [
    { "name": "alice", "wallet": "deposit", "cash": 10000, "sessions": [{ "name": "phone", "validUntil": "2026-12-01T00:00:00Z" }],
      "shares": [{ "market": "rain", "outcome": "Yes", "size": 5000 }, { "market": "done", "outcome": "Yes", "size": 50 }] },
    { "name": "bob", "wallet": "eoa", "cash": 10000,
      "shares": [{ "market": "rain", "outcome": "Yes", "size": 5000 }, { "market": "rain", "outcome": "No", "size": 5000 }] },
    { "name": "carol", "wallet": "safe", "cash": 10000 },
    { "name": "paul", "wallet": "proxy", "cash": 10000 },
    { "name": "old", "wallet": "eoa", "cash": 100, "allowed": false },
    { "name": "bad", "wallet": "eoa", "cash": 100, "banned": true },
    { "name": "shut", "wallet": "eoa", "cash": 100, "closedOnly": true },
    { "name": "poor", "wallet": "eoa", "cash": 10, "approvals": "none" },
  ],
  "liquidity": [
    { "market": "rain", "bids": [[0.31, 400], [0.30, 900]], "asks": [[0.35, 350], [0.36, 800]] },
    { "market": "red", "bids": [[0.41, 400]], "asks": [[0.43, 350]] },
  ],
}"#;

/// A request, byte for byte.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) service: Service,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// An answer, byte for byte. The date that HTTP libraries add is no part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Told {
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A request without a proof.
pub(crate) fn plain(service: Service, method: &'static str, path: &str, body: &str) -> Asked {
    Asked { service, method, path: path.to_owned(), headers: Vec::new(), body: body.to_owned() }
}

impl House {
    /// The script's venue; its log goes to a file too, where one is named.
    pub(crate) async fn staged(seed: u64, log: Log) -> (Self, Staged) {
        Self::staged_under(seed, log, |settings| settings).await
    }

    /// As [`House::staged`], with other settings.
    pub(crate) async fn staged_under(
        seed: u64,
        log: Log,
        change: impl FnOnce(Settings) -> Settings,
    ) -> (Self, Staged) {
        let script = SCRIPT.replace("SEED", &seed.to_string());
        let script = Script::parse(&script, "stage").unwrap();
        let clock = Clock::starting(Time::from_secs(START), 0);
        let mut venue = Venue::new(change(script.settings()), clock.now());
        let staged = script.stage(&mut venue).unwrap();
        let desk = Desk::new(venue, clock, log, Faults::new(seed));
        (Self::around(desk).await, staged)
    }

    /// Sends a request; the error of a connection that ended.
    pub(crate) async fn ask(&self, asked: &Asked) -> reqwest::Result<Told> {
        let url = format!("{}{}", self.open.url(asked.service), asked.path);
        let mut request = self.client.request(asked.method.parse().unwrap(), url);
        for (name, value) in &asked.headers {
            request = request.header(*name, value);
        }
        let answer = request.body(asked.body.clone()).send().await?;
        let status = answer.status().as_u16();
        let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
        let all = answer.headers().iter().filter(|(name, _)| *name != "date");
        let headers = all.map(|(name, value)| (name.to_string(), text(value))).collect();
        Ok(Told { status, headers, body: answer.bytes().await?.to_vec() })
    }

    /// Lets so many milliseconds of the venue pass.
    pub(crate) async fn pass(&self, millis: u64) {
        let body = json!({ "advance": millis }).to_string();
        assert_eq!(self.control("POST", "/emulator/clock", &body).await.0, 200);
    }
}

/// Somebody of the script.
pub(crate) struct Person {
    pub(crate) key: LocalKey,
    pub(crate) wallet: Address,
    kind: SignatureType,
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) passphrase: String,
    pub(crate) private_key: String,
}

/// An order to sign, with what most have.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) token: &'static str,
    pub(crate) neg_risk: bool,
    pub(crate) side: Side,
    /// Thousandths of a dollar.
    pub(crate) mills: u64,
    pub(crate) shares: u64,
    /// Millionths of a share more than those, for which nothing is paid.
    pub(crate) dust: u64,
    pub(crate) salt: u64,
    pub(crate) kind: &'static str,
    pub(crate) builder: B256,
}

impl Wish {
    /// A GTC order for the first token of the first market.
    pub(crate) fn new(side: Side, mills: u64, shares: u64, salt: u64) -> Self {
        let (token, kind, builder) = (RAIN_YES, "GTC", B256::ZERO);
        Self { token, neg_risk: false, side, mills, shares, dust: 0, salt, kind, builder }
    }
}

impl Person {
    pub(crate) fn named(staged: &Staged, name: &str) -> Self {
        let found = staged.accounts.iter().find(|account| account.name == name).unwrap();
        Self::of(found)
    }

    fn of(account: &StagedAccount) -> Self {
        let credentials = account.credentials.clone().unwrap();
        Self {
            key: LocalKey::from_hex(&account.private_key).unwrap(),
            wallet: account.wallet,
            kind: SignatureType::try_from(account.signature_type).unwrap(),
            id: credentials.key.to_string(),
            secret: credentials.secret,
            passphrase: credentials.passphrase,
            private_key: account.private_key.clone(),
        }
    }

    fn proved(
        &self,
        (service, prefix): (Service, [&'static str; 4]),
        (method, path, body): (&'static str, &str, &str),
    ) -> Asked {
        let secret = ApiSecret::from_base64(&self.secret).unwrap();
        let timestamp = START.to_string();
        let bare = path.split('?').next().unwrap();
        let mac = l2::mac(&secret, &timestamp, method, bare, body.as_bytes());
        let values = [self.id.clone(), self.passphrase.clone(), timestamp, mac];
        let headers = prefix.into_iter().zip(values).collect();
        Asked { headers, ..plain(service, method, path, body) }
    }

    /// A call to the CLOB under the account's key.
    pub(crate) fn asks(&self, method: &'static str, path: &str, body: &str) -> Asked {
        let names = ["poly_api_key", "poly_passphrase", "poly_timestamp", "poly_signature"];
        let mut asked = self.proved((Service::Clob, names), (method, path, body));
        asked.headers.push(("poly_address", self.key.address().to_string()));
        asked
    }

    /// A call under a builder's key, which this person's credentials are then.
    pub(crate) fn builds(
        &self,
        service: Service,
        method: &'static str,
        path: &str,
        body: &str,
    ) -> Asked {
        let names = [
            "poly_builder_api_key",
            "poly_builder_passphrase",
            "poly_builder_timestamp",
            "poly_builder_signature",
        ];
        self.proved((service, names), (method, path, body))
    }

    /// The same account with the credentials that an answer told.
    pub(crate) fn with_credentials(&self, told: &Value) -> Self {
        let text = |name: &str| told[name].as_str().unwrap_or_else(|| panic!("{told}")).to_owned();
        let id = if told["apiKey"].is_string() { text("apiKey") } else { text("key") };
        Self {
            key: LocalKey::from_hex(&self.private_key).unwrap(),
            id,
            secret: text("secret"),
            passphrase: text("passphrase"),
            private_key: self.private_key.clone(),
            ..*self
        }
    }

    /// A call proved by the wallet's own signature.
    pub(crate) fn proves(&self, method: &'static str, path: &str, nonce: u64) -> Asked {
        let timestamp = START.to_string();
        let signature = self.key.sign_clob_auth(&timestamp, U256::from(nonce));
        let headers = vec![
            ("poly_address", self.key.address().to_string()),
            ("poly_signature", hex::encode_prefixed(signature)),
            ("poly_timestamp", timestamp),
            ("poly_nonce", nonce.to_string()),
        ];
        Asked { headers, ..plain(Service::Clob, method, path, "") }
    }

    /// The body of an order, and its id.
    pub(crate) fn signs(&self, wish: &Wish) -> (Value, String) {
        let (cash, size) = (wish.mills * wish.shares * 1_000, wish.shares * 1_000_000 + wish.dust);
        let (give, get) = match wish.side {
            Side::Buy => (cash, size),
            Side::Sell => (size, cash),
        };
        let signer =
            if self.kind == SignatureType::Contract { self.wallet } else { self.key.address() };
        let order = Order {
            salt: wish.salt,
            maker: self.wallet,
            signer,
            token_id: U256::from_str_radix(wish.token, 10).unwrap(),
            maker_amount: U256::from(give),
            taker_amount: U256::from(get),
            side: wish.side,
            signature_type: self.kind,
            timestamp_ms: START.unsigned_abs() * 1_000,
            metadata: B256::ZERO,
            builder: wish.builder,
        };
        let exchange = Exchange::for_token(order.token_id, wish.neg_risk);
        let signature = self.key.sign_order(&order, exchange, false);
        let body = json!({
            "order": {
                "salt": order.salt, "maker": order.maker, "signer": order.signer,
                "tokenId": wish.token, "makerAmount": give.to_string(),
                "takerAmount": get.to_string(), "side": wish.side,
                "signatureType": self.kind as u8, "expiration": "0",
                "timestamp": order.timestamp_ms.to_string(), "metadata": B256::ZERO,
                "builder": wish.builder, "signature": hex::encode_prefixed(signature),
            },
            "orderType": wish.kind, "owner": self.id,
        });
        (body, order.id(exchange).to_string())
    }

    /// A signed order on its way, and its id.
    pub(crate) fn posts(&self, wish: &Wish) -> (Asked, String) {
        let (body, id) = self.signs(wish);
        (self.asks("POST", "/order", &body.to_string()), id)
    }
}
