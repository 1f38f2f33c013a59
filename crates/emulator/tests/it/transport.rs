//! Faults of the connection and of the answer's bytes, each as a client meets it, and each gone once its
//! rule is.

use super::house::House;
use betteroms_emulator::serve::call::Service;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const ASK: &[u8] = b"GET /version HTTP/1.1\r\nhost: x\r\n\r\n";
const VERSION: &str = r#"{"version":2}"#;

/// Reads to the end; how it ended.
async fn read(house: &House, ask: &[u8]) -> (Vec<u8>, std::io::Result<()>) {
    let mut stream = TcpStream::connect(house.open.address(Service::Clob)).await.unwrap();
    stream.write_all(ask).await.unwrap();
    let mut all = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut all)).await;
    let ended = ended.unwrap_or(Err(std::io::ErrorKind::TimedOut.into()));
    (all, ended.map(|_| ()))
}

async fn is_well(house: &House) {
    let answer = house.client.get(house.clob("/version")).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.text().await.unwrap(), VERSION);
}

/// What happened to the last call of the log: `cut`, or its status.
async fn last_answer(house: &House) -> serde_json::Value {
    let lines = house.client.get(house.clob("/emulator/log")).send().await.unwrap();
    let lines = lines.text().await.unwrap();
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let struck = lines.iter().rfind(|line| line["topic"] == "fault" && line["nth"].is_u64());
    let request = &struck.unwrap()["request"];
    let of = |line: &&serde_json::Value| line["topic"] == "answer" && line["request"] == *request;
    lines.iter().rfind(of).unwrap().clone()
}

