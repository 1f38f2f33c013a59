//! From a draft to bytes and back: the venue's amounts, the same bytes every time, and that nothing but the
//! order that was decided is let out (R30).

use crate::shared::read;
use betteroms_core::market::Side;
use betteroms_core::money::{Decimal, Price, Shares, Tick, Usd};
use betteroms_core::order::{OrderId, Want};
use betteroms_core::plan::RunId;
use betteroms_core::time::Time;
use betteroms_polymarket::ordering::{
    Draft, Life, OrderSecret, Wallet, amounts, gtd_expiration, prepare, prove,
};
use betteroms_polymarket::signing::{Address, LocalKey, U256, WalletKind, wallet};
use proptest::prelude::*;
use serde_json::Value;

const OWNER: &str = "0195a1c2-7b3e-7c4d-8e5f-0123456789ab";
const OTHER: &str = "0195a1c2-7b3e-7c4d-8e5f-0123456789ac";
const TOKEN: &str =
    "102562980241399842340754882821350311201914838624536401554312024655151357472351";
const AT: Time = Time::from_secs(1_790_000_000);

fn micros(text: &str) -> i64 {
    Decimal::parse(text).unwrap().micros().unwrap()
}

fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

fn tick(text: &str) -> Tick {
    Tick::try_from(price(text)).unwrap()
}

#[test]
fn amounts_are_those_of_the_official_clients() {
    const TEST: &str = "amounts_are_those_of_the_official_clients";
    let Some(bytes) = read(TEST, "vectors_generated/vectors_order_amounts.json") else { return };
    let all: Value = serde_json::from_slice(&bytes).unwrap();
    let mut rows = 0;
    for row in all["rows"].as_array().unwrap() {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let side = if text("side") == "BUY" { Side::Buy } else { Side::Sell };
        let is_limit = text("kind") == "limit";
        // The clients cut sizes and cash to two decimals first; we refuse what is finer.
        let size = if is_limit { text("size") } else { text("amount") };
        let cents = micros(size).div_euclid(10_000) * 10_000;
        let (life, want) = match (is_limit, side) {
            (true, _) => (Life::Gtc, Want::Shares(Shares::from_micros(cents))),
            (false, Side::Buy) => (Life::Fak, Want::Cash(Usd::from_micros(cents))),
            (false, Side::Sell) => (Life::Fak, Want::Shares(Shares::from_micros(cents))),
        };
        let made = amounts(side, life, price(text("price")), want, tick(text("tick"))).unwrap();
        let floored = row["takerAmount_4dp_floor"].as_str();
        let taker = floored.filter(|_| !is_limit).unwrap_or_else(|| text("takerAmount"));
        assert_eq!(made.maker.to_string(), text("makerAmount"), "{row}");
        assert_eq!(made.taker.to_string(), taker, "{row}");
        rows += 1;
    }
    assert_eq!(rows, 62);
}

