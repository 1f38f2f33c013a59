//! Discovery (venue.md 5.4).

use crate::ledger::MarketIx;

/// Gamma's number of a market.
pub(super) fn market_id(ix: MarketIx) -> String {
    ix.index().saturating_add(1_000_001).to_string()
}
