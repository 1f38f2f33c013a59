//! A hostile client: numbers out of every range, odd methods, paths and bodies, batches of every size,
//! garbage on sockets, connections by the thousand. Nothing stops the venue, nothing is answered with a
//! status of 500, and the ledger stays even.

use super::house::House;
use super::stage::{Asked, Person, RAIN_YES, Wish, plain};
use betteroms_core::market::Side;
use betteroms_emulator::log::{Log, Topic};
use betteroms_emulator::serve::call::Service::{self, Clob};
use betteroms_emulator::serve::routes;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// The venue lives, its ledger is even, and no handler panicked.
async fn is_well(house: &House) {
    let (status, ledger) = house.control("GET", "/emulator/ledger", "").await;
    assert_eq!((status, &ledger["audit"]["balanced"]), (200, &json!(true)));
    let panics = house
        .desk
        .with_log(|log| log.since(0).filter(|line| line.get().contains(r#""panicked""#)).count());
    assert_eq!(panics, 0);
}

/// Sends an order's body as text, which need be no JSON that a library would write.
fn sends(by: &Person, body: &str) -> Asked {
    by.asks("POST", "/order", body)
}

#[tokio::test]
async fn no_number_of_an_order_is_taken_that_is_none() {
    let (house, staged) = House::staged(7, Log::default()).await;
    let bob = Person::named(&staged, "bob");
    let (good, _) = bob.signs(&Wish::new(Side::Buy, 300, 10, 1));
    let power = |of: u32| alloy_primitives::U512::from(2).pow(alloy_primitives::U512::from(of));
    let mut odd: Vec<String> = [
        "-1", "1e400", "1e3", "0.5", "-0", "1.0", "NaN", "null", "true", "[]", "{}", "\"\"",
        "0x1f", "01", "+1", "1_0",
    ]
    .map(str::to_owned)
    .into();
    odd.extend([64, 128, 256, 300].map(|of| power(of).to_string()));
    odd.push("9".repeat(5_000));
    let texts: Vec<String> =
        odd.iter().map(|text| format!("\"{}\"", text.trim_matches('"'))).collect();
    let fields = [
        "salt",
        "tokenId",
        "makerAmount",
        "takerAmount",
        "signatureType",
        "expiration",
        "timestamp",
        "metadata",
        "builder",
        "side",
        "maker",
        "signer",
        "signature",
    ];
    let mut count = 0;
    for field in fields {
        for value in odd.iter().chain(&texts) {
            let mark = json!("MARK");
            let mut body = good.clone();
            body["order"][field] = mark;
            let body = body.to_string().replace("\"MARK\"", value);
            let told = house.ask(&sends(&bob, &body)).await.unwrap();
            // Zero and nothing are how an expiration says that there is none.
            let is_none = field == "expiration" && ["\"\"", "null"].contains(&value.as_str());
            assert!(
                told.status == 400 || is_none,
                "{field} {value}: {} {}",
                told.status,
                told.text()
            );
            assert!(told.value()["error"].is_string() || is_none, "{field} {value}");
            count += 1;
        }
    }
    assert_eq!(count, 13 * 42);
    // The one order that came through is the good one, without an expiration.
    let told = house.ask(&sends(&bob, &good.to_string())).await.unwrap();
    assert!(told.text().contains("Duplicated"), "{}", told.text());
    is_well(&house).await;
}

#[tokio::test]
async fn bodies_of_every_kind_are_refused() {
    let (house, staged) = House::staged(7, Log::default()).await;
    let bob = Person::named(&staged, "bob");
    let deep = "[".repeat(200_000);
    let objects = "{\"order\":".repeat(50_000);
    let bodies = [
        "",
        " ",
        "null",
        "[]",
        "{}",
        "\"x\"",
        "7",
        "[[]]",
        "[null]",
        "{\"order\":null}",
        &deep,
        &objects,
        "\u{0}",
    ];
    for route in routes::all().filter(|route| route.method != "GET") {
        let path = route.pattern.replace(['{', '}'], "");
        for body in bodies {
            let mut asked = bob.asks(route.method, &path, body);
            asked.service = route.service;
            let told = house.ask(&asked).await.unwrap();
            assert!(told.status < 500, "{} {path} {}: {}", route.method, told.status, told.text());
        }
    }
    // The key may have been deleted by then, and the venue's faults: it stands all the same.
    is_well(&house).await;
}

#[tokio::test]
async fn queries_of_every_kind_are_answered() {
    let (house, staged) = House::staged(7, Log::default()).await;
    let bob = Person::named(&staged, "bob");
    let names = [
        "token_id",
        "side",
        "market",
        "asset_id",
        "id",
        "next_cursor",
        "before",
        "after",
        "user",
        "limit",
        "offset",
        "cursor",
        "after_cursor",
        "interval",
        "fidelity",
        "startTs",
        "endTs",
        "start",
        "end",
        "asset_type",
        "signature_type",
        "q",
        "limit_per_type",
        "order_id",
        "ids",
        "builder_code",
        "address",
        "type",
        "condition_ids",
        "slug",
        "clob_token_ids",
        "maker",
    ];
    let values = [
        "",
        "-1",
        "0",
        "18446744073709551615",
        "9223372036854775807",
        "-9223372036854775808",
        "%ff%fe",
        "%00",
        "1e9",
        "LTE=",
        "MTg0NDY3NDQwNzM3MDk1NTE2MTU=",
        "MTAwMC8xODQ0Njc0NDA3MzcwOTU1MTYxNQ",
        "max",
        RAIN_YES,
    ];
    for route in routes::all().filter(|route| route.method == "GET") {
        let path = route.pattern.replace(['{', '}'], "");
        for value in values {
            let query: Vec<String> = names.map(|name| format!("{name}={value}")).into();
            let mut asked = bob.asks("GET", &format!("{path}?{}", query.join("&")), "");
            asked.service = route.service;
            let told = house.ask(&asked).await.unwrap();
            assert!(told.status < 500, "{path} {value} {}: {}", told.status, told.text());
        }
    }
    let long = format!("/book?token_id={}", "7".repeat(60_000));
    assert!(house.ask(&plain(Clob, "GET", &long, "")).await.unwrap().status < 500);
    is_well(&house).await;
}

#[tokio::test]
async fn batches_hold_fifteen_and_one_order_once() {
    let (house, staged) = House::staged(7, Log::default()).await;
    let bob = Person::named(&staged, "bob");
    let leg = |salt: u64| bob.signs(&Wish::new(Side::Buy, 200, 10, salt)).0;
    let post = async |legs: &[Value]| {
        house.ask(&bob.asks("POST", "/orders", &json!(legs).to_string())).await.unwrap()
    };
    assert_eq!(post(&[]).await.text(), "[]");
    let sixteen: Vec<Value> = (1..=16).map(leg).collect();
    assert_eq!(post(&sixteen).await.status, 400);
    let open = house.ask(&bob.asks("GET", "/data/orders", "")).await.unwrap().value();
    assert_eq!(open["count"], 0);
    // The fourth stands there twice: once it is taken, once it is refused.
    let mut fifteen: Vec<Value> = (1..=14).map(leg).collect();
    fifteen.push(leg(4));
    let told = post(&fifteen).await.value();
    let rows = told.as_array().unwrap();
    let taken: Vec<bool> = rows.iter().map(|row| row["success"] == true).collect();
    assert_eq!(taken, (0..15).map(|nth| nth < 14).collect::<Vec<_>>());
    assert!(rows[14]["errorMsg"].as_str().unwrap().contains("Duplicated"), "{}", rows[14]);
    is_well(&house).await;
}

#[tokio::test]
async fn garbage_on_sockets_harms_nobody() {
    let (house, _staged) = House::staged(7, Log::default()).await;
    let deep = "[".repeat(100_000);
    let long = "x".repeat(300_000);
    let many: Vec<String> = (0..5_000).map(|nth| nth.to_string()).collect();
    let many = json!({ "assets_ids": many, "type": "market" }).to_string();
    for channel in ["market", "user"] {
        let url = format!("ws://{}/ws/{channel}", house.open.address(Clob));
        for said in [
            "",
            "{",
            "null",
            "[]",
            "{\"type\":7}",
            "{\"assets_ids\":[\"-1\",7]}",
            "{\"auth\":null}",
            "ping",
            &deep,
            &long,
            &many,
        ] {
            for message in [Message::text(said), Message::binary(said.as_bytes().to_vec())] {
                let (mut socket, _) = connect_async(&url).await.unwrap();
                // The venue may hang up in the middle.
                socket.send(message).await.ok();
                socket.send(Message::text("PING")).await.ok();
                tokio::time::timeout(Duration::from_millis(20), socket.next()).await.ok();
            }
        }
        // Frames that no library writes: reserved bits, a length of 2^63, no mask.
        for bytes in [
            &b"\xff\xff\xff\xff"[..],
            b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff",
            b"\x81\x05hello",
        ] {
            let mut stream = TcpStream::connect(house.open.address(Clob)).await.unwrap();
            let ask = format!(
                "GET /ws/{channel} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            );
            stream.write_all(ask.as_bytes()).await.unwrap();
            stream.write_all(bytes).await.ok();
        }
    }
    is_well(&house).await;
}

#[tokio::test]
async fn a_thousand_idle_connections_leave_room_for_one_more() {
    let (house, _staged) = House::staged(7, Log::default()).await;
    let mut idle = Vec::new();
    for _ in 0..1_000 {
        let Ok(mut stream) = TcpStream::connect(house.open.address(Clob)).await else { break };
        stream.write_all(b"GET /time HT").await.ok();
        idle.push(stream);
    }
    assert!(idle.len() > 200, "{}", idle.len());
    is_well(&house).await;
}

#[tokio::test]
async fn odd_methods_and_paths_are_told_so() {
    let (house, _staged) = House::staged(7, Log::default()).await;
    for (method, path, status) in [
        ("PUT", "/order", 405),
        ("OPTIONS", "/order", 405),
        ("HEAD", "/book", 405),
        ("BREW", "/book", 405),
        ("get", "/book", 405),
        ("GET", "//book", 404),
        ("GET", "/book//", 404),
        ("GET", "/BOOK", 404),
        ("GET", "/%62ook", 404),
        ("GET", "/../book", 404),
        ("GET", "/data/order/..%2f..", 401),
        ("GET", "/emulator/../order", 404),
        ("GET", "*", 404),
        ("CONNECT", "x:80", 404),
    ] {
        let ask = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let got = String::from_utf8(house.raw(ask.as_bytes()).await).unwrap();
        let told = got.get(9..12).unwrap_or_default();
        assert_eq!(told, status.to_string(), "{method} {path}: {got}");
    }
    for service in Service::ALL {
        let told = house.ask(&plain(service, "DELETE", "/", "")).await.unwrap();
        assert_eq!(told.status, 405, "{}", told.text());
    }
    assert!(house.desk.with_log(|log| log.count(Topic::Request)) >= 10);
    is_well(&house).await;
}
