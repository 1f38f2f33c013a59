//! A desk with a clock that stands, one owner with a deployed wallet and money, a session key, a builder
//! and two markets; and the requests a client makes of it.

use crate::clock::Clock;
use crate::fault::Faults;
use crate::log::Log;
use crate::names::Credentials;
use crate::serve::call::{Call, Reply, Service, query_pairs};
use crate::serve::desk::Desk;
use crate::serve::routes::{Found, find};
use crate::venue::market::Listing;
use crate::venue::people::Rights;
use crate::venue::{Settings, Venue};
use alloy_primitives::{Address, U256, hex};
use betteroms_core::market::{ConditionId, FeeSchedule, Gate, Market};
use betteroms_core::money::{Shares, Tick, Usd};
use betteroms_core::time::Time;
use betteroms_polymarket::signing::contracts::DEPOSIT_WALLET_FACTORY;
use betteroms_polymarket::signing::wallet::deposit_wallet_of;
use betteroms_polymarket::signing::{Batch, LocalKey, WalletCall, l2};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The first two accounts that every local development chain knows.
const OWNER: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
const SESSION: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
pub(super) const START: i64 = 1_783_132_553;
pub(super) const CONDITION: &str =
    "0x1111111111111111111111111111111111111111111111111111111111111111";
pub(super) const TOKEN: u64 = 1_001;

pub(super) struct Bench {
    pub(super) desk: Desk,
    pub(super) owner: LocalKey,
    pub(super) session: LocalKey,
    pub(super) wallet: Address,
    pub(super) builder: Credentials,
    now: i64,
}

