//! Faults carried out on the venue: what a strike does beside, before and after the call it struck. What
//! it does to the answer's bytes is `dispatch`'s and [`crate::fault::tamper`]'s.

use crate::fault::{Fate, Faults, ModeChange, Pick, Strike, What, address};
use crate::ledger::Asset;
use crate::log::Topic;
use crate::serve::call::{Call, Reply};
use crate::serve::clob::auth;
use crate::serve::clob::posted::{self, Body};
use crate::serve::desk::Desk;
use crate::serve::sockets::Channel;
use crate::serve::sockets::tampering::Handling;
use crate::venue::order::OrderIx;
use crate::venue::people::KeyIx;
use crate::venue::{Mode, Posted, Refusal, Venue, trade};
use alloy_primitives::{B256, U256};
use betteroms_core::market::Outcome;
use serde::Serialize;
use std::sync::{MutexGuard, PoisonError};
use uuid::Uuid;

/// How far a clock may be off before a proof is refused, as in `auth`.
const SKEW_SECS: u64 = 60;

/// The rules. A handler that panicked never held them.
pub(in crate::serve) fn rules(desk: &Desk) -> MutexGuard<'_, Faults> {
    desk.faults.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts a call of a route, and logs what strikes it.
pub(in crate::serve) fn of_call(desk: &Desk, pattern: &str, call: &Call) -> Vec<Strike> {
    let strikes = rules(desk).strike(pattern, call);
    for strike in &strikes {
        let on = address(call.service, &call.method, pattern);
        told(desk, call.number, strike, &on);
    }
    strikes
}

/// Counts a frame that is about to be sent to one socket, and logs what strikes it; the first rule decides.
/// Asked by the socket's own task: the publisher runs inside the desk's lock, and the log needs it.
pub(in crate::serve) fn of_frame(desk: &Desk, channel: Channel, frame: &str) -> Handling {
    let strikes = rules(desk).strike_frame(channel.word(), frame);
    for strike in &strikes {
        told(desk, 0, strike, &format!("socket {}", channel.word()));
    }
    strikes.first().map_or(Handling::Deliver, |strike| handling(&strike.what))
}

fn handling(what: &What) -> Handling {
    for (fault, handling) in [
        (What::SocketSilent {}, Handling::Silent),
        (What::SocketLose {}, Handling::Drop),
        (What::SocketDuplicate {}, Handling::Duplicate),
        (What::SocketReorder {}, Handling::Reorder),
        (What::SocketDrop {}, Handling::Cut),
    ] {
        if *what == fault {
            return handling;
        }
    }
    Handling::Deliver
}

fn told(desk: &Desk, request: u64, strike: &Strike, on: &str) {
    #[derive(Serialize)]
    struct Struck<'a> {
        rule: u64,
        nth: u64,
        on: &'a str,
        what: &'a What,
    }
    let Strike { rule, nth, what } = strike;
    desk.log(Topic::Fault, request, &Struck { rule: *rule, nth: *nth, on, what });
}

/// Does to the venue what a strike does before its call is handled; a target that is not there is told to
/// the log, as a script that misses should be found out.
pub(in crate::serve) fn before(desk: &Desk, call: &Call, strike: &Strike) {
    #[derive(Serialize)]
    struct Missed {
        rule: u64,
        missed: String,
    }
    let done = desk.with(call, |venue| on_venue(venue, call, &strike.what));
    if let Err(missed) = done {
        desk.log(Topic::Fault, call.number, &Missed { rule: strike.rule, missed });
    }
}

fn on_venue(venue: &mut Venue, call: &Call, what: &What) -> Result<(), String> {
    match what {
        What::Settlement { fate, trades } => {
            let fates = std::iter::repeat_n(fate_of(*fate), *trades as usize);
            venue.foretell(fates);
        }
        What::BalanceLag { wallet, ms } => {
            let until = venue.in_millis(*ms);
            let wallet = venue.ledger().find(*wallet).ok_or("no such wallet")?;
            venue.funds_mut().lag(wallet, until);
        }
        What::PhantomLock { wallet, token, amount } => {
            let wallet = venue.ledger().find(*wallet).ok_or("no such wallet")?;
            let asset = match token {
                None => Asset::Cash,
                Some(token) => asset_of(venue, token).ok_or("no such token")?,
            };
            venue.funds_mut().lock(wallet, asset, amount.micros());
        }
        What::Tick { market, tick } => {
            let market = venue.floors().by_condition(market).ok_or("no such market")?;
            venue.set_tick(market, *tick);
        }
        What::PartialFill { order, shares } => {
            let order = picked(venue, call, order).ok_or("no such open order")?;
            if venue.fill_from_crowd(order, *shares).is_empty() {
                return Err("the order does not rest".to_owned());
            }
        }
        What::Mode { to } => set_mode(venue, *to),
        What::Geoblock { on } => venue.settings.place.is_blocked = *on,
        What::ClosedOnly { address, on } => {
            toggle(&mut venue.people_mut().closed_only, *address, *on);
        }
        What::Ban { address, on } => toggle(&mut venue.people_mut().banned, *address, *on),
        What::Drop {}
        | What::DropReply {}
        | What::Reset { .. }
        | What::HalfBody {}
        | What::Trickle { .. }
        | What::Endless { .. }
        | What::EndlessHead { .. }
        | What::Silent {}
        | What::ContentType { .. }
        | What::RateLimit { .. }
        | What::Malformed {}
        | What::Hostile { .. }
        | What::WrongId {}
        | What::StaleBook {}
        | What::Status { .. }
        | What::Delay { .. }
        | What::Late { .. }
        | What::ClockSkew { .. }
        | What::FillAfterCancel { .. }
        | What::SocketSilent {}
        | What::SocketLose {}
        | What::SocketDuplicate {}
        | What::SocketReorder {}
        | What::SocketDrop {} => {}
    }
    Ok(())
}

