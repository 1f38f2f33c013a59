//! From a reference to one market, and what the sources say about it.

use crate::server::{Answer, Asked, Loopback};
use crate::shared;
use betteroms_core::market::{FeeSchedule, Gate, Market};
use betteroms_core::money::{Fraction, Shares, Tick};
use betteroms_core::plan::MarketRef;
use betteroms_core::time::Time;
use betteroms_core::world::MarketProblem;
use serde_json::{Value, json};

pub(crate) fn condition(n: u64) -> String {
    format!("0x{n:064x}")
}

/// A market of ours in Gamma's form; `patch` overrides fields.
pub(crate) fn gamma(n: u64, slug: &str, patch: &Value) -> Value {
    let mut market = json!({
        "id": n.to_string(), "question": format!("Will {slug}?"), "conditionId": condition(n), "slug": slug,
        "outcomes": "[\"Yes\", \"No\"]", "outcomePrices": "[\"0.4\", \"0.6\"]",
        "clobTokenIds": format!("[\"{}\", \"{}\"]", 2 * n, 2 * n + 1),
        "active": true, "closed": false, "archived": false, "acceptingOrders": true, "enableOrderBook": true,
        "negRisk": false, "orderPriceMinTickSize": 0.01, "orderMinSize": 5, "feesEnabled": true,
        "feeType": "politics_fees_v2",
        "feeSchedule": {"exponent": 1, "rate": 0.04, "takerOnly": true, "rebateRate": 0.25},
        "endDate": "2026-12-31T00:00:00Z", "updatedAt": "2026-11-01T00:00:00Z"
    });
    patched(&mut market, patch);
    market
}

/// The same market in the CLOB's form.
pub(crate) fn clob(n: u64, patch: &Value) -> Value {
    let mut market = json!({
        "c": condition(n), "t": [{"t": (2 * n).to_string(), "o": "Yes"}, {"t": (2 * n + 1).to_string(), "o": "No"}],
        "mts": 0.001, "mos": 5, "mbf": 1000, "tbf": 1000, "ao": true, "fd": {"r": 0.04, "e": 1, "to": true}
    });
    patched(&mut market, patch);
    market
}

fn patched(market: &mut Value, patch: &Value) {
    for (name, value) in patch.as_object().unwrap() {
        market[name] = value.clone();
    }
}

/// Gamma's and the CLOB's answers for a list of markets, as the venue gives them: closed markets only when
/// asked for, unknown ones left out.
pub(crate) fn described(asked: &Asked, markets: &[(Value, Value)]) -> Answer {
    if let Some(id) = asked.path.strip_prefix("/clob-markets/") {
        let found = markets.iter().find(|(_, clob)| clob["c"] == id);
        return found
            .map_or(Answer::Status(404, r#"{"error":"market not found"}"#), |(_, clob)| {
                Answer::Json(clob.to_string())
            });
    }
    assert_eq!(asked.path, "/markets");
    let closed = asked.one("closed") == "true";
    let named = |market: &&Value| {
        [("condition_ids", "conditionId"), ("id", "id"), ("slug", "slug")]
            .iter()
            .any(|(key, field)| asked.all(key).iter().any(|v| market[*field] == v.as_str()))
    };
    let found = markets.iter().map(|(gamma, _)| gamma);
    let found: Vec<_> =
        found.filter(|m| m["closed"].as_bool() == Some(closed)).filter(named).collect();
    Answer::Json(json!(found).to_string())
}

fn reference(name: &str) -> MarketRef {
    MarketRef::Market(name.to_owned())
}

async fn one(gamma_patch: Value, clob: Option<Value>) -> Result<Market, MarketProblem> {
    let markets =
        vec![(gamma(5, "rain", &gamma_patch), clob.unwrap_or_else(|| json!({"c": "none"})))];
    let venue = Loopback::start(move |asked| described(asked, &markets)).await;
    venue.books.resolve(&[reference("rain")]).await.remove("rain").unwrap()
}

