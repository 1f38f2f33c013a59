//! The recorded sets, whole, run pass by pass to their ends with plans of every kind of order; `db verify`
//! and the sums of the ledger after each pass.
//!
//! Short form: D1 every five minutes, D2 every half hour from 17:35, D4 every minute; with
//! `BETTEROMS_PROVE_CASES` set D1 every minute, D2 every five, D4 every ten seconds.
//!
//! Control planted once and seen red: fees left out of an account's cash (`ledger::complaints`); a
//! resolution that pays both outcomes.

use crate::house::House;
use crate::ledger::{self, number, numbers};
use crate::shared::{Dice, folder};
use betteroms::recording::import::{ImportOptions, Set, import};
use betteroms::recording::{MarketEntry, Recording};
use betteroms_core::book::Book;
use betteroms_core::market::{ConditionId, Side};
use betteroms_core::time::Time;
use betteroms_core::world::Watch;
use serde_json::{Value, json};
use std::path::PathBuf;

/// What a matrix run does.
struct Course {
    /// Where the first pass is; the recording's start where `None`.
    from: Option<&'static str>,
    step: &'static str,
    /// Every so many passes a new plan of so many trades comes.
    plan_every: usize,
    trades: usize,
}

/// What a run must at least have done, so that its silence means something.
struct Least {
    passes: usize,
    fills: i64,
    resting: i64,
    expired: i64,
    resolved: i64,
    statuses: usize,
}

struct Track {
    house: House,
    recording: Recording,
    dir: PathBuf,
}

impl Track {
    fn new(set: Set) -> Option<Self> {
        let source = folder(set)?;
        let house = House::new();
        let dir = house.path("recording");
        import(&source, &dir, &ImportOptions::whole(set), &mut |_| {}).unwrap();
        let recording = Recording::open(&dir).unwrap();
        Some(Self { house, recording, dir })
    }

    fn book(&self, condition: &ConditionId, now: Time) -> Option<Book> {
        let watch = Watch { condition: condition.clone(), last_cut: None, observed_at: None };
        self.recording.observe(&[watch], now).unwrap().remove(0).book
    }

    /// A plan of random orders near what the books show.
    fn plan(&self, nth: usize, trades: usize, now: Time, dice: &mut Dice) -> String {
        let all: Vec<&MarketEntry> = self.recording.manifest().markets.iter().collect();
        let trading = all.iter().filter(|market| {
            let ends = market.close.as_ref().is_none_or(|close| close.value > now);
            ends && self.book(&market.condition, now).is_some()
        });
        let trading: Vec<&MarketEntry> = trading.copied().collect();
        let trades: Vec<Value> = (0..trades)
            .map(|_| {
                // Now and then a market that has ended or not begun.
                let some = if dice.roll(8) == 0 || trading.is_empty() { &all } else { &trading };
                let market = some[usize::try_from(dice.roll(some.len() as u64)).unwrap()];
                self.trade(&market.condition, &market.outcomes.value, now, dice)
            })
            .collect();
        let plan = json!({ "runId": format!("course-{nth:03}"), "mode": "paper",
            "defaults": { "maxNotionalUSD": 400, "goodForSeconds": 1800 }, "trades": trades });
        let name = format!("plan-{nth:03}.jsonc");
        self.house.write(&name, &plan.to_string());
        name
    }

    fn trade(
        &self,
        condition: &ConditionId,
        labels: &[String; 2],
        now: Time,
        dice: &mut Dice,
    ) -> Value {
        let book = self.book(condition, now);
        let best = |side| book.as_ref().and_then(|b| b.best(side)).map(|l| l.price.micros());
        let cents = |micros: Option<u32>, otherwise: i64| {
            micros.map_or(otherwise, |m| i64::from(m) / 10_000)
        };
        let (bid, ask) = (cents(best(Side::Buy), 49), cents(best(Side::Sell), 51));
        let second = dice.roll(2) == 1;
        let (bid, ask) = if second { (100 - ask, 100 - bid) } else { (bid, ask) };
        let is_buy = dice.roll(3) > 0;
        let away = i64::try_from(dice.roll(6)).unwrap() - 3;
        let price = (if is_buy { ask + away } else { bid - away }).clamp(1, 99);
        let mut trade = json!({ "marketId": condition.as_str(), "outcome": labels[usize::from(second)],
            "side": if is_buy { "BUY" } else { "SELL" }, "type": "LIMIT",
            "price": format!("0.{price:02}"), "size": 5 + dice.roll(60) });
        if !is_buy {
            trade["size"] = json!("all");
        }
        let kind = dice.roll(10);
        match kind {
            0 => trade["timeInForce"] = json!("FAK"),
            1 => trade["timeInForce"] = json!("FOK"),
            2 => trade["postOnly"] = json!(true),
            3 => trade["timeInForce"] = json!("GTC"),
            4 => trade["cancelAfterSec"] = json!(60 + dice.roll(900)),
            5 if is_buy => trade["priceCeil"] = json!(format!("0.{price:02}")),
            5 => trade["priceFloor"] = json!(format!("0.{price:02}")),
            6 => trade["notBefore"] = json!(now.plus_secs(300).to_string()),
            7 if is_buy => {
                trade["sizeUnit"] = json!("SHARES");
                trade["size"] = json!(format!("{}.5", 5 + dice.roll(50)));
            }
            8 => trade["ifBlocked"] = json!("deny"),
            _ => {}
        }
        trade
    }

