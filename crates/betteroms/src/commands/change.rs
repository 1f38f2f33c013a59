//! `replace` and `flatten`: what is to end is taken out first, and what follows is a plan of its own, through
//! the same pass as any other. Nothing is placed before the cancel is proven and late fills are counted.

use super::beforehand::{Beforehand, market, on_tick};
use super::cancel::take_out;
use super::run::{one_pass, said};
use super::{Plans, acting_account, lock_to_write, must_exist, run_real};
use crate::app::{Exit, House, Said, Usage, ask_yes};
use crate::bookings;
use crate::cli::{Flatten, Replace, Run};
use crate::real::{Access, limits_digest};
use anyhow::{Context as _, Result};
use betteroms_core::event::{AccountFact, AccountId, Preview};
use betteroms_core::market::{ConditionId, Side};
use betteroms_core::money::{Price, Shares, Usd};
use betteroms_core::order::{Order, OrderId, Status};
use betteroms_core::plan::{Defaults, IfBlocked, Plan, RunId, Size, TimeInForce, parse};
use betteroms_core::report::OrderLine;
use betteroms_core::state::State;
use betteroms_core::state::position::Position;
use betteroms_core::time::Time;
use betteroms_store::{OrderFilter, RunnerLock, Store};
use serde_json::{Value, json};

/// Ends one order and places what it had not got at another price.
pub(crate) async fn replace(house: &House, args: &Replace) -> Result<Said> {
    let (lock, mut store, account) = hold(house).await?;
    let order = find(&store, &account, &args.order).await?;
    if order.status.is_ended() {
        let text = format!(
            "{} has ended ({}): there is nothing to replace",
            order.id,
            order.status.as_str()
        );
        return Err(Usage(text).into());
    }
    if may_arrive(&order) {
        // No look proves that it will never arrive: what took its place would come on top of it.
        return Err(in_doubt(&order.id).into());
    }
    let state = store.load(&account).await?;
    Beforehand::new(house, &account, &state)?.check(house, &order, args.price).await?;
    let question = format!(
        "{} is taken out, and what it has not got is placed at {}. Type yes: ",
        order.id, args.price
    );
    if !args.yes && !ask_yes(&question)? {
        return Ok(left_alone(house));
    }
    let ended = take_out(house, &mut store, &account, std::slice::from_ref(&order.id)).await?;
    let ended = ended.into_iter().next().context("the order was there a moment ago")?;
    if !ended.status.is_ended() || ended.status == Status::Rejected {
        return Ok(unproven(house, &ended));
    }
    let wanted = match order.placing.is_some() {
        true => (order.size() - ended.tracks.expected.filled).or_zero(),
        false => Shares::ZERO,
    };
    if order.placing.is_some() && wanted.is_zero() {
        let text = format!("{}: it was full before the cancel took effect\n", ended.id);
        let value = nothing(json!({ "order": ended.id, "status": ended.status }), "FULL");
        return Ok(Said::either(house, &value, text));
    }
    let trade = replacement(house, &order, args.price, wanted);
    let name = replacement_name(house.now, order.run_id.as_str());
    follow(house, (lock, store, account), &name, (vec![trade], order.trade.notional_max)).await
}

/// Whether it was sent and nobody knows yet whether the venue has it: in doubt, cut off on its way, or asked to end since.
fn may_arrive(order: &Order) -> bool {
    let was_in_doubt = order.venue.as_ref().is_some_and(|at| at.doubtful_passes > 0);
    matches!(order.status, Status::InDoubt | Status::Submitting)
        || (order.status == Status::Cancelling && was_in_doubt)
}

fn in_doubt(id: &OrderId) -> Usage {
    Usage(format!(
        "{id} is in doubt: whether the venue has it is not known, so nothing can take its place yet. The next passes \
         look again; `betteroms cancel {id}` asks for its end. Nothing was changed [IN_DOUBT]"
    ))
}

