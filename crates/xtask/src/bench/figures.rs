//! Figures, their limits, and the table they end in.

use std::fmt;
use std::time::Duration;

/// Runs of one thing: in milliseconds where they are times.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Samples(Vec<f64>);

/// Which way a limit holds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Limit {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }

    fn told(self, unit: &str) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {most} {unit}"),
            Self::AtLeast(least) => format!("≥ {least} {unit}"),
        }
    }
}

impl Samples {
    /// At least one run.
    pub(crate) fn new(runs: impl IntoIterator<Item = Duration>) -> Self {
        Self::of(runs.into_iter().map(|run| run.as_secs_f64() * 1e3))
    }

    /// What at least one run came to, in whatever unit.
    pub(crate) fn of(runs: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = runs.into_iter().collect();
        assert!(!values.is_empty(), "a figure needs a run");
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The run in the middle; of an even number the lower one.
    pub(crate) fn median(&self) -> f64 {
        self.0[(self.0.len() - 1) / 2]
    }

    /// The lowest and the highest run.
    pub(crate) fn ends(&self) -> (f64, f64) {
        (self.0[0], self.0[self.0.len() - 1])
    }

    /// Lowest to highest, and how many.
    pub(crate) fn spread(&self) -> String {
        let (low, high) = self.ends();
        format!("{low:.2} to {high:.2}, {} runs", self.0.len())
    }
}

/// Bytes or KiB in millions or thousands, for printing.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(crate) fn millions(count: u64) -> f64 {
    count as f64 / 1e6
}

/// What was measured.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    lines: Vec<(String, bool)>,
}

impl Figures {
    /// A time against its limit: the median counts.
    pub(crate) fn time(&mut self, name: &str, samples: &Samples, limit_millis: f64, work: &str) {
        let median = samples.median();
        let tail = format!("({}) {work}", samples.spread());
        self.push(name, (median, "ms"), Limit::AtMost(limit_millis), &tail);
    }

    /// How much of something in a second, against the least it must be: the median counts.
    pub(crate) fn rate(&mut self, name: &str, samples: &Samples, least: f64, work: &str) {
        let (low, high) = samples.ends();
        let tail = format!("({low:.0} to {high:.0}, {} runs) {work}", samples.0.len());
        self.push(name, (samples.median(), "/s"), Limit::AtLeast(least), &tail);
    }

    /// A count or a ratio against its limit.
    pub(crate) fn count(&mut self, name: &str, value: f64, unit: &str, limit: f64) {
        self.push(name, (value, unit), Limit::AtMost(limit), "");
    }

    /// As [`Self::count`], with what stands behind it.
    pub(crate) fn count_of(&mut self, name: &str, value: (f64, &str), limit: f64, work: &str) {
        self.push(name, value, Limit::AtMost(limit), work);
    }

    /// How many times less than a peer something takes, against the least it must be.
    pub(crate) fn times(&mut self, name: &str, times: f64, least: f64, work: &str) {
        self.push(name, (times, "x"), Limit::AtLeast(least), work);
    }

    /// A line without a limit.
    pub(crate) fn note(&mut self, name: &str, text: &str) {
        self.lines.push((format!("        {name:<42} {text}"), true));
    }

    /// Something that could not be measured here.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        self.lines.push((format!("skipped {name:<42} {why}"), !crate::shell::is_ci()));
    }

    fn push(&mut self, name: &str, (value, unit): (f64, &str), limit: Limit, tail: &str) {
        let is_within = limit.holds(value);
        let verdict = if is_within { "ok" } else { "MISSED" };
        let figure = format!("{value:.2} {unit}");
        let limit = limit.told(unit);
        self.lines
            .push((format!("{verdict:<7} {name:<42} {figure:>12} {limit:>12}  {tail}"), is_within));
    }

    /// Whether every figure keeps its limit.
    pub(crate) fn are_within(&self) -> bool {
        self.lines.iter().all(|(_, is_within)| *is_within)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|(line, _)| writeln!(f, "{}", line.trim_end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_held_against_the_limit() {
        let runs = [9, 1, 3, 2, 200].map(Duration::from_millis);
        let samples = Samples::new(runs);
        assert!((samples.median() - 3.0).abs() < 1e-9);
        let with = |limit: f64| {
            let mut figures = Figures::default();
            figures.time("a", &samples, limit, "");
            figures
        };
        assert!(with(3.5).are_within());
        assert!(!with(2.5).are_within());
        assert!(with(2.5).to_string().starts_with("MISSED"), "{}", with(2.5));
    }

    #[test]
    fn a_rate_below_its_limit_is_missed() {
        let samples = Samples::of([4_000.0, 5_000.0, 90_000.0]);
        let with = |least: f64| {
            let mut figures = Figures::default();
            figures.rate("a", &samples, least, "");
            figures
        };
        assert!(with(5_000.0).are_within());
        assert!(!with(5_001.0).are_within());
        assert!(with(5_001.0).to_string().contains("≥ 5001 /s"), "{}", with(5_001.0));
    }
}
