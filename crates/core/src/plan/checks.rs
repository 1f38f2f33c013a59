//! From values to a [`Plan`](super::Plan): every field read, then the fields of a trade held against each other.

use super::catalogue::Mistake;
use super::fields::{Fields, Scope, quoted};
use super::model::{Mode, RunId, Size, Trade};
use super::problems::Place;
use super::reader::Reader;
use super::trade;
use super::tree::{NodeId, NodeKind, Tree};
use super::{Defaults, REMARKS_SHOWN_MAX};
use crate::market::Side;
use crate::money::{MICROS, Usd};
use std::collections::HashMap;

/// How many trades a plan may have.
pub const TRADES_MAX: usize = 200_000;

/// The most shares all trades of a plan may add up to, in millionths: sums over a plan fit 64 bits.
const TOTAL_MICROS_MAX: i128 = 1_000_000_000_000 * MICROS as i128;

/// What the trades of a plan get from the plan and from config.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inherited {
    pub(super) notional_max: Option<Usd>,
    pub(super) good_for_secs: Option<u32>,
    /// Config knows a lifetime.
    pub(super) config_lifetime: bool,
}

/// A plan's parts, as far as they could be read.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) run_id: Option<RunId>,
    pub(super) mode: Option<Mode>,
    pub(super) trades: Vec<Trade>,
}

/// Reads the whole plan, noting everything that is wrong with it.
pub(super) fn read_plan(reader: &mut Reader<'_>, config: &Defaults) -> Option<Parts> {
    let root = Tree::ROOT;
    if reader.tree.kind(root) != NodeKind::Object {
        reader.wrong_type(root, Place::Plan("The plan"), "an object");
        return None;
    }
    let fields = Fields::find(reader, root, Scope::Plan);
    if let Some(id) = fields.get("$schema") {
        reader.text(id, Place::Plan("$schema"), "text");
    }
    let advice = "Give the plan a name of its own; it is what makes a second run do nothing.";
    let run_id = fields.require(reader, "runId", advice).and_then(|id| run_id(reader, id));
    let advice = "Write \"mode\": \"paper\"; whether money moves is never left to a default.";
    let mode = fields.require(reader, "mode", advice).and_then(|id| mode(reader, id));
    let inherited = defaults(reader, &fields, config);
    let advice = "Write \"trades\": [ … ] with at least one trade.";
    let trades = fields
        .require(reader, "trades", advice)
        .map_or_else(Vec::new, |id| trades(reader, id, inherited));
    Some(Parts { run_id, mode, trades })
}

fn run_id(reader: &mut Reader<'_>, id: NodeId) -> Option<RunId> {
    let place = Place::Plan("runId");
    let text = reader.text(id, place, "text")?;
    let run_id = RunId::new(&text);
    if run_id.is_none() {
        let raw = quoted(&text);
        let mistake = match text.is_empty() {
            true => Mistake::EmptyText {},
            false if text.starts_with("tick:") => Mistake::RunIdReserved {},
            false => Mistake::RunIdIllegal { raw },
        };
        reader.wrong(id, place, &mistake);
    }
    run_id
}

fn mode(reader: &mut Reader<'_>, id: NodeId) -> Option<Mode> {
    let place = Place::Plan("mode");
    let words = [("paper", Mode::Paper), ("real", Mode::Real)];
    reader.word(id, place, &words, |raw| Mistake::ModeUnknown { raw })
}

fn defaults(reader: &mut Reader<'_>, plan: &Fields, config: &Defaults) -> Inherited {
    let mut inherited =
        Inherited { config_lifetime: config.good_for_secs.is_some(), ..Inherited::default() };
    let Some(object) = plan.get("defaults") else {
        return inherited;
    };
    if reader.tree.kind(object) != NodeKind::Object {
        reader.wrong_type(object, Place::Plan("defaults"), "an object");
        // Whether a lifetime was meant to stand there cannot be known, so its absence is no mistake.
        inherited.config_lifetime = true;
        return inherited;
    }
    let fields = Fields::find(reader, object, Scope::Defaults);
    if let Some(id) = fields.get("maxNotionalUSD") {
        let place = Place::Defaults("maxNotionalUSD");
        let cap = reader.amount(id, place, &Mistake::CapZero {});
        inherited.notional_max = cap.map(Usd::from_micros);
    }
    if let Some(id) = fields.get("goodForSeconds") {
        inherited.good_for_secs = reader.seconds(id, Place::Defaults("goodForSeconds"));
        inherited.config_lifetime |= inherited.good_for_secs.is_none();
    }
    inherited.config_lifetime |= reader.tree.is_broken(object);
    inherited
}

