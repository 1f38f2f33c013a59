//! Links between the repository's own texts: each leads to a file that is there, and to a heading in it.

use super::{File, Finding};

/// Finds links of Markdown, and documents named in code, that lead nowhere. `exists` answers for a path
/// from the root.
pub(super) fn check(files: &[File], exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        for (line, text) in file.lines() {
            if file.path.ends_with(".md") {
                for target in markdown_targets(text) {
                    findings.extend(leads_nowhere(files, file, target, exists).map(|why| {
                        file.wrong(line, format!("the link to {target} leads nowhere: {why}"))
                    }));
                }
            }
            // The tests of this check name documents that never were.
            let is_ours = file.path.starts_with("crates/xtask/src/tidy/");
            let named = documents(text).filter(|path| !is_ours && !exists(path));
            findings.extend(named.map(|path| file.wrong(line, format!("{path} is not there"))));
        }
    }
    findings
}

/// What stands between `](` and `)`, other than an address on the web.
fn markdown_targets(line: &str) -> impl Iterator<Item = &str> {
    let ends = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    ends.filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
}

/// Documents of ours that a line names by their path from the root.
fn documents(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "/-_.#".contains(c);
    let words = line.split(move |c| !is_part(c));
    words.filter_map(|word| {
        let path = word.split('#').next()?.trim_end_matches('.');
        (path.starts_with("docs/") && path.ends_with(".md")).then_some(path)
    })
}

fn leads_nowhere(
    files: &[File],
    from: &File,
    target: &str,
    exists: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { from.path.clone() } else { joined(&from.path, path) };
    if !exists(&path) {
        return Some(format!("{path} is not there"));
    }
    let aimed = files.iter().find(|file| file.path == path)?;
    let has_heading = aimed.text.lines().any(|line| {
        line.starts_with('#') && anchor(line.trim_start_matches('#').trim()) == heading
    });
    let is_missing = !heading.is_empty() && path.ends_with(".md") && !has_heading;
    is_missing.then(|| format!("{path} has no heading #{heading}"))
}

/// A path as seen from the folder of another.
fn joined(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A heading's anchor, as the common renderers make it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::planted;
    use super::*;

    fn found(text: &str) -> Vec<Finding> {
        let aimed = planted("docs/b.md", "# B\n## How it `is`, then\n");
        let exists = |path: &str| ["docs/b.md", "docs/a.md", "README.md"].contains(&path);
        check(&[planted("docs/a.md", text), aimed], &exists)
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        for text in ["see [b](c.md)", "[b](b.md#nope)", "[top](../NOTES.md)", "[x](#gone)"] {
            assert_eq!(found(text).len(), 1, "{text}");
        }
        let good = "[b](b.md) [b](b.md#how-it-is-then) [r](../README.md) [w](https://a.b/c.md)";
        assert_eq!(found(good), []);
    }

    #[test]
    fn a_document_named_in_code_must_be_there() {
        let exists = |path: &str| path == "docs/b.md";
        let code = |text: &str| check(&[planted("crates/core/src/a.rs", text)], &exists);
        assert_eq!(code("//! as `docs/b.md` says, see docs/b.md.\n"), []);
        assert_eq!(code("//! as `docs/c.md` says\n").len(), 1);
    }
}
