//! From arguments to an exit code: finds the configuration and the store, runs one command, prints its
//! text once. Nothing else in the binary reads the environment, the clock or prints.

use crate::cli::{self, Cli, Command};
use crate::commands;
use crate::config::{self, Config};
use crate::crash;
use crate::keys::{EnvironmentKey, KEY_VARIABLE};
use crate::real::Access;
use anyhow::{Context as _, Result};
use betteroms_core::plan::Defaults;
use betteroms_core::time::Time;
use betteroms_polymarket::account::Clock;
use betteroms_store::LockError;
use clap::Parser as _;
use std::cell::OnceCell;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

/// How a command ended. The gravest of several wins; see `--help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    Done,
    Denied,
    BadPlan,
    NeedsPerson,
    Fault,
    Held,
}

impl Exit {
    const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Denied => 1,
            Self::BadPlan => 2,
            Self::NeedsPerson => 3,
            Self::Fault => 4,
            Self::Held => 75,
        }
    }
}

/// What a command has to say.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// For standard output.
    pub(crate) out: String,
    /// For standard error.
    pub(crate) err: String,
    pub(crate) exit: Exit,
}

impl Said {
    pub(crate) fn done(out: impl Into<String>) -> Self {
        Self { out: out.into(), err: String::new(), exit: Exit::Done }
    }

    /// Says it as JSON where that is asked for, else as text.
    pub(crate) fn either(
        house: &House,
        value: &serde_json::Value,
        text: impl Into<String>,
    ) -> Self {
        if house.json { Self::done(format!("{value:#}\n")) } else { Self::done(text) }
    }
}

/// A refusal of what was typed, in a sentence with its remedy: exit 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// What every command may need.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) config: Config,
    pub(crate) config_path: PathBuf,
    pub(crate) db: PathBuf,
    pub(crate) json: bool,
    pub(crate) account: Option<String>,
    /// The clock, read once.
    pub(crate) now: Time,
    pub(crate) colour: bool,
    /// Where data lies beside the store: the folder of the keys.
    pub(crate) data: Option<PathBuf>,
    /// Where a passphrase is to be read, where it was said.
    pub(crate) passphrase_fd: Option<u32>,
    /// The bare key in the environment, where there is one.
    pub(crate) environment_key: Option<EnvironmentKey>,
    /// Whether that one is to be used.
    pub(crate) key_from_env: bool,
    /// The account, once a command has opened it: a person is asked for the passphrase once.
    pub(crate) access: OnceCell<Rc<Access>>,
}

/// Runs the binary.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _unread = error.print();
            let code = if error.use_stderr() { Exit::BadPlan } else { Exit::Done };
            return ExitCode::from(code.code());
        }
    };
    if cfg!(windows) {
        return say(&Said {
            out: String::new(),
            err: "betteroms does not run on Windows: use Linux or macOS".to_owned(),
            exit: Exit::BadPlan,
        });
    }
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(log_level())
        // Colours are not built in; wanting them at a terminal would end the program.
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .init();
    let json = cli.global.json;
    let said = house(&cli.global, &cli.command).and_then(|house| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let said = runtime.block_on(run(house, cli.command));
        // Left as it is: a runtime that shuts down waits for the store to close, which would
        // checkpoint. Durability is at commit, not at close.
        std::mem::forget(runtime);
        said
    });
    say(&said.unwrap_or_else(|error| refused(&error, json)))
}

fn say(said: &Said) -> ExitCode {
    let written = std::io::stdout().write_all(said.out.as_bytes());
    let written = written.and_then(|()| std::io::stdout().flush());
    let _unheard = std::io::stderr().write_all(said.err.as_bytes());
    match written {
        // A reader that has seen enough (`| head`) is no fault.
        Err(fault) if fault.kind() != std::io::ErrorKind::BrokenPipe => {
            ExitCode::from(Exit::Fault.code().max(said.exit.code()))
        }
        Ok(()) | Err(_) => ExitCode::from(said.exit.code()),
    }
}

/// Says something before the end: what a command that stays must tell at its start. A reader that has gone
/// is no fault.
pub(crate) fn say_now(out: &str) -> std::io::Result<()> {
    let mut to = std::io::stdout().lock();
    match to.write_all(out.as_bytes()).and_then(|()| to.flush()) {
        Err(fault) if fault.kind() != std::io::ErrorKind::BrokenPipe => Err(fault),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Says on standard error, at once, what a command that takes its time has done so far. That nobody reads it is no
/// fault.
pub(crate) fn tell_now(text: &str) {
    let _unheard = std::io::stderr().write_all(text.as_bytes());
}

/// Asks a person; where nobody can type it is a refusal that says how to answer.
pub(crate) fn ask_yes(question: &str) -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        let text = "this asks before it acts, and nobody can type here: add --yes";
        return Err(Usage(text.to_owned()).into());
    }
    // Standard output is for what is told, also where that is JSON.
    let mut to = std::io::stderr().lock();
    to.write_all(question.as_bytes()).and_then(|()| to.flush()).context("asking")?;
    drop(to);
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("reading the answer")?;
    Ok(answer.trim() == "yes")
}

/// How much is told on standard error of what goes on inside; `BETTEROMS_LOG` says, and a word that is no
/// level says nothing.
fn log_level() -> tracing::Level {
    let word = std::env::var("BETTEROMS_LOG").unwrap_or_default();
    word.parse().unwrap_or(tracing::Level::WARN)
}

