//! Ends or stops the binary at its nth system call of a kind, by strace's injection.

use crate::house::{House, Said};
use std::path::Path;
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

/// Every kind of call that a pass may change a file with, those that make and lock files, and those by which
/// something leaves the house.
pub(crate) const CALLS: [&str; 16] = [
    "pwrite64",
    "pwritev",
    "write",
    "writev",
    "fsync",
    "fdatasync",
    "ftruncate",
    "fallocate",
    "unlink",
    "unlinkat",
    "rename",
    "openat",
    "mkdir",
    "flock",
    "sendto",
    "sendmsg",
];

/// True when strace works here; a sentence on the terminal, and in CI a failure, when not.
pub(crate) fn works() -> bool {
    let probe = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    if probe.is_ok_and(|output| output.status.success()) {
        return true;
    }
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!ci, "strace is missing or may not trace, and CI may not skip: apt-get install strace");
    println!("skipped: strace is missing or may not trace; sudo apt-get install strace");
    false
}

/// The binary under strace on this store; `inject` is what strace does at which call.
pub(crate) fn traced(
    house: &House,
    db: &Path,
    arguments: &[&str],
    inject: Option<&str>,
) -> Command {
    traced_at(&CALLS, house, (db, arguments), inject)
}

/// The same with calls of one's own choice; the log names the files that they work on.
pub(crate) fn traced_at(
    calls: &[&str],
    house: &House,
    (db, arguments): (&Path, &[&str]),
    inject: Option<&str>,
) -> Command {
    let mut command = Command::new("strace");
    house.furnish(&mut command);
    command.args(["-f", "-qq", "-y", "-o"]).arg(log(db));
    command.arg("-e").arg(format!("trace={}", calls.join(",")));
    if let Some(inject) = inject {
        command.arg("-e").arg(format!("inject={inject}"));
    }
    command.arg(env!("CARGO_BIN_EXE_betteroms")).arg("--db").arg(db).args(arguments);
    command
}

/// Where strace writes what it saw.
pub(crate) fn log(db: &Path) -> std::path::PathBuf {
    crate::house::beside(db, ".strace")
}

/// A run that stands still, and what it had called by then.
pub(crate) struct Stopped {
    pid: String,
    pub(crate) seen: String,
}

impl Stopped {
    /// Waits until a traced run stands still; `None` where it ended without.
    pub(crate) fn wait(db: &Path, run: &mut Child) -> Option<Self> {
        let begun = Instant::now();
        loop {
            let has_ended = run.try_wait().expect("strace is asked").is_some();
            let seen = std::fs::read_to_string(log(db)).unwrap_or_default();
            let stopped = seen.lines().find(|line| line.contains("stopped by SIGSTOP"));
            if let Some(line) = stopped {
                let pid = line.split_whitespace().next().expect("a process").to_owned();
                return Some(Self { pid, seen });
            }
            if has_ended {
                return None;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "it did not stop:\n{seen}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Lets it go on to its end. Each thread counts its own calls, so it may stop more than once: it is thawed
    /// until it has ended.
    pub(crate) fn thaw(&self, run: Child) -> Said {
        let begun = Instant::now();
        let end = std::thread::spawn(|| run.wait_with_output());
        while !end.is_finished() {
            // Fails only where it has ended by now.
            Command::new("kill").args(["-CONT", &self.pid]).output().expect("kill starts");
            assert!(begun.elapsed() < Duration::from_secs(60), "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
        Said::of(end.join().expect("a thread").expect("it ends"))
    }
}

/// How many calls of each kind the busiest thread made, in an undisturbed run.
pub(crate) fn count(house: &House, db: &Path, arguments: &[&str]) -> Vec<(&'static str, u32)> {
    let output = traced(house, db, arguments, None).output().expect("strace starts");
    Said::of(output).expect(0);
    let log = std::fs::read_to_string(log(db)).expect("strace's log");
    let mut counts = std::collections::BTreeMap::<(&str, &str), u32>::new();
    for line in log.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let Some((call, _)) = rest.trim_start().split_once('(') else { continue };
        *counts.entry((call, thread)).or_default() += 1;
    }
    let most = |call: &str| {
        let threads = counts.iter().filter(|((name, _), _)| *name == call);
        threads.map(|(_, count)| *count).max().unwrap_or(0)
    };
    CALLS.iter().map(|call| (*call, most(call))).collect()
}

/// Kills a run before its nth call of a kind happens; false where it ended before that.
pub(crate) fn kill(house: &House, db: &Path, arguments: &[&str], (call, nth): (&str, u32)) -> bool {
    let inject = format!("{call}:signal=KILL:when={nth}");
    let Output { status, stderr, .. } =
        traced(house, db, arguments, Some(&inject)).output().expect("strace starts");
    if status.success() {
        return false;
    }
    let is_killed = std::os::unix::process::ExitStatusExt::signal(&status) == Some(9);
    assert!(is_killed, "{status}: {}", String::from_utf8_lossy(&stderr));
    true
}
