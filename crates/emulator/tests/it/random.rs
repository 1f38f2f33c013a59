//! A random story: requests of three people, acts of the crowd, steps of the clock and faults, drawn from
//! a number. It is made before anything answers, so that it can be told again byte for byte.

use super::stage::{Asked, Person, RAIN, RAIN_NO, RAIN_YES, RED_YES, Wish, plain};
use alloy_primitives::B256;
use betteroms_core::market::Side;
use betteroms_emulator::script::Staged;
use betteroms_emulator::serve::call::Service::Clob;
use serde_json::{Value, json};

/// Numbers that look random, the same ones for the same start.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `most`.
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % most
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// The people of a story, and what they sent so far.
struct Teller<'a> {
    dice: Dice,
    people: &'a [Person],
    ids: Vec<(usize, String)>,
    orders: Vec<Asked>,
    told: Vec<Asked>,
}

/// Those of the script who may trade.
pub(crate) fn people(staged: &Staged) -> Vec<Person> {
    ["alice", "bob", "carol"].map(|name| Person::named(staged, name)).into()
}

/// Rules that strike one call in so many, forever: what clients fear most.
pub(crate) fn faults() -> Vec<Asked> {
    let rules = [
        json!({ "on": "POST /order", "chance": 60_000, "what": "drop" }),
        json!({ "on": "POST /order", "chance": 80_000, "what": "drop_reply" }),
        json!({ "on": "POST /order", "chance": 60_000, "what": { "status": { "status": 500, "when": "after" } } }),
        json!({ "on": "POST /order", "chance": 40_000, "what": { "late": { "ms": 1500 } } }),
        json!({ "on": "POST /order", "chance": 100_000, "what": { "settlement": { "fate": "fail" } } }),
        json!({ "on": "POST /order", "chance": 100_000, "what": { "settlement": { "fate": { "retry": 2 } } } }),
        json!({ "on": "GET /data/orders", "chance": 80_000, "what": { "partial_fill": { "order": "oldest", "shares": "2" } } }),
        json!({ "on": "DELETE /order", "chance": 200_000, "what": { "fill_after_cancel": { "shares": "1", "ms": 300 } } }),
        json!({ "on": "DELETE /orders", "chance": 200_000, "what": { "status": { "status": 502 } } }),
        json!({ "on": "GET /book", "chance": 150_000, "what": "malformed" }),
    ];
    rules.map(|rule| plain(Clob, "POST", "/emulator/faults", &rule.to_string())).into()
}

/// The story of a number, with at least so many requests.
pub(crate) fn story(start: u64, people: &[Person], least: usize) -> Vec<Asked> {
    let (ids, orders, told) = (Vec::new(), Vec::new(), faults());
    let mut teller = Teller { dice: Dice(start), people, ids, orders, told };
    while teller.told.len() < least {
        teller.step();
    }
    teller.told
}

