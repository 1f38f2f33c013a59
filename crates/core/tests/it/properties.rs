//! What holds in every story: money and shares add up, nothing is used twice, and neither the order of
//! inputs nor repeating, rebuilding or renaming the outcomes changes anything.

use crate::given::{Desk, TradeWords, a_plan, a_trade, condition, shares, t, usd};
use crate::side_by_side::Pair;
use crate::story::{Chapter, Dice, Story, cases, seed, tell};
use betteroms_core::book::{Book, Level, Print};
use betteroms_core::event::{AccountId, Event, Fill};
use betteroms_core::market::{Market, Outcome, Resolution, Side};
use betteroms_core::money::{Fraction, Shares, Usd};
use betteroms_core::order::{Status, Want};
use betteroms_core::plan::{OutcomeRef, Plan};
use betteroms_core::state::{Changes, State};
use betteroms_core::time::Time;
use betteroms_core::world::MarketView;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Runs a property over many stories; a failure prints the story's seed and its number of passes.
fn in_every_story(property: impl Fn(&Story)) {
    let config = Config {
        cases: cases(256),
        rng_seed: seed(7),
        failure_persistence: None,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&(any::<u64>(), 2..=12_usize), |(number, passes)| {
        property(&tell(number, passes));
        Ok(())
    });
    if let Err(failed) = result {
        panic!("a story (seed, passes) that breaks the property: {failed}");
    }
}

/// How a story is shown to the core: as it is, or with its inputs in another order.
type Shown = fn(&mut Dice, &mut MarketView, &mut Vec<Plan>);

const AS_IT_IS: Shown = |_, _, _| {};

/// Buys some of both outcomes for real, so that the whole account comes from events.
fn opened(story: &Story) -> Desk {
    let mut desk = Desk::new();
    desk.model = story.model.clone();
    let mut market = story.market.clone();
    market.close = None;
    let side = |text: &str| crate::given::levels(text);
    let at = (t(-100), t(-100));
    let tick = story.market.tick;
    let (bids, asks) = (side("0.49x100000"), side("0.51x100000"));
    let book = Book::from_view(Outcome::First, at, bids, asks).unwrap();
    let plan = a_plan(
        "0-open",
        [a_trade().fak().at("0.55").usdc("200"), a_trade().fak().no().at("0.55").usdc("200")],
    );
    let view = MarketView { market, book: Some(book), prints: Vec::new() };
    desk.pass(t(-100), view, &[plan]);
    assert!(desk.held(Outcome::First) > shares("300"), "{tick}");
    desk
}

fn run_from(mut desk: Desk, story: &Story, shown: Shown) -> Desk {
    let mut dice = Dice::new(99);
    for (i, chapter) in story.chapters.iter().enumerate() {
        let mut view = view_of(&desk, story, chapter);
        let mut plans = plans_of(i, chapter);
        shown(&mut dice, &mut view, &mut plans);
        desk.pass(chapter.now, view, &plans);
    }
    desk
}

fn run(story: &Story, shown: Shown) -> Desk {
    run_from(opened(story), story, shown)
}

/// A plan a trade, so that the order of plan files can change.
fn plans_of(number: usize, chapter: &Chapter) -> Vec<Plan> {
    let one = |(i, trade): (usize, &TradeWords)| a_plan(&format!("p{number}-{i}"), [trade.clone()]);
    chapter.trades.iter().enumerate().map(one).collect()
}

fn view_of(desk: &Desk, story: &Story, chapter: &Chapter) -> MarketView {
    let memory = desk.state.paper.get(&condition());
    let cut = memory.and_then(|memory| memory.cut);
    let moved = memory.and_then(|memory| memory.observed_at);
    let wanted = |print: &&Print| {
        let is_new = cut.is_none_or(|cut| print.at > cut)
            || moved.is_none_or(|moved| print.received > moved);
        print.received <= chapter.now && (story.is_live || is_new)
    };
    MarketView {
        market: story.market.clone(),
        book: chapter.book.clone(),
        prints: story.prints.iter().filter(wanted).cloned().collect(),
    }
}

fn total(fills: &[Fill], of: impl Fn(&Fill) -> Usd) -> Usd {
    fills.iter().map(of).sum()
}

