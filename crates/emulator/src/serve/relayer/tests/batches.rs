//! Wallets' batches: taken, refused, carried out, reverted.

use super::desk::{Bench, CONDITION, START, TOKEN, call, refused, text, value};
use crate::ledger::Asset;
use crate::serve::call::Service::Relayer;
use crate::venue::funds::Token;
use crate::venue::{Settings, Venue};
use alloy_primitives::{Address, B256, Bytes, U256};
use betteroms_core::market::Outcome;
use betteroms_core::money::Usd;
use betteroms_polymarket::signing::contracts::{
    CTF, CTF_ADAPTER, DEPOSIT_WALLET_FACTORY, EXCHANGE_STANDARD, PUSD,
};
use betteroms_polymarket::signing::wallet::deposit_wallet_of;
use betteroms_polymarket::signing::{Adapter, Batch, Call, CtfArguments, LocalKey, WalletCall};
use betteroms_polymarket::wire::relayer::{RelayedTransaction, TransactionState};
use serde_json::{Value, json};

fn condition() -> CtfArguments {
    CtfArguments::binary(CONDITION.parse::<B256>().unwrap())
}

fn approve(amount: u64) -> WalletCall {
    WalletCall::Approve { token: PUSD, spender: CTF_ADAPTER, amount: U256::from(amount) }
}

fn split(amount: u64) -> WalletCall {
    let amount = U256::from(amount);
    WalletCall::Split { adapter: Adapter::Standard, of: condition(), amount }
}

fn pay(to: Address, amount: u64) -> WalletCall {
    WalletCall::Transfer { token: PUSD, to, amount: U256::from(amount) }
}

fn cash(venue: &Venue, wallet: Address) -> Usd {
    venue.ledger().cash(venue.ledger().find(wallet).unwrap())
}

#[test]
fn a_batch_goes_through_its_states_and_happens_in_its_block() {
    let mut bench = Bench::new();
    let batch = bench.batch(0, &[approve(30_000_000), split(20_000_000)]);
    let reply = bench.submit(&bench.envelope(&batch, &bench.owner, false));
    let taken: RelayedTransaction = wire!(&reply);
    assert_eq!((taken.state, taken.transaction_hash), (TransactionState::New, None));
    let id = taken.transaction_id;
    let mut seen = Vec::new();
    for _ in 0..12 {
        let path = format!("/v1/account/transactions/{id}");
        let row: RelayedTransaction = wire!(&bench.send(call(Relayer, "GET", &path, "")));
        let done = bench.venue(|venue| cash(venue, bench.wallet) == Usd::from_units(980));
        assert_eq!(row.transaction_hash.is_some(), row.state != TransactionState::New);
        let is_mined = [TransactionState::Mined, TransactionState::Confirmed];
        assert_eq!(done, is_mined.contains(&row.state), "{:?}", row.state);
        if seen.last() != Some(&row.state) {
            seen.push(row.state);
        }
        bench.pass(500);
    }
    let expected = [
        TransactionState::New,
        TransactionState::Executed,
        TransactionState::Mined,
        TransactionState::Confirmed,
    ];
    assert_eq!(seen, expected);
    bench.venue(|venue| {
        let wallet = venue.ledger().find(bench.wallet).unwrap();
        let (market, outcome) = venue.floors().by_token(&U256::from(TOKEN)).unwrap();
        assert_eq!(outcome, Outcome::First);
        let shares = venue.ledger().balance(wallet, Asset::Share(market, outcome));
        assert_eq!(shares, 20_000_000);
        // What was spent of a finite allowance is gone; the venue's cache knows of nothing.
        assert_eq!(venue.funds().granted(wallet, Token::Cash, CTF_ADAPTER), 10_000_000);
        assert_eq!(venue.funds().allowance(wallet, Token::Cash, CTF_ADAPTER), 0);
        venue.ledger().audit().unwrap();
    });
    let rows = value(&bench.send(bench.by_builder(call(Relayer, "GET", "/transactions", ""))));
    assert_eq!(rows[0]["transactionID"], id.as_str());
    let path = format!("/transaction?id={id}");
    let rows = value(&bench.send(call(Relayer, "GET", &path, "")));
    assert_eq!(rows[0]["state"], "STATE_CONFIRMED");
    assert_eq!(rows[0]["nonce"], "0");
    let row: RelayedTransaction = wire!(&reply_of(&rows[0]));
    assert_eq!(row.transaction_id, id);
}

