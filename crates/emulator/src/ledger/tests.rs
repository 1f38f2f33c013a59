//! The ledger against a plain table of balances, audited after every command; bugs that must be noticed;
//! and conversions through to every possible winner.

mod plain;
mod stream;

use super::*;
use crate::resting::tests::dice::cases;
use plain::KINDS;
use stream::{COMMANDS, Noticed, Plant, Seen, stream};

fn wallet_address(number: u8) -> Address {
    Address::with_last_byte(number)
}

fn a_ledger() -> Ledger {
    Ledger::new(wallet_address(1), wallet_address(2), wallet_address(3))
}

fn shares(units: i32) -> Shares {
    Shares::from_units(units)
}

const YES: Outcome = Outcome::First;
const NO: Outcome = Outcome::Second;

#[test]
fn every_command_balances_and_does_what_the_plain_table_does() {
    let streams = cases(1_100);
    let mut all = Seen::default();
    for seed in 0..streams {
        let seen = stream(seed, Plant::None).unwrap_or_else(|why| panic!("seed {seed}: {why:?}"));
        for kind in 0..KINDS.len() {
            all.applied[kind] += seen.applied[kind];
            all.refused[kind] += seen.refused[kind];
        }
        all.balances += seen.balances;
        all.dusty += seen.dusty;
        all.adapters_closed += seen.adapters_closed;
    }
    let commands: u64 = all.applied.iter().chain(&all.refused).sum();
    assert!(commands >= streams * COMMANDS, "{commands} commands: {all:?}");
    for (kind, name) in KINDS.iter().enumerate() {
        assert!(all.applied[kind] > 0 && all.refused[kind] > 0, "{name}: {all:?}");
    }
    assert!(all.balances > 0 && all.dusty > 0 && all.adapters_closed > 0, "{all:?}");
}

#[test]
fn a_planted_bug_is_noticed_whenever_it_strikes() {
    let by_audit = [
        Plant::HalfALeg,
        Plant::RedeemPaysMore,
        Plant::RedeemPaysFromOthers,
        Plant::SplitGivesLess,
        Plant::ConvertIsFree,
    ];
    for plant in by_audit.into_iter().chain([Plant::AWholeLeg]) {
        let (mut audited, mut compared) = (0, 0);
        for seed in 0..200 {
            match stream(seed, plant) {
                Ok(seen) => assert_eq!(seen.planted, 0, "{plant:?} struck unseen in seed {seed}"),
                Err(Noticed::Audit(_)) => audited += 1,
                Err(Noticed::Comparison(_)) => compared += 1,
            }
        }
        // A whole leg that is missing leaves everything balanced: only the table can tell.
        let by = if plant == Plant::AWholeLeg { compared } else { audited };
        assert!(by > 100, "{plant:?}: {audited} by audit, {compared} by comparison");
    }
}

#[test]
fn an_audit_notices_every_balance_that_is_off_by_a_millionth() {
    let mut ledger = a_ledger();
    let (open, done) = (ledger.add_market(None), ledger.add_market(None));
    let user = ledger.wallet(wallet_address(9));
    ledger.deposit(user, Usd::from_units(50)).unwrap();
    for market in [open, done] {
        ledger.split(user, market, shares(3)).unwrap();
        ledger.give_shares(user, market, NO, Shares::from_micros(1)).unwrap();
    }
    ledger.resolve(done, Fraction::ONE.half()).unwrap();
    ledger.redeem(user, done).unwrap();
    let totals = ledger.audit().unwrap();
    assert_eq!((totals.wallets, totals.markets, totals.resolved, totals.dust), (4, 2, 1, 500_000));
    let shares = [open, done].into_iter().flat_map(|m| [YES, NO].map(|o| Asset::Share(m, o)));
    let assets: Vec<Asset> = shares.chain([Asset::Cash]).collect();
    for wallet in [OUTSIDE, FEES, ADAPTER, user] {
        for (asset, by) in assets.iter().flat_map(|asset| [(*asset, 1), (*asset, -1)]) {
            let mut wrong = ledger.clone();
            let account = wrong.accounts.get_mut(wallet.index()).unwrap();
            account.set(asset, account.balance(asset) + by);
            assert!(wrong.audit().is_err(), "{wallet:?} {asset:?} {by}");
        }
    }
    for market in [open, done] {
        let mut wrong = ledger.clone();
        wrong.markets.get_mut(market.index()).unwrap().locked += 1;
        assert!(matches!(wrong.audit(), Err(Imbalance::Tokens { .. } | Imbalance::Owed { .. })));
        let mut wrong = ledger.clone();
        wrong.markets.get_mut(market.index()).unwrap().dust -= 1;
        assert!(matches!(wrong.audit(), Err(Imbalance::Tokens { .. } | Imbalance::Owed { .. })));
    }
}

