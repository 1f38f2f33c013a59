//! What a process leaves behind that held a key: no core dump when it dies, no half keystore when it is
//! killed. Each test starts this binary again, as the one that holds the key.

use betteroms::keys::{Passphrase, generate, keystore};
use rustix::process::{DumpableBehavior, dumpable_behavior};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus};
use zeroize::Zeroizing;

const FOLDER: &str = "KEYS_FOLDER";
const ACT: &str = "KEYS_ACT";

fn pass() -> Passphrase {
    Passphrase::new(Zeroizing::new(b"right".to_vec())).unwrap()
}

/// Does what its parent asks for; nothing where there is none.
#[test]
fn child() {
    let (Some(folder), Ok(act)) = (std::env::var_os(FOLDER), std::env::var(ACT)) else { return };
    let folder = Path::new(&folder);
    if act == "generate" || act == "generate, abort" {
        generate(&folder.join("key.json"), &pass()).unwrap();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(line.split_whitespace().nth(4), Some("0"));
    }
    if act.ends_with("abort") {
        std::process::abort();
    }
}

fn child_command(folder: &Path, act: &str, tracer: &[&str]) -> Command {
    let this = std::env::current_exe().unwrap();
    // `"$@"` is the rest of the line: the tracer, if any, and this binary.
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c unlimited; exec \"$@\"", "sh"]).args(tracer).arg(this);
    command.args(["--exact", "keys_memory::child", "--test-threads=1"]);
    command.env(FOLDER, folder).env(ACT, act).current_dir(folder);
    command
}

fn child_of(folder: &Path, act: &str, tracer: &[&str]) -> ExitStatus {
    child_command(folder, act, tracer).output().unwrap().status
}

#[test]
fn a_process_that_held_a_key_leaves_no_core() {
    let folder = tempfile::tempdir().unwrap();
    let status = child_of(folder.path(), "generate, abort", &[]);
    assert_eq!((status.signal(), status.core_dumped()), (Some(6), false));
    assert!(folder.path().join("key.json").exists());
    // The control: without a key, the same death leaves one, where this machine makes any.
    let control = child_of(folder.path(), "abort", &[]);
    if !control.core_dumped() {
        println!("no control: this machine makes no core dumps");
    }
}

/// How many calls of a kind the child makes until its keystore is done.
fn calls(call: &str) -> u32 {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let log_name = log.to_str().unwrap();
    let trace = format!("trace={call}");
    let tracer = ["strace", "-f", "-qq", "-o", log_name, "-e", &trace];
    assert!(child_of(folder.path(), "generate", &tracer).success());
    let text = std::fs::read_to_string(&log).unwrap();
    let mut threads = std::collections::BTreeMap::<&str, u32>::new();
    for line in text.lines().filter(|line| line.contains(&format!("{call}("))) {
        *threads.entry(line.split(' ').next().unwrap()).or_default() += 1;
    }
    threads.into_values().max().unwrap_or(0)
}

/// Disturbs the child at each call that its keystore takes. What is left opens, or is not there.
#[test]
fn a_disturbed_process_leaves_a_whole_keystore_or_none() {
    if !crate::strace::works() {
        return;
    }
    let (mut none, mut whole) = (0, 0);
    for call in ["write", "fsync", "renameat2"] {
        let most = calls(call);
        assert!(most > 0, "{call} is never made");
        for nth in 1..=most {
            for fault in ["signal=KILL", "error=EIO"] {
                let folder = tempfile::tempdir().unwrap();
                let inject = format!("inject={call}:{fault}:when={nth}");
                let trace = format!("trace={call}");
                let tracer =
                    ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
                let _died = child_of(folder.path(), "generate", &tracer);
                let path = folder.path().join("key.json");
                if path.exists() {
                    let secret = keystore::open(&path, &pass()).expect("what is there opens");
                    assert_eq!(secret.len(), 32);
                    whole += 1;
                } else {
                    none += 1;
                }
                let names = std::fs::read_dir(folder.path()).unwrap();
                let parts = names.filter(|name| {
                    name.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part")
                });
                assert!(
                    fault == "signal=KILL" || parts.count() == 0,
                    "{call} {nth}: a part is left"
                );
                // Whatever was left, the next attempt is not in its way.
                if !path.exists() {
                    generate(&path, &pass()).unwrap();
                }
            }
        }
    }
    println!("disturbed: {none} left none, {whole} left a whole keystore");
    assert!(none > 0 && whole > 0, "{none} none, {whole} whole");
}
