//! `market find` and `market show`: looking around at the venue. Both only read.
//!
//! Whatever the venue calls its markets is made printable before it is shown.

use crate::app::{Exit, House, Said};
use crate::cli;
use betteroms_core::book::{Book, Level};
use betteroms_core::market::{Gate, Market, Outcome, Side};
use betteroms_core::plan::MarketRef;
use betteroms_core::time::Time;
use betteroms_core::world::MarketProblem;
use betteroms_polymarket::reads::{EventHit, Shown};
use betteroms_polymarket::{LiveBooks, VenueError, is_hostile, printable};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Longest line of the venue's own words.
const WORDS_MAX: usize = 300;

/// Runs one of the group.
pub(crate) async fn run(house: &House, command: cli::Market) -> anyhow::Result<Said> {
    let books = LiveBooks::connect(super::run::options(house))?;
    match command {
        cli::Market::Find { words } => {
            let hits = find(&books, &words.join(" ")).await?;
            Ok(Said::done(if house.json { find_json(&hits) } else { find_text(&hits) }))
        }
        cli::Market::Show { market, plan } => match show(&books, &market, house.now).await {
            Ok(shown) if plan => Ok(Said::done(super::market_plan::plan(&shown))),
            Ok(shown) if house.json => Ok(Said::done(show_json(&shown))),
            Ok(shown) => Ok(Said::done(show_text(&shown))),
            Err(problem) => {
                let exit = match problem {
                    MarketProblem::NotFound | MarketProblem::Several { .. } => Exit::BadPlan,
                    MarketProblem::Unavailable { .. } => Exit::Fault,
                };
                let text = problem_text(&market, &problem);
                let err = if house.json {
                    safe_json(&json!({ "error": text.trim_end(), "causes": [] }))
                } else {
                    text
                };
                Ok(Said { out: String::new(), err, exit })
            }
        },
    }
}

/// Searches open events.
///
/// # Errors
/// When the venue does not answer.
pub(crate) async fn find(books: &LiveBooks, text: &str) -> Result<Vec<EventHit>, VenueError> {
    books.search(text).await
}

/// Reads one market with its book as of `now`.
///
/// # Errors
/// When the reference does not lead to one market; [`problem_text`] says it in a sentence.
pub(crate) async fn show(
    books: &LiveBooks,
    reference: &str,
    now: Time,
) -> Result<Shown, MarketProblem> {
    books.show(&MarketRef::Market(reference.to_owned()), now).await
}

/// The found events for a person.
pub(crate) fn find_text(hits: &[EventHit]) -> String {
    if hits.is_empty() {
        return "Nothing open matches. Try other words, or fewer.\n".to_owned();
    }
    let mut text = String::new();
    for hit in hits {
        line(&mut text, format_args!("{}", words(&hit.title)));
        for market in &hit.markets {
            let price = |(label, price): &(String, Option<String>)| {
                format!("{} {}", words(label), words(price.as_deref().unwrap_or("?")))
            };
            let prices: Vec<String> = market.outcomes.iter().map(price).collect();
            line(&mut text, format_args!("  {}", words(&market.slug)));
            line(
                &mut text,
                format_args!("    {} [{}]", words(&market.question), prices.join(", ")),
            );
        }
    }
    text.push_str("Prices are last prices and may be old; `market show SLUG` reads the book.\n");
    text
}

/// The found events for a script.
pub(crate) fn find_json(hits: &[EventHit]) -> String {
    let outcome =
        |(label, price): &(String, Option<String>)| json!({"label": label, "lastPrice": price});
    let hits: Vec<Value> = hits
        .iter()
        .map(|hit| {
            let market = |market: &betteroms_polymarket::reads::MarketHit| {
                let outcomes: Vec<Value> = market.outcomes.iter().map(outcome).collect();
                json!({"slug": market.slug, "question": market.question, "outcomes": outcomes})
            };
            let markets: Vec<Value> = hit.markets.iter().map(market).collect();
            json!({"title": hit.title, "slug": hit.slug, "markets": markets})
        })
        .collect();
    safe_json(&json!({"version": 1, "events": hits}))
}

