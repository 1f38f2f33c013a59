//! A report as text: two lines for a phone, then what was asked, done, refused and why, what waits
//! for what, money, exposure, positions, PnL as a range, and what rests until when.

use super::attention::attention_words;
use super::money::{shares, usd, usd_ceil, usd_exact};
use super::plain;
use super::reasons::{cap_place, denial, end_words, plan, wait};
use super::table::table;
use betteroms_core::decide::PlanResult;
use betteroms_core::order::Status;
use betteroms_core::reason::{EndReason, Wait};
use betteroms_core::report::{MarkSource, OrderLine, Report};
use betteroms_core::time::Time;
use std::fmt::Write as _;

/// The whole report as text.
pub fn text(report: &Report) -> String {
    let mut out = head(report);
    let mut sections = vec![plans(report), attention(report), done(report), refused(report)];
    sections.extend([waiting(report), resting(report), fills(report)]);
    sections.extend([positions(report), money(report), exposure(report), assumed(report)]);
    for section in sections.into_iter().filter(|section| !section.is_empty()) {
        out.push('\n');
        out.push_str(&section);
    }
    out
}

/// The first two lines.
pub fn head(report: &Report) -> String {
    let needs = report.attention.len() + refused_plans(report);
    let unread = report.unread.len();
    let verdict = if needs == 0 && unread > 0 {
        let noun = if unread == 1 { "market" } else { "markets" };
        format!("LOOK · {unread} {noun} could not be read")
    } else if needs == 0 {
        "OK · nothing needs you".to_owned()
    } else {
        format!("LOOK · {needs} {} you", if needs == 1 { "thing needs" } else { "things need" })
    };
    let mode = match (report.account.is_real(), report.account.is_replay()) {
        (true, _) => "REAL",
        (false, true) => "PAPER (replay)",
        (false, false) => "PAPER",
    };
    format!("{mode} · {} · {verdict}\n{}\n", clock(report.now), summary(report))
}

fn refused_plans(report: &Report) -> usize {
    let refused = |result: &PlanResult| {
        matches!(result, PlanResult::Changed { .. } | PlanResult::Clash { .. })
    };
    report.plans.iter().filter(|outcome| refused(&outcome.result)).count()
}

