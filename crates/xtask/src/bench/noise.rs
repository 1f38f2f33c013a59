//! How much the machine itself wavers: without that no figure means anything.

use super::figures::{Figures, Samples};
use anyhow::Result;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

const RUNS: usize = 25;

/// Times a fixed loop and a fixed durable write, many times.
pub(crate) fn tell(figures: &mut Figures, dir: &Path) -> Result<()> {
    let spins: Vec<Duration> = (0..RUNS).map(|_| spin()).collect();
    let syncs: Result<Vec<Duration>> = (0..RUNS).map(|_| sync(&dir.join("sync"))).collect();
    for (name, samples) in [
        ("noise: a fixed loop", Samples::new(spins)),
        ("noise: 4 KB and fsync", Samples::new(syncs?)),
    ] {
        let (low, high) = samples.ends();
        let times = high / low.max(1e-6);
        let median = samples.median();
        figures.note(name, &format!("{median:.2} ms ({}, {times:.1}x apart)", samples.spread()));
    }
    Ok(())
}

fn spin() -> Duration {
    let begun = Instant::now();
    let mut x = 1_u64;
    for step in 0..20_000_000_u64 {
        x = black_box(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(step));
    }
    black_box(x);
    begun.elapsed()
}

fn sync(path: &Path) -> Result<Duration> {
    let mut file = std::fs::File::create(path)?;
    let begun = Instant::now();
    file.write_all(&[7; 4096])?;
    file.sync_all()?;
    Ok(begun.elapsed())
}
