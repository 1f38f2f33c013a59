//! The signature of an order: made from an ECDSA signature, and judged.

use super::{BadSignature, Envelope, Exchange, Hashed, Order, SignatureType, ecdsa, link};
use alloy_primitives::Address;

/// Who signed an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignedBy {
    /// An account for itself or for a wallet of its own.
    Owner(Address),
    /// A session key for a deposit wallet. That it may, only the wallet knows.
    Session {
        /// The key that the envelope names.
        claimed: Address,
        /// The key that signed.
        recovered: Address,
    },
}

impl SignedBy {
    /// The key that signed.
    pub const fn recovered(self) -> Address {
        match self {
            Self::Owner(recovered) | Self::Session { recovered, .. } => recovered,
        }
    }
}

impl Hashed<'_> {
    /// Makes the bytes that the venue wants from the ECDSA signature over [`Self::digest_to_sign`]: 65 for the
    /// types 0 to 2, and for a contract wallet 317, or 480 where a session key signed (venue.md 3.4). A session
    /// key can only sign for a contract wallet; for the other types it is left out.
    pub fn wrap(&self, inner: [u8; 65], session: Option<Address>) -> Vec<u8> {
        match self.order.signature_type {
            SignatureType::Eoa | SignatureType::Proxy | SignatureType::Safe => inner.to_vec(),
            SignatureType::Contract => {
                let domain_separator = self.exchange.domain_separator();
                Envelope { inner, domain_separator, contents: self.contents, session }.to_bytes()
            }
        }
    }

    /// Who signed this order for this exchange. The form is checked, and for a contract wallet what the
    /// signature repeats of domain and order; that the key may sign for the maker is not: see [`Self::verify`].
    ///
    /// # Errors
    /// [`BadSignature`] says what differs. Never [`BadSignature::WrongSigner`]: for the types 0 to 2 an altered
    /// order recovers to some other address.
    pub fn recover(&self, signature: &[u8]) -> Result<SignedBy, BadSignature> {
        match self.order.signature_type {
            SignatureType::Eoa | SignatureType::Proxy | SignatureType::Safe => {
                ecdsa::recover(self.digest_to_sign(), signature).map(SignedBy::Owner)
            }
            SignatureType::Contract => self.recover_nested(signature),
        }
    }

    fn recover_nested(&self, signature: &[u8]) -> Result<SignedBy, BadSignature> {
        let Order { maker, signer, .. } = *self.order;
        if maker != signer {
            return Err(BadSignature::MakerIsNotSigner { maker, signer });
        }
        let envelope = Envelope::parse(signature)?;
        let (signed, expected) = (envelope.domain_separator, self.exchange.domain_separator());
        if signed != expected {
            return Err(match Exchange::of_domain(signed) {
                Some(signed) => BadSignature::WrongExchange { signed, expected: self.exchange },
                None => BadSignature::Domain { signed, expected },
            });
        }
        let (signed, expected) = (envelope.contents, self.contents);
        if signed != expected {
            return Err(BadSignature::Contents { signed, expected });
        }
        let recovered = ecdsa::recover(self.digest_to_sign(), &envelope.inner)?;
        Ok(match envelope.session {
            None => SignedBy::Owner(recovered),
            Some(claimed) => SignedBy::Session { claimed, recovered },
        })
    }

    /// Whether the contracts would take this signature, as far as that can be told without the chain: it is the
    /// signer's, and the maker is the signer's wallet of the kind that the signature type names. For a deposit
    /// wallet's session key it is told that the named key signed; that the wallet lets it, the caller must know.
    /// A deposit wallet whose ownership was handed over is refused: its address names its first owner.
    ///
    /// # Errors
    /// [`BadSignature`] says what differs.
    pub fn verify(&self, signature: &[u8]) -> Result<SignedBy, BadSignature> {
        let (order, by) = (self.order, self.recover(signature)?);
        match by {
            SignedBy::Session { claimed, recovered } if claimed != recovered => {
                return Err(BadSignature::SessionKey { claimed, recovered });
            }
            SignedBy::Session { .. } => return Ok(by),
            SignedBy::Owner(_) => {}
        }
        let owner = by.recovered();
        if order.signature_type != SignatureType::Contract && owner != order.signer {
            return Err(not_the_signer(order, self.exchange, signature, owner));
        }
        match link(owner, order.maker) {
            Some(kind) if kind.signature_type() == order.signature_type => Ok(by),
            _ => Err(BadSignature::NotTheirWallet { owner, maker: order.maker }),
        }
    }
}

/// Who signed an order for an exchange; see [`Hashed::recover`].
///
/// # Errors
/// As there.
pub fn recover(
    order: &Order,
    exchange: Exchange,
    signature: &[u8],
) -> Result<SignedBy, BadSignature> {
    order.hashed(exchange).recover(signature)
}

/// Whether the contracts would take the signature of an order; see [`Hashed::verify`].
///
/// # Errors
/// As there.
pub fn verify(
    order: &Order,
    exchange: Exchange,
    signature: &[u8],
) -> Result<SignedBy, BadSignature> {
    order.hashed(exchange).verify(signature)
}

/// A plain signature names no exchange: try whether it is the signer's under another one.
fn not_the_signer(
    order: &Order,
    exchange: Exchange,
    signature: &[u8],
    recovered: Address,
) -> BadSignature {
    let expected = order.signer;
    let signs = |other: &Exchange| ecdsa::recover(order.id(*other), signature) == Ok(expected);
    match Exchange::ALL.into_iter().filter(|other| *other != exchange).find(signs) {
        Some(signed) => BadSignature::WrongExchange { signed, expected: exchange },
        None => BadSignature::WrongSigner { recovered, expected },
    }
}
