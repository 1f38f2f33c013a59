//! Every frame of both sockets is one that the adapter reads, with every kind of event among them.

use super::super::house::House;
use super::super::stage::{Person, RAIN, RAIN_NO, RAIN_YES, Wish};
use betteroms_core::market::Side;
use betteroms_emulator::log::Log;
use betteroms_emulator::serve::call::Service;
use betteroms_polymarket::wire::frames::{Event, Frame};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn listen(house: &House, channel: &str, first: &serde_json::Value) -> Socket {
    let url = format!("ws://{}/ws/{channel}", house.open.address(Service::Clob));
    let (mut socket, _) = connect_async(url).await.unwrap();
    socket.send(Message::text(first.to_string())).await.unwrap();
    socket.send(Message::text("PING")).await.unwrap();
    socket
}

/// Counts the events of each kind until a second is silent.
async fn heard(socket: &mut Socket) -> BTreeMap<&'static str, usize> {
    let mut kinds = BTreeMap::new();
    while let Ok(Some(Ok(message))) =
        tokio::time::timeout(Duration::from_secs(1), socket.next()).await
    {
        let Message::Text(text) = message else { continue };
        let frame = Frame::read(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let events = match frame {
            Frame::Pong => {
                *kinds.entry("pong").or_default() += 1;
                continue;
            }
            Frame::Events(events) => events,
        };
        for event in events {
            *kinds.entry(kind(&event)).or_default() += 1;
        }
    }
    kinds
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::Book(_) => "book",
        Event::PriceChange(_) => "price_change",
        Event::LastTradePrice(_) => "last_trade_price",
        Event::TickSizeChange(_) => "tick_size_change",
        Event::BestBidAsk(_) => "best_bid_ask",
        Event::NewMarket(_) => "new_market",
        Event::MarketResolved(_) => "market_resolved",
        Event::Order(_) => "order",
        Event::Trade(_) => "trade",
        Event::Unknown(kind) => panic!("an event that the adapter does not know: {kind}"),
    }
}

#[tokio::test]
async fn every_frame_is_read() {
    let (house, staged) = House::staged(7, Log::default()).await;
    let bob = Person::named(&staged, "bob");
    let tokens = json!({ "assets_ids": [RAIN_YES, RAIN_NO], "type": "market",
        "custom_feature_enabled": true });
    let mut market = listen(&house, "market", &tokens).await;
    let auth = json!({ "apiKey": bob.id, "secret": bob.secret, "passphrase": bob.passphrase });
    let mut user = listen(&house, "user", &json!({ "auth": auth, "type": "user" })).await;
    // Both have said PONG before anything happens: what follows is heard by both.
    for socket in [&mut market, &mut user] {
        while socket.next().await.unwrap().unwrap() != Message::text("PONG") {}
        socket.send(Message::text("PING")).await.unwrap();
    }
    let (resting, id) = bob.posts(&Wish::new(Side::Buy, 300, 10, 1));
    let taking = bob.posts(&Wish::new(Side::Buy, 350, 20, 2)).0;
    let cancel = bob.asks("DELETE", "/order", &json!({ "orderID": id }).to_string());
    for asked in [resting, taking, cancel] {
        assert_eq!(house.ask(&asked).await.unwrap().status, 200);
    }
    house.pass(10_000).await;
    house.control("POST", &format!("/emulator/markets/{RAIN}/tick"), r#"{"tick":"0.001"}"#).await;
    let result = r#"{"payout_first":"1"}"#;
    house.control("POST", &format!("/emulator/markets/{RAIN}/resolve"), result).await;
    house.list();
    let (market, user) = (heard(&mut market).await, heard(&mut user).await);
    for kind in [
        "pong",
        "price_change",
        "last_trade_price",
        "tick_size_change",
        "best_bid_ask",
        "new_market",
        "market_resolved",
    ] {
        assert!(market.contains_key(kind), "{kind}: {market:?}");
    }
    // Placed twice, matched, cancelled; MATCHED, MINED, CONFIRMED.
    assert!(user["order"] >= 3 && user["trade"] >= 3 && user["pong"] == 1, "{user:?}");
}