fn reply_of(row: &Value) -> crate::serve::call::Reply {
    crate::serve::call::Reply::json(row)
}

#[test]
fn a_batch_happens_as_a_whole_or_not_at_all() {
    let mut bench = Bench::new();
    let thief = Address::repeat_byte(0x77);
    let id = bench.submitted(0, &[pay(thief, 5_000_000), approve(1_000_000), split(2_000_000)]);
    bench.pass(10_000);
    let (state, error) = bench.state(&id);
    let expected = "execution reverted: call[2]: ERC20: insufficient allowance";
    assert_eq!((state.as_str(), error.as_deref()), ("STATE_FAILED", Some(expected)));
    bench.venue(|venue| {
        assert_eq!(cash(venue, bench.wallet), Usd::from_units(1_000));
        let wallet = venue.ledger().find(bench.wallet).unwrap();
        assert_eq!(venue.funds().granted(wallet, Token::Cash, CTF_ADAPTER), 0);
        assert!(!venue.drain().iter().any(|dated| format!("{dated:?}").contains("transfer")));
        assert_eq!(venue.relay().nonce(bench.wallet), 0);
    });
    // The nonce was not used up: the next batch carries it again.
    let id = bench.submitted(0, &[pay(thief, 5_000_000)]);
    bench.pass(10_000);
    assert_eq!(bench.state(&id).0, "STATE_CONFIRMED");
    bench.venue(|venue| assert_eq!(cash(venue, thief), Usd::from_units(5)));
}

#[test]
fn one_batch_at_a_time_and_by_the_chains_nonce() {
    let mut bench = Bench::new();
    let refusal = |nonce: u64| {
        let batch = bench.batch(nonce, &[approve(1)]);
        refused(&bench.submit(&bench.envelope(&batch, &bench.owner, false)))
    };
    let text = "batch nonce 7 does not match on-chain nonce 0".to_owned();
    assert_eq!(refusal(7), (400, text));
    bench.submitted(0, &[approve(1)]);
    let (status, error) = refusal(1);
    assert_eq!(status, 400);
    assert!(error.starts_with("wallet busy: ") && error.ends_with("active action"), "{error}");
    bench.pass(10_000);
    let batch = bench.batch(0, &[approve(1)]);
    let again = refused(&bench.submit(&bench.envelope(&batch, &bench.owner, false)));
    assert_eq!(again.1, "batch nonce 0 does not match on-chain nonce 1");
    bench.submitted(1, &[approve(1)]);
}

#[test]
fn only_the_owners_signature_over_this_batch_counts() {
    let bench = Bench::new();
    let batch = bench.batch(0, &[approve(1)]);
    let signed = bench.envelope(&batch, &bench.owner, false);
    let stranger = LocalKey::from_bytes(&[7; 32]).unwrap();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = signed.clone();
        change(&mut body);
        refused(&bench.submit(&body))
    };
    let invalid = (400, "invalid signature".to_owned());
    assert_eq!(
        with(&|body| body["depositWalletParams"]["deadline"] = json!("1783133154")),
        invalid
    );
    assert_eq!(
        with(&|body| body["depositWalletParams"]["calls"][0]["value"] = json!("0x1")).0,
        400
    );
    assert_eq!(with(&|body| body["from"] = json!(stranger.address().to_string())), invalid);
    assert_eq!(with(&|body| body["signature"] = json!("0x00")), invalid);
    assert_eq!(refused(&bench.submit(&bench.envelope(&batch, &stranger, false))), invalid);
    // A session key that nobody authorised.
    assert_eq!(refused(&bench.submit(&bench.envelope(&batch, &bench.session, true))), invalid);
    assert_eq!(
        with(&|body| body["to"] = json!(PUSD.to_string())).1,
        "invalid 'to' field: must be deposit wallet factory"
    );
    assert_eq!(with(&|body| body["metadata"] = json!("x".repeat(501))).0, 400);
    let other = deposit_wallet_of(stranger.address()).to_string();
    let registry = with(&|body| body["depositWalletParams"]["depositWallet"] = json!(other));
    assert_eq!(registry.1, "wallet registry validation failed");
    assert_eq!(with(&|body| body["type"] = json!("SAFE")).0, 400);
    assert_eq!(
        with(&|body| body["type"] = json!("SAFE")).1.matches("deposit wallet flow").count(),
        1
    );
    let late = Batch { deadline: U256::from(START + 9), ..batch.clone() };
    let late = refused(&bench.submit(&bench.envelope(&late, &bench.owner, false)));
    assert!(late.1.contains("deadline"), "{late:?}");
    assert_eq!(bench.submit(&signed).status, 200);
}

