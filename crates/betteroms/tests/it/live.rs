//! Paper on live books, from the configuration's hosts to payout: the binary against a small venue on a
//! loopback port. Nothing here reaches the network.
//!
//! Control planted once and seen red: a public print that is counted in two passes; a crossed book that is
//! traded on.

use crate::house::{House, Said};
use crate::ledger::{self, number};
use crate::venue::{Market, Venue, clock, condition};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn live(house: &House, venue: &Venue, arguments: &[&str]) -> Said {
    let mut command = house.bare();
    for name in ["CLOB", "GAMMA", "DATA"] {
        command.env(format!("BETTEROMS_VENUE_{name}_URL"), &venue.url);
    }
    command.arg("--db").arg(house.db()).args(arguments);
    let said = Said::of(command.output().unwrap());
    if house.db().exists() {
        house.verify();
        ledger::balanced(&house.db());
    }
    said
}

/// A plan of BUY YES trades: market, price, dollars.
fn plan(house: &House, run_id: &str, trades: &[(&str, &str, u32)]) -> String {
    let trades: Vec<Value> = trades
        .iter()
        .map(|(market, price, size)| {
            json!({ "id": market, "marketId": market, "outcome": "YES", "side": "BUY",
                    "price": price, "size": size })
        })
        .collect();
    let text = json!({ "runId": run_id, "mode": "paper", "trades": trades }).to_string();
    house.write(&format!("{run_id}.jsonc"), &text);
    format!("{run_id}.jsonc")
}

/// How each order stands: `id status filled reason`.
fn orders(house: &House) -> Vec<String> {
    let told = house.call(&["orders", "--json"]).expect(0).json();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |order: &Value| {
        let wait = text(&order["wait"]["code"]);
        let id = text(&order["id"]);
        format!("{id} {} {} {wait}", text(&order["status"]), text(&order["filled"]))
    };
    told["orders"].as_array().unwrap().iter().map(line).collect()
}

/// Waits until the clock shows another second: the venue's trades know no finer time.
fn another_second() -> i64 {
    let begun = clock();
    let started = Instant::now();
    while clock() == begun {
        assert!(started.elapsed() < Duration::from_secs(3));
        std::thread::sleep(Duration::from_millis(20));
    }
    clock()
}

#[test]
fn an_order_rests_is_filled_by_prints_and_by_a_book_and_is_paid_out() {
    let mut markets = vec![Market::new(1, "rain"), Market::new(2, "snow")];
    markets[0].book(2, &[("0.39", "10")], &[("0.41", "50"), ("0.42", "30")]);
    markets[1].book(2, &[("0.30", "40"), ("0.29", "5")], &[("0.45", "100")]);
    let (house, venue) = (House::new(), Venue::open(markets));
    let file = plan(&house, "fair", &[("rain", "0.42", 42), ("snow", "0.30", 30)]);

    live(&house, &venue, &["run", &file]).expect(0);
    assert_eq!(orders(&house), ["fair/rain/1 OPEN 80 -", "fair/snow/1 OPEN 0 -"]);
    let again = live(&house, &venue, &["run", &file]).expect(0);
    assert!(again.out.contains("fair"), "{}", again.out);
    assert_eq!(orders(&house), ["fair/rain/1 OPEN 80 -", "fair/snow/1 OPEN 0 -"]);

    // 90 sold at 0.30 where 40 were ahead of us, 20 through our price; and 60 shown at 0.42 where we took 30.
    let at = another_second();
    venue.market(0, |rain| rain.book(0, &[("0.40", "10")], &[("0.42", "60")]));
    venue.market(1, |snow| {
        snow.book(0, &[("0.29", "5")], &[("0.45", "100")]);
        snow.print(at, "SELL", 0.30, 90.0);
        snow.print(at, "SELL", 0.29, 20.0);
    });
    another_second();
    for pass in 0..2 {
        live(&house, &venue, &["run", &file]).expect(0);
        let expected = ["fair/rain/1 FILLED 100 -", "fair/snow/1 OPEN 70 -"];
        assert_eq!(orders(&house), expected, "pass {pass}: a print counts once");
        another_second();
        venue.market(1, |snow| snow.book(0, &[("0.29", "5")], &[("0.45", "100")]));
    }

    venue.market(0, |rain| rain.resolve("1", "0"));
    let paid = live(&house, &venue, &["run", "--json"]).expect(0).json();
    assert_eq!(paid["report"]["totals"]["paidOut"], "100");
    venue.market(1, |snow| snow.resolve("0", "1"));
    live(&house, &venue, &["run"]).expect(0);
    assert_eq!(orders(&house)[1], "fair/snow/1 CANCELLED 70 -");
    let folded = live(&house, &venue, &["report", "--since", "1h", "--json"]).expect(0).json();
    assert_eq!(
        (folded["passes"].clone(), folded["totals"]["paidOut"].clone()),
        (6.into(), "100".into())
    );
    let rows = |what: &str| number(&house.db(), &format!("SELECT COUNT(*) FROM {what}"));
    println!(
        "{} fills, {} passes, asked {:?}",
        rows("executions"),
        rows("runs WHERE kind = 'pass'"),
        venue.hall.lock().unwrap().asked
    );
    assert_eq!((rows("executions"), rows("positions WHERE payout IS NOT NULL")), (5, 2));
    // 10,000 − 20.50 − 12.60 − 8.40 − 21 and fees, + 100.
    let fees = number(&house.db(), "SELECT SUM(fee) FROM executions");
    assert!(fees > 0);
    assert_eq!(number(&house.db(), "SELECT cash FROM accounts"), 10_037_500_000 - fees);
}

