//! One market out of what Gamma, the CLOB and the book say about it. Where they differ, whoever matches
//! orders wins: the book's tick over the CLOB's over Gamma's, the CLOB's fee over Gamma's.

use super::AMOUNT_MOST;
use super::books::Seen;
use super::name::{condition_id, is_token};
use crate::error::{Unproven, printable};
use crate::wire::Numeral;
use crate::wire::clob::ClobMarket;
use crate::wire::gamma::GammaMarket;
use betteroms_core::market::{ConditionId, FeeSchedule, Gate, Market, Resolution};
use betteroms_core::money::{Fraction, Shares, Tick};
use betteroms_core::time::Time;
use std::collections::BTreeSet;

/// Categories of the venue's fee table (venue.md 6.2), as `liquidityFraction` knows them.
const CATEGORIES: &[&str] = &[
    "crypto",
    "sports",
    "politics",
    "finance",
    "mentions",
    "tech",
    "economics",
    "culture",
    "weather",
    "geopolitics",
];

/// The condition id Gamma gives, checked.
pub(super) fn condition_of(gamma: &GammaMarket) -> Result<ConditionId, Unproven> {
    let id = gamma.condition_id.as_deref().unwrap_or_default();
    let id = condition_id(id).ok_or_else(|| {
        Unproven::BadMarket(format!("\"{}\" is not a condition id", printable(id, 80)))
    })?;
    Ok(ConditionId::new(id))
}

/// The two token ids Gamma gives, checked, index 0 first.
pub(super) fn tokens_of(gamma: &GammaMarket) -> Result<[String; 2], Unproven> {
    let token = |id: &String| is_token(id);
    match gamma.clob_token_ids.as_slice() {
        [] => Err(Unproven::BadMarket("the market is not on the order book yet".to_owned())),
        [first, second] if first != second && token(first) && token(second) => {
            Ok([first.clone(), second.clone()])
        }
        _ => Err(Unproven::BadMarket("the market does not have two token ids".to_owned())),
    }
}

/// Puts a market together.
///
/// # Errors
/// When the sources contradict each other about identity, or a parameter makes no sense.
pub(super) fn market_of(
    gamma: &GammaMarket,
    clob: Option<&ClobMarket>,
    seen: Option<&Seen>,
) -> Result<Market, Unproven> {
    let condition = condition_of(gamma)?;
    let tokens = tokens_of(gamma)?;
    let [first, second] = gamma.outcomes.as_slice() else {
        return Err(Unproven::BadMarket("the market does not have two outcomes".to_owned()));
    };
    let outcomes = [first.clone(), second.clone()];
    if let Some(clob) = clob {
        agree(clob, &condition, &tokens, &outcomes)?;
    }
    let tick = seen
        .and_then(|seen| seen.tick)
        .map_or_else(|| tick_of(clob.and_then(|c| c.tick.as_ref()).or(gamma.tick.as_ref())), Ok)?;
    let min_size = seen.and_then(|seen| seen.min_size).map_or_else(
        || size_of(clob.and_then(|c| c.min_size.as_ref()).or(gamma.min_size.as_ref())),
        Ok,
    )?;
    let close = closed_at(gamma);
    Ok(Market {
        condition,
        slug: gamma.slug.clone().unwrap_or_default(),
        question: gamma.question.clone().unwrap_or_default(),
        outcomes,
        tokens,
        tick,
        min_size,
        fee: fee_of(gamma, clob),
        category: category_of(gamma),
        neg_risk: clob.map_or(gamma.neg_risk.unwrap_or(false), |clob| {
            clob.neg_risk || gamma.neg_risk.unwrap_or(false)
        }),
        gate: gate_of(gamma, clob),
        close,
        resolution: resolution_of(gamma, close),
        result_recorded: None,
        max_book_age_secs: None,
        assumed: BTreeSet::new(),
    })
}

/// Refuses when the CLOB talks about another market, other tokens or other labels than Gamma.
fn agree(
    clob: &ClobMarket,
    condition: &ConditionId,
    tokens: &[String; 2],
    outcomes: &[String; 2],
) -> Result<(), Unproven> {
    if condition_id(&clob.condition).as_deref() != Some(condition.as_str()) {
        return Err(Unproven::WrongMarket(printable(&clob.condition, 80)));
    }
    if clob.tokens.len() != 2 {
        return Err(Unproven::BadMarket("the market does not have two tokens".to_owned()));
    }
    for (token, outcome) in tokens.iter().zip(outcomes) {
        let told = clob.tokens.iter().find(|told| told.token == *token);
        let told = told.ok_or_else(|| Unproven::WrongToken(printable(token, 80)))?;
        if !told.outcome.trim().eq_ignore_ascii_case(outcome.trim()) {
            let why = format!("the two sources name the outcome of token {token} differently");
            return Err(Unproven::BadMarket(why));
        }
    }
    Ok(())
}

