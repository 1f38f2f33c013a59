//! Three markets, everything that was ever sent to them, and what is true of it at the venue: shown to us in parts,
//! and not always.

use super::desk::{Real, shown, trade, venue_id};
use crate::given::{a_market, a_view, book, t};
use crate::story::Dice;
use betteroms_core::event::{Event, OrderFact, Role};
use betteroms_core::market::{ConditionId, Outcome, Side};
use betteroms_core::money::Shares;
use betteroms_core::order::{Order, OrderId, Status, Want};
use betteroms_core::plan::RunId;
use betteroms_core::reason::{EndReason, Wait};
use betteroms_core::state::State;
use betteroms_core::time::Time;
use betteroms_core::venue::{AccountView, Look, Settlement, Standing, VenueTrade};
use betteroms_core::world::{MarketView, World};
use std::collections::BTreeMap;

pub(super) const MARKETS: usize = 3;

/// An order that was sent, and what is true of it.
pub(super) struct Sent {
    id: OrderId,
    market: usize,
    is_exit: bool,
    day: i64,
    notional: i64,
    arrived: bool,
    cancelled: bool,
    /// It waits again: it never left.
    held: bool,
}

/// A trade at the venue, of one of those orders or of nobody's.
pub(super) struct Made {
    trade: VenueTrade,
    of: Option<usize>,
    market: usize,
    cost: i64,
    /// As it was last shown to us.
    seen: Option<Settlement>,
}

#[derive(Default)]
pub(super) struct Truth {
    sent: Vec<Sent>,
    made: Vec<Made>,
    /// Fills, failed trades, and trades of others.
    pub(super) happened: [u32; 3],
}

pub(super) fn market(nth: usize) -> ConditionId {
    ConditionId::new(format!("0xm{nth}"))
}

/// Whole UTC days; the time of these tests begins at midnight.
pub(super) fn day(now: Time) -> i64 {
    now.since_micros(t(0)) / 86_400_000_000
}

pub(super) fn view_of(nth: usize, now: Time) -> MarketView {
    let mut view = a_view(Some(book(now, "0.25x500", "0.40x500")));
    view.market = betteroms_core::market::Market {
        condition: market(nth),
        tokens: [format!("{nth}1"), format!("{nth}2")],
        ..a_market()
    };
    view
}

pub(super) fn world(now: Time) -> World {
    let markets: BTreeMap<_, _> =
        (0..MARKETS).map(|nth| (market(nth), view_of(nth, now))).collect();
    let resolved = markets.keys().map(|id| (id.as_str().to_owned(), Ok(id.clone()))).collect();
    World { now, markets, resolved, ..World::default() }
}

/// Price × shares in millionths, rounded up; a cash order's cash.
pub(super) fn worth(order: &Order) -> i64 {
    match order.placing.as_ref().expect("placed").want {
        Want::Cash(cash) => cash.micros(),
        Want::Shares(size) => {
            let exact = i128::from(order.trade.price.micros()) * i128::from(size.micros());
            i64::try_from((exact + 999_999) / 1_000_000).unwrap()
        }
    }
}

impl Truth {
    /// What each market may have cost or may yet cost, by everything that was ever sent.
    pub(super) fn exposure(
        &self,
        state: &State,
        counts: impl Fn(Status) -> bool,
    ) -> [i64; MARKETS] {
        let mut all = [0; MARKETS];
        for (nth, sent) in self.sent.iter().enumerate().filter(|(_, sent)| !sent.held) {
            let order = &state.orders[&sent.id];
            if order.trade.side == Side::Sell {
                continue;
            }
            if !order.status.is_ended() && counts(order.status) {
                all[sent.market] += sent.notional;
            } else {
                all[sent.market] += self.booked(Some(nth), sent.market);
            }
        }
        for (market, sum) in all.iter_mut().enumerate() {
            *sum += self.booked(None, market);
        }
        all
    }

    fn booked(&self, of: Option<usize>, market: usize) -> i64 {
        let is_ours = |made: &&Made| made.of == of && made.market == market;
        let counts = |made: &&Made| made.seen.is_some_and(|seen| seen != Settlement::Failed);
        self.made.iter().filter(is_ours).filter(counts).map(|made| made.cost).sum()
    }

    pub(super) fn of_day(&self, day: i64) -> i64 {
        let counts = |sent: &&Sent| !sent.held && !sent.is_exit && sent.day == day;
        self.sent.iter().filter(counts).map(|sent| sent.notional).sum()
    }

    pub(super) fn make(
        &mut self,
        dice: &mut Dice,
        order: &Order,
        of: Option<usize>,
        market: usize,
        now: Time,
    ) {
        let taken: i64 = self
            .made
            .iter()
            .filter(|made| of.is_some() && made.of == of)
            .map(|made| made.trade.legs[0].shares().micros())
            .sum();
        let Some(Want::Shares(size)) = order.placing.as_ref().map(|placing| placing.want) else {
            return;
        };
        let left = (size.micros() - taken) / 10_000;
        if left < 1 || order.trade.side == Side::Sell {
            return;
        }
        let lots = if dice.chance(40) { left } else { dice.between(1, left) };
        let part = Shares::from_micros(lots * 10_000);
        let role = if dice.chance(50) { Role::Maker } else { Role::Taker };
        let name = format!("t{}", self.made.len());
        let mut made = trade((&name, now), order, role, &[part], Settlement::Matched);
        let outcome = usize::from(order.outcome == Some(Outcome::Second));
        made.legs[0].market = self::market(market);
        made.legs[0].token = view_of(market, now).market.tokens[outcome].clone();
        let cost = i64::from(order.trade.price.micros()) * lots / 100;
        self.made.push(Made { trade: made, of, market, cost, seen: None });
    }

