//! `db`: the journal against its views.

use super::must_exist;
use crate::app::{Exit, House, Said};
use crate::cli::Db;
use anyhow::Result;
use betteroms_store::{RunnerLock, rebuild, verify};
use serde_json::json;

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
    };
    drop(lock);
    Ok(said)
}
