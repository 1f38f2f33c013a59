//! Asks before something is done that cannot be undone: at a terminal with a word, in a script with a flag.

use crate::app::{self, House};
use anyhow::Result;
use std::io::IsTerminal as _;

/// What became of the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// By the flag, or typed: go on.
    Yes,
    /// Typed something else.
    No,
    /// Nobody is there, and the flag was not said.
    NotAsked,
}

/// Asks whether to go on, after what will be done was shown. Only the word "yes" means yes.
pub(super) fn agreed(house: &House, yes: bool, shown: &str, question: &str) -> Result<Answer> {
    if yes {
        return Ok(Answer::Yes);
    }
    if house.json || !std::io::stdin().is_terminal() {
        return Ok(Answer::NotAsked);
    }
    app::say_now(shown)?;
    let yes = app::ask_yes(&format!("{question} Type yes to go on: "))?;
    Ok(if yes { Answer::Yes } else { Answer::No })
}

impl Answer {
    /// The part of `shown` that is still to be printed: at a terminal it was shown before the question.
    pub(super) fn rest(self, yes: bool, shown: &str) -> &str {
        match self {
            Self::Yes if yes => shown,
            Self::NotAsked => shown,
            Self::Yes | Self::No => "",
        }
    }

    /// That nothing was done, and what would do it where nobody was asked.
    pub(super) fn nothing(self, done: &str) -> String {
        match self {
            Self::Yes | Self::No => format!("nothing was {done}\n"),
            Self::NotAsked => format!("nothing was {done}: add --yes\n"),
        }
    }
}
