//! The bodies of errors, in every form they come in.

use crate::shared;
use betteroms_polymarket::wire::refusal::{BodyForm, RefusalBody};

fn read(body: &str) -> RefusalBody {
    RefusalBody::read(body.as_bytes())
}

#[test]
fn the_words_are_found_under_every_name() {
    for name in ["error", "error_msg", "errorMsg"] {
        let refusal = read(&format!(r#"{{"{name}":" invalid nonce ","success":false}}"#));
        assert_eq!((refusal.text.as_str(), refusal.form), ("invalid nonce", BodyForm::Json));
        assert_eq!((refusal.code, refusal.retry_after), (None, None));
    }
    let refusal = read(r#"{"errorMsg":"late","error":""}"#);
    assert_eq!(refusal.text, "late", "an empty name does not hide another");
    let mode = read(
        r#"{"error":"post-only mode: only post-only orders and cancels are allowed","code":"post_only_mode","retry_after_seconds":90}"#,
    );
    assert_eq!(mode.text, "post-only mode: only post-only orders and cancels are allowed");
    assert_eq!((mode.code.as_deref(), mode.retry_after), (Some("post_only_mode"), Some(90)));
}

#[test]
fn a_wait_is_rounded_up_and_never_made_up() {
    let rows = [
        ("0", Some(0)),
        ("1.2", Some(2)),
        ("\"7\"", Some(7)),
        ("-1", None),
        ("\"soon\"", None),
        ("null", None),
        ("1e30", None),
        ("[5]", None),
    ];
    for (wait, expected) in rows {
        let refusal = read(&format!(r#"{{"error":"x","retry_after_seconds":{wait}}}"#));
        assert_eq!((refusal.text.as_str(), refusal.retry_after), ("x", expected), "{wait}");
    }
}

#[test]
fn what_is_no_json_is_still_told() {
    let page = "\u{feff}\n<!DOCTYPE html><html><head><title> Attention Required! | Cloudflare \
                </title></head><body>…</body></html>";
    let rows = [
        (page, BodyForm::Html, "Attention Required! | Cloudflare"),
        ("<html>blocked</html>", BodyForm::Html, "an HTML page"),
        ("service not ready\n", BodyForm::Text, "service not ready"),
        ("\"Too Early\"", BodyForm::Text, "Too Early"),
        ("", BodyForm::Empty, ""),
        (" \r\n", BodyForm::Empty, ""),
        ("[1,2]", BodyForm::Text, "[1,2]"),
        ("{\"error\":", BodyForm::Text, "{\"error\":"),
        ("{}", BodyForm::Json, "{}"),
        (r#"{"error":{"why":1}}"#, BodyForm::Json, r#"{"why":1}"#),
        (r#"{"message":"no"}"#, BodyForm::Json, r#"{"message":"no"}"#),
        (r#"{"error":"a","error":"b"}"#, BodyForm::Text, r#"{"error":"a","error":"b"}"#),
    ];
    for (body, form, text) in rows {
        let refusal = read(body);
        assert_eq!((refusal.form, refusal.text.as_str()), (form, text), "{body:?}");
    }
    assert_eq!(RefusalBody::read(b"\xff\xfe").form, BodyForm::Text);
}

#[test]
fn hostile_words_are_made_harmless() {
    let refusal = read("{\"error\":\"a\\u001b[31m\\u202e\",\"code\":\"\\u0007\"}");
    assert_eq!(refusal.text, "a\\u{1b}[31m\\u{202e}");
    assert_eq!(refusal.code.as_deref(), Some("\\u{7}"));
    assert_eq!(read(&"x".repeat(1_000_000)).text.len(), 600);
    assert_eq!(read(&"[".repeat(1_000_000)).form, BodyForm::Text);
    let deep = format!(r#"{{"error":{}{}}}"#, "[".repeat(64), "]".repeat(64));
    assert_eq!(read(&deep).form, BodyForm::Text);
}

#[test]
fn the_recorded_errors_are_read() {
    let test = "the_recorded_errors_are_read";
    let Some(folder) = shared::payloads(test) else {
        return;
    };
    let file = "fixtures_nautilus_lgpl/http_order_response_error_500.json";
    let body = shared::read(test, file).unwrap();
    assert_eq!(RefusalBody::read(&body).text, "Internal server error");
    let file = "fixtures_nautilus_lgpl/http_order_response_failed.json";
    let body = shared::read(test, file).unwrap();
    assert_eq!(RefusalBody::read(&body).text, "Insufficient balance");
    for (name, text) in [
        ("bad_request_should_return_error", "Invalid user address"),
        ("server_error_should_return_error", "Internal server error"),
    ] {
        let body = shared::literal(&folder, "data.json", name);
        assert_eq!(RefusalBody::read(&body).text, text);
    }
}
