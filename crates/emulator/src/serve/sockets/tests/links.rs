//! Whole links over loopback: handshake, subscription, heartbeat, and the ways in which they end.

use super::super::{Channel, serve};
use super::call;
use crate::ledger::MarketIx;
use crate::serve::desk::Desk;
use crate::serve::fixture;
use crate::serve::sockets::tampering::{self, Handling, Rule};
use crate::venue::people::Rights;
use betteroms_core::book::Level;
use betteroms_core::market::Side;
use betteroms_core::money::{Price, Shares};
use betteroms_polymarket::wire::frames::{Event, Frame};
use futures_util::{SinkExt as _, StreamExt as _};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, accept_hdr_async, connect_async};

type Link = WebSocketStream<MaybeTlsStream<TcpStream>>;

fn run(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(30), story).await.expect("in time");
    });
}

/// Shakes hands, and serves the socket under a rule: the least a host can be.
#[allow(clippy::result_large_err, reason = "the library's own type of a refused handshake")]
async fn host(desk: Arc<Desk>, rule: Rule) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let desk = Arc::clone(&desk);
            tokio::spawn(async move {
                let mut channel = None;
                let look = |request: &Request, response: Response| {
                    channel = Channel::of_path(request.uri().path());
                    Ok(response)
                };
                let shaken = accept_hdr_async(stream, look).await.unwrap();
                serve(desk, channel.unwrap(), shaken.into_inner(), rule).await;
            });
        }
    });
    port
}

async fn link(port: u16, path: &str) -> Link {
    connect_async(format!("ws://127.0.0.1:{port}{path}")).await.unwrap().0
}

async fn say(link: &mut Link, text: &str) {
    link.send(Message::text(text)).await.unwrap();
}

/// The next text; `None` once the link is over.
async fn heard(link: &mut Link) -> Option<String> {
    loop {
        match link.next().await {
            Some(Ok(Message::Text(text))) => return Some(text.as_str().to_owned()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(
                Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_),
            )) => {}
        }
    }
}

/// True when nothing more waits: a ping is answered before anything else is told.
async fn is_quiet(link: &mut Link) -> bool {
    say(link, "PING").await;
    heard(link).await.as_deref() == Some("PONG")
}

fn one(text: &str) -> Event {
    let Ok(Frame::Events(events)) = Frame::read(text) else { panic!("{text}") };
    let [event] = <[Event; 1]>::try_from(events).unwrap();
    event
}

fn show(desk: &Desk, market: MarketIx, cents: u32, units: i32) {
    let price = Price::from_micros(cents * 10_000).unwrap();
    let size = Shares::from_units(units);
    desk.with(&call(), |venue| venue.crowd_level(market, Side::Buy, Level { price, size }));
}

