//! Calls that the wallet makes on the chain: as transactions of the account itself, or as one batch of a
//! deposit wallet through the relayer. Each is sent once; what became of it is waited for, within bounds.

use super::access::{Access, relayer_url};
use crate::app::{House, Usage};
use crate::commands::run::options;
use crate::crash::{self, Point};
use anyhow::{Context as _, Result, anyhow, bail};
use betteroms_polymarket::VenueError;
use betteroms_polymarket::chain::Receipt;
use betteroms_polymarket::chain::transaction::{Gas, Signed, Transaction};
use betteroms_polymarket::relay::{Again, Patience, RelayerClient, RelayerKey, Submission, again};
use betteroms_polymarket::signing::contracts::CHAIN_ID;
use betteroms_polymarket::signing::{Batch, Call, U256, WalletKind};
use betteroms_polymarket::wire::relayer::{RelayedTransaction, TransactionState};
use std::cell::Cell;
use std::time::Duration;

/// The most gas of one call. What is not used is not paid; a redemption of a neg-risk market takes less.
const GAS_LIMIT: u64 = 700_000;
/// The least tip that the chain's block makers take, in wei.
const TIP: u128 = 30_000_000_000;
/// How long a batch is good for, in seconds (`shared/venue.md` 8.4).
const DEADLINE_SECS: i64 = 600;
/// How often a wallet that is busy is asked again.
const BUSY_MOST: u32 = 10;
const PAUSE: Duration = Duration::from_secs(1);
/// How long the chain and the relayer are waited for: 200 s, as the official SDK does.
const PATIENCE: Patience = Patience { polls: 200, pause: PAUSE };

/// How often an account's earlier transactions are looked after before they count as stuck: half a minute.
const REST_POLLS: u32 = 30;

/// How the wallet's calls get onto the chain.
#[derive(Debug)]
pub(crate) enum Way {
    /// As the account's own transactions: it pays the gas.
    Own,
    /// By the relayer, which pays.
    Relayed(Box<Relayer>),
}

/// The relayer, and whether a batch of ours has come to its end there in this process.
#[derive(Debug)]
pub(crate) struct Relayer {
    client: RelayerClient,
    has_relayed: Cell<bool>,
}

/// Which way a wallet goes. `needs_owner`: what a session key may not ask for.
///
/// # Errors
/// Where there is none from here; the sentence says what to do by hand.
pub(crate) fn way(
    house: &House,
    access: &Access,
    key: Option<RelayerKey>,
    needs_owner: bool,
) -> Result<Way> {
    let by_hand = |text: &str| Err(Usage(text.to_owned()).into());
    if access.wallet.session && needs_owner {
        return by_hand("a session key may not change approvals: do it with the owner's key");
    }
    match (access.wallet.kind, key) {
        (WalletKind::Eoa, _) => Ok(Way::Own),
        (WalletKind::Deposit | WalletKind::LegacyDeposit, Some(key)) => {
            let client = RelayerClient::new(options(house), relayer_url(house), Some(key))?;
            Ok(Way::Relayed(Box::new(Relayer { client, has_relayed: Cell::new(false) })))
        }
        (WalletKind::Deposit | WalletKind::LegacyDeposit, None) => by_hand(
            "a deposit wallet's transactions go through the relayer, and there is no key for it: \
             `betteroms account relayer-key` keeps one (--make has the venue make it)",
        ),
        (WalletKind::Safe, _) => by_hand(
            "betteroms makes no transactions of a safe: make these calls in the safe's own app or on \
             the venue's site, then look again",
        ),
        (WalletKind::Proxy, _) => by_hand(
            "betteroms makes no transactions of a proxy wallet: do this on the venue's site, then look \
             again",
        ),
    }
}

