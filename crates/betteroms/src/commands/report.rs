//! `report`: the last pass told again, or several passes folded into one.

use super::{open_to_read, shown_account};
use crate::app::{House, Said, Usage};
use crate::cli::span;
use crate::render;
use anyhow::Result;
use betteroms_core::report::{Report, fold};
use betteroms_core::time::Time;

/// Tells the last report, or all since a time as one.
pub(crate) async fn run(house: &House, since: Option<String>) -> Result<Said> {
    let store = open_to_read(house).await?;
    let account = shown_account(house, &store).await?;
    let last = store.load(&account).await?.account.last_now;
    let reports: Vec<Report> = match since {
        None => store.latest_report(&account).await?.into_iter().collect(),
        Some(since) => {
            // An age counts back from the last pass on a recording, from the clock otherwise.
            let until = if account.is_replay() { last.unwrap_or(house.now) } else { house.now };
            store.reports_since(&account, moment(&since, until)?).await?
        }
    };
    let Some(report) = fold(reports) else {
        return Ok(Said::done(format!("account {account}: no pass in that time\n")));
    };
    if house.json {
        return Ok(Said::done(format!("{}\n", serde_json::to_string_pretty(&report)?)));
    }
    let mut out = String::new();
    if report.passes > 1 {
        out.push_str(&format!("{} passes of {account}, until {}\n", report.passes, report.now));
    }
    out.push_str(&render::report::text(&report));
    Ok(Said::done(out))
}

fn moment(since: &str, until: Time) -> Result<Time> {
    if let Some(at) = Time::parse(since) {
        return Ok(at);
    }
    let secs = span(since).map_err(|_| {
        Usage(format!("{since:?} is neither an age such as 24h nor an RFC 3339 instant"))
    })?;
    Ok(until.plus_secs(-secs))
}
