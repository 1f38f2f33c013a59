//! What an order costs before it leaves: made and signed, proven, and the bare signature. For
//! `cargo xtask bench real`; one JSON line tells the middle of many rounds, in nanoseconds an order.

use betteroms_core::market::Side;
use betteroms_core::money::{Price, Shares, Tick};
use betteroms_core::order::{OrderId, Want};
use betteroms_core::plan::RunId;
use betteroms_core::time::Time;
use betteroms_polymarket::ordering::{Draft, Life, OrderSecret, Wallet, prepare, prove};
use betteroms_polymarket::signing::{B256, LocalKey, WalletKind, wallet};
use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

type Failed = Box<dyn Error>;

const ROUNDS: usize = 41;
const EACH: u32 = 200;
const OWNER: &str = "0195a1c2-7b3e-7c4d-8e5f-0123456789ab";
const TOKEN: &str =
    "102562980241399842340754882821350311201914838624536401554312024655151357472351";
/// A key of local development chains: it guards nothing.
const KEY: &str = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";

fn main() -> Result<(), Failed> {
    let key = LocalKey::from_hex(KEY)?;
    let secret = OrderSecret::from_bytes(&[7; 32]);
    let signer = key.address();
    let made = [
        ("eoa", WalletKind::Eoa, signer),
        ("deposit", WalletKind::Deposit, wallet::deposit_wallet_of(signer)),
    ];
    let mut told = serde_json::Map::new();
    for (name, kind, maker) in made {
        let of = Wallet { kind, maker, signer, session: false };
        let orders: Vec<OrderId> = (1..=EACH).map(id).collect::<Result<_, _>>()?;
        let one = |order| prepare(draft(order), of, OWNER, &secret, &key);
        let bodies = orders.iter().map(one).collect::<Result<Vec<_>, _>>()?;
        let made = middle(|nth| {
            let made = orders.get(nth).map(|order| prepare(draft(order), of, OWNER, &secret, &key));
            black_box(made).is_some_and(|made| made.is_ok())
        })?;
        let proven = middle(|nth| {
            let both = orders.get(nth).zip(bodies.get(nth));
            let proven = both.map(|(order, made)| {
                prove(made.body.as_bytes(), &made.id, &draft(order), &of, OWNER, &secret)
            });
            black_box(proven).is_some_and(|proven| proven.is_ok())
        })?;
        told.insert(format!("{name}_prepare"), made.into());
        told.insert(format!("{name}_prove"), proven.into());
    }
    let digest = B256::repeat_byte(9);
    told.insert(
        "bare".to_owned(),
        middle(|_| black_box(key.sign_digest(digest)).len() == 65)?.into(),
    );
    writeln!(std::io::stdout(), "{}", serde_json::Value::Object(told))?;
    Ok(())
}

fn id(attempt: u32) -> Result<OrderId, Failed> {
    let run = RunId::new("bench").ok_or("a run id")?;
    Ok(OrderId::new(&run, "0", attempt))
}

fn draft(order: &OrderId) -> Draft<'_> {
    Draft {
        account: "real:0xab",
        order,
        token: TOKEN,
        neg_risk: false,
        side: Side::Buy,
        price: Price::HALF,
        want: Want::Shares(Shares::from_micros(12_340_000)),
        tick: Tick::CENT,
        life: Life::Gtc,
        post_only: false,
        at: Time::from_secs(1_790_000_000),
    }
}

/// Nanoseconds for one, in the middle of the rounds. Work that fails is an error.
fn middle(mut work: impl FnMut(usize) -> bool) -> Result<u64, Failed> {
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        for nth in 0..usize::try_from(EACH)? {
            if !work(nth) {
                return Err("an order could not be made or proven".into());
            }
        }
        rounds.push(u64::try_from(begun.elapsed().as_nanos())? / u64::from(EACH));
    }
    rounds.sort_unstable();
    Ok(rounds.get(ROUNDS / 2).copied().unwrap_or_default())
}
