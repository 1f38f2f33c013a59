//! The channels against a slow, obvious listener: whoever applies every frame from the first book on has
//! the venue's book after every command, and whoever keeps the last word on every order and trade has the
//! venue's own.

mod links;

use crate::ledger::MarketIx;
use crate::resting::tests::dice::{Dice, cases};
use crate::serve::call::Call;
use crate::serve::clob::book_view;
use crate::serve::desk::Desk;
use crate::serve::fixture::{self, Trader, Wish};
use crate::serve::sockets::market_frames::OUTCOMES;
use crate::venue::order::{Kind, Status, Why};
use crate::venue::trade::Fate;
use betteroms_core::book::Level;
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::{Fraction, Price, Shares, Tick};
use betteroms_polymarket::wire::book::LevelAnswer;
use betteroms_polymarket::wire::frames::{Event, Frame};
use betteroms_polymarket::wire::order::OrderStatus;
use betteroms_polymarket::wire::trade::TradeStatus;
use betteroms_polymarket::wire::user_events::OrderEventKind;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc::Receiver;

/// What was seen, to know that nothing was tested only in name.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    books: u32,
    changes: u32,
    prints: u32,
    ticks: u32,
    bests: u32,
    resolved: u32,
    hashes: u32,
    placements: u32,
    updates: u32,
    cancellations: u32,
    killed: u32,
    trades: u32,
    failed: u32,
    crossed_tokens: u32,
}

/// One token's book as a listener has it: sizes by price, bids and asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kept {
    sides: [BTreeMap<Price, Shares>; 2],
    hash: String,
}

fn place(side: Side) -> usize {
    usize::from(side == Side::Sell)
}

#[derive(Debug, Default)]
struct Listener {
    books: BTreeMap<String, Kept>,
    orders: BTreeMap<String, (OrderStatus, String)>,
    trades: BTreeMap<String, (TradeStatus, usize)>,
    seen: Seen,
}

impl Listener {
    fn hear(&mut self, frames: &mut Receiver<Arc<str>>) {
        while let Ok(text) = frames.try_recv() {
            let Ok(Frame::Events(events)) = Frame::read(&text) else { panic!("{text}") };
            assert!(text.starts_with('[') && events.len() == 1, "{text}");
            for event in events {
                self.apply(event, &text);
            }
        }
    }

    fn apply(&mut self, event: Event, text: &str) {
        match event {
            Event::Book(book) => {
                assert_eq!(book.hash_agrees(), Some(true), "{text}");
                let side = |levels: &[LevelAnswer]| {
                    let told =
                        |l: &LevelAnswer| (l.price.price().unwrap(), l.size.shares().unwrap());
                    levels.iter().map(told).collect()
                };
                let sides = [side(&book.bids), side(&book.asks)];
                let hash = book.hash.clone().unwrap();
                self.books.insert(book.asset_id, Kept { sides, hash });
                self.seen.books += 1;
            }
            Event::PriceChange(change) => {
                assert_eq!(change.price_changes.len() % 2, 0, "each level has its mirror");
                for level in &change.price_changes {
                    // A level of the token that nobody asked for.
                    let Some(book) = self.books.get_mut(&level.asset_id) else { continue };
                    let (price, size) =
                        (level.price.price().unwrap(), level.size.as_ref().unwrap());
                    let size = size.shares().unwrap();
                    if size.is_zero() {
                        book.sides[place(level.side)].remove(&price);
                    } else {
                        book.sides[place(level.side)].insert(price, size);
                    }
                    book.hash = level.hash.clone().unwrap();
                }
                for level in &change.price_changes {
                    let Some(book) = self.books.get(&level.asset_id) else { continue };
                    let [bids, asks] = &book.sides;
                    let bid = bids.last_key_value().map_or("0".to_owned(), |(p, _)| p.to_string());
                    let ask = asks.first_key_value().map_or("1".to_owned(), |(p, _)| p.to_string());
                    assert_eq!(level.best_bid.as_ref().unwrap().as_str(), bid, "{text}");
                    assert_eq!(level.best_ask.as_ref().unwrap().as_str(), ask, "{text}");
                }
                self.seen.changes += 1;
            }
            Event::LastTradePrice(_) => self.seen.prints += 1,
            Event::TickSizeChange(_) => self.seen.ticks += 1,
            Event::BestBidAsk(_) => self.seen.bests += 1,
            Event::MarketResolved(_) => self.seen.resolved += 1,
            Event::NewMarket(market) => panic!("nothing is listed here: {market:?}"),
            Event::Order(order) => {
                match order.kind {
                    OrderEventKind::Placement => self.seen.placements += 1,
                    OrderEventKind::Update => self.seen.updates += 1,
                    OrderEventKind::Cancellation => self.seen.cancellations += 1,
                    OrderEventKind::Other(word) => panic!("{word}"),
                }
                let matched = order.size_matched.map_or(String::new(), |m| m.to_string());
                self.seen.killed += u32::from(matched.is_empty());
                assert_eq!(matched.is_empty(), order.created_at.is_none(), "{text}");
                self.orders.insert(order.id, (order.status.unwrap(), matched));
            }
            Event::Trade(trade) => {
                self.seen.trades += 1;
                self.seen.failed += u32::from(trade.status == TradeStatus::Failed);
                let crossed = trade.maker_orders.iter().any(|leg| leg.asset_id != trade.asset_id);
                self.seen.crossed_tokens += u32::from(crossed);
                let is_mined = matches!(trade.status, TradeStatus::Mined | TradeStatus::Confirmed);
                assert_eq!(trade.transaction_hash.is_some(), is_mined, "{text}");
                self.trades.insert(trade.id, (trade.status, trade.maker_orders.len()));
            }
            Event::Unknown(kind) => panic!("{kind}"),
        }
    }
}

