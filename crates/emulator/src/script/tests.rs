use super::*;
use crate::ledger::Asset;
use crate::venue::Mode;
use crate::venue::Posted;
use crate::venue::bucket::Limits;
use crate::venue::change::Change;
use crate::venue::funds::Token;
use crate::venue::order::Kind;
use alloy_primitives::{B256, U256};
use betteroms_core::market::Side;
use betteroms_core::money::Price;
use betteroms_polymarket::signing::{Order as Fields, SignatureType, SignedBy, contracts};

const START: Time = Time::from_secs(1_793_000_000);

fn venue(script: &Script) -> Venue {
    Venue::new(script.settings(), START)
}

fn staged(text: &str) -> (Venue, Staged) {
    let script = Script::parse(text, "s.jsonc").expect("it reads");
    let mut venue = venue(&script);
    let staged = script.stage(&mut venue).expect("it stages");
    venue.ledger().audit().expect("it balances");
    (venue, staged)
}

fn refused(text: &str) -> String {
    match Script::parse(text, "s.jsonc") {
        Err(errors) => errors.to_string(),
        Ok(script) => script.stage(&mut venue(&script)).expect_err("it is wrong").to_string(),
    }
}

fn price(text: &str) -> Price {
    Price::parse(text).expect("a price")
}

#[test]
fn the_shipped_script_stages_and_equal_seeds_stage_equal_things() {
    let script = Script::shipped();
    let (mut one, mut two) = (venue(&script), venue(&script));
    let staged = script.stage(&mut one).expect("it stages");
    let again = script.stage(&mut two).expect("it stages");
    assert_eq!(format!("{staged:?}"), format!("{again:?}"));
    assert_eq!(one.floors().len(), 4);
    let kinds: Vec<_> = staged.accounts.iter().map(|a| (a.kind, a.signature_type)).collect();
    assert_eq!(kinds, [("deposit", 3), ("eoa", 0), ("safe", 2)]);
    for account in &staged.accounts {
        let wallet = one.ledger().find(account.wallet).expect("a wallet");
        assert_eq!(one.seen(wallet, Asset::Cash), 10_000_000_000);
        let spender = contracts::EXCHANGE_NEG_RISK;
        assert_eq!(one.funds().allowance(wallet, Token::Cash, spender), u128::MAX);
        assert_eq!(one.funds().allowance(wallet, Token::Shares, spender), u128::MAX);
        let key = one.derive_key(account.owner, "0").expect("a key");
        assert_eq!(one.people().key(key).credentials, account.credentials.clone().unwrap());
    }
    let market = one.floors().by_slug("fed-december-no-change").expect("listed");
    let floor = one.floors().get(market);
    assert!(floor.listing.market.neg_risk && floor.group.is_some());
    assert_eq!(floor.book.best(Side::Sell).map(|level| level.price), Some(price("0.418")));
    one.ledger().audit().expect("it balances");

    let script = Script::accounts_only();
    let only = script.stage(&mut venue(&script)).expect("it stages");
    let owners = |staged: &Staged| staged.accounts.iter().map(|a| a.kind).collect::<Vec<_>>();
    assert_eq!(owners(&only), owners(&staged));
}

