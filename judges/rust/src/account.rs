//! What only its owner may read or change: keys, balances, orders and trades by pages, and the rest.

use crate::Scene;
use crate::cast::{Cast, Trader};
use crate::judge::{Judge, Told, d};
use polymarket_client_sdk_v2::auth::{Credentials, ExposeSecret as _};
use polymarket_client_sdk_v2::clob::types::request::{
    BalanceAllowanceRequest, DeleteNotificationsRequest, OrdersRequest, TradesRequest,
};
use polymarket_client_sdk_v2::clob::types::response::ApiKeysResponse;
use polymarket_client_sdk_v2::clob::types::{AssetType, Side};
use polymarket_client_sdk_v2::types::{Decimal, U256, Utc};
use std::time::Duration;
use uuid::Uuid;

/// Key, secret and passphrase, to compare.
fn all(creds: &Credentials) -> (Uuid, String, String) {
    let text =
        |secret: &polymarket_client_sdk_v2::auth::SecretString| secret.expose_secret().to_owned();
    (creds.key(), text(creds.secret()), text(creds.passphrase()))
}

/// Create, derive, list, delete; one key stays with each account.
pub async fn keys(judge: &Judge, cast: &mut Cast) -> Told {
    for name in ["anna", "boris"] {
        let (client, signer) = (cast.public()?, cast.signer(name)?);
        let creds = client.create_api_key(&signer, None).await?;
        judge.ok("create_api_key", name);
        let again = client.create_api_key(&signer, None).await;
        judge.refused("create_api_key", 400, "Could not create api key", again)?;
        let derived = client.derive_api_key(&signer, None).await?;
        judge.same("derived", all(&derived), all(&creds))?;
        judge.ok("derive_api_key", "");
        let either = client.create_or_derive_api_key(&signer, None).await?;
        judge.same("created or derived", all(&either), all(&creds))?;
        judge.ok("create_or_derive_api_key", "");
        cast.creds.insert(name.to_owned(), creds);
    }
    second_key(judge, cast).await?;
    let anna = cast.trader("anna", "eoa").await?;
    read_only(judge, &anna).await?;
    judge.same("closed only", anna.client.closed_only_mode().await?.closed_only, false)?;
    judge.ok("closed_only_mode", false);
    let secret_of = |name: &str| cast.creds.get(name).map(all).ok_or("no key yet");
    let (key, _, passphrase) = secret_of("anna")?;
    let (_, other, _) = secret_of("boris")?;
    let wrong = Credentials::new(key, other, passphrase);
    let wrong = cast.trader_with("anna", "eoa", wrong).await?;
    judge.refused("api_keys", 401, "Unauthorized", wrong.client.api_keys().await)
}

async fn second_key(judge: &Judge, cast: &Cast) -> Told {
    let (client, signer) = (cast.public()?, cast.signer("anna")?);
    let none = client.derive_api_key(&signer, Some(7)).await;
    judge.refused("derive_api_key", 400, "Could not derive api key", none)?;
    let made = client.create_api_key(&signer, Some(7)).await?;
    let first = cast.creds.get("anna").ok_or("no key yet")?.key();
    let second = cast.trader_with("anna", "eoa", made.clone()).await?;
    let listed = |keys: Vec<Uuid>| ApiKeysResponse::builder().keys(keys).build();
    let got = second.client.api_keys().await?;
    let both = [listed(vec![first, made.key()]), listed(vec![made.key(), first])];
    judge.yes("both keys", both.contains(&got), &got)?;
    judge.ok("api_keys", 2);
    judge.same("deleted", second.client.delete_api_key().await?, "OK")?;
    judge.ok("delete_api_key", "");
    judge.refused("api_keys", 401, "Unauthorized", second.client.api_keys().await)?;
    let anna = cast.trader("anna", "eoa").await?;
    judge.same("one is left", anna.client.api_keys().await?, listed(vec![first]))?;
    judge.ok("api_keys", 1);
    Ok(())
}

async fn read_only(judge: &Judge, who: &Trader) -> Told {
    let made = who.client.create_readonly_api_key().await?.api_key;
    judge.ok("create_readonly_api_key", "");
    let listed = who.client.readonly_api_keys().await?;
    judge.same("read-only keys", &listed, &vec![made.clone()])?;
    judge.ok("readonly_api_keys", 1);
    who.client.delete_readonly_api_key(&made).await?;
    judge.ok("delete_readonly_api_key", "");
    judge.same("none is left", who.client.readonly_api_keys().await?.len(), 0)?;
    judge.ok("readonly_api_keys", "none");
    Ok(())
}

/// A balance in units, after the venue was told to look again.
async fn held(who: &Trader, token: Option<U256>) -> Told<Decimal> {
    let kind = if token.is_some() { AssetType::Conditional } else { AssetType::Collateral };
    let wanted = BalanceAllowanceRequest::builder().asset_type(kind).maybe_token_id(token).build();
    who.client.update_balance_allowance(wanted.clone()).await?;
    Ok(who.client.balance_allowance(wanted).await?.balance / Decimal::from(1_000_000))
}

