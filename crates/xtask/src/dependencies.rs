//! Who may import whom, and what may not come in at all: read from cargo's own answers.

use crate::shell::{cargo, read, root};
use crate::tidy::Finding;
use anyhow::{Context as _, Result};
use serde_json::Value;

/// What the core may be built on, and how many of those at most.
const CORE: [&str; 6] = ["jiff", "jsonc-parser", "serde", "serde_json", "sha2", "thiserror"];
const CORE_MOST: usize = 8;

/// Which crates of ours each may import; tests may not go around it either. xtask imports none, so
/// that `cargo xtask` starts at once.
const LAYERS: [(&str, &[&str]); 6] = [
    ("betteroms-core", &[]),
    ("betteroms-store", &["betteroms-core"]),
    ("betteroms-polymarket", &["betteroms-core"]),
    ("betteroms-emulator", &["betteroms-core", "betteroms-polymarket"]),
    (
        "betteroms",
        &["betteroms-core", "betteroms-store", "betteroms-polymarket", "betteroms-emulator"],
    ),
    ("xtask", &[]),
];

/// A second TLS stack, or one that needs a system library.
const BANNED: [&str; 4] = ["openssl", "openssl-sys", "native-tls", "aws-lc-sys"];
/// Packages in the lockfile. Raise it with a reason in the commit.
const LOCKED_MOST: usize = 520;

/// Looks at the workspace's manifests and its lockfile.
///
/// # Errors
/// When cargo does not answer.
pub(crate) fn check() -> Result<Vec<Finding>> {
    let metadata = read(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock")?;
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    println!("{} crates of ours, {} locked packages", packages.len(), locked(&lock).count());
    let mut findings = imports(packages);
    findings.extend(lockfile(&lock));
    Ok(findings)
}

/// Holds manifests against the layers and the core's list.
fn imports(packages: &[Value]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let ours: Vec<String> = packages.iter().map(|package| text(&package["name"])).collect();
    for (package, name) in packages.iter().zip(&ours) {
        let mut wrong = |says: String| findings.push(finding(format!("crate {name}"), says));
        let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| layer == name) else {
            wrong("has no place in LAYERS".to_owned());
            continue;
        };
        let needs = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
        for need in needs.iter().map(|need| text(&need["name"])) {
            if ours.contains(&need) && !allowed.contains(&need.as_str()) {
                wrong(format!("imports {need}; imports run one way, see ARCHITECTURE.md"));
            }
        }
        if name == "betteroms-core" {
            let shipped = needs.iter().filter(|need| need["kind"].is_null());
            let shipped: Vec<String> = shipped.map(|need| text(&need["name"])).collect();
            for need in shipped.iter().filter(|need| !CORE.contains(&need.as_str())) {
                wrong(format!("is built on {need}, which is not on the core's list"));
            }
            if shipped.len() > CORE_MOST {
                wrong(format!("has {} dependencies; at most {CORE_MOST}", shipped.len()));
            }
        }
    }
    findings
}

/// Holds the lockfile against its ceiling and the banned names.
fn lockfile(lock: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut wrong = |says: String| findings.push(finding("Cargo.lock".to_owned(), says));
    for name in locked(lock).filter(|name| BANNED.contains(name)) {
        wrong(format!("{name} has come in; we use rustls with ring only"));
    }
    let count = locked(lock).count();
    if count > LOCKED_MOST {
        wrong(format!("{count} packages; at most {LOCKED_MOST}"));
    }
    findings
}

fn locked(lock: &str) -> impl Iterator<Item = &str> {
    lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
}

const fn finding(place: String, says: String) -> Finding {
    Finding { place, says, is_warning: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, needs: &[&str]) -> Value {
        let needs: Vec<Value> =
            needs.iter().map(|need| json!({ "name": need, "kind": null })).collect();
        json!({ "name": name, "dependencies": needs })
    }

    fn with(name: &str, needs: &[&str]) -> Vec<String> {
        let others = LAYERS.iter().filter(|(other, _)| *other != name);
        let mut packages: Vec<Value> = others.map(|(other, _)| package(other, &[])).collect();
        packages.push(package(name, needs));
        imports(&packages).into_iter().map(|finding| finding.says).collect()
    }

    #[test]
    fn what_stands_is_allowed() {
        assert_eq!(with("betteroms-core", &CORE), [""; 0]);
        assert_eq!(with("betteroms", &["betteroms-core", "betteroms-store", "clap"]), [""; 0]);
    }

    #[test]
    fn an_import_against_the_stream_is_found() {
        for (from, to) in [
            ("betteroms-store", "betteroms-polymarket"),
            ("betteroms-polymarket", "betteroms-store"),
            ("betteroms-core", "betteroms-store"),
            ("betteroms-store", "betteroms"),
            ("xtask", "betteroms-core"),
        ] {
            assert!(!with(from, &[to]).is_empty(), "{from} may not import {to}");
        }
        assert_eq!(with("betteroms-new", &[]).len(), 1);
    }

    #[test]
    fn the_core_gains_no_dependency_unseen() {
        assert_eq!(with("betteroms-core", &["tokio"]).len(), 1);
        let many: Vec<&str> = CORE.iter().copied().cycle().take(CORE_MOST + 1).collect();
        assert_eq!(with("betteroms-core", &many), ["has 9 dependencies; at most 8"]);
    }

    #[test]
    fn the_lockfile_neither_swells_nor_takes_in_a_banned_name() {
        let package = |name: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
        assert_eq!(lockfile(&package("rustls")), []);
        for name in BANNED {
            assert_eq!(lockfile(&package(name)).len(), 1, "{name}");
        }
        assert_eq!(lockfile(&package("openssl-probe")), []);
        assert_eq!(lockfile(&package("a").repeat(LOCKED_MOST)), []);
        assert_eq!(lockfile(&package("a").repeat(LOCKED_MOST + 1)).len(), 1);
    }
}
