//! The ledger as one would explain it: a table of balances and the rules in words. It is copied before
//! each command, so that a refusal is the copy.

use super::super::*;

/// Something a ledger is told to do.
#[derive(Clone, Debug)]
pub(super) enum Command {
    Deposit(WalletIx, Usd),
    Withdraw(WalletIx, Usd),
    Give(WalletIx, MarketIx, Outcome, Shares),
    Transfer(WalletIx, WalletIx, Asset, i64),
    Settle(Vec<Move>),
    Split(WalletIx, MarketIx, Shares),
    Merge(WalletIx, MarketIx, Shares),
    Resolve(MarketIx, Fraction),
    Redeem(WalletIx, MarketIx),
    Convert(WalletIx, GroupIx, Vec<MarketIx>, Shares),
}

pub(super) const KINDS: [&str; 10] = [
    "deposit", "withdraw", "give", "transfer", "settle", "split", "merge", "resolve", "redeem",
    "convert",
];

impl Command {
    /// The place of its kind in [`KINDS`].
    pub(super) const fn kind(&self) -> usize {
        match self {
            Self::Deposit(..) => 0,
            Self::Withdraw(..) => 1,
            Self::Give(..) => 2,
            Self::Transfer(..) => 3,
            Self::Settle(..) => 4,
            Self::Split(..) => 5,
            Self::Merge(..) => 6,
            Self::Resolve(..) => 7,
            Self::Redeem(..) => 8,
            Self::Convert(..) => 9,
        }
    }

    pub(super) fn run(&self, ledger: &mut Ledger) -> Result<(), Refused> {
        match self {
            Self::Deposit(wallet, cash) => ledger.deposit(*wallet, *cash),
            Self::Withdraw(wallet, cash) => ledger.withdraw(*wallet, *cash),
            Self::Give(wallet, market, outcome, shares) => {
                ledger.give_shares(*wallet, *market, *outcome, *shares)
            }
            Self::Transfer(from, to, asset, amount) => ledger.transfer(*from, *to, *asset, *amount),
            Self::Settle(moves) => ledger.settle(moves),
            Self::Split(wallet, market, shares) => ledger.split(*wallet, *market, *shares),
            Self::Merge(wallet, market, shares) => ledger.merge(*wallet, *market, *shares),
            Self::Resolve(market, payout) => ledger.resolve(*market, *payout),
            Self::Redeem(wallet, market) => ledger.redeem(*wallet, *market).map(|_| ()),
            Self::Convert(wallet, group, set, amount) => {
                ledger.convert(*wallet, *group, set, *amount)
            }
        }
    }
}

/// The table. Balances of zero are not in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Plain {
    pub(super) table: BTreeMap<(WalletIx, Asset), i64>,
    pub(super) payouts: BTreeMap<MarketIx, i64>,
    /// The one group.
    pub(super) group: Vec<MarketIx>,
}

/// `None` is a refusal.
type Done = Option<()>;

const fn yes(market: MarketIx) -> Asset {
    Asset::Share(market, Outcome::First)
}

const fn no(market: MarketIx) -> Asset {
    Asset::Share(market, Outcome::Second)
}

impl Plain {
    pub(super) fn balance(&self, wallet: WalletIx, asset: Asset) -> i64 {
        self.table.get(&(wallet, asset)).copied().unwrap_or(0)
    }

    fn add(&mut self, wallet: WalletIx, asset: Asset, amount: i64) {
        let after = self.balance(wallet, asset) + amount;
        if after == 0 {
            self.table.remove(&(wallet, asset));
        } else {
            self.table.insert((wallet, asset), after);
        }
    }

    fn take(&mut self, wallet: WalletIx, asset: Asset, amount: i64) -> Done {
        let has = self.balance(wallet, asset);
        let may_owe = wallet == OUTSIDE && asset == Asset::Cash;
        if amount < 0 || (has < amount && amount > 0 && !may_owe) {
            return None;
        }
        self.add(wallet, asset, -amount);
        Some(())
    }

    /// Whether the command happened.
    pub(super) fn run(&mut self, command: &Command) -> bool {
        let before = self.clone();
        let done = self.attempt(command).is_some();
        if !done {
            *self = before;
        }
        done
    }

