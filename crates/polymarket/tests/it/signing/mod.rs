//! Signatures, addresses and MACs against figures made with the official clients, against a second way to
//! compute them, and against what must be refused.

mod calls;
mod differential;
mod pinned;
mod refused;
mod vectors;

use betteroms_core::market::Side;
use betteroms_polymarket::signing::{Address, B256, LocalKey, Order, SignatureType, U256, wallet};

/// The first two accounts of the mnemonic that every local development chain knows.
pub(crate) const OWNER: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
pub(crate) const SESSION: &str = "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";

pub(crate) fn owner() -> LocalKey {
    LocalKey::from_hex(OWNER).unwrap()
}

pub(crate) fn session() -> LocalKey {
    LocalKey::from_hex(SESSION).unwrap()
}

/// An order of the owner's wallet for this signature type, as in the recorded figures.
pub(crate) fn order(signature_type: SignatureType, owner: Address) -> Order {
    let (maker, signer) = match signature_type {
        SignatureType::Eoa => (owner, owner),
        SignatureType::Proxy => (wallet::proxy_of(owner), owner),
        SignatureType::Safe => (wallet::safe_of(owner), owner),
        SignatureType::Contract => {
            (wallet::deposit_wallet_of(owner), wallet::deposit_wallet_of(owner))
        }
    };
    let token_id = "71321045679252212594626385532706912750332728571942532289631379312455583992563";
    Order {
        salt: 479_249_096_354,
        maker,
        signer,
        token_id: token_id.parse().unwrap(),
        maker_amount: U256::from(50_000_000),
        taker_amount: U256::from(100_000_000),
        side: Side::Buy,
        signature_type,
        timestamp_ms: 1_783_132_553_504,
        metadata: B256::ZERO,
        builder: B256::ZERO,
    }
}

pub(crate) const TYPES: [SignatureType; 4] =
    [SignatureType::Eoa, SignatureType::Proxy, SignatureType::Safe, SignatureType::Contract];

/// A stream of numbers that is the same on every run (SplitMix64).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn word(&mut self) -> B256 {
        let limbs = [self.next(), self.next(), self.next(), self.next()];
        B256::from(U256::from_limbs(limbs))
    }

    pub(crate) fn address(&mut self) -> Address {
        Address::from_word(self.word())
    }

    /// Mostly amounts as they occur, now and then anything.
    pub(crate) fn amount(&mut self) -> U256 {
        if self.next().is_multiple_of(4) {
            self.word().into()
        } else {
            U256::from(self.next() % 1_000_000_000)
        }
    }

    /// An order with every field drawn.
    pub(crate) fn order(&mut self) -> Order {
        Order {
            salt: self.next(),
            maker: self.address(),
            signer: self.address(),
            token_id: self.word().into(),
            maker_amount: self.amount(),
            taker_amount: self.amount(),
            side: if self.next().is_multiple_of(2) { Side::Buy } else { Side::Sell },
            signature_type: TYPES[usize::from(self.word()[0] % 4)],
            timestamp_ms: self.next(),
            metadata: self.word(),
            builder: self.word(),
        }
    }
}
