//! A node of the chain, as far as a client needs one: JSON-RPC over the ledger. It takes the transactions of
//! accounts that pay their own gas; what deposit wallets do comes through the relayer.
//!
//! Here is the envelope, `state` answers what is read of contracts, `transactions` takes what accounts send, `receipt`
//! tells what was settled.

mod receipt;
mod state;
mod transactions;

use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::desk::Desk;
use crate::serve::routes::{Route, route};
use crate::venue::Venue;
use crate::venue::pool::PoolRefusal;
use crate::venue::revert::ChainError;
use serde_json::{Value, json};

pub(in crate::serve) const ROUTES: &[Route] = &[route(Service::Relayer, "POST", "/rpc", rpc)];

/// The most questions in one request.
const BATCH_MOST: usize = 100;

/// Why a question has no answer, in JSON-RPC's own codes and a node's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum RpcRefusal {
    #[error("parse error")]
    Parse,
    #[error("invalid request: {0}")]
    Request(&'static str),
    #[error("the method {0} does not exist/is not available")]
    Method(String),
    #[error("invalid argument: {0}")]
    Params(&'static str),
    #[error("execution reverted")]
    Reverted,
    #[error("execution reverted: {0}")]
    RevertedBy(#[from] ChainError),
    #[error(transparent)]
    NotTaken(#[from] PoolRefusal),
}

impl RpcRefusal {
    const fn code(&self) -> i32 {
        match self {
            Self::Parse => -32_700,
            Self::Request(_) => -32_600,
            Self::Method(_) => -32_601,
            Self::Params(_) => -32_602,
            Self::Reverted | Self::RevertedBy(_) => 3,
            Self::NotTaken(_) => -32_000,
        }
    }
}

fn rpc(desk: &Desk, call: &Call) -> Answer {
    let told = match serde_json::from_slice(&call.body) {
        Err(_) => answered(Value::Null, Err(RpcRefusal::Parse)),
        Ok(Value::Array(all)) if all.is_empty() => {
            answered(Value::Null, Err(RpcRefusal::Request("an empty batch")))
        }
        Ok(Value::Array(all)) if all.len() > BATCH_MOST => {
            answered(Value::Null, Err(RpcRefusal::Request("a batch of more than 100")))
        }
        Ok(Value::Array(all)) => {
            desk.with(call, |venue| all.iter().map(|q| one(venue, q)).collect())
        }
        Ok(question) => desk.with(call, |venue| one(venue, &question)),
    };
    Ok(Reply::json(&told))
}

/// Answers one question, whatever it is.
fn one(venue: &mut Venue, question: &Value) -> Value {
    let id = question.get("id").filter(|id| id.is_u64() || id.is_string());
    let id = id.cloned().unwrap_or_default();
    let result = asked(question).and_then(|(method, params)| state::answer(venue, method, params));
    answered(id, result)
}

/// The method and its parameters. One without an id wants no answer, and is refused: nobody asks here in
/// order not to know.
fn asked(question: &Value) -> Result<(&str, &[Value]), RpcRefusal> {
    let is_ours = question.get("jsonrpc").and_then(Value::as_str) == Some("2.0");
    if !is_ours {
        return Err(RpcRefusal::Request("jsonrpc is not 2.0"));
    }
    let has_id = question.get("id").is_some_and(|id| id.is_u64() || id.is_string());
    if !has_id {
        return Err(RpcRefusal::Request("id is not a number or text"));
    }
    let method = question.get("method").and_then(Value::as_str);
    let method = method.ok_or(RpcRefusal::Request("method is not text"))?;
    let params = match question.get("params") {
        None => &[],
        Some(params) => {
            params.as_array().ok_or(RpcRefusal::Request("params is not a list"))?.as_slice()
        }
    };
    Ok((method, params))
}

fn answered(id: Value, result: Result<Value, RpcRefusal>) -> Value {
    let mut answer = json!({ "jsonrpc": "2.0" });
    answer["id"] = id;
    match result {
        Ok(result) => answer["result"] = result,
        Err(why) => answer["error"] = json!({ "code": why.code(), "message": why.to_string() }),
    }
    answer
}
