//! A transaction as a node gets it: what it says, and who signed it. Only the one canonical encoding is
//! taken: what one reader skips another may see.

use super::transaction::{DYNAMIC, Gas, Transaction};
use crate::signing::{BadSignature, recover_digest};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_rlp::Header;

/// A signed transaction that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What it says.
    pub transaction: Transaction,
    /// Who signed it. Any well-formed signature recovers to somebody.
    pub from: Address,
    /// Its name on the chain.
    pub hash: B256,
}

/// Why bytes are no transaction that is taken, in a node's words where it has some.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTransaction {
    /// Neither EIP-1559 nor the older form.
    #[error("transaction type not supported")]
    Type,
    /// Not the encoding of such a list.
    #[error("rlp: {0}")]
    Encoding(alloy_rlp::Error),
    /// A number or an address that is too long.
    #[error("rlp: {0} is out of range")]
    Range(&'static str),
    /// Bytes behind it, or numbers that are not written in their shortest form.
    #[error("rlp: not the canonical encoding")]
    NotCanonical,
    /// Signed for every chain at once.
    #[error("only replay-protected (EIP-155) transactions allowed over RPC")]
    Unprotected,
    /// Nobody can have signed it.
    #[error("invalid sender: {0}")]
    Sender(BadSignature),
}

impl From<alloy_rlp::Error> for BadTransaction {
    fn from(error: alloy_rlp::Error) -> Self {
        Self::Encoding(error)
    }
}

/// The items of a list, one after another.
struct Items<'a>(&'a [u8]);

impl<'a> Items<'a> {
    fn bytes(&mut self) -> Result<&'a [u8], BadTransaction> {
        Ok(Header::decode_bytes(&mut self.0, false)?)
    }

    fn number<T: TryFrom<U256>>(&mut self, what: &'static str) -> Result<T, BadTransaction> {
        let number = U256::try_from_be_slice(self.bytes()?).and_then(|word| word.try_into().ok());
        number.ok_or(BadTransaction::Range(what))
    }

    /// Who is called; nobody where a contract is made.
    fn to(&mut self) -> Result<Option<Address>, BadTransaction> {
        match self.bytes()? {
            [] => Ok(None),
            to => Address::try_from(to).map(Some).map_err(|_| BadTransaction::Range("to")),
        }
    }
}

/// A signature as it stands behind the fields.
struct Signature {
    parity: u64,
    r: U256,
    s: U256,
}

impl Signature {
    fn of(items: &mut Items<'_>, parity: u64) -> Result<Self, BadTransaction> {
        Ok(Self { parity, r: items.number("r")?, s: items.number("s")? })
    }

    fn signer(&self, digest: B256) -> Result<Address, BadTransaction> {
        let v = u8::try_from(self.parity).ok().filter(|parity| *parity < 2);
        let v = v.ok_or(BadTransaction::Range("v"))? + 27;
        let (r, s) = (self.r.to_be_bytes::<32>(), self.s.to_be_bytes::<32>());
        recover_digest(digest, &[&r[..], &s, &[v]].concat()).map_err(BadTransaction::Sender)
    }
}

impl Sent {
    /// Reads the bytes that [`Transaction::sign`] makes, whoever made them. One with an access list is not
    /// taken.
    ///
    /// # Errors
    /// [`BadTransaction`] says why.
    pub fn decode(raw: &[u8]) -> Result<Self, BadTransaction> {
        let (transaction, signature) = match raw {
            [DYNAMIC, list @ ..] => dynamic(list)?,
            // A list begins with at least this; what is below names a type.
            [first, ..] if *first < 0xc0 => return Err(BadTransaction::Type),
            list => legacy(list)?,
        };
        let Signature { parity, r, s } = signature;
        let from = signature.signer(transaction.digest())?;
        if transaction.raw(parity, r, s) != raw {
            return Err(BadTransaction::NotCanonical);
        }
        Ok(Self { transaction, from, hash: keccak256(raw) })
    }
}

fn dynamic(mut list: &[u8]) -> Result<(Transaction, Signature), BadTransaction> {
    let mut items = Items(Header::decode_bytes(&mut list, true)?);
    let (chain_id, nonce) = (items.number("the chain's id")?, items.number("the nonce")?);
    let max_priority = items.number("the tip")?;
    let gas = Gas::Dynamic { max_priority, max_fee: items.number("the fee")? };
    let (gas_limit, to) = (items.number("gas")?, items.to()?);
    let (value, data) = (items.number("the value")?, Bytes::copy_from_slice(items.bytes()?));
    let accessed = Header::decode_bytes(&mut items.0, true)?;
    if !accessed.is_empty() {
        return Err(BadTransaction::Range("the access list"));
    }
    let parity = items.number("v")?;
    let signature = Signature::of(&mut items, parity)?;
    Ok((Transaction { chain_id, nonce, gas, gas_limit, to, value, data }, signature))
}