#[test]
fn a_book_that_proves_nothing_makes_its_trades_wait_until_it_does() {
    let names = ["good", "quiet", "crossed", "absent", "badprice", "foreign"];
    let mut markets: Vec<Market> = (1..).zip(names).map(|(n, name)| Market::new(n, name)).collect();
    for market in &mut markets {
        market.book(1, &[("0.38", "100")], &[("0.40", "100")]);
    }
    // A live book's age counts from its receipt: one that nobody has changed for a while is a book.
    markets[1].book(400, &[("0.38", "100")], &[("0.40", "100")]);
    markets[2].book(1, &[("0.41", "100")], &[("0.40", "100")]);
    markets[3].book = None;
    markets[4].book(1, &[("0.38", "100")], &[("1.5", "100")]);
    markets[5].book.as_mut().unwrap()["market"] = json!(condition(77));
    let (house, venue) = (House::new(), Venue::open(markets));
    let trades = names.map(|name| (name, "0.40", 20));
    let file = plan(&house, "wary", &trades);
    let first = live(&house, &venue, &["run", &file]).expect(0);
    let mut expected: Vec<String> =
        ["good", "quiet"].map(|name| format!("wary/{name}/1 FILLED 50 -")).to_vec();
    let reasons = ["BOOK_CROSSED", "BOOK_MISSING", "MARKET_UNAVAILABLE", "MARKET_UNAVAILABLE"];
    for (name, reason) in names[2..].iter().zip(reasons) {
        expected.push(format!("wary/{name}/1 WAITING 0 {reason}"));
    }
    assert_eq!(orders(&house), expected, "{}", first.out);
    assert!(first.out.contains("1.5"), "the cause is told:\n{}", first.out);
    for place in 2..6 {
        venue.market(place, |market| market.book(0, &[("0.38", "100")], &[("0.40", "100")]));
    }
    live(&house, &venue, &["run", &file]).expect(0);
    assert_eq!(orders(&house), names.map(|name| format!("wary/{name}/1 FILLED 50 -")));
}

