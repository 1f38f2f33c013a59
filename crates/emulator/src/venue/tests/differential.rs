//! The venue beside the slow one of [`super::slow`]: random orders of three users on both tokens, the same
//! fills to the millionth and the same book after every command.

use super::super::market::Listing;
use super::super::order::Kind;
use super::super::{Placed, Posted, Refusal, Settings};
use super::invariants::resting;
use super::slow::{Bug, Coming, Fill, How, No, SlowVenue};
use super::stage::{Stage, market};
use crate::resting::tests::dice::{Dice, cases};
use alloy_primitives::B256;
use betteroms_core::market::{FeeSchedule, Outcome, Side};
use betteroms_core::money::{Fraction, MICROS, Tick};

const COMMANDS: u64 = 30;

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    compared: u64,
    placed: u64,
    direct: u64,
    minted: u64,
    merged: u64,
    cancelled: u64,
    not_cancelled: u64,
    crossed: u64,
    below_a_dollar: u64,
    killed: u64,
    nothing: u64,
    self_matched: u64,
}

struct Pair {
    stage: Stage,
    slow: SlowVenue,
    ids: Vec<(usize, B256)>,
    seen: Seen,
}

/// Stages to begin with, one for each grid and fee; making keys is the slow part of a stream.
const GRIDS: [(u32, u32); 6] = [
    (100_000, 70_000),
    (10_000, 50_000),
    (5_000, 40_000),
    (2_500, 0),
    (1_000, 50_000),
    (100, 70_000),
];

fn staged((tick, rate): (u32, u32)) -> (Stage, i128) {
    let mut listing = Listing::plain(market(1));
    listing.market.tick = Tick::from_micros(tick).unwrap();
    let rate_of = Fraction::from_micros(rate).unwrap();
    listing.market.fee = Some(FeeSchedule { rate: rate_of, exponent: Some(1) });
    let mut stage = Stage::with(Settings::default(), listing);
    for user in stage.users {
        stage.fund(user, stage.market, "1000000");
    }
    (stage, i128::from(rate))
}

impl Pair {
    fn posted(&mut self, dice: &mut Dice) -> (usize, Posted) {
        let who = dice.place(3).unwrap();
        let user = self.stage.users[who];
        let tick = i64::from(self.stage.venue.floors.get(self.stage.market).book.tick().micros());
        let outcome = dice.pick(&[Outcome::First, Outcome::Second]);
        let side = dice.pick(&[Side::Buy, Side::Sell]);
        let top = MICROS / tick - 1;
        let middle = if dice.chance(90) { MICROS * 2 / 5 / tick } else { dice.between(1, top) };
        let near = (middle + dice.between(-3, 3)).clamp(1, top) * tick;
        let limit = if outcome == Outcome::First { near } else { MICROS - near };
        let size = dice.between(500, 4_000) * 10_000;
        let kind = dice.pick(&[Kind::Gtc, Kind::Gtc, Kind::Gtc, Kind::Fok, Kind::Fak]);
        let cash = size * limit / MICROS;
        let amounts = match (kind.rests(), side) {
            (true, Side::Buy) => (cash, size),
            (false, Side::Buy) => {
                let cash = if dice.chance(10) { cash / 20 } else { cash };
                let cash = (cash / 10_000 * 10_000).max(10_000);
                (cash, cash * MICROS / limit / 100 * 100)
            }
            (true, Side::Sell) => (size, cash),
            // A market sale may be of any lots.
            (false, Side::Sell) => {
                let size = if dice.chance(20) { dice.between(100, 600) * 10_000 } else { size };
                (size, size * limit / MICROS / 100 * 100)
            }
        };
        let mut posted = self.stage.order(user, (outcome, side), amounts, kind);
        posted.post_only = kind == Kind::Gtc && dice.chance(20);
        (who, posted)
    }

    /// The same order as the slow venue reads it: its limit is cash ÷ shares on the grid, down for a
    /// buy, up for a sale.
    fn coming(&self, posted: &Posted, outcome: Outcome) -> Coming {
        let of = |amount| i128::from(u64::try_from(amount).unwrap());
        let fields = &posted.fields;
        let (given, got) = (of(fields.maker_amount), of(fields.taker_amount));
        let tick = i128::from(self.stage.venue.floors.get(self.stage.market).book.tick().micros());
        let one = i128::from(MICROS);
        let (cash, shares) = if fields.side == Side::Buy { (given, got) } else { (got, given) };
        let down = cash * one / shares / tick * tick;
        let limit = match fields.side {
            Side::Buy => down,
            Side::Sell if down * shares == cash * one => down,
            Side::Sell => down + tick,
        };
        let is_market_buy = !posted.kind.rests() && fields.side == Side::Buy;
        Coming {
            id: fields.id(self.stage.venue.floors.get(self.stage.market).exchange(outcome)),
            outcome,
            side: fields.side,
            limit,
            shares,
            cash: is_market_buy.then_some(cash),
            rests: posted.kind.rests(),
            whole: posted.kind == Kind::Fok,
            post_only: posted.post_only,
        }
    }

    fn fills(&self, placed: &Placed) -> Vec<Fill> {
        let trades = placed.trades.iter().map(|trade| self.stage.venue.trades.get(*trade));
        trades
            .flat_map(|trade| trade.legs.iter().map(move |leg| (trade, leg)))
            .map(|(trade, leg)| Fill {
                maker: leg.maker.order_id,
                price: i128::from(trade.price.micros()),
                size: leg.size.micros().into(),
                taker_cash: leg.taker_cash.micros().into(),
                maker_cash: leg.maker_cash.micros().into(),
                fee: leg.fee.micros().into(),
                how: match (leg.outcome == trade.outcome, trade.side) {
                    (true, _) => How::Direct,
                    (false, Side::Buy) => How::Mint,
                    (false, Side::Sell) => How::Merge,
                },
            })
            .collect()
    }

