//! Conversion in a neg-risk group. At most one market of a group comes true, so NO in k of them is worth
//! k − 1 dollars and YES in all others.

use super::moves::pair;
use super::refused::Refused;
use super::{ADAPTER, Asset, GroupIx, Ledger, MarketIx, WalletIx};
use betteroms_core::money::Shares;

impl Ledger {
    /// Converts `amount` NO of each market of `set` into `amount` YES of every other market of the group
    /// and (k − 1) × `amount` dollars, k being the size of the set (`shared/venue.md` 8.3).
    ///
    /// The adapter takes the NO, splits the other markets on its own debt, hands on their YES and keeps
    /// their NO. It then holds `amount` NO of all n markets and owes (n − 1) × `amount`: exactly what the
    /// NO pay once one market has come true.
    ///
    /// # Errors
    /// When the wallet has fewer of a NO; when the set is empty, names a market twice or one of another
    /// group, or the group has less than two markets; on a negative amount or an unknown wallet.
    pub fn convert(
        &mut self,
        wallet: WalletIx,
        group: GroupIx,
        set: &[MarketIx],
        amount: Shares,
    ) -> Result<(), Refused> {
        let members = self.members(group).len();
        let is_member = |market: &MarketIx| self.group(*market) == Some(group);
        let is_twice =
            |(i, market): (usize, &MarketIx)| set.iter().skip(i + 1).any(|m| m == market);
        if set.is_empty() || members < 2 || !set.iter().all(is_member) {
            return Err(Refused::Set);
        }
        if set.iter().enumerate().any(is_twice) {
            return Err(Refused::Set);
        }
        self.whole(|ledger| {
            for market in set {
                let [_, no] = pair(*market);
                ledger.debit(wallet, no, amount.micros())?;
                ledger.credit(ADAPTER, no, amount.micros())?;
                if Some(market) != set.first() {
                    ledger.lend(ADAPTER, Asset::Cash, amount.micros())?;
                    ledger.credit(wallet, Asset::Cash, amount.micros())?;
                }
            }
            for place in 0..members {
                let other = ledger.members(group).get(place).copied();
                if let Some(other) = other.filter(|other| !set.contains(other)) {
                    let [yes, no] = pair(other);
                    ledger.lend(ADAPTER, Asset::Cash, amount.micros())?;
                    ledger.lock(other, amount.micros())?;
                    ledger.credit(ADAPTER, no, amount.micros())?;
                    ledger.credit(wallet, yes, amount.micros())?;
                }
            }
            Ok(())
        })
    }
}
