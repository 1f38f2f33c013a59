//! Every recorded public book, market, event, trade and price answer decodes, with what stands in it.

use crate::shared;
use betteroms_polymarket::wire::book::BookAnswer;
use betteroms_polymarket::wire::clob::{ClobMarket, LongMarket, Page};
use betteroms_polymarket::wire::data::{Envelope, ResolutionRow, TradeRow};
use betteroms_polymarket::wire::gamma::{GammaEvent, GammaMarket, GammaTag, SearchAnswer};
use betteroms_polymarket::wire::prices::{ByName, LastTrade, OneNumber, PriceHistory, PricePoint};
use betteroms_polymarket::wire::{Numeral, Wire, decode};

/// Rows counted in one answer.
pub(crate) type Count = fn(&[u8]) -> usize;

pub(crate) fn one<T: Wire>(bytes: &[u8]) -> usize {
    decode::<T>(bytes).map(|_| 1).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn many<T: Wire>(bytes: &[u8]) -> usize {
    decode::<Vec<T>>(bytes).map_or_else(|error| panic!("{error}"), |rows| rows.len())
}

pub(crate) fn enveloped<T: Wire>(bytes: &[u8]) -> usize {
    decode::<Envelope<T>>(bytes).map_or_else(|error| panic!("{error}"), |rows| rows.data.len())
}

fn event_markets(bytes: &[u8]) -> usize {
    let events = decode::<Vec<GammaEvent>>(bytes).unwrap_or_else(|error| panic!("{error}"));
    events.iter().map(|event| event.markets.len()).sum()
}

pub(crate) fn levels(bytes: &[u8]) -> usize {
    let book = decode::<BookAnswer>(bytes).unwrap_or_else(|error| panic!("{error}"));
    book.bids.len() + book.asks.len()
}

fn points(bytes: &[u8]) -> usize {
    decode::<PriceHistory>(bytes).map_or_else(|error| panic!("{error}"), |history| history.0.len())
}

/// Files that are one answer each: name, reader, what it counts.
const FILES: &[(&str, Count, usize)] = &[
    ("real_mit_hugompt/clob_book.json", levels, 70),
    ("real_mit_hugompt/clob_prices_history.json", points, 3),
    ("real_mit_hugompt/data_trades.json", many::<TradeRow>, 3),
    ("real_mit_hugompt/gamma_event_crypto_updown.json", event_markets, 1),
    ("real_mit_hugompt/gamma_market_updown.json", one::<GammaMarket>, 1),
    ("real_mit_hugompt/gamma_markets.json", many::<GammaMarket>, 2),
    ("real_polyoxide/data_v2_trades.json", enveloped::<TradeRow>, 1),
    ("real_polyoxide/data_v2_resolutions.json", enveloped::<ResolutionRow>, 1),
    ("real_polyoxide/data_v2_prices_history.json", enveloped::<PricePoint>, 2),
    ("fixtures_nautilus_lgpl/clob_book_response.json", levels, 6),
    ("fixtures_nautilus_lgpl/it_http_book.json", levels, 12),
    ("fixtures_nautilus_lgpl/clob_fee_rate_response_zero.json", one::<OneNumber>, 1),
    ("fixtures_nautilus_lgpl/clob_fee_rate_response_nonzero.json", one::<OneNumber>, 1),
    ("fixtures_nautilus_lgpl/clob_market_closed_binary_accepting_false.json", one::<LongMarket>, 1),
    ("fixtures_nautilus_lgpl/clob_market_closed_binary_accepting_true.json", one::<LongMarket>, 1),
    ("fixtures_nautilus_lgpl/it_http_market.json", one::<LongMarket>, 1),
    ("fixtures_nautilus_lgpl/data_api_trades_response.json", many::<TradeRow>, 3),
    ("fixtures_nautilus_lgpl/it_http_trades.json", many::<TradeRow>, 4),
    ("fixtures_nautilus_lgpl/gamma_event.json", event_markets, 2),
    ("fixtures_nautilus_lgpl/gamma_market.json", one::<GammaMarket>, 1),
    (
        "fixtures_nautilus_lgpl/gamma_market_closed_binary_accepting_false.json",
        one::<GammaMarket>,
        1,
    ),
    (
        "fixtures_nautilus_lgpl/gamma_market_closed_binary_accepting_true.json",
        one::<GammaMarket>,
        1,
    ),
    ("fixtures_nautilus_lgpl/gamma_market_closed_nonbinary_legacy.json", one::<GammaMarket>, 1),
    ("fixtures_nautilus_lgpl/gamma_market_closed_zero_zero_legacy.json", one::<GammaMarket>, 1),
    ("fixtures_nautilus_lgpl/gamma_market_sports_market_map_handicap.json", one::<GammaMarket>, 1),
    ("fixtures_nautilus_lgpl/gamma_market_sports_market_money_line.json", one::<GammaMarket>, 1),
    ("fixtures_nautilus_lgpl/gamma_tags.json", many::<GammaTag>, 5),
];

#[test]
fn every_recorded_public_answer_decodes() {
    let Some(folder) = shared::payloads("every_recorded_public_answer_decodes") else {
        return;
    };
    for (file, count, expected) in FILES {
        let bytes = std::fs::read(folder.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        println!("{file}");
        assert_eq!(count(&bytes), *expected, "{file}");
    }
    assert_eq!(FILES.len(), 27);
}

/// Public reads among the literals of the official SDK's tests: its test, reader, what it counts. A name
/// that stands twice has the request first.
const LITERALS: &[(&str, &str, Count, usize)] = &[
    ("clob.json", "midpoints_should_succeed", one::<ByName<Numeral>>, 1),
    ("clob.json", "prices_should_succeed", one::<ByName<ByName<Numeral>>>, 1),
    ("clob.json", "price_history_with_interval_should_succeed", points, 3),
    ("clob.json", "price_history_with_range_should_succeed", points, 2),
    ("clob.json", "invalidate_caches_should_clear_prepopulated_values", one::<OneNumber>, 1),
    ("clob.json", "order_book_should_succeed", levels, 4),
    ("clob.json", "order_books_should_succeed", many::<BookAnswer>, 1),
    ("clob.json", "last_trade_price_should_succeed", one::<LastTrade>, 1),
    ("clob.json", "last_trades_prices_should_succeed", many::<LastTrade>, 1),
    ("clob.json", "market_should_succeed", one::<LongMarket>, 1),
    ("clob.json", "clob_market_info_should_deserialize_server_wire_format", one::<ClobMarket>, 1),
    ("clob.json", "sampling_markets_should_succeed", one::<Page<LongMarket>>, 1),
    ("clob.json", "simplified_markets_should_succeed", one::<Page<LongMarket>>, 1),
    ("clob.json", "stream_markets_should_succeed", one::<Page<LongMarket>>, 1),
    ("gamma.json", "events_should_succeed", many::<GammaEvent>, 1),
    ("gamma.json", "event_by_id_should_succeed", one::<GammaEvent>, 1),
    ("gamma.json", "event_by_slug_should_succeed", one::<GammaEvent>, 1),
    ("gamma.json", "markets_should_succeed", many::<GammaMarket>, 1),
    ("gamma.json", "market_by_id_should_succeed", one::<GammaMarket>, 1),
    ("gamma.json", "market_by_slug_should_succeed", one::<GammaMarket>, 1),
    ("gamma.json", "markets_only_clob_token_ids", many::<GammaMarket>, 1),
    ("gamma.json", "markets_with_base_and_clob_params", many::<GammaMarket>, 2),
    ("gamma.json", "search_should_succeed", one::<SearchAnswer>, 1),
    ("gamma.json", "tags_should_succeed", many::<GammaTag>, 1),
    ("gamma.json", "tag_by_id_should_succeed", one::<GammaTag>, 1),
    ("gamma.json", "tag_by_slug_should_succeed", one::<GammaTag>, 1),
    ("gamma.json", "event_tags_should_succeed", many::<GammaTag>, 2),
    ("gamma.json", "market_tags_should_succeed", many::<GammaTag>, 1),
    ("data.json", "trades_should_succeed", many::<TradeRow>, 1),
];

#[test]
fn the_literals_of_the_official_sdk_decode() {
    let Some(folder) = shared::payloads("the_literals_of_the_official_sdk_decode") else {
        return;
    };
    for (file, test, count, expected) in LITERALS {
        println!("{file} {test}");
        let bytes = shared::literal(&folder, file, test);
        assert_eq!(count(&bytes), *expected, "{file} {test}");
    }
    assert_eq!(LITERALS.len(), 29);
}

#[test]
fn numbers_keep_the_digits_of_the_answer() {
    let test = "numbers_keep_the_digits_of_the_answer";
    let Some(bytes) = shared::read(test, "real_polyoxide/data_v2_trades.json") else {
        return;
    };
    let trades: Envelope<TradeRow> = decode(&bytes).unwrap();
    let row = &trades.data[0];
    assert_eq!((row.size.as_str(), row.price.as_str()), ("22.84", "0.52"));
    assert!(trades.next_cursor.is_some());
    let file = "fixtures_nautilus_lgpl/gamma_market_closed_nonbinary_legacy.json";
    let old: GammaMarket = decode(&shared::read(test, file).unwrap()).unwrap();
    assert_eq!(old.outcome_prices[0].as_str(), "0.5843311669077693146635445446077281");
    assert_eq!(old.outcomes, ["Long", "Short"]);
}

#[test]
fn the_hash_of_a_book_is_recomputed() {
    let test = "the_hash_of_a_book_is_recomputed";
    let Some(bytes) = shared::read(test, "real_mit_hugompt/clob_book.json") else {
        return;
    };
    let mut book: BookAnswer = decode(&bytes).unwrap();
    assert_eq!(book.hash_agrees(), Some(true));
    book.bids.pop();
    assert_eq!(book.hash_agrees(), Some(false));
    book.tick_size = None;
    assert_eq!(book.hash_agrees(), None);
}