#[test]
fn a_conversion_leaves_the_adapter_at_zero_whoever_wins() {
    let mut conversions = 0;
    for n in 2_u32..=5 {
        for (chosen, winner) in (1..1_u32 << n).flat_map(|set| (0..n).map(move |w| (set, w))) {
            let mut ledger = a_ledger();
            let group = ledger.add_group();
            let markets: Vec<_> = (0..n).map(|_| ledger.add_market(Some(group))).collect();
            let user = ledger.wallet(wallet_address(9));
            let amount = Shares::from_micros(7_000_003);
            let numbered = || (0..n).zip(&markets);
            let set: Vec<_> =
                numbered().filter(|(i, _)| chosen & (1 << i) != 0).map(|(_, m)| *m).collect();
            for market in &set {
                ledger.give_shares(user, *market, NO, amount).unwrap();
            }
            let worth = |ledger: &Ledger| {
                let cash = ledger.cash(user).micros();
                let pays = |i: u32, [yes, no]: [Shares; 2]| if i == winner { yes } else { no };
                let held = numbered().map(|(i, market)| {
                    let [yes, no] = [YES, NO].map(|o| ledger.shares(user, *market, o));
                    pays(i, [yes, no]).micros()
                });
                cash + held.sum::<i64>()
            };
            let before = worth(&ledger);
            ledger.convert(user, group, &set, amount).unwrap();
            assert_eq!(worth(&ledger), before, "what it is worth is the same, whoever wins");
            let k = i64::try_from(set.len()).unwrap();
            assert_eq!(ledger.cash(user).micros(), (k - 1) * amount.micros());
            assert_eq!(ledger.cash(ADAPTER).micros(), -i64::from(n - 1) * amount.micros());
            for (i, market) in numbered() {
                let payout = if i == winner { 1_000_000 } else { 0 };
                ledger.resolve(*market, Fraction::from_micros(payout).unwrap()).unwrap();
                ledger.redeem(ADAPTER, *market).unwrap();
                ledger.audit().unwrap();
            }
            assert_eq!(ledger.cash(ADAPTER), Usd::ZERO);
            assert_eq!(ledger.holdings(ADAPTER).count(), 0);
            conversions += 1;
        }
    }
    assert_eq!(conversions, 2 * 3 + 3 * 7 + 4 * 15 + 5 * 31);
}

