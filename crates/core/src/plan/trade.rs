//! One trade: its fields read one by one, then held against each other.

use super::catalogue::Mistake;
use super::checks::Inherited;
use super::fields::{Fields, Scope, quoted};
use super::model::{IfBlocked, MarketRef, OutcomeRef, Size, TimeInForce, Trade};
use super::problems::Place;
use super::reader::Reader;
use super::tree::{NodeId, NodeKind};
use crate::market::Side;
use crate::money::{Shares, Usd};
use std::borrow::Cow;

const NAME_MAX: usize = 512;
const OUTCOME_MAX: usize = 128;

/// The unit a size is given in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Usdc,
    Shares,
}

/// Reads a trade; `None` when something it cannot do without is missing or unreadable (noted).
pub(super) fn read(
    reader: &mut Reader<'_>,
    object: NodeId,
    index: u32,
    inherited: Inherited,
) -> Option<Trade> {
    let here = reader.here(object);
    let fields = Fields::find(reader, object, Scope::Trade(index));
    let mut trade = TradeReader { reader, fields, index };
    let id = trade.id();
    let market = trade.market();
    let outcome = trade.outcome();
    let side = trade.side();
    trade.order_type();
    let price = trade.price("price", true);
    let time_in_force = trade.time_in_force();
    let (size, size_here) = trade.size(side, time_in_force.flatten());
    let good_for_secs = trade.good_for_secs(time_in_force, inherited);
    let post_only = trade.post_only(time_in_force.flatten());
    let reduce_only = trade.reduce_only(side);
    let price_ceil = trade.price("priceCeil", false);
    let price_floor = trade.price("priceFloor", false);
    let if_blocked = trade.if_blocked();
    let (not_before, not_after) = trade.times();
    let notes = trade.notes();
    Some(Trade {
        index,
        id,
        market: market?,
        outcome: outcome?,
        side: side?,
        price: price?,
        size: size?,
        time_in_force: time_in_force?,
        good_for_secs,
        notional_max: inherited.notional_max,
        post_only,
        reduce_only,
        price_ceil,
        price_floor,
        if_blocked,
        not_before,
        not_after,
        notes,
        here,
        size_here,
    })
}

struct TradeReader<'r, 'a> {
    reader: &'r mut Reader<'a>,
    fields: Fields,
    index: u32,
}

impl TradeReader<'_, '_> {
    fn place(&self, name: &'static str) -> Place {
        Place::Field(self.index, name)
    }

    fn get(&self, name: &str) -> Option<NodeId> {
        self.fields.get(name)
    }

    fn require(&mut self, name: &'static str, advice: &'static str) -> Option<NodeId> {
        self.fields.require(self.reader, name, advice)
    }

    fn wrong(&mut self, id: NodeId, name: &'static str, mistake: &Mistake) {
        let place = self.place(name);
        self.reader.wrong(id, place, mistake);
    }

    fn id(&mut self) -> String {
        let given = self.get("id").and_then(|id| {
            let place = self.place("id");
            let text = self.reader.text(id, place, "text")?;
            let legal = |b: u8| b.is_ascii_alphanumeric() || b"._:-".contains(&b);
            if (1..=64).contains(&text.len()) && text.bytes().all(legal) {
                return Some(text.into_owned());
            }
            let raw = quoted(&text);
            self.wrong(id, "id", &Mistake::TradeIdIllegal { raw });
            None
        });
        given.unwrap_or_else(|| self.index.to_string())
    }