/// One market for a person.
pub(crate) fn show_text(shown: &Shown) -> String {
    let market = &shown.market;
    let mut text = String::new();
    line(&mut text, format_args!("{}", words(&market.question)));
    line(&mut text, format_args!("  market id   {}", words(&market.slug)));
    line(&mut text, format_args!("  condition   {}", market.condition));
    line(&mut text, format_args!("  orders      {}", gate_text(market)));
    line(&mut text, format_args!("  tick        {}", market.tick));
    line(&mut text, format_args!("  minimum     {} shares", market.min_size));
    line(&mut text, format_args!("  fee         {}", fee_text(market)));
    if let Some(end) = shown.scheduled_end {
        line(&mut text, format_args!("  scheduled   ends {end}; trading may go on after it"));
    }
    if let Some(result) = market.resolution {
        let paid = result.payout_first;
        line(
            &mut text,
            format_args!(
                "  resolved    {}: {} paid {paid}",
                result.at,
                words(market.label(Outcome::First))
            ),
        );
    }
    let book = shown.seen.as_ref().map(|seen| &seen.book);
    match book {
        None => line(&mut text, format_args!("  book        none")),
        Some(book) if book.is_crossed() => {
            line(
                &mut text,
                format_args!("  book        of {}, CROSSED: not to be traded on", book.at()),
            );
        }
        Some(book) => line(&mut text, format_args!("  book        of {}", book.at())),
    }
    for outcome in [Outcome::First, Outcome::Second] {
        let best = |side| level_text(book.and_then(|book| best(book, outcome, side)));
        let label = words(market.label(outcome));
        line(
            &mut text,
            format_args!("  {label}: bid {}, ask {}", best(Side::Buy), best(Side::Sell)),
        );
        line(&mut text, format_args!("    token {}", market.token(outcome)));
    }
    text
}

/// One market for a script. Money, prices and sizes are decimal strings.
pub(crate) fn show_json(shown: &Shown) -> String {
    let market = &shown.market;
    let book = shown.seen.as_ref().map(|seen| &seen.book);
    let level = |level: Option<Level>| level.map(|l| json!({"price": l.price, "size": l.size}));
    let outcome = |outcome| {
        let best = |side| level(book.and_then(|book| best(book, outcome, side)));
        json!({
            "label": market.label(outcome), "token": market.token(outcome),
            "bestBid": best(Side::Buy), "bestAsk": best(Side::Sell),
        })
    };
    safe_json(&json!({
        "version": 1,
        "condition": market.condition,
        "slug": market.slug,
        "event": shown.event,
        "question": market.question,
        "outcomes": [outcome(Outcome::First), outcome(Outcome::Second)],
        "tick": market.tick,
        "minSize": market.min_size,
        "fee": market.fee,
        "negRisk": market.neg_risk,
        "category": market.category,
        "gate": market.gate,
        "closedAt": market.close,
        "scheduledEnd": shown.scheduled_end,
        "resolution": market.resolution,
        "bookAt": book.map(Book::at),
        "bookCrossed": book.map(Book::is_crossed),
    }))
}

/// Why a reference led nowhere, as a sentence with its code.
pub(crate) fn problem_text(reference: &str, problem: &MarketProblem) -> String {
    let name = words(reference);
    match problem {
        MarketProblem::NotFound => {
            format!(
                "No market is called {name}. Try `market find` with a few words. [MARKET_NOT_FOUND]\n"
            )
        }
        MarketProblem::Several { slugs } => {
            let mut text =
                format!("{name} has several markets; name one of them: [MARKET_NOT_UNIQUE]\n");
            for slug in slugs {
                line(&mut text, format_args!("  {}", words(slug)));
            }
            text
        }
        MarketProblem::Unavailable { cause } => {
            format!("The venue could not be read: {}. [VENUE_UNAVAILABLE]\n", words(cause))
        }
    }
}

/// The best level in an outcome's own terms.
pub(super) fn best(book: &Book, outcome: Outcome, side: Side) -> Option<Level> {
    let level = book.best(side.in_first_terms(outcome))?;
    let price = match outcome {
        Outcome::First => level.price,
        Outcome::Second => level.price.complement(),
    };
    Some(Level { price, ..level })
}

fn level_text(level: Option<Level>) -> String {
    level.map_or_else(|| "none".to_owned(), |level| format!("{} × {}", level.price, level.size))
}

pub(super) const fn gate_text(market: &Market) -> &'static str {
    match market.gate {
        Gate::Accepting => "accepted",
        Gate::Paused => "not accepted now",
        Gate::Closed => "over",
    }
}

fn fee_text(market: &Market) -> String {
    match market.fee {
        None => "unknown: orders would be denied".to_owned(),
        Some(fee) if fee.rate.micros() == 0 => "none".to_owned(),
        Some(fee) => match fee.known_exponent() {
            Some(1) => format!("taker pays shares × {} × p × (1 − p)", fee.rate),
            Some(e) => format!("taker pays shares × {} × (p × (1 − p))^{e}", fee.rate),
            None => "of a form we do not compute: orders would be denied".to_owned(),
        },
    }
}

/// The venue's words, fit for a terminal and for a comment.
pub(super) fn words(text: &str) -> String {
    printable(text, WORDS_MAX)
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    writeln!(text, "{words}").expect("writing to a string cannot fail");
}

