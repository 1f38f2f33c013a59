//! A trade's way through the chain: mined and confirmed, sent again, or failed (venue.md 4.5).

use super::Venue;
use super::agenda::Task;
use super::change::Change;
use super::funds::Token;
use super::people::Notice;
use super::trade::{Fate, Trade, TradeIx, TradeStatus};
use crate::ledger::{Asset, FEES, Move, Part, WalletIx};
use crate::names::Kind as NameKind;
use alloy_primitives::Address;
use betteroms_core::market::{Outcome, Side};
use betteroms_core::money::Usd;
use betteroms_core::time::Time;

impl Venue {
    /// A trade's transaction comes back from the chain.
    pub(super) fn settle_due(&mut self, trade: TradeIx) {
        let found = self.trades.get_mut(trade);
        if found.status.is_final() || found.status == TradeStatus::Mined {
            return;
        }
        match found.fate {
            Fate::Stuck => {}
            Fate::Fail => self.fail(trade, "execution reverted"),
            Fate::Retry(0) | Fate::Settle => self.mine(trade),
            Fate::Retry(times) => {
                found.fate = Fate::Retry(times.saturating_sub(1));
                self.set_status(trade, TradeStatus::Retrying);
                self.again(trade, self.settings.mined_after_millis, Task::Settle);
            }
        }
    }

    /// Decides a trade's fate by hand; one that was stuck goes on at once.
    ///
    /// # Errors
    /// When the trade is final already.
    pub fn decide(&mut self, trade: TradeIx, fate: Fate) -> Result<(), TradeStatus> {
        let found = self.trades.get_mut(trade);
        if found.status.is_final() || found.status == TradeStatus::Mined {
            return Err(found.status);
        }
        found.fate = fate;
        self.settle_due(trade);
        Ok(())
    }

    /// A mined trade is final.
    pub(super) fn confirm_due(&mut self, trade: TradeIx) {
        if self.trades.get(trade).status == TradeStatus::Mined {
            self.set_status(trade, TradeStatus::Confirmed);
        }
    }

    fn mine(&mut self, trade: TradeIx) {
        let found = self.trades.get(trade).clone();
        let spender = self.floors.get(found.market).exchange(found.outcome).address();
        let flows = found.flows();
        let spent = self.spent(&flows);
        if let Err(why) = self.check_allowed(&flows, &spent, spender) {
            return self.fail(trade, why);
        }
        if !self.signatures_hold(trade) {
            return self.fail(trade, "InvalidSignature()");
        }
        self.fund_crowd(&flows);
        if let Err(short) = self.ledger.settle(&moves(&found)) {
            return self.fail(trade, &short.to_string());
        }
        for (wallet, amount) in spent {
            self.funds.spend(wallet, spender, amount);
        }
        self.uncommit(&flows);
        for (wallet, asset, by) in flows {
            self.funds.follow((wallet, asset), by, self.now);
        }
        let transaction = self.names.hash(NameKind::Transaction);
        self.trades.get_mut(trade).transaction = Some(transaction);
        self.set_status(trade, TradeStatus::Mined);
        self.again(trade, self.settings.confirmed_after_millis, Task::Confirm);
    }

    /// Whether the chain still takes every signature: a session signer's only while the wallet knows it
    /// (venue.md 9.5).
    fn signatures_hold(&self, trade: TradeIx) -> bool {
        self.parties(trade).into_iter().all(|(key, order)| {
            let signer = self.people.key(key).address;
            let wallet = self.ledger.address(self.orders.get(order).wallet);
            let of = wallet.and_then(|wallet| Some((wallet, self.people.owner_of(wallet)?)));
            of.is_none_or(|(wallet, owner)| {
                owner == signer || self.relay.is_live(wallet, signer, self.now)
            })
        })
    }

    fn fail(&mut self, trade: TradeIx, why: &str) {
        let flows = self.trades.get(trade).flows();
        self.uncommit(&flows);
        self.trades.get_mut(trade).error = Some(why.to_owned());
        self.set_status(trade, TradeStatus::Failed);
        for (key, order) in self.parties(trade) {
            let notice = Notice { at: self.now, kind: 8, order };
            self.people.key_mut(key).notices.push(notice);
        }
    }

