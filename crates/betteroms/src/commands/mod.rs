//! The commands: each takes its arguments, writes its text to `out`, and gives the exit code.

pub(crate) mod check;
pub(crate) mod plan_schema;
