//! Looking: what the venue says of the account, what the chain says it holds, and whether anything may be sent.

use super::charges::Receipts;
use crate::app::House;
use crate::pass::Given;
use crate::real::history::History;
use crate::real::{Access, Armed, history};
use alloy_primitives::U256;
use anyhow::{Context as _, Result, bail};
use betteroms_core::event::{AccountFact, Difference, Event};
use betteroms_core::ledger::imbalance;
use betteroms_core::order::{Order, Status};
use betteroms_core::reconcile::real::{asked, balances, catch_up, converted, paid, to_look_up};
use betteroms_core::state::{Changes, State};
use betteroms_core::time::Time;
use betteroms_core::venue::{AccountView, Payment, VenueId};
use betteroms_core::world::World;
use betteroms_polymarket::VenueError;
use betteroms_store::Store;
use std::collections::BTreeSet;

/// How far a look at trades goes back behind the newest one seen: the venue's list may show one late.
const OVERLAP_SECS: i64 = 3_600;
/// How often a difference is looked at again before it is told.
const RELOOKS: u32 = 2;

/// Looks at the account, and never sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observer<'a> {
    pub(crate) house: &'a House,
    pub(crate) access: &'a Access,
}

/// Whose fate is asked for by hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// Every order whose standing the list of open orders does not tell.
    All,
    /// Orders that were sent and not answered for, and those about to end.
    Unsure,
}

impl Observer<'_> {
    /// Open orders, trades and look-ups, with the rows of the store that they ask about.
    pub(super) async fn look(&self, store: &Store, state: &mut State) -> Result<AccountView> {
        self.view(store, state, Ask::All).await
    }

    pub(super) async fn view(
        &self,
        store: &Store,
        state: &mut State,
        ask: Ask,
    ) -> Result<AccountView> {
        let access = self.access;
        let after = window(state).unwrap_or(self.house.now);
        let wanted = |open: &BTreeSet<VenueId>| {
            let mut all = to_look_up(state, &open.iter().collect());
            if ask == Ask::Unsure {
                let rests: BTreeSet<&VenueId> =
                    state.with_status(Status::Open).filter_map(Order::venue_id).collect();
                all.retain(|id| !rests.contains(id));
            }
            all
        };
        let known: BTreeSet<VenueId> =
            state.orders.values().filter_map(|order| order.venue_id().cloned()).collect();
        let ours = (access.wallet.maker, &known);
        let view = access.account.view(ours, Some(after), wanted).await;
        let mut view = view.context("looking at the account; nothing was sent")?;
        let (mut orders, trades) = asked(&view);
        // A fee that is read changes its order.
        orders
            .extend(state.fees_unread().filter_map(|one| Some(one.unread.as_ref()?.order.clone())));
        store.load_asked(state, (&orders, &trades)).await?;
        // What matched before the account was opened is in its opening balance.
        if let Some(real) = &state.account.real {
            let known: BTreeSet<&VenueId> =
                state.orders.values().filter_map(Order::venue_id).collect();
            view.trades.retain(|trade| !real.is_before(trade, |order| known.contains(order)));
            view.doubtful.retain(|one| one.at.is_none_or(|at| Some(at) >= real.trades_since));
        }
        Ok(view)
    }

    /// Balances and fees charged, and a second look where books and balances do not agree: a trade may have settled
    /// between two reads. A dry run reads no receipts.
    pub(super) async fn check(
        &self,
        store: &Store,
        (state, world): (&mut State, &mut World),
        given: Given<'_>,
        armed: Option<&Armed>,
    ) -> Result<()> {
        let mut receipts = Receipts::default();
        self.balances(world).await;
        self.read_charges((state, world), armed, &mut receipts).await?;
        let (mut facts, after) = self.seen(state, world)?;
        let paid = self.payments(&after, world).await;
        if !paid.is_empty() {
            facts = self.catch_up(state, world)?;
        }
        for _ in 0..RELOOKS {
            if !facts.iter().any(is_off) {
                break;
            }
            tokio::time::sleep(self.house.config.real.look_every() / 4).await;
            let mut view = self.look(store, state).await?;
            known_markets(&mut view, world);
            view.payments.clone_from(&paid);
            world.account = Some(view);
            self.balances(world).await;
            self.read_charges((state, world), armed, &mut receipts).await?;
            facts = self.catch_up(state, world)?;
        }
        world.gate = Some(self.gate(store, (state, world), given, armed).await?);
        Ok(())
    }

    /// What the venue paid by itself, asked for where the wallet's cash is not what the books say. What cannot be read
    /// leaves the difference as it is.
    async fn payments(&self, after: &State, world: &mut World) -> Vec<Payment> {
        let real = after.account.real.as_ref();
        let Some(real) = real.filter(|real| real.differs_in_cash()) else { return Vec::new() };
        match history::look(self.house, self.access, real).await {
            Ok(History { payments: paid, .. }) => {
                if let Some(view) = &mut world.account {
                    view.payments.clone_from(&paid);
                }
                paid
            }
            Err(error) => {
                tracing::warn!(error = %format!("{error:#}"), "what the venue paid cannot be read");
                Vec::new()
            }
        }
    }

    async fn read_charges(
        &self,
        (state, world): (&State, &mut World),
        armed: Option<&Armed>,
        receipts: &mut Receipts,
    ) -> Result<()> {
        let (Some(view), Some(_)) = (&world.account, armed) else { return Ok(()) };
        let mut after = state.clone();
        let facts = catch_up(state, world, view, self.house.config.real.foreign())?;
        after.apply_all(&facts, &mut Changes::default())?;
        self.charges(&after, world, receipts).await;
        Ok(())
    }

    /// What was observed as facts, differences with the chain among them.
    pub(super) fn catch_up(&self, state: &State, world: &World) -> Result<Vec<Event>> {
        self.seen(state, world).map(|(facts, _)| facts)
    }

    /// What was observed as facts, and the picture after them.
    fn seen(&self, state: &State, world: &World) -> Result<(Vec<Event>, State)> {
        let view = world.account.as_ref().context("a real pass looks at its account")?;
        let mut facts = catch_up(state, world, view, self.house.config.real.foreign())?;
        let mut after = state.clone();
        after.apply_all(&facts, &mut Changes::default())?;
        let done = converted(&after, &view.shares);
        after.apply_all(&done, &mut Changes::default())?;
        facts.extend(done);
        let paid = paid(&after, view);
        after.apply_all(&paid, &mut Changes::default())?;
        facts.extend(paid);
        let differs = balances(&after, view);
        after.apply_all(&differs, &mut Changes::default())?;
        facts.extend(differs);
        match imbalance(&after) {
            None => Ok((facts, after)),
            Some(off) => bail!(
                "{off}. Nothing was sent; run `betteroms db verify` and keep \
                 the store"
            ),
        }
    }

    /// Asks the chain; what it does not tell stays unknown, and the gate says so. A node that gives no answer to one
    /// question, which takes a whole deadline, is not asked the next one.
    async fn balances(&self, world: &mut World) {
        let (chain, wallet) = (&self.access.chain, self.access.wallet.maker);
        let Some(view) = &mut world.account else { return };
        match chain.pusd_balance(wallet).await {
            Ok(cash) => view.cash = Some(cash),
            Err(error) => {
                tracing::warn!(error = %error.explain(), "the chain does not tell the cash");
                if !answers(&error) {
                    return;
                }
            }
        }
        for (condition, seen) in &world.markets {
            let tokens = [&seen.market.tokens[0], &seen.market.tokens[1]];
            let ids = tokens.map(|token| U256::from_str_radix(token, 10));
            let [Ok(first), Ok(second)] = ids else { continue };
            let pair = async {
                let first = chain.token_balance(wallet, first).await?;
                Ok::<_, VenueError>([first, chain.token_balance(wallet, second).await?])
            };
            match pair.await {
                Ok(pair) => {
                    view.shares.insert(condition.clone(), pair);
                }
                Err(error) => {
                    tracing::warn!(error = %error.explain(), "the chain does not tell the shares");
                    if !answers(&error) {
                        return;
                    }
                }
            }
        }
    }
}

