//! `Transfer`: what the dollars' contract says of every payment (ERC-20). It tells what came into a wallet in one
//! transaction.

use crate::reads::AMOUNT_MOST;
use crate::signing::contracts::PUSD;
use crate::wire::holdings::{ActivityKind, ActivityRow};
use crate::wire::rpc::{Log, Receipt};
use alloy_primitives::{Address, B256, U256, b256};
use betteroms_core::money::Usd;
use betteroms_core::venue::{Payment, PaymentKind};

/// `Transfer(address,address,uint256)`.
pub const TRANSFER: B256 =
    b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
/// What the history's dollars may differ by from the chain's: it tells them to four digits.
const TOLD_TO: i64 = 100;

/// What an act pays into the wallet; `None` for one that the wallet did itself.
pub fn payment_kind(kind: &ActivityKind) -> Option<PaymentKind> {
    match kind {
        ActivityKind::Reward => Some(PaymentKind::Reward),
        ActivityKind::MakerRebate => Some(PaymentKind::MakerRebate),
        ActivityKind::TakerRebate => Some(PaymentKind::TakerRebate),
        ActivityKind::Yield => Some(PaymentKind::Yield),
        ActivityKind::Trade
        | ActivityKind::Split
        | ActivityKind::Merge
        | ActivityKind::Redeem
        | ActivityKind::Conversion
        | ActivityKind::Other(_) => None,
    }
}

/// The payments among `rows`, all of one transaction, that its receipt shows: each row takes one transfer of its
/// dollars into the wallet, and the chain's amount is the payment's. What the receipt does not show is left out.
pub fn payments(receipt: &Receipt, wallet: Address, rows: &[&ActivityRow]) -> Vec<Payment> {
    if !receipt.is_success {
        return Vec::new();
    }
    let logs = (0_u32..).zip(&receipt.logs);
    let mut came: Vec<(u32, Usd)> =
        logs.filter_map(|(place, log)| Some((place, into_wallet(log, wallet)?))).collect();
    let mut found = Vec::new();
    for row in rows {
        let Some(kind) = payment_kind(&row.kind) else { continue };
        let told = row.usdc_size.as_ref().unwrap_or(&row.size).micros_cut();
        let Some(told) = told.filter(|told| *told > 0) else { continue };
        let fits = |(_, cash): &(u32, Usd)| cash.micros().abs_diff(told) < TOLD_TO.unsigned_abs();
        let Some(place) = came.iter().position(fits) else { continue };
        let (log, cash) = came.remove(place);
        let transaction = receipt.hash.to_string();
        found.push(Payment { at: row.timestamp, transaction, log, kind, cash });
    }
    found
}

/// The log that says so.
pub fn transfer(from: Address, to: Address, amount: U256) -> Log {
    let topics = vec![TRANSFER, from.into_word(), to.into_word()];
    Log { address: PUSD, topics, data: B256::from(amount).to_vec().into(), is_removed: false }
}

/// Dollars that a log says came into the wallet.
fn into_wallet(log: &Log, wallet: Address) -> Option<Usd> {
    let [TRANSFER, _, to] = *log.topics.as_slice() else { return None };
    let is_ours = log.address == PUSD && !log.is_removed && to == wallet.into_word();
    let amount = U256::from_be_bytes(B256::try_from(log.data.as_ref()).ok()?.0);
    let is_sum = |micros: &i64| (1..=AMOUNT_MOST.micros()).contains(micros);
    let micros = i64::try_from(amount).ok().filter(|micros| is_ours && is_sum(micros))?;
    Some(Usd::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::decode;
    use alloy_primitives::address;

    const OURS: Address = address!("00000000000000000000000000000000000000aa");
    const PAYER: Address = address!("00000000000000000000000000000000000000bb");

    fn row(kind: &str, dollars: &str) -> ActivityRow {
        let text = format!(
            r#"{{"proxyWallet":"{OURS}","timestamp":9,"type":"{kind}","size":{dollars},"usdcSize":{dollars},"transactionHash":""}}"#
        );
        decode(text.as_bytes()).unwrap()
    }

    fn receipt(logs: Vec<Log>) -> Receipt {
        let (block, gas_used) = (U256::ONE, U256::ONE);
        Receipt { hash: B256::ZERO, is_success: true, block, gas_used, logs }
    }

    fn dollars(micros: u64) -> Log {
        transfer(PAYER, OURS, U256::from(micros))
    }

    #[test]
    fn each_row_takes_one_transfer_and_the_chains_amount_counts() {
        let logs = vec![
            transfer(PAYER, PAYER, U256::from(1_500_000)),
            dollars(12_362_234),
            dollars(1_500_000),
        ];
        let (rebate, reward) = (row("TAKER_REBATE", "12.3622"), row("REWARD", "1.5"));
        let found = payments(&receipt(logs), OURS, &[&reward, &rebate, &reward]);
        let told: Vec<_> = found.iter().map(|one| (one.kind, one.log, one.cash.micros())).collect();
        assert_eq!(
            told,
            [(PaymentKind::Reward, 2, 1_500_000), (PaymentKind::TakerRebate, 1, 12_362_234)]
        );
    }

    #[test]
    fn what_the_chain_does_not_show_is_no_payment() {
        let reward = row("REWARD", "1.5");
        let none = |receipt: Receipt| payments(&receipt, OURS, &[&reward]).is_empty();
        assert!(!none(receipt(vec![dollars(1_500_000)])));
        assert!(none(receipt(vec![])));
        assert!(none(receipt(vec![dollars(1_500_100)])), "another amount");
        assert!(none(receipt(vec![transfer(OURS, PAYER, U256::from(1_500_000))])), "it left");
        let other = Log { address: OURS, ..dollars(1_500_000) };
        assert!(none(receipt(vec![other])), "another token");
        let gone = Log { is_removed: true, ..dollars(1_500_000) };
        assert!(none(receipt(vec![gone])), "taken back");
        let reverted = Receipt { is_success: false, ..receipt(vec![dollars(1_500_000)]) };
        assert!(none(reverted));
        let trade = row("TRADE", "1.5");
        assert!(payments(&receipt(vec![dollars(1_500_000)]), OURS, &[&trade]).is_empty());
    }
}
