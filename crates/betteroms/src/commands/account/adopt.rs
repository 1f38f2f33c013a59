//! `account adopt`: what the wallet holds and the books do not know becomes an opening balance, after a
//! question. The chain says how much, the venue's history what it cost.

use super::ask::{Answer, agreed};
use super::redeem_plan::gone_in_sets;
use super::{record, refuse_unbooked_trades, remember, settled_books};
use crate::app::{House, Said, Usage};
use crate::commands::{lock_to_write, run_real};
use crate::real::Access;
use crate::real::history::{self, History};
use crate::real::positions::{Held, OUTCOMES, look, on_chain};
use crate::render::money::{shares, usd_exact};
use anyhow::Result;
use betteroms_core::event::{AccountFact, AdoptedShares, Conversion, Event};
use betteroms_core::money::{Shares, Usd};
use betteroms_core::order::{Order, OrderId, Status};
use betteroms_core::reconcile::real::converted;
use betteroms_core::state::{Changes, State};
use betteroms_core::time::Time;
use betteroms_store::Store;
use serde_json::json;

/// Shows the differences, and books them.
pub(super) async fn run(house: &House, yes: bool) -> Result<Said> {
    let access = Access::open(house)?;
    let lock = lock_to_write(house)?;
    let mut store = Store::open(&house.db).await?;
    let told = adopt(house, &mut store, &access, yes).await;
    store.abandon().await;
    drop(lock);
    told
}

async fn adopt(house: &House, store: &mut Store, access: &Access, yes: bool) -> Result<Said> {
    let mut state = settled_books(store, access).await?;
    let chain_cash = access.chain.pusd_balance(access.wallet.maker).await?;
    let held = look(house, access, &state).await?;
    remember(store, &mut state, &held).await?;
    // After the chain: what had settled when it was asked is listed by now.
    refuse_unbooked_trades(store, access, &state, None).await?;
    let short = state.short_of_fills();
    refuse_others_work(&state, &held, &short)?;
    let is_new = !state.account.is_opened();
    if is_new {
        run_real::check_clock(house, access).await?;
    }
    // What the venue's history explains is booked as what it was; the rest is taken over.
    let told = told(house, access, (&state, &held)).await?;
    let mut after = state.clone();
    after.apply_all(
        &told.iter().cloned().map(account).collect::<Vec<_>>(),
        &mut Changes::default(),
    )?;
    let cash = if is_new { Usd::ZERO } else { chain_cash - after.account.cash };
    let adopted = differences(&after, &held);
    let mut shown = shown(&state, (is_new, chain_cash, cash), (&held, &adopted, &told));
    shown.extend(short.iter().map(|order| short_line(order)));
    let orders: Vec<&OrderId> = short.iter().map(|order| &order.id).collect();
    let mut value = json!({ "version": 1, "account": access.id, "isNew": is_new,
        "chainCash": chain_cash, "cash": cash, "shares": adopted, "told": told,
        "withoutTrades": orders, "recorded": false });
    if !is_new && cash.is_zero() && adopted.is_empty() && told.is_empty() && short.is_empty() {
        return Ok(Said::either(house, &value, shown));
    }
    let answer = agreed(house, yes, &shown, "Take this over into the books?")?;
    let rest = answer.rest(yes, &shown);
    if answer != Answer::Yes {
        let out = format!("{rest}{}", answer.nothing("recorded"));
        return Ok(Said::either(house, &value, out));
    }
    let mut events = Vec::new();
    if is_new {
        events.push(Event::AccountOpened { cash: chain_cash });
        // What traded before is in that; the venue tells the time of a trade in whole seconds.
        let until = Time::from_secs(house.now.secs());
        events.push(account(AccountFact::TradesSeen { until }));
    }
    // Their effect is in what the chain holds: booked later, they would count twice.
    events.extend(state.looked_at().into_iter().map(account));
    events.extend(short.into_iter().flat_map(|order| state.without_fills(order)).map(account));
    events.extend(told.into_iter().map(account));
    // Also where nothing is left to take over: what the history told until now is in the books.
    let at = Some(house.now);
    events.push(account(AccountFact::Adopted { cash, shares: adopted, at }));
    let after = record(store, house, &state, events).await?;
    value["recorded"] = true.into();
    let out = format!("{rest}recorded  the books now have {}\n", usd_exact(after.account.cash));
    Ok(Said::either(house, &value, out))
}

const fn account(fact: AccountFact) -> Event {
    Event::Account { fact }
}

/// What the venue's history tells of an account that the books do not have: payments, and complete sets that were
/// bought for their dollar where the chain shows just those.
async fn told(
    house: &House,
    access: &Access,
    (state, held): (&State, &[Held]),
) -> Result<Vec<AccountFact>> {
    let Some(real) = state.account.real.as_ref().filter(|_| state.account.is_opened()) else {
        return Ok(Vec::new());
    };
    let History { payments, splits } = history::look(house, access, real).await?;
    let paid = payments.into_iter().map(|payment| AccountFact::Paid { payment });
    let split = held.iter().filter_map(|one| {
        let market = one.market.condition.clone();
        let sets = *splits.get(&market)?;
        let came = OUTCOMES.map(|outcome| {
            let of = |pair: &[Shares; 2]| pair.get(outcome.index()).copied().unwrap_or_default();
            of(&one.chain) - of(&one.books)
        });
        let cash = Usd::from_micros(-sets.micros());
        let (how, shares, transaction) = (Conversion::Split, [-sets, -sets], None);
        let is_it = came == [sets, sets];
        is_it.then_some(AccountFact::Converted { how, market, shares, cash, transaction })
    });
    Ok(paid.chain(split).collect())
}

