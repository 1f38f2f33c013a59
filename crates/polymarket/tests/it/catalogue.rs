//! The table of the venue's refusals: every row with words as they are served, against the list in
//! `shared/venue.md` 4.11 and against planted mistakes.

use crate::shared::payloads;
use Meaning::{NotSent, Refused, Unknown};
use betteroms_polymarket::account::catalogue::{Meaning, ROWS, Row, find, find_in};
use betteroms_polymarket::wire::refusal::RefusalBody;

/// Status, text as served, our code, what follows.
const SERVED: &[(u16, &str, &str, Meaning)] = &[
    (401, "Unauthorized/Invalid api key", "BAD_API_KEY", NotSent),
    (401, "Invalid api key", "BAD_API_KEY", NotSent),
    (401, "Invalid L1 Request headers", "BAD_L1_HEADERS", NotSent),
    (400, "Invalid order payload", "BAD_PAYLOAD", Refused),
    (400, "the order owner has to be the owner of the API KEY", "WRONG_OWNER", Refused),
    (400, "the order signer address has to be the address of the API KEY", "WRONG_SIGNER", Refused),
    (
        400,
        "maker address not allowed, please use the deposit wallet flow",
        "MAKER_NOT_ALLOWED",
        Refused,
    ),
    (400, "no deposit wallet found for owner", "NO_DEPOSIT_WALLET", Refused),
    (404, "no deposit wallet found for owner", "NO_DEPOSIT_WALLET", Refused),
    (400, "invalid signature", "BAD_SIGNATURE", Refused),
    (400, "invalid POLY_PROXY signature", "BAD_SIGNATURE", Refused),
    (400, "order_version_mismatch", "WRONG_VERSION", Refused),
    (400, "invalid order version, please use the latest clob-client", "WRONG_VERSION", Refused),
    (400, "'0xab' address banned", "BANNED", Refused),
    (400, "'0xab' address in closed only mode", "CLOSED_ONLY", Refused),
    (
        400,
        "order 0xab is invalid. Price (0.305) breaks minimum tick size rule: 0.01",
        "OFF_TICK",
        Refused,
    ),
    (400, "order 0xab is invalid. Size (1) lower than the minimum: 5", "UNDER_MINIMUM", Refused),
    (400, "order 0xab is invalid. Duplicated.", "DUPLICATED", Unknown),
    (400, "order 0xab crosses the book", "POST_ONLY_WOULD_CROSS", Refused),
    (400, "invalid post-only order: order crosses book", "POST_ONLY_WOULD_CROSS", Refused),
    (400, "not enough balance / allowance", "NOT_ENOUGH_BALANCE", Refused),
    (
        400,
        "the balance is not enough -> balance: 1, order amount: 2",
        "NOT_ENOUGH_BALANCE",
        Refused,
    ),
    (
        400,
        "the allowance is not enough -> spender: 0xab, allowance: 0",
        "NOT_ENOUGH_ALLOWANCE",
        Refused,
    ),
    (400, "invalid nonce", "BAD_NONCE", Refused),
    (400, "invalid expiration", "BAD_EXPIRATION", Refused),
    (400, "order canceled in the CTF exchange contract", "CANCELLED_ON_CHAIN", Refused),
    (
        400,
        "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals",
        "BAD_AMOUNTS",
        Refused,
    ),
    (
        400,
        "invalid amount for a marketable BUY order ($0.5), min size: $1",
        "UNDER_MARKETABLE_MINIMUM",
        Refused,
    ),
    (400, "order match delayed due to market conditions", "DELAYED", Unknown),
    (
        400,
        "order couldn't be fully filled. FOK orders are fully filled or killed.",
        "FOK_NOT_FULL",
        Refused,
    ),
    (
        400,
        "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.",
        "FAK_FOUND_NOTHING",
        Refused,
    ),
    (400, "the market is not yet ready to process new orders", "MARKET_NOT_READY", NotSent),
    (400, "Too many orders in payload: 16, max allowed: 15", "BATCH_TOO_LARGE", Refused),
    (500, "could not insert order", "NOT_INSERTED", Unknown),
    (500, "order timed out", "TIMED_OUT", Unknown),
    (500, "there are no matching orders", "NO_MATCHING_ORDERS", Unknown),
    (500, "the trade contains rounding issues", "ROUNDING", Unknown),
    (
        500,
        "the price of the taker's order has a discrepancy greater than allowed with the worst maker order",
        "PRICE_DISCREPANCY",
        Unknown,
    ),
    (425, "service not ready", "RESTARTING", NotSent),
    (425, "", "RESTARTING", NotSent),
    (200, "service not ready", "RESTARTING", NotSent),
    (
        503,
        "post-only mode: only post-only orders and cancels are allowed",
        "POST_ONLY_MODE",
        NotSent,
    ),
    (
        503,
        "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
        "CANCEL_ONLY",
        NotSent,
    ),
    (503, "Trading is currently disabled. Check polymarket.com for updates", "DISABLED", NotSent),
    (429, "Too Many Requests", "TOO_MANY_REQUESTS", NotSent),
    (200, "Too Many Requests", "TOO_MANY_REQUESTS", NotSent),
];

