//! Transactions of an account that pays its own gas: EIP-1559, or the older form of EIP-155. For approvals
//! and redemptions by an account without a wallet (venue.md 8.2, 8.3).

use crate::signing::{Call, LocalKey};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_rlp::{Encodable, Header};

/// The first byte of a transaction of EIP-1559.
pub(super) const DYNAMIC: u8 = 2;

/// What is paid for a unit of gas, in wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gas {
    /// EIP-1559.
    Dynamic {
        /// The most, the block's own fee included.
        max_fee: u128,
        /// The most for whoever makes the block.
        max_priority: u128,
    },
    /// The older form: one price.
    Legacy {
        /// The price.
        price: u128,
    },
}

/// A transaction to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// The chain it is valid on.
    pub chain_id: u64,
    /// The account's counter.
    pub nonce: u64,
    /// What a unit of gas may cost.
    pub gas: Gas,
    /// How much gas it may use.
    pub gas_limit: u64,
    /// Who is called; `None` makes a contract of the data.
    pub to: Option<Address>,
    /// Native coin sent along, in wei.
    pub value: U256,
    /// Selector and arguments.
    pub data: Bytes,
}

/// A signed transaction. Its hash is known before it is sent: write it down first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The bytes that a node takes.
    pub raw: Bytes,
    /// Its name on the chain.
    pub hash: B256,
}

/// A signature that no node takes: one in 2^127. Another nonce or price gives another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature's r is beyond the curve's order; sign with another price of gas")]
pub struct Unsignable;

/// Fields one after another.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn number(self, number: U256) -> Self {
        self.bytes(&number.to_be_bytes_trimmed_vec())
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        bytes.encode(&mut self.0);
        self
    }

    fn empty_list(mut self) -> Self {
        Header { list: true, payload_length: 0 }.encode(&mut self.0);
        self
    }

    /// The list of them, behind what comes before it.
    fn list(self, mut before: Vec<u8>) -> Vec<u8> {
        Header { list: true, payload_length: self.0.len() }.encode(&mut before);
        before.extend_from_slice(&self.0);
        before
    }
}

impl Transaction {
    /// A call as an account's transaction.
    pub fn of(call: &Call, chain_id: u64, nonce: u64, gas: Gas, gas_limit: u64) -> Self {
        let Call { target, value, data } = call.clone();
        Self { chain_id, nonce, gas, gas_limit, to: Some(target), value, data }
    }

    fn fields(&self) -> Fields {
        let to: &[u8] = self.to.as_ref().map_or(&[], |to| to.as_slice());
        let nonce = U256::from(self.nonce);
        let begun = match self.gas {
            Gas::Dynamic { max_fee, max_priority } => Fields::default()
                .number(U256::from(self.chain_id))
                .number(nonce)
                .number(U256::from(max_priority))
                .number(U256::from(max_fee)),
            Gas::Legacy { price } => Fields::default().number(nonce).number(U256::from(price)),
        };
        let call = begun.number(U256::from(self.gas_limit)).bytes(to).number(self.value);
        call.bytes(&self.data)
    }

    /// What is signed.
    pub fn digest(&self) -> B256 {
        let bytes = match self.gas {
            Gas::Dynamic { .. } => self.fields().empty_list().list(vec![DYNAMIC]),
            Gas::Legacy { .. } => {
                let chain = self.fields().number(U256::from(self.chain_id));
                chain.number(U256::ZERO).number(U256::ZERO).list(Vec::new())
            }
        };
        keccak256(bytes)
    }

    /// Signs it.
    ///
    /// # Errors
    /// [`Unsignable`], as good as never.
    pub fn sign(&self, key: &LocalKey) -> Result<Signed, Unsignable> {
        let signature = key.sign_digest(self.digest());
        let (r, rest) = signature.split_at(32);
        let (s, v) = rest.split_at(32);
        let parity: u64 = match v {
            [27] => 0,
            [28] => 1,
            _ => return Err(Unsignable),
        };
        let raw = self.raw(parity, U256::from_be_slice(r), U256::from_be_slice(s));
        Ok(Signed { hash: keccak256(&raw), raw: raw.into() })
    }

    /// The bytes that a node takes, with a signature of whoever made it.
    pub(super) fn raw(&self, parity: u64, r: U256, s: U256) -> Vec<u8> {
        match self.gas {
            Gas::Dynamic { .. } => {
                let fields = self.fields().empty_list().number(U256::from(parity));
                fields.number(r).number(s).list(vec![DYNAMIC])
            }
            Gas::Legacy { .. } => {
                let v = U256::from(self.chain_id) * U256::from(2) + U256::from(35 + parity);
                self.fields().number(v).number(r).number(s).list(Vec::new())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{address, b256, bytes};

    /// The example that EIP-155 works through.
    #[test]
    fn the_example_of_the_standard_is_signed_as_it_says() {
        let transaction = Transaction {
            chain_id: 1,
            nonce: 9,
            gas: Gas::Legacy { price: 20_000_000_000 },
            gas_limit: 21_000,
            to: Some(address!("3535353535353535353535353535353535353535")),
            value: U256::from(1_000_000_000_000_000_000_u64),
            data: Bytes::new(),
        };
        let digest = b256!("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
        assert_eq!(transaction.digest(), digest);
        let key = LocalKey::from_bytes(&[0x46; 32]).unwrap();
        let raw = bytes!(
            "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a0\
             28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb70330\
             4b3800ccf555c9f3dc64214b297fb1966a3b6d83"
        );
        assert_eq!(transaction.sign(&key).unwrap().raw, raw);
    }

    #[test]
    fn every_field_changes_what_is_signed() {
        let plain = Transaction {
            chain_id: 137,
            nonce: 0,
            gas: Gas::Dynamic { max_fee: 2, max_priority: 1 },
            gas_limit: 3,
            to: Some(Address::ZERO),
            value: U256::ZERO,
            data: Bytes::new(),
        };
        let others = [
            Transaction { chain_id: 138, ..plain.clone() },
            Transaction { nonce: 1, ..plain.clone() },
            Transaction { gas: Gas::Dynamic { max_fee: 1, max_priority: 2 }, ..plain.clone() },
            Transaction { gas: Gas::Legacy { price: 2 }, ..plain.clone() },
            Transaction { gas_limit: 4, ..plain.clone() },
            Transaction { to: None, ..plain.clone() },
            Transaction { value: U256::ONE, ..plain.clone() },
            Transaction { data: Bytes::from_static(&[0]), ..plain.clone() },
        ];
        for other in others {
            assert_ne!(other.digest(), plain.digest(), "{other:?}");
        }
    }
}
