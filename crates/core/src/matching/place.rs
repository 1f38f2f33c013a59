//! How the paper venue answers a new order: it takes what it reaches, and rests or ends with the rest.

use super::walk::{Taker, Walk, use_up, walk};
use super::{READINGS, Reading, Terms, reaches};
use crate::book::Book;
use crate::event::{Fill, Role};
use crate::limits::PaperModel;
use crate::market::{FeeSchedule, Market, Side};
use crate::money::{Price, Shares};
use crate::order::{Order, OrderId, Status, Tracks, Want};
use crate::plan::TimeInForce;
use crate::reason::EndReason;
use crate::state::State;
use crate::state::paper::{Amounts, PaperMarket};

/// Why an order did not reach the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its limit meets one of our own resting orders: dropped before it was sent.
    SelfCross {
        /// That order.
        with: OrderId,
    },
    /// The venue refused it.
    Rejected(EndReason),
}

/// What the paper venue did with a new order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Fills of the expected track, in the order they happened.
    pub fills: Vec<Fill>,
    /// Queue place and bands after it.
    pub tracks: Tracks,
    /// Liquidity used on each track.
    pub levels: Vec<(Side, Price, Amounts)>,
    /// True when the expected track is full.
    pub is_full: bool,
}

/// Answers one order that is about to be placed on `book`. `state` is the picture after every order
/// answered before it in this pass, `resting` names our orders in its market that may rest.
///
/// # Errors
/// When the order never reaches the book.
pub fn place(
    (state, resting): (&State, &[OrderId]),
    order: &Order,
    (market, book): (&Market, &Book),
    model: &PaperModel,
) -> Result<Answer, Refusal> {
    if let Some(with) = crossing(state, order, resting) {
        return Err(Refusal::SelfCross { with });
    }
    let terms = Terms::new(model, market);
    let empty = PaperMarket::default();
    let memory = state.paper.get(&market.condition).unwrap_or(&empty);
    let taker = taker(order, market.fee);
    let side = taker.side.in_first_terms(taker.outcome);
    let first_limit = order.in_first_terms().map_or(taker.limit, |(_, price)| price);
    let best = book.best(side.opposite());
    if order.trade.post_only && best.is_some_and(|best| reaches(side, best.price, first_limit)) {
        return Err(Refusal::Rejected(EndReason::PostOnlyWouldCross));
    }
    let walks = READINGS.map(|reading| walk(book, memory, &taker, (&terms, reading)));
    let [expected, _, _] = &walks;
    match order.time_in_force {
        TimeInForce::Fok if !expected.is_full => {
            return Err(Refusal::Rejected(EndReason::FokNotFull));
        }
        TimeInForce::Fak if expected.legs.is_empty() => {
            return Err(Refusal::Rejected(EndReason::FakFoundNothing));
        }
        TimeInForce::Fok | TimeInForce::Fak | TimeInForce::Gtc | TimeInForce::Gtt => {}
    }
    Ok(answer(order, &taker, (book, walks), (side, first_limit)))
}

/// The first of our `resting` orders that the new order's limit meets, by limit price in index-0
/// terms: BUY NO against BUY YES included (`shared/rules.md` §4.4).
pub fn crossing(state: &State, order: &Order, resting: &[OrderId]) -> Option<OrderId> {
    let (side, limit) = order.in_first_terms()?;
    let meets = |id: &&OrderId| {
        state.orders.get(*id).is_some_and(|other| {
            matches!(other.status, Status::Open | Status::Cancelling)
                && other.market == order.market
                && other
                    .in_first_terms()
                    .is_some_and(|(theirs, price)| theirs != side && reaches(side, price, limit))
        })
    };
    resting.iter().find(meets).cloned()
}

fn taker(order: &Order, fee: Option<FeeSchedule>) -> Taker {
    Taker {
        outcome: order.outcome.expect("an order is placed only once its outcome is known"),
        side: order.trade.side,
        limit: order.trade.price,
        want: order.placing.as_ref().map_or(Want::Shares(Shares::ZERO), |p| p.want),
        fee: fee.unwrap_or(FeeSchedule::FREE),
    }
}

fn answer(
    order: &Order,
    taker: &Taker,
    (book, walks): (&Book, [Walk; 3]),
    (side, first_limit): (Side, Price),
) -> Answer {
    let mut tracks = Tracks::default();
    let mut used = PaperMarket::default();
    let [expected, _, _] = &walks;
    let (fills, is_full) = (fills(order, taker, expected), expected.is_full);
    for (reading, walk) in READINGS.into_iter().zip(&walks) {
        // A band of a fill-or-kill order that could not be full there got nothing.
        if order.time_in_force == TimeInForce::Fok && !walk.is_full {
            continue;
        }
        use_up(&mut used, side.opposite(), &walk.legs, reading);
        let track = reading.track_mut(&mut tracks);
        for leg in &walk.legs {
            track.filled += leg.shares;
            track.cash += leg.cash;
            track.fee += leg.fee;
        }
        if reading != Reading::Most && !order.time_in_force.is_immediate() {
            track.ahead = book.displayed(side, first_limit);
        }
    }
    let levels = used.taken.iter().map(|t| (t.side, t.price, t.used)).collect();
    Answer { fills, tracks, levels, is_full }
}

fn fills(order: &Order, taker: &Taker, walk: &Walk) -> Vec<Fill> {
    let at = order.placing.as_ref().map(|p| p.at).unwrap_or_default();
    let market = order.market.clone().expect("an order is placed only once its market is known");
    let mut number = order.fills;
    let booked = walk.legs.iter().map(|leg| {
        number = number.saturating_add(1);
        Fill {
            order: order.id.clone(),
            trade_id: format!("{}#{number}", order.id),
            role: Role::Taker,
            market: market.clone(),
            outcome: taker.outcome,
            side: taker.side,
            price: leg.price,
            shares: leg.shares,
            cash: leg.cash,
            fee: leg.fee,
            at,
        }
    });
    booked.collect()
}
