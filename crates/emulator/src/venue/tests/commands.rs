//! The commands of a stream that post and cancel nothing: the crowd, money and the chain, time, markets,
//! modes, keys and beats.

use super::super::agenda::Task;
use super::super::funds::{INFINITE, Token};
use super::super::mode::Mode;
use super::super::order::OrderIx;
use super::super::people::Rights;
use super::super::trade::{Fate, TradeIx};
use super::stage::{User, fraction, tick};
use super::stream::Play;
use crate::ledger::Asset;
use betteroms_core::book::{Book, Level};
use betteroms_core::market::{Gate, Outcome};
use betteroms_core::money::{Price, Shares, Usd};
use betteroms_core::time::Time;
use betteroms_polymarket::signing::Exchange;

impl Play {
    pub(super) fn crowd(&mut self, kind: usize) -> bool {
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

    pub(super) fn money(&mut self, kind: usize) -> bool {
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

    pub(super) fn foretell(&mut self) -> bool {
        let fates = [self.fate(), self.fate()];
        self.stage.venue.foretell(fates);
        true
    }

    pub(super) fn decide(&mut self) -> bool {
        let fate = self.fate();
        let Some(at) = self.dice.place(self.stage.venue.trades().len()) else { return false };
        self.stage.venue.decide(TradeIx(u32::try_from(at).unwrap()), fate).is_ok()
    }

    pub(super) fn advance(&mut self) -> bool {
        let now = self.stage.venue.now().micros();
        let by = match self.dice.between(0, 99) {
            0..=59 => self.dice.between(0, 2_000),
            60..=94 => self.dice.between(2_000, 30_000),
            _ => self.dice.between(30_000, 600_000),
        };
        self.stage.venue.advance(Time::from_micros(now + by * 1_000));
        true
    }

    pub(super) fn tick(&mut self) -> bool {
        let grid = self.dice.pick(&["0.1", "0.01", "0.01", "0.005", "0.001"]);
        self.stage.venue.set_tick(self.stage.market, tick(grid));
        true
    }

    pub(super) fn mode(&mut self) -> bool {
        let until = self.stage.venue.now().plus_secs(self.dice.between(1, 10));
        let post_only_secs = self.dice.pick(&[0, 5]);
        let restarting = Mode::Restarting { until, post_only_secs, says_when: true };
        let modes = [restarting, Mode::PostOnly { until }, Mode::CancelOnly, Mode::Disabled];
        let mode = if self.dice.chance(70) { Mode::Normal } else { self.dice.pick(&modes) };
        self.stage.venue.set_mode(mode);
        true
    }

    pub(super) fn end(&mut self) -> bool {
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

    pub(super) fn keys(&mut self) -> bool {
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

    pub(super) fn beat(&mut self) -> bool {
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
