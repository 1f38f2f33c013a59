//! Denials, waits and endings as sentences: what is wrong, where, and what to do; the code comes last.

use super::money::{mid, shares, usd};
use betteroms_core::decide::{PlanOutcome, PlanResult};
use betteroms_core::money::{LOT, Price, Tick, Usd, shares_floor};
use betteroms_core::reason::{Cap, Denial, EndReason, Wait};
use betteroms_core::report::OrderLine;

/// How much of a fault's words a table shows; the JSON has them all.
const CAUSE_CHARS: usize = 160;

/// The configuration's name of a cap.
pub const fn cap_key(cap: Cap) -> &'static str {
    match cap {
        Cap::PerTrade => "limits.perTrade",
        Cap::PlanPerTrade => "the plan's maxNotionalUSD",
        Cap::PerPass => "limits.perPass",
        Cap::OrdersPerPass => "limits.ordersPerPass",
        Cap::PerDay => "limits.perDay",
        Cap::PerMarket => "limits.perMarket",
        Cap::Total => "limits.total",
    }
}

const fn cap_words(cap: Cap) -> &'static str {
    match cap {
        Cap::PerTrade => "your per-trade limit",
        Cap::PlanPerTrade => "the plan's limit for a trade",
        Cap::PerPass => "your limit for a pass",
        Cap::OrdersPerPass => "your number of orders for a pass",
        Cap::PerDay => "your limit for a day",
        Cap::PerMarket => "your limit for a market",
        Cap::Total => "your limit for the account",
    }
}

/// The configuration's names of a cap on a real account: the tighter of the two counts.
const fn real_cap_key(cap: Cap) -> Option<&'static str> {
    match cap {
        Cap::PerTrade => Some("real.perTrade"),
        Cap::PerPass | Cap::PerDay => Some("real.perDay"),
        Cap::PerMarket | Cap::Total => Some("real.total"),
        Cap::PlanPerTrade | Cap::OrdersPerPass => None,
    }
}

/// Where a cap stands in the configuration; on a real account in two places.
pub(super) fn cap_place(cap: Cap, is_real: bool) -> String {
    match real_cap_key(cap).filter(|_| is_real) {
        Some(real) => format!("{real} or {}", cap_key(cap)),
        None => cap_key(cap).to_owned(),
    }
}

/// Why a trade was not placed, with its place in the file, the remedy and the code.
pub fn denial(line: &OrderLine, denial: &Denial, is_real: bool) -> String {
    let (what, mut remedy) = denial_words(line, denial);
    if let (Denial::NotionalOverLimit { cap, .. }, true) = (denial, is_real) {
        remedy = remedy.replace(cap_key(*cap), &cap_place(*cap, true));
        if *cap == Cap::PerTrade {
            remedy.push_str(" Under an arming its --max-order counts as well.");
        }
    }
    let is_size = matches!(denial, Denial::NotionalOverLimit { .. } | Denial::OverHolding { .. });
    let place = if is_size { line.size_here } else { line.here };
    format!(
        "Trade {} not placed: {what} ({}:{}:{}). {remedy} [{}]",
        trade_name(line),
        line.file,
        place.line,
        place.column,
        denial.code()
    )
}

fn trade_name(line: &OrderLine) -> &str {
    line.id.as_str().split('/').nth(1).unwrap_or_else(|| line.id.as_str())
}

/// What is wrong with a price between the market's, and what to write.
pub(crate) fn off_tick(price: Price, tick: Tick, near: [Option<Price>; 2]) -> (String, String) {
    let near: Vec<String> = near.into_iter().flatten().map(|price| price.to_string()).collect();
    (
        format!("{price} is not a multiple of the market's tick {tick}"),
        format!("Write {}.", near.join(" or ")),
    )
}

/// What is wrong with a trade that costs too much at a price, and what to do.
pub(crate) fn over_limit(price: Price, (cost, limit): (Usd, Usd), cap: Cap) -> (String, String) {
    let within = shares_floor(limit, price, LOT);
    (
        format!("costs {}, {} is {}", usd(cost), cap_words(cap), usd(limit)),
        format!("Lower size to {limit} in dollars, {within} in shares, or raise {}.", cap_key(cap)),
    )
}

