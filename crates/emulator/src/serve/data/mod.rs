//! Holdings and history (venue.md 5.5): the older form in `v1`, the newer one in `v2`, both made of `rows`.

mod rows;
pub(in crate::serve) mod v1;
pub(in crate::serve) mod v2;
