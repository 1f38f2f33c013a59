//! The adapter's account client against the emulator: what it places, reads and cancels, and what it says
//! became of an order when answers are lost, late, spoiled or somebody else's.

use super::house::House;
use super::stage::{Person, START, Wish};
use betteroms_core::market::Side;
use betteroms_core::time::Time;
use betteroms_emulator::log::Log;
use betteroms_emulator::serve::call::Service::Clob;
use betteroms_polymarket::account::{
    AccountClient, AssetRef, Clock, Credentials, Leg, Placed, make_or_derive,
};
use betteroms_polymarket::wire::order::{OrderStatus, PlacementStatus};
use betteroms_polymarket::wire::trade::TraderRole;
use betteroms_polymarket::{Hosts, Options};
use serde_json::{Value, json};
use std::time::Duration;

struct Desk {
    house: House,
    bob: Person,
    client: AccountClient,
}

fn options(house: &House) -> Options {
    Options {
        hosts: Hosts::at(&house.open.url(Clob)),
        attempt_deadline: Duration::from_millis(700),
        call_deadline: Duration::from_secs(3),
        retries_max: 2,
        pause_min: Duration::from_millis(10),
        ..Options::default()
    }
}

fn clock() -> Clock {
    Clock::new(|| Time::from_secs(START))
}

impl Desk {
    async fn new() -> Self {
        let (house, staged) = House::staged(7, Log::default()).await;
        let bob = Person::named(&staged, "bob");
        let credentials = Credentials::new(&bob.id, &bob.secret, &bob.passphrase).unwrap();
        let client =
            AccountClient::new(options(&house), bob.key.address(), credentials, clock()).unwrap();
        Self { house, bob, client }
    }

    /// A signed order: its hash and its bytes.
    fn order(&self, side: Side, mills: u64, shares: u64, salt: u64) -> (String, String) {
        let (asked, id) = self.bob.posts(&Wish::new(side, mills, shares, salt));
        (id.to_string(), asked.body)
    }

    async fn place(&self, order: &(String, String)) -> Placed {
        let placed = self.client.place(&[Leg { id: &order.0, body: &order.1 }]).await;
        placed.into_iter().next().unwrap()
    }

    async fn fault(&self, on: &str, what: Value) {
        self.house.fault(&json!({ "on": on, "times": 1, "what": what }).to_string()).await;
    }

    /// How often orders were posted, by the emulator's log.
    async fn posts(&self) -> usize {
        let log = self.house.client.get(self.house.clob("/emulator/log?after=0"));
        let text = log.send().await.unwrap().text().await.unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["topic"] == "request" && is_posting(line)).count()
    }
}

fn is_posting(line: &Value) -> bool {
    line["method"] == "POST" && (line["path"] == "/order" || line["path"] == "/orders")
}

fn code(placed: &Placed) -> (&'static str, &'static str) {
    match placed {
        Placed::Accepted { .. } => ("accepted", ""),
        Placed::NotSent { code, .. } => ("not sent", code),
        Placed::Refused { code, .. } => ("refused", code),
        Placed::Unknown { code, .. } => ("unknown", code),
    }
}

#[tokio::test]
async fn credentials_are_derived_and_survive_being_kept() {
    let desk = Desk::new().await;
    let sign = |digest| desk.bob.key.sign_digest(digest);
    let address = desk.bob.key.address();
    let made = make_or_derive(options(&desk.house), address, &sign, &clock()).await.unwrap();
    assert_eq!(made.api_key(), desk.bob.id);
    let kept = Credentials::from_json(&made.to_json()).unwrap();
    assert_eq!(kept.api_key(), made.api_key());
    let shown = format!("{made:?} {:?}", desk.client);
    for secret in [&desk.bob.secret, &desk.bob.passphrase, &desk.bob.private_key] {
        assert!(made.to_json().contains(secret.as_str()) || *secret == desk.bob.private_key);
        assert!(!shown.contains(secret.as_str()));
    }
    assert!(Credentials::from_json("{}").is_none());
    // Somebody without a key gets one made.
    let stranger = betteroms_polymarket::signing::LocalKey::from_bytes(&[9; 32]).unwrap();
    let sign = |digest| stranger.sign_digest(digest);
    let fresh = make_or_derive(options(&desk.house), stranger.address(), &sign, &clock()).await;
    assert_ne!(fresh.unwrap().api_key(), desk.bob.id);
}

