//! Both versions read with the adapter's own shapes, against sums worked out by hand.

use crate::serve::call::{Call, Service};
use crate::serve::desk::Desk;
use crate::serve::fixture::{self, Trader, Wish};
use crate::serve::routes::{Found, find};
use crate::venue::order::Kind;
use crate::venue::trade::Fate;
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::Fraction;
use betteroms_polymarket::wire::approvals::Approvals;
use betteroms_polymarket::wire::data::{Envelope, ResolutionRow, Single, TradeRow};
use betteroms_polymarket::wire::holdings::{ActivityKind, ActivityRow, PositionRow, WalletValue};
use betteroms_polymarket::wire::prices::PricePoint;
use betteroms_polymarket::wire::{Wire, decode};

fn get<T: Wire>(desk: &Desk, path: &str, query: &[(&str, &str)]) -> T {
    let (status, body) = read(desk, path, query);
    assert_eq!(status, 200, "{path}");
    decode(&body).unwrap_or_else(|why| panic!("{path}: {why:?} {}", String::from_utf8_lossy(&body)))
}

fn read(desk: &Desk, path: &str, query: &[(&str, &str)]) -> (u16, Vec<u8>) {
    let Found::Route(route, captured) = find(Service::Data, "GET", path) else { panic!("{path}") };
    let call = Call { captured, service: Service::Data, ..Call::of("GET", path, query) };
    let reply = (route.handler)(desk, &call).expect("reads are not refused");
    (reply.status, reply.body.to_vec())
}

/// Trades of the first market: a taker buys 10 Yes at 0.4, sells 5 of them at 0.6, buys 10 Yes at 0.5 in
/// vain, and buys No from somebody who buys Yes too.
fn story() -> (Desk, Trader, Trader) {
    let (mut venue, markets, traders) = fixture::venue(2);
    let (taker, maker) = (traders[0], traders[1]);
    let mut salt = 0;
    let mut post = |venue: &mut crate::venue::Venue, who, outcome, side, cents, lots| {
        salt += 1;
        let wish = Wish { market: markets[0], outcome, side, kind: Kind::Gtc, cents, lots, salt };
        fixture::post(venue, who, wish).expect("taken");
    };
    let (yes, no) = (Outcome::First, Outcome::Second);
    venue.foretell([Fate::Settle, Fate::Settle, Fate::Fail, Fate::Settle]);
    post(&mut venue, maker, yes, Side::Sell, 40, 1_000);
    post(&mut venue, taker, yes, Side::Buy, 40, 1_000);
    venue.advance(fixture::OPENS.plus_secs(10));
    post(&mut venue, maker, yes, Side::Buy, 60, 500);
    post(&mut venue, taker, yes, Side::Sell, 60, 500);
    venue.advance(fixture::OPENS.plus_secs(130));
    post(&mut venue, maker, yes, Side::Sell, 50, 1_000);
    post(&mut venue, taker, yes, Side::Buy, 50, 1_000);
    venue.advance(fixture::OPENS.plus_secs(140));
    post(&mut venue, maker, yes, Side::Buy, 30, 2_000);
    post(&mut venue, taker, no, Side::Buy, 70, 2_000);
    venue.advance(fixture::OPENS.plus_secs(150));
    venue.resolve(markets[2], Fraction::from_micros(1_000_000).unwrap()).expect("a result");
    (fixture::desk(venue), taker, maker)
}

#[test]
fn public_trades_are_told_from_the_takers_side_and_only_from_blocks() {
    let (desk, taker, maker) = story();
    let condition = fixture::market(0, false).condition.to_string();
    let rows: Vec<TradeRow> = get(&desk, "/trades", &[("market", &condition)]);
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.side.as_str(), row.token.as_str(), row.price.as_str(), row.size.as_str()))
        .collect();
    let expected = [
        ("BUY", "1000001", "0.7", "20"),
        ("SELL", "1000000", "0.6", "5"),
        ("BUY", "1000000", "0.4", "10"),
    ];
    assert_eq!(told, expected, "newest first, without the one that failed");
    assert!(rows.iter().all(|row| row.transaction_hash.is_some()));
    let both: Vec<TradeRow> = get(&desk, "/trades", &[("takerOnly", "false")]);
    assert_eq!(both.len(), 6);
    // Two that bought made a pair: the maker's part is of his own token.
    assert_eq!((both[1].side.as_str(), both[1].price.as_str()), ("BUY", "0.3"));
    let (taker, maker) = (taker.wallet.to_string(), maker.wallet.to_string());
    assert_eq!(get::<Vec<TradeRow>>(&desk, "/trades", &[("user", &maker)]).len(), 0);
    assert_eq!(
        get::<Vec<TradeRow>>(&desk, "/trades", &[("user", &taker), ("side", "BUY")]).len(),
        2
    );

    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let mut query = vec![("condition", condition.as_str()), ("taker_only", "false")];
        match cursor.as_deref() {
            Some(cursor) => query.push(("cursor", cursor)),
            None => query.push(("limit", "4")),
        }
        let page: Envelope<TradeRow> = get(&desk, "/v2/trades", &query);
        seen.push(page.data.len());
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [4, 2]);
    assert_eq!(read(&desk, "/v2/trades", &[("cursor", "zzz")]).0, 400);
}

