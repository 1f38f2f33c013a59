//! The operator's plan file: a wish with limits. [`Plan`] is what the rest of the core works with;
//! the text that leads to it, and everything that can be wrong with the text, live below this module.
//! Whether a trade fits its market is not judged here but when it is placed (`decide`).

mod model;

pub use model::{
    Digest, Here, IfBlocked, MarketRef, Mode, OutcomeRef, Plan, RunId, Size, TimeInForce, Trade,
};

/// First difference of two canonical forms.
pub fn first_difference(_old: &str, _new: &str) -> Option<String> {
    None
}
impl Plan {
    /// Canonical form.
    pub fn canonical(&self) -> String {
        String::new()
    }
}