fn denial_words(line: &OrderLine, denial: &Denial) -> (String, String) {
    match denial {
        Denial::NotionalOverLimit { cost, limit, cap } => {
            over_limit(line.price, (*cost, *limit), *cap)
        }
        Denial::MarketNotFound => (
            format!("no market is called {:?}", line.market),
            "Look for its slug with `betteroms market find`.".to_owned(),
        ),
        Denial::MarketAmbiguous { slugs } => (
            format!("{:?} names {} markets: {}", line.market, slugs.len(), slugs.join(", ")),
            "Write one of these slugs as marketId.".to_owned(),
        ),
        Denial::OutcomeUnknown { labels: [first, second] } => (
            format!("the market has no outcome {:?}", line.outcome),
            format!("Write {first:?} or {second:?} (YES or NO work too)."),
        ),
        Denial::MarketClosed => {
            ("trading in this market has ended".to_owned(), "Nothing can be done.".to_owned())
        }
        Denial::OffTick { tick, below, above } => off_tick(line.price, *tick, [*below, *above]),
        Denial::UnderMinimum { size, size_min } => (
            format!("it comes to {} shares, the least is {}", shares(*size), shares(*size_min)),
            "Raise size.".to_owned(),
        ),
        Denial::UnderMarketableMinimum { notional, notional_min } => (
            format!(
                "a BUY that takes must be worth {}, this is {}",
                usd(*notional_min),
                usd(*notional)
            ),
            "Raise size.".to_owned(),
        ),
        Denial::NoFeeSchedule => (
            "the market's fee is unknown or has a form that cannot be computed exactly".to_owned(),
            "Nothing is placed on a guess; try again when the venue publishes it.".to_owned(),
        ),
        Denial::NothingHeld => (
            "size is \"all\", and nothing of this outcome is held and free".to_owned(),
            "Buy first, or cancel the order that sells it.".to_owned(),
        ),
        Denial::OverHolding { wanted, free } => (
            format!("it sells {} shares, {} are held and free", shares(*wanted), shares(*free)),
            format!("Write \"size\": {free}, \"sizeUnit\": \"SHARES\" (or \"size\": \"all\")."),
        ),
        Denial::SelfCross { with } => (
            format!("its limit meets your own resting order {with}"),
            "Let that one end first, or move the price.".to_owned(),
        ),
        Denial::Blocked { by } => {
            (wait_words(by), "It does not wait (FOK, FAK or ifBlocked \"deny\").".to_owned())
        }
        Denial::WaitEnded { last, ended } => {
            let last = last.as_ref().map_or_else(
                || "its time had passed before it was first judged".to_owned(),
                |wait| format!("it waited until {ended}; last: {}", wait_words(wait)),
            );
            (last, "Write it again under a new runId.".to_owned())
        }
        Denial::LifetimeTooShort { secs, secs_min } => too_short(*secs, *secs_min),
        Denial::CannotSign { cause } => (format!("it was not signed: {cause}"), String::new()),
        Denial::Withdrawn => ("you withdrew it".to_owned(), String::new()),
    }
}

pub(crate) fn too_short(secs: i64, secs_min: u32) -> (String, String) {
    let says = format!(
        "it would live {secs} s, and a real order needs {secs_min} s: the venue's least, and some for the way"
    );
    (says, "Use timeInForce \"FAK\", or let it live longer.".to_owned())
}

/// What a trade waits for, with the code.
pub fn wait(wait: &Wait) -> String {
    format!("{} [{}]", wait_words(wait), wait.code())
}