#[tokio::test]
async fn an_order_is_placed_shown_matched_and_cancelled() {
    let desk = Desk::new().await;
    assert_eq!(desk.client.version().await.unwrap(), 2);
    assert_eq!(desk.client.time().await.unwrap(), Time::from_secs(START));
    assert!(!desk.client.closed_only().await.unwrap());
    let resting = desk.order(Side::Buy, 320, 10, 1);
    let placed = desk.place(&resting).await;
    assert_eq!(placed, Placed::Accepted { status: PlacementStatus::Live, trades: vec![] });
    let taking = desk.order(Side::Buy, 350, 7, 2);
    let Placed::Accepted { status: PlacementStatus::Matched, trades } = desk.place(&taking).await
    else {
        panic!("it takes");
    };
    let open = desk.client.open_orders().await.unwrap();
    assert_eq!(
        open.iter().map(|order| order.id.clone()).collect::<Vec<_>>(),
        std::slice::from_ref(&resting.0)
    );
    let shown = desk.client.order(&taking.0).await.unwrap().unwrap();
    assert_eq!(shown.status, OrderStatus::Matched);
    let told = desk.client.trades(None).await.unwrap();
    assert_eq!((told.len(), &told[0].id), (1, &trades[0]));
    assert_eq!(told[0].trader_side, Some(TraderRole::Taker));
    let late = desk.client.trades(Some(Time::from_secs(START + 60))).await.unwrap();
    assert_eq!(late.len(), 0);
    desk.client.refresh_balance(AssetRef::Collateral, 0).await.unwrap();
    let balance = desk.client.balance(AssetRef::Collateral, 0).await.unwrap();
    assert!(balance.balance.whole().unwrap() > 0);
    assert_eq!(desk.client.order(&format!("0x{}", "ab".repeat(32))).await.unwrap(), None);
    let answer = desk.client.cancel(&[&resting.0, &taking.0]).await.unwrap();
    assert_eq!(answer.canceled, std::slice::from_ref(&resting.0));
    assert!(answer.not_canceled.contains_key(&taking.0));
    assert!(desk.client.open_orders().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_batch_answers_each_leg_and_refusals_have_their_codes() {
    let desk = Desk::new().await;
    let legs = [
        desk.order(Side::Buy, 310, 10, 1),
        desk.order(Side::Buy, 310, 1, 2),
        desk.order(Side::Sell, 900, 6_000, 3),
        desk.order(Side::Buy, 305, 10, 4),
    ];
    let sent: Vec<Leg<'_>> = legs.iter().map(|(id, body)| Leg { id, body }).collect();
    let placed = desk.client.place(&sent).await;
    let codes: Vec<_> = placed.iter().map(code).collect();
    assert_eq!(
        codes,
        [
            ("accepted", ""),
            ("refused", "UNDER_MINIMUM"),
            ("refused", "NOT_ENOUGH_BALANCE"),
            ("refused", "OFF_TICK"),
        ]
    );
    // The very same bytes again: the venue has them, and that is no refusal.
    assert_eq!(code(&desk.place(&legs[0]).await), ("unknown", "DUPLICATED"));
    assert_eq!(code(&desk.place(&legs[1]).await), ("refused", "UNDER_MINIMUM"));
}

#[tokio::test]
async fn what_became_of_an_order_is_never_guessed_and_it_is_sent_once() {
    let rows: [(Value, (&str, &str)); 14] = [
        (json!("drop_reply"), ("unknown", "NO_ANSWER")),
        (json!("reset"), ("unknown", "NO_ANSWER")),
        (json!("half_body"), ("unknown", "NO_ANSWER")),
        (json!("silent"), ("unknown", "NO_ANSWER")),
        (json!("malformed"), ("unknown", "STRANGE")),
        (json!("wrong_id"), ("unknown", "STRANGE")),
        (json!({"content_type": {}}), ("unknown", "STRANGE")),
        (json!({"hostile": {"with": "nesting"}}), ("unknown", "STRANGE")),
        (json!("drop"), ("unknown", "NO_ANSWER")),
        (json!({"status": {"status": 500}}), ("unknown", "STRANGE")),
        (json!({"status": {"status": 425}}), ("not sent", "RESTARTING")),
        (json!({"status": {"status": 429, "retry_after": 7}}), ("not sent", "TOO_MANY_REQUESTS")),
        (json!({"mode": {"to": {"cancel_only": {}}}}), ("not sent", "CANCEL_ONLY")),
        (json!({"mode": {"to": {"disabled": {}}}}), ("not sent", "DISABLED")),
    ];
    let (mut lost, mut there) = (0, 0);
    for (what, expected) in rows {
        let desk = Desk::new().await;
        let order = desk.order(Side::Buy, 310, 10, 1);
        desk.fault("POST /order", what.clone()).await;
        let placed = desk.place(&order).await;
        assert_eq!(code(&placed), expected, "{what}: {placed:?}");
        assert_eq!(desk.posts().await, 1, "{what}: sent once");
        let found = desk.client.order(&order.0).await.unwrap().is_some();
        if found {
            there += 1;
            assert_eq!(expected.0, "unknown", "{what}: it is there, and that was not ruled out");
        } else {
            lost += 1;
        }
        if let Placed::NotSent { retry_after, .. } = &placed {
            let asked = expected.1 == "TOO_MANY_REQUESTS";
            assert_eq!(*retry_after, asked.then_some(Duration::from_secs(7)), "{what}");
        }
    }
    assert!(there >= 5 && lost >= 5, "{there} orders there, {lost} not");
}

#[tokio::test]
async fn a_read_is_repeated_and_an_answer_about_another_order_is_none() {
    let desk = Desk::new().await;
    let order = desk.order(Side::Buy, 310, 10, 1);
    desk.place(&order).await;
    desk.fault("GET /data/order/{id}", json!("drop_reply")).await;
    assert!(desk.client.order(&order.0).await.unwrap().is_some());
    desk.fault("GET /data/order/{id}", json!("wrong_id")).await;
    let error = desk.client.order(&order.0).await.unwrap_err();
    assert!(error.to_string().contains("no answer to trust"), "{error}");
    desk.fault("GET /data/orders", json!({"status": {"status": 500}})).await;
    assert_eq!(desk.client.open_orders().await.unwrap().len(), 1);
    desk.fault("GET /data/orders", json!("malformed")).await;
    assert!(desk.client.open_orders().await.is_err(), "a part of a list is no list");
}

#[tokio::test]
async fn a_page_is_no_not_found_and_more_than_a_batch_goes_out_in_several() {
    let desk = Desk::new().await;
    let unknown = format!("0x{}", "ab".repeat(32));
    assert_eq!(desk.client.order(&unknown).await.unwrap(), None, "the venue's own words");
    desk.fault("GET /data/order/{id}", json!({"status": {"status": 404}})).await;
    assert!(desk.client.order(&unknown).await.is_err(), "somebody else's 404 proves nothing");
    let orders: Vec<_> = (1..=17).map(|salt| desk.order(Side::Buy, 310, 5, salt)).collect();
    let legs: Vec<Leg<'_>> = orders.iter().map(|(id, body)| Leg { id, body }).collect();
    let placed = desk.client.place(&legs).await;
    assert_eq!(placed.iter().filter(|placed| code(placed).0 == "accepted").count(), 17);
    assert_eq!(desk.posts().await, 2);
}
