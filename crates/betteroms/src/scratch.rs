//! A folder of our own for what must not last: the demo's store, a preview's copy.

use crate::app::House;
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// A folder that goes away with the value.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes a folder that no other process uses. `create_dir` fails where somebody else got there
    /// first, so a planted link is never followed.
    pub(crate) fn new(house: &House, what: &str) -> Result<Self> {
        let name = format!("betteroms-{what}-{}-{}", std::process::id(), house.now.micros());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}
