//! Who a request comes from, as far as the relayer and its neighbours on the CLOB ask: the MAC of a
//! builder's key, a relayer key, or the MAC of an API key (venue.md 2.3, 8.4).

use super::call::{Answer, Call, Reply};
use super::desk::Desk;
use crate::venue::people::{Key, KeyIx, Rights};
use crate::venue::relay::Caller;
use crate::venue::relayable::RelayRefusal;
use crate::venue::{Refusal, Venue};
use alloy_primitives::Address;
use betteroms_polymarket::signing::l2;
use uuid::Uuid;

/// What each kind of key calls its headers.
struct Names {
    key: &'static str,
    passphrase: &'static str,
    timestamp: &'static str,
    signature: &'static str,
}

const BUILDER: Names = Names {
    key: "poly_builder_api_key",
    passphrase: "poly_builder_passphrase",
    timestamp: "poly_builder_timestamp",
    signature: "poly_builder_signature",
};
const API: Names = Names {
    key: "poly_api_key",
    passphrase: "poly_passphrase",
    timestamp: "poly_timestamp",
    signature: "poly_signature",
};

/// The living key whose MAC is on the request.
fn signed<'a>(venue: &'a Venue, call: &Call, names: &Names) -> Option<(KeyIx, &'a Key)> {
    let id: Uuid = call.header(names.key)?.parse().ok()?;
    let ix = venue.people().find_key(&id)?;
    let key = venue.people().key(ix);
    let timestamp = call.header(names.timestamp)?;
    let is_number = !timestamp.is_empty() && timestamp.bytes().all(|b| b.is_ascii_digit());
    let is_phrase = call.header(names.passphrase)? == key.credentials.passphrase;
    let mac = call.header(names.signature)?;
    let is_theirs = l2::verify(&key.secret, timestamp, &call.method, &call.path, &call.body, mac);
    (is_number && is_phrase && is_theirs).then_some((ix, key))
}

/// A builder by its MAC. An API key for trading is none, although it looks alike.
pub(super) fn builder(venue: &Venue, call: &Call) -> Result<Caller, RelayRefusal> {
    let found = signed(venue, call, &BUILDER).filter(|(_, key)| key.rights == Rights::Builder);
    found.map(|(_, key)| Caller::Builder(key.address)).ok_or(RelayRefusal::Authorization)
}

/// A builder, or the holder of a relayer key.
pub(super) fn caller(venue: &Venue, call: &Call) -> Result<Caller, RelayRefusal> {
    let Some(key) = call.header("relayer_api_key") else { return builder(venue, call) };
    let holder = key.parse().ok().and_then(|key: Uuid| venue.relay().holder(&key));
    let stated: Option<Address> =
        call.header("relayer_api_key_address").and_then(|text| text.parse().ok());
    match (holder, stated) {
        (Some(holder), Some(stated)) if holder == stated => Ok(Caller::Relayer(holder)),
        (_, _) => Err(RelayRefusal::Authorization),
    }
}

/// The API key of a signed request to the CLOB.
pub(super) fn api_key(desk: &Desk, call: &Call) -> Result<KeyIx, Refusal> {
    let address: Option<Address> = call.header("poly_address").and_then(|text| text.parse().ok());
    desk.with(call, |venue| {
        let found = signed(venue, call, &API).filter(|(_, key)| Some(key.address) == address);
        found.map(|(ix, _)| ix).ok_or(Refusal::Unauthorized)
    })
}

/// The relayer's answer, or its refusal in its own words.
pub(super) fn worded(result: Result<Reply, RelayRefusal>) -> Answer {
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
