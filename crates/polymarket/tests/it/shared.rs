//! The recorded answers, read in place; they are not part of this repository.

use std::path::{Path, PathBuf};

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

/// The last literal of one of the official SDK's tests; a name that stands twice has the request first.
pub(crate) fn literal(payloads: &Path, file: &str, test: &str) -> Vec<u8> {
    let path = payloads.join("fixtures_official_rust_sdk_mit").join(file);
    // Expressions of the SDK's tests stand in angle brackets; only the tick must be a number.
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .replace("<TickSize::Hundredth.as_decimal()>", "0.01");
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let items = all["items"].as_array().unwrap();
    let found = items.iter().rfind(|item| item["test"] == *test).expect(test);
    found["json"].to_string().into_bytes()
}
