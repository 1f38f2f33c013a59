//! What anybody may read: the server, markets, books and prices.

use crate::cast::{Cast, Market};
use crate::judge::{Judge, Told, d};
use polymarket_client_sdk_v2::clob::Client;
use polymarket_client_sdk_v2::clob::types::request::{
    LastTradePriceRequest, MidpointRequest, OrderBookSummaryRequest, PriceHistoryRequest,
    PriceRequest, SpreadRequest,
};
use polymarket_client_sdk_v2::clob::types::response::{OrderSummary, Page, Token};
use polymarket_client_sdk_v2::clob::types::{Amount, Interval, OrderType, Side, TimeRange};
use polymarket_client_sdk_v2::error::Error;
use polymarket_client_sdk_v2::types::{B256, Decimal, U256, Utc};

const NO_TOKEN: u64 = 12_345;

/// What a token's book shows in the second act.
struct Shown {
    token: U256,
    bid: (Decimal, Decimal),
    ask: (Decimal, Decimal),
    mid: Decimal,
}

pub async fn public_calls(judge: &Judge, cast: &Cast) -> Told {
    let client = cast.public()?;
    judge.same("/", client.ok().await?.as_str(), "OK")?;
    judge.ok("ok", "");
    let now = client.server_time().await?;
    judge.yes("/time is near ours", (now - Utc::now().timestamp()).abs() < 5, now)?;
    judge.ok("server_time", now);
    judge.same("/version", client.version().await?, 2)?;
    judge.ok("version", 2);
    for venue in [&cast.rain, &cast.cup] {
        parameters(judge, &client, venue).await?;
    }
    full_listings(judge, cast, &client).await?;
    short_listings(judge, cast, &client).await?;
    let unknown = OrderBookSummaryRequest::builder().token_id(U256::from(NO_TOKEN)).build();
    judge.refused("order_book", 404, "No orderbook exists", client.order_book(&unknown).await)
}

async fn parameters(judge: &Judge, client: &Client, venue: &Market) -> Told {
    let tick = client.tick_size(venue.yes).await?.minimum_tick_size.as_decimal();
    judge.same("tick size", tick, venue.tick)?;
    judge.ok("tick_size", tick);
    judge.same("neg risk", client.neg_risk(venue.yes).await?.neg_risk, venue.neg_risk)?;
    judge.ok("neg_risk", venue.neg_risk);
    judge.ok("fee_rate_bps", client.fee_rate_bps(venue.yes).await?.base_fee);
    let condition = venue.condition.to_string();
    let info = client.clob_market_info(&condition).await?;
    judge.same("c", info.condition_id, venue.condition)?;
    let tokens: Vec<U256> = info.tokens.iter().flatten().map(|token| token.token_id).collect();
    judge.same("t", tokens, vec![venue.yes, venue.no])?;
    judge.same("mts", info.min_tick_size.as_decimal(), venue.tick)?;
    judge.same("mos", info.min_order_size, venue.min_size)?;
    judge.same("nr", info.neg_risk, venue.neg_risk)?;
    let rate = info.fee_details.as_ref().map_or(Decimal::ZERO, |fee| fee.rate);
    judge.same("fd.r", rate, venue.fee_rate)?;
    judge.ok("clob_market_info", format!("tick {tick}, fee {rate}"));
    let exponent = client.fee_exponent(venue.yes).await?;
    judge.yes("fee exponent", exponent == 1 || venue.fee_rate.is_zero(), exponent)?;
    judge.ok("fee_exponent", exponent);
    let by_token = client.market_by_token(venue.no).await?;
    judge.same("condition_id", by_token.condition_id, venue.condition)?;
    judge.same("primary_token_id", by_token.primary_token_id, venue.yes)?;
    judge.same("secondary_token_id", by_token.secondary_token_id, venue.no)?;
    judge.ok("market_by_token", condition);
    Ok(())
}

/// Every row of a paged listing.
async fn all<T, F: Future<Output = Result<Page<T>, Error>>>(
    judge: &Judge,
    name: &str,
    read: impl Fn(Option<String>) -> F,
) -> Told<Vec<T>> {
    let (mut rows, mut cursor, mut pages) = (Vec::new(), None, 0);
    while cursor.as_deref() != Some("LTE=") {
        let page = read(cursor).await?;
        judge.same(name, usize::try_from(page.count)?, page.data.len())?;
        judge.yes("no page is longer than its limit", page.count <= page.limit, page.limit)?;
        rows.extend(page.data);
        cursor = Some(page.next_cursor);
        pages += 1;
        judge.yes("the pages end", pages < 50, pages)?;
    }
    judge.ok(name, format!("{} in {pages} pages", rows.len()));
    Ok(rows)
}

