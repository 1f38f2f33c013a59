//! Placing: what a new order takes at once, and where the rest of it joins the queue.

use super::evidence::displayed;
use super::{
    Asks, By, CASH_STEP, Fate, Got, Kind, MOST, Order, Request, Seen, Settings, TRACKS, Track,
    UNIT, Venue, fee, floor_to, in_first_terms, narrow, wide,
};
use betteroms_core::book::Book;
use betteroms_core::market::{Market, Side};
use betteroms_core::order::Status;
use betteroms_core::reason::EndReason;

/// A displayed level that an order may take.
#[derive(Clone, Copy, Debug)]
struct Reach {
    /// The level's key: side, displayed price and size in index-0 terms.
    level: (Side, i64, i64),
    /// What a share of it costs us, in the outcome's terms.
    price: i64,
}

/// Shares to take of one level.
#[derive(Clone, Copy, Debug)]
struct Leg {
    reach: Reach,
    shares: i64,
}

impl Venue {
    /// Places one order on the book of the pass; only called with a usable one.
    pub(crate) fn place(&mut self, request: Request, seen: Seen<'_>, settings: &Settings) -> Fate {
        let book = seen.usable_book(settings).expect("an order is placed on a usable book only");
        let (side, limit) = in_first_terms(request.outcome, request.side, request.limit);
        let fate = match self.meets_own(side, limit) {
            Some(own) => Fate::SelfCross(own),
            None => self.walk(&request, seen, settings, book),
        };
        let is_placed = self.orders.last().is_some_and(|o| o.request.name == request.name);
        if !is_placed {
            let tracks = [Track::default(); 3];
            self.orders.push(Order { request, placed: seen.now, tracks, fate: fate.clone() });
        }
        fate
    }

    /// Rule 4: by limit prices, before walking.
    fn meets_own(&self, side: Side, limit: i64) -> Option<String> {
        let meets = |order: &&Order| {
            let (own_side, own_limit) = order.in_first_terms();
            order.rests()
                && own_side != side
                && if side == Side::Buy { limit >= own_limit } else { limit <= own_limit }
        };
        self.orders.iter().find(meets).map(|order| order.request.name.clone())
    }

    fn walk(
        &mut self,
        request: &Request,
        seen: Seen<'_>,
        settings: &Settings,
        book: &Book,
    ) -> Fate {
        let reaches = within_reach(request, book, seen.market, settings);
        // The venue refuses post-only by what it displays: the cushion is ours and does not soften it.
        let no_model = Settings { best_plus_tick: false, cushion_ticks: 0, ..settings.clone() };
        let crosses = !within_reach(request, book, seen.market, &no_model).is_empty();
        if request.kind == (Kind::Resting { post_only: true }) && crosses {
            return Fate::Ended(Status::Rejected, Some(EndReason::PostOnlyWouldCross));
        }
        let (expected, is_full) = self.legs(request, &reaches, 0, settings);
        if request.kind == Kind::FillOrKill && !is_full {
            return Fate::Ended(Status::Rejected, Some(EndReason::FokNotFull));
        }
        if request.kind == Kind::FillAndKill && expected.is_empty() {
            return Fate::Ended(Status::Rejected, Some(EndReason::FakFoundNothing));
        }
        self.orders.push(Order {
            request: request.clone(),
            placed: seen.now,
            tracks: [Track::default(); 3],
            fate: Fate::Resting,
        });
        let index = self.orders.len() - 1;
        for track in TRACKS {
            let (legs, is_full_here) = self.legs(request, &reaches, track, settings);
            // All or nothing holds on each copy by itself.
            if request.kind == Kind::FillOrKill && !is_full_here {
                continue;
            }
            for Leg { reach, shares } in legs {
                self.use_up(reach.level.0, reach.level.1, track, shares);
                let price = reach.price;
                let fee = fee(shares, price, seen.market);
                self.book(index, track, Got { by: By::Taking, price, shares, fee, at: seen.now });
            }
        }
        let fate = match request.kind {
            _ if is_full => Fate::Ended(Status::Filled, None),
            Kind::FillOrKill | Kind::FillAndKill => {
                Fate::Ended(Status::Cancelled, Some(EndReason::FakRest))
            }
            Kind::Resting { .. } => Fate::Resting,
        };
        if fate == Fate::Resting {
            let (side, limit) = self.orders[index].in_first_terms();
            for track in TRACKS {
                let ahead = if track == MOST { 0 } else { displayed(book, side, limit) };
                self.orders[index].tracks[track].ahead = ahead;
            }
        }
        self.orders[index].fate = fate.clone();
        fate
    }

