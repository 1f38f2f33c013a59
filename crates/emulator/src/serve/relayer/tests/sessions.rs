//! A session key's whole life: authorised, trading on its own, stopped.

use super::desk::{Bench, START, TOKEN, call, refused, text, value};
use crate::serve::call::Reply;
use crate::serve::call::Service::{Clob, Relayer};
use crate::venue::order::{Kind, Status, Why};
use crate::venue::place::Posted;
use crate::venue::session::LIFETIME_SECS;
use crate::venue::trade::{Fate, TradeStatus};
use crate::venue::{Placed, Refusal};
use alloy_primitives::{B256, U256, hex};
use betteroms_core::market::Side;
use betteroms_polymarket::signing::contracts::{EXCHANGE_STANDARD, PUSD};
use betteroms_polymarket::signing::{
    Batch, Exchange, LocalKey, Order, SignatureType, SignedBy, WalletCall, recover,
};
use betteroms_polymarket::wire::account::SessionSigners;
use betteroms_polymarket::wire::relayer::{
    Authorization, AuthorizationState, Revocation, RevocationState,
};
use serde_json::{Value, json};

const UNTIL: i64 = START + LIFETIME_SECS;

fn authorization(bench: &Bench, nonce: u64) -> Value {
    let (wallet, signer) = (bench.wallet, bench.session.address());
    let valid_until = U256::from(UNTIL);
    let call = WalletCall::AuthorizeSessionSigner { wallet, signer, valid_until };
    let batch = bench.batch(nonce, &[call]);
    json!({
        "deadline": batch.deadline.to_string(), "nonce": batch.nonce.to_string(),
        "scopes": ["CLOB"], "sessionSignerAddress": signer.to_string(),
        "signature": hex::encode_prefixed(bench.owner.sign_batch(&batch, false)),
        "validUntil": UNTIL.to_string(), "walletAddress": wallet.to_string(),
    })
}

fn revocation(bench: &Bench, nonce: u64) -> Value {
    let (wallet, signer) = (bench.wallet, bench.session.address());
    let batch = bench.batch(nonce, &[WalletCall::RevokeSessionSigner { wallet, signer }]);
    json!({
        "deadline": batch.deadline.to_string(), "nonce": batch.nonce.to_string(),
        "sessionSignerAddress": signer.to_string(), "walletAddress": wallet.to_string(),
        "signature": hex::encode_prefixed(bench.owner.sign_batch(&batch, false)),
    })
}

fn post(bench: &Bench, what: &str, key: &str, body: &Value) -> Reply {
    let path = format!("/v1/session-signers/{what}");
    let mut call = call(Relayer, "POST", &path, &body.to_string());
    if !key.is_empty() {
        call.headers.insert("idempotency-key".to_owned(), key.to_owned());
    }
    bench.send(bench.by_builder(call))
}

fn status(bench: &Bench, what: &str, first: &Reply) -> Value {
    let id = value(first)["operationId"].as_str().unwrap().to_owned();
    let path = format!("/v1/session-signers/{what}/{id}");
    value(&bench.send(bench.by_builder(call(Relayer, "GET", &path, ""))))
}

fn listed(bench: &Bench) -> SessionSigners {
    let call = call(Clob, "GET", "/v1/user/session-signers", "");
    wire!(&bench.send(bench.by_key(call, bench.owner.address())))
}

fn authorized() -> Bench {
    let mut bench = Bench::new();
    let reply = post(&bench, "authorizations", "k1", &authorization(&bench, 0));
    assert_eq!(reply.status, 200, "{}", text(&reply));
    bench.pass(10_000);
    bench
}

