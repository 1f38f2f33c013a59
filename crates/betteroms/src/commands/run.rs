//! `run`: finishes a killed pass, then makes one of its own.

use super::run_real::Trades;
use super::{Plans, brake, lock_to_write, paper_account, read_kept, read_plans, run_real};
use crate::app::{Exit, House, Said, Usage};
use crate::cli::Run;
use crate::pass::{self, Done, Given, Paper, Rules};
use crate::recording::Recording;
use crate::render;
use anyhow::Result;
use betteroms_core::decide::PlanResult;
use betteroms_core::event::AccountId;
use betteroms_core::report::Report;
use betteroms_core::time::Time;
use betteroms_polymarket::{Hosts, LiveBooks, Options};
use betteroms_store::Store;
use serde_json::json;
use std::path::Path;

/// Runs one pass and tells it.
pub(crate) async fn run(house: &House, args: &Run) -> Result<Said> {
    let mut plans = read_plans(house, &args.plans);
    let lock = lock_to_write(house)?;
    let mut store = Store::open(&house.db).await?;
    let kept = read_kept(house, &store, &mut plans).await?;
    let is_real = match run_real::trades(house, &store, args, &plans).await? {
        Trades::Real => true,
        Trades::Paper => false,
        Trades::Lapsed(why) => return Ok(lapsed(house, &why)),
    };
    let waiting = run_real::set_aside(&mut plans, is_real);
    brake::take_in(house, &mut store).await?;
    let told = if is_real {
        run_real::real_pass(house, &mut store, args, &plans).await?
    } else {
        one_pass(house, &mut store, args, &plans).await?
    };
    // A kept plan is forgotten once it was taken in; one that was refused stays until `plan stop`.
    for run_id in kept.iter().filter(|run_id| told.has_taken_in(run_id)) {
        store.remove_pending(run_id).await?;
    }
    store.abandon().await;
    drop(lock);
    Ok(said(house, args, &told.noting(waiting), plans.problems))
}

/// Nobody sits beside a run under an arming: that it ended is for a person to see.
fn lapsed(house: &House, why: &str) -> Said {
    let value = json!({ "version": betteroms_core::report::VERSION, "recovered": null, "isNew": false,
        "report": null, "why": "ARMING_ENDED", "note": why });
    let said = Said::either(house, &value, format!("{why}\n"));
    Said { exit: Exit::NeedsPerson, ..said }
}

/// One pass on live books or on a recording, as the arguments say.
pub(crate) async fn one_pass(
    house: &House,
    store: &mut Store,
    args: &Run,
    plans: &Plans,
) -> Result<Told> {
    let rules = rules(house);
    let given = Given { plans: &plans.good, named: !args.plans.is_empty(), take_out: None };
    if let Some(dir) = &args.books {
        return replay(store, open_recording(dir)?, args, (given, &rules)).await;
    }
    let account = paper_account(store).await?;
    let recovered = pass::finish_killed(store, &mut Paper, &account).await?;
    let mut books = LiveBooks::connect(options(house))?;
    let done =
        pass::run(store, (&mut books, &mut Paper), (&account, house.now), given, &rules).await?;
    Ok(Told { recovered, done: Some(done), note: None })
}

/// The rules that the configuration sets.
pub(crate) fn rules(house: &House) -> Rules {
    Rules {
        limits: house.config.limits(),
        paper: house.config.paper_model(),
        starting_cash: house.config.starting_cash(),
    }
}

/// Where the venue is, and how fast it may be asked.
pub(crate) fn options(house: &House) -> Options {
    let venue = &house.config.venue;
    let usual = Hosts::default();
    let pick = |own: &Option<String>, usual: String| {
        own.as_ref().map_or(usual, |url| url.trim_end_matches('/').to_owned())
    };
    let hosts = Hosts {
        clob: pick(&venue.clob_url, usual.clob),
        gamma: pick(&venue.gamma_url, usual.gamma),
        data: pick(&venue.data_url, usual.data),
    };
    Options { hosts, tier: house.config.real.rate_tier(), ..Options::default() }
}

/// What a call to `run` has to tell.
pub(crate) struct Told {
    /// The report of a killed pass that this call finished.
    pub(crate) recovered: Option<Report>,
    /// The pass of this call; `None` where the recording had ended.
    pub(crate) done: Option<Done>,
    pub(crate) note: Option<String>,
}

