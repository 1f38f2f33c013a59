//! Gamma's answers read with the adapter's own shapes, and by its own reads over open doors.

use crate::serve::call::{Call, Service};
use crate::serve::desk::Desk;
use crate::serve::fixture;
use crate::serve::routes::{Found, find};
use crate::venue::market::Listing;
use betteroms_core::book::Level;
use betteroms_core::market::{Gate, Outcome, Side};
use betteroms_core::money::{Fraction, Price, Shares};
use betteroms_core::plan::MarketRef;
use betteroms_core::world::{MarketProblem, Watch};
use betteroms_polymarket::wire::gamma::{GammaEvent, GammaMarket, GammaTag, SearchAnswer};
use betteroms_polymarket::wire::{Object, Wire, decode};
use betteroms_polymarket::{Client, Hosts, LiveBooks, Options};
use std::sync::Arc;

fn read(desk: &Desk, service: Service, path: &str, query: &[(&str, &str)]) -> (u16, Vec<u8>) {
    let Found::Route(route, captured) = find(service, "GET", path) else { panic!("{path}") };
    let call = Call { captured, service, ..Call::of("GET", path, query) };
    let reply = (route.handler)(desk, &call).expect("reads are not refused");
    (reply.status, reply.body.to_vec())
}

fn get<T: Wire>(desk: &Desk, path: &str, query: &[(&str, &str)]) -> T {
    let (status, body) = read(desk, Service::Gamma, path, query);
    assert_eq!(status, 200, "{path}");
    decode(&body).unwrap_or_else(|why| panic!("{path}: {why:?} {}", String::from_utf8_lossy(&body)))
}

/// A page by cursor, with markets or events.
struct Page<T>(Vec<T>, Option<String>);

impl<T: Wire> Wire for Page<T> {
    fn read(
        raw: &serde_json::value::RawValue,
    ) -> Result<Self, betteroms_polymarket::wire::Malformed> {
        let mut object = Object::open("page", raw)?;
        let rows: Option<Vec<T>> = object.want("markets")?;
        let rows = match rows {
            Some(rows) => rows,
            None => object.need("events")?,
        };
        let cursor = object.want("next_cursor")?;
        object.close(&[]);
        Ok(Self(rows, cursor))
    }
}

fn desk(more: u64) -> Desk {
    let (mut venue, markets, _) = fixture::venue(0);
    for nth in 10..10 + more {
        venue.list(Listing::plain(fixture::market(nth, false))).expect("new");
    }
    for (side, cents) in [(Side::Buy, 43), (Side::Sell, 46)] {
        let (price, size) = (Price::from_micros(cents * 10_000).unwrap(), Shares::from_units(50));
        venue.crowd_level(markets[1], side, Level { price, size });
    }
    venue.resolve(markets[2], Fraction::from_micros(0).unwrap()).expect("a result");
    fixture::desk(venue)
}

#[test]
fn markets_are_found_by_every_name() {
    let desk = desk(2);
    let condition =
        fixture::market(1, true).condition.to_string().to_uppercase().replace("0X", "0x");
    for (name, value) in [
        ("slug", "will-it-rain-1"),
        ("condition_ids", &condition),
        ("clob_token_ids", "1000003"),
        ("id", "1000002"),
    ] {
        let found: Vec<GammaMarket> = get(&desk, "/markets", &[(name, value)]);
        assert_eq!(found.len(), 1, "{name}");
        let market = &found[0];
        assert_eq!(market.slug.as_deref(), Some("will-it-rain-1"));
        assert_eq!(market.question.as_deref(), Some("Will it \"rain\" on day 1?"));
        assert_eq!(market.clob_token_ids, ["1000002", "1000003"]);
        assert_eq!(market.outcomes, ["Yes", "No"]);
        assert_eq!(market.events[0].slug.as_deref(), Some("rain-week"));
        let prices: Vec<&str> = market.outcome_prices.iter().map(|price| price.as_str()).collect();
        assert_eq!(prices, ["0.445", "0.555"]);
        assert_eq!(market.fee_schedule.as_ref().unwrap().rate.as_str(), "0.05");
        assert_eq!(market.fee_type.as_deref(), Some("weather_fees_v2"));
    }
    let (two, none) = ([("slug", "will-it-rain-0"), ("slug", "will-it-rain-1")], [("slug", "x")]);
    assert_eq!(get::<Vec<GammaMarket>>(&desk, "/markets", &two).len(), 2);
    assert_eq!(get::<Vec<GammaMarket>>(&desk, "/markets", &none).len(), 0);
    assert_eq!(get::<GammaMarket>(&desk, "/markets/1000002", &[]).id, "1000002");
    assert_eq!(get::<GammaMarket>(&desk, "/markets/slug/will-it-rain-1", &[]).id, "1000002");
    assert_eq!(read(&desk, Service::Gamma, "/markets/77", &[]).0, 404);
    assert_eq!(get::<Vec<GammaTag>>(&desk, "/tags", &[]).len(), 1);
    assert_eq!(get::<Vec<GammaTag>>(&desk, "/series", &[]).len(), 0);
}

