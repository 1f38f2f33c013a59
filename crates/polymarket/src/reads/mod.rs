//! Public reads: from the venue's answers to the core's values, and the judgement which answers are
//! believed. An answer that is not believed leaves no trace but its error.

mod activity;
mod books;
mod find;
mod gamma;
mod holdings;
mod market;
mod name;
mod observe;
mod prints;
mod resolve;

pub(crate) use name::is_token;

pub use books::{Seen, Wanted};
pub use find::{EventHit, MarketHit, Shown};
pub use holdings::Holding;
pub use name::condition_id;
pub use observe::Observed;
pub use prints::Prints;

use crate::client::{Client, Options};
use crate::error::{Unproven, VenueError};
use betteroms_core::money::Shares;
use betteroms_core::world::MarketProblem;

/// The most shares or dollars that any one amount of the venue or the chain is believed to be: ten billion, more
/// than there are. Hundreds of such amounts can still be added up.
pub(crate) const AMOUNT_MOST: Shares = Shares::from_micros(10_000_000_000_000_000);

/// The live venue as a source of markets, books and prints.
#[derive(Debug)]
pub struct LiveBooks {
    client: Client,
}

impl LiveBooks {
    /// Reads through a client.
    pub const fn new(client: Client) -> Self {
        Self { client }
    }

    /// Makes a client and reads through it.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn connect(options: Options) -> Result<Self, VenueError> {
        Client::new(options).map(Self::new)
    }
}

fn unavailable(error: &VenueError) -> MarketProblem {
    MarketProblem::Unavailable { cause: error.explain() }
}

fn unbelieved(what: &str, why: Unproven) -> MarketProblem {
    unavailable(&VenueError::unproven(what, why))
}
