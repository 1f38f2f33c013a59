//! Every refusal that posting an order, cancelling, making keys and beating can answer: what is sent, the
//! text and the status that come back (venue.md 4.11).

use super::super::NotCancelled;
use super::super::order::Kind;
use super::super::people::{Rights, Session};
use super::super::{Posted, Refusal};
use super::stage::{START, Stage};
use alloy_primitives::{Address, B256, U256};
use betteroms_core::market::{Gate, Outcome, Side};
use betteroms_polymarket::signing::wallet::{deposit_wallet_of, proxy_of, safe_of};
use betteroms_polymarket::signing::{SignatureType, SignedBy};

/// A stage where 100 YES are bid at 0.40 and asked at 0.60.
fn quoted() -> Stage {
    let mut stage = Stage::new();
    let [maker, ..] = stage.users;
    stage.put(maker, "BUY YES 100 @ 0.40 GTC");
    stage.put(maker, "SELL YES 100 @ 0.60 GTC");
    stage
}

fn told(refusal: &Refusal) -> (u16, String) {
    (refusal.status(), refusal.to_string())
}

#[test]
fn an_order_is_refused_in_the_words_of_the_sheet() {
    let rows: [(&str, &str); 17] = [
        (
            "BUY YES 10 @ 0.401",
            "order ID is invalid. Price (0.401) breaks minimum tick size rule: 0.01",
        ),
        (
            "SELL YES 10 @ 0.005",
            "order ID is invalid. Price (0.005) breaks minimum tick size rule: 0.01",
        ),
        ("SELL NO 10 @ 1", "order ID is invalid. Price (1) breaks minimum tick size rule: 0.01"),
        (
            "SELL YES 10 @ 0.605 FAK",
            "order ID is invalid. Price (0.605) breaks minimum tick size rule: 0.01",
        ),
        ("BUY YES 4.99 @ 0.40", "order ID is invalid. Size (4.99) lower than the minimum: 5"),
        (
            "BUY YES 10.001 @ 0.40",
            "invalid amounts, the buy orders maker amount supports a max accuracy of 4 decimals, taker amount a max of 2 decimals",
        ),
        (
            "SELL YES 10.001 @ 0.40",
            "invalid amounts, the sell orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals",
        ),
        (
            "BUY YES $10.001 @ 0.50 FAK",
            "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals",
        ),
        (
            "SELL YES 10.001 @ 0.50 FOK",
            "invalid amounts, the market sell orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals",
        ),
        ("BUY YES 10 @ 0.60 post-only", "invalid post-only order: order crosses book"),
        ("BUY NO 10 @ 0.60 post-only", "invalid post-only order: order crosses book"),
        ("BUY YES $10 @ 0.50 FAK post-only", "Invalid order payload"),
        (
            "BUY YES $0.99 @ 0.60 FAK",
            "invalid amount for a marketable BUY order ($0.99), min size: $1",
        ),
        (
            "BUY YES $61 @ 0.60 FOK",
            "order couldn't be fully filled. FOK orders are fully filled or killed.",
        ),
        (
            "BUY YES $10 @ 0.59 FAK",
            "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.",
        ),
        ("BUY YES 10 @ 0.40 GTD+179", "invalid expiration"),
        (
            "BUY YES 3000 @ 0.40",
            "not enough balance / allowance: the balance is not enough -> balance: 1000000000, order amount: 1200000000",
        ),
    ];
    let mut stage = quoted();
    let taker = stage.users[1];
    for (text, due) in rows {
        let posted = stage.say(taker, text);
        let id = posted.fields.id(betteroms_polymarket::signing::Exchange::Standard);
        let refusal = stage.venue.place(taker.key, &posted).unwrap_err();
        let due = due.replace("ID", &id.to_string());
        assert_eq!(told(&refusal), (400, due), "{text}");
        stage.check();
    }
    assert!(stage.venue.people.key(taker.key).open.is_empty());
}