#[test]
fn closed_markets_are_told_where_they_are_asked_for() {
    let desk = desk(2);
    assert_eq!(get::<Vec<GammaMarket>>(&desk, "/markets", &[]).len(), 4);
    let closed: Vec<GammaMarket> = get(&desk, "/markets", &[("closed", "true")]);
    let [market] = closed.as_slice() else { panic!("{closed:?}") };
    assert!(market.closed && market.accepting_orders == Some(false));
    let prices: Vec<&str> = market.outcome_prices.iter().map(|price| price.as_str()).collect();
    assert_eq!(prices, ["0", "1"]);
    assert_eq!(market.closed_time.as_deref(), Some("2026-09-21 14:13:20+00"));
    assert_eq!(market.uma_resolution_status.as_deref(), Some("resolved"));
    // One of two markets is open: so is the event.
    let events: Vec<GammaEvent> = get(&desk, "/events", &[("slug", "rain-week")]);
    assert_eq!((events.len(), events[0].markets.len(), events[0].closed), (1, 2, false));
    assert_eq!(get::<Vec<GammaEvent>>(&desk, "/events", &[("closed", "true")]).len(), 0);
    assert_eq!(get::<GammaEvent>(&desk, "/events/2000002", &[]).slug.as_deref(), Some("rain-week"));
    assert_eq!(get::<GammaEvent>(&desk, "/events/slug/rain-week", &[]).id, "2000002");
}

#[test]
fn pages_hold_a_hundred_and_cursors_walk_all_of_them() {
    let desk = desk(230);
    for (limit, rows) in [("1000", 100), ("7", 7), ("x", 20)] {
        assert_eq!(get::<Vec<GammaMarket>>(&desk, "/markets", &[("limit", limit)]).len(), rows);
    }
    let last: Vec<GammaMarket> = get(&desk, "/markets", &[("limit", "100"), ("offset", "200")]);
    assert_eq!(last.len(), 32);
    for (path, all) in [("/markets/keyset", 232), ("/events/keyset", 232)] {
        let (mut seen, mut cursor) = (std::collections::BTreeSet::new(), None);
        loop {
            let mut query = vec![("limit", "1000")];
            query.extend(cursor.as_deref().map(|cursor: &str| ("after_cursor", cursor)));
            let ids: Vec<String> = if path.starts_with("/markets") {
                let Page(rows, next) = get::<Page<GammaMarket>>(&desk, path, &query);
                cursor = next;
                rows.into_iter().map(|row| row.id).collect()
            } else {
                let Page(rows, next) = get::<Page<GammaEvent>>(&desk, path, &query);
                cursor = next;
                rows.into_iter().map(|row| row.id).collect()
            };
            assert!(ids.len() <= 100);
            for id in ids {
                assert!(seen.insert(id), "told twice");
            }
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), all, "{path}");
    }
}

#[test]
fn a_search_wants_all_words() {
    let desk = desk(2);
    let found = |q| get::<SearchAnswer>(&desk, "/public-search", &[("q", q)]).events.len();
    assert_eq!((found("RAIN day 1?"), found("rain-week"), found("snow"), found("")), (2, 1, 0, 0));
}

/// The reads that commands and paper passes are made of, over loopback.
#[test]
fn the_adapter_finds_shows_and_observes_over_open_doors() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let desk = Arc::new(desk(2));
        let second = desk.for_socket(|venue| venue.floors().by_slug("will-it-rain-1").unwrap());
        let now = desk.clock.now();
        let open = crate::serve::open(Arc::clone(&desk), crate::serve::Ports::default());
        let open = open.await.unwrap();
        let hosts = Hosts {
            clob: open.url(Service::Clob),
            gamma: open.url(Service::Gamma),
            data: open.url(Service::Data),
        };
        let books = LiveBooks::new(Client::new(Options { hosts, ..Options::default() }).unwrap());
        let hits = books.search("rain week").await.unwrap();
        assert_eq!((hits.len(), hits[0].markets.len()), (1, 1), "the closed one is left out");
        let shown = books.show(&MarketRef::Market("will-it-rain-1".into()), now).await.unwrap();
        let market = fixture::market(1, true);
        assert_eq!((&shown.market.tokens, shown.market.fee), (&market.tokens, market.fee));
        assert_eq!(shown.market.category.as_deref(), Some("weather"));
        assert_eq!((shown.market.gate, shown.market.neg_risk), (Gate::Accepting, true));
        let book = shown.seen.expect("a book").book;
        assert_eq!(book.resting(Side::Buy).len(), 1);
        let pick = MarketRef::Pick { event: "rain-week".into(), pick: "will-it-rain-2".into() };
        let over = books.show(&pick, now).await.unwrap().market;
        assert_eq!(over.resolution.unwrap().payout(Outcome::Second), Some(Fraction::ONE));
        let missing = books.show(&MarketRef::Market("nothing".into()), now).await;
        assert_eq!(missing, Err(MarketProblem::NotFound));
        let watches: Vec<Watch> = (0..3)
            .map(|nth| Watch {
                condition: fixture::market(nth, false).condition,
                last_cut: None,
                observed_at: None,
            })
            .collect();
        let observed = books.observe(&watches, now).await;
        assert!(observed.problems.is_empty(), "{:?}", observed.problems);
        assert_eq!(observed.views.len(), 3);

        // Somebody takes; once that is in a block a pass hears of it.
        let (market, price) = (second, Price::from_micros(460_000).unwrap());
        desk.with(&Call::of("GET", "/x", &[]), |venue| {
            let how = (Outcome::First, Side::Buy);
            assert_eq!(venue.crowd_takes(market, how, price, Shares::from_units(7)).len(), 1);
        });
        desk.clock.set(now.plus_secs(5)).unwrap();
        let _next = desk.tick();
        let again = vec![Watch { last_cut: Some(now), ..watches[1].clone() }];
        let observed = books.observe(&again, now.plus_secs(5)).await;
        let [view] = observed.views.as_slice() else { panic!("{:?}", observed.problems) };
        let [print] = view.prints.as_slice() else { panic!("{:?}", view.prints) };
        assert_eq!(
            (print.price, print.size, print.taker),
            (price, Shares::from_units(7), Side::Buy)
        );
        assert!(observed.remarks.is_empty());
    });
}
