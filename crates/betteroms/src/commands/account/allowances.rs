//! `account allowances`: what the venue's contracts may take of the wallet. Shown first, finite unless asked
//! otherwise, and nothing that is not needed.

use super::ask::{Answer, agreed};
use crate::app::{Exit, House, Said, Usage};
use crate::cli::Allowances;
use crate::commands::run::options;
use crate::real::access::must_be_enabled;
use crate::real::send::{at_rest, send, way};
use crate::real::{Access, funds};
use crate::render::money::usd;
use anyhow::Result;
use betteroms_core::money::Usd;
use betteroms_polymarket::LiveBooks;
use betteroms_polymarket::account::AssetRef;
use betteroms_polymarket::chain::allowances::{Amount, Picture, Uses, known_approvals, missing};
use betteroms_polymarket::signing::contracts::{
    Approval, Asset, CTF_ADAPTER, NEG_RISK_CTF_ADAPTER,
};
use betteroms_polymarket::signing::{Call, U256, WalletCall};
use serde_json::{Value, json};

/// An allowance is used up by trading: so many times the total limit lasts for a while of buying, selling
/// and buying again, and bounds what a broken contract could take.
const TIMES_TOTAL: i64 = 2;

/// The approvals that these uses take. The adapters take shares and never dollars here: nothing of ours
/// splits.
pub(super) fn wanted(uses: Uses) -> Vec<Approval> {
    let splits = |approval: &Approval| {
        approval.asset == Asset::Pusd
            && [CTF_ADAPTER, NEG_RISK_CTF_ADAPTER].contains(&approval.spender)
    };
    let mut wanted = uses.approvals();
    wanted.retain(|approval| !splits(approval));
    wanted
}

/// Shows what is missing, and grants it.
pub(super) async fn run(house: &House, args: &Allowances) -> Result<Said> {
    if !args.revoke {
        must_be_enabled(house)?;
    }
    let amount = amount(house, args)?;
    let (access, key) = Access::open_to_send(house)?;
    at_rest(&access).await?;
    let (wanted, calls) = plan(&access, args, amount).await?;
    let shown = shown(args, &wanted, &calls, amount);
    if calls.is_empty() {
        return Ok(Said::either(house, &json(&access, &calls, &[], None), shown));
    }
    // A wallet that we make no transactions of is told before anybody is asked.
    let way = way(house, &access, key, true)?;
    let question = format!("Send {} calls of {}?", calls.len(), access.wallet.maker);
    let answer = agreed(house, args.yes, &shown, &question)?;
    let rest = answer.rest(args.yes, &shown);
    if answer != Answer::Yes {
        let out = format!("{rest}{}", answer.nothing("sent"));
        return Ok(Said::either(house, &json(&access, &calls, &[], None), out));
    }
    let hashes = send(&access, &way, &calls).await?;
    let (_, left) = plan(&access, args, amount).await?;
    let refreshed = refresh(house, &access).await;
    let mut out = format!("{rest}sent      {}\n", hashes.join(", "));
    out.push_str(if left.is_empty() {
        "checked   the chain shows them all\n"
    } else {
        "checked   THE CHAIN DOES NOT SHOW THEM ALL: say the same again, and look at what is left\n"
    });
    match &refreshed {
        Ok(()) => out.push_str("venue     was asked to look again\n"),
        Err(error) => out.push_str(&format!("venue     was not told: {error}\n")),
    }
    let is_done = left.is_empty() && refreshed.is_ok();
    let value = json(&access, &calls, &hashes, Some(is_done));
    let exit = if is_done { Exit::Done } else { Exit::NeedsPerson };
    Ok(Said { exit, ..Said::either(house, &value, out) })
}

/// What is granted, and the least that must be left of it.
fn amount(house: &House, args: &Allowances) -> Result<Amount, Usage> {
    if args.unlimited {
        return Ok(Amount::Unlimited);
    }
    let limits = funds::limits(house);
    let usual = Usd::from_micros(limits.total.micros().saturating_mul(TIMES_TOTAL));
    let given = args.amount.unwrap_or(usual);
    if given < limits.per_trade {
        return Err(Usage(format!(
            "{} is less than one trade at its limit, {}: the exchange would refuse it",
            usd(given),
            usd(limits.per_trade)
        )));
    }
    if args.amount.is_some() {
        return Ok(Amount::Exactly(funds::units(given)));
    }
    // What is left serves until one trade might not fit.
    Ok(Amount::UpTo { amount: funds::units(given), least: funds::units(limits.per_trade) })
}

