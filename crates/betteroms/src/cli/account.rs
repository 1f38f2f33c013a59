//! What can be typed after `account`.

use super::dollars;
use betteroms_core::money::Usd;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Add paper cash
    Deposit {
        /// The paper account: real cash is sent to the wallet
        #[arg(long, required = true)]
        paper: bool,
        /// Dollars
        #[arg(value_parser = dollars)]
        amount: Usd,
    },
    /// Cancel what rests and begin a fresh paper account; old rows stay
    Reset {
        /// The paper account: a real one is never begun anew
        #[arg(long, required = true)]
        paper: bool,
    },
    /// Tell what a real account still lacks, and what to do next; changes nothing
    Setup,
    /// Make a signing key, in a new keystore
    New,
    /// Put a signing key into a new keystore: from a file, standard input or a hidden question
    Import {
        /// A file of yours with mode 0600 or 0400
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Make or fetch the API credentials of the key, and keep them encrypted
    Keys,
    /// Keep the relayer's key, which a deposit wallet's transactions take
    RelayerKey(RelayerKey),
    /// Tell the real account's wallet, money and approvals, and what keeps it from trading
    Status,
    /// Show and grant what the exchanges must be allowed to take; finite unless you say otherwise
    Allowances(Allowances),
    /// Take over cash and shares that came from elsewhere
    Adopt {
        /// Do it without a question
        #[arg(long)]
        yes: bool,
    },
    /// Turn resolved shares and complete sets into dollars; without --yes it shows what it would do
    Redeem {
        /// Do it without a question
        #[arg(long)]
        yes: bool,
    },
    /// Try the real venue step by step, and write a file for a bug report
    Probe(Probe),
}

#[derive(Debug, Args)]
pub(crate) struct RelayerKey {
    /// Have the venue make a builder's key, with the API credentials
    #[arg(long, conflicts_with = "file")]
    pub(crate) make: bool,
    /// A file of yours with mode 0600 or 0400 [default: standard input, or a hidden question]
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Allowances {
    /// Send it without a question
    #[arg(long)]
    pub(crate) yes: bool,
    /// Let the exchanges take everything, for good
    #[arg(long, conflicts_with_all = ["amount", "revoke"])]
    pub(crate) unlimited: bool,
    /// Let each exchange take so many dollars [default: twice the total limit of real trading]
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    pub(crate) amount: Option<Usd>,
    /// For neg-risk markets as well
    #[arg(long)]
    pub(crate) neg_risk: bool,
    /// Take every approval back
    #[arg(long, conflicts_with_all = ["amount", "neg_risk"])]
    pub(crate) revoke: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Probe {
    /// Say that you mean the real venue
    #[arg(long, required = true)]
    pub(crate) real: bool,
    /// Do every step without a question, the order included where --market names one
    #[arg(long)]
    pub(crate) yes: bool,
    /// Where to place the smallest order at the lowest price: a slug, condition id or web address
    #[arg(long, value_name = "MARKET")]
    pub(crate) market: Option<String>,
    /// The file for the bug report [default: betteroms-probe-SECONDS.json here]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}
