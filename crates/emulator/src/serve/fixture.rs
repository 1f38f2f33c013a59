//! A small venue for tests of the doors: three markets, two of them of one neg-risk event, and traders with
//! money, shares and keys.

use super::desk::Desk;
use crate::clock::Clock;
use crate::fault::Faults;
use crate::ledger::{Asset, MarketIx};
use crate::log::Log;
use crate::venue::funds::{INFINITE, Token};
use crate::venue::market::Listing;
use crate::venue::order::Kind;
use crate::venue::people::KeyIx;
use crate::venue::place::{Placed, Posted};
use crate::venue::{Refusal, Settings, Venue};
use alloy_primitives::{Address, B256, U256};
use betteroms_core::market::{ConditionId, FeeSchedule, Gate, Market, Outcome, Side};
use betteroms_core::money::{Fraction, Shares, Tick, Usd};
use betteroms_core::time::Time;
use betteroms_polymarket::signing::{Exchange, Order, SignatureType, SignedBy};
use std::collections::BTreeSet;

/// When it opens.
pub(crate) const OPENS: Time = Time::from_secs(1_790_000_000);

/// Who trades.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trader {
    /// Key.
    pub(crate) key: KeyIx,
    /// Wallet, which is a plain account's.
    pub(crate) wallet: Address,
}

/// Somebody's order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) market: MarketIx,
    pub(crate) outcome: Outcome,
    pub(crate) side: Side,
    pub(crate) kind: Kind,
    pub(crate) cents: u32,
    /// Hundredths of a share.
    pub(crate) lots: i64,
    /// Makes two alike orders two.
    pub(crate) salt: u64,
}

/// A market with a name.
pub(crate) fn market(nth: u64, neg_risk: bool) -> Market {
    let rate = Fraction::from_micros(50_000).expect("a fraction");
    Market {
        condition: ConditionId::new(format!("0x{:064x}", nth + 0xabc0)),
        slug: format!("will-it-rain-{nth}"),
        question: format!("Will it \"rain\" on day {nth}?"),
        outcomes: ["Yes".to_owned(), "No".to_owned()],
        tokens: [format!("{}", 1_000_000 + nth * 2), format!("{}", 1_000_001 + nth * 2)],
        tick: Tick::CENT,
        min_size: Shares::from_units(5),
        fee: Some(FeeSchedule { rate, exponent: Some(1) }),
        category: Some("weather".to_owned()),
        neg_risk,
        gate: Gate::Accepting,
        close: None,
        resolution: None,
        result_recorded: None,
        max_book_age_secs: None,
        assumed: BTreeSet::new(),
    }
}

/// The venue and its traders.
pub(crate) fn venue(traders: u8) -> (Venue, Vec<MarketIx>, Vec<Trader>) {
    let mut venue = Venue::new(Settings::default(), OPENS);
    let mut markets = Vec::new();
    for nth in 0..3 {
        let is_group = nth > 0;
        let mut listing = Listing::plain(market(nth, is_group));
        listing.group = is_group.then(|| "rain".to_owned());
        listing.event = is_group.then(|| ("rain-week".to_owned(), "When will it rain?".to_owned()));
        markets.push(venue.list(listing).expect("a new market"));
    }
    let traders = (0..traders).map(|nth| trader(&mut venue, &markets, nth)).collect();
    (venue, markets, traders)
}

fn trader(venue: &mut Venue, markets: &[MarketIx], nth: u8) -> Trader {
    let wallet = Address::repeat_byte(0x10 + nth);
    let key = venue.create_key(wallet, "0").expect("a new key");
    let _new = venue.people_mut().allowed_makers.insert(wallet);
    let ix = venue.fund(wallet, Usd::from_units(1_000_000)).expect("money");
    for market in markets {
        for outcome in [Outcome::First, Outcome::Second] {
            let shares = Shares::from_units(100_000);
            venue.endow(wallet, (*market, outcome), shares).expect("shares");
        }
    }
    for exchange in [Exchange::Standard, Exchange::NegRisk] {
        for token in [Token::Cash, Token::Shares] {
            venue.funds_mut().grant(ix, token, exchange.address(), INFINITE);
        }
    }
    venue.refresh(ix, Asset::Cash);
    venue.refresh(ix, Asset::Share(markets[0], Outcome::First));
    Trader { key, wallet }
}

/// Posts an order.
pub(crate) fn post(venue: &mut Venue, who: Trader, wish: Wish) -> Result<Placed, Refusal> {
    let cash = i64::from(wish.cents) * wish.lots * 100;
    let shares = wish.lots * 10_000;
    let (maker, taker) = match wish.side {
        Side::Buy => (cash, shares),
        Side::Sell => (shares, cash),
    };
    let token = venue.floors().get(wish.market).listing.market.token(wish.outcome);
    let fields = Order {
        salt: wish.salt,
        maker: who.wallet,
        signer: who.wallet,
        token_id: U256::from_str_radix(token, 10).expect("a number"),
        maker_amount: U256::try_from(maker).expect("positive"),
        taker_amount: U256::try_from(taker).expect("positive"),
        side: wish.side,
        signature_type: SignatureType::Eoa,
        timestamp_ms: 1,
        metadata: B256::ZERO,
        builder: B256::ZERO,
    };
    let posted = Posted {
        fields,
        signed_by: Some(SignedBy::Owner(who.wallet)),
        expiration: 0,
        kind: wish.kind,
        post_only: false,
        owner: venue.people().key(who.key).credentials.key.to_string(),
    };
    venue.place(who.key, &posted)
}

/// A desk around a venue, whose clock stands still.
pub(crate) fn desk(venue: Venue) -> Desk {
    let clock = Clock::starting(venue.now(), 0);
    Desk::new(venue, clock, Log::default(), Faults::default())
}
