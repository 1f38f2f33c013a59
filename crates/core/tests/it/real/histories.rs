//! R09: random histories of fills between polls (partial, out of order, repeated, late, after a cancel, failed),
//! seen through views that leave things out. What is recorded equals what happened, to the millionth, each
//! trade once; a planted fault in what is shown or remembered is caught by the same check.

use super::desk::{Real, shown, trade, venue_id};
use crate::given::{fraction, price, shares, t, usd};
use betteroms_core::event::{AccountFact, Event, Role};
use betteroms_core::ledger::imbalance;
use betteroms_core::market::Side;
use betteroms_core::money::{Price, Shares, Usd, fee_half_up, notional_floor};
use betteroms_core::order::OrderId;
use betteroms_core::reconcile::real::{Foreign, balances, catch_up};
use betteroms_core::state::Changes;
use betteroms_core::venue::{AccountView, Settlement, Standing, VenueTrade};

/// A small generator with a seed to replay.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What really happened at the venue.
struct Truth {
    orders: Vec<(OrderId, Side, Price, Shares, Shares, bool)>,
    trades: Vec<(VenueTrade, usize)>,
}

#[derive(Default, Debug, Clone, Copy)]
struct Counts {
    trades: u32,
    failed: u32,
    polls: u32,
    withheld: u32,
    after_cancel: u32,
    caught: u32,
}

/// A fault planted into what we are shown or remember.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Plant {
    None,
    /// One trade is never shown.
    Lost,
    /// What was booked is forgotten before each poll.
    Forgotten,
    /// A failed trade is shown as confirmed.
    Ghost,
}

fn act(dice: &mut Dice, truth: &mut Truth, real: &Real, counts: &mut Counts) {
    match dice.below(10) {
        0..5 => {
            let nth =
                usize::try_from(dice.below(u64::try_from(truth.orders.len()).unwrap())).unwrap();
            let (id, _, _, size, matched, cancelled) = &mut truth.orders[nth];
            let left = *size - *matched;
            // A fill may reach us after the cancel that it beat.
            if left.is_zero() || (*cancelled && !dice.chance(20)) {
                return;
            }
            let lots = left.micros() / 10_000;
            let lots = i64::try_from(dice.below(u64::try_from(lots).unwrap())).unwrap() + 1;
            let first = Shares::from_micros(lots * 10_000);
            let role = if dice.chance(50) { Role::Maker } else { Role::Taker };
            let parts = match role {
                Role::Taker if lots > 1 => {
                    let head = Shares::from_micros(10_000);
                    vec![head, first - head]
                }
                Role::Taker | Role::Maker => vec![first],
            };
            *matched += first;
            counts.after_cancel += u32::from(*cancelled);
            let number = truth.trades.len();
            let name = format!("t{number:04}");
            let at = t(i64::try_from(number).unwrap());
            let made = trade((&name, at), real.order(id), role, &parts, Settlement::Matched);
            truth.trades.push((made, nth));
            counts.trades += 1;
        }
        5..9 => {
            if let Some(nth) =
                truth.trades.iter().rposition(|(trade, _)| !trade.settlement.is_final())
            {
                let next = match dice.below(6) {
                    0 => Settlement::Failed,
                    1 => Settlement::Retrying,
                    2 => Settlement::Mined,
                    _ => Settlement::Confirmed,
                };
                truth.trades[nth].0.settlement = next;
                counts.failed += u32::from(next == Settlement::Failed);
            }
        }
        _ => {
            let nth =
                usize::try_from(dice.below(u64::try_from(truth.orders.len()).unwrap())).unwrap();
            truth.orders[nth].5 = true;
        }
    }
}

fn look(dice: &mut Dice, truth: &Truth, real: &Real, whole: bool, plant: Plant) -> AccountView {
    let mut trades: Vec<VenueTrade> = Vec::new();
    for (trade, _) in &truth.trades {
        let is_lost = plant == Plant::Lost && trade.id == "t0000";
        if is_lost || (!whole && dice.chance(30)) {
            continue;
        }
        let mut trade = trade.clone();
        if plant == Plant::Ghost && trade.settlement == Settlement::Failed {
            trade.settlement = Settlement::Confirmed;
        }
        if dice.chance(30) {
            trades.push(trade.clone());
        }
        let place = usize::try_from(dice.below(u64::try_from(trades.len()).unwrap() + 1)).unwrap();
        trades.insert(place, trade);
    }
    let mut view = AccountView { trades, is_partial: !whole, ..AccountView::default() };
    for (id, _, _, size, matched, cancelled) in &truth.orders {
        let standing = if matched == size {
            Standing::Matched
        } else if *cancelled {
            Standing::Cancelled { reason: String::new() }
        } else {
            Standing::Live
        };
        if whole || dice.chance(60) {
            let order = shown(real.order(id), *matched, standing);
            view.open.insert(venue_id(id), order);
        }
    }
    view
}

