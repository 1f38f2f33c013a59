//! `emulator`: a venue on loopback, staged from a script, a recording or both, until somebody stops it.

mod replay;

pub use replay::{Replayed, replay};

use crate::app::{self, House, Said, Usage};
use crate::cli::{self, Emulator};
use crate::recording::Recording;
use crate::render;
use anyhow::{Context as _, Result};
use betteroms_core::time::Time;
use betteroms_emulator::clock::Clock;
use betteroms_emulator::fault::{Faults, Rule};
use betteroms_emulator::log::{Log, Topic};
use betteroms_emulator::script::{Script, Staged};
use betteroms_emulator::serve::call::Service;
use betteroms_emulator::serve::desk::Desk;
use betteroms_emulator::serve::{Open, Ports, open};
use betteroms_emulator::venue::Venue;
use betteroms_emulator::venue::bucket::Limits;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// A venue that runs as fast as the wall.
const REAL_TIME: u64 = 1_000_000;
/// A script or list of faults larger than this is refused unread.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What stands behind the doors, for whoever tells of it.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) staged: Staged,
    pub(crate) replayed: Option<Replayed>,
    pub(crate) start: Time,
    /// Millionths of the wall's speed.
    pub(crate) speed: u64,
    pub(crate) exposed: bool,
}

/// Opens the venue, says where it is, and stays until it is told to stop.
pub(crate) async fn run(house: &House, args: &Emulator) -> Result<Said> {
    if !args.bind.is_loopback() && !args.expose {
        let text = format!(
            "--bind {} lets others reach the emulator, whose keys are public: add --expose if you mean it",
            args.bind
        );
        return Err(Usage(text).into());
    }
    let ports = ports(args.port)?;
    let script = script(args)?;
    let (venue, standing) = stage(house, args, &script)?;
    let clock = clock(house, &standing);
    let mut log = match &args.log {
        Some(path) => {
            Log::append_to(path).with_context(|| format!("opening the log {}", path.display()))?
        }
        None => Log::default(),
    };
    let start = json!({ "seed": venue.settings.seed, "speed": standing.speed.to_string(),
        "markets": venue.floors().len(), "accounts": standing.staged.accounts.len() });
    log.line(venue.now(), Topic::Start, 0, &start);
    let faults = faults(args, &script, venue.settings.seed)?;
    let desk = Arc::new(Desk::new(venue, clock, log, faults));
    let bound = open(Arc::clone(&desk), Ports { ip: args.bind, ports }).await;
    let open = bound.with_context(|| {
        format!(
            "binding four ports from {} on {}: --port 0 takes any free ones",
            args.port, args.bind
        )
    })?;
    // Before anybody is told that it stands, so that nobody can stop it in between.
    let stopped = stop_signal()?;
    app::say_now(&opening(house, &desk, &open, &standing))?;
    stopped.await;
    open.close().await;
    Ok(closing(house, &desk))
}

fn ports(first: u16) -> Result<[u16; 4], Usage> {
    if first == 0 {
        return Ok([0; 4]);
    }
    let port = |nth: u16| first.checked_add(nth);
    match [port(0), port(1), port(2), port(3)] {
        [Some(a), Some(b), Some(c), Some(d)] => Ok([a, b, c, d]),
        _ => Err(Usage(format!("there are no four ports from {first}: write 65532 or less"))),
    }
}

fn script(args: &Emulator) -> Result<Script> {
    match (&args.script, &args.books) {
        (Some(path), _) => {
            let (name, text) = read(path)?;
            Script::parse(&text, &name).map_err(|errors| Usage(errors.to_string()).into())
        }
        (None, Some(_)) => Ok(Script::accounts_only()),
        (None, None) => Ok(Script::shipped()),
    }
}

/// The script's rules, then the file's.
fn faults(args: &Emulator, script: &Script, seed: u64) -> Result<Faults> {
    let mut faults = Faults::new(seed);
    let mut rules: Vec<(String, Value)> = Vec::new();
    for (nth, rule) in script.faults().iter().enumerate() {
        rules.push((format!("faults[{nth}] of the script"), rule.clone()));
    }
    if let Some(path) = &args.faults {
        let (name, text) = read(path)?;
        let list: Vec<Value> = betteroms_emulator::script::read_list(&text, &name)
            .map_err(|errors| Usage(errors.to_string()))?;
        rules.extend(
            list.into_iter().enumerate().map(|(nth, rule)| (format!("{name}: [{nth}]"), rule)),
        );
    }
    for (place, rule) in rules {
        let read = Rule::read(rule.to_string().as_bytes()).and_then(|rule| faults.set(rule));
        read.map_err(|error| Usage(format!("{place}: {error}")))?;
    }
    Ok(faults)
}

