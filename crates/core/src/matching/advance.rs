//! One market's new evidence, strictly by time: prints since the last cut, the book at the cut, the
//! close, the resolution and the dues (`shared/rules.md` §4, "order of things in a pass").

use super::prints::{self, Evidence};
use super::queue::Queue;
use super::{READINGS, Reading, Terms, reaches, usable_book};
use crate::book::Book;
use crate::event::Event;
use crate::limits::PaperModel;
use crate::market::{Gate, Resolution, Side};
use crate::money::{Price, Shares};
use crate::order::OrderId;
use crate::state::State;
use crate::state::paper::{Amounts, PaperMarket};
use crate::time::Time;
use crate::world::MarketView;

/// How long a level must be gone before what we took of it is forgotten.
const FORGET_AFTER_MICROS: i64 = 60_000_000;

/// What one market's evidence is worked through with.
#[derive(Clone, Copy, Debug)]
pub struct Advance<'a> {
    /// The pass's `now`.
    pub now: Time,
    /// How paper answers.
    pub model: &'a PaperModel,
    /// Oldest book that counts, where the source sets none.
    pub book_age_secs_max: u32,
}

/// One thing that happens at a time; at equal times in this order.
#[derive(Debug, PartialEq, Eq)]
enum Happening {
    Print(Evidence),
    Book,
    Close,
    Resolution(Resolution),
    Due,
}

impl Happening {
    const fn rank(&self) -> u8 {
        match self {
            Self::Print(_) => 0,
            Self::Book => 1,
            Self::Close => 2,
            Self::Resolution(_) => 3,
            Self::Due => 4,
        }
    }
}

/// Works the new evidence of one market through our resting orders and returns the facts in time
/// order. A missing, stale or crossed book, or one no newer than the last cut, moves nothing; close,
/// resolution and dues happen all the same. Working the same evidence twice finds nothing new.
pub fn advance(state: &State, view: &MarketView, with: &Advance<'_>) -> Vec<Event> {
    let market = &view.market.condition;
    let mut memory = state.paper.get(market).cloned().unwrap_or_default();
    let mut queue = Queue::of(state, market);
    let terms = Terms::new(with.model, &view.market);
    let book = usable_book(view, with.now, with.book_age_secs_max)
        .ok()
        .filter(|book| memory.cut.is_none_or(|last| book.at() > last));

    let mut resolved = None;
    for (at, happening) in timeline(view, &queue, &mut memory, (book, with.now)) {
        match happening {
            Happening::Print(evidence) => {
                prints::work(&mut queue, &evidence, terms.tick);
                if !evidence.is_late {
                    memory.last_print = Some(evidence.print.in_first_terms().1);
                }
            }
            Happening::Book => {
                if let Some(book) = book {
                    work_book(&mut queue, &mut memory, book, &terms);
                }
            }
            Happening::Close => queue.end_all(at),
            Happening::Resolution(resolution) => {
                queue.end_all(at);
                resolved = Some(resolution).filter(|_| is_news(state, view, &queue));
            }
            Happening::Due => queue.end_due(at),
        }
    }

    let mut facts = queue.into_facts();
    if let Some(book) = book {
        memory.cut = Some(book.at());
        memory.observed_at = Some(with.now);
        let best = |side| book.best(side).map(|level| level.price);
        memory.best = (best(Side::Buy), best(Side::Sell));
        facts.push(Event::PaperMarketMoved { market: market.clone(), picture: memory });
    }
    if let Some(resolution) = resolved {
        facts.push(Event::MarketResolved { market: market.clone(), resolution });
    }
    facts
}

