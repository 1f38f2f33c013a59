//! `status`, `orders`, `positions`: what the store holds of one account.

use super::{brake, open_to_read, shown_account};
use crate::app::{House, Said};
use crate::real;
use crate::render::money::{shares, usd};
use crate::render::reasons;
use crate::render::report as text;
use crate::render::table::table;
use anyhow::Result;
use betteroms_core::event::AccountId;
use betteroms_core::order::Order;
use betteroms_core::report::{OrderLine, order_line};
use betteroms_core::state::State;
use betteroms_core::time::Time;
use betteroms_store::{OrderFilter, RunnerLock, Store};
use serde_json::{Value, json};

/// Cash, counts and the last pass.
pub(crate) async fn status(house: &House) -> Result<Said> {
    let store = open_to_read(house).await?;
    let id = status_account(house, &store).await?;
    let (state, at_work) = settled_or_at_work(house, &store, &id).await?;
    let counts: Vec<(String, u32)> = betteroms_core::decide::count_by_status(state.orders.values())
        .into_iter()
        .map(|(status, count)| (status.as_str().to_lowercase(), count))
        .collect();
    let shown = (braked(house, &state), at_work);
    let value = status_json(&state, &counts, shown);
    let text = status_text(&state, &counts, shown);
    Ok(Said::either(house, &value, text))
}

fn status_json(
    state: &State,
    counts: &[(String, u32)],
    (braked, at_work): (Option<Braked>, bool),
) -> Value {
    let account = &state.account;
    let live: serde_json::Map<String, Value> =
        counts.iter().map(|(status, count)| (status.clone(), json!(count))).collect();
    let brake = braked
        .map(|one| json!({ "at": one.since, "freeze": one.freeze, "booked": one.since.is_some() }));
    json!({
        "version": 1,
        "account": account.id,
        "lastNow": account.last_now,
        "openPass": account.open_pass,
        "runUnderWay": at_work,
        "cash": account.cash,
        "free": state.free_cash(),
        "equity": account.equity,
        "funded": account.funded,
        "live": live,
        "positions": state.positions.values().filter(|p| !p.is_flat()).count(),
        "brake": brake,
        "arming": account.real.as_ref().and_then(|real| real.arming.as_ref()),
        "differs": account.real.as_ref().map_or(0, |real| real.differs.len()),
    })
}