fn tick_of(told: Option<&Numeral>) -> Result<Tick, Unproven> {
    let told = told.ok_or_else(|| Unproven::BadMarket("the tick is not told".to_owned()))?;
    let bad = || Unproven::BadMarket(format!("{told} is not a tick"));
    told.tick().filter(|tick| tick.micros() <= 500_000).ok_or_else(bad)
}

fn size_of(told: Option<&Numeral>) -> Result<Shares, Unproven> {
    let told = told.ok_or_else(|| Unproven::BadMarket("the minimum is not told".to_owned()))?;
    let size = told.shares().filter(|size| (Shares::ZERO..=AMOUNT_MOST).contains(size));
    size.ok_or_else(|| Unproven::BadSize(told.to_string()))
}

/// The taker's fee (venue.md 6.3). `None`, which denies new orders, when we do not know what would be
/// charged: no source, sources that contradict each other, or a schedule by which makers pay too.
fn fee_of(gamma: &GammaMarket, clob: Option<&ClobMarket>) -> Option<FeeSchedule> {
    let told = match (clob.map(|clob| clob.fee.as_ref()), &gamma.fee_schedule) {
        (Some(Some(fee)), _) => Some((&fee.rate, &fee.exponent, fee.taker_only)),
        (Some(None), _) if gamma.fees_enabled != Some(true) => return Some(FeeSchedule::FREE),
        (None, _) if gamma.fees_enabled == Some(false) => return Some(FeeSchedule::FREE),
        // Gamma says fees are on: without a curve from the CLOB the dearer reading counts.
        (_, Some(fee)) => Some((&fee.rate, &fee.exponent, fee.taker_only)),
        (_, None) => None,
    };
    let (rate, exponent, taker_only) = told?;
    if taker_only == Some(false) {
        tracing::warn!(market = gamma.id, "a fee schedule under which makers pay is not supported");
        return None;
    }
    let rate = u32::try_from(rate.micros()?).ok().and_then(Fraction::from_micros)?;
    let exponent = exponent.whole().and_then(|e| u32::try_from(e).ok());
    Some(FeeSchedule { rate, exponent })
}

/// Whether orders are taken. The scheduled end is no gate: trading goes on after it (venue.md 4.6).
fn gate_of(gamma: &GammaMarket, clob: Option<&ClobMarket>) -> Gate {
    if gamma.closed || gamma.archived {
        return Gate::Closed;
    }
    let accepting = clob.and_then(|clob| clob.accepting).or(gamma.accepting_orders);
    let open = gamma.active != Some(false) && gamma.enable_order_book != Some(false);
    if open && accepting == Some(true) { Gate::Accepting } else { Gate::Paused }
}

/// When trading ended; known only afterwards.
fn closed_at(gamma: &GammaMarket) -> Option<Time> {
    let told = [&gamma.closed_time, &gamma.uma_end_date];
    gamma.closed.then(|| told.into_iter().flatten().find_map(|text| Time::parse(text)))?
}

/// What index 0 paid, once that is certain: closed, resolved by the oracle, and prices that are a payout
/// (venue.md 5.4). Old markets carry no oracle status; there only 1 and 0 are taken for a result, because
/// one half may be a last price. A payout other than 0, one half and 1 is passed on: it needs a person.
fn resolution_of(gamma: &GammaMarket, close: Option<Time>) -> Option<Resolution> {
    let [first, second] = gamma.outcome_prices.as_slice() else {
        return None;
    };
    let micros = |price: &Numeral| price.micros().and_then(|m| u32::try_from(m).ok());
    let (first, second) = (micros(first)?, micros(second)?);
    let whole = first.checked_add(second) == Some(1_000_000);
    let decided = whole && first.is_multiple_of(1_000_000);
    let believed = match gamma.uma_resolution_status.as_deref() {
        Some("resolved") => whole,
        None | Some("") => decided,
        Some(_) => false,
    };
    if !gamma.closed || !believed {
        return None;
    }
    let at = close.or_else(|| gamma.updated_at.as_deref().and_then(Time::parse))?;
    Some(Resolution { at, payout_first: Fraction::from_micros(first)? })
}

/// The fee table's category, from the fee type, else from tags and old category fields.
fn category_of(gamma: &GammaMarket) -> Option<String> {
    let known = |text: &str| {
        let text = text.to_ascii_lowercase();
        CATEGORIES.iter().find(|name| **name == text).map(|name| (*name).to_owned())
    };
    let by_fee = gamma.fee_type.as_deref().and_then(|kind| kind.split('_').next()).and_then(known);
    let tags = || gamma.events.iter().flat_map(|event| &event.tags);
    by_fee
        .or_else(|| tags().filter_map(|tag| tag.label.as_deref()).find_map(known))
        .or_else(|| gamma.category.as_deref().and_then(known))
}
