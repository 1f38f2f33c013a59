//! From what was observed and answered to facts: catching up before a pass decides, and settling the
//! venue's answers after it acted. Nothing here chooses what to trade. `paper` is the matcher's side,
//! [`real`] the venue's.

mod paper;
pub mod real;

pub use paper::{catch_up, settle_paper};
