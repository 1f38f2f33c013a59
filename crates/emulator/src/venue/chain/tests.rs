//! Wallets' acts in random order, audited after each; and the acts whose figures are known.

use super::*;
use crate::ledger::ADAPTER;
use crate::resting::tests::dice::{Dice, cases};
use crate::venue::Settings;
use crate::venue::market::Listing;
use betteroms_core::market::{ConditionId, FeeSchedule, Gate, Market};
use betteroms_core::money::Usd;
use betteroms_core::money::{Fraction, Tick};
use betteroms_core::time::Time;
use betteroms_polymarket::signing::CtfArguments;
use betteroms_polymarket::signing::contracts::{CTF_ADAPTER, NEG_RISK_CTF_ADAPTER};
use std::collections::{BTreeMap, BTreeSet};

const WALLETS: [Address; 3] =
    [Address::repeat_byte(1), Address::repeat_byte(2), Address::repeat_byte(3)];
const GROUP: &str = "who-wins";

fn market(place: u8, neg_risk: bool) -> Market {
    Market {
        condition: ConditionId::new(condition(place).to_string()),
        slug: format!("market-{place}"),
        question: String::new(),
        outcomes: ["Yes".to_owned(), "No".to_owned()],
        tokens: [format!("{}", u32::from(place) * 10), format!("{}", u32::from(place) * 10 + 1)],
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

const fn condition(place: u8) -> B256 {
    B256::repeat_byte(place)
}

/// One market alone, three of an event; the wallets have money and all approvals but one.
fn venue() -> Venue {
    let mut venue = Venue::new(Settings::default(), Time::from_secs(1_783_132_553));
    venue.list(Listing::plain(market(1, false))).unwrap();
    for place in 2..5 {
        let group = Some(GROUP.to_owned());
        venue.list(Listing { group, ..Listing::plain(market(place, true)) }).unwrap();
    }
    for wallet in WALLETS {
        venue.fund(wallet, Usd::from_units(1_000)).unwrap();
        for adapter in [CTF_ADAPTER, NEG_RISK_CTF_ADAPTER] {
            let amount = U256::MAX;
            let approve = WalletCall::Approve { token: PUSD, spender: adapter, amount };
            venue.perform_call(wallet, &approve).unwrap();
            venue.perform_call(wallet, &trusts(adapter, true)).unwrap();
        }
    }
    venue
}

fn trusts(operator: Address, approved: bool) -> WalletCall {
    WalletCall::SetApprovalForAll { token: CTF, operator, approved }
}

fn split(place: u8, amount: u64) -> WalletCall {
    let adapter = if place == 1 { Adapter::Standard } else { Adapter::NegRisk };
    let of = CtfArguments::binary(condition(place));
    WalletCall::Split { adapter, of, amount: U256::from(amount) }
}

fn held(venue: &Venue, wallet: Address, id: u64) -> i64 {
    let (market, outcome) = venue.floors().by_token(&U256::from(id)).unwrap();
    let wallet = venue.ledger().find(wallet).unwrap();
    venue.ledger().balance(wallet, Asset::Share(market, outcome))
}

fn cash(venue: &Venue, wallet: Address) -> i64 {
    venue.ledger().cash(venue.ledger().find(wallet).unwrap()).micros()
}

#[test]
fn no_converts_into_the_other_yes_and_dollars() {
    let mut venue = venue();
    let [one, ..] = WALLETS;
    for place in [2, 3] {
        venue.perform_call(one, &split(place, 10_000_000)).unwrap();
    }
    let market = neg_risk_market_id(GROUP);
    assert_eq!(market.0[31], 0);
    let amount = U256::from(4_000_000);
    let convert = |set: u64| WalletCall::Convert { market, index_set: U256::from(set), amount };
    for wrong in [0, 0b1000, 0b1001] {
        let error = ChainError::NegRiskMarket(market);
        assert_eq!(venue.perform_call(one, &convert(wrong)), Err(error), "{wrong:b}");
    }
    assert_eq!(venue.perform_call(one, &convert(0b100)), Err(ChainError::Balance));
    venue.perform_call(one, &convert(0b011)).unwrap();
    // NO in two of three: the third's YES, and a dollar each.
    assert_eq!(held(&venue, one, 40), 4_000_000);
    assert_eq!((held(&venue, one, 21), held(&venue, one, 31)), (6_000_000, 6_000_000));
    assert_eq!((held(&venue, one, 20), held(&venue, one, 30)), (10_000_000, 10_000_000));
    assert_eq!(cash(&venue, one), 984_000_000);
    venue.ledger().audit().unwrap();
}

#[test]
fn an_event_named_by_its_id_keeps_it() {
    let id = format!("0x{}", "ab".repeat(32));
    assert_eq!(neg_risk_market_id(&id).to_string(), id);
    assert_ne!(neg_risk_market_id("a"), neg_risk_market_id("b"));
}

#[test]
fn a_redemption_takes_everything_and_waits_for_the_result() {
    let mut venue = venue();
    let [one, two, _] = WALLETS;
    venue.perform_call(one, &split(1, 10_000_001)).unwrap();
    let give = WalletCall::SafeTransferFrom {
        token: CTF,
        from: one,
        to: two,
        id: U256::from(11),
        amount: U256::from(3_000_001),
        data: alloy_primitives::Bytes::new(),
    };
    // Somebody else's shares only by approval.
    assert_eq!(venue.perform_call(two, &give), Err(ChainError::NotApproved));
    venue.perform_call(one, &trusts(two, true)).unwrap();
    venue.perform_call(two, &give).unwrap();
    let of = CtfArguments::binary(condition(1));
    let redeem = WalletCall::Redeem { adapter: Adapter::Standard, of: of.clone() };
    assert_eq!(venue.perform_call(one, &redeem), Err(ChainError::Unresolved));
    let wrong = WalletCall::Redeem { adapter: Adapter::NegRisk, of };
    let (market, _) = venue.floors().by_token(&U256::from(10)).unwrap();
    venue.resolve(market, Fraction::ONE.half()).unwrap();
    assert_eq!(venue.perform_call(one, &wrong), Err(ChainError::Condition(condition(1))));
    venue.perform_call(one, &trusts(CTF_ADAPTER, false)).unwrap();
    assert_eq!(venue.perform_call(one, &redeem), Err(ChainError::NotApproved));
    venue.perform_call(one, &trusts(CTF_ADAPTER, true)).unwrap();
    venue.perform_call(one, &redeem).unwrap();
    venue.perform_call(two, &redeem).unwrap();
    // 10.000001 and 7 halves, each rounded down; 3.000001 halves.
    assert_eq!(cash(&venue, one), 989_999_999 + 5_000_000 + 3_500_000);
    assert_eq!(cash(&venue, two), 1_000_000_000 + 1_500_000);
    venue.ledger().audit().unwrap();
}

#[test]
fn the_venue_learns_of_the_chain_only_when_asked() {
    let mut venue = venue();
    let [one, two, _] = WALLETS;
    let wallet = venue.ledger().find(one).unwrap();
    assert_eq!(venue.seen(wallet, Asset::Cash), 1_000_000_000);
    let pay = WalletCall::Transfer { token: PUSD, to: two, amount: U256::from(400_000_000) };
    venue.perform_call(one, &pay).unwrap();
    venue.fund(one, -Usd::from_units(100)).unwrap();
    assert_eq!((venue.seen(wallet, Asset::Cash), cash(&venue, one)), (1_000_000_000, 500_000_000));
    venue.refresh(wallet, Asset::Cash);
    assert_eq!(venue.seen(wallet, Asset::Cash), 500_000_000);
}

/// A random act: mostly possible, sometimes not.
fn act(dice: &mut Dice) -> WalletCall {
    let place = dice.pick(&[1_u8, 2, 3, 4]);
    let adapter = if (place == 1) != dice.chance(3) { Adapter::Standard } else { Adapter::NegRisk };
    let of = CtfArguments::binary(condition(place));
    let amount = U256::from(dice.between(0, 60_000_000).unsigned_abs());
    let spender = adapter.address();
    let (from, to) = (dice.pick(&WALLETS), dice.pick(&WALLETS));
    match dice.between(0, 9) {
        0 => WalletCall::Approve { token: PUSD, spender, amount },
        1 => WalletCall::Approve { token: PUSD, spender, amount: U256::MAX },
        2 => trusts(spender, dice.chance(80)),
        3 => {
            let amount = U256::from(dice.between(0, 900_000_000).unsigned_abs());
            WalletCall::Transfer { token: PUSD, to, amount }
        }
        4 => {
            let id = U256::from(u64::from(place) * 10 + u64::from(dice.chance(50)));
            let data = alloy_primitives::Bytes::new();
            WalletCall::SafeTransferFrom { token: CTF, from, to, id, amount, data }
        }
        5 | 6 => WalletCall::Split { adapter, of, amount },
        7 => WalletCall::Merge { adapter, of, amount },
        8 => WalletCall::Redeem { adapter, of },
        _ => {
            let index_set = U256::from(dice.between(0, 8).unsigned_abs());
            WalletCall::Convert { market: neg_risk_market_id(GROUP), index_set, amount }
        }
    }
}

const fn word(call: &WalletCall) -> &'static str {
    match call {
        WalletCall::AuthorizeSessionSigner { .. } => "authorize",
        WalletCall::RevokeSessionSigner { .. } => "revoke",
        WalletCall::Approve { .. } => "approve",
        WalletCall::Transfer { .. } => "transfer",
        WalletCall::SetApprovalForAll { .. } => "trust",
        WalletCall::SafeTransferFrom { .. } => "give",
        WalletCall::Split { .. } => "split",
        WalletCall::Merge { .. } => "merge",
        WalletCall::Redeem { .. } => "redeem",
        WalletCall::Convert { .. } => "convert",
    }
}

/// Everything the chain knows of the wallets, to tell whether something changed.
fn state(venue: &Venue) -> String {
    let ledger = venue.ledger();
    let mut all = String::new();
    for (wallet, address) in ledger.wallets() {
        let holdings: Vec<_> = ledger.holdings(wallet).collect();
        let granted = [CTF_ADAPTER, NEG_RISK_CTF_ADAPTER].map(|spender| {
            [Token::Cash, Token::Shares].map(|token| venue.funds().granted(wallet, token, spender))
        });
        all += &format!("{address} {} {holdings:?} {granted:?}\n", ledger.cash(wallet));
    }
    all
}

/// What is in the wallets is worth the same before and after whatever they do: a full set of an event's
/// shares, once it is resolved, pays what was put in.
#[test]
fn random_acts_keep_the_books_balanced() {
    let mut dice = Dice::new(5);
    let mut seen: BTreeMap<(&str, bool), u64> = BTreeMap::new();
    let (mut undone, mut whole, mut resolved) = (0, 0, 0);
    for _ in 0..cases(100) {
        let mut venue = venue();
        for step in 0..100 {
            let wallet = dice.pick(&WALLETS);
            let calls: Vec<WalletCall> = (0..dice.between(1, 3)).map(|_| act(&mut dice)).collect();
            let before = state(&venue);
            venue.drain();
            match venue.perform_batch(wallet, &calls) {
                Ok(()) => {
                    whole += u64::from(calls.len() > 1);
                    calls.iter().for_each(|call| *seen.entry((word(call), true)).or_default() += 1);
                }
                Err((place, _)) => {
                    *seen.entry((word(&calls[place]), false)).or_default() += 1;
                    undone += u64::from(place > 0);
                    assert_eq!(state(&venue), before, "{calls:?}");
                    assert!(venue.drain().is_empty());
                }
            }
            venue.ledger().audit().unwrap_or_else(|error| panic!("{calls:?}: {error}"));
            if step == 60 {
                for (place, yes) in [(1_u64, 1_000_000), (2, 0), (3, 1_000_000), (4, 0)] {
                    let (market, _) = venue.floors().by_token(&U256::from(place * 10)).unwrap();
                    venue.resolve(market, Fraction::from_micros(yes).unwrap()).unwrap();
                    resolved += 1;
                }
            }
        }
        let inside: i64 = WALLETS.iter().map(|wallet| worth(&venue, *wallet)).sum();
        let adapter = venue.ledger().address(ADAPTER).unwrap();
        assert_eq!(inside + worth(&venue, adapter), 3_000_000_000);
        assert_eq!(worth(&venue, adapter), 0);
    }
    for call in ["transfer", "give", "split", "merge", "redeem", "convert"] {
        for done in [true, false] {
            assert!(seen.get(&(call, done)).is_some_and(|n| *n > 20), "{call} {done}: {seen:?}");
        }
    }
    assert!(undone > 500 && whole > 500 && resolved > 0, "{undone} {whole} {seen:?}");
}

/// Cash, and what the shares pay.
fn worth(venue: &Venue, wallet: Address) -> i64 {
    let winners = [10_u64, 21, 30, 41];
    cash(venue, wallet) + winners.iter().map(|id| held(venue, wallet, *id)).sum::<i64>()
}
