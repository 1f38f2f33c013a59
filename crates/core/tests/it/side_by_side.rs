//! The real matcher and the reference, pass by pass over the same market: everything they say must be
//! equal to the last millionth.

use crate::given::{Desk, a_plan, condition};
use crate::reference::{
    Asks, By, Fate, Kind, LOT, Request, Seen, Settings, Track, UNIT, Venue, floor_to, narrow, wide,
    word,
};
use crate::story::{Chapter, HOLDING, Story, holding_micros};
use betteroms_core::book::{Book, Print};
use betteroms_core::limits::{FillModel, PaperModel};
use betteroms_core::market::{Market, Outcome, Side};
use betteroms_core::order::{self, Status, Want};
use betteroms_core::plan::{OutcomeRef, Size, TimeInForce, Trade};
use betteroms_core::reason::EndReason;
use betteroms_core::time::Time;
use betteroms_core::world::MarketView;
use std::collections::BTreeMap;

/// How often each thing happened over many stories: a comparison of nothing proves nothing.
pub(crate) type Counters = BTreeMap<&'static str, u32>;

/// A trade that the reference has admitted and not yet placed or denied.
#[derive(Clone, Debug)]
struct Waiting {
    run_id: String,
    trade: Trade,
    admitted: i64,
}

/// Both matchers over one market.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) desk: Desk,
    pub(crate) venue: Venue,
    settings: Settings,
    market: Market,
    tape: Vec<Print>,
    waiting: Vec<Waiting>,
    denied: Vec<String>,
    start_cash: i64,
    compared_fills: usize,
    pub(crate) counters: Counters,
}

fn settings(model: &PaperModel) -> Settings {
    Settings {
        fraction: i64::from(model.liquidity_fraction.micros()),
        best_plus_tick: model.fill_model == FillModel::BestPlusTick,
        cushion_ticks: i64::from(model.spread_cushion_ticks),
        age_secs_max: 300,
    }
}

impl Pair {
    pub(crate) fn new(market: &Market, model: &PaperModel, tape: Vec<Print>) -> Self {
        let mut desk =
            Desk::new().holding(Outcome::First, HOLDING).holding(Outcome::Second, HOLDING);
        desk.model = model.clone();
        let shares = [[holding_micros(); 3]; 2];
        let start_cash = desk.state.account.cash.micros();
        Self {
            desk,
            venue: Venue { shares, ..Venue::default() },
            settings: settings(model),
            market: market.clone(),
            tape,
            waiting: Vec::new(),
            denied: Vec::new(),
            start_cash,
            compared_fills: 0,
            counters: Counters::new(),
        }
    }

    /// Runs a whole story; panics at the first difference.
    pub(crate) fn run(story: &Story) -> Self {
        let mut pair = Self::new(&story.market, &story.model, story.prints.clone());
        for (i, chapter) in story.chapters.iter().enumerate() {
            pair.pass(i, chapter);
        }
        pair
    }

    pub(crate) fn pass(&mut self, number: usize, chapter: &Chapter) {
        let run_id = format!("p{number}");
        let plan = a_plan(&run_id, chapter.trades.iter().cloned());
        let plans = if plan.trades.is_empty() { Vec::new() } else { vec![plan.clone()] };
        let (now, book) = (chapter.now, chapter.book.clone());
        let view = MarketView { market: self.market.clone(), book, prints: self.supplied(now) };
        self.desk.pass(now, view, &plans);
        let admitted = now.micros();
        let new = plan.trades.into_iter();
        let new = new.map(|trade| Waiting { run_id: run_id.clone(), trade, admitted });
        self.waiting.extend(new);
        self.waiting.sort_by_key(|w| (w.run_id.clone(), w.trade.index));
        self.reference_pass(now, chapter.book.as_ref());
        self.compare(number);
    }

    /// What a supplier hands the real core: prints after its last cut, and those that arrived after it
    /// moved; live ones on a window that overlaps, as the venue's pages do.
    fn supplied(&self, now: Time) -> Vec<Print> {
        let memory = self.desk.state.paper.get(&condition());
        let cut = memory.and_then(|memory| memory.cut);
        let moved = memory.and_then(|memory| memory.observed_at);
        let wanted = |print: &&Print| {
            let is_new = cut.is_none_or(|cut| print.at > cut)
                || moved.is_none_or(|moved| print.received > moved);
            let in_window = print.at >= now.plus_secs(-600);
            print.received <= now && if print.tx.is_some() { in_window } else { is_new }
        };
        self.tape.iter().filter(wanted).cloned().collect()
    }

