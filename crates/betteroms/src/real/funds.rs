//! The wallet's money and what the exchanges may take of it, on the chain and as the venue believes.

use super::access::Access;
use super::checks::Check;
use crate::app::House;
use crate::render::money::{usd, usd_exact};
use betteroms_core::limits::Limits;
use betteroms_core::money::{Shares, Usd};
use betteroms_polymarket::VenueError;
use betteroms_polymarket::account::AssetRef;
use betteroms_polymarket::chain::allowances::{Picture, Uses};
use betteroms_polymarket::signing::contracts::{EXCHANGE_NEG_RISK, EXCHANGE_STANDARD};
use betteroms_polymarket::signing::{Address, U256};
use betteroms_polymarket::wire::account::BalanceAllowance;
use std::collections::BTreeMap;

/// What the venue believes of the wallet's dollars.
#[derive(Clone, Debug)]
pub(crate) struct Believed {
    /// Its pUSD; `None` for a number that is none.
    pub(crate) cash: Option<Usd>,
    /// What the exchanges may take, by spender.
    pub(crate) allowances: BTreeMap<Address, U256>,
    /// The one allowance of older answers, without a spender.
    pub(crate) only: Option<U256>,
}

impl Believed {
    /// What a spender may take.
    pub(crate) fn allowance(&self, spender: Address) -> U256 {
        self.allowances.get(&spender).copied().or(self.only).unwrap_or_default()
    }
}

/// What the venue believes now.
pub(crate) async fn believed(access: &Access) -> Result<Believed, VenueError> {
    let signature_type = access.wallet.kind.signature_type().into();
    let told = access.account.balance(AssetRef::Collateral, signature_type).await?;
    let BalanceAllowance { balance, allowances, allowance } = told;
    let number = |text: &str| U256::from_str_radix(text, 10).unwrap_or_default();
    let by_spender = allowances.iter().filter_map(|(spender, amount)| {
        Some((spender.parse::<Address>().ok()?, number(amount.as_str())))
    });
    Ok(Believed {
        cash: balance.as_str().parse().ok().map(Usd::from_micros),
        allowances: by_spender.collect(),
        only: allowance.map(|amount| number(amount.as_str())),
    })
}

/// Has the venue read the wallet's dollars and approvals anew.
pub(crate) async fn refresh(access: &Access) -> Result<(), VenueError> {
    let signature_type = access.wallet.kind.signature_type().into();
    access.account.refresh_balance(AssetRef::Collateral, signature_type).await
}

/// Has the venue read the wallet's shares of a token anew where it believes in fewer than these: it keeps a copy of the
/// chain, and refuses for good what that does not cover (`shared/venue.md` 8.2).
pub(crate) async fn refresh_shares(
    access: &Access,
    token: &str,
    held: Shares,
) -> Result<(), VenueError> {
    let signature_type = access.wallet.kind.signature_type().into();
    let asset = AssetRef::Token(token);
    let told = access.account.balance(asset, signature_type).await?;
    let believed = told.balance.as_str().parse().ok().map(Shares::from_micros);
    if believed.is_none_or(|believed| believed < held) {
        access.account.refresh_balance(asset, signature_type).await?;
    }
    Ok(())
}

/// An allowance as dollars; what no dollar amount holds is unlimited for us.
pub(crate) fn allowance_text(amount: U256) -> String {
    let micros = i64::try_from(amount).ok().filter(|micros| *micros < i64::MAX / 1_000);
    micros.map_or_else(|| "unlimited".to_owned(), |micros| usd(Usd::from_micros(micros)))
}

/// Dollars as the chain counts them.
pub(crate) fn units(amount: Usd) -> U256 {
    U256::from(u64::try_from(amount.micros()).unwrap_or_default())
}

/// The limits of real trading.
pub(crate) fn limits(house: &House) -> Limits {
    house.config.real_limits()
}

/// The least that an exchange must be allowed to take: one trade at its cap.
pub(crate) fn least(house: &House) -> Usd {
    limits(house).per_trade
}

/// Cash at chain and venue, allowances at the chain, allowances at the venue.
pub(super) async fn checks(house: &House, access: &Access) -> Vec<Check> {
    let wanted = Uses { neg_risk: true, positions: false }.approvals();
    let (cash, picture, told) = tokio::join!(
        access.chain.pusd_balance(access.wallet.maker),
        access.chain.picture(access.wallet.maker, &wanted),
        self::believed(access),
    );
    let believed = match told {
        Ok(told) => believed_anew(access, told, cash.as_ref().ok(), picture.as_ref().ok()).await,
        Err(error) => Err(error),
    };
    vec![cash_check(cash, &believed), chain_check(house, &picture), venue_check(house, &believed)]
}

