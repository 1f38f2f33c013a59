//! The body of an answer whose HTTP status is an error, in whatever form it comes (venue.md 4.10, 4.11).
//! What a refusal means (whether the order can have gone through) is not decided here.

use super::json::{Malformed, Object, Wire, decode};
use super::number::Numeral;
use crate::error::printable;
use serde_json::value::RawValue;

/// Characters of the venue's words that are kept.
const TEXT_MAX: usize = 600;

/// What the body of an error says. Reading one never fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalBody {
    /// The venue's words, made printable and cut to 600 characters; of an HTML page its title. Empty when
    /// the body says nothing.
    pub text: String,
    /// `code`, such as `post_only_mode`.
    pub code: Option<String>,
    /// `retry_after_seconds`, rounded up. The header of the same meaning is not seen here.
    pub retry_after: Option<u64>,
    /// What kind of body it was.
    pub form: BodyForm,
}

/// The kind of an error's body. A page means that something before the venue's engine answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyForm {
    /// A JSON object with the venue's words.
    Json,
    /// An HTML page, as Cloudflare sends.
    Html,
    /// Anything else.
    Text,
    /// Nothing.
    Empty,
}

impl RefusalBody {
    /// Reads the body of an error.
    pub fn read(bytes: &[u8]) -> Self {
        let plain = |form, text: &str| Self {
            text: printable(text, TEXT_MAX),
            code: None,
            retry_after: None,
            form,
        };
        let body = String::from_utf8_lossy(bytes);
        let body = body.trim_start_matches('\u{feff}').trim();
        if body.is_empty() {
            return plain(BodyForm::Empty, "");
        }
        if body.starts_with('<') {
            return plain(BodyForm::Html, title(body).unwrap_or("an HTML page"));
        }
        if let Ok(words) = decode::<Words>(body.as_bytes()) {
            return Self {
                text: printable(words.text.trim(), TEXT_MAX),
                code: words.code.map(|code| printable(&code, 64)),
                retry_after: words.retry_after,
                form: BodyForm::Json,
            };
        }
        // A text in quotes is JSON too, but still only a text.
        match decode::<String>(body.as_bytes()) {
            Ok(text) => plain(BodyForm::Text, text.trim()),
            Err(_) => plain(BodyForm::Text, body),
        }
    }
}

/// The title of a page.
fn title(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    Some(title.trim()).filter(|title| !title.is_empty())
}

struct Words {
    text: String,
    code: Option<String>,
    retry_after: Option<u64>,
}

impl Wire for Words {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("error", raw)?;
        let said: Option<Said> = object.filled_any(&["error", "error_msg", "errorMsg"])?;
        let code: Option<Said> = object.filled("code")?;
        // A wait that cannot be read must not cost us the words.
        let retry_after = object.filled::<Said>("retry_after_seconds")?;
        // Other fields are not noted: an error may be a placement's or a heartbeat's whole reply.
        Ok(Self {
            text: said.map_or_else(|| raw.get().to_owned(), |said| said.0),
            code: code.map(|code| code.0),
            retry_after: retry_after.and_then(|said| seconds(&said.0)),
        })
    }
}

/// Whole seconds, rounded up.
fn seconds(text: &str) -> Option<u64> {
    let micros = u64::try_from(Numeral::parse(text)?.micros()?).ok()?;
    Some(micros.div_ceil(1_000_000))
}

/// A text, or the JSON of anything else.
struct Said(String);

impl Wire for Said {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        if raw.get().starts_with('"') {
            return String::read(raw).map(Self);
        }
        Ok(Self(raw.get().to_owned()))
    }
}
