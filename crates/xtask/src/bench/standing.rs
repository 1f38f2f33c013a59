//! An emulator to measure against.

use super::program::Program;
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::Child;

/// An emulator in a process of its own, ended when it is dropped.
pub(super) struct Standing {
    process: Child,
    /// What it said when it opened.
    pub(super) said: Value,
}

impl Standing {
    pub(super) fn start(program: &Program, arguments: &[&str]) -> Result<Self> {
        let arguments = [&["--json", "emulator", "--port", "0"], arguments].concat();
        let mut process = program.stay(&arguments)?;
        let mut line = String::new();
        let told = process.stdout.take().context("the emulator's words")?;
        let mut standing = Self { process, said: Value::Null };
        BufReader::new(told).read_line(&mut line)?;
        standing.said = serde_json::from_str(&line).context("what the emulator says first")?;
        Ok(standing)
    }

    pub(super) fn clob(&self) -> Result<&str> {
        let url = self.said["urls"]["clob"].as_str().context("the emulator's address")?;
        url.strip_prefix("http://").context("the emulator's address")
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left of it.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
