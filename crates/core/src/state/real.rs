//! What only a real account has: settlements under way, differences with the venue, what the operator has
//! allowed. How facts change it is in `settle.rs`.

use super::State;
use super::fees::UnprovenFees;
use super::position::Left;
use crate::event::{AccountFact, Arming, Difference, Fill, Intent, Preview, Subject};
use crate::ledger::Claims;
use crate::market::{ConditionId, Side};
use crate::money::Usd;
use crate::order::{Order, Status};
use crate::time::Time;
use crate::venue::{OnChain, Payment, Settlement, VenueId, VenueOrder, VenueTrade};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The code of an order in doubt.
pub(crate) const IN_DOUBT: &str = "IN_DOUBT";

/// How far our clock may have been ahead of the venue's when the books began: the most that the configuration
/// allows, or less.
const CLOCKS_SECS: i64 = 60;

/// How far back the venue's history of payments is asked: it may tell one late.
pub const PAYMENTS_BACK_SECS: i64 = 7 * 86_400;
/// What the chain was asked a little after the clock was read, when balances were adopted: payments of that minute
/// may be in them.
const ADOPTION_SECS: i64 = 60;

/// What only a real account has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealAccount {
    /// What its dollars came from.
    pub cash: Claims<Usd>,
    /// Trades were seen up to this time.
    pub trades_until: Option<Time>,
    /// What matched before is not ours to book: it is in the opening balance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trades_since: Option<Time>,
    /// When the operator last took over what the chain holds: what came before is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopted_at: Option<Time>,
    /// Payments of the venue that are booked, by what tells them apart, for as long as its history is asked back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub paid: BTreeMap<String, Time>,
    /// What venue and books disagree about.
    pub differs: Vec<(Subject, Difference)>,
    /// Records that an operator has looked at and that are never booked: ids of trades, hashes of orders.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub set_aside: BTreeSet<String>,
    /// Conversions that were about to be sent and are not booked, by market.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub converting: BTreeMap<ConditionId, Intent>,
    /// Orders that are not ours and rest under our key.
    pub foreign: BTreeMap<VenueId, VenueOrder>,
    /// What was shown of each plan, by the plan's digest.
    pub previews: BTreeMap<String, Preview>,
    /// Unattended trading, while it is allowed.
    pub arming: Option<Arming>,
    /// What tells the secret behind the orders' salts from others: they can only be made again under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Fees that no balance of the wallet has shown to be right yet.
    #[serde(default, skip_serializing_if = "UnprovenFees::is_none")]
    pub fees_unproven: UnprovenFees,
}

/// A booked fill and how far its settlement is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The fill.
    pub fill: Fill,
    /// How far it is.
    pub settlement: Settlement,
    /// What left the position with a sale, to put back exactly that.
    pub left: Left,
    /// True where no order of ours explains it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_foreign: bool,
    /// Where its fee is still to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<OnChain>,
}

impl Booked {
    /// True once nothing more is expected of it: neither of its settlement nor of its fee.
    pub const fn is_over(&self) -> bool {
        self.settlement.is_final() && self.unread.is_none()
    }
}

impl RealAccount {
    /// Whether a trade is in the opening balance: by its time, unless it names an order of the books, which cannot
    /// have traded before them, whatever two clocks say.
    pub fn is_before(&self, trade: &VenueTrade, is_ours: impl Fn(&VenueId) -> bool) -> bool {
        self.trades_since.is_some_and(|since| trade.at < since)
            && !trade.legs.iter().any(|leg| is_ours(&leg.order))
    }

    /// From when on the venue is asked for trades, where `from` is wanted: not before the books began, by a clock that
    /// may have been ahead of the venue's.
    pub fn trades_from(&self, from: Time) -> Time {
        let since = self.trades_since.map(|since| since.plus_secs(-CLOCKS_SECS));
        since.map_or(from, |since| from.max(since))
    }

    /// After when payments of the venue are not in the books yet: what came before was opened with or adopted.
    pub fn payments_since(&self) -> Option<Time> {
        let adopted = self.adopted_at.map(|at| at.plus_secs(ADOPTION_SECS));
        adopted.max(self.trades_since)
    }

    /// Whether the wallet holds other dollars than the books.
    pub fn differs_in_cash(&self) -> bool {
        self.differs.iter().any(|(what, _)| *what == Subject::Cash)
    }

    /// Whether a payment is to be booked: new since the last adoption, and once.
    pub fn is_unpaid(&self, payment: &Payment) -> bool {
        let is_new = self.payments_since().is_some_and(|since| payment.at > since);
        is_new && payment.cash.is_positive() && !self.paid.contains_key(&payment.key())
    }

