//! What is ours at the venue: orders, trades, balances, rights. Whether an answer is about what was asked is
//! judged here; an answer that is not is no answer.

use super::AccountClient;
use crate::client::{Call, Route, judge_heard};
use crate::error::{Refusal, Unproven, VenueError};
use crate::wire::account::{BalanceAllowance, ClosedOnly, SessionSigners};
use crate::wire::order::OpenOrder;
use crate::wire::trade::Trade;
use crate::wire::{Malformed, Object, Wire};
use betteroms_core::time::Time;
use serde_json::value::RawValue;
use std::collections::BTreeSet;

/// Pages of one list that are read at most: the venue shows a hundred rows and more on each.
const PAGES_MAX: usize = 400;
/// The first and the last cursor (venue.md 5.2).
const FIRST: &str = "MA==";
const LAST: &str = "LTE=";

/// Which balance.
#[derive(Clone, Copy, Debug)]
pub enum AssetRef<'a> {
    /// Dollars.
    Collateral,
    /// Shares of this token.
    Token(&'a str),
}

struct Page<T> {
    rows: Vec<T>,
    next: Option<String>,
}

impl<T: Wire> Wire for Page<T> {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("page", raw)?;
        let page = Self { rows: object.need("data")?, next: object.filled("next_cursor")? };
        object.close(&["limit", "count"]);
        Ok(page)
    }
}

struct Version(i64);

impl Wire for Version {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("version", raw)?;
        let number: crate::wire::Numeral = object.need("version")?;
        object.close(&[]);
        Ok(Self(number.whole().unwrap_or(-1)))
    }
}

/// Where the venue believes us to be, and whether it serves that place (venue.md 1, 7.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// True where it does not.
    pub is_blocked: bool,
    /// The country, as two letters.
    pub country: String,
}

impl Wire for Place {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("place", raw)?;
        let place = Self { is_blocked: object.need("blocked")?, country: object.need("country")? };
        object.close(&["ip", "region"]);
        Ok(place)
    }
}

impl AccountClient {
    async fn ask<T: Wire>(&self, call: &Call, path: &str) -> Result<T, VenueError> {
        let told = self.client.read_as(call, &|| self.proof("GET", path, "")).await;
        told.map_err(|error| self.scrubbed(error))
    }

