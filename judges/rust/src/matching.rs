//! Orders that meet: how both sides follow them, what each order type takes, each kind of wallet.

use crate::Scene;
use crate::cast::{Cast, Market, Trader};
use crate::judge::{Judge, Told, d};
use crate::orders::{Limit, place, post, rested};
use crate::streams::{self, Seen};
use polymarket_client_sdk_v2::clob::types::request::TradesRequest;
use polymarket_client_sdk_v2::clob::types::response::{PostOrderResponse, TradeResponse};
use polymarket_client_sdk_v2::clob::types::{
    Amount, OrderStatusType, OrderType, Side, TradeStatusType, TraderSide,
};
use polymarket_client_sdk_v2::clob::ws::types::response::{OrderMessageType, TradeMessageStatus};
use polymarket_client_sdk_v2::clob::ws::{LastTradePrice, WsMessage};
use polymarket_client_sdk_v2::error::Error;
use std::time::Duration;

/// A match: amounts, one trade, and the hash the library waited for.
fn matched(
    judge: &Judge,
    trades: &mut Vec<String>,
    reply: &PostOrderResponse,
    gave: &str,
    got: &str,
) -> Told {
    judge.same("status", &reply.status, &OrderStatusType::Matched)?;
    judge.same("amounts", (reply.making_amount, reply.taking_amount), (d(gave), d(got)))?;
    judge.same("one trade", reply.trade_ids.len(), 1)?;
    judge.same("its hash, once mined", reply.transaction_hashes.len(), 1)?;
    trades.extend(reply.trade_ids.iter().cloned());
    Ok(())
}

/// The trade once it is confirmed.
async fn one_trade(judge: &Judge, who: &Trader, id: &str) -> Told<TradeResponse> {
    let wanted = TradesRequest::builder().id(id).build();
    let what = format!("{}: trade {id}", who.name);
    let read = || async { Ok(who.client.trades(&wanted, None).await?.data) };
    let is_over = |rows: &Vec<TradeResponse>| {
        rows.first().is_some_and(|row| row.status == TradeStatusType::Confirmed)
    };
    let rows = judge.until(&what, Duration::from_secs(5), read, is_over).await?;
    judge.same(&what, rows.len(), 1)?;
    rows.into_iter().next().ok_or_else(|| what.into())
}

/// Anna buys 30 at 0.52: 20 match Boris's order, 10 rest. Both follow the trade to its end.
pub async fn cross(judge: &Judge, cast: &Cast, scene: &mut Scene) -> Told {
    let rain = &cast.rain;
    let limit = Limit::new(rain.yes, Side::Buy, "30", "0.52");
    let reply = place(judge, &scene.anna, rain, &limit).await?;
    matched(judge, &mut scene.trades, &reply, "10.4", "20")?;
    judge.ok("post_order", "GTC BUY 30 @ 0.52 matches 20");
    follow(judge, scene, &scene.anna, &scene.anna_stream, &TraderSide::Taker, &reply).await?;
    follow(judge, scene, &scene.boris, &scene.boris_stream, &TraderSide::Maker, &reply).await?;
    let ask = scene.order("ask")?;
    let updated = |event: &_| {
        streams::order(event, |it| {
            let is_this = it.id == ask && it.msg_type == Some(OrderMessageType::Update);
            is_this.then_some(it.size_matched)
        })
    };
    let filled = scene.boris_stream.wait(judge, "the maker's update", updated).await?;
    judge.same("size_matched", filled, Some(d("20")))?;
    judge.ok("subscribe_user_events", "UPDATE");
    let printed = |told: &LastTradePrice| (told.asset_id == rain.yes).then(|| told.clone());
    let print = scene.prints.wait(judge, "the print", printed).await?;
    judge.same("print", (print.price, print.size), (d("0.52"), Some(d("20"))))?;
    judge.same("side", print.side, Some(Side::Buy))?;
    judge.ok("subscribe_last_trade_price", "0.52");
    let row = scene.anna.client.order(&reply.order_id).await?;
    judge.same("sizes", (row.original_size, row.size_matched), (d("30"), d("20")))?;
    let [trade] = scene.trades.as_slice() else { return Err("one trade so far".into()) };
    judge.yes("the trade stands with the order", row.associate_trades.contains(trade), &row)?;
    judge.ok("order", "20 of 30");
    Ok(())
}

