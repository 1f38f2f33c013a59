//! `/v2/approvals` of the Data API: what a wallet lets the venue's contracts move (venue.md 5.5, 8.2). It is
//! what the venue saw last; the chain itself decides.

use super::json::{Malformed, Object, Wire};
use super::number::Numeral;
use betteroms_core::time::Time;
use serde_json::value::RawValue;

/// The object of `/v2/approvals`: what a wallet lets the venue's contracts move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approvals {
    /// The wallet.
    pub address: String,
    /// The chain.
    pub chain_id: Numeral,
    /// When the venue looked.
    pub checked_at: Time,
    /// One row for each contract.
    pub contracts: Vec<Approval>,
}

/// One row of [`Approvals`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The venue's name of the row.
    pub id: String,
    /// What it is needed for, such as `trading`.
    pub feature: String,
    /// The contract of the token.
    pub token: String,
    /// Who may move it.
    pub spender: String,
    /// `ERC20` or `ERC1155`.
    pub standard: String,
    /// How much: `max` or digits; `None` for ERC1155, which knows no amount.
    pub amount: Option<String>,
    /// The venue's verdict. An amount of `max` was seen with `false`.
    pub approved: bool,
}

impl Wire for Approvals {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("approvals", raw)?;
        let approvals = Self {
            address: object.need("address")?,
            chain_id: object.need("chain_id")?,
            checked_at: object.need("checked_at")?,
            contracts: object.need("contracts")?,
        };
        object.close(&[]);
        Ok(approvals)
    }
}

impl Wire for Approval {
    fn read(raw: &RawValue) -> Result<Self, Malformed> {
        let mut object = Object::open("approval", raw)?;
        let approval = Self {
            id: object.need("id")?,
            feature: object.need("feature")?,
            token: object.need("token")?,
            spender: object.need("spender")?,
            standard: object.need("standard")?,
            amount: object.filled("amount")?,
            approved: object.need("approved")?,
        };
        object.close(&[]);
        Ok(approval)
    }
}
