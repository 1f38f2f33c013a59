//! What each command does, as functions from values to text; arguments are parsed elsewhere.

pub mod data;
