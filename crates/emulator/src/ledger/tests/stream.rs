//! Random streams of commands, each given to the ledger and to the plain table, compared and audited
//! after each. A bug can be planted: it then tampers with the ledger right after the command it is
//! planted in.

use super::super::moves::pair;
use super::super::*;
use super::plain::{Command, KINDS, Plain};
use super::wallet_address;
use crate::resting::tests::dice::Dice;

pub(super) const COMMANDS: u64 = 50;
/// Users of the venue, apart from its own wallets.
const USERS: u8 = 4;

/// A bug in one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plant {
    None,
    /// The last leg of a settlement takes and does not give.
    HalfALeg,
    /// The last leg of a settlement does not happen.
    AWholeLeg,
    /// A redemption pays a millionth too much.
    RedeemPaysMore,
    /// A redemption pays a millionth too much, out of the collateral of others.
    RedeemPaysFromOthers,
    /// A split gives a millionth of a token too few.
    SplitGivesLess,
    /// A conversion does not charge the adapter for what it splits.
    ConvertIsFree,
}

/// What a stream did, by kind of command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) applied: [u64; KINDS.len()],
    pub(super) refused: [u64; KINDS.len()],
    pub(super) balances: usize,
    pub(super) dusty: u64,
    pub(super) adapters_closed: u64,
    /// How often the planted bug struck.
    pub(super) planted: u64,
}

/// Who noticed what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Noticed {
    Audit(Imbalance),
    Comparison(String),
}

struct Pair {
    ledger: Ledger,
    plain: Plain,
    users: Vec<WalletIx>,
    markets: Vec<MarketIx>,
    group: GroupIx,
    plant: Plant,
    seen: Seen,
}

/// One stream; what it did, or the first thing that was noticed.
pub(super) fn stream(seed: u64, plant: Plant) -> Result<Seen, Noticed> {
    let mut pair = Pair::new(plant);
    let mut dice = Dice::new(seed);
    for user in pair.users.clone() {
        pair.run(&Command::Deposit(user, Usd::from_units(60)))?;
    }
    for _ in 0..COMMANDS {
        let command = pair.command(&mut dice);
        pair.run(&command)?;
    }
    pair.close(&mut dice)?;
    Ok(pair.seen)
}

impl Pair {
    fn new(plant: Plant) -> Self {
        let mut ledger = super::a_ledger();
        let users = (0..USERS).map(|n| ledger.wallet(wallet_address(n + 10))).collect();
        let mut markets = vec![ledger.add_market(None), ledger.add_market(None)];
        let group = ledger.add_group();
        markets.extend((0..3).map(|_| ledger.add_market(Some(group))));
        let plain = Plain { group: ledger.members(group).to_vec(), ..Plain::default() };
        Self { ledger, plain, users, markets, group, plant, seen: Seen::default() }
    }

    fn run(&mut self, command: &Command) -> Result<(), Noticed> {
        let before = (command.kind(), self.ledger.audit());
        let told = command.run(&mut self.ledger);
        let done = self.plain.run(command);
        if told.is_ok() {
            self.tamper(command);
            self.seen.applied[command.kind()] += 1;
        } else {
            self.seen.refused[command.kind()] += 1;
        }
        let totals = self.ledger.audit().map_err(Noticed::Audit)?;
        self.seen.balances += totals.balances;
        if told.is_ok() != done {
            return Err(Noticed::Comparison(format!("{command:?}: {told:?}, plainly {done}")));
        }
        if told.is_err() && before.1 != Ok(totals) {
            return Err(Noticed::Comparison(format!("{command:?} was refused and did something")));
        }
        self.compare(command)
    }

    fn compare(&self, command: &Command) -> Result<(), Noticed> {
        let mut told = BTreeMap::new();
        for (wallet, _) in self.ledger.wallets() {
            told.insert((wallet, Asset::Cash), self.ledger.cash(wallet).micros());
            for (market, held) in self.ledger.holdings(wallet) {
                for (asset, amount) in pair(market).into_iter().zip(held) {
                    told.insert((wallet, asset), amount.micros());
                }
            }
        }
        told.retain(|_, amount| *amount != 0);
        if told == self.plain.table {
            return Ok(());
        }
        Err(Noticed::Comparison(format!("{command:?}: {told:?}, plainly {:?}", self.plain.table)))
    }

    fn tamper(&mut self, command: &Command) {
        let ledger = &mut self.ledger;
        let struck = match (self.plant, command) {
            (Plant::HalfALeg, Command::Settle(moves)) => match moves.last() {
                Some(Move::Pay { to, asset, amount, .. }) if *amount > 0 => {
                    ledger.lend(*to, *asset, *amount).is_ok()
                }
                _ => false,
            },
            (Plant::AWholeLeg, Command::Settle(moves)) => match moves.last() {
                Some(Move::Pay { from, to, asset, amount }) if *amount > 0 && from != to => {
                    ledger.transfer(*to, *from, *asset, *amount).is_ok()
                }
                _ => false,
            },
            (Plant::RedeemPaysMore, Command::Redeem(wallet, _)) => {
                ledger.credit(*wallet, Asset::Cash, 1).is_ok()
            }
            (Plant::RedeemPaysFromOthers, Command::Redeem(wallet, market)) => {
                ledger.credit(*wallet, Asset::Cash, 1).is_ok() && ledger.lock(*market, -1).is_ok()
            }
            (Plant::SplitGivesLess, Command::Split(wallet, market, shares)) => {
                let [_, no] = pair(*market);
                shares.is_positive() && ledger.debit(*wallet, no, 1).is_ok()
            }
            (Plant::ConvertIsFree, Command::Convert(.., amount)) => {
                amount.is_positive() && ledger.credit(ADAPTER, Asset::Cash, amount.micros()).is_ok()
            }
            _ => false,
        };
        self.seen.planted += u64::from(struck);
    }

