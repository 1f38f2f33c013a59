//! `verify` finds what was tampered with, and `rebuild` mends the views.

use crate::desk::{Desk, a_plan, buy, first_world, t, three_passes};
use crate::file::{hands, run};
use crate::scratch;
use betteroms_core::event::{AccountId, Event};
use betteroms_store::{Finding, Store, StoreError, rebuild, verify};
use sqlx::{AssertSqlSafe, Row};
use std::path::Path;

async fn a_store(path: &Path) {
    let mut store = Store::open(path).await.unwrap();
    three_passes(&Desk::new("paper"), &mut store).await;
    three_passes(&Desk::new("replay:x"), &mut store).await;
    store.close().await.unwrap();
}

/// Every row of every view, as text.
async fn dump(path: &Path) -> Vec<String> {
    let mut db = hands(path).await;
    let mut all = Vec::new();
    for view in [
        "accounts",
        "runs",
        "orders",
        "executions",
        "settlements",
        "positions",
        "paper_markets",
        "audit_logs",
        "meta",
    ] {
        let sql = format!("SELECT * FROM {view} ORDER BY 1, 2");
        for row in sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut db).await.unwrap() {
            let cells: Vec<String> = (0..row.len())
                .map(|n| {
                    let text = row.try_get::<Option<String>, _>(n).map(Option::unwrap_or_default);
                    text.unwrap_or_else(|_| {
                        row.get::<Option<i64>, _>(n).unwrap_or_default().to_string()
                    })
                })
                .collect();
            all.push(format!("{view}|{}", cells.join("|")));
        }
    }
    all
}

#[tokio::test]
async fn tampering_is_found_and_rebuilding_mends_it() {
    let planted: [(&str, &'static str, &str); 8] = [
        (
            "an order",
            "UPDATE orders SET filled = filled + 1 WHERE id = 'first/0/1' AND account = 'paper'",
            "orders paper first/0/1: filled is",
        ),
        (
            "an order's body",
            "UPDATE orders SET body = replace(body, 'first.json', 'worst.json') WHERE id = 'first/0/1' AND account = 'paper'",
            "orders paper first/0/1: body is",
        ),
        ("an execution", "DELETE FROM executions WHERE rowid = 1", "executions paper first/0/1#"),
        (
            "cash",
            "UPDATE accounts SET cash = 1 WHERE id = 'paper'",
            "accounts paper: cash is 1, the journal says",
        ),
        (
            "a position",
            "UPDATE positions SET flat = 0",
            "positions paper 0xabc 0: flat is 0, the journal says 1",
        ),
        ("a run", "UPDATE runs SET status = 'OPEN' WHERE kind = 'pass'", "runs paper tick:"),
        (
            "an invented order",
            "INSERT INTO orders SELECT 'ghost', id, run_id, trade_id, trade_index, file, market_id, slug, outcome, outcome_index, side, type, time_in_force, price, size, notional, filled, cash, fee, reserve, fills, status, reason, created_at, wait_until, placed_at, placed_seq, due_at, ended_at, body, venue_id FROM orders WHERE account = 'paper' AND id = 'first/0/1'",
            "orders ghost first/0/1: the journal has no such row",
        ),
        (
            "the matcher's memory",
            "DELETE FROM paper_markets",
            "paper_markets paper 0xabc: the row is missing",
        ),
    ];
    let (_folder, path) = scratch();
    a_store(&path).await;
    let clean = dump(&path).await;
    for (what, sql, told) in planted {
        run(&path, sql).await;
        assert_ne!(dump(&path).await, clean, "{what}: nothing was planted");
        let found = verify(&path).await.unwrap();
        let lines: Vec<String> = found.findings.iter().map(ToString::to_string).collect();
        assert!(
            !found.agrees() && lines.iter().any(|line| line.starts_with(told)),
            "{what}: {lines:?}"
        );
        rebuild(&path).await.unwrap();
        assert_eq!(dump(&path).await, clean, "{what}");
        assert_eq!(verify(&path).await.unwrap().findings, [], "{what}");
    }
}

/// What became of an order changes the row that is there. Where somebody took it away, saying nothing would lose it.
#[tokio::test]
async fn a_row_that_was_taken_away_is_missed_when_it_changes() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    let desk = Desk::new("paper");
    desk.fund(&mut store, 500).await;
    let plans = [a_plan("a", &[buy("0.45", 102), buy("0.46", 102)])];
    let (mut state, ids) = desk.pass_until_sent(&mut store, &first_world(), &plans).await;
    let (last, pass) = (store.last_seq(), state.account.open_pass.clone());
    run(&path, "DELETE FROM orders WHERE id = 'a/1/1'").await;
    let opened: Vec<Event> = ids.into_iter().map(|id| Event::OrderOpened { id }).collect();
    assert_eq!(opened.len(), 2);
    let told = desk.step(&mut store, &mut state, pass.as_ref(), t(60), &opened).await.unwrap_err();
    assert!(matches!(told, StoreError::Corrupt { .. }), "{told}");
    let words = "the store is damaged (a row of orders that was to change is not there)";
    assert!(told.to_string().starts_with(words), "{told}");

    // Nothing of the step was kept, and with its row back it is taken.
    drop(store);
    let mut store = Store::open(&path).await.unwrap();
    assert_eq!(store.last_seq(), last);
    rebuild(&path).await.unwrap();
    let mut state = store.load(&desk.account).await.unwrap();
    desk.step(&mut store, &mut state, pass.as_ref(), t(60), &opened).await.unwrap();
    assert!(verify(&path).await.unwrap().agrees());
}

