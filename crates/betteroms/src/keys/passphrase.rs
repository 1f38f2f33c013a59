//! The passphrase of a keystore, and where it comes from: a file, a descriptor, or a person.

use super::files::{FileError, read_at_most, read_private};
use super::terminal::{self, AskError};
use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The longest passphrase, its line's end included.
const MOST: usize = 4096;

/// A passphrase. Erased when dropped; never shown.
pub struct Passphrase(Zeroizing<Vec<u8>>);

/// Where the passphrase comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassphraseSource {
    /// A file of ours with mode 0400 or 0600. One newline at its end is not part of the passphrase.
    File(PathBuf),
    /// An open descriptor, as of a pipe, read to its end: whoever gave it must close theirs.
    Descriptor(u32),
    /// A person at the terminal that is standard input.
    Prompt,
}

/// No passphrase. It does not repeat what was read.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseError {
    /// The file.
    #[error("the passphrase file cannot be used")]
    File(#[source] FileError),
    /// The descriptor.
    #[error("reading the passphrase from descriptor {number}")]
    Descriptor {
        /// Which.
        number: u32,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What is typed at that descriptor would be shown.
    #[error(
        "descriptor {0} is a terminal: let the passphrase be asked for, which does not show it"
    )]
    IsTerminal(u32),
    /// The terminal.
    #[error(
        "asking for the passphrase; where nobody can type, name a file of mode 0400 as real.passphraseFile in the \
         configuration, or an open descriptor with --passphrase-fd"
    )]
    Ask(#[source] AskError),
    /// Nothing, or nothing but a newline.
    #[error("the passphrase is empty")]
    Empty,
    /// Longer than any passphrase.
    #[error("the passphrase is longer than {MOST} bytes")]
    TooLong,
    /// Asked twice, and told two.
    #[error("the two passphrases differ")]
    Differ,
}

impl Passphrase {
    /// A passphrase of these bytes.
    ///
    /// # Errors
    /// [`PassphraseError::Empty`], [`PassphraseError::TooLong`].
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Result<Self, PassphraseError> {
        match bytes.len() {
            0 => Err(PassphraseError::Empty),
            1..=MOST => Ok(Self(bytes)),
            _ => Err(PassphraseError::TooLong),
        }
    }

    /// Reads the passphrase that opens a keystore.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn read(source: &PassphraseSource) -> Result<Self, PassphraseError> {
        match source {
            PassphraseSource::File(path) => {
                let bytes = read_private(path, MOST).map_err(PassphraseError::File)?;
                Self::of_line(bytes)
            }
            PassphraseSource::Descriptor(number) => Self::of_descriptor(*number),
            PassphraseSource::Prompt => {
                let [answer] = terminal::ask(["Passphrase"]).map_err(PassphraseError::Ask)?;
                Self::new(answer)
            }
        }
    }

    /// Reads the passphrase for a keystore to be made: a person is asked twice.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn read_new(source: &PassphraseSource) -> Result<Self, PassphraseError> {
        if *source != PassphraseSource::Prompt {
            return Self::read(source);
        }
        let questions = ["New passphrase", "The same again"];
        let [first, second] = terminal::ask(questions).map_err(PassphraseError::Ask)?;
        if first == second { Self::new(first) } else { Err(PassphraseError::Differ) }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn of_descriptor(number: u32) -> Result<Self, PassphraseError> {
        let fault = |source| PassphraseError::Descriptor { number, source };
        let file = File::open(format!("/dev/fd/{number}")).map_err(fault)?;
        if file.is_terminal() {
            return Err(PassphraseError::IsTerminal(number));
        }
        let bytes = read_at_most(file, MOST).map_err(fault)?;
        Self::of_line(bytes.ok_or(PassphraseError::TooLong)?)
    }

    fn of_line(mut bytes: Zeroizing<Vec<u8>>) -> Result<Self, PassphraseError> {
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        Self::new(bytes)
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase")
    }
}
