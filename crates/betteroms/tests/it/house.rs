//! A scratch home for the compiled binary: its folders, a store, and nothing of the machine's own
//! configuration. `ledger` reads what it leaves in the store.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// What one call said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// The exit code; `None` where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("standard output is text"),
            err: String::from_utf8(output.stderr).expect("standard error is text"),
        }
    }

    /// The standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|fault| panic!("{fault} in\n{}\n{}", self.out, self.err))
    }

    /// Fails unless the call ended with this code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }
}

/// A fresh home.
#[derive(Debug)]
pub(crate) struct House {
    root: TempDir,
}

impl House {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a scratch folder");
        for folder in ["home", "tmp", "work"] {
            std::fs::create_dir(root.path().join(folder)).expect("a scratch folder");
        }
        Self { root }
    }

    /// A path in the working folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("work").join(name)
    }

    /// Where the binary puts scratch files of its own.
    pub(crate) fn tmp(&self) -> PathBuf {
        self.root.path().join("tmp")
    }

    /// The store of [`House::run`].
    pub(crate) fn db(&self) -> PathBuf {
        self.path("a.db")
    }

    /// Writes a file into the working folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, text).expect("written");
        path
    }

    /// The binary in this home, without `--db`.
    pub(crate) fn bare(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_betteroms"));
        self.furnish(&mut command);
        command
    }

    /// Gives a command this home and takes from it what the machine sets.
    pub(crate) fn furnish(&self, command: &mut Command) {
        let foreign = std::env::vars_os().map(|(name, _)| name).filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with("BETTEROMS_") || name.starts_with("LC_") || name.starts_with("XDG_")
        });
        for name in foreign {
            command.env_remove(name);
        }
        for name in ["LANG", "TZ", "NO_COLOR", "RUST_LOG", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        command
            .current_dir(self.root.path().join("work"))
            .env("HOME", self.root.path().join("home"))
            .env("TMPDIR", self.tmp())
            .stdin(Stdio::null());
    }

    /// Calls the binary on this home's store.
    pub(crate) fn call(&self, arguments: &[&str]) -> Said {
        self.on(&self.db(), arguments)
    }

    /// Calls the binary on another store of this home.
    pub(crate) fn on(&self, db: &Path, arguments: &[&str]) -> Said {
        let mut command = self.bare();
        command.arg("--db").arg(db).args(arguments);
        Said::of(command.output().expect("the binary starts"))
    }

    /// `run` with these arguments on the shipped recording.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let books = crate::shared::example_dir();
        let books = books.to_str().expect("a UTF-8 path");
        self.call(&[&["run", "--books", books], arguments].concat())
    }

    /// `db verify`, which must agree; tells how many events it folded.
    #[track_caller]
    pub(crate) fn verify(&self) -> u64 {
        let said = self.call(&["db", "verify"]).expect(0);
        let rest = said.out.strip_prefix("the views agree: ").expect("the views agree");
        rest.split(' ').next().and_then(|n| n.parse().ok()).expect("a number of events")
    }

    /// Copies a store as it lies there, log included.
    pub(crate) fn copy_store(&self, from: &Path, to: &Path) {
        for suffix in ["", "-journal", "-wal", "-shm", ".lock"] {
            let (from, to) = (beside(from, suffix), beside(to, suffix));
            if from.exists() {
                std::fs::copy(from, to).expect("copied");
            } else if to.exists() {
                std::fs::remove_file(to).expect("removed");
            }
        }
    }
}

/// A file that lies beside the store.
pub(crate) fn beside(db: &Path, suffix: &str) -> PathBuf {
    let mut name = db.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A file of `examples/`.
pub(crate) fn example(name: &str) -> String {
    format!("{}/../../examples/{name}", env!("CARGO_MANIFEST_DIR"))
}
