//! Streams of every command the venue takes, drawn from a seed, and looked at after each.

use super::super::agenda::Task;
use super::super::funds::{INFINITE, Token};
use super::super::market::Listing;
use super::super::mode::Mode;
use super::super::order::{Kind, OrderIx};
use super::super::people::Rights;
use super::super::trade::{Fate, TradeIx, TradeStatus};
use super::super::{Posted, Settings};
use super::stage::{Stage, User, fraction, market, tick};
use crate::ledger::{Asset, MarketIx};
use crate::resting::tests::dice::Dice;
use alloy_primitives::B256;
use betteroms_core::book::{Book, Level};
use betteroms_core::market::{Gate, Outcome, Side};
use betteroms_core::money::{MICROS, Price, Shares, Usd};
use betteroms_core::time::Time;
use betteroms_polymarket::signing::Exchange;

/// Commands of one stream.
pub(super) const COMMANDS: u64 = 60;

/// Kinds of commands; the second word tells whether each can be refused.
pub(super) const KINDS: [(&str, bool); 28] = [
    ("place GTC", true),
    ("place GTD", true),
    ("place FOK", true),
    ("place FAK", true),
    ("place post-only", true),
    ("place again", true),
    ("place malformed", true),
    ("cancel", true),
    ("cancel all", false),
    ("crowd takes", false),
    ("crowd level", false),
    ("crowd book", false),
    ("fill from crowd", false),
    ("late fill", false),
    ("deposit", false),
    ("withdraw", true),
    ("chain", true),
    ("grant", false),
    ("refresh", false),
    ("cache fault", false),
    ("fates", false),
    ("decide", true),
    ("advance", false),
    ("tick", false),
    ("mode", false),
    ("market's end", true),
    ("keys", true),
    ("heartbeat", true),
];

/// What a stream did.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) applied: [u64; KINDS.len()],
    pub(super) refused: [u64; KINDS.len()],
    pub(super) orders: usize,
    pub(super) trades: usize,
    pub(super) failed: usize,
    pub(super) looked: u64,
}

/// A stage with a second market, and the dice that move it.
#[derive(Clone, Debug)]
pub(super) struct Play {
    pub(super) stage: Stage,
    pub(super) dice: Dice,
    markets: [MarketIx; 2],
    posted: Vec<(User, Posted)>,
    beat: [String; 3],
    pub(super) seen: Seen,
}