/// What a listing says of our two markets.
fn ours(judge: &Judge, cast: &Cast, id: Option<B256>, tokens: &[Token], takes: bool) -> Told<bool> {
    let Some(venue) = [&cast.rain, &cast.cup].into_iter().find(|it| Some(it.condition) == id)
    else {
        return Ok(false);
    };
    let tokens: Vec<U256> = tokens.iter().map(|token| token.token_id).collect();
    judge.same("tokens", tokens, vec![venue.yes, venue.no])?;
    judge.same("accepting_orders", takes, true)?;
    Ok(true)
}

async fn full_listings(judge: &Judge, cast: &Cast, client: &Client) -> Told {
    let listed = all(judge, "markets", |cursor| client.markets(cursor)).await?;
    let sampled = all(judge, "sampling_markets", |cursor| client.sampling_markets(cursor)).await?;
    let mut found = 0;
    for (row, counts) in listed.iter().map(|it| (it, 1)).chain(sampled.iter().map(|it| (it, 0))) {
        let ours = ours(judge, cast, row.condition_id, &row.tokens, row.accepting_orders)?;
        found += counts * u32::from(ours);
    }
    judge.same("both markets once", found, 2)?;
    for venue in [&cast.rain, &cast.cup] {
        let row = client.market(&venue.condition.to_string()).await?;
        judge.same("condition_id", row.condition_id, Some(venue.condition))?;
        judge.same("question", &row.question, &venue.question)?;
        judge.same("minimum_tick_size", row.minimum_tick_size, venue.tick)?;
        judge.same("minimum_order_size", row.minimum_order_size, venue.min_size)?;
        judge.same("neg_risk", row.neg_risk, venue.neg_risk)?;
        judge.ok("market", row.question);
    }
    Ok(())
}

async fn short_listings(judge: &Judge, cast: &Cast, client: &Client) -> Told {
    let listed = all(judge, "simplified_markets", |it| client.simplified_markets(it)).await?;
    let name = "sampling_simplified_markets";
    let sampled = all(judge, name, |it| client.sampling_simplified_markets(it)).await?;
    let mut found = 0;
    for (row, counts) in listed.iter().map(|it| (it, 1)).chain(sampled.iter().map(|it| (it, 0))) {
        let ours = ours(judge, cast, row.condition_id, &row.tokens, row.accepting_orders)?;
        found += counts * u32::from(ours);
    }
    judge.same("both markets once", found, 2)
}

fn levels(side: &[OrderSummary]) -> Vec<(Decimal, Decimal)> {
    side.iter().map(|level| (level.price, level.size)).collect()
}

/// The book is 10 bid at 0.47 and 20 asked at 0.52; the other token sees it from the other side.
fn shown(venue: &Market) -> [Shown; 2] {
    let level = |price: &str, size: &str| (d(price), d(size));
    [
        Shown {
            token: venue.yes,
            bid: level("0.47", "10"),
            ask: level("0.52", "20"),
            mid: d("0.495"),
        },
        Shown {
            token: venue.no,
            bid: level("0.48", "20"),
            ask: level("0.53", "10"),
            mid: d("0.505"),
        },
    ]
}