#[test]
fn a_relayer_key_speaks_for_its_holder_alone() {
    let bench = Bench::new();
    let holder = Address::repeat_byte(9);
    let key = bench.venue(|venue| venue.add_relayer_key(holder));
    let body = json!({"type": "WALLET-CREATE", "from": bench.session.address().to_string(),
        "to": DEPOSIT_WALLET_FACTORY.to_string()});
    let mut submit = call(Relayer, "POST", "/submit", &body.to_string());
    submit.headers.insert("relayer_api_key".to_owned(), key.to_string());
    submit.headers.insert("relayer_api_key_address".to_owned(), holder.to_string());
    let (status, error) = refused(&bench.send(submit));
    let from = bench.session.address();
    assert_eq!((status, error), (400, format!("from {from} does not match auth {holder}")));
}

#[test]
fn calls_to_the_wallet_itself_and_to_strangers_are_blocked() {
    let bench = Bench::new();
    let (wallet, signer) = (bench.wallet, bench.session.address());
    let blocked = |call: Call| {
        let batch = Batch { calls: vec![approve(1).encode(), call], ..bench.batch(0, &[]) };
        let (status, error) = refused(&bench.submit(&bench.envelope(&batch, &bench.owner, false)));
        assert_eq!(status, 400);
        error
    };
    let valid_until = U256::from(START + 1_000);
    let own = WalletCall::AuthorizeSessionSigner { wallet, signer, valid_until };
    let error = blocked(own.encode());
    assert!(error.starts_with("call blocked: call[1] blocked: self-call "), "{error}");
    let stranger = Address::repeat_byte(5);
    let target = format!("calls to {stranger} are not permitted");
    let to = |target: Address, call: WalletCall| Call { target, ..call.encode() };
    assert!(blocked(to(stranger, approve(1))).ends_with(&target));
    // The exchange's pauseUser: whether the relayer lets it pass is unconfirmed, so it does not.
    assert!(blocked(to(EXCHANGE_STANDARD, approve(1))).contains("are not permitted"));
    let function = blocked(to(CTF, approve(1)));
    assert!(function.contains("function 0x095ea7b3"), "{function}");
    let empty = Call { data: Bytes::new(), ..approve(1).encode() };
    assert!(blocked(empty).contains("function 0x "));
    let paid = Call { value: U256::from(1), ..approve(1).encode() };
    assert!(blocked(paid).contains("is not permitted"));
}

#[test]
fn a_wallet_is_deployed_once() {
    let mut bench = Bench::new();
    let owner = LocalKey::from_bytes(&[3; 32]).unwrap().address();
    let wallet = deposit_wallet_of(owner);
    let body = json!({"type": "WALLET-CREATE", "from": owner.to_string(),
        "to": DEPOSIT_WALLET_FACTORY.to_string(), "metadata": ""});
    let taken = value(&bench.submit(&body))["transactionID"].as_str().unwrap().to_owned();
    assert!(refused(&bench.submit(&body)).1.starts_with("wallet busy"));
    let is_there = |bench: &Bench| bench.venue(|venue| venue.people().owner_of(wallet));
    assert_eq!(is_there(&bench), None);
    bench.pass(2_500);
    assert_eq!((is_there(&bench), bench.state(&taken).0.as_str()), (Some(owner), "STATE_MINED"));
    bench.pass(3_000);
    assert_eq!(bench.state(&taken).0, "STATE_CONFIRMED");
    assert_eq!(refused(&bench.submit(&body)).1, "deposit wallet already deployed");
}