fn stage(house: &House, args: &Emulator, script: &Script) -> Result<(Venue, Standing)> {
    let recording = args.books.as_deref().map(Recording::open).transpose()?.map(Arc::new);
    let recorded = recording.as_ref().map(|recording| recording.start());
    let start = args.at.or_else(|| script.start()).or(recorded);
    if let (Some(recording), Some(start)) = (&recording, start)
        && start > recording.end()
    {
        let text = format!("--at {start} lies behind the recording's end, {}", recording.end());
        return Err(Usage(text).into());
    }
    let speed = args.speed.or_else(|| script.speed()).unwrap_or(REAL_TIME);
    let mut settings = script.settings();
    settings.seed = args.seed.unwrap_or(settings.seed);
    settings.edge_limits |= args.edge_limits;
    settings.limits = match args.limits {
        Some(cli::Limits::Off) => Limits::Off,
        Some(cli::Limits::Warn) => Limits::Warn,
        Some(cli::Limits::Enforce) => Limits::Enforce,
        None => settings.limits,
    };
    let mut venue = Venue::new(settings, start.unwrap_or(house.now));
    let replayed = match &recording {
        Some(recording) => Some(replay(recording, &mut venue)?),
        None => None,
    };
    let staged = script.stage(&mut venue).map_err(|errors| Usage(errors.to_string()))?;
    // What is in force at the start is there before anybody comes.
    venue.advance(venue.now());
    let start = venue.now();
    let exposed = !args.bind.is_loopback();
    Ok((venue, Standing { staged, replayed, start, speed, exposed }))
}

/// A file's name and text.
fn read(path: &Path) -> Result<(String, String)> {
    let name = path.display().to_string();
    let size = std::fs::metadata(path).with_context(|| format!("reading {name}"))?.len();
    if size > FILE_BYTES_MAX {
        return Err(Usage(format!("{name} is {size} bytes long: 16 MiB are the most")).into());
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {name}"))?;
    Ok((name, text))
}

/// The wall's own clock where nothing asks for another: then clients that look at theirs agree.
fn clock(house: &House, standing: &Standing) -> Clock {
    if standing.start == house.now && standing.speed == REAL_TIME {
        Clock::wall()
    } else {
        Clock::starting(standing.start, standing.speed)
    }
}

/// Waits for Ctrl-C, or for the signal by which a supervisor stops a program. From the call on, neither
/// ends the program by itself.
fn stop_signal() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt()).context("listening for Ctrl-C")?;
    let mut terminated = signal(SignalKind::terminate()).context("listening for a stop")?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

fn opening(house: &House, desk: &Desk, open: &Open, standing: &Standing) -> String {
    let urls = Service::ALL.map(|service| (service, open.url(service)));
    if house.json {
        let value = desk.look(|venue| render::emulator::json(venue, &urls, standing));
        return format!("{value}\n");
    }
    desk.look(|venue| render::emulator::text(venue, &urls, standing))
}

fn closing(house: &House, desk: &Desk) -> Said {
    desk.log(Topic::Control, 0, &json!({ "stopped": true }));
    let requests = desk.with_log(|log| log.count(Topic::Request));
    let (orders, trades, audit) =
        desk.look(|venue| (venue.orders().len(), venue.trades().len(), venue.ledger().audit()));
    let balance = match &audit {
        Ok(totals) => format!("the ledger balances ({} balances)", totals.balances),
        Err(imbalance) => format!("THE LEDGER IS OFF: {imbalance}"),
    };
    let text = if house.json {
        let value = json!({ "requests": requests, "orders": orders, "trades": trades,
            "ledger": balance, "balances": audit.is_ok() });
        format!("{value}\n")
    } else {
        format!("\nstopped: {requests} requests, {orders} orders, {trades} trades; {balance}\n")
    };
    let mut said = Said::done(text);
    if audit.is_err() {
        said.exit = app::Exit::Fault;
    }
    said
}
