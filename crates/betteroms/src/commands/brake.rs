//! `halt`, `resume` and `panic`: no new exposure, and back; everything of the key taken out.

use super::{lock_to_write, must_exist};
use crate::app::{Exit, House, Said, ask_yes, tell_now, wall};
use crate::bookings;
use crate::crash::{self, Point};
use crate::keys;
use crate::real;
use crate::render::reasons;
use anyhow::Result;
use betteroms_core::event::{AccountFact, AccountId, Brake, Difference};
use betteroms_core::order::{OrderId, Status};
use betteroms_core::report::order_line;
use betteroms_core::state::State;
use betteroms_core::time::Time;
use betteroms_polymarket::account::{AccountClient, Credentials, make_or_derive};
use betteroms_polymarket::signing::LocalKey;
use betteroms_polymarket::{Options, VenueError};
use betteroms_store::{LockError, RunnerLock, Store};
use serde_json::json;
use std::time::Duration;

/// How often a panic asks before it tells that something still rests.
const PANIC_ROUNDS: u32 = 30;
const PANIC_PAUSE: Duration = Duration::from_millis(500);

/// Asks for the halt where a run sees it at once, and journals it where no run holds the store.
pub(crate) async fn halt(house: &House, freeze: bool) -> Result<Said> {
    must_exist(house)?;
    real::ask_halt(&house.db, freeze)?;
    let word = if freeze { "frozen" } else { "halted" };
    let held = match lock_to_write(house) {
        Ok(lock) => {
            let mut store = Store::open(&house.db).await?;
            take_in(house, &mut store).await?;
            store.abandon().await;
            drop(lock);
            false
        }
        Err(error) if matches!(error.downcast_ref(), Some(LockError::Held { .. })) => true,
        Err(error) => return Err(error),
    };
    let value = json!({ "version": 1, "halted": true, "freeze": freeze, "runHoldsStore": held });
    let mut text = format!("{word}: no new exposure; exits, cancels and reconciling go on\n");
    if held {
        text.push_str("a run holds the store: it stops before its next wave of orders\n");
    }
    if freeze {
        text.push_str(
            "that run, else the next `betteroms run --real`, takes resting buys out; `betteroms panic` does now\n",
        );
    }
    Ok(Said::either(house, &value, text))
}

/// Puts a halt that was asked for into the journal of every account that trades.
pub(crate) async fn take_in(house: &House, store: &mut Store) -> Result<()> {
    // Another one may be asked for while this one is booked.
    while let Some(freeze) = real::claim_halt(&house.db)? {
        for account in trading(house, store).await? {
            let known = store.load(&account).await?.account.brake;
            // A halt does not thaw what a freeze holds.
            let freeze = freeze || known.is_some_and(|brake| brake.freeze);
            let brake = Some(Brake { at: house.now, freeze });
            let fact = AccountFact::Braked { brake };
            bookings::note(store, (&account, house.now), vec![fact]).await?;
        }
        crash::point(Point::HaltBooked);
        real::forget_halt(&house.db)?;
    }
    Ok(())
}

/// The accounts that may trade: the live paper one, and the real ones.
pub(super) async fn trading(house: &House, store: &Store) -> Result<Vec<AccountId>> {
    let mut all = vec![super::paper_account(store).await?];
    let known = store.accounts().await?.into_iter().map(|account| account.id);
    all.extend(known.filter(AccountId::is_real));
    if house.config.real.wallet.is_some() {
        let named = AccountId::real(&real::wallet_of(house)?.to_string());
        if !all.contains(&named) {
            all.push(named);
        }
    }
    Ok(all)
}

/// Lists what the brake holds back, asks, and takes it off. Blocks on foreign trades go with it: somebody has
/// looked.
pub(crate) async fn resume(house: &House, yes: bool) -> Result<Said> {
    must_exist(house)?;
    let lock = lock_to_write(house)?;
    let mut store = Store::open(&house.db).await?;
    take_in(house, &mut store).await?;
    let (mut lifted, mut text) = (Vec::new(), String::new());
    for account in trading(house, &store).await? {
        let state = store.load(&account).await?;
        let facts = release(&state);
        if facts.is_empty() {
            continue;
        }
        text.push_str(&format!("{account}\n{}", waiting(&state)));
        lifted.push((account, facts));
    }
    if lifted.is_empty() {
        let value = json!({ "version": 1, "resumed": [] });
        return Ok(Said::either(house, &value, "nothing is halted\n"));
    }
    if !yes && !ask_yes(&format!("{text}Take the brake off? Type yes: "))? {
        let value = json!({ "version": 1, "resumed": [] });
        let said = Said::either(house, &value, "left as it is\n");
        return Ok(Said { exit: Exit::NeedsPerson, ..said });
    }
    let names: Vec<String> = lifted.iter().map(|(account, _)| account.to_string()).collect();
    for (account, facts) in lifted {
        bookings::note(&mut store, (&account, house.now), facts).await?;
    }
    store.abandon().await;
    drop(lock);
    let value = json!({ "version": 1, "resumed": names });
    let shown = if yes { text } else { String::new() };
    Ok(Said::either(house, &value, format!("{shown}resumed: the next run may place them\n")))
}

