//! Posting an order: everything the venue looks at before it takes one, in its order, and what it
//! answers (venue.md 3, 4.1 to 4.6).

use super::admit::Admitted;
use super::agenda::Task;
use super::change::Change;
use super::order::{Kind, Order, OrderIx, Status, Why};
use super::people::KeyIx;
use super::refusal::Refusal;
use super::trade::TradeIx;
use super::{Terms, Venue};
use alloy_primitives::{Address, B256};
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{MICROS, Shares, Usd, notional_ceil};
use betteroms_core::time::Time;
use betteroms_polymarket::signing::{Exchange, Order as Fields, SignedBy};

/// How early a dated order goes (venue.md 3.9).
const GTD_EARLY_SECS: i64 = 60;
/// What a marketable buy must be worth (venue.md 3.6).
const MARKETABLE_LEAST: Usd = Usd::from_micros(MICROS);

/// An order as posted, its signature already looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The signed fields.
    pub fields: Fields,
    /// Who signed them for the token's exchange; `None` where the signature is worth nothing.
    pub signed_by: Option<SignedBy>,
    /// Stated expiration, in seconds since the epoch; 0 for none. It is not signed.
    pub expiration: u64,
    /// How long it wants to live.
    pub kind: Kind,
    /// Whether it must not take.
    pub post_only: bool,
    /// The API key it says it belongs to.
    pub owner: String,
}

/// What the venue answers to an order it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The order.
    pub order: OrderIx,
    /// Its id.
    pub id: B256,
    /// `live`, `matched`, `delayed` or `unmatched` (venue.md 4.2).
    pub status: &'static str,
    /// What the order gave so far: dollars of a buy, shares of a sale; in millionths.
    pub making: i64,
    /// What it got.
    pub taking: i64,
    /// Its trades.
    pub trades: Vec<TradeIx>,
}

impl Venue {
    /// Posts an order with a key.
    ///
    /// # Errors
    /// As the venue refuses; nothing changed then, except that a killed order is remembered as one that
    /// was here.
    pub fn place(&mut self, key: KeyIx, posted: &Posted) -> Result<Placed, Refusal> {
        let placed = self.take_in(key, posted);
        if let Err(refusal) = &placed {
            let token = posted.fields.token_id;
            let found = self.floors.by_token(&token);
            // A token that nobody lists has no exchange either: the usual one gives the order its name.
            let exchange = found.map_or(Exchange::for_token(token, false), |(market, outcome)| {
                self.floors.get(market).exchange(outcome)
            });
            let (id, why) = (posted.fields.id(exchange), refusal.to_string());
            self.note(Change::Refused { id, key, why });
        }
        placed
    }

    fn take_in(&mut self, key: KeyIx, posted: &Posted) -> Result<Placed, Refusal> {
        self.gate_order(posted.post_only)?;
        let admitted = self.admit(key, posted)?;
        let marketable = self.would_cross(posted, &admitted);
        if posted.post_only && marketable {
            return Err(Refusal::PostOnlyCrosses);
        }
        let notional = notional(admitted.terms);
        if marketable && posted.fields.side == Side::Buy && notional < MARKETABLE_LEAST {
            return Err(Refusal::MarketableTooSmall { notional });
        }
        let spender = admitted.exchange.address();
        let order = self.draft(key, posted, &admitted);
        self.covers(order.wallet, order.asset(), order.holds(), spender).map_err(lacking)?;
        let delay = self.floors.get(admitted.market).listing.taker_delay_millis;
        if marketable && delay > 0 {
            return Ok(self.delay(order, delay));
        }
        self.match_now(order, spender)
    }

    fn would_cross(&self, posted: &Posted, admitted: &Admitted) -> bool {
        let side = posted.fields.side.in_first_terms(admitted.outcome);
        let price = match admitted.outcome {
            Outcome::First => admitted.terms.price,
            Outcome::Second => admitted.terms.price.complement(),
        };
        self.floors.get(admitted.market).book.crosses(side, price)
    }

    /// The order as it would be kept; nothing is kept yet.
    fn draft(&mut self, key: KeyIx, posted: &Posted, admitted: &Admitted) -> Order {
        Order {
            id: admitted.id,
            key,
            wallet: self.ledger.wallet(posted.fields.maker),
            market: admitted.market,
            outcome: admitted.outcome,
            side: posted.fields.side,
            kind: posted.kind,
            post_only: posted.post_only,
            price: admitted.terms.price,
            size: admitted.terms.size,
            matched: Shares::ZERO,
            cash_left: admitted.terms.cash,
            expiration: posted.expiration,
            created: self.now,
            status: Status::Live,
            promised: 0,
            slot: None,
            builder: posted.fields.builder,
            trades: Vec::new(),
        }
    }

    fn enter(&mut self, order: Order) -> OrderIx {
        let key = order.key;
        let ix = self.orders.push(order);
        self.people.key_mut(key).open.insert(ix);
        ix
    }