pub(super) fn market(place: u8, neg_risk: bool) -> Market {
    Market {
        condition: ConditionId::new(format!("0x{}", format!("{place:x}").repeat(64))),
        slug: format!("market-{place}"),
        question: "Will it?".to_owned(),
        outcomes: ["Yes".to_owned(), "No".to_owned()],
        tokens: [format!("{}", u32::from(place) * 1_000 + 1), format!("{place}002")],
        tick: Tick::CENT,
        min_size: Shares::from_units(5),
        fee: Some(FeeSchedule::FREE),
        category: None,
        neg_risk,
        gate: Gate::Accepting,
        close: None,
        resolution: None,
        result_recorded: None,
        max_book_age_secs: None,
        assumed: BTreeSet::new(),
    }
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(super) fn with(settings: Settings) -> Self {
        let start = Time::from_secs(START);
        let mut venue = Venue::new(settings, start);
        let (owner, session) =
            (LocalKey::from_hex(OWNER).unwrap(), LocalKey::from_hex(SESSION).unwrap());
        let wallet = deposit_wallet_of(owner.address());
        venue.deploy(owner.address(), wallet);
        venue.fund(wallet, Usd::from_units(1_000)).unwrap();
        venue.list(Listing::plain(market(1, false))).unwrap();
        let key = venue.create_key(owner.address(), "0").unwrap();
        let builder = venue.create_key_beside(key, Rights::Builder);
        let builder = venue.people().key(builder).credentials.clone();
        let clock = Clock::starting(start, 0);
        let desk = Desk::new(venue, clock, Log::default(), Faults::default());
        Self { desk, owner, session, wallet, builder, now: START * 1_000 }
    }

    /// Lets so many milliseconds pass.
    pub(super) fn pass(&mut self, millis: i64) {
        self.now += millis;
        self.desk.clock.set(Time::from_millis(self.now)).unwrap();
        self.desk.tick();
    }

    /// Asks the venue itself.
    pub(super) fn venue<R>(&self, work: impl FnOnce(&mut Venue) -> R) -> R {
        self.desk.with(&call(Service::Clob, "GET", "/", ""), work)
    }

    pub(super) fn send(&self, mut call: Call) -> Reply {
        let Found::Route(route, captured) = find(call.service, &call.method, &call.path) else {
            panic!("no route {} {}", call.method, call.path)
        };
        call.captured = captured;
        (route.handler)(&self.desk, &call).unwrap_or_else(|refusal| Reply::from(&refusal))
    }

    /// Signs a request with the builder's key.
    pub(super) fn by_builder(&self, mut call: Call) -> Call {
        let Credentials { key, secret, passphrase } = &self.builder;
        let secret = l2::ApiSecret::from_base64(secret).unwrap();
        let timestamp = (self.now / 1_000).to_string();
        let mac = l2::mac(&secret, &timestamp, &call.method, &call.path, &call.body);
        for (name, value) in [
            ("poly_builder_api_key", key.to_string()),
            ("poly_builder_passphrase", passphrase.clone()),
            ("poly_builder_timestamp", timestamp),
            ("poly_builder_signature", mac),
        ] {
            call.headers.insert(name.to_owned(), value);
        }
        call
    }

    /// Signs a request to the CLOB with an API key.
    pub(super) fn by_key(&self, mut call: Call, of: Address) -> Call {
        let Credentials { key, secret, passphrase } = self.venue(|venue| {
            let ix = venue.people().key_of_nonce(of, "0").expect("a living key");
            venue.people().key(ix).credentials.clone()
        });
        let secret = l2::ApiSecret::from_base64(&secret).unwrap();
        let timestamp = (self.now / 1_000).to_string();
        let mac = l2::mac(&secret, &timestamp, &call.method, &call.path, &call.body);
        for (name, value) in [
            ("poly_address", of.to_string()),
            ("poly_api_key", key.to_string()),
            ("poly_passphrase", passphrase),
            ("poly_timestamp", timestamp),
            ("poly_signature", mac),
        ] {
            call.headers.insert(name.to_owned(), value);
        }
        call
    }

    pub(super) fn batch(&self, nonce: u64, calls: &[WalletCall]) -> Batch {
        Batch {
            wallet: self.wallet,
            nonce: U256::from(nonce),
            deadline: U256::from(self.now / 1_000 + 600),
            calls: calls.iter().map(WalletCall::encode).collect(),
        }
    }

    /// The body of a batch, as the official clients write it.
    pub(super) fn envelope(&self, batch: &Batch, key: &LocalKey, is_session: bool) -> Value {
        let calls: Vec<Value> = batch
            .calls
            .iter()
            .map(|call| {
                json!({ "target": call.target.to_string(), "value": call.value.to_string(),
                    "data": call.data.to_string() })
            })
            .collect();
        json!({
            "type": "WALLET", "from": key.address().to_string(),
            "to": DEPOSIT_WALLET_FACTORY.to_string(), "nonce": batch.nonce.to_string(),
            "signature": hex::encode_prefixed(key.sign_batch(batch, is_session)), "metadata": "",
            "depositWalletParams": { "depositWallet": batch.wallet.to_string(),
                "deadline": batch.deadline.to_string(), "calls": calls },
        })
    }

    pub(super) fn submit(&self, body: &Value) -> Reply {
        let call = call(Service::Relayer, "POST", "/submit", &body.to_string());
        self.send(self.by_builder(call))
    }

    /// Submits calls by the owner and returns the transaction's id.
    pub(super) fn submitted(&self, nonce: u64, calls: &[WalletCall]) -> String {
        let batch = self.batch(nonce, calls);
        let reply = self.submit(&self.envelope(&batch, &self.owner, false));
        assert_eq!(reply.status, 200, "{}", text(&reply));
        value(&reply)["transactionID"].as_str().unwrap().to_owned()
    }

    /// The state and error of a transaction.
    pub(super) fn state(&self, id: &str) -> (String, Option<String>) {
        let path = format!("/v1/account/transactions/{id}");
        let row = value(&self.send(call(Service::Relayer, "GET", &path, "")));
        let error = row["error_msg"].as_str().map(str::to_owned);
        (row["state"].as_str().unwrap().to_owned(), error)
    }
}

pub(super) fn call(service: Service, method: &str, path: &str, body: &str) -> Call {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Call {
        number: 1,
        service,
        method: method.to_owned(),
        path: path.to_owned(),
        captured: std::collections::BTreeMap::new(),
        query: query_pairs(query),
        headers: std::collections::BTreeMap::new(),
        body: body.to_owned().into(),
    }
}

pub(super) fn text(reply: &Reply) -> &str {
    std::str::from_utf8(&reply.body).unwrap()
}

pub(super) fn value(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

/// The status and the error's text.
pub(super) fn refused(reply: &Reply) -> (u16, String) {
    (reply.status, value(reply)["error"].as_str().unwrap_or_default().to_owned())
}
