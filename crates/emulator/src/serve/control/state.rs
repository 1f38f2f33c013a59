//! The emulator as a whole: its clock, its mode, its books, its log.

use super::{Bad, Done, answer, body};
use crate::fault::ModeChange;
use crate::ledger::Asset;
use crate::serve::call::{Answer, Call, Reply};
use crate::serve::desk::Desk;
use crate::serve::host::strike::{rules, set_mode};
use crate::venue::Venue;
use betteroms_core::market::Outcome;
use betteroms_core::money::{Shares, Usd};
use betteroms_core::time::Time;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn status(desk: &Desk, call: &Call) -> Answer {
    let set = rules(desk).list().count();
    let last = desk.with_log(crate::log::Log::last);
    let state = desk.with(call, |venue| {
        json!({
            "what": "BetterOMS emulator: this is not Polymarket",
            "time": venue.now(),
            "follows_wall": desk.clock.follows_wall(),
            "mode": venue.mode().word(),
            "seed": venue.settings.seed,
            "markets": venue.floors().len(),
            "orders": venue.orders().len(),
            "open_orders": venue.orders().iter().filter(|order| order.is_open()).count(),
            "wallets": venue.ledger().wallets().count(),
            "keys": venue.people().keys().count(),
            "due": venue.next_due(),
            "faults": set,
            "log": last,
        })
    });
    Ok(Reply::json(&state))
}

/// A length of time: milliseconds, or text such as `1500ms`, `30s`, `5m`, `2h`, `1d`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Length {
    Millis(u64),
    Text(String),
}

impl Length {
    fn millis(&self) -> Option<u64> {
        let text = match self {
            Self::Millis(millis) => return Some(*millis),
            Self::Text(text) => text,
        };
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let millis = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(millis)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    advance: Option<Length>,
    to: Option<Time>,
}

pub(super) fn clock(desk: &Desk, call: &Call) -> Answer {
    answer(stepped(desk, call))
}

fn stepped(desk: &Desk, call: &Call) -> Done {
    let to = match body(call)? {
        Step { advance: Some(length), to: None } => {
            let millis = length.millis().ok_or_else(|| {
                Bad::asked("advance: write milliseconds, or a text such as 30s, 5m or 2h")
            })?;
            let by = i64::try_from(millis).unwrap_or(i64::MAX).saturating_mul(1_000);
            Time::from_micros(desk.clock.now().micros().saturating_add(by))
        }
        Step { advance: None, to: Some(to) } => to,
        Step { .. } => {
            return Err(Bad::asked("the body: either advance or to, and not both"));
        }
    };
    // Beyond this no date can be written any more.
    if to > Time::from_secs(250_000_000_000) {
        return Err(Bad::asked("advance, to: that is beyond the year 9000"));
    }
    desk.clock.set(to).map_err(|now| {
        Bad::asked(format!("to: {to} lies before the venue's {now}; its time never goes back"))
    })?;
    let now = desk.with(call, |venue| venue.now());
    Ok(Reply::json(&json!({ "time": now })))
}

pub(super) fn mode(desk: &Desk, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct To {
        mode: Value,
    }
    let read = body::<To>(call).and_then(|To { mode }| {
        let tagged = mode.as_str().map(|word| json!({ word: {} }));
        serde_json::from_value::<ModeChange>(tagged.unwrap_or(mode))
            .map_err(|error| Bad::asked(format!("mode: {error}")))
    });
    answer(read.map(|to| {
        desk.with(call, |venue| set_mode(venue, to));
        super::ok()
    }))
}

pub(super) fn ledger(desk: &Desk, call: &Call) -> Answer {
    Ok(desk.with(call, |venue| {
        let audit = match venue.ledger().audit() {
            Ok(totals) => json!({
                "balanced": true,
                "wallets": totals.wallets,
                "markets": totals.markets,
                "resolved": totals.resolved,
                "balances": totals.balances,
                // Sums of everything may be longer than one wallet's amounts, so they stay millionths.
                "locked_millionths": totals.locked.to_string(),
                "cash_millionths": totals.cash.to_string(),
                "dust_millionths_of_millionths": totals.dust.to_string(),
            }),
            Err(imbalance) => json!({ "balanced": false, "why": imbalance.to_string() }),
        };
        let wallets: Vec<_> = venue.ledger().wallets().collect();
        let rows: Vec<Value> = wallets
            .into_iter()
            .map(|(ix, address)| {
                let mut row = holdings(venue, ix);
                if let Value::Object(fields) = &mut row {
                    fields.insert("wallet".to_owned(), json!(address));
                }
                row
            })
            .collect();
        Reply::json(&json!({ "audit": audit, "wallets": rows }))
    }))
}

/// What the chain says a wallet has, and what the venue holds back of it.
pub(super) fn holdings(venue: &Venue, wallet: crate::ledger::WalletIx) -> Value {
    let (ledger, funds) = (venue.ledger(), venue.funds());
    let mut shares = Vec::new();
    for (market, held) in ledger.holdings(wallet) {
        let listed = &venue.floors().get(market).listing.market;
        for (outcome, size) in [Outcome::First, Outcome::Second].into_iter().zip(held) {
            let asset = Asset::Share(market, outcome);
            let promised = Shares::from_micros(funds.active(wallet, asset));
            let matched = Shares::from_micros(funds.matched(wallet, asset));
            if size.is_zero() && promised.is_zero() && matched.is_zero() {
                continue;
            }
            shares.push(json!({
                "token": listed.token(outcome), "market": listed.condition, "size": size,
                "promised": promised, "matched": matched,
            }));
        }
    }
    json!({
        "cash": ledger.cash(wallet),
        "promised": Usd::from_micros(funds.active(wallet, Asset::Cash)),
        "matched": Usd::from_micros(funds.matched(wallet, Asset::Cash)),
        "shares": shares,
    })
}

/// The most lines of one answer.
const LINES_MOST: usize = 10_000;

pub(super) fn log(desk: &Desk, call: &Call) -> Answer {
    let after = call.asked("after").unwrap_or("0");
    let Ok(after) = after.parse::<u64>() else {
        return answer(Err(Bad::asked(format!("after: `{after}` is not a line's number"))));
    };
    let lines = desk.with_log(|log| {
        let mut lines = String::new();
        for line in log.since(after).take(LINES_MOST) {
            lines.push_str(line.get());
            lines.push('\n');
        }
        lines
    });
    let mut reply = Reply::json(&());
    reply.content_type = "application/x-ndjson";
    reply.body = lines.into_bytes().into();
    // A log in the log would double with every look.
    Ok(reply.secret())
}
