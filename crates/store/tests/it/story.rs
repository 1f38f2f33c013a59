//! One story through the whole store. It names nothing of SQLite, so that a second database can run it.

use crate::desk::{
    Desk, a_plan, buy, dear, first_world, last_world, second_world, t, the_market, three_passes,
};
use crate::scratch;
use betteroms_core::event::{AccountId, Event};
use betteroms_core::money::Usd;
use betteroms_core::order::{OrderId, Status};
use betteroms_core::plan::{Digest, RunId};
use betteroms_core::state::{Run, State};
use betteroms_store::{Batch, OrderFilter, PendingPlan, RunKind, Store, StoreError, verify};

fn order(run: &str, trade: &str) -> OrderId {
    OrderId::new(&RunId::new(run).unwrap(), trade, 1)
}

fn all_orders() -> OrderFilter {
    OrderFilter { include_ended: true, ..OrderFilter::default() }
}

#[tokio::test]
async fn story_of_an_account() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    let desk = Desk::new("replay:abc");
    assert_eq!(store.load(&desk.account).await.unwrap(), State::new(desk.account.clone()));
    assert_eq!(store.last_account().await.unwrap(), None);
    assert_eq!(store.latest_report(&desk.account).await.unwrap(), None);

    three_passes(&desk, &mut store).await;
    assert_eq!(store.last_account().await.unwrap().as_ref(), Some(&desk.account));
    assert_eq!(store.accounts().await.unwrap().len(), 1);

    let orders = store.orders(&desk.account, &all_orders()).await.unwrap();
    assert_eq!(orders.len(), 5, "four trades of the first plan, one of the second");
    let live = store.orders(&desk.account, &OrderFilter::default()).await.unwrap();
    assert!(live.iter().all(|o| !o.status.is_ended()), "{live:?}");
    let denied = OrderFilter { status: Some(Status::Denied), ..OrderFilter::default() };
    assert!(!store.orders(&desk.account, &denied).await.unwrap().is_empty());
    let of_plan = OrderFilter { run_id: Some("first".into()), ..OrderFilter::default() };
    assert_eq!(store.orders(&desk.account, &of_plan).await.unwrap().len(), 4);
    for market in ["will-it-rain", the_market().as_str()] {
        let by_market = OrderFilter { market: Some(market.into()), ..all_orders() };
        assert_eq!(store.orders(&desk.account, &by_market).await.unwrap().len(), 5);
    }
    let newest = OrderFilter { limit: Some(1), ..all_orders() };
    let newest = store.orders(&desk.account, &newest).await.unwrap();
    assert_eq!(newest.first().map(|o| &o.id), Some(&order("second", "0")));

    let fills = store.executions(&desk.account, &order("first", "0")).await.unwrap();
    assert!(fills.len() >= 3, "two levels at once, then prints: {fills:?}");
    let got = orders.iter().find(|o| o.id == order("first", "0")).unwrap();
    assert_eq!(
        fills.iter().map(|f| f.shares).sum::<betteroms_core::money::Shares>(),
        got.tracks.expected.filled
    );

    assert_eq!(store.positions(&desk.account, false).await.unwrap(), []);
    assert_eq!(store.positions(&desk.account, true).await.unwrap().len(), 1);
    assert_eq!(store.runs(&desk.account, RunKind::Plans, None).await.unwrap().len(), 2);
    let passes = store.runs(&desk.account, RunKind::Passes, Some(2)).await.unwrap();
    let closed = |run: &Run| matches!(run, Run::Pass { closed: true, .. });
    assert!(passes.len() == 2 && passes.iter().all(closed), "{passes:?}");

    let last = store.latest_report(&desk.account).await.unwrap().unwrap();
    assert_eq!(last.now, last_world().now);
    let named = store.report(&desk.account, last.pass.as_str()).await.unwrap();
    assert_eq!(named.as_ref(), Some(&last));
    assert_eq!(store.reports_since(&desk.account, t(300)).await.unwrap().len(), 2);

    let seen = serde_json::to_vec(&first_world()).unwrap();
    assert_eq!(store.blob(&Digest::of(&seen)).await.unwrap(), Some(seen));
    assert_eq!(store.blob(&Digest::of(b"never seen")).await.unwrap(), None);
    store.close().await.unwrap();

    let verified = verify(&path).await.unwrap();
    assert_eq!(verified.findings, []);
    assert!(verified.events > 20 && verified.rows > 8 && verified.blobs == 3, "{verified:?}");
}

