//! One call's course past the faults: what strikes it, whether its handler runs, and what becomes of the
//! answer on its way out.

use super::dispatch::{handled, wrong};
use super::edge;
use super::line::Script;
use super::strike;
use crate::fault::{Strike, What, When, tamper};
use crate::serve::call::{Call, Reply};
use crate::serve::desk::Desk;
use crate::serve::routes::Route;
use hyper::StatusCode;
use std::fmt::Write as _;
use std::time::Duration;

/// Where it ends.
#[derive(Debug)]
pub(in crate::serve) enum Course {
    /// With an answer as HTTP has them.
    Answer(Reply),
    /// With something else, and its word for the log.
    Cut(Script, &'static str),
}

/// Takes a call through its faults and its handler.
pub(in crate::serve) async fn run(desk: &Desk, route: &Route, call: &Call) -> Course {
    let strikes = strike::of_call(desk, route.pattern, call);
    if strikes.is_empty() {
        return Course::Answer(blocked(desk, route).unwrap_or_else(|| handled(desk, route, call)));
    }
    for struck in &strikes {
        strike::before(desk, call, struck);
    }
    pause(&strikes, When::Before).await;
    let first = strikes.iter().find_map(|struck| instead(desk, call, struck));
    let mut reply = match first.or_else(|| blocked(desk, route).map(Course::Answer)) {
        Some(Course::Answer(reply)) => reply,
        Some(cut) => return cut,
        None => {
            let mut reply = handled(desk, route, call);
            for struck in &strikes {
                after(desk, call, struck, &mut reply);
            }
            reply
        }
    };
    for struck in &strikes {
        spoil(&struck.what, &mut reply);
    }
    pause(&strikes, When::After).await;
    let cut = strikes.iter().find_map(|struck| torn(&struck.what, &reply));
    cut.unwrap_or(Course::Answer(reply))
}

/// What a forbidden country sees of the order routes.
fn blocked(desk: &Desk, route: &Route) -> Option<Reply> {
    // Asked for every call, so the lock is left alone where the answer is known.
    if route.method != "POST" {
        return None;
    }
    let Route { service, method, pattern, .. } = *route;
    desk.look(|venue| edge::blocked(&venue.settings.place, service, method, pattern))
}

async fn pause(strikes: &[Strike], now: When) {
    for struck in strikes {
        if let What::Delay { ms, when } = struck.what
            && when == now
        {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
    }
}

/// What takes the handler's place.
fn instead(desk: &Desk, call: &Call, struck: &Strike) -> Option<Course> {
    match &struck.what {
        What::Drop {} => Some(Course::Cut(Script::Drop, "drop")),
        What::Silent {} => Some(Course::Cut(Script::Silent, "silent")),
        What::Reset { when: When::Before } => Some(Course::Cut(Script::Reset, "reset")),
        What::Status { when: When::Before, status, retry_after, body } => {
            Some(Course::Answer(stated(*status, *retry_after, body.as_deref())))
        }
        What::StaleBook {} => {
            strike::rules(desk).frozen(struck.rule, call).cloned().map(Course::Answer)
        }
        What::ClockSkew { ms } => {
            let refusal = strike::skewed(desk, call, *ms)?;
            Some(Course::Answer(Reply::from(&refusal)))
        }
        What::Late { ms, dropped } => {
            // An order that would be refused is refused at once: nothing is late then.
            strike::put_off(desk, call, *ms).ok()?;
            Some(if *dropped {
                Course::Cut(Script::Drop, "late")
            } else {
                Course::Answer(wrong(500, "order timed out"))
            })
        }
        What::Reset { when: When::After }
        | What::Status { when: When::After, .. }
        | What::DropReply {}
        | What::HalfBody {}
        | What::Trickle { .. }
        | What::Endless { .. }
        | What::EndlessHead { .. }
        | What::ContentType { .. }
        | What::RateLimit { .. }
        | What::Malformed {}
        | What::Hostile { .. }
        | What::WrongId {}
        | What::Delay { .. }
        | What::Settlement { .. }
        | What::BalanceLag { .. }
        | What::PhantomLock { .. }
        | What::Tick { .. }
        | What::PartialFill { .. }
        | What::FillAfterCancel { .. }
        | What::Mode { .. }
        | What::Geoblock { .. }
        | What::ClosedOnly { .. }
        | What::Ban { .. }
        | What::SocketSilent {}
        | What::SocketLose {}
        | What::SocketDuplicate {}
        | What::SocketReorder {}
        | What::SocketDrop {} => None,
    }
}

/// What happens once the handler ran.
fn after(desk: &Desk, call: &Call, struck: &Strike, reply: &mut Reply) {
    if let What::StaleBook {} = struck.what {
        strike::rules(desk).freeze(struck.rule, call, reply);
    }
    if let What::FillAfterCancel { shares, ms } = struck.what {
        strike::fill_cancelled(desk, call, reply, (shares, ms));
    }
    if let What::ClockSkew { ms } = struck.what
        && call.path == "/time"
    {
        strike::shifted(reply, ms);
    }
    if let What::Status { when: When::After, status, retry_after, body } = &struck.what {
        *reply = stated(*status, *retry_after, body.as_deref());
    }
}

fn stated(status: u16, retry_after: Option<u64>, body: Option<&str>) -> Reply {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut reply = wrong(status, reason.unwrap_or("error"));
    if let Some(body) = body {
        reply.body = body.as_bytes().to_vec().into();
        if !body.starts_with(['{', '[', '"']) {
            reply.content_type = "text/html";
        }
    }
    match retry_after {
        Some(secs) => reply.with("Retry-After", secs.to_string()),
        None => reply,
    }
}

/// Changes the answer's bytes.
fn spoil(what: &What, reply: &mut Reply) {
    if let What::ContentType { is } = what {
        reply.headers.push(("content-type", is.clone()));
    }
    if let What::RateLimit { remaining, reset, tier, warning } = what {
        reply.headers.retain(|(name, _)| !name.starts_with("Poly-RateLimit-"));
        let told = [
            ("Poly-RateLimit-Remaining", remaining),
            ("Poly-RateLimit-Reset", reset),
            ("Poly-RateLimit-Tier", tier),
            ("Poly-RateLimit-Warning", warning),
        ];
        reply
            .headers
            .extend(told.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))));
    }
    if let What::WrongId {} = what {
        reply.body = tamper::wrong_ids(&reply.body).into();
    }
    if let What::Malformed {} = what {
        reply.body = tamper::malformed(&reply.body).into();
    }
    if let What::Hostile { with } = what {
        reply.body = tamper::hostile(&reply.body, *with).into();
    }
}