/// Puts an address into a set, or takes it out.
pub(in crate::serve) fn toggle(
    set: &mut std::collections::HashSet<alloy_primitives::Address>,
    address: alloy_primitives::Address,
    on: bool,
) {
    if on {
        set.insert(address);
    } else {
        set.remove(&address);
    }
}

/// A script's word as the engine's.
pub(in crate::serve) const fn fate_of(fate: Fate) -> trade::Fate {
    match fate {
        Fate::Settle => trade::Fate::Settle,
        Fate::Fail => trade::Fate::Fail,
        Fate::Stuck => trade::Fate::Stuck,
        Fate::Retry(times) => trade::Fate::Retry(times),
    }
}

/// Changes the mode from now on.
pub(in crate::serve) fn set_mode(venue: &mut Venue, to: ModeChange) {
    let after = |secs: u32| venue.now().plus_secs(i64::from(secs));
    let mode = match to {
        ModeChange::Normal {} => Mode::Normal,
        ModeChange::Restart { secs, post_only_secs, says_when } => {
            Mode::Restarting { until: after(secs), post_only_secs, says_when }
        }
        ModeChange::PostOnly { secs } => Mode::PostOnly { until: after(secs) },
        ModeChange::CancelOnly {} => Mode::CancelOnly,
        ModeChange::Disabled {} => Mode::Disabled,
    };
    venue.set_mode(mode);
}

/// The asset of a token, written in decimal.
pub(in crate::serve) fn asset_of(venue: &Venue, token: &str) -> Option<Asset> {
    let (market, outcome): (_, Outcome) =
        venue.floors().by_token(&U256::from_str_radix(token, 10).ok()?)?;
    Some(Asset::Share(market, outcome))
}

fn caller(venue: &Venue, call: &Call) -> Option<KeyIx> {
    let id = Uuid::parse_str(call.header("poly_api_key")?).ok()?;
    venue.people().find_key(&id)
}

fn picked(venue: &Venue, call: &Call, pick: &Pick) -> Option<OrderIx> {
    let mine = || caller(venue, call).map(|key| venue.open_orders(key, None, None));
    match pick {
        Pick::Id(id) => venue.orders().find(id),
        Pick::Newest => mine()?.last().copied(),
        Pick::Oldest => mine()?.first().copied(),
    }
}

/// Puts off the orders of a call. None of them is taken now.
///
/// # Errors
/// As the handler would refuse the call, which then has no order to be late.
pub(in crate::serve) fn put_off(desk: &Desk, call: &Call, millis: u64) -> Result<(), Refusal> {
    let key = auth::trader(desk, call)?;
    let one = serde_json::from_slice::<Body>(&call.body).map(|body| vec![body]);
    let bodies = one.or_else(|_| serde_json::from_slice::<Vec<Body>>(&call.body));
    for body in bodies.map_err(|_| Refusal::Payload)? {
        let token = body.token()?;
        let exchange = desk.with(call, |venue| {
            let (market, outcome) = venue.floors().by_token(&token)?;
            Some(venue.floors().get(market).exchange(outcome))
        });
        let posted: Posted = posted::read(&body, exchange)?;
        desk.with(call, |venue| venue.arrive_later(key, posted, millis));
    }
    Ok(())
}

/// What a clock that is off by so much says of a call's proof.
pub(in crate::serve) fn skewed(desk: &Desk, call: &Call, millis: i64) -> Option<Refusal> {
    let stated: i64 = call.header("poly_timestamp")?.parse().ok()?;
    let now = desk.with(call, |venue| venue.now()).secs();
    let skew = millis.div_euclid(1_000);
    // Whose clock is not the wall's is not compared with the client's, only with itself.
    let off = if desk.clock.follows_wall() {
        stated.abs_diff(now.saturating_add(skew))
    } else {
        skew.unsigned_abs()
    };
    let is_l1 = call.header("poly_nonce").is_some();
    (off > SKEW_SECS).then_some(if is_l1 { Refusal::L1Headers } else { Refusal::Unauthorized })
}

/// `GET /time` of a clock that is off: a bare number of seconds.
pub(in crate::serve) fn shifted(reply: &mut Reply, millis: i64) {
    let text = std::str::from_utf8(&reply.body).unwrap_or_default();
    if let Ok(secs) = text.trim().parse::<i64>() {
        let secs = secs.saturating_add(millis.div_euclid(1_000));
        reply.body = secs.to_string().into_bytes().into();
    }
}

/// Lets the orders that a call cancelled turn out to have traded.
pub(in crate::serve) fn fill_cancelled(
    desk: &Desk,
    call: &Call,
    reply: &Reply,
    (shares, millis): (betteroms_core::money::Shares, u64),
) {
    #[derive(serde::Deserialize)]
    struct Cancels {
        #[serde(default)]
        canceled: Vec<B256>,
    }
    let Ok(cancels) = serde_json::from_slice::<Cancels>(&reply.body) else { return };
    desk.with(call, |venue| {
        for id in cancels.canceled {
            if let Some(order) = venue.orders().find(&id) {
                venue.fill_later(order, shares, millis);
            }
        }
    });
}
