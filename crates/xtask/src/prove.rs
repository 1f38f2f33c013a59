//! `cargo xtask prove`: the properties that `test` runs in short, at full counts.

use crate::shell::{is_ci, run as start};
use crate::steps::Steps;
use crate::tools;
use anyhow::Result;

/// How many cases a property gets, unless the variable says otherwise.
const CASES: &str = "1000000";
const VARIABLE: &str = "BETTEROMS_PROVE_CASES";

/// What is proved: its name, nextest's filter, and the profile of the build. A property reads its
/// number of cases from the variable; see each for what it asserts.
const PROPERTIES: [(&str, &str); 4] = [
    ("plans", "package(betteroms-core) and test(/^plan::(round_trip|numbers|hostile)::/)"),
    ("core", "package(betteroms-core) and test(/propert/)"),
    ("store", "package(betteroms-store) and test(/propert|tamper/)"),
    ("program", "package(betteroms) and test(/propert|kill|same_bytes|whole_set/)"),
];

/// Runs every group; true when all hold.
///
/// # Errors
/// Never: a group that fails is told in the table.
pub(crate) fn run() -> Result<bool> {
    let cases = std::env::var(VARIABLE).unwrap_or_else(|_| CASES.to_owned());
    println!("{cases} cases of each property");
    let mut steps = Steps::new(is_ci());
    steps.step("nextest", tools::ensure_nextest);
    for (name, filter) in PROPERTIES {
        steps.step(name, || {
            let mut nextest = tools::nextest()?;
            nextest.args(["run", "--workspace", "--release", "--profile", "prove"]);
            nextest.args(["--no-tests", "warn", "--filterset", filter]);
            start(nextest.env(VARIABLE, &cases))
        });
    }
    println!("{}", steps.table());
    Ok(steps.is_green())
}
