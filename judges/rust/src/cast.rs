//! Who trades and on what: clients of the unmodified library, one for each wallet, made from the stage.

use crate::judge::Told;
use alloy::primitives::ChainId;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{Eip712Domain, SolStruct as _};
use polymarket_client_sdk_v2::auth::state::Authenticated;
use polymarket_client_sdk_v2::auth::{Credentials, LocalSigner, Normal, Signer as _};
use polymarket_client_sdk_v2::clob::types::{SignableOrder, SignatureType};
use polymarket_client_sdk_v2::clob::{Client, Config};
use polymarket_client_sdk_v2::contract_config;
use polymarket_client_sdk_v2::types::{Address, B256, Decimal, U256};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::str::FromStr as _;

/// The file that says who has what.
#[derive(Clone, Debug, Deserialize)]
pub struct Stage {
    pub chain: ChainId,
    pub page: usize,
    pub settles_within_seconds: u64,
    pub accounts: BTreeMap<String, Account>,
    pub shares_of_every_wallet: Decimal,
    pub builder: B256,
    pub markets: BTreeMap<String, Market>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    pub key: String,
    pub wallets: BTreeMap<String, Wallet>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Wallet {
    #[serde(rename = "type")]
    pub kind: u8,
    pub address: Address,
    pub cash: Decimal,
}

/// A market of the stage.
#[derive(Clone, Debug, Deserialize)]
pub struct Market {
    pub condition: B256,
    #[serde(deserialize_with = "decimal")]
    pub yes: U256,
    #[serde(deserialize_with = "decimal")]
    pub no: U256,
    pub question: String,
    pub tick: Decimal,
    pub min_size: Decimal,
    pub neg_risk: bool,
    pub fee_rate: Decimal,
}

fn decimal<'de, D: serde::Deserializer<'de>>(told: D) -> Result<U256, D::Error> {
    let text = String::deserialize(told)?;
    U256::from_str(&text).map_err(serde::de::Error::custom)
}

impl Market {
    /// What the venue charges a taker, in dollars, to the fifth decimal.
    pub fn fee(&self, shares: Decimal, price: Decimal) -> Decimal {
        (shares * self.fee_rate * price * (Decimal::ONE - price)).round_dp(5)
    }
}

/// One wallet of one account.
#[derive(Debug)]
pub struct Trader {
    pub name: String,
    pub wallet: Wallet,
    pub signer: PrivateKeySigner,
    pub client: Client<Authenticated<Normal>>,
}

impl Trader {
    /// The order's id, computed before the server says it.
    pub fn id_of(&self, order: &SignableOrder, market: &Market) -> Told<String> {
        let chain = self.signer.chain_id().ok_or("the signer has no chain")?;
        let config = contract_config(chain, market.neg_risk).ok_or("no contracts")?;
        let domain = Eip712Domain {
            name: Some("Polymarket CTF Exchange".into()),
            version: Some("2".into()),
            chain_id: Some(U256::from(chain)),
            verifying_contract: Some(config.exchange_v2.ok_or("no exchange")?),
            ..Eip712Domain::default()
        };
        Ok(order.order().eip712_signing_hash(&domain).to_string())
    }
}

/// Everybody; the clients of one account share its key.
#[derive(Debug)]
pub struct Cast {
    pub host: String,
    pub stage: Stage,
    pub rain: Market,
    pub cup: Market,
    pub creds: BTreeMap<String, Credentials>,
}

impl Cast {
    pub fn new(host: &str, stage: Stage) -> Told<Self> {
        let market = |name: &str| stage.markets.get(name).cloned().ok_or(format!("no {name}"));
        let (rain, cup) = (market("rain")?, market("cup")?);
        Ok(Self { host: host.to_owned(), stage, rain, cup, creds: BTreeMap::new() })
    }

    /// A client that may only read.
    pub fn public(&self) -> Told<Client> {
        Ok(Client::new(&self.host, Config::default())?)
    }

    pub fn signer(&self, account: &str) -> Told<PrivateKeySigner> {
        let told = self.stage.accounts.get(account).ok_or(format!("no account {account}"))?;
        Ok(LocalSigner::from_str(&told.key)?.with_chain_id(Some(self.stage.chain)))
    }

    /// A client of one wallet, with the account's key.
    pub async fn trader(&self, account: &str, wallet: &str) -> Told<Trader> {
        let creds = self.creds.get(account).cloned().ok_or("no key yet")?;
        self.trader_with(account, wallet, creds).await
    }

    /// A client of one wallet, with any key.
    pub async fn trader_with(&self, account: &str, name: &str, creds: Credentials) -> Told<Trader> {
        let told = self.stage.accounts.get(account).ok_or(format!("no account {account}"))?;
        let wallet = told.wallets.get(name).ok_or(format!("no wallet {name}"))?.clone();
        let signer = self.signer(account)?;
        let builder = self.public()?.authentication_builder(&signer).credentials(creds);
        let builder = match wallet.kind {
            0 => builder.signature_type(SignatureType::Eoa),
            // The library derives these two addresses itself; the orders show whether it finds ours.
            1 => builder.signature_type(SignatureType::Proxy),
            2 => builder.signature_type(SignatureType::GnosisSafe),
            _ => builder.signature_type(SignatureType::Poly1271).funder(wallet.address),
        };
        let client = builder.authenticate().await?;
        Ok(Trader { name: format!("{account}'s {name}"), wallet, signer, client })
    }
}