/// One pass on a recording, at the time that the arguments choose.
pub(crate) async fn replay(
    store: &mut Store,
    mut recording: Recording,
    args: &Run,
    (given, rules): (Given<'_>, &Rules),
) -> Result<Told> {
    let account = replay_account(&recording);
    let recovered = pass::finish_killed(store, &mut Paper, &account).await?;
    let last = store.load(&account).await?.account.last_now;
    let (start, end) = (recording.start(), recording.end());
    let is_past = args.step.is_some() && last.is_some_and(|last| last >= end);
    if is_past && given.plans.is_empty() {
        let note = format!("The recording ends at {end}: there is nothing further to step to.");
        return Ok(Told { recovered, done: None, note: Some(note) });
    }
    let now = replay_now((start, end), last, args)?;
    let note = match (args.step, last) {
        (Some(_), Some(_)) if is_past => {
            Some(format!("The recording ends at {end}: this pass stands still there."))
        }
        (Some(_), None) => Some(format!(
            "This is the account's first pass: it was made at the recording's start, {start}."
        )),
        (Some(_), Some(_)) if now >= end => Some(format!("This is the recording's end, {end}.")),
        (Some(_) | None, _) => None,
    };
    let done =
        pass::run(store, (&mut recording, &mut Paper), (&account, now), given, rules).await?;
    Ok(Told { recovered, done: Some(done), note })
}

/// Opens the recording that was named; one that cannot be trusted is a mistake in what was typed.
pub(crate) fn open_recording(dir: &Path) -> Result<Recording, Usage> {
    Recording::open(dir).map_err(|error| Usage(super::data::chain(&error)))
}

/// The account of a recording, named by the digest of its manifest.
pub(crate) fn replay_account(recording: &Recording) -> AccountId {
    AccountId::new(format!("replay:{}", recording.digest().as_str()))
}

/// The time a replay trades at. A step never leads past the recording's end.
fn replay_now((start, end): (Time, Time), last: Option<Time>, args: &Run) -> Result<Time, Usage> {
    let now = match (args.now, args.step, last) {
        (Some(now), _, _) => now,
        (None, Some(secs), Some(last)) => last.plus_secs(secs).min(end).max(last),
        (None, _, None) => start,
        (None, None, Some(last)) => last,
    };
    if let Some(last) = last.filter(|last| now < *last) {
        return Err(Usage(format!(
            "--now {now} lies before this account's last pass at {last}: time only goes forward. \
             Give a later --now, or another --db to begin anew"
        )));
    }
    Ok(now)
}

impl Told {
    /// The same with one more sentence at its end.
    pub(crate) fn noting(mut self, more: Option<String>) -> Self {
        let sentences: Vec<String> = self.note.take().into_iter().chain(more).collect();
        self.note = (!sentences.is_empty()).then(|| sentences.join("\n"));
        self
    }

    /// True when the pass of this call took the plan in, or knew it already.
    fn has_taken_in(&self, run_id: &str) -> bool {
        let outcomes = self.done.iter().flat_map(|done| &done.report.plans);
        let mut own = outcomes.filter(|outcome| outcome.run_id.as_str() == run_id).peekable();
        own.peek().is_some()
            && own.all(|outcome| match outcome.result {
                PlanResult::Admitted | PlanResult::AlreadyDone | PlanResult::StillLive { .. } => {
                    true
                }
                PlanResult::Missing { .. }
                | PlanResult::Changed { .. }
                | PlanResult::Clash { .. } => false,
            })
    }
}

pub(crate) fn said(house: &House, args: &Run, told: &Told, problems: String) -> Said {
    let mut exit = if problems.is_empty() { Exit::Done } else { Exit::BadPlan };
    let reports = told.recovered.iter().chain(told.done.iter().map(|done| &done.report));
    for report in reports.clone() {
        exit = exit.max(exit_of(report, args.strict));
    }
    let out = if house.json {
        let done = told.done.as_ref();
        let text = json!({
            "version": betteroms_core::report::VERSION,
            "recovered": told.recovered,
            "isNew": done.is_some_and(|done| done.is_new),
            "report": done.map(|done| &done.report),
            "note": told.note,
        });
        format!("{text:#}\n")
    } else {
        text(told)
    };
    Said { out, err: problems, exit }
}

fn text(told: &Told) -> String {
    let mut out = String::new();
    if let Some(report) = &told.recovered {
        out.push_str("A pass that was cut off has been finished:\n");
        out.push_str(&render::report::text(report));
        out.push('\n');
    }
    match &told.done {
        Some(Done { report, is_new: true }) => out.push_str(&render::report::text(report)),
        Some(Done { report, is_new: false }) => {
            let plans = &report.plans;
            let word = if plans.is_empty() { "nothing to do" } else { "already done" };
            out.push_str(&format!("{word}: nothing new at this time; the last report stands\n"));
            out.push_str(&render::report::text(report));
        }
        None => {}
    }
    if let Some(note) = &told.note {
        out.push_str(note);
        out.push('\n');
    }
    out
}

fn exit_of(report: &Report, strict: bool) -> Exit {
    let refused = report.plans.iter().any(|outcome| {
        matches!(outcome.result, PlanResult::Changed { .. } | PlanResult::Clash { .. })
    });
    if !report.attention.is_empty() {
        Exit::NeedsPerson
    } else if refused {
        Exit::BadPlan
    } else if strict && report.counts.denied > 0 {
        Exit::Denied
    } else {
        Exit::Done
    }
}
