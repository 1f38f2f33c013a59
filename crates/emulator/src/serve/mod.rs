//! The venue's doors: HTTP and sockets on the ports of four hosts. Nothing is decided here; a handler
//! reads a request, asks the [`crate::venue`], and words its answer as the venue does.

mod auth;
mod book_view;
pub mod call;
pub mod desk;
mod keys;
mod posted;
mod publish;
mod record;
pub mod routes;
mod trading;
