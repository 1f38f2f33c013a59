//! The store against a real database file, with facts made by the real core.
#![allow(clippy::unwrap_used, reason = "a test's helpers stop the test")]

mod audit;
mod desk;
mod file;
mod real;
mod story;
mod tamper;

use std::path::PathBuf;
use tempfile::TempDir;

/// A folder of its own for a test, and the path of a store in it.
fn scratch() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("oms.db");
    (folder, path)
}
