//! What the relayer lets through: whose signature it is, which calls it holds, whether the wallet is free
//! (venue.md 8.4, 9.3). A submission that fails here is never a transaction.

use super::Venue;
use super::people::is_deposit;
use super::relay::{Approved, Caller, Job};
use alloy_primitives::{Address, U256};
use betteroms_polymarket::signing::contracts::{
    CTF, DEPOSIT_WALLET_FACTORY, POSITION_MANAGER, PUSD, USDC, USDC_E,
};
use betteroms_polymarket::signing::wallet::deposit_wallet_of;
use betteroms_polymarket::signing::{Adapter, Batch, Call, SignedBy, WalletCall};

/// The longest remark, in characters.
const METADATA_MOST: usize = 500;
/// How long a batch must still be good for, in seconds.
const DEADLINE_LEAST_SECS: i64 = 10;

/// What the relayer refuses, in the words it serves where they are known (venue.md 8.4).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's text says what it is")]
pub enum RelayRefusal {
    #[error("invalid authorization")]
    Authorization,
    #[error("Too Many Requests")]
    TooMany { retry_secs: u64 },
    #[error("invalid request body: {0}")]
    Body(String),
    #[error("from {from} does not match auth {auth}")]
    From { from: Address, auth: Address },
    #[error("invalid 'to' field: must be deposit wallet factory")]
    To,
    #[error("metadata must be at most 500 characters")]
    Metadata,
    #[error(
        "{0} transactions are not available to this account, please use the deposit wallet flow"
    )]
    Kind(String),
    #[error("wallet registry validation failed")]
    Registry,
    #[error("deposit wallet already deployed")]
    Deployed,
    #[error("invalid signature")]
    Signature,
    #[error("batch deadline must be at least 10 seconds away")]
    Deadline,
    #[error("batch nonce {given} does not match on-chain nonce {chain}")]
    Nonce { given: U256, chain: u64 },
    #[error("wallet busy: {0} has an active action")]
    Busy(Address),
    #[error("call blocked: call[{place}] blocked: self-call \"{call}\" is not permitted")]
    SelfCall { place: usize, call: String },
    #[error("call blocked: call[{place}] blocked: calls to {target} are not permitted")]
    Target { place: usize, target: Address },
    #[error(
        "call blocked: call[{place}] blocked: function {selector} of {target} is not permitted"
    )]
    Function { place: usize, target: Address, selector: String },
    #[error("call blocked: call[{place}] blocked: a session signer may not approve or transfer")]
    SessionCall { place: usize },
    #[error("transaction not found")]
    NoTransaction,
    #[error("session signer operation not found")]
    NoOperation,
    #[error("session signer not found")]
    NoSigner,
    #[error("Idempotency-Key header is required")]
    NoIdempotencyKey,
    #[error("Idempotency-Key was already used with a different request")]
    IdempotencyKey,
    #[error("invalid session signer address")]
    SignerAddress,
    #[error("invalid scopes")]
    Scopes,
    #[error("validUntil must be 4315 hours from now")]
    Lifetime,
}

impl RelayRefusal {
    /// The HTTP status it is served with.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Authorization => 401,
            Self::TooMany { .. } => 429,
            Self::NoTransaction | Self::NoOperation | Self::NoSigner => 404,
            Self::IdempotencyKey => 409,
            Self::Body(_)
            | Self::From { .. }
            | Self::To
            | Self::Metadata
            | Self::Kind(_)
            | Self::Registry
            | Self::Deployed
            | Self::Signature
            | Self::Deadline
            | Self::Nonce { .. }
            | Self::Busy(_)
            | Self::SelfCall { .. }
            | Self::Target { .. }
            | Self::Function { .. }
            | Self::SessionCall { .. }
            | Self::NoIdempotencyKey
            | Self::SignerAddress
            | Self::Scopes
            | Self::Lifetime => 400,
        }
    }

    /// Seconds for a `Retry-After` header.
    pub const fn retry_secs(&self) -> Option<u64> {
        if let Self::TooMany { retry_secs } = self { Some(*retry_secs) } else { None }
    }
}

/// A batch as submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Who it says it comes from.
    pub from: Address,
    /// The factory.
    pub to: Address,
    /// The client's remark.
    pub metadata: String,
    /// What is to be done.
    pub batch: Batch,
    /// 65 bytes of the owner's, or 256 in a session signer's envelope.
    pub signature: Vec<u8>,
}

impl Venue {
    /// Takes a wallet's batch.
    ///
    /// # Errors
    /// As the relayer refuses it; nothing changed then.
    pub fn submit_batch(
        &mut self,
        caller: Caller,
        submission: &Submission,
    ) -> Result<u32, RelayRefusal> {
        let Submission { from, to, metadata, batch, signature } = submission;
        check_form(caller, *from, *to, metadata)?;
        let owner = self.registered(batch.wallet)?;
        let calls = filtered(batch)?;
        let by = self.signer_of(batch, owner, signature)?;
        if let SignedBy::Session { .. } = by
            && let Some(place) = calls.iter().position(|call| !is_for_sessions(call))
        {
            return Err(RelayRefusal::SessionCall { place });
        }
        if *from != by.recovered() {
            return Err(RelayRefusal::Signature);
        }
        self.check_turn(batch)?;
        let approved = Approved { batch: batch.clone(), by, calls };
        let job = Job::Calls(Box::new(approved));
        let ix = self.take_up(caller, (*from, batch.wallet), job, metadata);
        self.send_soon(ix);
        Ok(ix)
    }

