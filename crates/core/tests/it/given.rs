//! Words for tests: markets, books, prints, trades and plans from short texts, and a desk that runs
//! passes through the real core.

use betteroms_core::book::{Book, Level, Print};
use betteroms_core::decide::{Decision, decide};
use betteroms_core::event::{AccountId, Event, Fill, PassId};
use betteroms_core::limits::{FillModel, Limits, PaperModel};
use betteroms_core::market::{ConditionId, FeeSchedule, Gate, Market, Outcome, Resolution, Side};
use betteroms_core::money::{Fraction, Price, Shares, Tick, Usd};
use betteroms_core::order::{Order, OrderId, Status};
use betteroms_core::plan::{
    Digest, Here, IfBlocked, MarketRef, Mode, OutcomeRef, Plan, RunId, Size, TimeInForce, Trade,
};
use betteroms_core::reason::{Denial, Wait};
use betteroms_core::reconcile::{catch_up, settle_paper};
use betteroms_core::state::{Changes, State};
use betteroms_core::time::Time;
use betteroms_core::world::{MarketProblem, MarketView, World};
use std::collections::{BTreeMap, BTreeSet};

/// The market of most tests.
pub(crate) const MARKET: &str = "0xm";

pub(crate) fn price(text: &str) -> Price {
    Price::parse(text).unwrap_or_else(|| panic!("{text} is no price"))
}

pub(crate) fn usd(text: &str) -> Usd {
    Usd::from_micros(micros(text))
}

pub(crate) fn shares(text: &str) -> Shares {
    Shares::from_micros(micros(text))
}

pub(crate) fn fraction(text: &str) -> Fraction {
    Fraction::parse(text).unwrap_or_else(|| panic!("{text} is no fraction"))
}

pub(crate) fn micros(text: &str) -> i64 {
    let decimal = betteroms_core::money::Decimal::parse(text).unwrap();
    decimal.micros().unwrap_or_else(|| panic!("{text} does not fit"))
}

/// Seconds after an arbitrary midnight.
pub(crate) const fn t(secs: i64) -> Time {
    Time::from_secs(1_790_035_200 + secs)
}

pub(crate) fn condition() -> ConditionId {
    ConditionId::new(MARKET)
}

/// A market with tick 0.01, minimum 5 and the crypto fee, open for good.
pub(crate) fn a_market() -> Market {
    Market {
        condition: condition(),
        slug: "will-it".to_owned(),
        question: "Will it?".to_owned(),
        outcomes: ["Up".to_owned(), "Down".to_owned()],
        tokens: ["1".to_owned(), "2".to_owned()],
        tick: Tick::CENT,
        min_size: shares("5"),
        fee: Some(FeeSchedule { rate: fraction("0.07"), exponent: Some(1) }),
        category: None,
        neg_risk: false,
        gate: Gate::Accepting,
        close: None,
        resolution: None,
        result_recorded: None,
        max_book_age_secs: None,
        assumed: BTreeSet::new(),
    }
}

pub(crate) fn paid(at: Time, first: &str) -> Resolution {
    Resolution { at, payout_first: fraction(first) }
}

/// Levels as `0.50x100 0.51x50`.
pub(crate) fn levels(text: &str) -> Vec<Level> {
    let level = |word: &str| {
        let (at, size) = word.split_once('x').expect("a level is PRICExSIZE");
        Level { price: price(at), size: shares(size) }
    };
    text.split_whitespace().map(level).collect()
}

/// A book in index-0 terms, received at its own time.
pub(crate) fn book(at: Time, bids: &str, asks: &str) -> Book {
    Book::from_view(Outcome::First, (at, at), levels(bids), levels(asks)).unwrap()
}

/// A recorded print of outcome index 0, received at its own time.
pub(crate) fn print(at: Time, taker: Side, at_price: &str, size: &str) -> Print {
    Print {
        at,
        received: at,
        outcome: Outcome::First,
        taker,
        price: price(at_price),
        size: shares(size),
        tx: None,
    }
}

/// A BUY of 10 USDC of YES at 0.50, good till cancelled.
pub(crate) fn a_trade() -> TradeWords {
    TradeWords(Trade {
        index: 0,
        id: "0".to_owned(),
        market: MarketRef::Market(MARKET.to_owned()),
        outcome: OutcomeRef::Yes,
        side: Side::Buy,
        price: price("0.50"),
        size: Size::Usdc(usd("10")),
        time_in_force: Some(TimeInForce::Gtc),
        good_for_secs: None,
        notional_max: None,
        post_only: false,
        reduce_only: false,
        price_ceil: None,
        price_floor: None,
        if_blocked: IfBlocked::Wait,
        not_before: None,
        not_after: None,
        notes: None,
        here: Here::default(),
        size_here: Here::default(),
    })
}