proptest! {
    #[test]
    fn a_market_buy_never_pays_more_than_its_limit_and_a_step(
        cents in 100_i64..10_000_000, steps in 1_u32..10_000,
    ) {
        let limit = Price::from_micros(steps * 100).unwrap();
        let cash = Usd::from_micros(cents * 10_000);
        let grid = Tick::from_micros(100).unwrap();
        if let Ok(made) = amounts(Side::Buy, Life::Fak, limit, Want::Cash(cash), grid) {
            let (maker, taker) = (u128::from(made.maker), u128::from(made.taker));
            let one = 1_000_000_u128;
            // At the limit or dearer by less than the finest step; and on the venue's grids.
            prop_assert!(maker * one >= taker * u128::from(limit.micros()));
            prop_assert!(maker * one < taker * u128::from(limit.micros() + 100));
            prop_assert!(made.maker % 10_000 == 0 && made.taker % 100 == 0);
        }
    }

    #[test]
    fn a_market_sale_gives_no_share_below_its_limit(
        lots in 1_i64..10_000_000, step in 1_u32..10_000, tick in 0_usize..4,
    ) {
        let tick = [100_000_u32, 10_000, 1_000, 100][tick];
        let micros = step * 100 / tick * tick;
        prop_assume!(micros > 0 && micros < 1_000_000);
        let (limit, grid) = (Price::from_micros(micros).unwrap(), Tick::from_micros(tick).unwrap());
        let size = Shares::from_micros(lots * 10_000);
        if let Ok(made) = amounts(Side::Sell, Life::Fak, limit, Want::Shares(size), grid) {
            let (maker, taker) = (u128::from(made.maker), u128::from(made.taker));
            prop_assert_eq!(i64::try_from(made.maker).unwrap(), size.micros());
            // Dollars asked for the shares are never less than the limit says, less a step of the grid.
            prop_assert!((taker + 100) * 1_000_000 > maker * u128::from(micros));
        }
    }

    #[test]
    fn a_limit_order_is_exact(
        lots in 1_i64..100_000_000, step in 1_u32..10_000, tick in 0_usize..4,
    ) {
        let tick = [100_000_u32, 10_000, 1_000, 100][tick];
        let micros = step * 100 / tick * tick;
        prop_assume!(micros > 0 && micros < 1_000_000);
        let limit = Price::from_micros(micros).unwrap();
        let (size, grid) = (Shares::from_micros(lots * 10_000), Tick::from_micros(tick).unwrap());
        let [buy, sell] = [Side::Buy, Side::Sell]
            .map(|side| amounts(side, Life::Gtc, limit, Want::Shares(size), grid).unwrap());
        prop_assert_eq!((buy.maker, buy.taker), (sell.taker, sell.maker));
        let exact = u128::from(limit.micros()) * u128::from(buy.taker);
        prop_assert_eq!(u128::from(buy.maker) * 1_000_000, exact);
    }
}

/// Every shape of a wallet: kind, wallet, whether a session key signs.
fn wallets(key: &LocalKey) -> Vec<Wallet> {
    let (signer, stranger) = (key.address(), Address::repeat_byte(7));
    let of = |kind, maker, session| Wallet { kind, maker, signer, session };
    vec![
        of(WalletKind::Eoa, signer, false),
        of(WalletKind::Proxy, wallet::proxy_of(signer), false),
        of(WalletKind::Safe, wallet::safe_of(signer), false),
        of(WalletKind::Deposit, wallet::deposit_wallet_of(signer), false),
        of(WalletKind::LegacyDeposit, wallet::legacy_deposit_wallet_of(signer), false),
        of(WalletKind::Deposit, wallet::deposit_wallet_of(stranger), true),
    ]
}

fn id(attempt: u32) -> OrderId {
    OrderId::new(&RunId::new("r").unwrap(), "0", attempt)
}

fn draft(order: &OrderId) -> Draft<'_> {
    Draft {
        account: "real:0xab",
        order,
        token: TOKEN,
        neg_risk: false,
        side: Side::Buy,
        price: price("0.31"),
        want: Want::Shares(Shares::from_micros(12_340_000)),
        tick: Tick::CENT,
        life: Life::Gtd { expires_secs: gtd_expiration(AT.plus_secs(600)) },
        post_only: true,
        at: AT,
    }
}

fn key() -> LocalKey {
    LocalKey::from_bytes(&[5; 32]).unwrap()
}

fn secret() -> OrderSecret {
    OrderSecret::from_bytes(&[3; 32])
}

#[test]
fn the_same_order_is_the_same_bytes_and_proves_itself_in_every_wallet() {
    let (key, secret, order) = (key(), secret(), id(1));
    for wallet in wallets(&key) {
        let draft = draft(&order);
        let made = prepare(draft, wallet, OWNER, &secret, &key).unwrap();
        assert_eq!(prepare(draft, wallet, OWNER, &secret, &key).unwrap(), made, "to the byte");
        prove(made.body.as_bytes(), &made.id, &draft, &wallet, OWNER, &secret).unwrap();
        let next = id(2);
        let again = Draft { order: &next, ..draft };
        assert_ne!(prepare(again, wallet, OWNER, &secret, &key).unwrap().id, made.id);
        assert_eq!(format!("{made:?}"), format!("Prepared({})", made.id), "bytes are not shown");
    }
}

