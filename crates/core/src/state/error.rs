//! Why a fact cannot be taken into the picture.

use crate::event::FillKey;
use crate::money::{Shares, Usd};
use crate::order::{IllegalStep, OrderId};

/// A fact that does not fit our picture: a bug, or a journal that was tampered with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// An order that we do not know.
    #[error("no order {0}")]
    UnknownOrder(OrderId),
    /// A step that the order's status does not allow.
    #[error(transparent)]
    Illegal(#[from] IllegalStep),
    /// An order that is already there.
    #[error("order {0} is already there")]
    OrderExists(OrderId),
    /// A fill that we do not know.
    #[error("no fill {} of order {}", .0.trade_id, .0.order)]
    UnknownFill(FillKey),
    /// A fill whose settlement was final already.
    #[error("fill {} of order {} was settled already", .0.trade_id, .0.order)]
    SettledTwice(FillKey),
    /// A fee that was told already, or is not to be read.
    #[error("what trade {} of order {} was charged is known already", .0.trade_id, .0.order)]
    ChargedTwice(FillKey),
    /// An order that the venue cannot know, for it was never signed.
    #[error("order {0} was never signed")]
    NeverSigned(OrderId),
    /// A fill that cannot be of the order whose name it has.
    #[error("order {id} asked for no such trade: another {what}")]
    NotItsFill {
        /// The order.
        id: OrderId,
        /// What of it is another.
        what: &'static str,
    },
    /// Amounts that no account comes to.
    #[error("trade {trade_id} is larger than anything that there is")]
    Outgrown {
        /// The trade.
        trade_id: String,
    },
    /// More dollars than the order may spend.
    #[error("order {id} would have spent {spent} of {wanted} dollars")]
    Overspent {
        /// The order.
        id: OrderId,
        /// Spent with this fill.
        spent: Usd,
        /// What it may.
        wanted: Usd,
    },
    /// More shares than the order asked for.
    #[error("order {id} would be filled for {filled} of {wanted} shares")]
    Overfilled {
        /// The order.
        id: OrderId,
        /// Filled with this fill.
        filled: Shares,
        /// Asked for.
        wanted: Shares,
    },
}
