//! Integration tests.

mod check;