fn wrong(rows: &'static [Row]) -> Vec<&'static str> {
    let differs = |(status, text, code, meaning): &&(u16, &'static str, &str, Meaning)| {
        let row = find_in(rows, *status, text);
        (row.code, row.meaning) != (*code, *meaning)
    };
    SERVED.iter().filter(differs).map(|(_, text, ..)| *text).collect()
}

#[test]
fn every_row_reads_the_words_it_is_there_for() {
    assert_eq!(wrong(ROWS), [""; 0]);
    for row in ROWS {
        let hit = SERVED.iter().any(|(status, text, ..)| find_in(ROWS, *status, text) == row);
        assert!(hit, "{row:?} is there for nothing");
    }
}

#[test]
fn a_planted_mistake_in_any_row_is_seen() {
    let mut seen = 0;
    for nth in 0..ROWS.len() {
        let mut rows = ROWS.to_vec();
        rows[nth].meaning = match rows[nth].meaning {
            Refused => NotSent,
            NotSent | Unknown => Refused,
        };
        seen += usize::from(!wrong(Vec::leak(rows)).is_empty());
    }
    assert_eq!(seen, ROWS.len());
}

#[test]
fn what_nobody_knows_is_unknown_and_a_page_is_a_gatekeepers() {
    let said = |status: u16, body: &str| find(status, &RefusalBody::read(body.as_bytes()));
    for (status, body) in [
        (400, r#"{"error":"something new"}"#),
        (404, r#"{"error":"order not found"}"#),
        (418, ""),
        (500, r#"{"error":""}"#),
        (502, "<html><title>bad gateway</title></html>"),
        (503, r#"{"error":"no words of the list"}"#),
        (200, r#"{"error":"yes and no"}"#),
        (403, r#"{"error":"no"}"#),
    ] {
        assert_eq!(said(status, body).meaning, Unknown, "{status} {body}");
    }
    assert_eq!(said(403, "<html><title>Attention</title></html>").code, "BLOCKED");
    // Words of one status under another prove nothing.
    assert_eq!(said(500, r#"{"error":"invalid signature"}"#).meaning, Unknown);
    assert_eq!(said(504, r#"{"error":"Too Many Requests"}"#).meaning, Unknown);
}

#[test]
fn the_table_has_every_text_of_the_sheet() {
    let Some(payloads) = payloads("the_table_has_every_text_of_the_sheet") else { return };
    let sheet = std::fs::read_to_string(payloads.join("../venue.md")).unwrap();
    let (_, section) = sheet.split_once("### 4.11").unwrap();
    let (section, _) = section.split_once("Read errors").unwrap();
    let mut texts = 0;
    for line in section.lines().filter(|line| line.starts_with("| 4") || line.starts_with("| 5")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let statuses = cells[1].split(',').map(|status| status.trim().parse::<u16>().unwrap());
        let is_elsewhere = cells[2].starts_with("see ") || cells[2].contains("HTML");
        // Rows list variants with a semicolon or a stroke; those of 4.6 and 4.10 are named by section only.
        for status in statuses.filter(|_| !is_elsewhere && !cells[2].starts_with("FOK / FAK")) {
            for text in cells[2].split("; ").flat_map(|part| part.split(" / invalid")) {
                let text = text.trim().trim_matches('"');
                let whole = if text.starts_with("POLY_PROXY") || text.starts_with("order version") {
                    format!("invalid {text}")
                } else {
                    text.to_owned()
                };
                assert_ne!(find_in(ROWS, status, &whole).code, "STRANGE", "{status} {whole}");
                texts += 1;
            }
        }
    }
    assert!(texts > 30, "{texts}");
}
