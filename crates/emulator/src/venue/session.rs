//! Session signers: how a key comes to trade for a deposit wallet, and how it is stopped (venue.md 9.5).
//!
//! The chain and the venue each keep a list. An authorisation goes to the chain first and into the
//! venue's registry afterwards; a revocation the other way round: the venue refuses the key (fenced),
//! cancels its orders (swept), and then the chain forgets it.

use super::Venue;
use super::agenda::Task;
use super::change::Change;
use super::operation::{Grant, Operation, Operations, Stage, Wish};
use super::order::{OrderIx, Why};
use super::people::{KeyIx, Session};
use super::relay::{Approved, Caller, Job, RelayState};
use super::relayable::RelayRefusal;
use super::revert::ChainError;
use crate::names::Kind as NameKind;
use alloy_primitives::{Address, U256};
use betteroms_core::time::Time;
use betteroms_polymarket::signing::{Batch, SignedBy, WalletCall};

/// How long an authorisation lives: about 180 days, and no other time is taken.
pub const LIFETIME_SECS: i64 = 4_315 * 3_600;
/// How far the client's clock may be from ours when it computes the end of that, in seconds. The venue's
/// own limit is unconfirmed.
const LIFETIME_SLACK_SECS: i64 = 300;

impl Venue {
    /// All changes of session signers.
    pub const fn operations(&self) -> &Operations {
        &self.operations
    }

    /// Takes an authorisation.
    ///
    /// # Errors
    /// As the relayer refuses it; nothing changed then.
    pub fn authorize_session(
        &mut self,
        caller: Caller,
        wish: Wish,
        grant: Grant,
    ) -> Result<u32, RelayRefusal> {
        let owner = self.registered(wish.wallet)?;
        if wish.signer.is_zero() || wish.signer == owner || wish.signer == wish.wallet {
            return Err(RelayRefusal::SignerAddress);
        }
        check_scopes(&grant.scopes)?;
        let lives = grant.valid_until.since_micros(self.now).div_euclid(1_000_000);
        if lives.abs_diff(LIFETIME_SECS) > LIFETIME_SLACK_SECS.unsigned_abs() {
            return Err(RelayRefusal::Lifetime);
        }
        let call = WalletCall::AuthorizeSessionSigner {
            wallet: wish.wallet,
            signer: wish.signer,
            valid_until: U256::from(grant.valid_until.secs().max(0)),
        };
        let ix = self.begin(caller, owner, wish, (call, Some(grant)))?;
        self.send_soon(self.operations.get(ix).relayed);
        Ok(ix)
    }

    /// Takes a revocation. The key is fenced at once, unless the settings delay that.
    ///
    /// # Errors
    /// As the relayer refuses it; nothing changed then.
    pub fn revoke_session(&mut self, caller: Caller, wish: Wish) -> Result<u32, RelayRefusal> {
        let owner = self.registered(wish.wallet)?;
        let of = (wish.wallet, wish.signer);
        let is_known = self.people.session(of.0, of.1).is_some();
        if !is_known && !self.relay.signers.contains_key(&of) {
            return Err(RelayRefusal::NoSigner);
        }
        let call = WalletCall::RevokeSessionSigner { wallet: of.0, signer: of.1 };
        let ix = self.begin(caller, owner, wish, (call, None))?;
        match self.settings.fenced_after_millis {
            0 => self.fence(ix),
            millis => self.later(millis, Task::Session(ix)),
        }
        let stage = self.operations.get(ix).stage;
        self.operations.get_mut(ix).answered = stage;
        Ok(ix)
    }