    fn place(&mut self, dice: &mut Dice) -> Result<(), String> {
        let (who, posted) = self.posted(dice);
        let tokens = self.stage.venue.floors.get(self.stage.market).tokens;
        let is_first = posted.fields.token_id == tokens[0];
        let outcome = if is_first { Outcome::First } else { Outcome::Second };
        let coming = self.coming(&posted, outcome);
        let slow = self.slow.place(&coming);
        let fast = match self.stage.venue.place(self.stage.users[who].key, &posted) {
            Ok(placed) => {
                self.ids.push((who, placed.id));
                Ok(self.fills(&placed))
            }
            Err(Refusal::PostOnlyCrosses) => Err(No::Crosses),
            Err(Refusal::MarketableTooSmall { .. }) => Err(No::BelowADollar),
            Err(Refusal::FokKilled) => Err(No::Killed),
            Err(Refusal::FakNothing) => Err(No::Nothing),
            Err(other) => return Err(format!("{coming:?}: {other}")),
        };
        if fast != slow {
            return Err(format!("{coming:?}: {fast:?}, slowly {slow:?}"));
        }
        self.count(who, &fast);
        Ok(())
    }

    fn count(&mut self, who: usize, done: &Result<Vec<Fill>, No>) {
        let seen = &mut self.seen;
        let fills = match done {
            Ok(fills) => fills,
            Err(No::Crosses) => return seen.crossed += 1,
            Err(No::BelowADollar) => return seen.below_a_dollar += 1,
            Err(No::Killed) => return seen.killed += 1,
            Err(No::Nothing) => return seen.nothing += 1,
        };
        seen.placed += 1;
        for fill in fills {
            match fill.how {
                How::Direct => seen.direct += 1,
                How::Mint => seen.minted += 1,
                How::Merge => seen.merged += 1,
            }
            seen.self_matched += u64::from(self.ids.contains(&(who, fill.maker)));
        }
    }

    fn cancel(&mut self, dice: &mut Dice) -> Result<(), String> {
        let Some(at) = dice.place(self.ids.len()) else { return Ok(()) };
        let (who, id) = self.ids[at];
        let fast = self.stage.venue.cancel(self.stage.users[who].key, &id).is_ok();
        if fast != self.slow.cancel(id) {
            return Err(format!("cancel of {id}: {fast}, slowly not"));
        }
        self.seen.cancelled += u64::from(fast);
        self.seen.not_cancelled += u64::from(!fast);
        Ok(())
    }

    fn compare(&mut self) -> Result<(), String> {
        let venue = &self.stage.venue;
        let fast: Vec<(B256, Side, i128, i128)> = resting(venue, self.stage.market)
            .into_iter()
            .map(|(order, side, price, size)| {
                let id = venue.orders.get(order).id;
                (id, side, i128::from(price.micros()), i128::from(size.micros()))
            })
            .collect();
        let slow = self.slow.book();
        self.seen.compared += 1;
        if fast == slow { Ok(()) } else { Err(format!("book: {fast:?}, slowly {slow:?}")) }
    }
}

/// One stream; what it compared, or where the two venues part.
fn stream(seed: u64, bug: Bug) -> Result<Seen, String> {
    let mut dice = Dice::new(seed);
    let (stage, rate) = staged(dice.pick(&GRIDS));
    let slow = SlowVenue::new(rate, bug);
    let mut pair = Pair { stage, slow, ids: Vec::new(), seen: Seen::default() };
    for _ in 0..COMMANDS {
        if dice.chance(85) {
            pair.place(&mut dice)?;
        } else {
            pair.cancel(&mut dice)?;
        }
        pair.compare()?;
    }
    Ok(pair.seen)
}

#[test]
fn the_venue_trades_as_the_slow_one_does() {
    let streams = cases(2_000);
    let mut all = Seen::default();
    for seed in 0..streams {
        let seen = stream(seed, Bug::None);
        let seen = seen.unwrap_or_else(|what| panic!("stream {seed}: {what}"));
        all.compared += seen.compared;
        all.placed += seen.placed;
        all.direct += seen.direct;
        all.minted += seen.minted;
        all.merged += seen.merged;
        all.cancelled += seen.cancelled;
        all.not_cancelled += seen.not_cancelled;
        all.crossed += seen.crossed;
        all.below_a_dollar += seen.below_a_dollar;
        all.killed += seen.killed;
        all.nothing += seen.nothing;
        all.self_matched += seen.self_matched;
    }
    println!("{streams} streams, {all:?}");
    assert_eq!(all.compared, streams * COMMANDS);
    let Seen { direct, minted, merged, cancelled, not_cancelled, self_matched, .. } = all;
    let Seen { crossed, below_a_dollar, killed, nothing, placed, .. } = all;
    let counts = [direct, minted, merged, cancelled, not_cancelled, self_matched];
    let counts = counts.into_iter().chain([crossed, below_a_dollar, killed, nothing, placed]);
    assert!(counts.into_iter().all(|count| count > 20), "{all:?}");
}

#[test]
fn a_slow_venue_with_a_bug_is_told_apart() {
    for bug in [
        Bug::LastComesFirst,
        Bug::TakersPrice,
        Bug::FeeFloored,
        Bug::BuysNoMoreThanAsked,
        Bug::MakerBearsTheRest,
        Bug::PostOnlyRests,
    ] {
        let caught = (0..200).filter(|seed| stream(*seed, bug).is_err()).count();
        assert!(caught > 0, "{bug:?} went unnoticed");
    }
}
