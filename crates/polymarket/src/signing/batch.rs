//! A batch of calls that a deposit wallet is asked to make: what its key signs (venue.md 8.4).

use super::{BadSignature, SignedBy, ecdsa, envelope, typed};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};

const CALL_TYPE: &str = "Call(address target,uint256 value,bytes data)";
const BATCH_TYPE: &str = "Batch(address wallet,uint256 nonce,uint256 deadline,Call[] calls)\
    Call(address target,uint256 value,bytes data)";
const ECDSA_LEN: usize = 65;
const SESSION_LEN: usize = envelope::session_len(ECDSA_LEN);

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// The contract.
    pub target: Address,
    /// Native coin sent along, in wei.
    pub value: U256,
    /// Selector and arguments.
    pub data: Bytes,
}

impl Call {
    fn struct_hash(&self) -> [u8; 32] {
        typed::hash(&[
            typed::text(CALL_TYPE),
            typed::address(self.target),
            self.value.to_be_bytes(),
            keccak256(&self.data).0,
        ])
        .0
    }
}

/// Calls that a deposit wallet makes together, or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Batch {
    /// The deposit wallet.
    pub wallet: Address,
    /// The wallet's own counter.
    pub nonce: U256,
    /// Seconds since 1970 after which it is void.
    pub deadline: U256,
    /// The calls, in order.
    pub calls: Vec<Call>,
}

impl Batch {
    /// The EIP-712 hash of the struct, without a domain.
    pub fn struct_hash(&self) -> B256 {
        let calls: Vec<[u8; 32]> = self.calls.iter().map(Call::struct_hash).collect();
        typed::hash(&[
            typed::text(BATCH_TYPE),
            typed::address(self.wallet),
            self.nonce.to_be_bytes(),
            self.deadline.to_be_bytes(),
            keccak256(calls.as_flattened()).0,
        ])
    }

    /// What is signed, under the wallet's own domain.
    pub fn digest(&self) -> B256 {
        typed::digest(typed::domain("DepositWallet", "1", self.wallet), self.struct_hash())
    }

    /// Makes the bytes that the relayer wants from the ECDSA signature over [`Self::digest`]: 65, or 256 in
    /// the envelope of a session key.
    pub fn wrap(inner: [u8; 65], session: Option<Address>) -> Vec<u8> {
        match session {
            None => inner.to_vec(),
            Some(session) => envelope::seal_session(session, &inner),
        }
    }

    /// Who signed. That it is the wallet's owner, or a session key that lives, is for the caller.
    ///
    /// # Errors
    /// [`BadSignature`] where the signature has not the form of one.
    pub fn recover(&self, signature: &[u8]) -> Result<SignedBy, BadSignature> {
        let digest = self.digest();
        match signature.len() {
            ECDSA_LEN => ecdsa::recover(digest, signature).map(SignedBy::Owner),
            SESSION_LEN => {
                let (claimed, inner) = envelope::open_session(signature, ECDSA_LEN)?;
                let recovered = ecdsa::recover(digest, inner)?;
                Ok(SignedBy::Session { claimed, recovered })
            }
            got => Err(BadSignature::Length { got, expected: "65, or 256 by a session key" }),
        }
    }
}
