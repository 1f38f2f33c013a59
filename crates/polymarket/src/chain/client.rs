//! Reads of the chain, each checked for length and range; and an account's transactions on their way.

use super::node::{self, Node, bad};
use super::question::Question;
use super::transaction::Signed;
use crate::client::Options;
use crate::error::VenueError;
use crate::reads::AMOUNT_MOST;
use crate::signing::contracts::{CHAIN_ID, CTF, PUSD};
use crate::wire::rpc::{Data, Quantity, Receipt, Word};
use alloy_primitives::{Address, B256, Bytes, U256};
use betteroms_core::money::{Shares, Usd};
use serde_json::{Value, json};

/// The digits of pUSD behind the point (venue.md 8.1).
const DECIMALS: u64 = 6;

/// Asks a node of the chain. Reads are repeated where that can help, transactions never.
///
/// Nothing here says that the node tells the truth: [`ChainClient::verify`] only sees that it is of the
/// venue's chain and has the venue's contracts.
#[derive(Debug)]
pub struct ChainClient {
    node: Node,
}

/// What the outcomes of a resolved condition pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payouts {
    /// Of outcome index 0.
    pub first: U256,
    /// Of outcome index 1.
    pub second: U256,
    /// Both together; never zero.
    pub denominator: U256,
}

impl ChainClient {
    /// Makes a client; nothing is asked yet. Of the options the hosts are not used.
    ///
    /// # Errors
    /// As [`Client::new`](crate::Client::new).
    pub fn new(options: Options, rpc_url: &str) -> Result<Self, VenueError> {
        Ok(Self { node: Node::new(options, rpc_url)? })
    }

    /// Sees that this is a node of the venue's chain, that the collateral and the conditional tokens have
    /// code there, and that the collateral counts in millionths.
    ///
    /// # Errors
    /// `Unknown` when one of it is not so; else as [`Self::code`].
    pub async fn verify(&self) -> Result<(), VenueError> {
        let what = "tell its chain";
        let chain = self.chain_id().await?;
        if chain != CHAIN_ID {
            return Err(bad(what, &format!("it is of chain {chain}, not of {CHAIN_ID}")));
        }
        for contract in [PUSD, CTF] {
            if self.code(contract).await?.is_empty() {
                return Err(bad(what, &format!("there is no contract at {contract}")));
            }
        }
        match self.ask("tell pUSD's decimals", Question::Decimals).await? {
            decimals if decimals == U256::from(DECIMALS) => Ok(()),
            decimals => Err(bad(what, &format!("pUSD has {decimals} decimals, not {DECIMALS}"))),
        }
    }

    /// The chain's number.
    ///
    /// # Errors
    /// As [`Self::code`].
    pub async fn chain_id(&self) -> Result<u64, VenueError> {
        let what = "tell its chain's number";
        self.number(what, "eth_chainId", json!([])).await
    }

    /// The number of the newest block.
    ///
    /// # Errors
    /// As [`Self::code`].
    pub async fn block_number(&self) -> Result<u64, VenueError> {
        self.number("tell its newest block", "eth_blockNumber", json!([])).await
    }

    /// The code at an address; empty for an account without.
    ///
    /// # Errors
    /// `NotSent` without a connection, `Refused` when the node says no, `Unknown` for everything else that
    /// is no answer in the form and range that it must have.
    pub async fn code(&self, address: Address) -> Result<Bytes, VenueError> {
        let what = format!("tell the code at {address}");
        let Data(code) = self.node.read(&what, "eth_getCode", json!([address, "latest"])).await?;
        Ok(code)
    }

    /// A wallet's pUSD.
    ///
    /// # Errors
    /// As [`Self::code`].
    pub async fn pusd_balance(&self, wallet: Address) -> Result<Usd, VenueError> {
        let what = format!("tell the pUSD of {wallet}");
        let amount = self.ask(&what, Question::Pusd { owner: wallet }).await?;
        micros(&what, amount).map(Usd::from_micros)
    }

    /// How much pUSD a spender may take from a wallet, in millionths.
    ///
    /// # Errors
    /// As [`Self::code`].
    pub async fn pusd_allowance(
        &self,
        wallet: Address,
        spender: Address,
    ) -> Result<U256, VenueError> {
        let what = format!("tell what {spender} may take from {wallet}");
        self.ask(&what, Question::Allowance { owner: wallet, spender }).await
    }

    /// A wallet's shares of an outcome.
    ///
    /// # Errors
    /// As [`Self::code`].
    pub async fn token_balance(&self, wallet: Address, token: U256) -> Result<Shares, VenueError> {
        let what = format!("tell how much of token {token} {wallet} has");
        let amount = self.ask(&what, Question::Tokens { owner: wallet, id: token }).await?;
        micros(&what, amount).map(Shares::from_micros)
    }

    /// Whether an operator may take all outcome tokens of a wallet.
    ///
    /// # Errors
    /// As [`Self::code`].
    pub async fn is_approved_for_all(
        &self,
        wallet: Address,
        operator: Address,
    ) -> Result<bool, VenueError> {
        let what = format!("tell whether {operator} may take the tokens of {wallet}");
        match self.ask(&what, Question::Operator { owner: wallet, operator }).await? {
            U256::ZERO => Ok(false),
            U256::ONE => Ok(true),
            other => Err(bad(&what, &format!("{other} is neither yes nor no"))),
        }
    }