/// Whether a fact says that the chain holds something else than the books.
fn is_off(fact: &Event) -> bool {
    let Event::Account { fact: AccountFact::Differs { difference, .. } } = fact else {
        return false;
    };
    let moved = |one: &Difference| {
        matches!(one, Difference::CashDiffers { .. } | Difference::SharesDiffer { .. })
    };
    difference.as_ref().is_some_and(moved)
}

/// Whether a node that did not tell something answers at all.
const fn answers(error: &VenueError) -> bool {
    match error {
        VenueError::Refused { .. } => true,
        VenueError::NotSent { .. } | VenueError::Unknown { .. } => false,
    }
}

/// From when on trades are asked for: behind the newest seen, behind the oldest that is not settled, and never
/// before the account was opened.
fn window(state: &State) -> Option<Time> {
    let real = state.account.real.as_ref()?;
    let unsettled = state.fills.values().filter(|booked| !booked.settlement.is_final());
    let oldest = unsettled.map(|booked| booked.fill.at).min();
    let newest = real.trades_until?.plus_secs(-OVERLAP_SECS);
    let from = oldest.map_or(newest, |oldest| oldest.min(newest));
    Some(real.trades_from(from))
}

/// Leaves trades of markets that were not observed to the next pass, which will observe them.
pub(super) fn known_markets(view: &mut AccountView, world: &World) {
    let is_known = |trade: &betteroms_core::venue::VenueTrade| {
        trade.legs.iter().all(|leg| world.markets.contains_key(&leg.market))
    };
    let shown = view.trades.len();
    view.trades.retain(is_known);
    view.is_cut |= view.trades.len() < shown;
}
