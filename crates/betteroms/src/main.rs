//! BetterOMS: an order management system for Polymarket, for one operator.

mod commands;
mod plan_file;
mod render;

use betteroms_core::plan::Defaults;
use clap::{Parser, Subcommand};
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "betteroms", about, version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Tell everything that is wrong with plans; `-` reads standard input
    Check {
        #[arg(required = true)]
        plans: Vec<PathBuf>,
    },
    /// What a plan is
    #[command(subcommand)]
    Plan(PlanCommand),
}

#[derive(Subcommand)]
enum PlanCommand {
    /// Write the JSON Schema of a plan file
    Schema,
}

fn main() -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let colour = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let code = match Cli::parse().command {
        Command::Check { plans } => {
            commands::check::run(&plans, &Defaults::default(), colour, &mut out)?
        }
        Command::Plan(PlanCommand::Schema) => commands::plan_schema::run(&mut out)?,
    };
    out.flush()?;
    Ok(ExitCode::from(code))
}
