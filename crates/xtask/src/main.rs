//! BetterOMS.
fn main() {}