fn status_text(
    state: &State,
    counts: &[(String, u32)],
    (braked, at_work): (Option<Braked>, bool),
) -> String {
    let account = &state.account;
    let mut out = format!("account    {}\n", account.id);
    let last = account.last_now.map_or_else(|| "none yet".to_owned(), |now| now.to_string());
    out.push_str(&format!("last pass  {last}\n"));
    if let Some(pass) = &account.open_pass {
        let flag = if account.id.is_real() { " --real" } else { "" };
        out.push_str(&match at_work {
            true => format!("open pass  {pass}: a run is under way\n"),
            false => format!("cut off    {pass}: the next `betteroms run{flag}` finishes it\n"),
        });
    }
    out.push_str(&cash_line(state));
    let live = if counts.is_empty() {
        "nothing waits or rests".to_owned()
    } else {
        counts
            .iter()
            .map(|(status, count)| format!("{count} {status}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    out.push_str(&format!("live       {live}\n"));
    if let Some(braked) = braked {
        out.push_str(&format!("brake      {braked}: `betteroms resume` ends that\n"));
    }
    out.push_str(&real_lines(state));
    out
}

fn cash_line(state: &State) -> String {
    let account = &state.account;
    if !account.is_opened() {
        return "cash       none is booked yet: the first pass opens the account\n".to_owned();
    }
    let equity = match account.last_now {
        Some(_) => format!("; equity {} at the last pass", usd(account.equity)),
        None => String::new(),
    };
    format!(
        "cash       {} free of {}{equity}, funded with {}\n",
        usd(state.free_cash()),
        usd(account.cash),
        usd(account.funded)
    )
}

/// As [`shown_account`]; before the store's first pass one that is halted or opened already, the real one
/// before the other.
async fn status_account(house: &House, store: &Store) -> Result<AccountId> {
    if house.account.is_none() && store.last_account().await?.is_none() {
        for account in brake::trading(house, store).await?.into_iter().rev() {
            let state = store.load(&account).await?;
            if state.account.is_opened() || braked(house, &state).is_some() {
                return Ok(account);
            }
        }
    }
    shown_account(house, store).await
}

/// The account, and whether a run is at its open pass. Where none is open nothing is asked of the lock: whoever
/// begins in that moment would be turned away.
async fn settled_or_at_work(
    house: &House,
    store: &Store,
    account: &AccountId,
) -> Result<(State, bool)> {
    let state = store.load(account).await?;
    if state.account.open_pass.is_none() {
        return Ok((state, false));
    }
    if RunnerLock::is_held(&house.db) {
        return Ok((state, true));
    }
    // The run may have ended between the two looks, its pass closed.
    Ok((store.load(account).await?, false))
}

/// What keeps an account from new exposure.
#[derive(Clone, Copy, Debug)]
struct Braked {
    /// Since when; `None` where it was asked for beside the store and is not in the journal yet.
    since: Option<Time>,
    freeze: bool,
}

impl std::fmt::Display for Braked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = if self.freeze { "frozen" } else { "halted" };
        match self.since {
            Some(at) => write!(f, "{word} since {at}"),
            None => write!(f, "{word}, asked for and not booked yet"),
        }
    }
}

/// The brake that the next pass of an account meets: the request beside the store counts where it says more than
/// the journal does.
fn braked(house: &House, state: &State) -> Option<Braked> {
    let known = state.account.brake;
    // A recording is not halted, and neither is what a reset has replaced.
    let may_trade = !state.account.id.is_replay() && state.account.successor.is_none();
    // What cannot be read is taken for a freeze, as a run takes it.
    let asked = real::halt_asked(&house.db).unwrap_or(Some(true)).filter(|_| may_trade);
    match (asked, known) {
        (Some(freeze), None) => Some(Braked { since: None, freeze }),
        (Some(true), Some(brake)) if !brake.freeze => Some(Braked { since: None, freeze: true }),
        (Some(_) | None, known) => {
            known.map(|brake| Braked { since: Some(brake.at), freeze: brake.freeze })
        }
    }
}

/// What allows the account to trade for real, and what is not clear about it.
fn real_lines(state: &State) -> String {
    let mut out = String::new();
    let Some(real) = &state.account.real else { return out };
    if let Some(arming) = &real.arming {
        out.push_str(&format!(
            "armed      until {}, {} an order, {} a day\n",
            arming.until,
            usd(arming.order_max),
            usd(arming.day_max)
        ));
    }
    for (_, difference) in &real.differs {
        out.push_str(&format!("differs    {}: the last report tells what\n", difference.code()));
    }
    if !real.foreign.is_empty() {
        out.push_str(&format!("foreign    {} orders that are not ours rest\n", real.foreign.len()));
    }
    out
}

/// Orders, newest plan last.
pub(crate) async fn orders(house: &House, run_id: Option<String>, live: bool) -> Result<Said> {
    let store = open_to_read(house).await?;
    let account = shown_account(house, &store).await?;
    let filter = OrderFilter { run_id, include_ended: !live, ..OrderFilter::default() };
    let orders = store.orders(&account, &filter).await?;
    let living = |order: &&Order| !live || !order.status.is_ended();
    let lines: Vec<OrderLine> = orders.iter().filter(living).map(order_line).collect();
    if house.json {
        let value = json!({ "version": 1, "account": account, "orders": lines });
        return Ok(Said::done(format!("{value:#}\n")));
    }
    Ok(Said::done(format!("account {account}\n{}", order_table(&lines))))
}

/// Orders as a table, or a sentence where there are none.
pub(crate) fn order_table(lines: &[OrderLine]) -> String {
    if lines.is_empty() {
        return "no orders\n".to_owned();
    }
    let rows = lines.iter().map(|line| {
        vec![
            line.id.to_string(),
            format!("{} {}", line.side, line.outcome),
            line.market.clone(),
            line.time_in_force.to_string(),
            line.price.to_string(),
            line.size.map_or_else(|| "-".to_owned(), shares),
            shares(line.filled),
            line.average.map_or_else(|| "-".to_owned(), |price| price.to_string()),
            line.status.as_str().to_lowercase(),
            reason(line),
        ]
    });
    let header =
        ["order", "side", "market", "tif", "limit", "size", "filled", "average", "status", "why"];
    table(&header, rows.collect(), &[4, 5, 6, 7])
}

fn reason(line: &OrderLine) -> String {
    if let Some(denial) = &line.denial {
        return denial.code().to_owned();
    }
    match (&line.wait, line.end) {
        (Some(wait), _) => reasons::wait(wait),
        (None, Some(end)) => end.code().to_owned(),
        (None, None) => String::new(),
    }
}

/// Positions at the marks of the last pass.
pub(crate) async fn positions(house: &House) -> Result<Said> {
    let store = open_to_read(house).await?;
    let account = shown_account(house, &store).await?;
    let Some(report) = store.latest_report(&account).await? else {
        return Ok(Said::done(format!("account {account}\nno pass yet\n")));
    };
    if house.json {
        let value = json!({
            "version": 1,
            "account": account,
            "now": report.now,
            "positions": report.positions,
        });
        return Ok(Said::done(format!("{value:#}\n")));
    }
    let body = text::positions(&report);
    let body = if body.is_empty() { "no positions\n".to_owned() } else { body };
    Ok(Said::done(format!("account {account}, marked at {}\n{body}", report.now)))
}
