//! What can be typed: a dumb mirror of the command line. What it means is decided in `app`.

use betteroms_core::money::{Price, Usd};
use betteroms_core::time::Time;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

mod account;
mod emulator;

pub(crate) use account::{Account, Allowances, Probe, RelayerKey};
pub(crate) use emulator::{Emulator, Limits};

const EPILOGUE: &str = "\
More commands stand in groups; `betteroms GROUP --help` shows them:
  plan      add, list, show, stop, schema
  account   paper: deposit, reset; real: setup, new, import, keys, relayer-key, status,
            allowances, adopt, redeem, probe
  data      import, info
  db        verify, rebuild
  emulator  a Polymarket on your desk, for trying clients
  completions
Real money (docs/real-trading.md): preview and run --real, arm, disarm, cancel, replace, flatten;
  halt stops new exposure, resume goes on, panic takes everything of the key out.

Exit codes: 0 done (denials are in the report; --strict makes them 1), 2 bad plan or usage,
3 needs a person, 4 fault, 75 another runner holds the store.
Plans trade on paper unless their mode is \"real\"; --json writes JSON for every command but completions.";

const EMULATOR: &str = "\
Without --script and --books it shows the markets of examples/emulator.jsonc. Ctrl-C stops it, exit 0.
  betteroms emulator --books examples/btc15m --speed 60
  BETTEROMS_VENUE_CLOB_URL=http://127.0.0.1:8137 BETTEROMS_VENUE_GAMMA_URL=http://127.0.0.1:8138 \\
    BETTEROMS_VENUE_DATA_URL=http://127.0.0.1:8139 betteroms market find fed
docs/emulator.md tells what it is, what it is not, and how to break it on purpose.";