fn summary(report: &Report) -> String {
    let (counts, totals, cash) = (&report.counts, &report.totals, &report.cash);
    let parts: Vec<String> = [
        (counts.filled, "filled"),
        (counts.part, "part"),
        (counts.resting, "resting"),
        (counts.waiting, "waiting"),
        (counts.denied, "denied"),
        (counts.rejected, "rejected"),
        (counts.cancelled, "cancelled"),
        (counts.expired, "expired"),
        (counts.unsettled, "unsettled"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    let asked = if parts.is_empty() {
        "nothing asked".to_owned()
    } else {
        format!("asked {}: {}", counts.asked, parts.join(", "))
    };
    let mut line = format!("{asked} · spent {}", usd_ceil(totals.spent));
    if totals.received.is_positive() {
        let _ = write!(line, " · received {}", usd(totals.received));
    }
    if totals.paid_out.is_positive() {
        let _ = write!(line, " · paid out {}", usd(totals.paid_out));
    }
    let _ = write!(
        line,
        " + fee {} · today {} · cash {} free of {}",
        usd_ceil(totals.fees),
        usd(report.pnl.today),
        usd(cash.free),
        usd(cash.total)
    );
    line
}

/// Hours and minutes in UTC; the report's full time stands in its JSON.
fn clock(now: Time) -> String {
    let text = now.to_string();
    text.get(11..16).map_or_else(|| text.clone(), |time| format!("{time}Z"))
}

fn section(title: &str, body: &str) -> String {
    let mut out = format!("{title}\n");
    for line in body.lines() {
        let _ = writeln!(out, "  {line}");
    }
    out
}

fn plans(report: &Report) -> String {
    if report.plans.is_empty() {
        return String::new();
    }
    let mut body = String::new();
    for outcome in &report.plans {
        let _ = writeln!(body, "{}", plain(&plan(outcome)));
        for remark in &outcome.remarks {
            let _ = writeln!(body, "  note: {}", plain(remark));
        }
    }
    section("Plans", &body)
}

fn attention(report: &Report) -> String {
    let unread = report.unread.iter().map(|(name, cause)| {
        format!("{name} could not be read; its trades wait and its last marks stand: {cause}")
    });
    let body: Vec<String> = report.attention.iter().map(attention_words).chain(unread).collect();
    if body.is_empty() { String::new() } else { section("Needs you", &clean_lines(&body)) }
}

fn clean_lines(lines: &[String]) -> String {
    lines.iter().map(|line| plain(line)).collect::<Vec<_>>().join("\n")
}

fn name(line: &OrderLine) -> Vec<String> {
    vec![
        line.id.to_string(),
        format!("{} {}", line.side, line.outcome),
        line.market.clone(),
        line.price.to_string(),
    ]
}

fn done(report: &Report) -> String {
    let rows: Vec<Vec<String>> = report
        .orders
        .iter()
        .filter(|line| {
            line.filled.is_positive()
                || matches!(line.status, Status::Cancelled | Status::Expired | Status::Rejected)
        })
        .map(|line| {
            let mut row = name(line);
            row.push(match line.size {
                Some(size) => format!("{} of {}", shares(line.filled), shares(size)),
                None => shares(line.filled),
            });
            row.push(line.average.map_or_else(|| "-".to_owned(), |price| price.to_string()));
            row.push(usd_exact(line.fee));
            row.push(range(line));
            row.push(match line.end {
                Some(end) => format!(
                    "{} ({}{}) [{}]",
                    line.status.as_str().to_lowercase(),
                    end_words(end),
                    words_of(line),
                    end.code()
                ),
                None => line.status.as_str().to_lowercase(),
            });
            row
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let header =
        ["order", "side", "market", "limit", "filled", "average", "fee", "range", "status"];
    section("Done", &table(&header, rows, &[3, 4, 5, 6]))
}

/// What the venue said when it refused.
fn words_of(line: &OrderLine) -> String {
    let note = line.note.as_ref().filter(|_| line.end == Some(EndReason::VenueRefused));
    note.map(|note| format!(": {note}")).unwrap_or_default()
}

/// Least to most shares that the evidence supports, where they differ.
fn range(line: &OrderLine) -> String {
    let (least, most) = line.filled_range;
    if least == most { "-".to_owned() } else { format!("{} to {}", shares(least), shares(most)) }
}

fn refused(report: &Report) -> String {
    let (lines, is_real) = (report.orders.iter(), report.account.is_real());
    let body: Vec<String> =
        lines.filter_map(|line| Some(denial(line, line.denial.as_ref()?, is_real))).collect();
    if body.is_empty() { String::new() } else { section("Refused", &clean_lines(&body)) }
}

fn waiting(report: &Report) -> String {
    let rows: Vec<Vec<String>> = report
        .orders
        .iter()
        .filter_map(|line| {
            let held = line.wait.as_ref()?;
            let mut row = name(line);
            // The cause of an outage is told once, above.
            let is_unread = matches!(held, Wait::MarketUnavailable { .. });
            row.push(if is_unread {
                format!("the market could not be read [{}]", held.code())
            } else {
                wait(held)
            });
            row.push(until(line.wait_until));
            Some(row)
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let header = ["order", "side", "market", "limit", "waits because", "until"];
    section("Waiting", &table(&header, rows, &[3]))
}

fn until(at: Option<Time>) -> String {
    at.map_or_else(|| "cancelled".to_owned(), |at| at.to_string())
}

fn resting(report: &Report) -> String {
    let rows: Vec<Vec<String>> = report
        .orders
        .iter()
        .filter(|line| matches!(line.status, Status::Open | Status::Cancelling))
        .map(|line| {
            let mut row = name(line);
            let size = line.size.unwrap_or_default();
            row.push(shares((size - line.filled).or_zero()));
            row.push(line.ahead.map_or_else(|| "-".to_owned(), shares));
            row.push(until(line.due));
            row
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let header = ["order", "side", "market", "limit", "remaining", "ahead", "until"];
    section("Resting", &table(&header, rows, &[3, 4, 5]))
}

fn fills(report: &Report) -> String {
    let rows: Vec<Vec<String>> = report
        .fills
        .iter()
        .map(|fill| {
            vec![
                fill.order.to_string(),
                fill.side.to_string(),
                fill.role.as_str().to_lowercase(),
                fill.price.to_string(),
                shares(fill.shares),
                usd_exact(fill.cash),
                usd_exact(fill.fee),
                fill.slippage.map_or_else(|| "no mid".to_owned(), usd_exact),
                fill.at.to_string(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let header = ["order", "side", "role", "price", "shares", "cash", "fee", "against mid", "at"];
    section("Fills", &table(&header, rows, &[3, 4, 5, 6, 7]))
}

/// The positions of a report as a table; empty where there are none.
pub fn positions(report: &Report) -> String {
    let rows: Vec<Vec<String>> = report
        .positions
        .iter()
        .map(|line| {
            let mark = match (line.mark, line.mark_source) {
                (Some(mark), MarkSource::Bid) => format!("{mark} bid"),
                (Some(mark), MarkSource::Last) => format!("{mark} last"),
                (Some(mark), MarkSource::LastBid) => format!("{mark} last bid"),
                (Some(mark), MarkSource::Payout) if report.account.is_real() => {
                    format!("{mark} to redeem")
                }
                (Some(mark), MarkSource::Payout) => format!("{mark} paid"),
                (Some(_), MarkSource::Unmarked) | (None, _) => "unmarked, at $0".to_owned(),
            };
            let note = match (line.no_result_recorded, line.awaits_result) {
                (true, _) => "no result recorded",
                (false, true) => "closed, result not yet visible",
                (false, false) => "",
            };
            vec![
                line.market.clone(),
                line.outcome.clone(),
                shares(line.shares),
                line.average.map_or_else(|| "-".to_owned(), |price| price.to_string()),
                mark,
                usd(line.value),
                usd(line.unrealised),
                usd(line.realised),
                note.to_owned(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let header =
        ["market", "outcome", "shares", "average", "mark", "value", "unrealised", "realised", ""];
    section("Positions", &table(&header, rows, &[2, 3, 4, 5, 6, 7]))
}

fn money(report: &Report) -> String {
    let (pnl, cash, totals) = (&report.pnl, &report.cash, &report.totals);
    // What a real venue did is no estimate.
    let made = if report.account.is_real() {
        usd(pnl.expected)
    } else {
        let [lowest, expected, highest] = [pnl.lowest, pnl.expected, pnl.highest].map(usd);
        format!("{lowest} / {expected} / {highest} (lowest / expected / highest)")
    };
    let body = format!(
        "PnL {made}, {} of it open; today {}\n\
         cash {} of {} free, {} reserved; equity {}, funded with {}\n\
         fees {}, slippage against mid {}",
        usd(pnl.unrealised),
        usd(pnl.today),
        usd(cash.free),
        usd(cash.total),
        usd(cash.reserved),
        usd(cash.equity),
        usd(cash.funded),
        usd_exact(totals.fees),
        usd_exact(totals.slippage),
    );
    section("Money", &format!("{body}{}", books(report)))
}

/// Real: what the account's dollars came from and went to, and what the venue paid by itself.
fn books(report: &Report) -> String {
    let claims = report.books.iter();
    let claims: Vec<String> =
        claims.map(|(source, cash)| format!("{} {}", source.as_str(), usd_exact(*cash))).collect();
    let mut lines = String::new();
    if !claims.is_empty() {
        lines.push_str(&format!("\nbooks: {}", claims.join(", ")));
    }
    for paid in &report.payments {
        let (cash, kind) = (usd_exact(paid.cash), paid.kind.as_str());
        lines.push_str(&format!("\nthe venue paid {cash} at {}: {kind}", paid.at));
    }
    lines
}

fn exposure(report: &Report) -> String {
    let rows = report.caps.iter().map(|line| {
        let market = line.market.clone().unwrap_or_default();
        vec![
            cap_place(line.cap, report.account.is_real()),
            market,
            usd(line.used),
            format!("of {}", usd(line.limit)),
        ]
    });
    section("Against limits", &table(&["limit", "market", "used", ""], rows.collect(), &[2]))
}

fn assumed(report: &Report) -> String {
    let mut by_params: std::collections::BTreeMap<String, Vec<&str>> =
        std::collections::BTreeMap::new();
    for (slug, params) in &report.assumed {
        let words: Vec<String> = params.iter().map(|param| format!("{param:?}")).collect();
        by_params.entry(words.join(", ")).or_default().push(slug);
    }
    let body: Vec<String> = by_params
        .into_iter()
        .map(|(params, slugs)| format!("{params}: {}", slugs.join(", ")))
        .collect();
    if body.is_empty() {
        return String::new();
    }
    section("Assumed by the recording, not stated by its source", &clean_lines(&body))
}