    /// What venue and books disagree about that blocks new exposure in a market; `None` where nothing does.
    pub fn difference(&self, market: &ConditionId) -> Option<&Difference> {
        let blocks = |what: &Subject| match what {
            Subject::Cash => true,
            Subject::Market(one) | Subject::Record { market: one, .. } => one == market,
        };
        self.differs.iter().find(|(what, _)| blocks(what)).map(|(_, difference)| difference)
    }
}

impl Difference {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CashDiffers { .. } => "CASH_DIFFERS",
            Self::SharesDiffer { .. } => "SHARES_DIFFER",
            Self::ForeignOrder { .. } => "FOREIGN_ORDER",
            Self::FillsMissing { .. } => "FILLS_MISSING",
            Self::OrderDiffers { .. } => "ORDER_DIFFERS",
            Self::Foreign { .. } => "FOREIGN_TRADE",
            Self::Unbelievable { .. } => "UNBELIEVABLE",
        }
    }
}

impl State {
    /// Dollars of sales that are not confirmed: ours only once they are.
    pub fn unsettled_proceeds(&self) -> Usd {
        let open = self.fills.values().filter(|booked| !booked.settlement.is_final());
        open.filter(|booked| booked.fill.side == Side::Sell)
            .map(|booked| booked.fill.cash - booked.fill.fee)
            .sum()
    }

    /// Why no new exposure may be added in a market: an order in doubt there, or a difference. As a code.
    pub fn unsettled(&self, market: &ConditionId) -> Option<&'static str> {
        let mut doubts = self.with_status(Status::InDoubt);
        if doubts.any(|order| order.market.as_ref() == Some(market)) {
            return Some(IN_DOUBT);
        }
        self.difference(market)
    }

    /// What an operator's look at records that could not be believed says: they are never booked, and orders of
    /// their markets wait no longer for fills that cannot come.
    pub fn looked_at(&self) -> Vec<AccountFact> {
        let differs = self.account.real.iter().flat_map(|real| &real.differs);
        let records: Vec<(&ConditionId, &str)> = differs
            .filter_map(|(what, _)| match what {
                Subject::Record { market, id } => Some((market, id.as_str())),
                Subject::Cash | Subject::Market(_) => None,
            })
            .collect();
        let short = self.orders.values().filter_map(|order| {
            let (market, at) = (order.market.as_ref()?, order.venue.as_ref()?);
            let is_short = at.matched > order.tracks.expected.filled + at.failed;
            let is_here = records.iter().any(|(of, _)| *of == market);
            (order.status.is_working() && is_short && is_here).then_some((market, at.id.as_str()))
        });
        let all = records.iter().copied().chain(short);
        all.map(|(market, id)| AccountFact::SetAside { market: market.clone(), id: id.to_owned() })
            .collect()
    }

    /// Orders of which the venue showed more matched than it lists trades for, and that no person has looked at.
    pub fn short_of_fills(&self) -> Vec<&Order> {
        let aside = self.account.real.iter().flat_map(|real| &real.set_aside);
        let aside: BTreeSet<&str> = aside.map(String::as_str).collect();
        let is_short = |order: &&Order| {
            let short = order.venue.as_ref().filter(|at| {
                at.matched > order.tracks.expected.filled + at.failed
                    && !aside.contains(at.id.as_str())
            });
            order.status.is_working() && short.is_some()
        };
        self.orders.values().filter(is_short).collect()
    }

    /// What ends the waiting of an order for fills that are not listed, by a person's word, and the difference that tells
    /// of it. Should they be listed after all, they are booked: then the chain holds less than the books, and that is told.
    pub fn without_fills(&self, order: &Order) -> Vec<AccountFact> {
        let (Some(market), Some(id)) = (&order.market, order.venue_id()) else { return Vec::new() };
        let aside = AccountFact::SetAside { market: market.clone(), id: id.as_str().to_owned() };
        let differs = self.account.real.iter().flat_map(|real| &real.differs);
        let told = differs.filter(
            |(_, one)| matches!(one, Difference::FillsMissing { order: of, .. } if *of == order.id),
        );
        let over =
            told.map(|(what, _)| AccountFact::Differs { what: what.clone(), difference: None });
        std::iter::once(aside).chain(over).collect()
    }

    /// What venue and books disagree about that blocks new exposure in a market, as a code.
    pub(crate) fn difference(&self, market: &ConditionId) -> Option<&'static str> {
        self.account.real.as_ref()?.difference(market).map(Difference::code)
    }
}
