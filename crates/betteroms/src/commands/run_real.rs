//! A pass with real money, and its preview: the account is opened, permission is looked for, and the same pass
//! as on paper meets the real venue.

use super::Plans;
use super::run::{Told, options};
use crate::app::{House, Usage};
use crate::bookings;
use crate::cli::Run;
use crate::crash::{self, Point};
use crate::keys::OrderSecretFile;
use crate::pass::real::{DryRun, Observer, RealVenue};
use crate::pass::{self, Given, Rules};
use crate::real::{Access, Armed, checks, limits_digest, wallet_of};
use anyhow::{Context as _, Result, bail};
use betteroms_core::decide::PlanResult;
use betteroms_core::event::{AccountFact, AccountId, Preview};
use betteroms_core::limits::Limits;
use betteroms_core::money::Usd;
use betteroms_core::order::OrderId;
use betteroms_core::plan::{Mode, Plan};
use betteroms_core::state::State;
use betteroms_polymarket::LiveBooks;
use betteroms_polymarket::ordering::OrderSecret;
use betteroms_store::{Store, file_beside};
use std::path::PathBuf;

/// What a call trades.
#[derive(Debug)]
pub(crate) enum Trades {
    Paper,
    Real,
    /// Nothing: every named plan is real, and the arming that stood for the flag has ended. Why, as a sentence.
    Lapsed(String),
}

/// What this call trades: for real where the flag says so, or an arming stands and every named plan is real.
pub(crate) async fn trades(
    house: &House,
    store: &Store,
    args: &Run,
    plans: &Plans,
) -> Result<Trades> {
    if args.real {
        return Ok(Trades::Real);
    }
    let named = plans.good.iter().filter(|plan| !plans.kept.contains(plan.run_id.as_str()));
    let mut named = named.peekable();
    let is_on_paper = args.books.is_some() || named.peek().is_none();
    if is_on_paper
        || !named.all(|plan| plan.mode == Mode::Real)
        || house.config.real.wallet.is_none()
    {
        return Ok(Trades::Paper);
    }
    let account = AccountId::real(&wallet_of(house)?.to_string());
    let state = store.load(&account).await?;
    if Armed::new(house, false, &state).is_ok() {
        return Ok(Trades::Real);
    }
    Ok(lapsed(house, &state)?.map_or(Trades::Paper, Trades::Lapsed))
}

/// Why an arming that nobody took off stands no more.
fn lapsed(house: &House, state: &State) -> Result<Option<String>> {
    let arming = state.account.real.as_ref().and_then(|real| real.arming.as_ref());
    let Some(arming) = arming.filter(|_| house.config.real.enabled) else { return Ok(None) };
    let why = match arming.limits == limits_digest(&house.config.real_limits())? {
        true => format!("it stood until {}", arming.until),
        false => "the limits have changed since".to_owned(),
    };
    Ok(Some(format!(
        "the arming has ended: {why}. Nothing was run: `betteroms arm` gives a new one, `--real` stands for this \
         run, `betteroms disarm` takes it off [ARMING_ENDED]"
    )))
}

/// One pass with real money.
pub(crate) async fn real_pass(
    house: &House,
    store: &mut Store,
    args: &Run,
    plans: &Plans,
) -> Result<Told> {
    let access = Access::of(house)?;
    let state = store.load(&access.id).await?;
    let armed = Armed::new(house, args.real, &state)?;
    let secret = open_account(house, store, &access).await?;
    check_clock(house, &access).await?;
    let rules = rules(house, armed.tighten(house.config.real_limits()));
    let observer = Observer { house, access: &access };
    let mut venue = RealVenue::new(observer, armed.clone(), secret.clone());
    let recovered = pass::finish_killed(store, &mut venue, &access.id).await?;
    let mut venue = RealVenue::new(observer, armed, secret);
    let mut books = LiveBooks::connect(options(house))?;
    // What was cut off may have taken its time.
    let now = access.clock.now();
    let given = Given { plans: &plans.good, named: !args.plans.is_empty(), take_out: None };
    let sides = (&mut books, &mut venue);
    let done = pass::run(store, sides, (&access.id, now), given, &rules).await?;
    Ok(Told { recovered, done: Some(done), note: None })
}