#[tokio::test]
async fn rebuilt_views_equal_the_incremental_ones() {
    let (folder, path) = scratch();
    a_store(&path).await;
    let before = dump(&path).await;
    assert!(before.len() > 80, "{}", before.len());
    let done = rebuild(&path).await.unwrap();
    assert_eq!(dump(&path).await, before);
    assert_eq!(done.backup, folder.path().join("oms.db.backup-rebuild"));
    assert!(done.events > 40);
    assert_eq!(dump(&done.backup).await, before);
    let again = rebuild(&path).await.unwrap();
    assert_eq!(again.backup, folder.path().join("oms.db.backup-rebuild.2"));
}

#[tokio::test]
async fn changed_journal_is_found() {
    let (_folder, path) = scratch();
    for sql in [
        // A smaller fill: the journal folds, and disagrees with every view it touches.
        "UPDATE events SET body = replace(body, '\"fee\":\"1', '\"fee\":\"0') WHERE kind = 'filled'",
        // A fact that does not fit, a torn one, and one from the future.
        "UPDATE events SET body = replace(body, 'order_opened', 'order_ended') WHERE kind = 'order_opened'",
        "UPDATE events SET body = substr(body, 1, 20) WHERE kind = 'filled'",
        "UPDATE events SET version = 99 WHERE seq = 3",
        // Another name than what the fact says.
        "UPDATE events SET kind = 'order_denied' WHERE kind = 'order_opened'",
        // Facts taken out: from the end, and from the middle.
        "DELETE FROM events WHERE seq = (SELECT MAX(seq) FROM events)",
        "DELETE FROM events WHERE seq = (SELECT MAX(seq) FROM events WHERE kind = 'queue_moved')",
    ] {
        if path.exists() {
            std::fs::remove_file(&path).unwrap();
        }
        a_store(&path).await;
        run(&path, sql).await;
        let found = verify(&path).await.unwrap();
        assert!(!found.agrees(), "{sql} was not found");
    }
}

#[tokio::test]
async fn changed_blob_is_found() {
    let (_folder, path) = scratch();
    a_store(&path).await;
    run(&path, "UPDATE blobs SET bytes = substr(bytes, 1, 30)").await;
    let found = verify(&path).await.unwrap();
    assert_eq!(found.blobs, 3, "both accounts saw the same three worlds");
    assert!(matches!(
        found.findings[..],
        [Finding::Blob { .. }, Finding::Blob { .. }, Finding::Blob { .. }]
    ));
}

#[tokio::test]
async fn views_behind_the_journal_are_not_used() {
    let (_folder, path) = scratch();
    a_store(&path).await;
    run(&path, "UPDATE meta SET value = value - 1 WHERE key = 'applied_seq'").await;
    let store = Store::open(&path).await.unwrap();
    let error = store.load(&AccountId::new("paper")).await.unwrap_err();
    assert!(matches!(error, StoreError::ViewsBehind { .. }), "{error:?}");
    assert!(error.to_string().contains("betteroms db rebuild"), "{error}");
    store.close().await.unwrap();
    rebuild(&path).await.unwrap();
    Store::open(&path).await.unwrap().load(&AccountId::new("paper")).await.unwrap();
}

#[tokio::test]
async fn verifying_leaves_nothing_behind_and_needs_a_store() {
    let (folder, path) = scratch();
    let missing = verify(&path).await;
    assert!(matches!(missing, Err(StoreError::Missing { .. })));
    assert!(matches!(rebuild(&path).await, Err(StoreError::Missing { .. })));
    a_store(&path).await;
    verify(&path).await.unwrap();
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("scratch"))
        .collect();
    assert_eq!(left, Vec::<String>::new());

    let empty = folder.path().join("empty.db");
    Store::open(&empty).await.unwrap().close().await.unwrap();
    let nothing = verify(&empty).await.unwrap();
    assert!(nothing.agrees() && nothing.events == 0 && nothing.rows == 0);
}