/// What is not an adoption's to book: conversions, and fills that may still be listed.
fn refuse_others_work(state: &State, held: &[Held], short: &[&Order]) -> Result<(), Usage> {
    if !converted(state, &on_chain(held)).is_empty() {
        let text = "a conversion that was cut off is on the chain: `betteroms run --real` or `betteroms account \
                    redeem` books it first";
        return Err(Usage(text.to_owned()));
    }
    if let Some(open) = short.iter().find(|order| order.status == Status::Open) {
        return Err(still_open(open));
    }
    // What left there may have been sold.
    let is_short = |held: &Held| {
        short.iter().any(|order| order.market.as_ref() == Some(&held.market.condition))
    };
    let gone = |held: &&Held| is_converted_elsewhere(held) && !is_short(held);
    let Some(gone) = held.iter().find(gone) else { return Ok(()) };
    Err(Usage(format!(
        "shares of {} became dollars without us: `betteroms account redeem --yes` books them first",
        gone.market.slug
    )))
}

fn short_line(order: &Order) -> String {
    let filled = shares(order.tracks.expected.filled);
    let matched = order.venue.as_ref().map_or(Shares::ZERO, |at| at.matched);
    format!(
        "order     {}: the venue shows {} matched and lists trades of {filled}; it waits for them no longer\n",
        order.id,
        shares(matched)
    )
}

/// What is open may trade on, and its trades are to be booked.
fn still_open(order: &Order) -> Usage {
    Usage(format!(
        "of {0} more has matched than its trades show, and it is open: `betteroms run --real` books them; if they are \
         never listed, `betteroms cancel {0}` first [FILLS_MISSING]",
        order.id
    ))
}

/// Resolved, in the books, and gone from the chain: that is money earned, and not a balance to adopt.
fn is_converted_elsewhere(held: &Held) -> bool {
    let has = |shares: [Shares; 2]| shares.iter().any(|shares| !shares.is_zero());
    let is_redeemed = held.payouts.is_some() && has(held.books) && !has(held.chain);
    is_redeemed || gone_in_sets(held).is_some()
}

fn differences(state: &State, held: &[Held]) -> Vec<AdoptedShares> {
    let mut adopted = Vec::new();
    for one in held {
        let rows = one.chain.into_iter().zip(one.told_cost).zip(OUTCOMES);
        for ((chain, told_cost), outcome) in rows {
            let known = state.positions.get(&(one.market.condition.clone(), outcome));
            let books = known.map_or(Shares::ZERO, |position| position.shares);
            if chain == books {
                continue;
            }
            let known = known.map_or(Usd::ZERO, |position| position.cost + position.buy_fees);
            // Shares that left took their cost with them.
            let cost = if chain > books { (told_cost - known).or_zero() } else { Usd::ZERO };
            let (market, shares) = (one.market.condition.clone(), chain - books);
            adopted.push(AdoptedShares { market, outcome, shares, cost });
        }
    }
    adopted
}

fn shown(
    state: &State,
    (is_new, chain_cash, cash): (bool, Usd, Usd),
    (held, adopted, told): (&[Held], &[AdoptedShares], &[AccountFact]),
) -> String {
    let mut out = match (is_new, cash.is_zero()) {
        (true, _) => format!("cash      the books begin with {}\n", usd_exact(chain_cash)),
        (false, true) => {
            format!("cash      {}, as on the chain\n", usd_exact(state.account.cash))
        }
        (false, false) => format!(
            "cash      {} in the books, {} on the chain: {} to adopt, as a {}\n",
            usd_exact(state.account.cash),
            usd_exact(chain_cash),
            usd_exact(cash),
            if cash < Usd::ZERO { "withdrawal" } else { "deposit" }
        ),
    };
    out.push_str(&told.iter().map(|fact| told_line(fact, held)).collect::<String>());
    for one in adopted {
        let market = held.iter().find(|held| held.market.condition == one.market);
        let (slug, label) = market
            .map_or(("?", "?"), |held| (held.market.slug.as_str(), held.market.label(one.outcome)));
        let cost = match (one.shares.is_positive(), one.cost.is_zero()) {
            (true, false) => format!(", which cost {}", usd_exact(one.cost)),
            (true, true) => ", at no known cost".to_owned(),
            (false, _) => String::new(),
        };
        out.push_str(&format!("shares    {} {label} of {slug}{cost}\n", shares(one.shares)));
    }
    if adopted.is_empty() {
        out.push_str("shares    none to adopt\n");
    }
    out
}

fn told_line(fact: &AccountFact, held: &[Held]) -> String {
    if let AccountFact::Paid { payment } = fact {
        let (kind, cash) = (payment.kind.as_str(), usd_exact(payment.cash));
        return format!("paid      {cash} by the venue at {}: {kind}\n", payment.at);
    }
    let AccountFact::Converted { market, cash, .. } = fact else { return String::new() };
    let slug = held.iter().find(|one| one.market.condition == *market);
    let slug = slug.map_or("?", |one| one.market.slug.as_str());
    format!("split     {} became complete sets of {slug}\n", usd_exact(-*cash))
}
