//! Every fault is shown to happen to a client: the table of `docs/emulator.md` names for each rule the
//! tests that show it, and they name the rule.

use std::collections::BTreeSet;

const DOC: &str = include_str!("../../../../docs/emulator.md");
const RULES: &str = include_str!("../../src/fault/what.rs");
/// The files with such tests.
const TESTS: &[(&str, &str)] = &[
    ("control", include_str!("control.rs")),
    ("engine", include_str!("engine.rs")),
    ("frames", include_str!("frames.rs")),
    ("rates", include_str!("rates.rs")),
    ("transport", include_str!("transport.rs")),
    ("unlucky", include_str!("unlucky.rs")),
];

/// The words of the rules, from the names of their variants.
fn rules() -> BTreeSet<String> {
    let (_, body) = RULES.split_once("pub enum What {").unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    let names = body.lines().filter_map(|line| {
        let name = line.strip_prefix("    ")?.split(' ').next()?;
        name.starts_with(|c: char| c.is_ascii_uppercase()).then_some(name)
    });
    let word = |name: &str| {
        let mut word = String::new();
        for letter in name.chars() {
            if letter.is_ascii_uppercase() && !word.is_empty() {
                word.push('_');
            }
            word.push(letter.to_ascii_lowercase());
        }
        word
    };
    names.map(word).collect()
}

/// A test's own text.
fn text(name: &str) -> Option<&'static str> {
    let (file, test) = name.split_once("::")?;
    let (_, source) = TESTS.iter().find(|(of, _)| *of == file)?;
    let (_, rest) = source.split_once(&format!("async fn {test}("))?;
    rest.split("\n}\n").next()
}

#[test]
fn every_fault_has_a_row_and_a_test_that_names_it() {
    let (_, table) = DOC.split_once("| what goes wrong | rule | shown by |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut told = BTreeSet::new();
    let mut count = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [fault, rules, tests] = cells.as_slice() else { panic!("{row}") };
        assert!(!fault.is_empty());
        let quoted = |cell: &str| -> Vec<String> {
            cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
        };
        let texts: Vec<&str> = quoted(tests)
            .iter()
            .map(|test| text(test).unwrap_or_else(|| panic!("there is no test {test}")))
            .collect();
        assert!(!texts.is_empty(), "{row}");
        for rule in quoted(rules) {
            let is_named = texts.iter().any(|text| text.contains(rule.as_str()));
            assert!(is_named, "{row}: no test named there says {rule}");
            told.insert(rule);
        }
        count += 1;
    }
    assert_eq!(told, rules());
    assert!(count >= 28, "{count} rows");
}