fn trades(reader: &mut Reader<'_>, list: NodeId, inherited: Inherited) -> Vec<Trade> {
    let place = Place::Plan("trades");
    if reader.tree.kind(list) != NodeKind::List {
        reader.wrong_type(list, place, "a list");
        return Vec::new();
    }
    let ids: Vec<NodeId> = reader.tree.children(list).collect();
    if ids.is_empty() && !reader.tree.is_broken(list) {
        reader.wrong(list, place, &Mistake::NoTrades {});
    }
    let count = ids.len();
    if count > TRADES_MAX {
        reader.wrong(list, place, &Mistake::TooManyTrades { count });
        return Vec::new();
    }
    let mut trades = Vec::with_capacity(count);
    let mut total: i128 = 0;
    for (index, id) in (0_u32..).zip(ids.iter().copied()) {
        if reader.tree.kind(id) != NodeKind::Object {
            reader.wrong_type(id, Place::Trade(index), "an object");
            continue;
        }
        let Some(trade) = trade::read(reader, id, index, inherited) else {
            continue;
        };
        let within = total <= TOTAL_MICROS_MAX;
        total = total.saturating_add(most_shares(&trade));
        if within && total > TOTAL_MICROS_MAX {
            reader.wrong(id, Place::Trade(index), &Mistake::TotalTooLarge {});
        }
        note_remarks(reader, &trade);
        trades.push(trade);
    }
    note_double_ids(reader, &ids, &trades);
    trades
}

/// The shares a trade may come to, in millionths.
fn most_shares(trade: &Trade) -> i128 {
    match trade.size {
        Size::Shares(shares) => i128::from(shares.micros()),
        Size::All => 0,
        Size::Usdc(usd) => i128::from(usd.micros())
            .saturating_mul(i128::from(MICROS))
            .div_euclid(i128::from(trade.price.micros())),
    }
}

/// Two trades of one name cannot be told apart in a journal; a default name counts as a name.
fn note_double_ids(reader: &mut Reader<'_>, ids: &[NodeId], trades: &[Trade]) {
    let mut owners: HashMap<&str, u32> = HashMap::with_capacity(trades.len());
    for trade in trades {
        let Some(other) = owners.insert(&trade.id, trade.index) else {
            continue;
        };
        let written = |index: u32| {
            let object = *ids.get(usize::try_from(index).ok()?)?;
            let is_id = |child: &NodeId| reader.tree.key(*child).as_deref() == Some("id");
            reader.tree.children(object).find(is_id)
        };
        // Point at the name that stands in the file; the other may be an index.
        let (index, other, at) = match (written(trade.index), written(other)) {
            (Some(at), _) => (trade.index, other, at),
            (None, Some(at)) => (other, trade.index, at),
            (None, None) => continue,
        };
        let id = quoted(&trade.id);
        let mistake = Mistake::DuplicateTradeId { id, other };
        reader.wrong(at, Place::Field(index, "id"), &mistake);
    }
}

/// Notes what is accepted but may not be what the operator thinks.
fn note_remarks(reader: &mut Reader<'_>, trade: &Trade) {
    let idle_guard = match trade.side {
        Side::Sell => trade.price_ceil.map(|_| ("priceCeil", "BUY", "SELL")),
        Side::Buy => trade.price_floor.map(|_| ("priceFloor", "SELL", "BUY")),
    };
    if let Some((field, judged, side)) = idle_guard {
        let place = Place::Field(trade.index, field);
        reader
            .remarks
            .push(format!("{place} is judged on a {judged} only and does nothing on this {side}."));
    }
    if let Size::Shares(shares) = trade.size
        && shares != shares.floor_lot()
    {
        let (index, lot) = (trade.index, shares.floor_lot());
        reader.remarks.push(format!(
            "trades[{index}].size: {shares} shares are placed as {lot}, whole lots of 0.01."
        ));
    }
    reader.remarks.truncate(REMARKS_SHOWN_MAX);
}
