//! The request to halt, as a file beside the store: it can be made while a run holds the store, which looks
//! for it before each wave of orders. The next command that holds the store puts it into the journal.

use crate::app::House;
use crate::crash::{self, Point};
use anyhow::{Context as _, Result};
use betteroms_store::file_beside;
use std::io::ErrorKind;
use std::path::PathBuf;

/// What the file says where everything that rests and could add exposure is to be taken out as well.
const FREEZE: &str = "freeze\n";
const HALT: &str = "halt\n";

/// Beside the store itself, whatever link leads to it: a run and a panic may have been given different ones.
fn path(house: &House) -> std::io::Result<PathBuf> {
    file_beside(&house.db, "halt")
}

/// True where a halt was asked for and is not in the journal yet.
pub(crate) fn is_halt_asked(house: &House) -> bool {
    // What cannot be looked at is taken for a halt.
    halt_asked(house).map_or(true, |asked| asked.is_some())
}

/// What was asked for and is not in the journal yet: whether it is a freeze.
pub(crate) fn halt_asked(house: &House) -> Result<Option<bool>> {
    match path(house).and_then(std::fs::read_to_string) {
        Ok(text) => Ok(Some(text == FREEZE)),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
        Err(fault) => {
            Err(fault).with_context(|| format!("reading the halt beside {}", house.db.display()))
        }
    }
}

/// True where a freeze was asked for and is not in the journal yet.
pub(crate) fn is_freeze_asked(house: &House) -> bool {
    // What cannot be read is taken for one: taking buys out adds no exposure.
    halt_asked(house).map_or(true, |asked| asked == Some(true))
}

/// Asks for a halt, durably, whoever holds the store.
pub(crate) fn ask_halt(house: &House, freeze: bool) -> Result<()> {
    let freeze = freeze || halt_asked(house).ok().flatten() == Some(true);
    let folder = || format!("finding the folder of {}", house.db.display());
    let path = path(house).with_context(folder)?;
    let text = if freeze { FREEZE } else { HALT };
    let written = std::fs::write(&path, text).and_then(|()| std::fs::File::open(&path)?.sync_all());
    written.with_context(|| format!("asking for the halt in {}", path.display()))?;
    crash::point(Point::HaltAsked);
    Ok(())
}

/// Takes the request away: the journal has it, or it was taken back.
pub(crate) fn forget_halt(house: &House) -> Result<()> {
    match path(house).and_then(std::fs::remove_file) {
        Err(fault) if fault.kind() != ErrorKind::NotFound => {
            Err(fault).with_context(|| format!("removing the halt beside {}", house.db.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