    /// Takes the deployment of an owner's deposit wallet.
    ///
    /// # Errors
    /// As the relayer refuses it; nothing changed then.
    pub fn submit_create(
        &mut self,
        caller: Caller,
        (from, to): (Address, Address),
        metadata: &str,
    ) -> Result<u32, RelayRefusal> {
        check_form(caller, from, to, metadata)?;
        if self.people.deposit_wallet_of(from).is_some() {
            return Err(RelayRefusal::Deployed);
        }
        let wallet = deposit_wallet_of(from);
        if self.relay().is_busy(wallet) {
            return Err(RelayRefusal::Busy(wallet));
        }
        let ix = self.take_up(caller, (from, wallet), Job::Create(from), metadata);
        self.send_soon(ix);
        Ok(ix)
    }

    /// The owner of a deposit wallet that stands.
    pub(super) fn registered(&self, wallet: Address) -> Result<Address, RelayRefusal> {
        let owner = self.people.owner_of(wallet).filter(|owner| is_deposit(*owner, wallet));
        owner.ok_or(RelayRefusal::Registry)
    }

    /// Who signed a batch, and whether they may: the owner, or a session signer that lives.
    pub(super) fn signer_of(
        &self,
        batch: &Batch,
        owner: Address,
        signature: &[u8],
    ) -> Result<SignedBy, RelayRefusal> {
        let by = batch.recover(signature).map_err(|_| RelayRefusal::Signature)?;
        let may = match by {
            SignedBy::Owner(signer) => signer == owner,
            SignedBy::Session { claimed, recovered } => {
                let session = self.people.session(batch.wallet, claimed);
                claimed == recovered
                    && self.relay().is_live(batch.wallet, claimed, self.now)
                    && session.is_some_and(|session| !session.is_fenced)
            }
        };
        if may { Ok(by) } else { Err(RelayRefusal::Signature) }
    }

    /// Whether it is this batch's turn: in time, the wallet free, the nonce the chain's.
    pub(super) fn check_turn(&self, batch: &Batch) -> Result<(), RelayRefusal> {
        let soonest = self.now.plus_secs(DEADLINE_LEAST_SECS).secs();
        if batch.deadline < U256::from(soonest.max(0)) {
            return Err(RelayRefusal::Deadline);
        }
        if self.relay().is_busy(batch.wallet) {
            return Err(RelayRefusal::Busy(batch.wallet));
        }
        let chain = self.relay().nonce(batch.wallet);
        if batch.nonce != U256::from(chain) {
            return Err(RelayRefusal::Nonce { given: batch.nonce, chain });
        }
        Ok(())
    }
}

fn check_form(
    caller: Caller,
    from: Address,
    to: Address,
    metadata: &str,
) -> Result<(), RelayRefusal> {
    if let Caller::Relayer(auth) = caller
        && auth != from
    {
        return Err(RelayRefusal::From { from, auth });
    }
    if to != DEPOSIT_WALLET_FACTORY {
        return Err(RelayRefusal::To);
    }
    if metadata.chars().count() > METADATA_MOST {
        return Err(RelayRefusal::Metadata);
    }
    Ok(())
}

/// What a batch's calls say, where the relayer permits each of them.
fn filtered(batch: &Batch) -> Result<Vec<WalletCall>, RelayRefusal> {
    if batch.calls.is_empty() {
        return Err(RelayRefusal::Body("no calls".to_owned()));
    }
    let calls = batch.calls.iter().enumerate();
    calls.map(|(place, call)| permitted(batch.wallet, place, call)).collect()
}

fn permitted(wallet: Address, place: usize, call: &Call) -> Result<WalletCall, RelayRefusal> {
    let target = call.target;
    let read = WalletCall::decode(target, &call.data);
    let selector = || {
        let digits = call.data.iter().take(4).map(|byte| format!("{byte:02x}"));
        format!("0x{}", digits.collect::<String>())
    };
    if target == wallet {
        let call = match read {
            Some(WalletCall::AuthorizeSessionSigner { .. }) => "authorizeSessionSigner".to_owned(),
            Some(WalletCall::RevokeSessionSigner { .. }) => "revokeSessionSigner".to_owned(),
            Some(_) | None => selector(),
        };
        return Err(RelayRefusal::SelfCall { place, call });
    }
    let is_token = [PUSD, CTF, USDC, USDC_E, POSITION_MANAGER].contains(&target);
    if !is_token && Adapter::at(target).is_none() {
        return Err(RelayRefusal::Target { place, target });
    }
    let fits = read.filter(|call| call.target() == target && speaks(target, call));
    match fits.filter(|_| call.value.is_zero()) {
        Some(read) => Ok(read),
        None => Err(RelayRefusal::Function { place, target, selector: selector() }),
    }
}

/// Whether a contract has such a function: coins, multi-token contracts and adapters each their own.
pub(super) fn speaks(target: Address, call: &WalletCall) -> bool {
    let is_coin = [PUSD, USDC, USDC_E].contains(&target);
    let is_multi = [CTF, POSITION_MANAGER].contains(&target);
    match call {
        WalletCall::Approve { .. } | WalletCall::Transfer { .. } => is_coin,
        WalletCall::SetApprovalForAll { .. } | WalletCall::SafeTransferFrom { .. } => is_multi,
        WalletCall::Split { .. }
        | WalletCall::Merge { .. }
        | WalletCall::Redeem { .. }
        | WalletCall::Convert { .. } => Adapter::at(target).is_some(),
        WalletCall::AuthorizeSessionSigner { .. } | WalletCall::RevokeSessionSigner { .. } => false,
    }
}

/// Withdrawals and approvals need the owner (venue.md 9.5).
const fn is_for_sessions(call: &WalletCall) -> bool {
    matches!(
        call,
        WalletCall::Split { .. }
            | WalletCall::Merge { .. }
            | WalletCall::Redeem { .. }
            | WalletCall::Convert { .. }
    )
}