/// One random venue with one market socket for both tokens of the first market and the second token of the
/// second, and a user socket for each trader.
struct Story {
    desk: Desk,
    markets: Vec<MarketIx>,
    traders: Vec<Trader>,
    market: (Listener, Receiver<Arc<str>>),
    users: Vec<(Listener, Receiver<Arc<str>>)>,
    salt: u64,
}

fn call() -> Call {
    Call::of("GET", "/x", &[])
}

impl Story {
    fn new() -> Self {
        let (venue, markets, traders) = fixture::venue(3);
        let desk = fixture::desk(venue);
        let (seat, frames) = desk.publisher.join_market();
        let tokens: Vec<String> = desk.for_socket(|venue| {
            let token = |at: usize, outcome| {
                venue.floors().get(markets[at]).listing.market.token(outcome).to_owned()
            };
            vec![token(0, Outcome::First), token(0, Outcome::Second), token(1, Outcome::Second)]
        });
        desk.for_socket(|venue| {
            desk.publisher.listen(venue, seat, &tokens, (true, Some(true)));
        });
        let users = traders
            .iter()
            .map(|who| {
                let joined = desk.for_socket(|v| desk.publisher.join_user(v, who.key, &[]));
                (Listener::default(), joined.1)
            })
            .collect();
        Self { desk, markets, traders, market: (Listener::default(), frames), users, salt: 0 }
    }

    fn step(&mut self, dice: &mut Dice) {
        let who = dice.pick(&self.traders);
        let market = dice.pick(&self.markets);
        self.salt += 1;
        let price = u32::try_from(dice.between(40, 60)).unwrap();
        let kind = dice.pick(&[Kind::Gtc, Kind::Gtc, Kind::Gtc, Kind::Fak, Kind::Fok]);
        let wish = Wish {
            market,
            outcome: dice.pick(&OUTCOMES),
            side: dice.pick(&[Side::Buy, Side::Sell]),
            kind,
            cents: price,
            // Whole lots of five shares keep a market order's cash at two decimals.
            lots: dice.between(1, 40) * 500,
            salt: self.salt,
        };
        let price = Price::from_micros(price * 10_000).unwrap();
        let size = Shares::from_units(i32::try_from(dice.between(0, 50)).unwrap());
        match dice.between(0, 99) {
            0..=54 => {
                // A refusal changes nothing, or tells of a killed order.
                let _answer = self.desk.with(&call(), |venue| fixture::post(venue, who, wish));
            }
            55..=69 => self.desk.with(&call(), |venue| {
                let open = venue.open_orders(who.key, None, None);
                if let Some(at) = dice.place(open.len()) {
                    let id = venue.orders().get(open[at]).id;
                    venue.cancel(who.key, &id).expect("it is open");
                }
            }),
            70..=79 => self.desk.with(&call(), |venue| {
                venue.crowd_level(market, wish.side, Level { price, size });
            }),
            80..=84 => self.desk.with(&call(), |venue| {
                let _trades = venue.crowd_takes(market, (wish.outcome, wish.side), price, size);
            }),
            85..=88 => self.desk.with(&call(), |venue| {
                venue.foretell([dice.pick(&[Fate::Fail, Fate::Retry(1), Fate::Settle])]);
            }),
            89..=97 => {
                let now = self.desk.clock.now();
                self.desk.clock.set(now.plus_secs(dice.between(0, 3))).unwrap();
                let _next = self.desk.tick();
            }
            98 => self.desk.with(&call(), |venue| {
                let fine = Tick::from_micros(dice.pick(&[1_000, 10_000])).unwrap();
                venue.set_tick(market, fine);
            }),
            _ => self.desk.with(&call(), |venue| {
                let payout = Fraction::from_micros(dice.pick(&[0, 500_000])).unwrap();
                let _settled = venue.resolve(market, payout);
            }),
        }
    }