#[test]
fn a_seed_changes_what_was_not_written_and_a_key_that_was_written_stays() {
    let text = |seed: u32| {
        format!(
            r#"{{ "seed": {seed}, "markets": [{{"slug": "m"}}], "accounts": [{{"name": "a"}},
            {{"name": "dev", "wallet": "eoa",
              "key": "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"}}] }}"#
        )
    };
    let ((one, first), (two, second)) = (staged(&text(1)), staged(&text(2)));
    let condition = |venue: &Venue| {
        let market = venue.floors().by_slug("m").expect("listed");
        venue.floors().get(market).listing.market.condition.clone()
    };
    assert_ne!(condition(&one), condition(&two));
    let owners = |staged: &Staged| staged.accounts.iter().map(|a| a.owner).collect::<Vec<_>>();
    let (first, second) = (owners(&first), owners(&second));
    assert_ne!(first[0], second[0]);
    assert_eq!(first[1], second[1]);
    assert_eq!(first[1].to_string(), "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_remedy() {
    for (text, expected) in [
        ("{\n  \"seeds\": 1\n}", "s.jsonc:2:9: unknown field `seeds`, expected one of `seed`"),
        ("{ \"seed\": 1, /* open", "s.jsonc:1:14: "),
        (
            "{ \"markets\": [{ \"slug\": \"m\",\n \"tick\": 0.02 }] }",
            "s.jsonc:2:15: 0.02 is not a price step",
        ),
        (
            r#"{ "markets": [{"slug": "m"}, {"slug": "m"}] }"#,
            "s.jsonc:markets[1]: m is listed already",
        ),
        (r#"{ "markets": [{"slug": "m", "condition": "0x1"}] }"#, "s.jsonc:markets[0].condition: "),
        (
            r#"{ "markets": [{"slug": "m", "tokens": ["0x1", "2"]}] }"#,
            "s.jsonc:markets[0]: token 0x1",
        ),
        (
            r#"{ "markets": [{"slug": "m"}], "liquidity": [{"market": "n"}] }"#,
            "liquidity[0].market: no market is called \"n\"",
        ),
        (
            r#"{ "markets": [{"slug": "m"}], "liquidity": [{"market": "m", "outcome": "Up"}] }"#,
            "has no outcome \"Up\": write \"Yes\" or \"No\"",
        ),
        (
            r#"{ "markets": [{"slug": "m"}], "liquidity": [{"market": "m", "bids": [[0.5, 1], [0.505, 1]]}] }"#,
            "liquidity[0].bids[1]: price 0.505 is not on the grid of 0.01",
        ),
        (
            r#"{ "markets": [{"slug": "m"}], "liquidity": [{"market": "m", "bids": [[0.5, 1]], "asks": [[0.5, 1]]}] }"#,
            "asks[0]: price 0.5 crosses",
        ),
        (
            r#"{ "accounts": [{"name": "a", "key": "0x12"}] }"#,
            "accounts[0].key: a private key is 64 hexadecimal digits",
        ),
        (
            r#"{ "accounts": [{"name": "a"}, {"name": "a"}] }"#,
            "accounts[1].name: \"a\" stands twice",
        ),
        (r#"{ "accounts": [{"name": "a", "approvals": "some"}] }"#, "\"all\", \"none\" or a list"),
        (
            r#"{ "accounts": [{"name": "a", "wallet": "eoa", "sessions": [{"name": "s", "validUntil": "2030-01-01T00:00:00Z"}]}] }"#,
            "accounts[0].sessions[0]: only a deposit wallet",
        ),
        (
            r#"{ "markets": [{"slug": "m"}], "events": [{"do": "close", "market": "m"}] }"#,
            "events[0]: write either \"at\"",
        ),
        (
            r#"{ "markets": [{"slug": "m"}], "events": [{"after": "1s", "do": "close", "market": "m", "price": 0.5}] }"#,
            "events[0]: \"price\" has no meaning here; this takes market",
        ),
        (
            r#"{ "events": [{"after": "1s", "do": "fund", "account": "x", "cash": 1}] }"#,
            "events[0]: no account is called \"x\"",
        ),
        (
            r#"{ "markets": [{"slug": "a", "group": "g", "resolution": {"payoutFirst": 1, "at": "2030-01-01T00:00:00Z"}}, {"slug": "b", "group": "g", "resolution": {"payoutFirst": 1, "at": "2030-01-01T00:00:00Z"}}] }"#,
            "markets[1].resolution.payoutFirst: group \"g\" has a winner already",
        ),
    ] {
        let told = refused(text);
        assert!(told.contains(expected), "{text}\n{told}");
    }
}

#[test]
fn settings_stand_over_the_usual_ones() {
    let text = r#"{ "seed": 9, "clock": { "start": "2026-11-01T00:00:00Z", "speed": 0.5 },
        "settings": { "minedAfterMillis": 1, "pageSize": 0, "limits": "warn", "submitsPerMinute": 3 } }"#;
    let script = Script::parse(text, "s.jsonc").expect("it reads");
    let usual = Settings::default();
    let expected = Settings {
        seed: 9,
        mined_after_millis: 1,
        page_size: 1,
        limits: Limits::Warn,
        submits_per_minute: 3,
        ..usual
    };
    assert_eq!(script.settings(), expected);
    assert_eq!(script.start(), Time::parse("2026-11-01T00:00:00Z"));
    assert_eq!(script.speed(), Some(500_000));
}

#[test]
fn several_mistakes_are_told_at_once() {
    let told = refused(
        r#"{ "markets": [{"slug": "m", "condition": "x"}], "accounts": [{"name": "a", "key": "1"}] }"#,
    );
    assert_eq!(told.lines().count(), 2, "{told}");
}

const EVENTFUL: &str = r#"{
  "markets": [{ "slug": "m", "outcomes": ["Up", "Down"] }],
  "accounts": [{ "name": "a", "cash": 5, "approvals": [{"token": "cash", "spender": "standard exchange", "amount": 7.5}],
     "sessions": [{"name": "s", "validUntil": "2030-01-01T00:00:00Z"}] }],
  "liquidity": [{ "market": "m", "outcome": "Down", "bids": [[0.40, 100]], "asks": [[0.45, 50], [0.45, 5]] }],
  "events": [
    { "after": "3s", "do": "resolve", "market": "m", "payoutFirst": 1 },
    { "after": "1s", "do": "take", "market": "m", "outcome": "Down", "side": "SELL", "price": 0.4, "size": 30 },
    { "after": "1s", "do": "fund", "account": "a", "cash": 1.5 },
    { "after": "1500ms", "do": "level", "market": "m", "outcome": "Down", "side": "BUY", "price": 0.4, "size": 0 },
    { "after": "2s", "do": "mode", "mode": "restarting", "seconds": 1, "postOnlySeconds": 5 },
    { "after": "2s", "do": "tick", "market": "m", "tick": 0.001 },
  ],
}"#;

