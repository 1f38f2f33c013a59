//! The sentence of every problem, as a reader gets it. One file of text holds them all, so that they can
//! be read through at once.

use super::{TRADE, plan_of, with, wrong};
use betteroms_core::plan::CODES;
use std::collections::BTreeSet;

fn cases() -> Vec<(&'static str, String)> {
    let mut cases = of_form();
    cases.extend(of_shape());
    cases.extend(of_numbers());
    cases.extend(of_words());
    cases.extend(of_fields_together());
    cases
}

fn of_form() -> Vec<(&'static str, String)> {
    let trade = TRADE;
    vec![
        ("nothing", String::new()),
        ("only a comment", "// later\n".into()),
        ("only blanks and a list", "[]".into()),
        ("byte order mark", format!("\u{FEFF}{}", plan_of(trade))),
        ("NUL", plan_of(trade).replace("r1", "r\u{0}1")),
        ("control character", plan_of(trade).replace("r1", "r\u{7}1")),
        ("bidi in a comment", format!("// \u{202E}abc\n{}", plan_of(trade))),
        ("zero width in a name", plan_of(trade).replace("will", "wi\u{200B}ll")),
        ("carriage return alone", format!("// a\r{}", plan_of(trade))),
        ("comment never closed", format!("{} /* end", plan_of(trade))),
        ("text never closed", plan_of(trade).replace("\"paper\"", "\"paper\n")),
        ("bad escape", plan_of(trade).replace("rain", "ra\\in")),
        ("half a surrogate", plan_of(trade).replace("rain", "\\ud83d")),
        ("tab in text", plan_of(trade).replace("rain", "ra\tin")),
        ("single quotes", plan_of(trade).replace("\"YES\"", "'YES'")),
        ("field name without quotes", plan_of(trade).replace("\"side\"", "side")),
        ("word without quotes", plan_of(trade).replace("\"BUY\"", "BUY")),
        ("True", with("postOnly", "True")),
        ("undefined", with("id", "undefined")),
        ("leading zeros", with("price", "00.42")),
        ("two points", with("price", "0.4.2")),
        ("underscore", with("size", "1_000")),
        ("thousands separator", with("size", "1,000")),
        ("dollar sign without quotes", with("size", "$100")),
        ("comma missing", plan_of(trade).replace("\"YES\",", "\"YES\"")),
        ("comma doubled", plan_of(trade).replace("\"YES\",", "\"YES\",,")),
        ("colon missing", plan_of(trade).replace("\"side\":", "\"side\"")),
        ("value missing", plan_of(trade).replace("\"BUY\"", "")),
        ("equals sign", plan_of(trade).replace("\"side\":", "\"side\" =")),
        ("two colons", plan_of(trade).replace("\"side\":", "\"side\"::")),
        ("name missing", plan_of(&format!("{trade}, {{}}"))),
        ("wrong bracket", plan_of(trade).replace("}] }", "]] }")),
        ("one bracket too many", plan_of(trade).replace("}] }", "}]] }")),
        ("cut off", plan_of(trade).replace("}] }", "")),
        ("two plans", format!("{0}\n{0}", plan_of(trade))),
        ("hard blank", format!("\u{A0}{}", plan_of(trade))),
        ("not JSON at all", "runId,mode\nr1,paper\nsee https://example.com (now) or later on that day we will see what there is to buy at all".into()),
        ("too deep", format!("{}{}", "[".repeat(65), "]".repeat(65))),
    ]
}