/// Each wallet has its own cash, so reading the wrong one is seen.
pub async fn balances(judge: &Judge, cast: &Cast, scene: &Scene) -> Told {
    let all = [&scene.anna, &scene.anna_proxy, &scene.anna_safe, &scene.boris, &scene.boris_eoa];
    for who in all {
        judge.same(&who.name, held(who, None).await?, who.wallet.cash)?;
        for token in [cast.rain.yes, cast.rain.no, cast.cup.yes, cast.cup.no] {
            let shares = held(who, Some(token)).await?;
            judge.same(&who.name, shares, cast.stage.shares_of_every_wallet)?;
        }
        let wanted = BalanceAllowanceRequest::builder().asset_type(AssetType::Collateral).build();
        let allowances = who.client.balance_allowance(wanted).await?.allowances;
        let is_allowed = |it: &String| U256::from_str_radix(it, 10).is_ok_and(|it| !it.is_zero());
        judge.yes("allowances", allowances.values().all(is_allowed), &allowances)?;
        judge.ok("update_balance_allowance", "");
        judge.ok("balance_allowance", format!("{}: {}", who.name, who.wallet.cash));
    }
    Ok(())
}

/// Every dollar and share after all trades, takers' fees included.
pub async fn ledger(judge: &Judge, cast: &Cast, scene: &Scene) -> Told {
    let (rain, cup) = (&cast.rain, &cast.cup);
    let Scene { anna, anna_safe, boris, boris_eoa, .. } = scene;
    let fee = |shares: &str, price: &str| rain.fee(d(shares), d(price));
    let anna_fees = fee("20", "0.52") + fee("5", "0.55");
    let boris_fees = fee("5", "0.52") + fee("5", "0.52") + fee("10", "0.53");
    // 20 and twice 5 at 0.52 and 5 at 0.55 change hands; both put up their part of the minted 10.
    let traded = d("10.4") + d("2.6") + d("2.6") + d("2.75");
    let safe_pays = d("3.33") + cup.fee(d("10"), d("0.333"));
    let shares = cast.stage.shares_of_every_wallet;
    let wanted = [
        (anna, None, anna.wallet.cash - traded - d("4.7") - anna_fees),
        (boris, None, boris.wallet.cash + traded - d("5.3") - boris_fees),
        (anna, Some(rain.yes), shares + d("45")),
        (boris, Some(rain.yes), shares - d("35")),
        (boris, Some(rain.no), shares + d("10")),
        (anna_safe, None, anna_safe.wallet.cash - safe_pays),
        (boris_eoa, None, boris_eoa.wallet.cash + d("3.33")),
        (anna_safe, Some(cup.yes), shares + d("10")),
        (boris_eoa, Some(cup.yes), shares - d("10")),
    ];
    let limit = Duration::from_secs(cast.stage.settles_within_seconds);
    for (who, token, amount) in wanted {
        let kind = if token.is_some() { "shares" } else { "cash" };
        let what = format!("{}: {kind} of {amount}", who.name);
        judge.until(&what, limit, || held(who, token), |got| *got == amount).await?;
        judge.ok("balance_allowance", what);
    }
    Ok(())
}

/// Orders and trades come in pages of the stage's size; filters narrow them.
pub async fn pages(judge: &Judge, cast: &Cast, scene: &Scene) -> Told {
    let (client, rain, page) = (&scene.anna.client, &cast.rain, cast.stage.page);
    let mut rows = Vec::new();
    let mut cursor = None;
    while cursor.as_deref() != Some("LTE=") {
        let got = client.orders(&OrdersRequest::default(), cursor).await?;
        judge.same("rows of the first page", rows.is_empty() && got.data.len() != page, false)?;
        judge.same("count", usize::try_from(got.count)?, got.data.len())?;
        rows.extend(got.data);
        cursor = Some(got.next_cursor);
    }
    let mut ids: Vec<&String> = rows.iter().map(|row| &row.id).collect();
    let names = ["post_only", "gtd", "first", "second", "proxy"];
    let mut mine: Vec<&String> = names.iter().filter_map(|it| scene.resting.get(it)).collect();
    ids.sort();
    mine.sort();
    judge.same("all open orders", ids, mine)?;
    judge.ok("orders", format!("{} in pages of {page}", rows.len()));
    let gtd = scene.order("gtd")?;
    let row = rows.iter().find(|row| row.id == gtd).ok_or("no GTD order")?;
    judge.same("order", (row.price, row.original_size), (d("0.4"), d("6")))?;
    judge.same("side", row.side, Side::Buy)?;
    judge.same("owner", Some(row.owner), cast.creds.get("anna").map(Credentials::key))?;
    let by_id = OrdersRequest::builder().order_id(scene.order("first")?).build();
    judge.same("by id", client.orders(&by_id, None).await?.data.len(), 1)?;
    let by_token = OrdersRequest::builder().asset_id(rain.no).build();
    judge.same("by token", client.orders(&by_token, None).await?.data.len(), 0)?;
    judge.ok("orders", "by id, by token");
    judge.same("old orders", client.pre_migration_orders(None).await?.data.len(), 0)?;
    judge.ok("pre_migration_orders", "none");
    trade_pages(judge, cast, scene).await
}