#[test]
fn events_happen_at_their_times_in_their_order() {
    let (mut venue, staged) = staged(EVENTFUL);
    let account = &staged.accounts[0];
    let market = venue.floors().by_slug("m").expect("listed");
    let wallet = venue.ledger().find(account.wallet).expect("a wallet");
    let spender = contracts::EXCHANGE_STANDARD;
    assert_eq!(venue.funds().allowance(wallet, Token::Cash, spender), 7_500_000);
    assert_eq!(
        venue.people().session(account.wallet, account.sessions[0].signer).map(|s| s.scopes.len()),
        Some(1)
    );
    let asks = |venue: &Venue| venue.floors().get(market).book.displayed(Side::Sell, price("0.6"));
    let bids = venue.floors().get(market).book.displayed(Side::Buy, price("0.55"));
    assert_eq!(bids, Shares::from_units(55), "equal levels add up; a Down ask is an Up bid");
    assert_eq!(asks(&venue), Shares::from_units(100));
    assert_eq!(venue.next_due(), Some(START.plus_secs(1)));

    venue.advance(START.plus_secs(1));
    assert_eq!(asks(&venue), Shares::from_units(70));
    assert_eq!(
        venue.floors().get(market).last_of(Outcome::Second).map(|last| last.price),
        Some(price("0.4"))
    );
    assert_eq!(venue.ledger().cash(wallet), Usd::from_micros(6_500_000));
    assert_eq!(
        venue.seen(wallet, Asset::Cash),
        5_000_000,
        "a deposit is not seen until it is asked for"
    );

    venue.advance(START.plus_secs(2));
    assert_eq!(asks(&venue), Shares::ZERO);
    assert_eq!(venue.floors().get(market).listing.market.tick.to_string(), "0.001");
    assert!(matches!(venue.mode(), Mode::Restarting { .. }));
    venue.advance(START.plus_secs(4));
    let resolved = venue.floors().get(market).listing.market.resolution.expect("a result");
    assert_eq!(resolved.at, START.plus_secs(3), "it happened at its own instant");
    assert!(matches!(venue.mode(), Mode::PostOnly { until } if until == START.plus_secs(8)));
    venue.ledger().audit().expect("it balances");
}

