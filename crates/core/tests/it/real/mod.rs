//! Real accounts: what the venue says, worked through our picture.

mod beliefs;
mod caps;
mod charges;
mod desk;
mod doubts;
mod failures;
mod fees;
mod histories;
mod lies;
mod payments;
mod truth;
