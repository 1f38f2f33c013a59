//! `preview`: the same pass on a copy of the store that is thrown away. Nothing is written.

use super::run::{Told, options, replay, rules, said};
use super::{paper_account, read_plans};
use crate::app::{House, Said};
use crate::cli::Run;
use crate::pass;
use crate::recording::Recording;
use crate::scratch::Scratch;
use anyhow::{Context as _, Result};
use betteroms_core::market::Side;
use betteroms_core::plan::{Plan, Size};
use betteroms_polymarket::LiveBooks;
use betteroms_store::Store;

/// Shows what `run` would do with the same arguments.
pub(crate) async fn run(house: &House, args: &Run) -> Result<Said> {
    let plans = read_plans(house, &args.plans);
    let scratch = Scratch::new(house, "preview")?;
    let copy = scratch.path().join("preview.db");
    if house.db.exists() {
        Store::open_read_only(&house.db).await?.backup(&copy).await?;
    }
    let mut store = Store::open(&copy).await?;
    let rules = rules(house);
    let told = match &args.books {
        Some(dir) => {
            let recording = Recording::open(dir).with_context(|| dir.display().to_string())?;
            replay(&mut store, recording, args, (&plans.good, &rules)).await?
        }
        None => {
            let account = paper_account(&store).await?;
            let recovered = pass::finish_killed(&mut store, &account).await?;
            let mut books = LiveBooks::connect(options(house))?;
            let done =
                pass::run(&mut store, &mut books, (&account, house.now), &plans.good, &rules)
                    .await?;
            Told { recovered, done: Some(done), note: None }
        }
    };
    let mut said = said(house, args, &told, plans.problems);
    if !house.json {
        let stubs: String = plans.good.iter().map(stub_warnings).collect();
        said.out = format!("Preview: nothing was written.\n{stubs}{}", said.out);
    }
    Ok(said)
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
