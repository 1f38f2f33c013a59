//! `init`: a configuration to read and change, and an empty store. Running it again changes nothing.

use crate::app::{House, Said};
use anyhow::{Context as _, Result};
use betteroms_core::money::Usd;
use betteroms_store::{RunnerLock, Store};
use serde_json::json;
use std::io::ErrorKind;
use std::path::Path;

/// What a fresh configuration says; the same file stands in the repository.
const EXAMPLE: &str = include_str!("../../../../config.example.toml");

/// Writes the configuration where there is none, and creates the store.
pub(crate) async fn run(house: &House, paper_cash: Option<Usd>) -> Result<Said> {
    let (mut out, mut is_new_config) = (String::new(), false);
    let text = match paper_cash {
        Some(cash) => {
            EXAMPLE.replace("startingCashUSD = 10000", &format!("startingCashUSD = \"{cash}\""))
        }
        None => EXAMPLE.to_owned(),
    };
    let config = &house.config_path;
    make_parent(config)?;
    match std::fs::OpenOptions::new().write(true).create_new(true).open(config) {
        Ok(mut file) => {
            use std::io::Write as _;
            file.write_all(text.as_bytes()).context("writing the configuration")?;
            is_new_config = true;
            out.push_str(&format!("configuration  {} (new)\n", config.display()));
        }
        Err(fault) if fault.kind() == ErrorKind::AlreadyExists => {
            out.push_str(&format!("configuration  {} (kept as it is)\n", config.display()));
            if paper_cash.is_some() {
                out.push_str("               set startingCashUSD there to change what an account begins with\n");
            }
        }
        Err(fault) => return Err(fault).with_context(|| format!("writing {}", config.display())),
    }
    make_parent(&house.db)?;
    let is_new = !house.db.exists();
    let lock = RunnerLock::acquire(&house.db)?;
    Store::open(&house.db).await?.close().await?;
    drop(lock);
    let word = if is_new { "new" } else { "kept as it is" };
    out.push_str(&format!("store          {} ({word})\n", house.db.display()));
    out.push_str("next           betteroms demo, or betteroms market find WORDS\n");
    let value = json!({ "version": 1, "configuration": config, "isNewConfiguration": is_new_config,
        "store": house.db, "isNewStore": is_new });
    Ok(Said::either(house, &value, out))
}

fn make_parent(path: &Path) -> Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))
}