/// The name of the plan that replaces an order: of the plan that the order first came from, however often it was
/// replaced since, and cut where a name would become too long.
fn replacement_name(now: Time, run_id: &str) -> String {
    const WORD: &str = "replace.";
    let first = run_id.strip_prefix(WORD).and_then(|rest| rest.split_once('.'));
    let origin = match first {
        Some((time, origin)) if time.bytes().all(|byte| byte.is_ascii_digit()) => origin,
        Some(_) | None => run_id,
    };
    let head = format!("{WORD}{}.", now.millis());
    let kept: String = origin.chars().take(RunId::LEN_MAX.saturating_sub(head.len())).collect();
    head + &kept
}

/// The trade that follows, as a plan has it.
fn replacement(house: &House, order: &Order, price: Price, wanted: Shares) -> Value {
    let trade = &order.trade;
    let market = order.slug.clone().unwrap_or_else(|| trade.market.to_string());
    let mut value = json!({
        "marketId": market, "outcome": trade.outcome.to_string(), "side": trade.side.to_string(),
        "type": "LIMIT", "price": price.to_string(), "timeInForce": order.time_in_force.to_string(),
        "postOnly": trade.post_only,
    });
    let mut put = |key: &str, what: Value| {
        if let Some(object) = value.as_object_mut() {
            object.insert(key.to_owned(), what);
        }
    };
    let (size, unit) = match (order.placing.is_some(), trade.size) {
        (true, _) => (wanted.to_string(), "SHARES"),
        (false, Size::Shares(shares)) => (shares.to_string(), "SHARES"),
        (false, Size::Usdc(cash)) => (cash.to_string(), "USDC"),
        (false, Size::All) => ("all".to_owned(), ""),
    };
    put("size", json!(size));
    if !unit.is_empty() {
        put("sizeUnit", json!(unit));
    }
    if trade.reduce_only {
        put("reduceOnly", json!(true));
    }
    // What held for the order holds for what replaces it.
    let guards = [("priceCeil", trade.price_ceil), ("priceFloor", trade.price_floor)];
    for (key, guard) in guards {
        if let Some(guard) = guard {
            put(key, json!(guard.to_string()));
        }
    }
    for (key, at) in [("notBefore", trade.not_before), ("notAfter", trade.not_after)] {
        if let Some(at) = at {
            put(key, json!(at.to_string()));
        }
    }
    if trade.if_blocked == IfBlocked::Deny {
        put("ifBlocked", json!("deny"));
    }
    if order.time_in_force == TimeInForce::Gtt {
        let due = order.placing.as_ref().and_then(|placing| placing.due);
        let left = due.map(|due| due.since_micros(house.now).div_euclid(1_000_000).max(1));
        let secs = left.or(order.good_for_secs.map(i64::from)).unwrap_or(3_600);
        put("cancelAfterSec", json!(secs));
    }
    value
}

