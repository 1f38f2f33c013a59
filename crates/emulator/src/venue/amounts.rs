//! What an order's two amounts say: price and size, and whether the venue takes them (venue.md 3.6, 3.7).
//! Integers throughout; nothing is rounded but where the venue rounds.

use super::order::Kind;
use super::refusal::Refusal;
use alloy_primitives::B256;
use betteroms_core::market::Side;
use betteroms_core::money::{Decimal, LOT, MICROS, Price, Shares, Tick, Usd};

/// The step of the side of a market order that may have four decimals (venue.md 3.7).
const FOUR_DECIMALS: i64 = 100;
/// A price nearer to the grid than this is one whose amounts were rounded, not one off the grid.
const GRID_SLACK: i128 = 100;

/// An order's terms, in its own token's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The worst price it trades at.
    pub price: Price,
    /// Shares: what a limit order wants, what a selling market order gives, what a buying market order
    /// gets at least.
    pub size: Shares,
    /// What a buying market order spends; it is bounded by this and not by its shares (venue.md 4.6).
    pub cash: Option<Usd>,
}

/// An order's amounts with what they are judged by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amounts {
    pub(super) id: B256,
    pub(super) side: Side,
    pub(super) kind: Kind,
    /// Given, in base units.
    pub(super) maker: i64,
    /// Received at least, in base units.
    pub(super) taker: i64,
    pub(super) tick: Tick,
    pub(super) min_size: Shares,
}

impl Amounts {
    /// Reads the terms.
    ///
    /// # Errors
    /// As the venue refuses: amounts with too many decimals, a price off the tick or outside of
    /// tick..1−tick, a size that may not rest.
    pub(super) fn terms(self) -> Result<Terms, Refusal> {
        if self.maker <= 0 || self.taker <= 0 {
            return Err(Refusal::Payload);
        }
        match self.kind {
            Kind::Gtc | Kind::Gtd => self.limit(),
            Kind::Fok | Kind::Fak => self.market(),
        }
    }

    const fn shares_and_cash(self) -> (i64, i64) {
        match self.side {
            Side::Buy => (self.taker, self.maker),
            Side::Sell => (self.maker, self.taker),
        }
    }

    fn limit(self) -> Result<Terms, Refusal> {
        let (shares, cash) = self.shares_and_cash();
        let decimals = cash_decimals(self.tick);
        if shares % LOT != 0 || cash % step(decimals) != 0 {
            return Err(Refusal::Amounts(match self.side {
                Side::Buy => format!(
                    "the buy orders maker amount supports a max accuracy of {decimals} decimals, taker amount a max of 2 decimals"
                ),
                Side::Sell => format!(
                    "the sell orders maker amount supports a max accuracy of 2 decimals, taker amount a max of {decimals} decimals"
                ),
            }));
        }
        let price = self.nearest()?;
        let exact = i128::from(price.micros()) * i128::from(shares) / i128::from(MICROS);
        if exact != i128::from(cash) {
            let (side, due) = match self.side {
                Side::Buy => ("maker", exact),
                Side::Sell => ("taker", exact),
            };
            let text = |micros: i64| Decimal::from_micros(micros).to_string();
            return Err(Refusal::Amounts(format!(
                "the {side} amount for a ${price} order of size {} should be '{}' but the value submited is '{}'",
                text(shares),
                text(i64::try_from(due).map_err(|_| Refusal::Payload)?),
                text(cash),
            )));
        }
        let size = Shares::from_micros(shares);
        if size < self.min_size {
            return Err(Refusal::TooSmall { id: self.id, size, min: self.min_size });
        }
        Ok(Terms { price, size, cash: None })
    }

    fn market(self) -> Result<Terms, Refusal> {
        if self.maker % LOT != 0 || self.taker % FOUR_DECIMALS != 0 {
            let side = if self.side == Side::Buy { "buy" } else { "sell" };
            return Err(Refusal::Amounts(format!(
                "the market {side} orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals"
            )));
        }
        let (shares, cash) = self.shares_and_cash();
        let near = self.nearest()?;
        // The side it receives was floored to four decimals, which moves the price off the grid by no
        // more than that; anything further is a price off the grid.
        let (due, given) = match self.side {
            Side::Buy => (
                i128::from(cash) * i128::from(MICROS) / i128::from(near.micros()),
                i128::from(shares),
            ),
            Side::Sell => (
                i128::from(shares) * i128::from(near.micros()) / i128::from(MICROS),
                i128::from(cash),
            ),
        };
        if (due - given).abs() > i128::from(FOUR_DECIMALS) {
            return Err(self.off_tick());
        }
        // A buy never pays above, a sell never takes below what its amounts say.
        let ratio = i128::from(cash) * i128::from(MICROS);
        let tick = i128::from(self.tick.micros());
        let unit = i128::from(shares) * tick;
        let ticks = match self.side {
            Side::Buy => ratio.div_euclid(unit),
            Side::Sell => ratio.div_euclid(unit) + i128::from(ratio.rem_euclid(unit) != 0),
        };
        let price = self.on_grid(ticks * tick)?;
        let cash = (self.side == Side::Buy).then_some(Usd::from_micros(cash));
        Ok(Terms { price, size: Shares::from_micros(shares), cash })
    }

    /// The grid price nearest to cash ÷ shares.
    fn nearest(self) -> Result<Price, Refusal> {
        let (shares, cash) = self.shares_and_cash();
        let tick = i128::from(self.tick.micros());
        let ratio = i128::from(cash) * i128::from(MICROS);
        let unit = i128::from(shares) * tick;
        let ticks = (2 * ratio + unit).div_euclid(2 * unit);
        let price = self.on_grid(ticks * tick)?;
        let distance = (ratio - i128::from(shares) * i128::from(price.micros())).abs();
        // Distance in price, in millionths, is `distance / shares`.
        if self.is_limit() && distance > GRID_SLACK * i128::from(shares) {
            return Err(self.off_tick());
        }
        Ok(price)
    }

