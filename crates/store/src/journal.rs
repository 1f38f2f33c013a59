//! Events in their stored form and back, and the line of `audit_logs` that each gives. Old forms are
//! lifted on read; the journal itself is never rewritten.

use crate::cell::Cell;
use crate::error::StoreError;
use crate::rows::run_of;
use betteroms_core::event::{AccountFact, AccountId, Event, Fill, OrderFact, PassId};
use betteroms_core::order::{OrderId, Status};
use betteroms_core::reason::EndReason;
use betteroms_core::time::Time;

/// Where and when events were recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) pass: Option<&'a str>,
    pub(crate) at: Time,
}

impl<'a> Stamp<'a> {
    pub(crate) fn new(account: &'a AccountId, pass: Option<&'a PassId>, at: Time) -> Self {
        Self { account, pass: pass.map(PassId::as_str), at }
    }
}

/// The row of `events`.
pub(crate) fn event_cells(
    seq: i64,
    stamp: Stamp<'_>,
    event: &Event,
) -> Result<[Cell; 7], StoreError> {
    Ok([
        seq.into(),
        stamp.account.as_str().into(),
        stamp.pass.into(),
        stamp.at.micros().into(),
        event.kind().into(),
        Event::VERSION.into(),
        Cell::json(event).map_err(StoreError::encode("an event"))?,
    ])
}

/// Reads an event that was stored with form `version`.
///
/// # Errors
/// When the form is newer than ours, or the text does not have it.
pub(crate) fn decode(seq: i64, version: i64, body: &str) -> Result<Event, StoreError> {
    let known = i64::from(Event::VERSION);
    if version > known {
        return Err(StoreError::EventNewer { seq, found: version, known: Event::VERSION });
    }
    serde_json::from_str(body).map_err(StoreError::decode("event", seq.to_string()))
}

/// The row of `audit_logs`; `None` for the matcher's own bookkeeping, which tells an operator nothing.
pub(crate) fn audit_cells(seq: i64, stamp: Stamp<'_>, event: &Event) -> Option<[Cell; 8]> {
    let (run, order, detail) = subject(event)?;
    let run = run.or_else(|| order.map(|id| run_of(id).to_owned()));
    Some([
        seq.into(),
        stamp.account.as_str().into(),
        stamp.at.micros().into(),
        stamp.pass.into(),
        run.into(),
        order.map(OrderId::as_str).into(),
        event.kind().into(),
        detail.into(),
    ])
}

type Subject<'a> = (Option<String>, Option<&'a OrderId>, Option<String>);

/// Which plan or order a fact is about, and its gist.
fn subject(event: &Event) -> Option<Subject<'_>> {
    Some(match event {
        Event::QueueMoved { .. }
        | Event::LiquidityTaken { .. }
        | Event::PaperMarketMoved { .. } => return None,
        Event::AccountOpened { cash } | Event::CashMoved { amount: cash } => {
            (None, None, Some(format!("{cash} dollars")))
        }
        Event::PassOpened { now, .. } => (None, None, Some(now.to_string())),
        Event::PassClosed { equity, .. } => (None, None, Some(format!("equity {equity}"))),
        Event::AccountRetired { successor } => (None, None, Some(successor.to_string())),
        Event::MarketResolved { market, resolution } => {
            let payout = resolution.payout_first.micros();
            (None, None, Some(format!("{market} pays {payout} millionths on its first outcome")))
        }
        Event::PlanReceived { outcome } => {
            let result = outcome.result.as_str();
            (Some(outcome.run_id.to_string()), None, Some(format!("{result}: {}", outcome.file)))
        }
        Event::PlanAdmitted { run_id, file, trades, .. } => {
            (Some(run_id.to_string()), None, Some(format!("{trades} trades of {file}")))
        }
        Event::PlanStopped { run_id } => (Some(run_id.to_string()), None, None),
        Event::OrderAdmitted { order } => {
            let trade = &order.trade;
            let (side, outcome, price) = (trade.side, &trade.outcome, trade.price);
            let gist = format!("{side} {outcome} of {} at {price}", trade.market);
            (None, Some(&order.id), Some(gist))
        }
        Event::MarketNamed { id, market, .. } => (None, Some(id), Some(market.to_string())),
        Event::OrderWaiting { id, wait } => (None, Some(id), Some(wait.code().to_owned())),
        Event::OrderDenied { id, denial, .. } => (None, Some(id), Some(denial.code().to_owned())),
        Event::OrderSubmitting { id, placing, .. } => {
            (None, Some(id), Some(format!("notional {}", placing.notional)))
        }
        Event::OrderOpened { id } => (None, Some(id), None),
        Event::Filled { fill } => (None, Some(&fill.order), Some(fill_gist(fill))),
        Event::OrderEnded { id, status, reason, .. } => {
            (None, Some(id), Some(ending(*status, *reason)))
        }
        Event::AtVenue { id, fact } => (None, Some(id), order_gist(fact)),
        Event::Account { fact } => account_subject(fact),
    })
}

