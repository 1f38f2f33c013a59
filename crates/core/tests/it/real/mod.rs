//! Real accounts: what the venue says, worked through our picture.

mod beliefs;
mod desk;
mod doubts;
mod failures;
mod histories;
