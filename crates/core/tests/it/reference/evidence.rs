//! Catching up: what prints, a new book, the close, a result and the clock do to resting orders.

use super::{
    By, FEWEST, Fate, Got, Seen, Settings, TRACKS, UNIT, Venue, in_first_terms, narrow, wide, word,
};
use betteroms_core::book::{Book, Print};
use betteroms_core::market::{Market, Outcome, Side};
use betteroms_core::order::Status;
use betteroms_core::reason::EndReason;
use std::collections::BTreeMap;

/// What a print's price says, in index-0 terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// It traded at this price.
    At(i64),
    /// It traded through this price and nothing more: its own price is off the grid.
    Through(i64),
}

#[derive(Clone, Debug)]
enum Happening<'a> {
    Print { print: &'a Print, is_late: bool },
    Book(&'a Book),
    Close,
    Result,
    Due(usize),
}

impl Venue {
    /// Works one pass's evidence through, strictly by time; ties: prints, book, close, result, due.
    pub(crate) fn catch_up(&mut self, seen: Seen<'_>, settings: &Settings) {
        let mut timeline = Vec::new();
        let new_book = seen
            .usable_book(settings)
            .filter(|book| self.cut.is_none_or(|cut| book.at().micros() > cut));
        if let Some(book) = new_book {
            let cut = book.at().micros();
            for (print, is_late) in self.unseen(seen.prints, cut) {
                timeline.push((print.at.micros(), 0, Happening::Print { print, is_late }));
            }
            timeline.push((cut, 1, Happening::Book(book)));
        }
        if let Some(at) = seen.closed_at() {
            timeline.push((at, 2, Happening::Close));
        }
        if let Some(result) = seen.market.resolution.filter(|r| r.at.micros() <= seen.now) {
            timeline.push((result.at.micros(), 3, Happening::Result));
        }
        for (index, order) in self.orders.iter().enumerate() {
            if let Some(due) = order.request.due.filter(|due| *due <= seen.now && order.rests()) {
                timeline.push((due, 4, Happening::Due(index)));
            }
        }
        // A stable sort: prints of one instant keep the order that `unseen` gave them.
        timeline.sort_by_key(|(at, tie, _)| (*at, *tie));
        for (at, _, happening) in timeline {
            match happening {
                Happening::Print { print, is_late } => self.print(print, is_late, seen.market),
                Happening::Book(book) => self.new_book(book, seen.market, settings),
                Happening::Close => {
                    self.end_where(Status::Cancelled, EndReason::MarketClosed, None)
                }
                Happening::Result => {
                    // A market with a result takes no more orders, whatever its announced close.
                    self.end_where(Status::Cancelled, EndReason::MarketClosed, None);
                    self.pay(seen.market);
                }
                Happening::Due(index) => {
                    self.end_where(Status::Expired, EndReason::Due, Some((index, at)));
                }
            }
        }
        if let Some(book) = new_book {
            self.cut = Some(book.at().micros());
            self.moved_at = Some(seen.now);
        }
    }

    /// Prints up to the new cut that were not worked through before, and whether each is late.
    /// A live print is told from another by its identity and count, a recorded one by when it came.
    fn unseen<'a>(&mut self, prints: &'a [Print], cut: i64) -> Vec<(&'a Print, bool)> {
        let mut in_order: Vec<&Print> = prints.iter().collect();
        in_order.sort_by_key(|print| place_in_time(print));
        let mut met: BTreeMap<String, usize> = BTreeMap::new();
        let mut unseen = Vec::new();
        for print in in_order {
            let at = print.at.micros();
            if at > cut {
                continue;
            }
            let is_late = self.cut.is_some_and(|last| at <= last);
            let is_new = match &print.tx {
                Some(tx) => {
                    let (second, side) = (at.div_euclid(UNIT), word(print.taker));
                    let (outcome, price, size) = (print.outcome.index(), print.price, print.size);
                    let key = format!("{tx} {outcome} {side} {price} {size} {second}");
                    let count = met.entry(key.clone()).or_default();
                    *count += 1;
                    let before = self.counted.entry(key).or_default();
                    let is_new = *count > *before;
                    *before = (*before).max(*count);
                    is_new
                }
                None => {
                    !is_late || self.moved_at.is_none_or(|moved| print.received.micros() > moved)
                }
            };
            if is_new {
                unseen.push((print, is_late));
            }
        }
        unseen
    }

    /// Rule 3 for one print, on each track by itself.
    fn print(&mut self, print: &Print, is_late: bool, market: &Market) {
        let price = i64::from(print.price.micros());
        let (taker, price) = in_first_terms(print.outcome, print.taker, price);
        let says = on_grid(price, taker, i64::from(market.tick.micros()));
        let at = print.at.micros();
        let ours = match taker {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        };
        let mut walk: Vec<usize> = (0..self.orders.len())
            .filter(|i| self.orders[*i].rests() && self.orders[*i].sees(at, market))
            .filter(|i| self.orders[*i].in_first_terms().0 == ours)
            .collect();
        // Best price first, then by placing (the list's own order).
        walk.sort_by_key(|i| {
            let limit = self.orders[*i].in_first_terms().1;
            if ours == Side::Buy { -limit } else { limit }
        });
        for track in TRACKS {
            let mut left = print.size.micros();
            let mut eaten_at: BTreeMap<i64, i64> = BTreeMap::new();
            for &i in &walk {
                let limit = self.orders[i].in_first_terms().1;
                // How far the print went beyond the limit; a buy is passed by lower prices.
                let beyond =
                    |price: i64| if ours == Side::Buy { limit - price } else { price - limit };
                let (is_at, is_through) = match says {
                    Says::At(price) => (beyond(price) == 0, beyond(price) > 0),
                    Says::Through(price) => (false, beyond(price) >= 0),
                };
                let counts_at = is_at && !is_late && track != FEWEST;
                if !is_through && !counts_at {
                    continue;
                }
                let ahead = self.orders[i].tracks[track].ahead;
                if is_through {
                    self.orders[i].tracks[track].ahead = 0;
                } else {
                    let eaten = eaten_at.entry(limit).or_default();
                    if track == 0 && *eaten > 0 && left > 0 && ahead > 0 {
                        self.shared_queues += 1;
                    }
                    let x = (ahead - *eaten).max(0).min(left);
                    left -= x;
                    *eaten += x;
                    self.orders[i].tracks[track].ahead = (ahead - *eaten).max(0);
                }
                let shares = left.min(self.orders[i].remaining(track));
                if shares > 0 {
                    left -= shares;
                    let by = if is_late { By::LatePrint } else { By::Print };
                    let price = self.orders[i].request.limit;
                    self.book(i, track, Got { by, price, shares, fee: 0, at });
                }
            }
            if track == 0 && !walk.is_empty() {
                self.print_use.push((print.size.micros(), print.size.micros() - left));
            }
        }
        self.end_the_full();
    }

    /// Rules 1 and 3 for a new usable book.
    fn new_book(&mut self, book: &Book, market: &Market, settings: &Settings) {
        let at = book.at().micros();
        for ((resting, price), taken) in &mut self.taken {
            let levels = if *resting == "BUY" { Side::Buy } else { Side::Sell };
            let displayed = displayed(book, levels, *price);
            if displayed > 0 {
                taken.missing_since = None;
                for track in TRACKS {
                    let share = settings.share_of(displayed, track);
                    taken.used[track] = taken.used[track].min(share);
                }
            } else {
                let since = *taken.missing_since.get_or_insert(at);
                if at >= since + 60 * UNIT {
                    taken.used = [0; 3];
                }
            }
        }
        self.taken.retain(|_, taken| taken.used != [0; 3]);

        let mut walk: Vec<usize> = (0..self.orders.len())
            .filter(|i| self.orders[*i].rests() && self.orders[*i].sees(at, market))
            .collect();
        walk.sort_by_key(|i| match self.orders[*i].in_first_terms() {
            (Side::Buy, limit) => (0, -limit),
            (Side::Sell, limit) => (1, limit),
        });
        for i in walk {
            let (side, limit) = self.orders[i].in_first_terms();
            let ours = displayed(book, side, limit);
            let opposing = if side == Side::Buy { Side::Sell } else { Side::Buy };
            for track in TRACKS {
                let ahead = self.orders[i].tracks[track].ahead.min(ours);
                self.orders[i].tracks[track].ahead = ahead;
                // One book fills an order once, however many levels it takes.
                let mut got = 0;
                for level in book.resting(opposing) {
                    let (price, size) = (i64::from(level.price.micros()), level.size.micros());
                    let cushion = settings.cushion_ticks * i64::from(market.tick.micros());
                    let is_met = match opposing {
                        Side::Sell => price + cushion <= limit,
                        Side::Buy => price - cushion >= limit,
                    };
                    if !is_met {
                        continue;
                    }
                    let available = self.available((opposing, price, size), track, settings);
                    let shares = available.min(self.orders[i].remaining(track) - got);
                    self.use_up(opposing, price, track, shares);
                    got += shares;
                }
                if got > 0 {
                    let price = self.orders[i].request.limit;
                    self.book(i, track, Got { by: By::Book, price, shares: got, fee: 0, at });
                }
            }
        }
        self.end_the_full();
    }

    /// Ends resting orders: all of them, or the one whose time came.
    fn end_where(&mut self, status: Status, reason: EndReason, only: Option<(usize, i64)>) {
        for (i, order) in self.orders.iter_mut().enumerate() {
            if order.rests() && only.is_none_or(|(index, _)| index == i) {
                order.fate = Fate::Ended(status, Some(reason));
            }
        }
    }

    /// Rule 7: pays what is held, once.
    fn pay(&mut self, market: &Market) {
        let Some(result) = market.resolution else { return };
        let first = i64::from(result.payout_first.micros());
        if self.is_paid || ![0, UNIT / 2, UNIT].contains(&first) {
            return;
        }
        self.is_paid = true;
        for (outcome, payout) in [(Outcome::First, first), (Outcome::Second, UNIT - first)] {
            for track in TRACKS {
                let shares = std::mem::take(&mut self.shares[outcome.index()][track]);
                // Rounded down: a band that is short owes the rounding too.
                self.cash[track] += narrow(wide(shares, payout).div_euclid(i128::from(UNIT)));
            }
        }
    }
}

