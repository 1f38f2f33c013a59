//! The venue's doors: HTTP and sockets on the ports of four hosts. Nothing is decided here; a handler
//! reads a request, asks the [`crate::venue`], and words its answer as the venue does.

mod account;
mod auth;
mod book_view;
pub mod call;
pub mod desk;
mod extras;
mod keys;
mod markets;
mod page;
mod posted;
mod public;
mod publish;
mod record;
pub mod routes;
mod rows;
mod trading;

/// Decimal text as a JSON number, for fields that the venue writes as numbers. No arithmetic is done with
/// it.
fn number(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("a decimal is a JSON number")
}
