//! BetterOMS.

use betteroms::commands::data;
use betteroms::recording::RecordingError;
use betteroms::recording::import::ImportOptions;
use betteroms_core::time::Time;
use clap::{Parser, Subcommand};
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "betteroms", version)]
struct Arguments {
    #[command(subcommand)]
    group: Group,
}

#[derive(Subcommand)]
enum Group {
    /// Import and describe recordings.
    #[command(subcommand)]
    Data(Data),
}

#[derive(Subcommand)]
enum Data {
    /// Turn a recorded set into a recording.
    Import(Import),
    /// Tell what a recording holds.
    Info {
        /// The recording's folder.
        dir: PathBuf,
        /// Write JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(clap::Args)]
struct Import {
    /// d1, d2 or d4.
    #[arg(long)]
    set: String,
    /// The set's folder.
    source: PathBuf,
    /// A new folder for the recording.
    out: PathBuf,
    /// TOML or JSON with what the source lacks.
    #[arg(long)]
    assume: Option<PathBuf>,
    /// Only these markets: slugs or condition ids.
    #[arg(long, value_delimiter = ',')]
    markets: Vec<String>,
    /// Only events from then on.
    #[arg(long, value_parser = time)]
    from: Option<Time>,
    /// Only events until then.
    #[arg(long, value_parser = time)]
    to: Option<Time>,
    /// Keep one book per outcome and so many seconds.
    #[arg(long)]
    every: Option<u32>,
    /// Where a replay begins.
    #[arg(long, value_parser = time)]
    start: Option<Time>,
    /// The recording's name.
    #[arg(long)]
    name: Option<String>,
}

fn time(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| format!("{text} is not like 2026-05-31T17:35:22Z"))
}

fn run(data: Data) -> Result<String, RecordingError> {
    match data {
        Data::Info { dir, json: false } => data::info_text(&dir),
        Data::Info { dir, json: true } => data::info_json(&dir),
        Data::Import(args) => {
            let options = ImportOptions {
                set: args.set.parse().map_err(RecordingError::Request)?,
                assume: args.assume,
                markets: args.markets,
                from: args.from,
                to: args.to,
                every_secs: args.every,
                start: args.start,
                name: args.name,
            };
            let bar = indicatif::ProgressBar::hidden();
            if std::io::stderr().is_terminal() {
                bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
            }
            let mut progress = |at: betteroms::recording::import::Progress| {
                bar.set_length(at.total);
                bar.set_position(at.done);
            };
            let text = data::import_text(&args.source, &args.out, &options, &mut progress);
            bar.finish_and_clear();
            text
        }
    }
}

fn main() -> ExitCode {
    let Group::Data(data) = Arguments::parse().group;
    match run(data) {
        Ok(text) => match std::io::stdout().write_all(text.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(4),
        },
        Err(error) => {
            let mut text = error.to_string();
            let mut cause = std::error::Error::source(&error);
            while let Some(source) = cause {
                text.push_str(&format!(": {source}"));
                cause = source.source();
            }
            let _ignored = writeln!(std::io::stderr(), "error: {text}");
            ExitCode::from(2)
        }
    }
}
