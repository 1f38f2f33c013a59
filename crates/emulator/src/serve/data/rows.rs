//! What the Data API knows, before it is worded (venue.md 5.5): what wallets hold and what it cost, what
//! they did, which trades there were. It sees the chain, so only trades in a block count. Everything is
//! whole millionths; the two versions of the API write them down in [`super::v1`] and
//! [`super::v2`].

use crate::ledger::{MarketIx, WalletIx};
use crate::serve::gamma::rows::worth;
use crate::serve::sockets::market_frames::OUTCOMES;
use crate::venue::Venue;
use crate::venue::act::Act;
use crate::venue::trade::Trade;
use alloy_primitives::{Address, B256};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Decimal, Price, Shares, Usd};
use betteroms_core::time::Time;
use serde_json::Value;

/// Millionths as a JSON number.
pub(in crate::serve) fn number(micros: i64) -> Value {
    crate::serve::number(&Decimal::from_micros(micros).to_string())
}

/// An address in lower case, as this API writes them.
pub(in crate::serve) fn lower(address: Address) -> String {
    format!("{address:#x}")
}

/// `part` of `whole` out of `amount`, towards zero.
fn share_of(amount: i64, part: i64, whole: i64) -> i64 {
    if whole == 0 {
        return 0;
    }
    let product = i128::from(amount).saturating_mul(i128::from(part));
    i64::try_from(product / i128::from(whole)).unwrap_or(i64::MAX)
}

/// Shares at a price, in millionths, towards zero.
pub(in crate::serve) fn value(shares: i64, price: i64) -> i64 {
    share_of(shares, price, 1_000_000)
}

/// Something a wallet did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::serve) struct Deed {
    /// Its place among all of its kind: later ones are higher.
    pub(in crate::serve) key: u64,
    pub(in crate::serve) wallet: Address,
    pub(in crate::serve) at: Time,
    /// `TRADE`, `SPLIT`, `MERGE`, `REDEEM`, `CONVERSION`, or what the venue paid.
    pub(in crate::serve) kind: &'static str,
    pub(in crate::serve) market: Option<MarketIx>,
    pub(in crate::serve) outcome: Option<Outcome>,
    pub(in crate::serve) side: Option<Side>,
    pub(in crate::serve) shares: i64,
    /// Dollars without the fee.
    pub(in crate::serve) cash: i64,
    /// A taker's fee.
    pub(in crate::serve) fee: i64,
    pub(in crate::serve) price: Option<Price>,
    pub(in crate::serve) hash: Option<B256>,
}

impl Deed {
    /// Dollars as activity tells them: of a taker's purchase with the fee in it (venue.md 6.2).
    pub(in crate::serve) fn usdc(&self) -> i64 {
        match self.side {
            Some(Side::Buy) => self.cash.saturating_add(self.fee),
            Some(Side::Sell) | None => self.cash,
        }
    }
}

/// The parts of one trade: the taker's, then each maker's.
fn parts(venue: &Venue, nth: u64, trade: &Trade) -> Vec<Deed> {
    let Some(hash) = trade.transaction else { return Vec::new() };
    let wallet = |ix: WalletIx| venue.ledger().address(ix).unwrap_or(crate::venue::CROWD);
    let (at, market) = (trade.matched_at, Some(trade.market));
    let (kind, hash) = ("TRADE", Some(hash));
    let first = nth << 16 | 0xffff;
    let cash: Usd = trade.legs.iter().map(|leg| leg.taker_cash).sum();
    let mut deeds = vec![Deed {
        key: first,
        wallet: wallet(trade.taker.wallet),
        at,
        kind,
        market,
        outcome: Some(trade.outcome),
        side: Some(trade.side),
        shares: trade.size.micros(),
        cash: cash.micros(),
        fee: trade.fee.micros(),
        price: Some(trade.price),
        hash,
    }];
    deeds.extend((1..).zip(&trade.legs).map(|(place, leg)| Deed {
        key: first.saturating_sub(place),
        wallet: wallet(leg.maker.wallet),
        at,
        kind,
        market,
        outcome: Some(leg.outcome),
        side: Some(leg.side),
        shares: leg.size.micros(),
        cash: leg.maker_cash.micros(),
        fee: 0,
        price: Some(leg.price),
        hash,
    }));
    deeds
}

/// All parts of all trades in a block, newest first. With `takers_only` each trade is told once, from its
/// taker's side.
pub(in crate::serve) fn trades(venue: &Venue, takers_only: bool) -> impl Iterator<Item = Deed> {
    let count = u64::try_from(venue.trades().len()).unwrap_or(u64::MAX);
    let all: Vec<(u64, &Trade)> = (0..count).zip(venue.trades().iter()).collect();
    let most = if takers_only { 1 } else { usize::MAX };
    all.into_iter()
        .rev()
        .flat_map(move |(nth, trade)| parts(venue, nth, trade).into_iter().take(most))
}