async fn follow(
    judge: &Judge,
    scene: &Scene,
    who: &Trader,
    stream: &Seen<WsMessage>,
    role: &TraderSide,
    reply: &PostOrderResponse,
) -> Told {
    let id = reply.trade_ids.first().ok_or("no trade")?;
    for status in
        [TradeMessageStatus::Matched, TradeMessageStatus::Mined, TradeMessageStatus::Confirmed]
    {
        let wanted = |event: &_| {
            let is_this = |it: &polymarket_client_sdk_v2::clob::ws::TradeMessage| {
                (it.id == *id && it.status == status).then(|| it.clone())
            };
            streams::trade(event, is_this)
        };
        let what = format!("{}: {status:?}", who.name);
        let told = stream.wait(judge, &what, wanted).await?;
        judge.same(&what, (told.size, told.price), (d("20"), d("0.52")))?;
        judge.same(&what, told.taker_order_id.as_ref(), Some(&reply.order_id))?;
        judge.same(&what, told.trader_side.as_ref(), Some(role))?;
    }
    judge.ok("subscribe_user_events", format!("{role:?} MATCHED MINED CONFIRMED"));
    let row = one_trade(judge, who, id).await?;
    judge.same("trader_side", &row.trader_side, role)?;
    judge.same("taker_order_id", &row.taker_order_id, &reply.order_id)?;
    judge.same("side", row.side, Side::Buy)?;
    judge.same("trade", (row.size, row.price), (d("20"), d("0.52")))?;
    // The outer fields are the taker's, whoever reads.
    judge.same("maker_address", row.maker_address, scene.anna.wallet.address)?;
    let [maker] = row.maker_orders.as_slice() else {
        return Err(format!("one maker: got {:?}", row.maker_orders).into());
    };
    judge.same("maker's order", maker.order_id.as_str(), scene.order("ask")?)?;
    judge.same("maker's fill", (maker.matched_amount, maker.price), (d("20"), d("0.52")))?;
    judge.same("maker's side", maker.side, Side::Sell)?;
    judge.same("maker's wallet", maker.maker_address, scene.boris.wallet.address)?;
    judge.same("hash", Some(&row.transaction_hash), reply.transaction_hashes.first())?;
    judge.ok("trades", format!("{role:?} CONFIRMED"));
    Ok(())
}

/// A market SELL; the answer may be a refusal.
async fn sell_now(
    who: &Trader,
    venue: &Market,
    shares: &str,
    price: &str,
    kind: OrderType,
) -> Told<(Result<PostOrderResponse, Error>, String)> {
    let builder = who.client.market_order().token_id(venue.yes).side(Side::Sell);
    let builder = builder.amount(Amount::shares(d(shares))?).price(d(price)).order_type(kind);
    let order = builder.build().await?;
    let id = who.id_of(&order, venue)?;
    let order = who.client.sign(&who.signer, order).await?;
    Ok((who.client.post_order(order).await, id))
}

