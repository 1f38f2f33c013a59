//! A clock that is wrong, ours or the venue's: nothing begins by it, it keeps nobody from taking orders out, and what
//! traded is booked whatever it says.
//!
//! Planted by hand and seen red: books begun by any clock; a time that was used up, taken for "nothing to do"; trades of
//! our own orders judged by their time.

use crate::ledger::{number, tamper, texts};
use crate::trader::{Trader, codes, count, trade};
use serde_json::{Value, json};

/// The venue's clock is so far ahead of ours, behind it where that is less than nothing.
fn ahead(trader: &Trader, secs: i64) {
    let what = json!({ "clock_skew": { "ms": secs * 1_000 } });
    trader.venue.fault(&json!({ "on": "GET /time", "what": what }));
}

fn ended(trader: &Trader) -> usize {
    trader.venue.changes("ended").len()
}

#[test]
fn no_books_begin_under_a_clock_that_is_wrong() {
    let trader = Trader::new("bob");
    trader.house.call(&["init"]).expect(0);
    let plan = trader.plan("mine", &[trade("rain", "BUY", "0.25", 10, "GTC")]);
    ahead(&trader, -90);
    let arm = ["arm", "--max-order", "5", "--max-day", "20", "--for", "1h", "--yes"];
    for command in [&["preview", &plan][..], &arm, &["account", "adopt", "--yes"]] {
        let said = trader.call(command).expect(4);
        assert!(said.err.contains("[CLOCK_SKEW]"), "{command:?}: {}", said.err);
    }
    let begun = "SELECT kind FROM events WHERE kind IN ('account_opened', 'adopted')";
    let begun: Vec<String> = texts(&trader.house.db(), begun);
    assert_eq!(begun, Vec::<String>::new());
    trader.venue.no_faults();
    assert_eq!(count(&trader.trade(&plan), "resting"), 1);
    trader.house.verify();
}

#[test]
fn orders_are_taken_out_whatever_the_clocks_say_and_time_is_not_used_up() {
    let trader = Trader::new("bob");
    let resting = trade("rain", "BUY", "0.25", 10, "GTC");
    let plan = trader.plan("mine", &[resting.clone(), resting.clone(), resting.clone(), resting]);
    assert_eq!(count(&trader.trade(&plan), "resting"), 4);
    // Ours is ahead: the pass is made at the venue's time, so the next one is not too early.
    ahead(&trader, -90);
    trader.call(&["cancel", "mine/0/1"]).expect(0);
    trader.venue.no_faults();
    assert_eq!((ended(&trader), codes(&trader.report(&["run", "--real"]))), (1, vec![]));
    // A venue that says a later time than ours moves nothing.
    ahead(&trader, 86_400);
    trader.call(&["cancel", "mine/1/1"]).expect(0);
    trader.venue.no_faults();
    assert_eq!((ended(&trader), codes(&trader.report(&["run", "--real"]))), (2, vec![]));
    // As if a pass had been made while our clock was ahead: its time is used up for all that trades, and for nothing else.
    later(&trader, "/last_now");
    let early = trader.call(&["run", "--real"]).expect(4);
    assert!(early.err.contains("it was ahead then: wait until that time"), "{}", early.err);
    trader.call(&["cancel", "mine/2/1"]).expect(0);
    trader.call(&["cancel", "mine/3/1"]).expect(0);
    assert_eq!(ended(&trader), 4, "what is asked for at a time that was used up is asked for");
}

/// Moves a time that the account keeps to half a minute from now.
fn later(trader: &Trader, field: &str) {
    let named = field.rsplit('/').next().expect("a name");
    let of = format!("FROM accounts WHERE body LIKE '%real:%' AND body LIKE '%{named}%'");
    let body = texts(&trader.house.db(), &format!("SELECT body {of}"));
    let mut body: Value = serde_json::from_str(&body[0]).expect("an account");
    let time = body.pointer_mut(field).expect("a time");
    let to = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(30);
    *time = if time.is_number() { json!(to.as_microsecond()) } else { json!(to.to_string()) };
    let body = body.to_string().replace('\'', "''");
    let sql = format!("UPDATE accounts SET body = '{body}' WHERE body LIKE '%real:%'");
    assert_eq!(tamper(&trader.house.db(), &sql), 1);
}

#[test]
fn a_trade_of_our_order_is_booked_though_its_time_is_before_the_books() {
    let trader = Trader::new("bob");
    trader.report(&["run", "--real"]);
    // As if our clock had been ahead when the books began.
    later(&trader, "/real/trades_since");
    let plan = trader.plan("one", &[trade("rain", "BUY", "0.33", 10, "GTC")]);
    let done = trader.trade(&plan);
    assert_eq!((codes(&done), count(&done, "filled")), (vec![], 1), "{done:#}");
    assert_eq!(done["positions"][0]["shares"], "10", "{done:#}");
    // It has ended, and its settlement is followed to the end all the same.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let after = trader.report(&["run", "--real"]);
    assert_eq!((codes(&after), count(&after, "unsettled")), (vec![], 0), "{after:#}");
    let under_way = "SELECT COUNT(*) FROM settlements WHERE final = 0";
    assert_eq!(number(&trader.house.db(), under_way), 0);
}