    /// The last day: the group gets its winner, all else a result, and everybody redeems. What remains
    /// locked is dust, and the adapter owes and owns nothing.
    fn close(&mut self, dice: &mut Dice) -> Result<(), Noticed> {
        let group = self.ledger.members(self.group).to_vec();
        let open = |pair: &Self, market| pair.ledger.payout_first(market).is_none();
        let mut has_winner =
            group.iter().any(|market| self.ledger.payout_first(*market) == Some(Fraction::ONE));
        let unresolved: Vec<_> = group.iter().copied().filter(|m| open(self, *m)).collect();
        if !has_winner && let Some(place) = dice.place(unresolved.len()) {
            self.run(&Command::Resolve(unresolved[place], Fraction::ONE))?;
            has_winner = true;
        }
        let zero = Fraction::from_micros(0).expect("zero is a fraction");
        for market in self.markets.clone() {
            if open(self, market) {
                let in_group = self.ledger.group(market).is_some();
                let payout = if in_group { zero } else { Fraction::ONE.half() };
                self.run(&Command::Resolve(market, payout))?;
            }
            let wallets: Vec<_> = self.ledger.wallets().map(|(wallet, _)| wallet).collect();
            for wallet in wallets {
                self.run(&Command::Redeem(wallet, market))?;
            }
        }
        let totals = self.ledger.audit().map_err(Noticed::Audit)?;
        self.seen.dusty += u64::from(totals.dust > 0);
        let adapter = self.ledger.cash(ADAPTER);
        if totals.locked * 1_000_000 != totals.dust || (has_winner && !adapter.is_zero()) {
            return Err(Noticed::Comparison(format!("{adapter} at the adapter, {totals:?}")));
        }
        self.seen.adapters_closed += u64::from(has_winner && self.seen.applied[9] > 0);
        Ok(())
    }

    fn command(&self, dice: &mut Dice) -> Command {
        let user = dice.pick(&self.users);
        let market = dice.pick(&self.markets);
        let outcome = dice.pick(&[Outcome::First, Outcome::Second]);
        let amount = an_amount(dice);
        let (cash, shares) = (Usd::from_micros(amount), Shares::from_micros(amount));
        match dice.between(0, 99) {
            0..=7 => Command::Deposit(user, cash),
            8..=14 => Command::Withdraw(user, cash),
            15..=22 => Command::Give(user, market, outcome, shares),
            23..=32 => {
                let asset = dice.pick(&[Asset::Cash, Asset::Share(market, outcome)]);
                Command::Transfer(user, dice.pick(&self.users), asset, amount)
            }
            33..=54 => Command::Settle(self.a_trade(dice, market, outcome)),
            55..=66 => Command::Split(user, market, shares),
            67..=74 => Command::Merge(user, market, shares),
            75..=77 => {
                let payout = dice.pick(&[0, 500_000, 1_000_000, 1_000_000, 250_000]);
                Command::Resolve(market, Fraction::from_micros(payout).expect("a fraction"))
            }
            78..=87 => Command::Redeem(user, market),
            _ => self.a_conversion(dice, user, market),
        }
    }

    /// Mostly of what the user holds; sometimes more, or with a market named twice or from elsewhere.
    fn a_conversion(&self, dice: &mut Dice, user: WalletIx, market: MarketIx) -> Command {
        let held = |market| self.ledger.shares(user, market, Outcome::Second).micros();
        let mut set = self.ledger.members(self.group).to_vec();
        set.retain(|market| dice.chance(if held(*market) > 0 { 80 } else { 5 }));
        let most = set.iter().map(|market| held(*market)).min().unwrap_or(1);
        if dice.chance(10) {
            set.push(market);
        }
        let amount = if dice.chance(10) { an_amount(dice) } else { dice.between(0, most) };
        Command::Convert(user, self.group, set, Shares::from_micros(amount))
    }

    /// A trade with its fee: a sale, a mint, or a merge; sometimes uneven, sometimes with oneself.
    fn a_trade(&self, dice: &mut Dice, market: MarketIx, outcome: Outcome) -> Vec<Move> {
        let (a, b) = (dice.pick(&self.users), dice.pick(&self.users));
        let amount = an_amount(dice);
        let first = dice.between(0, amount.max(0));
        let second = amount - first + i64::from(dice.chance(5));
        let shares = Shares::from_micros(amount);
        let part = |wallet, cash| Part { wallet, cash: Usd::from_micros(cash) };
        let (one, two) = (part(a, first), part(b, second));
        let mut legs = match dice.between(0, 2) {
            0 => vec![
                Move::Pay { from: a, to: b, asset: Asset::Cash, amount: first },
                Move::Pay { from: b, to: a, asset: Asset::Share(market, outcome), amount },
            ],
            1 => vec![Move::Mint { market, shares, first: one, second: two }],
            _ => vec![Move::Merge { market, shares, first: one, second: two }],
        };
        if dice.chance(60) {
            let amount = dice.between(0, 50_000);
            legs.push(Move::Pay { from: a, to: FEES, asset: Asset::Cash, amount });
        }
        legs
    }
}

/// Round and odd amounts, now and then none or a negative one.
fn an_amount(dice: &mut Dice) -> i64 {
    match dice.between(0, 19) {
        0 => -1,
        1 => 0,
        2..=5 => dice.between(1, 9),
        6..=12 => dice.between(1, 12) * 1_000_000,
        _ => dice.between(1, 20_000_000),
    }
}