#[tokio::test]
async fn a_market_is_found_by_slug_condition_number_and_address() {
    let markets = vec![(gamma(5, "rain", &json!({})), clob(5, &json!({})))];
    let event =
        json!({"id": "9", "slug": "weather", "title": "Weather", "markets": [markets[0].0]});
    let venue = Loopback::start(move |asked| match asked.path.as_str() {
        "/events/slug/weather" => Answer::Json(event.to_string()),
        path if path.starts_with("/events") => Answer::Status(404, "{}"),
        _ => described(asked, &markets),
    })
    .await;
    let upper = condition(5).to_uppercase().replace("0X", "0x");
    let names = [
        "rain",
        &upper,
        "5",
        "https://polymarket.com/event/weather",
        "https://polymarket.com/event/weather/rain",
        "https://polymarket.com/market/rain",
        "weather",
    ];
    let mut references: Vec<MarketRef> = names.iter().map(|name| reference(name)).collect();
    references.push(MarketRef::Pick { event: "weather".into(), pick: "Will Rain?".into() });
    let found = venue.books.resolve(&references).await;
    assert_eq!(found.len(), references.len());
    for (name, market) in found {
        let market = market.unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
        assert_eq!(market.condition.as_str(), condition(5), "{name}");
        assert_eq!(market.tokens, ["10", "11"]);
        assert_eq!(market.tick, Tick::from_micros(1_000).unwrap(), "the CLOB's tick, not Gamma's");
        assert_eq!(market.min_size, Shares::from_units(5));
        assert_eq!(market.gate, Gate::Accepting);
        assert_eq!(market.category.as_deref(), Some("politics"));
        assert_eq!(
            (market.close, market.resolution),
            (None, None),
            "the scheduled end is no close"
        );
        let fee = FeeSchedule { rate: Fraction::from_micros(40_000).unwrap(), exponent: Some(1) };
        assert_eq!(market.fee, Some(fee));
    }
    let missing =
        ["snow", "7", "https://polymarket.com/event/weather/snow", "https://x.example/event/y"];
    let references: Vec<MarketRef> = missing.iter().map(|name| reference(name)).collect();
    for (name, market) in venue.books.resolve(&references).await {
        assert_eq!(market, Err(MarketProblem::NotFound), "{name}");
    }
}