    /// Holds a marketable order back.
    fn delay(&mut self, mut order: Order, millis: u32) -> Placed {
        order.status = Status::Delayed;
        let market = order.market;
        let order = self.enter(order);
        self.floors.get_mut(market).held.insert(order);
        self.promise(order);
        let due = self.now.micros().saturating_add(i64::from(millis).saturating_mul(1_000));
        self.agenda.at(Time::from_micros(due), Task::Undelay(order));
        self.note(Change::Placed { order, matched: Shares::ZERO, status: Status::Delayed });
        self.answer(order, "delayed", Vec::new(), (0, 0))
    }

    /// Matches an order and lets the rest of it rest, or end. An order that cannot pay what it found was
    /// never here; one that found too little was.
    fn match_now(&mut self, order: Order, spender: Address) -> Result<Placed, Refusal> {
        let plan = self.plan(&order);
        let killed = if order.kind == Kind::Fok && !plan.fills_whole {
            Some((Refusal::FokKilled, Why::Killed))
        } else if order.kind == Kind::Fak && plan.legs.is_empty() {
            Some((Refusal::FakNothing, Why::Remainder))
        } else {
            self.affords(&order, &plan, spender).map_err(lacking)?;
            None
        };
        let side = order.side;
        let order = self.enter(order);
        if let Some((refusal, why)) = killed {
            self.end(order, why);
            return Err(refusal);
        }
        let (paid, got) = (plan.cash(), plan.shares());
        let trades = self.carry_out(order, &plan);
        self.settle_into_book(order);
        let status = if trades.is_empty() { "live" } else { "matched" };
        let given = match side {
            Side::Buy => (paid.micros(), got.micros()),
            Side::Sell => (got.micros(), paid.micros()),
        };
        Ok(self.answer(order, status, trades, given))
    }

    /// After matching: the order is full, rests, or loses what it did not find.
    fn settle_into_book(&mut self, order: OrderIx) {
        let entered = self.orders.get(order);
        let (matched, is_first) = (entered.matched, entered.trades.is_empty());
        if entered.is_spent() {
            self.retire(order, Status::Matched);
            self.note(Change::Placed { order, matched, status: Status::Matched });
        } else if entered.kind.rests() {
            self.rest(order);
            self.note(Change::Placed { order, matched, status: Status::Live });
        } else {
            // What traded is announced before the rest is cancelled.
            if !is_first {
                self.note(Change::Placed { order, matched, status: Status::Live });
            }
            self.end(order, Why::Remainder);
        }
    }

    /// Puts an order into the book and promises what it would give.
    fn rest(&mut self, order: OrderIx) {
        let (side, price) = self.orders.get(order).in_first_terms();
        let (market, left) = (self.orders.get(order).market, self.orders.get(order).left());
        let floor = self.floors.get_mut(market);
        let slot = floor
            .book
            .rest(side, price, left, order.0)
            .expect("its price was held against the tick and its size is above zero");
        self.orders.get_mut(order).slot = Some(slot);
        self.promise(order);
        self.level_changed(market, side, price);
        let Order { kind, expiration, .. } = *self.orders.get(order);
        if kind == Kind::Gtd {
            let stated = i64::try_from(expiration).expect("checked when it was posted");
            let due = Time::from_secs(stated).plus_secs(-GTD_EARLY_SECS);
            self.agenda.at(due, Task::Expire(order));
        }
    }

    /// A delayed order's delay is over.
    pub(super) fn undelay(&mut self, order: OrderIx) {
        if self.orders.get(order).status != Status::Delayed {
            return;
        }
        let entered = self.orders.get_mut(order);
        entered.status = Status::Live;
        let floor = self.floors.get_mut(entered.market);
        floor.held.remove(&order);
        let spender = floor.exchange(entered.outcome).address();
        // What it held while it waited is free again to pay with.
        self.release(order);
        let entered = self.orders.get(order).clone();
        let plan = self.plan(&entered);
        // Nothing trades while the engine does not: what was held back then finds nothing.
        let is_shut = self.gate_order(false).is_err() || !self.floors.get(entered.market).is_open();
        let is_short = entered.kind == Kind::Fok && !plan.fills_whole;
        let found_nothing = plan.legs.is_empty() && !entered.kind.rests();
        if is_shut || is_short || found_nothing {
            self.end(order, Why::Unmatched);
        } else if self.affords(&entered, &plan, spender).is_err() {
            self.end(order, Why::NotEnoughBalance);
        } else {
            self.carry_out(order, &plan);
            self.settle_into_book(order);
        }
    }

    /// A dated order runs out.
    pub(super) fn expire_due(&mut self, order: OrderIx) {
        if self.orders.get(order).is_open() {
            self.end(order, Why::Expired);
        }
    }

    fn answer(
        &self,
        order: OrderIx,
        status: &'static str,
        trades: Vec<TradeIx>,
        (making, taking): (i64, i64),
    ) -> Placed {
        Placed { order, id: self.orders.get(order).id, status, making, taking, trades }
    }
}

/// What an order is worth at its limit; exact for a limit order, whose amounts were held against each
/// other.
fn notional(terms: Terms) -> Usd {
    terms.cash.unwrap_or_else(|| notional_ceil(terms.price, terms.size))
}

fn lacking(lack: super::refusal::Lack) -> Refusal {
    Refusal::Balance(Box::new(lack))
}
