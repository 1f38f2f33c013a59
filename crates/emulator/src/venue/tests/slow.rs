//! A venue written from the sheet alone (venue.md 3.6, 3.7, 4.6, 6.2, 9.1): one list of resting orders in
//! index-0 terms, sorted anew for every order, whole numbers of 128 bits, and nothing clever. It knows no
//! balances and no time. A bug can be planted.

use alloy_primitives::B256;
use betteroms_core::market::{Outcome, Side};

const ONE: i128 = 1_000_000;
/// The smallest piece of a share that trades (venue.md 10.1).
const PIECE: i128 = 10;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    /// The last to come trades first.
    LastComesFirst,
    /// The taker's price counts.
    TakersPrice,
    /// Fees are cut and not rounded.
    FeeFloored,
    /// A buy with dollars stops at the shares it asked for.
    BuysNoMoreThanAsked,
    /// Of a minted pair the taker's dollars are rounded, and the maker bears the rest.
    MakerBearsTheRest,
    /// A post-only order that crosses rests.
    PostOnlyRests,
}

/// An order as it comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coming {
    pub(super) id: B256,
    pub(super) outcome: Outcome,
    pub(super) side: Side,
    /// Its limit, in its own token's terms, in millionths.
    pub(super) limit: i128,
    pub(super) shares: i128,
    /// What it spends, where it is bounded by dollars.
    pub(super) cash: Option<i128>,
    pub(super) rests: bool,
    /// Fill or kill.
    pub(super) whole: bool,
    pub(super) post_only: bool,
}

/// An order that rests.
#[derive(Clone, Copy, Debug)]
struct Resting {
    id: B256,
    outcome: Outcome,
    side: Side,
    limit: i128,
    left: i128,
    came: u64,
}

/// One resting order's part in a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fill {
    pub(super) maker: B256,
    /// In the taker's terms.
    pub(super) price: i128,
    pub(super) size: i128,
    pub(super) taker_cash: i128,
    pub(super) maker_cash: i128,
    pub(super) fee: i128,
    /// Whether both trade the same token, both buy, or both sell.
    pub(super) how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Direct,
    Mint,
    Merge,
}

/// Why an order is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum No {
    Crosses,
    BelowADollar,
    Killed,
    Nothing,
}

/// The venue.
#[derive(Clone, Debug)]
pub(super) struct SlowVenue {
    /// Millionths.
    pub(super) fee_rate: i128,
    pub(super) bug: Bug,
    resting: Vec<Resting>,
    came: u64,
}

/// Buying the second token at a price is selling the first at what a dollar leaves.
fn as_first(outcome: Outcome, side: Side, limit: i128) -> (Side, i128) {
    match outcome {
        Outcome::First => (side, limit),
        Outcome::Second => (side.opposite(), ONE - limit),
    }
}

impl SlowVenue {
    pub(super) const fn new(fee_rate: i128, bug: Bug) -> Self {
        Self { fee_rate, bug, resting: Vec::new(), came: 0 }
    }

    /// What rests on a side, best price first, then first come first.
    fn queue(&self, side: Side) -> Vec<Resting> {
        let of_side = |o: &&Resting| as_first(o.outcome, o.side, o.limit).0 == side;
        let mut queue: Vec<Resting> = self.resting.iter().filter(of_side).copied().collect();
        queue.sort_by_key(|o| {
            let (_, at) = as_first(o.outcome, o.side, o.limit);
            let price = if side == Side::Buy { -at } else { at };
            let came = i128::from(o.came);
            (price, if self.bug == Bug::LastComesFirst { -came } else { came })
        });
        queue
    }

    /// The book: bids, then asks, each with its side, price and size, as index 0 sees it.
    pub(super) fn book(&self) -> Vec<(B256, Side, i128, i128)> {
        let sides = [Side::Buy, Side::Sell].into_iter();
        let all = sides.flat_map(|side| self.queue(side).into_iter().map(move |o| (side, o)));
        all.map(|(side, o)| (o.id, side, as_first(o.outcome, o.side, o.limit).1, o.left)).collect()
    }

