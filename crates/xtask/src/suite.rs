//! The steps of `cargo xtask test`: the cheap ones first, each on its own.

use crate::shell::{self, cargo, is_ci};
use crate::steps::{Ended, Steps};
use crate::{dependencies, judges, tidy, tools};
use anyhow::{Result, bail};
use std::num::NonZero;

/// Runs everything that must be green; true when it is.
///
/// # Errors
/// Never: a step that fails is told in the table.
pub(crate) fn run() -> Result<bool> {
    let mut steps = Steps::new(is_ci());
    check_tree(&mut steps);
    steps.step("format", || shell::run(cargo().args(["fmt", "--all", "--check"])));
    steps.step_or_skip("strace", tools::ensure_strace);
    steps.step("nextest", tools::ensure_nextest);
    steps.step("contract tools", tools::ensure_contract_tools);
    steps.step("lints", || {
        shell::run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    });
    steps.step("tests", || {
        let mut nextest = tools::nextest()?;
        nextest.args(["run", "--workspace", "--no-fail-fast", "--test-threads"]);
        shell::run(nextest.arg(at_once().to_string()))
    });
    judges::check(&mut steps);
    steps.step("examples in docs", || {
        shell::run(cargo().args(["test", "--workspace", "--doc", "--quiet"]))
    });
    steps.step("documentation", || {
        let mut doc = cargo();
        doc.args(["doc", "--workspace", "--no-deps", "--document-private-items"]);
        shell::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    });
    println!("{}", steps.table());
    Ok(steps.is_green())
}

/// How many tests run at once: one more than there are cores. A third of their time is waiting, for a process, a
/// sync or a deadline.
fn at_once() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).saturating_add(1)
}

/// Runs only what reads the tree.
///
/// # Errors
/// Never: a step that fails is told in the table.
pub(crate) fn tidy_only() -> Result<bool> {
    let mut steps = Steps::new(is_ci());
    check_tree(&mut steps);
    println!("{}", steps.table());
    Ok(steps.is_green())
}

/// Runs only the stories of the official clients.
///
/// # Errors
/// Never: a step that fails is told in the table.
pub(crate) fn judges_only() -> Result<bool> {
    let mut steps = Steps::new(is_ci());
    judges::check(&mut steps);
    println!("{}", steps.table());
    Ok(steps.is_green())
}

fn check_tree(steps: &mut Steps) {
    steps.step_or_skip("tidy", || ended(&tidy::check()?));
    steps.step_or_skip("dependencies", || ended(&dependencies::check()?));
}

/// Prints findings; any but a warning fails.
fn ended(findings: &[tidy::Finding]) -> Result<Ended> {
    for finding in findings {
        println!("{finding}");
    }
    match findings.iter().filter(|finding| !finding.is_warning).count() {
        0 => Ok(Ended::Passed),
        wrong => bail!("{wrong} findings"),
    }
}
