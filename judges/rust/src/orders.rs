//! Placing what rests, refusals, and every way to cancel.

use crate::Scene;
use crate::cast::{Cast, Market, Trader};
use crate::judge::{Judge, Told, d};
use crate::streams;
use polymarket_client_sdk_v2::clob::types::request::{
    CancelMarketOrderRequest, OrderBookSummaryRequest, OrdersRequest,
};
use polymarket_client_sdk_v2::clob::types::response::PostOrderResponse;
use polymarket_client_sdk_v2::clob::types::{
    OrderStatusType, OrderType, Side, SignableOrder, SignedOrder,
};
use polymarket_client_sdk_v2::clob::ws::types::response::OrderMessageType;
use polymarket_client_sdk_v2::error::Error;
use polymarket_client_sdk_v2::types::{DateTime, U256, Utc};

/// A limit order that is not placed yet.
#[derive(Clone, Debug)]
pub struct Limit {
    pub token: U256,
    pub side: Side,
    pub size: &'static str,
    pub price: &'static str,
    pub kind: OrderType,
    pub until: Option<DateTime<Utc>>,
    pub post_only: bool,
}

impl Limit {
    pub fn new(token: U256, side: Side, size: &'static str, price: &'static str) -> Self {
        let kind = OrderType::GTC;
        Self { token, side, size, price, kind, until: None, post_only: false }
    }

    pub fn post_only(self) -> Self {
        Self { post_only: true, ..self }
    }

    pub fn until(self, until: DateTime<Utc>) -> Self {
        Self { until: Some(until), kind: OrderType::GTD, ..self }
    }

    async fn build(&self, who: &Trader) -> Result<SignableOrder, Error> {
        let builder = who.client.limit_order().token_id(self.token).side(self.side);
        let builder = builder.size(d(self.size)).price(d(self.price));
        let builder = builder.order_type(self.kind.clone()).post_only(self.post_only);
        match self.until {
            Some(until) => builder.expiration(until).build().await,
            None => builder.build().await,
        }
    }
}

/// A signed order and the id we compute for it.
pub async fn signed(who: &Trader, venue: &Market, limit: &Limit) -> Told<(SignedOrder, String)> {
    let order = limit.build(who).await?;
    let id = who.id_of(&order, venue)?;
    Ok((who.client.sign(&who.signer, order).await?, id))
}

/// Posts a limit order; the answer may be a refusal.
pub async fn post(
    who: &Trader,
    venue: &Market,
    limit: &Limit,
) -> Told<Result<PostOrderResponse, Error>> {
    let (order, _) = signed(who, venue, limit).await?;
    Ok(who.client.post_order(order).await)
}

/// Posts a limit order and checks that the server names it as we do.
pub async fn place(
    judge: &Judge,
    who: &Trader,
    venue: &Market,
    limit: &Limit,
) -> Told<PostOrderResponse> {
    let (order, id) = signed(who, venue, limit).await?;
    let reply = who.client.post_order(order).await?;
    let what = format!("{} {} {} @ {}", who.name, limit.side, limit.size, limit.price);
    judge.same(&what, reply.success, true)?;
    judge.same(&what, reply.error_msg.as_deref().unwrap_or_default(), "")?;
    judge.same(&what, &reply.order_id, &id)?;
    Ok(reply)
}

/// The id of an order that rests untouched.
pub fn rested(judge: &Judge, reply: PostOrderResponse) -> Told<String> {
    judge.same("status", reply.status, OrderStatusType::Live)?;
    judge.same("nothing traded", reply.trade_ids.len(), 0)?;
    Ok(reply.order_id)
}