/// A buy of ten at 50 cents, signed by the session key and read back from its 480 bytes.
fn place(bench: &Bench, salt: u64) -> Result<Placed, Refusal> {
    let fields = Order {
        salt,
        maker: bench.wallet,
        signer: bench.wallet,
        token_id: U256::from(TOKEN),
        maker_amount: U256::from(5_000_000),
        taker_amount: U256::from(10_000_000),
        side: Side::Buy,
        signature_type: SignatureType::Contract,
        timestamp_ms: 1_783_132_553_504,
        metadata: B256::ZERO,
        builder: B256::ZERO,
    };
    let exchange = Exchange::for_token(fields.token_id, false);
    let signature = bench.session.sign_order(&fields, exchange, true);
    assert_eq!(signature.len(), 480);
    let signed_by = recover(&fields, exchange, &signature).ok();
    assert!(matches!(signed_by, Some(SignedBy::Session { .. })));
    bench.venue(|venue| {
        let address = bench.session.address();
        let key = match venue.people().key_of_nonce(address, "0") {
            Some(key) => key,
            None => venue.create_key(address, "0").unwrap(),
        };
        let owner = venue.people().key(key).credentials.key.to_string();
        let kind = Kind::Gtc;
        let posted = Posted { fields, signed_by, expiration: 0, kind, post_only: false, owner };
        venue.place(key, &posted)
    })
}

#[test]
fn an_authorisation_is_registered_after_the_chain_has_it() {
    let mut bench = Bench::new();
    let body = authorization(&bench, 0);
    assert_eq!(refused(&post(&bench, "authorizations", "", &body)).0, 400);
    let first = post(&bench, "authorizations", "k1", &body);
    let answer: Authorization = wire!(&first);
    assert_eq!(answer.status, AuthorizationState::Submitted);
    let mut seen = Vec::new();
    for _ in 0..20 {
        let row = status(&bench, "authorizations", &first);
        let word = row["status"].as_str().unwrap().to_owned();
        let is_listed = !listed(&bench).signers.is_empty();
        assert_eq!(is_listed, word == "REGISTERED", "{word}");
        assert_eq!(
            row["transactionHash"].is_null(),
            seen.is_empty()
                && word == "SUBMITTED"
                && bench.state(&answer.transaction_id).0 == "STATE_NEW"
        );
        if seen.last() != Some(&word) {
            seen.push(word);
        }
        bench.pass(500);
    }
    assert_eq!(seen, ["SUBMITTED", "REGISTRY_PENDING", "REGISTERED"]);
    let list = listed(&bench);
    assert_eq!(list.wallet, bench.wallet.to_string());
    let [signer] = &list.signers[..] else { panic!("{list:?}") };
    assert_eq!(signer.address, bench.session.address().to_string());
    assert_eq!(signer.valid_until.micros(), UNTIL * 1_000_000);
    assert_eq!(signer.scopes, ["CLOB"]);
    // The same request again, by its key: the same answer, and nothing happens.
    assert_eq!(post(&bench, "authorizations", "k1", &body), first);
    let other = refused(&post(&bench, "authorizations", "k1", &authorization(&bench, 1)));
    assert_eq!(other.0, 409);
    assert_eq!(bench.venue(|venue| venue.relay().nonce(bench.wallet)), 1);
}

#[test]
fn an_authorisation_says_exactly_what_the_owner_signed() {
    let bench = Bench::new();
    let body = authorization(&bench, 0);
    let with = |name: &str, value: Value| {
        let mut body = body.clone();
        body[name] = value;
        refused(&post(&bench, "authorizations", name, &body))
    };
    let invalid = (400, "invalid signature".to_owned());
    assert_eq!(with("validUntil", json!((UNTIL + 1).to_string())), invalid);
    assert_eq!(
        with("validUntil", json!((UNTIL + 301).to_string())).1,
        "validUntil must be 4315 hours from now"
    );
    assert_eq!(with("validUntil", json!((START + 3_600).to_string())).0, 400);
    assert_eq!(with("deadline", json!((START + 601).to_string())), invalid);
    assert_eq!(with("sessionSignerAddress", json!(format!("0x{}", "7".repeat(40)))), invalid);
    assert_eq!(with("nonce", json!("1")), invalid);
    for scopes in [json!([]), json!(["ALL", "CLOB"]), json!(["SPOT"])] {
        assert_eq!(with("scopes", scopes).1, "invalid scopes");
    }
    let owner = bench.owner.address().to_string();
    assert_eq!(with("sessionSignerAddress", json!(owner)).1, "invalid session signer address");
    assert_eq!(post(&bench, "authorizations", "right", &body).status, 200);
}