    /// What both kinds have in common: the owner's batch of one call is checked and taken.
    fn begin(
        &mut self,
        caller: Caller,
        owner: Address,
        wish: Wish,
        (call, grant): (WalletCall, Option<Grant>),
    ) -> Result<u32, RelayRefusal> {
        let Wish { wallet, signer, nonce, deadline, signature, asked } = wish;
        if let Caller::Relayer(auth) = caller
            && auth != owner
        {
            return Err(RelayRefusal::From { from: owner, auth });
        }
        let batch = Batch { wallet, nonce, deadline, calls: vec![call.encode()] };
        let by = self.signer_of(&batch, owner, &signature)?;
        // A session signer may not target the wallet itself (venue.md 9.3).
        if by != SignedBy::Owner(owner) {
            return Err(RelayRefusal::Signature);
        }
        self.check_turn(&batch)?;
        let stage = if grant.is_some() { Stage::Submitted } else { Stage::Pending };
        self.supersede(wallet, signer);
        let job = Job::Calls(Box::new(Approved { batch, by, calls: vec![call] }));
        let relayed = self.take_up(caller, (owner, wallet), job, "");
        let id = self.names.uuid(NameKind::Relayed);
        let (answered, was_fenced) = (stage, false);
        let operation =
            Operation { id, wallet, signer, grant, stage, answered, was_fenced, relayed };
        let ix = self.operations.push(operation, caller, asked);
        self.tie(relayed, ix);
        self.note_stage(ix);
        Ok(ix)
    }

    /// An authorisation that is not registered yet gives way to whatever comes after it.
    fn supersede(&mut self, wallet: Address, signer: Address) {
        for ix in 0..self.operations.next() {
            let found = self.operations.get(ix);
            let is_open = matches!(found.stage, Stage::Submitted | Stage::RegistryPending);
            if is_open && found.wallet == wallet && found.signer == signer {
                self.stage(ix, Stage::Superseded);
            }
        }
    }

    /// The transaction of an operation went on.
    pub(super) fn operation_follows(&mut self, ix: u32, state: RelayState) {
        let stage = self.operations.get(ix).stage;
        match (stage, state) {
            (Stage::Submitted, RelayState::Mined) => self.stage(ix, Stage::RegistryPending),
            (Stage::RegistryPending, RelayState::Confirmed) => {
                self.later(self.settings.registered_after_millis, Task::Session(ix));
            }
            (Stage::Swept, RelayState::Executed) => self.stage(ix, Stage::ChainSubmitted),
            (Stage::ChainSubmitted, RelayState::Confirmed) => {
                self.forget(ix);
                self.stage(ix, Stage::Confirmed);
            }
            (Stage::Superseded, _) => {}
            (_, RelayState::Invalid | RelayState::Failed) => self.stage(ix, Stage::Failed),
            (_, _) => {}
        }
    }

    /// The venue's own next step of an operation is due.
    pub(super) fn operation_due(&mut self, ix: u32) {
        match self.operations.get(ix).stage {
            Stage::RegistryPending => self.register(ix),
            Stage::Pending => self.fence(ix),
            Stage::Fenced => self.sweep(ix),
            Stage::Submitted
            | Stage::Registered
            | Stage::Superseded
            | Stage::Swept
            | Stage::ChainSubmitted
            | Stage::Confirmed
            | Stage::Failed => {}
        }
    }

    /// The venue's registry learns of a session signer: its key may trade.
    fn register(&mut self, ix: u32) {
        let Operation { wallet, signer, grant, .. } = self.operations.get(ix).clone();
        let Some(Grant { scopes, valid_until }) = grant else { return };
        let sessions = self.people.sessions.entry(wallet).or_default();
        sessions.retain(|session| session.signer != signer);
        sessions.push(Session { signer, scopes, valid_until, is_fenced: false });
        self.stage(ix, Stage::Registered);
    }

    /// The venue refuses a session signer from now on: its orders, and its API keys.
    fn fence(&mut self, ix: u32) {
        let Operation { wallet, signer, .. } = *self.operations.get(ix);
        let sessions = self.people.sessions.get_mut(&wallet).into_iter().flatten();
        for session in sessions.filter(|session| session.signer == signer) {
            session.is_fenced = true;
        }
        // A key is one address's; where that signs for another wallet too, it stays.
        if !self.trades_otherwise(wallet, signer) {
            let keys: Vec<KeyIx> = self.people.keys_of(signer).map(|(key, _)| key).collect();
            for key in keys {
                self.delete_key(key);
            }
        }
        self.operations.get_mut(ix).was_fenced = true;
        self.stage(ix, Stage::Fenced);
        self.later(self.settings.swept_after_millis, Task::Session(ix));
    }