    fn run(&self, course: &Course, least: &Least) {
        let db = self.house.db();
        let books = self.dir.to_str().unwrap();
        let mut dice = Dice::new(20_260_928);
        let mut now = course.from.map_or(self.recording.start(), |at| Time::parse(at).unwrap());
        let (mut passes, mut verified) = (0, 0);
        loop {
            let mut arguments = vec!["run".to_owned(), "--books".to_owned(), books.to_owned()];
            match (passes, course.from) {
                (0, Some(at)) => arguments.extend(["--now".to_owned(), at.to_owned()]),
                (0, None) => {}
                _ => arguments.extend(["--step".to_owned(), course.step.to_owned()]),
            }
            if passes % course.plan_every == 0 {
                arguments.push(self.plan(passes, course.trades, now, &mut dice));
            }
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let said = self.house.call(&arguments).expect(0);
            if said.out.starts_with("The recording ends at") {
                break;
            }
            passes += 1;
            let pass = number(&db, "SELECT MAX(last_now) FROM accounts");
            assert!(Time::from_micros(pass) >= now);
            now = Time::from_micros(pass);
            verified += self.house.verify();
            ledger::balanced(&db);
        }
        let count = |what: &str| number(&db, &format!("SELECT COUNT(*) FROM {what}"));
        let statuses = numbers(&db, "SELECT COUNT(*) FROM orders GROUP BY status").len();
        let (orders, fills) = (count("orders"), count("executions"));
        let makers = count("executions WHERE role = 'MAKER'");
        let expired = count("orders WHERE status = 'EXPIRED'");
        let resolved = count("events WHERE kind = 'market_resolved'");
        let live = count("orders WHERE status IN ('WAITING', 'SUBMITTING', 'OPEN')");
        println!(
            "{passes} passes to {now}, {verified} events folded, {orders} orders in {statuses} states, \
             {fills} fills of which {makers} resting, {expired} expired, {resolved} resolved, {live} live"
        );
        assert_eq!(now, self.recording.end());
        assert!(passes >= least.passes && fills >= least.fills && makers >= least.resting);
        assert!(
            expired >= least.expired && resolved >= least.resolved && statuses >= least.statuses
        );
        // Cash is what was put in, traded and paid; the payouts are of what was held.
        let paid = number(&db, "SELECT COALESCE(SUM(paid), 0) FROM positions");
        assert!(resolved == 0 || paid > 0, "markets resolved and nothing was paid");
    }
}

fn is_proof() -> bool {
    std::env::var_os("BETTEROMS_PROVE_CASES").is_some()
}

#[test]
fn d1_runs_to_its_end() {
    let Some(track) = Track::new(Set::D1) else { return };
    let step = if is_proof() { "1m" } else { "5m" };
    let course = Course { from: None, step, plan_every: 2, trades: 12 };
    track.run(
        &course,
        &Least { passes: 55, fills: 100, resting: 20, expired: 3, resolved: 18, statuses: 5 },
    );
}

#[test]
fn d2_runs_to_its_end() {
    let Some(track) = Track::new(Set::D2) else { return };
    let step = if is_proof() { "5m" } else { "30m" };
    let from = Some("2026-05-31T17:35:22Z");
    let course = Course { from, step, plan_every: 2, trades: 40 };
    track.run(
        &course,
        &Least { passes: 12, fills: 40, resting: 2, expired: 20, resolved: 15, statuses: 5 },
    );
}

#[test]
fn d4_runs_to_its_end() {
    let Some(track) = Track::new(Set::D4) else { return };
    let step = if is_proof() { "10s" } else { "1m" };
    let course = Course { from: None, step, plan_every: 2, trades: 8 };
    track.run(
        &course,
        &Least { passes: 15, fills: 50, resting: 30, expired: 3, resolved: 0, statuses: 5 },
    );
}
