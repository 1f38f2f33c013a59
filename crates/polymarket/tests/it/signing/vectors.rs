//! Every row of the recorded figures, read in place.

use super::{LocalKey, owner, session};
use crate::shared;
use betteroms_core::market::Side;
use betteroms_polymarket::signing::{
    Address, B256, Batch, Bytes, Call, Envelope, Exchange, Order, SignedBy, U256, WalletCall,
    WalletKind, contracts, l1, l2, link, nested_digest, recover, verify, wallet,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::str::FromStr;

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn parse<T: FromStr<Err: Debug>>(value: &Value) -> T {
    text(value).parse().unwrap()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn rows<'a>(file: &'a Value, name: &str, expected: usize) -> &'a [Value] {
    let rows = file[name].as_array().unwrap();
    assert_eq!(rows.len(), expected, "{name}: rows were added or lost");
    rows
}

fn file(test: &str, path: &str) -> Option<Value> {
    Some(serde_json::from_slice(&shared::read(test, path)?).unwrap())
}

fn order(row: &Value) -> Order {
    Order {
        salt: number(&row["salt"]),
        maker: parse(&row["maker"]),
        signer: parse(&row["signer"]),
        token_id: parse(&row["tokenId"]),
        maker_amount: parse(&row["makerAmount"]),
        taker_amount: parse(&row["takerAmount"]),
        side: if row["side"] == "BUY" { Side::Buy } else { Side::Sell },
        signature_type: u8::try_from(number(&row["signatureType"])).unwrap().try_into().unwrap(),
        timestamp_ms: parse(&row["timestamp"]),
        metadata: parse(&row["metadata"]),
        builder: parse(&row["builder"]),
    }
}

fn exchange(domain: &Value) -> Exchange {
    let address: Address = parse(&domain["verifyingContract"]);
    let exchange = Exchange::ALL.into_iter().find(|one| one.address() == address).unwrap();
    assert_eq!(domain["version"], exchange.version());
    assert_eq!(domain["chainId"], contracts::CHAIN_ID);
    exchange
}

#[test]
fn orders_are_signed_as_the_official_client_signs_them() {
    let test = "orders_are_signed_as_the_official_client_signs_them";
    let Some(file) = file(test, "vectors_generated/vectors_order_signing.json") else { return };
    let keys = [owner(), session()];
    assert_eq!(file["test_keys"]["owner"], format!("0x{}", super::OWNER));
    assert_eq!(file["test_keys"]["session"], format!("0x{}", super::SESSION));
    for row in rows(&file, "vectors", 8) {
        let name = text(&row["name"]);
        let (order, exchange) = (order(&row["order"]), exchange(&row["domain"]));
        let of = |field: &str| -> B256 { parse(&row[field]) };
        assert_eq!(exchange.domain_separator(), of("domain_separator"), "{name}");
        assert_eq!(order.struct_hash(), of("struct_hash"), "{name}");
        assert_eq!(order.id(exchange), of("order_id"), "{name}");
        assert_eq!(order.digest_to_sign(exchange), of("digest_signed"), "{name}");

        let address: Address = parse(&row["signing_key_address"]);
        let key = keys.iter().find(|key| key.address() == address).unwrap();
        let inner = key.sign_digest(order.digest_to_sign(exchange));
        let bytes = |field: &str| -> Bytes { parse(&row[field]) };
        assert_eq!(inner[..], bytes("inner_signature")[..], "{name}");
        let signature = order.hashed(exchange).wrap(inner, None);
        assert_eq!(signature[..], bytes("signature")[..], "{name}");
        assert_eq!(key.sign_order(&order, exchange, false), signature, "{name}");
        let by = SignedBy::Owner(address);
        assert_eq!(recover(&order, exchange, &signature), Ok(by), "{name}");
        if row.get("session_signature").is_none() {
            assert_eq!(verify(&order, exchange, &signature), Ok(by), "{name}");
            continue;
        }
        assert!(verify(&order, exchange, &signature).is_err(), "{name}: no wallet of that key");
        let signature = key.sign_order(&order, exchange, true);
        assert_eq!(signature[..], bytes("session_signature")[..], "{name}");
        let by = SignedBy::Session { claimed: address, recovered: address };
        assert_eq!(verify(&order, exchange, &signature), Ok(by), "{name}");
    }
}

