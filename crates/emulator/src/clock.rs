//! What time the venue has: the wall's, one that runs from a given instant at a given speed, or one that
//! only moves when told. This is the one place of the emulator that reads the clock.

use betteroms_core::time::Time;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Millionths: a speed of 1 is a second a second.
const NORMAL: u64 = 1_000_000;

/// The venue's clock.
#[derive(Debug)]
pub struct Clock {
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    /// The venue's time when it was last set.
    set: Time,
    /// The wall's then.
    at: Instant,
    /// Venue seconds per wall second, in millionths; zero stands still.
    speed: u64,
    /// Whether it is the wall's own time; once set by hand it no longer is.
    follows_wall: bool,
}

impl Clock {
    /// The wall's own time.
    pub fn wall() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let set = Time::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
        let state = State { set, at: Instant::now(), speed: NORMAL, follows_wall: true };
        Self { state: Mutex::new(state) }
    }

    /// A clock of its own that begins at `start`; `speed` in millionths, zero to stand still.
    pub fn starting(start: Time, speed: u64) -> Self {
        let state = State { set: start, at: Instant::now(), speed, follows_wall: false };
        Self { state: Mutex::new(state) }
    }

    /// The venue's time now.
    pub fn now(&self) -> Time {
        let state = *self.lock();
        let passed = u64::try_from(state.at.elapsed().as_micros()).unwrap_or(u64::MAX);
        let moved = u128::from(passed) * u128::from(state.speed) / u128::from(NORMAL);
        let moved = i64::try_from(moved).unwrap_or(i64::MAX);
        Time::from_micros(state.set.micros().saturating_add(moved))
    }

    /// Sets the clock; it runs on from there. Going back is refused.
    ///
    /// # Errors
    /// With the present time when `to` lies before it.
    pub fn set(&self, to: Time) -> Result<(), Time> {
        let now = self.now();
        if to < now {
            return Err(now);
        }
        let mut state = self.lock();
        state.set = to;
        state.at = Instant::now();
        state.follows_wall = false;
        Ok(())
    }

    /// Whether clients that read their own clock agree with this one.
    pub fn follows_wall(&self) -> bool {
        self.lock().follows_wall
    }

    /// How long to wait, on the wall, until the venue's time is `until`; `None` when it stands still.
    pub fn wait_for(&self, until: Time) -> Option<Duration> {
        let speed = self.lock().speed;
        let ahead = u64::try_from(until.since_micros(self.now())).unwrap_or_default();
        if ahead == 0 {
            return Some(Duration::ZERO);
        }
        let wall = u128::from(ahead) * u128::from(NORMAL);
        let wall = wall.checked_div(u128::from(speed))?;
        Some(Duration::from_micros(u64::try_from(wall).unwrap_or(u64::MAX)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stands_still_moves_only_when_set_and_never_back() {
        let start = Time::from_secs(1_000);
        let clock = Clock::starting(start, 0);
        assert_eq!(clock.now(), start);
        assert_eq!(clock.wait_for(start.plus_secs(1)), None);
        clock.set(start.plus_secs(60)).expect("forward");
        assert_eq!(clock.now(), start.plus_secs(60));
        assert_eq!(clock.set(start), Err(start.plus_secs(60)));
    }

    #[test]
    fn the_wall_s_clock_goes_its_own_way_once_it_was_set() {
        let clock = Clock::wall();
        assert!(clock.follows_wall());
        clock.set(clock.now().plus_secs(300)).expect("forward");
        assert!(!clock.follows_wall());
    }

    #[test]
    fn a_fast_clock_waits_less() {
        let clock = Clock::starting(Time::from_secs(0), 60 * NORMAL);
        let wait = clock.wait_for(Time::from_secs(60)).expect("it runs");
        assert!(wait <= Duration::from_secs(1), "{wait:?}");
    }
}
