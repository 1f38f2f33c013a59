//! `db`: the journal against its views.

use crate::app::{Exit, House, Said, Usage};
use crate::cli::Db;
use anyhow::Result;
use betteroms_store::{RunnerLock, rebuild, verify};

/// Runs one of the group.
pub(crate) async fn run(house: &House, command: Db) -> Result<Said> {
    if !house.db.exists() {
        return Err(Usage(format!("there is no store at {}", house.db.display())).into());
    }
    let lock = RunnerLock::acquire(&house.db)?;
    let said = match command {
        Db::Verify => {
            let found = verify(&house.db).await?;
            let exit = if found.agrees() { Exit::Done } else { Exit::NeedsPerson };
            Said { exit, ..Said::done(found.to_string()) }
        }
        Db::Rebuild => Said::done(rebuild(&house.db).await?.to_string()),
    };
    drop(lock);
    Ok(said)
}
