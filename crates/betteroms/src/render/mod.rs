//! Text for people, made from data at the last moment: a caller gets a `String`. Nothing here prints,
//! decides or computes money.

mod attention;
pub(crate) mod emulator;
pub mod money;
pub(crate) mod problems;
pub mod reasons;
pub mod report;
pub mod table;

use std::borrow::Cow;

/// The text with everything escaped that would hide, move or colour what stands around it.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    let unfit = |c: char| {
        c.is_control()
            || matches!(c,
                '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
    };
    if !text.contains(unfit) {
        return Cow::Borrowed(text);
    }
    let escape =
        |c: char| -> String { if unfit(c) { c.escape_unicode().collect() } else { c.to_string() } };
    Cow::Owned(text.chars().map(escape).collect())
}