/// A trade in the making.
#[derive(Clone, Debug)]
pub(crate) struct TradeWords(pub(crate) Trade);

impl TradeWords {
    fn with(mut self, change: impl FnOnce(&mut Trade)) -> Self {
        change(&mut self.0);
        self
    }

    pub(crate) fn sell(self) -> Self {
        self.with(|t| t.side = Side::Sell)
    }

    pub(crate) fn no(self) -> Self {
        self.with(|t| t.outcome = OutcomeRef::No)
    }

    pub(crate) fn label(self, label: &str) -> Self {
        self.with(|t| t.outcome = OutcomeRef::Label(label.to_owned()))
    }

    pub(crate) fn at(self, limit: &str) -> Self {
        self.with(|t| t.price = price(limit))
    }

    pub(crate) fn usdc(self, size: &str) -> Self {
        self.with(|t| t.size = Size::Usdc(usd(size)))
    }

    pub(crate) fn shares(self, size: &str) -> Self {
        self.with(|t| t.size = Size::Shares(shares(size)))
    }

    pub(crate) fn all(self) -> Self {
        self.with(|t| t.size = Size::All)
    }

    pub(crate) fn fok(self) -> Self {
        self.with(|t| t.time_in_force = Some(TimeInForce::Fok))
    }

    pub(crate) fn fak(self) -> Self {
        self.with(|t| t.time_in_force = Some(TimeInForce::Fak))
    }

    pub(crate) fn good_for(self, secs: u32) -> Self {
        self.with(|t| {
            t.time_in_force = Some(TimeInForce::Gtt);
            t.good_for_secs = Some(secs);
        })
    }

    pub(crate) fn post_only(self) -> Self {
        self.with(|t| t.post_only = true)
    }

    pub(crate) fn reduce_only(self) -> Self {
        self.with(|t| t.reduce_only = true)
    }

    pub(crate) fn ceil(self, guard: &str) -> Self {
        self.with(|t| t.price_ceil = Some(price(guard)))
    }

    pub(crate) fn floor(self, guard: &str) -> Self {
        self.with(|t| t.price_floor = Some(price(guard)))
    }

    pub(crate) fn deny_if_blocked(self) -> Self {
        self.with(|t| t.if_blocked = IfBlocked::Deny)
    }

    pub(crate) fn not_before(self, at: Time) -> Self {
        self.with(|t| t.not_before = Some(at))
    }

    pub(crate) fn not_after(self, at: Time) -> Self {
        self.with(|t| t.not_after = Some(at))
    }

    pub(crate) fn at_most(self, notional: &str) -> Self {
        self.with(|t| t.notional_max = Some(usd(notional)))
    }

    pub(crate) fn market(self, name: &str) -> Self {
        self.with(|t| t.market = MarketRef::Market(name.to_owned()))
    }
}

/// A paper plan of these trades.
pub(crate) fn a_plan(run_id: &str, trades: impl IntoIterator<Item = TradeWords>) -> Plan {
    let number = |(i, TradeWords(mut trade)): (usize, TradeWords)| {
        trade.index = u32::try_from(i).unwrap();
        trade.id = i.to_string();
        trade
    };
    let trades: Vec<Trade> = trades.into_iter().enumerate().map(number).collect();
    let digest = Digest::of(format!("{trades:?}").as_bytes());
    Plan {
        run_id: RunId::new(run_id).unwrap(),
        mode: Mode::Paper,
        sha256: digest.clone(),
        digest,
        file: format!("{run_id}.json"),
        trades,
        remarks: Vec::new(),
    }
}

/// Limits that let everything through.
pub(crate) fn no_limits() -> Limits {
    let much = Usd::from_units(1_000_000_000);
    Limits {
        per_trade: much,
        per_pass: much,
        orders_per_pass: 1_000_000,
        per_day: much,
        per_market: much,
        total: much,
        price_band_micros: None,
        spread_micros_max: None,
        book_age_secs_max: 300,
        wait_hours_max: 24,
        good_for_secs: None,
        halted: false,
        life_secs_min: None,
    }
}

/// All displayed liquidity, each leg at its level.
pub(crate) fn plain_model() -> PaperModel {
    PaperModel {
        liquidity_fraction: Fraction::ONE,
        liquidity_by_category: BTreeMap::new(),
        fill_model: FillModel::Book,
        spread_cushion_ticks: 0,
    }
}

/// What is known of the market in one pass.
pub(crate) fn a_view(book: Option<Book>) -> MarketView {
    MarketView { market: a_market(), book, prints: Vec::new() }
}

