//! What the relayer says, which puts our wallets' transactions on the chain, and what becomes of session
//! signers (venue.md 8.4, 9.5). No answer of it is recorded; the forms are those the official SDK reads.

use super::json::{Malformed, Object, Wire};
use super::number::Numeral;
use super::words::bare;
use serde_json::value::RawValue;

/// GET /deployed: whether a wallet stands on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployed(pub bool);

impl Wire for Deployed {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("deployed", raw)?;
        let deployed = object.need("deployed")?;
        object.close(&["address"]);
        Ok(Self(deployed))
    }
}

/// GET /v1/account/transactions/params, and /relay-payload for proxy wallets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionParams {
    /// For a proxy wallet the relayer's address.
    pub address: String,
    /// The nonce the next batch must carry.
    pub nonce: Numeral,
}

impl Wire for TransactionParams {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("transaction-params", raw)?;
        let params = Self { address: object.need("address")?, nonce: object.need("nonce")? };
        object.close(&[]);
        Ok(params)
    }
}

/// The answer of POST /submit and of GET /v1/account/transactions/{id}: camel case in the first, snake
/// case in the second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayedTransaction {
    /// The relayer's own id.
    pub transaction_id: String,
    /// How far it is.
    pub state: TransactionState,
    /// Its hash on the chain; `None` until it is sent.
    pub transaction_hash: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

const TRANSACTION_ID: &[&str] = &["transactionID", "transaction_id", "transactionId"];
const TRANSACTION_HASH: &[&str] = &["transactionHash", "transaction_hash"];
const TRANSACTION_UNUSED: &[&str] = &[
    "hash",
    "from",
    "to",
    "proxyAddress",
    "proxy_address",
    "data",
    "nonce",
    "value",
    "signature",
    "type",
    "owner",
    "metadata",
    "createdAt",
    "created_at",
    "updatedAt",
    "updated_at",
];

impl Wire for RelayedTransaction {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("transaction", raw)?;
        let transaction = Self {
            transaction_id: object.need_any(TRANSACTION_ID)?,
            state: object.need("state")?,
            transaction_hash: object.filled_any(TRANSACTION_HASH)?,
            error: object.filled_any(&["error_msg", "errorMsg"])?,
        };
        object.close(TRANSACTION_UNUSED);
        Ok(transaction)
    }
}

/// How far a relayed transaction is (venue.md 8.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TransactionState {
    /// Taken by the relayer.
    New,
    /// Sent to the chain.
    Executed,
    /// In a block.
    Mined,
    /// Final.
    Confirmed,
    /// Final: refused.
    Invalid,
    /// Final: failed on the chain.
    Failed,
    /// A word we do not know, as the relayer wrote it.
    Other(String),
}

impl Wire for TransactionState {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let text = String::read(raw)?;
        Ok(match bare(&text, "STATE_").as_str() {
            "NEW" => Self::New,
            "EXECUTED" => Self::Executed,
            "MINED" => Self::Mined,
            "CONFIRMED" => Self::Confirmed,
            "INVALID" => Self::Invalid,
            "FAILED" => Self::Failed,
            _ => Self::Other(text),
        })
    }
}

/// The answer of POST /v1/session-signers/authorizations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// How far it is.
    pub status: AuthorizationState,
    /// The relayer's id of the transaction.
    pub transaction_id: String,
    /// Its hash on the chain; `None` until it is sent.
    pub transaction_hash: Option<String>,
}

impl Wire for Authorization {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("authorization", raw)?;
        let answer = Self {
            status: object.need("status")?,
            transaction_id: object.need_any(TRANSACTION_ID)?,
            transaction_hash: object.filled_any(TRANSACTION_HASH)?,
        };
        object.close(&[]);
        Ok(answer)
    }
}

/// How far the authorisation of a session signer is (venue.md 9.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AuthorizationState {
    /// Sent to the chain.
    Submitted,
    /// On the chain, not yet known to the CLOB.
    RegistryPending,
    /// The key may trade.
    Registered,
    /// Final: it may not.
    Failed,
    /// Another authorisation took its place.
    Superseded,
    /// The chain and the CLOB disagree; the venue has to mend it.
    RepairRequired,
    /// A word we do not know, as the relayer wrote it.
    Other(String),
}

impl Wire for AuthorizationState {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let text = String::read(raw)?;
        Ok(match bare(&text, "").as_str() {
            "SUBMITTED" => Self::Submitted,
            "REGISTRY_PENDING" => Self::RegistryPending,
            "REGISTERED" => Self::Registered,
            "FAILED" => Self::Failed,
            "SUPERSEDED" => Self::Superseded,
            "REPAIR_REQUIRED" => Self::RepairRequired,
            _ => Self::Other(text),
        })
    }
}

/// The answer of POST /v1/session-signers/revocations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// How far it is.
    pub status: RevocationState,
    /// Whether the CLOB already refuses the key.
    pub fenced: bool,
    /// The relayer's id of the transaction.
    pub transaction_id: String,
}

impl Wire for Revocation {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("revocation", raw)?;
        let answer = Self {
            status: object.need("status")?,
            fenced: object.need("fenced")?,
            transaction_id: object.need_any(TRANSACTION_ID)?,
        };
        object.close(&["transactionHash"]);
        Ok(answer)
    }
}

/// How far the revocation of a session signer is (venue.md 9.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RevocationState {
    /// Asked for.
    Pending,
    /// The CLOB refuses the key.
    Fenced,
    /// Its open orders are cancelled.
    Swept,
    /// Sent to the chain.
    ChainSubmitted,
    /// Final: the chain refuses the key as well.
    Confirmed,
    /// Final: it did not work.
    Failed,
    /// A word we do not know, as the relayer wrote it.
    Other(String),
}

impl Wire for RevocationState {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let text = String::read(raw)?;
        Ok(match bare(&text, "").as_str() {
            "PENDING" => Self::Pending,
            "FENCED" => Self::Fenced,
            "SWEPT" => Self::Swept,
            "CHAIN_SUBMITTED" => Self::ChainSubmitted,
            "CONFIRMED" => Self::Confirmed,
            "FAILED" => Self::Failed,
            _ => Self::Other(text),
        })
    }
}
