//! Receipts of settlements, as our own client reads them.
//!
//! Planted by hand and seen red: the announced fee told in place of the one that is charged, the taker's dollars told
//! as the maker's, a block that moves once the trade is final.

use crate::ledger::MarketIx;
use crate::serve::call::{Call, Service};
use crate::serve::desk::Desk;
use crate::serve::fixture::{self, Trader, Wish};
use crate::serve::routes::{Found, find};
use crate::venue::order::Kind;
use crate::venue::trade::{Trade, TradeIx};
use alloy_primitives::{Address, B256, U256};
use betteroms_core::market::{FeeSchedule, Outcome, Side};
use betteroms_core::money::Fraction;
use betteroms_core::time::Time;
use betteroms_polymarket::chain::Receipt;
use betteroms_polymarket::chain::filled::OrderFilled;
use betteroms_polymarket::signing::Exchange;
use betteroms_polymarket::wire::rpc::RpcAnswer;
use serde_json::json;

fn ask(desk: &Desk, hash: &serde_json::Value) -> RpcAnswer<Receipt> {
    let mut call = Call::of("POST", "/rpc", &[]);
    let method = "eth_getTransactionReceipt";
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": [hash] });
    call.body = body.to_string().into();
    let Found::Route(route, _) = find(Service::Relayer, "POST", "/rpc") else { panic!("no route") };
    wire!(&(route.handler)(desk, &call).unwrap())
}

/// A trade of twenty at 40 cents in the nth market: ten from who sells that token, ten from who buys the other one.
/// What is charged is 9 %, what is announced 5.
fn traded(nth: usize) -> (Desk, Vec<Trader>, MarketIx) {
    let (mut venue, markets, traders) = fixture::venue(3);
    let rate = Fraction::from_micros(90_000).unwrap();
    venue.settings.charged_fee = Some(FeeSchedule { rate, exponent: Some(1) });
    let market = markets[nth];
    let wish = |outcome, side, cents, lots| {
        let salt = u64::from(cents);
        Wish { market, outcome, side, kind: Kind::Gtc, cents, lots, salt }
    };
    for (who, wish) in [
        (0, wish(Outcome::First, Side::Sell, 40, 1_000)),
        (1, wish(Outcome::Second, Side::Buy, 60, 1_000)),
        (2, wish(Outcome::First, Side::Buy, 40, 2_000)),
    ] {
        fixture::post(&mut venue, traders[who], wish).unwrap();
    }
    assert_eq!(venue.trades().len(), 1);
    (fixture::desk(venue), traders, market)
}

fn pass(desk: &Desk, millis: i64) -> Trade {
    let until = Time::from_micros(fixture::OPENS.micros() + millis * 1_000);
    desk.clock.set(until).unwrap();
    desk.tick();
    desk.with(&Call::of("GET", "/", &[]), |venue| venue.trades().get(TradeIx(0)).clone())
}

/// Who gave, who took, direction, token's last digit, making, taking and fee.
type Said = (Address, Address, Side, U256, u64, u64, u64);

fn said(filled: &OrderFilled) -> Said {
    let OrderFilled { maker, taker, side, token, making, taking, fee, .. } = filled;
    (*maker, *taker, *side, *token % U256::from(2), making.to(), taking.to(), fee.to())
}

#[test]
fn a_settlement_tells_each_order_and_what_the_taker_was_charged() {
    for (nth, exchange) in [(0, Exchange::Standard), (1, Exchange::NegRisk)] {
        let (desk, traders, _) = traded(nth);
        let trade = pass(&desk, 2_000);
        let hash = trade.transaction.expect("it is mined");
        let receipt = ask(&desk, &json!(hash)).result.expect("a receipt");
        assert!(receipt.is_success && receipt.hash == hash);
        let told: Vec<OrderFilled> = receipt.logs.iter().filter_map(OrderFilled::decode).collect();
        assert_eq!(told.len(), 3);
        let orders: Vec<B256> = told.iter().map(|one| one.order).collect();
        let legs = trade.legs.iter().map(|leg| leg.maker.order_id);
        assert_eq!(orders, legs.chain([trade.taker.order_id]).collect::<Vec<B256>>());
        assert!(told.iter().all(|one| one.exchange == exchange.address()));
        let [sells, buys, takes] = [0, 1, 2].map(|who: usize| traders[who].wallet);
        let (yes, no) = (U256::ZERO, U256::ONE);
        let mut seen: Vec<Said> = told.iter().map(said).collect();
        // 20 at 40 cents and 9 %: 0.432.
        let own = seen.pop().unwrap();
        assert_eq!(
            own,
            (takes, exchange.address(), Side::Buy, yes, 8_000_000, 20_000_000, 432_000)
        );
        assert!(
            seen.contains(&(sells, takes, Side::Sell, yes, 10_000_000, 4_000_000, 0)),
            "{seen:?}"
        );
        assert!(seen.contains(&(buys, takes, Side::Buy, no, 6_000_000, 10_000_000, 0)), "{seen:?}");
        // The same once it is final.
        pass(&desk, 60_000);
        assert_eq!(ask(&desk, &json!(hash)).result, Some(receipt));
    }
}

#[test]
fn what_is_in_no_block_has_no_receipt() {
    let (desk, _, _) = traded(0);
    for hash in [B256::ZERO, B256::repeat_byte(7)] {
        let told = ask(&desk, &json!(hash));
        assert_eq!((told.result, told.error), (None, None), "{hash}");
    }
    assert_eq!(pass(&desk, 1_000).transaction, None, "not mined yet");
    for bad in [json!("0x12"), json!(7), json!(null)] {
        assert_eq!(ask(&desk, &bad).error.map(|error| error.code), Some(-32_602), "{bad}");
    }
}
