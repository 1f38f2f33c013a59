//! `check PLAN...`: reads plans and tells everything that is wrong with them. Touches nothing else.

use crate::app::{Exit, House, Said};
use crate::plan_file::{self, PlanBytes, PlanFileError};
use crate::render;
use betteroms_core::plan::{Defaults, Plan, Problems, parse};
use serde_json::{Value, json};
use std::error::Error as _;
use std::path::{Path, PathBuf};

/// Checks every plan, good ones too when another is bad; folders are entered as `run` enters them.
pub(crate) fn run(house: &House, paths: &[PathBuf], config: &Defaults) -> Said {
    let mut exit = Exit::Done;
    let (mut out, mut values) = (String::new(), Vec::new());
    for path in paths {
        let files = match super::expand(path) {
            Ok(files) => files,
            Err(fault) => {
                exit = Exit::BadPlan;
                out.push_str(&format!("error: {}: {fault} [PLAN_UNREADABLE]\n", path.display()));
                values.push(json!({ "file": plan_file::shown(path), "ok": false }));
                continue;
            }
        };
        if files.is_empty() {
            exit = Exit::BadPlan;
            let name = plan_file::shown(path);
            let text = format!("error: {name} holds no plan (*.json, *.jsonc) [NO_PLAN]\n");
            values.push(json!({ "file": name, "ok": false, "unreadable": text.trim_end() }));
            out.push_str(&text);
        }
        for file in files {
            let (text, value, is_good) = checked(&file, config, house.colour);
            if !is_good {
                exit = Exit::BadPlan;
            }
            out.push_str(&text);
            values.push(value);
        }
    }
    Said { exit, ..Said::either(house, &json!({ "version": 1, "plans": values }), out) }
}

/// One plan as text and as JSON, and whether it is good.
fn checked(path: &Path, config: &Defaults, colour: bool) -> (String, Value, bool) {
    let name = plan_file::shown(path);
    match problems_of(path, config) {
        Ok((plan, _)) => {
            let value = json!({
                "file": name, "ok": true, "runId": plan.run_id, "trades": plan.trades.len(),
                "digest": plan.digest, "sha256": plan.sha256, "remarks": plan.remarks, "problems": [],
            });
            (good(&name, &plan), value, true)
        }
        Err(Bad::Unreadable(text)) => {
            let value = json!({ "file": name, "ok": false, "unreadable": text.trim_end() });
            (text, value, false)
        }
        Err(Bad::Wrong(problems, bytes)) => {
            let value = json!({
                "file": name, "ok": false, "problems": problems.list, "more": problems.more,
            });
            (render::problems::render(&problems, &bytes, colour), value, false)
        }
    }
}

/// Reads one plan and its bytes.
///
/// # Errors
/// Everything that is wrong with it, as text.
pub(crate) fn read(path: &Path, config: &Defaults) -> Result<(Plan, Vec<u8>), String> {
    problems_of(path, config).map_err(|bad| match bad {
        Bad::Unreadable(text) => text,
        Bad::Wrong(problems, bytes) => render::problems::render(&problems, &bytes, false),
    })
}

/// Why a file is no plan.
enum Bad {
    Unreadable(String),
    Wrong(Problems, Vec<u8>),
}

fn problems_of(path: &Path, config: &Defaults) -> Result<(Plan, Vec<u8>), Bad> {
    let name = plan_file::shown(path);
    match plan_file::read(path).map_err(|error| Bad::Unreadable(unreadable(&error)))? {
        PlanBytes::TooMany(bytes) => Err(Bad::Wrong(Problems::too_large(&name, bytes), Vec::new())),
        PlanBytes::Read(bytes) => match parse(&name, &bytes, config) {
            Ok(plan) => Ok((plan, bytes)),
            Err(problems) => Err(Bad::Wrong(problems, bytes)),
        },
    }
}

fn unreadable(error: &PlanFileError) -> String {
    let code = match error {
        PlanFileError::Unreadable { .. } => "PLAN_UNREADABLE",
        PlanFileError::NotAFile { .. } => "PLAN_NOT_A_FILE",
        PlanFileError::Changing { .. } => "PLAN_CHANGING",
    };
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("error: {error}{cause} [{code}]\n")
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
