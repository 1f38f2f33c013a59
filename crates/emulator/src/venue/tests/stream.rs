//! Streams of every command the venue takes, drawn from a seed, and looked at after each.

use super::super::agenda::Task;
use super::super::market::Listing;
use super::super::order::{Kind, OrderIx};
use super::super::trade::TradeStatus;
use super::super::{Posted, Settings};
use super::stage::{Stage, User, market};
use crate::ledger::MarketIx;
use crate::resting::tests::dice::Dice;
use alloy_primitives::B256;
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{MICROS, Price, Shares};

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
#[derive(Debug)]
pub(super) struct Play {
    pub(super) stage: Stage,
    pub(super) dice: Dice,
    markets: [MarketIx; 2],
    posted: Vec<(User, Posted)>,
    pub(super) beat: [String; 3],
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

    pub(super) fn user(&mut self) -> User {
        let users = self.stage.users;
        self.dice.pick(&users)
    }

    pub(super) fn token(&mut self) -> (Outcome, Side) {
        let outcome = self.dice.pick(&[Outcome::First, Outcome::Second]);
        (outcome, self.dice.pick(&[Side::Buy, Side::Sell]))
    }

    /// A price near the middle, on the grid in force but for a few.
    pub(super) fn price(&mut self) -> Price {
        let step = self.stage.venue.floors().get(self.stage.market).listing.market.tick.micros();
        let near = 500_000 / i64::from(step) + self.dice.between(-3, 3);
        let on = near.clamp(1, i64::from(1_000_000 / step) - 1) * i64::from(step);
        let off = if self.dice.chance(2) { 100 } else { 0 };
        Price::from_micros(u32::try_from(on + off).unwrap()).unwrap()
    }

    pub(super) fn size(&mut self) -> Shares {
        let most = if self.dice.chance(10) { 120_000 } else { 6_000 };
        Shares::from_micros(self.dice.between(400, most) * 10_000)
    }

    pub(super) fn open(&mut self) -> Option<OrderIx> {
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
