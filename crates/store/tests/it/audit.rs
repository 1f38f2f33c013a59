//! `audit_logs`: what an operator looks up by hand, a line per fact, told by the journal itself.

use crate::desk::{Desk, three_passes};
use crate::file::hands;
use crate::scratch;
use betteroms_store::Store;
use sqlx::Row as _;

#[tokio::test]
async fn every_fact_that_tells_something_has_a_line() {
    let (_folder, path) = scratch();
    let mut store = Store::open(&path).await.unwrap();
    three_passes(&Desk::new("paper"), &mut store).await;
    store.close().await.unwrap();
    let mut db = hands(&path).await;
    let sql = "SELECT action, run_id, order_id, detail, pass_id, at FROM audit_logs ORDER BY seq";
    let mut lines = Vec::new();
    for row in sqlx::query(sql).fetch_all(&mut db).await.unwrap() {
        let text = |n: usize| row.get::<Option<String>, _>(n).unwrap_or_default();
        lines.push([text(0), text(1), text(2), text(3)]);
        assert!(row.get::<i64, _>(5) > 0);
    }
    let facts: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM events \
         WHERE kind NOT IN ('queue_moved', 'liquidity_taken', 'paper_market_moved')",
    )
    .fetch_one(&mut db)
    .await
    .unwrap();
    assert!(facts > 20, "{facts}");
    assert_eq!(i64::try_from(lines.len()), Ok(facts));
    let of = |action: &str| lines.iter().find(|line| line[0] == action).unwrap();
    assert_eq!(of("account_opened")[3], r#"{"cash":"1000"}"#);
    assert_eq!(
        of("order_admitted")[1..],
        ["first", "first/0/1", "BUY YES of will-it-rain at 0.51"]
    );
    assert_eq!(of("filled")[1..3], ["first", "first/0/1"]);
    assert_eq!(of("filled")[3], "TAKER BUY 100 at 0.5, fee 1.75");
    assert_eq!(of("plan_admitted")[1..3], ["first", ""]);
    assert!(of("plan_received")[3].contains("first.json"));
    for line in lines.iter().filter(|line| line[0].starts_with("order_")) {
        assert!(!line[1].is_empty() && line[2].starts_with(&format!("{}/", line[1])), "{line:?}");
    }
}