#[test]
fn a_refused_settlement_says_what_was_short_and_changes_nothing() {
    let mut ledger = a_ledger();
    let market = ledger.add_market(None);
    let (a, b) = (ledger.wallet(wallet_address(8)), ledger.wallet(wallet_address(9)));
    ledger.deposit(a, Usd::from_units(10)).unwrap();
    ledger.deposit(b, Usd::from_units(10)).unwrap();
    let part = |wallet, cash| Part { wallet, cash: Usd::from_micros(cash) };
    let mint = Move::Mint {
        market,
        shares: shares(10),
        first: part(a, 6_000_000),
        second: part(b, 4_000_000),
    };
    let fee = |amount| Move::Pay { from: a, to: FEES, asset: Asset::Cash, amount };
    let short = Short { wallet: a, asset: Asset::Cash, needed: 4_000_001, had: 4_000_000 };
    assert_eq!(ledger.settle(&[mint, fee(4_000_001)]), Err(Refused::Short(short)));
    assert_eq!((ledger.cash(a), ledger.cash(b)), (Usd::from_units(10), Usd::from_units(10)));
    assert_eq!((ledger.holdings(a).count(), ledger.locked(market)), (0, Usd::ZERO));
    ledger.settle(&[mint, fee(4_000_000)]).unwrap();
    assert_eq!((ledger.cash(a), ledger.cash(FEES)), (Usd::ZERO, Usd::from_units(4)));
    assert_eq!(ledger.shares(b, market, NO), shares(10));
    assert_eq!(ledger.holdings(a).collect::<Vec<_>>(), [(market, [shares(10), Shares::ZERO])]);
    let uneven = Move::Merge {
        market,
        shares: shares(5),
        first: part(a, 3_000_000),
        second: part(b, 2_000_001),
    };
    let cash = Usd::from_micros(5_000_001);
    assert_eq!(ledger.settle(&[uneven]), Err(Refused::Uneven { shares: shares(5), cash }));
    // The seller's fee comes out of the proceeds: behind them it can be paid, before them it cannot.
    let merge = Move::Merge {
        market,
        shares: shares(5),
        first: part(a, 3_000_000),
        second: part(b, 2_000_000),
    };
    assert!(matches!(ledger.settle(&[fee(50_000), merge]), Err(Refused::Short(_))));
    ledger.settle(&[merge, fee(50_000)]).unwrap();
    assert_eq!(ledger.cash(a), Usd::from_micros(2_950_000));
    ledger.audit().unwrap();
}

#[test]
fn what_cannot_be_is_refused_and_nothing_outgrows_its_bits() {
    let mut ledger = a_ledger();
    let group = ledger.add_group();
    let lone = ledger.add_group();
    let [x, y] = [ledger.add_market(Some(group)), ledger.add_market(Some(group))];
    let z = ledger.add_market(Some(lone));
    let user = ledger.wallet(wallet_address(9));
    let huge = Usd::from_micros(i64::MAX);
    ledger.deposit(user, huge).unwrap();
    assert_eq!(ledger.deposit(user, Usd::from_micros(2)), Err(Refused::TooLarge));
    assert_eq!(ledger.split(user, MarketIx(9), shares(1)), Err(Refused::UnknownMarket));
    assert_eq!(ledger.deposit(WalletIx(9), Usd::ZERO), Err(Refused::UnknownWallet));
    assert_eq!(ledger.withdraw(user, Usd::from_micros(i64::MIN)), Err(Refused::Negative));
    ledger.split(user, z, shares(1)).unwrap();
    assert_eq!(ledger.convert(user, lone, &[z], shares(1)), Err(Refused::Set));
    assert_eq!(ledger.convert(user, group, &[x, x], shares(1)), Err(Refused::Set));
    assert_eq!(ledger.convert(user, group, &[x, z], shares(1)), Err(Refused::Set));
    assert!(matches!(ledger.convert(user, group, &[x, y], shares(1)), Err(Refused::Short(_))));
    assert_eq!(ledger.redeem(user, x), Err(Refused::Unresolved));
    assert_eq!(ledger.resolve(x, Fraction::ONE.half()), Err(Refused::Payout(Fraction::ONE.half())));
    ledger.resolve(x, Fraction::ONE).unwrap();
    assert_eq!(ledger.resolve(x, Fraction::ONE), Err(Refused::Resolved));
    assert_eq!(ledger.resolve(y, Fraction::ONE), Err(Refused::SecondWinner));
    ledger.audit().unwrap();
}