fn legacy(mut list: &[u8]) -> Result<(Transaction, Signature), BadTransaction> {
    let mut items = Items(Header::decode_bytes(&mut list, true)?);
    let nonce = items.number("the nonce")?;
    let gas = Gas::Legacy { price: items.number("the price of gas")? };
    let (gas_limit, to) = (items.number("gas")?, items.to()?);
    let (value, data) = (items.number("the value")?, Bytes::copy_from_slice(items.bytes()?));
    let v: u64 = items.number("v")?;
    let of_chain = v.checked_sub(35).ok_or(BadTransaction::Unprotected)?;
    let (chain_id, parity) = (of_chain / 2, of_chain % 2);
    let signature = Signature::of(&mut items, parity)?;
    Ok((Transaction { chain_id, nonce, gas, gas_limit, to, value, data }, signature))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::LocalKey;
    use alloy_primitives::hex;

    fn transaction(gas: Gas) -> Transaction {
        Transaction {
            chain_id: 137,
            nonce: 7,
            gas,
            gas_limit: 700_000,
            to: Some(Address::repeat_byte(4)),
            value: U256::from(300),
            data: Bytes::from_static(&[1, 0, 2]),
        }
    }

    const FORMS: [Gas; 2] =
        [Gas::Dynamic { max_fee: 60_000_000_000, max_priority: 1 }, Gas::Legacy { price: 30 }];

    #[test]
    fn what_is_signed_is_read_again_with_its_signer() {
        for (gas, place) in FORMS.into_iter().zip(1_u8..) {
            let key = LocalKey::from_bytes(&[place; 32]).unwrap();
            let creation = Transaction { to: None, data: Bytes::new(), ..transaction(gas) };
            for transaction in [transaction(gas), creation] {
                let signed = transaction.sign(&key).unwrap();
                let read = Sent::decode(&signed.raw).unwrap();
                let (from, hash) = (key.address(), signed.hash);
                assert_eq!(read, Sent { transaction, from, hash });
            }
        }
    }

    /// The example that EIP-155 works through, of the key 0x4646…46.
    #[test]
    fn the_example_of_the_standard_is_of_its_signer() {
        let raw = hex!(
            "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a0\
             28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb70330\
             4b3800ccf555c9f3dc64214b297fb1966a3b6d83"
        );
        let read = Sent::decode(&raw).unwrap();
        assert_eq!(read.from, LocalKey::from_bytes(&[0x46; 32]).unwrap().address());
        assert_eq!((read.transaction.chain_id, read.transaction.nonce), (1, 9));
    }

    /// No byte is idle: each changes who signed or what, or leaves no transaction at all.
    #[test]
    fn a_changed_byte_is_another_transaction_or_none() {
        let key = LocalKey::from_bytes(&[5; 32]).unwrap();
        let mut none = 0;
        for gas in FORMS {
            let signed = transaction(gas).sign(&key).unwrap();
            for (place, bit) in (0..signed.raw.len()).flat_map(|place| [(place, 1), (place, 128)]) {
                let mut raw = signed.raw.to_vec();
                raw[place] ^= bit;
                match Sent::decode(&raw) {
                    Ok(read) => assert_ne!(read.from, key.address(), "{place} {bit}"),
                    Err(_) => none += 1,
                }
            }
            for cut in 0..signed.raw.len() {
                assert!(Sent::decode(&signed.raw[..cut]).is_err(), "cut at {cut}");
            }
            let longer = [&signed.raw[..], &[0]].concat();
            assert_eq!(Sent::decode(&longer), Err(BadTransaction::NotCanonical));
        }
        assert!(none > 20, "{none}");
    }

    #[test]
    fn other_forms_are_told_apart() {
        let raw = |hexadecimal: &str| Sent::decode(&hex::decode(hexadecimal).unwrap());
        for other in ["01c0", "03c0", "04c0", "7f", "80"] {
            assert_eq!(raw(other), Err(BadTransaction::Type), "{other}");
        }
        assert!(matches!(raw(""), Err(BadTransaction::Encoding(_))));
        assert!(matches!(raw("02c0"), Err(BadTransaction::Encoding(_))));
        // The same signature with the other s, which anybody can make.
        let key = LocalKey::from_bytes(&[5; 32]).unwrap();
        let plain = transaction(FORMS[0]);
        let signature = key.sign_digest(plain.digest());
        let part = |from: usize| U256::from_be_slice(&signature[from..from + 32]);
        let order = U256::from_be_bytes(hex!(
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
        ));
        let parity = u64::from(signature[64] - 27);
        let twin = plain.raw(1 - parity, part(0), order - part(32));
        assert_eq!(Sent::decode(&twin), Err(BadTransaction::Sender(BadSignature::HighS)));
        // Signed for any chain: v is 27 or 28.
        let legacy = Transaction { chain_id: 0, ..transaction(FORMS[1]) };
        let mut raw = legacy.raw(0, part(0), part(32));
        let place = raw.iter().rposition(|byte| *byte == 35).unwrap();
        raw[place] = 27;
        assert_eq!(Sent::decode(&raw), Err(BadTransaction::Unprotected));
    }
}