/// A venue with bob's bid of 20 at 0.40 behind 100 of the crowd, and what will come of it.
const QUEUED: &str = r#"{
  "markets": [{ "slug": "m" }],
  "accounts": [{ "name": "bob", "wallet": "eoa", "cash": 100 }],
  "liquidity": [{ "market": "m", "bids": [[0.40, 100]], "asks": [[0.45, 50]] }],
  "events": [
    { "after": "1s", "do": "take", "market": "m", "side": "SELL", "price": 0.40, "size": 60 },
    { "after": "2s", "do": "take", "market": "m", "side": "SELL", "price": 0.40, "size": 50 },
    { "after": "3s", "do": "level", "market": "m", "side": "BUY", "price": 0.40, "size": 70 },
    { "after": "4s", "do": "take", "market": "m", "outcome": "No", "side": "BUY", "price": 0.60, "size": 30 },
  ],
}"#;

#[test]
fn an_order_behind_the_crowd_trades_only_after_the_crowd_ahead_of_it() {
    let (mut venue, staged) = staged(QUEUED);
    let bob = &staged.accounts[0];
    let market = venue.floors().by_slug("m").expect("listed");
    let key = venue.derive_key(bob.owner, "0").expect("a key");
    let posted = Posted {
        fields: Fields {
            salt: 1,
            maker: bob.wallet,
            signer: bob.owner,
            token_id: venue.floors().get(market).tokens[0],
            maker_amount: U256::from(8_000_000),
            taker_amount: U256::from(20_000_000),
            side: Side::Buy,
            signature_type: SignatureType::Eoa,
            timestamp_ms: 0,
            metadata: B256::ZERO,
            builder: B256::ZERO,
        },
        signed_by: Some(SignedBy::Owner(bob.owner)),
        expiration: 0,
        kind: Kind::Gtc,
        post_only: false,
        owner: bob.credentials.as_ref().unwrap().key.to_string(),
    };
    let order = venue.place(key, &posted).expect("it rests").order;
    let matched = |venue: &mut Venue, secs: i64| {
        venue.advance(START.plus_secs(secs));
        venue.orders().get(order).matched
    };
    assert_eq!(matched(&mut venue, 1), Shares::ZERO, "60 of the 100 ahead went");
    assert_eq!(matched(&mut venue, 2), Shares::from_units(10), "40 were ahead of the other 50");
    assert_eq!(matched(&mut venue, 3), Shares::from_units(10));
    assert_eq!(matched(&mut venue, 4), Shares::from_units(20), "who came later stands behind");
    let crowd = venue.floors().get(market).book.displayed(Side::Buy, price("0.4"));
    assert_eq!(crowd, Shares::from_units(50));
    venue.advance(START.plus_secs(60));
    let wallet = venue.ledger().find(bob.wallet).expect("a wallet");
    assert_eq!(venue.ledger().cash(wallet), Usd::from_units(92));
    venue.ledger().audit().expect("it balances");
}

#[test]
fn outside_facts_and_the_venues_own_tasks_happen_in_one_order_of_time() {
    let close = START.plus_secs(6);
    let (mut venue, _) = staged(&format!(
        r#"{{ "markets": [{{ "slug": "m", "close": "{close}" }}],
        "liquidity": [{{ "market": "m", "bids": [[0.4, 10]] }}],
        "events": [
          {{ "after": "2s", "do": "mode", "mode": "restarting", "seconds": 1, "postOnlySeconds": 9 }},
          {{ "after": "5s", "do": "mode", "mode": "disabled" }},
          {{ "after": "6s", "do": "take", "market": "m", "side": "SELL", "price": 0.4, "size": 1 }},
          {{ "after": "7s", "do": "level", "market": "m", "side": "BUY", "price": 0.3, "size": 1 }},
        ] }}"#
    ));
    drop(venue.drain());
    venue.advance(START.plus_secs(60));
    let told: Vec<(i64, &str)> = venue
        .drain()
        .iter()
        .filter_map(|dated| {
            let what = if let Change::Mode { mode } = &dated.change {
                mode.word()
            } else if matches!(dated.change, Change::Print { .. }) {
                "print"
            } else if matches!(dated.change, Change::Closed { .. }) {
                "closed"
            } else {
                return None;
            };
            Some((dated.at.since_micros(START) / 1_000_000, what))
        })
        .collect();
    let expected =
        [(2, "restarting"), (3, "post-only"), (5, "disabled"), (6, "print"), (6, "closed")];
    assert_eq!(told, expected);
    let market = venue.floors().by_slug("m").expect("listed");
    assert!(venue.floors().get(market).book.is_empty(), "nothing happens in a closed market");
}
