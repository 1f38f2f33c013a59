//! What goes wrong with frames on their way out, on purpose. A socket has one `Tampering` and asks it
//! about every frame; which rules are in force is the [`crate::fault`] room's to say.

use super::Channel;
use crate::serve::desk::Desk;
use std::sync::Arc;

/// What becomes of one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::serve) enum Handling {
    /// It is sent.
    #[default]
    Deliver,
    /// It is lost, and the link lives on: the venue has no sequence numbers that would tell.
    Drop,
    /// It is sent twice.
    Duplicate,
    /// It is sent after the next one.
    Reorder,
    /// From here on nothing is sent any more, not even the answer to a ping; the link stays open.
    Silent,
    /// The link is cut without a word.
    Cut,
}

/// What decides: asked under no lock, once for each frame.
pub(in crate::serve) type Rule = fn(&Desk, Channel, &str) -> Handling;

/// Without rules every frame is sent.
#[cfg(test)]
pub(in crate::serve) const NONE: Rule = |_, _, _| Handling::Deliver;

/// The frames to send instead of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::serve) enum Outgoing {
    /// These, in order; none at times.
    Frames(Vec<Arc<str>>),
    /// The end.
    Cut,
}

/// One socket's state.
#[derive(Debug)]
pub(in crate::serve) struct Tampering {
    rule: Rule,
    held: Vec<Arc<str>>,
    is_silent: bool,
}

impl Tampering {
    /// A socket under a rule.
    pub(in crate::serve) const fn under(rule: Rule) -> Self {
        Self { rule, held: Vec::new(), is_silent: false }
    }

    /// What is sent in place of a frame.
    pub(in crate::serve) fn apply(
        &mut self,
        desk: &Desk,
        channel: Channel,
        frame: Arc<str>,
    ) -> Outgoing {
        if self.is_silent {
            return Outgoing::Frames(Vec::new());
        }
        let mut frames = Vec::with_capacity(1);
        match (self.rule)(desk, channel, &frame) {
            Handling::Deliver => frames.push(frame),
            Handling::Drop => return Outgoing::Frames(Vec::new()),
            Handling::Duplicate => frames.extend([Arc::clone(&frame), frame]),
            Handling::Reorder => {
                self.held.push(frame);
                return Outgoing::Frames(Vec::new());
            }
            Handling::Silent => {
                self.is_silent = true;
                return Outgoing::Frames(Vec::new());
            }
            Handling::Cut => return Outgoing::Cut,
        }
        frames.append(&mut self.held);
        Outgoing::Frames(frames)
    }

    /// Whether nothing is sent any more.
    pub(in crate::serve) const fn is_silent(&self) -> bool {
        self.is_silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::fault::Faults;
    use crate::log::Log;
    use crate::venue::{Settings, Venue};
    use betteroms_core::time::Time;

    /// The frame says itself what becomes of it.
    const BY_NAME: Rule = |_, _, frame| match frame {
        "drop" => Handling::Drop,
        "twice" => Handling::Duplicate,
        "late" => Handling::Reorder,
        "silent" => Handling::Silent,
        "cut" => Handling::Cut,
        _ => Handling::Deliver,
    };

    #[test]
    fn frames_are_lost_repeated_swapped_and_silenced() {
        let at = Time::from_secs(1_790_000_000);
        let venue = Venue::new(Settings::default(), at);
        let desk = Desk::new(venue, Clock::starting(at, 0), Log::default(), Faults::default());
        let mut tampering = Tampering::under(BY_NAME);
        let mut sent = Vec::new();
        for frame in ["a", "drop", "twice", "late", "b", "cut", "silent", "c"] {
            match tampering.apply(&desk, Channel::Market, frame.into()) {
                Outgoing::Frames(frames) => {
                    sent.extend(frames.iter().map(|frame| frame.as_ref().to_owned()));
                }
                Outgoing::Cut => sent.push("!".to_owned()),
            }
        }
        assert_eq!(sent, ["a", "twice", "twice", "b", "late", "!"]);
        assert!(tampering.is_silent());
    }
}