impl Play {
    /// A stage where one market has a delay and both belong to one event on some seeds.
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let group = dice.chance(30).then(|| "event".to_owned());
        let listing = |dice: &mut Dice, name| {
            let mut listing = Listing::plain(market(name));
            listing.group.clone_from(&group);
            listing.market.neg_risk = group.is_some();
            listing.taker_delay_millis = dice.pick(&[0, 0, 250, 3_000]);
            if dice.chance(20) {
                let at = super::stage::START.plus_secs(dice.between(1, 400));
                listing.game_start = Some(at);
                listing.clear_on_start = dice.chance(80);
            }
            listing
        };
        let legs_per_trade = dice.pick(&[1, 2, 8]);
        let settings = Settings { seed, legs_per_trade, ..Settings::default() };
        let first = listing(&mut dice, 1);
        let mut stage = Stage::with(settings, first);
        let second = stage.venue.list(listing(&mut dice, 2)).unwrap();
        let markets = [stage.market, second];
        for user in stage.users {
            stage.fund(user, second, "400");
        }
        let beat = [const { String::new() }; 3];
        Self { stage, dice, markets, posted: Vec::new(), beat, seen: Seen::default() }
    }

    /// One command of a kind; whether the venue took it.
    fn run(&mut self, kind: usize) -> bool {
        self.stage.market = self.dice.pick(&self.markets);
        match kind {
            0..=4 => self.place(kind),
            5 => self.place_again(),
            6 => self.place_malformed(),
            7 => self.cancel(),
            8 => self.cancel_all(),
            9..=13 => self.crowd(kind),
            14..=19 => self.money(kind),
            20 => self.foretell(),
            21 => self.decide(),
            22 => self.advance(),
            23 => self.tick(),
            24 => self.mode(),
            25 => self.end(),
            26 => self.keys(),
            _ => self.beat(),
        }
    }

    /// Runs and counts a command, then looks at everything. Rare kinds end a game and are drawn less.
    pub(super) fn step(&mut self) -> Result<(), String> {
        let kind = match self.dice.between(0, 99) {
            0..=44 => self.dice.between(0, 4),
            45..=60 => self.dice.between(7, 13),
            61..=74 => self.dice.between(14, 19),
            75..=84 => 22,
            85 => 25,
            86 => 24,
            87 => 23,
            _ => self.dice.pick(&[5, 6, 20, 21, 26, 27]),
        };
        let kind = usize::try_from(kind).unwrap();
        if self.run(kind) {
            self.seen.applied[kind] += 1;
        } else {
            self.seen.refused[kind] += 1;
        }
        self.stage.look().map_err(|what| format!("after {}: {what}", KINDS[kind].0))
    }

    fn user(&mut self) -> User {
        let users = self.stage.users;
        self.dice.pick(&users)
    }

    fn token(&mut self) -> (Outcome, Side) {
        let outcome = self.dice.pick(&[Outcome::First, Outcome::Second]);
        (outcome, self.dice.pick(&[Side::Buy, Side::Sell]))
    }

    /// A price near the middle, on the grid in force but for a few.
    fn price(&mut self) -> Price {
        let step = self.stage.venue.floors().get(self.stage.market).listing.market.tick.micros();
        let near = 500_000 / i64::from(step) + self.dice.between(-3, 3);
        let on = near.clamp(1, i64::from(1_000_000 / step) - 1) * i64::from(step);
        let off = if self.dice.chance(2) { 100 } else { 0 };
        Price::from_micros(u32::try_from(on + off).unwrap()).unwrap()
    }

    fn size(&mut self) -> Shares {
        let most = if self.dice.chance(10) { 120_000 } else { 6_000 };
        Shares::from_micros(self.dice.between(400, most) * 10_000)
    }

    fn open(&mut self) -> Option<OrderIx> {
        let keys = self.stage.venue.people().keys();
        let open: Vec<OrderIx> = keys.flat_map(|(_, key)| key.open.iter().copied()).collect();
        self.dice.place(open.len()).map(|at| open[at])
    }

    fn draft(&mut self, kind: Kind) -> (User, Posted) {
        let (user, of) = (self.user(), self.token());
        let (limit, size) = (i64::from(self.price().micros()), self.size().micros());
        let cash = size * limit / MICROS;
        let amounts = match (kind.rests(), of.1) {
            (true, Side::Buy) => (cash, size),
            (true | false, Side::Sell) => (size, cash),
            (false, Side::Buy) => {
                let cash = (cash / 10_000 * 10_000).max(10_000);
                (cash, cash * MICROS / limit / 100 * 100)
            }
        };
        let posted = self.stage.order(user, of, amounts, kind);
        self.posted.push((user, posted.clone()));
        (user, posted)
    }

    fn place(&mut self, kind: usize) -> bool {
        let of = [Kind::Gtc, Kind::Gtd, Kind::Fok, Kind::Fak, Kind::Gtc][kind];
        let (user, mut posted) = self.draft(of);
        posted.post_only = kind == 4;
        if of == Kind::Gtd {
            let now = self.stage.venue.now().micros() / MICROS;
            let ahead = self.dice.between(170, 400);
            posted.expiration = u64::try_from(now + ahead).unwrap();
        }
        if self.dice.chance(5) {
            // The answer is lost, and the order comes late.
            let due = self.stage.venue.now().plus_secs(self.dice.between(0, 5));
            self.stage.venue.agenda.at(due, Task::Arrive(Box::new((user.key, posted))));
            return true;
        }
        self.stage.venue.place(user.key, &posted).is_ok()
    }

    /// The same bytes once more, perhaps with another's key.
    fn place_again(&mut self) -> bool {
        let Some(at) = self.dice.place(self.posted.len()) else { return false };
        let (user, posted) = self.posted[at].clone();
        let key = if self.dice.chance(20) { self.user().key } else { user.key };
        self.stage.venue.place(key, &posted).is_ok()
    }

    fn place_malformed(&mut self) -> bool {
        let (user, mut posted) = self.draft(Kind::Gtc);
        match self.dice.between(0, 6) {
            0 => posted.signed_by = None,
            1 => posted.owner = String::new(),
            2 => posted.fields.token_id = alloy_primitives::U256::from(7),
            3 => posted.fields.maker_amount = alloy_primitives::U256::MAX,
            4 => posted.fields.taker_amount = alloy_primitives::U256::ZERO,
            5 => posted.expiration = 1,
            _ => posted.fields.salt += 1_000_000,
        }
        self.stage.venue.place(user.key, &posted).is_ok()
    }

    fn cancel(&mut self) -> bool {
        let user = self.user();
        let id = if self.dice.chance(70) {
            self.open().map(|order| self.stage.venue.orders().get(order).id)
        } else {
            let all: Vec<B256> = self.stage.venue.orders().iter().map(|order| order.id).collect();
            self.dice.place(all.len()).map(|at| all[at])
        };
        self.stage.venue.cancel(user.key, &id.unwrap_or(B256::ZERO)).is_ok()
    }

    fn cancel_all(&mut self) -> bool {
        let user = self.user();
        let market = self.dice.chance(50).then_some(self.stage.market);
        let open = self.stage.venue.open_orders(user.key, market, None);
        for order in open {
            let id = self.stage.venue.orders().get(order).id;
            assert!(self.stage.venue.cancel(user.key, &id).is_ok(), "an open order is cancelled");
        }
        true
    }

    fn crowd(&mut self, kind: usize) -> bool {
        let (market, of, at, size) = (self.stage.market, self.token(), self.price(), self.size());
        let venue = &mut self.stage.venue;
        match kind {
            9 => drop(venue.crowd_takes(market, of, at, size)),
            10 => {
                let size = if self.dice.chance(30) { Shares::ZERO } else { size };
                venue.crowd_level(market, of.1, Level { price: at, size });
            }
            11 => {
                let mut levels = [Vec::new(), Vec::new()];
                for micros in [470_000, 480_000, 490_000, 510_000, 520_000, 530_000_u32] {
                    let price = Price::from_micros(micros).unwrap();
                    let size = Shares::from_micros(self.dice.between(0, 3_000) * 10_000);
                    levels[usize::from(micros > 500_000)].push(Level { price, size });
                }
                let [bids, asks] = levels;
                let now = venue.now();
                let book = Book::from_view(Outcome::First, (now, now), bids, asks).unwrap();
                self.stage.venue.crowd_shows(market, &book);
            }
            12 => {
                if let Some(order) = self.open() {
                    self.stage.venue.fill_from_crowd(order, size);
                }
            }
            _ => {
                if let Some(order) = self.dice.place(venue.orders().len()) {
                    let order = OrderIx(u32::try_from(order).unwrap());
                    let due = venue.now().plus_secs(self.dice.between(0, 3));
                    venue.agenda.at(due, Task::LateFill(order, size));
                }
            }
        }
        true
    }

    fn money(&mut self, kind: usize) -> bool {
        let (user, of) = (self.user(), self.token());
        let asset = match self.dice.chance(50) {
            true => Asset::Cash,
            false => Asset::Share(self.stage.market, of.0),
        };
        let cents = self.dice.between(0, 60_000) * 10_000;
        let venue = &mut self.stage.venue;
        match kind {
            14 => venue.ledger.deposit(user.wallet, Usd::from_micros(cents)).is_ok(),
            15 => venue.ledger.withdraw(user.wallet, Usd::from_micros(cents)).is_ok(),
            16 => self.chain(user, asset, cents),
            17 => {
                let token = Token::of(asset);
                let much = u128::try_from(cents).unwrap();
                let amount = match token {
                    Token::Cash => self.dice.pick(&[0, much, INFINITE, INFINITE, INFINITE]),
                    Token::Shares => self.dice.pick(&[0, INFINITE, INFINITE, INFINITE]),
                };
                let spender = self.dice.pick(&Exchange::ALL).address();
                self.stage.venue.funds_mut().grant(user.wallet, token, spender, amount);
                true
            }
            18 => {
                venue.refresh(user.wallet, asset);
                true
            }
            _ => {
                if self.dice.chance(50) {
                    let until = venue.now().plus_secs(self.dice.between(0, 60));
                    venue.funds_mut().lag(user.wallet, until);
                } else {
                    let amount = if self.dice.chance(60) { 0 } else { cents };
                    self.stage.lock(user, asset, amount);
                }
                true
            }
        }
    }

    /// What a wallet does on chain without the venue.
    fn chain(&mut self, user: User, asset: Asset, amount: i64) -> bool {
        let (market, size) = (self.stage.market, Shares::from_micros(amount));
        let to = self.user().wallet;
        let ledger = &mut self.stage.venue.ledger;
        match self.dice.between(0, 3) {
            0 => ledger.split(user.wallet, market, size).is_ok(),
            1 => ledger.merge(user.wallet, market, size).is_ok(),
            2 => ledger.redeem(user.wallet, market).is_ok(),
            _ => ledger.transfer(user.wallet, to, asset, amount).is_ok(),
        }
    }

    fn fate(&mut self) -> Fate {
        let times = u32::try_from(self.dice.between(0, 3)).unwrap();
        self.dice.pick(&[Fate::Settle, Fate::Fail, Fate::Stuck, Fate::Retry(times)])
    }

    fn foretell(&mut self) -> bool {
        let fates = [self.fate(), self.fate()];
        self.stage.venue.foretell(fates);
        true
    }

    fn decide(&mut self) -> bool {
        let fate = self.fate();
        let Some(at) = self.dice.place(self.stage.venue.trades().len()) else { return false };
        self.stage.venue.decide(TradeIx(u32::try_from(at).unwrap()), fate).is_ok()
    }

    fn advance(&mut self) -> bool {
        let now = self.stage.venue.now().micros();
        let by = match self.dice.between(0, 99) {
            0..=59 => self.dice.between(0, 2_000),
            60..=94 => self.dice.between(2_000, 30_000),
            _ => self.dice.between(30_000, 600_000),
        };
        self.stage.venue.advance(Time::from_micros(now + by * 1_000));
        true
    }

    fn tick(&mut self) -> bool {
        let grid = self.dice.pick(&["0.1", "0.01", "0.01", "0.005", "0.001"]);
        self.stage.venue.set_tick(self.stage.market, tick(grid));
        true
    }

    fn mode(&mut self) -> bool {
        let until = self.stage.venue.now().plus_secs(self.dice.between(1, 10));
        let post_only_secs = self.dice.pick(&[0, 5]);
        let restarting = Mode::Restarting { until, post_only_secs, says_when: true };
        let modes = [restarting, Mode::PostOnly { until }, Mode::CancelOnly, Mode::Disabled];
        let mode = if self.dice.chance(70) { Mode::Normal } else { self.dice.pick(&modes) };
        self.stage.venue.set_mode(mode);
        true
    }

    fn end(&mut self) -> bool {
        let market = self.stage.market;
        match self.dice.between(0, 9) {
            0 => self.stage.venue.set_gate(market, Gate::Closed),
            1..=3 => self.stage.venue.set_gate(market, Gate::Paused),
            4..=7 => self.stage.venue.set_gate(market, Gate::Accepting),
            _ => {
                let payout = fraction(self.dice.pick(&["0", "0.5", "1", "0.3"]));
                return self.stage.venue.resolve(market, payout).is_ok();
            }
        }
        true
    }

    fn keys(&mut self) -> bool {
        let user = self.user();
        let nonce = self.dice.pick(&["0", "1", "2"]);
        match self.dice.between(0, 3) {
            0 => self.stage.venue.create_key(user.address, nonce).is_ok(),
            1 => self.stage.venue.derive_key(user.address, nonce).is_ok(),
            2 => {
                self.stage.venue.create_key_beside(user.key, Rights::ReadOnly);
                true
            }
            _ => {
                let found = self.stage.venue.derive_key(user.address, "1");
                found.map(|key| self.stage.venue.delete_key(key)).is_ok()
            }
        }
    }

    fn beat(&mut self) -> bool {
        let at = self.dice.place(3).unwrap();
        let id = if self.dice.chance(20) { "wrong" } else { &self.beat[at] };
        match self.stage.venue.beat(self.stage.users[at].key, id) {
            Ok(next) => {
                self.beat[at] = next;
                true
            }
            Err(super::super::Refusal::Heartbeat { expected }) => {
                self.beat[at] = expected;
                false
            }
            Err(other) => panic!("a beat is refused with {other}"),
        }
    }
}

/// One stream of commands; what it did, or what did not add up.
pub(super) fn stream(
    seed: u64,
    mut tamper: impl FnMut(&mut Play) -> bool,
) -> Result<Seen, (String, bool)> {
    let mut play = Play::new(seed);
    let mut struck = false;
    for _ in 0..COMMANDS {
        if !struck && tamper(&mut play) {
            struck = true;
        }
        play.step().map_err(|what| (format!("seed {seed} {what}"), struck))?;
    }
    let venue = &play.stage.venue;
    play.seen.orders = venue.orders().len();
    play.seen.trades = venue.trades().len();
    let failed = venue.trades().iter().filter(|trade| trade.status == TradeStatus::Failed);
    play.seen.failed = failed.count();
    play.seen.looked = play.stage.looked();
    Ok(play.seen)
}
