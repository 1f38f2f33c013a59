//! What must be so before real money moves: the venue's pulse, this place, the clock, the wallet, its money.
//! One row for each fact, in the order in which a person would look. What cannot be asked fails: nobody
//! trades on a guess.

use super::access::{Access, geoblock_url};
use super::funds;
use crate::app::House;
use crate::render::plain;
use betteroms_polymarket::VenueError;
use betteroms_polymarket::signing::{WalletKind, link};
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
    let mut rows = vec![
        pulse(access).await,
        clock(house, access).await,
        version(access).await,
        place(house, access).await,
        closed_only(access).await,
        node(access).await,
        key(access).await,
        code(access).await,
    ];
    rows.extend(funds::checks(house, access).await);
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

async fn clock(house: &House, access: &Access) -> Check {
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

/// A key that signs for a wallet which is not its own makes orders that look like a session key's
/// (`shared/venue.md` 9.5); so a session key is looked up in the venue's list.
async fn key(access: &Access) -> Check {
    const CODE: &str = "KEY_NOT_OF_WALLET";
    let (signer, maker) = (access.wallet.signer, access.wallet.maker);
    if !access.wallet.session {
        return match link(signer, maker) {
            Some(kind) => Check::good(CODE, format!("the key owns the wallet ({})", named(kind))),
            None => Check::bad(
                CODE,
                format!("the key of {signer} does not own {maker}"),
                "set real.wallet to one of its own: `betteroms account setup` lists them",
            ),
        };
    }
    const UNLISTED: &str = "SESSION_KEY_NOT_LISTED";
    let list = match access.account.session_signers().await {
        Ok(list) => list,
        Err(error) => return Check::unasked(UNLISTED, &error),
    };
    let now = access.clock.now();
    let is_ours = list.wallet.parse() == Ok(maker);
    let found = list.signers.iter().find(|one| one.address.parse() == Ok(signer));
    let remedy = "have the wallet's owner authorise this key for CLOB, or use the owner's key";
    match found.filter(|_| is_ours) {
        None => Check::bad(
            UNLISTED,
            format!("the venue does not list {signer} among the session keys of {maker}"),
            remedy,
        ),
        Some(one) if one.valid_until <= now => {
            Check::bad(UNLISTED, format!("the session key ended at {}", one.valid_until), remedy)
        }
        Some(one) if !one.scopes.iter().any(|scope| scope == "CLOB" || scope == "ALL") => {
            Check::bad(
                UNLISTED,
                "the session key may not trade on the order book".to_owned(),
                remedy,
            )
        }
        Some(one) => {
            Check::good(UNLISTED, format!("the session key is good until {}", one.valid_until))
        }
    }
}

async fn code(access: &Access) -> Check {
    const CODE: &str = "WALLET_HAS_NO_CODE";
    let maker = access.wallet.maker;
    let has_code = match access.chain.code(maker).await {
        Ok(code) => !code.is_empty(),
        Err(error) => return Check::unasked(CODE, &error),
    };
    match (access.wallet.kind, has_code) {
        (WalletKind::Eoa, false) => {
            Check::good(CODE, "the wallet is a plain account, without code as it must be")
        }
        (WalletKind::Eoa, true) => Check::bad(
            "ACCOUNT_HAS_CODE",
            format!("{maker} is said to be a plain account and has code"),
            "name the wallet of the right kind in real.wallet: `betteroms account setup` lists them",
        ),
        (kind, true) => Check::good(CODE, format!("the {} stands on the chain", named(kind))),
        (kind, false) => Check::bad(
            CODE,
            format!("the {} {maker} does not stand on the chain yet", named(kind)),
            "sign in once on the venue's site with this key: that deploys it",
        ),
    }
}

/// What a kind of wallet is called.
pub(crate) const fn named(kind: WalletKind) -> &'static str {
    match kind {
        WalletKind::Eoa => "plain account",
        WalletKind::Proxy => "proxy wallet",
        WalletKind::Safe => "safe",
        WalletKind::Deposit => "deposit wallet",
        WalletKind::LegacyDeposit => "deposit wallet of before 2026-06-29",
    }
}
