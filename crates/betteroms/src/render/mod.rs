//! Text for people, made from data at the last moment. Nothing here decides or computes money.

pub mod money;
pub mod reasons;
pub mod report;
pub mod table;
