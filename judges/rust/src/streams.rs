//! The library's own sockets, read in the background from their first frame on.

use crate::judge::{Judge, Told};
use futures::{Stream, StreamExt as _};
use polymarket_client_sdk_v2::clob::ws::WsMessage;
use polymarket_client_sdk_v2::error::Error;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(5);

/// What one stream yielded so far.
#[derive(Clone, Debug)]
pub struct Seen<T> {
    events: Arc<Mutex<Vec<T>>>,
}

impl<T: Clone + Debug + Send + 'static> Seen<T> {
    /// Reads a stream until the story is over.
    pub fn of(stream: impl Stream<Item = Result<T, Error>> + Send + 'static) -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&events);
        tokio::spawn(async move {
            let mut stream = Box::pin(stream);
            while let Some(Ok(event)) = stream.next().await {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(event);
            }
        });
        Self { events }
    }

    fn find<R>(&self, wanted: &impl Fn(&T) -> Option<R>) -> Option<R> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).iter().find_map(wanted)
    }

    /// What is wanted of the first event that has it.
    pub async fn wait<R>(
        &self,
        judge: &Judge,
        what: &str,
        wanted: impl Fn(&T) -> Option<R>,
    ) -> Told<R> {
        let begun = Instant::now();
        while begun.elapsed() < LIMIT {
            if let Some(found) = self.find(&wanted) {
                judge.yes(what, true, ())?;
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let last: Vec<String> = events.iter().rev().take(12).map(|it| format!("{it:?}")).collect();
        Err(format!("{what}: not in {LIMIT:?} among\n  {}", last.join("\n  ")).into())
    }
}

/// A trade of the user channel.
pub fn trade<R>(
    event: &WsMessage,
    wanted: impl Fn(&polymarket_client_sdk_v2::clob::ws::TradeMessage) -> Option<R>,
) -> Option<R> {
    if let WsMessage::Trade(trade) = event { wanted(trade) } else { None }
}

/// An order of the user channel.
pub fn order<R>(
    event: &WsMessage,
    wanted: impl Fn(&polymarket_client_sdk_v2::clob::ws::OrderMessage) -> Option<R>,
) -> Option<R> {
    if let WsMessage::Order(order) = event { wanted(order) } else { None }
}
