//! The modes of the engine (venue.md 4.10): what each lets through, its text, its status, its
//! `Retry-After`, and what follows when its time is over.

use super::super::mode::Mode;
use super::super::{Change, Refusal};
use super::stage::{START, Stage};

/// Status, text, seconds and code of a refusal; `None` where the gate is open.
type Answer = Option<(u16, &'static str, Option<u64>, Option<&'static str>)>;

fn matches_row(gate: &Result<(), Refusal>, due: Answer, name: &str) {
    let told = gate.as_ref().err().map(|refusal| {
        (refusal.status(), refusal.to_string(), refusal.retry_secs(), refusal.code())
    });
    let due = due.map(|(status, text, secs, code)| (status, text.to_owned(), secs, code));
    assert_eq!(told, due, "{name}");
}

#[test]
fn each_mode_lets_through_what_the_sheet_says() {
    let until = START.plus_secs(90);
    let restarting = |says_when| Mode::Restarting { until, post_only_secs: 120, says_when };
    let soon: Answer = Some((425, "service not ready", Some(90), None));
    let silent: Answer = Some((425, "service not ready", None, None));
    let post_only: Answer = Some((
        503,
        "post-only mode: only post-only orders and cancels are allowed",
        Some(90),
        Some("post_only_mode"),
    ));
    let cancels: Answer = Some((
        503,
        "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
        None,
        None,
    ));
    let off: Answer =
        Some((503, "Trading is currently disabled. Check polymarket.com for updates", None, None));
    // An order, a post-only order, a batch, a cancel.
    let rows: [(Mode, [Answer; 4]); 6] = [
        (Mode::Normal, [None; 4]),
        (restarting(true), [soon; 4]),
        (restarting(false), [silent; 4]),
        (Mode::PostOnly { until }, [post_only, None, None, None]),
        (Mode::CancelOnly, [cancels, cancels, cancels, None]),
        (Mode::Disabled, [off; 4]),
    ];
    for (mode, [order, quote, batch, cancel]) in rows {
        let mut stage = Stage::new();
        let user = stage.users[0];
        stage.venue.set_mode(mode);
        let name = mode.word();
        let placed = |told: Result<super::super::Placed, Refusal>| told.map(drop);
        matches_row(&placed(stage.post(user, "BUY YES 10 @ 0.40 GTC")), order, name);
        matches_row(&placed(stage.post(user, "BUY YES 10 @ 0.40 post-only")), quote, name);
        matches_row(&stage.venue.gate_batch(), batch, name);
        matches_row(&stage.venue.gate_cancel(), cancel, name);
    }
}

#[test]
fn a_restart_ends_in_a_post_only_window_and_orders_survive_it() {
    let mut stage = Stage::new();
    let user = stage.users[0];
    let order = stage.put(user, "BUY YES 10 @ 0.40 GTC");
    let until = START.plus_secs(30);
    stage.venue.set_mode(Mode::Restarting { until, post_only_secs: 120, says_when: false });
    stage.pass(29_999);
    assert_eq!(stage.venue.mode().word(), "restarting");
    stage.pass(1);
    assert_eq!(stage.venue.mode(), Mode::PostOnly { until: START.plus_secs(150) });
    stage.pass(60_500);
    let refusal = stage.post(user, "BUY YES 10 @ 0.40 GTC").unwrap_err();
    assert_eq!(refusal.retry_secs(), Some(60), "59.5 seconds, told in whole ones");
    stage.pass(59_500);
    assert_eq!(stage.venue.mode(), Mode::Normal);
    assert!(stage.venue.orders.get(order).is_open());
    let modes = stage.venue.drain().into_iter().filter_map(|dated| {
        let Change::Mode { mode } = dated.change else { return None };
        Some(mode.word())
    });
    assert_eq!(modes.collect::<Vec<_>>(), ["restarting", "post-only", "normal"]);
}

#[test]
fn a_mode_set_by_hand_is_not_ended_by_an_older_ones_time() {
    let mut stage = Stage::new();
    let until = START.plus_secs(10);
    stage.venue.set_mode(Mode::PostOnly { until });
    stage.venue.set_mode(Mode::Disabled);
    stage.pass(20_000);
    assert_eq!(stage.venue.mode(), Mode::Disabled);
    let until = START.plus_secs(100);
    stage.venue.set_mode(Mode::Restarting { until, post_only_secs: 0, says_when: false });
    stage.pass(80_000);
    assert_eq!(stage.venue.mode(), Mode::Normal, "without a window there is none");
}
