//! The request to halt, as a file beside the store: it can be made while a run holds the store, which looks
//! for it before each wave of orders. The next command that holds the store puts it into the journal.

use crate::crash::{self, Point};
use anyhow::{Context as _, Result};
use betteroms_store::file_beside;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// What a line of the file says where everything that rests and could add exposure is to be taken out as well.
const FREEZE: &str = "freeze";
const HALT: &str = "halt";
/// The request that is being put into the journal. Another one can be made meanwhile, and is not taken for it.
const CLAIMED: &str = "halt-taken";
/// How often a request is written that somebody took hold of at that moment.
const WRITES: u32 = 3;

/// Beside the store itself, whatever link leads to it: a run and a panic may have been given different ones.
fn path(db: &Path, word: &str) -> Result<PathBuf> {
    let path = file_beside(db, word);
    path.with_context(|| format!("finding the folder of {}", db.display()))
}

/// True where a halt was asked for and is not in the journal yet.
pub(crate) fn is_halt_asked(db: &Path) -> bool {
    // What cannot be looked at is taken for a halt.
    halt_asked(db).map_or(true, |asked| asked.is_some())
}

/// What was asked for and is not in the journal yet: whether it is a freeze.
pub(crate) fn halt_asked(db: &Path) -> Result<Option<bool>> {
    // In this order: what is claimed between the two readings is seen twice, and never missed.
    Ok(read(db, HALT)?.max(read(db, CLAIMED)?))
}

fn read(db: &Path, word: &str) -> Result<Option<bool>> {
    match std::fs::read_to_string(path(db, word)?) {
        Ok(text) => Ok(Some(text.lines().any(|line| line == FREEZE))),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
        Err(fault) => {
            Err(fault).with_context(|| format!("reading the halt beside {}", db.display()))
        }
    }
}

/// True where a freeze was asked for and is not in the journal yet.
pub(crate) fn is_freeze_asked(db: &Path) -> bool {
    // What cannot be read is taken for one: taking buys out adds no exposure.
    halt_asked(db).map_or(true, |asked| asked == Some(true))
}

/// Asks for a halt, durably, whoever holds the store. A line more: what was asked before stands.
pub(crate) fn ask_halt(db: &Path, freeze: bool) -> Result<()> {
    let path = path(db, HALT)?;
    let line = format!("{}\n", if freeze { FREEZE } else { HALT });
    for _ in 0..WRITES {
        write(&path, &line)
            .with_context(|| format!("asking for the halt in {}", path.display()))?;
        // Where it was claimed before the line was in it, nobody may have read that: once more is no harm.
        if read(db, HALT)?.is_some_and(|is_freeze| is_freeze || !freeze) {
            break;
        }
    }
    crash::point(Point::HaltAsked);
    Ok(())
}

fn write(path: &Path, line: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()?;
    // Its name as well: a power cut must not take the request away.
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Takes hold of what was asked for, or of what an earlier call that was cut off had taken hold of: whether it is a
/// freeze. What is asked from now on is another request. For whoever holds the store.
pub(crate) fn claim_halt(db: &Path) -> Result<Option<bool>> {
    if let Some(left) = read(db, CLAIMED)? {
        return Ok(Some(left));
    }
    match std::fs::rename(path(db, HALT)?, path(db, CLAIMED)?) {
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
        Err(fault) => {
            Err(fault).with_context(|| format!("taking in the halt beside {}", db.display()))
        }
        Ok(()) => read(db, CLAIMED),
    }
}

/// Takes the claimed request away: the journal has it.
pub(crate) fn forget_halt(db: &Path) -> Result<()> {
    match std::fs::remove_file(path(db, CLAIMED)?) {
        Err(fault) if fault.kind() != ErrorKind::NotFound => {
            Err(fault).with_context(|| format!("removing the halt beside {}", db.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_while_another_request_is_booked_is_not_taken_for_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = &folder.path().join("store.db");
        assert_eq!(claim_halt(db).expect("read"), None);
        ask_halt(db, false).expect("asked");
        assert_eq!(claim_halt(db).expect("claimed"), Some(false));
        assert!(is_halt_asked(db), "not in the journal yet");
        // A panic, while the halt is written to the journal.
        ask_halt(db, true).expect("asked");
        ask_halt(db, false).expect("asked");
        assert!(is_freeze_asked(db));
        forget_halt(db).expect("forgotten");
        assert!(is_freeze_asked(db), "a halt after it does not thaw it");
        assert_eq!(claim_halt(db).expect("claimed"), Some(true));
        // Cut off before it was booked: the next call goes on with it.
        assert_eq!(claim_halt(db).expect("claimed"), Some(true));
        forget_halt(db).expect("forgotten");
        assert!(!is_halt_asked(db));
        assert_eq!(claim_halt(db).expect("read"), None);
    }
}
