//! Frames of the market and the user channel, as recorded.

use crate::payloads::{Count, levels, one};
use crate::shared;
use betteroms_core::market::Side;
use betteroms_core::time::Time;
use betteroms_polymarket::wire::decode;
use betteroms_polymarket::wire::frames::{Event, Frame};
use betteroms_polymarket::wire::market_events::{LastTradePrice, PriceChange, TickSizeChange};
use betteroms_polymarket::wire::order::OrderStatus;
use betteroms_polymarket::wire::trade::Trade;
use betteroms_polymarket::wire::user_events::{OrderEvent, OrderEventKind};

fn events(text: &str) -> Vec<Event> {
    match Frame::read(text).unwrap_or_else(|error| panic!("{error}")) {
        Frame::Events(events) => events,
        Frame::Pong => panic!("a pong"),
    }
}

fn name(event: &Event) -> &str {
    match event {
        Event::Book(_) => "book",
        Event::PriceChange(_) => "price_change",
        Event::LastTradePrice(_) => "last_trade_price",
        Event::TickSizeChange(_) => "tick_size_change",
        Event::BestBidAsk(_) => "best_bid_ask",
        Event::NewMarket(_) => "new_market",
        Event::MarketResolved(_) => "market_resolved",
        Event::Order(_) => "order",
        Event::Trade(_) => "trade",
        Event::Unknown(name) => name,
    }
}

/// Whole frames: file, kind of every event, how many.
pub(crate) const FRAMES: &[(&str, &str, usize)] = &[
    ("real_mit_byronxlg/ws_market_book.json", "book", 1),
    ("real_mit_byronxlg/ws_market_price_change.json", "price_change", 3),
    ("real_mit_byronxlg/ws_market_last_trade_price.json", "last_trade_price", 1),
    ("real_mit_byronxlg/ws_user_order_cancellation.json", "order", 1),
    ("fixtures_nautilus_lgpl/ws_market_best_bid_ask_msg.json", "best_bid_ask", 1),
    ("fixtures_nautilus_lgpl/ws_market_book_msg.json", "book", 1),
    ("fixtures_nautilus_lgpl/ws_market_last_trade_msg.json", "last_trade_price", 1),
    ("fixtures_nautilus_lgpl/ws_market_new_market_msg.json", "new_market", 1),
    ("fixtures_nautilus_lgpl/ws_market_price_change_msg.json", "price_change", 1),
    ("fixtures_nautilus_lgpl/ws_market_resolved_msg.json", "market_resolved", 1),
    ("fixtures_nautilus_lgpl/ws_market_tick_size_msg.json", "tick_size_change", 1),
    ("fixtures_nautilus_lgpl/ws_user_order_fok_killed.json", "order", 1),
    ("fixtures_nautilus_lgpl/ws_user_order_msg.json", "order", 1),
    ("fixtures_nautilus_lgpl/ws_user_trade_msg.json", "trade", 1),
    ("fixtures_nautilus_lgpl/it_ws_book.json", "book", 1),
    ("fixtures_nautilus_lgpl/it_ws_last_trade_price.json", "last_trade_price", 1),
    ("fixtures_nautilus_lgpl/it_ws_order_cancel.json", "order", 1),
    ("fixtures_nautilus_lgpl/it_ws_order_placement.json", "order", 1),
    ("fixtures_nautilus_lgpl/it_ws_price_change_v2.json", "price_change", 1),
    ("fixtures_nautilus_lgpl/it_ws_tick_size_change.json", "tick_size_change", 1),
    ("fixtures_nautilus_lgpl/it_ws_user_trade1.json", "trade", 1),
    ("fixtures_nautilus_lgpl/it_ws_user_trade2.json", "trade", 1),
    ("fixtures_nautilus_lgpl/it_ws_user_trade3.json", "trade", 1),
    ("fixtures_nautilus_lgpl/it_ws_user_trade4.json", "trade", 1),
];