    fn reference_pass(&mut self, now: Time, book: Option<&Book>) {
        let known: Vec<Print> =
            self.tape.iter().filter(|print| print.received <= now).cloned().collect();
        let market = self.market.clone();
        let seen = Seen { now: now.micros(), market: &market, book, prints: &known };
        self.venue.catch_up(seen, &self.settings);
        // What this pass's own orders buy or sell is not spendable in it.
        let mut free = [Outcome::First, Outcome::Second].map(|outcome| self.free(outcome));
        let resting: Vec<String> = self
            .venue
            .orders
            .iter()
            .filter(|order| order.rests())
            .map(|order| order.request.name.clone())
            .collect();
        for waiting in std::mem::take(&mut self.waiting) {
            match self.judge(&waiting, seen, &mut free, &resting) {
                Judged::Waits => self.waiting.push(waiting),
                Judged::Denied => {
                    self.denied.push(format!("{}/{}/1", waiting.run_id, waiting.trade.id));
                }
                Judged::Placed(request) => {
                    let name = request.name.clone();
                    if let Fate::SelfCross(_) = self.venue.place(request, seen, &self.settings) {
                        self.denied.push(name);
                        self.count("self-cross in the same pass");
                    }
                }
            }
        }
    }

    fn free(&self, outcome: Outcome) -> i64 {
        let promised: i64 = self
            .venue
            .orders
            .iter()
            .filter(|o| o.rests() && o.request.outcome == outcome && o.request.side == Side::Sell)
            .map(|o| o.remaining(0))
            .sum();
        self.venue.shares[outcome.index()][0] - promised
    }

    /// The rules of §3 as far as these stories touch them.
    fn judge(
        &mut self,
        waiting: &Waiting,
        seen: Seen<'_>,
        free: &mut [i64; 2],
        resting: &[String],
    ) -> Judged {
        let (trade, name) = (&waiting.trade, format!("{}/{}/1", waiting.run_id, waiting.trade.id));
        let tif = trade.time_in_force.expect("stories always say");
        let is_immediate = matches!(tif, TimeInForce::Fak | TimeInForce::Fok);
        let lives = trade.good_for_secs.map(i64::from).filter(|_| tif == TimeInForce::Gtt);
        let waits = if is_immediate { None } else { Some(lives.unwrap_or(24 * 3_600)) };
        if waits.is_some_and(|secs| waiting.admitted + secs * UNIT <= seen.now) {
            self.count("waited to its end");
            return Judged::Denied;
        }
        let resolved = seen.market.resolution.is_some_and(|r| r.at.micros() <= seen.now);
        if resolved || seen.closed_at().is_some() {
            return Judged::Denied;
        }
        let outcome =
            if trade.outcome == OutcomeRef::No { Outcome::Second } else { Outcome::First };
        let limit = i64::from(trade.price.micros());
        let asks = match trade.size {
            Size::Usdc(cash) if is_immediate => Asks::Cash(cash.micros()),
            Size::Usdc(cash) => {
                let shares = narrow(wide(cash.micros(), UNIT) / i128::from(limit));
                Asks::Shares(floor_to(shares, LOT))
            }
            Size::Shares(shares) => Asks::Shares(floor_to(shares.micros(), LOT)),
            Size::All => panic!("stories name their sizes"),
        };
        if let Asks::Shares(shares) = asks {
            let minimum = if is_immediate { LOT } else { seen.market.min_size.micros() };
            let is_short = trade.side == Side::Sell && shares > free[outcome.index()];
            if is_short || shares < minimum {
                self.count("over the holding or under the minimum");
                return Judged::Denied;
            }
        }
        let request = Request {
            name,
            outcome,
            side: trade.side,
            limit,
            asks,
            kind: match tif {
                TimeInForce::Fok => Kind::FillOrKill,
                TimeInForce::Fak => Kind::FillAndKill,
                TimeInForce::Gtc | TimeInForce::Gtt => Kind::Resting { post_only: trade.post_only },
            },
            due: lives.map(|secs| seen.now + secs * UNIT),
        };
        if self.meets_one_of(&request, resting) {
            self.count("self-cross");
            return Judged::Denied;
        }
        let Some(book) = seen.usable_book(&self.settings) else {
            self.count("no usable book");
            return if is_immediate { Judged::Denied } else { Judged::Waits };
        };
        if is_too_small_to_take(&request, book) {
            return Judged::Denied;
        }
        if let (Side::Sell, Asks::Shares(shares)) = (request.side, request.asks) {
            free[outcome.index()] -= shares;
        }
        Judged::Placed(request)
    }