/// What tears an answer that is ready to go.
fn torn(what: &What, reply: &Reply) -> Option<Course> {
    if let What::DropReply {} = what {
        return Some(Course::Cut(Script::Drop, "drop_reply"));
    }
    if let What::Reset { when: When::After } = what {
        return Some(Course::Cut(Script::Reset, "reset after"));
    }
    let length = format!("content-length: {}", reply.body.len());
    if let What::HalfBody {} = what {
        let (half, _) = reply.body.split_at(reply.body.len() / 2);
        let bytes = [&head(reply, &length), half].concat();
        return Some(Course::Cut(Script::Bytes { bytes, pause: None }, "half_body"));
    }
    if let What::Trickle { every_ms } = what {
        let bytes = [&head(reply, &length)[..], &reply.body].concat();
        let pause = Some(Duration::from_millis(*every_ms));
        return Some(Course::Cut(Script::Bytes { bytes, pause }, "trickle"));
    }
    if let What::Endless { most_bytes } = what {
        let mut begin = head(reply, "transfer-encoding: chunked");
        // The endless text begins like any other one: 4,096 bytes a chunk of a JSON string that never closes.
        begin.extend_from_slice(b"1\r\n\"\r\n");
        let piece = [&b"1000\r\n"[..], &[b'x'; 4096], b"\r\n"].concat();
        let times = most_bytes.div_ceil(4096);
        return Some(Course::Cut(Script::Endless { begin, piece, times }, "endless"));
    }
    if let What::EndlessHead { most_bytes } = what {
        let begin = b"HTTP/1.1 200 OK\r\n".to_vec();
        let piece = [&b"x-more: "[..], &[b'x'; 1014], b"\r\n"].concat();
        let times = most_bytes.div_ceil(1024);
        return Some(Course::Cut(Script::Endless { begin, piece, times }, "endless_head"));
    }
    None
}

/// The head of an answer as bytes; the connection ends after it.
fn head(reply: &Reply, length: &str) -> Vec<u8> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let own = reply.headers.iter().find(|(name, _)| *name == "content-type");
    let content_type = own.map_or(reply.content_type, |(_, value)| value);
    let mut head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\n{length}\r\nconnection: close\r\n"
    );
    for (name, value) in reply.headers.iter().filter(|(name, _)| *name != "content-type") {
        write!(head, "{name}: {value}\r\n").expect("a string takes everything");
    }
    head.push_str("\r\n");
    head.into_bytes()
}
