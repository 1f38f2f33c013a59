//! `arm` and `disarm`: unattended real trading, within caps and for a time.

use super::{lock_to_write, run_real};
use crate::app::{House, Said, Usage, ask_yes};
use crate::bookings;
use crate::cli::Arm;
use crate::crash::{self, Point};
use crate::real::{Access, limits_digest, wallet_of};
use crate::render::money::usd;
use anyhow::Result;
use betteroms_core::event::{AccountFact, AccountId, Arming};
use betteroms_store::Store;
use serde_json::json;

/// The longest arming: a week.
const SECS_MAX: i64 = 7 * 86_400;

/// Allows real orders without a flag or a preview, under caps that only tighten the configured ones.
pub(crate) async fn arm(house: &House, args: &Arm) -> Result<Said> {
    if !house.config.real.enabled {
        let text = "real trading is off: write enabled = true under [real] first";
        return Err(Usage(text.to_owned()).into());
    }
    if args.span > SECS_MAX {
        return Err(Usage("an arming lasts at most 7d: arm again when it ends".to_owned()).into());
    }
    let limits = house.config.real_limits();
    let (order_max, day_max) = (args.max_order, args.max_day);
    if order_max > limits.per_trade || day_max > limits.per_day {
        return Err(Usage(format!(
            "the caps only tighten the configured ones: {} an order and {} a day",
            usd(limits.per_trade),
            usd(limits.per_day)
        ))
        .into());
    }
    let until = house.now.plus_secs(args.span);
    let question = format!(
        "Real orders of at most {} each and {} a day may go out until {until}, with nobody looking. \
         Type yes: ",
        usd(order_max),
        usd(day_max)
    );
    if !args.yes && !ask_yes(&question)? {
        return Ok(Said::done("left as it is\n"));
    }
    let access = Access::of(house)?;
    let lock = lock_to_write(house)?;
    let mut store = Store::open(&house.db).await?;
    run_real::open_account(house, &mut store, &access).await?;
    let arming = Arming { order_max, day_max, until, limits: limits_digest(&limits)? };
    let fact = AccountFact::Armed { arming: Some(arming) };
    crash::point(Point::Arming);
    bookings::note(&mut store, (&access.id, house.now), vec![fact]).await?;
    crash::point(Point::Armed);
    store.abandon().await;
    drop(lock);
    let value = json!({ "version": 1, "account": access.id, "armedUntil": until,
        "maxOrder": order_max, "maxDay": day_max });
    let text = format!(
        "armed until {until}: `betteroms run PLAN` places real orders of at most {} each and {} a day; \
         `betteroms disarm` ends it\n",
        usd(order_max),
        usd(day_max)
    );
    Ok(Said::either(house, &value, text))
}

/// Ends an arming.
pub(crate) async fn disarm(house: &House) -> Result<Said> {
    super::must_exist(house)?;
    let account = AccountId::real(&wallet_of(house)?.to_string());
    let lock = lock_to_write(house)?;
    let mut store = Store::open(&house.db).await?;
    let state = store.load(&account).await?;
    let was = state.account.real.as_ref().is_some_and(|real| real.arming.is_some());
    if was {
        let fact = AccountFact::Armed { arming: None };
        bookings::note(&mut store, (&account, house.now), vec![fact]).await?;
    }
    store.abandon().await;
    drop(lock);
    let value = json!({ "version": 1, "account": account, "wasArmed": was });
    Ok(Said::either(house, &value, if was { "disarmed\n" } else { "it was not armed\n" }))
}
