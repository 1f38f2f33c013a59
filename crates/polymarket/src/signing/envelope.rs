//! The signature of a contract wallet, as bytes: ERC-7739's nested layout, and around it the envelope of a
//! session key (venue.md 3.5). Whether it fits an order is judged in `signature.rs`.

use super::{BadSignature, contracts::CHAIN_ID, order, typed};
use alloy_primitives::{Address, B256};
use std::sync::LazyLock;

const ECDSA_LEN: usize = 65;
/// As the signature states it.
const TYPE_LEN: u16 = 186;
const _: () = assert!(order::TYPE.len() == TYPE_LEN as usize);
/// ECDSA, domain separator, struct hash, type, its length.
const NESTED_LEN: usize = ECDSA_LEN + 32 + 32 + order::TYPE.len() + 2;
/// Signer, kind, offset, length, the nested signature padded to words, magic.
const SESSION_LEN: usize = SESSION_HEAD_LEN + NESTED_LEN.next_multiple_of(32) + 32;
const SESSION_HEAD_LEN: usize = 4 * 32;
/// Where the bytes begin, counted from the first word.
const BYTES_OFFSET: u64 = 96;
const MAGIC: [u8; 32] = magic();

const fn magic() -> [u8; 32] {
    let mut word = [0x64; 32];
    let mut at = 1;
    while at < 32 {
        word[at] = 0x92;
        at += 2;
    }
    word
}

static NESTED_TYPE_HASH: LazyLock<[u8; 32]> = LazyLock::new(|| {
    typed::text(&format!(
        "TypedDataSign(Order contents,string name,string version,uint256 chainId,\
         address verifyingContract,bytes32 salt){}",
        order::TYPE
    ))
});
static WALLET_NAME: LazyLock<[u8; 32]> = LazyLock::new(|| typed::text("DepositWallet"));
static WALLET_VERSION: LazyLock<[u8; 32]> = LazyLock::new(|| typed::text("1"));

/// What the key of a deposit wallet signs for an order: `TypedDataSign` under the exchange's domain, with the
/// order's struct hash as contents and the wallet as the contract (venue.md 3.5).
pub fn nested_digest(domain_separator: B256, contents: B256, wallet: Address) -> B256 {
    let nested = typed::hash(&[
        *NESTED_TYPE_HASH,
        contents.0,
        *WALLET_NAME,
        *WALLET_VERSION,
        typed::uint(CHAIN_ID),
        typed::address(wallet),
        [0; 32],
    ]);
    typed::digest(domain_separator, nested)
}

/// A contract wallet's signature, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// ECDSA over [`nested_digest`].
    pub inner: [u8; 65],
    /// The exchange's domain separator, as the signature has it.
    pub domain_separator: B256,
    /// The order's struct hash, as the signature has it.
    pub contents: B256,
    /// The session key it names; `None` where the owner signed.
    pub session: Option<Address>,
}

impl Envelope {
    /// The bytes: 317, or 480 with a session key.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SESSION_LEN);
        if let Some(session) = self.session {
            session_head(&mut bytes, session, NESTED_LEN);
        }
        bytes.extend_from_slice(&self.inner);
        bytes.extend_from_slice(self.domain_separator.as_slice());
        bytes.extend_from_slice(self.contents.as_slice());
        bytes.extend_from_slice(order::TYPE.as_bytes());
        bytes.extend_from_slice(&TYPE_LEN.to_be_bytes());
        if self.session.is_some() {
            session_tail(&mut bytes);
        }
        bytes
    }

    /// Takes a signature apart. The layout is checked to the last byte, also the padding, which a contract
    /// would not read; the ECDSA part is not looked at.
    ///
    /// # Errors
    /// [`BadSignature`] says what is not as it must be.
    pub fn parse(signature: &[u8]) -> Result<Self, BadSignature> {
        match signature.len() {
            NESTED_LEN => nested(signature, None),
            SESSION_LEN => {
                let (session, inner) = open_session(signature, NESTED_LEN)?;
                nested(inner, Some(session))
            }
            got => Err(BadSignature::Length { got, expected: "317, or 480 by a session key" }),
        }
    }
}

