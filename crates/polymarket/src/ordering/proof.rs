//! Sign what you show: the bytes of an order against what was decided, the last thing before they leave. The
//! bytes are read anew and strictly; nothing that made them is trusted, neither the signer nor whatever kept
//! them in between.

use super::leg::{Leg, LegOrder};
use super::prepare::Terms;
use super::{CannotPrepare, Draft, OrderSecret, Wallet};
use crate::error::printable;
use crate::signing::{BadSignature, Order, SignedBy};
use alloy_primitives::hex;
use betteroms_core::market::Side;
use std::fmt::Display;

/// How much of a strange value an error shows.
const SHOWN_MAX: usize = 80;

/// Why bytes are not the order that was decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Tampered {
    /// What was decided is no order, so nothing can be it.
    #[error("what was decided cannot be an order: {0}")]
    Draft(#[from] CannotPrepare),
    /// Not the JSON of one order: a field is missing, unknown, twice or of another type.
    #[error("the bytes are not one order as the venue takes it")]
    Form,
    /// The JSON of one order, written in another way than ours.
    #[error("the bytes are an order, but not written as we write it")]
    Spelling,
    /// A field says something else.
    #[error("the order's {field} is {got}, it must be {expected}")]
    Field {
        /// The field, as the venue names it.
        field: &'static str,
        /// What it says.
        got: String,
        /// What was decided.
        expected: String,
    },
    /// Sent under another API key. It repeats neither.
    #[error("the order's owner is another API key")]
    Owner,
    /// The id is not the order's hash.
    #[error("the order's id is {expected}, not {got}")]
    Id {
        /// The id that was named.
        got: String,
        /// The hash of the order in the bytes.
        expected: String,
    },
    /// No good signature over this order.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// A good signature, but not by the key that was to sign, or not in its form.
    #[error("the order is signed by {got:?}, not by {expected:?}")]
    Signer {
        /// Who signed.
        got: SignedBy,
        /// Who should have.
        expected: SignedBy,
    },
}

/// Whether these bytes and this id are the order that was decided, to the byte but for the signature, and
/// that one good and by the right key.
///
/// # Errors
/// [`Tampered`] says the first thing that is not as decided: then the bytes must not leave.
pub fn prove(
    body: &[u8],
    id: &str,
    draft: &Draft<'_>,
    wallet: &Wallet,
    owner: &str,
    secret: &OrderSecret,
) -> Result<(), Tampered> {
    let terms = Terms::of(draft, wallet, owner, secret)?;
    let leg: Leg<'_> = serde_json::from_slice(body).map_err(|_| Tampered::Form)?;
    // Spaces, escapes, other spellings of a number, another order of the fields: all of them mean the same
    // to us and could mean something else to another reader.
    if serde_json::to_vec(&leg).ok().as_deref() != Some(body) {
        return Err(Tampered::Spelling);
    }
    compare(&leg, &terms.leg(owner, &leg.order.signature))?;

    let order = rebuilt(&leg.order, &terms.order)?;
    let hashed = order.hashed(terms.exchange);
    let hash = hashed.id().to_string();
    if hash != id {
        return Err(Tampered::Id { got: printable(id, SHOWN_MAX), expected: hash });
    }
    let signature = signature(&leg.order.signature)?;
    let got = hashed.verify(&signature)?;
    let expected = if wallet.session {
        SignedBy::Session { claimed: wallet.signer, recovered: wallet.signer }
    } else {
        SignedBy::Owner(wallet.signer)
    };
    if got == expected { Ok(()) } else { Err(Tampered::Signer { got, expected }) }
}

/// Every field of the bytes against what it must be. Both are taken apart in full, so that a new field
/// cannot be forgotten here.
fn compare(got: &Leg<'_>, expected: &Leg<'_>) -> Result<(), Tampered> {
    let Leg { defer_exec, order, order_type, owner, post_only } = got;
    same("deferExec", defer_exec, &expected.defer_exec)?;
    same("orderType", order_type, &expected.order_type)?;
    same("postOnly", post_only, &expected.post_only)?;
    if *owner != expected.owner {
        return Err(Tampered::Owner);
    }
    let LegOrder {
        salt,
        maker,
        signer,
        token_id,
        maker_amount,
        taker_amount,
        side,
        expiration,
        signature_type,
        timestamp,
        metadata,
        builder,
        // Judged by whom it recovers to.
        signature: _,
    } = order;
    let expected = &expected.order;
    same("salt", salt, &expected.salt)?;
    same("maker", maker, &expected.maker)?;
    same("signer", signer, &expected.signer)?;
    same("tokenId", token_id, &expected.token_id)?;
    same("makerAmount", maker_amount, &expected.maker_amount)?;
    same("takerAmount", taker_amount, &expected.taker_amount)?;
    same("side", side, &expected.side)?;
    same("expiration", expiration, &expected.expiration)?;
    same("signatureType", signature_type, &expected.signature_type)?;
    same("timestamp", timestamp, &expected.timestamp)?;
    same("metadata", metadata, &expected.metadata)?;
    same("builder", builder, &expected.builder)
}

fn same<T: PartialEq + Display>(
    field: &'static str,
    got: &T,
    expected: &T,
) -> Result<(), Tampered> {
    if got == expected {
        return Ok(());
    }
    let got = printable(&got.to_string(), SHOWN_MAX);
    Err(Tampered::Field { field, got, expected: expected.to_string() })
}

/// The order that the bytes say, field by field from their own texts; then against what was decided once
/// more, now as what is hashed.
fn rebuilt(leg: &LegOrder<'_>, expected: &Order) -> Result<Order, Tampered> {
    let order = parsed(leg).ok_or(Tampered::Form)?;
    if order == *expected { Ok(order) } else { Err(Tampered::Form) }
}

fn parsed(leg: &LegOrder<'_>) -> Option<Order> {
    Some(Order {
        salt: leg.salt,
        maker: leg.maker.parse().ok()?,
        signer: leg.signer.parse().ok()?,
        token_id: leg.token_id.parse().ok()?,
        maker_amount: leg.maker_amount.parse().ok()?,
        taker_amount: leg.taker_amount.parse().ok()?,
        side: match &*leg.side {
            "BUY" => Side::Buy,
            "SELL" => Side::Sell,
            _ => return None,
        },
        signature_type: leg.signature_type.try_into().ok()?,
        timestamp_ms: leg.timestamp.parse().ok()?,
        metadata: leg.metadata.parse().ok()?,
        builder: leg.builder.parse().ok()?,
    })
}

/// The bytes of a signature that is written as we write it.
fn signature(text: &str) -> Result<Vec<u8>, Tampered> {
    let bytes = hex::decode(text).map_err(|_| Tampered::Form)?;
    if hex::encode_prefixed(&bytes) == text { Ok(bytes) } else { Err(Tampered::Spelling) }
}
