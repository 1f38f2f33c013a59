//! Markets, the crowd in them, and trades on their way to the chain.

use super::{Bad, Done, answer, body, market, ok, token};
use crate::exact::Exact;
use crate::fault::{Fate, grid};
use crate::ledger::MarketIx;
use crate::serve::call::{Answer, Call, Reply};
use crate::serve::desk::Desk;
use crate::serve::host::strike::fate_of;
use crate::venue::Venue;
use crate::venue::order::MATCH_STEP;
use betteroms_core::book::Level;
use betteroms_core::market::{Gate, Outcome, Side};
use betteroms_core::money::{Fraction, Price, Shares};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

fn change(
    desk: &Desk,
    call: &Call,
    work: impl FnOnce(&mut Venue, MarketIx) -> Result<(), Bad>,
) -> Answer {
    answer(desk.with(call, |venue| {
        let market = market(venue, call)?;
        work(venue, market).map(|()| ok())
    }))
}

fn gate(desk: &Desk, call: &Call, gate: Gate) -> Answer {
    change(desk, call, |venue, market| {
        let known = &venue.floors().get(market).listing.market;
        if known.gate == Gate::Closed && gate != Gate::Closed {
            return Err(Bad::asked("condition: the market is closed, and that is for good"));
        }
        venue.set_gate(market, gate);
        Ok(())
    })
}

pub(super) fn open(desk: &Desk, call: &Call) -> Answer {
    gate(desk, call, Gate::Accepting)
}

pub(super) fn pause(desk: &Desk, call: &Call) -> Answer {
    gate(desk, call, Gate::Paused)
}

pub(super) fn close(desk: &Desk, call: &Call) -> Answer {
    gate(desk, call, Gate::Closed)
}

pub(super) fn resolve(desk: &Desk, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Result {
        /// What a share of index 0 pays.
        #[serde(alias = "payoutFirst")]
        payout_first: Exact<Fraction>,
    }
    match body::<Result>(call) {
        Ok(Result { payout_first: Exact(payout_first) }) => change(desk, call, |venue, market| {
            venue
                .resolve(market, payout_first)
                .map_err(|error| Bad::asked(format!("payout_first: {error}")))
        }),
        Err(bad) => answer(Err(bad)),
    }
}

pub(super) fn tick(desk: &Desk, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct To {
        tick: Exact<Price>,
    }
    let read = body::<To>(call).and_then(|To { tick: Exact(tick) }| {
        grid(tick).ok_or_else(|| {
            Bad::asked(format!(
                "tick: {tick} is no price grid; write 0.1, 0.01, 0.005, 0.0025, 0.001 or 0.0001"
            ))
        })
    });
    match read {
        Ok(tick) => change(desk, call, |venue, market| {
            venue.set_tick(market, tick);
            Ok(())
        }),
        Err(bad) => answer(Err(bad)),
    }
}

/// The crowd takes with `"do": "take"`, or holds so much at a price from now on with `"do": "level"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Crowd {
    #[serde(default, rename = "do")]
    what: Doing,
    token: String,
    side: Side,
    price: Exact<Price>,
    size: Exact<Shares>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Doing {
    #[default]
    Take,
    Level,
}

pub(super) fn crowd(desk: &Desk, call: &Call) -> Answer {
    answer(body(call).and_then(|asked| desk.with(call, |venue| crowded(venue, &asked))))
}

fn crowded(venue: &mut Venue, asked: &Crowd) -> Done {
    let (market, outcome) = token(venue, &asked.token)?;
    let (Exact(limit), Exact(size)) = (asked.price, asked.size);
    let floor = venue.floors().get(market);
    let tick = floor.listing.market.tick;
    if floor.listing.market.gate == Gate::Closed {
        return Err(Bad::asked("token: its market is closed"));
    }
    if !limit.is_on(tick) {
        let text = format!("price: {limit} is not on the grid of {tick} between 0 and 1");
        return Err(Bad::asked(text));
    }
    let least = match asked.what {
        Doing::Take => 1,
        Doing::Level => 0,
    };
    // A billion shares: more than there ever are. What trades has five decimals.
    let micros = size.micros();
    if !(least..=1_000_000_000_000_000).contains(&micros) || micros % MATCH_STEP != 0 {
        let text = "size: more than nothing (a level may be 0), at most a billion, five decimals";
        return Err(Bad::asked(text));
    }
    let trades = match asked.what {
        Doing::Take => venue.crowd_takes(market, (outcome, asked.side), limit, size),
        Doing::Level => {
            let price = match outcome {
                Outcome::First => limit,
                Outcome::Second => limit.complement(),
            };
            let side = asked.side.in_first_terms(outcome);
            venue.crowd_level(market, side, Level { price, size });
            Vec::new()
        }
    };
    let ids: Vec<String> =
        trades.iter().map(|trade| venue.trades().get(*trade).id.to_string()).collect();
    Ok(Reply::json(&json!({ "trades": ids })))
}

pub(super) fn trade(desk: &Desk, call: &Call) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct To {
        fate: Fate,
    }
    let done = body::<To>(call).and_then(|To { fate }| {
        let text = call.part("id");
        let id = Uuid::parse_str(text)
            .map_err(|_| Bad::asked(format!("id: `{text}` is not a trade's UUID")))?;
        desk.with(call, |venue| {
            let found = venue.trades().find(&id);
            let found = found.ok_or_else(|| Bad::missing(format!("id: there is no trade {id}")))?;
            venue.decide(found, fate_of(fate)).map_err(|status| {
                Bad::asked(format!("id: the trade is {} already", status.word()))
            })?;
            Ok(ok())
        })
    });
    answer(done)
}
