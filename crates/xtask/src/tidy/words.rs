//! Words and paths that must not stand anywhere, and such as must not stand in shipped code.

use super::{File, Finding};

/// Everywhere: work that is put off, and places of one machine. Written in halves, since this file is
/// looked at too.
const NOWHERE: [(&str, &str); 9] = [
    (concat!("to", "do!("), "put off"),
    (concat!("unimpl", "emented!("), "put off"),
    (concat!("TO", "DO"), "put off: open an issue"),
    (concat!("FIX", "ME"), "put off: open an issue"),
    (concat!("db", "g!("), "left from debugging"),
    (concat!("#[ign", "ore"), "a test that is not run proves nothing"),
    (concat!("/wo", "rk/"), "a place on one machine"),
    (concat!("/ro", "ot/"), "a place on one machine"),
    (concat!("/Us", "ers/"), "a place on one machine"),
];

/// In shipped code: lints that are denied must not be allowed one by one.
const NOT_SHIPPED: [&str; 3] = ["clippy::unwrap_used", "clippy::indexing_slicing", "unsafe_code"];

/// Finds them.
pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        for (line, text) in file.lines() {
            let found = NOWHERE.iter().filter(|(word, _)| text.contains(word));
            findings.extend(found.map(|(word, why)| file.wrong(line, format!("`{word}`: {why}"))));
            if file.is_shipped() && text.contains("allow(") {
                let found = NOT_SHIPPED.iter().filter(|lint| text.contains(*lint));
                findings.extend(found.map(|l| file.wrong(line, format!("allows {l}"))));
            }
            if file.path.starts_with("crates/core/src/") && has_float(text) {
                findings.push(file.wrong(line, "a float in the core: amounts are exact"));
            }
        }
    }
    findings
}

/// Whether code, as opposed to a comment, names a type of floating point.
fn has_float(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or(line);
    let mut words = code.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| {
        ["f32", "f64"].iter().any(|float| {
            let before = word.strip_suffix(float);
            before.is_some_and(|before| before.bytes().all(|b| b.is_ascii_digit()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::planted;
    use super::*;

    #[test]
    fn every_word_is_found_where_it_is_planted() {
        for (word, why) in NOWHERE {
            let file = planted("docs/a.md", &format!("fine\nand {word} here\n"));
            let found = check(&[file]);
            assert_eq!(found.len(), 1, "{word}: {found:?}");
            assert_eq!(found[0].place, "docs/a.md:2");
            assert!(found[0].says.ends_with(why));
        }
        assert_eq!(check(&[planted("docs/a.md", "a method for a person at work\n")]), []);
    }

    #[test]
    fn a_denied_lint_may_be_allowed_in_tests_only() {
        for lint in NOT_SHIPPED {
            let line = format!("#![allow({lint}, reason = \"so\")]\n");
            assert_eq!(check(&[planted("crates/store/src/a.rs", &line)]).len(), 1, "{lint}");
            assert_eq!(check(&[planted("crates/store/tests/it/a.rs", &line)]), []);
        }
    }

    #[test]
    fn the_core_has_no_floats() {
        for line in ["let a: f64 = x;", "x as f32", "1.5_f64", "Vec<f64>"] {
            assert_eq!(check(&[planted("crates/core/src/a.rs", line)]).len(), 1, "{line}");
            assert_eq!(check(&[planted("crates/betteroms/src/a.rs", line)]), []);
        }
        for line in ["// through an f64", "let buf64 = 1;", "u64"] {
            assert_eq!(check(&[planted("crates/core/src/a.rs", line)]), [], "{line}");
        }
    }
}
