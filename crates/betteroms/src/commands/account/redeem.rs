//! `account redeem`: resolved shares and complete sets into dollars. Shown first; then one transaction for
//! each market, and the books follow what the chain shows. What is done is not done twice: a call that was
//! cut off before its booking is recognised by the next one.

use super::ask::{Answer, agreed};
use super::redeem_plan::Step;
use super::{record, refuse_unbooked_trades, remember, settled_books};
use crate::app::{Exit, House, Said, Usage};
use crate::commands::{lock_to_write, must_exist};
use crate::crash::{self, Point};
use crate::real::Access;
use crate::real::funds;
use crate::real::positions::{Held, OUTCOMES, look, on_chain};
use crate::real::send::{Way, at_rest, send, way};
use crate::render::money::usd_exact;
use anyhow::{Context as _, Result, bail};
use betteroms_core::money::{Shares, Usd};
use betteroms_core::reconcile::real::converted;
use betteroms_core::state::State;
use betteroms_polymarket::chain::lifecycle::adapter;
use betteroms_polymarket::relay::RelayerKey;
use betteroms_polymarket::signing::U256;
use betteroms_store::Store;
use serde_json::{Value, json};

/// Shows what can be done, and does it.
pub(super) async fn run(house: &House, yes: bool) -> Result<Said> {
    must_exist(house)?;
    let (access, key) = Access::open_to_send(house)?;
    let lock = lock_to_write(house)?;
    let mut store = Store::open(&house.db).await?;
    let told = Redeeming { house, access: &access, yes }.run(&mut store, key).await;
    store.abandon().await;
    drop(lock);
    told
}

struct Redeeming<'a> {
    house: &'a House,
    access: &'a Access,
    yes: bool,
}