    /// What a condition pays; `None` while it is not resolved, also for one that nobody prepared.
    ///
    /// # Errors
    /// As [`Self::code`].
    pub async fn payouts(&self, condition: B256) -> Result<Option<Payouts>, VenueError> {
        let what = format!("tell what {condition} pays");
        let denominator = self.ask(&what, Question::PayoutDenominator { condition }).await?;
        if denominator.is_zero() {
            return Ok(None);
        }
        let of = |outcome| Question::PayoutNumerator { condition, outcome };
        let first = self.ask(&what, of(0)).await?;
        let second = self.ask(&what, of(1)).await?;
        // The contract adds them up when it is told; anything else was not read from it.
        if first.checked_add(second) != Some(denominator) {
            return Err(bad(&what, &format!("{first} and {second} do not make {denominator}")));
        }
        Ok(Some(Payouts { first, second, denominator }))
    }

    /// An account's native coin, in wei.
    ///
    /// # Errors
    /// As [`Self::code`].
    pub async fn native_balance(&self, address: Address) -> Result<U256, VenueError> {
        let what = format!("tell the native coin of {address}");
        let params = json!([address, "latest"]);
        let Quantity(amount) = self.node.read(&what, "eth_getBalance", params).await?;
        Ok(amount)
    }

    /// The nonce of an account's next transaction, those counted that wait for a block.
    ///
    /// # Errors
    /// As [`Self::code`].
    pub async fn transaction_count(&self, address: Address) -> Result<u64, VenueError> {
        let what = format!("tell how many transactions {address} made");
        self.number(&what, "eth_getTransactionCount", json!([address, "pending"])).await
    }

    /// How many transactions of an account are in a block. Where [`Self::transaction_count`] is more, some are
    /// under way.
    ///
    /// # Errors
    /// As [`Self::code`].
    pub async fn transactions_made(&self, address: Address) -> Result<u64, VenueError> {
        let what = format!("tell how many transactions of {address} are in a block");
        self.number(&what, "eth_getTransactionCount", json!([address, "latest"])).await
    }

    /// What a unit of gas costs, in wei.
    ///
    /// # Errors
    /// As [`Self::code`], and `Unknown` for more than 128 bits.
    pub async fn gas_price(&self) -> Result<u128, VenueError> {
        let what = "tell the price of gas";
        let Quantity(price) = self.node.read(what, "eth_gasPrice", json!([])).await?;
        u128::try_from(price).map_err(|_| bad(what, &format!("{price} is not a price")))
    }

    /// Hands a transaction to the node, once. One that the node has already is taken as handed over.
    ///
    /// # Errors
    /// `NotSent` when it did not get there; `Refused` when the node did not take it; `Unknown` when it may
    /// or may not have. Then, and when the node says that the nonce is used, its hash tells: ask for
    /// [`Self::receipt`].
    pub async fn send_raw(&self, signed: &Signed) -> Result<(), VenueError> {
        let what = format!("send transaction {}", signed.hash);
        let params = json!([signed.raw]);
        match self.node.send::<Word>(&what, "eth_sendRawTransaction", params).await? {
            Ok(Some(Word(hash))) if hash == signed.hash => Ok(()),
            Ok(_) => Err(bad(&what, "the node tells another hash")),
            Err(error) => {
                let lower = error.message.to_lowercase();
                if lower.contains("already known") || lower.contains("already imported") {
                    Ok(())
                } else if lower.contains("nonce too low") {
                    // It may be this very transaction that used it.
                    Err(bad(&what, &format!("the nonce is used: {}", error.message)))
                } else {
                    Err(node::refused(&what, &error))
                }
            }
        }
    }

    /// What became of a transaction; `None` while it is in no block.
    ///
    /// # Errors
    /// As [`Self::code`].
    pub async fn receipt(&self, hash: B256) -> Result<Option<Receipt>, VenueError> {
        let what = format!("tell what became of transaction {hash}");
        let params = json!([hash]);
        let found = self.node.look::<Receipt>(&what, "eth_getTransactionReceipt", params).await?;
        match found {
            Some(receipt) if receipt.hash != hash => {
                Err(bad(&what, &format!("it tells of {}", receipt.hash)))
            }
            found => Ok(found),
        }
    }

    /// Asks a contract; the answer is one word.
    async fn ask(&self, what: &str, question: Question) -> Result<U256, VenueError> {
        let params = json!([{ "to": question.target(), "data": question.data() }, "latest"]);
        let Data(bytes) = self.node.read(what, "eth_call", params).await?;
        let word = B256::try_from(bytes.as_ref());
        let word = word.map_err(|_| bad(what, &format!("{} bytes are no number", bytes.len())))?;
        Ok(word.into())
    }

    async fn number(&self, what: &str, method: &str, params: Value) -> Result<u64, VenueError> {
        let Quantity(number) = self.node.read(what, method, params).await?;
        u64::try_from(number).map_err(|_| bad(what, &format!("{number} is too large")))
    }
}

fn micros(what: &str, amount: U256) -> Result<i64, VenueError> {
    let micros = i64::try_from(amount).ok().filter(|micros| *micros <= AMOUNT_MOST.micros());
    micros.ok_or_else(|| bad(what, &format!("{amount} is more than there can be")))
}