    fn meets_one_of(&self, request: &Request, resting: &[String]) -> bool {
        use crate::reference::in_first_terms;
        let (side, limit) = in_first_terms(request.outcome, request.side, request.limit);
        self.venue.orders.iter().any(|own| {
            let (own_side, own_limit) = own.in_first_terms();
            resting.contains(&own.request.name)
                && own_side != side
                && if side == Side::Buy { own_limit <= limit } else { own_limit >= limit }
        })
    }

    fn count(&mut self, what: &'static str) {
        *self.counters.entry(what).or_default() += 1;
    }

    fn compare(&mut self, pass: usize) {
        let memory = self.desk.state.paper.get(&condition()).cloned().unwrap_or_default();
        assert_eq!(memory.cut.map(Time::micros), self.venue.cut, "cut after pass {pass}");
        let real: Levels<'_> = memory
            .taken
            .iter()
            .map(|taken| {
                let used = [taken.used.expected, taken.used.fewest, taken.used.most];
                let since = taken.missing_since.map(Time::micros);
                let price = i64::from(taken.price.micros());
                ((word(taken.side), price), (used.map(|shares| shares.micros()), since))
            })
            .collect();
        let ours: BTreeMap<_, _> =
            self.venue.taken.iter().map(|(k, v)| (*k, (v.used, v.missing_since))).collect();
        assert_eq!(real, ours, "taken after pass {pass}");

        let fills = self.desk.fills();
        let real: Vec<_> = fills.iter().skip(self.compared_fills).map(said).collect();
        let ours: Vec<_> = self.venue.fills.iter().skip(self.compared_fills).map(meant).collect();
        assert_eq!(real, ours, "fills of pass {pass}");
        self.compared_fills = fills.len();

        for ours in self.venue.orders.clone() {
            let name = &ours.request.name;
            let real = self.desk.order(name);
            assert_eq!(fate_of(real), plain(&ours.fate), "{name} after pass {pass}");
            let want = real.placing.as_ref().map(|placing| placing.want);
            let asked = match ours.request.asks {
                Asks::Shares(shares) => {
                    Want::Shares(betteroms_core::money::Shares::from_micros(shares))
                }
                Asks::Cash(cash) => Want::Cash(betteroms_core::money::Usd::from_micros(cash)),
            };
            assert_eq!(want, Some(asked), "want of {name}");
            let real_tracks = [real.tracks.expected, real.tracks.fewest, real.tracks.most];
            for (i, (real, ours_track)) in real_tracks.iter().zip(ours.tracks).enumerate() {
                let real = Track {
                    // An order that never rested or has ended stands in no queue.
                    ahead: if ours.rests() { real.ahead.micros() } else { ours_track.ahead },
                    filled: real.filled.micros(),
                    cash: real.cash.micros(),
                    fee: real.fee.micros(),
                };
                assert_eq!(real, ours_track, "track {i} of {name} after pass {pass}");
            }
        }
        for name in &self.denied {
            assert_eq!(self.desk.status(name), Status::Denied, "{name} after pass {pass}");
        }
        for waiting in &self.waiting {
            let name = format!("{}/{}/1", waiting.run_id, waiting.trade.id);
            assert_eq!(self.desk.status(&name), Status::Waiting, "{name} after pass {pass}");
        }
        let account = &self.desk.state.account;
        let cash = [account.cash, account.fewest_cash, account.most_cash].map(|c| c.micros());
        let [expected, fewest, most] = self.venue.cash;
        assert_eq!(cash, [self.start_cash + expected, fewest, most], "cash after pass {pass}");
        for outcome in [Outcome::First, Outcome::Second] {
            let position = &self.desk.state.positions[&(condition(), outcome)];
            let real = [position.shares, position.fewest.shares, position.most.shares];
            let ours = self.venue.shares[outcome.index()];
            assert_eq!(real.map(|shares| shares.micros()), ours, "{outcome:?} after pass {pass}");
        }
    }

