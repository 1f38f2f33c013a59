//! A real account's whole way against the emulator: decided, signed, proven, recorded, sent under faults, looked
//! up, booked, and held against the emulator's own ledger (R03, R04, R09, R10 in small).

use super::house::House;
use super::stage::{Person, RAIN, RAIN_YES, START};
use alloy_primitives::U256;
use betteroms_core::event::{AccountFact, AccountId, AdoptedShares, Event, OrderFact, PassId};
use betteroms_core::ledger::imbalance;
use betteroms_core::market::{ConditionId, FeeSchedule, Gate, Market, Outcome, Side};
use betteroms_core::money::{Fraction, Price, Shares, Tick, Usd};
use betteroms_core::order::{Order, OrderId, Placing, Status, Want};
use betteroms_core::plan::{
    Digest, Here, IfBlocked, MarketRef, OutcomeRef, RunId, Size, TimeInForce, Trade,
};
use betteroms_core::reason::{EndReason, Wait};
use betteroms_core::reconcile::real::{Foreign, balances, catch_up, to_look_up};
use betteroms_core::state::{Changes, State};
use betteroms_core::time::Time;
use betteroms_core::venue::VenueId;
use betteroms_core::world::{MarketView, World};
use betteroms_emulator::log::Log;
use betteroms_emulator::serve::call::Service::{Clob, Relayer};
use betteroms_polymarket::account::{AccountClient, Clock, Credentials, Leg, Placed};
use betteroms_polymarket::chain::ChainClient;
use betteroms_polymarket::ordering::{Draft, Life, OrderSecret, Prepared, Wallet, prepare, prove};
use betteroms_polymarket::signing::WalletKind;
use betteroms_polymarket::{Hosts, Options};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[derive(Debug, Default)]
struct Counts {
    sent: u32,
    resent: u32,
    doubts: u32,
    fills: u32,
    failed: u32,
    refused: u32,
    held: u32,
}

/// A fault in our own ways, to show that the check sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plant {
    None,
    /// A doubt is answered by signing anew.
    SignAnew,
    /// Fills of the second trade are not shown to us.
    LostFill,
}

struct Desk {
    house: House,
    bob: Person,
    client: AccountClient,
    chain: ChainClient,
    state: State,
    now: Arc<AtomicI64>,
    bytes: BTreeMap<OrderId, Prepared>,
    counts: Counts,
}