#[test]
fn cash_and_cost_are_conserved_and_no_order_gets_more_than_it_asked_for() {
    in_every_story(|story| {
        let desk = run(story, AS_IT_IS);
        let (fills, account) = (desk.fills(), &desk.state.account);
        let paid: Usd = desk.state.positions.values().map(|position| position.paid).sum();
        let earned = total(&fills, |fill| fill.cash) - total(&fills, |fill| fill.fee) + paid;
        assert_eq!(account.cash, account.funded + earned);
        let (mut booked, mut fewest, mut most) = (Usd::ZERO, Usd::ZERO, Usd::ZERO);
        for position in desk.state.positions.values() {
            booked += position.realised - position.cost - position.buy_fees;
            fewest += position.fewest.cash;
            most += position.most.cash;
            let of = |side| {
                let is_ours = |f: &&Fill| f.outcome == position.outcome && f.side == side;
                fills.iter().filter(is_ours).map(|fill| fill.shares).sum::<Shares>()
            };
            let net = of(Side::Buy) - of(Side::Sell);
            let left = if position.payout.is_some() { Shares::ZERO } else { net };
            assert_eq!(position.shares, left);
            assert!(net >= Shares::ZERO, "sold what was never held");
        }
        assert_eq!(booked, earned, "realised less cost and fees held is all that cash did");
        assert_eq!((account.fewest_cash, account.most_cash), (fewest, most));
        assert!(desk.state.free_cash() >= Usd::ZERO);
        for order in desk.state.orders.values() {
            let of_order = |fill: &&Fill| fill.order == order.id;
            let mine: Vec<Fill> = fills.iter().filter(of_order).cloned().collect();
            let filled: Shares = mine.iter().map(|fill| fill.shares).sum();
            assert_eq!(order.tracks.expected.filled, filled);
            assert_eq!(order.tracks.expected.cash, total(&mine, |fill| fill.cash));
            let Some(placing) = &order.placing else {
                assert!(mine.is_empty());
                continue;
            };
            let tracks = [order.tracks.expected, order.tracks.fewest, order.tracks.most];
            for track in tracks {
                match placing.want {
                    Want::Shares(wanted) => assert!(track.filled <= wanted),
                    Want::Cash(cash) => assert!(track.cash + cash >= Usd::ZERO),
                }
            }
            let is_full = order.remaining() == Shares::ZERO || order.trade.size_is_cash();
            assert!(order.status != Status::Filled || is_full);
            assert!(order.status != Status::Open || order.remaining() > Shares::ZERO);
            for fill in &mine {
                let within = match fill.side {
                    Side::Buy => fill.price <= order.trade.price,
                    Side::Sell => fill.price >= order.trade.price,
                };
                assert!(within, "beyond the limit: {fill:?}");
                let due = placing.due;
                assert!(due.is_none_or(|due| fill.at <= due), "after due: {fill:?}");
            }
        }
    });
}

trait IsCash {
    fn size_is_cash(&self) -> bool;
}

impl IsCash for betteroms_core::plan::Trade {
    fn size_is_cash(&self) -> bool {
        matches!(self.size, betteroms_core::plan::Size::Usdc(_))
            && self.side == Side::Buy
            && self.time_in_force.is_some_and(betteroms_core::plan::TimeInForce::is_immediate)
    }
}

#[test]
fn no_displayed_share_and_no_print_is_used_twice() {
    in_every_story(|story| {
        let mut desk = opened(story);
        let whole = story.model.liquidity_fraction;
        for (i, chapter) in story.chapters.iter().enumerate() {
            let view = view_of(&desk, story, chapter);
            let cut = desk.state.paper.get(&condition()).and_then(|memory| memory.cut);
            desk.pass(chapter.now, view, &plans_of(i, chapter));
            let memory = &desk.state.paper[&condition()];
            let book = chapter.book.as_ref().filter(|book| memory.cut == Some(book.at()));
            let Some(book) = book.filter(|_| memory.cut > cut) else { continue };
            for taken in &memory.taken {
                let displayed = book.displayed(taken.side, taken.price);
                if displayed > Shares::ZERO {
                    let most = displayed.fraction_floor_lot(whole);
                    assert!(taken.used.expected <= most && taken.used.most <= most, "{taken:?}");
                    let fewest = displayed.fraction_floor_lot(whole.half());
                    assert!(taken.used.fewest <= fewest, "{taken:?}");
                }
            }
        }
        let mut pair = Pair::new(&story.market, &story.model, story.prints.clone());
        for (i, chapter) in story.chapters.iter().enumerate() {
            pair.pass(i, chapter);
        }
        for (size, used) in &pair.venue.print_use {
            assert!(used <= size, "{used} of a print of {size}");
        }
    });
}