#[test]
fn positions_tell_what_was_paid_and_activity_holds_the_fee() {
    let (desk, taker, maker) = story();
    let wallet = taker.wallet.to_string();
    let v1: Vec<PositionRow> = get(&desk, "/positions", &[("user", &wallet)]);
    let v2: Envelope<PositionRow> = get(&desk, "/v2/positions", &[("user", &wallet)]);
    assert_eq!((v1.len(), v2.data.len()), (6, 6));
    let yes = &v2.data[0];
    // 10 for 4.00 and a fee of 0.12, half of them sold for 3.00 less 0.06.
    assert_eq!((yes.token.as_str(), yes.size.as_str()), ("1000000", "100005"));
    assert_eq!((yes.entry_cost.as_str(), yes.realized_pnl.as_str()), ("2", "0.94"));
    assert_eq!(yes.entry_fees.as_ref().unwrap().as_str(), "0.06");
    assert_eq!(yes.total_cost.as_ref().unwrap().as_str(), "2.06");
    assert_eq!((yes.current_price.as_str(), yes.current_value.as_str()), ("0.3", "30001.5"));
    assert!(yes.mergeable && !yes.redeemable);
    assert_eq!((&v1[0].token, &v1[0].entry_cost), (&yes.token, &yes.entry_cost));
    let no = &v2.data[1];
    assert_eq!((no.size.as_str(), no.entry_cost.as_str()), ("100020", "14"));
    assert_eq!(v2.data.iter().filter(|row| row.redeemable).count(), 2);
    let one: Envelope<PositionRow> =
        get(&desk, "/v2/positions", &[("user", &wallet), ("limit", "1")]);
    let cursor = one.next_cursor.expect("more");
    let next: Envelope<PositionRow> =
        get(&desk, "/v2/positions", &[("user", &wallet), ("cursor", &cursor)]);
    assert_eq!(next.data[0].token, no.token);

    let v1: Vec<ActivityRow> = get(&desk, "/activity", &[("user", &wallet)]);
    let v2: Envelope<ActivityRow> = get(&desk, "/v2/activity", &[("user", &wallet)]);
    assert_eq!(v1, v2.data);
    let trades: Vec<&str> = v1
        .iter()
        .filter(|row| row.kind == ActivityKind::Trade)
        .map(|row| row.usdc_size.as_ref().unwrap().as_str())
        .collect();
    // 20 No at 0.7: 14 and a fee of 20 × 0.05 × 0.21.
    assert_eq!(trades, ["14.21", "3", "4.12"]);
    let made: Vec<ActivityRow> = get(&desk, "/activity", &[("user", &maker.wallet.to_string())]);
    let made: Vec<&str> = made.iter().map(|row| row.usdc_size.as_ref().unwrap().as_str()).collect();
    assert_eq!(made, ["6", "3", "4"], "makers pay no fee");

    let value: Vec<WalletValue> = get(&desk, "/value", &[("user", &wallet)]);
    let single: Single<WalletValue> = get(&desk, "/v2/value", &[("user", &wallet)]);
    assert_eq!(value.as_slice(), std::slice::from_ref(&single.0));
    // Yes at 0.3, No at 0.7, a market without a price, one that paid its Yes.
    assert_eq!(single.0.value.as_str(), "300015.5");
}

#[test]
fn the_small_reads_have_the_recorded_shapes() {
    let (desk, taker, _) = story();
    let wallet = taker.wallet.to_string();
    let approvals: Single<Approvals> = get(&desk, "/v2/approvals", &[("user", &wallet)]);
    let contracts = &approvals.0.contracts;
    assert_eq!((contracts.len(), contracts.iter().filter(|row| row.approved).count()), (23, 4));
    let first = contracts.iter().find(|row| row.id == "UsdcExchange").expect("it is listed");
    assert_eq!(first.amount.as_deref(), Some("max"));
    let results: Envelope<ResolutionRow> = get(&desk, "/v2/resolutions", &[]);
    let [result] = results.data.as_slice() else { panic!("{results:?}") };
    let paid: Vec<&str> = result.payouts.iter().map(|paid| paid.as_str()).collect();
    assert_eq!(paid, ["1000000", "0"]);
    let points: Envelope<PricePoint> = get(&desk, "/v2/prices-history", &[("token_id", "1000001")]);
    let points: Vec<(i64, &str)> =
        points.data.iter().map(|p| (p.at.whole().unwrap(), p.price.as_str())).collect();
    // Two trades in the first minute: the later one counts.
    assert_eq!(points, [(1_789_999_980, "0.4"), (1_790_000_100, "0.7")]);
    let body = read(&desk, "/traded", &[("user", &wallet)]).1;
    assert!(String::from_utf8(body).unwrap().contains(r#""traded":1"#));
    let market = fixture::market(0, false).condition.to_string();
    let body = read(&desk, "/holders", &[("market", &market), ("limit", "1")]).1;
    let body = String::from_utf8(body).unwrap();
    assert!(body.contains(r#""amount":100015"#), "{body}");
    let body = read(&desk, "/closed-positions", &[("user", &wallet)]).1;
    assert_eq!(body, b"[]");
    for path in ["/positions", "/activity", "/v2/value", "/v2/approvals"] {
        assert_eq!(read(&desk, path, &[]).0, 400, "{path}");
        assert_eq!(read(&desk, path, &[("user", "me")]).0, 400, "{path}");
    }
}
