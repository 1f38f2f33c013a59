//! Integration tests.

mod plan;
