//! JSON with comments and trailing commas, made plain: what JSON does not know becomes blanks, so that a
//! parser of JSON names the line and column of the file as written.

/// The same text with comments and commas before a closing bracket replaced by blanks. What is wrong with
/// it otherwise is left for the parser.
pub(super) fn plain(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    let mut at = 0;
    // Where the last comma stands, while nothing but blanks and comments followed it.
    let mut comma = None;
    while let Some(byte) = out.get(at).copied() {
        let end = match byte {
            b'"' => string_end(&out, at),
            b'/' => comment_end(&out, at).unwrap_or(at.saturating_add(1)),
            _ => at.saturating_add(1),
        };
        match byte {
            b'/' if comment_end(&out, at).is_some() => blank(&mut out, at, end),
            b',' => comma = Some(at),
            b'}' | b']' => {
                if let Some(comma) = comma.take() {
                    blank(&mut out, comma, comma.saturating_add(1));
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => comma = None,
        }
        at = end;
    }
    // Whole comments went, so what is left of each character is whole.
    String::from_utf8_lossy(&out).into_owned()
}

/// Behind the closing quote, or the end of a text that has none.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start.saturating_add(1);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at.saturating_add(1),
            b'\\' => at = at.saturating_add(2),
            _ => at = at.saturating_add(1),
        }
    }
    text.len()
}

/// Behind the comment that begins here, where one does.
fn comment_end(text: &[u8], start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    if rest.starts_with(b"//") {
        let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        return Some(start.saturating_add(line));
    }
    if rest.starts_with(b"/*") {
        // One without an end is left for the parser, which refuses its first character.
        let end = rest.windows(2).skip(2).position(|pair| pair == b"*/")?;
        return Some(start.saturating_add(end).saturating_add(4));
    }
    None
}

fn blank(text: &mut [u8], from: usize, to: usize) {
    for byte in text.iter_mut().take(to).skip(from).filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_become_blanks_and_nothing_moves() {
        for (written, read) in [
            ("[1,2,]", "[1,2 ]"),
            ("[1, // é, ]\n]", "[1          \n]"),
            ("{\"a\":1,/* , */}", "{\"a\":1        }"),
            ("[\"//\",\"/*,]\",\"\\\",]\"]", "[\"//\",\"/*,]\",\"\\\",]\"]"),
            ("[1,,]", "[1, ]"),
            ("[1] /* open", "[1] /* open"),
            ("/**/[]", "    []"),
            ("/*/ 1 */2", "        2"),
            ("[1 / 2]", "[1 / 2]"),
        ] {
            assert_eq!(plain(written), read, "{written}");
            assert_eq!(plain(written).len(), written.len(), "{written}");
        }
    }
}
