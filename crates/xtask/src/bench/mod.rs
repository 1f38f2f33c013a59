//! `cargo xtask bench`: what the release binary takes, each figure against its limit in one run.
//!
//! Never a timed test: a busy machine would fail it. Medians are held against the limits; how far the
//! runs lie apart, and how much the machine itself wavers, stand beside them.

mod emulator;
mod figures;
mod many;
mod noise;
mod old;
mod order;
mod plans;
mod program;
mod real;
mod standing;

use crate::shell::{cargo, run as start, target};
use anyhow::{Context as _, Result, bail};
use figures::Figures;
use program::Program;

/// A group of figures, by name.
type Group = (&'static str, fn(&Program, &mut Figures) -> Result<()>);

const GROUPS: [Group; 7] = [
    ("size", size),
    ("order", order::measure),
    ("check", many::check),
    ("plan", many::plan),
    ("old", old::measure),
    ("emulator", emulator::measure),
    ("real", real::measure),
];

/// Largest binary, in MB of a million bytes.
const BINARY_MOST: f64 = 25.0;

/// Measures the named groups, or all; true when no limit is missed.
///
/// # Errors
/// When something cannot be measured, or did not do the work it is timed for.
pub(crate) fn run(only: &[&str]) -> Result<bool> {
    if let Some(unknown) = only.iter().find(|name| GROUPS.iter().all(|(group, _)| group != *name)) {
        let known: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
        bail!("no group is called {unknown}; there are {}", known.join(", "));
    }
    start(cargo().args(["build", "--release", "--package", "betteroms"]))?;
    let program = Program::new(target().join("release/betteroms"), target().join("bench"))?;
    let mut figures = Figures::default();
    noise::tell(&mut figures, program.dir())?;
    for (name, measure) in GROUPS {
        if only.is_empty() || only.contains(&name) {
            println!("measuring {name} …");
            measure(&program, &mut figures).with_context(|| format!("measuring {name}"))?;
        }
    }
    println!("\n{figures}");
    Ok(figures.are_within())
}

fn size(program: &Program, figures: &mut Figures) -> Result<()> {
    let bytes = std::fs::metadata(program.binary())?.len();
    figures.count("binary, stripped", figures::millions(bytes), "MB", BINARY_MOST);
    Ok(())
}