#[test]
fn a_venue_that_is_down_loses_nothing() {
    let mut markets = vec![Market::new(1, "rain")];
    markets[0].book(1, &[("0.30", "10")], &[("0.45", "100")]);
    let (house, venue) = (House::new(), Venue::open(markets));
    let file = plan(&house, "patient", &[("rain", "0.40", 20)]);
    live(&house, &venue, &["run", &file]).expect(0);
    assert_eq!(orders(&house), ["patient/rain/1 OPEN 0 -"]);

    venue.change(|hall| hall.broken = Some(404));
    let second = plan(&house, "new", &[("rain", "0.41", 20)]);
    let said = live(&house, &venue, &["run", &second]);
    println!("a venue out of order: exit {:?}\n{}{}", said.code, said.out, said.err);
    assert_eq!(said.code, Some(0));
    assert_eq!(orders(&house)[1], "patient/rain/1 OPEN 0 -");
    assert!(orders(&house)[0].starts_with("new/rain/1 WAITING 0"), "{:?}", orders(&house));
    let shown = live(&house, &venue, &["market", "show", "rain"]);
    assert_ne!(shown.code, Some(0), "{}", shown.out);

    venue.change(|hall| hall.broken = None);
    venue.market(0, |rain| rain.book(0, &[("0.30", "10")], &[("0.41", "200")]));
    live(&house, &venue, &["run"]).expect(0);
    assert_eq!(orders(&house), ["new/rain/1 FILLED 48.78 -", "patient/rain/1 OPEN 0 -"]);

    // Nobody listens any more.
    let url = venue.url.clone();
    drop(venue);
    let mut command = house.bare();
    for name in ["CLOB", "GAMMA", "DATA"] {
        command.env(format!("BETTEROMS_VENUE_{name}_URL"), &url);
    }
    let begun = Instant::now();
    let gone = Said::of(command.arg("--db").arg(house.db()).arg("run").output().unwrap());
    println!("nobody there: exit {:?} after {:?}\n{}", gone.code, begun.elapsed(), gone.out);
    assert_eq!(gone.code, Some(0), "{}", gone.err);
    assert_eq!(orders(&house), ["new/rain/1 FILLED 48.78 -", "patient/rain/1 OPEN 0 -"]);
    house.verify();
}

#[test]
fn a_market_is_found_shown_and_written_as_a_plan_that_runs() {
    let mut markets = vec![Market::new(1, "rain"), Market::new(2, "snow")];
    markets[0].book(1, &[("0.38", "100")], &[("0.40", "100")]);
    let (house, venue) = (House::new(), Venue::open(markets));
    let found = live(&house, &venue, &["market", "find", "fair", "day"]).expect(0);
    assert!(found.out.contains("A fair day") && found.out.contains("  rain\n"), "{}", found.out);
    let found = live(&house, &venue, &["market", "find", "fair", "--json"]).expect(0).json();
    assert_eq!(found["events"][0]["markets"][1]["slug"], "snow");
    let shown = live(&house, &venue, &["market", "show", "rain"]).expect(0);
    for part in ["Will rain?", "tick        0.01", "bid 0.38", "ask 0.4", &condition(1)] {
        assert!(shown.out.contains(part), "{part:?} not in\n{}", shown.out);
    }
    live(&house, &venue, &["market", "show", "rain", "--json"]).expect(0).json();
    for reference in ["rain", &condition(1), "1", "https://polymarket.com/event/x/rain"] {
        let said = live(&house, &venue, &["market", "show", reference, "--plan"]);
        println!("{reference}: exit {:?}", said.code);
        if reference == "rain" {
            house.write("written.jsonc", &said.expect(0).out);
        }
    }
    let checked = house.call(&["check", "written.jsonc"]).expect(0);
    assert!(checked.out.contains("written.jsonc: ok"), "{}", checked.out);
    let ran = live(&house, &venue, &["run", "written.jsonc"]).expect(0);
    assert_eq!(orders(&house).len(), 1, "{}", ran.out);
    let none = live(&house, &venue, &["market", "show", "nowhere"]).expect(2);
    assert!(none.err.contains("nowhere"), "{}", none.err);
    let none = live(&house, &venue, &["market", "show", "nowhere", "--json"]).expect(2);
    let told: Value = serde_json::from_str(&none.err).unwrap();
    assert!(told["error"].as_str().unwrap().contains("[MARKET_NOT_FOUND]"), "{told}");
    assert!(told["causes"].is_array() && none.out.is_empty(), "{told}");
}
