//! The recorded sets, imported once per test process; absent ones are skipped, unless in CI.

use betteroms::recording::Recording;
use betteroms::recording::import::{ImportOptions, Set, import};
use std::path::PathBuf;
use std::sync::OnceLock;
use tempfile::TempDir;

/// The folder of a set; `None`, with a line on the terminal, where the sets are not at hand.
pub(crate) fn folder(set: Set) -> Option<PathBuf> {
    let shared = std::env::var_os("BETTEROMS_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let folder = shared.join("data/demo").join(match set {
        Set::D1 => "btc15m-l2-2026-09-28",
        Set::D2 => "mlb-l2-2026",
        Set::D4 => "crypto-updown-2025-12-11",
    });
    if folder.is_dir() {
        return Some(folder);
    }
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!ci, "{} is missing, and CI may not skip", folder.display());
    println!("skipped: {} is missing", folder.display());
    None
}

/// The whole set as a recording.
pub(crate) fn whole(set: Set) -> Option<Recording> {
    static IMPORTED: [OnceLock<TempDir>; 3] = [const { OnceLock::new() }; 3];
    let source = folder(set)?;
    let kept = &IMPORTED[match set {
        Set::D1 => 0,
        Set::D2 => 1,
        Set::D4 => 2,
    }];
    let dir = kept.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        import(&source, &dir.path().join("set"), &ImportOptions::whole(set), &mut |_| {}).unwrap();
        dir
    });
    Some(Recording::open(&dir.path().join("set")).unwrap())
}

/// The recording that is shipped.
pub(crate) fn example_dir() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/btc15m"))
}

/// Small, reproducible numbers for choosing instants and bytes.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to `sides` − 1.
    pub(crate) const fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}
