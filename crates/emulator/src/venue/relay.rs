//! The relayer: it alone puts a deposit wallet's signed batches on the chain, and deploys deposit wallets
//! (venue.md 8.4, 9.3). What it takes it carries through its states over the agenda; what it lets
//! through at all is in [`super::relayable`], session signers are in [`super::session`].

use super::Venue;
use super::act::Act;
use super::agenda::Task;
use super::change::Change;
use super::relayable::RelayRefusal;
use crate::ledger::OUTSIDE;
use crate::names::Kind as NameKind;
use alloy_primitives::{Address, B256, U256};
use betteroms_core::time::Time;
use betteroms_polymarket::signing::wallet::deposit_wallet_of;
use betteroms_polymarket::signing::{Batch, SignedBy, WalletCall};
use std::collections::{BTreeMap, HashMap, VecDeque};
use uuid::Uuid;

/// How long a submission counts against the limit, in microseconds.
const MINUTE: i64 = 60_000_000;

/// Who asks the relayer, proved by the headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A builder, by the MAC of its key; it may ask for anybody.
    Builder(Address),
    /// The holder of a relayer key; it may only ask for itself.
    Relayer(Address),
}

impl Caller {
    /// The address behind the key.
    pub const fn address(self) -> Address {
        match self {
            Self::Builder(address) | Self::Relayer(address) => address,
        }
    }
}

/// How far a relayed transaction is (venue.md 8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RelayState {
    /// Taken.
    New,
    /// Sent to the chain.
    Executed,
    /// In a block.
    Mined,
    /// Final.
    Confirmed,
    /// Final: the relayer did not send it after all.
    Invalid,
    /// Final: the chain refused it.
    Failed,
}

impl RelayState {
    /// The relayer's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "STATE_NEW",
            Self::Executed => "STATE_EXECUTED",
            Self::Mined => "STATE_MINED",
            Self::Confirmed => "STATE_CONFIRMED",
            Self::Invalid => "STATE_INVALID",
            Self::Failed => "STATE_FAILED",
        }
    }
}

/// What a transaction does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// Deploys the deposit wallet of the owner named.
    Create(Address),
    /// Lets a wallet make calls.
    Calls(Box<Approved>),
}

/// A batch the relayer let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// As signed.
    pub batch: Batch,
    /// By whom.
    pub by: SignedBy,
    /// What its calls say.
    pub calls: Vec<WalletCall>,
}

/// A transaction the relayer took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relayed {
    /// Its id.
    pub id: Uuid,
    /// Whose key it came with.
    pub caller: Address,
    /// The `from` it stated.
    pub from: Address,
    /// The wallet it is about.
    pub wallet: Address,
    /// What it does.
    pub job: Job,
    /// The change of a session signer it belongs to.
    pub operation: Option<u32>,
    /// The client's own remark.
    pub metadata: String,
    /// When it was taken.
    pub created: Time,
    /// When it last changed.
    pub updated: Time,
    /// How far it is.
    pub state: RelayState,
    /// Its hash, once it was sent.
    pub hash: Option<B256>,
    /// Why it failed.
    pub error: Option<String>,
}

impl Relayed {
    /// The relayer's word for its kind.
    pub const fn kind(&self) -> &'static str {
        match self.job {
            Job::Create(_) => "WALLET-CREATE",
            Job::Calls(_) => "WALLET",
        }
    }
}

/// The relayer's books.
#[derive(Clone, Debug, Default)]
pub struct Relay {
    all: Vec<Relayed>,
    by_id: HashMap<Uuid, u32>,
    /// The chain's counters of deposit wallets.
    nonces: BTreeMap<Address, u64>,
    /// The transaction a wallet waits for.
    busy: BTreeMap<Address, u32>,
    /// When each caller submitted within the last minute.
    submitted: BTreeMap<Address, VecDeque<Time>>,
    /// Relayer keys and whose they are.
    keys: BTreeMap<Uuid, Address>,
    /// Why the next transactions revert, first come first.
    reverts: VecDeque<String>,
    /// Session signers as the chain knows them: wallet, signer, and until when.
    pub(super) signers: BTreeMap<(Address, Address), Time>,
}

impl Relay {
    /// The transaction at a place.
    pub fn get(&self, ix: u32) -> &Relayed {
        self.all.get(ix as usize).expect("a place this list gave out")
    }

