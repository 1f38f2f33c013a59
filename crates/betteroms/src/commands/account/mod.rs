//! `account`: paper cash, and everything that an operator does to get a real account ready and to look after
//! it: keys, approvals, taking over what was bought elsewhere, redeeming.

mod adopt;
mod allowances;
mod ask;
mod credentials;
mod key;
mod paper;
mod probe;
mod probe_order;
mod redeem;
mod redeem_plan;
mod setup;
mod setup_wallet;
mod status;

use crate::app::{House, Said, Usage};
use crate::cli::Account;
use crate::real::Access;
use crate::real::positions::Held;
use anyhow::Result;
use betteroms_core::event::Subject;
use betteroms_core::ledger::imbalance;
use betteroms_core::market::ConditionId;
use betteroms_core::order::Order;
use betteroms_core::reconcile::real::asked;
use betteroms_core::state::{Changes, State};
use betteroms_core::venue::{Settlement, VenueId, VenueTrade};
use betteroms_store::Store;
use std::collections::BTreeSet;

/// How far behind the newest trade that was seen the venue is asked for others: it may tell them late.
const LOOK_BACK_SECS: i64 = 3_600;

/// Runs one of the group.
pub(crate) async fn run(house: &House, command: Account) -> Result<Said> {
    let is_paper = matches!(command, Account::Deposit { .. } | Account::Reset { .. });
    if house.account.is_some() && !is_paper {
        let text = "--account has no meaning here: the real account is the one of real.wallet in the \
                    configuration";
        return Err(Usage(text.to_owned()).into());
    }
    match command {
        Account::Deposit { amount, .. } => paper::deposit(house, amount).await,
        Account::Reset { .. } => paper::reset(house).await,
        Account::New => key::new(house),
        Account::Import { file } => key::import(house, file.as_deref()),
        Account::Keys => credentials::keys(house).await,
        Account::RelayerKey(args) => credentials::relayer_key(house, &args).await,
        Account::Status => status::run(house).await,
        Account::Setup => setup::run(house).await,
        Account::Allowances(args) => allowances::run(house, &args).await,
        Account::Adopt { yes } => adopt::run(house, yes).await,
        Account::Redeem { yes } => redeem::run(house, yes).await,
        Account::Probe(args) => probe::run(house, &args).await,
    }
}

/// The books of the real account, between two passes: what a pass that was cut off left behind is for the
/// next pass to finish, and trades that are under way may or may not be on the chain yet.
async fn settled_books(store: &Store, access: &Access) -> Result<State> {
    let state = store.load(&access.id).await?;
    if state.account.open_pass.is_some() {
        let text = "a pass was cut off: run `betteroms run --real` first";
        return Err(Usage(text.to_owned()).into());
    }
    let under_way = state.fills.values().filter(|booked| !booked.settlement.is_final()).count();
    if under_way > 0 {
        let text = format!(
            "what was traded is not settled yet (fills under way: {under_way}), so the chain and the books \
             cannot agree: run `betteroms run --real` until it is, then repeat this"
        );
        return Err(Usage(text).into());
    }
    Ok(state)
}

/// Loads what the books have of the markets of holdings, of those that are held no more as well: what is booked there
/// adds to it.
async fn remember(store: &Store, state: &mut State, held: &[Held]) -> Result<()> {
    let markets: Vec<ConditionId> = held.iter().map(|one| one.market.condition.clone()).collect();
    Ok(store.load_markets(state, &markets).await?)
}

/// A trade that the books have not seen would be taken for something else now, and booked once more by the next pass.
/// `markets`: where it matters; everywhere, where none are named.
async fn refuse_unbooked_trades(
    store: &Store,
    access: &Access,
    state: &State,
    markets: Option<&[Held]>,
) -> Result<()> {
    let Some(real) = state.account.real.as_ref().filter(|_| state.account.is_opened()) else {
        return Ok(());
    };
    let from = real.trades_until.map(|until| real.trades_from(until.plus_secs(-LOOK_BACK_SECS)));
    let ours: BTreeSet<VenueId> =
        state.orders.values().filter_map(|order| order.venue_id().cloned()).collect();
    let view = access.account.view((access.wallet.maker, &ours), from, |_| Vec::new()).await?;
    let mut known = state.clone();
    let (orders, names) = asked(&view);
    store.load_asked(&mut known, (&orders, &names)).await?;
    let ours: BTreeSet<&VenueId> = known.orders.values().filter_map(Order::venue_id).collect();
    let booked: BTreeSet<&str> = known.fills.keys().map(|key| key.trade_id.as_str()).collect();
    let is_missing = |trade: &&VenueTrade| {
        let is_ours = !trade.legs.is_empty() && trade.settlement != Settlement::Failed;
        // What the books refused is told already; the operator says that its effect is the chain's.
        let is_told =
            |what: &Subject| matches!(what, Subject::Record { id, .. } if *id == trade.id);
        let is_aside = real.set_aside.contains(&trade.id)
            || real.differs.iter().any(|(what, _)| is_told(what));
        let is_new = !real.is_before(trade, |order| ours.contains(order));
        let is_here = |one: &Held| trade.legs.iter().any(|leg| leg.market == one.market.condition);
        let matters = markets.is_none_or(|markets| markets.iter().any(is_here));
        is_ours && is_new && matters && !booked.contains(trade.id.as_str()) && !is_aside
    };
    let count = view.trades.iter().filter(is_missing).count();
    if count == 0 {
        return Ok(());
    }
    let text = format!(
        "{count} trades of the wallet are not in the books yet: `betteroms run --real` books them, \
         others' as well; say this again then"
    );
    Err(Usage(text).into())
}

/// Records facts of the real account that belong to no pass, after a look whether the books still balance.
async fn record(
    store: &mut Store,
    house: &House,
    state: &State,
    events: Vec<betteroms_core::event::Event>,
) -> Result<State> {
    let mut after = state.clone();
    after.apply_all(&events, &mut Changes::default())?;
    if let Some(imbalance) = imbalance(&after) {
        return Err(imbalance.into());
    }
    let at = state.account.last_now.map_or(house.now, |last| last.max(house.now));
    crate::bookings::record_alone(store, state.clone(), events, at).await?;
    Ok(after)
}
