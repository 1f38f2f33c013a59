//! `account`: paper cash, and a fresh start.

use super::{lock_to_write, must_exist, paper_account};
use crate::app::{House, Said, Usage};
use crate::bookings;
use crate::cli::Account;
use crate::pass;
use crate::render::money::{usd, usd_exact};
use anyhow::Result;
use betteroms_core::money::Usd;
use betteroms_store::Store;
use serde_json::json;

/// Runs one of the group.
pub(crate) async fn run(house: &House, command: Account) -> Result<Said> {
    match &command {
        Account::Deposit { amount, .. } if !amount.is_positive() => {
            return Err(Usage("a deposit is more than nothing".to_owned()).into());
        }
        Account::Deposit { .. } => {}
        Account::Reset { .. } => must_exist(house)?,
    }
    let lock = lock_to_write(house)?;
    let mut store = Store::open(&house.db).await?;
    let account = match &house.account {
        Some(_) => super::shown_account(house, &store).await?,
        None => paper_account(&store).await?,
    };
    pass::finish_killed(&mut store, &mut pass::Paper, &account).await?;
    let rules = super::run::rules(house);
    let (value, text) = match command {
        Account::Deposit { amount, .. } => {
            let cash = bookings::deposit(&mut store, (&account, house.now), amount, &rules).await?;
            let value = json!({ "version": 1, "account": account, "added": amount, "cash": cash });
            (
                value,
                format!("{account}: {} added, cash is {}\n", usd_exact(amount), usd_exact(cash)),
            )
        }
        Account::Reset { .. } => {
            if account.is_replay() {
                let text = "a recording's account is begun anew with another --db";
                return Err(Usage(text.to_owned()).into());
            }
            let (successor, ended) =
                bookings::reset(&mut store, (&account, house.now), &rules).await?;
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
            (value, text)
        }
    };
    store.abandon();
    drop(lock);
    Ok(Said::either(house, &value, text))
}
