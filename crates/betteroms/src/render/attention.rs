//! What needs a person, as sentences: what is so, what follows, what to do; the code comes last.

use super::money::{shares, usd, usd_exact};
use super::reasons::permission;
use betteroms_core::event::Difference;
use betteroms_core::order::OrderId;
use betteroms_core::reason::EndReason;
use betteroms_core::report::Attention;
use betteroms_core::venue::VenueOrder;

/// One thing that needs a person.
pub(super) fn attention_words(item: &Attention) -> String {
    match item {
        Attention::OddPayout { slug, payout_first } => format!(
            "{slug} paid {payout_first} for its first outcome; only 0, 0.5 and 1 are booked by \
             themselves. Its positions stay open. [ODD_PAYOUT]"
        ),
        Attention::InDoubt { order, note } => {
            let note = note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
            format!(
                "{order}: what the venue did with it is unknown{note}. The next pass looks again and \
                 never sends it anew. [IN_DOUBT]"
            )
        }
        Attention::CancelUnproven { order, looks } => format!(
            "{order}: a cancel was asked for, and the venue does not show that it is out (looks that did \
             not find it open: {looks}; three end it). The next pass asks and looks again; \
             `betteroms panic` cancels everything of the key; the venue's site shows what rests. \
             [CANCEL_UNPROVEN]"
        ),
        Attention::Differs { market, difference } => {
            let place = market.as_deref().unwrap_or("the wallet's cash");
            let (what, remedy) = difference_words(difference);
            format!("{place}: {what}. New exposure waits; {remedy} [{}]", difference.code())
        }
        Attention::FeeCharged { order, trade_id, expected, charged } => format!(
            "{order}: trade {trade_id} was charged a fee of {}, and {} was expected by the market's schedule. It \
             is booked as charged, and blocks nothing. Compare it with the market's page. [FEE_CHARGED]",
            usd_exact(*charged),
            usd_exact(*expected)
        ),
        Attention::FeesDiffer { expected, charged, fills, trades } => format!(
            "fees of {fills} trades ({}): {} were expected, and {} were charged if nothing else moved the \
             wallet's cash. Compare them with the market's schedule. [FEES_DIFFER]",
            trades.join(", "),
            usd_exact(*expected),
            usd_exact(*charged)
        ),
        Attention::ForeignOrder { order, market } => foreign_order_words(order, market),
        Attention::ForeignFill { fill } => format!(
            "somebody else traded with this wallet in {}: {} {} at {}, {}. It is booked. \
             [FOREIGN_FILL]",
            fill.market,
            fill.side,
            shares(fill.shares),
            fill.price,
            usd_exact(fill.cash)
        ),
        Attention::SettlementFailed { order, trade_id } => format!(
            "{order}: the settlement of trade {trade_id} failed on the chain; what it had brought was \
             taken back. [SETTLEMENT_FAILED]"
        ),
        Attention::CheckFailed { check, fact } => format!("{fact} [{check}]"),
        Attention::Reappeared { order, ended } => reappeared_words(order, *ended),
        Attention::HeldBack { cause, orders } => held_back_words(cause, *orders),
        Attention::Unarmed { run_id, what } => {
            format!("{run_id}: nothing was sent: {}. [{what}]", permission(what))
        }
        Attention::Braked { freeze } => {
            let word = if *freeze { "frozen" } else { "halted" };
            format!("the account is {word}: `betteroms resume` ends that. [BRAKED]")
        }
    }
}

fn reappeared_words(order: &OrderId, ended: Option<EndReason>) -> String {
    let was = ended.map_or("ended", EndReason::code);
    format!(
        "{order}: it rests at the venue, and had ended in the books ({was}). It counts again: \
         `betteroms cancel {order}` takes it out. [REAPPEARED]"
    )
}

fn foreign_order_words(order: &VenueOrder, market: &str) -> String {
    format!(
        "an order that is not ours rests in {market}: {} {} at {} ({}). It is left alone: \
         `betteroms panic` would take it out with all others. [FOREIGN_ORDER]",
        order.side,
        shares((order.size - order.matched).or_zero()),
        order.price,
        order.id
    )
}

fn held_back_words(cause: &str, orders: u32) -> String {
    let (them, they) = if orders == 1 { ("order", "it") } else { ("orders", "they") };
    let (what, remedy) = match cause {
        "HALTED" => ("a halt came while they were being sent", "`betteroms resume` ends it."),
        "PASS_TOO_LONG" => {
            ("the pass took longer than its books are good for", "the next pass decides anew.")
        }
        "NO_CONNECTION" => {
            ("the venue could not be reached any more", "the next pass tries again.")
        }
        _ => ("the venue took no more of them", "the next pass tries again."),
    };
    format!(
        "{orders} {them} did not leave: {what}. Where {they} may wait, {they} do; {remedy} [{cause}]"
    )
}

fn difference_words(difference: &Difference) -> (String, &'static str) {
    match difference {
        Difference::CashDiffers { books, chain } => (
            format!("the books say {}, the chain {}", usd(*books), usd(*chain)),
            "`betteroms account adopt` takes the chain's word, once you know why.",
        ),
        Difference::SharesDiffer { books, chain, .. } => (
            format!("the books say {} shares, the chain {}", shares(*books), shares(*chain)),
            "`betteroms account adopt` takes the chain's word, once you know why.",
        ),
        Difference::FillsMissing { order, books, venue } => (
            format!(
                "the venue says that {} of {order} matched, its trades so far {}",
                shares(*venue),
                shares(*books)
            ),
            "the next pass asks for the rest.",
        ),
        Difference::OrderDiffers { order } => (
            format!("the venue shows another order under the hash of {order}"),
            "send nothing more before you know why.",
        ),
        Difference::Foreign { trade_id } => (
            format!("trade {trade_id} is not explained by an order of ours"),
            "`betteroms resume` lifts the block once you have looked.",
        ),
        Difference::ForeignOrder { order } => (
            format!("order {order} rests there and is not ours"),
            "`betteroms resume` lifts the block once you have looked.",
        ),
        Difference::Unbelievable { why } => (
            format!("the venue told something that cannot be booked: {why}"),
            "look at it on the venue's site; `betteroms account adopt` then takes the chain's word, \
             `betteroms resume` lifts the block. Exits and cancels go on.",
        ),
    }
}
