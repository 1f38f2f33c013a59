//! Orders: what the venue says of each of ours, and what its silence means.

use super::{Foreign, Work};
use crate::event::{AccountFact, Difference, Event, OrderFact, Subject};
use crate::market::Side;
use crate::money::Shares;
use crate::order::{AtVenue, Order, OrderId, Status, Step, Want};
use crate::reason::EndReason;
use crate::state::ApplyError;
use crate::time::Time;
use crate::venue::{Look, Standing, VenueId, VenueOrder};

/// Looks in vain before an order that rested counts as gone (`shared/rules.md` §3).
const LOOKS_MIN: u32 = 3;
/// Passes that an order without an end stays in doubt before it counts as never seen.
const PASSES_MIN: u32 = 3;

impl Work<'_> {
    /// Orders that had ended in the books, in an earlier pass, and rest at the venue: they count again. What was to
    /// end by our own word is asked to end once more.
    pub(super) fn reappeared(&mut self) -> Result<(), ApplyError> {
        let rests = self.view.open.values().filter(|shown| shown.standing == Standing::Live);
        let back: Vec<(OrderId, Option<EndReason>)> = rests
            .filter_map(|shown| {
                let order = self.state.orders.get(self.ours.get(&shown.id)?)?;
                let is_over = order.status.after(Step::Reappear).is_some()
                    && order.ended_at.is_some_and(|at| at < self.world.now);
                (is_over && is_same(order, shown)).then(|| (order.id.clone(), order.end))
            })
            .collect();
        for (id, ended) in back {
            self.emit(Event::AtVenue { id: id.clone(), fact: OrderFact::Reappeared { ended } })?;
            let asked = ended.filter(|reason| {
                matches!(reason, EndReason::Operator | EndReason::Frozen | EndReason::Due)
            });
            if let Some(reason) = asked {
                self.emit(Event::AtVenue { id, fact: OrderFact::Cancelling { reason } })?;
            }
        }
        Ok(())
    }

    pub(super) fn orders(&mut self) -> Result<(), ApplyError> {
        let working = self.state.orders.values().filter(|order| order.status.is_working());
        let ids: Vec<(OrderId, VenueId)> = working
            .filter_map(|order| Some((order.id.clone(), order.venue_id()?.clone())))
            .collect();
        for (id, venue) in ids {
            let begun = self.facts.len();
            let worked = match self.view.order(&venue) {
                Some(shown) => self.shown(&id, shown),
                None => self.unseen(&id, &venue),
            };
            let market = self.order(&id)?.market.clone();
            if worked.is_ok() && self.view.order(&venue).is_some() {
                self.believed(market.as_ref(), venue.as_str())?;
            }
            if let Err(error) = worked {
                self.undo(begun)?;
                self.doubt(market.as_ref(), venue.as_str(), &error.to_string())?;
            }
        }
        Ok(())
    }

    fn order(&self, id: &OrderId) -> Result<&Order, ApplyError> {
        self.state.orders.get(id).ok_or_else(|| ApplyError::UnknownOrder(id.clone()))
    }

    fn shown(&mut self, id: &OrderId, shown: &VenueOrder) -> Result<(), ApplyError> {
        let order = self.order(id)?;
        if !is_same(order, shown) {
            let difference = Some(Difference::OrderDiffers { order: id.clone() });
            return self.differ(order.market.clone(), difference);
        }
        let (market, status) = (order.market.clone(), order.status);
        let known = order.venue.as_ref();
        // A word that we do not know, of an order that no list shows as open: a look in vain.
        let is_gone = matches!(shown.standing, Standing::Strange { .. })
            && !self.view.is_partial
            && !self.view.open.contains_key(&shown.id);
        let was_unseen = |at: &AtVenue| at.unseen > 0 && !is_gone;
        if known.is_some_and(|at| at.matched != shown.matched || was_unseen(at)) {
            self.emit(Event::AtVenue {
                id: id.clone(),
                fact: OrderFact::Seen { matched: shown.matched },
            })?;
        }
        let order = self.order(id)?;
        let failed = order.venue.as_ref().map_or(Shares::ZERO, |at| at.failed);
        let books = order.tracks.expected.filled + failed;
        // The trades behind a match may come a moment later: until then nothing is known to have ended.
        if books < shown.matched && !self.is_set_aside(shown.id.as_str()) {
            let (order, books, venue) = (id.clone(), books, shown.matched);
            let missing = Difference::FillsMissing { order, books, venue };
            self.open_if_unsure(id, status, &shown.standing)?;
            return self.differ(market, Some(missing));
        }
        self.agreed(market, id)?;
        match &shown.standing {
            Standing::Live => self.open_if_unsure(id, status, &shown.standing),
            // What could not be booked, and a person has looked at, filled nothing in the books.
            Standing::Matched if books < shown.matched => {
                self.end(id, Status::Cancelled, Some(EndReason::Gone))
            }
            Standing::Matched => self.end(id, Status::Filled, None),
            Standing::Cancelled { reason } => self.cancelled(id, reason),
            Standing::Invalid => self.end(id, Status::Cancelled, Some(EndReason::VenueCancelled)),
            Standing::Strange { .. } if is_gone => self.gone(id, &shown.id),
            Standing::Strange { .. } => Ok(()),
        }
    }

    fn open_if_unsure(
        &mut self,
        id: &OrderId,
        status: Status,
        standing: &Standing,
    ) -> Result<(), ApplyError> {
        let is_unsure = matches!(status, Status::InDoubt | Status::Submitting);
        if is_unsure && *standing == Standing::Live {
            return self.emit(Event::OrderOpened { id: id.clone() });
        }
        Ok(())
    }

    /// A difference about this order's fills is over.
    fn agreed(
        &mut self,
        market: Option<crate::market::ConditionId>,
        id: &OrderId,
    ) -> Result<(), ApplyError> {
        let Some(market) = market else { return Ok(()) };
        let subject = Subject::Market(market.clone());
        let differs = self.state.account.real.iter().flat_map(|real| &real.differs);
        let about_it = |difference: &Difference| match difference {
            Difference::FillsMissing { order, .. } | Difference::OrderDiffers { order } => {
                order == id
            }
            Difference::CashDiffers { .. }
            | Difference::SharesDiffer { .. }
            | Difference::Foreign { .. }
            | Difference::ForeignOrder { .. }
            | Difference::Unbelievable { .. } => false,
        };
        let is_over = differs.into_iter().any(|(what, d)| *what == subject && about_it(d));
        if is_over { self.differ(Some(market), None) } else { Ok(()) }
    }

    fn differ(
        &mut self,
        market: Option<crate::market::ConditionId>,
        difference: Option<Difference>,
    ) -> Result<(), ApplyError> {
        let Some(market) = market else { return Ok(()) };
        let what = Subject::Market(market);
        let differs = self.state.account.real.iter().flat_map(|real| &real.differs);
        let known = differs.into_iter().find(|(known, _)| *known == what).map(|(_, d)| d);
        // What a stranger did blocks the market until a person says otherwise, whatever else is told of it.
        let is_strangers =
            matches!(known, Some(Difference::Foreign { .. } | Difference::ForeignOrder { .. }));
        if known == difference.as_ref() || is_strangers {
            return Ok(());
        }
        self.emit(Event::Account { fact: AccountFact::Differs { what, difference } })
    }

    fn end(
        &mut self,
        id: &OrderId,
        status: Status,
        reason: Option<EndReason>,
    ) -> Result<(), ApplyError> {
        let order = self.order(id)?;
        let failed = order.venue.as_ref().is_some_and(|at| at.failed.is_positive());
        // What matched and then failed is not filled, whatever the venue calls the order.
        let (status, reason) = if failed && status == Status::Filled {
            (Status::Cancelled, Some(EndReason::SettlementFailed))
        } else {
            (status, reason)
        };
        self.emit(Event::OrderEnded { id: id.clone(), status, reason, at: self.world.now })
    }

    fn cancelled(&mut self, id: &OrderId, words: &str) -> Result<(), ApplyError> {
        let order = self.order(id)?;
        let due = order.placing.as_ref().and_then(|placing| placing.due);
        let is_past = due.is_some_and(|due| due <= self.world.now);
        let words = words.to_ascii_uppercase();
        let asked = order.end.filter(|_| order.status == Status::Cancelling);
        let (status, reason) = if words.contains("MARKET_RESOLVED") {
            (Status::Cancelled, EndReason::MarketClosed)
        } else if let Some(asked) = asked {
            (Status::Cancelled, asked)
        } else if order.time_in_force == crate::plan::TimeInForce::Fok {
            (Status::Rejected, EndReason::FokNotFull)
        } else if order.time_in_force.is_immediate() && order.tracks.expected.filled.is_zero() {
            (Status::Rejected, EndReason::FakFoundNothing)
        } else if order.time_in_force.is_immediate() {
            (Status::Cancelled, EndReason::FakRest)
        } else if is_past || words.contains("EXPIRED") {
            (Status::Expired, EndReason::Due)
        } else {
            (Status::Cancelled, EndReason::VenueCancelled)
        };
        // The table knows no refusal of what rested, and no expiry of what was never seen to rest.
        let status = match (status, order.status) {
            (Status::Rejected, Status::Open) => Status::Cancelled,
            (Status::Expired, Status::Submitting) => Status::Cancelled,
            (status, _) => status,
        };
        self.end(id, status, Some(reason))
    }

    /// The venue does not show it. A look in vain is counted; it ends nothing before there were enough.
    fn unseen(&mut self, id: &OrderId, venue: &VenueId) -> Result<(), ApplyError> {
        if !matches!(self.view.looked.get(venue), Some(Look::NotFound { .. })) {
            return Ok(());
        }
        self.gone(id, venue)
    }

    /// No list shows it as open, and looking it up told no end: a look in vain, by its time.
    fn gone(&mut self, id: &OrderId, venue: &VenueId) -> Result<(), ApplyError> {
        let Some(Look::NotFound { at } | Look::Found { at, .. }) = self.view.looked.get(venue)
        else {
            return Ok(());
        };
        let order = self.order(id)?;
        let counted = order.venue.as_ref().and_then(|known| known.looked);
        if counted.is_none_or(|last| last < *at) {
            self.emit(Event::AtVenue { id: id.clone(), fact: OrderFact::Unseen { at: *at } })?;
        }
        let order = self.order(id)?;
        let Some(known) = &order.venue else { return Ok(()) };
        // What the venue once showed as matched is not over before its fills are here.
        let is_short = known.matched > order.tracks.expected.filled + known.failed
            && !self.is_set_aside(venue.as_str());
        if known.unseen < LOOKS_MIN || is_short {
            return Ok(());
        }
        let due: Option<Time> = order.placing.as_ref().and_then(|placing| placing.due);
        let is_past = due.is_some_and(|due| due <= self.world.now);
        match order.status {
            Status::Open | Status::Cancelling if is_past => {
                self.end(id, Status::Expired, Some(EndReason::Due))
            }
            Status::Cancelling => {
                let reason = order.end.unwrap_or(EndReason::Gone);
                self.end(id, Status::Cancelled, Some(reason))
            }
            Status::Open => self.end(id, Status::Cancelled, Some(EndReason::Gone)),
            Status::InDoubt => {
                let is_lost = match due {
                    Some(_) => is_past,
                    None => known.doubtful_passes >= PASSES_MIN,
                };
                if !is_lost {
                    return Ok(());
                }
                self.end(id, Status::Rejected, Some(EndReason::NotSeen))
            }
            Status::Submitting
            | Status::Denied
            | Status::Waiting
            | Status::Filled
            | Status::Cancelled
            | Status::Rejected
            | Status::Expired => Ok(()),
        }
    }

    pub(super) fn foreign_orders(&mut self) -> Result<(), ApplyError> {
        if self.view.is_partial {
            return Ok(());
        }
        let real = self.state.account.real.clone().unwrap_or_default();
        let foreign = self.view.open.values().filter(|order| !self.ours.contains_key(&order.id));
        let news: Vec<VenueOrder> =
            foreign.filter(|order| real.foreign.get(&order.id) != Some(order)).cloned().collect();
        let gone = real.foreign.values().filter(|known| !self.view.open.contains_key(&known.id));
        let gone = gone.map(|known| VenueOrder {
            standing: Standing::Cancelled { reason: String::new() },
            ..known.clone()
        });
        for order in news.into_iter().chain(gone) {
            let is_new = !real.foreign.contains_key(&order.id);
            let (market, id) = (order.market.clone(), order.id.clone());
            self.emit(Event::Account { fact: AccountFact::ForeignOrder { order } })?;
            if is_new && self.foreign == Foreign::Block {
                self.differ(Some(market), Some(Difference::ForeignOrder { order: id }))?;
            }
        }
        Ok(())
    }
}

/// Whether what the venue shows under our order's hash can be our order.
fn is_same(order: &Order, shown: &VenueOrder) -> bool {
    let is_ours = order.market.as_ref() == Some(&shown.market) && order.trade.side == shown.side;
    match order.placing.as_ref().map(|placing| placing.want) {
        // Of a fill-and-kill buy the venue shows shares at the limit: the price tells enough.
        Some(Want::Cash(_)) => is_ours && order.trade.side == Side::Buy,
        Some(Want::Shares(size)) => {
            let is_its = size == shown.size && order.trade.price == shown.price;
            is_ours && is_its && shown.matched <= size
        }
        None => false,
    }
}
