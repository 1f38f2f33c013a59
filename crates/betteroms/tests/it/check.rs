//! `check` through the compiled binary: what a person sees, and that no file makes it wait.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A hostile file ends within a second in a release build; tests run unoptimised beside each other.
const PATIENCE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });

const GOOD: &str = r#"{ "runId": "good", "mode": "paper", "trades": [
  { "marketId": "m", "outcome": "YES", "side": "BUY", "price": 0.42, "size": 100, "priceFloor": 0.1 },
  { "marketId": "m", "outcome": "NO", "side": "SELL", "price": 0.5, "size": "all" },
] }"#;

fn betteroms(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_betteroms"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command
}

/// Runs `check` in a folder: exit code and what it wrote.
fn check(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let begun = Instant::now();
    let Output { status, stdout, stderr } =
        betteroms(folder, &[&["check"], arguments].concat()).output().expect("the binary runs");
    assert!(begun.elapsed() < PATIENCE, "{arguments:?} took {:?}", begun.elapsed());
    assert_eq!(String::from_utf8(stderr).expect("text"), "");
    (status.code(), String::from_utf8(stdout).expect("text"))
}

/// Checks one file with these bytes.
fn check_bytes(bytes: &[u8]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("plan.jsonc"), bytes).expect("written");
    check(folder.path(), &["plan.jsonc"])
}

#[test]
fn a_good_plan_is_one_line_and_its_remarks() {
    let (code, text) = check_bytes(GOOD.as_bytes());
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(text, @"
    plan.jsonc: ok, runId good, 2 trades, digest 59258753f728
      remark: trades[0].priceFloor is judged on a SELL only and does nothing on this BUY.
    ");
}

#[test]
fn ten_mistakes_are_ten_places() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (code, text) = check(&root, &["examples/mistakes.jsonc"]);
    assert_eq!(code, Some(2));
    assert_eq!(text.matches("--> examples/mistakes.jsonc:").count(), 10);
    insta::assert_snapshot!("ten_mistakes", text);
}

#[test]
fn good_plans_are_told_beside_bad_ones() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.jsonc"), GOOD).unwrap();
    std::fs::write(folder.path().join("bad.jsonc"), "{").unwrap();
    let (code, text) = check(folder.path(), &["bad.jsonc", "good.jsonc", "none.jsonc"]);
    assert_eq!(code, Some(2));
    insta::assert_snapshot!("good_beside_bad", text);
}

#[test]
fn standard_input_is_a_plan_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = betteroms(folder.path(), &["check", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(GOOD.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.starts_with(b"-: ok, runId good"));
}

#[test]
fn an_endless_standard_input_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let zeros = std::fs::File::open("/dev/zero").unwrap();
    let output = betteroms(folder.path(), &["check", "-"]).stdin(zeros).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("FILE_TOO_LARGE"), "{text}");
}

#[test]
fn a_gigabyte_is_refused_unread() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("big.jsonc")).unwrap();
    file.set_len(1 << 30).unwrap();
    let (code, text) = check(folder.path(), &["big.jsonc"]);
    assert_eq!(code, Some(2));
    insta::assert_snapshot!("a_gigabyte", text);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let made = Command::new("mkfifo").arg(at("pipe")).status().unwrap();
    assert!(made.success());
    std::fs::create_dir(at("folder")).unwrap();
    std::os::unix::fs::symlink(at("pipe"), at("link-to-pipe")).unwrap();
    std::os::unix::fs::symlink(at("nowhere"), at("broken-link")).unwrap();
    std::fs::write(at("good.jsonc"), GOOD).unwrap();
    std::os::unix::fs::symlink(at("good.jsonc"), at("link")).unwrap();
    drop(std::os::unix::net::UnixListener::bind(at("socket")).unwrap());
    let names =
        ["pipe", "folder", "link-to-pipe", "broken-link", "socket", "/dev/zero", "folder/../link"];
    let (code, text) = check(folder.path(), &names);
    assert_eq!(code, Some(2));
    insta::assert_snapshot!("no_files", text);
}

#[test]
fn hostile_bytes_end_with_a_sentence() {
    let deep = "[".repeat(100_000);
    let long = format!("{}\u{202E}{}", "\"a\", ".repeat(100_000), "é".repeat(100_000));
    let noise: Vec<u8> = (0..=255_u8).cycle().take(1_000_000).collect();
    for (bytes, expected) in [
        (deep.as_bytes(), "TOO_DEEP"),
        (GOOD.replace("good", "go\0od").as_bytes(), "NUL_BYTE"),
        (GOOD.replace("YES", "Y\u{202E}ES").as_bytes(), "BIDI_CHARACTER"),
        (long.as_bytes(), "BIDI_CHARACTER"),
        (b"{ \"runId\": \"\xC3\x28\" }".as_slice(), "NOT_UTF8"),
        (&noise, "NOT_UTF8"),
        (b"\xFF\xFE{\0}\0".as_slice(), "FILE_IS_UTF16"),
        (GOOD.replace("100", "1e400").as_bytes(), "NUMBER_EXPONENT"),
        (b"".as_slice(), "FILE_EMPTY"),
    ] {
        let (code, text) = check_bytes(bytes);
        assert_eq!(code, Some(2), "{expected}");
        assert!(text.contains(expected), "{expected}: {text}");
        assert!(text.len() < 5_000, "{expected}: {} bytes", text.len());
        let unfit = |c: char| (c.is_control() && c != '\n') || c == '\u{202E}';
        assert!(!text.contains(unfit), "{expected}: {text:?}");
    }
}

#[test]
fn a_file_name_cannot_move_the_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let name = "a\u{1b}[2J\u{202E}b";
    std::fs::write(folder.path().join(name), "{").unwrap();
    let (_, text) = check(folder.path(), &[name, "\u{1b}none"]);
    assert!(!text.contains(['\u{1b}', '\u{202E}']), "{text:?}");
}

#[test]
fn the_schema_is_printed_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let output = betteroms(folder.path(), &["plan", "schema"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["title"], "BetterOMS plan");
}
