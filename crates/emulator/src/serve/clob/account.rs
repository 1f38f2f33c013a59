//! What a key may read of its own: orders, trades, balances, notices (venue.md 5.3).

use super::auth;
use super::page;
use super::rows;
use crate::ledger::{Asset, MarketIx, WalletIx};
use crate::serve::call::{Answer, Call, Reply, Service};
use crate::serve::desk::Desk;
use crate::serve::routes::{Route, route};
use crate::venue::funds::{INFINITE, Token};
use crate::venue::people::KeyIx;
use crate::venue::{Refusal, Venue};
use alloy_primitives::{Address, B256, U256};
use betteroms_core::market::Outcome;
use betteroms_polymarket::signing::contracts::{
    EXCHANGE_NEG_RISK, EXCHANGE_STANDARD, EXCHANGE_V3, NEG_RISK_ADAPTER,
};
use betteroms_polymarket::signing::wallet::{proxy_of, safe_of};
use serde::Serialize;
use std::collections::BTreeMap;

pub(in crate::serve) const ROUTES: &[Route] = &[
    route(Service::Clob, "GET", "/data/orders", orders),
    route(Service::Clob, "GET", "/data/order/{id}", order),
    route(Service::Clob, "GET", "/data/trades", trades),
    route(Service::Clob, "GET", "/data/pre-migration-orders", old_orders),
    route(Service::Clob, "GET", "/balance-allowance", balance),
    route(Service::Clob, "GET", "/balance-allowance/update", update_balance),
];

/// Filters of orders and trades by market and token.
struct Wanted {
    market: Option<MarketIx>,
    token: Option<(MarketIx, Outcome)>,
    /// Something was asked for that does not exist: nothing fits.
    is_nothing: bool,
}

impl Wanted {
    fn of(venue: &Venue, call: &Call) -> Self {
        let floors = venue.floors();
        let condition = call.asked("market");
        let market = condition.and_then(|condition| floors.by_condition(condition));
        let asset = call.asked("asset_id");
        let token = asset
            .and_then(|text| U256::from_str_radix(text, 10).ok())
            .and_then(|token| floors.by_token(&token));
        let is_nothing =
            condition.is_some() != market.is_some() || asset.is_some() != token.is_some();
        Self { market, token, is_nothing }
    }

    fn fits(&self, market: MarketIx, outcome: Outcome) -> bool {
        !self.is_nothing
            && self.market.is_none_or(|wanted| wanted == market)
            && self.token.is_none_or(|wanted| wanted == (market, outcome))
    }
}

fn orders(desk: &Desk, call: &Call) -> Answer {
    let key = auth::reader(desk, call)?;
    let from = page::offset(call, Refusal::OrderParams)?;
    let id = wanted_id(call)?;
    Ok(desk.with(call, |venue| {
        let wanted = Wanted::of(venue, call);
        let open = venue.people().key(key).open.iter().copied();
        let fitting = open.filter(|order| {
            let order = venue.orders().get(*order);
            wanted.fits(order.market, order.outcome) && id.is_none_or(|id| id == order.id)
        });
        let rows = fitting.map(|order| rows::order(venue, order));
        page::reply(from, venue.settings.page_size, rows)
    }))
}

fn wanted_id(call: &Call) -> Result<Option<B256>, Refusal> {
    let parsed = call.asked("id").map(|text| text.parse().map_err(|_| Refusal::OrderParams));
    parsed.transpose()
}

fn order(desk: &Desk, call: &Call) -> Answer {
    let key = auth::reader(desk, call)?;
    let id: B256 = call.part("id").parse().map_err(|_| Refusal::OrderId)?;
    desk.with(call, |venue| {
        let found = venue.orders().find(&id);
        let found = found.filter(|order| venue.orders().get(*order).key == key);
        let order = found.ok_or(Refusal::NoOrder)?;
        Ok(Reply::json(&rows::order(venue, order)))
    })
}

/// This venue has no history from before the cutover (venue.md 0).
fn old_orders(desk: &Desk, call: &Call) -> Answer {
    auth::reader(desk, call)?;
    let from = page::offset(call, Refusal::OrderParams)?;
    Ok(desk
        .with(call, |venue| page::reply(from, venue.settings.page_size, std::iter::empty::<()>())))
}