    fn attempt(&mut self, command: &Command) -> Done {
        match command {
            Command::Deposit(wallet, cash) => {
                self.pay(OUTSIDE, *wallet, Asset::Cash, cash.micros())
            }
            Command::Withdraw(wallet, cash) => {
                self.pay(*wallet, OUTSIDE, Asset::Cash, cash.micros())
            }
            Command::Give(wallet, market, outcome, shares) => {
                self.split(OUTSIDE, *market, shares.micros())?;
                self.pay(OUTSIDE, *wallet, Asset::Share(*market, *outcome), shares.micros())
            }
            Command::Transfer(from, to, asset, amount) => self.pay(*from, *to, *asset, *amount),
            Command::Settle(moves) => moves.iter().try_for_each(|leg| self.leg(*leg)),
            Command::Split(wallet, market, shares) => self.split(*wallet, *market, shares.micros()),
            Command::Merge(wallet, market, shares) => {
                self.take(*wallet, yes(*market), shares.micros())?;
                self.take(*wallet, no(*market), shares.micros())?;
                self.add(*wallet, Asset::Cash, shares.micros());
                Some(())
            }
            Command::Resolve(market, payout) => self.resolve(*market, i64::from(payout.micros())),
            Command::Redeem(wallet, market) => {
                let payout = *self.payouts.get(market)?;
                let (first, second) =
                    (self.balance(*wallet, yes(*market)), self.balance(*wallet, no(*market)));
                self.add(*wallet, yes(*market), -first);
                self.add(*wallet, no(*market), -second);
                let paid = first * payout / 1_000_000 + second * (1_000_000 - payout) / 1_000_000;
                self.add(*wallet, Asset::Cash, paid);
                Some(())
            }
            Command::Convert(wallet, _, set, amount) => self.convert(*wallet, set, amount.micros()),
        }
    }

    fn pay(&mut self, from: WalletIx, to: WalletIx, asset: Asset, amount: i64) -> Done {
        self.take(from, asset, amount)?;
        self.add(to, asset, amount);
        Some(())
    }

    fn split(&mut self, wallet: WalletIx, market: MarketIx, shares: i64) -> Done {
        self.take(wallet, Asset::Cash, shares)?;
        self.add(wallet, yes(market), shares);
        self.add(wallet, no(market), shares);
        Some(())
    }

    fn leg(&mut self, leg: Move) -> Done {
        match leg {
            Move::Pay { from, to, asset, amount } => self.pay(from, to, asset, amount),
            Move::Mint { market, shares, first, second } => {
                self.take(first.wallet, Asset::Cash, first.cash.micros())?;
                self.take(second.wallet, Asset::Cash, second.cash.micros())?;
                self.add(first.wallet, yes(market), shares.micros());
                self.add(second.wallet, no(market), shares.micros());
                (first.cash.micros() + second.cash.micros() == shares.micros()).then_some(())
            }
            Move::Merge { market, shares, first, second } => {
                self.take(first.wallet, yes(market), shares.micros())?;
                self.take(second.wallet, no(market), shares.micros())?;
                self.add(first.wallet, Asset::Cash, first.cash.micros());
                self.add(second.wallet, Asset::Cash, second.cash.micros());
                let is_whole = first.cash.micros() + second.cash.micros() == shares.micros();
                let is_positive = first.cash >= Usd::ZERO && second.cash >= Usd::ZERO;
                (is_whole && is_positive).then_some(())
            }
        }
    }

    fn resolve(&mut self, market: MarketIx, payout: i64) -> Done {
        let in_group = self.group.contains(&market);
        let has_winner = self.group.iter().any(|m| self.payouts.get(m) == Some(&1_000_000));
        let is_possible = match payout {
            0 => true,
            500_000 => !in_group,
            1_000_000 => !in_group || !has_winner,
            _ => false,
        };
        if self.payouts.contains_key(&market) || !is_possible {
            return None;
        }
        self.payouts.insert(market, payout);
        Some(())
    }

    fn convert(&mut self, wallet: WalletIx, set: &[MarketIx], amount: i64) -> Done {
        let mut once = set.to_vec();
        once.sort_unstable();
        once.dedup();
        let all_known = set.iter().all(|market| self.group.contains(market));
        if set.is_empty() || once.len() != set.len() || !all_known {
            return None;
        }
        for market in self.group.clone() {
            if set.contains(&market) {
                self.take(wallet, no(market), amount)?;
            } else {
                self.add(wallet, yes(market), amount);
            }
            // Theirs or split off by the adapter: it holds a NO of every market now.
            self.add(ADAPTER, no(market), amount);
        }
        let (k, n) = (i64::try_from(set.len()).ok()?, i64::try_from(self.group.len()).ok()?);
        self.add(wallet, Asset::Cash, (k - 1) * amount);
        self.add(ADAPTER, Asset::Cash, -(n - 1) * amount);
        Some(())
    }
}