impl Redeeming<'_> {
    async fn run(&self, store: &mut Store, key: Option<RelayerKey>) -> Result<Said> {
        at_rest(self.access).await?;
        let mut state = settled_books(store, self.access).await?;
        let mut held = look(self.house, self.access, &state).await?;
        remember(store, &mut state, &held).await?;
        // A sale that is not booked would look like something that became dollars.
        refuse_unbooked_trades(store, self.access, &state, Some(&held)).await?;
        if let Some(order) = state.short_of_fills().first() {
            let text = format!(
                "of {} more has matched than its trades show: `betteroms run --real` books them; if they are never \
                 listed, `betteroms account adopt` ends the waiting [FILLS_MISSING]",
                order.id
            );
            return Err(Usage(text).into());
        }
        // What was sent and cut off before its booking.
        let done = converted(&state, &on_chain(&held));
        let mut shown = String::new();
        if !done.is_empty() {
            shown = format!("booked    {} conversions that were cut off\n", done.len());
            state = record(store, self.house, &state, done).await?;
            held = look(self.house, self.access, &state).await?;
        }
        // The venue's list of holdings may be older than the chain.
        let is_there =
            |held: &Held| held.chain != [Shares::ZERO; 2] || held.books != [Shares::ZERO; 2];
        let steps: Vec<Step> = held.into_iter().filter(is_there).map(Step::of).collect();
        shown.extend(steps.iter().map(Step::text));
        let todo: Vec<&Step> = steps.iter().filter(|step| step.is_to_do()).collect();
        let total: Usd = todo.iter().map(|step| step.cash()).sum();
        shown.push_str(&format!("in all    {} to come\n", usd_exact(total)));
        let value = |done: usize| {
            json!({ "version": 1, "account": self.access.id, "done": done, "cash": total,
                "markets": steps.iter().map(Step::json).collect::<Vec<Value>>() })
        };
        if todo.is_empty() {
            return Ok(Said::either(self.house, &value(0), shown));
        }
        let answer = agreed(self.house, self.yes, &shown, "Do this?")?;
        let rest = answer.rest(self.yes, &shown);
        if answer != Answer::Yes {
            let out = format!("{rest}{}", answer.nothing("done"));
            return Ok(Said::either(self.house, &value(0), out));
        }
        let (done, text, failed) = self.all(store, state, &todo, key).await;
        let mut said = Said::either(self.house, &value(done), format!("{rest}{text}"));
        if let Some(error) = failed {
            said.err = format!("error: {error:#}\n");
            said.exit = Exit::NeedsPerson;
        }
        Ok(said)
    }

    /// One market after another; the first that fails ends it, and what was done stays booked.
    async fn all(
        &self,
        store: &mut Store,
        mut state: State,
        todo: &[&Step],
        key: Option<RelayerKey>,
    ) -> (usize, String, Option<anyhow::Error>) {
        let (mut out, mut key) = (String::new(), Some(key));
        let mut open: Option<Way> = None;
        for (nth, step) in todo.iter().enumerate() {
            if open.is_none() && step.call().is_ok_and(|call| call.is_some()) {
                match way(self.house, self.access, key.take().flatten(), false) {
                    Ok(found) => open = Some(found),
                    Err(error) => return (nth, out, Some(error)),
                }
            }
            match self.one(store, &state, step, open.as_ref()).await {
                Ok((after, text)) => {
                    state = after;
                    out.push_str(&text);
                }
                Err(error) => {
                    let slug = &step.held.market.slug;
                    return (nth, out, Some(error.context(format!("{slug} was not converted"))));
                }
            }
        }
        // The venue's picture of the cash is only behind, never wrong: no reason to fail.
        if let Err(error) = funds::refresh(self.access).await {
            out.push_str(&format!("venue     was not told: {}\n", error.explain()));
        }
        (todo.len(), out, None)
    }

    async fn one(
        &self,
        store: &mut Store,
        state: &State,
        step: &Step,
        way: Option<&Way>,
    ) -> Result<(State, String)> {
        let (mut transaction, mut state) = (None, state.clone());
        if let Some(call) = step.call()? {
            let way = way.context("there is no way to the chain")?;
            self.check_adapter(step).await?;
            // A kill after the sending must not make a deposit of what it brings.
            let intent = step.intent(&state, self.house.now);
            state = record(store, self.house, &state, intent).await?;
            crash::point(Point::Converting);
            let hashes = send(self.access, way, &[call]).await?;
            transaction = hashes.into_iter().next();
            crash::point(Point::Converted);
            let left = self.on_chain(step).await?;
            if left != step.left() {
                bail!(
                    "the transaction is through, but the chain shows {left:?} and not {:?}: look at it \
                     and say this again; nothing was booked",
                    step.left()
                );
            }
        }
        let hash = transaction.clone().unwrap_or_else(|| "no transaction of ours".to_owned());
        let events = step.events(&state, self.house.now, transaction);
        let after = record(store, self.house, &state, events).await?;
        let slug = &step.held.market.slug;
        Ok((after, format!("booked    {slug}: {} ({hash})\n", usd_exact(step.cash()))))
    }

    async fn check_adapter(&self, step: &Step) -> Result<()> {
        let neg_risk = step.held.market.neg_risk;
        let operator = adapter(neg_risk).address();
        if self.access.chain.is_approved_for_all(self.access.wallet.maker, operator).await? {
            return Ok(());
        }
        let flag = if neg_risk { " --neg-risk" } else { "" };
        let text = format!(
            "the adapter may not take the shares: `betteroms account allowances{flag}` grants that"
        );
        Err(Usage(text).into())
    }

    async fn on_chain(&self, step: &Step) -> Result<[Shares; 2]> {
        let mut pair = [Shares::ZERO; 2];
        for (outcome, place) in OUTCOMES.into_iter().zip(&mut pair) {
            let token = U256::from_str_radix(step.held.market.token(outcome), 10)?;
            *place = self.access.chain.token_balance(self.access.wallet.maker, token).await?;
        }
        Ok(pair)
    }
}