    /// Adds what happened in this story to the counters of all stories.
    pub(crate) fn tally(&mut self, all: &mut Counters) {
        for fill in self.venue.fills.clone() {
            self.count(match fill.by {
                By::Taking => "fills by taking",
                By::Print => "fills by a print",
                By::LatePrint => "fills by a late print",
                By::Book => "fills by a book",
            });
        }
        for order in self.venue.orders.clone() {
            let (done, left) = (order.tracks[0].filled, order.remaining(0));
            let is_cash = matches!(order.request.asks, Asks::Cash(_));
            self.count(match (&order.fate, order.request.kind) {
                (Fate::SelfCross(_), _) => "self-cross",
                (Fate::Ended(Status::Filled, _), Kind::FillOrKill) if is_cash => "FOK BUY full",
                (Fate::Ended(Status::Filled, _), Kind::FillOrKill) => "FOK SELL full",
                (Fate::Ended(Status::Filled, _), Kind::FillAndKill) if is_cash => "FAK BUY full",
                (Fate::Ended(Status::Filled, _), Kind::FillAndKill) => "FAK SELL full",
                (Fate::Ended(_, Some(EndReason::FakRest)), _) if is_cash => "FAK BUY rest",
                (Fate::Ended(_, Some(EndReason::FakRest)), _) => "FAK SELL rest",
                (Fate::Ended(_, Some(EndReason::FokNotFull)), _) => "FOK not full",
                (Fate::Ended(_, Some(EndReason::FakFoundNothing)), _) => "FAK found nothing",
                (Fate::Ended(_, Some(EndReason::PostOnlyWouldCross)), _) => "post-only refused",
                (Fate::Ended(_, Some(EndReason::Due)), _) => "expired",
                (Fate::Ended(_, Some(EndReason::MarketClosed)), _) => "closed",
                (Fate::Ended(..), _) => "resting filled",
                (Fate::Resting, _) if done > 0 && left > 0 => "partly filled and resting",
                (Fate::Resting, _) => "resting untouched",
            });
            let [expected, fewest, most] = order.tracks.map(|track| track.filled);
            if fewest < expected {
                self.count("fewest below expected");
            }
            if most > expected {
                self.count("most above expected");
            }
            if most < expected {
                self.count("most below expected");
            }
        }
        for _ in 0..self.venue.shared_queues {
            self.count("second order behind an eaten queue");
        }
        if self.venue.is_paid {
            self.count("paid out");
        }
        for (what, count) in &self.counters {
            *all.entry(what).or_default() += count;
        }
    }
}

enum Judged {
    Placed(Request),
    Denied,
    Waits,
}

/// A BUY that takes must be worth a dollar at its limit.
fn is_too_small_to_take(request: &Request, book: &Book) -> bool {
    if request.side == Side::Sell || request.kind == (Kind::Resting { post_only: true }) {
        return false;
    }
    let worth = match request.asks {
        Asks::Cash(cash) => cash,
        Asks::Shares(shares) => {
            narrow((wide(request.limit, shares) + i128::from(UNIT - 1)) / i128::from(UNIT))
        }
    };
    let best = match request.outcome {
        Outcome::First => book.best(Side::Sell).map(|l| i64::from(l.price.micros())),
        Outcome::Second => book.best(Side::Buy).map(|l| UNIT - i64::from(l.price.micros())),
    };
    let takes = matches!(request.kind, Kind::FillOrKill | Kind::FillAndKill)
        || best.is_some_and(|best| request.limit >= best);
    takes && worth < UNIT
}

/// Used shares of each track and the first book that lacked the level, by side and price.
type Levels<'a> = BTreeMap<(&'a str, i64), ([i64; 3], Option<i64>)>;

type Told = (String, i64, i64, i64, i64, i64);

fn said(fill: &betteroms_core::event::Fill) -> Told {
    let name = fill.order.as_str().to_owned();
    let (price, shares) = (i64::from(fill.price.micros()), fill.shares.micros());
    (name, price, shares, fill.cash.micros(), fill.fee.micros(), fill.at.micros())
}

fn meant(fill: &crate::reference::Fill) -> Told {
    (fill.order.clone(), fill.price, fill.shares, fill.cash, fill.fee, fill.at)
}

fn fate_of(order: &order::Order) -> (Status, Option<EndReason>) {
    (order.status, order.end)
}

const fn plain(fate: &Fate) -> (Status, Option<EndReason>) {
    match fate {
        Fate::Resting => (Status::Open, None),
        Fate::Ended(status, reason) => (*status, *reason),
        Fate::SelfCross(_) => (Status::Denied, None),
    }
}