/// Takes everything out of one market and sells what is held there, at a price or better, with what can be had
/// at once.
pub(crate) async fn flatten(house: &House, args: &Flatten) -> Result<Said> {
    let (lock, mut store, account) = hold(house).await?;
    let before = store.load(&account).await?;
    let beforehand = Beforehand::new(house, &account, &before)?;
    // Where the venue does not tell its markets, what is ours to know must do: an exit is not held up.
    let told = market(house, &args.market).await.ok();
    told.iter().try_for_each(|market| on_tick(market, args.not_below))?;
    let filter = OrderFilter { include_ended: true, ..OrderFilter::default() };
    let live = store.orders(&account, &filter).await?;
    let condition = told.map(|market| market.condition);
    let is_named =
        |market: &ConditionId| Some(market) == condition.as_ref() || market.as_str() == args.market;
    let orders: Vec<&Order> = live
        .iter()
        .filter(|order| {
            order.slug.as_ref() == Some(&args.market) || order.market.as_ref().is_some_and(is_named)
        })
        .collect();
    let of_orders = orders.iter().find_map(|order| order.market.clone());
    let is_here = |one: &Position| {
        (Some(&one.market) == of_orders.as_ref() || is_named(&one.market)) && !one.is_flat()
    };
    let held: Vec<&Position> = before.positions.values().filter(|one| is_here(one)).collect();
    for one in &held {
        beforehand.parts(one.shares, args.not_below)?;
    }
    let open: Vec<OrderId> =
        orders.iter().filter(|o| !o.status.is_ended()).map(|o| o.id.clone()).collect();
    if open.is_empty() && held.is_empty() {
        let text =
            format!("nothing waits, rests or is held in {:?} on account {account}", args.market);
        return Err(Usage(text).into());
    }
    let question = format!(
        "{} orders are taken out, and {} holdings are sold at {} or better. Type yes: ",
        open.len(),
        held.len(),
        args.not_below
    );
    if !args.yes && !ask_yes(&question)? {
        return Ok(left_alone(house));
    }
    let ended = take_out(house, &mut store, &account, &open).await?;
    if let Some(one) = ended.iter().find(|order| !order.status.is_ended()) {
        return Ok(unproven(house, one));
    }
    // With what filled while the orders were on their way out.
    let after = store.load(&account).await?;
    let held = after.positions.values().filter(|one| is_here(one));
    let mut trades = Vec::new();
    for one in held {
        trades.extend(sales(one, &after, args.not_below, &beforehand)?);
    }
    if trades.is_empty() {
        let text = format!("{} orders taken out; nothing is held\n", open.len());
        let value = nothing(json!({ "takenOut": open.len() }), "NOTHING_HELD");
        return Ok(Said::either(house, &value, text));
    }
    let name = format!("flatten.{}", house.now.millis());
    follow(house, (lock, store, account), &name, (trades, None)).await
}

/// The sales of a holding, with what can be had at once.
fn sales(
    held: &Position,
    state: &State,
    not_below: Price,
    beforehand: &Beforehand,
) -> Result<Vec<Value>, Usage> {
    let outcome = if held.outcome.index() == 0 { "YES" } else { "NO" };
    let sale = |size: Value| {
        let mut sale = json!({ "marketId": held.market, "outcome": outcome,
            "side": Side::Sell.to_string(), "type": "LIMIT", "price": not_below.to_string(),
            "timeInForce": "FAK", "reduceOnly": true });
        if let (Some(sale), Value::Object(size)) = (sale.as_object_mut(), size) {
            sale.extend(size);
        }
        sale
    };
    let free = state.free_shares(&held.market, held.outcome);
    let part = |shares: Shares| sale(json!({ "size": shares, "sizeUnit": "SHARES" }));
    Ok(match beforehand.parts(free, not_below)? {
        None => vec![sale(json!({ "size": "all" }))],
        Some(parts) => parts.into_iter().map(part).collect(),
    })
}

async fn hold(house: &House) -> Result<(RunnerLock, Store, AccountId)> {
    must_exist(house)?;
    let lock = lock_to_write(house)?;
    let store = Store::open(&house.db).await?;
    let account = acting_account(house, &store).await?;
    if account.is_replay() {
        let text = "a recording's orders end with its plan: `betteroms plan stop RUNID`";
        return Err(Usage(text.to_owned()).into());
    }
    Ok((lock, store, account))
}

async fn find(store: &Store, account: &AccountId, name: &str) -> Result<Order, Usage> {
    let filter = OrderFilter { include_ended: true, ..OrderFilter::default() };
    let known = store.orders(account, &filter).await.unwrap_or_default();
    let found = known.into_iter().find(|order| order.id.as_str() == name);
    found.ok_or_else(|| {
        Usage(format!("no order {name:?} on account {account}; `betteroms orders` shows them"))
    })
}

