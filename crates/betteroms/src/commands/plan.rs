//! `plan`: plans kept in the store, and how they stand.

use super::status::order_table;
use super::{
    lock_to_write, must_exist, open_to_read, paper_account, plan_schema, read_plans, shown_account,
};
use crate::app::{Exit, House, Said, Usage};
use crate::bookings::{self, Ended};
use crate::cli::Plan;
use crate::pass;
use crate::render::plain;
use crate::render::table::table;
use anyhow::{Context as _, Result};
use betteroms_core::event::AccountId;
use betteroms_core::order::{Order, OrderId, Status};
use betteroms_core::plan::first_difference;
use betteroms_core::report::{OrderLine, order_line};
use betteroms_core::state::Run;
use betteroms_store::{OrderFilter, PendingPlan, RunKind, Store};
use serde_json::json;
use std::path::PathBuf;

/// Runs one of the group.
pub(crate) async fn run(house: &House, command: Plan) -> Result<Said> {
    match command {
        Plan::Add { plan } => add(house, plan).await,
        Plan::List => list(house).await,
        Plan::Show { run_id } => show(house, &run_id).await,
        Plan::Stop { run_id } => stop(house, &run_id).await,
        Plan::Schema => {
            let mut out = Vec::new();
            plan_schema::run(&mut out)?;
            Ok(Said::done(String::from_utf8(out).context("a text of ours is UTF-8")?))
        }
    }
}

async fn add(house: &House, path: PathBuf) -> Result<Said> {
    let plans = read_plans(house, &[path]);
    if !plans.problems.is_empty() {
        return Ok(Said { out: String::new(), err: plans.problems, exit: Exit::BadPlan });
    }
    let lock = lock_to_write(house)?;
    let store = Store::open(&house.db).await?;
    let mut kept = super::Plans::default();
    super::read_kept(house, &store, &mut kept).await?;
    let mut done = Vec::new();
    for (plan, bytes) in plans.good.iter().zip(&plans.texts) {
        let text = std::str::from_utf8(bytes).context("a checked plan is UTF-8")?;
        let same = kept.good.iter().find(|other| other.run_id == plan.run_id);
        if let Some(other) = same.filter(|other| other.digest != plan.digest) {
            let difference = first_difference(&other.canonical(), &plan.canonical());
            return Err(Usage(format!(
                "another content is kept under the runId {}: {}. Give this one a new runId, or run \
                 `betteroms plan stop {}` first. [RUN_ID_REUSED]",
                plan.run_id,
                difference.unwrap_or_else(|| "the whole content".to_owned()),
                plan.run_id
            ))
            .into());
        }
        let pending = PendingPlan {
            run_id: plan.run_id.to_string(),
            file: plan.file.clone(),
            text: text.to_owned(),
            added_at: house.now,
        };
        done.push((plan.run_id.to_string(), store.add_pending(&pending).await?));
    }
    store.abandon().await;
    drop(lock);
    if house.json {
        let plans: Vec<_> = done
            .iter()
            .map(|(id, is_new)| json!({ "runId": id, "kept": true, "isNew": is_new }))
            .collect();
        return Ok(Said::done(format!("{:#}\n", json!({ "version": 1, "plans": plans }))));
    }
    let words = |is_new: &bool| if *is_new { "kept" } else { "kept already" };
    let lines = done.iter().map(|(run_id, is_new)| {
        format!("{run_id}: {}; the next `betteroms run` admits it\n", words(is_new))
    });
    Ok(Said::done(lines.collect::<String>()))
}

async fn list(house: &House) -> Result<Said> {
    let store = open_to_read(house).await?;
    let kept = store.pending().await?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut values = Vec::new();
    let account = match shown_account(house, &store).await {
        Ok(account) => Some(account),
        Err(_) if house.account.is_none() => None,
        Err(error) => return Err(error),
    };
    if let Some(account) = &account {
        let live = store.load(account).await?;
        for run in store.runs(account, RunKind::Plans, None).await? {
            let Run::Plan { id, now, digest, file, trades, .. } = &run else { continue };
            let open = live.orders.values().filter(|order| order.run_id == *id).count();
            let stands = if open == 0 { "done".to_owned() } else { format!("{open} live") };
            values.push(json!({ "runId": id, "file": file, "trades": trades, "admitted": now, "digest": digest, "live": open }));
            rows.push(vec![
                id.to_string(),
                file.clone(),
                trades.to_string(),
                now.to_string(),
                stands,
            ]);
        }
    }
    for plan in &kept {
        values.push(json!({ "runId": plan.run_id, "file": plan.file, "kept": true }));
        rows.push(vec![
            plan.run_id.clone(),
            plan.file.clone(),
            String::new(),
            String::new(),
            "kept, not admitted".to_owned(),
        ]);
    }
    if house.json {
        let value = json!({ "version": 1, "account": account, "plans": values });
        return Ok(Said::done(format!("{value:#}\n")));
    }
    if rows.is_empty() {
        return Ok(Said::done("no plans\n"));
    }
    let header = ["runId", "file", "trades", "admitted", "stands"];
    Ok(Said::done(table(&header, rows, &[2])))
}