    fn check(&mut self) {
        self.market.0.hear(&mut self.market.1);
        for (listener, frames) in &mut self.users {
            listener.hear(frames);
        }
        let listener = &mut self.market.0;
        let (markets, users) = (&self.markets, &self.users);
        self.desk.for_socket(|venue| {
            for (at, outcome) in [(0, OUTCOMES[0]), (0, OUTCOMES[1]), (1, OUTCOMES[1])] {
                let floor = venue.floors().get(markets[at]);
                let view = book_view::of(floor, outcome);
                let kept = &listener.books[floor.listing.market.token(outcome)];
                let side = |levels: &[book_view::LevelView]| {
                    levels.iter().map(|level| (level.price, level.size)).collect()
                };
                let sides: [BTreeMap<Price, Shares>; 2] = [side(&view.bids), side(&view.asks)];
                assert_eq!(kept.sides, sides);
                assert_eq!(kept.hash, view.hash, "the book served has the last hash told");
                listener.seen.hashes += 1;
            }
            for order in venue.orders().iter() {
                let at = self.traders.iter().position(|who| who.key == order.key).unwrap();
                let (status, matched) = &users[at].0.orders[&order.id.to_string()];
                let expected = match order.status {
                    Status::Delayed => OrderStatus::Delayed,
                    Status::Live => OrderStatus::Live,
                    Status::Matched => OrderStatus::Matched,
                    Status::Ended(why) => OrderStatus::parse(why.status()),
                };
                assert_eq!(*status, expected);
                if order.status != Status::Ended(Why::Killed) {
                    assert_eq!(*matched, order.matched.to_string());
                }
            }
            for trade in venue.trades().iter() {
                for (who, (listener, _)) in self.traders.iter().zip(users) {
                    let told = listener.trades.get(&trade.id.to_string());
                    let word = told.map(|(status, _)| format!("{status:?}").to_uppercase());
                    let expected = trade.role_of(who.key).map(|_| trade.status.word().to_owned());
                    assert_eq!(word, expected);
                    assert!(told.is_none_or(|(_, legs)| *legs == trade.legs.len()));
                }
            }
        });
    }
}

#[test]
fn whoever_applies_every_frame_has_the_venues_books_orders_and_trades() {
    let mut seen = Seen::default();
    for seed in 0..cases(250) {
        let mut dice = Dice::new(seed);
        let mut story = Story::new();
        story.check();
        for _ in 0..40 {
            story.step(&mut dice);
            story.check();
        }
        for (listener, _) in std::iter::once(&story.market).chain(&story.users) {
            let of = listener.seen;
            seen.books += of.books;
            seen.changes += of.changes;
            seen.prints += of.prints;
            seen.ticks += of.ticks;
            seen.bests += of.bests;
            seen.resolved += of.resolved;
            seen.hashes += of.hashes;
            seen.placements += of.placements;
            seen.updates += of.updates;
            seen.cancellations += of.cancellations;
            seen.killed += of.killed;
            seen.trades += of.trades;
            seen.failed += of.failed;
            seen.crossed_tokens += of.crossed_tokens;
        }
    }
    let counts = [
        ("books", seen.books, 2_000),
        ("changes", seen.changes, 2_000),
        ("prints", seen.prints, 500),
        ("ticks", seen.ticks, 20),
        ("bests", seen.bests, 500),
        ("resolved", seen.resolved, 10),
        ("hashes", seen.hashes, 20_000),
        ("placements", seen.placements, 2_000),
        ("updates", seen.updates, 500),
        ("cancellations", seen.cancellations, 500),
        ("killed", seen.killed, 50),
        ("trades", seen.trades, 2_000),
        ("failed", seen.failed, 20),
        ("crossed tokens", seen.crossed_tokens, 100),
    ];
    for (what, count, least) in counts {
        assert!(count >= least, "only {count} {what}: {seen:?}");
    }
}
