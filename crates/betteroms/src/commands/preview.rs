//! `preview`: the same pass on a copy of the store that is thrown away. Nothing is sent, and on paper nothing is
//! written.

use super::run::{one_pass, said};
use super::{lock_to_write, read_kept, read_plans, run_real};
use crate::app::{House, Said};
use crate::cli::Run;
use crate::scratch::Scratch;
use anyhow::Result;
use betteroms_core::market::Side;
use betteroms_core::plan::{Plan, Size};
use betteroms_store::{RunnerLock, Store};

/// Shows what `run` would do with the same arguments. Of plans in mode "real" the store notes that they were
/// shown: that is what allows them.
pub(crate) async fn run(house: &House, args: &Run) -> Result<Said> {
    let mut plans = read_plans(house, &args.plans);
    let scratch = Scratch::new(house, "preview")?;
    let copy = scratch.path().join("preview.db");
    let is_real = args.books.is_none() && (args.real || run_real::is_real_preview(&plans)?);
    let held = if is_real { Some(hold(house).await?) } else { None };
    if house.db.exists() {
        Store::open_read_only(&house.db).await?.backup(&copy).await?;
    }
    let mut store = Store::open(&copy).await?;
    read_kept(house, &store, &mut plans).await?;
    let waiting = run_real::set_aside(&mut plans, is_real);
    let told = match held {
        Some((lock, mut real)) => {
            let told = run_real::preview(house, (&mut real, &mut store), args, &plans).await?;
            real.abandon().await;
            drop(lock);
            told
        }
        None => one_pass(house, &mut store, args, &plans).await?,
    };
    let mut said = said(house, args, &told.noting(waiting), plans.problems);
    if !house.json {
        let stubs: String = plans.good.iter().map(stub_warnings).collect();
        let head = match is_real {
            true => "Preview: nothing was sent. Fills are what paper would have given.",
            false => "Preview: nothing was written.",
        };
        said.out = format!("{head}\n{stubs}{}", said.out);
    }
    Ok(said)
}

/// The store itself, for noting what was shown.
async fn hold(house: &House) -> Result<(RunnerLock, Store)> {
    let lock = lock_to_write(house)?;
    let store = Store::open(&house.db).await?;
    Ok((lock, store))
}

/// A SELL in dollars rounds to shares and may leave a stub too small to sell again.
fn stub_warnings(plan: &Plan) -> String {
    let in_dollars = |size: &Size| matches!(size, Size::Usdc(_));
    plan.trades
        .iter()
        .filter(|trade| trade.side == Side::Sell && in_dollars(&trade.size))
        .map(|trade| {
            format!(
                "warning: trade {} sells for dollars; what is left of the position may be too small \
                 to sell. \"size\": \"all\" leaves nothing.\n",
                trade.id
            )
        })
        .collect()
}
