//! What the tests stand on: a venue with one market and three users who have money, tokens and
//! allowances, and a short language for orders: `BUY YES 100 @ 0.40 GTC post-only`, where `$10` in place
//! of a size is what a buying market order spends.

use super::super::funds::{INFINITE, Token};
use super::super::market::Listing;
use super::super::order::{Kind, OrderIx};
use super::super::people::KeyIx;
use super::super::{Placed, Posted, Refusal, Settings, Venue};
use super::invariants::Watch;
use crate::ledger::{Asset, MarketIx, WalletIx};
use alloy_primitives::{Address, B256, U256};
use betteroms_core::market::{ConditionId, FeeSchedule, Gate, Market, Outcome, Side};
use betteroms_core::money::{Decimal, Fraction, MICROS, Price, Shares, Tick, Usd};
use betteroms_core::time::Time;
use betteroms_polymarket::signing::{Exchange, Order as Fields, SignatureType, SignedBy};
use std::collections::BTreeSet;

/// When the tests begin.
pub(super) const START: Time = Time::from_secs(1_790_000_000);

/// Who trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub(super) address: Address,
    pub(super) wallet: WalletIx,
    pub(super) key: KeyIx,
}

/// A venue with a market and its users.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) venue: Venue,
    pub(super) market: MarketIx,
    pub(super) users: [User; 3],
    pub(super) salt: u64,
    watch: Watch,
}

pub(super) fn micros(text: &str) -> i64 {
    Decimal::parse(text).unwrap().micros().unwrap()
}

pub(super) fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

pub(super) fn usd(text: &str) -> Usd {
    Usd::from_micros(micros(text))
}

pub(super) fn shares(text: &str) -> Shares {
    Shares::from_micros(micros(text))
}

pub(super) fn tick(text: &str) -> Tick {
    Tick::from_micros(u32::try_from(micros(text)).unwrap()).unwrap()
}

pub(super) fn fraction(text: &str) -> Fraction {
    Fraction::from_micros(u32::try_from(micros(text)).unwrap()).unwrap()
}

/// A market like the others; `name` tells it and its tokens apart.
pub(super) fn market(name: u32) -> Market {
    Market {
        condition: ConditionId::new(format!("0x{name:064x}")),
        slug: format!("market-{name}"),
        question: "Will it?".to_owned(),
        outcomes: ["Yes".to_owned(), "No".to_owned()],
        tokens: [format!("{name}01"), format!("{name}02")],
        tick: tick("0.01"),
        min_size: shares("5"),
        fee: Some(FeeSchedule { rate: fraction("0.05"), exponent: Some(1) }),
        category: None,
        neg_risk: false,
        gate: Gate::Accepting,
        close: None,
        resolution: None,
        result_recorded: None,
        max_book_age_secs: None,
        assumed: BTreeSet::new(),
    }
}

impl Stage {
    pub(super) fn new() -> Self {
        Self::with(Settings::default(), Listing::plain(market(1)))
    }

    pub(super) fn listing(change: impl FnOnce(&mut Listing)) -> Self {
        let mut listing = Listing::plain(market(1));
        change(&mut listing);
        Self::with(Settings::default(), listing)
    }

    pub(super) fn with(settings: Settings, listing: Listing) -> Self {
        let mut venue = Venue::new(settings, START);
        let market = venue.list(listing).unwrap();
        let users = [0xa1, 0xb2, 0xc3].map(|byte| {
            let address = Address::repeat_byte(byte);
            let key = venue.create_key(address, "0").unwrap();
            venue.people.allowed_makers.insert(address);
            User { address, wallet: venue.wallet(address), key }
        });
        let mut stage = Self { venue, market, users, salt: 0, watch: Watch::default() };
        for user in users {
            stage.fund(user, market, "1000");
        }
        stage
    }

    /// Gives a user so many dollars and tokens of both outcomes, and all allowances.
    pub(super) fn fund(&mut self, user: User, market: MarketIx, amount: &str) {
        let Venue { ledger, funds, .. } = &mut self.venue;
        ledger.deposit(user.wallet, usd(amount)).unwrap();
        for outcome in [Outcome::First, Outcome::Second] {
            ledger.give_shares(user.wallet, market, outcome, shares(amount)).unwrap();
        }
        for exchange in Exchange::ALL {
            for token in [Token::Cash, Token::Shares] {
                funds.grant(user.wallet, token, exchange.address(), INFINITE);
            }
        }
    }

