//! Many receipts, a few at once, for as long as there is time.

use super::client::ChainClient;
use crate::wire::rpc::Receipt;
use alloy_primitives::B256;
use futures_util::StreamExt as _;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How many are asked for at once.
const AT_ONCE: usize = 4;

/// What a node told of some transactions.
#[derive(Debug, Default)]
pub struct Receipts {
    /// Those that it answered for; `None` for one that is in no block it knows.
    pub told: Vec<(B256, Option<Receipt>)>,
    /// Why it was not asked for the rest.
    pub stopped: Option<String>,
}

impl ChainClient {
    /// Asks what became of these transactions, until one answer cannot be had or the time is over.
    pub async fn receipts(&self, hashes: &[B256], within: Duration) -> Receipts {
        let asked = hashes.iter().map(|hash| async move { (*hash, self.receipt(*hash).await) });
        let mut answers = futures_util::stream::iter(asked).buffer_unordered(AT_ONCE);
        let (mut all, until) = (Receipts::default(), Instant::now() + within);
        loop {
            match timeout_at(until, answers.next()).await {
                Ok(Some((hash, Ok(receipt)))) => all.told.push((hash, receipt)),
                Ok(Some((_, Err(error)))) => all.stopped = Some(error.explain()),
                Err(_) => all.stopped = Some(format!("it took longer than {within:?}")),
                Ok(None) => return all,
            }
            if all.stopped.is_some() {
                return all;
            }
        }
    }
}
