//! The adapter against recorded answers and against a loopback server that misbehaves. No test here
//! reaches the venue.

mod calls;
mod hostile;
mod observe;
mod payloads;
mod resolve;
mod server;
mod shared;
mod strange;
