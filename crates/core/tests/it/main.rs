//! Integration tests.

mod differential;
mod given;
mod reference;
mod regressions;
mod side_by_side;
mod story;
