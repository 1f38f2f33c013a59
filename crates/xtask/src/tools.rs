//! What tests need besides Rust, Node and Python, and how it gets here: cargo's tools under
//! `target/tools`; the contracts' tools by npm in their own folder; what only the system can give through apt where that needs no password.

use crate::judges;
use crate::shell::{cargo, command, read, root, run, target, works};
use crate::steps::Ended;
use anyhow::{Context as _, Result};
use std::ffi::OsString;
use std::process::Command;

/// The nextest that compiles on the workspace's `rust-version`.
const NEXTEST: &str = "0.9.143";

/// Makes `cargo nextest` work, by building it under `target/tools` where there is none.
///
/// # Errors
/// When it cannot be built.
pub(crate) fn ensure_nextest() -> Result<()> {
    if !works(nextest()?.arg("--version")) {
        let tools = target().join("tools");
        // Unoptimised: it only starts our tests, and building it is most of a first run's time.
        let mut install = cargo();
        install.args(["install", "cargo-nextest", "--locked", "--debug", "--version", NEXTEST]);
        install.arg("--root").arg(&tools);
        // A folder of its own, and not below a workspace whose profiles are ours.
        install.env("CARGO_TARGET_DIR", tools.join("build"));
        run(&mut install)?;
        let built = tools.join("build");
        std::fs::remove_dir_all(&built).with_context(|| built.display().to_string())?;
    }
    println!("{}", read(nextest()?.arg("--version"))?.lines().next().unwrap_or_default());
    Ok(())
}

/// `cargo nextest`, from the system or from `target/tools`.
///
/// # Errors
/// When the search path cannot be extended by the folder of the tools.
pub(crate) fn nextest() -> Result<Command> {
    let mut nextest = cargo();
    nextest.arg("nextest").env("PATH", search_path()?);
    Ok(nextest)
}

/// The search path with our own tools at its end.
fn search_path() -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = target().join("tools/bin");
    let all = std::env::split_paths(&path).chain([own]);
    std::env::join_paths(all).context("the folder of the tools cannot stand in PATH")
}

/// Makes forge, anvil and solc work for the tests that need a chain, as the contracts' lock file names them.
///
/// # Errors
/// When npm does not install them.
pub(crate) fn ensure_contract_tools() -> Result<()> {
    let folder = root().join("contracts");
    let manifests = ["package.json", "package-lock.json", ".npmrc"].map(|it| folder.join(it));
    let wanted = manifests.each_ref().map(std::path::PathBuf::as_path);
    judges::once(&wanted, &folder.join("node_modules"), || {
        let mut install = command("npm");
        install.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]);
        run(install.current_dir(&folder))
    })?;
    let anvil = read(command("contracts/node_modules/.bin/anvil").arg("--version"))?;
    println!("{}", anvil.lines().next().unwrap_or_default());
    Ok(())
}

/// Makes `strace` work: the tests that kill the program at every write count system calls with it.
///
/// # Errors
/// When apt fails although it may install.
pub(crate) fn ensure_strace() -> Result<Ended> {
    if has_strace() {
        return Ok(Ended::Passed);
    }
    let install = "apt-get install --yes --no-install-recommends strace";
    let is_root = read(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let prefix = match (is_root, works(command("sudo").args(["-n", "true"]))) {
        (true, _) => "",
        (false, true) => "sudo -n ",
        (false, false) => {
            let why = format!("strace is missing; install it with: sudo {install}");
            return Ok(Ended::Skipped(why));
        }
    };
    if !works(command("apt-get").arg("--version")) {
        return Ok(Ended::Skipped("strace is missing and there is no apt-get".to_owned()));
    }
    let line = format!("{prefix}apt-get update && {prefix}{install}");
    run(command("sh").arg("-c").arg(line).env("DEBIAN_FRONTEND", "noninteractive"))?;
    Ok(Ended::Passed)
}

/// Whether `strace` works.
pub(crate) fn has_strace() -> bool {
    works(command("strace").arg("--version"))
}
