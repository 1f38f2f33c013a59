//! The relayer's host: what stands on the chain, nonces, submissions and their states (venue.md 8.4).
//! Reads of a wallet or of one transaction need no key, as the official clients send none.

#[cfg(test)]
mod tests;

pub(in crate::serve) mod proof;
pub(in crate::serve) mod rpc;
pub(in crate::serve) mod session;

use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::desk::Desk;
use crate::serve::routes::{Route, route};
use crate::venue::Venue;
use crate::venue::people::is_deposit;
use crate::venue::relay::{Job, Relayed};
use crate::venue::relayable::{RelayRefusal, Submission};
use alloy_primitives::{Address, Bytes, U256};
use betteroms_polymarket::signing::contracts::DEPOSIT_WALLET_FACTORY;
use betteroms_polymarket::signing::{Batch, Call as WalletCallData};
use proof::{caller, worded};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// Who sends the transactions of proxy wallets: an address of our own, as none of them is taken here.
const RELAY: Address = Address::repeat_byte(0x5e);

pub(in crate::serve) const ROUTES: &[Route] = &[
    route(Service::Relayer, "GET", "/deployed", deployed),
    route(Service::Relayer, "GET", "/nonce", nonce),
    route(Service::Relayer, "GET", "/relay-payload", relay_payload),
    route(Service::Relayer, "GET", "/v1/account/transactions/params", params),
    route(Service::Relayer, "GET", "/v1/account/transactions/{id}", transaction_by_id),
    route(Service::Relayer, "GET", "/transaction", transaction),
    route(Service::Relayer, "GET", "/transactions", transactions),
    route(Service::Relayer, "POST", "/submit", submit),
];

/// A number in a body: as text in the official clients, or bare.
#[derive(Deserialize)]
#[serde(untagged)]
pub(in crate::serve) enum Number {
    Text(String),
    Bare(u64),
}

impl Number {
    pub(in crate::serve) fn value(&self, name: &str) -> Result<U256, RelayRefusal> {
        let value = match self {
            Self::Bare(value) => Some(U256::from(*value)),
            Self::Text(text) => {
                let is_decimal = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                is_decimal.then(|| U256::from_str_radix(text, 10).ok()).flatten()
            }
        };
        value.ok_or_else(|| RelayRefusal::Body(format!("{name} is not a number")))
    }
}

#[derive(Deserialize)]
struct Submitted {
    r#type: String,
    from: Address,
    to: Address,
    nonce: Option<Number>,
    signature: Option<Bytes>,
    #[serde(default)]
    metadata: Option<String>,
    #[serde(rename = "depositWalletParams")]
    params: Option<Params>,
}

#[derive(Deserialize)]
struct Params {
    #[serde(rename = "depositWallet")]
    wallet: Address,
    deadline: Number,
    calls: Vec<Called>,
}

#[derive(Deserialize)]
struct Called {
    target: Address,
    value: Number,
    data: Bytes,
}

impl Submitted {
    fn into_submission(self) -> Result<Submission, RelayRefusal> {
        let missing = |name: &str| RelayRefusal::Body(format!("{name} is missing"));
        let params = self.params.ok_or_else(|| missing("depositWalletParams"))?;
        let nonce = self.nonce.ok_or_else(|| missing("nonce"))?.value("nonce")?;
        let signature = self.signature.ok_or_else(|| missing("signature"))?.to_vec();
        let calls = params.calls.into_iter().map(|call| {
            let Called { target, value, data } = call;
            Ok(WalletCallData { target, value: value.value("value")?, data })
        });
        let calls = calls.collect::<Result<Vec<_>, RelayRefusal>>()?;
        let deadline = params.deadline.value("deadline")?;
        let batch = Batch { wallet: params.wallet, nonce, deadline, calls };
        let metadata = self.metadata.unwrap_or_default();
        Ok(Submission { from: self.from, to: self.to, metadata, batch, signature })
    }
}

