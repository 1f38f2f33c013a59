//! The dead-man switch: a key that beat once must go on, or all its orders go (venue.md 4.9).

use super::Venue;
use super::agenda::Task;
use super::change::Change;
use super::order::Why;
use super::people::KeyIx;
use super::refusal::Refusal;
use crate::names::Kind as NameKind;
use betteroms_core::time::Time;
use std::collections::BTreeMap;

/// How long a key may be silent, and how often somebody looks, in seconds.
const SILENT_SECS: i64 = 10;
const LOOK_SECS: i64 = 5;

/// Keys with an armed switch: the id their next beat must carry, and when they last beat.
#[derive(Clone, Debug, Default)]
pub(super) struct Beats {
    armed: BTreeMap<KeyIx, (String, Time)>,
    is_looking: bool,
}

impl Venue {
    /// A beat with the id of the last answer, empty for the first one. Answers the next id.
    ///
    /// # Errors
    /// On another id than the expected one, which the refusal carries.
    pub fn beat(&mut self, key: KeyIx, id: &str) -> Result<String, Refusal> {
        if let Some((expected, _)) = self.beats.armed.get(&key)
            && expected != id
        {
            return Err(Refusal::Heartbeat { expected: expected.clone() });
        }
        if !id.is_empty() && !self.beats.armed.contains_key(&key) {
            // Expiry disarmed it, or it never beat: it starts anew with an empty id.
            return Err(Refusal::Heartbeat { expected: String::new() });
        }
        let next = self.names.uuid(NameKind::Heartbeat).to_string();
        self.beats.armed.insert(key, (next.clone(), self.now));
        if !self.beats.is_looking {
            self.beats.is_looking = true;
            self.agenda.at(self.now.plus_secs(LOOK_SECS), Task::Heartbeats);
        }
        Ok(next)
    }

    /// Looks at all armed keys; goes on looking while there are any.
    pub(super) fn heartbeats_due(&mut self) {
        let now = self.now;
        let silent = |last: &Time| now.since_micros(*last) >= SILENT_SECS * 1_000_000;
        let armed = self.beats.armed.iter();
        let lost: Vec<KeyIx> =
            armed.filter(|(_, (_, last))| silent(last)).map(|(key, _)| *key).collect();
        for key in lost {
            self.beats.armed.remove(&key);
            for order in self.open_orders(key, None, None) {
                self.end(order, Why::HeartbeatLost);
            }
            self.note(Change::HeartbeatLost { key });
        }
        self.beats.is_looking = !self.beats.armed.is_empty();
        if self.beats.is_looking {
            self.agenda.at(now.plus_secs(LOOK_SECS), Task::Heartbeats);
        }
    }
}