/// Several passes on one unchanged display: all that orders take of a level, over all of them, is at
/// most what the level shows.
#[test]
fn many_orders_on_an_unchanged_book_never_take_more_than_it_shows() {
    let mut dice = Dice::new(5);
    for _ in 0..cases(64) {
        let mut desk = Desk::new().holding(Outcome::First, "1000");
        desk.model.liquidity_fraction =
            dice.pick(&[Fraction::ONE, Fraction::ONE.half(), Fraction::ONE.half().half()]);
        let shown = "0.50x33.33 0.51x20.01 0.52x7";
        for pass in 0..6_i32 {
            let trades: Vec<TradeWords> = (0..dice.between(1, 4))
                .map(|_| {
                    let words = a_trade().at(dice.pick(&["0.50", "0.51", "0.52"]));
                    let words = words.shares(&dice.between(5, 20).to_string());
                    if dice.chance(40) { words.usdc("7").fak() } else { words }
                })
                .collect();
            let at = t(i64::from(pass));
            let book = crate::given::book(at, "0.30x5", shown);
            let view = crate::given::a_view(Some(book));
            desk.pass(at, view, &[a_plan(&format!("p{pass}"), trades)]);
        }
        let bought = desk.held(Outcome::First) - shares("1000");
        let usable = crate::given::levels(shown)
            .iter()
            .map(|level| level.size.fraction_floor_lot(desk.model.liquidity_fraction))
            .sum();
        assert!(bought <= usable, "{bought} of {usable}");
        assert!(bought > Shares::ZERO);
    }
}

#[test]
fn shuffled_prints_levels_and_plan_files_change_nothing() {
    let shuffled: Shown = |dice, view, plans| {
        dice.shuffle(&mut view.prints);
        dice.shuffle(plans);
        if let Some(book) = &view.book {
            let mut bids = book.resting(Side::Buy).to_vec();
            let mut asks = book.resting(Side::Sell).to_vec();
            dice.shuffle(&mut bids);
            dice.shuffle(&mut asks);
            let times = (book.at(), book.received());
            view.book = Book::from_view(Outcome::First, times, bids, asks).ok();
        }
    };
    in_every_story(|story| {
        let (plain, other) = (run(story, AS_IT_IS), run(story, shuffled));
        assert_eq!(plain.state.orders, other.state.orders);
        assert_eq!(plain.state.positions, other.state.positions);
        assert_eq!(plain.state.paper, other.state.paper);
        assert_eq!(plain.state.account, other.state.account);
        assert_eq!(plain.fills(), other.fills());
    });
}

#[test]
fn repeating_a_pass_changes_nothing_but_the_count_of_passes() {
    in_every_story(|story| {
        let mut desk = opened(story);
        for (i, chapter) in story.chapters.iter().enumerate() {
            let view = view_of(&desk, story, chapter);
            desk.pass(chapter.now, view, &plans_of(i, chapter));
            let once = desk.clone();
            let view = view_of(&desk, story, chapter);
            desk.pass(chapter.now, view, &plans_of(i, chapter));
            assert_eq!(desk.fills(), once.fills());
            // A self-cross among one pass's orders may leave nothing behind; all else stands still.
            assert_eq!(desk.state.orders, once.state.orders);
            assert_eq!(desk.state.positions, once.state.positions);
            assert_eq!(desk.state.paper, once.state.paper);
            assert_eq!(desk.state.account.cash, once.state.account.cash);
        }
    });
}

