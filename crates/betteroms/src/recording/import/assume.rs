//! `--assume FILE`: what the operator sets because the source lacks it. What the source did record
//! may not be changed.

use super::super::error::RecordingError;
use super::super::manifest::{Origin, Sourced};
use super::{SourceMarket, SourceSet, assumed_result};
use betteroms_core::market::FeeSchedule;
use betteroms_core::money::{Fraction, Shares};
use betteroms_core::time::Time;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The file: `all` for every market, `markets.<slug or condition>` for one, which wins.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Assumptions {
    #[serde(default)]
    all: Values,
    #[serde(default)]
    markets: BTreeMap<String, Values>,
}

/// What may be assumed. Amounts are decimal text.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Values {
    min_size: Option<Shares>,
    fee_rate: Option<Fraction>,
    fee_exponent: Option<u32>,
    max_book_age_secs: Option<u32>,
    close: Option<Time>,
    payout_first: Option<Fraction>,
    resolved_at: Option<Time>,
    tokens: Option<[String; 2]>,
    outcomes: Option<[String; 2]>,
    neg_risk: Option<bool>,
    category: Option<String>,
    event: Option<String>,
}

impl Assumptions {
    /// Reads the file: JSON when its name ends in `.json`, else TOML.
    pub(super) fn read(path: &Path) -> Result<Self, RecordingError> {
        let text = std::fs::read_to_string(path).map_err(RecordingError::io("reading", path))?;
        let is_json = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
        let parsed = if is_json {
            serde_json::from_str(&text).map_err(|e| e.to_string())
        } else {
            toml::from_str(&text).map_err(|e| e.to_string())
        };
        parsed.map_err(|what| RecordingError::source(path.display().to_string(), what))
    }

    /// Applies the file to every market.
    pub(super) fn apply(&self, set: &mut SourceSet) -> Result<(), RecordingError> {
        for name in self.markets.keys() {
            if !set.markets.iter().any(|market| market.is_named(name)) {
                let sentence = format!("--assume names market {name}, which is not imported");
                return Err(RecordingError::Request(sentence));
            }
        }
        for market in &mut set.markets {
            self.all.apply(market)?;
            for (name, values) in &self.markets {
                if market.is_named(name) {
                    values.apply(market)?;
                }
            }
        }
        Ok(())
    }
}

impl Values {
    fn apply(&self, market: &mut SourceMarket) -> Result<(), RecordingError> {
        self.apply_result(market)?;
        let entry = &mut market.entry;
        if let Some(size) = self.min_size {
            entry.min_size = Sourced::assumed(size);
        }
        if self.fee_rate.is_some() || self.fee_exponent.is_some() {
            let known = entry.fee.as_ref().map_or(FeeSchedule::FREE, |fee| fee.value);
            let rate = self.fee_rate.unwrap_or(known.rate);
            let exponent = self.fee_exponent.or(known.exponent);
            entry.fee = Some(Sourced::assumed(FeeSchedule { rate, exponent }));
        }
        if let Some(secs) = self.max_book_age_secs {
            entry.max_book_age_secs = Some(Sourced::assumed(secs));
        }
        if let Some(close) = self.close {
            entry.close = Some(Sourced::assumed(close));
        }
        if let Some(tokens) = &self.tokens {
            entry.tokens = Sourced::assumed(tokens.clone());
        }
        if let Some(labels) = &self.outcomes {
            entry.outcomes = Sourced::assumed(labels.clone());
        }
        entry.neg_risk = self.neg_risk.unwrap_or(entry.neg_risk);
        for (value, known, what) in [
            (&self.category, &mut entry.category, "category"),
            (&self.event, &mut entry.event, "event"),
        ] {
            match (value, known.as_ref()) {
                (Some(_), Some(known)) => {
                    let sentence = format!("the source says {what} {known} for {}", entry.slug);
                    return Err(refused(&sentence));
                }
                (Some(value), None) => *known = Some(value.clone()),
                (None, _) => {}
            }
        }
        Ok(())
    }

    fn apply_result(&self, market: &mut SourceMarket) -> Result<(), RecordingError> {
        let slug = &market.entry.slug;
        let known = market.entry.resolution.as_ref().map(|r| r.value);
        let recorded = market.payout_at_end.or(known.map(|r| r.payout_first));
        if let (Some(_), Some(recorded)) = (self.payout_first, recorded) {
            return Err(refused(&format!("the source says that {slug} paid {recorded}")));
        }
        let payout = self.payout_first.or(recorded);
        let close = market.entry.close.as_ref().map(|c| c.value);
        let at = self.resolved_at.or(known.map(|r| r.at)).or(self.close).or(close);
        match (payout, at) {
            (Some(payout), Some(at))
                if self.resolved_at.is_some() || market.payout_at_end.is_none() =>
            {
                market.entry.resolution = assumed_result(at, payout);
                market.payout_at_end = None;
            }
            (None, _) if self.resolved_at.is_some() => {
                let sentence = format!("resolvedAt for {slug} needs payoutFirst");
                return Err(refused(&sentence));
            }
            _ => {}
        }
        debug_assert!(market.entry.resolution.as_ref().is_none_or(|r| r.source == Origin::Assumed));
        Ok(())
    }
}

fn refused(sentence: &str) -> RecordingError {
    RecordingError::Request(format!("--assume cannot be followed: {sentence}"))
}