/// A row: what is done to a good order of the second user or to the venue, and what comes back.
type Row = (fn(&mut Stage, &mut Posted), u16, &'static str);

#[test]
fn who_may_not_post_is_told_why() {
    let rows: [Row; 12] = [
        (
            |_, p| p.owner = "nobody".to_owned(),
            400,
            "the order owner has to be the owner of the API KEY",
        ),
        (
            |_, p| p.fields.signer = Address::repeat_byte(9),
            400,
            "the order signer address has to be the address of the API KEY",
        ),
        (|_, p| p.signed_by = None, 400, "invalid signature"),
        (
            |_, p| p.signed_by = Some(SignedBy::Owner(Address::repeat_byte(9))),
            400,
            "invalid signature",
        ),
        (|_, p| p.fields.maker = Address::repeat_byte(9), 400, "invalid signature"),
        (
            |_, p| p.fields.signature_type = SignatureType::Proxy,
            400,
            "invalid POLY_PROXY signature",
        ),
        (|_, p| p.fields.signature_type = SignatureType::Safe, 400, "invalid signature"),
        (
            |_, p| {
                p.fields.signature_type = SignatureType::Proxy;
                p.fields.maker = proxy_of(p.fields.signer);
            },
            400,
            "maker address not allowed, please use the deposit wallet flow",
        ),
        (
            |_, p| {
                p.fields.signature_type = SignatureType::Safe;
                p.fields.maker = safe_of(p.fields.signer);
            },
            400,
            "maker address not allowed, please use the deposit wallet flow",
        ),
        (
            |s, p| assert!(s.venue.people.allowed_makers.remove(&p.fields.maker)),
            400,
            "maker address not allowed, please use the deposit wallet flow",
        ),
        (
            |s, p| assert!(s.venue.people.banned.insert(p.fields.maker)),
            400,
            "'0xb2b2b2B2b2b2b2b2b2B2b2B2b2b2b2b2b2b2B2b2' address banned",
        ),
        (
            |s, p| assert!(s.venue.people.closed_only.insert(p.fields.maker)),
            400,
            "'0xb2b2b2B2b2b2b2b2b2B2b2B2b2b2b2b2b2b2B2b2' address in closed only mode",
        ),
    ];
    told_in(&rows);
}

#[test]
fn what_may_not_be_posted_is_told_why() {
    let rows: [Row; 9] = [
        (
            |s, _| s.venue.settings.version = 4,
            400,
            "order_version_mismatch: invalid order version, please use the latest clob-client",
        ),
        (|_, p| p.fields.token_id = U256::from(7), 400, "Invalid token id"),
        (|_, p| p.fields.maker_amount = U256::ZERO, 400, "Invalid order payload"),
        (|_, p| p.fields.maker_amount = U256::MAX, 400, "Invalid order payload"),
        (
            |_, p| p.fields.taker_amount = U256::from(2_000_000_000_000_000_u64),
            400,
            "Invalid order payload",
        ),
        (|_, p| p.expiration = 1, 400, "invalid expiration"),
        (|_, p| p.kind = Kind::Gtd, 400, "invalid expiration"),
        (
            |s, _| s.venue.set_gate(s.market, Gate::Paused),
            400,
            "the market is not yet ready to process new orders",
        ),
        (|s, _| s.venue.close(s.market), 400, "the market is not yet ready to process new orders"),
    ];
    told_in(&rows);
}

/// Each row's order is refused with the row's status and words.
fn told_in(rows: &[Row]) {
    for (at, (change, status, text)) in rows.iter().enumerate() {
        let mut stage = quoted();
        let user = stage.users[1];
        let mut posted = stage.say(user, "BUY YES 10 @ 0.50 GTC");
        change(&mut stage, &mut posted);
        let refusal = stage.venue.place(user.key, &posted).unwrap_err();
        assert_eq!(told(&refusal).0, *status, "row {at}");
        let told = refusal.to_string().to_lowercase();
        assert_eq!(told, text.to_lowercase(), "row {at}");
        stage.check();
    }
}

#[test]
fn whoever_may_only_reduce_still_sells() {
    let mut stage = quoted();
    let user = stage.users[1];
    stage.venue.people.closed_only.insert(user.address);
    stage.put(user, "SELL YES 10 @ 0.50 GTC");
}

#[test]
fn a_deposit_wallet_trades_with_its_owner_or_a_live_session_and_nobody_else() {
    let mut stage = Stage::new();
    let [owner, stranger, session] = stage.users;
    let wallet = deposit_wallet_of(owner.address);
    let by = |key: super::stage::User, stage: &mut Stage, signed_by| {
        let mut posted = stage.say(key, "BUY YES 10 @ 0.50 GTC");
        posted.fields.maker = wallet;
        posted.fields.signer = wallet;
        posted.fields.signature_type = SignatureType::Contract;
        posted.signed_by = Some(signed_by);
        stage.venue.place(key.key, &posted).map_err(|refusal| refusal.to_string())
    };
    let not_the_key = "the order signer address has to be the address of the API KEY".to_owned();
    let as_owner = SignedBy::Owner(owner.address);
    // No code yet.
    assert_eq!(by(owner, &mut stage, as_owner), Err(not_the_key.clone()));
    let none = "no deposit wallet found for owner".to_owned();
    assert_eq!(by(stranger, &mut stage, SignedBy::Owner(stranger.address)), Err(none));
    stage.venue.people.deployed.insert(wallet, owner.address);
    let ix = stage.venue.wallet(wallet);
    stage.fund(
        super::stage::User { address: wallet, wallet: ix, key: owner.key },
        stage.market,
        "100",
    );
    assert!(by(owner, &mut stage, as_owner).is_ok());
    assert_eq!(by(stranger, &mut stage, as_owner), Err("invalid signature".to_owned()));
    let as_stranger = SignedBy::Owner(stranger.address);
    assert_eq!(by(stranger, &mut stage, as_stranger), Err(not_the_key.clone()));
    let (claimed, recovered) = (session.address, session.address);
    let as_session = SignedBy::Session { claimed, recovered };
    assert_eq!(by(session, &mut stage, as_session), Err(not_the_key.clone()));
    let live = |scope: &str, secs: i64, is_fenced| Session {
        signer: session.address,
        scopes: vec![scope.to_owned()],
        valid_until: START.plus_secs(secs),
        is_fenced,
    };
    for (session_row, may) in [
        (live("CLOB", 60, false), true),
        (live("ALL", 60, false), true),
        (live("COMBOSRFQ", 60, false), false),
        (live("CLOB", 60, true), false),
        (live("CLOB", 0, false), false),
    ] {
        let text = format!("{session_row:?}");
        stage.venue.people.sessions.insert(wallet, vec![session_row]);
        assert_eq!(by(session, &mut stage, as_session).is_ok(), may, "{text}");
    }
    let forged = SignedBy::Session { claimed, recovered: stranger.address };
    assert_eq!(by(session, &mut stage, forged), Err("invalid signature".to_owned()));
}

#[test]
fn the_same_order_is_a_duplicate_whatever_became_of_it() {
    for (text, becomes) in [
        ("BUY YES 10 @ 0.50 GTC", "live"),
        ("BUY YES 10 @ 0.60 GTC", "matched"),
        ("BUY YES 10 @ 0.50 GTC", "cancelled"),
        ("BUY YES $100 @ 0.60 FOK", "killed"),
        ("BUY YES $10 @ 0.50 FAK", "nothing"),
    ] {
        let mut stage = quoted();
        let user = stage.users[1];
        let posted = stage.say(user, text);
        let placed = stage.venue.place(user.key, &posted);
        assert_eq!(placed.is_ok(), !["killed", "nothing"].contains(&becomes), "{becomes}");
        let id = posted.fields.id(betteroms_polymarket::signing::Exchange::Standard);
        if becomes == "cancelled" {
            stage.venue.cancel(user.key, &id).unwrap();
        }
        let again = stage.venue.place(user.key, &posted).unwrap_err();
        assert_eq!(told(&again), (400, format!("order {id} is invalid. Duplicated.")), "{becomes}");
    }
    // What was refused before it was looked for in the book was never here.
    let mut stage = quoted();
    let user = stage.users[1];
    let posted = stage.say(user, "BUY YES 10 @ 0.60 post-only");
    for _ in 0..2 {
        assert_eq!(stage.venue.place(user.key, &posted), Err(Refusal::PostOnlyCrosses));
    }
}

#[test]
fn a_cancel_that_cancels_nothing_says_why() {
    let mut stage = quoted();
    let [maker, taker, other] = stage.users;
    let order = stage.put(taker, "BUY YES 10 @ 0.50 GTC");
    let id = stage.venue.orders.get(order).id;
    let not =
        |stage: &mut Stage, key, id| stage.venue.cancel(key, &id).map_err(|why| why.to_string());
    let unknown = "Order not found or already canceled".to_owned();
    assert_eq!(not(&mut stage, taker.key, B256::ZERO), Err(unknown.clone()));
    assert_eq!(not(&mut stage, other.key, id), Err(unknown), "another's order is not there");
    assert_eq!(not(&mut stage, taker.key, id), Ok(order));
    assert_eq!(not(&mut stage, taker.key, id), Err("the order is already canceled".to_owned()));
    let order = stage.put(maker, "BUY YES 10 @ 0.60 GTC");
    let id = stage.venue.orders.get(order).id;
    assert_eq!(stage.venue.cancel(maker.key, &id), Err(NotCancelled::Matched));
    assert_eq!(NotCancelled::Matched.to_string(), "Order already matched");
}

#[test]
fn keys_and_beats_are_refused_in_the_words_of_the_sheet() {
    let mut stage = Stage::new();
    let user = stage.users[0];
    let exists = stage.venue.create_key(user.address, "0").unwrap_err();
    assert_eq!(told(&exists), (400, "Could not create api key".to_owned()));
    let none = stage.venue.derive_key(user.address, "1").unwrap_err();
    assert_eq!(told(&none), (400, "Could not derive api key!".to_owned()));
    let key = stage.venue.create_key(user.address, "1").unwrap();
    assert_eq!(stage.venue.derive_key(user.address, "1"), Ok(key));
    stage.venue.delete_key(key);
    assert_eq!(stage.venue.derive_key(user.address, "1"), Err(Refusal::NoKey));
    let again = stage.venue.create_key(user.address, "1").unwrap();
    let credentials = |key| stage.venue.people.key(key).credentials.key;
    assert_ne!(credentials(again), credentials(key), "a new key is another key");

    let wrong = stage.venue.beat(user.key, "no").unwrap_err();
    assert_eq!(told(&wrong), (400, "Invalid Heartbeat ID".to_owned()));
    let next = stage.venue.beat(user.key, "").unwrap();
    let expected = next.clone();
    assert_eq!(stage.venue.beat(user.key, ""), Err(Refusal::Heartbeat { expected }));
    assert_ne!(stage.venue.beat(user.key, &next).unwrap(), next);

    for rights in [Rights::ReadOnly, Rights::Builder] {
        let key = stage.venue.create_key_beside(user.key, rights);
        let mut posted = stage.order(user, (Outcome::First, Side::Buy), (5, 10), Kind::Gtc);
        posted.owner = stage.venue.people.key(key).credentials.key.to_string();
        let refusal = stage.venue.place(key, &posted).unwrap_err();
        assert_eq!(told(&refusal), (401, "Unauthorized/Invalid api key".to_owned()));
    }
}
