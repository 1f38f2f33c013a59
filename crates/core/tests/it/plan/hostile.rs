//! Files made to break a reader: each ends soon, with a sentence, and never with a panic.

use super::{TRADE, plan_of};
use betteroms_core::plan::{Defaults, PROBLEMS_SHOWN_MAX, Problems, parse};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// Generous for an unoptimised build on a busy machine; through the release binary it is one second.
const PATIENCE: Duration = Duration::from_secs(20);

fn refuse(bytes: &[u8]) -> Problems {
    let begun = Instant::now();
    let problems = parse("hostile.jsonc", bytes, &Defaults::default()).expect_err("hostile");
    assert!(begun.elapsed() < PATIENCE, "took {:?}", begun.elapsed());
    for problem in &problems.list {
        assert!(problem.span.start <= problem.span.end, "{problem:?}");
        assert!(!problem.sentence.is_empty() && !problem.hint.is_empty());
        let shown = format!("{} {}", problem.sentence, problem.hint);
        assert!(!shown.contains(|c: char| c.is_control()), "{shown:?}");
        assert!(shown.len() < 1_000, "{} bytes", shown.len());
    }
    problems
}

/// The codes that only bytes or a large file bring about.
pub(super) fn codes_of_bytes() -> Vec<&'static str> {
    let files: [Vec<u8>; 6] = [
        b"{ \"runId\": \"\xFF\" }".to_vec(),
        b"\xFF\xFE{\0}\0".to_vec(),
        many_trades(200_001),
        vec![b' '; 64 * 1024 * 1024 + 1],
        format!("[{}]", "0,".repeat(4_000_001)).into_bytes(),
        b"[@ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @ @".to_vec(),
    ];
    let codes = |file: &Vec<u8>| refuse(file).list.into_iter().map(|p| p.code).collect();
    files.iter().flat_map::<Vec<_>, _>(codes).collect()
}

fn many_trades(count: usize) -> Vec<u8> {
    let trades = "{},".repeat(count);
    format!(r#"{{ "runId": "r", "mode": "paper", "trades": [{trades}] }}"#).into_bytes()
}

#[test]
fn depth_of_a_hundred_thousand_costs_no_stack() {
    for open in ["[", "{\"a\":"] {
        let problems = refuse(open.repeat(100_000).as_bytes());
        assert_eq!(problems.list.last().expect("one").code, "TOO_DEEP");
    }
}

#[test]
fn one_long_line_is_read_once() {
    // Two million texts on one line: whatever looks for the line's end at each of them never ends.
    let texts = "\"a\",".repeat(2_000_000);
    let plan = format!(r#"{{ "runId": "r", "mode": "paper", "trades": [{texts}] }}"#);
    assert_eq!(refuse(plan.as_bytes()).list[0].code, "TOO_MANY_TRADES");
}

#[test]
fn a_million_doubled_fields_are_counted() {
    let doubled = "\"price\": 1,".repeat(1_000_000);
    let problems = refuse(plan_of(&doubled).as_bytes());
    assert_eq!(problems.list.len(), PROBLEMS_SHOWN_MAX);
    assert!(problems.more > 999_000, "{}", problems.more);
}

#[test]
fn a_million_unknown_fields_are_counted() {
    let unknown = "\"pryce_of_it\": 1,".repeat(1_000_000);
    assert!(refuse(plan_of(&unknown).as_bytes()).more > 999_000);
}

#[test]
fn what_is_shown_of_a_long_word_is_short() {
    let long = "x".repeat(5_000_000);
    refuse(plan_of(&format!("\"{long}\": 1")).as_bytes());
    refuse(long.as_bytes());
    refuse(plan_of(&format!("\"price\": \"{long}\"")).as_bytes());
    refuse(plan_of(&format!("\"price\": {}", "9".repeat(5_000_000))).as_bytes());
    refuse(plan_of(&format!("\"price\": \"{}\"", "\\u0000".repeat(1_000_000))).as_bytes());
}

#[test]
fn columns_count_characters_and_spans_count_bytes() {
    let text = plan_of(TRADE).replace("will", "é€𝄞will").replace("100", "0");
    let problems = refuse(text.as_bytes());
    let size = problems.list.iter().find(|p| p.code == "AMOUNT_ZERO").expect("one");
    assert_eq!(&text[size.span.clone()], "0");
    let column = text[..size.span.start].chars().count() + 1;
    assert_eq!(usize::try_from(size.here.column).expect("small"), column);
    assert_eq!(size.here.line, 1);
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let plan = format!(
        "// a plan\n{}",
        plan_of(&format!("{TRADE}, \"notes\": \"a\\u00e9b\", \"id\": \"x\" }}, {{ {TRADE}"))
    );
    let pieces = prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"", "'", "\\", "/*", "*/", "//", "\n", "\r", "\0", "-",
        ".", "e9", "null", "\u{202E}", "\u{FEFF}", "é", "NaN", "\\u", "\\ud800", "0", "trades",
        "\t",
    ]);
    let edit = (any::<prop::sample::Index>(), 0..6_usize, pieces);
    (Just(plan), prop::collection::vec(edit, 0..8)).prop_map(|(plan, edits)| {
        let mut bytes = plan.into_bytes();
        for (at, cut, piece) in edits {
            let at = at.index(bytes.len() + 1);
            let end = (at + cut).min(bytes.len());
            bytes.splice(at..end, piece.bytes());
        }
        bytes
    })
}

fn cases() -> u32 {
    let set = std::env::var("BETTEROMS_PROVE_CASES").ok();
    set.and_then(|n| n.parse().ok()).unwrap_or(1_000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(parse("fuzz", &bytes, &Defaults::default()));
    }

    #[test]
    fn no_mutation_of_a_plan_makes_it_panic(bytes in mutated()) {
        if let Err(problems) = parse("fuzz", &bytes, &Defaults::default()) {
            prop_assert!(!problems.list.is_empty());
            for p in &problems.list {
                prop_assert!(p.span.end <= bytes.len(), "{p:?}");
                prop_assert!(p.here.line >= 1 && p.here.column >= 1);
            }
            let order: Vec<_> = problems.list.iter().map(|p| p.here).collect();
            prop_assert!(order.is_sorted());
        }
    }
}
