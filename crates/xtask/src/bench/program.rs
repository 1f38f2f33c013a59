//! The binary under measurement, in an environment of its own.

use crate::shell::{command, read};
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Limits out of the way, so that what is measured is work and not refusals.
const LIFTED: [(&str, &str); 7] = [
    ("BETTEROMS_LIMITS_PER_TRADE", "100000"),
    ("BETTEROMS_LIMITS_PER_PASS", "10000000"),
    ("BETTEROMS_LIMITS_ORDERS_PER_PASS", "100000"),
    ("BETTEROMS_LIMITS_PER_DAY", "10000000"),
    ("BETTEROMS_LIMITS_PER_MARKET", "10000000"),
    ("BETTEROMS_LIMITS_TOTAL", "10000000"),
    ("BETTEROMS_PAPER_STARTING_CASH_USD", "10000000"),
];

/// Prints the largest resident set of a child in KiB, after it has ended well.
const PEAK: &str = "\
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";

/// Prints how many seconds a child computed and how many it took, after it has ended well.
const SPENT: &str = "\
import json, resource, subprocess, sys, time
begun = time.monotonic()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
wall, used = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({'cpu': used.ru_utime + used.ru_stime, 'wall': wall}))";

/// The binary and the folder of what it is measured on.
#[derive(Debug)]
pub(crate) struct Program {
    binary: PathBuf,
    dir: PathBuf,
}

impl Program {
    /// Makes the folder where it is missing.
    pub(crate) fn new(binary: PathBuf, dir: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&dir).with_context(|| dir.display().to_string())?;
        Ok(Self { binary, dir })
    }

    pub(crate) fn binary(&self) -> &Path {
        &self.binary
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// A path in the folder, as text.
    pub(crate) fn at(&self, name: &str) -> Result<String> {
        let path = self.dir.join(name);
        path.to_str().map(str::to_owned).context("the path of the checkout is not UTF-8")
    }

    /// A path in the folder at which nothing of a store is left.
    pub(crate) fn fresh_store(&self, name: &str) -> Result<String> {
        let path = self.at(name)?;
        for tail in ["", "-wal", "-shm", ".lock"] {
            match std::fs::remove_file(format!("{path}{tail}")) {
                Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => {
                    return Err(fault.into());
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(path)
    }

    fn wrapped(&self, wrapper: &[&str], arguments: &[&str]) -> Command {
        let mut run = match wrapper.split_first() {
            Some((first, rest)) => {
                let mut run = command(first);
                run.args(rest).arg(&self.binary);
                run
            }
            None => {
                let mut run = Command::new(&self.binary);
                run.current_dir(crate::shell::root()).stdin(Stdio::null());
                run
            }
        };
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("BETTEROMS_")) {
                run.env_remove(name);
            }
        }
        // An operator's own configuration has no say here.
        run.env("XDG_CONFIG_HOME", self.dir.join("no-config"));
        run.envs(LIFTED).args(arguments);
        run
    }

    /// From start to exit, its text thrown away.
    pub(crate) fn time(&self, arguments: &[&str]) -> Result<Duration> {
        let mut run = self.wrapped(&[], arguments);
        run.stdout(Stdio::null()).stderr(Stdio::piped());
        let begun = Instant::now();
        let output = run.output()?;
        let took = begun.elapsed();
        if !output.status.success() {
            bail!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(took)
    }

    /// Starts it and leaves it running, its text to be read.
    pub(crate) fn stay(&self, arguments: &[&str]) -> Result<Child> {
        let mut run = self.wrapped(&[], arguments);
        run.stdout(Stdio::piped()).stderr(Stdio::null());
        run.spawn().with_context(|| format!("starting {arguments:?}"))
    }

    /// Its text.
    pub(crate) fn text(&self, arguments: &[&str]) -> Result<String> {
        read(&mut self.wrapped(&[], arguments))
    }

    /// What it says as JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Result<Value> {
        let text = read(self.wrapped(&[], arguments).arg("--json"))?;
        serde_json::from_str(&text).context("what it says with --json")
    }

    /// Its largest resident set, in MB of a million bytes.
    pub(crate) fn peak(&self, arguments: &[&str]) -> Result<f64> {
        let text = read(&mut self.wrapped(&["python3", "-c", PEAK], arguments))?;
        let kib: u64 = text.trim().parse().context("the resident set")?;
        Ok(super::figures::millions(kib * 1024))
    }

    /// Seconds that it computed, and seconds that it took.
    pub(crate) fn spent(&self, arguments: &[&str]) -> Result<(f64, f64)> {
        let text = read(&mut self.wrapped(&["python3", "-c", SPENT], arguments))?;
        let told: Value = serde_json::from_str(&text).context("what it took")?;
        let number = |name: &str| told[name].as_f64().context("a number is missing");
        Ok((number("cpu")?, number("wall")?))
    }

    /// How often it waited for the disk.
    pub(crate) fn syncs(&self, arguments: &[&str]) -> Result<usize> {
        let log = self.at("syncs.txt")?;
        let strace = [
            "strace",
            "-f",
            "-qq",
            "-o",
            &log,
            "-e",
            "trace=fsync,fdatasync,sync_file_range,msync",
        ];
        read(&mut self.wrapped(&strace, arguments))?;
        let calls = std::fs::read_to_string(&log)?;
        Ok(calls.lines().filter(|line| line.contains("sync")).count())
    }
}
