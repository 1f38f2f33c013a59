//! From what was decided to the exact bytes of one order. Everything that the venue would refuse and that
//! can be told from the draft alone is refused here, before a key is asked.

use super::leg::{Leg, LegOrder};
use super::life::{GTD_MINIMUM_SECS, far_enough};
use super::{BadAmounts, Life, NotSigned, OrderSecret, Signable, Signer, amounts};
use crate::signing::{Address, B256, Exchange, Order, SignatureType, U256, WalletKind, link};
use alloy_primitives::hex;
use betteroms_core::market::Side;
use betteroms_core::money::{Price, Tick};
use betteroms_core::order::{OrderId, Want};
use betteroms_core::time::Time;
use std::fmt;

/// The wallet that trades and the key that signs for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wallet {
    /// What the wallet is to its owner.
    pub kind: WalletKind,
    /// The wallet: whose money it is.
    pub maker: Address,
    /// The account of the key that signs: the owner, or a session key of the wallet.
    pub signer: Address,
    /// Whether it is a session key. That the wallet lets it sign, only the chain knows.
    pub session: bool,
}

/// What was decided: an order before it is signed.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// The name of our account.
    pub account: &'a str,
    /// Our name of the order within the account.
    pub order: &'a OrderId,
    /// The token's id, in decimal.
    pub token: &'a str,
    /// Whether its market is neg-risk.
    pub neg_risk: bool,
    /// Buy or sell.
    pub side: Side,
    /// The limit.
    pub price: Price,
    /// How much.
    pub want: Want,
    /// The market's tick.
    pub tick: Tick,
    /// How long it may live.
    pub life: Life,
    /// Whether it may only rest.
    pub post_only: bool,
    /// The `now` of the pass that decided it.
    pub at: Time,
}

/// An order ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The order's hash, by which the venue knows it: 0x and 64 digits.
    pub id: String,
    /// The JSON of one order as POST /order takes it. Whoever has it can have it traded: not for logs.
    pub body: String,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({})", self.id)
    }
}

/// Why a draft becomes no order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotPrepare {
    /// No amounts.
    #[error(transparent)]
    Amounts(#[from] BadAmounts),
    /// No signature.
    #[error(transparent)]
    NotSigned(#[from] NotSigned),
    /// A token id that is none.
    #[error("the token id is no positive whole number in plain decimal digits")]
    Token,
    /// An owner that is no API key. It does not repeat it.
    #[error("the owner of an order is an API key, a UUID in lower case; this is not")]
    Owner,
    /// An account name that could be mistaken for another account's order.
    #[error("the account's name holds a NUL")]
    Account,
    /// A time before 1970.
    #[error("an order cannot be made at {0}")]
    Time(Time),
    /// An expiration that the venue would not take.
    #[error(
        "an order made at {at} cannot expire {expires_secs} seconds after 1970: \
         that must be {GTD_MINIMUM_SECS} seconds ahead"
    )]
    Expiration {
        /// When the order is made.
        at: Time,
        /// When it would expire.
        expires_secs: i64,
    },
    /// An order that may only rest and may not rest.
    #[error("a {} order does not rest, so it cannot be post-only", .0.as_str())]
    PostOnly(Life),
    /// The key at hand is another one.
    #[error("the signer is {signer}, but the wallet names {expected}")]
    Signer {
        /// Whose key is at hand.
        signer: Address,
        /// Whose key the wallet names.
        expected: Address,
    },
    /// A wallet that does not belong to the key. Signed all the same, such an order would look like that of
    /// a session key (venue.md 9.5).
    #[error("{maker} is not {signer}'s wallet of the kind {kind:?}")]
    NotTheirWallet {
        /// Who would sign.
        signer: Address,
        /// Whose money it would be.
        maker: Address,
        /// What it was said to be.
        kind: WalletKind,
    },
    /// A session key for something that knows none.
    #[error("only deposit wallets have session keys, not a wallet of the kind {0:?}")]
    NoSessionKeys(WalletKind),
    /// A wallet's owner taken for a session key.
    #[error("{0} owns the wallet itself and is no session key of it")]
    OwnerIsNoSessionKey(Address),
}

/// Makes the bytes of an order and its id. The same draft, wallet, owner and secret give the same id, and
/// under a key that signs deterministically the same bytes. [`prove`](super::prove) reads them anew before
/// they are sent.
///
/// # Errors
/// [`CannotPrepare`] says why not; then nothing was signed, or what was signed is dropped.
pub fn prepare(
    draft: Draft<'_>,
    wallet: Wallet,
    owner: &str,
    secret: &OrderSecret,
    signer: &dyn Signer,
) -> Result<Prepared, CannotPrepare> {
    let terms = Terms::of(&draft, &wallet, owner, secret)?;
    let (has, expected) = (signer.address(), wallet.signer);
    if has != expected {
        return Err(CannotPrepare::Signer { signer: has, expected });
    }
    let hashed = terms.order.hashed(terms.exchange);
    let inner = signer.sign(&Signable::Order(hashed))?;
    let signature = hashed.wrap(inner, wallet.session.then_some(wallet.signer));
    let signature = hex::encode_prefixed(signature);
    let leg = terms.leg(owner, &signature);
    let body = serde_json::to_string(&leg).expect("texts, numbers and flags are JSON");
    Ok(Prepared { id: hashed.id().to_string(), body })
}

