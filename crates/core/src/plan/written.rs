//! A plan written out again: as a file an operator could have written, and in the canonical form its
//! digest is taken of and two plans are compared by.

use super::model::{Digest, IfBlocked, MarketRef, Mode, OutcomeRef, Plan, RunId, Size, Trade};
use crate::market::Side;
use crate::money::{Price, Usd};
use crate::time::Time;
use serde::{Serialize, Serializer};
use sha2::Digest as _;
use std::io::{self, Write};

/// A plan in the words of its file; field order is the order in the file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'p> {
    run_id: &'p RunId,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<Mode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    defaults: Option<WrittenDefaults>,
    trades: WrittenTrades<'p>,
}

#[derive(Serialize)]
struct WrittenDefaults {
    #[serde(rename = "maxNotionalUSD")]
    notional_max: Usd,
}

struct WrittenTrades<'p> {
    trades: &'p [Trade],
    canonical: bool,
}

impl Serialize for WrittenTrades<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.trades.iter().map(|t| WrittenTrade::new(t, self.canonical)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenTrade<'p> {
    id: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    market_id: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'p str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pick: Option<&'p str>,
    outcome: &'p str,
    side: Side,
    price: Price,
    size: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_unit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_in_force: Option<super::model::TimeInForce>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel_after_sec: Option<u32>,
    /// Only in the canonical form: a file says it once in `defaults`.
    #[serde(rename = "maxNotionalUSD", skip_serializing_if = "Option::is_none")]
    notional_max: Option<Usd>,
    #[serde(skip_serializing_if = "is_false")]
    post_only: bool,
    #[serde(skip_serializing_if = "is_false")]
    reduce_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_ceil: Option<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_floor: Option<Price>,
    #[serde(skip_serializing_if = "is_wait")]
    if_blocked: IfBlocked,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'p str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde asks for")]
fn is_false(on: &bool) -> bool {
    !on
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde asks for")]
fn is_wait(if_blocked: &IfBlocked) -> bool {
    *if_blocked == IfBlocked::Wait
}

impl<'p> WrittenTrade<'p> {
    fn new(trade: &'p Trade, canonical: bool) -> Self {
        let (market_id, event, pick) = match &trade.market {
            MarketRef::Market(market) => (Some(market.as_str()), None, None),
            MarketRef::Pick { event, pick } => (None, Some(event.as_str()), Some(pick.as_str())),
        };
        let outcome = match &trade.outcome {
            OutcomeRef::Yes => "YES",
            OutcomeRef::No => "NO",
            OutcomeRef::Label(label) => label,
        };
        let (size, size_unit) = match trade.size {
            Size::Usdc(usd) => (usd.to_string(), None),
            Size::Shares(shares) => (shares.to_string(), Some("SHARES")),
            Size::All => ("all".to_owned(), None),
        };
        Self {
            id: &trade.id,
            market_id,
            event,
            pick,
            outcome,
            side: trade.side,
            price: trade.price,
            size,
            size_unit,
            time_in_force: trade.time_in_force,
            cancel_after_sec: trade.good_for_secs,
            notional_max: trade.notional_max.filter(|_| canonical),
            post_only: trade.post_only,
            reduce_only: trade.reduce_only,
            price_ceil: trade.price_ceil,
            price_floor: trade.price_floor,
            if_blocked: trade.if_blocked,
            not_before: trade.not_before,
            not_after: trade.not_after,
            notes: trade.notes.as_deref().filter(|_| !canonical),
        }
    }
}

const INFALLIBLE: &str = "text and whole numbers always become JSON, and memory takes every byte";

impl Plan {
    /// Writes a plan file that reads back as this plan: what the plan's defaults gave each trade stands
    /// at the trade, except the cap, which a file can only say in `defaults`.
    pub fn print(&self) -> String {
        let cap = self.trades.iter().find_map(|t| t.notional_max);
        let written = Written {
            run_id: &self.run_id,
            mode: Some(self.mode),
            defaults: cap.map(|notional_max| WrittenDefaults { notional_max }),
            trades: WrittenTrades { trades: &self.trades, canonical: false },
        };
        serde_json::to_string_pretty(&written).expect(INFALLIBLE)
    }

    /// Writes the canonical form: one line of JSON, equal for every spelling of the same wish. Without
    /// comments, notes, `$schema` and mode; plan defaults stand at each trade, built-in ones nowhere.
    pub fn canonical(&self) -> String {
        let mut bytes = Vec::new();
        write_canonical(&mut bytes, &self.run_id, &self.trades);
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }
}

/// The digest of the canonical form, without holding that form in memory.
pub(super) fn digest(run_id: &RunId, trades: &[Trade]) -> Digest {
    let mut hash = io::BufWriter::with_capacity(65_536, Hash(sha2::Sha256::new()));
    write_canonical(&mut hash, run_id, trades);
    let hash = hash.into_inner().map_err(io::IntoInnerError::into_error);
    Digest::finish(hash.expect(INFALLIBLE).0)
}

fn write_canonical(to: impl Write, run_id: &RunId, trades: &[Trade]) {
    let written = Written {
        run_id,
        mode: None,
        defaults: None,
        trades: WrittenTrades { trades, canonical: true },
    };
    serde_json::to_writer(to, &written).expect(INFALLIBLE);
}

/// A hash that takes bytes as a writer.
struct Hash(sha2::Sha256);

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