/// JSON in which what could drive a terminal stands as `\uXXXX`: the same value, other bytes.
fn safe_json(value: &Value) -> String {
    let mut safe = String::new();
    for c in format!("{value:#}").chars() {
        if c != '\n' && is_hostile(c) {
            write!(safe, "\\u{:04x}", u32::from(c)).expect("writing to a string cannot fail");
        } else {
            safe.push(c);
        }
    }
    safe.push('\n');
    safe
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use betteroms_core::market::{ConditionId, FeeSchedule};
    use betteroms_core::money::{Fraction, Price, Shares, Tick};
    use betteroms_polymarket::reads::{MarketHit, Seen};

    const HOSTILE: &str = "Will \u{1b}[2Jit \u{202e}rain\n\"today\"\u{9b}?";

    fn level(price: &str, size: i32) -> Level {
        Level { price: Price::parse(price).unwrap(), size: Shares::from_units(size) }
    }

    /// A market of ours with a book of one bid and one ask.
    pub(in crate::commands) fn shown() -> Shown {
        let at = Time::parse("2026-11-22T12:00:00Z").unwrap();
        let (bids, asks) = (vec![level("0.44", 120)], vec![level("0.47", 80)]);
        let book = Book::from_view(Outcome::First, (at, at), bids, asks).unwrap();
        Shown {
            market: Market {
                condition: ConditionId::new(format!("0x{}", "ab".repeat(32))),
                slug: "will-it-rain".to_owned(),
                question: HOSTILE.to_owned(),
                outcomes: ["Yes".to_owned(), "No".to_owned()],
                tokens: ["10".to_owned(), "11".to_owned()],
                tick: Tick::CENT,
                min_size: Shares::from_units(5),
                fee: Some(FeeSchedule {
                    rate: Fraction::from_micros(50_000).unwrap(),
                    exponent: Some(1),
                }),
                category: None,
                neg_risk: false,
                gate: Gate::Accepting,
                close: None,
                resolution: None,
                result_recorded: None,
                max_book_age_secs: None,
                assumed: std::collections::BTreeSet::new(),
            },
            seen: Some(Seen { book, tick: Some(Tick::CENT), min_size: None }),
            scheduled_end: Time::parse("2026-12-01T00:00:00Z"),
            event: None,
        }
    }

    #[test]
    fn a_market_is_shown_with_both_sides_of_both_outcomes() {
        insta::assert_snapshot!(show_text(&shown()), @r#"
        Will \u{1b}[2Jit \u{202e}rain\u{a}"today"\u{9b}?
          market id   will-it-rain
          condition   0xabababababababababababababababababababababababababababababababab
          orders      accepted
          tick        0.01
          minimum     5 shares
          fee         taker pays shares × 0.05 × p × (1 − p)
          scheduled   ends 2026-12-01T00:00:00Z; trading may go on after it
          book        of 2026-11-22T12:00:00Z
          Yes: bid 0.44 × 120, ask 0.47 × 80
            token 10
          No: bid 0.53 × 80, ask 0.56 × 120
            token 11
        "#);
    }

    #[test]
    fn nothing_the_venue_says_drives_a_terminal() {
        let hit = EventHit {
            title: HOSTILE.to_owned(),
            slug: HOSTILE.to_owned(),
            markets: vec![MarketHit {
                slug: HOSTILE.to_owned(),
                question: HOSTILE.to_owned(),
                outcomes: vec![(HOSTILE.to_owned(), None)],
            }],
        };
        let mut shown = shown();
        shown.market.slug = HOSTILE.to_owned();
        shown.market.outcomes = [HOSTILE.to_owned(), HOSTILE.to_owned()];
        let several = MarketProblem::Several { slugs: vec![HOSTILE.to_owned()] };
        let texts = [
            find_text(std::slice::from_ref(&hit)),
            find_json(std::slice::from_ref(&hit)),
            show_text(&shown),
            show_json(&shown),
            problem_text(HOSTILE, &several),
            problem_text("x", &MarketProblem::Unavailable { cause: HOSTILE.to_owned() }),
            crate::commands::market_plan::plan(&shown),
        ];
        for text in texts {
            assert!(text.contains("rain"), "{text}");
            assert!(!text.chars().any(|c| c != '\n' && is_hostile(c)), "{text:?}");
        }
        let json: Value = serde_json::from_str(&show_json(&shown)).unwrap();
        assert_eq!(json["question"], HOSTILE, "a script gets the venue's own text");
        assert_eq!(json["outcomes"][1]["bestAsk"]["price"], "0.56");
    }
}
