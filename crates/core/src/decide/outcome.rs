//! What a pass tells of the plan files it was given.

use crate::plan::{Digest, Plan, RunId};
use serde::{Deserialize, Serialize};

/// What a pass did with a plan file it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum PlanResult {
    /// Taken in by this pass.
    Admitted,
    /// Taken in by an earlier pass; all its trades have ended.
    AlreadyDone,
    /// Taken in by an earlier pass; some trades still wait or rest.
    StillLive {
        /// Trades that wait.
        waiting: u32,
        /// Orders at the venue.
        working: u32,
    },
    /// The same runId with another content.
    Changed {
        /// The first difference.
        difference: String,
    },
    /// Live, but not among the files that this pass was given: what waits or rests goes on.
    Missing {
        /// Trades that wait.
        waiting: u32,
        /// Orders at the venue.
        working: u32,
    },
    /// Two files of this pass share the runId with different contents: neither was taken in.
    Clash {
        /// The other file.
        other: String,
    },
}

impl PlanResult {
    /// The word of its JSON form.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::AlreadyDone => "already_done",
            Self::StillLive { .. } => "still_live",
            Self::Changed { .. } => "changed",
            Self::Missing { .. } => "missing",
            Self::Clash { .. } => "clash",
        }
    }
}

/// A plan file and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanOutcome {
    /// The plan's name.
    pub run_id: RunId,
    /// The file.
    pub file: String,
    /// The digest of what it says, by which a runId is known again; none of a plan that was missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// The digest of the very bytes that were read; none of a plan that was missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// What became of it.
    pub result: PlanResult,
    /// What was accepted but is worth telling.
    pub remarks: Vec<String>,
}

impl PlanOutcome {
    /// What became of a plan that was read.
    pub fn of(plan: &Plan, result: PlanResult) -> Self {
        Self {
            run_id: plan.run_id.clone(),
            file: plan.file.clone(),
            digest: Some(plan.digest.clone()),
            sha256: Some(plan.sha256.clone()),
            result,
            remarks: plan.remarks.clone(),
        }
    }

    /// What lives of a plan that this pass was not given.
    pub const fn missing(run_id: RunId, file: String, (waiting, working): (u32, u32)) -> Self {
        let result = PlanResult::Missing { waiting, working };
        Self { run_id, file, digest: None, sha256: None, result, remarks: Vec::new() }
    }
}
