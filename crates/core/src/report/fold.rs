//! Several passes told as one: each trade once, as it stands last; fills and money of all of them.

use super::Report;
use super::lines::{Counts, FillLine, OrderLine, Totals};
use crate::decide::PlanOutcome;
use crate::order::Status;
use std::collections::BTreeMap;

/// Folds reports of one account, oldest first, into one; `None` when there are none. What is a picture
/// (cash, positions, PnL, exposure) comes from the last; what is a flow (fills, totals) adds up.
pub fn fold(reports: Vec<Report>) -> Option<Report> {
    let mut orders: BTreeMap<_, OrderLine> = BTreeMap::new();
    let mut fills: Vec<FillLine> = Vec::new();
    let mut totals = Totals::default();
    let (mut plans, mut payments) = (Vec::new(), Vec::new());
    let mut assumed = BTreeMap::new();
    let mut passes: u32 = 0;
    let mut last = None;
    for report in reports {
        passes = passes.saturating_add(report.passes);
        totals.spent += report.totals.spent;
        totals.received += report.totals.received;
        totals.fees += report.totals.fees;
        totals.paid_out += report.totals.paid_out;
        totals.slippage += report.totals.slippage;
        fills.extend(report.fills.iter().cloned());
        payments.extend(report.payments.iter().cloned());
        for line in &report.orders {
            orders.insert((line.run_id.clone(), line.index), line.clone());
        }
        for outcome in &report.plans {
            let same =
                |known: &PlanOutcome| known.run_id == outcome.run_id && known.file == outcome.file;
            plans.retain(|known| !same(known));
            plans.push(outcome.clone());
        }
        assumed.extend(report.assumed.iter().cloned());
        last = Some(report);
    }
    let orders: Vec<OrderLine> = orders.into_values().collect();
    let assumed = assumed.into_iter().collect();
    let counts = count(&orders);
    Some(Report { passes, plans, counts, totals, orders, fills, payments, assumed, ..last? })
}

/// How many trades stand where; a part-filled one counts as part, whether it rests or ended.
pub(super) fn count(orders: &[OrderLine]) -> Counts {
    let mut counts = Counts::default();
    for order in orders {
        let is_part = order.filled.is_positive();
        let slot = match order.status {
            Status::Filled => &mut counts.filled,
            Status::Waiting => &mut counts.waiting,
            Status::Denied => &mut counts.denied,
            Status::Rejected => &mut counts.rejected,
            Status::Submitting | Status::InDoubt => &mut counts.unsettled,
            Status::Open | Status::Cancelling | Status::Cancelled | Status::Expired if is_part => {
                &mut counts.part
            }
            Status::Open | Status::Cancelling => &mut counts.resting,
            Status::Cancelled => &mut counts.cancelled,
            Status::Expired => &mut counts.expired,
        };
        *slot = slot.saturating_add(1);
        counts.asked = counts.asked.saturating_add(1);
    }
    counts
}