    fn trades_otherwise(&self, wallet: Address, signer: Address) -> bool {
        let mut others = self.people.sessions.iter().filter(|(other, _)| **other != wallet);
        others.any(|(_, all)| all.iter().any(|one| one.signer == signer && !one.is_fenced))
            || self.people.deposit_wallet_of(signer).is_some()
    }

    /// A fenced signer's open orders go, and its transaction with them.
    fn sweep(&mut self, ix: u32) {
        let Operation { wallet, signer, relayed, .. } = *self.operations.get(ix);
        let wallet = self.ledger.wallet(wallet);
        let keys = self.people.keys().filter(|(_, key)| key.address == signer);
        let open = keys.flat_map(|(_, key)| key.open.iter().copied());
        let mut orders: Vec<OrderIx> =
            open.filter(|order| self.orders.get(*order).wallet == wallet).collect();
        orders.sort_unstable();
        for order in orders {
            self.end(order, Why::Swept);
        }
        self.stage(ix, Stage::Swept);
        self.send_soon(relayed);
    }

    /// The registry forgets a signer whom the chain forgot.
    fn forget(&mut self, ix: u32) {
        let Operation { wallet, signer, .. } = *self.operations.get(ix);
        if let Some(sessions) = self.people.sessions.get_mut(&wallet) {
            sessions.retain(|session| session.signer != signer);
        }
    }

    fn stage(&mut self, ix: u32, stage: Stage) {
        self.operations.get_mut(ix).stage = stage;
        self.note_stage(ix);
    }

    fn note_stage(&mut self, ix: u32) {
        let Operation { wallet, signer, stage, .. } = *self.operations.get(ix);
        self.note(Change::Session { wallet, signer, what: stage.word() });
    }

    /// The chain takes a session signer's signatures from now on. Only the wallet itself can say so.
    pub(super) fn authorize_on_chain(
        &mut self,
        (wallet, target): (Address, Address),
        signer: Address,
        valid_until: U256,
    ) -> Result<(), ChainError> {
        let secs = i64::try_from(valid_until).ok().filter(|secs| *secs < 1 << 40);
        let until = Time::from_secs(secs.unwrap_or((1 << 40) - 1));
        if wallet != target || signer.is_zero() || until <= self.now {
            return Err(ChainError::Session);
        }
        self.relay.signers.insert((wallet, signer), until);
        self.note(Change::Session { wallet, signer, what: "on chain" });
        Ok(())
    }

    /// The chain no longer takes a session signer's signatures.
    pub(super) fn revoke_on_chain(
        &mut self,
        (wallet, target): (Address, Address),
        signer: Address,
    ) -> Result<(), ChainError> {
        if wallet != target {
            return Err(ChainError::Session);
        }
        self.relay.signers.remove(&(wallet, signer));
        self.note(Change::Session { wallet, signer, what: "off chain" });
        Ok(())
    }

    /// Gives a wallet a session signer by hand, on the chain and in the venue's registry.
    pub fn open_session(&mut self, wallet: Address, session: Session) {
        self.relay.signers.insert((wallet, session.signer), session.valid_until);
        self.people.sessions.entry(wallet).or_default().push(session);
    }

    /// The session signers that may act for a wallet now.
    pub fn live_sessions(&self, wallet: Address) -> impl Iterator<Item = &Session> {
        let now = self.now;
        let all = self.people.sessions.get(&wallet).map_or(&[][..], Vec::as_slice);
        all.iter().filter(move |session| !session.is_fenced && now < session.valid_until)
    }
}

fn check_scopes(scopes: &[String]) -> Result<(), RelayRefusal> {
    let is_known = |scope: &String| ["CLOB", "COMBOSRFQ", "ALL"].contains(&scope.as_str());
    let is_alone = scopes.len() == 1 || !scopes.iter().any(|scope| scope == "ALL");
    if !scopes.is_empty() && scopes.iter().all(is_known) && is_alone {
        Ok(())
    } else {
        Err(RelayRefusal::Scopes)
    }
}