    fn get_mut(&mut self, ix: u32) -> &mut Relayed {
        self.all.get_mut(ix as usize).expect("a place this list gave out")
    }

    /// The transaction of an id.
    pub fn find(&self, id: &Uuid) -> Option<&Relayed> {
        self.by_id.get(id).map(|ix| self.get(*ix))
    }

    /// All transactions a caller's key brought, oldest first.
    pub fn of(&self, caller: Address) -> impl Iterator<Item = &Relayed> {
        self.all.iter().filter(move |relayed| relayed.caller == caller)
    }

    /// The chain's counter of a deposit wallet.
    pub fn nonce(&self, wallet: Address) -> u64 {
        self.nonces.get(&wallet).copied().unwrap_or_default()
    }

    /// Whether a wallet waits for a transaction.
    pub fn is_busy(&self, wallet: Address) -> bool {
        self.busy.contains_key(&wallet)
    }

    /// Whose relayer key this is.
    pub fn holder(&self, key: &Uuid) -> Option<Address> {
        self.keys.get(key).copied()
    }

    /// Whether the chain takes a session signer's signatures for a wallet.
    pub fn is_live(&self, wallet: Address, signer: Address, now: Time) -> bool {
        self.signers.get(&(wallet, signer)).is_some_and(|until| now < *until)
    }
}

impl Venue {
    /// The relayer's books.
    pub const fn relay(&self) -> &Relay {
        &self.relay
    }

    /// Makes a relayer key for an address, by hand: on the real venue a web page does.
    pub fn add_relayer_key(&mut self, address: Address) -> Uuid {
        let key = self.names.uuid(NameKind::Relayed);
        self.relay.keys.insert(key, address);
        key
    }

    /// Deploys a deposit wallet, or another wallet, by hand.
    pub fn deploy(&mut self, owner: Address, wallet: Address) {
        self.people.deployed.insert(wallet, owner);
        let ix = self.ledger.wallet(wallet);
        self.note(Change::Chain { wallet: ix, act: Act::Deploy { owner } });
    }

    /// Decides that the next relayed transactions revert, in order, and why.
    pub fn foretell_reverts(&mut self, reasons: impl IntoIterator<Item = String>) {
        self.relay.reverts.extend(reasons);
    }

    /// Counts a submission, before anything else of it is looked at.
    ///
    /// # Errors
    /// When the caller's minute is full; it is not counted then.
    pub fn count_submission(&mut self, caller: Caller) -> Result<(), RelayRefusal> {
        let now = self.now;
        let most = self.settings.submits_per_minute as usize;
        let times = self.relay.submitted.entry(caller.address()).or_default();
        while times.front().is_some_and(|first| now.since_micros(*first) >= MINUTE) {
            times.pop_front();
        }
        if most > 0 && times.len() >= most {
            let oldest = times.front().map_or(0, |first| now.since_micros(*first));
            let left = u64::try_from(MINUTE.saturating_sub(oldest)).unwrap_or_default();
            return Err(RelayRefusal::TooMany { retry_secs: left.div_ceil(1_000_000) });
        }
        times.push_back(now);
        Ok(())
    }

    /// Takes a transaction; its wallet waits for it from now on.
    pub(super) fn take_up(
        &mut self,
        caller: Caller,
        (from, wallet): (Address, Address),
        job: Job,
        metadata: &str,
    ) -> u32 {
        let ix = u32::try_from(self.relay.all.len()).expect("fewer than 2^32 transactions");
        let id = self.names.uuid(NameKind::Relayed);
        let (created, updated) = (self.now, self.now);
        let metadata = metadata.to_owned();
        let caller = caller.address();
        let state = RelayState::New;
        self.relay.all.push(Relayed {
            id,
            caller,
            from,
            wallet,
            job,
            operation: None,
            metadata,
            created,
            updated,
            state,
            hash: None,
            error: None,
        });
        self.relay.by_id.insert(id, ix);
        self.relay.busy.insert(wallet, ix);
        ix
    }

    /// Ties a transaction to the change of a session signer.
    pub(super) fn tie(&mut self, ix: u32, operation: u32) {
        self.relay.get_mut(ix).operation = Some(operation);
    }

    /// The relayer sends a transaction after a while.
    pub(super) fn send_soon(&mut self, ix: u32) {
        self.later(self.settings.relayed_after_millis, Task::Relay(ix));
    }

