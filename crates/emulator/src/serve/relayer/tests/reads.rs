//! What is read without a key, and what is not.

use super::desk::{Bench, call, refused, text, value};
use crate::serve::call::Service::{Clob, Relayer};
use alloy_primitives::Address;
use betteroms_polymarket::wire::relayer::{Deployed, TransactionParams};
use serde_json::json;

#[test]
fn a_wallet_is_read_without_a_key() {
    let bench = Bench::new();
    let (owner, wallet) = (bench.owner.address(), bench.wallet);
    let get = |path: String| bench.send(call(Relayer, "GET", &path, ""));
    let rows = [
        (format!("/deployed?address={wallet}&type=WALLET"), true),
        (format!("/deployed?address={wallet}"), true),
        (format!("/deployed?address={wallet}&type=SAFE"), false),
        (format!("/deployed?address={owner}"), false),
    ];
    for (path, expected) in rows {
        let found: Deployed = wire!(&get(path.clone()));
        assert_eq!(found, Deployed(expected), "{path}");
    }
    let path = format!("/v1/account/transactions/params?address={owner}&type=WALLET");
    let params: TransactionParams = wire!(&get(path));
    assert_eq!((params.address.as_str(), params.nonce.whole()), (&*owner.to_string(), Some(0)));
    let params: TransactionParams =
        wire!(&get(format!("/relay-payload?address={owner}&type=PROXY")));
    assert_eq!(params.nonce.whole(), Some(0));
    assert_eq!(value(&get(format!("/nonce?address={owner}&type=WALLET"))), json!({"nonce": "0"}));
    let (status, error) = refused(&get("/nonce?address=0x12&type=WALLET".to_owned()));
    assert_eq!((status, error.contains("address")), (400, true));
    assert_eq!(refused(&get("/v1/account/transactions/none".to_owned())).0, 404);
    assert_eq!(text(&get("/transaction?id=none".to_owned())), "[]");
}

#[test]
fn what_acts_needs_a_builders_or_a_relayers_key() {
    let bench = Bench::new();
    let owner = bench.owner.address();
    for (method, path) in [
        ("POST", "/submit"),
        ("GET", "/transactions"),
        ("POST", "/v1/session-signers/authorizations"),
        ("POST", "/v1/session-signers/revocations"),
        ("GET", "/v1/session-signers/authorizations/1"),
    ] {
        let plain = bench.send(call(Relayer, method, path, "{}"));
        assert_eq!(refused(&plain), (401, "invalid authorization".to_owned()), "{path}");
        let mut tampered = bench.by_builder(call(Relayer, method, path, "{}"));
        tampered.body = "{ }".into();
        assert_eq!(bench.send(tampered).status, 401, "{path}");
    }
    // A key for trading looks like a builder's and is none.
    let mut trading = bench.by_key(call(Relayer, "POST", "/submit", "{}"), owner);
    let renamed: Vec<_> = trading
        .headers
        .iter()
        .map(|(name, value)| (name.replace("poly_", "poly_builder_"), value.clone()))
        .collect();
    trading.headers.extend(renamed);
    assert_eq!(bench.send(trading).status, 401);
    let key = bench.venue(|venue| venue.add_relayer_key(owner));
    let with = |address: Address| {
        let mut call = call(Relayer, "GET", "/transactions", "");
        call.headers.insert("relayer_api_key".to_owned(), key.to_string());
        call.headers.insert("relayer_api_key_address".to_owned(), address.to_string());
        bench.send(call).status
    };
    assert_eq!((with(owner), with(bench.wallet)), (200, 401));
}

#[test]
fn the_tier_is_named_and_the_place_told() {
    let bench = Bench::new();
    let owner = bench.owner.address();
    let tier = bench.send(bench.by_key(call(Clob, "GET", "/v1/user/rate-limit-tier", ""), owner));
    let tier: betteroms_polymarket::wire::account::RateLimitTier = wire!(&tier);
    assert_eq!(tier.tier, "Standard");
    let plain = bench.send(call(Clob, "GET", "/v1/user/rate-limit-tier", ""));
    assert_eq!(plain.status, 401);
    let place = value(&bench.send(call(Clob, "GET", "/api/geoblock", "")));
    assert_eq!(place, json!({"blocked":false,"ip":"127.0.0.1","country":"CH","region":"ZH"}));
}