    /// The legs of one track, and whether they make the order full.
    fn legs(
        &self,
        request: &Request,
        reaches: &[Reach],
        track: usize,
        settings: &Settings,
    ) -> (Vec<Leg>, bool) {
        let mut legs = Vec::new();
        let (mut shares_left, mut cash_left) = match request.asks {
            Asks::Shares(shares) => (shares, 0),
            Asks::Cash(cash) => (0, cash),
        };
        for reach in reaches {
            let available = self.available(reach.level, track, settings);
            let shares = match request.asks {
                Asks::Shares(_) => available.min(shares_left),
                Asks::Cash(_) => floor_to(available.min(buys(cash_left, reach.price)), CASH_STEP),
            };
            if shares > 0 {
                shares_left -= shares;
                let paid = wide(reach.price, shares) + i128::from(UNIT - 1);
                cash_left -= narrow(paid / i128::from(UNIT));
                legs.push(Leg { reach: *reach, shares });
            }
        }
        let is_full = match request.asks {
            Asks::Shares(_) => shares_left == 0,
            Asks::Cash(_) => {
                // Where every leg has one price, that price is the limit.
                let flat = reaches.last().filter(|_| settings.best_plus_tick);
                let limit = flat.map_or(request.limit, |reach| reach.price);
                floor_to(buys(cash_left, limit), CASH_STEP) == 0
            }
        };
        (legs, is_full)
    }
}

/// Rule 2: the levels that a marketable order walks, best first, each with what a share costs there.
fn within_reach(
    request: &Request,
    book: &Book,
    market: &Market,
    settings: &Settings,
) -> Vec<Reach> {
    let tick = i64::from(market.tick.micros());
    let (side, _) = in_first_terms(request.outcome, request.side, request.limit);
    let opposing = if side == Side::Buy { Side::Sell } else { Side::Buy };
    // Worse for us is dearer for a buy and cheaper for a sell, in the outcome's own terms.
    let worse = |price: i64, ticks: i64| match request.side {
        Side::Buy => price + ticks * tick,
        Side::Sell => price - ticks * tick,
    };
    let at_or_better = |price: i64, bound: i64| match request.side {
        Side::Buy => price <= bound,
        Side::Sell => price >= bound,
    };
    let mut reaches: Vec<Reach> = book
        .resting(opposing)
        .iter()
        .map(|level| {
            let shown = i64::from(level.price.micros());
            let (_, own) = in_first_terms(request.outcome, opposing, shown);
            let price = worse(own, settings.cushion_ticks);
            Reach { level: (opposing, shown, level.size.micros()), price }
        })
        .collect();
    if settings.best_plus_tick {
        let Some(best) = reaches.first().map(|reach| reach.price) else { return Vec::new() };
        let one_worse = worse(best, 1);
        let bound = if at_or_better(one_worse, request.limit) { one_worse } else { request.limit };
        // Nothing at all when even the best is beyond the limit.
        reaches.retain(|reach| at_or_better(reach.price, bound));
        for reach in &mut reaches {
            reach.price = bound;
        }
    }
    reaches.retain(|reach| at_or_better(reach.price, request.limit));
    reaches
}

/// Shares that cash buys at a price, to the millionth, rounded down.
fn buys(cash: i64, price: i64) -> i64 {
    narrow(wide(cash, UNIT) / i128::from(price))
}
