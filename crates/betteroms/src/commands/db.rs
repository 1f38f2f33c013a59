//! `db`: the journal against its views.

use super::must_exist;
use crate::app::{Exit, House, Said};
use crate::cli::Db;
use anyhow::Result;
use betteroms_store::{RunnerLock, SCHEMA, Store, StoreError, rebuild, verify};
use serde_json::json;
use std::path::Path;

/// Runs one of the group.
pub(crate) async fn run(house: &House, command: Db) -> Result<Said> {
    must_exist(house)?;
    let lock = RunnerLock::acquire(&house.db)?;
    let said = match command {
        Db::Verify => {
            let found = verify(&house.db).await?;
            let exit = if found.agrees() { Exit::Done } else { Exit::NeedsPerson };
            let mut out = String::new();
            for finding in &found.findings {
                out.push_str(&format!("{finding}\n"));
            }
            let verdict = if found.agrees() { "the views agree" } else { "the views differ" };
            out.push_str(&format!(
                "{verdict}: {} events folded, {} rows compared, {} blobs checked, {} differences\n",
                found.events, found.rows, found.blobs, found.differences
            ));
            let findings: Vec<String> = found.findings.iter().map(ToString::to_string).collect();
            let value = json!({ "version": 1, "agrees": found.agrees(), "events": found.events,
                "rows": found.rows, "blobs": found.blobs, "differences": found.differences,
                "findings": findings });
            Said { exit, ..Said::either(house, &value, out) }
        }
        Db::Rebuild => {
            let rebuilt = rebuild(&house.db).await?;
            let (events, backup) = (rebuilt.events, rebuilt.backup.display());
            let value = json!({ "version": 1, "events": events, "backup": rebuilt.backup });
            let text = format!("rebuilt from {events} events; the copy before it is {backup}\n");
            Said::either(house, &value, text)
        }
        Db::Migrate => {
            let (from, to) = migrate(&house.db).await?;
            let value = json!({ "version": 1, "from": from, "to": to });
            let text = if from == to {
                format!("the store has schema {to} already\n")
            } else {
                format!("schema {from} is now {to}; a copy of the store as it was lies beside it\n")
            };
            Said::either(house, &value, text)
        }
    };
    drop(lock);
    Ok(said)
}

/// Brings the store up to date; the schema before and after.
async fn migrate(path: &Path) -> Result<(i64, i64)> {
    let from = match Store::open_read_only(path).await {
        Ok(store) => {
            store.close().await?;
            SCHEMA
        }
        Err(StoreError::SchemaOlder { found, .. }) => found,
        Err(error) => return Err(error.into()),
    };
    Store::open(path).await?.close().await?;
    Ok((from, SCHEMA))
}