#[test]
fn what_is_void_before_it_is_sent_is_invalid_and_what_reverts_says_why() {
    let settings = Settings { relayed_after_millis: 700_000, ..Settings::default() };
    let mut bench = Bench::with(settings);
    let id = bench.submitted(0, &[approve(1)]);
    bench.pass(700_000);
    let (state, error) = bench.state(&id);
    assert_eq!((state.as_str(), error.as_deref()), ("STATE_INVALID", Some("batch expired")));
    // Sent in time, and in a block too late.
    let settings = Settings { mined_after_millis: 700_000, ..Settings::default() };
    let mut bench = Bench::with(settings);
    let id = bench.submitted(0, &[approve(1)]);
    bench.pass(700_500);
    let (state, error) = bench.state(&id);
    let expected = Some("execution reverted: batch expired");
    assert_eq!((state.as_str(), error.as_deref()), ("STATE_FAILED", expected));
    let mut bench = Bench::new();
    bench.venue(|venue| venue.foretell_reverts(["out of gas".to_owned()]));
    let id = bench.submitted(0, &[approve(1)]);
    bench.pass(5_500);
    let (state, error) = bench.state(&id);
    assert_eq!(state, "STATE_FAILED");
    assert_eq!(error.as_deref(), Some("execution reverted: out of gas"));
    bench.submitted(0, &[approve(1)]);
}

#[test]
fn twenty_five_submissions_a_minute() {
    let mut bench = Bench::new();
    for _ in 0..25 {
        assert_eq!(bench.submit(&json!({})).status, 400);
    }
    bench.pass(10_000);
    let reply = bench.submit(&json!({}));
    assert_eq!(refused(&reply), (429, "Too Many Requests".to_owned()));
    assert!(reply.headers.contains(&("Retry-After", "50".to_owned())), "{:?}", reply.headers);
    bench.pass(49_999);
    assert_eq!(bench.submit(&json!({})).status, 429);
    bench.pass(1);
    assert_eq!(bench.submit(&json!({})).status, 400, "{}", text(&reply));
}

/// The recorded digests of batches, with signatures of their own making: what they sign is taken here.
#[test]
fn the_recorded_batches_are_taken_and_carried_out() {
    let test = "the_recorded_batches_are_taken_and_carried_out";
    let root = std::env::var_os("BETTEROMS_SHARED").map_or_else(
        || std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        std::path::PathBuf::from,
    );
    let path = root.join("payloads/real_polyoxide/wallet_derivation_vectors.json");
    let Ok(bytes) = std::fs::read(&path) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{test}: nothing may be skipped");
        println!("skipped: {test}: {} is not there", path.display());
        return;
    };
    let file: Value = serde_json::from_slice(&bytes).unwrap();
    let rows = file["batch_digests"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    let mut bench = Bench::new();
    for nonce in 0..3 {
        bench.submitted(nonce, &[approve(1)]);
        bench.pass(10_000);
    }
    let row = &rows[0];
    assert_eq!(row["wallet"], bench.wallet.to_string());
    let call = &row["calls"][0];
    let body = json!({
        "type": "WALLET", "from": bench.owner.address().to_string(),
        "to": DEPOSIT_WALLET_FACTORY.to_string(), "nonce": row["nonce"],
        "signature": row["owner_signature"], "metadata": "",
        "depositWalletParams": { "depositWallet": row["wallet"], "deadline": row["deadline"],
            "calls": [{ "target": call["target"], "value": "0", "data": call["data"] }] },
    });
    let reply = bench.submit(&body);
    assert_eq!(reply.status, 200, "{}", text(&reply));
    bench.pass(10_000);
    bench.venue(|venue| {
        let wallet = venue.ledger().find(bench.wallet).unwrap();
        let granted = venue.funds().granted(wallet, Token::Cash, EXCHANGE_STANDARD);
        assert_eq!(granted, crate::venue::funds::INFINITE);
        assert_eq!(venue.relay().nonce(bench.wallet), 4);
    });
    // The other two are calls of the wallet to itself: rightly signed, and blocked.
    for row in &rows[1..] {
        let call = &row["calls"][0];
        let mut body = body.clone();
        body["nonce"] = row["nonce"].clone();
        body["signature"] = row["owner_signature"].clone();
        body["depositWalletParams"]["deadline"] = row["deadline"].clone();
        body["depositWalletParams"]["calls"] =
            json!([{ "target": call["target"], "value": "0", "data": call["data"] }]);
        assert!(refused(&bench.submit(&body)).1.contains("self-call"));
    }
}