/// The same pass on a copy of the store, with nothing sent; what was shown is noted in the store itself.
pub(crate) async fn preview(
    house: &House,
    (store, copy): (&mut Store, &mut Store),
    args: &Run,
    plans: &Plans,
) -> Result<Told> {
    let access = Access::of(house)?;
    if store.load(&access.id).await?.account.open_pass.is_some() {
        let text = "a pass was cut off: `betteroms run --real` finishes it; preview then";
        return Err(Usage(text.to_owned()).into());
    }
    open_account(house, store, &access).await?;
    open_account(house, copy, &access).await?;
    let rules = rules(house, house.config.real_limits());
    let mut venue = DryRun::new(Observer { house, access: &access });
    let mut books = LiveBooks::connect(options(house))?;
    let given = Given { plans: &plans.good, named: !args.plans.is_empty(), take_out: None };
    let now = access.clock.now();
    let sides = (&mut books, &mut venue);
    let done = pass::run(copy, sides, (&access.id, now), given, &rules).await?;
    let limits = limits_digest(&house.config.real_limits())?;
    let mut facts = Vec::new();
    let mut note = String::new();
    let taken = |plan: &&Plan| {
        let mut outcomes = done.report.plans.iter();
        outcomes
            .any(|one| one.run_id == plan.run_id && one.file == plan.file && is_taken(&one.result))
    };
    for plan in plans.good.iter().filter(taken) {
        let worst_cost = venue.worst_cost(&plan.run_id);
        note.push_str(&format!(
            "{}: costs {} at worst, fees included; `betteroms run --real` may place it for {} h under \
             these limits\n",
            plan.run_id,
            crate::render::money::usd_ceil(worst_cost),
            house.config.real.preview_max_age_hours
        ));
        let preview = Preview { limits: limits.clone(), worst_cost, at: now };
        facts.push(AccountFact::Previewed { plan: plan.digest.clone(), preview });
    }
    crash::point(Point::Previewing);
    bookings::note(store, (&access.id, now), facts).await?;
    crash::point(Point::Previewed);
    Ok(Told { recovered: None, done: Some(done), note: Some(note) })
}

/// A pass that takes orders out and places nothing. One that was cut off is finished first, without sending.
pub(crate) async fn take_out(
    house: &House,
    store: &mut Store,
    account: &AccountId,
    orders: &[OrderId],
) -> Result<()> {
    let access = Access::of(house)?;
    if access.id != *account {
        return Err(Usage(format!(
            "the orders are of {account}, the configuration names {}: set real.wallet",
            access.id
        ))
        .into());
    }
    let secret = open_account(house, store, &access).await?;
    let observer = Observer { house, access: &access };
    let armed = Armed::for_cancels(house)?;
    let mut venue = RealVenue::new(observer, armed.clone(), secret.clone());
    pass::finish_killed(store, &mut venue, account).await?;
    let mut venue = RealVenue::new(observer, armed, secret);
    let mut books = LiveBooks::connect(options(house))?;
    let given = Given { plans: &[], named: false, take_out: Some(orders) };
    let rules = rules(house, house.config.real_limits());
    // A clock that runs ahead, or once did, keeps nobody from taking orders out; and no later pass from being made.
    let last = store.load(account).await?.account.last_now.unwrap_or_default();
    let now = checks::time(house, &access).await.max(last);
    pass::run(store, (&mut books, &mut venue), (account, now), given, &rules).await?;
    Ok(())
}

/// A plan that was refused is not permitted by having been looked at.
const fn is_taken(result: &PlanResult) -> bool {
    match result {
        PlanResult::Admitted | PlanResult::AlreadyDone | PlanResult::StillLive { .. } => true,
        PlanResult::Missing { .. } | PlanResult::Changed { .. } | PlanResult::Clash { .. } => false,
    }
}

