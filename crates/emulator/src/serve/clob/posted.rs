//! An order as a client posts it: the wire's shape, and its signature looked at (venue.md 4.1).

use crate::venue::order::Kind;
use crate::venue::{Posted, Refusal};
use alloy_primitives::{Address, B256, U256, hex};
use betteroms_core::market::Side;
use betteroms_polymarket::signing::{self, Exchange, Order as Fields, SignatureType};
use serde::Deserialize;

/// The body of `POST /order`, and each leg of `POST /orders`. `deferExec` is taken and has no effect: what
/// it does is unconfirmed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::serve) struct Body {
    order: Signed,
    order_type: String,
    owner: String,
    #[serde(default)]
    post_only: Option<bool>,
}

/// Numbers are decimal text, but for salt and signature type. An order of the first version has no
/// timestamp.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signed {
    salt: u64,
    maker: Address,
    signer: Address,
    token_id: String,
    maker_amount: String,
    taker_amount: String,
    side: Side,
    #[serde(default)]
    expiration: Option<String>,
    signature_type: u8,
    timestamp: Option<String>,
    metadata: Option<B256>,
    builder: Option<B256>,
    signature: String,
}

fn number(text: &str) -> Result<U256, Refusal> {
    let is_decimal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = is_decimal.then(|| U256::from_str_radix(text, 10).ok()).flatten();
    value.ok_or(Refusal::Payload)
}

impl Body {
    /// The token it trades.
    ///
    /// # Errors
    /// When that is no number.
    pub(in crate::serve) fn token(&self) -> Result<U256, Refusal> {
        number(&self.order.token_id)
    }
}

/// Reads an order. Without an exchange (the token is unknown) no signature is worth anything.
///
/// # Errors
/// On fields that are missing or no numbers, and on an order of the first version.
pub(in crate::serve) fn read(body: &Body, exchange: Option<Exchange>) -> Result<Posted, Refusal> {
    let order = &body.order;
    let timestamp = order.timestamp.as_deref().ok_or(Refusal::Version)?;
    let signature_type =
        SignatureType::try_from(order.signature_type).map_err(|_| Refusal::Payload)?;
    let fields = Fields {
        salt: order.salt,
        maker: order.maker,
        signer: order.signer,
        token_id: body.token()?,
        maker_amount: number(&order.maker_amount)?,
        taker_amount: number(&order.taker_amount)?,
        side: order.side,
        signature_type,
        timestamp_ms: timestamp.parse().map_err(|_| Refusal::Payload)?,
        metadata: order.metadata.ok_or(Refusal::Version)?,
        builder: order.builder.ok_or(Refusal::Version)?,
    };
    let signature = hex::decode(&order.signature).map_err(|_| Refusal::Payload)?;
    let signed_by =
        exchange.and_then(|exchange| signing::recover(&fields, exchange, &signature).ok());
    let expiration = match order.expiration.as_deref() {
        None | Some("") => 0,
        Some(text) => text.parse().map_err(|_| Refusal::Expiration)?,
    };
    Ok(Posted {
        fields,
        signed_by,
        expiration,
        kind: Kind::parse(&body.order_type).ok_or(Refusal::Payload)?,
        post_only: body.post_only.unwrap_or(false),
        owner: body.owner.clone(),
    })
}