/// Two orders that do not meet: 20 asked at 0.52, 10 bid at 0.47.
pub async fn rest(judge: &Judge, cast: &Cast, scene: &mut Scene) -> Told {
    let rain = &cast.rain;
    let sell = Limit::new(rain.yes, Side::Sell, "20", "0.52");
    let ask = rested(judge, place(judge, &scene.boris, rain, &sell).await?)?;
    judge.ok("post_order", "GTC SELL 20 @ 0.52 rests, signature type 3");
    for (token, side, price) in [(rain.yes, Side::Sell, d("0.52")), (rain.no, Side::Buy, d("0.48"))]
    {
        let seen = scene.changes.wait(judge, "the order on the tape", |told| {
            let mut changes = told.price_changes.iter();
            changes
                .any(|it| {
                    (it.asset_id, it.side, it.price, it.size) == (token, side, price, Some(d("20")))
                })
                .then_some(())
        });
        seen.await?;
    }
    judge.ok("subscribe_prices", "20 @ 0.52 and its mirror");
    placement(judge, cast, scene, &ask).await?;
    let buy = Limit::new(rain.yes, Side::Buy, "10", "0.47");
    let bid = rested(judge, place(judge, &scene.anna, rain, &buy).await?)?;
    judge.ok("limit_order, sign, post_order", "GTC BUY 10 @ 0.47 rests, signature type 0");
    let top = |told: &polymarket_client_sdk_v2::clob::ws::BestBidAsk| {
        let is_ours = told.best_bid == d("0.47") && told.best_ask == d("0.52");
        is_ours.then_some(told.spread)
    };
    let spread = scene.tops.wait(judge, "best bid and ask", top).await?;
    judge.same("spread", spread, d("0.05"))?;
    judge.ok("subscribe_best_bid_ask", "0.47 0.52");
    let row = scene.anna.client.order(&bid).await?;
    judge.same("status", row.status, OrderStatusType::Live)?;
    judge.same("sizes", (row.original_size, row.size_matched), (d("10"), d("0")))?;
    judge.same("maker_address", row.maker_address, scene.anna.wallet.address)?;
    judge.same("market", row.market, rain.condition)?;
    judge.same("asset_id", row.asset_id, rain.yes)?;
    judge.same("outcome", row.outcome.to_lowercase().as_str(), "yes")?;
    judge.same("order_type", row.order_type, OrderType::GTC)?;
    judge.same("expiration", row.expiration, DateTime::<Utc>::UNIX_EPOCH)?;
    let age = (Utc::now() - row.created_at).num_seconds().abs();
    judge.yes("created_at", age < 60, row.created_at)?;
    judge.ok("order", "LIVE");
    scene.resting.extend([("ask", ask), ("bid", bid)]);
    Ok(())
}

async fn placement(judge: &Judge, cast: &Cast, scene: &Scene, id: &str) -> Told {
    let placed = |event: &_| {
        streams::order(event, |it| {
            let is_this = it.id == id && it.msg_type == Some(OrderMessageType::Placement);
            is_this.then(|| it.clone())
        })
    };
    let told = scene.boris_stream.wait(judge, "the placement", placed).await?;
    judge.same("original_size", told.original_size, Some(d("20")))?;
    judge.same("size_matched", told.size_matched, Some(d("0")))?;
    judge.same("price", told.price, d("0.52"))?;
    judge.same("side", told.side, Side::Sell)?;
    judge.same("owner", told.owner, cast.creds.get("boris").map(|creds| creds.key()))?;
    judge.ok("subscribe_user_events", "PLACEMENT");
    Ok(())
}

/// Post-only, good till a time, and what the venue refuses.
pub async fn conditions(judge: &Judge, cast: &Cast, scene: &mut Scene) -> Told {
    let rain = &cast.rain;
    let anna = &scene.anna;
    let buy = |size, price| Limit::new(rain.yes, Side::Buy, size, price);
    let quiet = buy("5", "0.41").post_only();
    let post_only = rested(judge, place(judge, anna, rain, &quiet).await?)?;
    judge.ok("post_order", "post-only BUY 5 @ 0.41 rests");
    let crossing = post(anna, rain, &buy("5", "0.55").post_only()).await?;
    judge.refused("post_order post-only", 400, "order crosses book", crossing)?;
    let until = DateTime::from_timestamp(Utc::now().timestamp() + 600, 0).ok_or("no time")?;
    let dated = buy("6", "0.4").until(until);
    let gtd = rested(judge, place(judge, anna, rain, &dated).await?)?;
    let row = anna.client.order(&gtd).await?;
    judge.same("expiration", row.expiration, until)?;
    judge.same("order_type", row.order_type, OrderType::GTD)?;
    judge.ok("post_order", format!("GTD BUY 6 @ 0.40 until {}", until.timestamp()));
    let soon = DateTime::from_timestamp(Utc::now().timestamp() + 30, 0).ok_or("no time")?;
    let too_soon = post(anna, rain, &buy("6", "0.4").until(soon)).await?;
    judge.refused("post_order GTD", 400, "invalid expiration", too_soon)?;
    let small = post(anna, rain, &buy("1", "0.4")).await?;
    judge.refused("post_order", 400, "lower than the minimum", small)?;
    let large = post(anna, rain, &buy("9000", "0.5")).await?;
    judge.refused("post_order", 400, "not enough balance", large)?;
    one_is_cancelled(judge, scene, rain).await?;
    scene.resting.extend([("post_only", post_only), ("gtd", gtd)]);
    Ok(())
}

