//! What can be typed after `emulator`.

use super::time;
use betteroms_core::time::Time;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Emulator {
    /// The first of four ports in a row: CLOB with sockets, Gamma, data, relayer; 0 takes any free ones
    #[arg(long, value_name = "PORT", default_value_t = 8137)]
    pub(crate) port: u16,
    /// The address to listen on; one that others can reach needs --expose
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub(crate) bind: std::net::IpAddr,
    /// Let others reach it; its keys are public knowledge
    #[arg(long)]
    pub(crate) expose: bool,
    /// Markets, accounts, liquidity, events and faults [default: four markets, three accounts]
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,
    /// Show a recording's markets and books as they were
    #[arg(long, value_name = "RECORDING")]
    pub(crate) books: Option<PathBuf>,
    /// When its time begins [default: the script's, else the recording's start, else now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) at: Option<Time>,
    /// Its seconds a second; 0 stands still until POST /emulator/clock [default: the script's, else 1]
    #[arg(long, value_name = "N", value_parser = speed, allow_hyphen_values = true)]
    pub(crate) speed: Option<u64>,
    /// What ids, keys and chances are drawn from [default: the script's, else 0]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// The signers' token buckets: off, warn or enforce [default: the script's, else enforce]
    #[arg(long, value_name = "HOW", value_enum)]
    pub(crate) limits: Option<Limits>,
    /// Count requests against the limits in front of the hosts, for each address
    #[arg(long)]
    pub(crate) edge_limits: bool,
    /// A list of fault rules, beside the script's
    #[arg(long, value_name = "FILE")]
    pub(crate) faults: Option<PathBuf>,
    /// Append every request, fault and change to this file, a JSON object a line [default: no file]
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
}

/// What token buckets do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Limits {
    Off,
    Warn,
    Enforce,
}

/// Reads a speed in millionths.
fn speed(text: &str) -> Result<u64, String> {
    let micros = betteroms_core::money::Decimal::parse(text).ok().and_then(|d| d.micros());
    let speed = micros.and_then(|micros| u64::try_from(micros).ok());
    speed
        .filter(|speed| *speed <= 1_000_000_000_000)
        .ok_or_else(|| "write 0, 1, 60 or 0.5: at most 1000000, with at most 6 decimals".to_owned())
}
