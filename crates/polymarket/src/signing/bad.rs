//! Why a signature is refused. Every reason says what differs, so that an emulator can tell a client what
//! it did wrong.

use super::Exchange;
use alloy_primitives::{Address, B256};

/// A signature that the venue's contracts would not take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// Not the number of bytes it must have.
    #[error("the signature has {got} bytes, it must have {expected}")]
    Length {
        /// How many it has.
        got: usize,
        /// How many would do, in words.
        expected: &'static str,
    },
    /// The last byte of the ECDSA part.
    #[error("the signature's recovery byte is {0}, it must be 27 or 28")]
    RecoveryByte(u8),
    /// The twin of a valid signature, made by anyone: refused so that a signature is unique.
    #[error("the signature's s is in the upper half of the curve's order")]
    HighS,
    /// r or s out of range, or no point on the curve.
    #[error("no key can have made this signature")]
    Unrecoverable,
    /// Well formed, by another key or over other contents: the two cannot be told apart.
    #[error("the signature recovers to {recovered}, not to {expected}")]
    WrongSigner {
        /// Who signed, if these are the contents that were signed.
        recovered: Address,
        /// Who should have.
        expected: Address,
    },
    /// Signed for another of the venue's exchanges: mostly the neg-risk flag was missed.
    #[error("the order was signed for the {signed}, not for the {expected}")]
    WrongExchange {
        /// The exchange it was signed for.
        signed: Exchange,
        /// The exchange of the token.
        expected: Exchange,
    },
    /// The domain separator inside a contract wallet's signature is of no exchange of the venue.
    #[error("the signature names the domain {signed}, not {expected}")]
    Domain {
        /// As it stands in the signature.
        signed: B256,
        /// Of the exchange.
        expected: B256,
    },
    /// The struct hash inside a contract wallet's signature is of another order.
    #[error("the signature names the contents {signed}, not {expected}")]
    Contents {
        /// As it stands in the signature.
        signed: B256,
        /// Of the order.
        expected: B256,
    },
    /// The type inside a contract wallet's signature is not that of an order.
    #[error("the signature does not name the type of an order")]
    TypeString,
    /// The length of that type.
    #[error("the signature says its type has {0} bytes, it must be 186")]
    TypeStringLength(u16),
    /// A session envelope without its mark at the end.
    #[error("the session envelope does not end in 0x6492…6492")]
    Magic,
    /// A session envelope by a P-256 passkey: the contract knows them, this does not.
    #[error("signed by the passkey {0}; only secp256k1 keys are supported")]
    Passkey(B256),
    /// A session envelope by a kind of signer that does not exist.
    #[error("the session envelope names the signer kind {0}, it must be zero")]
    SignerKind(B256),
    /// The first word of a session envelope is no address.
    #[error("the session envelope names the signer {0}, which is no address")]
    SignerWord(B256),
    /// A session envelope whose offset, length or padding is not what the ABI prescribes.
    #[error("the session envelope is not laid out as (bytes32, bytes32, bytes): {0}")]
    Layout(&'static str),
    /// A contract signs for itself.
    #[error("of a contract wallet's order maker and signer are one, not {maker} and {signer}")]
    MakerIsNotSigner {
        /// The order's maker.
        maker: Address,
        /// The order's signer.
        signer: Address,
    },
    /// The maker is no wallet of that account, or not of the kind that the signature type names.
    #[error("{maker} is not a wallet of {owner} for this signature type")]
    NotTheirWallet {
        /// Who signed.
        owner: Address,
        /// Whose money it would be.
        maker: Address,
    },
    /// A session envelope signed by another key than the one it names.
    #[error("the session envelope names {claimed}, but {recovered} signed it")]
    SessionKey {
        /// The key it names.
        claimed: Address,
        /// The key that signed.
        recovered: Address,
    },
}