    pub(super) fn cancel(&mut self, id: B256) -> bool {
        let before = self.resting.len();
        self.resting.retain(|order| order.id != id);
        self.resting.len() < before
    }

    /// Takes an order; what it traded, in order.
    pub(super) fn place(&mut self, order: &Coming) -> Result<Vec<Fill>, No> {
        let (side, limit) = as_first(order.outcome, order.side, order.limit);
        let mut against = self.queue(side.opposite());
        against.retain(|o| {
            let (_, at) = as_first(o.outcome, o.side, o.limit);
            if side == Side::Buy { at <= limit } else { at >= limit }
        });
        let crosses = !against.is_empty();
        if order.post_only && crosses && self.bug != Bug::PostOnlyRests {
            return Err(No::Crosses);
        }
        if order.post_only {
            against.clear();
        }
        let worth = order.cash.unwrap_or(order.limit * order.shares / ONE);
        if crosses && order.side == Side::Buy && worth < ONE && !order.post_only {
            return Err(No::BelowADollar);
        }
        let (fills, left, is_whole) = self.fills(order, &against);
        if order.whole && !is_whole {
            return Err(No::Killed);
        }
        if !order.rests && fills.is_empty() {
            return Err(No::Nothing);
        }
        for fill in &fills {
            for resting in self.resting.iter_mut().filter(|o| o.id == fill.maker) {
                resting.left -= fill.size;
            }
        }
        self.resting.retain(|o| o.left > 0);
        if order.rests && left > 0 {
            let Coming { id, outcome, side, limit, .. } = *order;
            self.came += 1;
            self.resting.push(Resting { id, outcome, side, limit, left, came: self.came });
        }
        Ok(fills)
    }

    /// What an order finds, what is left of it, and whether that is all it wanted.
    fn fills(&self, order: &Coming, against: &[Resting]) -> (Vec<Fill>, i128, bool) {
        let (mut left, mut cash) = (order.shares, order.cash);
        let mut fills = Vec::new();
        for maker in against {
            let is_direct = maker.outcome == order.outcome;
            let at = if is_direct { maker.limit } else { ONE - maker.limit };
            let price = if self.bug == Bug::TakersPrice { order.limit } else { at };
            let mut want = match cash {
                Some(cash) => cash * ONE / price / PIECE * PIECE,
                None => left,
            };
            if self.bug == Bug::BuysNoMoreThanAsked {
                want = want.min(left);
            }
            let size = want.min(maker.left);
            if size <= 0 {
                return (fills, left.max(0), true);
            }
            let fill = self.fill(order, maker, (is_direct, price, size));
            left -= size;
            cash = cash.map(|cash| cash - fill.taker_cash);
            fills.push(fill);
        }
        let is_whole = match (cash, fills.last()) {
            (None, _) => left == 0,
            (Some(_), None) => false,
            // Dollars that buy not one more piece at the last price are no remainder.
            (Some(cash), Some(last)) => cash * ONE / last.price < PIECE,
        };
        (fills, left.max(0), is_whole)
    }

    fn fill(
        &self,
        order: &Coming,
        maker: &Resting,
        (is_direct, price, size): (bool, i128, i128),
    ) -> Fill {
        let makers = if is_direct { price } else { ONE - price };
        let (mut maker_cash, whole) = (makers * size / ONE, size);
        let mut taker_cash = if is_direct { maker_cash } else { whole - maker_cash };
        if !is_direct && self.bug == Bug::MakerBearsTheRest {
            taker_cash = price * size / ONE;
            maker_cash = whole - taker_cash;
        }
        // shares × rate × p × (1 − p), to five decimals, half up.
        let exact = size * self.fee_rate * price * (ONE - price);
        let unit = 10 * ONE * ONE * ONE;
        let half = if self.bug == Bug::FeeFloored { 0 } else { unit / 2 };
        let fee = (exact + half) / unit * 10;
        let how = match (is_direct, order.side) {
            (true, _) => How::Direct,
            (false, Side::Buy) => How::Mint,
            (false, Side::Sell) => How::Merge,
        };
        Fill { maker: maker.id, price, size, taker_cash, maker_cash, fee, how }
    }
}
