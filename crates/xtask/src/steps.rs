//! Steps one after another: each timed, none hiding another's failure, a table at the end.

use anyhow::Result;
use std::time::{Duration, Instant};

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Passed,
    /// Not run, and why.
    Skipped(String),
    Failed(String),
}

/// The steps of one run.
#[derive(Debug)]
pub(crate) struct Steps {
    /// Whether a skip counts as a failure.
    is_strict: bool,
    done: Vec<(&'static str, Ended, Duration)>,
}

impl Steps {
    /// No steps yet; `is_strict` makes a skip a failure.
    pub(crate) const fn new(is_strict: bool) -> Self {
        Self { is_strict, done: Vec::new() }
    }

    /// Runs a step whose only ends are good and bad.
    pub(crate) fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        self.step_or_skip(name, || work().map(|()| Ended::Passed));
    }

    /// Runs a step that may find that it cannot be done here.
    pub(crate) fn step_or_skip(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<Ended>,
    ) {
        println!("\n── {name} ──");
        let begun = Instant::now();
        let ended = work().unwrap_or_else(|error| Ended::Failed(format!("{error:#}")));
        match &ended {
            Ended::Passed => {}
            Ended::Skipped(why) => println!("skipped: {why}"),
            Ended::Failed(why) => println!("FAILED: {why}"),
        }
        self.done.push((name, ended, begun.elapsed()));
    }

    /// Whether every step passed.
    pub(crate) fn is_green(&self) -> bool {
        self.done.iter().all(|(_, ended, _)| match ended {
            Ended::Passed => true,
            Ended::Skipped(_) => !self.is_strict,
            Ended::Failed(_) => false,
        })
    }

    /// The steps with their seconds and ends.
    pub(crate) fn table(&self) -> String {
        let mut table = String::from("\nstep                seconds\n");
        for (name, ended, took) in &self.done {
            let said = match ended {
                Ended::Passed => String::new(),
                Ended::Skipped(why) if self.is_strict => format!("  FAILED: skipped in CI: {why}"),
                Ended::Skipped(why) => format!("  skipped: {why}"),
                Ended::Failed(why) => format!("  FAILED: {why}"),
            };
            table.push_str(&format!("{name:<18} {:>8.1}{said}\n", took.as_secs_f64()));
        }
        let all: Duration = self.done.iter().map(|(_, _, took)| *took).sum();
        let verdict = if self.is_green() { "green" } else { "RED" };
        table.push_str(&format!("{:<18} {:>8.1}  {verdict}\n", "all", all.as_secs_f64()));
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(is_strict: bool, ended: Ended) -> Steps {
        let mut steps = Steps::new(is_strict);
        steps.step_or_skip("first", || Ok(ended));
        steps.step("second", || Ok(()));
        steps
    }

    #[test]
    fn a_failure_does_not_hide_the_steps_after_it() {
        let steps = after(false, Ended::Failed("broken".to_owned()));
        assert!(!steps.is_green());
        assert!(steps.table().contains("second"), "{}", steps.table());
        assert!(steps.table().contains("RED"), "{}", steps.table());
    }

    #[test]
    fn a_skip_is_green_at_home_and_red_in_ci() {
        let skip = || Ended::Skipped("no strace".to_owned());
        assert!(after(false, skip()).is_green());
        assert!(!after(true, skip()).is_green());
        assert!(after(false, Ended::Passed).is_green());
    }
}