    /// The order that a text says, with the next salt.
    pub(super) fn say(&mut self, user: User, text: &str) -> Posted {
        let mut words = text.split_whitespace();
        let side = if words.next().unwrap() == "BUY" { Side::Buy } else { Side::Sell };
        let outcome = if words.next().unwrap() == "YES" { Outcome::First } else { Outcome::Second };
        let size = words.next().unwrap();
        assert_eq!(words.next(), Some("@"));
        let limit = micros(words.next().unwrap());
        let mut posted = match size.strip_prefix('$') {
            Some(cash) => {
                let cash = micros(cash);
                let shares = cash * MICROS / limit / 100 * 100;
                self.order(user, (outcome, side), (cash, shares), Kind::Fak)
            }
            None => {
                let size = micros(size);
                let cash = size * limit / MICROS;
                let amounts = if side == Side::Buy { (cash, size) } else { (size, cash) };
                self.order(user, (outcome, side), amounts, Kind::Gtc)
            }
        };
        for word in words {
            match word.split_once('+') {
                Some(("GTD", secs)) => {
                    posted.kind = Kind::Gtd;
                    let now = self.venue.now().micros() / MICROS;
                    posted.expiration = u64::try_from(now + secs.parse::<i64>().unwrap()).unwrap();
                }
                _ if word == "post-only" => posted.post_only = true,
                _ => posted.kind = Kind::parse(word).unwrap(),
            }
        }
        posted
    }

    /// An order by its amounts, given and received.
    pub(super) fn order(
        &mut self,
        user: User,
        (outcome, side): (Outcome, Side),
        (maker, taker): (i64, i64),
        kind: Kind,
    ) -> Posted {
        self.salt += 1;
        let tokens = self.venue.floors.get(self.market).tokens;
        let fields = Fields {
            salt: self.salt,
            maker: user.address,
            signer: user.address,
            token_id: tokens[outcome.index()],
            maker_amount: U256::from(u64::try_from(maker).unwrap()),
            taker_amount: U256::from(u64::try_from(taker).unwrap()),
            side,
            signature_type: SignatureType::Eoa,
            timestamp_ms: 0,
            metadata: B256::ZERO,
            builder: B256::ZERO,
        };
        Posted {
            fields,
            signed_by: Some(SignedBy::Owner(user.address)),
            expiration: 0,
            kind,
            post_only: false,
            owner: self.venue.people.key(user.key).credentials.key.to_string(),
        }
    }

    /// Posts what a text says; everything must add up afterwards.
    pub(super) fn post(&mut self, user: User, text: &str) -> Result<Placed, Refusal> {
        let posted = self.say(user, text);
        let placed = self.venue.place(user.key, &posted);
        self.check();
        placed
    }

    /// Posts an order that is taken.
    pub(super) fn put(&mut self, user: User, text: &str) -> OrderIx {
        self.post(user, text).unwrap_or_else(|refusal| panic!("{text}: {refusal}")).order
    }

    /// Posts an order that is refused, and tells how.
    pub(super) fn refused(&mut self, user: User, text: &str) -> String {
        match self.post(user, text) {
            Ok(placed) => panic!("{text} was taken: {placed:?}"),
            Err(refusal) => refusal.to_string(),
        }
    }

    /// Lets so many milliseconds pass.
    pub(super) fn pass(&mut self, millis: i64) {
        let now = self.venue.now().micros() + millis * 1_000;
        self.venue.advance(Time::from_micros(now));
        self.check();
    }

    pub(super) fn check(&mut self) {
        self.look().unwrap_or_else(|what| panic!("{what}"));
    }

    pub(super) fn look(&mut self) -> Result<(), String> {
        self.watch.look(&self.venue)
    }

    pub(super) const fn looked(&self) -> u64 {
        self.watch.looked
    }

    /// Tells the watch of a phantom lock, which no order explains.
    pub(super) fn lock(&mut self, user: User, asset: Asset, amount: i64) {
        self.venue.funds.lock(user.wallet, asset, amount);
        self.watch.phantom.insert((user.wallet, asset), amount);
    }

    pub(super) const fn yes(&self) -> Asset {
        Asset::Share(self.market, Outcome::First)
    }

    /// A wallet's dollars, YES and NO on chain, as text.
    pub(super) fn holds(&self, user: User) -> [String; 3] {
        let ledger = &self.venue.ledger;
        let no = Asset::Share(self.market, Outcome::Second);
        [Asset::Cash, self.yes(), no]
            .map(|asset| Decimal::from_micros(ledger.balance(user.wallet, asset)).to_string())
    }
}