/// What a wallet did, newest first: its trades and what it asked of the chain.
pub(in crate::serve) fn activity(venue: &Venue, wallet: Address) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = trades(venue, false).filter(|deed| deed.wallet == wallet).collect();
    let own = venue.ledger().find(wallet);
    let acts = venue.acts().iter().filter(|(_, by, _)| Some(*by) == own);
    deeds.extend(acts.filter_map(|(at, _, act)| deed(wallet, *at, act)));
    // Trades were newest first already and come before acts of the same instant.
    deeds.sort_by_key(|deed| std::cmp::Reverse((deed.at, deed.key)));
    let count = u64::try_from(deeds.len()).unwrap_or(u64::MAX);
    for (place, deed) in (0..).zip(&mut deeds) {
        deed.key = count.saturating_sub(place);
    }
    deeds
}

/// An act on the chain as a deed; `None` for approvals, transfers and bare transactions, of which this API says
/// nothing.
fn deed(wallet: Address, at: Time, act: &Act) -> Option<Deed> {
    let (kind, market, shares, cash) = match act {
        Act::Paid { kind, amount, .. } => (kind.as_str(), None, amount.micros(), amount.micros()),
        Act::Split { market, shares } => ("SPLIT", Some(*market), shares.micros(), shares.micros()),
        Act::Merge { market, shares } => ("MERGE", Some(*market), shares.micros(), shares.micros()),
        Act::Convert { shares, .. } => ("CONVERSION", None, shares.micros(), 0),
        Act::Redeem { market, paid, .. } => ("REDEEM", Some(*market), paid.micros(), paid.micros()),
        Act::Approve { .. }
        | Act::Transfer { .. }
        | Act::Deploy { .. }
        | Act::Relayed { .. }
        | Act::Mined { .. } => return None,
    };
    Some(Deed {
        key: 0,
        wallet,
        at,
        kind,
        market,
        outcome: None,
        side: None,
        shares,
        cash,
        fee: 0,
        price: None,
        hash: if let Act::Paid { hash, .. } = act { Some(*hash) } else { None },
    })
}

/// What a wallet holds of a token, or held, and what that cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serve) struct Holding {
    pub(in crate::serve) market: MarketIx,
    pub(in crate::serve) outcome: Outcome,
    /// Shares on the chain now.
    pub(in crate::serve) size: i64,
    /// Shares ever bought.
    pub(in crate::serve) bought: i64,
    /// What the shares held cost, without and in fees. Shares that were not bought cost nothing.
    pub(in crate::serve) cost: i64,
    pub(in crate::serve) fees: i64,
    /// Won or lost by sales, fees of the sales included, and by the result of what was held to the end.
    pub(in crate::serve) realized: i64,
    /// What a share is worth now.
    pub(in crate::serve) price: i64,
    /// Whether as much of the other token is there to be merged with.
    pub(in crate::serve) mergeable: bool,
    /// Whether the result is known.
    pub(in crate::serve) redeemable: bool,
    pub(in crate::serve) first_at: Option<Time>,
    pub(in crate::serve) last_at: Option<Time>,
}

impl Holding {
    /// Dollars per share paid on average; zero where nothing is held.
    pub(in crate::serve) fn average(&self) -> i64 {
        share_of(1_000_000, self.cost, self.size)
    }

    /// Dollars now.
    pub(in crate::serve) fn value(&self) -> i64 {
        value(self.size, self.price)
    }
}

/// Everything a wallet holds or ever traded, by market and token. Costs are averages: a sale takes its
/// part of them.
pub(in crate::serve) fn holdings(venue: &Venue, wallet: Address) -> Vec<Holding> {
    let own = venue.ledger().find(wallet);
    let mut deeds: Vec<Deed> = trades(venue, false).filter(|deed| deed.wallet == wallet).collect();
    deeds.reverse();
    let mut holdings = Vec::new();
    for (market, floor) in venue.floors().iter() {
        let held = OUTCOMES.map(|outcome| {
            own.map_or(Shares::ZERO, |own| venue.ledger().shares(own, market, outcome)).micros()
        });
        let redeemable = floor.listing.market.resolution.is_some();
        for (outcome, size) in OUTCOMES.into_iter().zip(held) {
            let of = |deed: &&Deed| deed.market == Some(market) && deed.outcome == Some(outcome);
            let mine: Vec<&Deed> = deeds.iter().filter(of).collect();
            if size == 0 && mine.is_empty() {
                continue;
            }
            let mut holding = Holding {
                market,
                outcome,
                size,
                bought: 0,
                cost: 0,
                fees: 0,
                realized: 0,
                price: worth(floor, outcome),
                mergeable: held.iter().all(|held| *held > 0),
                redeemable,
                first_at: mine.first().map(|deed| deed.at),
                last_at: mine.last().map(|deed| deed.at),
            };
            fold(&mut holding, &mine);
            holdings.push(holding);
        }
    }
    holdings
}

