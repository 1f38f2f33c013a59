//! Who a request to the relayer comes from: a builder, by the MAC of its key, or the holder of a relayer
//! key (venue.md 8.4); and the relayer's own way to refuse.

use crate::serve::call::{Answer, Call, Reply};
use crate::serve::clob::auth;
use crate::serve::desk::Desk;
use crate::venue::relay::Caller;
use crate::venue::relayable::RelayRefusal;
use alloy_primitives::Address;
use uuid::Uuid;

/// A builder by its MAC. An API key for trading is none, although it looks alike.
pub(in crate::serve) fn builder(desk: &Desk, call: &Call) -> Result<Caller, RelayRefusal> {
    let key = auth::builder(desk, call).map_err(|_| RelayRefusal::Authorization)?;
    Ok(Caller::Builder(desk.with(call, |venue| venue.people().key(key).address)))
}

/// A builder, or the holder of a relayer key.
pub(in crate::serve) fn caller(desk: &Desk, call: &Call) -> Result<Caller, RelayRefusal> {
    let Some(key) = call.header("relayer_api_key") else { return builder(desk, call) };
    let key: Option<Uuid> = key.parse().ok();
    let holder = desk.with(call, |venue| key.and_then(|key| venue.relay().holder(&key)));
    let stated: Option<Address> =
        call.header("relayer_api_key_address").and_then(|text| text.parse().ok());
    match (holder, stated) {
        (Some(holder), Some(stated)) if holder == stated => Ok(Caller::Relayer(holder)),
        (_, _) => Err(RelayRefusal::Authorization),
    }
}

/// The relayer's answer, or its refusal in its own words.
pub(in crate::serve) fn worded(result: Result<Reply, RelayRefusal>) -> Answer {
    let refusal = match result {
        Ok(reply) => return Ok(reply),
        Err(refusal) => refusal,
    };
    let body = serde_json::json!({ "error": refusal.to_string() });
    let reply = Reply::json_with(refusal.status(), &body);
    Ok(match refusal.retry_secs() {
        Some(secs) => reply.with("Retry-After", secs.to_string()),
        None => reply,
    })
}
