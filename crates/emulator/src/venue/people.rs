//! Who may do what: API keys, the wallets an address owns, session signers, bans (venue.md 2, 9.2, 9.5).

use super::order::OrderIx;
use super::trade::TradeIx;
use crate::names::Credentials;
use alloy_primitives::Address;
use betteroms_core::time::Time;
use betteroms_polymarket::signing::l2::ApiSecret;
use betteroms_polymarket::signing::{WalletKind, link};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// An API key's place in the venue's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyIx(pub u32);

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// Everything.
    Full,
    /// Reads of the key it was made with.
    ReadOnly,
    /// Builder and relayer routes.
    Builder,
}

/// An API key.
#[derive(Clone, Debug)]
pub struct Key {
    /// Key, secret and passphrase.
    pub credentials: Credentials,
    /// The secret, ready to check with.
    pub secret: ApiSecret,
    /// The address that made it by signing: an EOA, also when it trades for a wallet.
    pub address: Address,
    /// What it may do.
    pub rights: Rights,
    /// The key whose orders and trades it sees: itself, or the one a read-only key was made with.
    pub sees: KeyIx,
    /// When it was made.
    pub created: Time,
    /// Whether it was deleted.
    pub is_deleted: bool,
    /// Its orders that can still trade.
    pub open: BTreeSet<OrderIx>,
    /// Its trades in order.
    pub trades: Vec<TradeIx>,
    /// What it was notified of.
    pub notices: Vec<Notice>,
}

/// A row of `/notifications` (venue.md 5.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When.
    pub at: Time,
    /// The venue's number of what it is about: 1 cancel, 2 fill, 4 resolved, 8 fill failed.
    pub kind: u8,
    /// The order.
    pub order: OrderIx,
}

/// A session signer of a deposit wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The address that signs.
    pub signer: Address,
    /// `CLOB`, `COMBOSRFQ` or `ALL`.
    pub scopes: Vec<String>,
    /// Until when the chain takes its signatures.
    pub valid_until: Time,
    /// Whether the venue already refuses it, ahead of the chain.
    pub is_fenced: bool,
}

impl Session {
    /// Whether it may place orders at `now`.
    pub fn may_trade(&self, now: Time) -> bool {
        let scoped = self.scopes.iter().any(|scope| scope == "CLOB" || scope == "ALL");
        scoped && !self.is_fenced && now < self.valid_until
    }
}

/// Everybody the venue knows.
#[derive(Clone, Debug, Default)]
pub struct People {
    keys: Vec<Key>,
    by_id: HashMap<Uuid, KeyIx>,
    by_nonce: HashMap<(Address, String), KeyIx>,
    made: HashMap<(Address, String), u64>,
    /// Wallets that have code, with their owners.
    pub(crate) deployed: BTreeMap<Address, Address>,
    /// Session signers by wallet.
    pub(crate) sessions: BTreeMap<Address, Vec<Session>>,
    /// Plain, proxy and safe makers that may trade although new ones may not (venue.md 9.2).
    pub(crate) allowed_makers: HashSet<Address>,
    /// Addresses that may only reduce.
    pub(crate) closed_only: HashSet<Address>,
    /// Addresses that may do nothing.
    pub(crate) banned: HashSet<Address>,
}

impl People {
    /// Adds a key.
    pub(super) fn add_key(&mut self, key: Key, nonce: Option<&str>) -> KeyIx {
        let ix = KeyIx(u32::try_from(self.keys.len()).expect("fewer than 2^32 keys"));
        self.by_id.insert(key.credentials.key, ix);
        if let Some(nonce) = nonce {
            let of = (key.address, nonce.to_owned());
            *self.made.entry(of.clone()).or_default() += 1;
            self.by_nonce.insert(of, ix);
        }
        self.keys.push(key);
        ix
    }

    /// The place the next key gets.
    pub(super) fn next_key(&self) -> KeyIx {
        KeyIx(u32::try_from(self.keys.len()).expect("fewer than 2^32 keys"))
    }

    /// How many keys of an address and nonce there ever were.
    pub(super) fn made(&self, address: Address, nonce: &str) -> u64 {
        self.made.get(&(address, nonce.to_owned())).copied().unwrap_or_default()
    }

    /// The key at a place.
    pub fn key(&self, ix: KeyIx) -> &Key {
        self.keys.get(ix.0 as usize).expect("a place this list gave out")
    }

    pub(super) fn key_mut(&mut self, ix: KeyIx) -> &mut Key {
        self.keys.get_mut(ix.0 as usize).expect("a place this list gave out")
    }

    /// The living key of an id.
    pub fn find_key(&self, id: &Uuid) -> Option<KeyIx> {
        self.by_id.get(id).copied().filter(|ix| !self.key(*ix).is_deleted)
    }

    /// The living key that an address made with a nonce.
    pub fn key_of_nonce(&self, address: Address, nonce: &str) -> Option<KeyIx> {
        let found = self.by_nonce.get(&(address, nonce.to_owned())).copied();
        found.filter(|ix| !self.key(*ix).is_deleted)
    }

    /// The living keys of an address, oldest first.
    pub fn keys_of(&self, address: Address) -> impl Iterator<Item = (KeyIx, &Key)> {
        let all = (0..).map(KeyIx).zip(&self.keys);
        all.filter(move |(_, key)| key.address == address && !key.is_deleted)
    }

    /// All keys ever made, in order.
    pub fn keys(&self) -> impl Iterator<Item = (KeyIx, &Key)> {
        (0..).map(KeyIx).zip(&self.keys)
    }

    /// The deployed deposit wallet an address owns.
    pub fn deposit_wallet_of(&self, owner: Address) -> Option<Address> {
        let owned = self.deployed.iter().filter(|(_, by)| **by == owner).map(|(wallet, _)| *wallet);
        let mut deposit = owned.filter(|wallet| is_deposit(owner, *wallet));
        deposit.next()
    }

    /// The owner of a deployed wallet.
    pub fn owner_of(&self, wallet: Address) -> Option<Address> {
        self.deployed.get(&wallet).copied()
    }

    /// Lets a plain, proxy or safe maker trade although new ones may not.
    pub fn allow(&mut self, maker: Address) {
        self.allowed_makers.insert(maker);
    }

    /// Whether an address may do nothing.
    pub fn is_banned(&self, address: Address) -> bool {
        self.banned.contains(&address)
    }

    /// Whether an address may only reduce.
    pub fn is_closed_only(&self, address: Address) -> bool {
        self.closed_only.contains(&address)
    }

    /// The wallet a signer has a session for.
    pub fn wallet_of_session(&self, signer: Address) -> Option<Address> {
        let mut wallets = self.sessions.iter();
        let found = wallets.find(|(_, sessions)| sessions.iter().any(|s| s.signer == signer));
        found.map(|(wallet, _)| *wallet)
    }

    /// The session of a signer for a wallet.
    pub fn session(&self, wallet: Address, signer: Address) -> Option<&Session> {
        self.sessions.get(&wallet)?.iter().find(|session| session.signer == signer)
    }
}

/// Whether a wallet is one of the two shapes of an owner's deposit wallet (venue.md 8.1).
pub fn is_deposit(owner: Address, wallet: Address) -> bool {
    matches!(link(owner, wallet), Some(WalletKind::Deposit | WalletKind::LegacyDeposit))
}
