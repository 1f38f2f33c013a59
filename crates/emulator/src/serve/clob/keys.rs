//! The `/auth` routes: keys made, found again, listed, deleted (venue.md 2.2).

use super::auth;
use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::desk::Desk;
use crate::serve::routes::{Route, route};
use crate::venue::people::{Key, KeyIx, Rights};
use crate::venue::{Refusal, Venue};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

pub(in crate::serve) const ROUTES: &[Route] = &[
    route(Service::Clob, "POST", "/auth/api-key", create),
    route(Service::Clob, "GET", "/auth/derive-api-key", derive),
    route(Service::Clob, "GET", "/auth/api-keys", list),
    route(Service::Clob, "DELETE", "/auth/api-key", delete),
    route(Service::Clob, "POST", "/auth/readonly-api-key", create_readonly),
    route(Service::Clob, "GET", "/auth/readonly-api-keys", list_readonly),
    route(Service::Clob, "GET", "/auth/readonly-api-key", list_readonly),
    route(Service::Clob, "DELETE", "/auth/readonly-api-key", delete_readonly),
    route(Service::Clob, "POST", "/auth/builder-api-key", create_builder),
    route(Service::Clob, "GET", "/auth/builder-api-key", list_builder),
    route(Service::Clob, "DELETE", "/auth/builder-api-key", delete_builder),
    route(Service::Clob, "GET", "/auth/ban-status/closed-only", closed_only),
];

fn create(desk: &Desk, call: &Call) -> Answer {
    let signed = auth::l1(desk, call)?;
    desk.with(call, |venue| {
        if venue.people().is_banned(signed.address) {
            return Err(Refusal::Banned(signed.address));
        }
        let key = venue.create_key(signed.address, &signed.nonce)?;
        Ok(credentials(venue.people().key(key)))
    })
}

fn derive(desk: &Desk, call: &Call) -> Answer {
    let signed = auth::l1(desk, call)?;
    desk.with(call, |venue| {
        let key = venue.derive_key(signed.address, &signed.nonce)?;
        Ok(credentials(venue.people().key(key)))
    })
}

fn credentials(key: &Key) -> Reply {
    let of = &key.credentials;
    let body = json!({
        "apiKey": of.key.to_string(), "secret": of.secret, "passphrase": of.passphrase,
    });
    Reply::json(&body).secret()
}

/// Ids of the living keys of the caller's address with these rights, oldest first.
fn ids(venue: &Venue, of: KeyIx, rights: Rights) -> Vec<String> {
    let address = venue.people().key(of).address;
    let keys = venue.people().keys_of(address).filter(|(_, key)| key.rights == rights);
    keys.map(|(_, key)| key.credentials.key.to_string()).collect()
}

fn list(desk: &Desk, call: &Call) -> Answer {
    let key = auth::l2(desk, call)?;
    let ids = desk.with(call, |venue| ids(venue, key, Rights::Full));
    Ok(Reply::json(&json!({ "apiKeys": ids })))
}

fn delete(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    desk.with(call, |venue| venue.delete_key(key));
    Ok(Reply::json(&"OK"))
}

fn create_readonly(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    Ok(desk.with(call, |venue| {
        let made = venue.create_key_beside(key, Rights::ReadOnly);
        credentials(venue.people().key(made))
    }))
}

fn list_readonly(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    let ids = desk.with(call, |venue| ids(venue, key, Rights::ReadOnly));
    Ok(Reply::json(&json!({ "readonlyApiKeys": ids })))
}

#[derive(Deserialize)]
struct Named {
    key: String,
}

fn delete_readonly(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    let named: Named = serde_json::from_slice(&call.body).map_err(|_| Refusal::BadPayload)?;
    desk.with(call, |venue| {
        let id = Uuid::parse_str(&named.key).map_err(|_| Refusal::NoKey)?;
        remove(venue, key, &id, Rights::ReadOnly)
    })
}

fn create_builder(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    Ok(desk.with(call, |venue| {
        let made = venue.create_key_beside(key, Rights::Builder);
        let of = &venue.people().key(made).credentials;
        let id = of.key.to_string();
        let body = json!({ "key": id, "secret": of.secret, "passphrase": of.passphrase });
        Reply::json(&body).secret()
    }))
}

fn list_builder(desk: &Desk, call: &Call) -> Answer {
    let key = auth::trader(desk, call)?;
    Ok(desk.with(call, |venue| {
        let address = venue.people().key(key).address;
        let keys = venue.people().keys_of(address);
        let rows: Vec<_> = keys
            .filter(|(_, key)| key.rights == Rights::Builder)
            .map(|(_, key)| {
                json!({ "key": key.credentials.key.to_string(), "createdAt": key.created })
            })
            .collect();
        Reply::json(&rows)
    }))
}

/// The sheet says the builder's own MAC; all three clients send the trader's. Either is taken.
fn delete_builder(desk: &Desk, call: &Call) -> Answer {
    if let Ok(key) = auth::builder(desk, call) {
        desk.with(call, |venue| venue.delete_key(key));
        return Ok(Reply::json(&"OK"));
    }
    let key = auth::trader(desk, call)?;
    desk.with(call, |venue| {
        let address = venue.people().key(key).address;
        let found = venue.people().keys_of(address).find(|(_, k)| k.rights == Rights::Builder);
        let found = found.map(|(ix, _)| ix).ok_or(Refusal::NoKey)?;
        venue.delete_key(found);
        Ok(Reply::json(&"OK"))
    })
}

fn remove(venue: &mut Venue, of: KeyIx, id: &Uuid, rights: Rights) -> Answer {
    let address = venue.people().key(of).address;
    let found = venue.people().find_key(id).ok_or(Refusal::NoKey)?;
    let key = venue.people().key(found);
    if key.address != address || key.rights != rights {
        return Err(Refusal::NoKey);
    }
    venue.delete_key(found);
    Ok(Reply::json(&"OK"))
}

fn closed_only(desk: &Desk, call: &Call) -> Answer {
    let key = auth::l2(desk, call)?;
    let is_closed = desk.with(call, |venue| {
        let address = venue.people().key(key).address;
        venue.people().is_closed_only(address)
    });
    Ok(Reply::json(&json!({ "closed_only": is_closed })))
}
