//! Integration tests.

mod deciding;
mod differential;
mod fees;
mod given;
mod lifecycle;
mod positions;
mod properties;
mod reference;
mod regressions;
mod resting;
mod shared;
mod side_by_side;
mod story;
mod taking;
