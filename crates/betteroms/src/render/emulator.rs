//! Where an emulated venue is and who is on it: one screen, or one JSON object.

use super::plain;
use crate::commands::emulator::Standing;
use betteroms_core::market::Outcome;
use betteroms_emulator::names::Credentials;
use betteroms_emulator::script::StagedAccount;
use betteroms_emulator::serve::call::Service;
use betteroms_emulator::venue::Venue;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Markets and accounts beyond these are counted.
const MARKETS_MOST: usize = 4;
const ACCOUNTS_MOST: usize = 4;

type Urls = [(Service, String); 4];

fn socket(url: &str, channel: &str) -> String {
    format!("{}/ws/{channel}", url.replacen("http://", "ws://", 1))
}

/// `1`, `0.5`: a speed in millionths as a decimal.
fn speed(millionths: u64) -> String {
    let micros = i64::try_from(millionths).unwrap_or(i64::MAX);
    betteroms_core::money::Decimal::from_micros(micros).to_string()
}

/// What a script needs to know, in one object.
pub(crate) fn json(venue: &Venue, urls: &Urls, standing: &Standing) -> Value {
    let url: serde_json::Map<String, Value> =
        urls.iter().map(|(service, url)| (service.word().to_owned(), json!(url))).collect();
    let [(_, clob), ..] = urls;
    let sockets = json!({ "market": socket(clob, "market"), "user": socket(clob, "user") });
    let markets: Vec<Value> = venue
        .floors()
        .iter()
        .map(|(_, floor)| {
            let market = &floor.listing.market;
            json!({ "slug": market.slug, "condition": market.condition, "tokens": market.tokens,
                "outcomes": market.outcomes, "tick": market.tick, "negRisk": market.neg_risk })
        })
        .collect();
    let accounts: Vec<Value> =
        standing.staged.accounts.iter().map(|account| json_account(venue, account)).collect();
    let renamed = standing.replayed.as_ref().map(|replayed| &replayed.renamed);
    json!({
        "version": 1, "urls": url, "sockets": sockets, "start": standing.start,
        "speed": speed(standing.speed), "seed": venue.settings.seed, "markets": markets,
        "accounts": accounts, "renamed": renamed,
    })
}

fn json_credentials(credentials: &Credentials) -> Value {
    json!({ "apiKey": credentials.key.to_string(), "secret": credentials.secret,
        "passphrase": credentials.passphrase })
}

fn json_account(venue: &Venue, account: &StagedAccount) -> Value {
    let sessions: Vec<Value> = account
        .sessions
        .iter()
        .map(|session| {
            json!({ "name": session.name, "signer": session.signer,
                "privateKey": session.private_key,
                "credentials": json_credentials(&session.credentials) })
        })
        .collect();
    let shares: Vec<Value> = account
        .shares
        .iter()
        .map(|(slug, outcome, size)| {
            json!({ "market": slug, "outcome": label(venue, slug, *outcome), "size": size })
        })
        .collect();
    json!({
        "name": account.name, "wallet": account.kind, "signatureType": account.signature_type,
        "address": account.owner, "privateKey": account.private_key, "funder": account.wallet,
        "credentials": account.credentials.as_ref().map(json_credentials), "cash": account.cash,
        "shares": shares, "sessions": sessions,
    })
}

fn label(venue: &Venue, slug: &str, outcome: Outcome) -> String {
    let market = venue.floors().by_slug(slug).map(|ix| &venue.floors().get(ix).listing.market);
    market.map_or_else(String::new, |market| market.label(outcome).to_owned())
}

/// The same for a person, in one screen.
pub(crate) fn text(venue: &Venue, urls: &Urls, standing: &Standing) -> String {
    let mut out = String::from("This is not Polymarket. Keys below guard nothing.\n");
    if standing.exposed {
        out.push_str("WARNING: others can reach it, and trade with these keys.\n");
    }
    out.push('\n');
    for (service, url) in urls {
        push(&mut out, format_args!("  {:<8} {url}\n", service.word()));
    }
    let [(_, clob), ..] = urls;
    let (market, user) = (socket(clob, "market"), socket(clob, "user"));
    push(&mut out, format_args!("  sockets  {market}  {user}\n"));
    push(&mut out, format_args!("  control  {clob}/emulator\n"));
    push(&mut out, format_args!("  clock    {}, speed {}", standing.start, speed(standing.speed)));
    out.push_str(if standing.speed == 0 { ": it stands still\n" } else { "\n" });
    markets(&mut out, venue);
    if let Some(replayed) = &standing.replayed {
        let name = plain(&replayed.name);
        push(&mut out, format_args!("  the books of {name}, until {}\n", replayed.end));
        if !replayed.renamed.is_empty() {
            let count = replayed.renamed.len();
            push(
                &mut out,
                format_args!(
                    "  {count} of them have made-up condition or token ids: the recording lacks the venue's\n"
                ),
            );
        }
    }
    accounts(&mut out, &standing.staged.accounts);
    out.push_str("\nCtrl-C stops it.\n");
    out
}

fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes everything");
}

fn markets(out: &mut String, venue: &Venue) {
    push(out, format_args!("\nMarkets ({})\n", venue.floors().len()));
    for (_, floor) in venue.floors().iter().take(MARKETS_MOST) {
        let market = &floor.listing.market;
        let neg_risk = if market.neg_risk { ", neg-risk" } else { "" };
        push(out, format_args!("  {}  tick {}{neg_risk}\n", plain(&market.slug), market.tick));
        push(out, format_args!("    id    {}\n", plain(market.condition.as_str())));
        for outcome in [Outcome::First, Outcome::Second] {
            let label = plain(market.label(outcome));
            push(out, format_args!("    {label:<5} {}\n", market.token(outcome)));
        }
    }
    let more = venue.floors().len().saturating_sub(MARKETS_MOST);
    if more > 0 {
        push(out, format_args!("  and {more} more: GET /markets\n"));
    }
}

fn accounts(out: &mut String, all: &[StagedAccount]) {
    push(out, format_args!("\nAccounts ({})\n", all.len()));
    for account in all.iter().take(ACCOUNTS_MOST) {
        let StagedAccount { name, kind, signature_type, cash, .. } = account;
        let name = plain(name);
        push(
            out,
            format_args!("  {name}: {kind} wallet, signature_type {signature_type}, ${cash}\n"),
        );
        push(out, format_args!("    key     {}\n", account.private_key));
        push(out, format_args!("    address {}  funder {}\n", account.owner, account.wallet));
        if let Some(Credentials { key, secret, passphrase }) = &account.credentials {
            push(out, format_args!("    api     {key} {secret}\n            {passphrase}\n"));
        }
    }
    let more = all.len().saturating_sub(ACCOUNTS_MOST);
    if more > 0 {
        push(out, format_args!("  and {more} more: --json tells all\n"));
    }
}