fn wait_words(wait: &Wait) -> String {
    match wait {
        Wait::NotBefore { until } => format!("not before {until}"),
        Wait::MarketUnavailable { cause } => {
            let short: String = cause.chars().take(CAUSE_CHARS).collect();
            let more = if short.len() < cause.len() { "…" } else { "" };
            format!("the market could not be read: {short}{more}")
        }
        Wait::NotAccepting => "the venue takes no orders for it now".to_owned(),
        Wait::BookMissing => "there is no book".to_owned(),
        Wait::BookStale { age_secs, age_secs_max } => {
            format!(
                "the newest book is {age_secs} s old, the oldest that counts is {age_secs_max} s"
            )
        }
        Wait::BookCrossed => "the newest book is crossed".to_owned(),
        Wait::NoMid => "one side of the book is empty, so there is no mid to judge by".to_owned(),
        Wait::AbovePriceCeil { ceil, mid_doubled } => {
            format!("the mid {} is above priceCeil {ceil}", mid(*mid_doubled))
        }
        Wait::BelowPriceFloor { floor, mid_doubled } => {
            format!("the mid {} is below priceFloor {floor}", mid(*mid_doubled))
        }
        Wait::SpreadWide { spread_micros, spread_micros_max } => format!(
            "the spread {} is wider than limits.maxSpread {}",
            Usd::from_micros(*spread_micros),
            Usd::from_micros(i64::from(*spread_micros_max))
        ),
        Wait::OutsidePriceBand { mid_doubled, band_micros } => format!(
            "the price is more than limits.priceBand {} from the mid {}",
            Usd::from_micros(i64::from(*band_micros)),
            mid(*mid_doubled)
        ),
        Wait::CashShort { need, free } => {
            format!("it needs {}, {} is free", usd(*need), usd(*free))
        }
        Wait::CapReached { cap, need, left } => {
            format!("it costs {}, {} is left of {}", usd(*need), usd(*left), cap_words(*cap))
        }
        Wait::OrdersPerPass { orders_max } => {
            format!("this pass has placed its {orders_max} orders")
        }
        Wait::Halted => "the account is halted".to_owned(),
        Wait::VenueMode { mode } => format!("the venue takes no such order now ({mode})"),
        Wait::Unsettled { what } => format!("this market is not clear yet ({what})"),
        Wait::NotArmed { what } => format!("{} ({what})", permission(what)),
    }
}

/// Why an order is not allowed to be sent, and what allows it.
pub(super) fn permission(code: &str) -> &'static str {
    match code {
        "NO_PREVIEW" => "you have not previewed this plan: `betteroms preview PLAN` first",
        "LIMITS_CHANGED" => {
            "your limits have changed since its preview: `betteroms preview PLAN` again"
        }
        "PREVIEW_TOO_OLD" => "its preview is too old: `betteroms preview PLAN` again",
        _ => "a check before trading failed; see \"Needs you\"",
    }
}

/// Why an order ended, in a few words.
pub const fn end_words(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Due => "its time came",
        EndReason::MarketClosed => "the market closed",
        EndReason::FakRest => "the rest of a FAK",
        EndReason::Operator => "you cancelled it",
        EndReason::PostOnlyWouldCross => "post-only, and it would have taken",
        EndReason::FokNotFull => "FOK, and it could not be full",
        EndReason::FakFoundNothing => "FAK, and it found nothing",
        EndReason::VenueRefused => "the venue refused it",
        EndReason::NotSeen => "it was sent, and the venue never showed it",
        EndReason::VenueCancelled => "the venue took it out",
        EndReason::Gone => "the venue no longer knows it",
        EndReason::Frozen => "you froze the account",
        EndReason::SettlementFailed => "it matched, and the settlement failed",
    }
}

/// What became of a plan file, as a sentence.
pub fn plan(outcome: &PlanOutcome) -> String {
    let (run_id, file) = (&outcome.run_id, &outcome.file);
    let bytes = outcome.sha256.as_ref();
    let bytes = bytes.map(|sha256| format!(" (sha256 {})", sha256.short())).unwrap_or_default();
    match &outcome.result {
        PlanResult::Admitted => format!("{run_id}: admitted from {file}{bytes}"),
        PlanResult::AlreadyDone => format!("{run_id}: already done{bytes}"),
        PlanResult::StillLive { waiting, working } => {
            format!("{run_id}: already done{bytes}; still {waiting} waiting, {working} resting")
        }
        PlanResult::Missing { waiting, working } => {
            format!(
                "{run_id}: {file} was not given to this run; still {waiting} waiting, {working} resting"
            )
        }
        PlanResult::Changed { difference } => format!(
            "{run_id}: refused, {file}{bytes} differs from what was admitted under this runId: {difference}. \
             What was admitted goes on as it was, until `betteroms plan stop {run_id}`. Give the changed one a \
             new runId, or stop the other first. [RUN_ID_REUSED]"
        ),
        PlanResult::Clash { other } => format!(
            "{run_id}: refused, {file}{bytes} and {other} have the same runId and different contents. \
             Give one of them a new runId. [RUN_ID_TWICE]"
        ),
    }
}