async fn trade_pages(judge: &Judge, cast: &Cast, scene: &Scene) -> Told {
    let (client, page) = (&scene.anna.client, cast.stage.page);
    let every = TradesRequest::default();
    let first = client.trades(&every, None).await?;
    judge.same("trades of the first page", first.data.len(), page)?;
    let mut ids: Vec<String> = first.data.into_iter().map(|row| row.id).collect();
    let mut cursor = first.next_cursor;
    while cursor != "LTE=" {
        let got = client.trades(&every, Some(cursor)).await?;
        ids.extend(got.data.into_iter().map(|row| row.id));
        cursor = got.next_cursor;
    }
    let mut mine = scene.trades.clone();
    ids.sort();
    mine.sort();
    judge.same("all trades", &ids, &mine)?;
    judge.ok("trades", format!("{} in pages of {page}", ids.len()));
    let of_cup = TradesRequest::builder().market(cast.cup.condition).build();
    judge.same("by market", client.trades(&of_cup, None).await?.data.len(), 1)?;
    let early = TradesRequest::builder().before(Utc::now().timestamp() - 600).build();
    judge.same("before", client.trades(&early, None).await?.data.len(), 0)?;
    judge.ok("trades", "by market, by time");
    Ok(())
}

/// Scoring and notifications.
pub async fn extras(judge: &Judge, scene: &Scene) -> Told {
    let (client, order) = (&scene.anna.client, scene.order("gtd")?);
    judge.ok("is_order_scoring", client.is_order_scoring(order).await?.scoring);
    let several = client.are_orders_scoring(&[order]).await?;
    judge.same("scoring by id", several.keys().collect::<Vec<_>>(), vec![order])?;
    judge.ok("are_orders_scoring", several.len());
    let rows = scene.boris.client.notifications().await?;
    judge.ok("notifications", rows.len());
    let ids = DeleteNotificationsRequest::builder().notification_ids(vec!["1".to_owned()]).build();
    scene.boris.client.delete_notifications(&ids).await?;
    judge.ok("delete_notifications", 1);
    Ok(())
}

/// Builder keys, an order with a builder's code, its fee and its trades.
pub async fn builder(judge: &Judge, cast: &Cast, scene: &Scene) -> Told {
    let (anna, code) = (&scene.anna, cast.stage.builder);
    let made = anna.client.create_builder_api_key().await?;
    judge.ok("create_builder_api_key", "");
    let keys: Vec<Uuid> =
        anna.client.builder_api_keys().await?.into_iter().map(|row| row.key).collect();
    judge.same("builder keys", keys, vec![made.key()])?;
    judge.ok("builder_api_keys", 1);
    anna.client.revoke_builder_api_key().await?;
    judge.ok("revoke_builder_api_key", "");
    judge.ok(
        "builder_fee_rate",
        anna.client.builder_fee_rate(code).await?.builder_taker_fee_rate_bps,
    );
    let order = anna.client.limit_order().token_id(cast.rain.yes).side(Side::Buy);
    let order = order.size(d("5")).price(d("0.2")).builder_code(code).build().await?;
    let id = anna.id_of(&order, &cast.rain)?;
    let order = anna.client.sign(&anna.signer, order).await?;
    judge.same("id", &anna.client.post_order(order).await?.order_id, &id)?;
    judge.ok("post_order", "with a builder's code");
    judge.same("canceled", anna.client.cancel_order(&id).await?.canceled, vec![id])?;
    let trades = anna.client.builder_trades(code, &TradesRequest::default(), None).await?;
    judge.same("builder trades", trades.data.len(), 0)?;
    judge.ok("builder_trades", "none");
    Ok(())
}

/// The last thing but the keys: from here on the switch is armed.
pub async fn heartbeat(judge: &Judge, scene: &Scene) -> Told {
    let client = &scene.anna.client;
    let first = client.post_heartbeat(None).await?.heartbeat_id;
    judge.ok("post_heartbeat", "armed");
    let second = client.post_heartbeat(Some(first)).await?.heartbeat_id;
    judge.ok("post_heartbeat", "again");
    let wrong = client.post_heartbeat(Some(Uuid::from_u128(1))).await;
    judge.refused("post_heartbeat", 400, &second.to_string(), wrong)
}

/// A deleted key opens nothing.
pub async fn goodbye(judge: &Judge, cast: &Cast) -> Told {
    let boris = cast.trader("boris", "eoa").await?;
    judge.same("deleted", boris.client.delete_api_key().await?, "OK")?;
    judge.ok("delete_api_key", "");
    judge.refused("api_keys", 401, "Unauthorized", boris.client.api_keys().await)
}