/// Others' shares displayed on a side at a price of outcome index 0.
pub(super) fn displayed(book: &Book, resting: Side, price: i64) -> i64 {
    let levels = book.resting(resting).iter();
    levels.filter(|l| i64::from(l.price.micros()) == price).map(|l| l.size.micros()).sum()
}

/// Rule 8: to the tick if within 0.0001; else through the neighbouring tick that is worse for us. A
/// taker who sells meets our buys, for whom the higher tick is the worse one to be passed at.
fn on_grid(price: i64, taker: Side, tick: i64) -> Says {
    let (below, above) = (price - price % tick, price - price % tick + tick);
    let worse = if taker == Side::Sell { above } else { below };
    let better = if taker == Side::Sell { below } else { above };
    if price == below {
        return Says::At(price);
    }
    let (to_worse, to_better) = ((price - worse).abs(), (price - better).abs());
    if to_worse <= 100 && to_worse <= to_better {
        Says::At(worse)
    } else if to_better <= 100 {
        Says::At(better)
    } else {
        Says::Through(worse)
    }
}

/// Where a print stands: by time, and within one instant as a sweep goes through a book, the price
/// that is best for the resting side first. So what happened at our price comes before what happened
/// beyond it, whichever token the source named.
fn place_in_time(print: &Print) -> (i64, &'static str, i64, i64) {
    let price = i64::from(print.price.micros());
    let (taker, price) = in_first_terms(print.outcome, print.taker, price);
    let depth = if taker == Side::Sell { -price } else { price };
    (print.at.micros(), word(taker), depth, print.size.micros())
}
