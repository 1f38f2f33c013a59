//! Public prints against our resting orders: who stood before us, and what was left for us.

use super::queue::Queue;
use super::{READINGS, Reading, reaches};
use crate::book::Print;
use crate::market::Side;
use crate::money::{PRICE_STEP, Price, Shares, Tick};
use crate::order::OrderId;
use crate::state::paper::{PaperMarket, PrintKey};
use std::collections::BTreeMap;

/// A print that counts, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Evidence {
    pub(super) print: Print,
    /// First seen after its time was already behind the cut: counts only where strictly through.
    pub(super) is_late: bool,
}

/// How long a live print may hide behind the venue's cache, with room to spare (`rules.md` §4.8:
/// complete only 300 s late): so long its identity is remembered.
const REMEMBERED_SECS: i64 = 900;

/// Chooses the prints that count now, in a total order that does not depend on how they came, and
/// remembers the live ones (those with a transaction) so that none counts twice.
pub(super) fn choose(
    prints: &[Print],
    memory: &mut PaperMarket,
    cut: crate::time::Time,
) -> Vec<Evidence> {
    let mut sorted: Vec<&Print> = prints.iter().filter(|print| print.at <= cut).collect();
    sorted.sort_by(|a, b| key(a).cmp(&key(b)));
    let before: BTreeMap<PrintKey, u32> = memory.counted.drain(..).collect();
    let mut seen: BTreeMap<PrintKey, u32> = BTreeMap::new();
    let mut chosen = Vec::new();
    for print in sorted {
        if let Some(tx) = &print.tx {
            let key = live_key(print, tx);
            let count = seen.entry(key.clone()).or_insert(0);
            *count = count.saturating_add(1);
            if *count <= before.get(&key).copied().unwrap_or(0) {
                continue;
            }
        }
        let is_late = memory.cut.is_some_and(|last| print.at <= last);
        // Nothing was resting before the first cut, so nothing before it can be evidence.
        if memory.cut.is_some() {
            chosen.push(Evidence { print: print.clone(), is_late });
        }
    }
    for (key, count) in before {
        let known = seen.entry(key).or_insert(0);
        *known = (*known).max(count);
    }
    let oldest = cut.plus_secs(REMEMBERED_SECS.saturating_neg());
    memory.counted = seen.into_iter().filter(|(key, _)| key.at >= oldest).collect();
    chosen
}

type SortKey<'a> = (
    crate::time::Time,
    Side,
    i64,
    Shares,
    crate::time::Time,
    crate::market::Outcome,
    Option<&'a str>,
);

/// By time, and within one instant as a sweep goes through a book: the price that is best for the
/// resting side first. In index-0 terms, so that it does not matter which token the source named.
fn key(print: &Print) -> SortKey<'_> {
    let (taker, price) = print.in_first_terms();
    let micros = i64::from(price.micros());
    let depth = match taker {
        Side::Buy => micros,
        Side::Sell => micros.saturating_neg(),
    };
    let tx = print.tx.as_deref();
    (print.at, taker, depth, print.size, print.received, print.outcome, tx)
}

fn live_key(print: &Print, tx: &str) -> PrintKey {
    PrintKey {
        at: print.at,
        tx: tx.to_owned(),
        outcome: print.outcome,
        taker: print.taker,
        price: print.price,
        size: print.size,
    }
}

/// A print's price on the market's grid where it lies within 0.0001 of it, else as it is: no order
/// rests there, so it can only be evidence for prices that it went through. On the finest grid both
/// neighbours are that near: the nearer counts, and of two equally near the one that passes fewer of
/// the orders that rest against `taker`.
pub(super) fn on_grid(price: Price, tick: Tick, taker: Side) -> Price {
    let (micros, step) = (price.micros(), tick.micros());
    let below = micros.checked_rem(step).expect("a tick is not zero");
    let above = step.saturating_sub(below);
    let is_up = above < below || (above == below && taker == Side::Sell);
    let rounded = if is_up && above <= PRICE_STEP {
        micros.checked_add(above)
    } else if !is_up && below <= PRICE_STEP {
        micros.checked_sub(below)
    } else {
        None
    };
    rounded.and_then(Price::from_micros).unwrap_or(price)
}

/// Works one print through the queue on all three readings, then ends what is full.
pub(super) fn work(queue: &mut Queue, evidence: &Evidence, tick: Tick) {
    let (taker, price) = evidence.print.in_first_terms();
    let price = on_grid(price, tick, taker);
    for reading in READINGS {
        let fills = walk(queue, evidence, (taker, price), reading);
        for (id, shares) in fills {
            queue.fill(&id, shares, reading, evidence.print.at);
        }
    }
    queue.end_filled(evidence.print.at);
}

/// The walk of `rules.md` §4.3: best price first, then by order sequence, with what is left of the
/// print and what it has eaten of the queue at the price being looked at.
fn walk(
    queue: &mut Queue,
    evidence: &Evidence,
    (taker, price): (Side, Price),
    reading: Reading,
) -> Vec<(OrderId, Shares)> {
    let resting = taker.opposite();
    let mut left = evidence.print.size;
    let mut eaten = Shares::ZERO;
    let mut fills = Vec::new();
    for order in queue.seeing(resting, evidence.print.at) {
        if !reaches(taker, order.price, price) {
            break;
        }
        let remaining = order.remaining(reading);
        let is_through = order.price != price;
        if !is_through && (evidence.is_late || reading == Reading::Fewest) {
            continue;
        }
        let ahead = &mut reading.track_mut(&mut order.tracks).ahead;
        if is_through {
            *ahead = Shares::ZERO;
        } else {
            let before_us = (*ahead - eaten).or_zero().min(left);
            left -= before_us;
            eaten += before_us;
            *ahead = (*ahead - eaten).or_zero();
        }
        let shares = left.min(remaining);
        left -= shares;
        if shares.is_positive() {
            fills.push((order.id.clone(), shares));
        }
    }
    fills
}
