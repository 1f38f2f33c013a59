//! The signers' token buckets and the adapter's pace: headers that are heeded, and lies that change
//! nothing but the pace.

use super::house::House;
use super::stage::{Person, START, Wish};
use betteroms_core::market::Side;
use betteroms_core::time::Time;
use betteroms_emulator::log::Log;
use betteroms_emulator::serve::call::Service::Clob;
use betteroms_emulator::venue::bucket::Limits;
use betteroms_polymarket::account::{AccountClient, Clock, Credentials, Leg, Placed};
use betteroms_polymarket::{Hosts, Options};
use serde_json::json;
use std::time::{Duration, Instant};

fn client(house: &House, bob: &Person) -> AccountClient {
    let options = Options { hosts: Hosts::at(&house.open.url(Clob)), ..Options::default() };
    let credentials = Credentials::new(&bob.id, &bob.secret, &bob.passphrase).unwrap();
    let clock = Clock::new(|| Time::from_secs(START));
    AccountClient::new(options, bob.key.address(), credentials, clock).unwrap()
}

/// Places resting orders with these salts, and says how many were taken.
async fn place(client: &AccountClient, bob: &Person, salts: std::ops::Range<u64>) -> usize {
    let made: Vec<(String, String)> = salts
        .map(|salt| {
            let (asked, id) = bob.posts(&Wish::new(Side::Buy, 100, 5, salt));
            (id.to_string(), asked.body)
        })
        .collect();
    let legs: Vec<Leg<'_>> = made.iter().map(|(id, body)| Leg { id, body }).collect();
    let placed = client.place(&legs).await;
    placed.iter().filter(|one| matches!(one, Placed::Accepted { .. })).count()
}

#[tokio::test]
async fn a_named_tier_raises_the_rate_and_a_sweep_past_the_burst_never_passes() {
    let (house, staged) = House::staged(7, Log::default()).await;
    let bob = Person::named(&staged, "bob");
    let tier = |word: &'static str| {
        let (path, body) =
            (format!("/emulator/accounts/{}", bob.key.address()), json!({ "tier": word }));
        let house = &house;
        async move { house.control("POST", &path, &body.to_string()).await.0 }
    };
    assert_eq!(tier("Elite").await, 200);
    let client = client(&house, &bob);
    let begun = Instant::now();
    assert_eq!(place(&client, &bob, 1..301).await, 300);
    // At the lowest tier's rate the last of them would leave after 6.6 s.
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!(tier("Standard").await, 200);
    let refused = client.cancel_all().await.unwrap_err();
    assert!(refused.is_busy(), "{refused}");
    assert_eq!(client.open_orders().await.unwrap().len(), 300);
    assert_eq!(tier("Mithril").await, 400);
}

#[tokio::test]
async fn lying_headers_do_no_harm() {
    let reset = (START + 1).to_string();
    let lies = [
        json!({"remaining": "4294967295", "tier": "Elite", "reset": "1"}),
        json!({"remaining": "0", "reset": reset, "tier": "Mithril"}),
        json!({"remaining": "-1", "reset": "99999999999999999999", "tier": "", "warning": "perhaps"}),
        json!({"warning": "true", "tier": "Elite"}),
    ];
    for lie in lies {
        let (house, staged) = House::staged(7, Log::default()).await;
        let bob = Person::named(&staged, "bob");
        let client = client(&house, &bob);
        let rule = json!({"on": "POST *", "what": {"rate_limit": lie}});
        house.fault(&rule.to_string().replace("POST *", "POST /orders")).await;
        let begun = Instant::now();
        // Twice as many as one request carries, within what the venue takes at once.
        assert_eq!(place(&client, &bob, 1..31).await, 30, "{lie}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{lie}: {:?}", begun.elapsed());
        assert_eq!(client.open_orders().await.unwrap().len(), 30, "{lie}");
    }
}

#[tokio::test]
async fn who_counts_nothing_tells_nothing() {
    for (limits, told) in [(Limits::Off, None), (Limits::Enforce, Some("59"))] {
        let (house, staged) = House::staged_under(7, Log::default(), |settings| {
            betteroms_emulator::venue::Settings { limits, ..settings }
        })
        .await;
        let bob = Person::named(&staged, "bob");
        let (asked, _) = bob.posts(&Wish::new(Side::Buy, 100, 5, 1));
        let answer = house.ask(&asked).await.unwrap();
        assert_eq!(answer.header("poly-ratelimit-remaining"), told, "{}", answer.text());
    }
}
