//! What the account's client makes of answers that no honest venue gives.

use crate::server::{Answer, Loopback};
use betteroms_core::time::Time;
use betteroms_polymarket::account::{AccountClient, Clock, Credentials, Leg, Placed};
use betteroms_polymarket::signing::Address;

const SECRET: &str = "_-9jzjVBZ4RZBVCxSPlQpzcEFVCs2IzXxZk8bM3fT6Q=";
const PASSPHRASE: &str = "a canary that sings to nobody";

async fn against(answer: fn() -> Answer) -> AccountClient {
    let server = Loopback::start(move |_| answer()).await;
    let credentials = Credentials::new("key", SECRET, PASSPHRASE).unwrap();
    let clock = Clock::new(|| Time::from_secs(1_790_000_000));
    AccountClient::new(server.options, Address::repeat_byte(1), credentials, clock).unwrap()
}

#[tokio::test]
async fn a_list_without_an_end_is_no_list() {
    for page in [
        r#"{"limit":100,"count":0,"data":[]}"#,
        r#"{"limit":100,"count":0,"next_cursor":"","data":[]}"#,
        r#"{"limit":100,"count":0,"next_cursor":"MTAw","data":[]}"#,
    ] {
        let server = Loopback::start(move |_| Answer::Json(page.to_owned())).await;
        let credentials = Credentials::new("key", SECRET, PASSPHRASE).unwrap();
        let clock = Clock::new(|| Time::from_secs(1_790_000_000));
        let client =
            AccountClient::new(server.options, Address::repeat_byte(1), credentials, clock);
        let error = client.unwrap().open_orders().await.unwrap_err();
        assert!(error.explain().contains("no end"), "{page}: {}", error.explain());
    }
    let whole = || Answer::Json(r#"{"next_cursor":"LTE=","data":[]}"#.to_owned());
    assert!(against(whole).await.open_orders().await.unwrap().is_empty(), "the control");
}

#[tokio::test]
async fn a_cancel_that_names_another_order_is_not_believed() {
    let other = || Answer::Json(r#"{"canceled":["0xb"],"not_canceled":{}}"#.to_owned());
    assert!(against(other).await.cancel(&["0xa"]).await.is_err());
    assert_eq!(against(other).await.cancel(&["0xB"]).await.unwrap().canceled, ["0xb"]);
}

#[tokio::test]
async fn a_venue_that_repeats_our_secrets_is_not_repeated() {
    let echo = || {
        let text = format!(r#"{{"error":"bad {PASSPHRASE} and {SECRET}"}}"#);
        Answer::Typed(400, "application/json", text)
    };
    let client = against(echo).await;
    let read = client.open_orders().await.unwrap_err();
    let cancel = client.cancel_all().await.unwrap_err();
    let placed = client.place(&[Leg { id: "0xa", body: "{}" }]).await;
    let leg = || {
        let text = format!(r#"{{"success":false,"errorMsg":"bad {PASSPHRASE} and {SECRET}"}}"#);
        Answer::Json(text)
    };
    let inner = against(leg).await.place(&[Leg { id: "0xa", body: "{}" }]).await;
    let told = format!("{} {} {placed:?} {inner:?}", read.explain(), cancel.explain());
    for secret in [PASSPHRASE, SECRET, SECRET.trim_end_matches('=')] {
        assert!(!told.contains(secret), "{told}");
    }
    // The control: the venue's other words are told in all four.
    assert_eq!(told.matches("bad … and …").count(), 4, "{told}");
    assert!(matches!(inner.as_slice(), [Placed::Unknown { .. }]));
}
