//! The events of the public market channel, made from what changed (venue.md 10.1). Who hears them is the
//! [`super::publish`]er's. A batch of changes is one command's: of each level it touched the last word
//! counts, and all of a market's levels go out in one event.

use crate::ledger::MarketIx;
use crate::serve::clob::book_view::{self, BookView, millis};
use crate::serve::gamma;
use crate::venue::change::Change;
use crate::venue::market::Floor;
use crate::venue::trade::TradeIx;
use crate::venue::{Dated, Venue};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Fraction, Price, Shares, Tick};
use betteroms_core::time::Time;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Both outcomes, index 0 first.
pub(in crate::serve) const OUTCOMES: [Outcome; 2] = [Outcome::First, Outcome::Second];

/// Who hears an event of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::serve) enum Audience {
    /// Who listens to either of its tokens.
    Market,
    /// Who listens to this token.
    Token(Outcome),
    /// Everybody on the channel.
    All,
}

/// One event as a frame.
#[derive(Clone, Debug)]
pub(in crate::serve) struct Told {
    /// The frame: an array with one event.
    pub(in crate::serve) text: Arc<str>,
    /// Who hears it.
    pub(in crate::serve) to: Audience,
    /// Whether only those hear it who asked for the custom features.
    pub(in crate::serve) is_extra: bool,
}

/// What a batch of changes did to one market.
#[derive(Clone, Debug, Default)]
pub(in crate::serve) struct Touched {
    levels: Vec<(Side, Price)>,
    prints: Vec<(Time, TradeIx)>,
    ticks: Vec<(Time, Tick, Tick)>,
    /// The book changed in a way that its levels do not tell.
    is_replaced: bool,
    listed: Option<Time>,
    resolved: Option<(Time, Fraction)>,
}

impl Touched {
    /// Whether the market was listed, of which everybody hears.
    pub(in crate::serve) const fn is_new(&self) -> bool {
        self.listed.is_some()
    }
}

/// Sorts a batch by market.
pub(in crate::serve) fn sorted(batch: &[Dated]) -> BTreeMap<MarketIx, Touched> {
    let mut markets: BTreeMap<MarketIx, Touched> = BTreeMap::new();
    for Dated { at, change } in batch {
        match change {
            Change::Level { market, side, price, size: _ } => {
                let levels = &mut markets.entry(*market).or_default().levels;
                if !levels.contains(&(*side, *price)) {
                    levels.push((*side, *price));
                }
            }
            Change::Print { trade, market, .. } => {
                markets.entry(*market).or_default().prints.push((*at, *trade));
            }
            Change::Tick { market, old, new } => {
                let touched = markets.entry(*market).or_default();
                touched.ticks.push((*at, *old, *new));
                touched.is_replaced = true;
            }
            Change::Listed { market } => markets.entry(*market).or_default().listed = Some(*at),
            Change::Closed { market } => markets.entry(*market).or_default().is_replaced = true,
            Change::Resolved { market, payout_first } => {
                markets.entry(*market).or_default().resolved = Some((*at, *payout_first));
            }
            Change::Placed { .. }
            | Change::Refused { .. }
            | Change::Filled { .. }
            | Change::Ended { .. }
            | Change::Trade { .. }
            | Change::KeyMade { .. }
            | Change::KeyDeleted { .. }
            | Change::Mode { .. }
            | Change::HeartbeatLost { .. }
            | Change::Funded { .. }
            | Change::Endowed { .. }
            | Change::Chain { .. }
            | Change::Session { .. } => {}
        }
    }
    markets
}

