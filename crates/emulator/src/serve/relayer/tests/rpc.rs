//! What a node answers, question by question.

use super::desk::Bench;
use crate::serve::call::{Call, Service};
use crate::serve::routes::{Found, find};
use betteroms_polymarket::signing::contracts::{CTF, PUSD};
use serde_json::{Value, json};

pub(super) fn ask(bench: &Bench, body: &str) -> Value {
    let mut call = Call::of("POST", "/rpc", &[]);
    call.body = body.to_owned().into();
    let Found::Route(route, _) = find(Service::Relayer, "POST", "/rpc") else {
        panic!("there is no such route")
    };
    let reply = (route.handler)(&bench.desk, &call).unwrap();
    assert_eq!(reply.status, 200);
    serde_json::from_slice(&reply.body).unwrap()
}

fn code(bench: &Bench, body: &str) -> i64 {
    ask(bench, body)["error"]["code"].as_i64().unwrap_or_default()
}

pub(super) fn result(bench: &Bench, method: &str, params: &Value) -> Value {
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params });
    let told = ask(bench, &body.to_string());
    assert_eq!(told["id"], 7);
    if told["error"].is_null() { told["result"].clone() } else { told["error"]["code"].clone() }
}

#[test]
fn what_is_no_question_is_told_so_in_json_rpcs_own_codes() {
    let bench = Bench::new();
    for (body, expected) in [
        ("", -32_700),
        ("{", -32_700),
        ("[]", -32_600),
        ("7", -32_600),
        (r#"{"id":1,"method":"eth_chainId"}"#, -32_600),
        (r#"{"jsonrpc":"2.0","method":"eth_chainId"}"#, -32_600),
        (r#"{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}"#, -32_600),
        (r#"{"jsonrpc":"2.0","id":1}"#, -32_600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{}}"#, -32_600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_sendTransaction","params":[{}]}"#, -32_601),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction"}"#, -32_602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["02"]}"#, -32_602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["0x"]}"#, -32_000),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["0x12"]}"#,
            -32_602,
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"eth_estimateGas","params":[{"to":"0x12"}]}"#,
            -32_602,
        ),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_getCode"}"#, -32_602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_getCode","params":["0x12"]}"#, -32_602),
        (r#"{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"data":"0x"}]}"#, -32_602),
    ] {
        assert_eq!(code(&bench, body), expected, "{body}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(code(&bench, &deep), -32_700);
    let old = json!([bench.wallet, "0x1"]);
    assert_eq!(result(&bench, "eth_getBalance", &old), -32_602);
}

#[test]
fn a_batch_is_answered_in_its_order_up_to_a_hundred() {
    let bench = Bench::new();
    let good = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;
    let bad = r#"{"jsonrpc":"2.0","id":"two","method":"eth_mine"}"#;
    let told = ask(&bench, &format!("[{good},{bad},8]"));
    assert_eq!(told[0], json!({ "jsonrpc": "2.0", "id": 1, "result": "0x89" }));
    assert_eq!((&told[1]["id"], &told[1]["error"]["code"]), (&json!("two"), &json!(-32_601)));
    assert_eq!((&told[2]["id"], &told[2]["error"]["code"]), (&Value::Null, &json!(-32_600)));
    let many = |count| format!("[{}]", vec![good; count].join(","));
    assert_eq!(ask(&bench, &many(100)).as_array().map(Vec::len), Some(100));
    assert_eq!(code(&bench, &many(101)), -32_600);
}

#[test]
fn contracts_and_deployed_wallets_have_code_and_accounts_have_none() {
    let bench = Bench::new();
    let has = |address: &str| result(&bench, "eth_getCode", &json!([address, "latest"])) != "0x";
    for address in [bench.wallet, PUSD, CTF] {
        assert!(has(&address.to_string()), "{address}");
    }
    assert!(!has(&bench.owner.address().to_string()));
    let nobody = json!([{ "to": bench.owner.address(), "data": "0x70a08231" }, "latest"]);
    assert_eq!(result(&bench, "eth_call", &nobody), "0x");
}

#[test]
fn a_contract_reverts_on_what_it_has_not() {
    let bench = Bench::new();
    let unknown_condition = format!("0x0504c814{}{}", "ab".repeat(32), "00".repeat(32));
    for (to, data) in [(PUSD, "0x"), (PUSD, "0x12345678"), (CTF, unknown_condition.as_str())] {
        let call = json!([{ "to": to, "data": data }, "latest"]);
        assert_eq!(result(&bench, "eth_call", &call), 3, "{data}");
    }
}
