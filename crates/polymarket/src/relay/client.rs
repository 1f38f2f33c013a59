//! The relayer's routes: what stands on the chain, nonces, submissions, and what becomes of them.

use super::key::RelayerKey;
use crate::client::{Call, Client, Options, Route};
use crate::error::{NotSent, Unknown, Unproven, VenueError};
use crate::signing::contracts::DEPOSIT_WALLET_FACTORY;
use crate::signing::{Batch, LocalKey};
use crate::wire::Wire;
use crate::wire::relayer::{Deployed, RelayedTransaction, TransactionParams, TransactionState};
use alloy_primitives::{Address, U256, hex};
use betteroms_core::time::Time;
use serde_json::{Value, json};
use std::time::Duration;

/// The longest remark, in characters.
const METADATA_MOST: usize = 500;
/// The longest id of a transaction that is asked for.
const ID_MOST: usize = 100;

/// Asks the relayer.
#[derive(Debug)]
pub struct RelayerClient {
    client: Client,
    base: String,
    key: Option<RelayerKey>,
}

/// What the next batch must carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// The address that it is about, as the relayer tells it.
    pub address: Address,
    /// The nonce.
    pub nonce: U256,
}

/// A batch, signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Whose key signed.
    pub from: Address,
    /// What it does.
    pub batch: Batch,
    /// By [`LocalKey::sign_batch`].
    pub signature: Vec<u8>,
    /// A remark of our own, at most 500 characters.
    pub metadata: String,
}

impl Submission {
    /// Signs a batch; `session` as for [`LocalKey::sign_batch`].
    pub fn sign(key: &LocalKey, batch: Batch, session: bool) -> Self {
        let signature = key.sign_batch(&batch, session);
        Self { from: key.address(), batch, signature, metadata: String::new() }
    }

    fn body(&self) -> Value {
        let calls = self.batch.calls.iter().map(|call| {
            json!({ "target": call.target, "value": call.value.to_string(), "data": call.data })
        });
        json!({
            "type": "WALLET", "from": self.from, "to": DEPOSIT_WALLET_FACTORY,
            "nonce": self.batch.nonce.to_string(), "metadata": self.metadata,
            "signature": hex::encode_prefixed(&self.signature),
            "depositWalletParams": {
                "depositWallet": self.batch.wallet,
                "deadline": self.batch.deadline.to_string(),
                "calls": calls.collect::<Vec<Value>>(),
            },
        })
    }
}

/// How long a transaction is waited for. The official SDK asks a hundred times, every two seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often it is asked at most.
    pub polls: u32,
    /// The pause between.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { polls: 100, pause: Duration::from_secs(2) }
    }
}