#[test]
fn envelopes_are_those_of_an_independent_project() {
    let test = "envelopes_are_those_of_an_independent_project";
    let path = "real_polyoxide/session_key_order_vectors.json";
    let Some(file) = file(test, path) else { return };
    assert_eq!(file.as_object().unwrap().len(), 2, "rows were added or lost");
    for name in ["v1_exchange", "v2_exchange"] {
        let row = &file[name];
        let domain: B256 = parse(&row["app_domain_separator"]);
        let contents: B256 = parse(&row["contents_hash"]);
        let wallet: Address = parse(&row["deposit_wallet"]);
        let bytes = |field: &str| -> Bytes { parse(&row[field]) };
        let digest = nested_digest(domain, contents, wallet);
        assert_eq!(digest, parse::<B256>(&row["envelope_digest"]), "{name}");
        let inner = owner().sign_digest(digest);
        assert_eq!(inner[..], bytes("inner_signature")[..], "{name}");

        let envelope = Envelope { inner, domain_separator: domain, contents, session: None };
        assert_eq!(envelope.to_bytes()[..], bytes("wrapped_signature")[..], "{name}");
        assert_eq!(Envelope::parse(&bytes("wrapped_signature")), Ok(envelope), "{name}");
        let envelope = Envelope { session: Some(parse(&row["session_signer"])), ..envelope };
        assert_eq!(envelope.to_bytes()[..], bytes("session_signature")[..], "{name}");
        assert_eq!(Envelope::parse(&bytes("session_signature")), Ok(envelope), "{name}");

        assert_eq!(owner().address(), parse::<Address>(&row["signer_address"]), "{name}");
        // The wallet is not the signer's, but that of the account 1.
        let one = Address::with_last_byte(1);
        assert_eq!(link(one, wallet), Some(WalletKind::LegacyDeposit), "{name}");
        assert_eq!(link(owner().address(), wallet), None, "{name}");
        let standard = (name == "v2_exchange").then_some(Exchange::Standard);
        assert_eq!(Exchange::of_domain(domain), standard, "{name}");
    }
}

#[test]
fn the_two_proofs_of_identity_are_those_of_the_official_client() {
    let test = "the_two_proofs_of_identity_are_those_of_the_official_client";
    let Some(file) = file(test, "vectors_generated/vectors_auth.json") else { return };
    for row in rows(&file, "l1_clob_auth", 2) {
        let (time, nonce) = (text(&row["timestamp"]), U256::from(number(&row["nonce"])));
        let signature: Bytes = parse(&row["signature"]);
        let address: Address = parse(&row["address"]);
        assert_eq!(owner().address(), address);
        assert_eq!(owner().sign_clob_auth(time, nonce)[..], signature[..]);
        assert_eq!(l1::recover_clob_auth(address, time, nonce, &signature), Ok(address));
        assert_eq!(l1::verify_clob_auth(address, time, nonce, &signature), Ok(()));
        let late = l1::verify_clob_auth(address, "1", nonce, &signature);
        assert!(late.is_err(), "another timestamp");
    }
    for row in rows(&file, "l2_hmac", 4) {
        let secret = l2::ApiSecret::from_base64(text(&row["secret"])).unwrap();
        let (time, method) = (text(&row["timestamp"]), text(&row["method"]));
        let (path, body) =
            (text(&row["path"]), row["body"].as_str().unwrap_or_default().as_bytes());
        let mac = text(&row["signature"]);
        assert_eq!(l2::mac(&secret, time, method, path, body), mac);
        assert!(l2::verify(&secret, time, method, path, body, mac));
    }
}

