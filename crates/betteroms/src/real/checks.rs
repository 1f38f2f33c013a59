//! What must be so before real money moves: the venue's pulse, this place, the clock, the wallet, its money.
//! One row for each fact, in the order in which a person would look. What cannot be asked fails: nobody
//! trades on a guess.

use super::access::{Access, geoblock_url};
use super::{funds, wallets};
use crate::app::House;
use crate::render::plain;
use betteroms_core::time::Time;
use betteroms_polymarket::VenueError;
use serde_json::{Value, json};

/// The version of orders that we sign (`shared/venue.md` 3).
const ORDER_VERSION: i64 = 2;

/// A fact, and what to do where it is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// The name of its failing, stable.
    pub(crate) code: &'static str,
    /// What was found.
    pub(crate) found: String,
    /// What to do; empty where nothing is to be done.
    pub(crate) remedy: String,
    pub(crate) is_good: bool,
    /// Where it fails: whether selling what is held is possible all the same.
    pub(crate) lets_exits: bool,
}

impl Check {
    pub(super) fn good(code: &'static str, found: impl Into<String>) -> Self {
        Self { code, found: found.into(), remedy: String::new(), is_good: true, lets_exits: true }
    }

    /// One that fails, exits included.
    pub(super) fn bad(
        code: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (found, remedy) = (found.into(), remedy.into());
        Self { code, found, remedy, is_good: false, lets_exits: false }
    }

    /// One that could not be asked.
    pub(super) fn unasked(code: &'static str, error: &VenueError) -> Self {
        let remedy =
            "try again; if it stays, look at the network and at [venue] in the configuration";
        Self::bad(code, error.explain(), remedy)
    }

    /// The same, but selling goes on.
    pub(super) const fn but_exits(mut self) -> Self {
        self.lets_exits = true;
        self
    }
}

/// Looks at everything, in order.
pub(crate) async fn checks(house: &House, access: &Access) -> Vec<Check> {
    // All at once: where nothing answers, nobody waits for one deadline after another.
    let (pulse, clock, version, place, closed_only, node, key, code, funds) = tokio::join!(
        pulse(access),
        clock(house, access),
        version(access),
        place(house, access),
        closed_only(access),
        node(access),
        wallets::key(access),
        wallets::code(access),
        funds::checks(house, access),
    );
    let mut rows = vec![pulse, clock, version, place, closed_only, node, key, code];
    rows.extend(funds);
    rows
}

/// The rows for people: what is well in a line each, what fails with its remedy and code.
pub(crate) fn table(rows: &[Check]) -> String {
    let line = |row: &Check| {
        let found = plain(&row.found);
        if row.is_good {
            return format!("ok     {found}\n");
        }
        let exits = if row.lets_exits { " (selling goes on)" } else { "" };
        format!("FAILS  {found}{exits}\n       {} [{}]\n", plain(&row.remedy), row.code)
    };
    rows.iter().map(line).collect()
}

/// The rows for scripts.
pub(crate) fn to_json(rows: &[Check]) -> Value {
    let row = |row: &Check| {
        json!({ "code": row.code, "good": row.is_good, "found": row.found, "remedy": row.remedy,
            "letsExits": row.lets_exits })
    };
    rows.iter().map(row).collect()
}

async fn pulse(access: &Access) -> Check {
    const CODE: &str = "VENUE_UNWELL";
    match access.account.is_well().await {
        Ok(true) => Check::good(CODE, "the venue says that it is well"),
        Ok(false) => Check::bad(
            CODE,
            "the venue says that it is not well",
            "wait until it is, then run again",
        ),
        Err(error) => Check::unasked(CODE, &error),
    }
}

/// Whether our clock is the venue's.
pub(crate) async fn clock(house: &House, access: &Access) -> Check {
    const CODE: &str = "CLOCK_SKEW";
    let most = i64::from(house.config.real.clock_skew_secs_max);
    let before = access.clock.now();
    let told = match access.account.time().await {
        Ok(told) => told,
        Err(error) => return Check::unasked(CODE, &error),
    };
    // The venue read its clock somewhere between our two readings; it tells whole seconds.
    let after = access.clock.now();
    let (ahead, behind) = (told.secs() - after.secs(), before.secs() - told.secs());
    let skew = ahead.max(behind).max(0);
    if skew <= most {
        return Check::good(CODE, format!("our clock and the venue's are within {skew} s"));
    }
    Check::bad(
        CODE,
        format!("our clock is {skew} s from the venue's, the most is {most} s"),
        "set this machine's clock (an NTP service does)",
    )
}

/// The time, for what is done whatever our clock says: the venue's where ours is too far ahead of it. Where ours is behind, or
/// the venue does not tell, it is ours: nothing that the venue says makes a pass later than our clock.
pub(crate) async fn time(house: &House, access: &Access) -> Time {
    let most = i64::from(house.config.real.clock_skew_secs_max);
    let told = access.account.time().await;
    let ours = access.clock.now();
    told.ok().filter(|told| ours.secs() - told.secs() > most).unwrap_or(ours)
}

async fn version(access: &Access) -> Check {
    const CODE: &str = "WRONG_VERSION";
    match access.account.version().await {
        Ok(ORDER_VERSION) => {
            Check::good(CODE, format!("the venue takes orders of version {ORDER_VERSION}"))
        }
        Ok(other) => Check::bad(
            CODE,
            format!(
                "the venue takes orders of version {other}; this program knows {ORDER_VERSION}"
            ),
            "look for a newer betteroms; until then cancel and sell on the venue's own site",
        ),
        Err(error) => Check::unasked(CODE, &error),
    }
}

async fn place(house: &House, access: &Access) -> Check {
    const CODE: &str = "GEOBLOCKED";
    match access.account.place_of(geoblock_url(house)).await {
        Ok(place) if place.is_blocked => Check::bad(
            CODE,
            format!("the venue does not serve the place it sees us in: {}", place.country),
            "trade from where the venue serves you; there is no way around it here",
        ),
        Ok(place) => Check::good(CODE, format!("the venue serves {}", place.country)),
        Err(error) => Check::unasked(CODE, &error),
    }
}

async fn closed_only(access: &Access) -> Check {
    const CODE: &str = "CLOSED_ONLY";
    match access.account.closed_only().await {
        Ok(false) => Check::good(CODE, "the API key works, and the account may buy and sell"),
        Ok(true) => Check::bad(
            CODE,
            "the venue lets this account only sell what it holds",
            "ask the venue's support why; selling works meanwhile",
        )
        .but_exits(),
        Err(error) => {
            let remedy = "where the API key is refused: move its file away and say \
                          `betteroms account keys`";
            Check::bad(CODE, error.explain(), remedy)
        }
    }
}

async fn node(access: &Access) -> Check {
    const CODE: &str = "NODE";
    match access.chain.verify().await {
        Ok(()) => Check::good(CODE, "the node is of the venue's chain and has its contracts"),
        Err(error) => {
            Check::bad(CODE, error.explain(), "name another node in venue.rpcUrl, or try again")
        }
    }
}