impl Teller<'_> {
    fn step(&mut self) {
        match self.dice.below(20) {
            0..=8 => self.order(),
            9 => self.again(),
            10 | 11 => self.cancel(),
            12 => self.sweep(),
            13 | 14 => self.crowd(),
            15 | 16 => self.time(),
            17 => self.batch(),
            _ => self.look(),
        }
    }

    fn wish(&mut self) -> Wish {
        let side = self.dice.pick(&[Side::Buy, Side::Sell]);
        let (token, neg_risk) = self.dice.pick(&[
            (RAIN_YES, false),
            (RAIN_YES, false),
            (RAIN_NO, false),
            (RED_YES, true),
        ]);
        let kind = self.dice.pick(&["GTC", "GTC", "GTC", "FAK", "FOK"]);
        let mills = 10 * (28 + self.dice.below(12)) + if token == RAIN_NO { 350 } else { 0 };
        let salt = 1 + self.told.len() as u64 * 100 + self.ids.len() as u64;
        let shares = 3 + self.dice.below(40);
        Wish { token, neg_risk, kind, ..Wish::new(side, mills, shares, salt) }
    }

    fn order(&mut self) {
        let (who, wish) = (usize::try_from(self.dice.below(3)).unwrap(), self.wish());
        let (asked, id) = self.people[who].posts(&wish);
        self.ids.push((who, id));
        self.orders.push(asked.clone());
        self.told.push(asked);
    }

    /// The same bytes once more, as after an answer that never came.
    fn again(&mut self) {
        if let Some(asked) = self.orders.last().cloned() {
            self.told.push(asked);
        }
    }

    fn batch(&mut self) {
        let (who, mut legs) = (usize::try_from(self.dice.below(3)).unwrap(), Vec::new());
        for _ in 0..2 + self.dice.below(4) {
            let wish = self.wish();
            let (body, id) = self.people[who].signs(&wish);
            self.ids.push((who, id));
            legs.push(body);
        }
        self.told.push(self.people[who].asks("POST", "/orders", &json!(legs).to_string()));
    }

    fn cancel(&mut self) {
        let back = self.dice.below(8.min(self.ids.len() as u64).max(1));
        let Some((who, id)) = self.ids.iter().rev().nth(usize::try_from(back).unwrap()) else {
            return;
        };
        let body = json!({ "orderID": id }).to_string();
        self.told.push(self.people[*who].asks("DELETE", "/order", &body));
    }

    fn sweep(&mut self) {
        let who = usize::try_from(self.dice.below(3)).unwrap();
        let own = self.ids.iter().rev().filter(|(of, _)| *of == who).take(3).map(|(_, id)| id);
        let ids: Vec<&String> = own.collect();
        let of_market = json!({ "market": RAIN }).to_string();
        let asked = match self.dice.below(6) {
            0 => self.people[who].asks("DELETE", "/cancel-all", ""),
            1 => self.people[who].asks("DELETE", "/cancel-market-orders", &of_market),
            _ => self.people[who].asks("DELETE", "/orders", &json!(ids).to_string()),
        };
        self.told.push(asked);
    }

    fn control(&mut self, path: &str, body: &Value) {
        self.told.push(plain(Clob, "POST", &format!("/emulator/{path}"), &body.to_string()));
    }

    fn crowd(&mut self) {
        let what = self.dice.pick(&["take", "level", "level"]);
        let side = self.dice.pick(&["BUY", "SELL"]);
        let token = self.dice.pick(&[RAIN_YES, RED_YES]);
        let cents = 30 + self.dice.below(8);
        let size = 1 + self.dice.below(60);
        let body = json!({ "do": what, "token": token, "side": side,
            "price": format!("0.{cents}"), "size": size.to_string() });
        self.control("crowd", &body);
    }

    fn time(&mut self) {
        let millis = self.dice.pick(&[50, 700, 2_500, 6_000]);
        self.control("clock", &json!({ "advance": millis }));
    }

    fn look(&mut self) {
        let who = usize::try_from(self.dice.below(3)).unwrap();
        let person = &self.people[who];
        let kind = ["3", "0", "2"][who];
        let balance = format!("asset_type=COLLATERAL&signature_type={kind}");
        let shares = format!("asset_type=CONDITIONAL&token_id={RAIN_YES}&signature_type={kind}");
        let asked = match self.dice.below(7) {
            0 => person.asks("GET", "/data/orders", ""),
            1 => person.asks("GET", "/data/trades", ""),
            2 => plain(Clob, "GET", &format!("/book?token_id={RAIN_YES}"), ""),
            3 => person.asks("GET", &format!("/balance-allowance/update?{balance}"), ""),
            4 => person.asks("GET", &format!("/balance-allowance/update?{shares}"), ""),
            5 => person.asks("GET", &format!("/balance-allowance?{balance}"), ""),
            _ => person.asks("DELETE", "/orders", &json!([B256::ZERO]).to_string()),
        };
        self.told.push(asked);
    }
}