#[tokio::test]
async fn loaded_picture_is_the_one_recorded() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    let desk = Desk::new("paper");
    desk.fund(&mut store, 500).await;
    let plans = [a_plan("a", &[buy("0.51", 102), dear()])];
    let mut state = desk.pass(&mut store, &first_world(), &plans).await;
    state.prune();
    assert!(!state.orders.is_empty() && !state.positions.is_empty() && !state.paper.is_empty());
    assert_eq!(store.load(&desk.account).await.unwrap(), state);

    let mut state = desk.pass(&mut store, &second_world(), &plans).await;
    state.prune();
    assert_eq!(store.load(&desk.account).await.unwrap(), state);
}

#[tokio::test]
async fn flat_position_of_a_watched_market_comes_along() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    let desk = Desk::new("paper");
    desk.fund(&mut store, 500).await;
    desk.pass(&mut store, &first_world(), &[a_plan("a", &[buy("0.50", 20)])]).await;
    let sell = a_plan("b", &[crate::desk::sell_all("0.40"), dear()]);
    desk.pass(&mut store, &second_world(), &[sell]).await;
    let state = store.load(&desk.account).await.unwrap();
    assert_eq!(state.with_status(Status::Waiting).count(), 1);
    assert!(state.positions.values().all(|it| it.is_flat()), "{:?}", state.positions);
    assert_eq!(state.positions.len(), 1, "its realised result must not be forgotten");
}

#[tokio::test]
async fn killed_pass_is_found_and_finished() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    let desk = Desk::new("paper");
    desk.fund(&mut store, 500).await;
    assert_eq!(store.open_pass(&desk.account).await.unwrap(), None);
    let plans = [a_plan("a", &[buy("0.51", 102)])];
    let (_, commands) = desk.pass_until_sent(&mut store, &first_world(), &plans).await;
    store.abandon().await;

    let mut store = Store::open(&path).await.unwrap();
    let (pass, events) = store.open_pass(&desk.account).await.unwrap().unwrap();
    assert!(matches!(events.first(), Some(Event::PassOpened { .. })), "{events:?}");
    assert!(matches!(events.last(), Some(Event::OrderSubmitting { .. })), "{events:?}");
    assert_eq!(store.pass_events(&desk.account, pass.as_str()).await.unwrap(), events);
    let state = store.load(&desk.account).await.unwrap();
    assert_eq!(state.with_status(Status::Submitting).count(), commands.len());
    assert!(state.runs.contains_key(pass.as_str()), "the pass can be closed");
    desk.finish(&mut store, (state, commands), &first_world()).await;
    assert_eq!(store.open_pass(&desk.account).await.unwrap(), None);
    let passes = store.runs(&desk.account, RunKind::Passes, None).await.unwrap();
    assert!(matches!(passes[..], [Run::Pass { closed: true, .. }]), "{passes:?}");
    assert!(verify(&path).await.unwrap().agrees());
}

#[tokio::test]
async fn accounts_never_share_a_row() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    for name in ["paper", "replay:x", "paper#2"] {
        three_passes(&Desk::new(name), &mut store).await;
    }
    let paper = AccountId::new("paper");
    assert_eq!(store.orders(&paper, &all_orders()).await.unwrap().len(), 5);
    assert_eq!(store.last_account().await.unwrap(), Some(AccountId::new("paper#2")));
    assert_eq!(store.accounts().await.unwrap().len(), 3);
    assert!(verify(&path).await.unwrap().agrees());
}

#[tokio::test]
async fn duplicate_fill_undoes_its_whole_step() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    let desk = Desk::new("paper");
    desk.fund(&mut store, 500).await;
    let plans = [a_plan("a", &[buy("0.51", 102)])];
    desk.pass(&mut store, &first_world(), &plans).await;
    let before = store.load(&desk.account).await.unwrap();
    let fill = store.executions(&desk.account, &order("a", "0")).await.unwrap().remove(0);

    let mut again = before.clone();
    let mut small = fill;
    small.shares = betteroms_core::money::Shares::from_units(1);
    let events = [Event::CashMoved { amount: Usd::from_units(7) }, Event::Filled { fill: small }];
    let refused = desk.step(&mut store, &mut again, None, t(400), &events).await;
    assert!(matches!(refused, Err(StoreError::DuplicateFill)), "{refused:?}");
    assert_eq!(store.load(&desk.account).await.unwrap(), before);
    assert!(verify(&path).await.unwrap().agrees());

    // The store goes on.
    let mut state = before;
    let moved = [Event::CashMoved { amount: Usd::from_units(7) }];
    desk.step(&mut store, &mut state, None, t(400), &moved).await.unwrap();
    assert_eq!(store.load(&desk.account).await.unwrap(), state);
}

#[tokio::test]
async fn rows_and_events_of_a_step_must_belong_together() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    let desk = Desk::new("paper");
    desk.fund(&mut store, 500).await;
    desk.pass(&mut store, &first_world(), &[a_plan("a", &[buy("0.51", 102)])]).await;
    let fill = store.executions(&desk.account, &order("a", "0")).await.unwrap().remove(0);
    let batch = Batch {
        account: &desk.account,
        pass: None,
        at: t(400),
        events: &[Event::Filled { fill }],
        rows: vec![],
        blobs: &[],
        report: None,
    };
    let refused = store.record(batch).await;
    assert!(matches!(refused, Err(StoreError::UnpairedFills { events: 1, rows: 0 })));
}