/// What the exchange of neg-risk markets may take: asked where such a market is to be traded. Nothing is
/// sold there either without it.
pub(crate) async fn neg_risk(house: &House, access: &Access) -> Check {
    const CODE: &str = "NO_ALLOWANCE_NEG_RISK";
    let wanted = Uses { neg_risk: true, positions: false }.approvals();
    let (picture, believed) =
        tokio::join!(access.chain.picture(access.wallet.maker, &wanted), self::believed(access));
    let (picture, believed) = match (picture, believed) {
        (Ok(picture), Ok(believed)) => (picture, believed),
        (Err(error), _) | (_, Err(error)) => return Check::unasked(CODE, &error),
    };
    let spender = EXCHANGE_NEG_RISK;
    let chain = picture.pusd.get(&spender).copied().unwrap_or_default();
    let sells = picture.operators.get(&spender).copied().unwrap_or_default();
    let least = units(least(house));
    let found = format!(
        "the exchange of neg-risk markets may take {} on the chain, {} as the venue believes",
        allowance_text(chain),
        allowance_text(believed.allowance(spender))
    );
    if sells && chain >= least && believed.allowance(spender) >= least {
        return Check::good(CODE, found);
    }
    let remedy = "`betteroms account allowances --neg-risk` shows and grants what is missing";
    let check = Check::bad(CODE, found, remedy);
    if sells { check.but_exits() } else { check }
}

/// What the venue believes; where that is not what the chain says, it is asked to look and asked again.
async fn believed_anew(
    access: &Access,
    told: Believed,
    cash: Option<&Usd>,
    picture: Option<&Picture>,
) -> Result<Believed, VenueError> {
    let is_less = |spender| {
        let on_chain = picture.and_then(|picture| picture.pusd.get(&spender));
        on_chain.is_some_and(|on_chain| told.allowance(spender) < *on_chain)
    };
    let is_stale =
        told.cash.as_ref() != cash || is_less(EXCHANGE_STANDARD) || is_less(EXCHANGE_NEG_RISK);
    if !is_stale {
        return Ok(told);
    }
    refresh(access).await?;
    believed(access).await
}

fn cash_check(cash: Result<Usd, VenueError>, believed: &Result<Believed, VenueError>) -> Check {
    const CODE: &str = "NO_CASH_AT_VENUE";
    let (cash, believed) = match (cash, believed) {
        (Ok(cash), Ok(believed)) => (cash, believed),
        (Err(error), Ok(_) | Err(_)) => return Check::unasked(CODE, &error),
        (Ok(_), Err(error)) => return Check::unasked(CODE, error),
    };
    match believed.cash {
        Some(told) if told == cash && cash.is_positive() => {
            Check::good(CODE, format!("{} pUSD, on the chain and at the venue", usd_exact(cash)))
        }
        Some(told) if told == cash => Check::bad(
            CODE,
            "the wallet holds no pUSD",
            "deposit to the wallet, on the venue's site or by a transfer of pUSD",
        )
        .but_exits(),
        told => Check::bad(
            CODE,
            format!(
                "the wallet holds {} pUSD on the chain; the venue believes {}",
                usd_exact(cash),
                told.map_or_else(|| "something that is no amount".to_owned(), usd_exact)
            ),
            "a transfer may be under way: wait a minute and look again",
        )
        .but_exits(),
    }
}

fn chain_check(house: &House, picture: &Result<Picture, VenueError>) -> Check {
    const CODE: &str = "NO_ALLOWANCE_CHAIN";
    const REMEDY: &str = "`betteroms account allowances` shows and grants what is missing";
    let picture = match picture {
        Ok(picture) => picture,
        Err(error) => return Check::unasked(CODE, error),
    };
    let may_take = |spender| picture.pusd.get(&spender).copied().unwrap_or_default();
    let may_sell = |spender| picture.operators.get(&spender).copied().unwrap_or_default();
    let least = units(least(house));
    let (standard, sells) = (may_take(EXCHANGE_STANDARD), may_sell(EXCHANGE_STANDARD));
    let neg_risk = may_take(EXCHANGE_NEG_RISK) >= least && may_sell(EXCHANGE_NEG_RISK);
    let also = if neg_risk { "" } else { "; neg-risk markets are not (--neg-risk)" };
    let found = format!("on the chain the exchange may take {}", allowance_text(standard));
    match (standard >= least, sells) {
        (true, true) => Check::good(CODE, format!("{found} and sell our shares{also}")),
        (_, false) => {
            Check::bad(CODE, format!("{found}, and may not take the shares that we sell"), REMEDY)
        }
        (false, true) => {
            let found = format!("{found}, less than the {} of one trade", usd(self::least(house)));
            Check::bad(CODE, found, REMEDY).but_exits()
        }
    }
}

fn venue_check(house: &House, believed: &Result<Believed, VenueError>) -> Check {
    const CODE: &str = "NO_ALLOWANCE_VENUE";
    let believed = match believed {
        Ok(believed) => believed,
        Err(error) => return Check::unasked(CODE, error),
    };
    let standard = believed.allowance(EXCHANGE_STANDARD);
    let found = format!("the venue believes it may take {}", allowance_text(standard));
    if standard >= units(least(house)) {
        return Check::good(CODE, found);
    }
    Check::bad(
        CODE,
        format!("{found}, less than the {} of one trade", usd(least(house))),
        "`betteroms account allowances` grants it; where the chain shows it already, the venue has not \
         looked: wait a minute",
    )
    .but_exits()
}
