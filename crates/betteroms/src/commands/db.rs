//! `db`: the journal against its views.

use super::must_exist;
use crate::app::{Exit, House, Said};
use crate::cli::Db;
use anyhow::{Result, anyhow};
use betteroms_store::{
    Finding, RunnerLock, SCHEMA, Store, StoreError, Verification, rebuild, verify,
};
use serde_json::json;
use std::path::Path;

/// Runs one of the group.
pub(crate) async fn run(house: &House, command: Db) -> Result<Said> {
    must_exist(house)?;
    let lock = RunnerLock::acquire(&house.db)?;
    let said = match command {
        Db::Verify => {
            let found = verify(&house.db).await.map_err(|error| with_remedy(&house.db, error))?;
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
            let remedy = remedy(&house.db, &found);
            out.push_str(&remedy.as_ref().map(|remedy| format!("{remedy}\n")).unwrap_or_default());
            let findings: Vec<String> = found.findings.iter().map(ToString::to_string).collect();
            let value = json!({ "version": 1, "agrees": found.agrees(), "events": found.events,
                "rows": found.rows, "blobs": found.blobs, "differences": found.differences,
                "findings": findings, "remedy": remedy });
            Said { exit, ..Said::either(house, &value, out) }
        }
        Db::Rebuild => {
            let rebuilt =
                rebuild(&house.db).await.map_err(|error| with_remedy(&house.db, error))?;
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

/// What mends the findings: views are written anew from the journal, and nothing writes the journal anew.
fn remedy(db: &Path, found: &Verification) -> Option<String> {
    let is_of_views = |finding: &Finding| match finding {
        Finding::Behind { .. }
        | Finding::Extra { .. }
        | Finding::Lacking { .. }
        | Finding::Differs { .. } => true,
        Finding::Integrity(_)
        | Finding::Missing { .. }
        | Finding::Journal(_)
        | Finding::Blob { .. } => false,
    };
    (!found.agrees()).then(|| match found.findings.iter().all(is_of_views) {
        true => "`betteroms db rebuild` writes the views anew from the journal".to_owned(),
        false => format!("more than the views is damaged: {}", put_back(db)),
    })
}

/// A damaged store's error, with what could take its place.
fn with_remedy(db: &Path, error: StoreError) -> anyhow::Error {
    if let StoreError::Corrupt { cause } = &error {
        return anyhow!("the store {} is damaged ({cause}): {}", db.display(), put_back(db));
    }
    // A file that is no database may have been named by mistake; one with copies beside it was not.
    let is_ours = matches!(error, StoreError::NotADatabase { .. }) && !copies(db).is_empty();
    let error = anyhow::Error::new(error);
    if is_ours { error.context(put_back(db)) } else { error }
}

/// What to do with a store that no rebuild mends.
fn put_back(db: &Path) -> String {
    let copies = copies(db);
    let db = db.display();
    let beside = if copies.is_empty() {
        "no copy of ours lies beside it".to_owned()
    } else {
        format!("beside it lie {}", copies.join(", "))
    };
    format!(
        "move it away, with {db}-wal and {db}-shm where they are there, and put a copy in its place, which lacks \
         what happened since it was made; {beside}"
    )
}

/// The copies that a migration or a rebuild has left beside the store.
fn copies(db: &Path) -> Vec<String> {
    let folder = db.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten();
    let Some(name) = db.file_name() else { return Vec::new() };
    let start = format!("{}.backup-", name.to_string_lossy());
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut copies: Vec<String> = names.filter(|name| name.starts_with(&start)).collect();
    copies.sort();
    copies
}