/// Nothing was placed, as a script reads it: why, as a code.
fn nothing(mut value: Value, why: &str) -> Value {
    if let Some(object) = value.as_object_mut() {
        let more = [("version", json!(1)), ("placed", json!(false)), ("why", json!(why))];
        object.extend(more.map(|(key, what)| (key.to_owned(), what)));
    }
    value
}

fn left_alone(house: &House) -> Said {
    let said = Said::either(house, &nothing(json!({}), "NOT_AGREED"), "left as it is\n");
    Said { exit: Exit::NeedsPerson, ..said }
}

fn unproven(house: &House, order: &Order) -> Said {
    let text = format!(
        "{}: the venue has not confirmed that it is out ({}), so nothing was placed. The next pass goes on\n",
        order.id,
        order.status.as_str()
    );
    let value = nothing(json!({ "order": order.id, "status": order.status }), "NOT_CONFIRMED");
    Said { exit: Exit::NeedsPerson, ..Said::either(house, &value, text) }
}

/// Runs a plan that was made here, once. The question that was answered is its preview.
async fn follow(
    house: &House,
    (lock, mut store, account): (RunnerLock, Store, AccountId),
    name: &str,
    (trades, notional_max): (Vec<Value>, Option<Usd>),
) -> Result<Said> {
    let mode = if account.is_real() { "real" } else { "paper" };
    let name: String = name.chars().take(128).collect();
    let mut text = json!({ "runId": name, "mode": mode, "trades": trades });
    if let (Some(cap), Some(object)) = (notional_max, text.as_object_mut()) {
        object.insert("defaults".to_owned(), json!({ "maxNotionalUSD": cap.to_string() }));
    }
    let text = text.to_string();
    let plan: Plan = parse(&name, text.as_bytes(), &Defaults::default())
        .map_err(|problems| anyhow::anyhow!("the plan that follows is wrong: {problems}"))?;
    let args = Run {
        plans: Vec::new(),
        books: None,
        now: None,
        step: None,
        strict: false,
        real: account.is_real(),
    };
    let digest = plan.digest.clone();
    let plans = Plans { good: vec![plan], ..Plans::default() };
    let told = if account.is_real() {
        let access = Access::of(house)?;
        let limits = limits_digest(&house.config.real_limits())?;
        let preview = Preview { limits, worst_cost: Usd::ZERO, at: house.now };
        let fact = AccountFact::Previewed { plan: digest, preview };
        bookings::note(&mut store, (&access.id, house.now), vec![fact]).await?;
        run_real::real_pass(house, &mut store, &args, &plans).await?
    } else {
        one_pass(house, &mut store, &args, &plans).await?
    };
    store.abandon().await;
    drop(lock);
    let mut said = said(house, &args, &told, String::new());
    // Somebody waits for what was to follow: it is not done where it was denied, or waits.
    let lines = told.done.iter().flat_map(|done| &done.report.orders);
    let undone = |line: &OrderLine| {
        line.run_id.as_str() == name
            && matches!(line.status, Status::Denied | Status::Waiting | Status::Rejected)
    };
    if lines.into_iter().any(undone) {
        said.err.push_str("what was to follow was not placed; what was taken out stays out\n");
        said.exit = said.exit.max(Exit::NeedsPerson);
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_replaced_again_and_again_keeps_a_name_that_fits() {
        let at = |secs| Time::from_secs(secs);
        let once = replacement_name(at(1_790_000_000), "mine");
        assert_eq!(once, "replace.1790000000000.mine");
        assert_eq!(replacement_name(at(1_790_000_001), &once), "replace.1790000001000.mine");
        assert_eq!(replacement_name(at(1), "replace.it"), "replace.1000.replace.it");
        let long = "a".repeat(RunId::LEN_MAX);
        let name = replacement_name(at(1_790_000_000), &long);
        assert_eq!(name.len(), RunId::LEN_MAX);
        assert!(RunId::new(&name).is_some());
    }
}