    fn market(&mut self) -> Option<MarketRef> {
        let (market, event, pick) = (self.get("marketId"), self.get("event"), self.get("pick"));
        let broken = self.reader.tree.is_broken(self.fields.object);
        let head = self.reader.tree.head(self.fields.object);
        let mistake = match (market, event, pick) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => Some(Mistake::MarketTwice {}),
            (None, None, None) => Some(Mistake::MarketMissing {}),
            (None, Some(_), None) => Some(Mistake::PickMissing {}),
            (None, None, Some(_)) => Some(Mistake::EventMissing {}),
            (Some(_), None, None) | (None, Some(_), Some(_)) => None,
        };
        if let Some(mistake) = mistake.filter(|_| !broken) {
            let at = event.or(pick).and_then(|id| self.reader.tree.key_span(id));
            let place = Place::Trade(self.index);
            self.reader.notes.note(at.unwrap_or(head), place, &mistake);
        }
        let market = market.map(|id| self.address(id, "marketId"));
        let event = event.map(|id| self.address(id, "event"));
        let pick = pick.map(|id| {
            let place = self.place("pick");
            self.reader.name(id, place, NAME_MAX).map(Cow::into_owned)
        });
        match (market, event, pick) {
            (Some(market), None, None) => Some(MarketRef::Market(market?)),
            (None, Some(event), Some(pick)) => Some(MarketRef::Pick { event: event?, pick: pick? }),
            _ => None,
        }
    }

    /// A slug, an id or a web address: printable ASCII without blanks and quotes.
    fn address(&mut self, id: NodeId, name: &'static str) -> Option<String> {
        let place = self.place(name);
        if self.reader.tree.kind(id) == NodeKind::Number {
            self.reader.wrong_type(id, place, "text");
            return None;
        }
        let text = self.reader.name(id, place, NAME_MAX)?;
        if text.bytes().all(|b| b.is_ascii_graphic() && b != b'"') {
            return Some(text.into_owned());
        }
        let raw = quoted(&text);
        self.wrong(id, name, &Mistake::MarketIllegal { raw });
        None
    }

    fn outcome(&mut self) -> Option<OutcomeRef> {
        let advice = "Write \"YES\", \"NO\" or the outcome's own label, such as \"Up\".";
        let id = self.require("outcome", advice)?;
        let place = self.place("outcome");
        let text = self.reader.name(id, place, OUTCOME_MAX)?;
        Some(match &*text {
            "YES" => OutcomeRef::Yes,
            "NO" => OutcomeRef::No,
            _ => OutcomeRef::Label(text.into_owned()),
        })
    }

    fn side(&mut self) -> Option<Side> {
        let id = self.require("side", "Write \"side\": \"BUY\" or \"SELL\".")?;
        let words = [("BUY", Side::Buy), ("SELL", Side::Sell)];
        let place = self.place("side");
        self.reader.word(id, place, &words, |raw| Mistake::SideUnknown { raw })
    }

    fn order_type(&mut self) {
        if let Some(id) = self.get("type") {
            let place = self.place("type");
            self.reader.word(id, place, &[("LIMIT", ())], |raw| Mistake::TypeUnknown { raw });
        }
    }

    fn price(&mut self, name: &'static str, required: bool) -> Option<crate::money::Price> {
        let id = if required {
            self.require(
                name,
                "Write the worst price you accept in dollars a share, such as 0.42.",
            )?
        } else {
            self.get(name)?
        };
        let place = self.place(name);
        self.reader.price(id, place)
    }

    /// `None`: unreadable; `Some(None)`: not given.
    fn time_in_force(&mut self) -> Option<Option<TimeInForce>> {
        let Some(id) = self.get("timeInForce") else {
            return Some(None);
        };
        let words = [
            ("GTC", TimeInForce::Gtc),
            ("GTT", TimeInForce::Gtt),
            ("FOK", TimeInForce::Fok),
            ("FAK", TimeInForce::Fak),
        ];
        let place = self.place("timeInForce");
        let unknown = |raw| Mistake::TimeInForceUnknown { raw };
        self.reader.word(id, place, &words, unknown).map(Some)
    }

    fn size(
        &mut self,
        side: Option<Side>,
        tif: Option<TimeInForce>,
    ) -> (Option<Size>, super::model::Here) {
        let unit = self.unit(side, tif);
        let advice =
            "Write the dollars to trade, such as 100, or shares with \"sizeUnit\": \"SHARES\".";
        let Some(id) = self.require("size", advice) else {
            return (None, super::model::Here::default());
        };
        let here = self.reader.here(id);
        if self.reader.tree.text(id).as_deref() == Some("all") {
            if side == Some(Side::Buy) {
                self.wrong(id, "size", &Mistake::AllOnBuy {});
            } else if self.get("sizeUnit").is_some() {
                let place = self.place("sizeUnit");
                let remark = format!("{place} does nothing beside a size of \"all\".");
                self.reader.remarks.push(remark);
            }
            return (Some(Size::All), here);
        }
        let place = self.place("size");
        let word = self.reader.tree.text(id).filter(|text| {
            let meant = ["all", "max", "everything", "100%"];
            meant.iter().any(|all| text.eq_ignore_ascii_case(all))
        });
        if let Some(word) = word {
            let raw = quoted(&word);
            self.wrong(id, "size", &Mistake::AllMisspelt { raw });
            return (None, here);
        }
        let micros = self.reader.amount(id, place, &Mistake::AmountZero {});
        let size = micros.zip(unit).map(|(micros, unit)| match unit {
            Unit::Usdc => Size::Usdc(Usd::from_micros(micros)),
            Unit::Shares => Size::Shares(Shares::from_micros(micros)),
        });
        (size, here)
    }

    fn unit(&mut self, side: Option<Side>, tif: Option<TimeInForce>) -> Option<Unit> {
        let Some(id) = self.get("sizeUnit") else {
            return Some(Unit::Usdc);
        };
        let words = [("USDC", Unit::Usdc), ("SHARES", Unit::Shares)];
        let place = self.place("sizeUnit");
        let unknown = |raw| Mistake::SizeUnitUnknown { raw };
        let unit = self.reader.word(id, place, &words, unknown)?;
        let immediate = tif.filter(|tif| tif.is_immediate());
        if let (Unit::Shares, Some(Side::Buy), Some(tif)) = (unit, side, immediate) {
            let tif = word(tif);
            self.wrong(id, "sizeUnit", &Mistake::ImmediateBuyInShares { tif });
        }
        Some(unit)
    }

    /// The trade's lifetime: its own, else the plan's, and only where an order ends by the clock.
    fn good_for_secs(
        &mut self,
        tif: Option<Option<TimeInForce>>,
        inherited: Inherited,
    ) -> Option<u32> {
        let field = self.get("cancelAfterSec");
        let place = self.place("cancelAfterSec");
        let own = field.map(|id| self.reader.seconds(id, place));
        match tif.flatten() {
            None => own.unwrap_or(inherited.good_for_secs),
            Some(TimeInForce::Gtt) => {
                let known = own.is_some() || inherited.good_for_secs.is_some();
                let broken = self.reader.tree.is_broken(self.fields.object);
                let excused = known || inherited.config_lifetime || broken;
                if let Some(id) = self.get("timeInForce").filter(|_| !excused) {
                    self.wrong(id, "timeInForce", &Mistake::LifetimeMissing {});
                }
                own.unwrap_or(inherited.good_for_secs)
            }
            Some(tif @ (TimeInForce::Gtc | TimeInForce::Fok | TimeInForce::Fak)) => {
                if let Some(id) = field {
                    let tif = word(tif);
                    self.wrong(id, "cancelAfterSec", &Mistake::LifetimeUnused { tif });
                }
                None
            }
        }
    }

    fn switch(&mut self, name: &'static str) -> Option<(NodeId, bool)> {
        let id = self.get(name)?;
        let place = self.place(name);
        Some((id, self.reader.switch(id, place)?))
    }

    fn post_only(&mut self, tif: Option<TimeInForce>) -> bool {
        let Some((id, on)) = self.switch("postOnly") else {
            return false;
        };
        if let (true, Some(tif)) = (on, tif.filter(|tif| tif.is_immediate())) {
            let tif = word(tif);
            self.wrong(id, "postOnly", &Mistake::PostOnlyImmediate { tif });
        }
        on
    }

    fn reduce_only(&mut self, side: Option<Side>) -> bool {
        let Some((id, on)) = self.switch("reduceOnly") else {
            return false;
        };
        if on && side == Some(Side::Buy) {
            self.wrong(id, "reduceOnly", &Mistake::ReduceOnlyOnBuy {});
        }
        on
    }

    fn if_blocked(&mut self) -> IfBlocked {
        let words = [("wait", IfBlocked::Wait), ("deny", IfBlocked::Deny)];
        let place = self.place("ifBlocked");
        let unknown = |raw| Mistake::IfBlockedUnknown { raw };
        self.get("ifBlocked")
            .and_then(|id| self.reader.word(id, place, &words, unknown))
            .unwrap_or_default()
    }

    fn times(&mut self) -> (Option<crate::time::Time>, Option<crate::time::Time>) {
        let mut read = |name: &'static str| {
            let place = self.place(name);
            self.get(name).and_then(|id| self.reader.time(id, place))
        };
        let (before, after) = (read("notBefore"), read("notAfter"));
        let crossed = before.zip(after).is_some_and(|(b, a)| a <= b);
        if let (true, Some(id)) = (crossed, self.get("notAfter")) {
            self.wrong(id, "notAfter", &Mistake::TimesCrossed {});
        }
        (before, after)
    }

    fn notes(&mut self) -> Option<String> {
        let id = self.get("notes")?;
        let place = self.place("notes");
        let text = self.reader.text(id, place, "text")?;
        Some(text.into_owned())
    }
}

const fn word(tif: TimeInForce) -> &'static str {
    match tif {
        TimeInForce::Gtc => "GTC",
        TimeInForce::Gtt => "GTT",
        TimeInForce::Fok => "FOK",
        TimeInForce::Fak => "FAK",
    }
}
