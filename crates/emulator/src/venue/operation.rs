//! Changes of session signers as the relayer keeps them: what was asked, under which key, how far it is
//! (venue.md 9.5). What happens at each step is in [`super::session`].

use super::relay::Caller;
use super::relayable::RelayRefusal;
use alloy_primitives::{Address, U256};
use betteroms_core::time::Time;
use std::collections::HashMap;
use uuid::Uuid;

/// How far a change of a session signer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Authorisation: with the relayer.
    Submitted,
    /// Authorisation: on the chain, not in the venue's registry yet.
    RegistryPending,
    /// Authorisation: the key may trade.
    Registered,
    /// Another operation for the same signer took its place.
    Superseded,
    /// Revocation: asked for.
    Pending,
    /// Revocation: the venue refuses the key.
    Fenced,
    /// Revocation: its open orders are cancelled.
    Swept,
    /// Revocation: sent to the chain.
    ChainSubmitted,
    /// Revocation: the chain refuses the key as well.
    Confirmed,
    /// It did not work.
    Failed,
}

impl Stage {
    /// The relayer's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::RegistryPending => "REGISTRY_PENDING",
            Self::Registered => "REGISTERED",
            Self::Superseded => "SUPERSEDED",
            Self::Pending => "PENDING",
            Self::Fenced => "FENCED",
            Self::Swept => "SWEPT",
            Self::ChainSubmitted => "CHAIN_SUBMITTED",
            Self::Confirmed => "CONFIRMED",
            Self::Failed => "FAILED",
        }
    }
}

/// A change of a session signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: Uuid,
    /// The wallet.
    pub wallet: Address,
    /// The session signer.
    pub signer: Address,
    /// What it authorises; `None` for a revocation.
    pub grant: Option<Grant>,
    /// How far it is.
    pub stage: Stage,
    /// How far it was when it was answered: a repeated request gets the same answer.
    pub answered: Stage,
    /// Whether a revocation's fence stands, whatever became of it afterwards.
    pub was_fenced: bool,
    /// Its transaction.
    pub relayed: u32,
}

/// What an authorisation lets a key do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// `CLOB`, `COMBOSRFQ`, or `ALL` alone.
    pub scopes: Vec<String>,
    /// Until when.
    pub valid_until: Time,
}

/// A wallet's signed wish about one session signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The wallet.
    pub wallet: Address,
    /// The session signer.
    pub signer: Address,
    /// The wallet's counter.
    pub nonce: U256,
    /// Until when the batch is good, in seconds since the epoch.
    pub deadline: U256,
    /// The owner's signature over the batch of the one call this stands for.
    pub signature: Vec<u8>,
    /// The request's bytes and its idempotency key.
    pub asked: Option<(Vec<u8>, String)>,
}

/// All changes of session signers.
#[derive(Clone, Debug, Default)]
pub struct Operations {
    all: Vec<Operation>,
    by_id: HashMap<Uuid, u32>,
    /// Requests by caller and idempotency key: the bytes they had, and what became of them.
    asked: HashMap<(Address, String), (Vec<u8>, u32)>,
}

impl Operations {
    /// How many there ever were.
    pub(super) fn next(&self) -> u32 {
        u32::try_from(self.all.len()).expect("fewer than 2^32 operations")
    }

    /// Adds an operation under its id, and under its request's key where it had one.
    pub(super) fn push(
        &mut self,
        operation: Operation,
        caller: Caller,
        asked: Option<(Vec<u8>, String)>,
    ) -> u32 {
        let ix = self.next();
        self.by_id.insert(operation.id, ix);
        self.all.push(operation);
        if let Some((request, key)) = asked {
            self.asked.insert((caller.address(), key), (request, ix));
        }
        ix
    }

    /// The operation at a place.
    pub fn get(&self, ix: u32) -> &Operation {
        self.all.get(ix as usize).expect("a place this list gave out")
    }

    pub(super) fn get_mut(&mut self, ix: u32) -> &mut Operation {
        self.all.get_mut(ix as usize).expect("a place this list gave out")
    }

    /// The operation of an id.
    pub fn find(&self, id: &Uuid) -> Option<&Operation> {
        self.by_id.get(id).map(|ix| self.get(*ix))
    }

    /// What a request with an idempotency key was answered before.
    ///
    /// # Errors
    /// When the key came with another request.
    pub fn repeated(
        &self,
        caller: Caller,
        key: &str,
        request: &[u8],
    ) -> Result<Option<&Operation>, RelayRefusal> {
        match self.asked.get(&(caller.address(), key.to_owned())) {
            None => Ok(None),
            Some((before, ix)) if before == request => Ok(Some(self.get(*ix))),
            Some(_) => Err(RelayRefusal::IdempotencyKey),
        }
    }
}
