//! A secret that is handed over once, to be kept: from a private file, from standard input, or by a person.
//! Never from an argument, where every program of the machine can read it.

use super::files::{read_at_most, read_private};
use super::{KeyError, forbid_dumps, terminal};
use std::io::{self, IsTerminal as _};
use std::path::Path;
use zeroize::Zeroizing;

/// The longest secret, its line's end included.
const MOST: usize = 4096;

/// Reads a secret as text, white space around it left out. `question` is what a person is asked.
///
/// # Errors
/// [`KeyError`] says which place is wrong; it repeats nothing of what was read.
pub fn given(file: Option<&Path>, question: &str) -> Result<Zeroizing<String>, KeyError> {
    forbid_dumps().map_err(KeyError::Memory)?;
    let bytes = match file {
        Some(path) => read_private(path, MOST)?,
        None if io::stdin().is_terminal() => {
            let [answer] = terminal::ask([question]).map_err(KeyError::Ask)?;
            answer
        }
        None => {
            let read = read_at_most(io::stdin().lock(), MOST).map_err(KeyError::Input)?;
            read.ok_or(KeyError::TooLong)?
        }
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| KeyError::NotText)?.trim();
    if text.is_empty() { Err(KeyError::Nothing) } else { Ok(Zeroizing::new(text.to_owned())) }
}