/// Waits until no transaction of a plain account is under way, whoever sent it. What one changes the chain does
/// not show yet, and whoever decides by the chain then does it a second time. The relayer looks after deposit wallets.
///
/// # Errors
/// When one is under way for longer than it should be; the sentence says so.
pub(crate) async fn at_rest(access: &Access) -> Result<()> {
    if access.wallet.kind != WalletKind::Eoa {
        return Ok(());
    }
    let (chain, from) = (&access.chain, access.wallet.signer);
    for _ in 0..REST_POLLS {
        if chain.transactions_made(from).await? >= chain.transaction_count(from).await? {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    let text = format!(
        "a transaction of {from} has been in no block for half a minute: look it up, and say this again when it is \
         through; nothing new was sent"
    );
    Err(Usage(text).into())
}

/// Makes the calls, and tells the transactions.
///
/// # Errors
/// When one was refused or reverted, or its outcome is unknown; the sentence says which.
pub(crate) async fn send(access: &Access, way: &Way, calls: &[Call]) -> Result<Vec<String>> {
    match way {
        Way::Own => own(access, calls).await,
        Way::Relayed(relayer) => relayed(access, relayer, calls).await.map(|hash| vec![hash]),
    }
}

async fn own(access: &Access, calls: &[Call]) -> Result<Vec<String>> {
    let (chain, from) = (&access.chain, access.wallet.signer);
    chain.verify().await?;
    let price = chain.gas_price().await?;
    let max_fee = price.saturating_mul(2).max(TIP);
    let count = u64::try_from(calls.len())?;
    let most = U256::from(max_fee) * U256::from(GAS_LIMIT) * U256::from(count);
    let has = chain.native_balance(from).await?;
    if has < most {
        bail!(
            "{from} has {has} wei of the chain's own coin, and the gas may take up to {most}: send it \
             some POL first"
        );
    }
    let mut hashes = Vec::new();
    for call in calls {
        at_rest(access).await?;
        let nonce = chain.transaction_count(from).await?;
        let gas = Gas::Dynamic { max_fee, max_priority: TIP.min(max_fee) };
        let signed = Transaction::of(call, CHAIN_ID, nonce, gas, GAS_LIMIT).sign(&access.key)?;
        hashes.push(signed.hash.to_string());
        match chain.send_raw(&signed).await {
            // It may have got there all the same: its receipt tells.
            Ok(()) | Err(VenueError::Unknown { .. }) => {}
            Err(error @ (VenueError::NotSent { .. } | VenueError::Refused { .. })) => {
                return Err(anyhow!(error).context("the node did not take the transaction"));
            }
        }
        crash::point(Point::HandedOver);
        let receipt = mined(access, &signed).await?;
        if !receipt.is_success {
            bail!(
                "transaction {} was refused by the contract: it cost its gas, no more",
                signed.hash
            );
        }
    }
    Ok(hashes)
}

async fn mined(access: &Access, signed: &Signed) -> Result<Receipt> {
    for _ in 0..PATIENCE.polls {
        // A poll that fails is one that found nothing.
        if let Ok(Some(receipt)) = access.chain.receipt(signed.hash).await {
            return Ok(receipt);
        }
        tokio::time::sleep(PATIENCE.pause).await;
    }
    bail!(
        "transaction {} is in no block yet: look it up before you repeat this; what is done then is \
         not done twice",
        signed.hash
    )
}

async fn relayed(access: &Access, relayer: &Relayer, calls: &[Call]) -> Result<String> {
    let taken = submitted(relayer, access, calls).await?;
    crash::point(Point::HandedOver);
    let told = relayer.client.wait(&taken.transaction_id, PATIENCE).await.with_context(|| {
        format!(
            "the relayer took transaction {}, but what became of it is unknown: look again in a \
             minute; what is done then is not done twice",
            taken.transaction_id
        )
    })?;
    relayer.has_relayed.set(true);
    match told.state {
        TransactionState::Confirmed => told
            .transaction_hash
            .with_context(|| format!("transaction {} has no hash", taken.transaction_id)),
        TransactionState::New
        | TransactionState::Executed
        | TransactionState::Mined
        | TransactionState::Invalid
        | TransactionState::Failed
        | TransactionState::Other(_) => {
            let why = told.error.unwrap_or_else(|| "it does not say why".to_owned());
            bail!("the relayer's transaction {} failed: {why}", taken.transaction_id)
        }
    }
}

/// Signs and submits. Where the relayer says that the wallet is busy or the nonce has moved on after a batch of
/// ours has ended, it does so anew. Before, it is busy with something that this process does not know, and what was
/// decided by the chain may be done already: nothing is sent.
async fn submitted(
    relayer: &Relayer,
    access: &Access,
    calls: &[Call],
) -> Result<RelayedTransaction> {
    for _ in 0..BUSY_MOST {
        let nonce = relayer.client.params(access.wallet.signer).await?.nonce;
        let now = access.clock.now();
        let deadline = U256::from(u64::try_from(now.plus_secs(DEADLINE_SECS).secs())?);
        let batch = Batch { wallet: access.wallet.maker, nonce, deadline, calls: calls.to_vec() };
        let submission = Submission::sign(&access.key, batch, access.wallet.session);
        match relayer.client.submit(&submission, now).await {
            Ok(taken) => return Ok(taken),
            Err(error) => match again(&error) {
                Some(Again::Later | Again::WithNewNonce) if relayer.has_relayed.get() => {
                    tokio::time::sleep(PAUSE).await;
                }
                Some(Again::Later | Again::WithNewNonce) => break,
                None => return Err(error.into()),
            },
        }
    }
    bail!(
        "the wallet is busy with another transaction, and nothing was sent: repeat this in a minute; what is done \
         then is not done twice"
    )
}
