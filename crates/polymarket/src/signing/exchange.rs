//! The three exchanges and which of them settles a token.

use super::{contracts, typed};
use alloy_primitives::{Address, B256, U256};
use std::fmt;
use std::sync::LazyLock;

/// The contract that settles an order, and thereby the domain under which it is signed (venue.md 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exchange {
    /// Standard markets.
    Standard,
    /// Neg-risk markets.
    NegRisk,
    /// Protocol v2 positions.
    V3,
}

static DOMAINS: LazyLock<[B256; 3]> = LazyLock::new(|| {
    Exchange::ALL.map(|one| typed::domain("Polymarket CTF Exchange", one.version(), one.address()))
});

impl Exchange {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Standard, Self::NegRisk, Self::V3];

    /// Its contract.
    pub const fn address(self) -> Address {
        match self {
            Self::Standard => contracts::EXCHANGE_STANDARD,
            Self::NegRisk => contracts::EXCHANGE_NEG_RISK,
            Self::V3 => contracts::EXCHANGE_V3,
        }
    }

    /// The version in its signing domain.
    pub const fn version(self) -> &'static str {
        match self {
            Self::Standard | Self::NegRisk => "2",
            Self::V3 => "3",
        }
    }

    /// Its EIP-712 domain separator; computed once.
    pub fn domain_separator(self) -> B256 {
        let [standard, neg_risk, v3] = *DOMAINS;
        match self {
            Self::Standard => standard,
            Self::NegRisk => neg_risk,
            Self::V3 => v3,
        }
    }

    /// The exchange with this domain separator.
    pub fn of_domain(separator: B256) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.domain_separator() == separator)
    }

    /// The exchange that settles a token; `neg_risk` is the market's flag. A protocol v2 position id goes
    /// to V3 whatever the flag says.
    pub fn for_token(token_id: U256, neg_risk: bool) -> Self {
        if is_protocol_v2(token_id) {
            Self::V3
        } else if neg_risk {
            Self::NegRisk
        } else {
            Self::Standard
        }
    }
}

/// A protocol v2 position id: bits 40 to 103 are zero, the top byte is the module (1, 2 or 3), the lowest
/// the outcome (0 or 1) (venue.md 3.1). Ids of conditional tokens are hashes: that one of them looks like
/// this has a chance of 2^-77.
fn is_protocol_v2(token_id: U256) -> bool {
    let bytes: [u8; 32] = token_id.to_be_bytes();
    let [module, middle @ .., outcome] = bytes;
    // Bit 40 is the lowest bit of byte 26 of 32, bit 103 the highest of byte 19; `middle` begins at 1.
    let reserved = middle.iter().skip(18).take(8);
    matches!(module, 1..=3) && matches!(outcome, 0 | 1) && reserved.into_iter().all(|b| *b == 0)
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Standard => "standard exchange",
            Self::NegRisk => "neg-risk exchange",
            Self::V3 => "V3 exchange",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::b256;

    #[test]
    fn the_domains_are_those_the_venue_signs_under() {
        let standard = b256!("3264e159346253e26a64e00b69032db0e7d32f94628de3e6eecb50304d7af3d2");
        let neg_risk = b256!("9b858f53327b0bd13af8ec14cfb35234fb9eb7b0504d1a4e61f433840d30e81a");
        assert_eq!(Exchange::Standard.domain_separator(), standard);
        assert_eq!(Exchange::NegRisk.domain_separator(), neg_risk);
        for one in Exchange::ALL {
            assert_eq!(Exchange::of_domain(one.domain_separator()), Some(one));
        }
        assert_eq!(Exchange::of_domain(B256::ZERO), None);
    }

    #[test]
    fn a_position_of_protocol_v2_is_known_by_its_bits() {
        let position = (U256::from(2) << 248) | (U256::MAX >> 153 << 104) | U256::from(1);
        assert_eq!(Exchange::for_token(position, true), Exchange::V3);
        assert_eq!(Exchange::for_token(position, false), Exchange::V3);
        // Bits 39 and 104 are free, everything between them is not.
        for free in [39_usize, 104] {
            assert_eq!(Exchange::for_token(position | (U256::from(1) << free), true), Exchange::V3);
        }
        for reserved in 40_usize..=103 {
            let hash = position | (U256::from(1) << reserved);
            assert_eq!(Exchange::for_token(hash, true), Exchange::NegRisk, "bit {reserved}");
            assert_eq!(Exchange::for_token(hash, false), Exchange::Standard, "bit {reserved}");
        }
        let outcome = position + U256::from(1);
        assert_eq!(Exchange::for_token(outcome, false), Exchange::Standard, "outcome 2");
        for (module, exchange) in
            [(0, Exchange::Standard), (1, Exchange::V3), (3, Exchange::V3), (4, Exchange::Standard)]
        {
            let id = U256::from(module) << 248;
            assert_eq!(Exchange::for_token(id, false), exchange, "module {module}");
        }
    }
}