pub async fn book_calls(judge: &Judge, cast: &Cast) -> Told {
    let (client, rain) = (cast.public()?, &cast.rain);
    for seen in &shown(rain) {
        let token_id = seen.token;
        let wanted = OrderBookSummaryRequest::builder().token_id(token_id).build();
        let book = client.order_book(&wanted).await?;
        judge.same("bids", levels(&book.bids), vec![seen.bid])?;
        judge.same("asks", levels(&book.asks), vec![seen.ask])?;
        judge.same("market", book.market, rain.condition)?;
        judge.same("tick_size", book.tick_size.as_decimal(), rain.tick)?;
        judge.same("min_order_size", book.min_order_size, rain.min_size)?;
        // This client's own hash of a book writes the token in hex and "0" for a token that never traded;
        // the venue's recorded book has neither. The other two clients check the hash.
        judge.same("a hash came", book.hash.is_some(), true)?;
        judge.ok("order_book", format!("{} {}", seen.bid.0, seen.ask.0));
        for (side, price) in [(Side::Buy, seen.ask.0), (Side::Sell, seen.bid.0)] {
            let wanted = PriceRequest::builder().token_id(token_id).side(side).build();
            judge.same("price", client.price(&wanted).await?.price, price)?;
            judge.ok("price", format!("{side} {price}"));
        }
        let wanted = MidpointRequest::builder().token_id(token_id).build();
        judge.same("mid", client.midpoint(&wanted).await?.mid, seen.mid)?;
        judge.ok("midpoint", seen.mid);
        let wanted = SpreadRequest::builder().token_id(token_id).build();
        judge.same("spread", client.spread(&wanted).await?.spread, d("0.05"))?;
        judge.ok("spread", "0.05");
    }
    several(judge, &client, &shown(rain)).await?;
    let cash = Amount::usdc(d("5.2"))?;
    let price = client.calculate_market_price(rain.yes, Side::Buy, cash, OrderType::FOK).await?;
    judge.same("price that buys for 5.2", price, d("0.52"))?;
    judge.ok("calculate_market_price", price);
    Ok(())
}

/// The plural forms; a token that no market has is left out.
async fn several(judge: &Judge, client: &Client, seen: &[Shown]) -> Told {
    let tokens = || seen.iter().map(|it| it.token);
    let asked = tokens().chain([U256::from(NO_TOKEN)]);
    let asked: Vec<_> =
        asked.map(|token| OrderBookSummaryRequest::builder().token_id(token).build()).collect();
    let books = client.order_books(&asked).await?;
    judge.same("books", books.len(), seen.len())?;
    judge.ok("order_books", books.len());
    let mids: Vec<_> = tokens().map(|it| MidpointRequest::builder().token_id(it).build()).collect();
    let mids = client.midpoints(&mids).await?.midpoints;
    let spreads: Vec<_> =
        tokens().map(|it| SpreadRequest::builder().token_id(it).build()).collect();
    // The venue documents a plain map by token; this client looks for it under another name and, the
    // field being optional, reads nothing. It is called for its request, and answered as documented.
    judge.same("spreads", client.spreads(&spreads).await?.spreads, None)?;
    let sides = tokens().flat_map(|token| [(token, Side::Buy), (token, Side::Sell)]);
    let sides: Vec<_> = sides
        .map(|(token, side)| PriceRequest::builder().token_id(token).side(side).build())
        .collect();
    let prices = client.prices(&sides).await?.prices.unwrap_or_default();
    for it in seen {
        let of = |side: Side| prices.get(&it.token).and_then(|sides| sides.get(&side)).copied();
        judge.same("prices BUY", of(Side::Buy), Some(it.ask.0))?;
        judge.same("prices SELL", of(Side::Sell), Some(it.bid.0))?;
        judge.same("midpoints", mids.get(&it.token).copied(), Some(it.mid))?;
    }
    for call in ["prices", "midpoints", "spreads"] {
        judge.ok(call, seen.len());
    }
    Ok(())
}

/// The last trade of the market was a BUY of the other token at 0.53 that minted a pair.
pub async fn after_trades(judge: &Judge, cast: &Cast) -> Told {
    let (client, rain) = (cast.public()?, &cast.rain);
    let wanted = |token| LastTradePriceRequest::builder().token_id(token).build();
    let last = client.last_trade_price(&wanted(rain.no)).await?;
    judge.same("last trade price", last.price, d("0.53"))?;
    judge.same("last trade side", last.side, Side::Buy)?;
    judge.ok("last_trade_price", last.price);
    let rows = client.last_trades_prices(&[wanted(rain.yes), wanted(rain.no)]).await?;
    let of_no = rows.iter().find(|row| row.token_id == rain.no).map(|row| row.price);
    judge.same("last trades prices", of_no, Some(d("0.53")))?;
    judge.ok("last_trades_prices", rows.len());
    let ever = TimeRange::from_interval(Interval::Max);
    let wanted =
        PriceHistoryRequest::builder().market(rain.yes).time_range(ever).fidelity(1).build();
    let history = client.price_history(&wanted).await?.history;
    judge.yes("what was traded is in the history", !history.is_empty(), &history)?;
    judge.ok("price_history", format!("{} points", history.len()));
    let events = client.market_trades_events(&rain.condition.to_string()).await?;
    judge.yes("live activity is a list", events.is_array(), events)?;
    judge.ok("market_trades_events", "");
    Ok(())
}
