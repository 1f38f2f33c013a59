//! A venue's books, rebuilt from the lines of its log and nothing else.

use betteroms_polymarket::wire::Numeral;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A line.
#[derive(Debug, Deserialize)]
pub(super) struct Row {
    seq: u64,
    pub(super) topic: String,
    pub(super) request: u64,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// What stands at a log's end.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// Open orders with what they traded, in millionths.
    pub(super) open: BTreeMap<String, i64>,
    /// Trades and their last status.
    pub(super) trades: BTreeMap<String, String>,
    /// Trades in which an order with an owner took part.
    pub(super) of_people: BTreeSet<String>,
    /// Millionths by wallet and token, or `cash`.
    pub(super) balances: BTreeMap<(String, String), i64>,
    /// How many orders were refused.
    pub(super) refused: usize,
    /// How many things wallets did on the chain.
    pub(super) acts: usize,
    /// Both tokens of each market, index 0 first.
    tokens: BTreeMap<String, [String; 2]>,
    orders: BTreeSet<String>,
    people: BTreeSet<String>,
    killed: BTreeSet<String>,
    /// What each order traded: by its own lines, and by those of trades.
    own: BTreeMap<String, i64>,
    legs: BTreeMap<String, i64>,
    matched: BTreeMap<String, Value>,
}

/// An amount in millionths.
pub(super) fn micros(value: &Value) -> Result<i64, String> {
    let text = value.as_str().ok_or_else(|| format!("{value} is no amount"))?;
    Numeral::parse(text).and_then(|number| number.micros()).ok_or(format!("{text} is no amount"))
}

fn text(of: &Value, name: &str) -> Result<String, String> {
    of[name].as_str().map(str::to_owned).ok_or_else(|| format!("no {name} in {of}"))
}

impl Books {
    /// Reads a log from its first line on. Every line must be there and be complete.
    pub(super) fn rebuild(rows: &[Row]) -> Result<Self, String> {
        let mut books = Self::default();
        let mut unanswered = BTreeSet::new();
        for (row, seq) in rows.iter().zip(1..) {
            if row.seq != seq {
                return Err(format!("line {seq} is not there"));
            }
            match row.topic.as_str() {
                "request" | "control" if row.request > 0 => drop(unanswered.insert(row.request)),
                "answer" => drop(unanswered.remove(&row.request)),
                _ => {}
            }
            if row.topic == "change" {
                let change = row.rest["change"].as_str().ok_or("a change without a name")?;
                books.take(change, &row.rest["of"])?;
            }
        }
        if let Some(number) = unanswered.first() {
            return Err(format!("request {number} has no answer"));
        }
        for (id, own) in &books.own {
            let legs = books.legs.get(id).copied().unwrap_or_default();
            if *own != legs {
                return Err(format!("{id} traded {own}, and its trades say {legs}"));
            }
        }
        let unknown = books.killed.first().map(|id| format!("{id} was never placed nor refused"));
        unknown.map_or(Ok(books), Err)
    }

    fn take(&mut self, change: &str, of: &Value) -> Result<(), String> {
        match change {
            "placed" => {
                let id = text(of, "id")?;
                self.orders.insert(id.clone());
                self.people.insert(text(of, "wallet")?);
                self.stands(id, of)?;
            }
            "filled" | "ended" => {
                let id = text(of, "id")?;
                // A killed order ends without having been placed, and is refused then.
                if !self.orders.contains(&id) {
                    self.killed.insert(id.clone());
                }
                self.stands(id, of)?;
            }
            "refused" => {
                self.refused += 1;
                self.killed.remove(&text(of, "id")?);
            }
            "trade" => self.trade(of)?,
            "listed" => {
                let token = |at: usize| of["tokens"][at].as_str().unwrap_or_default().to_owned();
                self.tokens.insert(text(of, "market")?, [token(0), token(1)]);
            }
            "chain" => self.act(&text(of, "wallet")?, &of["act"])?,
            "funded" => self.add(&text(of, "wallet")?, "cash", micros(&of["amount"])?),
            "endowed" => {
                let token = text(of, "token")?;
                self.add(&text(of, "wallet")?, &token, micros(&of["size"])?);
            }
            _ => {}
        }
        Ok(())
    }