#[test]
fn wallets_are_derived_as_an_independent_project_derives_them() {
    let test = "wallets_are_derived_as_an_independent_project_derives_them";
    let path = "real_polyoxide/wallet_derivation_vectors.json";
    let Some(file) = file(test, path) else { return };
    let config = &file["config"];
    let table = [
        ("deposit_wallet_factory", contracts::DEPOSIT_WALLET_FACTORY),
        ("deposit_wallet_beacon", contracts::DEPOSIT_WALLET_BEACON),
        ("deposit_wallet_implementation", contracts::LEGACY_DEPOSIT_WALLET_IMPLEMENTATION),
        ("proxy_factory", contracts::PROXY_FACTORY),
        ("proxy_implementation", contracts::PROXY_IMPLEMENTATION),
        ("safe_factory", contracts::SAFE_FACTORY),
    ];
    for (name, address) in table {
        assert_eq!(parse::<Address>(&config[name]), address, "{name}");
    }
    assert_eq!(parse::<B256>(&config["safe_init_code_hash"]), contracts::SAFE_INIT_CODE_HASH);
    let derivations = file["derivations"].as_object().unwrap();
    assert_eq!(derivations.len(), 2, "rows were added or lost");
    for (name, row) in derivations {
        let owner: Address = parse(&row["signer"]);
        let of = |field: &str| -> Address { parse(&row[field]) };
        assert_eq!(wallet::proxy_of(owner), of("proxy"), "{name}");
        assert_eq!(wallet::safe_of(owner), of("safe"), "{name}");
        assert_eq!(wallet::deposit_wallet_of(owner), of("beacon"), "{name}");
        assert_eq!(wallet::legacy_deposit_wallet_of(owner), of("uups"), "{name}");
    }
}

fn call(row: &Value) -> Call {
    Call {
        target: parse(&row["target"]),
        value: U256::from(number(&row["value"])),
        data: parse(&row["data"]),
    }
}

#[test]
fn batches_are_signed_as_an_independent_project_signs_them() {
    let test = "batches_are_signed_as_an_independent_project_signs_them";
    let path = "real_polyoxide/wallet_derivation_vectors.json";
    let Some(file) = file(test, path) else { return };
    let session: LocalKey = session();
    for row in rows(&file, "batch_digests", 3) {
        let what = text(&row["what"]);
        let batch = Batch {
            wallet: parse(&row["wallet"]),
            nonce: U256::from(number(&row["nonce"])),
            deadline: U256::from(number(&row["deadline"])),
            calls: row["calls"].as_array().unwrap().iter().map(call).collect(),
        };
        assert_eq!(batch.digest(), parse::<B256>(&row["digest"]), "{what}");
        let signature: Bytes = parse(&row["owner_signature"]);
        assert_eq!(owner().sign_batch(&batch, false)[..], signature[..], "{what}");
        let by = SignedBy::Owner(owner().address());
        assert_eq!(batch.recover(&signature), Ok(by), "{what}");

        let [only] = batch.calls.as_slice() else { panic!("{what}: one call") };
        let read = WalletCall::decode(only.target, &only.data).unwrap();
        assert_eq!(read.encode(), *only, "{what}");
        let (wallet, signer) = (batch.wallet, session.address());
        let expected = match what {
            "approve pUSD for the standard exchange" => WalletCall::Approve {
                token: contracts::PUSD,
                spender: contracts::EXCHANGE_STANDARD,
                amount: U256::MAX,
            },
            "authorizeSessionSigner" => {
                let valid_until = U256::from(0x6c36_d9b0);
                WalletCall::AuthorizeSessionSigner { wallet, signer, valid_until }
            }
            "revokeSessionSigner" => WalletCall::RevokeSessionSigner { wallet, signer },
            other => panic!("{other}"),
        };
        assert_eq!(read, expected, "{what}");
    }
}

#[test]
fn the_approvals_stand_on_the_venues_own_checklist() {
    let test = "the_approvals_stand_on_the_venues_own_checklist";
    let Some(file) = file(test, "real_polyoxide/data_v2_approvals.json") else { return };
    let checklist: BTreeSet<(Address, Address)> = rows(&file["data"], "contracts", 23)
        .iter()
        .map(|row| (parse(&row["token"]), parse(&row["spender"])))
        .collect();
    for one in contracts::APPROVALS.iter().chain(&contracts::FURTHER_APPROVALS) {
        let listed = checklist.contains(&(one.asset.address(), one.spender));
        assert!(listed, "{:?} for {}", one.asset, one.name);
    }
}