#[test]
fn a_session_key_trades_alone_and_is_stopped_at_once() {
    let mut bench = authorized();
    bench.venue(|venue| {
        let wallet = bench.wallet;
        let amount = U256::MAX;
        let call = WalletCall::Approve { token: PUSD, spender: EXCHANGE_STANDARD, amount };
        venue.perform_call(wallet, &call).unwrap();
        let ix = venue.ledger().find(wallet).unwrap();
        venue.refresh(ix, crate::ledger::Asset::Cash);
    });
    let placed = place(&bench, 1).unwrap();
    assert_eq!(placed.status, "live");
    let (session, owner) = (bench.session.address(), bench.owner.address());
    bench.venue(|venue| {
        let of = |address| venue.people().key_of_nonce(address, "0").unwrap();
        assert_eq!(venue.open_orders(of(session), None, None), [placed.order]);
        assert!(venue.open_orders(of(owner), None, None).is_empty());
    });
    let first = post(&bench, "revocations", "r1", &revocation(&bench, 1));
    let answer: Revocation = wire!(&first);
    assert_eq!((answer.status, answer.fenced), (RevocationState::Fenced, true));
    // Refused at once: its key is gone, and a new one does not help.
    bench.venue(|venue| assert_eq!(venue.people().key_of_nonce(session, "0"), None));
    assert_eq!(place(&bench, 2), Err(Refusal::SignerNotKey));
    assert!(listed(&bench).signers.is_empty());
    assert!(bench.venue(|venue| venue.orders().get(placed.order).is_open()));
    bench.pass(100);
    let ended = bench.venue(|venue| venue.orders().get(placed.order).status);
    assert_eq!(ended, Status::Ended(Why::Swept));
    assert_eq!(status(&bench, "revocations", &first)["status"], "SWEPT");
    bench.pass(500);
    assert_eq!(status(&bench, "revocations", &first)["status"], "CHAIN_SUBMITTED");
    assert!(bench.venue(|venue| venue.relay().is_live(bench.wallet, session, venue.now())));
    bench.pass(5_000);
    let last = status(&bench, "revocations", &first);
    assert_eq!((&last["status"], &last["fenced"]), (&json!("CONFIRMED"), &json!(true)));
    assert!(!bench.venue(|venue| venue.relay().is_live(bench.wallet, session, venue.now())));
    assert_eq!(post(&bench, "revocations", "r1", &revocation(&bench, 2)).status, 409);
    assert_eq!(refused(&post(&bench, "revocations", "r2", &revocation(&bench, 2))).0, 404);
}

#[test]
fn a_session_key_ends_by_itself() {
    let mut bench = authorized();
    bench.pass((LIFETIME_SECS - 11) * 1_000);
    assert_ne!(place(&bench, 1), Err(Refusal::SignerNotKey));
    bench.pass(1_000);
    assert_eq!(place(&bench, 2), Err(Refusal::SignerNotKey));
    assert!(listed(&bench).signers.is_empty());
}

#[test]
fn a_session_key_relays_no_approvals_and_no_transfers() {
    let mut bench = authorized();
    let to = bench.session.address();
    let pay = WalletCall::Transfer { token: PUSD, to, amount: U256::from(1) };
    let batch = bench.batch(1, &[pay]);
    let reply = bench.submit(&bench.envelope(&batch, &bench.session, true));
    assert!(refused(&reply).1.contains("may not approve or transfer"), "{}", text(&reply));
    let of = betteroms_polymarket::signing::CtfArguments::binary(B256::repeat_byte(0x11));
    let adapter = betteroms_polymarket::signing::Adapter::Standard;
    let redeem = WalletCall::Redeem { adapter, of };
    let batch = bench.batch(1, &[redeem]);
    let reply = bench.submit(&bench.envelope(&batch, &bench.session, true));
    assert_eq!(reply.status, 200, "{}", text(&reply));
    bench.pass(5_500);
    // Fenced, it relays nothing either.
    assert_eq!(post(&bench, "revocations", "", &revocation(&bench, 1)).status, 200);
    let batch = bench.batch(1, &batch_calls());
    let reply = bench.submit(&bench.envelope(&batch, &bench.session, true));
    assert_eq!(refused(&reply).1, "invalid signature");
}

