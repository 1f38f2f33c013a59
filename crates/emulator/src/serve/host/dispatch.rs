//! A request's way: read, logged, sent to its handler, its answer taken through the faults, logged,
//! written. Whatever comes in, something comes out, and the venue goes on.

use super::body::{self, Unread, Whole};
use super::course::{self, Course};
use super::edge::{Admission, Edge};
use super::line::{Ending, Script};
use super::upgrade::{self, Taken};
use crate::log::Topic;
use crate::serve::call::{Call, Reply, Service, query_pairs};
use crate::serve::desk::Desk;
use crate::serve::routes::{self, Found, Route};
use crate::serve::sockets::Channel;
use crate::venue::Refusal;
use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What all connections of all hosts share.
#[derive(Debug)]
pub(in crate::serve) struct Host {
    pub(in crate::serve) desk: Arc<Desk>,
    calls: AtomicU64,
    /// Limits by address, where they hold.
    edge: Option<Mutex<Edge>>,
}

impl Host {
    pub(in crate::serve) fn new(desk: Arc<Desk>) -> Self {
        let is_limited = desk.look(|venue| venue.settings.edge_limits);
        let edge = is_limited.then(Mutex::default);
        Self { desk, calls: AtomicU64::new(0), edge }
    }

    /// Asks the edge about a request: it goes on, later at times, or is told to come back.
    async fn admit(&self, peer: IpAddr, route: &Route) -> Result<(), Reply> {
        let Some(edge) = &self.edge else { return Ok(()) };
        let (now, which) = (self.desk.clock.now(), (route.service, route.method, route.pattern));
        let admission = {
            let mut edge = edge.lock().unwrap_or_else(PoisonError::into_inner);
            edge.admit(peer, now.micros(), which)
        };
        match admission {
            Admission::Admit => Ok(()),
            Admission::Throttle(millis) => {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                Ok(())
            }
            Admission::Refuse(retry_secs) => {
                Err(Reply::from(&Refusal::TooManyRequests { retry_secs }))
            }
        }
    }
}

/// The connection ends here; how, its [`Ending`] knows.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub(in crate::serve) struct Cut;

/// Answers one request.
///
/// # Errors
/// When the client is to get no answer, or one that no HTTP library would write.
pub(in crate::serve) async fn answer(
    host: &Host,
    (service, peer): (Service, IpAddr),
    mut request: Request<Incoming>,
    ending: &Ending,
    taken: &Taken,
) -> Result<Response<Whole>, Cut> {
    let number = host.calls.fetch_add(1, Ordering::Relaxed).saturating_add(1);
    if let Some(channel) =
        Channel::of_path(request.uri().path()).filter(|_| service == Service::Clob)
    {
        return Ok(opened(host, number, channel, &mut request, taken));
    }
    let (parts, incoming) = request.into_parts();
    let read = body::read(incoming).await;
    let mut call = Call {
        number,
        service,
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        captured: BTreeMap::new(),
        query: parts.uri.query().map(query_pairs).unwrap_or_default(),
        headers: lower(&parts.headers),
        body: read.clone().unwrap_or_default(),
    };
    let is_ours = call.path.starts_with("/emulator");
    let query = parts.uri.query().unwrap_or_default();
    log_request(&host.desk, &call, query, is_ours);
    let unread = match read {
        Ok(_) => None,
        Err(Unread::TooLarge) => Some(Reply::from(&Refusal::PayloadTooLarge)),
        // Half a request is none: its sender is gone, or will never finish.
        Err(Unread::Broken) => return Err(cut(&host.desk, ending, number, Script::Drop, "unread")),
    };
    let found = match unread {
        Some(reply) => Err(reply),
        None => lead(service, &mut call),
    };
    let reply = match found {
        Ok(route) if is_ours => handled(&host.desk, route, &call),
        Ok(route) => match host.admit(peer, route).await {
            Err(reply) => reply,
            Ok(()) => match course::run(&host.desk, route, &call).await {
                Course::Answer(reply) => reply,
                Course::Cut(script, word) => {
                    return Err(cut(&host.desk, ending, number, script, word));
                }
            },
        },
        Err(reply) => reply,
    };
    log_reply(&host.desk, number, &reply);
    Ok(response(reply))
}

/// Finds a call's route, or answers that there is none.
fn lead(service: Service, call: &mut Call) -> Result<&'static Route, Reply> {
    match routes::find(service, &call.method, &call.path) {
        Found::Route(route, captured) => {
            call.captured = captured;
            Ok(route)
        }
        Found::OtherMethod => Err(wrong(405, "method not allowed")),
        Found::Nothing if call.path == "/" && call.method == "GET" => Err(what_this_is(service)),
        Found::Nothing if call.path == "/" => Err(wrong(405, "method not allowed")),
        Found::Nothing => Err(wrong(404, "not found")),
    }
}

