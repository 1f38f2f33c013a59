//! One file per group of commands: from checked arguments to text or JSON. Nothing here prints.

pub mod data;
pub mod market;
