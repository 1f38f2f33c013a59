//! What the venue's refusals mean: one table of words (venue.md 4.6, 4.10, 4.11), read by status and text
//! together, first row that fits. What is not in it is unknown: the order is looked up, never given up.

use crate::wire::refusal::{BodyForm, RefusalBody};

/// What follows from a refusal of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// The venue turned it away unread: the same order may be sent later.
    NotSent,
    /// The venue read it and took it not: final.
    Refused,
    /// It may have been taken: look it up by its hash.
    Unknown,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The statuses it comes with; empty for any.
    pub statuses: &'static [u16],
    /// What stands in the text, in small letters; all of them.
    pub words: &'static [&'static str],
    /// Our name of it, stable.
    pub code: &'static str,
    /// What follows.
    pub meaning: Meaning,
}

const fn row(
    statuses: &'static [u16],
    words: &'static [&'static str],
    code: &'static str,
    meaning: Meaning,
) -> Row {
    Row { statuses, words, code, meaning }
}

use Meaning::{NotSent, Refused, Unknown};

/// The table. A batch carries a refusal in a leg of a 200, so the 400s also stand for that.
pub const ROWS: &[Row] = &[
    // What leaves the outcome open comes first, whatever else the text says.
    row(&[500, 400, 200], &["could not insert order"], "NOT_INSERTED", Unknown),
    row(&[500, 400, 200], &["order timed out"], "TIMED_OUT", Unknown),
    row(&[500, 400, 200], &["there are no matching orders"], "NO_MATCHING_ORDERS", Unknown),
    row(&[500, 400, 200], &["rounding issues"], "ROUNDING", Unknown),
    row(&[500, 400, 200], &["discrepancy greater than allowed"], "PRICE_DISCREPANCY", Unknown),
    row(&[401, 400, 200], &["unauthorized"], "BAD_API_KEY", NotSent),
    row(&[401, 400, 200], &["invalid api key"], "BAD_API_KEY", NotSent),
    row(&[401], &["invalid l1 request headers"], "BAD_L1_HEADERS", NotSent),
    row(&[400, 200], &["invalid order payload"], "BAD_PAYLOAD", Refused),
    row(&[400, 200], &["order owner has to be the owner of the api key"], "WRONG_OWNER", Refused),
    row(
        &[400, 200],
        &["order signer address has to be the address of the api key"],
        "WRONG_SIGNER",
        Refused,
    ),
    row(&[400, 200], &["maker address not allowed"], "MAKER_NOT_ALLOWED", Refused),
    row(&[400, 404, 200], &["no deposit wallet found for owner"], "NO_DEPOSIT_WALLET", Refused),
    row(&[400, 200], &["invalid signature"], "BAD_SIGNATURE", Refused),
    row(&[400, 200], &["invalid poly_proxy signature"], "BAD_SIGNATURE", Refused),
    row(&[400, 200], &["order_version_mismatch"], "WRONG_VERSION", Refused),
    row(&[400, 200], &["invalid order version"], "WRONG_VERSION", Refused),
    row(&[400, 200], &["address banned"], "BANNED", Refused),
    row(&[400, 200], &["closed only mode"], "CLOSED_ONLY", Refused),
    row(&[400, 200], &["breaks minimum tick size rule"], "OFF_TICK", Refused),
    row(&[400, 200], &["lower than the minimum"], "UNDER_MINIMUM", Refused),
    // The venue has these very bytes already: what became of them, only a look tells.
    row(&[], &["duplicated"], "DUPLICATED", Unknown),
    row(&[400, 200], &["crosses the book"], "POST_ONLY_WOULD_CROSS", Refused),
    row(&[400, 200], &["order crosses book"], "POST_ONLY_WOULD_CROSS", Refused),
    row(&[400, 200], &["balance is not enough"], "NOT_ENOUGH_BALANCE", Refused),
    row(&[400, 200], &["allowance is not enough"], "NOT_ENOUGH_ALLOWANCE", Refused),
    row(&[400, 200], &["not enough balance"], "NOT_ENOUGH_BALANCE", Refused),
    row(&[400, 200], &["invalid nonce"], "BAD_NONCE", Refused),
    row(&[400, 200], &["invalid expiration"], "BAD_EXPIRATION", Refused),
    row(
        &[400, 200],
        &["order canceled in the ctf exchange contract"],
        "CANCELLED_ON_CHAIN",
        Refused,
    ),
    row(&[400, 200], &["invalid amounts"], "BAD_AMOUNTS", Refused),
    row(
        &[400, 200],
        &["invalid amount for a marketable buy order"],
        "UNDER_MARKETABLE_MINIMUM",
        Refused,
    ),
    // Held by the venue, not refused: it may match yet.
    row(&[], &["order match delayed due to market conditions"], "DELAYED", Unknown),
    row(&[400, 200], &["couldn't be fully filled"], "FOK_NOT_FULL", Refused),
    row(&[400, 200], &["no orders found to match with fak order"], "FAK_FOUND_NOTHING", Refused),
    row(&[400, 200], &["not yet ready to process new orders"], "MARKET_NOT_READY", NotSent),
    row(&[400, 200], &["too many orders in payload"], "BATCH_TOO_LARGE", Refused),
    row(&[425], &[], "RESTARTING", NotSent),
    row(&[200, 400], &["service not ready"], "RESTARTING", NotSent),
    row(&[503, 400, 200], &["post-only mode"], "POST_ONLY_MODE", NotSent),
    row(&[503, 400, 200], &["cancel-only"], "CANCEL_ONLY", NotSent),
    row(&[503, 400, 200], &["trading is currently disabled"], "DISABLED", NotSent),
    row(&[429], &[], "TOO_MANY_REQUESTS", NotSent),
    row(&[200, 400], &["too many requests"], "TOO_MANY_REQUESTS", NotSent),
];

/// A page of the venue's gatekeeper: this place or this client is not served (venue.md 4.11, 7.3).
pub const BLOCKED: Row = row(&[403], &[], "BLOCKED", NotSent);
/// What no row fits.
pub const STRANGE: Row = row(&[], &[], "STRANGE", Unknown);

/// The row that a refusal falls under: [`BLOCKED`] for a 403 page, [`STRANGE`] where none fits.
pub fn find(status: u16, body: &RefusalBody) -> &'static Row {
    if status == 403 && body.form != BodyForm::Json {
        return &BLOCKED;
    }
    find_in(ROWS, status, &body.text)
}

/// The row of a table that fits status and words.
pub fn find_in(rows: &'static [Row], status: u16, text: &str) -> &'static Row {
    let text = text.to_lowercase();
    let fits = |row: &&Row| {
        let by_status = row.statuses.is_empty() || row.statuses.contains(&status);
        let says = !(row.words.is_empty() && row.statuses.is_empty());
        by_status && says && row.words.iter().all(|word| text.contains(word))
    };
    rows.iter().find(fits).unwrap_or(&STRANGE)
}