#[test]
fn the_market_channel_as_clients_use_it() {
    run(async {
        let (venue, markets, _) = fixture::venue(1);
        let desk = Arc::new(fixture::desk(venue));
        let port = host(Arc::clone(&desk), tampering::NONE).await;
        let mut link = link(port, "/ws/market").await;
        // One client asks whether the link lives before it says what it wants.
        assert!(is_quiet(&mut link).await);
        say(&mut link, r#"{"type":"market","assets_ids":["1000000","1000001","77"]}"#).await;
        for token in ["1000000", "1000001"] {
            let Event::Book(book) = one(&heard(&mut link).await.unwrap()) else { panic!() };
            assert_eq!(book.asset_id, token);
        }
        assert!(is_quiet(&mut link).await, "an unknown token has no book");

        show(&desk, markets[0], 40, 7);
        let Event::PriceChange(change) = one(&heard(&mut link).await.unwrap()) else { panic!() };
        assert_eq!(change.price_changes.len(), 2);
        assert!(is_quiet(&mut link).await, "best prices are told to those who asked");

        say(
            &mut link,
            r#"{"operation":"subscribe","assets_ids":["1000000"],"custom_feature_enabled":true}"#,
        )
        .await;
        assert!(is_quiet(&mut link).await, "what is heard already has no second book");
        let listing = crate::venue::market::Listing::plain(fixture::market(9, false));
        desk.with(&call(), |venue| venue.list(listing)).unwrap();
        let Event::NewMarket(new) = one(&heard(&mut link).await.unwrap()) else { panic!() };
        assert_eq!(new.slug.as_deref(), Some("will-it-rain-9"));

        say(
            &mut link,
            r#"{"operation":"subscribe","assets_ids":["1000004"],"initial_dump":false}"#,
        )
        .await;
        assert!(is_quiet(&mut link).await, "no book where none is wanted");
        show(&desk, markets[2], 40, 7);
        assert!(matches!(one(&heard(&mut link).await.unwrap()), Event::PriceChange(_)));
        say(&mut link, r#"{"operation":"unsubscribe","assets_ids":["1000000","1000001"]}"#).await;
        assert!(is_quiet(&mut link).await);
        show(&desk, markets[0], 41, 7);
        assert!(is_quiet(&mut link).await);
        assert_eq!(desk.publisher.seats(), (1, 0));
        drop(link);
        while desk.publisher.seats() != (0, 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

#[test]
fn beyond_five_hundred_tokens_it_stays_silent() {
    run(async {
        let (venue, markets, _) = fixture::venue(0);
        let desk = Arc::new(fixture::desk(venue));
        let port = host(Arc::clone(&desk), tampering::NONE).await;
        let mut link = link(port, "/ws/market").await;
        let many: Vec<String> = (1..=500).map(|n: u32| n.to_string()).collect();
        let frame = serde_json::json!({ "type": "market", "assets_ids": many });
        say(&mut link, &frame.to_string()).await;
        say(&mut link, r#"{"operation":"subscribe","assets_ids":["1000000"]}"#).await;
        assert!(is_quiet(&mut link).await);
        show(&desk, markets[0], 40, 7);
        assert!(is_quiet(&mut link).await);
        say(&mut link, r#"{"operation":"unsubscribe","assets_ids":["1"]}"#).await;
        say(&mut link, r#"{"operation":"subscribe","assets_ids":["1000000"]}"#).await;
        assert!(matches!(one(&heard(&mut link).await.unwrap()), Event::Book(_)));
    });
}

#[test]
fn the_user_channel_wants_a_key_and_shows_a_reader_its_owners_orders() {
    run(async {
        let (mut venue, markets, traders) = fixture::venue(2);
        let who = traders[0];
        let reader = venue.create_key_beside(who.key, Rights::ReadOnly);
        let key = |venue: &crate::venue::Venue, ix| {
            let own = &venue.people().key(ix).credentials;
            serde_json::json!({
                "apiKey": own.key.to_string(), "secret": own.secret, "passphrase": own.passphrase,
            })
        };
        let (owner, reader, other) =
            (key(&venue, who.key), key(&venue, reader), key(&venue, traders[1].key));
        let condition = venue.floors().get(markets[0]).listing.market.condition.to_string();
        let desk = Arc::new(fixture::desk(venue));
        let port = host(Arc::clone(&desk), tampering::NONE).await;
        let first = |auth: &serde_json::Value, markets: &[&str]| {
            serde_json::json!({ "type": "user", "auth": auth, "markets": markets }).to_string()
        };

        let mut wrong = owner.clone();
        wrong["passphrase"] = "x".into();
        for bad in [wrong, serde_json::json!(null)] {
            let mut link = link(port, "/ws/user").await;
            say(&mut link, &first(&bad, &[])).await;
            assert_eq!(heard(&mut link).await, None, "closed");
        }
        let text =
            desk.with_log(|log| log.since(0).map(|line| line.get().to_owned()).collect::<String>());
        assert!(text.contains("bad credentials"), "{text}");

        let mut links = Vec::new();
        for (auth, markets) in [
            (&owner, vec![]),
            (&reader, vec![condition.as_str()]),
            (&owner, vec!["0x12"]),
            (&other, vec![]),
        ] {
            let mut link = link(port, "/ws/user").await;
            say(&mut link, &first(auth, &markets)).await;
            assert!(is_quiet(&mut link).await, "no snapshot");
            links.push(link);
        }
        let wish = fixture::Wish {
            market: markets[0],
            outcome: betteroms_core::market::Outcome::Second,
            side: Side::Buy,
            kind: crate::venue::order::Kind::Gtc,
            cents: 30,
            lots: 1_000,
            salt: 1,
        };
        desk.with(&call(), |venue| fixture::post(venue, who, wish)).expect("taken");
        for (at, mut link) in links.into_iter().enumerate() {
            if at < 2 {
                let Event::Order(order) = one(&heard(&mut link).await.unwrap()) else { panic!() };
                assert_eq!(order.owner, owner["apiKey"].as_str().unwrap());
            }
            assert!(is_quiet(&mut link).await, "link {at}");
        }
        let text =
            desk.with_log(|log| log.since(0).map(|line| line.get().to_owned()).collect::<String>());
        for auth in [&owner, &reader, &other] {
            for secret in ["secret", "passphrase"] {
                assert!(!text.contains(auth[secret].as_str().unwrap()), "no secret in the log");
            }
        }
    });
}

#[test]
fn nonsense_is_borne_ten_times_and_a_flood_not_at_all() {
    run(async {
        let (venue, _, _) = fixture::venue(0);
        let desk = Arc::new(fixture::desk(venue));
        let port = host(Arc::clone(&desk), tampering::NONE).await;
        let mut silly = link(port, "/ws/market").await;
        for _ in 0..10 {
            say(&mut silly, r#"{"hello":1}"#).await;
        }
        assert!(is_quiet(&mut silly).await);
        say(&mut silly, "{").await;
        assert_eq!(heard(&mut silly).await, None);
        let mut large = link(port, "/ws/market").await;
        let sent = large.send(Message::text("x".repeat(300 * 1_024))).await;
        assert!(matches!(sent, Ok(()) | Err(Error::Io(_) | Error::ConnectionClosed)));
        assert_eq!(heard(&mut large).await, None);
    });
}

#[test]
fn who_does_not_read_loses_the_link() {
    run(async {
        let (venue, markets, _) = fixture::venue(0);
        let desk = Arc::new(fixture::desk(venue));
        let port = host(Arc::clone(&desk), tampering::NONE).await;
        let mut slow = link(port, "/ws/market").await;
        say(&mut slow, r#"{"type":"market","assets_ids":["1000000"]}"#).await;
        assert!(heard(&mut slow).await.is_some());
        // All under one turn of the runtime: the socket has no chance to send any of it.
        for n in 0..5_000 {
            show(&desk, markets[0], 40, 1 + n % 7);
        }
        assert_eq!(desk.publisher.seats(), (0, 0));
        let mut told = 0;
        while heard(&mut slow).await.is_some() {
            told += 1;
        }
        assert_eq!(told, 4_096, "what it missed it can not mistake for nothing");
    });
}

#[test]
fn frames_are_tampered_with_where_a_rule_says_so() {
    const TWICE: Rule = |_, channel, frame| {
        if channel == Channel::Market && frame.contains("price_change") {
            Handling::Duplicate
        } else {
            Handling::Drop
        }
    };
    run(async {
        let (venue, markets, _) = fixture::venue(0);
        let desk = Arc::new(fixture::desk(venue));
        let port = host(Arc::clone(&desk), TWICE).await;
        let mut link = link(port, "/ws/market").await;
        say(&mut link, r#"{"type":"market","assets_ids":["1000000"]}"#).await;
        assert!(is_quiet(&mut link).await, "the book is lost");
        show(&desk, markets[0], 40, 7);
        let (first, second) = (heard(&mut link).await, heard(&mut link).await);
        assert!(first.is_some() && first == second);
    });
}