fn of_shape() -> Vec<(&'static str, String)> {
    let trade = TRADE;
    let plan = |rest: &str| format!(r#"{{ "runId": "r1", "mode": "paper", {rest} }}"#);
    vec![
        ("empty object", "{}".into()),
        ("plan is text", "\"plan\"".into()),
        ("defaults is a list", plan(&format!(r#""defaults": [], "trades": [{{{trade}}}]"#))),
        ("trades is an object", plan(r#""trades": {}"#)),
        ("no trades", plan(r#""trades": []"#)),
        ("trade is text", plan(r#""trades": ["BUY"]"#)),
        ("empty trade", plan_of("")),
        ("null", with("priceCeil", "null")),
        ("size is a list", with("size", "[100]")),
        ("postOnly is text", with("postOnly", "\"true\"")),
        ("doubled field", plan_of(&format!("{trade},\n\"price\": 0.9"))),
        ("doubled by an escape", plan_of(&format!("{trade}, \"pr\\u0069ce\": 0.9"))),
        ("misspelt field", with("cancelAfterSecs", "60")),
        ("other case", with("POSTONLY", "true")),
        ("another system's word", with("qty", "5")),
        (
            "field of a trade in the plan",
            plan(&format!(r#""price": 0.4, "trades": [{{{trade}}}]"#)),
        ),
        ("cap in a trade", with("maxNotionalUSD", "5")),
        ("unknown field", with("colour", "5")),
        ("Cyrillic letters in a field name", with("рriсеСеil", "0.5").replace('С', "C")),
        ("of a later version", with("stopLoss", "0.3")),
        (
            "of a later version, in the plan",
            plan(&format!(r#""budgetUSD": 100, "trades": [{{{trade}}}]"#)),
        ),
        ("empty market", with("marketId", "\"\"")),
        ("long market", with("marketId", &format!("\"{}\"", "m".repeat(513)))),
        ("hidden by an escape", with("notes", "\"a\\u202eb\"")),
        ("NUL by an escape", with("notes", "\"a\\u0000b\"")),
        ("mixed alphabets", with("outcome", "\"Mаdrid\"")),
        ("blank at the end", with("outcome", "\"Up \"")),
        ("line break in an outcome", with("outcome", "\"U\\np\"")),
    ]
}

fn of_numbers() -> Vec<(&'static str, String)> {
    let price = |v: &str| with("price", v);
    let size = |v: &str| with("size", v);
    let secs = |v: &str| with("cancelAfterSec", v);
    vec![
        ("NaN", price("NaN")),
        ("minus Infinity", price("-Infinity")),
        ("text that is no number", price("\"cheap\"")),
        ("dollars", size("\"$1,000.50\"")),
        ("cents by name", price("\"42c\"")),
        ("per cent", price("\"42%\"")),
        ("decimal comma", price("\"0,42\"")),
        ("plus", price("+0.42")),
        ("no digit before the point", price(".42")),
        ("no digit behind the point", size("5.")),
        ("hexadecimal", size("0x1F")),
        ("blank inside", size("\"1 000\"")),
        ("exponent", price("4.2e-1")),
        ("1e400", size("1e400")),
        ("30 digits", size("123456789012345678901234567890")),
        ("30 digits behind the point", price("0.123456789012345678901234567890")),
        ("long tail", size("1.000000100000010000001")),
        ("minus zero", price("-0")),
        ("minus zero point zero", size("-0.00")),
        ("below zero", size("-5")),
        ("float a little below", price("0.41999999999999999")),
        ("float a little above", price("0.30000000000000004")),
        ("float written out", price("0.41999999999999998445687765666")),
        ("float size", size("100.00000000000001")),
        ("cents", price("42")),
        ("half cents", price("42.5")),
        ("one dollar", price("1")),
        ("nothing", price("0")),
        ("hundreds", price("420")),
        ("too fine", price("0.42005")),
        ("nearly nothing", price("0.00001")),
        ("size too fine", size("10.0000005")),
        ("size nothing", size("0")),
        ("size too large", size("100000000.01")),
        ("total too large", {
            let one = r#""marketId": "m", "outcome": "YES", "side": "BUY", "price": 0.0001, "size": 100000000"#;
            plan_of(&format!("{one} }}, {{ {one}"))
        }),
        ("half a second", secs("1.5")),
        ("no seconds", secs("0")),
        ("seconds for ever", secs("315360001")),
        (
            "cap nothing",
            format!(
                r#"{{ "runId": "r1", "mode": "paper", "defaults": {{ "maxNotionalUSD": 0, "goodForSeconds": "5m" }}, "trades": [{{{TRADE}}}] }}"#
            ),
        ),
    ]
}

fn of_words() -> Vec<(&'static str, String)> {
    let plan = plan_of(TRADE);
    vec![
        ("runId with a blank", plan.replace("r1", "my run")),
        ("runId too long", plan.replace("r1", &"r".repeat(129))),
        ("runId reserved", plan.replace("r1", "tick:1")),
        ("runId a number", plan.replace("\"r1\"", "1")),
        ("mode unknown", plan.replace("paper", "live")),
        ("side in small letters", with("side", "\"buy\"")),
        ("market order", with("type", "\"MARKET\"")),
        ("IOC", with("timeInForce", "\"IOC\"")),
        ("unit", with("sizeUnit", "\"USD\"")),
        ("ifBlocked", with("ifBlocked", "\"skip\"")),
        ("time without offset", with("notBefore", "\"2026-05-31T17:35:22\"")),
        ("time that is no time", with("notBefore", "\"2026-02-30T17:35:22Z\"")),
        ("market with a blank", with("marketId", "\"will it rain\"")),
        ("market as a number", with("marketId", "512345")),
        ("trade id", with("id", "\"leg one\"")),
    ]
}

fn of_fields_together() -> Vec<(&'static str, String)> {
    let plan = |fields: &str| plan_of(&format!("\"outcome\": \"YES\", \"price\": 0.42, {fields}"));
    let two = |a: &str, b: &str| plan_of(&format!("{TRADE}{a} }}, {{ {TRADE}{b}"));
    let sell = |rest: &str| plan(&format!("\"marketId\": \"m\", \"side\": \"SELL\", {rest}"));
    let buy = |rest: &str| plan(&format!("\"marketId\": \"m\", \"side\": \"BUY\", {rest}"));
    vec![
        ("two trades of one id", two(", \"id\": \"a\"", ", \"id\": \"a\"")),
        ("an id that is another's index", two(", \"id\": \"1\"", "")),
        ("no market", plan("\"side\": \"BUY\", \"size\": 5")),
        ("market twice", with("event", "\"e\"")),
        ("event without pick", plan("\"side\": \"BUY\", \"size\": 5, \"event\": \"e\"")),
        ("pick without event", plan("\"side\": \"BUY\", \"size\": 5, \"pick\": \"p\"")),
        ("buy all", buy("\"size\": \"all\"")),
        ("buy reduceOnly", buy("\"size\": 5, \"reduceOnly\": true")),
        ("sell all in capitals", sell("\"size\": \"ALL\"")),
        ("postOnly FOK", buy("\"size\": 5, \"postOnly\": true, \"timeInForce\": \"FOK\"")),
        ("FAK buy in shares", buy("\"size\": 5, \"sizeUnit\": \"SHARES\", \"timeInForce\": \"FAK\"")),
        ("GTT without lifetime", buy("\"size\": 5, \"timeInForce\": \"GTT\"")),
        ("GTC with lifetime", buy("\"size\": 5, \"timeInForce\": \"GTC\", \"cancelAfterSec\": 5")),
        ("times crossed", buy("\"size\": 5, \"notBefore\": \"2026-05-31T17:35:22Z\", \"notAfter\": \"2026-05-31T17:35:22Z\"")),
        (
            "several at once, in file order",
            "{\n  \"runId\": \"a b\",\n  \"mode\": \"paper\",\n  \"trades\": [\n    { \"marketId\": \"m\", \"outcome\": \"YES\", \"side\": \"BUY\", \"price\": 42, \"size\": \"all\" },\n    { \"marketId\": \"é\", \"outcome\": \"é\", \"price\": 0.1, \"sise\": 5 },\n  ],\n}\n".into(),
        ),
    ]
}

#[test]
fn every_problem_names_place_reason_and_remedy() {
    let mut told = String::new();
    for (name, plan) in cases() {
        told.push_str(&format!("# {name}\n{}\n", wrong(&plan)));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn every_code_of_the_catalogue_is_seen() {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (_, plan) in cases() {
        seen.extend(super::codes(&plan));
    }
    seen.extend(super::hostile::codes_of_bytes());
    let missing: Vec<_> = CODES.iter().filter(|code| !seen.contains(*code)).collect();
    assert_eq!(missing, Vec::<&&str>::new());
    assert!(CODES.len() >= 60, "{} codes", CODES.len());
}

#[test]
fn codes_are_told_once() {
    let unique: BTreeSet<_> = CODES.iter().collect();
    assert_eq!(unique.len(), CODES.len());
}
