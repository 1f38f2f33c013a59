//! Trading modes: restarting, post-only, cancel-only, disabled (venue.md 4.10).

use super::Venue;
use super::agenda::Task;
use super::change::Change;
use super::refusal::Refusal;
use betteroms_core::time::Time;

/// What the engine does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything.
    Normal,
    /// Nothing until then; post-only afterwards for so many seconds.
    Restarting {
        /// When the engine is back.
        until: Time,
        /// How long only post-only orders are taken then.
        post_only_secs: u32,
        /// Whether the refusal says when to come back.
        says_when: bool,
    },
    /// Post-only orders and cancels until then.
    PostOnly {
        /// When trading is normal again.
        until: Time,
    },
    /// Cancels.
    CancelOnly,
    /// Nothing.
    Disabled,
}

impl Mode {
    /// A word for logs and the control interface.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Restarting { .. } => "restarting",
            Self::PostOnly { .. } => "post-only",
            Self::CancelOnly => "cancel-only",
            Self::Disabled => "disabled",
        }
    }
}

fn secs_until(now: Time, until: Time) -> u64 {
    let micros = u64::try_from(until.since_micros(now)).unwrap_or_default();
    micros.div_ceil(1_000_000)
}

impl Venue {
    /// The mode in force.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Changes the mode.
    pub fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
        match mode {
            Mode::Restarting { until, .. } | Mode::PostOnly { until } => {
                self.agenda.at(until, Task::Mode);
            }
            Mode::Normal | Mode::CancelOnly | Mode::Disabled => {}
        }
        self.note(Change::Mode { mode });
    }

    /// A mode's time is over.
    pub(super) fn mode_due(&mut self) {
        match self.mode {
            Mode::Restarting { until, post_only_secs, .. } if until <= self.now => {
                if post_only_secs == 0 {
                    self.set_mode(Mode::Normal);
                } else {
                    let until = until.plus_secs(i64::from(post_only_secs));
                    self.set_mode(Mode::PostOnly { until });
                }
            }
            Mode::PostOnly { until } if until <= self.now => self.set_mode(Mode::Normal),
            Mode::Restarting { .. }
            | Mode::PostOnly { .. }
            | Mode::Normal
            | Mode::CancelOnly
            | Mode::Disabled => {}
        }
    }

    /// Whether an order may be posted now.
    ///
    /// # Errors
    /// With what the mode answers.
    pub(super) fn gate_order(&self, post_only: bool) -> Result<(), Refusal> {
        match self.mode {
            Mode::Normal => Ok(()),
            Mode::Restarting { until, says_when, .. } => Err(Refusal::Restarting {
                retry_secs: says_when.then(|| secs_until(self.now, until)),
            }),
            Mode::PostOnly { .. } if post_only => Ok(()),
            Mode::PostOnly { until } => {
                Err(Refusal::PostOnlyMode { retry_secs: secs_until(self.now, until) })
            }
            Mode::CancelOnly => Err(Refusal::CancelOnly),
            Mode::Disabled => Err(Refusal::Disabled),
        }
    }

    /// Whether a batch of orders is looked at now: the post-only window judges each leg.
    ///
    /// # Errors
    /// With what the mode answers.
    pub fn gate_batch(&self) -> Result<(), Refusal> {
        match self.mode {
            Mode::PostOnly { .. } => Ok(()),
            Mode::Normal | Mode::Restarting { .. } | Mode::CancelOnly | Mode::Disabled => {
                self.gate_order(false)
            }
        }
    }

    /// Whether orders may be cancelled now.
    ///
    /// # Errors
    /// With what the mode answers.
    pub fn gate_cancel(&self) -> Result<(), Refusal> {
        match self.mode {
            Mode::Normal | Mode::PostOnly { .. } | Mode::CancelOnly => Ok(()),
            Mode::Restarting { .. } => self.gate_order(false),
            Mode::Disabled => Err(Refusal::Disabled),
        }
    }
}