/// The events of one market, in the order in which they are sent. `bests` is what was last told of each
/// token's best prices, and is brought up to date.
pub(in crate::serve) fn events(
    venue: &Venue,
    market: MarketIx,
    touched: &Touched,
    bests: &mut BTreeMap<MarketIx, [Best; 2]>,
) -> Vec<Told> {
    let floor = venue.floors().get(market);
    let mut told = Vec::new();
    if let Some(at) = touched.listed {
        told.push(extra(Audience::All, &new_market(floor, market, at)));
    }
    for (at, old, new) in &touched.ticks {
        for outcome in OUTCOMES {
            let event = tick_size_change(floor, outcome, (*old, *new), *at);
            told.push(event_for(Audience::Token(outcome), &event));
        }
    }
    let views = OUTCOMES.map(|outcome| book_view::of(floor, outcome));
    // Where the crowd left without a word only the whole book tells it, and levels would contradict it.
    if !touched.levels.is_empty() && !touched.is_replaced {
        told.push(event_for(Audience::Market, &price_change(floor, &touched.levels, &views)));
    }
    for (at, trade) in &touched.prints {
        let trade = venue.trades().get(*trade);
        let event = last_trade_price(floor, trade, *at);
        told.push(event_for(Audience::Token(trade.outcome), &event));
    }
    if touched.is_replaced || !touched.prints.is_empty() {
        for (outcome, view) in OUTCOMES.into_iter().zip(&views) {
            told.push(event_for(Audience::Token(outcome), &book(view)));
        }
    }
    told.extend(moved_bests(floor, &views, bests.entry(market).or_default()));
    if let Some((at, payout)) = touched.resolved {
        told.push(extra(Audience::Market, &market_resolved(floor, market, (at, payout))));
    }
    told
}

/// The first frame for a token that somebody begins to listen to.
pub(in crate::serve) fn snapshot(floor: &Floor, outcome: Outcome) -> Arc<str> {
    event_for(Audience::Token(outcome), &book(&book_view::of(floor, outcome))).text
}

fn event_for(to: Audience, event: &impl Serialize) -> Told {
    let text = serde_json::to_string(&[event]).expect("our own shapes are JSON");
    Told { text: text.into(), to, is_extra: false }
}

fn extra(to: Audience, event: &impl Serialize) -> Told {
    Told { is_extra: true, ..event_for(to, event) }
}

#[derive(Serialize)]
struct BookEvent<'a> {
    #[serde(flatten)]
    book: &'a BookView<'a>,
    event_type: &'static str,
}

const fn book<'a>(view: &'a BookView<'a>) -> BookEvent<'a> {
    BookEvent { book: view, event_type: "book" }
}

#[derive(Serialize)]
struct PriceChange<'a> {
    market: &'a str,
    price_changes: Vec<LevelChange<'a>>,
    timestamp: String,
    event_type: &'static str,
}

#[derive(Serialize)]
struct LevelChange<'a> {
    asset_id: &'a str,
    price: Price,
    size: Shares,
    side: Side,
    hash: &'a str,
    best_bid: String,
    best_ask: String,
}

/// All levels that changed, each told again as its mirror in the other token.
fn price_change<'a>(
    floor: &'a Floor,
    levels: &[(Side, Price)],
    views: &'a [BookView<'_>; 2],
) -> PriceChange<'a> {
    let market = &floor.listing.market;
    let mut price_changes = Vec::with_capacity(levels.len().saturating_mul(2));
    for (side, price) in levels {
        let size = floor.book.displayed(*side, *price);
        for (outcome, view) in OUTCOMES.into_iter().zip(views) {
            let price = match outcome {
                Outcome::First => *price,
                Outcome::Second => price.complement(),
            };
            // An empty side is told as the edge of all prices: "1" was seen for asks (venue.md 10.1).
            let edge = |best: Option<Price>, edge: &str| {
                best.map_or_else(|| edge.to_owned(), |best| best.to_string())
            };
            price_changes.push(LevelChange {
                asset_id: market.token(outcome),
                price,
                size,
                side: side.in_first_terms(outcome),
                hash: &view.hash,
                best_bid: edge(view.best_bid(), "0"),
                best_ask: edge(view.best_ask(), "1"),
            });
        }
    }
    PriceChange {
        market: market.condition.as_str(),
        price_changes,
        timestamp: millis(floor.changed),
        event_type: "price_change",
    }
}

