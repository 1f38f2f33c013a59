//! `account deposit`, `account reset`: paper cash, and a fresh start.

use crate::app::{House, Said, Usage};
use crate::bookings;
use crate::commands::{lock_to_write, must_exist, paper_account, run, shown_account};
use crate::pass::{self, Rules};
use crate::render::money::{usd, usd_exact};
use anyhow::Result;
use betteroms_core::event::AccountId;
use betteroms_core::money::Usd;
use betteroms_store::{RunnerLock, Store};
use serde_json::json;

struct Opened {
    lock: RunnerLock,
    store: Store,
    account: AccountId,
    rules: Rules,
}

async fn open(house: &House) -> Result<Opened> {
    let lock = lock_to_write(house)?;
    let mut store = Store::open(&house.db).await?;
    let account = match &house.account {
        Some(_) => shown_account(house, &store).await?,
        None => paper_account(&store).await?,
    };
    if account.is_real() {
        let text = "what a real account holds is on the chain: `betteroms account adopt` books it";
        return Err(Usage(text.to_owned()).into());
    }
    pass::finish_killed(&mut store, &mut pass::Paper, &account).await?;
    Ok(Opened { lock, store, account, rules: run::rules(house) })
}

/// Adds paper cash.
pub(super) async fn deposit(house: &House, amount: Usd) -> Result<Said> {
    if !amount.is_positive() {
        return Err(Usage("a deposit is more than nothing".to_owned()).into());
    }
    let Opened { lock, mut store, account, rules } = open(house).await?;
    let cash = bookings::deposit(&mut store, (&account, house.now), amount, &rules).await?;
    store.abandon().await;
    drop(lock);
    let value = json!({ "version": 1, "account": account, "added": amount, "cash": cash });
    let text = format!("{account}: {} added, cash is {}\n", usd_exact(amount), usd_exact(cash));
    Ok(Said::either(house, &value, text))
}

/// Ends a paper account and begins another.
pub(super) async fn reset(house: &House) -> Result<Said> {
    must_exist(house)?;
    let Opened { lock, mut store, account, rules } = open(house).await?;
    if account.is_replay() {
        let text = "a recording's account is begun anew with another --db";
        return Err(Usage(text.to_owned()).into());
    }
    let (successor, ended) = bookings::reset(&mut store, (&account, house.now), &rules).await?;
    store.abandon().await;
    drop(lock);
    let cash: Usd = rules.starting_cash;
    let value = json!({ "version": 1, "account": account, "withdrawn": ended.withdrawn,
        "cancelled": ended.cancelled, "successor": successor, "cash": cash });
    let text = format!(
        "{account}: closed, {} waiting withdrawn, {} resting cancelled\n\
         {successor}: begins with {}; every runId is free again\n",
        ended.withdrawn,
        ended.cancelled,
        usd(cash)
    );
    Ok(Said::either(house, &value, text))
}