/// What differs between the books and what happened; `None` where nothing does.
fn wrong(real: &Real, truth: &Truth) -> Option<String> {
    let rate = fraction("0.07");
    let (mut cash, mut held) = (usd("10000"), shares("1000"));
    for (nth, (id, side, ..)) in truth.orders.iter().enumerate() {
        let mut filled = Shares::ZERO;
        for (trade, of) in
            truth.trades.iter().filter(|(trade, _)| trade.settlement != Settlement::Failed)
        {
            if *of != nth {
                continue;
            }
            for part in &trade.legs[0].parts {
                let price = trade.legs[0].price;
                let dollars = notional_floor(price, part.shares);
                filled += part.shares;
                cash += if *side == Side::Buy { -dollars } else { dollars };
                if trade.legs[0].role == Role::Taker {
                    cash -= fee_half_up(part.shares, price, rate, 1);
                }
            }
        }
        held += if *side == Side::Buy { filled } else { -filled };
        let booked = real.order(id).tracks.expected.filled;
        if booked != filled {
            return Some(format!("{id}: {booked} booked, {filled} happened"));
        }
    }
    if real.state.account.cash != cash || real.held().shares != held {
        return Some(format!("cash {} and not {cash}", real.state.account.cash));
    }
    let view = AccountView {
        cash: Some(cash),
        shares: [(crate::given::condition(), [held, Shares::ZERO])].into(),
        ..AccountView::default()
    };
    let mut facts = balances(&real.state, &view);
    facts.retain(|fact| !matches!(fact, Event::Account { fact: AccountFact::FeesProven {} }));
    let imbalance = imbalance(&real.state);
    (!facts.is_empty() || imbalance.is_some()).then(|| format!("{facts:?} {imbalance:?}"))
}

fn history(seed: u64, plant: Plant, counts: &mut Counts) -> Option<String> {
    let mut dice = Dice(seed.wrapping_mul(2_654_435_761).wrapping_add(99));
    let mut real = Real::with("10000", "1000");
    let mut truth = Truth { orders: Vec::new(), trades: Vec::new() };
    for (nth, (side, limit, size)) in [
        (Side::Buy, "0.53", "20"),
        (Side::Sell, "0.57", "30.01"),
        (Side::Buy, "0.337", "11.11"),
        (Side::Sell, "0.9", "5"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = real.send(&format!("o{nth}"), side, (price(limit), shares(size)), None);
        truth.orders.push((id, side, price(limit), shares(size), Shares::ZERO, false));
    }
    for step in 0..40 {
        act(&mut dice, &mut truth, &real, counts);
        if dice.chance(40) || step == 39 {
            let whole = step == 39;
            let view = look(&mut dice, &truth, &real, whole, plant);
            counts.polls += 1;
            counts.withheld += u32::from(view.trades.len() < truth.trades.len());
            if plant == Plant::Forgotten {
                real.state.fills.clear();
            }
            let facts = match catch_up(&real.state, &real.world(), &view, Foreign::Book) {
                Ok(facts) => facts,
                Err(error) => return Some(error.to_string()),
            };
            if let Err(error) = real.state.apply_all(&facts, &mut Changes::default()) {
                return Some(error.to_string());
            }
            if imbalance(&real.state).is_some() {
                return Some("out of balance".to_owned());
            }
        }
    }
    // Everything ends, and is seen twice.
    for (trade, _) in &mut truth.trades {
        if !trade.settlement.is_final() {
            trade.settlement = Settlement::Confirmed;
        }
    }
    for _ in 0..2 {
        let view = look(&mut dice, &truth, &real, true, plant);
        let facts = match catch_up(&real.state, &real.world(), &view, Foreign::Book) {
            Ok(facts) => facts,
            Err(error) => return Some(error.to_string()),
        };
        if let Err(error) = real.state.apply_all(&facts, &mut Changes::default()) {
            return Some(error.to_string());
        }
    }
    if !real.held().pending.is_none() {
        return Some("something is pending though all is settled".to_owned());
    }
    wrong(&real, &truth).filter(|_| real.state.account.cash != Usd::ZERO)
}

#[test]
fn what_is_recorded_is_what_happened_in_a_thousand_histories() {
    let mut counts = Counts::default();
    for seed in 0..1_000 {
        if let Some(why) = history(seed, Plant::None, &mut counts) {
            panic!("seed {seed}: {why}");
        }
    }
    println!("R09 R10: 1000 histories, 0 differences: {counts:?}");
    assert!(counts.trades > 5_000 && counts.failed > 500 && counts.withheld > 3_000, "{counts:?}");
    assert!(counts.after_cancel > 100, "{counts:?}");
}

#[test]
fn a_planted_fault_is_caught() {
    for plant in [Plant::Lost, Plant::Forgotten, Plant::Ghost] {
        let mut counts = Counts::default();
        for seed in 0..200 {
            counts.caught += u32::from(history(seed, plant, &mut counts).is_some());
        }
        println!("{plant:?}: caught in {} of 200 histories", counts.caught);
        assert!(counts.caught > 60, "{plant:?}: {counts:?}");
    }
}
