//! `check PLAN...`: reads plans and tells everything that is wrong with them. Touches nothing else.

use crate::app::{Exit, House, Said};
use crate::plan_file::{self, PlanBytes, PlanFileError};
use crate::render;
use betteroms_core::plan::{Defaults, Plan, Problems, parse};
use serde_json::{Value, json};
use std::error::Error as _;
use std::path::{Path, PathBuf};

/// Checks every plan, good ones too when another is bad: done when all are good.
pub(crate) fn run(house: &House, plans: &[PathBuf], config: &Defaults) -> Said {
    let (mut exit, mut out, mut values) = (Exit::Done, String::new(), Vec::new());
    for path in plans {
        let name = plan_file::shown(path);
        match look(path, config) {
            Ok((plan, _)) => {
                out.push_str(&good(&name, &plan));
                values.push(json!({ "file": name, "ok": true, "runId": plan.run_id,
                    "trades": plan.trades.len(), "digest": plan.digest, "remarks": plan.remarks }));
            }
            Err(bad) => {
                exit = Exit::BadPlan;
                out.push_str(&bad.text(house.colour));
                values.push(bad.json(&name));
            }
        }
    }
    Said { exit, ..Said::either(house, &json!({ "version": 1, "plans": values }), out) }
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
    look(path, config).map_err(|bad| bad.text(colour))
}

/// Why a path holds no plan.
enum Bad {
    Path(PlanFileError),
    Plan(Problems, Vec<u8>),
}

impl Bad {
    fn text(&self, colour: bool) -> String {
        match self {
            Self::Path(error) => unreadable(error),
            Self::Plan(problems, bytes) => render::problems::render(problems, bytes, colour),
        }
    }

    fn json(&self, name: &str) -> Value {
        match self {
            Self::Path(error) => {
                json!({ "file": name, "ok": false, "unreadable": unreadable(error).trim_end() })
            }
            Self::Plan(problems, _) => json!({ "file": name, "ok": false,
                "problems": problems.list, "more": problems.more }),
        }
    }
}

fn look(path: &Path, config: &Defaults) -> Result<(Plan, Vec<u8>), Bad> {
    let name = plan_file::shown(path);
    match plan_file::read(path) {
        Err(error) => Err(Bad::Path(error)),
        Ok(PlanBytes::TooMany(bytes)) => {
            Err(Bad::Plan(Problems::too_large(&name, bytes), Vec::new()))
        }
        Ok(PlanBytes::Read(bytes)) => match parse(&name, &bytes, config) {
            Ok(plan) => Ok((plan, bytes)),
            Err(problems) => Err(Bad::Plan(problems, bytes)),
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
