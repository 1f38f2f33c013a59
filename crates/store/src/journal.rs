//! Events in their stored form and back. Old forms are lifted on read; the journal itself is never rewritten.

use crate::cell::Cell;
use crate::error::StoreError;
use betteroms_core::event::{AccountId, Event, PassId};
use betteroms_core::time::Time;

/// Where and when events were recorded, as cells that many rows share.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    account: Cell,
    pass: Cell,
    at: Cell,
}

impl Stamp {
    pub(crate) fn new(account: &AccountId, pass: Option<&PassId>, at: Time) -> Self {
        let pass = pass.map(PassId::as_str).into();
        Self { account: account.as_str().into(), pass, at: at.micros().into() }
    }
}

/// The row of `events`.
pub(crate) fn event_cells(seq: i64, stamp: &Stamp, event: &Event) -> Result<[Cell; 7], StoreError> {
    Ok([
        seq.into(),
        stamp.account.clone(),
        stamp.pass.clone(),
        stamp.at.clone(),
        event.kind().into(),
        Event::VERSION.into(),
        Cell::json(event).map_err(StoreError::encode("an event"))?,
    ])
}

/// Reads an event that was stored with form `version`.
///
/// # Errors
/// When the form is newer than ours, or the text does not have it.
pub(crate) fn decode(seq: i64, version: i64, body: &str) -> Result<Event, StoreError> {
    let known = i64::from(Event::VERSION);
    if version > known {
        return Err(StoreError::EventNewer { seq, found: version, known: Event::VERSION });
    }
    serde_json::from_str(body).map_err(StoreError::decode("event", seq.to_string()))
}
