//! Four hosts answer, and nothing that is sent to them stops them.

use super::house::House;
use betteroms_core::time::Time;
use betteroms_emulator::clock::Clock;
use betteroms_emulator::serve::call::Service;
use betteroms_emulator::serve::{Ports, open};
use betteroms_emulator::venue::Settings;

#[tokio::test]
async fn every_host_says_that_it_is_not_the_venue() {
    let house = House::new().await;
    for service in Service::ALL {
        // On the CLOB's root one client asks whether the venue is there, and wants the word "OK".
        let path = if service == Service::Clob { "/emulator" } else { "/" };
        let url = format!("{}{path}", house.open.url(service));
        let answer = house.client.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let server = answer.headers()["server"].to_str().unwrap().to_owned();
        assert!(server.contains("not Polymarket"), "{server}");
        let body = answer.text().await.unwrap();
        assert!(body.contains("this is not Polymarket"), "{body}");
    }
}

#[tokio::test]
async fn unknown_paths_and_large_bodies_are_refused_and_the_connection_lives() {
    let house = House::new().await;
    let unknown = house.client.get(house.clob("/nowhere")).send().await.unwrap();
    assert_eq!(unknown.status(), 404);
    assert_eq!(unknown.text().await.unwrap(), r#"{"error":"not found"}"#);
    let fits = house.client.post(house.clob("/nowhere")).body(vec![b'x'; 1024 * 1024]);
    assert_eq!(fits.send().await.unwrap().status(), 404);
    let large = house.client.post(house.clob("/nowhere")).body(vec![b'x'; 1024 * 1024 + 1]);
    let large = large.send().await.unwrap();
    assert_eq!(large.status(), 413);
    assert_eq!(large.text().await.unwrap(), r#"{"error":"Payload exceeds the limit"}"#);
}

#[tokio::test]
async fn requests_in_one_piece_are_answered_in_order() {
    let house = House::new().await;
    let asked = b"GET / HTTP/1.1\r\nhost: x\r\n\r\nGET /b HTTP/1.1\r\nhost: x\r\n\r\n\
        POST /c HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    let got = String::from_utf8(house.raw(asked).await).unwrap();
    let statuses: Vec<&str> =
        got.match_indices("HTTP/1.1 ").map(|(at, _)| &got[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "404", "404"], "{got}");
}

#[tokio::test]
async fn hostile_bytes_do_not_stop_it() {
    let house = House::new().await;
    let many = "a: b\r\n".repeat(10_000);
    let long = "x".repeat(1_000_000);
    let hostile = [
        b"\x00\xff\xfe\x16\x03\x01\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        format!("GET /{long} HTTP/1.1\r\n\r\n").into_bytes(),
        format!("GET / HTTP/1.1\r\n{many}\r\n").into_bytes(),
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcde"
            .to_vec(),
        b"GET /%ff%00%zz?%ff=%&&=&a HTTP/1.1\r\nhost: x\r\nx: \xff\r\n\r\n".to_vec(),
        b"GET /ws/market HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\n\r\n".to_vec(),
    ];
    for bytes in hostile {
        let got = house.raw(&bytes).await;
        assert!(!got.starts_with(b"HTTP/1.1 5"), "{}", String::from_utf8_lossy(&got));
        let alive = house.client.get(house.clob("/")).send().await.unwrap();
        assert_eq!(alive.status(), 200);
    }
}

#[tokio::test]
async fn closed_doors_free_their_ports() {
    let house = House::new().await;
    let address = house.open.address(Service::Clob);
    assert_eq!(house.client.get(house.clob("/")).send().await.unwrap().status(), 200);
    house.open.close().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    tokio::net::TcpListener::bind(address).await.unwrap();
}

#[tokio::test]
async fn published_limits_hold_where_they_are_asked_for() {
    let settings = Settings { edge_limits: true, ..Settings::default() };
    let limited = House::under(settings, Clock::starting(Time::from_secs(1_790_000_000), 0)).await;
    let free = House::new().await;
    let last = async |house: &House| {
        let ask = |_| house.client.get(house.clob("/ok")).send();
        let answers = futures_util::future::join_all((0..120).map(ask)).await;
        answers.iter().filter(|answer| answer.as_ref().unwrap().status() == 429).count()
    };
    // A hundred in ten seconds, a tenth more slowly, the rest not at all.
    assert_eq!(last(&limited).await, 10);
    assert_eq!(last(&free).await, 0);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let (first, second) = (House::new().await, House::new().await);
    let taken = first.open.address(Service::Gamma).port();
    let bind = Ports { ports: [0, taken, 0, 0], ..Ports::default() };
    let told = open(second.desk.clone(), bind).await.unwrap_err();
    assert_eq!(told.kind(), std::io::ErrorKind::AddrInUse);
    assert!(told.to_string().contains(&format!("127.0.0.1:{taken} (gamma)")), "{told}");
}