fn market() -> Market {
    Market {
        condition: ConditionId::new(RAIN),
        slug: "rain".to_owned(),
        question: String::new(),
        outcomes: ["Yes".to_owned(), "No".to_owned()],
        tokens: [RAIN_YES.to_owned(), "1002".to_owned()],
        tick: Tick::CENT,
        min_size: Shares::from_units(5),
        fee: Some(FeeSchedule { rate: Fraction::parse("0.07").unwrap(), exponent: Some(1) }),
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

fn options(house: &House) -> Options {
    Options {
        hosts: Hosts::at(&house.open.url(Clob)),
        attempt_deadline: Duration::from_millis(500),
        call_deadline: Duration::from_secs(3),
        ..Options::default()
    }
}

impl Desk {
    async fn new(seed: u64) -> Self {
        let (house, staged) = House::staged(seed, Log::default()).await;
        let bob = Person::named(&staged, "bob");
        let now = Arc::new(AtomicI64::new(START));
        let clock = Clock::new({
            let now = Arc::clone(&now);
            move || Time::from_secs(now.load(Ordering::Relaxed))
        });
        let credentials = Credentials::new(&bob.id, &bob.secret, &bob.passphrase).unwrap();
        let key = bob.key.address();
        let client = AccountClient::new(options(&house), key, credentials, clock).unwrap();
        let rpc = format!("{}/rpc", house.open.url(Relayer));
        let chain = ChainClient::new(options(&house), &rpc).unwrap();
        let state = State::new(AccountId::real(&bob.wallet.to_string()));
        let (bytes, counts) = (BTreeMap::new(), Counts::default());
        let mut desk = Self { house, bob, client, chain, state, now, bytes, counts };
        let cash = desk.chain.pusd_balance(desk.bob.wallet).await.unwrap();
        let held = |outcome, shares| AdoptedShares {
            market: ConditionId::new(RAIN),
            outcome,
            shares,
            cost: Usd::ZERO,
        };
        let [yes, no] = desk.held().await;
        let shares = vec![held(Outcome::First, yes), held(Outcome::Second, no)];
        desk.record(&[
            Event::AccountOpened { cash },
            Event::Account { fact: AccountFact::Adopted { cash: Usd::ZERO, shares, at: None } },
        ]);
        let digest = Digest::of(b"");
        let (pass, at) = (PassId::new(desk.time(), 1), desk.time());
        desk.record(&[Event::PassOpened { pass, now: at, world: digest.clone(), limits: digest }]);
        desk
    }

    fn time(&self) -> Time {
        Time::from_secs(self.now.load(Ordering::Relaxed))
    }

    async fn held(&self) -> [Shares; 2] {
        let of = |token: u64| self.chain.token_balance(self.bob.wallet, U256::from(token));
        [of(1_001).await.unwrap(), of(1_002).await.unwrap()]
    }

    fn record(&mut self, events: &[Event]) {
        self.state.apply_all(events, &mut Changes::default()).expect("facts that fit");
        assert_eq!(imbalance(&self.state), None);
        for event in events {
            self.counts.fills += u32::from(event.fill().is_some());
            let failed = json!(event)["fact"]["settlement"] == "FAILED";
            self.counts.failed += u32::from(failed);
        }
    }

    fn fact(&mut self, id: &OrderId, fact: OrderFact) {
        self.record(&[Event::AtVenue { id: id.clone(), fact }]);
    }

    /// Decided, signed and recorded; not sent.
    fn admit(&mut self, number: u64, side: Side, cents: u32, size: i32, life: Life) -> OrderId {
        let id = OrderId::new(&RunId::new("r").unwrap(), &number.to_string(), 1);
        let price = Price::from_micros(cents * 10_000).unwrap();
        let want = match (life, side) {
            (Life::Fak, Side::Buy) => Want::Cash(Usd::from_units(size)),
            _ => Want::Shares(Shares::from_units(size)),
        };
        let is_fak = life == Life::Fak;
        let order = an_order(&id, (side, price), is_fak, self.time());
        let (at, notional) = (self.time(), Usd::from_units(size));
        let placing = Placing { at, due: None, want, seq: number, mid_doubled: None, notional };
        let prepared = self.sign(&id, side, price, want, life);
        let fact =
            OrderFact::Signed { venue: VenueId::new(&prepared.id), body: prepared.body.clone() };
        self.bytes.insert(id.clone(), prepared);
        self.record(&[
            Event::OrderAdmitted { order: Box::new(order) },
            Event::OrderSubmitting { id: id.clone(), placing, reserve: Usd::ZERO },
            Event::AtVenue { id: id.clone(), fact },
        ]);
        id
    }

    fn sign(&self, id: &OrderId, side: Side, price: Price, want: Want, life: Life) -> Prepared {
        let maker = self.bob.wallet;
        let wallet = Wallet { kind: WalletKind::Eoa, maker, signer: maker, session: false };
        let account = self.state.account.id.as_str();
        let (tick, at) = (Tick::CENT, self.time());
        let draft = Draft {
            account,
            order: id,
            token: RAIN_YES,
            neg_risk: false,
            side,
            price,
            want,
            tick,
            life,
            post_only: false,
            at,
        };
        let secret = OrderSecret::from_bytes(&[3; 32]);
        let made = prepare(draft, wallet, &self.bob.id, &secret, &self.bob.key).unwrap();
        let body = made.body.as_bytes();
        prove(body, &made.id, &draft, &wallet, &self.bob.id, &secret).unwrap();
        made
    }

    /// Sends what was recorded, and records what became of it.
    async fn send(&mut self, id: &OrderId) {
        let made = self.bytes[id].clone();
        let placed = self.client.place(&[Leg { id: &made.id, body: &made.body }]).await;
        self.counts.sent += 1;
        let is_first = self.state.orders[id].status == Status::Submitting;
        match placed.into_iter().next().unwrap() {
            Placed::Accepted { .. } => {}
            Placed::NotSent { code, .. } if is_first => {
                self.counts.held += 1;
                self.fact(id, OrderFact::Held { wait: Wait::VenueMode { mode: code.to_owned() } });
            }
            Placed::Refused { code, text } if is_first => {
                self.counts.refused += 1;
                self.fact(id, OrderFact::Noted { note: format!("{code}: {text}") });
                let (reason, at) = (Some(EndReason::VenueRefused), self.time());
                let (id, status) = (id.clone(), Status::Rejected);
                self.record(&[Event::OrderEnded { id, status, reason, at }]);
            }
            Placed::Unknown { why, .. } if is_first => {
                self.counts.doubts += 1;
                self.fact(id, OrderFact::Doubted { cause: why });
            }
            // Of a repeat, only a look tells.
            Placed::NotSent { .. } | Placed::Refused { .. } | Placed::Unknown { .. } => {}
        }
    }

    async fn advance(&self, secs: u64) {
        self.house.pass(secs * 1_000).await;
        self.now.fetch_add(i64::try_from(secs).unwrap(), Ordering::Relaxed);
    }

    /// One look at everything, worked through the books.
    async fn look(&mut self, plant: Plant) {
        let state = self.state.clone();
        let look_up = |open: &BTreeSet<VenueId>| to_look_up(&state, &open.iter().collect());
        let mut view =
            self.client.view((self.bob.wallet, &BTreeSet::new()), None, look_up).await.unwrap();
        if plant == Plant::LostFill && view.trades.len() > 1 {
            view.trades.remove(1);
        }
        let market = market();
        let shown = MarketView { market, book: None, prints: Vec::new() };
        let markets = BTreeMap::from([(ConditionId::new(RAIN), shown)]);
        let world = World { now: self.time(), markets, ..World::default() };
        let facts = catch_up(&self.state, &world, &view, Foreign::Book).unwrap();
        self.record(&facts);
    }

    /// Three looks, then the same bytes once more (`shared/rules.md` §3).
    async fn settle_doubts(&mut self, plant: Plant) {
        for _ in 0..3 {
            self.advance(12).await;
            self.look(plant).await;
        }
        let doubted: Vec<OrderId> =
            self.state.with_status(Status::InDoubt).map(|order| order.id.clone()).collect();
        for id in doubted {
            if self.state.orders[&id].venue.as_ref().unwrap().resent {
                continue;
            }
            self.counts.resent += 1;
            self.fact(&id, OrderFact::Resent);
            self.send(&id).await;
            self.look(plant).await;
        }
    }

    /// What differs between our books, the emulator's ledger and its list of orders; `None` where nothing does.
    async fn wrong(&self) -> Option<String> {
        let cash = self.chain.pusd_balance(self.bob.wallet).await.unwrap();
        let shares = BTreeMap::from([(ConditionId::new(RAIN), self.held().await)]);
        let view =
            betteroms_core::venue::AccountView { cash: Some(cash), shares, ..Default::default() };
        let mut facts = balances(&self.state, &view);
        // That fees were charged as expected is no difference.
        facts.retain(|fact| !matches!(fact, Event::Account { fact: AccountFact::FeesProven {} }));
        let log = self.house.client.get(self.house.clob("/emulator/log?after=0"));
        let log = log.send().await.unwrap().text().await.unwrap();
        let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let placed: Vec<String> = lines
            .filter(|line| line["topic"] == "change" && line["change"] == "placed")
            .map(|line| line["of"]["id"].as_str().unwrap_or_default().to_ascii_lowercase())
            .collect();
        let ours: BTreeSet<String> =
            self.state.orders.values().filter_map(|o| Some(o.venue_id()?.to_string())).collect();
        let own: Vec<&String> = placed.iter().filter(|id| ours.contains(*id)).collect();
        let distinct: BTreeSet<&&String> = own.iter().collect();
        let strange = placed.iter().filter(|id| !ours.contains(*id)).count();
        let is_same = own.len() == distinct.len() && strange == 0 && !own.is_empty();
        (!facts.is_empty() || !is_same).then(|| {
            format!("{facts:?}; {} placed, {} once, {strange} strange", own.len(), distinct.len())
        })
    }
}

fn an_order(id: &OrderId, (side, price): (Side, Price), is_fak: bool, at: Time) -> Order {
    let time_in_force = if is_fak { TimeInForce::Fak } else { TimeInForce::Gtc };
    let trade = Trade {
        index: 0,
        id: "0".to_owned(),
        market: MarketRef::Market(RAIN.to_owned()),
        outcome: OutcomeRef::Yes,
        side,
        price,
        size: Size::Usdc(Usd::from_units(1)),
        time_in_force: Some(time_in_force),
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
    };
    let of = (RunId::new("r").unwrap(), "r.json".to_owned());
    Order {
        market: Some(ConditionId::new(RAIN)),
        outcome: Some(Outcome::First),
        ..Order::admitted(id.clone(), of, (trade, time_in_force), at)
    }
}

async fn story(seed: u64, plant: Plant) -> (Counts, Option<String>) {
    let mut desk = Desk::new(seed).await;
    let mut dice = Dice(seed + 17);
    let faults = [
        json!("drop_reply"),
        json!("drop"),
        json!("reset"),
        json!("wrong_id"),
        json!("malformed"),
        json!({"status": {"status": 500}}),
        json!({"status": {"status": 429}}),
        json!({"settlement": {"fate": "fail"}}),
        json!({"settlement": {"fate": {"retry": 2}}}),
    ];
    for number in 0..24 {
        let side = if dice.below(2) == 0 { Side::Buy } else { Side::Sell };
        let cents = 30 + u32::try_from(dice.below(8)).unwrap();
        let size = 5 + i32::try_from(dice.below(20)).unwrap();
        let life = if dice.below(4) == 0 { Life::Fak } else { Life::Gtc };
        let id = desk.admit(number, side, cents, size, life);
        if dice.below(2) == 0 {
            let what = &faults[usize::try_from(dice.below(9)).unwrap()];
            let rule = json!({ "on": "POST /order", "times": 1, "what": what });
            desk.house.fault(&rule.to_string()).await;
        }
        desk.send(&id).await;
        if plant == Plant::SignAnew && desk.state.orders[&id].status == Status::InDoubt {
            desk.advance(1).await;
            let want = desk.state.orders[&id].placing.as_ref().unwrap().want;
            let price = desk.state.orders[&id].trade.price;
            let made = desk.sign(&id, side, price, want, life);
            desk.client.place(&[Leg { id: &made.id, body: &made.body }]).await;
        }
        if dice.below(3) == 0 {
            desk.advance(1).await;
            desk.look(plant).await;
        }
    }
    desk.settle_doubts(plant).await;
    desk.advance(60).await;
    desk.look(plant).await;
    desk.look(plant).await;
    let wrong = desk.wrong().await;
    (desk.counts, wrong)
}

#[tokio::test]
async fn books_equal_the_venues_ledger_whatever_is_lost_on_the_way() {
    let mut all = Counts::default();
    for seed in 0..12 {
        let (counts, wrong) = story(seed, Plant::None).await;
        assert_eq!(wrong, None, "seed {seed}: {counts:?}");
        all.sent += counts.sent;
        all.resent += counts.resent;
        all.doubts += counts.doubts;
        all.fills += counts.fills;
        all.failed += counts.failed;
        all.refused += counts.refused;
        all.held += counts.held;
    }
    println!("0 placed twice, 0 differences with the ledger: {all:?}");
    assert!(all.sent > 288 && all.doubts > 40 && all.resent > 10, "{all:?}");
    assert!(all.fills > 60 && all.failed > 3 && all.held > 3, "{all:?}");
}

#[tokio::test]
async fn an_order_signed_anew_and_a_lost_fill_are_caught() {
    for plant in [Plant::SignAnew, Plant::LostFill] {
        let mut caught = 0;
        for seed in 0..4 {
            caught += u32::from(story(seed, plant).await.1.is_some());
        }
        assert!(caught >= 3, "{caught} of 4");
    }
}