/// One account that runs passes through the real core.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) state: State,
    pub(crate) limits: Limits,
    pub(crate) model: PaperModel,
    /// Everything recorded so far.
    pub(crate) journal: Vec<Event>,
    /// Market references beyond the observed markets' own ids.
    pub(crate) resolved: BTreeMap<String, Result<ConditionId, MarketProblem>>,
}

impl Desk {
    pub(crate) fn with_cash(cash: &str) -> Self {
        let mut desk = Self {
            state: State::new(AccountId::new("paper")),
            limits: no_limits(),
            model: plain_model(),
            journal: Vec::new(),
            resolved: BTreeMap::new(),
        };
        desk.record(&[Event::AccountOpened { cash: usd(cash) }]);
        desk
    }

    pub(crate) fn new() -> Self {
        Self::with_cash("1000000")
    }

    /// Puts shares into the account as a past fill at `cost` a share would have.
    pub(crate) fn holding(mut self, outcome: Outcome, size: &str) -> Self {
        let key = (condition(), outcome);
        let empty = betteroms_core::state::position::Position::empty(condition(), outcome);
        let position = self.state.positions.entry(key).or_insert(empty);
        position.shares = shares(size);
        position.fewest.shares = shares(size);
        position.most.shares = shares(size);
        self
    }

    pub(crate) fn record(&mut self, events: &[Event]) {
        self.state.apply_all(events, &mut Changes::default()).unwrap();
        self.journal.extend_from_slice(events);
    }

    /// One pass on one market.
    pub(crate) fn pass(&mut self, now: Time, view: MarketView, plans: &[Plan]) -> Decision {
        self.pass_on(now, [view], plans)
    }

    /// One pass on several markets.
    pub(crate) fn pass_on(
        &mut self,
        now: Time,
        views: impl IntoIterator<Item = MarketView>,
        plans: &[Plan],
    ) -> Decision {
        let markets: BTreeMap<_, _> =
            views.into_iter().map(|view| (view.market.condition.clone(), view)).collect();
        let mut resolved = self.resolved.clone();
        resolved.extend(markets.keys().map(|id| (id.as_str().to_owned(), Ok(id.clone()))));
        let world =
            World { now, plans_named: !plans.is_empty(), markets, resolved, ..World::default() };
        let nth = if self.state.account.last_now == Some(now) {
            self.state.account.passes_at_last_now + 1
        } else {
            1
        };
        let pass = PassId::new(now, nth);
        let digest = Digest::of(b"");
        let (world_digest, limits) = (digest.clone(), digest);
        let opened = Event::PassOpened { pass: pass.clone(), now, world: world_digest, limits };
        self.record(&[opened]);
        let caught_up = catch_up(&self.state, &world, &self.limits, &self.model);
        self.record(&caught_up);
        let decision = decide(&self.state, &world, plans, &self.limits).unwrap();
        self.record(&decision.events);
        let settled =
            settle_paper(&self.state, &world, (&self.limits, &self.model), &decision.commands)
                .unwrap();
        self.record(&settled);
        let equity = self.state.account.cash;
        self.record(&[Event::PassClosed { pass, equity }]);
        decision
    }

    pub(crate) fn order(&self, id: &str) -> &Order {
        let found = self.state.orders.iter().find(|(order, _)| order.as_str() == id);
        found.map(|(_, order)| order).unwrap_or_else(|| panic!("no order {id}"))
    }

    pub(crate) fn status(&self, id: &str) -> Status {
        self.order(id).status
    }

    pub(crate) fn denial(&self, id: &str) -> Denial {
        let order = self.order(id);
        order.denial.clone().unwrap_or_else(|| panic!("{id} was not denied: {order:?}"))
    }

    pub(crate) fn wait(&self, id: &str) -> Wait {
        let order = self.order(id);
        order.wait.clone().unwrap_or_else(|| panic!("{id} does not wait: {order:?}"))
    }

    pub(crate) fn fills(&self) -> Vec<Fill> {
        let fill = |event: &Event| {
            if let Event::Filled { fill } = event { Some(fill.clone()) } else { None }
        };
        self.journal.iter().filter_map(fill).collect()
    }

    /// Fills as `PRICExSHARES`, in order.
    pub(crate) fn fills_of(&self, id: &str) -> String {
        let of = self.fills().into_iter().filter(|fill| fill.order.as_str() == id);
        of.map(|f| format!("{}x{}", f.price, f.shares)).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn held(&self, outcome: Outcome) -> Shares {
        let position = self.state.positions.get(&(condition(), outcome));
        position.map_or(Shares::ZERO, |position| position.shares)
    }
}

pub(crate) fn order_id(id: &str) -> OrderId {
    let mut parts = id.split('/');
    let mut next = || parts.next().unwrap_or_default();
    let (run, trade) = (RunId::new(next()).unwrap(), next().to_owned());
    OrderId::new(&run, &trade, next().parse().unwrap())
}
