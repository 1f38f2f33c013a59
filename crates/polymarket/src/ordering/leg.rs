//! One order as POST /order takes it (venue.md 4.1): the form alone, read and written. The fields stand in
//! the order in which they are written.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The whole body.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Leg<'a> {
    pub(super) defer_exec: bool,
    #[serde(borrow)]
    pub(super) order: LegOrder<'a>,
    #[serde(borrow)]
    pub(super) order_type: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) owner: Cow<'a, str>,
    /// Left out when it is false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) post_only: bool,
}

/// The signed order, and its expiration, which is not signed.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LegOrder<'a> {
    pub(super) salt: u64,
    #[serde(borrow)]
    pub(super) maker: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) signer: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) token_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) maker_amount: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) taker_amount: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) side: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) expiration: Cow<'a, str>,
    pub(super) signature_type: u8,
    #[serde(borrow)]
    pub(super) timestamp: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) metadata: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) builder: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) signature: Cow<'a, str>,
}