/// Newest first. `before` and `after` are seconds and exclusive, the stricter reading.
fn trades(desk: &Desk, call: &Call) -> Answer {
    let key = auth::reader(desk, call)?;
    let from = page::offset(call, Refusal::TradeParams)?;
    let secs = |name: &str| {
        let parsed = call.asked(name).map(|text| text.parse::<i64>());
        parsed.transpose().map_err(|_| Refusal::TradeParams)
    };
    let (before, after) = (secs("before")?, secs("after")?);
    let addresses = ["maker_address", "maker", "taker"].map(|name| call.asked(name));
    let id = call.asked("id").map(str::to_ascii_lowercase);
    Ok(desk.with(call, |venue| {
        let wanted = Wanted::of(venue, call);
        let own = venue.people().key(key).trades.iter().rev().copied();
        let fitting = own.filter(|ix| {
            let trade = venue.trades().get(*ix);
            let at = trade.matched_at.secs();
            let of_token = wanted.fits(trade.market, trade.outcome)
                || trade.legs.iter().any(|leg| wanted.fits(trade.market, leg.outcome));
            of_token
                && before.is_none_or(|before| at < before)
                && after.is_none_or(|after| at > after)
                && id.as_ref().is_none_or(|id| *id == trade.id.to_string())
                && addresses.iter().flatten().all(|text| took_part(venue, *ix, text))
        });
        let rows = fitting.filter_map(|trade| rows::trade(venue, trade, key));
        page::reply(from, venue.settings.page_size, rows)
    }))
}

/// Whether a wallet stood on either side of a trade.
fn took_part(venue: &Venue, trade: crate::venue::trade::TradeIx, wallet: &str) -> bool {
    let Ok(address) = wallet.parse::<Address>() else { return false };
    let trade = venue.trades().get(trade);
    let wallets = trade.legs.iter().map(|leg| leg.maker.wallet);
    let mut wallets = wallets.chain(std::iter::once(trade.taker.wallet));
    wallets.any(|wallet| venue.ledger().address(wallet) == Some(address))
}

/// What is asked of a balance.
fn asked_asset(venue: &Venue, call: &Call) -> Result<Asset, Refusal> {
    match call.asked("asset_type").unwrap_or_default() {
        "COLLATERAL" => Ok(Asset::Cash),
        "CONDITIONAL" | "CONDITIONAL-V2" => {
            let text = call.asked("token_id").ok_or(Refusal::TokenId)?;
            let token = U256::from_str_radix(text, 10).map_err(|_| Refusal::TokenId)?;
            let (market, outcome) = venue.floors().by_token(&token).ok_or(Refusal::TokenId)?;
            Ok(Asset::Share(market, outcome))
        }
        _ => Err(Refusal::AssetType),
    }
}

/// The wallet that a signature type names; a wrong one silently names another, empty wallet (venue.md
/// 5.3).
fn asked_wallet(venue: &Venue, key: KeyIx, call: &Call) -> Result<Address, Refusal> {
    let address = venue.people().key(key).address;
    match call.asked("signature_type").unwrap_or("0") {
        "0" => Ok(address),
        "1" => Ok(proxy_of(address)),
        "2" => Ok(safe_of(address)),
        "3" => {
            let own = venue.people().deposit_wallet_of(address);
            Ok(own.or_else(|| venue.people().wallet_of_session(address)).unwrap_or(address))
        }
        _ => Err(Refusal::SignatureType),
    }
}

/// Base units, in text.
#[derive(Serialize)]
struct Balance {
    balance: String,
    allowances: BTreeMap<String, String>,
}

fn balance(desk: &Desk, call: &Call) -> Answer {
    let key = auth::reader(desk, call)?;
    desk.with(call, |venue| {
        let asset = asked_asset(venue, call)?;
        let address = asked_wallet(venue, key, call)?;
        let wallet = venue.wallet(address);
        Ok(Reply::json(&seen(venue, wallet, asset)))
    })
}

fn seen(venue: &mut Venue, wallet: WalletIx, asset: Asset) -> Balance {
    let balance = venue.seen(wallet, asset).to_string();
    let spenders = [EXCHANGE_STANDARD, EXCHANGE_NEG_RISK, EXCHANGE_V3, NEG_RISK_ADAPTER];
    let allowances = spenders.into_iter().map(|spender| {
        let amount = venue.funds().allowance(wallet, Token::of(asset), spender);
        let text = if amount == INFINITE { U256::MAX.to_string() } else { amount.to_string() };
        (spender.to_string(), text)
    });
    Balance { balance, allowances: allowances.collect() }
}

fn update_balance(desk: &Desk, call: &Call) -> Answer {
    let key = auth::reader(desk, call)?;
    desk.with(call, |venue| {
        let asset = asked_asset(venue, call)?;
        let address = asked_wallet(venue, key, call)?;
        let wallet = venue.wallet(address);
        venue.refresh(wallet, asset);
        // The body is empty (venue.md 5.3).
        Ok(Reply { body: bytes::Bytes::new(), ..Reply::json(&()) })
    })
}
