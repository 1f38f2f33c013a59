//! `preview`: the same pass on a copy of the store that is thrown away. Nothing is written.

use super::run::{one_pass, said};
use super::{read_kept, read_plans};
use crate::app::{House, Said};
use crate::cli::Run;
use crate::scratch::Scratch;
use anyhow::Result;
use betteroms_core::market::Side;
use betteroms_core::plan::{Plan, Size};
use betteroms_store::Store;

/// Shows what `run` would do with the same arguments.
pub(crate) async fn run(house: &House, args: &Run) -> Result<Said> {
    let mut plans = read_plans(house, &args.plans);
    let scratch = Scratch::new(house, "preview")?;
    let copy = scratch.path().join("preview.db");
    if house.db.exists() {
        Store::open_read_only(&house.db).await?.backup(&copy).await?;
    }
    let mut store = Store::open(&copy).await?;
    read_kept(house, &store, &mut plans).await?;
    let told = one_pass(house, &mut store, args, &plans).await?;
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
