//! Public trades of a market, from the Data API's second version: its cursor walks by (block time,
//! sequence), newest first, so that trades arriving while we page are neither told twice nor lost, as they
//! would be by offsets. The venue's CDN keeps answers for about 300 s (venue.md 5.5).
//!
//! Page size 1,000 and the newest-first order were reported by a third party in September 2026 and are not
//! confirmed by us; a smaller page or another order only costs calls, never correctness.

use super::LiveBooks;
use crate::client::{Call, Route};
use crate::error::{Unknown, Unproven, VenueError, printable};
use crate::reads::name::condition_id;
use crate::wire::data::{Envelope, TradeRow};
use betteroms_core::book::Print;
use betteroms_core::market::{ConditionId, Outcome, Side};
use betteroms_core::money::{Price, Shares};
use betteroms_core::plan::AMOUNT_MICROS_MAX;
use betteroms_core::time::Time;

/// Trades on one page.
const PAGE: usize = 1_000;
/// Pages read at most for one market in one pass.
const PAGES_MAX: usize = 20;
/// The most that one print can be, in millionths of a share: as much as an order of ours. All that are read in a
/// pass can be added up.
const PRINT_MOST: i64 = AMOUNT_MICROS_MAX;

/// What was read of a market's trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prints {
    /// Trades at or after the asked time and not after `now`, newest first.
    pub prints: Vec<Print>,
    /// False when there were more than we read: the oldest are missing, and with them perhaps fills.
    pub complete: bool,
}

impl LiveBooks {
    /// Reads the public trades of a market since a time, both ends included. Prices and sizes finer than
    /// a millionth are cut there; the core rounds prices to the tick.
    ///
    /// # Errors
    /// When the venue does not answer, or a trade is not credible: other market, other token, a price
    /// outside (0, 1), a negative size.
    pub async fn prints(
        &self,
        condition: &ConditionId,
        tokens: &[String; 2],
        since: Time,
        now: Time,
    ) -> Result<Prints, VenueError> {
        let mut prints = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let call = self.trades_call(condition, cursor.as_deref());
            let page: Envelope<TradeRow> = self.client.read(&call).await?;
            let mut older = false;
            for row in &page.data {
                let print = print_of(row, condition, tokens, now)
                    .map_err(|why| call.unknown(Unknown::Unproven(why)))?;
                older |= print.at < since;
                if print.at >= since && print.at <= now && !print.size.is_zero() {
                    prints.push(print);
                }
            }
            // A cursor that does not move would tell the same page again and again.
            if page.next_cursor.is_some() && page.next_cursor == cursor {
                let why = Unproven::Twice("a page of trades".to_owned());
                return Err(call.unknown(Unknown::Unproven(why)));
            }
            cursor = page.next_cursor;
            if older || cursor.is_none() {
                return Ok(Prints { prints, complete: true });
            }
        }
        Ok(Prints { prints, complete: false })
    }

    fn trades_call(&self, condition: &ConditionId, cursor: Option<&str>) -> Call {
        let mut query =
            vec![("condition", condition.as_str().to_owned()), ("taker_only", "true".to_owned())];
        query.push(match cursor {
            // The cursor carries the page size.
            Some(cursor) => ("cursor", cursor.to_owned()),
            None => ("limit", PAGE.to_string()),
        });
        Call {
            route: Route::Trades,
            what: format!("list the trades of {condition}"),
            url: format!("{}/v2/trades", self.client.options().hosts.data),
            query,
            body: None,
        }
    }
}

fn print_of(
    row: &TradeRow,
    condition: &ConditionId,
    [first, second]: &[String; 2],
    now: Time,
) -> Result<Print, Unproven> {
    if condition_id(&row.condition).as_deref() != Some(condition.as_str()) {
        return Err(Unproven::WrongMarket(printable(&row.condition, 80)));
    }
    let outcome = match &row.token {
        token if token == first => Outcome::First,
        token if token == second => Outcome::Second,
        token => return Err(Unproven::WrongToken(printable(token, 80))),
    };
    let taker = match row.side.as_str() {
        side if side.eq_ignore_ascii_case("BUY") => Side::Buy,
        side if side.eq_ignore_ascii_case("SELL") => Side::Sell,
        side => return Err(Unproven::BadSide(printable(side, 20))),
    };
    let price = row.price.micros_cut().and_then(|micros| u32::try_from(micros).ok());
    let price = price.and_then(Price::from_micros);
    let size = row.size.micros_cut().filter(|micros| (0..=PRINT_MOST).contains(micros));
    let size = size.map(Shares::from_micros);
    let secs = row.timestamp.whole().filter(|secs| (1..=100_000_000_000).contains(secs));
    Ok(Print {
        at: Time::from_secs(secs.ok_or_else(|| Unproven::BadTime(row.timestamp.to_string()))?),
        received: now,
        outcome,
        taker,
        price: price.ok_or_else(|| Unproven::BadPrice(row.price.to_string()))?,
        size: size.ok_or_else(|| Unproven::BadSize(row.size.to_string()))?,
        tx: row.transaction_hash.as_deref().map(|hash| printable(hash, 80)),
    })
}