/// An error as one line per cause, and the exit code of its kind.
fn refused(error: &anyhow::Error, json: bool) -> Said {
    let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
    let err = if json {
        format!("{:#}\n", serde_json::json!({ "error": error.to_string(), "causes": causes }))
    } else {
        let because = causes.iter().map(|cause| format!("  because: {cause}\n"));
        format!("error: {error}\n{}", because.collect::<String>())
    };
    let exit = if error.downcast_ref::<Usage>().is_some() {
        Exit::BadPlan
    } else if matches!(error.downcast_ref(), Some(LockError::Held { .. })) {
        Exit::Held
    } else {
        Exit::Fault
    };
    Said { out: String::new(), err, exit }
}

fn house(global: &cli::Global, command: &Command) -> Result<House> {
    refuse_idle_account(global, command)?;
    let named =
        global.config.clone().or_else(|| std::env::var_os("BETTEROMS_CONFIG").map(PathBuf::from));
    let config_path = match &named {
        Some(path) => path.clone(),
        None => folder("XDG_CONFIG_HOME", ".config")?.join("config.toml"),
    };
    // `init` is there to write the file.
    let must_exist = named.is_some() && !matches!(command, Command::Init { .. });
    let variables = std::env::vars_os();
    let usage = |error: anyhow::Error| {
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        Usage(causes.join(": "))
    };
    let config = config::load(&config_path, must_exist, variables).map_err(usage)?;
    crash::aim(std::env::var(crash::VARIABLE).ok().as_deref()).map_err(usage)?;
    let db = match global.db.clone().or_else(|| config.store.path.clone()) {
        Some(path) => path,
        None => folder("XDG_DATA_HOME", ".local/share")?.join("betteroms.db"),
    };
    if db.to_str().is_some_and(|text| text.contains("://")) {
        let text = "this version keeps its store in a file: give --db a path, not a URL";
        return Err(Usage(text.to_owned()).into());
    }
    Ok(House {
        config,
        config_path,
        db,
        json: global.json,
        account: global.account.clone(),
        now: clock()?,
        colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        data: folder("XDG_DATA_HOME", ".local/share").ok(),
        passphrase_fd: global.passphrase_fd,
        environment_key: std::env::var_os(KEY_VARIABLE).map(EnvironmentKey::new),
        key_from_env: global.key_from_env,
        access: OnceCell::new(),
    })
}

/// `--account` chooses whose books to show or change; where it would choose nothing it is refused.
fn refuse_idle_account(global: &cli::Global, command: &Command) -> Result<(), Usage> {
    let idle = matches!(
        command,
        Command::Init { .. }
            | Command::Demo
            | Command::Market(_)
            | Command::Check { .. }
            | Command::Preview(_)
            | Command::Run(_)
            | Command::Data(_)
            | Command::Db(_)
            | Command::Emulator(_)
            | Command::Halt { .. }
            | Command::Resume { .. }
            | Command::Panic
            | Command::Arm(_)
            | Command::Disarm
            | Command::Completions { .. }
    );
    if idle && global.account.is_some() {
        let text = "--account has no meaning here: a run trades the account of its books";
        return Err(Usage(text.to_owned()));
    }
    Ok(())
}

fn folder(variable: &str, below_home: &str) -> Result<PathBuf> {
    let own = std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = || {
        std::env::var_os("HOME")
            .filter(|home| !home.is_empty())
            .map(|home| PathBuf::from(home).join(below_home))
    };
    let base = own
        .or_else(home)
        .context("neither HOME nor the XDG folders are set: give --db and --config")?;
    Ok(base.join("betteroms"))
}

/// The wall clock, for what is timed while a command runs; what is decided has [`House::now`] alone.
pub(crate) fn wall() -> Clock {
    Clock::new(|| clock().unwrap_or_default())
}

fn clock() -> Result<Time> {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .context("the clock stands before 1970")?;
    Ok(Time::from_micros(i64::try_from(since.as_micros()).context("the clock is off")?))
}

async fn run(house: House, command: Command) -> Result<Said> {
    match command {
        Command::Init { paper_cash } => commands::init::run(&house, paper_cash).await,
        Command::Demo => commands::demo::run(&house).await,
        Command::Market(market) => commands::market::run(&house, market).await,
        Command::Check { plans } => {
            let defaults = Defaults { good_for_secs: house.config.limits().good_for_secs };
            Ok(commands::check::run(&house, &plans, &defaults))
        }
        Command::Preview(args) => commands::preview::run(&house, &args).await,
        Command::Run(args) => commands::run::run(&house, &args).await,
        Command::Status => commands::status::status(&house).await,
        Command::Orders { run, live } => commands::status::orders(&house, run, live).await,
        Command::Positions => commands::status::positions(&house).await,
        Command::Report { since } => commands::report::run(&house, since).await,
        Command::Plan(plan) => commands::plan::run(&house, plan).await,
        Command::Halt { freeze } => commands::brake::halt(&house, freeze).await,
        Command::Resume { yes } => commands::brake::resume(&house, yes).await,
        Command::Panic => commands::brake::panic(&house).await,
        Command::Cancel(args) => commands::cancel::run(&house, &args).await,
        Command::Replace(args) => commands::change::replace(&house, &args).await,
        Command::Flatten(args) => commands::change::flatten(&house, &args).await,
        Command::Arm(args) => commands::arm::arm(&house, &args).await,
        Command::Disarm => commands::arm::disarm(&house).await,
        Command::Account(account) => commands::account::run(&house, account).await,
        Command::Data(data) => commands::data::run(&house, data),
        Command::Db(db) => commands::db::run(&house, db).await,
        Command::Emulator(args) => commands::emulator::run(&house, &args).await,
        Command::Completions { shell } => Ok(commands::completions(shell)),
    }
}