#[derive(Serialize)]
struct LastTradePrice<'a> {
    market: &'a str,
    asset_id: &'a str,
    price: Price,
    size: Shares,
    /// A legacy of the first exchange (venue.md 6.4).
    fee_rate_bps: &'static str,
    side: Side,
    timestamp: String,
    event_type: &'static str,
    /// Left out while it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_hash: Option<String>,
}

fn last_trade_price<'a>(
    floor: &'a Floor,
    trade: &crate::venue::trade::Trade,
    at: Time,
) -> LastTradePrice<'a> {
    let market = &floor.listing.market;
    LastTradePrice {
        market: market.condition.as_str(),
        asset_id: market.token(trade.outcome),
        price: trade.price,
        size: trade.size,
        fee_rate_bps: "0",
        side: trade.side,
        timestamp: millis(at),
        event_type: "last_trade_price",
        transaction_hash: trade.transaction.map(|hash| hash.to_string()),
    }
}

fn tick_size_change(
    floor: &Floor,
    outcome: Outcome,
    (old, new): (Tick, Tick),
    at: Time,
) -> serde_json::Value {
    let market = &floor.listing.market;
    json!({
        "event_type": "tick_size_change", "market": market.condition,
        "asset_id": market.token(outcome), "old_tick_size": old, "new_tick_size": new,
        "timestamp": millis(at),
    })
}

/// What was last told of a token's best bid and ask.
pub(in crate::serve) type Best = Option<(Price, Price)>;

/// Best prices that moved. A book with an empty side has none to tell: the one client that reads this
/// event cannot read an empty number.
fn moved_bests(floor: &Floor, views: &[BookView<'_>; 2], bests: &mut [Best; 2]) -> Vec<Told> {
    let market = &floor.listing.market;
    let mut told = Vec::new();
    for ((outcome, view), known) in OUTCOMES.into_iter().zip(views).zip(bests) {
        let now = view.best_bid().zip(view.best_ask());
        if *known == now {
            continue;
        }
        *known = now;
        let Some((bid, ask)) = now else { continue };
        let spread = i64::from(ask.micros()).saturating_sub(i64::from(bid.micros()));
        let event = json!({
            "event_type": "best_bid_ask", "market": market.condition,
            "asset_id": market.token(outcome), "best_bid": bid, "best_ask": ask,
            "spread": betteroms_core::money::Decimal::from_micros(spread).to_string(),
            "timestamp": millis(floor.changed),
        });
        told.push(extra(Audience::Token(outcome), &event));
    }
    told
}

fn new_market(floor: &Floor, ix: MarketIx, at: Time) -> serde_json::Value {
    let market = &floor.listing.market;
    json!({
        "event_type": "new_market", "id": gamma::market_id(ix), "question": market.question,
        "market": market.condition, "slug": market.slug, "description": market.question,
        "assets_ids": market.tokens, "outcomes": market.outcomes, "timestamp": millis(at),
        "tags": market.category.iter().collect::<Vec<_>>(), "condition_id": market.condition,
        "active": true, "clob_token_ids": market.tokens,
        "order_price_min_tick_size": market.tick, "sports_market_type": "", "line": "",
        "game_start_time": floor.listing.game_start.map(|at| at.to_string()).unwrap_or_default(),
        "group_item_title": "",
    })
}

fn market_resolved(
    floor: &Floor,
    ix: MarketIx,
    (at, payout): (Time, Fraction),
) -> serde_json::Value {
    let market = &floor.listing.market;
    // Where both outcomes are paid alike, none won.
    let winner = match payout.micros() {
        1_000_000 => Some(Outcome::First),
        0 => Some(Outcome::Second),
        _ => None,
    };
    json!({
        "event_type": "market_resolved", "id": gamma::market_id(ix), "market": market.condition,
        "assets_ids": market.tokens,
        "winning_asset_id": winner.map_or("", |outcome| market.token(outcome)),
        "winning_outcome": winner.map_or("", |outcome| market.label(outcome)),
        "timestamp": millis(at),
    })
}
