//! What the Data API says a wallet holds: where to look for shares that our books do not know. It is cached
//! for seconds to minutes (venue.md 5.5): how many there are, only the chain tells.

use super::{AMOUNT_MOST, LiveBooks};
use crate::client::{Call, Route};
use crate::error::{Unknown, Unproven, VenueError};
use crate::reads::name::condition_id;
use crate::signing::Address;
use crate::wire::data::Envelope;
use crate::wire::holdings::PositionRow;
use betteroms_core::market::ConditionId;
use betteroms_core::money::Usd;

/// Rows on one page.
const PAGE: usize = 100;
/// Pages read at most for one wallet.
const PAGES_MAX: usize = 100;

/// A position as the Data API tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The market.
    pub condition: ConditionId,
    /// The token, in decimal.
    pub token: String,
    /// What it cost, fees included as far as they are told; zero where no cost is.
    pub cost: Usd,
}

impl LiveBooks {
    /// Every position that the Data API knows of a funding wallet.
    ///
    /// # Errors
    /// When a page cannot be read, or tells of another wallet: a part of the list is no list.
    pub async fn holdings(&self, wallet: Address) -> Result<Vec<Holding>, VenueError> {
        let mut held = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let what = format!("list the positions of {wallet}");
            let call = self.wallet_page("/v2/positions", what, (wallet, cursor.as_deref()));
            let page: Envelope<PositionRow> = self.client.read(&call).await?;
            for row in &page.data {
                held.push(
                    holding(row, wallet).map_err(|why| call.unknown(Unknown::Unproven(why)))?,
                );
            }
            if page.next_cursor.is_none() {
                return Ok(held);
            }
            if page.next_cursor == cursor {
                break;
            }
            cursor = page.next_cursor;
        }
        Err(VenueError::unproven(format!("list the positions of {wallet}"), Unproven::NoEnd))
    }

    /// Asks for a page of a wallet's list; the first one without a cursor.
    pub(super) fn wallet_page(
        &self,
        path: &str,
        what: String,
        (wallet, cursor): (Address, Option<&str>),
    ) -> Call {
        let page = cursor.map_or_else(
            || ("limit", PAGE.to_string()),
            // The cursor carries the page size.
            |cursor| ("cursor", cursor.to_owned()),
        );
        Call {
            route: Route::Trades,
            what,
            url: format!("{}{path}", self.client.options().hosts.data),
            query: vec![("user", wallet.to_string()), page],
            body: None,
        }
    }
}

/// A row that cannot be true.
pub(super) fn bad_row(why: &str) -> Unproven {
    Unproven::BadChain(why.to_owned())
}

fn holding(row: &PositionRow, wallet: Address) -> Result<Holding, Unproven> {
    let bad = bad_row;
    if row.wallet.parse() != Ok(wallet) {
        return Err(bad("a position of another wallet is among them"));
    }
    let condition = condition_id(&row.condition).ok_or_else(|| bad("a condition is none"))?;
    let cost = row.total_cost.as_ref().unwrap_or(&row.entry_cost).micros_cut();
    let cost = cost.filter(|micros| *micros <= AMOUNT_MOST.micros());
    Ok(Holding {
        condition: ConditionId::new(condition),
        token: row.token.clone(),
        cost: Usd::from_micros(cost.unwrap_or_default().max(0)),
    })
}
