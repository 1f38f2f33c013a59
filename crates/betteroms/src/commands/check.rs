//! `check PLAN...`: reads plans and tells everything that is wrong with them. Touches nothing else.

use crate::plan_file::{self, PlanBytes, PlanFileError};
use crate::render;
use anyhow::Context as _;
use betteroms_core::plan::{Defaults, Plan, Problems, parse};
use std::error::Error as _;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Exit code of a bad plan or path.
const BAD_PLAN: u8 = 2;

/// Checks every plan, good ones too when another is bad: 0 when all are good, else 2.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn run(
    plans: &[PathBuf],
    config: &Defaults,
    colour: bool,
    out: &mut impl Write,
) -> anyhow::Result<u8> {
    let mut code = 0;
    for path in plans {
        let (text, good) = checked(path, config, colour);
        if !good {
            code = BAD_PLAN;
        }
        out.write_all(text.as_bytes()).context("cannot write the result of the check")?;
    }
    Ok(code)
}

fn checked(path: &Path, config: &Defaults, colour: bool) -> (String, bool) {
    match read(path, config, colour) {
        Ok((plan, _)) => (good(&plan_file::shown(path), &plan), true),
        Err(text) => (text, false),
    }
}

/// Reads one plan and its bytes.
///
/// # Errors
/// Everything that is wrong with it, as text.
pub(crate) fn read(
    path: &Path,
    config: &Defaults,
    colour: bool,
) -> Result<(Plan, Vec<u8>), String> {
    let name = plan_file::shown(path);
    match plan_file::read(path) {
        Err(error) => Err(unreadable(&error)),
        Ok(PlanBytes::TooMany(bytes)) => {
            let problems = Problems::too_large(&name, bytes);
            Err(render::problems::render(&problems, &[], colour))
        }
        Ok(PlanBytes::Read(bytes)) => match parse(&name, &bytes, config) {
            Ok(plan) => Ok((plan, bytes)),
            Err(problems) => Err(render::problems::render(&problems, &bytes, colour)),
        },
    }
}

fn unreadable(error: &PlanFileError) -> String {
    match error.source() {
        Some(cause) => format!("error: {error}: {cause} [PLAN_UNREADABLE]\n"),
        None => format!("error: {error} [PLAN_NOT_A_FILE]\n"),
    }
}

fn good(name: &str, plan: &Plan) -> String {
    let count = plan.trades.len();
    let noun = if count == 1 { "trade" } else { "trades" };
    let (run_id, digest) = (&plan.run_id, plan.digest.short());
    let mut text = format!("{name}: ok, runId {run_id}, {count} {noun}, digest {digest}\n");
    for remark in &plan.remarks {
        text.push_str(&format!("  remark: {remark}\n"));
    }
    text
}