fn nested(bytes: &[u8], session: Option<Address>) -> Result<Envelope, BadSignature> {
    let short = || BadSignature::Length { got: bytes.len(), expected: "317" };
    let (inner, rest) = bytes.split_first_chunk::<ECDSA_LEN>().ok_or_else(short)?;
    let (domain, rest) = rest.split_first_chunk::<32>().ok_or_else(short)?;
    let (contents, rest) = rest.split_first_chunk::<32>().ok_or_else(short)?;
    let (kind, length) = rest.split_last_chunk::<2>().ok_or_else(short)?;
    let length = u16::from_be_bytes(*length);
    if length != TYPE_LEN {
        return Err(BadSignature::TypeStringLength(length));
    }
    if kind != order::TYPE.as_bytes() {
        return Err(BadSignature::TypeString);
    }
    Ok(Envelope {
        inner: *inner,
        domain_separator: B256::from(*domain),
        contents: B256::from(*contents),
        session,
    })
}

/// Puts a signature into the envelope of a session key: (bytes32 signer, bytes32 kind, bytes) and the mark.
pub(super) fn seal_session(session: Address, inner: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SESSION_LEN);
    session_head(&mut bytes, session, inner.len());
    bytes.extend_from_slice(inner);
    session_tail(&mut bytes);
    bytes
}

fn session_head(bytes: &mut Vec<u8>, session: Address, inner: usize) {
    bytes.extend_from_slice(&typed::address(session));
    bytes.extend_from_slice(&[0; 32]);
    bytes.extend_from_slice(&typed::uint(BYTES_OFFSET));
    bytes.extend_from_slice(&typed::uint(inner as u64));
}

fn session_tail(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(32), 0);
    bytes.extend_from_slice(&MAGIC);
}

/// The length of an envelope around so many bytes.
pub(super) const fn session_len(inner: usize) -> usize {
    SESSION_HEAD_LEN + inner.next_multiple_of(32) + 32
}

/// Opens the envelope of a session key around so many bytes. The caller has checked the length.
pub(super) fn open_session(
    bytes: &[u8],
    inner_len: usize,
) -> Result<(Address, &[u8]), BadSignature> {
    let short = || BadSignature::Layout("it is cut short");
    let (rest, magic) = bytes.split_last_chunk::<32>().ok_or_else(short)?;
    if *magic != MAGIC {
        return Err(BadSignature::Magic);
    }
    let (signer, rest) = rest.split_first_chunk::<32>().ok_or_else(short)?;
    let (kind, rest) = rest.split_first_chunk::<32>().ok_or_else(short)?;
    let (offset, rest) = rest.split_first_chunk::<32>().ok_or_else(short)?;
    let (length, rest) = rest.split_first_chunk::<32>().ok_or_else(short)?;
    if *kind == typed::uint(1) {
        return Err(BadSignature::Passkey(B256::from(*signer)));
    }
    if *kind != [0; 32] {
        return Err(BadSignature::SignerKind(B256::from(*kind)));
    }
    let (padding, session) = signer.split_at(12);
    if padding.iter().any(|byte| *byte != 0) {
        return Err(BadSignature::SignerWord(B256::from(*signer)));
    }
    if *offset != typed::uint(BYTES_OFFSET) {
        return Err(BadSignature::Layout("the bytes do not begin at 96"));
    }
    if *length != typed::uint(inner_len as u64) {
        return Err(BadSignature::Layout("the length is not that of the bytes"));
    }
    let (inner, padding) = rest.split_at_checked(inner_len).ok_or_else(short)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(BadSignature::Layout("the padding is not zero"));
    }
    Ok((Address::from_slice(session), inner))
}
