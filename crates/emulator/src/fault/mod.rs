//! What goes wrong on purpose: rules addressed by route and count, or by seeded probability.

/// The rules in force.
#[derive(Debug, Default)]
pub struct Faults {}
