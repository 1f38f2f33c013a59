//! BetterOMS.

#[allow(dead_code, reason = "the command line is wired up in a later step")]
mod commands;

fn main() {}