/// Ways to change an order's bytes; each gives other bytes.
fn mutated(body: &str, nth: u64) -> (&'static str, Vec<u8>) {
    let number = usize::try_from(nth / 8).unwrap();
    let swap = |from: &str, to: &str| body.replacen(from, to, 1).into_bytes();
    match nth % 8 {
        0 => {
            let mut bytes = body.as_bytes().to_vec();
            let at = number * 7 % bytes.len();
            bytes[at] ^= 1 << (number % 7);
            ("a bit", bytes)
        }
        1 => {
            let mut bytes = body.as_bytes().to_vec();
            let digits: Vec<usize> =
                (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit()).collect();
            let at = digits[number * 13 % digits.len()];
            bytes[at] = b'0' + (bytes[at] - b'0' + 1 + u8::try_from(number % 9).unwrap()) % 10;
            ("a digit", bytes)
        }
        2 => ("the owner", swap(OWNER, OTHER)),
        3 => {
            let later = gtd_expiration(AT.plus_secs(601 + i64::try_from(number).unwrap()));
            let expiration = gtd_expiration(AT.plus_secs(600));
            ("the expiration", swap(&expiration.to_string(), &later.to_string()))
        }
        4 => ("post-only", swap(",\"postOnly\":true", "")),
        5 => {
            let mut bytes = body.as_bytes().to_vec();
            bytes.insert(1 + number * 11 % (bytes.len() - 1), b' ');
            ("a blank", bytes)
        }
        6 => ("a field twice", swap("\"owner\"", "\"deferExec\":false,\"owner\"")),
        _ => {
            let cut = body.len() - 1 - number % (body.len() - 1);
            ("the end", body.as_bytes()[..cut].to_vec())
        }
    }
}

/// What the signature covers, as a check that forgets the rest would see it.
fn signed_part(body: &[u8]) -> Option<Value> {
    let mut order = serde_json::from_slice::<Value>(body).ok()?.get("order")?.clone();
    order.as_object_mut()?.remove("expiration");
    Some(order)
}

#[test]
fn of_ten_thousand_changed_bodies_none_is_let_out() {
    let (key, secret, order) = (key(), secret(), id(1));
    let (mut changed, mut out, mut weak) = (0_u32, 0_u32, 0_u32);
    let mut kinds = std::collections::BTreeMap::new();
    for wallet in wallets(&key) {
        let draft = draft(&order);
        let made = prepare(draft, wallet, OWNER, &secret, &key).unwrap();
        for nth in 0..1_700 {
            let (kind, bytes) = mutated(&made.body, nth);
            if bytes == made.body.as_bytes() {
                continue;
            }
            changed += 1;
            *kinds.entry(kind).or_insert(0_u32) += 1;
            out += u32::from(prove(&bytes, &made.id, &draft, &wallet, OWNER, &secret).is_ok());
            weak += u32::from(signed_part(&bytes) == signed_part(made.body.as_bytes()));
        }
    }
    println!("R30: {changed} changed bodies {kinds:?}, {out} let out, {weak} by a weak check");
    assert_eq!(out, 0);
    // The planted bug: a check of what is signed alone lets owner, expiration and post-only through.
    assert!(weak > 3_000, "{weak}");
    assert!(
        changed > 10_000 && kinds.len() == 8 && kinds.values().all(|n| *n > 1_000),
        "{kinds:?}"
    );
}

/// The other signature over the same order that the curve allows: the venue and the chain refuse it.
fn high_s(signature: &str) -> Option<String> {
    let order = U256::from_str_radix(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        16,
    );
    let digits = signature.strip_prefix("0x").filter(|digits| digits.len() == 130)?;
    let s = U256::from_str_radix(&digits[64..128], 16).ok()?;
    let v = if &digits[128..] == "1b" { "1c" } else { "1b" };
    Some(format!("0x{}{:064x}{v}", &digits[..64], order.ok()? - s))
}

