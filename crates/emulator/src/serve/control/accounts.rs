//! Wallets and who may trade with them.

use super::state::holdings;
use super::{Bad, Done, address, answer, body, ok, token};
use crate::exact::Exact;
use crate::serve::call::{Answer, Call, Reply};
use crate::serve::desk::Desk;
use crate::serve::host::strike::toggle;
use crate::venue::Venue;
use crate::venue::funds::{INFINITE, Token};
use alloy_primitives::{Address, U256};
use betteroms_core::money::{Shares, Usd};
use betteroms_core::venue::PaymentKind;
use betteroms_polymarket::account::Tier;
use betteroms_polymarket::signing::contracts;
use serde::Deserialize;
use serde_json::{Value, json};

/// What may be done to a wallet, all in one call and in this order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    /// Gives it its code: the owner's address.
    deploy_for: Option<Address>,
    /// Dollars in.
    #[serde(alias = "cash")]
    deposit: Option<Exact<Usd>>,
    /// Dollars out.
    withdraw: Option<Exact<Usd>>,
    /// What it has of the chain's own coin from now on.
    pol: Option<Exact<Usd>>,
    /// Shares in.
    #[serde(default)]
    shares: Vec<Given>,
    /// What the venue pays by itself.
    #[serde(default)]
    pay: Vec<Pay>,
    /// Dollars that become complete sets.
    #[serde(default)]
    split: Vec<Split>,
    /// Approvals.
    #[serde(default)]
    approve: Vec<Approve>,
    /// Whether the venue looks at the chain now, as after `/balance-allowance/update`.
    #[serde(default)]
    refresh: bool,
    /// Whether a maker that is no deposit wallet may trade.
    allow_maker: Option<bool>,
    /// Whether it may do nothing.
    ban: Option<bool>,
    /// Whether it may only reduce.
    closed_only: Option<bool>,
    /// How fast its owner's own key may place and cancel.
    tier: Option<Tier>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    token: String,
    size: Exact<Shares>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    kind: PaymentKind,
    cash: Exact<Usd>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Split {
    /// The condition id.
    market: String,
    sets: Exact<Shares>,
}

/// An approval; without a spender for both exchanges, the neg-risk adapters included.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approve {
    of: Of,
    spender: Option<Address>,
    /// Dollars; without, everything.
    amount: Option<Exact<Usd>>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Of {
    Cash,
    Shares,
}

/// Who an order of either kind of market is settled by (venue.md 8.2).
const SPENDERS: [Address; 3] =
    [contracts::EXCHANGE_STANDARD, contracts::EXCHANGE_NEG_RISK, contracts::NEG_RISK_ADAPTER];

/// Wei in a millionth of the chain's own coin.
const WEI_OF_MICRO: u64 = 1_000_000_000_000;

pub(super) fn change(desk: &Desk, call: &Call) -> Answer {
    let done = address(call.part("address")).and_then(|of| {
        let asked: Change = body(call)?;
        desk.with(call, |venue| changed(venue, of, &asked))
    });
    answer(done)
}

fn changed(venue: &mut Venue, of: Address, asked: &Change) -> Done {
    let given: Result<Vec<_>, Bad> = asked
        .shares
        .iter()
        .map(|given| token(venue, &given.token).map(|at| (at, given.size.0)))
        .collect();
    let given = given?;
    if let Some(owner) = asked.deploy_for {
        venue.deploy(owner, of);
    }
    let bad = |field: &str, error: &dyn std::fmt::Display| {
        Bad::asked(format!("{field}: {error}; amounts are positive, and what leaves must be there"))
    };
    for (field, amount, sign) in [("deposit", asked.deposit, 1), ("withdraw", asked.withdraw, -1)] {
        let Some(Exact(amount)) = amount else { continue };
        let signed = if sign < 0 { -amount } else { amount };
        venue.fund(of, signed).map_err(|error| bad(field, &error))?;
    }
    if let Some(Exact(coins)) = asked.pol {
        let micros = u64::try_from(coins.micros()).map_err(|error| bad("pol", &error))?;
        venue.set_coins(of, U256::from(micros) * U256::from(WEI_OF_MICRO));
    }
    for (at, size) in given {
        venue.endow(of, at, size).map_err(|error| bad("shares", &error))?;
    }
    for Pay { kind, cash: Exact(cash) } in &asked.pay {
        venue.pay_out(of, *kind, *cash).map_err(|error| bad("pay", &error))?;
    }
    for Split { market, sets: Exact(sets) } in &asked.split {
        let market = venue.floors().by_condition(market);
        let market = market.ok_or_else(|| Bad::asked("split: no such market"))?;
        venue.split_by_hand(of, market, *sets).map_err(|error| bad("split", &error))?;
    }
    for approval in &asked.approve {
        approved(venue, of, approval)?;
    }
    let people = venue.people_mut();
    for (set, on) in [
        (&mut people.allowed_makers, asked.allow_maker),
        (&mut people.banned, asked.ban),
        (&mut people.closed_only, asked.closed_only),
    ] {
        if let Some(on) = on {
            toggle(set, of, on);
        }
    }
    if let Some(tier) = asked.tier {
        let signer = venue.people().owner_of(of).unwrap_or(of);
        venue.set_tier(signer, tier);
    }
    if asked.refresh
        && let Some(wallet) = venue.ledger().find(of)
    {
        venue.refresh_all(wallet);
    }
    Ok(ok())
}

fn approved(venue: &mut Venue, of: Address, approval: &Approve) -> Result<(), Bad> {
    let amount = match approval.amount {
        None => INFINITE,
        Some(Exact(amount)) => u128::try_from(amount.micros())
            .map_err(|_| Bad::asked("amount: an approval is not negative"))?,
    };
    if approval.of == Of::Shares && approval.amount.is_some_and(|amount| amount.0.is_positive()) {
        return Err(Bad::asked("amount: shares are approved all (leave it out) or not at all (0)"));
    }
    let token = match approval.of {
        Of::Cash => Token::Cash,
        Of::Shares => Token::Shares,
    };
    let one = approval.spender.as_ref().map(std::slice::from_ref);
    for spender in one.unwrap_or(&SPENDERS) {
        venue.allow_spender(of, token, *spender, amount);
    }
    Ok(())
}

pub(super) fn list(desk: &Desk, call: &Call) -> Answer {
    Ok(desk.with(call, |venue| {
        let wallets: Vec<_> = venue.ledger().wallets().collect();
        let rows: Vec<Value> = wallets
            .into_iter()
            .map(|(ix, address)| {
                let people = venue.people();
                let keys: Vec<String> = people
                    .keys_of(people.owner_of(address).unwrap_or(address))
                    .map(|(_, key)| key.credentials.key.to_string())
                    .collect();
                json!({
                    "address": address,
                    "owner": people.owner_of(address),
                    "keys": keys,
                    "holds": holdings(venue, ix),
                    "allowed_maker": people.allowed_makers.contains(&address),
                    "banned": people.banned.contains(&address),
                    "closed_only": people.closed_only.contains(&address),
                })
            })
            .collect();
        Reply::json(&rows)
    }))
}
