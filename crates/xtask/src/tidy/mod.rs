//! What no compiler looks at: sizes, words that must not stand anywhere, links that lead nowhere.
//!
//! Every check is a function from files to findings, so that its test can hand it a planted bug.

mod links;
mod sizes;
mod words;

use crate::shell::root;
use anyhow::{Context as _, Result};
use std::fmt;
use std::path::Path;

/// What of the tree is ours and is text.
const PLACES: [&str; 8] =
    ["crates", "contracts", "docs", "examples", "judges", ".ci", ".cargo", ".config"];
const TEXT: [&str; 13] =
    ["rs", "py", "mjs", "toml", "md", "json", "jsonc", "sol", "sql", "snap", "sh", "yml", "txt"];
/// What npm puts beside ours.
const NOT_OURS: &str = "node_modules";

/// A text of the repository.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// From the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether it ships: Rust that is not a test's.
    fn is_shipped(&self) -> bool {
        self.is_rust() && self.path.contains("/src/")
    }

    /// The lines with their numbers.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    fn wrong(&self, line: usize, says: impl Into<String>) -> Finding {
        Finding { place: format!("{}:{line}", self.path), says: says.into(), is_warning: false }
    }
}

/// Something to put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) place: String,
    pub(crate) says: String,
    /// Told, but fails nothing.
    pub(crate) is_warning: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_warning { "note" } else { "wrong" };
        write!(f, "{kind}: {}: {}", self.place, self.says)
    }
}

/// Looks at the whole tree.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn check() -> Result<Vec<Finding>> {
    let root = root();
    let files = files(&root)?;
    println!("{} files", files.len());
    let mut findings = sizes::files(&files);
    findings.extend(sizes::functions(&files, &sizes::LONG));
    findings.extend(words::check(&files));
    findings.extend(links::check(&files, &|path| root.join(path).exists()));
    Ok(findings)
}

fn files(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for place in PLACES {
        walk(root, &root.join(place), &mut files)?;
    }
    for entry in std::fs::read_dir(root)? {
        read(root, &entry?.path(), &mut files)?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn walk(root: &Path, dir: &Path, files: &mut Vec<File>) -> Result<()> {
    if !dir.is_dir() || dir.ends_with(NOT_OURS) {
        return Ok(());
    }
    for entry in std::fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() { walk(root, &path, files)? } else { read(root, &path, files)? }
    }
    Ok(())
}

fn read(root: &Path, path: &Path, files: &mut Vec<File>) -> Result<()> {
    let name = path.extension().and_then(|extension| extension.to_str());
    let is_text = name.map_or(path.ends_with(".ci/run"), |name| TEXT.contains(&name));
    if is_text && path.is_file() {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let path = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
        files.push(File { path, text });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with planted contents.
    pub(super) fn planted(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn the_tree_is_found() {
        let files = files(&root()).unwrap();
        for path in ["Cargo.toml", ".ci/run", "crates/xtask/src/tidy/mod.rs", "ARCHITECTURE.md"] {
            assert!(files.iter().any(|file| file.path == path), "{path}");
        }
        assert!(files.iter().all(|file| !file.path.starts_with("target")));
    }
}
