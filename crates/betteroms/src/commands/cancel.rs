//! `cancel`: single orders, a plan's, or all. At a real venue an order counts as taken out once the venue shows
//! that, and what filled meanwhile is booked.

use super::status::order_table;
use super::{acting_account, lock_to_write, must_exist, run_real};
use crate::app::{Exit, House, Said, Usage};
use crate::bookings;
use crate::cli::Cancel;
use crate::pass;
use anyhow::Result;
use betteroms_core::event::AccountId;
use betteroms_core::order::{Order, OrderId};
use betteroms_core::report::{OrderLine, order_line};
use betteroms_store::{OrderFilter, Store};
use serde_json::json;

/// Takes orders out and tells how each stands then.
pub(crate) async fn run(house: &House, args: &Cancel) -> Result<Said> {
    must_exist(house)?;
    let lock = lock_to_write(house)?;
    let mut store = Store::open(&house.db).await?;
    let account = acting_account(house, &store).await?;
    let chosen = chosen(&store, &account, args).await?;
    let orders = take_out(house, &mut store, &account, &chosen).await?;
    store.abandon().await;
    drop(lock);
    Ok(told(house, &account, &orders))
}

async fn chosen(store: &Store, account: &AccountId, args: &Cancel) -> Result<Vec<OrderId>> {
    let run_id = args.plan.clone();
    let filter = OrderFilter { run_id, include_ended: true, ..OrderFilter::default() };
    let known = store.orders(account, &filter).await?;
    if args.orders.is_empty() {
        if let (Some(run_id), true) = (&args.plan, known.is_empty()) {
            let text = format!(
                "no plan {run_id:?} on account {account}; `betteroms plan list` shows them"
            );
            return Err(Usage(text).into());
        }
        let live = known.into_iter().filter(|order| !order.status.is_ended());
        return Ok(live.map(|order| order.id).collect());
    }
    for name in &args.orders {
        if !known.iter().any(|order| order.id.as_str() == name.as_str()) {
            let text =
                format!("no order {name:?} on account {account}; `betteroms orders` shows them");
            return Err(Usage(text).into());
        }
    }
    let named =
        known.into_iter().filter(|order| args.orders.iter().any(|n| n == order.id.as_str()));
    Ok(named.map(|order| order.id).collect())
}

/// Takes orders out of an account, paper or real, and returns them as they stand then.
pub(crate) async fn take_out(
    house: &House,
    store: &mut Store,
    account: &AccountId,
    orders: &[OrderId],
) -> Result<Vec<Order>> {
    if account.is_real() {
        let taken = run_real::take_out(house, store, account, orders).await;
        taken.map_err(without_looking)?;
    } else {
        pass::finish_killed(store, &mut pass::Paper, account).await?;
        bookings::cancel(store, account, orders).await?;
    }
    let filter = OrderFilter { include_ended: true, ..OrderFilter::default() };
    let known = store.orders(account, &filter).await?;
    Ok(known.into_iter().filter(|order| orders.contains(&order.id)).collect())
}

/// A cancel looks first, so as to prove its end; who cannot look can still have everything taken out.
fn without_looking(error: anyhow::Error) -> anyhow::Error {
    if error.is::<Usage>() {
        return error;
    }
    error.context(
        "the order was not taken out; `betteroms panic` takes out all of the key without looking",
    )
}

fn told(house: &House, account: &AccountId, orders: &[Order]) -> Said {
    let lines: Vec<OrderLine> = orders.iter().map(order_line).collect();
    let open = orders.iter().filter(|order| !order.status.is_ended()).count();
    let value = json!({ "version": 1, "account": account, "orders": lines, "stillOpen": open });
    let mut text = if lines.is_empty() {
        format!("account {account}: nothing to take out\n")
    } else {
        format!("account {account}\n{}", order_table(&lines))
    };
    if open > 0 {
        text.push_str(&format!(
            "{open} asked for and not confirmed by the venue: the next pass goes on. `betteroms panic` takes \
             out everything of the key\n"
        ));
    }
    let mut said = Said::either(house, &value, text);
    if open > 0 {
        said.exit = Exit::NeedsPerson;
    }
    said
}