/// An order management system for Polymarket, for one operator: JSON trade plans in, reconciled
/// reports out.
#[derive(Debug, Parser)]
#[command(name = "betteroms", version, about, after_help = EPILOGUE, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The database file [default: betteroms.db in the data folder; BETTEROMS_DB]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) db: Option<PathBuf>,
    /// The configuration file [default: config.toml in the config folder; BETTEROMS_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Write JSON for scripts
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Whose books to show [default: those of the store's last pass]
    #[arg(long, global = true, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// Read the keystore's passphrase from this open descriptor
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub(crate) passphrase_fd: Option<u32>,
    /// Take the signing key from BETTEROMS_PRIVATE_KEY, where every program of this user can read it
    #[arg(long, global = true, hide_short_help = true)]
    pub(crate) key_from_env: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a configuration and create the store
    Init {
        /// What the paper account begins with, in dollars [default: 10000]
        #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
        paper_cash: Option<Usd>,
    },
    /// Step a shipped recording through a few passes in a scratch store
    Demo,
    /// Look markets up at the venue
    #[command(subcommand)]
    Market(Market),
    /// Tell everything that is wrong with plans; `-` reads standard input
    Check {
        /// Plan files
        #[arg(required = true, value_name = "PLAN")]
        plans: Vec<PathBuf>,
    },
    /// Show what a run would do, and change nothing
    Preview(Run),
    /// Run one pass: catch up, admit plans, trade, report; without a plan only maintenance
    Run(Run),
    /// Tell how the account stands
    Status,
    /// List orders
    Orders {
        /// Only those of one plan
        #[arg(long, value_name = "RUNID")]
        run: Option<String>,
        /// Only those that still wait or rest
        #[arg(long)]
        live: bool,
    },
    /// List positions
    Positions,
    /// Show the last report, or several passes in one
    Report {
        /// Fold all passes since then: an age such as 24h, 90m or 7d, or an RFC 3339 instant
        #[arg(long, value_name = "SINCE")]
        since: Option<String>,
    },
    /// Keep plans in the store
    #[command(subcommand, hide = true)]
    Plan(Plan),
    /// Paper cash, and a real account's keys, approvals and redemptions
    #[command(subcommand, hide = true)]
    Account(Account),
    /// Recordings
    #[command(subcommand, hide = true)]
    Data(Data),
    /// The store itself
    #[command(subcommand, hide = true)]
    Db(Db),
    /// No new exposure from now on, on paper and for real; exits, cancels and reconciling go on
    #[command(hide = true)]
    Halt {
        /// Take resting buys out as well
        #[arg(long)]
        freeze: bool,
    },
    /// List what the brake holds back, ask, and take it off
    #[command(hide = true)]
    Resume {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Take out every order of the key at once, with nothing but the key and the network
    #[command(hide = true)]
    Panic,
    /// Take orders out
    #[command(hide = true)]
    Cancel(Cancel),
    /// Take an order out and place what it has not got at another price
    #[command(hide = true)]
    Replace(Replace),
    /// Take everything out of a market and sell what is held there at once
    #[command(hide = true)]
    Flatten(Flatten),
    /// Allow real orders with nobody looking, within caps and for a time
    #[command(hide = true)]
    Arm(Arm),
    /// End an arming
    #[command(hide = true)]
    Disarm,
    /// A Polymarket on your desk: the venue's own clients trade on it unmodified
    #[command(hide = true, after_help = EMULATOR)]
    Emulator(Emulator),
    /// Write completions for a shell
    #[command(hide = true)]
    Completions {
        /// bash, zsh, fish, elvish or powershell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Plan files, or folders of them (*.json, *.jsonc); `-` reads standard input
    #[arg(value_name = "PLAN")]
    pub(crate) plans: Vec<PathBuf>,
    /// Trade on a recording instead of live books
    #[arg(long, value_name = "RECORDING")]
    pub(crate) books: Option<PathBuf>,
    /// The recording's time to trade at [default: where the last pass was, else its start]
    #[arg(long, value_name = "TIME", value_parser = time, requires = "books", conflicts_with = "step")]
    pub(crate) now: Option<Time>,
    /// Go on from the last pass by so much: 90s, 5m, 1h
    #[arg(long, value_name = "SPAN", value_parser = span, requires = "books")]
    pub(crate) step: Option<i64>,
    /// Exit 1 where a trade was denied
    #[arg(long)]
    pub(crate) strict: bool,
    /// Trade with real money: only plans in mode "real", each previewed
    #[arg(long, conflicts_with = "books")]
    pub(crate) real: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    /// Orders, as `betteroms orders` names them
    #[arg(value_name = "ORDER", required_unless_present_any = ["plan", "all"])]
    pub(crate) orders: Vec<String>,
    /// All orders of one plan
    #[arg(long, value_name = "RUNID", conflicts_with_all = ["orders", "all"])]
    pub(crate) plan: Option<String>,
    /// All orders of the account
    #[arg(long, conflicts_with = "orders")]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Replace {
    /// The order, as `betteroms orders` names it
    pub(crate) order: String,
    /// The new limit
    #[arg(long, value_parser = price)]
    pub(crate) price: Price,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Flatten {
    /// Its slug or condition id
    pub(crate) market: String,
    /// The lowest price at which to sell
    #[arg(long, value_name = "PRICE", value_parser = price)]
    pub(crate) not_below: Price,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Arm {
    /// The highest worth of one order, in dollars
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    pub(crate) max_order: Usd,
    /// The highest worth of one UTC day, in dollars
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    pub(crate) max_day: Usd,
    /// For how long: 90m, 24h, at most 7d
    #[arg(long = "for", value_name = "SPAN", value_parser = span)]
    pub(crate) span: i64,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Market {
    /// Search open events
    Find {
        /// Words to look for
        #[arg(required = true)]
        words: Vec<String>,
    },
    /// Show one market: outcomes, prices, tick, minimum, fee
    Show {
        /// A slug, condition id, Gamma id or web address
        market: String,
        /// Write a valid commented plan for it
        #[arg(long)]
        plan: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Plan {
    /// Keep a plan in the store: the next run admits it
    Add {
        /// The plan file
        plan: PathBuf,
    },
    /// List plans and how they stand
    List,
    /// Show one plan and its orders
    Show {
        /// Its runId
        run_id: String,
    },
    /// Cancel what waits and rests of a plan
    Stop {
        /// Its runId
        run_id: String,
    },
    /// Write the JSON Schema of a plan file
    Schema,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Data {
    /// Turn a recorded set into a recording
    Import(Import),
    /// Tell what a recording holds
    Info {
        /// The recording's folder
        dir: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// d1, d2 or d4
    #[arg(long)]
    pub(crate) set: String,
    /// The set's folder
    pub(crate) source: PathBuf,
    /// A new folder for the recording
    pub(crate) out: PathBuf,
    /// TOML or JSON with what the source lacks
    #[arg(long, value_name = "FILE")]
    pub(crate) assume: Option<PathBuf>,
    /// Only these markets: slugs or condition ids
    #[arg(long, value_delimiter = ',')]
    pub(crate) markets: Vec<String>,
    /// Only events from then on
    #[arg(long, value_parser = time)]
    pub(crate) from: Option<Time>,
    /// Only events until then
    #[arg(long, value_parser = time)]
    pub(crate) to: Option<Time>,
    /// Keep one book of each outcome in so many seconds, the first
    #[arg(long, value_name = "SECS")]
    pub(crate) every: Option<u32>,
    /// The recording's start [default: the first second at which two open markets have a fresh book]
    #[arg(long, value_parser = time)]
    pub(crate) start: Option<Time>,
    /// The recording's name [default: the set's]
    #[arg(long)]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Db {
    /// Fold the journal anew and compare it with every view
    Verify,
    /// Write every view anew from the journal, after a backup copy
    Rebuild,
    /// Bring an older version's store up to date, after a backup copy; commands that write do it at their start
    Migrate,
}

fn time(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| "write an instant such as 2026-05-31T17:35:22Z".to_owned())
}

fn price(text: &str) -> Result<Price, String> {
    Price::parse(text).ok_or_else(|| format!("{text:?} is no price: write 0.42"))
}

fn dollars(text: &str) -> Result<Usd, String> {
    crate::config::parse_usd(text)
}

/// Reads a span such as `90s`, `5m`, `24h` or `7d` as seconds, at least one.
pub(crate) fn span(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is no span: write 90s, 5m, 24h or 7d");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number = text.strip_suffix(unit).unwrap_or_default();
    let number: i64 = number.parse().map_err(|_| wrong())?;
    let secs = match unit {
        's' => number.checked_mul(1),
        'm' => number.checked_mul(60),
        'h' => number.checked_mul(3_600),
        'd' => number.checked_mul(86_400),
        _ => None,
    };
    secs.filter(|secs| (1..=315_360_000).contains(secs)).ok_or_else(wrong)
}
