//! The one transition table, whole: every status against every step.

use crate::given::order_id;
use Status::{
    Cancelled, Cancelling, Denied, Expired, Filled, InDoubt, Open, Rejected, Submitting, Waiting,
};
use betteroms_core::order::{Status, Step};

const ALL: [Status; 10] =
    [Denied, Waiting, Submitting, InDoubt, Open, Cancelling, Filled, Cancelled, Rejected, Expired];

/// Per status what each step leads to: the allowed ones. Everything that does not stand here is refused.
fn allowed() -> Vec<(Status, Vec<(Step, Status)>)> {
    let fill = |status| (Step::Fill, status);
    let unfill = |status| (Step::Unfill, status);
    let end = |status| (Step::End(status), status);
    vec![
        (Denied, vec![]),
        (Waiting, vec![(Step::Wait, Waiting), (Step::Deny, Denied), (Step::Submit, Submitting)]),
        (
            Submitting,
            vec![
                (Step::Deny, Denied),
                (Step::Hold, Waiting),
                (Step::Doubt, InDoubt),
                (Step::Open, Open),
                fill(Submitting),
                unfill(Submitting),
                end(Filled),
                end(Cancelled),
                end(Rejected),
            ],
        ),
        (
            InDoubt,
            vec![
                (Step::Open, Open),
                (Step::Cancel, Cancelling),
                fill(InDoubt),
                unfill(InDoubt),
                end(Filled),
                end(Cancelled),
                end(Rejected),
                end(Expired),
            ],
        ),
        (
            Open,
            vec![
                (Step::Cancel, Cancelling),
                fill(Open),
                unfill(Open),
                end(Filled),
                end(Cancelled),
                end(Expired),
            ],
        ),
        (
            Cancelling,
            vec![
                fill(Cancelling),
                unfill(Cancelling),
                end(Filled),
                end(Cancelled),
                end(Rejected),
                end(Expired),
            ],
        ),
        // A late fill counts after an ending, and changes no status; one that failed opens it again, and so does the
        // venue that shows it resting.
        (Filled, vec![fill(Filled), unfill(InDoubt)]),
        (Cancelled, vec![fill(Cancelled), unfill(InDoubt), (Step::Reappear, Open)]),
        (Rejected, vec![fill(Rejected), unfill(InDoubt), (Step::Reappear, Open)]),
        (Expired, vec![fill(Expired), unfill(InDoubt), (Step::Reappear, Open)]),
    ]
}

fn steps() -> Vec<Step> {
    let plain = [
        Step::Wait,
        Step::Deny,
        Step::Submit,
        Step::Hold,
        Step::Doubt,
        Step::Open,
        Step::Cancel,
        Step::Fill,
        Step::Unfill,
        Step::Reappear,
    ];
    plain.into_iter().chain(ALL.map(Step::End)).collect()
}

#[test]
fn every_pair_of_status_and_step_is_allowed_or_refused_as_the_table_says() {
    let mut pairs = 0;
    for (from, rows) in allowed() {
        for step in steps() {
            let expected = rows.iter().find(|(s, _)| *s == step).map(|(_, after)| *after);
            assert_eq!(from.after(step), expected, "{from:?} at {step:?}");
            pairs += 1;
        }
    }
    assert_eq!(pairs, 200);
}

#[test]
fn nothing_leads_out_of_an_ending_but_a_late_fill_a_failed_one_or_the_venue_that_shows_it() {
    for from in ALL.into_iter().filter(|status| status.is_ended()) {
        for step in steps() {
            let after = from.after(step);
            assert!(
                after.is_none()
                    || step == Step::Fill && after == Some(from)
                    || step == Step::Unfill && after == Some(InDoubt)
                    || step == Step::Reappear && after == Some(Open),
                "{from:?} {step:?}"
            );
        }
    }
}

#[test]
fn every_status_is_ended_working_or_waiting_and_only_one_of_them() {
    for status in ALL {
        let kinds = [status.is_ended(), status.is_working(), status == Waiting];
        assert_eq!(kinds.iter().filter(|is| **is).count(), 1, "{status:?}");
    }
}

#[test]
fn refused_step_is_an_error_that_names_order_status_and_step() {
    use crate::given::{Desk, a_plan, a_trade, a_view, book, t};
    use betteroms_core::event::Event;
    use betteroms_core::state::Changes;
    let mut desk = Desk::new();
    let plan = a_plan("p", [a_trade()]);
    desk.pass(t(0), a_view(Some(book(t(0), "", ""))), &[plan]);
    let before = desk.state.clone();
    let event = Event::OrderSubmitting {
        id: order_id("p/0/1"),
        placing: desk.order("p/0/1").placing.clone().unwrap(),
        reserve: desk.order("p/0/1").reserve,
    };
    let refused = desk.state.apply(&event, &mut Changes::default()).unwrap_err();
    assert_eq!(refused.to_string(), "order p/0/1: Open does not allow Submit");
    assert_eq!(desk.state, before);
}