/// Events without the name of their kind, as adapters keep them.
pub(crate) const BODIES: &[(&str, Count, usize)] = &[
    ("fixtures_nautilus_lgpl/ws_book_snapshot.json", levels, 6),
    ("fixtures_nautilus_lgpl/ws_last_trade.json", one::<LastTradePrice>, 1),
    ("fixtures_nautilus_lgpl/ws_quotes.json", one::<PriceChange>, 1),
    ("fixtures_nautilus_lgpl/ws_tick_size_change.json", one::<TickSizeChange>, 1),
    ("fixtures_nautilus_lgpl/ws_user_order_cancellation.json", one::<OrderEvent>, 1),
    ("fixtures_nautilus_lgpl/ws_user_order_matched.json", one::<OrderEvent>, 1),
    ("fixtures_nautilus_lgpl/ws_user_order_placement.json", one::<OrderEvent>, 1),
    ("fixtures_nautilus_lgpl/ws_user_order_update.json", one::<OrderEvent>, 1),
    ("fixtures_nautilus_lgpl/ws_user_order_venue_cancel.json", one::<OrderEvent>, 1),
    ("fixtures_nautilus_lgpl/ws_user_trade.json", one::<Trade>, 1),
    ("fixtures_nautilus_lgpl/it_ws_trades.json", one::<Trade>, 1),
];

const LITERALS: &[(&str, &str)] = &[
    ("book", "book"),
    ("price_change_batch", "price_change"),
    ("parses_batch_price_changes", "price_change"),
    ("tick_size_change", "tick_size_change"),
    ("last_trade_price", "last_trade_price"),
    ("trade", "trade"),
    ("order", "order"),
    ("subscribe_midpoints_skips_empty_orderbook", "book"),
    ("best_bid_ask", "best_bid_ask"),
    ("best_bid_ask_stream_continues_after_reconnect", "best_bid_ask"),
    ("new_market", "new_market"),
    ("market_resolved", "market_resolved"),
];

#[test]
fn every_recorded_frame_decodes() {
    let Some(folder) = shared::payloads("every_recorded_frame_decodes") else {
        return;
    };
    for (file, kind, count) in FRAMES {
        println!("{file}");
        let found = events(&std::fs::read_to_string(folder.join(file)).unwrap());
        assert_eq!(found.len(), *count, "{file}");
        assert!(found.iter().all(|event| name(event) == *kind), "{file}");
    }
    for (file, count, expected) in BODIES {
        println!("{file}");
        assert_eq!(count(&std::fs::read(folder.join(file)).unwrap()), *expected, "{file}");
    }
    for (test, kind) in LITERALS {
        println!("{test}");
        let bytes = shared::literal(&folder, "websocket.json", test);
        let found = events(std::str::from_utf8(&bytes).unwrap());
        assert_eq!((found.len(), name(&found[0])), (1, *kind), "{test}");
    }
    assert_eq!((FRAMES.len(), BODIES.len(), LITERALS.len()), (24, 11, 12));
}

#[test]
fn no_recorded_frame_is_left_out() {
    let Some(folder) = shared::payloads("no_recorded_frame_is_left_out") else {
        return;
    };
    for part in ["real_mit_byronxlg", "fixtures_nautilus_lgpl"] {
        for entry in std::fs::read_dir(folder.join(part)).unwrap() {
            let file = entry.unwrap().file_name().into_string().unwrap();
            if file.starts_with("ws_") || file.starts_with("it_ws_") {
                let path = format!("{part}/{file}");
                let known = FRAMES.iter().any(|row| row.0 == path)
                    || BODIES.iter().any(|row| row.0 == path);
                assert!(known, "{path}");
            }
        }
    }
}

