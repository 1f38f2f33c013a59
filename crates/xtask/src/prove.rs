//! `cargo xtask prove`: what `test` runs in short, at full counts, optimised and with assertions.

use crate::shell::{is_ci, run as start};
use crate::steps::Steps;
use crate::tools;
use anyhow::Result;

/// The number of cases of each property; a test that enumerates (every write of a pass) takes all of
/// them as soon as it is set.
const VARIABLE: &str = "BETTEROMS_PROVE_CASES";

/// What is proved: its name, nextest's filter, and how many cases. A plan is read in microseconds, a
/// story is a dozen passes, a stream of the ledger fifty commands, one of matching thirty; conservation
/// counts single commands, and a reply is read in tens of microseconds.
const PROPERTIES: [(&str, &str, &str); 12] = [
    (
        "plans",
        "package(betteroms-core) and test(/^plan::(round_trip|numbers|hostile)::/)",
        "1000000",
    ),
    ("stories", "package(betteroms-core) and test(/^(properties|differential)::/)", "20000"),
    ("caps", "package(betteroms-core) and test(/^real::caps::/)", "1000000"),
    ("ladder", "package(betteroms-core) and test(/^ladder::/)", "20000"),
    ("replies", "package(betteroms-polymarket) and test(/^fuzzed::/)", "10000000"),
    ("books", "package(betteroms-emulator) and test(/^resting::/)", "1000000"),
    ("ledger", "package(betteroms-emulator) and test(/^ledger::/)", "20000"),
    ("matching", "package(betteroms-emulator) and test(/^venue::tests::differential::/)", "100000"),
    (
        "conservation",
        "package(betteroms-emulator) and test(/^venue::tests::conservation::/)",
        "1000000",
    ),
    ("store", "package(betteroms-store)", "1000"),
    (
        "kills",
        "package(betteroms) and test(/^(kill|runners|idempotency|determinism|plan_changed)::/)",
        "1000",
    ),
    ("real", "package(betteroms) and test(/^real_/)", "1000"),
];

/// Runs every group; true when all hold. The variable, where it is set, is the count for all groups.
///
/// # Errors
/// Never: a group that fails is told in the table.
pub(crate) fn run() -> Result<bool> {
    let all = std::env::var(VARIABLE).ok();
    let mut steps = Steps::new(is_ci());
    steps.step_or_skip("strace", tools::ensure_strace);
    steps.step("nextest", tools::ensure_nextest);
    for (name, filter, cases) in PROPERTIES {
        let cases = all.as_deref().unwrap_or(cases);
        steps.step(name, || {
            println!("{VARIABLE}={cases}");
            let mut nextest = tools::nextest()?;
            nextest.args(["run", "--workspace", "--cargo-profile", "prove", "--profile", "prove"]);
            start(nextest.args(["--filterset", filter]).env(VARIABLE, cases))
        });
    }
    println!("{}", steps.table());
    Ok(steps.is_green())
}