fn release(state: &State) -> Vec<AccountFact> {
    let brake = state.account.brake.map(|_| AccountFact::Braked { brake: None });
    let differs = state.account.real.iter().flat_map(|real| &real.differs);
    // What is about an order that has ended no pass looks at any more; a person has.
    let is_over = |id: &OrderId| state.orders.get(id).is_none_or(|order| order.status.is_ended());
    let seen = differs.filter(|(_, one)| match one {
        Difference::Foreign { .. } | Difference::ForeignOrder { .. } => true,
        Difference::FillsMissing { order, .. } | Difference::OrderDiffers { order } => {
            is_over(order)
        }
        Difference::Unbelievable { .. }
        | Difference::CashDiffers { .. }
        | Difference::SharesDiffer { .. } => false,
    });
    let foreign =
        seen.map(|(what, _)| AccountFact::Differs { what: what.clone(), difference: None });
    brake.into_iter().chain(foreign).chain(state.looked_at()).collect()
}

fn waiting(state: &State) -> String {
    let lines = state.with_status(Status::Waiting).map(order_line).map(|line| {
        let why = line.wait.as_ref().map(reasons::wait).unwrap_or_default();
        format!(
            "  waits: {} {} {} in {} at {} ({why})\n",
            line.id, line.side, line.outcome, line.market, line.price
        )
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { "  nothing waits to be placed\n".to_owned() } else { lines.concat() }
}

/// Halts, and takes everything of the key out: with nothing but the key and the network. What it could not
/// confirm it tells.
pub(crate) async fn panic(house: &House) -> Result<Said> {
    // Without a store there is nothing to halt.
    let has_store = house.db.exists();
    let halted = has_store && real::ask_halt(&house.db, true).is_ok();
    let word = match (has_store, halted) {
        (true, true) => "frozen; ",
        (true, false) => "NOT HALTED, the request could not be written beside the store; ",
        (false, _) => "",
    };
    tell_now(&format!("{word}asking the venue to take everything out …\n"));
    let Swept { cancelled, left, refusal } = sweep(house, has_store).await?;
    let running = has_store && RunnerLock::is_held(&house.db);
    let value = json!({ "version": 1, "halted": halted, "cancelled": cancelled, "stillOpen": left,
        "runHoldsStore": running });
    let words = if cancelled == 1 { "order of this key was" } else { "orders of this key were" };
    let mut text = format!("{cancelled} {words} taken out\n");
    if halted {
        text.push_str(
            "frozen: `betteroms run --real` books what happened, `betteroms resume` goes on\n",
        );
    }
    if has_store && !halted {
        text.push_str("NOT HALTED: the request could not be written beside the store\n");
    }
    if running {
        text.push_str(
            "A RUN HOLDS THE STORE: orders of it may still be on their way. Do it again\n",
        );
    }
    if let (None, Some(refusal)) = (left, &refusal) {
        text.push_str(&format!("the venue's last word: {refusal}\n"));
    }
    match left {
        Some(0) => text.push_str("the venue shows no open order of this key\n"),
        Some(open) => text.push_str(&format!("STILL OPEN: {open} orders. Do it again\n")),
        None => text.push_str("THE VENUE DOES NOT ANSWER: nothing is known. Do it again\n"),
    }
    let mut said = Said::either(house, &value, text);
    if left != Some(0) || running || (has_store && !halted) {
        said.exit = Exit::NeedsPerson;
    }
    Ok(said)
}

/// What came of taking everything out.
#[derive(Debug, Default)]
struct Swept {
    /// Orders that the venue says it cancelled.
    cancelled: usize,
    /// Orders of the key that it shows; `None` where it did not tell.
    left: Option<usize>,
    /// The last thing that it refused.
    refusal: Option<String>,
}

impl Swept {
    fn refused(&mut self, error: &VenueError) {
        tracing::warn!(error = %error.explain(), "the venue did not answer with a yes");
        self.refusal = Some(error.explain());
    }
}

/// Takes everything of the key out until the venue shows nothing of it and no run may have more on its way. One thing
/// that the venue refuses ends nothing: it is asked again.
async fn sweep(house: &House, has_store: bool) -> Result<Swept> {
    let key = Key::read(house)?;
    let mut account = key.with_kept()?;
    let mut is_kept = account.is_some();
    let (mut swept, mut open, mut is_by_id) = (Swept::default(), Vec::new(), false);
    let begun = wall().now();
    for round in 0..PANIC_ROUNDS {
        if round > 0 {
            tokio::time::sleep(PANIC_PAUSE).await;
        }
        if account.is_none() {
            account = key.with_made().await.map_err(|error| swept.refused(&error)).ok();
        }
        let mut shown = None;
        if let Some(known) = &account {
            // What names no order takes out what the list does not show; but it does not pass where more rest than
            // the signer's burst (`shared/venue.md` 7.2).
            let named = if is_by_id { open.as_slice() } else { &[] };
            let refused = take_out(known, named, &mut swept.cancelled).await.err();
            shown = known.open_orders().await.ok();
            if let Some(error) = refused {
                swept.refused(&error);
                is_by_id |= error.is_busy();
                // The credentials at hand may be revoked: the key makes others. Where it cannot, they may be good.
                if matches!(error, VenueError::Refused { .. }) && is_kept {
                    let made = key.with_made().await.map_err(|error| swept.refused(&error)).ok();
                    is_kept = made.is_none();
                    account = made.or(account);
                }
            }
        }
        swept.left = shown.as_ref().map(Vec::len);
        if round == 0 && shown.is_none() {
            tell_now(&goes_on(begun, wall().now()));
        }
        open = shown.unwrap_or_default().into_iter().map(|order| order.id).collect();
        // A run that holds the store may have orders on the wire: they would rest after this.
        if swept.left == Some(0) && !(has_store && RunnerLock::is_held(&house.db)) {
            break;
        }
    }
    Ok(swept)
}

/// Until when a venue that does not answer is asked, by what the first round took.
fn goes_on(begun: Time, now: Time) -> String {
    let pause = i64::try_from(PANIC_PAUSE.as_micros()).unwrap_or(i64::MAX);
    let round = now.since_micros(begun).saturating_add(pause);
    let rest = round.saturating_mul(i64::from(PANIC_ROUNDS - 1));
    let until = Time::from_secs(Time::from_micros(now.micros().saturating_add(rest)).secs());
    format!("the venue does not answer; it is asked again and again, until about {until}\n")
}

/// Asks once for these orders to be cancelled, as many in a request as the venue takes; for all of the key where
/// none is named. Adds to the count what was cancelled, up to the first request that failed.
async fn take_out(
    account: &AccountClient,
    named: &[String],
    cancelled: &mut usize,
) -> Result<(), VenueError> {
    if named.is_empty() {
        *cancelled += account.cancel_all().await?.canceled.len();
    }
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    for some in named.chunks(account.cancels_at_once()) {
        *cancelled += account.cancel(some).await?.canceled.len();
    }
    Ok(())
}

/// The key, read once: a passphrase that comes by a descriptor can be read no second time.
struct Key {
    options: Options,
    key: LocalKey,
    kept: Option<Credentials>,
}

impl Key {
    /// The key, and the credentials that are kept for it, where they open.
    fn read(house: &House) -> Result<Self> {
        let (key, passphrase) = real::signing_key(house)?;
        let kept = passphrase.and_then(|passphrase| {
            let file = real::credentials_file(house).ok()?;
            Credentials::from_json(&keys::load_credentials(&file, &passphrase).ok()?)
        });
        Ok(Self { options: crate::commands::run::options(house), key, kept })
    }

    /// The venue with the credentials that are kept.
    fn with_kept(&self) -> Result<Option<AccountClient>> {
        let account = self.kept.clone().map(|kept| self.client(kept));
        Ok(account.transpose()?)
    }

    /// The venue with credentials that the key makes, or derives anew.
    async fn with_made(&self) -> Result<AccountClient, VenueError> {
        let sign = |digest| self.key.sign_digest(digest);
        let made = make_or_derive(self.options.clone(), self.key.address(), &sign, &wall()).await;
        self.client(made?)
    }

    fn client(&self, credentials: Credentials) -> Result<AccountClient, VenueError> {
        AccountClient::new(self.options.clone(), self.key.address(), credentials, wall())
    }
}