/// Bodies that say the same to a careless reader, or that a thief would craft.
#[test]
fn crafted_bodies_are_not_let_out() {
    let (key, secret, order) = (key(), secret(), id(1));
    let mut tried = 0;
    let all = wallets(&key);
    for (nth, wallet) in all.iter().enumerate() {
        let draft = draft(&order);
        let made = prepare(draft, *wallet, OWNER, &secret, &key).unwrap();
        let leg: Value = serde_json::from_str(&made.body).unwrap();
        let text = |field: &str| leg["order"][field].as_str().unwrap().to_owned();
        let (maker, taker, signature) =
            (text("makerAmount"), text("takerAmount"), text("signature"));
        let swapped = made.body.replace(&maker, "M").replace(&taker, &maker).replace('M', &taker);
        let with = |other: &str| made.body.replace(&signature, other);
        let neighbour = prepare(draft, all[(nth + 1) % all.len()], OWNER, &secret, &key).unwrap();
        let neighbour: Value = serde_json::from_str(&neighbour.body).unwrap();
        let neighbour = neighbour["order"]["signature"].as_str().unwrap().to_owned();
        let mut crafted = vec![
            ("amounts exchanged", swapped),
            ("an array", format!("[{}]", made.body)),
            ("an escape", made.body.replace("\"BUY\"", "\"\\u0042UY\"")),
            ("a signature cut", with(&signature[..signature.len() - 2])),
            ("a signature longer", with(&format!("{signature}00"))),
            ("capital digits", with(&signature.to_uppercase().replace("0X", "0x"))),
            ("another wallet's signature", with(&neighbour)),
            ("no signature", with("0x")),
        ];
        crafted.extend(high_s(&signature).map(|high| ("a high s", with(&high))));
        for (what, body) in crafted {
            assert_ne!(body, made.body, "{what}");
            let proven = prove(body.as_bytes(), &made.id, &draft, wallet, OWNER, &secret);
            // Wallets of one form share their signatures: then it is the same body.
            assert!(proven.is_err(), "{what} in {wallet:?}");
            tried += 1;
        }
    }
    assert!(tried >= 8 * 6 + 3, "{tried}");
}

#[test]
fn another_decision_another_key_or_another_secret_does_not_fit() {
    let (key, secret, order, other) = (key(), secret(), id(1), id(2));
    let plain = draft(&order);
    for wallet in wallets(&key) {
        let made = prepare(plain, wallet, OWNER, &secret, &key).unwrap();
        let fits = |draft: Draft<'_>| {
            prove(made.body.as_bytes(), &made.id, &draft, &wallet, OWNER, &secret).is_ok()
        };
        assert!(fits(plain), "the control");
        for draft in [
            Draft { order: &other, ..plain },
            Draft { account: "real:0xac", ..plain },
            Draft { side: Side::Sell, ..plain },
            Draft { neg_risk: true, ..plain },
            Draft { price: price("0.32"), ..plain },
            Draft { want: Want::Shares(Shares::from_micros(12_350_000)), ..plain },
            Draft { post_only: false, ..plain },
            Draft { life: Life::Gtc, ..plain },
            Draft { at: AT.plus_secs(1), ..plain },
            Draft { token: "7", ..plain },
        ] {
            assert!(!fits(draft), "{draft:?}");
        }
        let proves = |id: &str, owner: &str, secret: &OrderSecret| {
            prove(made.body.as_bytes(), id, &plain, &wallet, owner, secret).is_ok()
        };
        assert!(!proves(&format!("0x{}", "00".repeat(32)), OWNER, &secret));
        assert!(!proves(&made.id, OTHER, &secret));
        assert!(!proves(&made.id, OWNER, &OrderSecret::from_bytes(&[4; 32])));
    }
    // Signed again by another key, the bytes are in order and the signer is not.
    let stranger = LocalKey::from_bytes(&[6; 32]).unwrap();
    let ours = wallets(&key)[0];
    let theirs = wallets(&stranger)[0];
    let forged = prepare(plain, theirs, OWNER, &secret, &stranger).unwrap();
    assert!(prove(forged.body.as_bytes(), &forged.id, &plain, &ours, OWNER, &secret).is_err());
}
