//! Answers made wrong: their bytes are changed after the venue wrote them.

use super::what::Poison;

/// How deep a hostile answer nests.
const DEPTH: usize = 100_000;

/// JSON that ends in the middle.
pub fn malformed(body: &[u8]) -> Vec<u8> {
    let (half, _) = body.split_at(body.len() / 2);
    // A body that ends where it began would be empty, and that is another fault.
    let mut cut = if half.is_empty() { b"{".to_vec() } else { half.to_vec() };
    cut.extend_from_slice(b"\",:");
    cut
}

/// JSON that is meant to break its reader; what it is made of comes from the true answer where it can.
pub fn hostile(body: &[u8], with: Poison) -> Vec<u8> {
    match with {
        Poison::Nesting => [b"[".repeat(DEPTH), b"]".repeat(DEPTH)].concat(),
        Poison::Numbers => numbers(body),
        Poison::DuplicateKeys => twice(body),
        Poison::Quotients => quotients(body),
    }
}

/// Every number, and every text that is one, becomes far too large.
fn numbers(body: &[u8]) -> Vec<u8> {
    let digits = "9".repeat(400);
    let Ok(mut value) = serde_json::from_slice(body) else {
        return format!("{{\"error\":{digits},\"status\":1e999999}}").into_bytes();
    };
    let mut found = 0;
    inflate(&mut value, &digits, &mut found);
    let text = value.to_string().replace("\"@huge@\"", &digits);
    if found > 0 {
        return text.into_bytes();
    }
    format!("{{\"orderID\":{digits},\"status\":1e999999,\"success\":-{digits}}}").into_bytes()
}

fn inflate(value: &mut serde_json::Value, digits: &str, found: &mut usize) {
    use serde_json::Value;
    match value {
        Value::Number(_) => {
            *found += 1;
            *value = Value::String("@huge@".to_owned());
        }
        Value::String(text) if !text.is_empty() && is_decimal(text) => {
            *found += 1;
            *text = digits.to_owned();
        }
        Value::Array(all) => all.iter_mut().for_each(|value| inflate(value, digits, found)),
        Value::Object(all) => all.values_mut().for_each(|value| inflate(value, digits, found)),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn is_decimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Every text that is a fraction gets the digits of a third behind it, to the twelfth.
fn quotients(body: &[u8]) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice(body) else { return body.to_vec() };
    lengthen(&mut value);
    value.to_string().into_bytes()
}

fn lengthen(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::String(text) if text.contains('.') && is_decimal(text) => {
            let behind = text.split_once('.').map_or(0, |(_, digits)| digits.len());
            text.push_str(&"3".repeat(12_usize.saturating_sub(behind)));
        }
        Value::Array(all) => all.iter_mut().for_each(lengthen),
        Value::Object(all) => all.values_mut().for_each(lengthen),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The keys of the outermost object, each a second time with another value.
fn twice(body: &[u8]) -> Vec<u8> {
    let Ok(serde_json::Value::Object(all)) = serde_json::from_slice(body) else {
        return br#"{"success":true,"success":false,"orderID":"","orderID":7,"orderID":null}"#
            .to_vec();
    };
    let mut parts = Vec::with_capacity(all.len() * 2);
    for (key, value) in &all {
        let key = serde_json::Value::from(key.as_str());
        let other = match value {
            serde_json::Value::Bool(is) => serde_json::Value::from(!is),
            serde_json::Value::String(text) => serde_json::Value::from(format!("{text}0")),
            serde_json::Value::Null
            | serde_json::Value::Number(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => serde_json::Value::from("again"),
        };
        parts.push(format!("{key}:{value}"));
        parts.push(format!("{key}:{other}"));
    }
    format!("{{{}}}", parts.join(",")).into_bytes()
}

/// Every order id, hash and UUID becomes another one of the same form; everything else stays.
pub fn wrong_ids(body: &[u8]) -> Vec<u8> {
    let mut out = body.to_vec();
    let mut at = 0;
    while at < out.len() {
        let here = out.get_mut(at..).unwrap_or_default();
        let length = id_length(here);
        if let Some(length) = length {
            for (place, byte) in here.iter_mut().take(length).enumerate() {
                // The `0x` of a hash and a UUID's version and variant stay, or it would be no id.
                let is_form = if length == 66 { place < 2 } else { matches!(place, 14 | 19) };
                if !is_form {
                    *byte = other_digit(*byte);
                }
            }
        }
        at += length.unwrap_or(1);
    }
    out
}

/// The length of the id that these bytes begin with.
fn id_length(bytes: &[u8]) -> Option<usize> {
    let run = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    if let Some(rest) = bytes.strip_prefix(b"0x") {
        return (run(rest) == 64).then_some(66);
    }
    let uuid = bytes.get(..36)?;
    let fits = uuid.iter().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    fits.then_some(36)
}

const fn other_digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'8' | b'a'..=b'e' | b'A'..=b'E' => byte + 1,
        b'9' => b'a',
        b'f' | b'F' => b'0',
        _ => byte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_others_of_the_same_form_and_prices_stay() {
        let id = format!("0x{}", "9f".repeat(32));
        let body = format!(
            r#"{{"orderID":"{id}","tradeIDs":["00000000-0000-4000-8000-00000000000f"],"p":"0.5"}}"#
        );
        let wrong = String::from_utf8(wrong_ids(body.as_bytes())).unwrap();
        assert!(wrong.contains(&format!("0x{}", "a0".repeat(32))), "{wrong}");
        assert!(wrong.contains("11111111-1111-4111-8111-111111111110"), "{wrong}");
        assert!(wrong.contains(r#""p":"0.5""#));
    }

    #[test]
    fn malformed_is_never_json_and_poison_keeps_its_promise() {
        for body in [&b""[..], b"{}", br#"{"a":1}"#, b"[]", b"\"OK\"", b"7"] {
            let cut = malformed(body);
            assert!(serde_json::from_slice::<serde_json::Value>(&cut).is_err());
        }
        let twice = String::from_utf8(hostile(br#"{"a":true}"#, Poison::DuplicateKeys)).unwrap();
        assert_eq!(twice, r#"{"a":true,"a":false}"#);
        let numbers = String::from_utf8(hostile(br#"{"a":1}"#, Poison::Numbers)).unwrap();
        assert_eq!(numbers, format!(r#"{{"a":{}}}"#, "9".repeat(400)));
        let finer = hostile(br#"{"price":"0.33","size":"10"}"#, Poison::Quotients);
        assert_eq!(finer, br#"{"price":"0.333333333333","size":"10"}"#);
        assert_eq!(hostile(b"{}", Poison::Nesting).len(), 2 * DEPTH);
    }
}