async fn show(house: &House, run_id: &str) -> Result<Said> {
    let store = open_to_read(house).await?;
    if let Some(kept) = store.pending().await?.into_iter().find(|kept| kept.run_id == run_id) {
        return Ok(Said::done(format!(
            "{} is kept and not yet admitted:\n{}\n",
            plain(run_id),
            kept.text
        )));
    }
    let account = shown_account(house, &store).await?;
    let filter = OrderFilter { run_id: Some(run_id.to_owned()), ..OrderFilter::default() };
    let orders = store.orders(&account, &filter).await?;
    if orders.is_empty() {
        return Err(unknown(run_id, &account).into());
    }
    let lines: Vec<OrderLine> = orders.iter().map(order_line).collect();
    if house.json {
        let value = json!({ "version": 1, "account": account, "runId": run_id, "orders": lines });
        return Ok(Said::done(format!("{value:#}\n")));
    }
    Ok(Said::done(format!("{} on account {account}\n{}", plain(run_id), order_table(&lines))))
}

fn unknown(run_id: &str, account: &AccountId) -> Usage {
    Usage(format!("no plan {run_id:?} on account {account}; `betteroms plan list` shows them"))
}

async fn stop(house: &House, run_id: &str) -> Result<Said> {
    must_exist(house)?;
    let lock = lock_to_write(house)?;
    let mut store = Store::open(&house.db).await?;
    let withdrawn = store.remove_pending(run_id).await?;
    let account = match &house.account {
        Some(_) => shown_account(house, &store).await?,
        None => match store.last_account().await? {
            Some(account) => account,
            None => paper_account(&store).await?,
        },
    };
    let recovered = !account.is_real()
        && pass::finish_killed(&mut store, &mut pass::Paper, &account).await?.is_some();
    let known = store
        .orders(
            &account,
            &OrderFilter { run_id: Some(run_id.to_owned()), ..OrderFilter::default() },
        )
        .await?;
    if known.is_empty() && !withdrawn {
        return Err(unknown(run_id, &account).into());
    }
    let mut ended = Ended::default();
    if account.is_real() {
        let live = known.iter().filter(|order| !order.status.is_ended());
        let (waiting, live): (Vec<&Order>, Vec<&Order>) =
            live.partition(|order| order.status == Status::Waiting);
        ended.withdrawn = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        ended.cancelled = u32::try_from(live.len()).unwrap_or(u32::MAX);
        let ids: Vec<OrderId> = waiting.iter().chain(&live).map(|order| order.id.clone()).collect();
        let after = super::cancel::take_out(house, &mut store, &account, &ids).await?;
        if let Some(one) = after.iter().find(|order| !order.status.is_ended()) {
            let text = format!(
                "{}: the venue has not confirmed that it is out, so the plan is not stopped yet. Do it again\n",
                one.id
            );
            return Ok(Said { out: String::new(), err: text, exit: Exit::NeedsPerson });
        }
    }
    let booked = bookings::withdraw(&mut store, &account, Some(run_id)).await?;
    ended.withdrawn += booked.withdrawn;
    ended.cancelled += booked.cancelled;
    store.abandon().await;
    drop(lock);
    if house.json {
        let value = json!({
            "version": 1, "runId": run_id, "account": account, "recovered": recovered,
            "keptForgotten": withdrawn, "withdrawn": ended.withdrawn, "cancelled": ended.cancelled,
        });
        return Ok(Said::done(format!("{value:#}\n")));
    }
    let mut out = String::new();
    if withdrawn {
        out.push_str(&format!("{run_id}: the kept plan is forgotten\n"));
    }
    if recovered {
        out.push_str("A pass that was cut off has been finished first.\n");
    }
    out.push_str(&format!(
        "{run_id} on {account}: {} waiting withdrawn, {} resting cancelled\n",
        ended.withdrawn, ended.cancelled
    ));
    Ok(Said::done(out))
}