fn submit(desk: &Desk, call: &Call) -> Answer {
    let caller = caller(desk, call);
    worded(desk.with(call, |venue| {
        let caller = caller?;
        venue.count_submission(caller)?;
        let submitted: Submitted = read(&call.body)?;
        let ix = match submitted.r#type.as_str() {
            "WALLET" => venue.submit_batch(caller, &submitted.into_submission()?)?,
            "WALLET-CREATE" => {
                let metadata = submitted.metadata.as_deref().unwrap_or_default();
                venue.submit_create(caller, (submitted.from, submitted.to), metadata)?
            }
            "SAFE" | "SAFE-CREATE" | "PROXY" => return Err(RelayRefusal::Kind(submitted.r#type)),
            _ => return Err(RelayRefusal::Body("unknown type".to_owned())),
        };
        let relayed = venue.relay().get(ix);
        let hash = hash_of(relayed);
        Ok(Reply::json(&json!({
            "transactionID": relayed.id.to_string(), "state": relayed.state.word(),
            "hash": hash, "transactionHash": hash,
        })))
    }))
}

/// Reads a body.
pub(in crate::serve) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, RelayRefusal> {
    serde_json::from_slice(body).map_err(|error| RelayRefusal::Body(error.to_string()))
}

fn asked_address(call: &Call) -> Result<Address, RelayRefusal> {
    let text = call.asked("address").and_then(|text| text.parse().ok());
    text.ok_or_else(|| RelayRefusal::Body("address is not an address".to_owned()))
}

fn deployed(desk: &Desk, call: &Call) -> Answer {
    worded(desk.with(call, |venue| {
        let address = asked_address(call)?;
        let owner = venue.people().owner_of(address);
        let is_kind = |owner: Address| match call.asked("type") {
            Some("WALLET") => is_deposit(owner, address),
            Some(_) => !is_deposit(owner, address),
            None => true,
        };
        Ok(Reply::json(&json!({ "deployed": owner.is_some_and(is_kind) })))
    }))
}

/// The counter of the deposit wallet that an address owns, is, or signs sessions for; those of safes and
/// proxies never move here.
fn counter(venue: &Venue, call: &Call) -> Result<(Address, String), RelayRefusal> {
    let address = asked_address(call)?;
    let of_session = || {
        let mut all = venue.people().deployed.keys();
        all.find(|wallet| venue.relay().is_live(**wallet, address, venue.now())).copied()
    };
    let wallet = match call.asked("type") {
        Some("WALLET") | None => {
            let owned = venue.people().deposit_wallet_of(address);
            owned.or_else(of_session).unwrap_or(address)
        }
        Some("SAFE" | "PROXY") => return Ok((address, "0".to_owned())),
        Some(other) => return Err(RelayRefusal::Body(format!("unknown type {other}"))),
    };
    Ok((address, venue.relay().nonce(wallet).to_string()))
}

fn nonce(desk: &Desk, call: &Call) -> Answer {
    worded(desk.with(call, |venue| {
        let (_, nonce) = counter(venue, call)?;
        Ok(Reply::json(&json!({ "nonce": nonce })))
    }))
}

fn params(desk: &Desk, call: &Call) -> Answer {
    worded(desk.with(call, |venue| {
        let (address, nonce) = counter(venue, call)?;
        Ok(Reply::json(&json!({ "address": address.to_string(), "nonce": nonce })))
    }))
}

fn relay_payload(desk: &Desk, call: &Call) -> Answer {
    worded(desk.with(call, |venue| {
        let (_, nonce) = counter(venue, call)?;
        Ok(Reply::json(&json!({ "address": RELAY.to_string(), "nonce": nonce })))
    }))
}

fn found<'a>(venue: &'a Venue, id: Option<&str>) -> Option<&'a Relayed> {
    venue.relay().find(&id?.parse::<Uuid>().ok()?)
}

fn transaction_by_id(desk: &Desk, call: &Call) -> Answer {
    worded(desk.with(call, |venue| {
        let relayed = found(venue, Some(call.part("id"))).ok_or(RelayRefusal::NoTransaction)?;
        Ok(Reply::json(&snake(relayed)))
    }))
}

fn transaction(desk: &Desk, call: &Call) -> Answer {
    worded(desk.with(call, |venue| {
        let rows: Vec<Value> = found(venue, call.asked("id")).map(camel).into_iter().collect();
        Ok(Reply::json(&rows))
    }))
}

fn transactions(desk: &Desk, call: &Call) -> Answer {
    let caller = caller(desk, call);
    worded(desk.with(call, |venue| {
        let caller = caller?;
        let rows: Vec<Value> = venue.relay().of(caller.address()).map(camel).collect();
        Ok(Reply::json(&rows))
    }))
}

fn hash_of(relayed: &Relayed) -> String {
    relayed.hash.map(|hash| hash.to_string()).unwrap_or_default()
}

fn nonce_of(relayed: &Relayed) -> String {
    match &relayed.job {
        Job::Create(_) => String::new(),
        Job::Calls(approved) => approved.batch.nonce.to_string(),
    }
}

/// A row in the spelling of the newer routes.
fn snake(relayed: &Relayed) -> Value {
    let mut row = json!({
        "transaction_id": relayed.id.to_string(), "transaction_hash": hash_of(relayed),
        "state": relayed.state.word(), "type": relayed.kind(),
        "from": relayed.from.to_string(), "to": DEPOSIT_WALLET_FACTORY.to_string(),
        "proxy_address": relayed.wallet.to_string(), "nonce": nonce_of(relayed),
        "metadata": relayed.metadata,
        "created_at": relayed.created, "updated_at": relayed.updated,
    });
    add_error(&mut row, "error_msg", relayed);
    row
}

/// A row in the spelling of the older routes.
fn camel(relayed: &Relayed) -> Value {
    let mut row = json!({
        "transactionID": relayed.id.to_string(), "transactionHash": hash_of(relayed),
        "state": relayed.state.word(), "type": relayed.kind(),
        "from": relayed.from.to_string(), "to": DEPOSIT_WALLET_FACTORY.to_string(),
        "proxyAddress": relayed.wallet.to_string(), "nonce": nonce_of(relayed),
        "data": "", "value": "", "metadata": relayed.metadata,
        "createdAt": relayed.created, "updatedAt": relayed.updated,
    });
    add_error(&mut row, "errorMsg", relayed);
    row
}

fn add_error(row: &mut Value, name: &str, relayed: &Relayed) {
    if let (Some(error), Some(fields)) = (&relayed.error, row.as_object_mut()) {
        fields.insert(name.to_owned(), Value::from(error.as_str()));
    }
}
