//! One file per command or group: from checked arguments to what there is to say. Nothing here prints.

pub(crate) mod account;
pub(crate) mod arm;
mod beforehand;
pub(crate) mod brake;
pub(crate) mod cancel;
pub(crate) mod change;
pub(crate) mod check;
pub mod data;
pub(crate) mod db;
pub(crate) mod demo;
pub mod emulator;
pub(crate) mod init;
pub(crate) mod market;
mod market_plan;
pub(crate) mod plan;
pub(crate) mod plan_schema;
pub(crate) mod preview;
pub(crate) mod report;
pub(crate) mod run;
mod run_real;
pub(crate) mod status;

use crate::app::{House, Said, Usage};
use anyhow::{Context as _, Result};
use betteroms_core::event::AccountId;
use betteroms_core::plan::{Defaults, Plan, parse};
use betteroms_store::{RunnerLock, Store};
use clap::CommandFactory as _;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Completions for a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> Said {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut crate::cli::Cli::command(), "betteroms", &mut out);
    Said::done(String::from_utf8_lossy(&out))
}

/// The live paper account in use: `paper`, or what a reset made of it.
pub(crate) async fn paper_account(store: &Store) -> Result<AccountId> {
    let mut account = AccountId::new("paper");
    while let Some(successor) = store.load(&account).await?.account.successor {
        account = successor;
    }
    Ok(account)
}

/// The account that read commands show: the one asked for, else that of the store's last pass.
pub(crate) async fn shown_account(house: &House, store: &Store) -> Result<AccountId> {
    if let Some(name) = &house.account {
        let known = store.accounts().await?;
        let found = known.iter().find(|account| account.id.as_str() == name.as_str());
        return found.map(|account| account.id.clone()).ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|account| account.id.as_str()).collect();
            Usage(format!("no account {name:?} in this store; it has: {}", names.join(", "))).into()
        });
    }
    let last = store.last_account().await?;
    last.ok_or_else(|| {
        let real = if house.config.real.enabled { ", or `betteroms run --real`" } else { "" };
        let text = "this store has seen no pass yet: `betteroms run PLAN --books RECORDING`";
        Usage(format!("{text}{real}")).into()
    })
}

/// The account that a command acts on which takes orders out: the one asked for, else the only one with live
/// orders, else that of the store's last pass. Where several have some, a person must say which.
pub(crate) async fn acting_account(house: &House, store: &Store) -> Result<AccountId> {
    let mut live = Vec::new();
    for account in store.accounts().await? {
        let orders = store.orders(&account.id, &betteroms_store::OrderFilter::default()).await?;
        if orders.iter().any(|order| !order.status.is_ended()) {
            live.push(account.id);
        }
    }
    match live.as_slice() {
        [one] if house.account.is_none() => Ok(one.clone()),
        [] | [_] => shown_account(house, store).await,
        many if house.account.is_none() => {
            let names: Vec<&str> = many.iter().map(AccountId::as_str).collect();
            let text =
                format!("orders live on {}: say which with --account", names.join(" and on "));
            Err(Usage(text).into())
        }
        _ => shown_account(house, store).await,
    }
}

/// Takes the store's lock, making the store's folder where there is none.
pub(crate) fn lock_to_write(house: &House) -> Result<RunnerLock> {
    if let Some(folder) = house.db.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    Ok(RunnerLock::acquire(&house.db)?)
}

/// A refusal where there is no store yet.
pub(crate) fn must_exist(house: &House) -> Result<()> {
    if house.db.exists() {
        return Ok(());
    }
    let db = house.db.display();
    let text = format!("there is no store at {db}: `betteroms init` makes one, or give --db");
    Err(Usage(text).into())
}

/// Opens the store for reading only.
pub(crate) async fn open_to_read(house: &House) -> Result<Store> {
    must_exist(house)?;
    Ok(Store::open_read_only(&house.db).await?)
}

/// The plans read from files and folders, with what is wrong with the others as text.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    pub(crate) good: Vec<Plan>,
    /// The good ones' bytes, for whoever keeps them.
    pub(crate) texts: Vec<Vec<u8>>,
    /// The runIds that came from the store and not from a file.
    pub(crate) kept: BTreeSet<String>,
    pub(crate) problems: String,
}

/// Reads every plan named, folders one level deep in the order of their names, hidden files left out. A bad one is told and
/// the good ones still run.
pub(crate) fn read_plans(house: &House, paths: &[PathBuf]) -> Plans {
    let mut plans = Plans::default();
    for path in paths {
        match expand(path) {
            Ok(files) => files.iter().for_each(|file| read_plan(house, file, &mut plans)),
            Err(fault) => {
                plans.problems.push_str(&format!("error: {}: {fault}\n", path.display()));
            }
        }
    }
    plans
}

fn expand(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let file = entry?.path();
        let is_plan = file.extension().is_some_and(|e| e == "json" || e == "jsonc");
        // Editors keep copies under hidden names.
        let is_hidden =
            file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if is_plan && !is_hidden && !file.is_dir() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn read_plan(house: &House, path: &Path, plans: &mut Plans) {
    let defaults = Defaults { good_for_secs: house.config.limits().good_for_secs };
    match check::read(path, &defaults) {
        Ok((plan, bytes)) => {
            plans.good.push(plan);
            plans.texts.push(bytes);
        }
        Err(text) => plans.problems.push_str(&text),
    }
}

/// Adds the plans that were kept in the store; returns their runIds.
pub(crate) async fn read_kept(
    house: &House,
    store: &Store,
    plans: &mut Plans,
) -> Result<Vec<String>> {
    let defaults = Defaults { good_for_secs: house.config.limits().good_for_secs };
    let mut names = Vec::new();
    for kept in store.pending().await? {
        match parse(&kept.file, kept.text.as_bytes(), &defaults) {
            Ok(plan) => {
                plans.kept.insert(plan.run_id.to_string());
                plans.good.push(plan);
            }
            Err(problems) => plans.problems.push_str(&problems.to_string()),
        }
        names.push(kept.run_id);
    }
    Ok(names)
}