/// Answers a WebSocket's handshake; the connection goes on among the sockets.
fn opened(
    host: &Host,
    number: u64,
    channel: Channel,
    request: &mut Request<Incoming>,
    taken: &Taken,
) -> Response<Whole> {
    #[derive(Serialize)]
    struct Opened {
        socket: &'static str,
        status: u16,
    }
    let shaken = upgrade::handshake(request.headers());
    let status = shaken.as_ref().map_or_else(|reply| reply.status, |_| 101);
    host.desk.log(Topic::Socket, number, &Opened { socket: channel.word(), status });
    match shaken {
        Ok(accept) => {
            taken.put(channel, hyper::upgrade::on(request));
            let reply = Reply { status: 101, ..wrong(101, "") }
                .with("connection", "Upgrade")
                .with("upgrade", "websocket")
                .with("sec-websocket-accept", accept);
            let mut response = response(Reply { body: Bytes::new(), ..reply });
            response.headers_mut().remove(header::CONTENT_TYPE);
            response
        }
        Err(reply) => response(reply),
    }
}

/// Runs a handler; one that panics answers 500, and the venue goes on.
pub(in crate::serve) fn handled(desk: &Desk, route: &Route, call: &Call) -> Reply {
    match catch_unwind(AssertUnwindSafe(|| (route.handler)(desk, call))) {
        Ok(Ok(reply)) => reply,
        Ok(Err(refusal)) => Reply::from(&refusal),
        Err(panic) => {
            #[derive(Serialize)]
            struct Panicked<'a> {
                panicked: &'a str,
                why: &'a str,
            }
            let why = panic.downcast_ref::<String>().map(String::as_str);
            let why = why.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
            tracing::error!("the handler of {} panicked: {why}", route.pattern);
            desk.log(Topic::Answer, call.number, &Panicked { panicked: route.pattern, why });
            wrong(500, "internal server error")
        }
    }
}

pub(in crate::serve) fn wrong(status: u16, error: &str) -> Reply {
    Reply::json_with(status, &serde_json::json!({ "error": error }))
}

/// Nobody who finds this port by chance shall take it for the venue.
fn what_this_is(service: Service) -> Reply {
    Reply::json(&serde_json::json!({
        "service": service.word(),
        "what": "BetterOMS emulator: this is not Polymarket",
    }))
}

fn lower(headers: &HeaderMap) -> BTreeMap<String, String> {
    // Names are lower case already; a value that is no text is of no use to anybody here.
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = value.to_str().ok()?;
        Some((name.as_str().to_owned(), value.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}

fn log_request(desk: &Desk, call: &Call, query: &str, is_ours: bool) {
    #[derive(Serialize)]
    struct Asked<'a> {
        service: &'static str,
        method: &'a str,
        path: &'a str,
        #[serde(skip_serializing_if = "str::is_empty")]
        query: &'a str,
        bytes: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<&'a str>,
    }
    let is_secret = call.path.starts_with("/auth");
    let shown = Some(&call.body).filter(|body| !is_secret && !body.is_empty());
    let asked = Asked {
        service: call.service.word(),
        method: &call.method,
        path: &call.path,
        query,
        bytes: call.body.len(),
        body: shown.and_then(|body| std::str::from_utf8(body).ok()),
    };
    let topic = if is_ours { Topic::Control } else { Topic::Request };
    desk.log(topic, call.number, &asked);
}

fn log_reply(desk: &Desk, number: u64, reply: &Reply) {
    #[derive(Serialize)]
    struct Answered<'a> {
        status: u16,
        bytes: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<&'a str>,
    }
    let shown = Some(&reply.body).filter(|_| !reply.is_secret);
    let answered = Answered {
        status: reply.status,
        bytes: reply.body.len(),
        body: shown.and_then(|body| std::str::from_utf8(body).ok()),
    };
    desk.log(Topic::Answer, number, &answered);
}

fn cut(desk: &Desk, ending: &Ending, number: u64, script: Script, word: &'static str) -> Cut {
    #[derive(Serialize)]
    struct Ended {
        cut: &'static str,
    }
    desk.log(Topic::Answer, number, &Ended { cut: word });
    ending.decide(script);
    Cut
}

fn response(reply: Reply) -> Response<Whole> {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Whole::new(reply.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    // Nobody shall take this for the venue.
    headers.insert(header::SERVER, HeaderValue::from_static("BetterOMS-emulator (not Polymarket)"));
    for (name, value) in reply.headers {
        // What is no header is ours to avoid, and no reason to stop.
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value))
        {
            // A content type of its own takes the place of the usual one.
            if name == header::CONTENT_TYPE {
                headers.insert(name, value);
            } else {
                headers.append(name, value);
            }
        }
    }
    response
}
