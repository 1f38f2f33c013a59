//! `account status`: the real account's wallet, money and approvals, and what keeps it from trading.

use crate::app::{Exit, House, Said};
use crate::real::checks;
use crate::real::wallets::named;
use crate::real::{Access, funds};
use crate::render::money::usd_exact;
use anyhow::Result;
use betteroms_core::money::Usd;
use betteroms_polymarket::chain::allowances::{Picture, Uses};
use betteroms_polymarket::signing::contracts::{Approval, Asset};
use serde_json::{Value, json};

/// Tells it.
pub(super) async fn run(house: &House) -> Result<Said> {
    let access = Access::open(house)?;
    let rows = checks::checks(house, &access).await;
    // After the checks: they have the venue look again where it was behind.
    let wanted = Uses { neg_risk: true, positions: true }.approvals();
    let chain_cash = access.chain.pusd_balance(access.wallet.maker).await.ok();
    let picture = access.chain.picture(access.wallet.maker, &wanted).await.ok();
    let believed = funds::believed(&access).await.ok();
    let venue_cash = believed.as_ref().and_then(|believed| believed.cash);
    let wallet = access.wallet;
    let mut out = format!("account     {}\n", access.id);
    let session = if wallet.session { ", a session key" } else { "" };
    out.push_str(&format!("wallet      {} ({})\n", wallet.maker, named(wallet.kind)));
    out.push_str(&format!("signed by   {}{session}\n", wallet.signer));
    let (on_chain, at_venue) = (cash_text(chain_cash), cash_text(venue_cash));
    out.push_str(&format!("cash        {on_chain} on the chain, {at_venue} at the venue\n"));
    let granted = picture.as_ref().map(|picture| granted(&wanted, picture)).unwrap_or_default();
    for (nth, (text, _)) in granted.iter().enumerate() {
        let left = if nth == 0 { "approvals" } else { "" };
        out.push_str(&format!("{left:<10}  {text}\n"));
    }
    let failing = rows.iter().filter(|row| !row.is_good).count();
    out.push_str(&format!("checks      {} of {} fail\n\n", failing, rows.len()));
    out.push_str(&checks::table(&rows));
    let value = json!({
        "version": 1, "account": access.id, "wallet": wallet.maker, "kind": named(wallet.kind),
        "signer": wallet.signer, "isSessionKey": wallet.session,
        "cash": { "chain": chain_cash, "venue": venue_cash },
        "approvals": granted.iter().map(|(_, value)| value).collect::<Vec<_>>(),
        "checks": checks::to_json(&rows), "ready": failing == 0,
    });
    let exit = if failing == 0 { Exit::Done } else { Exit::NeedsPerson };
    Ok(Said { exit, ..Said::either(house, &value, out) })
}

fn cash_text(cash: Option<Usd>) -> String {
    cash.map_or_else(|| "unknown".to_owned(), usd_exact)
}

/// What stands, a line each, with the same for scripts.
fn granted(wanted: &[Approval], picture: &Picture) -> Vec<(String, Value)> {
    let line = |approval: &Approval| {
        let (name, spender) = (approval.name, approval.spender);
        match approval.asset {
            Asset::Pusd => {
                let amount = picture.pusd.get(&spender).copied().unwrap_or_default();
                let text = funds::allowance_text(amount);
                let value =
                    json!({ "asset": "pUSD", "spender": spender, "name": name, "amount": text });
                (format!("{text:<12} pUSD for the {name}"), value)
            }
            Asset::ConditionalTokens | Asset::PositionManager => {
                let may = picture.operators.get(&spender).copied().unwrap_or_default();
                let word = if may { "yes" } else { "no" };
                let value =
                    json!({ "asset": "shares", "spender": spender, "name": name, "granted": may });
                (format!("{word:<12} shares for the {name}"), value)
            }
        }
    };
    wanted.iter().map(line).collect()
}