    fn stands(&mut self, id: String, of: &Value) -> Result<(), String> {
        let matched = micros(&of["matched"])?;
        if self.own.insert(id.clone(), matched).is_some_and(|before| before > matched) {
            return Err(format!("{id} had traded more before"));
        }
        if ["LIVE", "DELAYED"].contains(&text(of, "status")?.as_str()) {
            self.open.insert(id, micros(&of["matched"])?);
        } else {
            self.open.remove(&id);
        }
        Ok(())
    }

    fn add(&mut self, wallet: &str, asset: &str, by: i64) {
        *self.balances.entry((wallet.to_lowercase(), asset.to_owned())).or_default() += by;
    }

    /// What a wallet did on the chain. Approvals, deployments and the relayer's progress move nothing.
    fn act(&mut self, wallet: &str, act: &Value) -> Result<(), String> {
        self.acts += 1;
        let tokens = |books: &Self| {
            let market = text(act, "market")?;
            books.tokens.get(&market).cloned().ok_or(format!("{market} was never listed"))
        };
        match text(act, "do")?.as_str() {
            "split" | "merge" => {
                let sign = if act["do"] == "split" { 1 } else { -1 };
                let pairs = sign * micros(&act["shares"])?;
                for token in tokens(self)? {
                    self.add(wallet, &token, pairs);
                }
                self.add(wallet, "cash", -pairs);
            }
            "redeem" => {
                for (at, token) in tokens(self)?.iter().enumerate() {
                    self.add(wallet, token, -micros(&act["burned"][at])?);
                }
                self.add(wallet, "cash", micros(&act["paid"])?);
            }
            "transfer" => {
                let (asset, amount) = match act["token"].as_str() {
                    Some(token) => (token, micros(&act["shares"])?),
                    None => ("cash", micros(&act["cash"])?),
                };
                self.add(wallet, asset, -amount);
                self.add(&text(act, "to")?, asset, amount);
            }
            "convert" => return Err("the story converts nothing".to_owned()),
            _ => {}
        }
        Ok(())
    }

    fn trade(&mut self, of: &Value) -> Result<(), String> {
        let (id, status) = (text(of, "id")?, text(of, "status")?);
        if status == "MATCHED" {
            let legs = of["legs"].as_array().ok_or("a trade without legs")?;
            for side in legs.iter().chain([of]) {
                let order = text(side, "order")?;
                if self.people.contains(&text(side, "wallet")?) {
                    self.of_people.insert(id.clone());
                }
                *self.legs.entry(order).or_default() += micros(&side["size"])?;
            }
            self.matched.insert(id.clone(), of.clone());
        }
        if status == "MINED" {
            let of = self.matched.get(&id).ok_or("a trade that never matched")?.clone();
            self.settle(&of)?;
        }
        self.trades.insert(id, status);
        Ok(())
    }

    /// What the chain does with a trade: pairs change hands, are made or cease to be (venue.md 4.6).
    fn settle(&mut self, of: &Value) -> Result<(), String> {
        let (taker, token) = (text(of, "wallet")?, text(of, "token")?);
        let taker_buys = text(of, "side")? == "BUY";
        let sign = |buys: bool| if buys { 1 } else { -1 };
        for leg in of["legs"].as_array().ok_or("a trade without legs")? {
            let (maker, maker_token) = (text(leg, "wallet")?, text(leg, "token")?);
            let maker_buys = text(leg, "side")? == "BUY";
            let size = micros(&leg["size"])?;
            let (paid, got) = (micros(&leg["taker_cash"])?, micros(&leg["cash"])?);
            // Both pay or get the same, or share the dollar of each pair.
            let is_even = if maker_token == token { paid == got } else { paid + got == size };
            if !is_even {
                return Err(format!("{paid} and {got} do not make {size}"));
            }
            self.add(&taker, "cash", -sign(taker_buys) * paid - micros(&leg["fee"])?);
            self.add(&taker, &token, sign(taker_buys) * size);
            self.add(&maker, "cash", -sign(maker_buys) * got);
            self.add(&maker, &maker_token, sign(maker_buys) * size);
        }
        Ok(())
    }
}