#[test]
fn rebuilding_from_the_journal_gives_the_same_picture() {
    in_every_story(|story| {
        let desk = run(story, AS_IT_IS);
        let mut rebuilt = State::new(AccountId::new("paper"));
        rebuilt.apply_all(&desk.journal, &mut Changes::default()).unwrap();
        assert_eq!(rebuilt, desk.state);
        // Through text and back, as the store keeps it, one event after another.
        let mut reread = State::new(AccountId::new("paper"));
        for event in &desk.journal {
            let text = serde_json::to_string(event).unwrap();
            let event: Event = serde_json::from_str(&text).unwrap();
            reread.apply(&event, &mut Changes::default()).unwrap();
        }
        assert_eq!(reread, desk.state);
    });
}

#[test]
fn the_two_token_views_of_one_market_agree() {
    in_every_story(|story| {
        let plain = run(story, AS_IT_IS);
        // The same evidence told in the other token's terms.
        let retold: Shown = |_, view, _| {
            for print in &mut view.prints {
                *print = in_other_token(print);
            }
            view.book = view.book.as_ref().map(in_other_view);
        };
        let other = run(story, retold);
        assert_eq!(plain.fills(), other.fills());
        assert_eq!(plain.state.orders, other.state.orders);
        assert_eq!(plain.state.positions, other.state.positions);
    });
}

/// The market whose YES is this one's NO: the same money on every order, outcome by outcome.
#[test]
fn a_market_seen_from_its_other_outcome_fills_the_same() {
    in_every_story(|story| {
        let (plain, mirrored) = (Pair::run(story), Pair::run(&from_the_other_side(story)));
        let told = |fill: &Fill| {
            (fill.order.clone(), fill.price, fill.shares, fill.cash, fill.fee, fill.at)
        };
        let sorted = |pair: &Pair| {
            let mut fills: Vec<_> = pair.desk.fills().iter().map(told).collect();
            fills.sort();
            fills
        };
        assert_eq!(sorted(&plain), sorted(&mirrored));
        assert_eq!(plain.desk.state.account.cash, mirrored.desk.state.account.cash);
        assert_eq!(plain.desk.state.account.most_cash, mirrored.desk.state.account.most_cash);
        for (id, order) in &plain.desk.state.orders {
            let other = &mirrored.desk.state.orders[id];
            assert_eq!((order.tracks, order.status), (other.tracks, other.status), "{id}");
        }
    });
}

fn in_other_token(print: &Print) -> Print {
    Print {
        outcome: print.outcome.other(),
        taker: print.taker.opposite(),
        price: print.price.complement(),
        ..print.clone()
    }
}

fn flipped(levels: &[Level]) -> Vec<Level> {
    levels.iter().map(|l| Level { price: l.price.complement(), size: l.size }).collect()
}

fn in_other_view(book: &Book) -> Book {
    let (bids, asks) = (book.resting(Side::Buy), book.resting(Side::Sell));
    let times: (Time, Time) = (book.at(), book.received());
    Book::from_view(Outcome::Second, times, flipped(asks), flipped(bids)).unwrap()
}

fn from_the_other_side(story: &Story) -> Story {
    let mut other = story.clone();
    other.prints = story
        .prints
        .iter()
        .map(|print| Print { outcome: print.outcome.other(), ..print.clone() })
        .collect();
    for chapter in &mut other.chapters {
        chapter.book = chapter.book.as_ref().map(|book| {
            let (bids, asks) = (book.resting(Side::Buy), book.resting(Side::Sell));
            let times = (book.at(), book.received());
            Book::from_view(Outcome::Second, times, bids.to_vec(), asks.to_vec()).unwrap()
        });
        for TradeWords(trade) in &mut chapter.trades {
            let is_yes = trade.outcome == OutcomeRef::Yes;
            trade.outcome = if is_yes { OutcomeRef::No } else { OutcomeRef::Yes };
        }
    }
    let result = |r: Resolution| Resolution {
        payout_first: r.payout(Outcome::Second).expect("stories pay 0, 0.5 or 1"),
        ..r
    };
    let resolution = story.market.resolution.map(result);
    other.market = Market { resolution, ..story.market.clone() };
    assert_eq!(usd("1"), Usd::from_units(1));
    other
}
