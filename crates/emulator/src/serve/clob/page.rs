//! Lists in pages: opaque cursors, base64 of an offset (venue.md 5.2).

use crate::serve::call::{Call, Reply};
use crate::venue::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// The cursor after the last page, base64 of -1.
pub(in crate::serve) const END: &str = "LTE=";

/// One page as it is served.
#[derive(Debug, Serialize)]
struct Page<'a, T: Serialize> {
    limit: usize,
    count: usize,
    next_cursor: String,
    data: &'a [T],
}

/// Where the asked page begins; no cursor is the first page.
///
/// # Errors
/// With the given refusal, on a cursor that is not one of ours.
pub(in crate::serve) fn offset(call: &Call, refusal: Refusal) -> Result<Option<usize>, Refusal> {
    let Some(cursor) = call.asked("next_cursor") else { return Ok(Some(0)) };
    if cursor == END {
        return Ok(None);
    }
    let decoded = STANDARD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let offset = decoded.and_then(|text| text.parse::<usize>().ok());
    offset.map(Some).ok_or(refusal)
}

/// A page of at most `limit` rows from `rows` on, which counts from the asked offset.
pub(in crate::serve) fn reply<T: Serialize>(
    from: Option<usize>,
    limit: usize,
    rows: impl Iterator<Item = T>,
) -> Reply {
    let Some(from) = from else {
        let none: [T; 0] = [];
        return Reply::json(&Page { limit, count: 0, next_cursor: END.to_owned(), data: &none });
    };
    // One more than fits tells whether another page follows.
    let mut data: Vec<T> = rows.skip(from).take(limit.saturating_add(1)).collect();
    let has_more = data.len() > limit;
    data.truncate(limit);
    let next_cursor = if has_more {
        STANDARD.encode(from.saturating_add(limit).to_string())
    } else {
        END.to_owned()
    };
    Reply::json(&Page { limit, count: data.len(), next_cursor, data: &data })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(rows: usize, limit: usize) -> Vec<usize> {
        let mut seen = Vec::new();
        let mut from = Some(0);
        while from.is_some() {
            let reply = reply(from, limit, 0..rows);
            let page: serde_json::Value = serde_json::from_slice(&reply.body).expect("JSON");
            seen.push(page["data"].as_array().map(Vec::len).expect("rows"));
            let cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
            let call = Call::of("GET", "/x", &[("next_cursor", &cursor)]);
            from = offset(&call, Refusal::BadPayload).expect("our own cursor");
        }
        seen
    }

    #[test]
    fn every_row_is_on_one_page_and_the_last_page_says_so() {
        assert_eq!(pages(5, 2), [2, 2, 1]);
        assert_eq!(pages(4, 2), [2, 2]);
        assert_eq!(pages(0, 2), [0]);
        let first = Call::of("GET", "/x", &[("next_cursor", "MA==")]);
        assert_eq!(offset(&first, Refusal::BadPayload), Ok(Some(0)));
        let strange = Call::of("GET", "/x", &[("next_cursor", "zzz")]);
        assert_eq!(offset(&strange, Refusal::BadPayload), Err(Refusal::BadPayload));
    }
}
