//! Somebody who trades: an account with money, approvals and a key, that signs what it sends.

use super::house::{House, YES};
use alloy_primitives::{Address, B256, U256};
use betteroms_core::market::Side;
use betteroms_polymarket::signing::l2::{self, ApiSecret};
use betteroms_polymarket::signing::{Exchange, LocalKey, Order, SignatureType};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// A trader with a thousand dollars and a thousand shares of YES, or close to it.
pub(crate) struct Trader<'a> {
    house: &'a House,
    key: LocalKey,
    pub(crate) address: Address,
    id: String,
    pub(crate) secret: ApiSecret,
    pub(crate) passphrase: String,
}

fn now_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

impl<'a> Trader<'a> {
    pub(crate) async fn new(house: &'a House, number: u8) -> Self {
        let key = LocalKey::from_bytes(&[number; 32]).unwrap();
        let address = key.address();
        let body = format!(
            r#"{{"deposit":"1000","shares":[{{"token":"{YES}","size":"1000"}}],"refresh":true,
                "approve":[{{"of":"cash"}},{{"of":"shares"}}],"allow_maker":true}}"#
        );
        let (status, answer) =
            house.control("POST", &format!("/emulator/accounts/{address}"), &body).await;
        assert_eq!(status, 200, "{answer}");
        let timestamp = now_secs().to_string();
        let signature = key.sign_clob_auth(&timestamp, U256::ZERO);
        let made = house
            .client
            .post(house.clob("/auth/api-key"))
            .header("POLY_ADDRESS", address.to_string())
            .header("POLY_SIGNATURE", alloy_primitives::hex::encode_prefixed(signature))
            .header("POLY_TIMESTAMP", timestamp)
            .header("POLY_NONCE", "0");
        let made: Value = made.send().await.unwrap().json().await.unwrap();
        let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        let secret = ApiSecret::from_base64(&text("secret")).unwrap();
        Self { house, key, address, id: text("apiKey"), secret, passphrase: text("passphrase") }
    }

    /// A signed call; the error of a connection that ended.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        body: &str,
    ) -> reqwest::Result<(u16, Value)> {
        let timestamp = now_secs().to_string();
        let signature = l2::mac(&self.secret, &timestamp, method, path, body.as_bytes());
        let request = self
            .house
            .client
            .request(method.parse().unwrap(), self.house.clob(path))
            .header("POLY_ADDRESS", self.address.to_string())
            .header("POLY_API_KEY", &self.id)
            .header("POLY_PASSPHRASE", &self.passphrase)
            .header("POLY_TIMESTAMP", timestamp)
            .header("POLY_SIGNATURE", signature)
            .body(body.to_owned());
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// The body of an order for YES at so many cents, and its id.
    pub(crate) fn order(&self, side: Side, cents: u64, shares: u64, salt: u64) -> (String, String) {
        let (cash, size) = (cents * shares * 10_000, shares * 1_000_000);
        let (give, get) = match side {
            Side::Buy => (cash, size),
            Side::Sell => (size, cash),
        };
        let order = Order {
            salt,
            maker: self.address,
            signer: self.address,
            token_id: U256::from_str_radix(YES, 10).unwrap(),
            maker_amount: U256::from(give),
            taker_amount: U256::from(get),
            side,
            signature_type: SignatureType::Eoa,
            timestamp_ms: now_secs() * 1_000,
            metadata: B256::ZERO,
            builder: B256::ZERO,
        };
        let exchange = Exchange::for_token(order.token_id, false);
        let signature = self.key.sign_order(&order, exchange, false);
        let body = json!({
            "order": {
                "salt": salt, "maker": self.address, "signer": self.address, "tokenId": YES,
                "makerAmount": give.to_string(), "takerAmount": get.to_string(),
                "side": side, "signatureType": 0, "expiration": "0",
                "timestamp": order.timestamp_ms.to_string(), "metadata": B256::ZERO,
                "builder": B256::ZERO,
                "signature": alloy_primitives::hex::encode_prefixed(signature),
            },
            "orderType": "GTC", "owner": self.id,
        });
        (body.to_string(), order.id(exchange).to_string())
    }

    pub(crate) async fn post(&self, body: &str) -> reqwest::Result<(u16, Value)> {
        self.call("POST", "/order", body).await
    }

    /// An order of the trader's, as the venue tells of it; `None` where it knows none.
    pub(crate) async fn look(&self, id: &str) -> Option<Value> {
        let (status, order) = self.call("GET", &format!("/data/order/{id}"), "").await.unwrap();
        (status == 200 && order.is_object()).then_some(order)
    }
}
