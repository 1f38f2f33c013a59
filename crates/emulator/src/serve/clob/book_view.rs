//! A token's book as the venue shows it, in answers and in frames alike (venue.md 5.1, 10.1). Which
//! requests and sockets get one is decided elsewhere.

use crate::venue::market::Floor;
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Price, Shares, Tick};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde::Serialize;

/// One level. Both numbers are written as decimal text without trailing zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(in crate::serve) struct LevelView {
    /// Dollars per share, in the token's own terms.
    pub(in crate::serve) price: Price,
    /// Shares there.
    pub(in crate::serve) size: Shares,
}

/// The book of one token: these ten keys in this order, because the hash is taken over them and one
/// client hashes the answer as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::serve) struct BookView<'a> {
    market: &'a str,
    asset_id: &'a str,
    timestamp: String,
    /// SHA-1 of the compact JSON of this object with an empty hash.
    pub(in crate::serve) hash: String,
    /// Ascending: the best one is the last.
    pub(in crate::serve) bids: Vec<LevelView>,
    /// Descending: the best one is the last.
    pub(in crate::serve) asks: Vec<LevelView>,
    min_order_size: Shares,
    tick_size: Tick,
    neg_risk: bool,
    /// Empty when the token never traded.
    last_trade_price: String,
}

impl BookView<'_> {
    /// The highest bid, where there is one.
    pub(in crate::serve) fn best_bid(&self) -> Option<Price> {
        self.bids.last().map(|level| level.price)
    }

    /// The lowest ask, where there is one.
    pub(in crate::serve) fn best_ask(&self) -> Option<Price> {
        self.asks.last().map(|level| level.price)
    }
}

/// The book of an outcome's token as it stands.
pub(in crate::serve) fn of(floor: &Floor, outcome: Outcome) -> BookView<'_> {
    let market = &floor.listing.market;
    let last = floor.last_of(outcome).map(|last| last.price.to_string()).unwrap_or_default();
    let mut view = BookView {
        market: market.condition.as_str(),
        asset_id: market.token(outcome),
        timestamp: millis(floor.changed),
        hash: String::new(),
        bids: levels(floor, outcome, Side::Buy),
        asks: levels(floor, outcome, Side::Sell),
        min_order_size: market.min_size,
        tick_size: market.tick,
        neg_risk: market.neg_risk,
        last_trade_price: last,
    };
    let text = serde_json::to_vec(&view).expect("our own shapes are JSON");
    view.hash = alloy_primitives::hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &text));
    view
}

/// Milliseconds since the epoch, as text.
pub(in crate::serve) fn millis(at: betteroms_core::time::Time) -> String {
    at.millis().to_string()
}

/// The token's own side, worst level first.
fn levels(floor: &Floor, outcome: Outcome, side: Side) -> Vec<LevelView> {
    let kept = floor.book.levels(side.in_first_terms(outcome));
    let mut levels: Vec<LevelView> = kept
        .map(|level| {
            let price = match outcome {
                Outcome::First => level.price,
                Outcome::Second => level.price.complement(),
            };
            LevelView { price, size: level.size }
        })
        .collect();
    levels.reverse();
    levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::venue::market::Listing;
    use crate::venue::{Settings, Venue};
    use betteroms_core::book::Level;
    use betteroms_core::market::{ConditionId, Gate, Market};
    use betteroms_core::time::Time;
    use betteroms_polymarket::wire::{book::BookAnswer, decode};
    use std::collections::BTreeSet;

    /// The recorded book of venue.md 5.1, whose hash is known, cut down to what tells it apart: levels by
    /// distance from the edges, mirrored but for the best ask.
    const LEVELS: &[(u32, i32)] = &[
        (1, 1075),
        (2, 465),
        (3, 1000),
        (4, 10),
        (6, 10),
        (8, 15),
        (9, 10),
        (10, 10),
        (13, 10),
        (15, 10),
        (17, 10),
        (18, 10),
        (20, 10),
        (21, 60),
        (23, 10),
        (24, 60),
        (26, 620),
        (27, 40),
        (29, 10),
        (30, 40),
        (31, 330),
        (32, 10),
        (33, 30),
        (35, 330),
        (36, 15),
        (38, 250),
        (39, 20),
        (40, 10),
        (41, 5),
        (42, 190),
        (44, 120),
        (45, 10),
        (46, 10),
        (47, 60),
        (49, 65),
    ];

    fn venue() -> (Venue, crate::ledger::MarketIx) {
        let at = Time::from_millis(1_782_201_457_021);
        let mut venue = Venue::new(Settings::default(), at);
        let market = Market {
            condition: ConditionId::new(
                "0x31efd0e7ebc0f21b99fdc4298d85345c092d6365e41c0d7c34af54b4e814c17e",
            ),
            slug: "hype-updown-5m-1782287400".to_owned(),
            question: "Hyperliquid Up or Down?".to_owned(),
            outcomes: ["Up".to_owned(), "Down".to_owned()],
            tokens: [
                "102562980241399842340754882821350311201914838624536401554312024655151357472351"
                    .to_owned(),
                "25686291775041830600447990331333336688409335592148301477898066039324968927657"
                    .to_owned(),
            ],
            tick: Tick::CENT,
            min_size: Shares::from_units(5),
            fee: None,
            category: None,
            neg_risk: false,
            gate: Gate::Accepting,
            close: None,
            resolution: None,
            result_recorded: None,
            max_book_age_secs: None,
            assumed: BTreeSet::new(),
        };
        let ix = venue.list(Listing::plain(market)).expect("a market");
        for (cents, size) in LEVELS {
            let price = Price::from_micros(cents * 10_000).expect("a price");
            let size = Shares::from_units(*size);
            venue.crowd_level(ix, Side::Buy, Level { price, size });
            let size = if *cents == 49 { Shares::from_units(72) } else { size };
            venue.crowd_level(ix, Side::Sell, Level { price: price.complement(), size });
        }
        (venue, ix)
    }

    #[test]
    fn a_book_has_the_hash_that_the_venue_gave_it() {
        let (venue, ix) = venue();
        let view = of(venue.floors().get(ix), Outcome::First);
        assert_eq!(view.hash, "f95f38769d308ca8d61c394316c5ed77a15ce6c6");
    }

    #[test]
    fn both_tokens_show_one_book_and_a_client_agrees_with_its_hash() {
        let (venue, ix) = venue();
        let floor = venue.floors().get(ix);
        for outcome in [Outcome::First, Outcome::Second] {
            let text = serde_json::to_vec(&of(floor, outcome)).expect("JSON");
            let answer: BookAnswer = decode(&text).expect("the client's own shape");
            assert_eq!(answer.hash_agrees(), Some(true));
            assert_eq!((answer.bids.len(), answer.asks.len()), (LEVELS.len(), LEVELS.len()));
        }
        let second = of(floor, Outcome::Second);
        let best = second.bids.last().expect("a bid");
        assert_eq!((best.price.micros(), best.size), (490_000, Shares::from_units(72)));
        assert!(second.bids.is_sorted_by_key(|level| level.price));
        assert!(second.asks.is_sorted_by_key(|level| level.price.complement()));
    }
}