impl RelayerClient {
    /// Makes a client; without a key it can only read. Of the options the hosts are not used.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn new(options: Options, base: &str, key: Option<RelayerKey>) -> Result<Self, VenueError> {
        let base = base.trim_end_matches('/').to_owned();
        Ok(Self { client: Client::of_host(options, &base)?, base, key })
    }

    /// Whether a deposit wallet stands on the chain.
    ///
    /// # Errors
    /// Of any kind; nothing is assumed then.
    pub async fn deployed(&self, wallet: Address) -> Result<bool, VenueError> {
        let what = format!("tell whether {wallet} is deployed");
        let query = vec![("address", wallet.to_string()), ("type", "WALLET".to_owned())];
        let Deployed(deployed) = self.read(&what, "/deployed", query).await?;
        Ok(deployed)
    }

    /// The nonce of the next batch of a deposit wallet: its owner's, its own or its session key's address
    /// names it.
    ///
    /// # Errors
    /// Of any kind; nothing is assumed then.
    pub async fn params(&self, address: Address) -> Result<Params, VenueError> {
        let what = format!("tell the next nonce of {address}");
        let query = vec![("address", address.to_string()), ("type", "WALLET".to_owned())];
        let path = "/v1/account/transactions/params";
        let told: TransactionParams = self.read(&what, path, query).await?;
        let nonce = told.nonce.as_str();
        let nonce = U256::from_str_radix(nonce, 10)
            .map_err(|_| bad(&what, format!("{nonce} is no nonce")))?;
        let about: Address =
            told.address.parse().map_err(|_| bad(&what, "it names no address".to_owned()))?;
        if about != address {
            return Err(bad(&what, format!("it tells of {about}")));
        }
        Ok(Params { address, nonce })
    }

    /// Asks for a batch, once. `now` stands in the proof of a builder's key.
    ///
    /// # Errors
    /// `Refused` when the relayer says no: [`again`](super::again) tells whether that passes. `NotSent` when
    /// it did not get there or is not of the form that the relayer takes. `Unknown` when it may or may not
    /// have been taken.
    pub async fn submit(
        &self,
        submission: &Submission,
        now: Time,
    ) -> Result<RelayedTransaction, VenueError> {
        let what =
            format!("relay batch {} of wallet {}", submission.batch.nonce, submission.batch.wallet);
        if submission.metadata.chars().count() > METADATA_MOST {
            return Err(setup(&what, "the remark is longer than 500 characters"));
        }
        if submission.batch.calls.is_empty() {
            return Err(setup(&what, "the batch has no call"));
        }
        self.post(&what, &submission.body(), now).await
    }

    /// Asks for the deposit wallet of an account to be deployed, once.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn create(
        &self,
        owner: Address,
        now: Time,
    ) -> Result<RelayedTransaction, VenueError> {
        let what = format!("deploy the deposit wallet of {owner}");
        let body = json!({ "type": "WALLET-CREATE", "from": owner, "to": DEPOSIT_WALLET_FACTORY });
        self.post(&what, &body, now).await
    }

    /// How far a transaction is.
    ///
    /// # Errors
    /// Of any kind; nothing is assumed then.
    pub async fn transaction(&self, id: &str) -> Result<RelayedTransaction, VenueError> {
        let is_id = (1..=ID_MOST).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !is_id {
            return Err(setup("tell what became of a transaction", "that is no id of one"));
        }
        let what = format!("tell what became of transaction {id}");
        let path = format!("/v1/account/transactions/{id}");
        let told: RelayedTransaction = self.read(&what, &path, Vec::new()).await?;
        if told.transaction_id != id {
            return Err(bad(&what, "it tells of another one".to_owned()));
        }
        Ok(told)
    }

    /// Waits until a transaction has ended, well or not: its state says which. A poll that fails counts as
    /// one that found nothing.
    ///
    /// # Errors
    /// `Unknown` when it has not ended by then; `Refused` when the relayer does not know it.
    pub async fn wait(
        &self,
        id: &str,
        patience: Patience,
    ) -> Result<RelayedTransaction, VenueError> {
        for poll in 0..patience.polls {
            if poll > 0 {
                tokio::time::sleep(patience.pause).await;
            }
            match self.transaction(id).await {
                Ok(told) if is_final(&told.state) => return Ok(told),
                Ok(_) | Err(VenueError::Unknown { .. }) => {}
                Err(VenueError::NotSent { cause: NotSent::Busy { .. }, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let waited = patience.pause.saturating_mul(patience.polls.saturating_sub(1));
        let what = format!("bring transaction {id} to its end");
        Err(VenueError::Unknown { what, cause: Unknown::TimedOut(waited) })
    }

    async fn read<T: Wire>(
        &self,
        what: &str,
        path: &str,
        query: Vec<(&'static str, String)>,
    ) -> Result<T, VenueError> {
        let (what, url) = (what.to_owned(), format!("{}{path}", self.base));
        self.client.read(&Call { route: Route::Relayer, what, url, query, body: None }).await
    }

    async fn post(
        &self,
        what: &str,
        body: &Value,
        now: Time,
    ) -> Result<RelayedTransaction, VenueError> {
        const PATH: &str = "/submit";
        let key = self.key.as_ref().ok_or_else(|| setup(what, "there is no key for it"))?;
        let body = body.to_string();
        let headers = key.headers(now, "POST", PATH, &body);
        let headers = headers.ok_or_else(|| setup(what, "the key cannot stand in a header"))?;
        let call = Call {
            route: Route::Submit,
            what: what.to_owned(),
            url: format!("{}{PATH}", self.base),
            query: Vec::new(),
            body: Some(body),
        };
        self.client
            .send(&call, &headers)
            .await
            .map_err(|error| error.scrubbed(|text| key.scrub(text)))
    }
}

/// Whether nothing more comes after it; a word that we do not know is not taken for an end.
const fn is_final(state: &TransactionState) -> bool {
    match state {
        TransactionState::Confirmed | TransactionState::Invalid | TransactionState::Failed => true,
        TransactionState::New
        | TransactionState::Executed
        | TransactionState::Mined
        | TransactionState::Other(_) => false,
    }
}

fn bad(what: &str, why: String) -> VenueError {
    VenueError::unproven(what, Unproven::BadChain(why))
}

fn setup(what: &str, why: &str) -> VenueError {
    VenueError::NotSent { what: what.to_owned(), cause: NotSent::Setup(why.to_owned()) }
}
