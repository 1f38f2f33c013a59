//! Where things lie, and commands that either work or say why not.

use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Where cargo builds to.
pub(crate) fn target() -> PathBuf {
    let set = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    set.map_or_else(|| root().join("target"), |set| root().join(set))
}

/// The recorded sets and captured answers that lie outside the repository; `None` where they do not.
pub(crate) fn shared() -> Option<PathBuf> {
    let set = std::env::var_os("BETTEROMS_SHARED").map(PathBuf::from);
    let shared = set.unwrap_or_else(|| root().join("../shared"));
    shared.is_dir().then_some(shared)
}

/// Whether a skip is a failure.
pub(crate) fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|ci| ci == "true")
}

/// The cargo that runs us, as if it were called by hand: build scripts that look at what `cargo run`
/// says of this crate (ring's does) would otherwise run anew whenever the two alternate.
pub(crate) fn cargo() -> Command {
    let mut cargo = command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    for (name, _) in std::env::vars_os() {
        let is_of_this_crate = name.to_str().is_some_and(|name| {
            ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        });
        if is_of_this_crate {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// A command in the workspace's root.
pub(crate) fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// Runs a command with its output on the terminal.
///
/// # Errors
/// When it cannot be started or ends with anything but 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {command:?}"))?;
    if status.success() { Ok(()) } else { bail!("{} ended with {status}", told(command)) }
}

/// Runs a command and returns what it printed.
///
/// # Errors
/// When it cannot be started or ends with anything but 0.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("starting {command:?}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} ended with {}: {}", told(command), output.status, said.trim());
    }
    String::from_utf8(output.stdout).context("what it printed is not UTF-8")
}

/// Whether a command can be run and ends with 0; says nothing.
pub(crate) fn works(command: &mut Command) -> bool {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

fn told(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
