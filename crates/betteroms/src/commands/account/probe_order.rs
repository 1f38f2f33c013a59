//! The probe's order: the smallest size at the lowest price, post-only, looked up, cancelled, looked up.
//! Whatever goes wrong after the sending, the cancel is tried.

use super::probe::Seen;
use crate::app::House;
use crate::commands::market::{problem_text, words};
use crate::commands::run::options;
use crate::real::Access;
use anyhow::{Context as _, Result, anyhow, bail};
use betteroms_core::market::Side;
use betteroms_core::money::Price;
use betteroms_core::order::{OrderId, Want};
use betteroms_core::plan::{MarketRef, RunId};
use betteroms_polymarket::LiveBooks;
use betteroms_polymarket::account::{Leg, Placed};
use betteroms_polymarket::ordering::{Draft, Life, OrderSecret, Prepared, prepare, prove};
use betteroms_polymarket::reads::Shown;
use betteroms_polymarket::wire::order::{OrderStatus, PlacementStatus};
use ring::rand::{SecureRandom as _, SystemRandom};
use std::time::Duration;
use zeroize::Zeroizing;

/// The best ask must be so many ticks above our price: far from anybody.
const TICKS_AWAY: u32 = 5;
/// How often an order is looked for, and the pause between.
const LOOKS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);

/// Does it, and notes each part.
pub(super) async fn run(house: &House, access: &Access, market: &str, seen: &mut Seen) {
    let prepared = match order(house, access, market).await {
        Ok((prepared, text)) => {
            seen.note("order signed and proved", true, text);
            prepared
        }
        Err(error) => return seen.note("order", false, format!("{error:#}")),
    };
    let id = prepared.id.as_str();
    let legs = [Leg { id, body: &prepared.body }];
    let placed = access.account.place(&legs).await.into_iter().next();
    match placed {
        Some(Placed::Accepted { status, .. }) => {
            seen.note("placed", true, format!("{id} {}", placed_words(&status)));
        }
        Some(Placed::NotSent { code, why, .. }) => {
            return seen.note("placed", false, format!("not sent: {why} [{code}]"));
        }
        Some(Placed::Refused { code, text }) => {
            return seen.note("placed", false, format!("refused: {text} [{code}]"));
        }
        Some(Placed::Unknown { code, why }) => {
            seen.note("placed", false, format!("unknown: {why} [{code}]"));
        }
        None => seen.note("placed", false, "no answer"),
    }
    seen.answer("looked up", look(access, id, true).await);
    seen.answer("cancelled", cancel(access, id).await);
    seen.answer("looked up again", look(access, id, false).await);
}

async fn order(house: &House, access: &Access, market: &str) -> Result<(Prepared, String)> {
    let venue = LiveBooks::connect(options(house))?;
    let shown = venue.show(&MarketRef::Market(market.to_owned()), house.now).await;
    let Shown { market, seen, .. } =
        shown.map_err(|problem| anyhow!("{}", problem_text(market, &problem).trim_end()))?;
    let price = Price::from(market.tick);
    let seen = seen.with_context(|| format!("{} has no book", market.slug))?;
    let ask = seen.book.best(Side::Sell).map(|level| level.price.micros());
    let least = price.micros().saturating_mul(TICKS_AWAY + 1);
    if ask.is_some_and(|ask| ask < least) {
        bail!("{}: somebody sells near the lowest price; name another market", market.slug);
    }
    let mut random = Zeroizing::new([0; 32]);
    let filled = SystemRandom::new().fill(&mut *random);
    filled.map_err(|_| anyhow!("the operating system gave no random bytes"))?;
    let secret = OrderSecret::from_bytes(&random);
    let run_id = RunId::new("probe").context("the probe's own name")?;
    let draft = Draft {
        account: access.id.as_str(),
        order: &OrderId::new(&run_id, "0", 1),
        token: market.token(betteroms_core::market::Outcome::First),
        neg_risk: market.neg_risk,
        side: Side::Buy,
        price,
        want: Want::Shares(market.min_size),
        tick: market.tick,
        life: Life::Gtc,
        post_only: true,
        at: house.now,
    };
    let owner = access.account.owner();
    let prepared = prepare(draft, access.wallet, owner, &secret, &access.key)?;
    let body = prepared.body.as_bytes();
    prove(body, &prepared.id, &draft, &access.wallet, owner, &secret)?;
    let text = format!("buy {} of {} at {price}", market.min_size, market.slug);
    Ok((prepared, text))
}

/// Looks until the order is open (or is not).
async fn look(access: &Access, id: &str, open: bool) -> Result<String> {
    let mut last = String::new();
    for _ in 0..LOOKS {
        let list = access.account.open_orders().await?;
        let is_open = list.iter().any(|order| order.id.eq_ignore_ascii_case(id));
        let order = access.account.order(id).await?;
        let status = order.map_or_else(|| "not shown".to_owned(), |o| status_words(&o.status));
        last = format!(
            "{} the open orders; by its id: {status}",
            if is_open { "in" } else { "not in" }
        );
        if is_open == open {
            return Ok(last);
        }
        tokio::time::sleep(PAUSE).await;
    }
    bail!("{last}")
}

async fn cancel(access: &Access, id: &str) -> Result<String> {
    let answer = access.account.cancel(&[id]).await?;
    if answer.canceled.iter().any(|gone| gone.eq_ignore_ascii_case(id)) {
        return Ok(id.to_owned());
    }
    let why = answer.not_canceled.into_values().next();
    bail!(
        "not cancelled: {}",
        why.map_or_else(|| "the venue says no why".to_owned(), |why| words(&why))
    )
}

fn placed_words(status: &PlacementStatus) -> String {
    match status {
        PlacementStatus::Live => "rests".to_owned(),
        PlacementStatus::Matched => "matched".to_owned(),
        PlacementStatus::Delayed => "is held for a while".to_owned(),
        PlacementStatus::Unmatched => "ended without a match".to_owned(),
        PlacementStatus::Other(word) => format!("is {}, a word that we do not know", words(word)),
    }
}

fn status_words(status: &OrderStatus) -> String {
    match status {
        OrderStatus::Live => "resting".to_owned(),
        OrderStatus::Matched => "filled".to_owned(),
        OrderStatus::Delayed => "held for a while".to_owned(),
        OrderStatus::Unmatched => "ended without a match".to_owned(),
        OrderStatus::Canceled { reason } if reason.is_empty() => "cancelled".to_owned(),
        OrderStatus::Canceled { reason } => format!("cancelled ({})", words(reason)),
        OrderStatus::Invalid => "thrown out by the venue".to_owned(),
        OrderStatus::Other(word) => format!("{}, a word that we do not know", words(word)),
    }
}
