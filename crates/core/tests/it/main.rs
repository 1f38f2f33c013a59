//! Integration tests.

mod given;
mod regressions;
