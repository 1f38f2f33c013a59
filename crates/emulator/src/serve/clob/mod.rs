//! The CLOB's rooms: who asks (`auth`), keys, orders (`posted`, `trading`), what a key reads of its own
//! (`account`, `rows`, `extras`), what anybody reads (`public`, `book_view`, `markets`), lists in pages (`page`).

pub(in crate::serve) mod account;
pub(in crate::serve) mod auth;
pub(in crate::serve) mod book_view;
pub(in crate::serve) mod extras;
pub(in crate::serve) mod keys;
pub(in crate::serve) mod markets;
mod page;
pub(in crate::serve) mod posted;
pub(in crate::serve) mod public;
pub(in crate::serve) mod rows;
pub(in crate::serve) mod trading;