async fn plan(
    access: &Access,
    args: &Allowances,
    amount: Amount,
) -> Result<(Vec<Approval>, Vec<Call>)> {
    let uses = Uses { neg_risk: args.neg_risk, positions: true };
    // What is taken back may have been granted elsewhere.
    let wanted = if args.revoke { known_approvals() } else { wanted(uses) };
    let picture = access.chain.picture(access.wallet.maker, &wanted).await?;
    let calls =
        if args.revoke { revoked(&wanted, &picture) } else { missing(&wanted, &picture, amount)? };
    Ok((wanted, calls))
}

fn revoked(wanted: &[Approval], picture: &Picture) -> Vec<Call> {
    let call = |approval: &Approval| {
        let (token, spender) = (approval.asset.address(), approval.spender);
        match approval.asset {
            Asset::Pusd => {
                let stands = picture.pusd.get(&spender).is_some_and(|has| !has.is_zero());
                let amount = U256::ZERO;
                stands.then(|| WalletCall::Approve { token, spender, amount }.encode())
            }
            Asset::ConditionalTokens => {
                let stands = picture.operators.get(&spender).copied().unwrap_or_default();
                let (operator, approved) = (spender, false);
                stands.then(|| WalletCall::SetApprovalForAll { token, operator, approved }.encode())
            }
            Asset::PositionManager => None,
        }
    };
    wanted.iter().filter_map(call).collect()
}

fn shown(args: &Allowances, wanted: &[Approval], calls: &[Call], amount: Amount) -> String {
    if calls.is_empty() {
        let word =
            if args.revoke { "stands, so nothing is to be taken back" } else { "is missing" };
        return format!("approvals nothing {word}\n");
    }
    let mut out = String::new();
    for (nth, call) in calls.iter().enumerate() {
        let left = if nth == 0 { "approvals" } else { "" };
        out.push_str(&format!("{left:<9} {}\n", told(call, wanted)));
    }
    let is_usual = !args.unlimited && !args.revoke && args.amount.is_none();
    out.push_str(match amount {
        Amount::Unlimited => "amount    unlimited: a broken contract could take everything\n",
        Amount::UpTo { .. } if is_usual => {
            "amount    twice the total limit of real trading; --amount or --unlimited change it\n"
        }
        Amount::UpTo { .. } | Amount::Exactly(_) => "",
    });
    out
}

/// A call in words.
fn told(call: &Call, wanted: &[Approval]) -> String {
    let name = |spender| {
        let found = wanted.iter().find(|approval| approval.spender == spender);
        found.map_or("somebody unknown", |approval| approval.name)
    };
    match WalletCall::decode(call.target, &call.data) {
        Some(WalletCall::Approve { spender, amount, .. }) if amount.is_zero() => {
            format!("the {} may no longer take pUSD ({spender})", name(spender))
        }
        Some(WalletCall::Approve { spender, amount, .. }) => {
            let amount = funds::allowance_text(amount);
            format!("the {} may take {amount} pUSD ({spender})", name(spender))
        }
        Some(WalletCall::SetApprovalForAll { operator, approved, .. }) => {
            let may = if approved { "may" } else { "may no longer" };
            format!("the {} {may} take shares ({operator})", name(operator))
        }
        Some(_) | None => format!("a call of {}", call.target),
    }
}

/// Has the venue look at dollars, and at every token held: an approval of shares is noted token by token.
async fn refresh(house: &House, access: &Access) -> Result<()> {
    funds::refresh(access).await?;
    let held = LiveBooks::connect(options(house))?.holdings(access.wallet.maker).await?;
    let signature_type = access.wallet.kind.signature_type().into();
    for holding in held {
        let token = AssetRef::Token(&holding.token);
        access.account.refresh_balance(token, signature_type).await?;
    }
    Ok(())
}

fn json(access: &Access, calls: &[Call], hashes: &[String], done: Option<bool>) -> Value {
    let call = |call: &Call| json!({ "target": call.target, "data": call.data });
    json!({ "version": 1, "account": access.id, "calls": calls.iter().map(call).collect::<Vec<_>>(),
        "transactions": hashes, "sent": !hashes.is_empty(), "done": done })
}
