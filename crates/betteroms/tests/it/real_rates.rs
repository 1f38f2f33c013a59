//! The venue's rate limits as a real run meets them: many orders in one pass without a refusal, refusals that
//! are waited out, headers that lie, and a panic with more orders than one cancel can carry.

use crate::desk::Desk;
use crate::trader::{SCRIPT, Trader, count, trade};
use betteroms_core::time::Time;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

fn many(trader: &Trader, run_id: &str, orders: usize) -> String {
    let trades: Vec<Value> = (0..orders).map(|_| trade("rain", "BUY", "0.02", 5, "GTC")).collect();
    trader.plan(run_id, &trades)
}

/// When the venue placed each order, in microseconds, in order.
fn placed_at(venue: &Desk) -> Vec<i64> {
    let lines = venue.log().into_iter().filter(|line| line["change"] == "placed");
    let at = lines.map(|line| serde_json::from_value::<Time>(line["at"].clone()));
    at.map(|at| at.expect("a time").micros()).collect()
}

/// How many answers refused a request for its rate.
fn refusals(venue: &Desk) -> usize {
    venue.log().iter().filter(|line| line["topic"] == "answer" && line["status"] == 429).count()
}

#[test]
fn three_hundred_orders_are_paced_and_placed_in_one_pass() {
    let trader = Trader::new("bob");
    let plan = many(&trader, "many", 300);
    let done = trader.trade(&plan);
    assert_eq!(
        (count(&done, "resting"), count(&done, "waiting")),
        (300, 0),
        "{:#}",
        done["counts"]
    );
    let at = placed_at(&trader.venue);
    let spent = at[299] - at[0];
    println!("300 orders in {} ms, {} refused", spent / 1_000, refusals(&trader.venue));
    assert_eq!((at.len(), refusals(&trader.venue)), (300, 0));
    // The published rate: 60 at once and 40 a second, however the window lies.
    for (first, from) in at.iter().enumerate() {
        for (more, to) in at[first..].iter().enumerate() {
            let most = 60 * 1_000_000 + 40 * (to - from);
            assert!(i64::try_from(more + 1).unwrap() * 1_000_000 <= most, "{more} from {first}");
        }
    }
    // And it is used.
    assert!(spent < 9_000_000, "{spent}");
    assert_eq!(trader.differences(), Vec::<String>::new());
    trader.house.verify();
}

/// The venue names a tier, and the run goes at its rate; then more orders rest than a cancel can carry.
#[test]
fn a_tier_is_used_and_panic_takes_out_more_than_a_burst() {
    let script = SCRIPT.replace("\"wallet\": \"eoa\",", "\"wallet\": \"eoa\", \"tier\": \"Gold\",");
    let trader = Trader::at(&script, "bob", "");
    let plan = many(&trader, "many", 300);
    let done = trader.trade(&plan);
    assert_eq!(count(&done, "resting"), 300, "{:#}", done["counts"]);
    let at = placed_at(&trader.venue);
    println!("300 orders of a Gold signer in {} ms", (at[299] - at[0]) / 1_000);
    assert!(at[299] - at[0] < 4_000_000, "{} µs", at[299] - at[0]);
    assert_eq!(refusals(&trader.venue), 0);
    let path = format!("/emulator/accounts/{}", trader.wallet);
    trader.venue.ask("POST", &path, r#"{"tier": "Standard"}"#);
    let begun = Instant::now();
    let told = trader.call(&["--json", "panic"]).expect(0).json();
    println!("{told} after {} ms", begun.elapsed().as_millis());
    assert_eq!((&told["cancelled"], &told["stillOpen"]), (&json!(300), &json!(0)), "{told}");
    // The sweep never passes; the requests by id, of a full bucket at most, all do.
    assert_eq!(refusals(&trader.venue), 1);
    assert_eq!(trader.venue.requests("DELETE", "/cancel-all"), 1);
    assert_eq!(trader.venue.requests("DELETE", "/orders"), 4);
}

/// A refusal is waited out within the pass, each order is placed once, and a venue that refuses everything holds
/// the orders for the next pass.
#[test]
fn refusals_for_the_rate_are_waited_out_and_then_held() {
    let trader = Trader::new("bob");
    let plan = many(&trader, "many", 45);
    let refuse = |times: u32| {
        let what = json!({"status": {"status": 429, "retry_after": 1}});
        trader.venue.fault(&json!({"on": "POST /orders", "times": times, "what": what}));
    };
    refuse(2);
    let done = trader.trade(&plan);
    assert_eq!((count(&done, "resting"), count(&done, "waiting")), (45, 0), "{done:#}");
    let placed = trader.venue.placed();
    let distinct: BTreeSet<&String> = placed.iter().collect();
    assert_eq!((placed.len(), distinct.len(), refusals(&trader.venue)), (45, 45, 2));
    let later = many(&trader, "later", 30);
    refuse(1_000);
    let held = trader.trade(&later);
    assert_eq!((count(&held, "resting"), count(&held, "waiting")), (45, 30), "{held:#}");
    let refused = refusals(&trader.venue);
    println!("{refused} requests refused");
    // Two requests, and three times again.
    assert_eq!(refused, 2 + 4 * 2);
    trader.venue.no_faults();
    let done = trader.report(&["run", "--real"]);
    assert_eq!((count(&done, "resting"), trader.venue.placed().len()), (75, 75), "{done:#}");
    trader.house.verify();
}

/// Headers that lie change the pace and nothing else.
#[test]
fn lying_headers_change_no_order() {
    let lies = [
        json!({"remaining": "4294967295", "tier": "Elite", "reset": "1"}),
        json!({"remaining": "0", "reset": "99999999999", "tier": "Mithril", "warning": "true"}),
    ];
    for lie in lies {
        let trader = Trader::new("bob");
        let plan = many(&trader, "many", 120);
        trader.call(&["preview", &plan]).expect(0);
        trader.venue.fault(&json!({"on": "POST /orders", "what": {"rate_limit": lie}}));
        let begun = Instant::now();
        let said = trader.call(&["--json", "run", "--real", &plan]);
        let done = said.json()["report"].clone();
        let refused = refusals(&trader.venue);
        println!("{lie}: {:?}, {refused} refused, {}", begun.elapsed(), done["counts"]);
        assert!(begun.elapsed() < Duration::from_secs(45), "{:?}", begun.elapsed());
        assert_eq!(count(&done, "resting"), 120, "{done:#}");
        let warned = said.err.matches("exceed this signer's rate").count();
        assert_eq!(warned, usize::from(lie["warning"] == "true"), "{}", said.err);
        let placed = trader.venue.placed();
        let distinct: BTreeSet<&String> = placed.iter().collect();
        assert_eq!((placed.len(), distinct.len()), (120, 120));
        trader.house.verify();
    }
}
