//! The orders: nine of ten rest, on both sides of both outcomes of every market; the tenth trades.

use super::Failed;
use alloy_primitives::{Address, B256, U256, hex};
use betteroms_core::market::Side;
use betteroms_polymarket::signing::l2::{self, ApiSecret};
use betteroms_polymarket::signing::{Exchange, LocalKey, Order, SignatureType};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// What each asks for, the least that may rest: in shares, and in millionths of one.
const SHARES: u64 = 5;
const SIZE: u64 = SHARES * 1_000_000;

#[derive(Debug)]
struct Account {
    key: LocalKey,
    address: Address,
    funder: Address,
    id: String,
    secret: ApiSecret,
    passphrase: String,
}

#[derive(Debug)]
struct Market {
    tokens: [String; 2],
    neg_risk: bool,
}

/// What an order wants.
#[derive(Debug)]
struct Wish {
    outcome: usize,
    side: Side,
    cents: u64,
}

/// Requests, ready to be written.
#[derive(Debug)]
pub(crate) struct Requests {
    /// Where they go: host and port.
    pub(crate) host: String,
    /// An order that somebody else signed.
    pub(crate) forged: Vec<u8>,
    /// Orders that are as they should be.
    pub(crate) orders: Vec<Vec<u8>>,
}

/// So many orders of the accounts of one type, signed.
pub(crate) fn signed(
    standing: &Value,
    kind: SignatureType,
    orders: u64,
) -> Result<Requests, Failed> {
    let url = text(&standing["urls"]["clob"])?;
    let host = url.strip_prefix("http://").ok_or("the address is no http address")?.to_owned();
    let accounts = rows(&standing["accounts"])?;
    let accounts = accounts.iter().filter(|row| row["signatureType"] == u8::from(kind));
    let accounts = accounts.map(account).collect::<Result<Vec<_>, _>>()?;
    let markets = rows(&standing["markets"])?.iter().map(market).collect::<Result<Vec<_>, _>>()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let requests = (0..orders).map(|nth| {
        // Which account and which market is spread evenly, and alike in every run.
        let drawn = usize::try_from(nth.wrapping_mul(2_654_435_761) >> 16)?;
        let account =
            accounts.get(drawn % accounts.len().max(1)).ok_or("no account of this type")?;
        let market = markets.get(drawn / 64 % markets.len().max(1)).ok_or("no market")?;
        request((account, &account.key), market, &wish(nth), (kind, nth, now), &host)
    });
    let requests = requests.collect::<Result<_, Failed>>()?;
    let [one, another, ..] = accounts.as_slice() else { return Err("too few accounts".into()) };
    let market = markets.first().ok_or("no market")?;
    let forged = request((one, &another.key), market, &wish(0), (kind, orders, now), &host)?;
    Ok(Requests { host, forged, orders: requests })
}

fn rows(value: &Value) -> Result<&[Value], Failed> {
    Ok(value.as_array().ok_or("the standing lacks a list")?)
}

fn text(value: &Value) -> Result<&str, Failed> {
    Ok(value.as_str().ok_or("the standing lacks a text")?)
}

fn account(row: &Value) -> Result<Account, Failed> {
    let credentials = &row["credentials"];
    Ok(Account {
        key: LocalKey::from_hex(text(&row["privateKey"])?)?,
        address: text(&row["address"])?.parse()?,
        funder: text(&row["funder"])?.parse()?,
        id: text(&credentials["apiKey"])?.to_owned(),
        secret: ApiSecret::from_base64(text(&credentials["secret"])?)?,
        passphrase: text(&credentials["passphrase"])?.to_owned(),
    })
}

fn market(row: &Value) -> Result<Market, Failed> {
    let token = |nth: usize| Ok::<_, Failed>(text(&row["tokens"][nth])?.to_owned());
    Ok(Market { tokens: [token(0)?, token(1)?], neg_risk: row["negRisk"] == true })
}

/// Resting orders leave a gap between 0.44 and 0.56; those that trade reach beyond it.
const fn wish(nth: u64) -> Wish {
    let (low, high) = (30 + nth / 10 % 15, 56 + nth / 10 % 15);
    let (outcome, side, cents) = match nth % 10 {
        0 | 4 | 8 => (0, Side::Buy, low),
        1 | 5 => (0, Side::Sell, high),
        2 | 6 => (1, Side::Buy, low),
        3 | 7 => (1, Side::Sell, high),
        _ if nth % 20 == 9 => (0, Side::Buy, 75),
        _ => (0, Side::Sell, 25),
    };
    Wish { outcome, side, cents }
}

fn request(
    (account, key): (&Account, &LocalKey),
    market: &Market,
    wish: &Wish,
    (kind, nth, now): (SignatureType, u64, u64),
    host: &str,
) -> Result<Vec<u8>, Failed> {
    let token = market.tokens.get(wish.outcome).ok_or("there are two outcomes")?;
    let cash = wish.cents * SHARES * 10_000;
    let (give, get) = match wish.side {
        Side::Buy => (cash, SIZE),
        Side::Sell => (SIZE, cash),
    };
    let is_contract = kind == SignatureType::Contract;
    let order = Order {
        salt: nth + 1,
        maker: account.funder,
        signer: if is_contract { account.funder } else { account.address },
        token_id: U256::from_str_radix(token, 10)?,
        maker_amount: U256::from(give),
        taker_amount: U256::from(get),
        side: wish.side,
        signature_type: kind,
        timestamp_ms: now * 1_000,
        metadata: B256::ZERO,
        builder: B256::ZERO,
    };
    let exchange = Exchange::for_token(order.token_id, market.neg_risk);
    let signature = key.sign_order(&order, exchange, false);
    let body = json!({
        "order": {
            "salt": order.salt, "maker": order.maker, "signer": order.signer, "tokenId": token,
            "makerAmount": give.to_string(), "takerAmount": get.to_string(), "side": order.side,
            "signatureType": u8::from(kind), "expiration": "0",
            "timestamp": order.timestamp_ms.to_string(), "metadata": order.metadata,
            "builder": order.builder, "signature": hex::encode_prefixed(signature),
        },
        "orderType": "GTC", "owner": account.id, "deferExec": false,
    })
    .to_string();
    let mac = l2::mac(&account.secret, &now.to_string(), "POST", "/order", body.as_bytes());
    let request = format!(
        "POST /order HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
         accept: application/json\r\npoly_address: {}\r\npoly_api_key: {}\r\n\
         poly_passphrase: {}\r\npoly_timestamp: {now}\r\npoly_signature: {mac}\r\n\
         content-length: {}\r\n\r\n{body}",
        account.address,
        account.id,
        account.passphrase,
        body.len()
    );
    Ok(request.into_bytes())
}
