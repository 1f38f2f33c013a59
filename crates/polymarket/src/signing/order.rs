//! The order as it is signed: eleven fields, one hash (venue.md 3.2). What travels beside it unsigned
//! (order type, expiration) is not here.

use super::{Exchange, envelope, typed};
use alloy_primitives::{Address, B256, U256, b256};
use betteroms_core::market::Side;

/// The largest salt: it travels as a JSON number, and beyond 2^53 − 1 readers round (venue.md 3.2).
pub const SALT_MAX: u64 = (1 << 53) - 1;

/// The type of the struct, as every signature of a contract wallet repeats it.
pub(super) const TYPE: &str = "Order(uint256 salt,address maker,address signer,uint256 tokenId,\
    uint256 makerAmount,uint256 takerAmount,uint8 side,uint8 signatureType,uint256 timestamp,\
    bytes32 metadata,bytes32 builder)";

const TYPE_HASH: B256 = b256!("bb86318a2138f5fa8ae32fbe8e659f8fcf13cc6ae4014a707893055433818589");

/// Who holds the money and how the signature is to be read (venue.md 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureType {
    /// A plain account: it signs for itself.
    Eoa = 0,
    /// A proxy wallet: its owner signs.
    Proxy = 1,
    /// A safe: its owner signs.
    Safe = 2,
    /// A contract that judges signatures itself: for the venue, a deposit wallet.
    Contract = 3,
}

/// A signature type that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no signature type {0}")]
pub struct UnknownSignatureType(pub u8);

impl TryFrom<u8> for SignatureType {
    type Error = UnknownSignatureType;

    fn try_from(number: u8) -> Result<Self, UnknownSignatureType> {
        match number {
            0 => Ok(Self::Eoa),
            1 => Ok(Self::Proxy),
            2 => Ok(Self::Safe),
            3 => Ok(Self::Contract),
            other => Err(UnknownSignatureType(other)),
        }
    }
}

impl From<SignatureType> for u8 {
    fn from(kind: SignatureType) -> Self {
        match kind {
            SignatureType::Eoa => 0,
            SignatureType::Proxy => 1,
            SignatureType::Safe => 2,
            SignatureType::Contract => 3,
        }
    }
}

/// An order as it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// Makes two alike orders two; at most [`SALT_MAX`]. Not checked here.
    pub salt: u64,
    /// The wallet that pays.
    pub maker: Address,
    /// The account that signs; for [`SignatureType::Contract`] the maker.
    pub signer: Address,
    /// The outcome token.
    pub token_id: U256,
    /// The most that is given, in millionths: pUSD of a buy, shares of a sale.
    pub maker_amount: U256,
    /// The least that is received, in millionths: shares of a buy, pUSD of a sale.
    pub taker_amount: U256,
    /// Buy or sell.
    pub side: Side,
    /// How the signature is to be read.
    pub signature_type: SignatureType,
    /// When it was made, in milliseconds since 1970.
    pub timestamp_ms: u64,
    /// Free for use; zero by default.
    pub metadata: B256,
    /// The code of the builder it is credited to; zero for none.
    pub builder: B256,
}

impl Order {
    /// The EIP-712 hash of the struct, without a domain.
    pub fn struct_hash(&self) -> B256 {
        let side = match self.side {
            Side::Buy => 0,
            Side::Sell => 1,
        };
        typed::hash(&[
            TYPE_HASH.0,
            typed::uint(self.salt),
            typed::address(self.maker),
            typed::address(self.signer),
            self.token_id.to_be_bytes(),
            self.maker_amount.to_be_bytes(),
            self.taker_amount.to_be_bytes(),
            typed::uint(side),
            typed::uint(u64::from(u8::from(self.signature_type))),
            typed::uint(self.timestamp_ms),
            self.metadata.0,
            self.builder.0,
        ])
    }

    /// This order for one exchange, its struct hashed once for all that follows from it.
    pub fn hashed(&self, exchange: Exchange) -> Hashed<'_> {
        Hashed { order: self, exchange, contents: self.struct_hash() }
    }

    /// The order id: the EIP-712 hash under the exchange's domain, whatever the signature type (venue.md 3.3).
    pub fn id(&self, exchange: Exchange) -> B256 {
        self.hashed(exchange).id()
    }

    /// What the key signs; see [`Hashed::digest_to_sign`].
    pub fn digest_to_sign(&self, exchange: Exchange) -> B256 {
        self.hashed(exchange).digest_to_sign()
    }
}

/// An order for one exchange, hashed: who needs its id and its signature hashes it once. Only [`Order::hashed`]
/// makes one, so that the hash is the order's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashed<'a> {
    pub(super) order: &'a Order,
    pub(super) exchange: Exchange,
    /// The order's struct hash.
    pub(super) contents: B256,
}

impl Hashed<'_> {
    /// The order.
    pub const fn order(&self) -> &Order {
        self.order
    }

    /// The contract that would settle it.
    pub const fn exchange(&self) -> Exchange {
        self.exchange
    }

    /// The order id; see [`Order::id`].
    pub fn id(&self) -> B256 {
        typed::digest(self.exchange.domain_separator(), self.contents)
    }

    /// What the key signs: the id, or for [`SignatureType::Contract`] the id's struct nested into the
    /// wallet's own domain (venue.md 3.5).
    pub fn digest_to_sign(&self) -> B256 {
        match self.order.signature_type {
            SignatureType::Eoa | SignatureType::Proxy | SignatureType::Safe => self.id(),
            SignatureType::Contract => {
                let domain = self.exchange.domain_separator();
                envelope::nested_digest(domain, self.contents, self.order.signer)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::keccak256;

    #[test]
    fn the_type_is_the_venues() {
        assert_eq!(TYPE.len(), 186);
        assert_eq!(keccak256(TYPE), TYPE_HASH);
    }

    #[test]
    fn a_signature_type_is_its_number() {
        for number in 0..=3 {
            assert_eq!(SignatureType::try_from(number).map(u8::from), Ok(number));
        }
        assert_eq!(SignatureType::try_from(4), Err(UnknownSignatureType(4)));
    }
}