async fn one_is_cancelled(judge: &Judge, scene: &Scene, rain: &Market) -> Told {
    let anna = &scene.anna;
    let limit = Limit::new(rain.yes, Side::Buy, "5", "0.44");
    let id = rested(judge, place(judge, anna, rain, &limit).await?)?;
    let answer = anna.client.cancel_order(&id).await?;
    judge.same("canceled", answer.canceled, vec![id.clone()])?;
    let cancelled = |event: &_| {
        streams::order(event, |it| {
            let is_this = it.id == id && it.msg_type == Some(OrderMessageType::Cancellation);
            is_this.then_some(it.size_matched)
        })
    };
    let matched = scene.anna_stream.wait(judge, "the cancellation", cancelled).await?;
    judge.same("nothing matched", matched.unwrap_or_default(), d("0"))?;
    judge.ok("cancel_order", "told by subscribe_user_events");
    Ok(())
}

/// Three legs, of which one is too small: two rest, one says why not.
pub async fn batch(judge: &Judge, cast: &Cast, scene: &mut Scene) -> Told {
    let (rain, anna) = (&cast.rain, &scene.anna);
    let (mut legs, mut ids) = (Vec::new(), Vec::new());
    for (size, price) in [("5", "0.42"), ("5", "0.43"), ("1", "0.44")] {
        let (order, id) = signed(anna, rain, &Limit::new(rain.yes, Side::Buy, size, price)).await?;
        legs.push(order);
        ids.push(id);
    }
    let replies = anna.client.post_orders(legs).await?;
    let [first, second, third] = <[PostOrderResponse; 3]>::try_from(replies)
        .map_err(|got| format!("a reply for each of 3 legs: got {got:?}"))?;
    let why = third.error_msg.unwrap_or_default();
    judge.yes("the third says why", why.contains("lower than the minimum"), &why)?;
    judge.same("and has no id", third.order_id.as_str(), "")?;
    let (first, second) = (rested(judge, first)?, rested(judge, second)?);
    judge.same("ids", [&first, &second], [&ids[0], &ids[1]])?;
    scene.resting.extend([("first", first), ("second", second)]);
    judge.ok("post_orders", "two rest, one refused");
    Ok(())
}

/// One, several, those of a market, all; an unknown id is told, not an error.
pub async fn cancels(judge: &Judge, cast: &Cast, scene: &Scene) -> Told {
    let (rain, client) = (&cast.rain, &scene.anna.client);
    let (first, second) = (scene.order("first")?, scene.order("second")?);
    let answer = client.cancel_order(first).await?;
    judge.same("canceled", answer.canceled, vec![first.to_owned()])?;
    judge.ok("cancel_order", "");
    let gone = format!("0x{}", "11".repeat(32));
    let answer = client.cancel_orders(&[second, &gone]).await?;
    judge.same("canceled", answer.canceled, vec![second.to_owned()])?;
    judge.same("not_canceled", answer.not_canceled.keys().collect::<Vec<_>>(), vec![&gone])?;
    judge.ok("cancel_orders", answer.not_canceled.get(&gone).cloned().unwrap_or_default());
    let of_no =
        CancelMarketOrderRequest::builder().market(rain.condition).asset_id(rain.no).build();
    let answer = client.cancel_market_orders(&of_no).await?;
    judge.same("nothing of hers rests there", answer.canceled.len(), 0)?;
    let of_yes = CancelMarketOrderRequest::builder().asset_id(rain.yes).build();
    let answer = scene.boris.client.cancel_market_orders(&of_yes).await?;
    judge.same("canceled", answer.canceled, vec![scene.order("ask")?.to_owned()])?;
    judge.ok("cancel_market_orders", "");
    let mut canceled = client.cancel_all_orders().await?.canceled;
    let mut left: Vec<_> = ["post_only", "gtd", "proxy"]
        .iter()
        .filter_map(|it| scene.resting.get(it))
        .cloned()
        .collect();
    canceled.sort();
    left.sort();
    judge.same("canceled", canceled, left)?;
    judge.ok("cancel_all_orders", 3);
    let page = client.orders(&OrdersRequest::default(), None).await?;
    judge.same("nothing is left", (page.data.len(), page.next_cursor.as_str()), (0, "LTE="))?;
    judge.ok("orders", "none");
    let wanted = OrderBookSummaryRequest::builder().token_id(rain.yes).build();
    let book = cast.public()?.order_book(&wanted).await?;
    judge.same("the book is empty", (book.bids.len(), book.asks.len()), (0, 0))?;
    judge.same("last trade", book.last_trade_price.is_some(), true)?;
    judge.ok("order_book", "empty");
    Ok(())
}
