//! What the CLOB says about an account: keys, balances, the heartbeat, tiers, session signers and scoring
//! (venue.md 2.2, 4.9, 5.3, 7.2, 9.5). Orders, trades and notifications have files of their own.

use super::json::{Malformed, Object, Wire};
use super::number::Numeral;
use super::prices::ByName;
use betteroms_core::time::Time;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

/// A text that nobody may see: wiped from memory when dropped, and not shown by `Debug`. The bytes it was
/// read from are not wiped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, for signing and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Wire for Secret {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        String::read(raw).map(|text| Self(Zeroizing::new(text)))
    }
}

/// The answer that makes or derives API credentials (venue.md 2.2). Builder keys say `key` where others
/// say `apiKey`.
#[derive(Clone, Debug)]
pub struct ApiKeyAnswer {
    /// The key, a UUID: a name and no secret. It is also the `owner` of orders.
    pub key: String,
    /// Url-safe base64: signs requests.
    pub secret: Secret,
    /// Sent with every signed request.
    pub passphrase: Secret,
}

impl Wire for ApiKeyAnswer {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("api-key", raw)?;
        let answer = Self {
            key: object.need_any(&["apiKey", "key"])?,
            secret: object.need_any(&["secret"])?,
            passphrase: object.need_any(&["passphrase"])?,
        };
        object.close(&[]);
        Ok(answer)
    }
}

/// GET /auth/api-keys: the names of the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeys(pub Vec<String>);

impl Wire for ApiKeys {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("api-keys", raw)?;
        let keys = object.need("apiKeys")?;
        object.close(&[]);
        Ok(Self(keys))
    }
}

/// GET /auth/ban-status/closed-only: whether the account may only reduce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedOnly(pub bool);

impl Wire for ClosedOnly {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("ban-status", raw)?;
        let closed_only = object.need("closed_only")?;
        object.close(&[]);
        Ok(Self(closed_only))
    }
}

/// GET /balance-allowance: what the venue believes the wallet holds and has approved (venue.md 5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceAllowance {
    /// Millionths of a dollar or of a share.
    pub balance: Numeral,
    /// The same unit by spender; the largest is 2^256 - 1.
    pub allowances: BTreeMap<String, Numeral>,
    /// A single allowance without a spender, in older answers.
    pub allowance: Option<Numeral>,
}

impl Wire for BalanceAllowance {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("balance", raw)?;
        let allowances: Option<ByName<Numeral>> = object.want("allowances")?;
        let answer = Self {
            balance: object.need("balance")?,
            allowances: allowances.map_or_else(BTreeMap::new, |all| all.0),
            allowance: object.filled("allowance")?,
        };
        object.close(&[]);
        Ok(answer)
    }
}

/// The reply to a heartbeat, and the refusal of one with a wrong id, which names the right one
/// (venue.md 4.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The id the next beat must carry.
    pub heartbeat_id: String,
    /// `error_msg` or `error`; `None` when the beat was taken.
    pub error: Option<String>,
}

impl Wire for Heartbeat {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("heartbeat", raw)?;
        let beat = Self {
            heartbeat_id: object.need_any(&["heartbeat_id"])?,
            error: object.filled_any(&["error_msg", "error"])?,
        };
        object.close(&[]);
        Ok(beat)
    }
}

/// GET /v1/user/rate-limit-tier. No answer of it is recorded: that the name stands under `tier` is
/// unconfirmed, and nothing else is read. Every reply to an order names the tier in a header
/// (venue.md 7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimitTier {
    /// The tier's name, such as `Standard`.
    pub tier: String,
}

impl Wire for RateLimitTier {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("rate-limit-tier", raw)?;
        let answer = Self { tier: object.need("tier")? };
        object.close(&[]);
        Ok(answer)
    }
}

/// GET /v1/user/session-signers: the keys that may trade for a wallet (venue.md 9.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSigners {
    /// The deposit wallet.
    pub wallet: String,
    /// Its keys.
    pub signers: Vec<SessionSigner>,
}

/// One of the [`SessionSigners`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSigner {
    /// The key's address.
    pub address: String,
    /// `CLOB`, `COMBOSRFQ` or `ALL`.
    pub scopes: Vec<String>,
    /// When it ends.
    pub valid_until: Time,
}

impl Wire for SessionSigners {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("session-signers", raw)?;
        let answer = Self { wallet: object.need("wallet")?, signers: object.need("signers")? };
        object.close(&[]);
        Ok(answer)
    }
}

impl Wire for SessionSigner {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("session-signer", raw)?;
        let signer = Self {
            address: object.need("address")?,
            scopes: object.need("scopes")?,
            valid_until: object.need("valid_until")?,
        };
        object.close(&[]);
        Ok(signer)
    }
}

/// GET /order-scoring: whether an order earns liquidity rewards. POST /orders-scoring answers
/// `ByName<bool>` ([`super::prices::ByName`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderScoring(pub bool);

impl Wire for OrderScoring {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("order-scoring", raw)?;
        let scoring = object.need("scoring")?;
        object.close(&[]);
        Ok(Self(scoring))
    }
}