    const fn is_limit(self) -> bool {
        matches!(self.kind, Kind::Gtc | Kind::Gtd)
    }

    /// A price in tick..=1−tick.
    fn on_grid(self, micros: i128) -> Result<Price, Refusal> {
        let tick = i128::from(self.tick.micros());
        if micros < tick || micros > i128::from(MICROS) - tick {
            return Err(self.off_tick());
        }
        let micros = u32::try_from(micros).map_err(|_| self.off_tick())?;
        Price::from_micros(micros).ok_or_else(|| self.off_tick())
    }

    /// The tick refusal, naming the price as the amounts spell it, cut to millionths.
    fn off_tick(self) -> Refusal {
        let (shares, cash) = self.shares_and_cash();
        let micros = i128::from(cash) * i128::from(MICROS) / i128::from(shares);
        let price = match i64::try_from(micros) {
            Ok(micros) => Decimal::from_micros(micros).to_string(),
            Err(_) => "infinite".to_owned(),
        };
        Refusal::OffTick { id: self.id, price, tick: self.tick }
    }
}

/// Decimals of a limit order's cash: the tick's own and the lot's two.
fn cash_decimals(tick: Tick) -> u32 {
    let mut decimals = 6_u32;
    let mut micros = tick.micros();
    while decimals > 0 && micros.is_multiple_of(10) {
        micros /= 10;
        decimals -= 1;
    }
    (decimals + 2).min(6)
}

fn step(decimals: u32) -> i64 {
    10_i64.pow(6 - decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: Kind, side: Side, tick: u32, maker: i64, taker: i64) -> Result<Terms, Refusal> {
        let tick = Tick::from_micros(tick).expect("a tick");
        let min_size = Shares::from_units(5);
        Amounts { id: B256::ZERO, side, kind, maker, taker, tick, min_size }.terms()
    }

    fn price(terms: Result<Terms, Refusal>) -> u32 {
        terms.map(|t| t.price.micros()).unwrap_or_else(|r| panic!("{r}"))
    }

    #[test]
    fn the_worked_examples_of_the_sheet_are_taken() {
        use Kind::{Fak, Gtc};
        use Side::{Buy, Sell};
        assert_eq!(price(read(Gtc, Buy, 10_000, 11_782_400, 21_040_000)), 560_000);
        assert_eq!(price(read(Gtc, Sell, 10_000, 19_690_000, 4_331_800)), 220_000);
        assert_eq!(price(read(Gtc, Buy, 1_000, 1_178_240, 21_040_000)), 56_000);
        assert_eq!(price(read(Fak, Buy, 10_000, 1_000_000, 14_285_700)), 70_000);
        assert_eq!(price(read(Fak, Buy, 10_000, 10_000_000, 30_303_000)), 330_000);
        assert_eq!(price(read(Fak, Buy, 1_000, 9_980_000, 10_131_900)), 985_000);
        assert_eq!(price(read(Fak, Buy, 100, 25_000_000, 202_593_100)), 123_400);
        assert_eq!(price(read(Fak, Sell, 10_000, 50_000_000, 48_500_000)), 970_000);
        // Flooring what a sell receives must not lower its price.
        assert_eq!(price(read(Fak, Sell, 1_000, 12_340_000, 1_517_800)), 123_000);
    }

    #[test]
    fn what_the_venue_refuses_is_refused_in_its_words() {
        use Kind::{Fak, Gtc};
        use Side::{Buy, Sell};
        let text = |terms: Result<Terms, Refusal>| terms.expect_err("refused").to_string();
        let short = text(read(Gtc, Sell, 10_000, 19_690_000, 4_330_000));
        assert!(short.contains("the taker amount for a $0.22 order of size 19.69 should be '4.3318' but the value submited is '4.33'"), "{short}");
        let fine = text(read(Fak, Buy, 1_000, 9_980_000, 10_131_970));
        assert!(fine.contains("taker amount a max of 4 decimals"), "{fine}");
        let off = text(read(Gtc, Buy, 10_000, 5_050_000, 10_000_000));
        assert!(off.contains("Price (0.505) breaks minimum tick size rule: 0.01"), "{off}");
        let off = text(read(Fak, Buy, 10_000, 5_050_000, 10_000_000));
        assert!(off.contains("breaks minimum tick size rule"), "{off}");
        let small = text(read(Gtc, Buy, 10_000, 2_000_000, 4_000_000));
        assert!(small.contains("Size (4) lower than the minimum: 5"), "{small}");
        let high = text(read(Gtc, Buy, 10_000, 10_000_000, 10_000_000));
        assert!(high.contains("Price (1) breaks"), "{high}");
        let lot = text(read(Gtc, Buy, 10_000, 5_002_500, 10_005_000));
        assert!(lot.contains("taker amount a max of 2 decimals"), "{lot}");
        assert_eq!(read(Gtc, Buy, 10_000, 0, 1), Err(Refusal::Payload));
    }

    #[test]
    fn decimals_follow_the_table() {
        let table = [(100_000, 3), (10_000, 4), (5_000, 5), (2_500, 6), (1_000, 5), (100, 6)];
        for (tick, decimals) in table {
            assert_eq!(cash_decimals(Tick::from_micros(tick).expect("a tick")), decimals, "{tick}");
        }
    }
}