    /// The venue's time, to the second.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn time(&self) -> Result<Time, VenueError> {
        self.client.read(&self.call(Route::Pulse, "tell the time", "/time")).await
    }

    /// Whether the order book service says that it is well: any answer but its "OK" is a no.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn is_well(&self) -> Result<bool, VenueError> {
        let call = self.call(Route::Pulse, "tell whether it is well", "/ok");
        self.client.read(&call).await.map(|word: String| word == "OK")
    }

    /// Whether this place is served; `url` is the page that tells it.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn place_of(&self, url: &str) -> Result<Place, VenueError> {
        let call = Call {
            url: url.to_owned(),
            ..self.call(Route::Pulse, "tell whether it serves this place", "")
        };
        self.client.read(&call).await
    }

    /// The version of orders that the venue takes; -1 for one that is no whole number.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn version(&self) -> Result<i64, VenueError> {
        let call = self.call(Route::Pulse, "tell its version", "/version");
        self.client.read(&call).await.map(|version: Version| version.0)
    }

    /// Whether the account may only reduce.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn closed_only(&self) -> Result<bool, VenueError> {
        let path = "/auth/ban-status/closed-only";
        let call = self.call(Route::Auth, "tell whether the account may only reduce", path);
        self.ask(&call, path).await.map(|answer: ClosedOnly| answer.0)
    }

    /// The session keys of the wallet that this key trades for (venue.md 9.5).
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn session_signers(&self) -> Result<SessionSigners, VenueError> {
        let path = "/v1/user/session-signers";
        let call = self.call(Route::Account, "list the wallet's session keys", path);
        self.ask(&call, path).await
    }

    /// Every open order of this key, foreign ones included.
    ///
    /// # Errors
    /// When a page cannot be read: a part of the list is no list.
    pub async fn open_orders(&self) -> Result<Vec<OpenOrder>, VenueError> {
        let rows = self.pages::<OpenOrder>("list open orders", "/data/orders", &[]).await?;
        Ok(distinct(rows, |order| order.id.clone()))
    }

    /// Every trade of this key, those that matched at `after` or later where it is given.
    ///
    /// # Errors
    /// When a page cannot be read: a part of the list is no list.
    pub async fn trades(&self, after: Option<Time>) -> Result<Vec<Trade>, VenueError> {
        // Whether the venue counts that very second is not told: one more is asked for.
        let after = after.map(|at| ("after", at.plus_secs(-1).secs().to_string()));
        let query: Vec<_> = after.into_iter().collect();
        let rows = self.pages::<Trade>("list trades", "/data/trades", &query).await?;
        Ok(distinct(rows, |trade| trade.id.clone()))
    }

    /// One order by its hash; `None` where the venue says in its own words that it knows none (a page or a
    /// router's 404 says nothing), which proves nothing yet.
    ///
    /// # Errors
    /// When it cannot be asked, or answers with another order.
    pub async fn order(&self, id: &str) -> Result<Option<OpenOrder>, VenueError> {
        self.look_up(id, true).await
    }

    /// As [`Self::order`]; once, where it is not to be repeated.
    pub(super) async fn look_up(
        &self,
        id: &str,
        repeats: bool,
    ) -> Result<Option<OpenOrder>, VenueError> {
        let path = format!("/data/order/{id}");
        let call = self.call(Route::Account, "show an order", &path);
        let told: Result<Option<OpenOrder>, VenueError> = if repeats {
            self.ask(&call, &path).await
        } else {
            let told = self.client.send(&call, &self.proof("GET", &path, "")).await;
            told.map_err(|error| self.scrubbed(error))
        };
        match told {
            Ok(Some(order)) if !order.id.eq_ignore_ascii_case(id) => {
                Err(VenueError::unproven(call.what, Unproven::WrongOrder))
            }
            Ok(found) => Ok(found),
            Err(VenueError::Refused { code: Refusal::NotFound, text, .. })
                if text.to_lowercase().contains("order not found") =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// What the venue believes the wallet holds and has approved. A wrong signature type reads another,
    /// empty wallet without a word (venue.md 5.3).
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn balance(
        &self,
        asset: AssetRef<'_>,
        signature_type: u8,
    ) -> Result<BalanceAllowance, VenueError> {
        let path = "/balance-allowance";
        let mut call = self.call(Route::Balance, "tell a balance", path);
        call.query = balance_query(asset, signature_type);
        self.ask(&call, path).await
    }

    /// Has the venue read balance and approvals from the chain again.
    ///
    /// # Errors
    /// When the venue does not take it.
    pub async fn refresh_balance(
        &self,
        asset: AssetRef<'_>,
        signature_type: u8,
    ) -> Result<(), VenueError> {
        let path = "/balance-allowance/update";
        let mut call = self.call(Route::BalanceUpdate, "read a balance from the chain", path);
        call.query = balance_query(asset, signature_type);
        let headers = self.proof("GET", path, "");
        let heard = self.client.once(&call, reqwest::Method::GET, headers).await?;
        judge_heard(&call, heard).map(|_| ()).map_err(|error| self.scrubbed(error))
    }

    async fn pages<T: Wire>(
        &self,
        what: &str,
        path: &str,
        query: &[(&'static str, String)],
    ) -> Result<Vec<T>, VenueError> {
        let (mut rows, mut cursor) = (Vec::new(), FIRST.to_owned());
        let mut seen = BTreeSet::new();
        for _ in 0..PAGES_MAX {
            let mut call = self.call(Route::Account, what, path);
            call.query = query.to_vec();
            call.query.push(("next_cursor", cursor.clone()));
            let page: Page<T> = self.ask(&call, path).await?;
            rows.extend(page.rows);
            match page.next {
                Some(next) if next == LAST => return Ok(rows),
                Some(next) if seen.insert(next.clone()) => cursor = next,
                Some(_) | None => break,
            }
        }
        Err(VenueError::unproven(what, Unproven::NoEnd))
    }
}

fn balance_query(asset: AssetRef<'_>, signature_type: u8) -> Vec<(&'static str, String)> {
    let mut query = vec![("signature_type", signature_type.to_string())];
    match asset {
        AssetRef::Collateral => query.push(("asset_type", "COLLATERAL".to_owned())),
        AssetRef::Token(token) => {
            query.push(("asset_type", "CONDITIONAL".to_owned()));
            query.push(("token_id", token.to_owned()));
        }
    }
    query
}

/// Rows by id, each once: the list may move while its pages are read. The later one wins.
fn distinct<T>(rows: Vec<T>, id: impl Fn(&T) -> String) -> Vec<T> {
    let mut all = std::collections::BTreeMap::new();
    for row in rows {
        all.insert(id(&row), row);
    }
    all.into_values().collect()
}
