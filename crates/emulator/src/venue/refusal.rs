//! What the venue refuses, in the words it serves (venue.md 4.11). One variant for each row, so that a
//! test can hold the catalogue against this file.

use alloy_primitives::{Address, B256};
use betteroms_core::money::{Shares, Tick, Usd};

/// A refusal: its text is what the client reads, its status what the client sees first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's text says what it is")]
pub enum Refusal {
    #[error("Unauthorized/Invalid api key")]
    Unauthorized,
    #[error("Invalid L1 Request headers")]
    L1Headers,
    #[error("Could not create api key")]
    KeyExists,
    #[error("Could not derive api key!")]
    NoKey,
    #[error("Invalid order payload")]
    Payload,
    #[error("the order owner has to be the owner of the API KEY")]
    Owner,
    #[error("the order signer address has to be the address of the API KEY")]
    SignerNotKey,
    #[error("maker address not allowed, please use the deposit wallet flow")]
    MakerNotAllowed,
    #[error("no deposit wallet found for owner")]
    NoDepositWallet,
    #[error("invalid signature")]
    Signature,
    #[error("invalid POLY_PROXY signature")]
    ProxySignature,
    #[error("order_version_mismatch: invalid order version, please use the latest clob-client")]
    Version,
    #[error("'{0}' address banned")]
    Banned(Address),
    #[error("'{0}' address in closed only mode")]
    ClosedOnly(Address),
    #[error("order {id} is invalid. Price ({price}) breaks minimum tick size rule: {tick}")]
    OffTick { id: B256, price: String, tick: Tick },
    #[error("order {id} is invalid. Size ({size}) lower than the minimum: {min}")]
    TooSmall { id: B256, size: Shares, min: Shares },
    #[error("order {0} is invalid. Duplicated.")]
    Duplicated(B256),
    #[error("invalid post-only order: order crosses book")]
    PostOnlyCrosses,
    #[error("not enough balance / allowance: {0}")]
    Balance(Box<Lack>),
    #[error("invalid expiration")]
    Expiration,
    #[error("invalid amounts, {0}")]
    Amounts(String),
    #[error("invalid amount for a marketable BUY order (${notional}), min size: $1")]
    MarketableTooSmall { notional: Usd },
    #[error("order couldn't be fully filled. FOK orders are fully filled or killed.")]
    FokKilled,
    #[error(
        "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
    )]
    FakNothing,
    #[error("the market is not yet ready to process new orders")]
    NotReady,
    #[error("Too many orders in payload: {given}, max allowed: {max}")]
    TooManyOrders { given: usize, max: usize },
    #[error("Too many orders in payload, max allowed: {0}")]
    TooManyCancels(usize),
    #[error("Invalid orderID")]
    OrderId,
    #[error("post-only mode: only post-only orders and cancels are allowed")]
    PostOnlyMode { retry_secs: u64 },
    #[error(
        "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."
    )]
    CancelOnly,
    #[error("Trading is currently disabled. Check polymarket.com for updates")]
    Disabled,
    #[error("service not ready")]
    Restarting { retry_secs: Option<u64> },
    #[error("Too Many Requests")]
    TooManyRequests { retry_secs: u64 },
    #[error("Invalid token id")]
    TokenId,
    #[error("No orderbook exists for the requested token id")]
    NoOrderbook,
    #[error("market not found")]
    NoMarket,
    #[error("order not found")]
    NoOrder,
    #[error("Invalid side")]
    Side,
    #[error("Invalid payload")]
    BadPayload,
    #[error("Payload exceeds the limit")]
    PayloadTooLarge,
    #[error("Invalid asset type")]
    AssetType,
    #[error("Invalid signature_type")]
    SignatureType,
    #[error("invalid order params payload")]
    OrderParams,
    #[error("Invalid trade params payload")]
    TradeParams,
    #[error("Invalid Heartbeat ID")]
    Heartbeat { expected: String },
}

/// What a wallet lacks, in the venue's tail texts; amounts are base units.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's text says what it is")]
pub enum Lack {
    #[error("the balance is not enough -> balance: {balance}, order amount: {needed}")]
    Balance { balance: i64, needed: i64 },
    #[error(
        "the balance is not enough -> balance: {balance}, sum of matched orders: {matched}, sum of active orders: {active}, order amount: {needed}"
    )]
    BalanceLess { balance: i64, matched: i64, active: i64, needed: i64 },
    #[error(
        "the allowance is not enough -> spender: {spender}, allowance: {allowance}, order amount: {needed}"
    )]
    Allowance { spender: Address, allowance: u128, needed: i64 },
}

impl Refusal {
    /// The HTTP status it is served with: a text with "not found" becomes 404, one with "unauthorized"
    /// 401 (venue.md 4.11, last lines).
    pub const fn status(&self) -> u16 {
        match self {
            Self::Unauthorized | Self::L1Headers => 401,
            Self::NoOrderbook | Self::NoMarket | Self::NoOrder => 404,
            Self::PayloadTooLarge => 413,
            Self::Restarting { .. } => 425,
            Self::TooManyRequests { .. } => 429,
            Self::PostOnlyMode { .. } | Self::CancelOnly | Self::Disabled => 503,
            Self::KeyExists
            | Self::NoKey
            | Self::Payload
            | Self::Owner
            | Self::SignerNotKey
            | Self::MakerNotAllowed
            | Self::NoDepositWallet
            | Self::Signature
            | Self::ProxySignature
            | Self::Version
            | Self::Banned(_)
            | Self::ClosedOnly(_)
            | Self::OffTick { .. }
            | Self::TooSmall { .. }
            | Self::Duplicated(_)
            | Self::PostOnlyCrosses
            | Self::Balance(_)
            | Self::Expiration
            | Self::Amounts(_)
            | Self::MarketableTooSmall { .. }
            | Self::FokKilled
            | Self::FakNothing
            | Self::NotReady
            | Self::TooManyOrders { .. }
            | Self::TooManyCancels(_)
            | Self::OrderId
            | Self::TokenId
            | Self::Side
            | Self::BadPayload
            | Self::AssetType
            | Self::SignatureType
            | Self::OrderParams
            | Self::TradeParams
            | Self::Heartbeat { .. } => 400,
        }
    }

    /// Seconds for a `Retry-After` header, where the venue sends one.
    pub const fn retry_secs(&self) -> Option<u64> {
        if let Self::PostOnlyMode { retry_secs } | Self::TooManyRequests { retry_secs } = self {
            return Some(*retry_secs);
        }
        if let Self::Restarting { retry_secs } = self { *retry_secs } else { None }
    }

    /// The `code` field some bodies carry (venue.md 4.10).
    pub const fn code(&self) -> Option<&'static str> {
        if let Self::PostOnlyMode { .. } = self { Some("post_only_mode") } else { None }
    }
}
