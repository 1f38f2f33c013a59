//! The published schema and the parser agree on one corpus; where a schema cannot see a mistake, the
//! row says so.

use super::{TRADE, plan_of, read, with};
use betteroms_core::plan::schema;
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    Both,
    Neither,
    /// The parser refuses what a schema cannot see.
    SchemaBlind,
}
use Verdict::{Both, Neither, SchemaBlind};

fn corpus() -> Vec<(Verdict, String)> {
    let field = |rest: &str| plan_of(&format!("{TRADE}{rest}"));
    let sell = |rest: &str| {
        plan_of(&format!(r#""marketId": "m", "outcome": "NO", "side": "SELL", "price": 0.5{rest}"#))
    };
    let plan = |rest: &str| format!(r#"{{ "runId": "r", "mode": "paper"{rest} }}"#);
    let trades = format!(r#", "trades": [{{ {TRADE} }}]"#);
    let pick = r#""event": "e", "pick": "p x", "outcome": "Up", "side": "BUY", "price": "0.5", "size": "1""#;
    let mut rows = vec![
        (Both, plan_of(TRADE)),
        (Both, plan_of(pick)),
        (Neither, plan_of(&pick.replace("\"event\": \"e\", ", ""))),
        (Neither, plan_of(&pick.replace("\"pick\": \"p x\", ", ""))),
        (Neither, field(", \"event\": \"e\"")),
        (Neither, field(", \"event\": \"e\", \"pick\": \"p\"")),
        (Neither, "[]".into()),
        (Neither, "{}".into()),
        (Neither, plan(", \"trades\": []")),
        (Neither, plan(&trades).replace("\"r\"", "\"tick:9\"")),
        (Neither, plan(&trades).replace("\"r\"", "\"a b\"")),
        (Neither, plan(&trades).replace("\"r\"", "7")),
        (Both, plan(&trades).replace("paper", "real")),
        (Neither, plan(&trades).replace("paper", "live")),
        (Both, plan(&format!(", \"$schema\": \"x\", \"defaults\": {{}}{trades}"))),
        (
            Both,
            plan(&format!(
                ", \"defaults\": {{\"maxNotionalUSD\": \"5.5\", \"goodForSeconds\": 5}}{trades}"
            )),
        ),
        (Neither, plan(&format!(", \"defaults\": {{\"maxNotional\": 5}}{trades}"))),
        (Neither, plan(&format!(", \"defaults\": {{\"maxNotionalUSD\": 0}}{trades}"))),
        (Neither, plan(&format!(", \"defaults\": {{\"goodForSeconds\": 0.5}}{trades}"))),
        (Neither, plan(&format!(", \"planId\": \"x\"{trades}"))),
        (Both, sell(", \"size\": \"all\", \"reduceOnly\": true")),
        (Both, sell(", \"size\": 5, \"sizeUnit\": \"SHARES\", \"timeInForce\": \"FAK\"")),
        (Neither, field(", \"reduceOnly\": true")),
        (Both, field(", \"reduceOnly\": false")),
        (Neither, field(", \"timeInForce\": \"FOK\", \"postOnly\": true")),
        (Both, field(", \"timeInForce\": \"FOK\", \"postOnly\": false")),
        (Both, field(", \"timeInForce\": \"GTC\", \"postOnly\": true")),
        (Neither, field(", \"timeInForce\": \"GTC\", \"cancelAfterSec\": 5")),
        (Neither, field(", \"timeInForce\": \"FAK\", \"cancelAfterSec\": 5")),
        (Both, field(", \"timeInForce\": \"GTT\", \"cancelAfterSec\": 5")),
        (Both, field(", \"cancelAfterSec\": 5")),
        (SchemaBlind, field(", \"timeInForce\": \"GTT\"")),
        (Neither, field(", \"timeInForce\": \"FAK\", \"sizeUnit\": \"SHARES\"")),
        (Both, field(", \"timeInForce\": \"GTC\", \"sizeUnit\": \"SHARES\"")),
        (SchemaBlind, field(", \"price\": 0.5")),
        (
            SchemaBlind,
            field(
                ", \"notBefore\": \"2026-05-31T17:35:22Z\", \"notAfter\": \"2026-05-30T17:35:22Z\"",
            ),
        ),
        (SchemaBlind, field(", \"notes\": \"\\u202e\"")),
        (SchemaBlind, plan_of(&format!("{TRADE}, \"id\": \"1\" }}, {{ {TRADE}"))),
        (Neither, plan_of(&TRADE.replace("\"side\": \"BUY\", ", ""))),
        (Neither, plan_of(&TRADE.replace("\"outcome\": \"YES\", ", ""))),
        (SchemaBlind, with("outcome", "\"Mаdrid\"")),
    ];
    let valued: [(Verdict, &str, &[&str]); 20] = [
        (Both, "price", &["0.0001", "0.9999", "\"0.4200\"", "\"0.0010\"", "0.5"]),
        (
            Neither,
            "price",
            &[
                "0",
                "1",
                "42",
                "-0.1",
                "\".5\"",
                "\"0.00001\"",
                "\"0.42005\"",
                "\"1\"",
                "null",
                "\"4e-1\"",
                "\"00.4\"",
                "\"0.0000\"",
            ],
        ),
        (SchemaBlind, "price", &["0.42005", "0.41999999999999999", "4.2e-1"]),
        (
            Both,
            "size",
            &[
                "0.000001",
                "100000000",
                "\"100000000\"",
                "\"99999999.999999\"",
                "\"5.0000000\"",
                "\"0.1\"",
            ],
        ),
        (
            Neither,
            "size",
            &[
                "0",
                "-5",
                "100000001",
                "\"all\"",
                "\"ALL\"",
                "\"0.0\"",
                "\"1,000\"",
                "\"0.0000001\"",
                "[1]",
                "\"100000000.1\"",
                "true",
            ],
        ),
        (SchemaBlind, "size", &["10.0000005", "1e2"]),
        (Both, "cancelAfterSec", &["1", "315360000", "\"60\"", "60.0"]),
        (Neither, "cancelAfterSec", &["0", "-1", "1.5", "315360001", "\"5m\"", "\"0\""]),
        (Neither, "side", &["\"buy\"", "1"]),
        (Neither, "type", &["\"MARKET\""]),
        (Both, "type", &["\"LIMIT\""]),
        (Neither, "timeInForce", &["\"GTD\"", "null"]),
        (Neither, "sizeUnit", &["\"USD\""]),
        (Both, "notBefore", &["\"2026-05-31T17:35:22Z\"", "\"2026-05-31T17:35:22.123456-04:00\""]),
        (
            Neither,
            "notBefore",
            &["\"2026-05-31\"", "\"2026-05-31T17:35:22\"", "\"2026-05-31 17:35:22Z\"", "5"],
        ),
        (SchemaBlind, "notBefore", &["\"2026-02-30T17:35:22Z\""]),
        (
            Both,
            "marketId",
            &["\"0xabc\"", "\"512345\"", "\"https://polymarket.com/event/a?b=c#d\""],
        ),
        (Neither, "marketId", &["\"\"", "\"a b\"", "\"é\"", "512345"]),
        (Neither, "id", &["\"a b\"", "\"\"", "5"]),
        (Neither, "stopLoss", &["0.3"]),
    ];
    for (verdict, name, values) in valued {
        rows.extend(values.iter().map(|value| (verdict, with(name, value))));
    }
    rows
}

#[test]
fn schema_and_parser_judge_one_corpus_alike() {
    let schema = jsonschema::validator_for(&schema()).expect("a valid schema");
    for (expected, text) in corpus() {
        let value: Value = serde_json::from_str(&text).expect("the corpus is plain JSON");
        let verdict = match (schema.is_valid(&value), read(&text).is_ok()) {
            (true, true) => Both,
            (false, false) => Neither,
            (true, false) => SchemaBlind,
            (false, true) => panic!("the schema refuses what the parser takes: {text}"),
        };
        assert_eq!(verdict, expected, "{text}\n{}", super::wrong(&text));
    }
}

#[test]
fn what_is_printed_fits_the_schema() {
    let schema = jsonschema::validator_for(&schema()).expect("a valid schema");
    for (_, text) in corpus().iter().filter(|(verdict, _)| *verdict == Both) {
        let printed = read(text).unwrap().print();
        let value: Value = serde_json::from_str(&printed).unwrap();
        assert!(schema.is_valid(&value), "{printed}");
    }
}

#[test]
fn the_schema_knows_every_field_the_parser_knows() {
    let schema = schema();
    let fields = schema.pointer("/$defs/trade/properties").and_then(Value::as_object).unwrap();
    for name in fields.keys() {
        let text = with(name, "{}");
        let told = super::wrong(&text);
        assert!(!told.contains("UNKNOWN_FIELD"), "{told}");
    }
    // The list in the answer to an unknown field is the parser's own.
    let told = super::wrong(&with("colour", "1"));
    let (_, known) = told.split_once("known here are ").unwrap();
    let (known, _) = known.split_once(". [").unwrap();
    let known: std::collections::BTreeSet<&str> = known.split(", ").collect();
    assert_eq!(known, fields.keys().map(String::as_str).collect());
}