/// The rules of a real pass. Paper's are only for a preview's estimate.
fn rules(house: &House, limits: Limits) -> Rules {
    Rules { limits, paper: house.config.paper_model(), starting_cash: Usd::ZERO }
}

/// A pass at a wrong time would end what has time left, and keep every later pass from being made.
pub(crate) async fn check_clock(house: &House, access: &Access) -> Result<()> {
    let clock = checks::clock(house, access).await;
    if clock.is_good {
        return Ok(());
    }
    bail!(
        "{}: {}. Nothing was done; `betteroms cancel` and `panic` work all the same [{}]",
        clock.found,
        clock.remedy,
        clock.code
    )
}

/// Opens the account in the store where it is new, and the secret of its orders.
pub(crate) async fn open_account(
    house: &House,
    store: &mut Store,
    access: &Access,
) -> Result<OrderSecret> {
    let state = store.load(&access.id).await?;
    let recorded = state.account.real.as_ref().and_then(|real| real.secret.clone());
    let file = OrderSecretFile::open(&secret_path(house)?, recorded.as_deref())?;
    if !state.account.is_opened() || recorded.is_none() {
        // What trades from its beginning on is booked: that must not lie ahead of the venue's clock.
        check_clock(house, access).await?;
        let cash = access.chain.pusd_balance(access.wallet.maker).await;
        let cash = cash.context("asking the chain what the wallet holds, to open its books")?;
        let at = (&access.id, access.clock.now());
        crash::point(Point::SecretMade);
        bookings::open_real(store, at, cash, file.fingerprint()).await?;
        crash::point(Point::AccountOpened);
    }
    Ok(file.secret())
}

/// Beside the store whose orders it makes, whatever link leads to it.
fn secret_path(house: &House) -> Result<PathBuf> {
    let path = file_beside(&house.db, "order-secret");
    path.with_context(|| format!("finding the folder of {}", house.db.display()))
}

/// Leaves out plans of the other mode. Those named are refused, in a line for each; of those kept in the store,
/// which wait on, gives a sentence.
pub(crate) fn set_aside(plans: &mut Plans, is_real: bool) -> Option<String> {
    let wanted = if is_real { Mode::Real } else { Mode::Paper };
    let remedy = if is_real { "leave out --real" } else { "add --real" };
    let mut waiting = Vec::new();
    for plan in plans.good.iter().filter(|plan| plan.mode != wanted) {
        if plans.kept.contains(plan.run_id.as_str()) {
            waiting.push(plan.run_id.as_str());
            continue;
        }
        let word = if plan.mode == Mode::Real { "real" } else { "paper" };
        plans.problems.push_str(&format!(
            "error: {}: mode is \"{word}\", and this run trades the other: it was left alone; {remedy} to \
             run it [OTHER_MODE]\n",
            plan.file
        ));
    }
    let words = if is_real { ("paper", "betteroms run") } else { ("real", "betteroms run --real") };
    let note = (!waiting.is_empty()).then(|| {
        format!(
            "Kept, and waiting for `{}`, in mode \"{}\": {}.",
            words.1,
            words.0,
            waiting.join(", ")
        )
    });
    plans.good.retain(|plan| plan.mode == wanted);
    note
}

/// A preview of plans of both modes would show one account's cash for two.
pub(crate) fn is_real_preview(plans: &Plans) -> Result<bool, Usage> {
    let named = plans.good.iter().filter(|plan| !plans.kept.contains(plan.run_id.as_str()));
    let modes: Vec<Mode> = named.map(|plan| plan.mode).collect();
    let real = modes.iter().filter(|mode| **mode == Mode::Real).count();
    match (real, modes.len()) {
        (0, _) => Ok(false),
        (real, all) if real == all => Ok(true),
        _ => Err(Usage("preview plans in mode \"paper\" and \"real\" separately".to_owned())),
    }
}
