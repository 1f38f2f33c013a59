//! The house's own tasks: `cargo xtask test`, `bench` and `prove`.
//!
//! What lives here: how the workspace is tested and measured. What does not: anything that ships, and
//! any test of behaviour, which stands beside what it tests. [`suite`] is the list of `test`'s steps,
//! [`mod@bench`] the figures with their limits, [`prove`] the properties in full.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a task runner talks to the terminal and to nothing else"
)]

mod bench;
mod dependencies;
mod judges;
mod prove;
mod shell;
mod steps;
mod suite;
mod tidy;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK

  test    everything that must be green: format, lints, tests, documentation, tidiness
  bench   measure the release binary against its limits; exit 1 when one is missed
          (cargo xtask bench NAME... measures only those groups)
  prove   the properties at full counts (BETTEROMS_PROVE_CASES sets the cases of all)
  tidy    only the checks of the tree and of the dependencies
  judges  only the stories that the venue's own clients tell of the emulator";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ended = match words.as_slice() {
        ["test"] => suite::run(),
        ["tidy"] => suite::tidy_only(),
        ["judges"] => suite::judges_only(),
        ["bench", only @ ..] => bench::run(only),
        ["prove"] => prove::run(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