/// FOK and FAK, filled and not; a market BUY that prices itself; a pair minted by two BUYs.
pub async fn take(judge: &Judge, cast: &Cast, scene: &mut Scene) -> Told {
    let rain = &cast.rain;
    let (anna, boris, trades) = (&scene.anna, &scene.boris, &mut scene.trades);
    let (reply, id) = sell_now(boris, rain, "5", "0.52", OrderType::FOK).await?;
    let reply = reply?;
    judge.same("id", &reply.order_id, &id)?;
    matched(judge, trades, &reply, "5", "2.6")?;
    judge.ok("market_order, sign, post_order", "FOK SELL 5 @ 0.52 filled");
    let (killed, _) = sell_now(boris, rain, "100", "0.52", OrderType::FOK).await?;
    judge.refused("post_order FOK", 400, "order couldn't be fully filled", killed)?;
    let (reply, _) = sell_now(boris, rain, "20", "0.52", OrderType::FAK).await?;
    matched(judge, trades, &reply?, "5", "2.6")?;
    judge.ok("post_order", "FAK SELL 20 @ 0.52 takes the 5 that are there");
    let (nothing, _) = sell_now(boris, rain, "10", "0.6", OrderType::FAK).await?;
    judge.refused("post_order FAK", 400, "no orders found to match with FAK order", nothing)?;
    let sell = Limit::new(rain.yes, Side::Sell, "10", "0.55");
    let ask = rested(judge, place(judge, boris, rain, &sell).await?)?;
    judge.ok("post_order", "GTC SELL 10 @ 0.55 rests");
    let buy = anna.client.market_order().token_id(rain.yes).side(Side::Buy);
    let buy = buy.amount(Amount::usdc(d("2.75"))?).order_type(OrderType::FOK);
    let reply = buy.build_sign_and_post(&anna.signer).await?;
    matched(judge, trades, &reply, "2.75", "5")?;
    judge.ok("build_sign_and_post", "FOK BUY for 2.75 finds 0.55, gets 5");
    let mint = Limit::new(rain.no, Side::Buy, "10", "0.53");
    let reply = place(judge, boris, rain, &mint).await?;
    matched(judge, trades, &reply, "5.3", "10")?;
    let row = one_trade(judge, anna, trades.last().ok_or("no trade")?).await?;
    let maker = row.maker_orders.first().ok_or("no maker")?;
    judge.same("taker's", (row.asset_id, row.price), (rain.no, d("0.53")))?;
    judge.same("maker's", (maker.asset_id, maker.price), (rain.yes, d("0.47")))?;
    judge.same("maker's side", maker.side, Side::Buy)?;
    judge.same("maker's order", Some(&maker.order_id), scene.resting.get("bid"))?;
    judge.ok("post_order", "BUY NO 10 @ 0.53 mints with BUY YES 10 @ 0.47");
    scene.resting.insert("ask", ask);
    Ok(())
}

/// Signature types 1 and 2, and a neg-risk market with a finer tick.
pub async fn wallets(judge: &Judge, cast: &Cast, scene: &mut Scene) -> Told {
    let (rain, cup) = (&cast.rain, &cast.cup);
    let limit = Limit::new(rain.yes, Side::Buy, "10", "0.3");
    let proxy = rested(judge, place(judge, &scene.anna_proxy, rain, &limit).await?)?;
    let row = scene.anna_proxy.client.order(&proxy).await?;
    judge.same("maker_address", row.maker_address, scene.anna_proxy.wallet.address)?;
    judge.ok("post_order", "signature type 1");
    scene.resting.insert("proxy", proxy);
    let sell = Limit::new(cup.yes, Side::Sell, "10", "0.333");
    rested(judge, place(judge, &scene.boris_eoa, cup, &sell).await?)?;
    let buy = Limit::new(cup.yes, Side::Buy, "10", "0.333");
    let reply = place(judge, &scene.anna_safe, cup, &buy).await?;
    matched(judge, &mut scene.trades, &reply, "3.33", "10")?;
    let id = scene.trades.last().ok_or("no trade")?;
    let row = one_trade(judge, &scene.anna_safe, id).await?;
    judge.same("maker_address", row.maker_address, scene.anna_safe.wallet.address)?;
    judge.ok("post_order", "signature type 2, neg-risk, 0.333");
    let wrong = cast.trader("anna", "safe").await?;
    wrong.client.set_neg_risk(cup.yes, false);
    let answer = post(&wrong, cup, &Limit::new(cup.yes, Side::Buy, "10", "0.2")).await?;
    judge.refused("post_order", 400, "invalid signature", answer)
}