#[tokio::test]
async fn second_writer_is_noticed() {
    let (_folder, path) = scratch();
    let mut first = Store::open(&path).await.unwrap();
    let mut second = Store::open(&path).await.unwrap();
    let desk = Desk::new("paper");
    desk.fund(&mut first, 500).await;
    let mut state = State::new(desk.account.clone());
    let opened = [Event::AccountOpened { cash: Usd::from_units(9) }];
    let refused = desk.step(&mut second, &mut state, None, t(1), &opened).await;
    assert!(matches!(refused, Err(StoreError::Overtaken { expected: 0 })), "{refused:?}");
    assert!(verify(&path).await.unwrap().agrees());
}

#[tokio::test]
async fn ended_orders_of_a_plan_are_added_without_touching_live_ones() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    let desk = Desk::new("paper");
    desk.fund(&mut store, 500).await;
    let plan = a_plan("a", &[buy("0.50", 20), dear()]);
    desk.pass(&mut store, &first_world(), &[plan]).await;
    let mut state = store.load(&desk.account).await.unwrap();
    assert_eq!(state.orders.len(), 1);
    let live = order("a", "1");
    state.orders.get_mut(&live).unwrap().file = "changed.json".into();
    store.load_run_orders(&mut state, "a").await.unwrap();
    assert_eq!(state.orders.len(), 2);
    assert_eq!(state.orders[&live].file, "changed.json");
}

#[tokio::test]
async fn pending_plans_wait_in_order() {
    let (_folder, path) = scratch();
    let store = Store::open(&path).await.unwrap();
    let plan = |run_id: &str, at| PendingPlan {
        run_id: run_id.into(),
        file: format!("{run_id}.json"),
        text: "{ /* as written */ }".into(),
        added_at: t(at),
    };
    assert!(store.add_pending(&plan("b", 1)).await.unwrap());
    assert!(store.add_pending(&plan("a", 2)).await.unwrap());
    assert!(!store.add_pending(&plan("b", 3)).await.unwrap());
    assert_eq!(store.pending().await.unwrap(), [plan("b", 1), plan("a", 2)]);
    assert!(store.remove_pending("b").await.unwrap());
    assert!(!store.remove_pending("b").await.unwrap());
    assert_eq!(store.pending().await.unwrap(), [plan("a", 2)]);
}

#[tokio::test]
async fn long_plan_over_many_markets_comes_back_whole() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    let desk = Desk::new("paper");
    desk.fund(&mut store, 100_000).await;
    let trade = |n: u32| betteroms_core::plan::Trade {
        market: betteroms_core::plan::MarketRef::Market(format!("market-{}", n % 37)),
        ..buy("0.50", 10)
    };
    let plan = a_plan("long", &(0..150).map(trade).collect::<Vec<_>>());
    let world = crate::desk::wide_world(60, 37);
    let mut state = desk.pass(&mut store, &world, std::slice::from_ref(&plan)).await;
    state.prune();
    let loaded = store.load(&desk.account).await.unwrap();
    assert_eq!(loaded.positions.len(), 37);
    assert_eq!(loaded, state);
    let mut later = world.clone();
    later.now = t(120);
    desk.pass(&mut store, &later, &[plan]).await;
    let verified = verify(&path).await.unwrap();
    assert!(verified.agrees(), "{:?}", verified.findings);
}

#[tokio::test]
async fn plan_stopped_long_after_its_pass_is_stopped_in_a_refold_too() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    let desk = Desk::new("paper");
    desk.fund(&mut store, 500).await;
    // One pass has more events than a refold reads at once.
    let plans = [a_plan("a", &vec![dear(); 2_500])];
    desk.pass(&mut store, &first_world(), &plans).await;
    desk.pass(&mut store, &second_world(), &plans).await;
    let mut state = store.load(&desk.account).await.unwrap();
    store.load_runs(&mut state, &["a".to_owned()]).await.unwrap();
    let stopped = [Event::PlanStopped { run_id: RunId::new("a").unwrap() }];
    desk.step(&mut store, &mut state, None, t(400), &stopped).await.unwrap();
    let plans = store.runs(&desk.account, RunKind::Plans, None).await.unwrap();
    assert!(matches!(plans[..], [Run::Plan { stopped: true, .. }]));
    let verified = verify(&path).await.unwrap();
    assert!(verified.agrees(), "{:?}", verified.findings);
    assert!(verified.events > 5_000, "{}", verified.events);
}