#[test]
fn nobody_signs_in_a_session_keys_name_and_no_session_key_renews_itself() {
    let bench = authorized();
    let stranger = LocalKey::from_bytes(&[7; 32]).unwrap();
    let batch = bench.batch(1, &batch_calls());
    let inner = stranger.sign_digest(batch.digest());
    let mut body = bench.envelope(&batch, &stranger, true);
    let claimed = Batch::wrap(inner, Some(bench.session.address()));
    body["signature"] = json!(hex::encode_prefixed(claimed));
    assert_eq!(refused(&bench.submit(&body)).1, "invalid signature");
    let (wallet, signer) = (bench.wallet, bench.session.address());
    let valid_until = U256::from(UNTIL + 10);
    let call = WalletCall::AuthorizeSessionSigner { wallet, signer, valid_until };
    let mut body = authorization(&bench, 1);
    body["validUntil"] = json!((UNTIL + 10).to_string());
    let own = bench.session.sign_batch(&bench.batch(1, std::slice::from_ref(&call)), true);
    body["signature"] = json!(hex::encode_prefixed(own));
    let refusal = refused(&post(&bench, "authorizations", "k2", &body));
    assert_eq!(refusal, (400, "invalid signature".to_owned()));
    let owners = bench.owner.sign_batch(&bench.batch(1, &[call]), false);
    body["signature"] = json!(hex::encode_prefixed(owners));
    assert_eq!(post(&bench, "authorizations", "k2", &body).status, 200);
}

fn batch_calls() -> [WalletCall; 1] {
    let of = betteroms_polymarket::signing::CtfArguments::binary(B256::repeat_byte(0x11));
    [WalletCall::Redeem { adapter: betteroms_polymarket::signing::Adapter::Standard, of }]
}

#[test]
fn a_revocation_takes_the_place_of_an_authorisation_on_its_way() {
    let mut bench = Bench::new();
    let first = post(&bench, "authorizations", "k1", &authorization(&bench, 0));
    bench.pass(5_500);
    assert_eq!(status(&bench, "authorizations", &first)["status"], "REGISTRY_PENDING");
    let reply = post(&bench, "revocations", "r1", &revocation(&bench, 1));
    assert_eq!(reply.status, 200, "{}", text(&reply));
    bench.pass(10_000);
    assert_eq!(status(&bench, "authorizations", &first)["status"], "SUPERSEDED");
    assert_eq!(place(&bench, 1), Err(Refusal::SignerNotKey));
}

#[test]
fn an_authorisation_that_the_chain_refuses_fails() {
    let mut bench = Bench::new();
    bench.venue(|venue| venue.foretell_reverts(["no".to_owned()]));
    let first = post(&bench, "authorizations", "k1", &authorization(&bench, 0));
    bench.pass(10_000);
    assert_eq!(status(&bench, "authorizations", &first)["status"], "FAILED");
    assert_eq!(place(&bench, 1), Err(Refusal::SignerNotKey));
}

#[test]
fn a_trade_of_a_session_key_settles_only_while_the_chain_knows_the_key() {
    for is_revoked in [false, true] {
        let bench = authorized();
        bench.venue(|venue| {
            let call =
                WalletCall::Approve { token: PUSD, spender: EXCHANGE_STANDARD, amount: U256::MAX };
            venue.perform_call(bench.wallet, &call).unwrap();
            let ix = venue.ledger().find(bench.wallet).unwrap();
            venue.refresh(ix, crate::ledger::Asset::Cash);
        });
        let placed = place(&bench, 1).unwrap();
        let status = bench.venue(|venue| {
            venue.foretell([Fate::Stuck]);
            let order = venue.orders().get(placed.order).clone();
            let of = (order.outcome, Side::Sell);
            let trades = venue.crowd_takes(order.market, of, order.price, order.size);
            let [trade] = trades[..] else { panic!("{trades:?}") };
            if is_revoked {
                let signer = bench.session.address();
                let call = WalletCall::RevokeSessionSigner { wallet: bench.wallet, signer };
                venue.perform_call(bench.wallet, &call).unwrap();
            }
            venue.decide(trade, Fate::Settle).unwrap();
            venue.trades().get(trade).status
        });
        let due = if is_revoked { TradeStatus::Failed } else { TradeStatus::Mined };
        assert_eq!(status, due);
    }
}
