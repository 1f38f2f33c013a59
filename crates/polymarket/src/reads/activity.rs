//! What the Data API says a wallet did and was paid. It is cached for seconds to minutes, and may tell a thing late
//! (venue.md 5.5): whether money came, only the chain tells ([`crate::chain::payments`]).

use super::LiveBooks;
use super::holdings::bad_row;
use crate::error::{Unknown, VenueError};
use crate::signing::Address;
use crate::wire::data::Envelope;
use crate::wire::holdings::ActivityRow;
use betteroms_core::time::Time;

/// Pages read at most: what is further back in so busy a week is not looked for, and a pass does not wait for it.
const PAGES_MAX: usize = 20;

impl LiveBooks {
    /// What a funding wallet did and was paid since a time, newest first.
    ///
    /// # Errors
    /// When a page cannot be read, or tells of another wallet.
    pub async fn activity(
        &self,
        wallet: Address,
        since: Time,
    ) -> Result<Vec<ActivityRow>, VenueError> {
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let what = format!("list what {wallet} did");
            let call = self.wallet_page("/v2/activity", what, (wallet, cursor.as_deref()));
            let page: Envelope<ActivityRow> = self.client.read(&call).await?;
            if page.data.iter().any(|row| row.wallet.parse() != Ok(wallet)) {
                let why = bad_row("an act of another wallet is among them");
                return Err(call.unknown(Unknown::Unproven(why)));
            }
            let is_over = page.data.iter().any(|row| row.timestamp < since);
            found.extend(page.data.into_iter().filter(|row| row.timestamp >= since));
            if is_over || page.next_cursor.is_none() || page.next_cursor == cursor {
                break;
            }
            cursor = page.next_cursor;
        }
        Ok(found)
    }
}
