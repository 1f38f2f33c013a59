//! The venue behind its doors: one lock around the state machine, the clock that drives it, the log that
//! hears everything, the sockets that are told. Handlers come in here and nowhere else.

use super::call::Call;
use super::sockets::publish::Publisher;
use crate::clock::Clock;
use crate::fault::Faults;
use crate::log::{Log, Topic};
use crate::venue::{Dated, Venue};
use betteroms_core::time::Time;
use serde::Serialize;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What all connections share.
#[derive(Debug)]
pub struct Desk {
    inside: Mutex<Inside>,
    /// The clock.
    pub clock: Clock,
    /// What goes wrong on purpose.
    pub faults: Mutex<Faults>,
    /// The sockets.
    pub(in crate::serve) publisher: Publisher,
}

#[derive(Debug)]
struct Inside {
    venue: Venue,
    log: Log,
}

impl Desk {
    /// Opens the venue's doors.
    pub fn new(venue: Venue, clock: Clock, log: Log, faults: Faults) -> Self {
        let faults = Mutex::new(faults);
        let inside = Mutex::new(Inside { venue, log });
        Self { inside, clock, faults, publisher: Publisher::default() }
    }

    /// Does something with the venue at the present time: first everything that is due happens, then
    /// `work`; then what changed is logged and told to the sockets, before anybody else comes in.
    pub fn with<R>(&self, call: &Call, work: impl FnOnce(&mut Venue) -> R) -> R {
        self.at(self.clock.now(), call.number, work)
    }

    /// Lets everything happen that is due: what a timer does.
    pub fn tick(&self) -> Option<Time> {
        self.at(self.clock.now(), 0, |venue| venue.next_due())
    }

    fn at<R>(&self, now: Time, request: u64, work: impl FnOnce(&mut Venue) -> R) -> R {
        let mut inside = self.lock();
        let Inside { venue, log } = &mut *inside;
        venue.advance(now);
        self.tell(venue, log, 0);
        let done = work(venue);
        self.tell(venue, log, request);
        done
    }

    /// Does something for a socket, which is no request: afterwards it hears every change to come and
    /// none of those before.
    pub(super) fn for_socket<R>(&self, work: impl FnOnce(&mut Venue) -> R) -> R {
        self.at(self.clock.now(), 0, work)
    }

    fn tell(&self, venue: &mut Venue, log: &mut Log, request: u64) {
        let batch = venue.drain();
        for Dated { at, change } in &batch {
            log.line(*at, Topic::Change, request, &super::record::of(venue, change));
        }
        self.publisher.tell(venue, &batch);
    }

    /// Adds a line to the log, and hands the log to the system.
    pub fn log(&self, topic: Topic, request: u64, what: &impl Serialize) {
        let mut inside = self.lock();
        let at = inside.venue.now();
        inside.log.line(at, topic, request, what);
        inside.log.flush();
    }

    /// Looks at the venue as it was left; nothing that is due happens.
    pub fn look<R>(&self, read: impl FnOnce(&Venue) -> R) -> R {
        read(&self.lock().venue)
    }

    /// Reads the log.
    pub fn with_log<R>(&self, read: impl FnOnce(&Log) -> R) -> R {
        read(&self.lock().log)
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // A handler that panicked left the venue between two of its own steps at worst; the others go
        // on, and the ledger's audit tells if anything is off.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