fn fold(holding: &mut Holding, deeds: &[&Deed]) {
    let mut traded = 0_i64;
    for deed in deeds {
        match deed.side {
            Some(Side::Buy) => {
                traded = traded.saturating_add(deed.shares);
                holding.bought = holding.bought.saturating_add(deed.shares);
                holding.cost = holding.cost.saturating_add(deed.cash);
                holding.fees = holding.fees.saturating_add(deed.fee);
            }
            Some(Side::Sell) => {
                // Shares that were not bought are sold after those that were.
                let sold = deed.shares.min(traded);
                let (cost, fees) =
                    (share_of(holding.cost, sold, traded), share_of(holding.fees, sold, traded));
                traded = traded.saturating_sub(sold);
                holding.cost = holding.cost.saturating_sub(cost);
                holding.fees = holding.fees.saturating_sub(fees);
                let won = deed.cash.saturating_sub(deed.fee).saturating_sub(cost);
                holding.realized = holding.realized.saturating_add(won);
            }
            None => {}
        }
    }
    if holding.size < traded {
        // Shares left without a sale: merged, redeemed or given away.
        let gone = traded.saturating_sub(holding.size);
        let cost = share_of(holding.cost, gone, traded);
        if holding.redeemable {
            let won = value(gone, holding.price).saturating_sub(cost);
            holding.realized = holding.realized.saturating_add(won);
        }
        holding.fees = holding.fees.saturating_sub(share_of(holding.fees, gone, traded));
        holding.cost = holding.cost.saturating_sub(cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Asset;
    use crate::serve::fixture;

    #[test]
    fn acts_on_the_chain_are_told_by_kind_and_amounts() {
        let (_, markets, _) = fixture::venue(0);
        let market = markets[1];
        let told = |act: &Act| deed(Address::ZERO, fixture::OPENS, act);
        let (shares, paid) = (Shares::from_micros(12_500_000), Usd::from_units(7));
        let burned = [Shares::from_units(7), Shares::from_units(3)];
        let rows = [
            (Act::Split { market, shares }, "SPLIT", 12_500_000, 12_500_000),
            (Act::Merge { market, shares }, "MERGE", 12_500_000, 12_500_000),
            (Act::Redeem { market, burned, paid }, "REDEEM", 7_000_000, 7_000_000),
        ];
        for (act, kind, shares, cash) in rows {
            let deed = told(&act).expect("a deed");
            assert_eq!((deed.kind, deed.shares, deed.cash), (kind, shares, cash));
            assert_eq!(deed.market, Some(market));
        }
        let (to, amount) = (Address::ZERO, 3);
        assert_eq!(told(&Act::Transfer { asset: Asset::Cash, to, amount }), None);
        assert_eq!(told(&Act::Deploy { owner: to }), None);
    }

    #[test]
    fn what_leaves_without_a_sale_takes_its_part_of_the_cost() {
        let (venue, markets, traders) = fixture::venue(1);
        let held = holdings(&venue, traders[0].wallet);
        assert_eq!((held.len(), held[0].cost, held[0].average()), (6, 0, 0));
        let deed = |side, shares, cash, fee| Deed {
            key: 0,
            wallet: traders[0].wallet,
            at: fixture::OPENS,
            kind: "TRADE",
            market: Some(markets[0]),
            outcome: Some(Outcome::First),
            side: Some(side),
            shares,
            cash,
            fee,
            price: None,
            hash: None,
        };
        let deeds = [deed(Side::Buy, 10, 400, 40), deed(Side::Sell, 5, 300, 0)];
        let of = |size, redeemable| {
            let mut holding = Holding { size, redeemable, price: 1_000_000, ..held[0] };
            fold(&mut holding, &deeds.iter().collect::<Vec<_>>());
            (holding.cost, holding.fees, holding.realized)
        };
        assert_eq!(of(5, false), (200, 20, 100));
        assert_eq!(of(1, false), (40, 4, 100), "merged or given away");
        assert_eq!(of(0, true), (0, 0, 100 + 5 - 200), "redeemed at a dollar");
    }
}
