//! Session signers on the wire: authorised and revoked through the relayer's host, listed on the CLOB's;
//! and the signer's rate-limit tier, which is listed beside them (venue.md 5.3, 7.2, 9.5).

use super::proof::{builder, caller, worded};
use super::{Number, read};
use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::clob::auth::l2;
use crate::serve::desk::Desk;
use crate::serve::routes::{Route, route};
use crate::venue::operation::{Grant, Operation, Stage, Wish};
use crate::venue::relay::Caller;
use crate::venue::relayable::RelayRefusal;
use crate::venue::{Refusal, Venue};
use alloy_primitives::{Address, Bytes};
use betteroms_core::time::Time;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(in crate::serve) const ROUTES: &[Route] = &[
    route(Service::Relayer, "POST", "/v1/session-signers/authorizations", authorize),
    route(Service::Relayer, "GET", "/v1/session-signers/authorizations/{id}", authorization),
    route(Service::Relayer, "POST", "/v1/session-signers/revocations", revoke),
    route(Service::Relayer, "GET", "/v1/session-signers/revocations/{id}", revocation),
    route(Service::Clob, "GET", "/v1/user/session-signers", signers),
    route(Service::Clob, "GET", "/v1/user/rate-limit-tier", tier),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    wallet_address: Address,
    session_signer_address: Address,
    scopes: Option<Vec<String>>,
    valid_until: Option<Number>,
    nonce: Number,
    deadline: Number,
    signature: Bytes,
}

impl Asked {
    fn grant(&self) -> Result<Grant, RelayRefusal> {
        let scopes = self.scopes.clone().ok_or(RelayRefusal::Scopes)?;
        let until = self.valid_until.as_ref().ok_or(RelayRefusal::Lifetime)?;
        let secs = i64::try_from(until.value("validUntil")?).ok().filter(|secs| *secs < 1 << 40);
        let valid_until = Time::from_secs(secs.ok_or(RelayRefusal::Lifetime)?);
        Ok(Grant { scopes, valid_until })
    }

    fn wish(self, asked: Option<(Vec<u8>, String)>) -> Result<Wish, RelayRefusal> {
        Ok(Wish {
            wallet: self.wallet_address,
            signer: self.session_signer_address,
            nonce: self.nonce.value("nonce")?,
            deadline: self.deadline.value("deadline")?,
            signature: self.signature.to_vec(),
            asked,
        })
    }
}

/// The request's bytes under its idempotency key. The path is part of them: one key does not serve an
/// authorisation and a revocation.
fn key_of(call: &Call) -> Option<(Vec<u8>, String)> {
    let key = call.header("idempotency-key").map(str::trim).filter(|key| !key.is_empty())?;
    Some(([call.path.as_bytes(), b"\n", &call.body].concat(), key.to_owned()))
}

/// What was answered before, where the request is a repetition.
fn repeated(
    venue: &Venue,
    caller: Caller,
    asked: Option<&(Vec<u8>, String)>,
) -> Result<Option<Reply>, RelayRefusal> {
    let Some((request, key)) = asked else { return Ok(None) };
    let before = venue.operations().repeated(caller, key, request)?;
    Ok(before.map(|operation| first_answer(venue, operation)))
}

fn authorize(desk: &Desk, call: &Call) -> Answer {
    let caller = builder(desk, call);
    worded(desk.with(call, |venue| {
        let caller = caller?;
        let asked = key_of(call).ok_or(RelayRefusal::NoIdempotencyKey)?;
        if let Some(reply) = repeated(venue, caller, Some(&asked))? {
            return Ok(reply);
        }
        let body: Asked = read(&call.body)?;
        let grant = body.grant()?;
        let ix = venue.authorize_session(caller, body.wish(Some(asked))?, grant)?;
        Ok(first_answer(venue, venue.operations().get(ix)))
    }))
}

fn revoke(desk: &Desk, call: &Call) -> Answer {
    let caller = caller(desk, call);
    worded(desk.with(call, |venue| {
        let caller = caller?;
        let asked = key_of(call);
        if let Some(reply) = repeated(venue, caller, asked.as_ref())? {
            return Ok(reply);
        }
        let body: Asked = read(&call.body)?;
        let ix = venue.revoke_session(caller, body.wish(asked)?)?;
        Ok(first_answer(venue, venue.operations().get(ix)))
    }))
}

fn authorization(desk: &Desk, call: &Call) -> Answer {
    by_id(desk, call, true)
}

fn revocation(desk: &Desk, call: &Call) -> Answer {
    by_id(desk, call, false)
}

fn by_id(desk: &Desk, call: &Call, is_grant: bool) -> Answer {
    let caller = caller(desk, call);
    worded(desk.with(call, |venue| {
        caller?;
        let id: Option<Uuid> = call.part("id").parse().ok();
        let found = id.and_then(|id| venue.operations().find(&id));
        let operation = found.filter(|operation| operation.grant.is_some() == is_grant);
        let operation = operation.ok_or(RelayRefusal::NoOperation)?;
        let hash = venue.relay().get(operation.relayed).hash;
        let hash = hash.map(|hash| hash.to_string());
        Ok(Reply::json(&row(venue, operation, operation.stage, hash.as_deref())))
    }))
}

/// The answer a request got when it came: nothing was on the chain then.
fn first_answer(venue: &Venue, operation: &Operation) -> Reply {
    Reply::json(&row(venue, operation, operation.answered, None))
}

fn row(venue: &Venue, operation: &Operation, stage: Stage, hash: Option<&str>) -> Value {
    let mut row = json!({
        "operationId": operation.id.to_string(), "status": stage.word(),
        "transactionId": venue.relay().get(operation.relayed).id.to_string(),
        "transactionHash": hash,
    });
    if operation.grant.is_none()
        && let Some(fields) = row.as_object_mut()
    {
        let is_fenced = !matches!(stage, Stage::Pending) && operation.was_fenced;
        fields.insert("fenced".to_owned(), Value::from(is_fenced));
    }
    row
}

fn signers(desk: &Desk, call: &Call) -> Answer {
    let key = l2(desk, call)?;
    desk.with(call, |venue| {
        let address = venue.people().key(key).address;
        let wallet = venue.people().deposit_wallet_of(address);
        let wallet = wallet.ok_or(Refusal::NoDepositWallet)?;
        let signers: Vec<Value> = venue
            .live_sessions(wallet)
            .map(|session| {
                json!({
                    "address": session.signer.to_string(), "scopes": session.scopes,
                    "valid_until": session.valid_until.secs(),
                })
            })
            .collect();
        Ok(Reply::json(&json!({ "wallet": wallet.to_string(), "signers": signers })))
    })
}

fn tier(desk: &Desk, call: &Call) -> Answer {
    let key = l2(desk, call)?;
    desk.with(call, |venue| {
        let signer = venue.people().key(key).address;
        Ok(Reply::json(&json!({ "tier": venue.tier(signer).word() })))
    })
}
