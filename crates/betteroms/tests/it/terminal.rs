//! What a person at a terminal meets: a program that starts there, and questions that only "yes" answers.
//!
//! Control planted once and seen red: a log that wants colours on a terminal, which it was built without.

use crate::desk::{Desk, Operator};
use crate::house::{House, Said};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;
use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

/// A terminal: the keyboard's end, and the program's.
fn terminal() -> (File, OwnedFd) {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY;
    let screen = rustix::fs::open(name.as_c_str(), flags, Mode::empty()).unwrap();
    (File::from(keyboard), screen)
}

/// Runs it with a terminal as standard input, at which this was typed.
fn typed(mut command: Command, text: &str) -> Said {
    let (mut keyboard, program) = terminal();
    keyboard.write_all(text.as_bytes()).unwrap();
    command.stdin(Stdio::from(program)).stdout(Stdio::piped()).stderr(Stdio::piped());
    Said::of(command.output().unwrap())
}

#[test]
fn it_starts_where_its_errors_go_to_a_terminal() {
    let house = House::new();
    let (_keyboard, screen) = terminal();
    let mut command = house.bare();
    command.args(["db", "verify"]).stdout(Stdio::piped()).stderr(Stdio::from(screen));
    let ended = command.status().unwrap();
    assert_eq!(ended.code(), Some(2), "there is no store, and that is all that is wrong");
}

#[test]
fn only_yes_means_yes() {
    let desk = Desk::open(&json!({
        "seed": 5, "markets": [{ "slug": "sunny", "question": "Sunny?", "tick": 0.01, "minSize": 5 }],
        "accounts": [{ "name": "alice", "wallet": "deposit", "cash": 1000 }],
    }));
    let alice = Operator::new(&desk, "alice");
    alice.settle_in();
    let mut asked = 0;
    for no in ["no\n", "y\n", "YES\n", "\n", "\u{4}"] {
        let said = typed(alice.command(&["adopt"]), no).expect(0);
        assert!(said.err.contains("Type yes to go on: "), "{no:?}: {}", said.err);
        assert!(said.out.contains("begin with $1,000.00"), "{no:?}: {}", said.out);
        assert!(said.out.ends_with("nothing was recorded\n"), "{no:?}: {}", said.out);
        assert_eq!(alice.house.verify(), 0, "{no:?}");
        asked += 1;
    }
    assert_eq!(asked, 5);
    let said = typed(alice.command(&["adopt"]), "yes\n").expect(0);
    assert_eq!(said.out.matches("begin with").count(), 1, "shown once: {}", said.out);
    assert_eq!(alice.house.verify(), 3, "opened, looked until, taken over until");
}