#[test]
fn a_market_frame_keeps_what_it_says() {
    let test = "a_market_frame_keeps_what_it_says";
    let Some(bytes) = shared::read(test, "real_mit_byronxlg/ws_market_price_change.json") else {
        return;
    };
    let found = events(std::str::from_utf8(&bytes).unwrap());
    let Event::PriceChange(first) = &found[0] else { panic!("{found:?}") };
    assert_eq!(first.timestamp, Time::from_millis(1_783_132_553_504));
    let [level, mirror] = first.price_changes.as_slice() else { panic!("{first:?}") };
    assert_eq!((level.side, mirror.side), (Side::Buy, Side::Sell));
    assert_eq!((level.price.as_str(), mirror.price.as_str()), ("0.08", "0.92"));
    assert_eq!(level.size, mirror.size);
    assert_eq!(level.best_bid.as_ref().unwrap().as_str(), "0.51");

    let bytes = shared::read(test, "real_mit_byronxlg/ws_market_book.json").unwrap();
    let found = events(std::str::from_utf8(&bytes).unwrap());
    let Event::Book(book) = &found[0] else { panic!("{found:?}") };
    assert_eq!((book.bids.len(), book.asks.len()), (0, 5));
    assert_eq!(book.min_order_size, None, "absent in real frames");

    let file = "fixtures_nautilus_lgpl/ws_market_resolved_msg.json";
    let bytes = shared::read(test, file).unwrap();
    let found = events(std::str::from_utf8(&bytes).unwrap());
    let Event::MarketResolved(end) = &found[0] else { panic!("{found:?}") };
    assert_eq!(end.winning_asset_id.as_ref(), end.assets_ids.first());
    let file = "fixtures_nautilus_lgpl/ws_market_new_market_msg.json";
    let bytes = shared::read(test, file).unwrap();
    let found = events(std::str::from_utf8(&bytes).unwrap());
    let Event::NewMarket(new) = &found[0] else { panic!("{found:?}") };
    assert_eq!(new.order_price_min_tick_size.as_ref().unwrap().as_str(), "0.01");
    assert_eq!((new.outcomes.len(), new.assets_ids.len()), (2, 2));
}

#[test]
fn the_odd_words_of_ended_orders_are_kept() {
    let test = "the_odd_words_of_ended_orders_are_kept";
    let file = "fixtures_nautilus_lgpl/ws_user_order_fok_killed.json";
    let Some(bytes) = shared::read(test, file) else {
        return;
    };
    let killed: OrderEvent = decode(&bytes).unwrap();
    let reason = "order couldn't be fully filled. FOK orders are fully filled or killed.";
    assert_eq!(killed.status, Some(OrderStatus::Canceled { reason: reason.to_owned() }));
    assert_eq!(killed.kind, OrderEventKind::Cancellation);
    assert_eq!((killed.size_matched, killed.created_at, killed.outcome), (None, None, None));
    assert_eq!((killed.expiration, killed.original_size.as_str()), (None, "12"));

    let file = "fixtures_nautilus_lgpl/ws_user_order_venue_cancel.json";
    let ended: OrderEvent = decode(&shared::read(test, file).unwrap()).unwrap();
    assert_eq!((ended.kind, ended.status), (killed.kind, Some(OrderStatus::Invalid)));
    assert_eq!(ended.created_at, Some(Time::from_millis(1_774_377_384_000)));

    let file = "real_mit_byronxlg/ws_user_order_cancellation.json";
    let bytes = shared::read(test, file).unwrap();
    let found = events(std::str::from_utf8(&bytes).unwrap());
    let Event::Order(ours) = &found[0] else { panic!("{found:?}") };
    assert_eq!(ours.status, Some(OrderStatus::Canceled { reason: String::new() }));
    assert_eq!(ours.created_at, Some(Time::from_secs(1_783_140_720)), "seconds here");
    assert_eq!(ours.timestamp, Time::from_millis(1_783_140_724_897), "and milliseconds there");
    assert_eq!(ours.size_matched.as_ref().unwrap().whole(), Some(0));
}