#[tokio::test]
async fn an_event_address_lists_its_markets_and_a_pick_chooses() {
    let test = "an_event_address_lists_its_markets_and_a_pick_chooses";
    let Some(bytes) = shared::read(test, "fixtures_nautilus_lgpl/gamma_event.json") else {
        return;
    };
    let events: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
    let event = events[0].to_string();
    let slugs: Vec<String> = events[0]["markets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|market| market["slug"].as_str().unwrap().to_owned())
        .collect();
    let venue = Loopback::start(move |asked| match asked.path.as_str() {
        "/events/slug/democratic-presidential-nominee-2028" => Answer::Json(event.clone()),
        "/markets" => Answer::Json("[]".into()),
        _ => Answer::Status(404, "{}"),
    })
    .await;
    let address = "https://polymarket.com/event/democratic-presidential-nominee-2028";
    let pick = |words: &str| MarketRef::Pick { event: address.into(), pick: words.into() };
    let whole = reference(address);
    let references = [
        whole.clone(),
        reference("democratic-presidential-nominee-2028"),
        pick("stephen a. smith"),
        pick("x"),
    ];
    let found = venue.books.resolve(&references).await;
    let several = Err(MarketProblem::Several { slugs: slugs.clone() });
    assert_eq!(found[&whole.to_string()], several);
    assert_eq!(found["democratic-presidential-nominee-2028"], several, "a slug may be an event's");
    assert_eq!(found[&references[3].to_string()], Err(MarketProblem::NotFound));
    let picked = found[&references[2].to_string()].clone().unwrap();
    assert_eq!(picked.slug, slugs[0]);
    assert!(picked.neg_risk);
    assert_eq!(picked.fee, Some(FeeSchedule::FREE), "feesEnabled is false, and no CLOB record");
}

#[tokio::test]
async fn the_fee_is_what_both_sources_allow() {
    let at = |micros: u32, exponent| {
        Some(FeeSchedule { rate: Fraction::from_micros(micros).unwrap(), exponent })
    };
    let fd = |fd: Value| Some(clob(5, &json!({ "fd": fd })));
    let rows: Vec<(&str, Value, Option<Value>, Option<FeeSchedule>)> = vec![
        ("both agree", json!({}), fd(json!({"r": 0.04, "e": 1, "to": true})), at(40_000, Some(1))),
        (
            "the CLOB wins",
            json!({}),
            fd(json!({"r": 0.07, "e": 2, "to": true})),
            at(70_000, Some(2)),
        ),
        ("off", json!({"feesEnabled": false}), fd(Value::Null), Some(FeeSchedule::FREE)),
        ("off, no CLOB", json!({"feesEnabled": false}), None, Some(FeeSchedule::FREE)),
        ("no CLOB", json!({}), None, at(40_000, Some(1))),
        ("CLOB silent, Gamma says on", json!({}), fd(Value::Null), at(40_000, Some(1))),
        ("on, without a curve", json!({"feeSchedule": null}), fd(Value::Null), None),
        ("nobody says", json!({"feesEnabled": null, "feeSchedule": null}), None, None),
        (
            "broken exponent",
            json!({}),
            fd(json!({"r": 0.04, "e": 1.5, "to": true})),
            at(40_000, None),
        ),
        ("makers pay too", json!({}), fd(json!({"r": 0.04, "e": 1, "to": false})), None),
        ("rate above one", json!({}), fd(json!({"r": 1.5, "e": 1})), None),
    ];
    for (name, gamma, clob, expected) in rows {
        assert_eq!(one(gamma, clob).await.unwrap().fee, expected, "{name}");
    }
}

#[tokio::test]
async fn gate_and_result_are_believed_only_when_certain() {
    let closed = |prices: &str, status: Value| {
        json!({"closed": true, "acceptingOrders": true, "outcomePrices": prices,
               "umaResolutionStatus": status, "closedTime": "2026-11-02 03:04:05+00"})
    };
    let resolved = json!("resolved");
    let rows = [
        (json!({}), Gate::Accepting, None),
        (json!({"active": false}), Gate::Paused, None),
        (json!({"enableOrderBook": false}), Gate::Paused, None),
        (json!({"archived": true}), Gate::Closed, None),
        (closed(r#"["1", "0"]"#, resolved.clone()), Gate::Closed, Some(1_000_000)),
        (closed(r#"["0", "1"]"#, Value::Null), Gate::Closed, Some(0)),
        (closed(r#"["0.5", "0.5"]"#, resolved.clone()), Gate::Closed, Some(500_000)),
        (closed(r#"["0.5", "0.5"]"#, Value::Null), Gate::Closed, None),
        (closed(r#"["0.7", "0.3"]"#, resolved.clone()), Gate::Closed, Some(700_000)),
        (closed(r#"["1", "0"]"#, json!("proposed")), Gate::Closed, None),
        (closed(r#"["0", "0"]"#, resolved.clone()), Gate::Closed, None),
        (closed(r#"["0.9995", "0.0005"]"#, Value::Null), Gate::Closed, None),
        (closed(r#"["1"]"#, resolved), Gate::Closed, None),
    ];
    for (patch, gate, payout) in rows {
        let market = one(patch.clone(), Some(clob(5, &json!({})))).await.unwrap();
        assert_eq!(market.gate, gate, "{patch}");
        let found = market.resolution.map(|result| result.payout_first.micros());
        assert_eq!(found, payout, "{patch}");
        let time = Time::parse("2026-11-02T03:04:05Z");
        assert_eq!(market.close, (patch["closed"] == true).then_some(time).flatten(), "{patch}");
        assert_eq!(market.resolution.map(|r| r.at), payout.and(time), "{patch}");
    }
    let paused = one(json!({}), Some(clob(5, &json!({"ao": false})))).await.unwrap();
    assert_eq!(paused.gate, Gate::Paused, "the CLOB's gate wins");
}

#[tokio::test]
async fn contradictions_about_identity_are_refused() {
    let rows = [
        (json!({}), clob(6, &json!({"c": condition(5)})), "token 10"),
        (json!({}), clob(5, &json!({"t": []})), "does not have two tokens"),
        (json!({"outcomes": r#"["No", "Yes"]"#}), clob(5, &json!({})), "named differently"),
        (json!({"outcomes": r#"["A","B","C"]"#}), clob(5, &json!({})), "two outcomes"),
        (json!({"clobTokenIds": "[]"}), clob(5, &json!({})), "not on the order book yet"),
        (json!({"clobTokenIds": r#"["10","10"]"#}), clob(5, &json!({})), "two token ids"),
        (json!({"conditionId": "0x12"}), clob(5, &json!({})), "not a condition id"),
        (json!({}), clob(5, &json!({"mts": 0})), "0 is not a tick"),
        (json!({}), clob(5, &json!({"mos": -5})), "-5 is not an amount"),
    ];
    for (gamma, clob, expected) in rows {
        let Err(MarketProblem::Unavailable { cause }) = one(gamma, Some(clob)).await else {
            panic!("{expected}: believed");
        };
        let expected = if expected == "named differently" { "differently" } else { expected };
        assert!(cause.contains(expected), "{expected:?} not in {cause:?}");
    }
}

#[tokio::test]
async fn an_answer_about_other_markets_spoils_its_batch_and_a_failure_is_not_a_missing_market() {
    let stray = gamma(6, "snow", &json!({}));
    let venue = Loopback::start(move |_| Answer::Json(json!([stray]).to_string())).await;
    let found = venue.books.resolve(&[reference("rain")]).await.remove("rain").unwrap();
    let Err(MarketProblem::Unavailable { cause }) = found else { panic!("{found:?}") };
    assert!(cause.contains("it is about market snow"), "{cause}");
    let venue = Loopback::start(|_| Answer::Status(500, "{}")).await;
    let found = venue.books.resolve(&[reference("rain")]).await.remove("rain").unwrap();
    assert!(matches!(found, Err(MarketProblem::Unavailable { .. })), "{found:?}");
}

#[tokio::test]
async fn recorded_markets_resolve() {
    let test = "recorded_markets_resolve";
    let files = [
        "real_mit_hugompt/gamma_markets.json",
        "real_mit_hugompt/gamma_event_crypto_updown.json",
        "fixtures_nautilus_lgpl/gamma_market.json",
        "fixtures_nautilus_lgpl/gamma_market_closed_binary_accepting_false.json",
        "fixtures_nautilus_lgpl/gamma_market_closed_binary_accepting_true.json",
        "fixtures_nautilus_lgpl/gamma_market_sports_market_money_line.json",
        "fixtures_nautilus_lgpl/gamma_market_sports_market_map_handicap.json",
    ];
    let mut markets = Vec::new();
    for file in files {
        let Some(bytes) = shared::read(test, file) else {
            return;
        };
        let read: Value = serde_json::from_slice(&bytes).unwrap();
        let rows = read.as_array().cloned().unwrap_or_else(|| vec![read]);
        for row in rows {
            let inner = row["markets"].as_array().cloned().unwrap_or_else(|| vec![row]);
            markets.extend(inner.into_iter().map(|market| (market, json!({"c": "none"}))));
        }
    }
    let references: Vec<MarketRef> = markets
        .iter()
        .map(|(market, _)| reference(market["conditionId"].as_str().unwrap()))
        .collect();
    let venue = Loopback::start(move |asked| described(asked, &markets)).await;
    let found = venue.books.resolve(&references).await;
    let lines: Vec<String> = references
        .iter()
        .map(|reference| {
            let market = found[&reference.to_string()].as_ref().unwrap();
            let fee = market.fee.map(|fee| fee.rate.to_string());
            let paid = market.resolution.map(|result| result.payout_first.to_string());
            format!(
                "{} {:?} {} {fee:?} {:?} {paid:?}",
                market.slug, market.gate, market.tick, market.category
            )
        })
        .collect();
    let expected = [
        "new-rhianna-album-before-gta-vi-926 Accepting 0.01 Some(\"0.05\") None None",
        "new-playboi-carti-album-before-gta-vi-421 Accepting 0.01 Some(\"0.05\") None None",
        "hype-updown-5m-1782287400 Accepting 0.01 Some(\"0.07\") Some(\"crypto\") None",
        "btc-updown-5m-1773307200 Accepting 0.01 None Some(\"crypto\") None",
        "katana-fdv-above-1b-one-day-after-launch-395-996 Closed 0.001 Some(\"0\") None Some(\"0\")",
        "russia-x-ukraine-ceasefire-by-end-of-2027 Closed 0.01 Some(\"0\") None Some(\"1\")",
    ];
    assert_eq!(lines[..6], expected, "{lines:#?}");
    assert_eq!(lines.len(), 8);
    assert!(
        lines[6].ends_with("Closed 0.001 Some(\"0.03\") Some(\"sports\") Some(\"1\")"),
        "{lines:#?}"
    );
}