    /// What happens at the venue between two passes.
    pub(super) fn happen(&mut self, dice: &mut Dice, real: &Real) {
        for nth in 0..self.sent.len() {
            let order = real.order(&self.sent[nth].id);
            let (sent, is_open) = (&mut self.sent[nth], !order.status.is_ended());
            if sent.held || !sent.arrived || sent.cancelled || !is_open {
                continue;
            }
            match dice.between(0, 9) {
                0..3 => {
                    let market = sent.market;
                    self.make(dice, order, Some(nth), market, real.now);
                    self.happened[0] += 1;
                }
                3 => sent.cancelled = true,
                _ => {}
            }
        }
        for made in self.made.iter_mut().filter(|made| !made.trade.settlement.is_final()) {
            let next = match dice.between(0, 6) {
                0 => Settlement::Failed,
                1 => Settlement::Retrying,
                2 => Settlement::Mined,
                3 => Settlement::Matched,
                _ => Settlement::Confirmed,
            };
            made.trade.settlement = next;
            self.happened[1] += u32::from(next == Settlement::Failed);
        }
        if dice.chance(15)
            && let Some(one) = self.sent.first()
        {
            let mut order = real.order(&one.id).clone();
            let number = self.made.len().to_string();
            order.id = OrderId::new(&RunId::new("strange").unwrap(), &number, 1);
            let before = self.made.len();
            self.make(dice, &order, None, one.market, real.now);
            self.happened[2] += u32::try_from(self.made.len() - before).unwrap();
        }
    }

    /// What we are shown of it: most of it, most of the time.
    pub(super) fn look(&mut self, dice: &mut Dice, real: &Real) -> AccountView {
        let mut view = AccountView { is_partial: dice.chance(40), ..AccountView::default() };
        for made in &mut self.made {
            if dice.chance(80) {
                view.trades.push(made.trade.clone());
                made.seen = Some(made.trade.settlement);
            }
        }
        for (nth, sent) in self.sent.iter().enumerate() {
            let order = real.order(&sent.id);
            if sent.held || order.venue.is_none() || !dice.chance(80) {
                continue;
            }
            let id = venue_id(&sent.id);
            if !sent.arrived {
                view.looked.insert(id, Look::NotFound { at: real.now });
                continue;
            }
            let of_order = self.made.iter().filter(|made| made.of == Some(nth));
            let matched: Shares = of_order.map(|made| made.trade.legs[0].shares()).sum();
            let standing = match sent.cancelled {
                _ if matched == order.size() => Standing::Matched,
                true => Standing::Cancelled { reason: String::new() },
                false => Standing::Live,
            };
            let outcome = usize::from(order.outcome == Some(Outcome::Second));
            let mut order = shown(order, matched, standing);
            order.market = market(sent.market);
            order.token = view_of(sent.market, real.now).market.tokens[outcome].clone();
            view.open.insert(id, order);
        }
        view
    }

    /// What becomes of an order that the decision places.
    pub(super) fn send(&mut self, dice: &mut Dice, real: &mut Real, id: &OrderId) {
        let fact = |fact| Event::AtVenue { id: id.clone(), fact };
        real.record(&[fact(OrderFact::Signed { venue: venue_id(id), body: "{}".to_owned() })]);
        let order = real.order(id).clone();
        let of = order.market.as_ref().expect("a market");
        let mut sent = Sent {
            id: id.clone(),
            market: (0..MARKETS).find(|nth| market(*nth) == *of).unwrap(),
            is_exit: order.trade.reduce_only,
            day: day(real.now),
            notional: worth(&order),
            arrived: !order.time_in_force.is_immediate(),
            cancelled: false,
            held: false,
        };
        let cause = "no answer".to_owned();
        match dice.between(0, 9) {
            0 => {
                sent.held = true;
                let wait = Wait::VenueMode { mode: "POST_ONLY".to_owned() };
                real.record(&[fact(OrderFact::Held { wait })]);
            }
            1 => {
                sent.arrived = false;
                let (status, reason) = (Status::Rejected, Some(EndReason::VenueRefused));
                real.record(&[Event::OrderEnded { id: id.clone(), status, reason, at: real.now }]);
            }
            2..5 if sent.arrived => real.record(&[Event::OrderOpened { id: id.clone() }]),
            // Left as about to be sent: the next pass does not know.
            5 => {}
            nth => {
                sent.arrived &= nth < 8;
                real.record(&[fact(OrderFact::Doubted { cause })]);
            }
        }
        self.sent.push(sent);
    }
}
