//! The recorded answers, read in place; they are not part of this repository.

use std::path::PathBuf;

/// The folder of recorded answers. `None`, with a line that says so, where it is not there; under `CI=true`
/// that fails the test instead.
pub(crate) fn payloads(test: &str) -> Option<PathBuf> {
    let root = std::env::var_os("BETTEROMS_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let folder = root.join("payloads");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{test}: {} is not there, and under CI=true nothing may be skipped",
        folder.display()
    );
    println!("skipped: {test}: {} is not there", folder.display());
    None
}

pub(crate) fn read(test: &str, file: &str) -> Option<Vec<u8>> {
    let path = payloads(test)?.join(file);
    Some(std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}