/// What a draft comes to: the order to sign, and what travels beside it.
pub(super) struct Terms {
    pub(super) order: Order,
    pub(super) exchange: Exchange,
    life: Life,
    post_only: bool,
}

impl Terms {
    pub(super) fn of(
        draft: &Draft<'_>,
        wallet: &Wallet,
        owner: &str,
        secret: &OrderSecret,
    ) -> Result<Self, CannotPrepare> {
        check_wallet(wallet)?;
        if !is_uuid(owner) {
            return Err(CannotPrepare::Owner);
        }
        if draft.account.contains('\0') {
            return Err(CannotPrepare::Account);
        }
        if draft.post_only && !draft.life.rests() {
            return Err(CannotPrepare::PostOnly(draft.life));
        }
        let at = draft.at;
        let timestamp_ms = u64::try_from(at.millis()).map_err(|_| CannotPrepare::Time(at))?;
        if let Life::Gtd { expires_secs } = draft.life
            && !far_enough(expires_secs, at)
        {
            return Err(CannotPrepare::Expiration { at, expires_secs });
        }
        let token_id = token(draft.token).ok_or(CannotPrepare::Token)?;
        let amounts = amounts(draft.side, draft.life, draft.price, draft.want, draft.tick)?;
        let signature_type = wallet.kind.signature_type();
        let order = Order {
            salt: secret.salt(draft.account, draft.order),
            maker: wallet.maker,
            signer: match signature_type {
                SignatureType::Eoa | SignatureType::Proxy | SignatureType::Safe => wallet.signer,
                SignatureType::Contract => wallet.maker,
            },
            token_id,
            maker_amount: U256::from(amounts.maker),
            taker_amount: U256::from(amounts.taker),
            side: draft.side,
            signature_type,
            timestamp_ms,
            metadata: secret.metadata(draft.account, draft.order),
            builder: B256::ZERO,
        };
        let exchange = Exchange::for_token(token_id, draft.neg_risk);
        Ok(Self { order, exchange, life: draft.life, post_only: draft.post_only })
    }

    /// The body of these terms under a signature.
    pub(super) fn leg<'a>(&self, owner: &'a str, signature: &'a str) -> Leg<'a> {
        let order = &self.order;
        let side = match order.side {
            Side::Buy => "BUY",
            Side::Sell => "SELL",
        };
        let maker = order.maker.to_string();
        // A checksummed address costs a hash, and most orders name the same one twice.
        let signer = match order.signer == order.maker {
            true => maker.clone(),
            false => order.signer.to_string(),
        };
        Leg {
            defer_exec: false,
            order: LegOrder {
                salt: order.salt,
                maker: maker.into(),
                signer: signer.into(),
                token_id: order.token_id.to_string().into(),
                maker_amount: order.maker_amount.to_string().into(),
                taker_amount: order.taker_amount.to_string().into(),
                side: side.into(),
                expiration: self.life.expiration().to_string().into(),
                signature_type: order.signature_type.into(),
                timestamp: order.timestamp_ms.to_string().into(),
                metadata: order.metadata.to_string().into(),
                builder: order.builder.to_string().into(),
                signature: signature.into(),
            },
            order_type: self.life.as_str().into(),
            owner: owner.into(),
            post_only: self.post_only,
        }
    }
}

fn check_wallet(wallet: &Wallet) -> Result<(), CannotPrepare> {
    let Wallet { kind, maker, signer, session } = *wallet;
    let found = link(signer, maker);
    if !session {
        let theirs = found == Some(kind);
        return theirs.then_some(()).ok_or(CannotPrepare::NotTheirWallet { signer, maker, kind });
    }
    if kind.signature_type() != SignatureType::Contract {
        return Err(CannotPrepare::NoSessionKeys(kind));
    }
    match found {
        None => Ok(()),
        Some(_) => Err(CannotPrepare::OwnerIsNoSessionKey(signer)),
    }
}

/// A token id that is written in the one way in which it will be sent.
fn token(text: &str) -> Option<U256> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    plain.then(|| U256::from_str_radix(text, 10).ok()).flatten().filter(|id| !id.is_zero())
}

/// 8-4-4-4-12 hexadecimal digits, as the venue hands API keys out.
fn is_uuid(text: &str) -> bool {
    let groups = text.split('-').map(str::len);
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    groups.eq([8, 4, 4, 4, 12]) && text.bytes().all(digit)
}
