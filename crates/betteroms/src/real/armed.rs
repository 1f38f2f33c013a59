//! What allows real orders: the configuration, and either the flag with a preview of each plan, or an arming
//! with caps. Without an [`Armed`] the real venue cannot be made.

use crate::app::{House, Usage};
use anyhow::Result;
use betteroms_core::event::Arming;
use betteroms_core::limits::Limits;
use betteroms_core::order::Status;
use betteroms_core::plan::{Digest, Plan, RunId};
use betteroms_core::state::{Run, State};
use betteroms_core::time::Time;
use std::collections::BTreeMap;

/// The operator's permission for one pass.
#[derive(Clone, Debug)]
pub(crate) struct Armed {
    arming: Option<Arming>,
    preview_secs_max: i64,
    limits: Digest,
    may_send: bool,
}

/// What tells one set of limits from another: a preview or an arming made under others is void.
pub(crate) fn limits_digest(limits: &Limits) -> Result<Digest> {
    Ok(Digest::of(&serde_json::to_vec(limits)?))
}

impl Armed {
    /// The permission that configuration, flag and store give together.
    ///
    /// # Errors
    /// When the configuration does not allow real trading, or neither the flag nor an arming does.
    pub(crate) fn new(house: &House, flag: bool, state: &State) -> Result<Self> {
        if !house.config.real.enabled {
            return Err(Usage(format!(
                "real trading is off: write enabled = true under [real] in {}, once the limits there are \
                 what you mean",
                house.config_path.display()
            ))
            .into());
        }
        let limits = limits_digest(&house.config.real_limits())?;
        let arming = state.account.real.as_ref().and_then(|real| real.arming.clone());
        let arming = arming.filter(|one| one.limits == limits && house.now < one.until);
        if !flag && arming.is_none() {
            let text = "real orders need the flag --real, or an arming: `betteroms arm --help`";
            return Err(Usage(text.to_owned()).into());
        }
        let hours = i64::from(house.config.real.preview_max_age_hours);
        Ok(Self { arming, preview_secs_max: hours.saturating_mul(3_600), limits, may_send: true })
    }

    /// A permission to take orders out and to look, and to send nothing.
    pub(crate) fn for_cancels(house: &House) -> Result<Self> {
        let limits = limits_digest(&house.config.real_limits())?;
        Ok(Self { arming: None, preview_secs_max: 0, limits, may_send: false })
    }

    /// Whether orders may be sent at all.
    pub(crate) const fn may_send(&self) -> bool {
        self.may_send
    }

    /// The limits of the pass: those of the configuration, tightened by an arming.
    pub(crate) fn tighten(&self, limits: Limits) -> Limits {
        match &self.arming {
            None => limits,
            Some(arming) => Limits {
                per_trade: limits.per_trade.min(arming.order_max),
                per_day: limits.per_day.min(arming.day_max),
                ..limits
            },
        }
    }

    /// Plans with orders to place that nothing allows, and why. Under an arming there are none. `state` must
    /// hold the runs of what waits.
    pub(crate) fn unarmed(
        &self,
        state: &State,
        plans: &[Plan],
        now: Time,
    ) -> BTreeMap<RunId, String> {
        if self.arming.is_some() {
            return BTreeMap::new();
        }
        let given = plans.iter().map(|plan| (plan.run_id.clone(), &plan.digest));
        let waiting = state.with_status(Status::Waiting).filter_map(|order| {
            match state.runs.get(order.run_id.as_str())? {
                Run::Plan { digest, .. } => Some((order.run_id.clone(), digest)),
                Run::Pass { .. } => None,
            }
        });
        // What the store admitted counts where a file of the same name says something else.
        let all: BTreeMap<RunId, &Digest> = given.chain(waiting).collect();
        let refused = all.into_iter().filter_map(|(run_id, digest)| {
            self.missing(state, digest, now).map(|why| (run_id, why.to_owned()))
        });
        refused.collect()
    }

    fn missing(&self, state: &State, plan: &Digest, now: Time) -> Option<&'static str> {
        let previews = state.account.real.as_ref().map(|real| &real.previews);
        let Some(preview) = previews.and_then(|all| all.get(plan.as_str())) else {
            return Some("NO_PREVIEW");
        };
        if preview.limits != self.limits {
            return Some("LIMITS_CHANGED");
        }
        let is_old = preview.at.plus_secs(self.preview_secs_max) < now;
        is_old.then_some("PREVIEW_TOO_OLD")
    }
}
