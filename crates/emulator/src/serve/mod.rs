//! The venue's doors: HTTP and sockets on the ports of four hosts. Nothing is decided here; a handler
//! reads a request, asks the [`crate::venue`], and words its answer as the venue does.
//!
//! `host` is the way in and out, [`routes`] finds who answers, [`desk`] is the one place where handlers meet the
//! venue. Then a room for each host: `clob`, `gamma`, `data`, `relayer`; `sockets` for who listens; `control` for the
//! interface under `/emulator`, which the venue has not. `record` words changes for the log.

pub mod call;
mod clob;
mod control;
mod data;
pub mod desk;
#[cfg(test)]
mod fixture;
mod gamma;
mod host;
mod record;
mod relayer;
pub mod routes;
mod sockets;

pub use host::{Open, Ports, open};

/// Decimal text as a JSON number, for fields that the venue writes as numbers. No arithmetic is done with
/// it.
fn number(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("a decimal is a JSON number")
}