    /// A transaction's next step is due.
    pub(super) fn relay_due(&mut self, ix: u32) {
        match self.relay.get(ix).state {
            RelayState::New => self.send(ix),
            RelayState::Executed => self.land(ix),
            RelayState::Mined => self.relayed_to(ix, RelayState::Confirmed, None),
            RelayState::Confirmed | RelayState::Invalid | RelayState::Failed => {}
        }
    }

    /// Sends a transaction, unless it is void by now.
    fn send(&mut self, ix: u32) {
        if let Err(why) = self.still_stands(ix) {
            return self.relayed_to(ix, RelayState::Invalid, Some(why.to_owned()));
        }
        let hash = self.names.hash(NameKind::Transaction);
        self.relay.get_mut(ix).hash = Some(hash);
        self.relayed_to(ix, RelayState::Executed, None);
        self.later(self.settings.mined_after_millis, Task::Relay(ix));
    }

    /// A transaction's block comes: the chain does it, or reverts.
    fn land(&mut self, ix: u32) {
        let done = match self.relay.reverts.pop_front() {
            Some(reason) => Err(reason),
            None => self.still_stands(ix).map_err(str::to_owned).and_then(|()| self.execute(ix)),
        };
        match done {
            Ok(()) => {
                self.relayed_to(ix, RelayState::Mined, None);
                self.later(self.settings.confirmed_after_millis, Task::Relay(ix));
            }
            Err(reason) => {
                let reason = format!("execution reverted: {reason}");
                self.relayed_to(ix, RelayState::Failed, Some(reason));
            }
        }
    }

    fn execute(&mut self, ix: u32) -> Result<(), String> {
        let Relayed { wallet, job, .. } = self.relay.get(ix).clone();
        match job {
            Job::Create(owner) => {
                self.deploy(owner, deposit_wallet_of(owner));
                Ok(())
            }
            Job::Calls(approved) => {
                self.perform_batch(wallet, &approved.calls)
                    .map_err(|(place, error)| format!("call[{place}]: {error}"))?;
                *self.relay.nonces.entry(wallet).or_default() += 1;
                Ok(())
            }
        }
    }

    /// Whether a transaction could still happen: the wallet contract's own checks (venue.md 9.3).
    fn still_stands(&self, ix: u32) -> Result<(), &'static str> {
        let relayed = self.relay.get(ix);
        let wallet = relayed.wallet;
        let Job::Calls(approved) = &relayed.job else {
            let is_there = self.people.owner_of(wallet).is_some();
            return if is_there { Err("wallet already deployed") } else { Ok(()) };
        };
        let now = U256::from(self.now.secs().max(0));
        let is_theirs = match approved.by {
            SignedBy::Owner(owner) => self.people.owner_of(wallet) == Some(owner),
            SignedBy::Session { claimed, .. } => self.relay.is_live(wallet, claimed, self.now),
        };
        if now > approved.batch.deadline {
            Err("batch expired")
        } else if approved.batch.nonce != U256::from(self.relay.nonce(wallet)) {
            Err("invalid nonce")
        } else if !is_theirs {
            Err("invalid signature")
        } else {
            Ok(())
        }
    }

    fn relayed_to(&mut self, ix: u32, state: RelayState, error: Option<String>) {
        let now = self.now;
        let relayed = self.relay.get_mut(ix);
        relayed.state = state;
        relayed.updated = now;
        relayed.error = error;
        let (id, wallet, operation) = (relayed.id, relayed.wallet, relayed.operation);
        match state {
            RelayState::Confirmed | RelayState::Invalid | RelayState::Failed => {
                self.relay.busy.remove(&wallet);
            }
            RelayState::New | RelayState::Executed | RelayState::Mined => {}
        }
        // A wallet that was never deployed nor paid has no number; its transaction is the relayer's.
        let number = self.ledger.find(wallet).unwrap_or(OUTSIDE);
        self.note(Change::Chain { wallet: number, act: Act::Relayed { id, state } });
        if let Some(operation) = operation {
            self.operation_follows(operation, state);
        }
    }

    pub(super) fn later(&mut self, millis: u32, task: Task) {
        let by = i64::from(millis).saturating_mul(1_000);
        self.agenda.at(Time::from_micros(self.now.micros().saturating_add(by)), task);
    }
}
