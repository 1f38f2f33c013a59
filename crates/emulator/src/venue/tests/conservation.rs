//! Nothing is made, lost, forgotten or changed afterwards, whatever comes: streams of every command, each
//! looked at by [`super::invariants::Watch`]. The same streams tell that equal seeds tell equal stories.

use super::super::order::OrderIx;
use super::super::trade::{TradeIx, TradeStatus};
use super::stream::{COMMANDS, KINDS, Play, Seen, stream};
use crate::ledger::Asset;
use crate::resting::tests::dice::cases;
use betteroms_core::money::Shares;

const SHORT: u64 = 50_400;

#[test]
fn after_every_command_everything_adds_up() {
    let streams = cases(SHORT).div_ceil(COMMANDS);
    let mut all = Seen::default();
    for seed in 0..streams {
        let seen = stream(seed, |_| false).unwrap_or_else(|(what, _)| panic!("{what}"));
        for kind in 0..KINDS.len() {
            all.applied[kind] += seen.applied[kind];
            all.refused[kind] += seen.refused[kind];
        }
        all.orders += seen.orders;
        all.trades += seen.trades;
        all.failed += seen.failed;
        all.looked += seen.looked;
    }
    let commands: u64 = all.applied.iter().chain(&all.refused).sum();
    println!("{commands} commands, {all:?}");
    assert_eq!(commands, streams * COMMANDS);
    for (kind, (name, can_be_refused)) in KINDS.iter().enumerate() {
        assert!(all.applied[kind] > 0, "no {name} was taken");
        assert_eq!(all.refused[kind] > 0, *can_be_refused, "{name}: refused as never said");
    }
    assert!(all.trades > 1_000 && all.failed > 100, "{all:?}");
}

/// Something done to the venue behind its back, once it can be done.
type Tamper = fn(&mut Play) -> bool;

fn any_open(play: &Play) -> Option<OrderIx> {
    let orders = play.stage.venue.orders.iter();
    let found = (0..).map(OrderIx).zip(orders).find(|(_, order)| order.slot.is_some());
    found.map(|(ix, _)| ix)
}

fn any_trade(play: &Play, status: TradeStatus) -> Option<TradeIx> {
    let trades = play.stage.venue.trades.iter();
    let found = (0..).map(TradeIx).zip(trades).find(|(_, trade)| trade.status == status);
    found.map(|(ix, _)| ix)
}

fn promise_for_nothing(play: &mut Play) -> bool {
    let wallet = play.stage.users[0].wallet;
    play.stage.venue.funds.promise(wallet, Asset::Cash, 1);
    true
}

fn commit_for_nothing(play: &mut Play) -> bool {
    let wallet = play.stage.users[1].wallet;
    play.stage.venue.funds.commit(wallet, Asset::Cash, 1);
    true
}

fn fill_without_a_trade(play: &mut Play) -> bool {
    let Some(order) = any_open(play) else { return false };
    play.stage.venue.orders.get_mut(order).matched += Shares::from_micros(10);
    true
}

fn leave_the_book_unseen(play: &mut Play) -> bool {
    let Some(order) = any_open(play) else { return false };
    let (slot, market) = {
        let order = play.stage.venue.orders.get(order);
        (order.slot.unwrap(), order.market)
    };
    play.stage.venue.floors.get_mut(market).book.remove(slot).is_positive()
}

fn forget_an_open_order(play: &mut Play) -> bool {
    let Some(order) = any_open(play) else { return false };
    let key = play.stage.venue.orders.get(order).key;
    play.stage.venue.people.key_mut(key).open.remove(&order)
}

fn raise_the_dead(play: &mut Play) -> bool {
    let Some(trade) = any_trade(play, TradeStatus::Confirmed) else { return false };
    play.stage.venue.trades.get_mut(trade).status = TradeStatus::Mined;
    true
}

fn pay_a_maker_too_much(play: &mut Play) -> bool {
    let Some(trade) = any_trade(play, TradeStatus::Mined) else { return false };
    let leg = play.stage.venue.trades.get_mut(trade).legs.first_mut();
    leg.is_some_and(|leg| {
        leg.maker_cash += betteroms_core::money::Usd::from_micros(1);
        true
    })
}

#[test]
fn what_is_done_behind_the_venues_back_is_noticed() {
    let tampers: [(&str, Tamper); 7] = [
        ("promise", promise_for_nothing),
        ("commit", commit_for_nothing),
        ("fill", fill_without_a_trade),
        ("book", leave_the_book_unseen),
        ("open", forget_an_open_order),
        ("final", raise_the_dead),
        ("leg", pay_a_maker_too_much),
    ];
    for (name, tamper) in tampers {
        let mut caught = 0;
        for seed in 0..12 {
            match stream(seed, tamper) {
                Ok(_) => {}
                Err((_, struck)) => {
                    assert!(struck, "{name}: noticed before it was done");
                    caught += 1;
                }
            }
        }
        assert!(caught > 0, "{name} went unnoticed");
    }
}

/// Everything a stream gave out, as text.
fn told(seed: u64, names: u64) -> String {
    let mut play = Play::new(seed);
    play.stage.venue.settings.seed = names;
    play.stage.venue.names = crate::names::Names::new(names);
    let mut told = String::new();
    for _ in 0..COMMANDS {
        play.step().unwrap();
        told.push_str(&format!("{:?}\n", play.stage.venue.drain()));
    }
    for trade in play.stage.venue.trades.iter() {
        told.push_str(&format!("{trade:?}\n"));
    }
    told.push_str(&format!("{:?}", play.stage.venue.names()));
    told
}

#[test]
fn equal_seeds_tell_equal_stories_and_others_other_names() {
    let mut differ = 0;
    for seed in 0..20 {
        let (one, two, other) = (told(seed, 1), told(seed, 1), told(seed, 2));
        assert_eq!(one, two, "seed {seed}");
        differ += u32::from(one != other && one.contains("Print"));
    }
    assert!(differ > 10, "{differ}");
}