fn order_gist(fact: &OrderFact) -> Option<String> {
    Some(match fact {
        OrderFact::Signed { venue, .. } => venue.to_string(),
        OrderFact::Held { wait } => wait.code().to_owned(),
        OrderFact::Accepted { status } => status.clone(),
        OrderFact::Doubted { cause: text } | OrderFact::Noted { note: text } => text.clone(),
        OrderFact::Unseen { at } => format!("not found at {at}"),
        OrderFact::Seen { matched } => format!("{matched} matched"),
        OrderFact::Cancelling { reason } => reason.code().to_owned(),
        OrderFact::StillDoubted | OrderFact::Resent => return None,
    })
}

fn account_subject(fact: &AccountFact) -> Subject<'_> {
    let (order, gist) = match fact {
        AccountFact::FillSettled { key, settlement, .. } => {
            let gist = format!("{} of trade {}", settlement.as_str(), key.trade_id);
            (Some(&key.order), gist)
        }
        AccountFact::FeeCharged { key, expected, charged, .. } => {
            let gist = format!("{charged} charged for trade {}, {expected} expected", key.trade_id);
            (Some(&key.order), gist)
        }
        AccountFact::ForeignFill { fill } => (Some(&fill.order), fill_gist(fill)),
        AccountFact::ForeignOrder { order } => (None, format!("{}", order.id)),
        AccountFact::TradesSeen { until } => (None, until.to_string()),
        AccountFact::Differs { difference, .. } => {
            let code = difference.as_ref().map_or("AGREES", |difference| difference.code());
            (None, code.to_owned())
        }
        AccountFact::FeesProven {} => (None, "as expected".to_owned()),
        AccountFact::SetAside { id, .. } => (None, id.clone()),
        AccountFact::Adopted { cash, shares } => {
            (None, format!("{cash} dollars, {} tokens", shares.len()))
        }
        AccountFact::Converting { market, intent } => {
            (None, format!("{} dollars of {market} to come", intent.cash))
        }
        AccountFact::Converted { market, cash, .. } => {
            (None, format!("{cash} dollars of {market}"))
        }
        AccountFact::Previewed { plan, preview } => {
            (None, format!("{}, at most {} dollars", plan.short(), preview.worst_cost))
        }
        AccountFact::SecretUsed { fingerprint } => (None, format!("fingerprint {fingerprint}")),
        AccountFact::Armed { arming } => {
            let until = arming.as_ref().map(|arming| format!("until {}", arming.until));
            (None, until.unwrap_or_else(|| "disarmed".to_owned()))
        }
        AccountFact::Braked { brake } => {
            (None, if brake.is_some() { "on" } else { "off" }.to_owned())
        }
    };
    (None, order, Some(gist))
}

fn fill_gist(fill: &Fill) -> String {
    let Fill { side, shares, price, fee, .. } = fill;
    format!("{} {side} {shares} at {price}, fee {fee}", fill.role.as_str())
}

fn ending(status: Status, reason: Option<EndReason>) -> String {
    match reason {
        Some(reason) => format!("{} {}", status.as_str(), reason.code()),
        None => status.as_str().to_owned(),
    }
}
