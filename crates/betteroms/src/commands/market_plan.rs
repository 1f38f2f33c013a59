//! `market show --plan`: a plan to begin with, for the market just looked at.

use super::market::{best, gate_text, words};
use betteroms_core::book::Book;
use betteroms_core::market::{Gate, Market, Outcome, Side};
use betteroms_core::money::{LOT, Price, Shares, notional_ceil};
use betteroms_polymarket::reads::Shown;
use serde_json::Value;

/// Writes a commented plan with one small paper order that rests: a buy of index 0 at the best bid, or
/// a tick below the best ask, of the market's minimum size. It is valid as it stands, except that the
/// market may have moved on by the time it is run.
pub(crate) fn plan(shown: &Shown) -> String {
    let market = &shown.market;
    let outcome = Outcome::First;
    let price = passive_price(market, shown.seen.as_ref().map(|seen| &seen.book), outcome);
    let size = whole_lots(market.min_size);
    let label = market.label(outcome);
    // YES and NO are index 0 and 1 in every plan; a label says which is meant where the market has its own.
    let name = if label.eq_ignore_ascii_case("yes") { "YES" } else { label };
    let text = |words: &str| Value::from(words).to_string();
    let note = if market.gate == Gate::Accepting {
        String::new()
    } else {
        format!("\n  // Orders for this market are {}.", gate_text(market))
    };
    format!(
        r#"{{
  // {question}
  // {condition}{note}
  // A run is done once: give each plan a name of its own.
  "runId": {run_id},
  "mode": "paper",
  "defaults": {{
    // The most that one trade may cost, before fees.
    "maxNotionalUSD": "{notional}"
  }},
  "trades": [
    {{
      "marketId": {market_id},
      // YES is index 0 ({first}), NO is index 1 ({second}).
      "outcome": {outcome},
      "side": "BUY",
      "type": "LIMIT",
      // Dollars a share, in steps of {tick}.
      "price": "{price}",
      // The smallest size that may rest here is {min} shares. Without sizeUnit, size is in dollars.
      "size": "{size}",
      "sizeUnit": "SHARES",
      // Cancelled by our clock an hour after it was placed.
      "timeInForce": "GTT",
      "cancelAfterSec": 3600
    }}
  ]
}}
"#,
        question = words(&market.question),
        condition = market.condition,
        run_id = text(&run_id(&market.slug)),
        notional = notional_ceil(price, size),
        market_id = safe(&text(reference(market))),
        first = words(market.label(Outcome::First)),
        second = words(market.label(Outcome::Second)),
        outcome = safe(&text(name)),
        tick = market.tick,
        min = market.min_size,
    )
}

/// A price at which a buy rests: the best bid, else a tick below the best ask, else the middle; on the
/// tick, rounded down.
fn passive_price(market: &Market, book: Option<&Book>, outcome: Outcome) -> Price {
    let tick = market.tick;
    let book = book.filter(|book| !book.is_crossed());
    let at = |side| book.and_then(|book| best(book, outcome, side)).map(|level| level.price);
    let bid = at(Side::Buy).filter(|bid| at(Side::Sell).is_none_or(|ask| *bid < ask));
    let below = |ask: Price| ask.cheaper(tick, 1).unwrap_or_else(|| Price::from(tick));
    let wished = bid.or_else(|| at(Side::Sell).map(below));
    let wished = wished.map_or(500_000, Price::micros);
    let on_tick = wished - wished % tick.micros();
    Price::from_micros(on_tick.max(tick.micros())).unwrap_or_else(|| Price::from(tick))
}

/// The minimum in whole lots, rounded up.
fn whole_lots(min: Shares) -> Shares {
    let floor = min.floor_lot();
    if floor == min && min.is_positive() { min } else { floor + Shares::from_micros(LOT) }
}

/// A name for the run that a plan accepts.
fn run_id(slug: &str) -> String {
    let legal = |c: &char| c.is_ascii_alphanumeric() || ".-".contains(*c);
    let name: String = slug.chars().filter(legal).take(100).collect();
    format!("{name}-1").trim_start_matches('-').to_owned()
}

/// The slug, which a person can read; the condition id where there is none.
fn reference(market: &Market) -> &str {
    if market.slug.is_empty() { market.condition.as_str() } else { &market.slug }
}

/// A JSON string whose hidden marks stand as escapes.
fn safe(json: &str) -> String {
    let escape = |c: char| {
        if betteroms_polymarket::is_hostile(c) {
            format!("\\u{:04x}", u32::from(c))
        } else {
            c.to_string()
        }
    };
    json.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::super::market::tests::shown;
    use super::*;
    use betteroms_core::money::Tick;
    use betteroms_core::plan::RunId;
    use betteroms_core::time::Time;

    /// The plan without its comments, which stand on lines of their own.
    fn parsed(text: &str) -> Value {
        let bare: Vec<&str> =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        serde_json::from_str(&bare.join("\n")).unwrap()
    }

    #[test]
    fn the_plan_rests_at_the_markets_own_tick_and_minimum() {
        let text = plan(&shown());
        let json = parsed(&text);
        let trade = &json["trades"][0];
        assert_eq!((&trade["price"], &trade["size"]), (&"0.44".into(), &"5".into()));
        assert_eq!(json["defaults"]["maxNotionalUSD"], "2.2");
        assert_eq!((&trade["outcome"], &json["mode"]), (&"YES".into(), &"paper".into()));
        assert!(RunId::new(json["runId"].as_str().unwrap()).is_some());
        assert!(text.contains("\\u{1b}[2J"), "the question cannot leave its comment: {text}");
    }

    #[test]
    fn the_price_is_on_the_tick_and_does_not_cross() {
        let level = |price: &str| betteroms_core::book::Level {
            price: Price::parse(price).unwrap(),
            size: Shares::from_units(1),
        };
        let rows = [
            (vec!["0.44"], vec!["0.47"], 10_000, "0.44"),
            (vec!["0.445"], vec!["0.47"], 10_000, "0.44"),
            (vec![], vec!["0.47"], 10_000, "0.46"),
            (vec![], vec!["0.01"], 10_000, "0.01"),
            (vec!["0.5"], vec!["0.5"], 10_000, "0.49"),
            (vec!["0.6"], vec!["0.4"], 1_000, "0.5"),
            (vec![], vec![], 100_000, "0.5"),
            (vec!["0.001"], vec![], 10_000, "0.01"),
        ];
        for (bids, asks, tick, expected) in rows {
            let mut shown = shown();
            shown.market.tick = Tick::from_micros(tick).unwrap();
            let side = |prices: &[&str]| prices.iter().map(|price| level(price)).collect();
            let times = (Time::default(), Time::default());
            let book = Book::from_view(Outcome::First, times, side(&bids), side(&asks)).unwrap();
            let price = passive_price(&shown.market, Some(&book), Outcome::First);
            assert_eq!(price.to_string(), expected, "{bids:?} {asks:?}");
        }
    }

    #[test]
    fn labels_and_gates_are_said() {
        let mut shown = shown();
        shown.market.outcomes = ["Up \"\u{202e}".to_owned(), "Down".to_owned()];
        shown.market.gate = Gate::Paused;
        shown.market.slug = String::new();
        let text = plan(&shown);
        let json = parsed(&text);
        assert_eq!(json["trades"][0]["outcome"], "Up \"\u{202e}");
        assert_eq!(json["trades"][0]["marketId"], shown.market.condition.as_str());
        assert!(text.contains("Orders for this market are not accepted now."));
        assert_eq!(json["runId"], "1");
    }
}