fn timeline(
    view: &MarketView,
    queue: &Queue,
    memory: &mut PaperMarket,
    (book, now): (Option<&Book>, Time),
) -> Vec<(Time, Happening)> {
    let mut all = Vec::new();
    if let Some(book) = book {
        let chosen = prints::choose(&view.prints, memory, book.at());
        all.extend(chosen.into_iter().map(|e| (e.print.at, Happening::Print(e))));
        all.push((book.at(), Happening::Book));
    }
    let market = &view.market;
    let closed_now = (market.gate == Gate::Closed).then_some(now);
    if let Some(at) = market.close.filter(|at| *at <= now).or(closed_now) {
        all.push((at, Happening::Close));
    }
    if let Some(result) = market.resolution.filter(|result| result.at <= now) {
        all.push((result.at, Happening::Resolution(result)));
    }
    all.extend(queue.dues().into_iter().filter(|due| *due <= now).map(|due| (due, Happening::Due)));
    all.sort_by_key(|(at, happening)| (*at, happening.rank()));
    all
}

/// True when the result is news that concerns us: not booked before, and something of ours was here.
fn is_news(state: &State, view: &MarketView, queue: &Queue) -> bool {
    use crate::market::Outcome::{First, Second};
    let market = &view.market.condition;
    let booked = state.paper.get(market).is_some_and(|memory| memory.resolution.is_some());
    let held = [First, Second].into_iter().any(|outcome| {
        let position = state.positions.get(&(market.clone(), outcome));
        position.is_some_and(|position| !position.is_flat())
    });
    !booked && (held || !queue.is_empty())
}

/// The book at the cut: used liquidity shrinks to what is displayed, queue places shorten, and
/// opposing levels at or through our prices fill us (`shared/rules.md` §4.1, §4.3).
fn work_book(queue: &mut Queue, memory: &mut PaperMarket, book: &Book, terms: &Terms) {
    shrink_taken(memory, book, terms);
    for reading in READINGS {
        for side in [Side::Buy, Side::Sell] {
            for order in queue.seeing(side, book.at()) {
                let displayed = book.displayed(side, order.price);
                let ahead = &mut reading.track_mut(&mut order.tracks).ahead;
                *ahead = (*ahead).min(displayed);
            }
            let fills = meet_opposing(queue, memory, (book, terms), (side, reading));
            for (id, shares) in fills {
                queue.fill(&id, shares, reading, book.at());
            }
        }
    }
    queue.end_filled(book.at());
}

fn shrink_taken(memory: &mut PaperMarket, book: &Book, terms: &Terms) {
    memory.taken.retain_mut(|taken| {
        let displayed = book.displayed(taken.side, taken.price);
        if displayed.is_positive() {
            for reading in READINGS {
                let used = reading.of_mut(&mut taken.used);
                *used = (*used).min(terms.usable(displayed, reading));
            }
            taken.missing_since = None;
            return !taken.used.is_zero();
        }
        let since = *taken.missing_since.get_or_insert(book.at());
        book.at().since_micros(since) < FORGET_AFTER_MICROS
    });
}

fn meet_opposing(
    queue: &mut Queue,
    memory: &mut PaperMarket,
    (book, terms): (&Book, &Terms),
    (side, reading): (Side, Reading),
) -> Vec<(OrderId, Shares)> {
    let resting = side.opposite();
    let mut fills = Vec::new();
    for order in queue.seeing(side, book.at()) {
        let mut remaining = order.remaining(reading);
        let mut got = Shares::ZERO;
        for level in book.resting(resting) {
            let reached = terms
                .cushioned(level.price, side)
                .is_some_and(|price: Price| reaches(side, price, order.price));
            if !reached || remaining.is_zero() {
                break;
            }
            let used = memory.used(resting, level.price);
            let available = (terms.usable(level.size, reading) - reading.of(&used)).or_zero();
            let shares = remaining.min(available);
            let mut amounts = Amounts::default();
            *reading.of_mut(&mut amounts) = shares;
            memory.use_up(resting, level.price, amounts);
            remaining -= shares;
            got += shares;
        }
        if got.is_positive() {
            fills.push((order.id.clone(), got));
        }
    }
    fills
}