    fn uncommit(&mut self, flows: &[(WalletIx, Asset, i64)]) {
        for (wallet, asset, by) in flows.iter().filter(|(_, _, by)| *by < 0) {
            self.funds.commit(*wallet, *asset, *by);
        }
    }

    /// Dollars that leave each named wallet.
    fn spent(&self, flows: &[(WalletIx, Asset, i64)]) -> Vec<(WalletIx, i64)> {
        let out = flows.iter().filter(|(wallet, asset, by)| {
            *asset == Asset::Cash && *by < 0 && *wallet != self.crowd
        });
        let mut spent: Vec<(WalletIx, i64)> = Vec::new();
        for (wallet, _, by) in out {
            match spent.iter_mut().find(|(known, _)| known == wallet) {
                Some((_, amount)) => *amount = amount.saturating_sub(*by),
                None => spent.push((*wallet, by.saturating_neg())),
            }
        }
        spent
    }

    /// Whether everybody but the crowd lets the exchange take what they give: dollars up to an amount,
    /// tokens all or nothing (venue.md 8.2). The texts are the contracts' own.
    fn check_allowed(
        &self,
        flows: &[(WalletIx, Asset, i64)],
        spent: &[(WalletIx, i64)],
        spender: Address,
    ) -> Result<(), &'static str> {
        let covers = |(wallet, amount): &(WalletIx, i64)| {
            let granted = self.funds.granted(*wallet, Token::Cash, spender);
            granted >= u128::try_from(*amount).unwrap_or_default()
        };
        if !spent.iter().all(covers) {
            return Err("ERC20: insufficient allowance");
        }
        let is_approved = |(wallet, asset, by): &(WalletIx, Asset, i64)| {
            let gives = *by < 0 && Token::of(*asset) == Token::Shares && *wallet != self.crowd;
            !gives || self.funds.granted(*wallet, Token::Shares, spender) > 0
        };
        if !flows.iter().all(is_approved) {
            return Err("ERC1155: need operator approval for 3rd party transfers.");
        }
        Ok(())
    }

    fn set_status(&mut self, trade: TradeIx, status: TradeStatus) {
        let now = self.now;
        let found = self.trades.get_mut(trade);
        found.status = status;
        found.updated_at = now;
        self.note(Change::Trade { trade, status });
    }

    fn again(&mut self, trade: TradeIx, millis: u32, task: impl FnOnce(TradeIx) -> Task) {
        let due = i64::from(millis).saturating_mul(1_000);
        let due = Time::from_micros(self.now.micros().saturating_add(due));
        self.agenda.at(due, task(trade));
    }
}

/// What the chain does: direct legs change hands, pairs are minted and merged, the fee is paid.
fn moves(trade: &Trade) -> Vec<Move> {
    let mut moves = Vec::with_capacity(trade.legs.len().saturating_mul(3));
    for leg in &trade.legs {
        let (taker, maker) = (trade.taker.wallet, leg.maker.wallet);
        let shares = leg.size;
        if leg.outcome == trade.outcome {
            let (buyer, seller) = match trade.side {
                Side::Buy => (taker, maker),
                Side::Sell => (maker, taker),
            };
            let token = Asset::Share(trade.market, trade.outcome);
            let amount = leg.taker_cash.micros();
            moves.push(Move::Pay { from: buyer, to: seller, asset: Asset::Cash, amount });
            let amount = shares.micros();
            moves.push(Move::Pay { from: seller, to: buyer, asset: token, amount });
        } else {
            // The two parties by outcome, index 0 first, with what each pays or gets.
            let ours = Part { wallet: taker, cash: leg.taker_cash };
            let theirs = Part { wallet: maker, cash: leg.maker_cash };
            let [first, second] = match trade.outcome {
                Outcome::First => [ours, theirs],
                Outcome::Second => [theirs, ours],
            };
            moves.push(match trade.side {
                Side::Buy => Move::Mint { market: trade.market, shares, first, second },
                Side::Sell => Move::Merge { market: trade.market, shares, first, second },
            });
        }
        if leg.fee != Usd::ZERO {
            let amount = leg.fee.micros();
            moves.push(Move::Pay { from: taker, to: FEES, asset: Asset::Cash, amount });
        }
    }
    moves
}