#[tokio::test]
async fn drop_ends_the_connection_without_a_byte() {
    let house = House::new().await;
    is_well(&house).await;
    let number = house.fault(r#"{"on":"GET /version","what":"drop"}"#).await;
    let (bytes, ended) = read(&house, ASK).await;
    assert!(bytes.is_empty() && ended.is_ok(), "{ended:?}");
    assert!(house.client.get(house.clob("/version")).send().await.is_err());
    assert_eq!(last_answer(&house).await["cut"], "drop");
    let (status, _) = house.control("DELETE", &format!("/emulator/faults/{number}"), "").await;
    assert_eq!(status, 200);
    is_well(&house).await;
}

#[tokio::test]
async fn reset_tears_it_down() {
    let house = House::new().await;
    for when in ["before", "after"] {
        let what = format!(r#"{{"reset":{{"when":"{when}"}}}}"#);
        house.fault(&format!(r#"{{"on":"GET /version","times":1,"what":{what}}}"#)).await;
        let (bytes, ended) = read(&house, ASK).await;
        assert!(bytes.is_empty());
        assert_eq!(ended.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset, "{when}");
        is_well(&house).await;
    }
}

#[tokio::test]
async fn half_a_body_is_announced_whole() {
    let house = House::new().await;
    house.fault(r#"{"on":"GET /version","times":2,"what":"half_body"}"#).await;
    let (bytes, _) = read(&house, ASK).await;
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("content-length: 13\r\n") && text.ends_with("\r\n\r\n{\"vers"), "{text}");
    let answer = house.client.get(house.clob("/version")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.is_err());
    is_well(&house).await;
}

#[tokio::test]
async fn a_trickle_takes_its_time_and_arrives_whole() {
    let house = House::new().await;
    let what = r#"{"trickle":{"every_ms":3}}"#;
    house.fault(&format!(r#"{{"on":"GET /version","times":1,"what":{what}}}"#)).await;
    let began = Instant::now();
    is_well(&house).await;
    // More than a hundred bytes of head and body at three milliseconds each.
    assert!(began.elapsed() > Duration::from_millis(300), "{:?}", began.elapsed());
    let began = Instant::now();
    is_well(&house).await;
    assert!(began.elapsed() < Duration::from_millis(200), "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_endless_body_outgrows_any_reader() {
    let house = House::new().await;
    let what = r#"{"endless":{"most_bytes":8388608}}"#;
    house.fault(&format!(r#"{{"on":"GET /version","what":{what}}}"#)).await;
    let mut answer = house.client.get(house.clob("/version")).send().await.unwrap();
    assert_eq!(answer.headers()["transfer-encoding"], "chunked");
    let mut got = 0;
    while let Ok(Some(chunk)) = answer.chunk().await {
        got += chunk.len();
    }
    assert!(got >= 8_388_608, "{got}");
    // Whoever hangs up in the middle stops it.
    drop(house.client.get(house.clob("/version")).send().await.unwrap());
    house.control("DELETE", "/emulator/faults", "").await;
    is_well(&house).await;
}

#[tokio::test]
async fn an_endless_head_outgrows_any_reader() {
    let house = House::new().await;
    let what = r#"{"endless_head":{"most_bytes":8388608}}"#;
    house.fault(&format!(r#"{{"on":"GET /version","what":{what}}}"#)).await;
    let (bytes, ended) = read(&house, ASK).await;
    assert!(ended.is_ok() && bytes.starts_with(b"HTTP/1.1 200 OK\r\nx-more: x"), "{ended:?}");
    assert!(bytes.len() >= 8_388_608 && !bytes.windows(4).any(|four| four == b"\r\n\r\n"));
    assert!(house.client.get(house.clob("/version")).send().await.is_err());
    assert_eq!(last_answer(&house).await["cut"], "endless_head");
    house.control("DELETE", "/emulator/faults", "").await;
    is_well(&house).await;
}

#[tokio::test]
async fn a_silent_call_is_never_answered() {
    let house = House::new().await;
    house.fault(r#"{"on":"GET /version","times":1,"what":"silent"}"#).await;
    let asked = house.client.get(house.clob("/version")).timeout(Duration::from_millis(300));
    assert!(asked.send().await.unwrap_err().is_timeout());
    is_well(&house).await;
}

#[tokio::test]
async fn answers_are_spoiled_as_the_rule_says() {
    let house = House::new().await;
    let spoiled = async |what: &str| {
        house.fault(&format!(r#"{{"on":"GET /version","times":1,"what":{what}}}"#)).await;
        let answer = house.client.get(house.clob("/version")).send().await.unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (answer.status().as_u16(), kind, answer.text().await.unwrap())
    };
    let (_, kind, body) = spoiled(r#"{"content_type":{}}"#).await;
    assert_eq!((kind.as_str(), body.as_str()), ("text/html", VERSION));
    let (_, _, body) = spoiled(r#""malformed""#).await;
    assert!(serde_json::from_str::<serde_json::Value>(&body).is_err(), "{body}");
    let (_, _, body) = spoiled(r#"{"hostile":{"with":"nesting"}}"#).await;
    assert_eq!(body.len(), 200_000);
    let (_, _, body) = spoiled(r#"{"hostile":{"with":"numbers"}}"#).await;
    assert!(body.contains(&"9".repeat(400)));
    let (_, _, body) = spoiled(r#"{"hostile":{"with":"duplicate_keys"}}"#).await;
    assert_eq!(body.matches("\"version\"").count(), 2);
    let (status, _, body) = spoiled(r#"{"status":{"status":502,"body":"<h1>Bad</h1>"}}"#).await;
    assert_eq!((status, body.as_str()), (502, "<h1>Bad</h1>"));
    is_well(&house).await;
}

#[tokio::test]
async fn a_status_says_when_to_come_back_and_a_delay_holds() {
    let house = House::new().await;
    let what = r#"{"status":{"status":429,"retry_after":7}}"#;
    house.fault(&format!(r#"{{"on":"GET /version","nth":1,"what":{what}}}"#)).await;
    let answer = house.client.get(house.clob("/version")).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
    is_well(&house).await;
    for when in ["before", "after"] {
        let what = format!(r#"{{"delay":{{"ms":250,"when":"{when}"}}}}"#);
        house.fault(&format!(r#"{{"on":"clob *","times":1,"what":{what}}}"#)).await;
        let began = Instant::now();
        is_well(&house).await;
        assert!(began.elapsed() >= Duration::from_millis(250), "{when}");
    }
}

#[tokio::test]
async fn time_is_told_wrong() {
    let house = House::new().await;
    let time = async || -> i64 {
        let answer = house.client.get(house.clob("/time")).send().await.unwrap();
        answer.text().await.unwrap().parse().unwrap()
    };
    let before = time().await;
    let what = r#"{"clock_skew":{"ms":-90000}}"#;
    house.fault(&format!(r#"{{"on":"GET /time","times":1,"what":{what}}}"#)).await;
    let skewed = time().await;
    assert!((before - 91..=before - 80).contains(&skewed), "{before} {skewed}");
    assert!(time().await >= before);
}
