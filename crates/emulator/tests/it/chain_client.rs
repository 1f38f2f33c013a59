//! The adapter's own chain and relayer clients against the emulator: what they read is what the ledger
//! holds, and what they have relayed happens there.

use super::house::{House, nobody};
use super::stage::{BLUE, DONE, Person, RAIN, RAIN_NO, RAIN_YES, RED, RED_YES, START};
use alloy_primitives::{Address, B256, U256};
use betteroms_core::market::Outcome;
use betteroms_core::money::{Shares, Usd};
use betteroms_core::time::Time;
use betteroms_emulator::log::Log;
use betteroms_emulator::serve::call::Service::{Clob, Relayer};
use betteroms_polymarket::chain::allowances::{Amount, Uses, missing};
use betteroms_polymarket::chain::transaction::{Gas, Transaction};
use betteroms_polymarket::chain::{ChainClient, lifecycle};
use betteroms_polymarket::relay::{Again, Patience, RelayerClient, RelayerKey, Submission, again};
use betteroms_polymarket::signing::contracts::{CTF, CTF_ADAPTER, EXCHANGE_STANDARD, PUSD};
use betteroms_polymarket::signing::l2::ApiSecret;
use betteroms_polymarket::signing::{Batch, Call, WalletCall};
use betteroms_polymarket::wire::relayer::TransactionState;
use betteroms_polymarket::{Hosts, Options, VenueError};
use serde_json::{Value, json};
use std::time::Duration;
use zeroize::Zeroizing;

const NOW: Time = Time::from_secs(START);
const ONCE: Patience = Patience { polls: 1, pause: Duration::ZERO };

/// A wallet, its cash, and its tokens.
type Row = (Address, Usd, Vec<(U256, Shares)>);

/// A house whose chain and relayer are asked for alice, the owner of a deposit wallet.
struct Story {
    house: House,
    alice: Person,
    bob: Person,
    chain: ChainClient,
    relayer: RelayerClient,
}

fn options(house: &House) -> Options {
    Options {
        hosts: Hosts::at(&house.open.url(Clob)),
        attempt_deadline: Duration::from_secs(2),
        call_deadline: Duration::from_secs(5),
        retries_max: 0,
        ..Options::default()
    }
}

fn condition(text: &str) -> B256 {
    text.parse().unwrap()
}

fn token(text: &str) -> U256 {
    text.parse().unwrap()
}

impl Story {
    async fn new() -> Self {
        let (house, staged) = House::staged(7, Log::default()).await;
        let (alice, bob) = (Person::named(&staged, "alice"), Person::named(&staged, "bob"));
        let made = house.ask(&alice.asks("POST", "/auth/builder-api-key", "")).await.unwrap();
        let made = made.value();
        let text = |name: &str| made[name].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        let id = if made["apiKey"].is_string() { "apiKey" } else { "key" };
        let key = RelayerKey::Builder {
            key: text(id),
            passphrase: Zeroizing::new(text("passphrase")),
            secret: ApiSecret::from_base64(&text("secret")).unwrap(),
        };
        let url = house.open.url(Relayer);
        let chain = ChainClient::new(options(&house), &format!("{url}/rpc")).unwrap();
        let relayer = RelayerClient::new(options(&house), &url, Some(key)).unwrap();
        Self { house, alice, bob, chain, relayer }
    }

    async fn submission(&self, calls: Vec<Call>) -> Submission {
        let nonce = self.relayer.params(self.alice.key.address()).await.unwrap().nonce;
        let deadline = U256::from(START + 600);
        let batch = Batch { wallet: self.alice.wallet, nonce, deadline, calls };
        Submission::sign(&self.alice.key, batch, false)
    }

    /// Has calls relayed to their end.
    async fn relay(&self, calls: Vec<Call>) -> TransactionState {
        let submission = self.submission(calls).await;
        let taken = self.relayer.submit(&submission, NOW).await.unwrap();
        assert_eq!(taken.state, TransactionState::New);
        self.house.pass(10_000).await;
        self.relayer.wait(&taken.transaction_id, ONCE).await.unwrap().state
    }

    /// Has an account without a wallet make a call, and waits for its block: whether it did what it says.
    async fn sent(&self, by: &Person, call: &Call) -> bool {
        let nonce = self.chain.transaction_count(by.key.address()).await.unwrap();
        let price = self.chain.gas_price().await.unwrap();
        let gas = Gas::Dynamic { max_fee: 2 * price, max_priority: price };
        let signed = Transaction::of(call, 137, nonce, gas, 700_000).sign(&by.key).unwrap();
        self.chain.send_raw(&signed).await.unwrap();
        assert_eq!(self.chain.receipt(signed.hash).await.unwrap(), None);
        // The same bytes once more are taken as handed over.
        self.chain.send_raw(&signed).await.unwrap();
        self.house.pass(2_000).await;
        let used = self.chain.send_raw(&signed).await;
        assert!(matches!(used, Err(VenueError::Unknown { .. })), "{used:?}");
        assert_eq!(self.chain.transaction_count(by.key.address()).await.unwrap(), nonce + 1);
        self.chain.receipt(signed.hash).await.unwrap().unwrap().is_success
    }

    async fn cash(&self) -> Usd {
        self.chain.pusd_balance(self.alice.wallet).await.unwrap()
    }

    async fn shares(&self, id: &str) -> Shares {
        self.chain.token_balance(self.alice.wallet, token(id)).await.unwrap()
    }

    async fn resolve(&self, condition: &str, payout: &str) {
        let body = json!({ "payout_first": payout }).to_string();
        let path = format!("/emulator/markets/{condition}/resolve");
        assert_eq!(self.house.control("POST", &path, &body).await.0, 200);
    }
}

fn approve(spender: Address, amount: u64) -> Call {
    WalletCall::Approve { token: PUSD, spender, amount: U256::from(amount) }.encode()
}

#[tokio::test]
async fn what_the_chain_tells_is_what_the_ledger_holds() {
    let story = Story::new().await;
    story.chain.verify().await.unwrap();
    assert_eq!(story.chain.chain_id().await.unwrap(), 137);
    assert!(story.chain.block_number().await.unwrap() > 0);
    let wallets: Vec<Row> = story.house.desk.with(&nobody(), |venue| {
        let ledger = venue.ledger();
        let inside = ledger.wallets().filter(|(_, at)| !at.is_zero());
        let row = |(ix, at)| {
            let held = ledger.holdings(ix).flat_map(|(market, held)| {
                let tokens = venue.floors().get(market).tokens;
                tokens.into_iter().zip(held).collect::<Vec<_>>()
            });
            (at, ledger.cash(ix), held.collect())
        };
        inside.map(row).collect()
    });
    assert!(wallets.len() >= 8);
    let mut shares = 0;
    for (wallet, cash, held) in wallets {
        assert_eq!(story.chain.pusd_balance(wallet).await.unwrap(), cash, "{wallet}");
        for (token, amount) in held {
            assert_eq!(story.chain.token_balance(wallet, token).await.unwrap(), amount);
            shares += 1;
        }
    }
    assert!(shares >= 4, "{shares}");
    let nobody = Address::repeat_byte(0x77);
    assert_eq!(story.chain.pusd_balance(nobody).await.unwrap(), Usd::ZERO);
    assert_eq!(story.chain.token_balance(nobody, U256::from(5)).await.unwrap(), Shares::ZERO);
    let (wallet, owner) = (story.alice.wallet, story.alice.key.address());
    assert!(!story.chain.code(wallet).await.unwrap().is_empty());
    assert!(story.chain.code(owner).await.unwrap().is_empty());
    assert!(story.chain.code(story.bob.wallet).await.unwrap().is_empty());
    assert!(story.chain.native_balance(owner).await.unwrap() > U256::ZERO);
    assert!(story.chain.gas_price().await.unwrap() > 0);
    assert_eq!(story.chain.transaction_count(owner).await.unwrap(), 0);
    assert!(story.relayer.deployed(wallet).await.unwrap());
    assert!(!story.relayer.deployed(owner).await.unwrap());
}

#[tokio::test]
async fn a_relayed_approval_changes_the_allowance() {
    let story = Story::new().await;
    let wallet = story.alice.wallet;
    let all = story.chain.pusd_allowance(wallet, EXCHANGE_STANDARD).await.unwrap();
    assert_eq!(all, U256::MAX, "approved for good by the script");
    let calls = vec![approve(EXCHANGE_STANDARD, 5), approve(CTF_ADAPTER, 7)];
    assert_eq!(story.relay(calls).await, TransactionState::Confirmed);
    for (spender, amount) in [(EXCHANGE_STANDARD, 5), (CTF_ADAPTER, 7)] {
        let allowance = story.chain.pusd_allowance(wallet, spender).await.unwrap();
        assert_eq!(allowance, U256::from(amount));
    }
    let operator = EXCHANGE_STANDARD;
    let ends = WalletCall::SetApprovalForAll { token: CTF, operator, approved: false }.encode();
    assert!(story.chain.is_approved_for_all(wallet, operator).await.unwrap());
    assert_eq!(story.relay(vec![ends]).await, TransactionState::Confirmed);
    assert!(!story.chain.is_approved_for_all(wallet, operator).await.unwrap());
    assert_eq!(story.relayer.params(wallet).await.unwrap().nonce, U256::from(2));
}

#[tokio::test]
async fn what_is_missing_is_read_approved_and_no_longer_missing() {
    let story = Story::new().await;
    let wallet = story.alice.wallet;
    let wanted = Uses { neg_risk: true, positions: true }.approvals();
    let amount = Amount::UpTo { amount: U256::from(500), least: U256::from(100) };
    let picture = story.chain.picture(wallet, &wanted).await.unwrap();
    let before = missing(&wanted, &picture, amount).unwrap();
    story.relay(vec![approve(EXCHANGE_STANDARD, 99), approve(CTF_ADAPTER, 0)]).await;
    let picture = story.chain.picture(wallet, &wanted).await.unwrap();
    let calls = missing(&wanted, &picture, amount).unwrap();
    assert_eq!(calls.len(), before.len() + 2);
    assert_eq!(story.relay(calls).await, TransactionState::Confirmed);
    let picture = story.chain.picture(wallet, &wanted).await.unwrap();
    assert_eq!(missing(&wanted, &picture, amount).unwrap(), []);
    assert_eq!(picture.pusd[&EXCHANGE_STANDARD], U256::from(500));
}

#[tokio::test]
async fn complete_sets_are_merged_into_dollars() {
    let story = Story::new().await;
    let sets = Shares::from_units(20);
    let of = betteroms_polymarket::signing::CtfArguments::binary(condition(RAIN));
    let adapter = lifecycle::adapter(false);
    let split = WalletCall::Split { adapter, of, amount: U256::from(20_000_000) }.encode();
    let cash = story.cash().await;
    assert_eq!(story.relay(vec![split]).await, TransactionState::Confirmed);
    assert_eq!(story.cash().await, cash - Usd::from_units(20));
    let held = [story.shares(RAIN_YES).await, story.shares(RAIN_NO).await];
    assert_eq!(lifecycle::complete_sets(held), sets);
    let merge = lifecycle::merge(condition(RAIN), false, sets).unwrap();
    assert_eq!(story.relay(vec![merge]).await, TransactionState::Confirmed);
    assert_eq!(story.cash().await, cash);
    assert_eq!(story.shares(RAIN_NO).await, Shares::ZERO);
}

#[tokio::test]
async fn a_resolved_market_tells_its_payouts_and_pays_what_is_redeemed() {
    let story = Story::new().await;
    assert_eq!(story.chain.payouts(condition(DONE)).await.unwrap(), None);
    assert_eq!(story.chain.payouts(B256::repeat_byte(9)).await.unwrap(), None);
    let redeem = lifecycle::redeem(condition(DONE), false);
    let early = story.relay(vec![redeem.clone()]).await;
    assert_eq!(early, TransactionState::Failed, "it is not resolved");
    story.resolve(DONE, "1").await;
    let payouts = story.chain.payouts(condition(DONE)).await.unwrap().unwrap();
    assert_eq!((payouts.first, payouts.second), (payouts.denominator, U256::ZERO));
    let cash = story.cash().await;
    assert_eq!(story.shares("4001").await, Shares::from_units(50));
    assert_eq!(story.relay(vec![redeem]).await, TransactionState::Confirmed);
    assert_eq!(story.cash().await, cash + Usd::from_units(50));
    assert_eq!(story.shares("4001").await, Shares::ZERO);
}

#[tokio::test]
async fn halves_and_neg_risk_markets_pay_through_their_own_adapter() {
    let story = Story::new().await;
    story.resolve(RAIN, "0.5").await;
    let payouts = story.chain.payouts(condition(RAIN)).await.unwrap().unwrap();
    assert_eq!(payouts.first, payouts.second);
    let give = |venue: &mut betteroms_emulator::venue::Venue| {
        let market = venue.floors().by_condition(RED).unwrap();
        let asset = (market, Outcome::First);
        venue.endow(story.alice.wallet, asset, Shares::from_units(30)).unwrap();
    };
    story.house.desk.with(&nobody(), give);
    story.resolve(BLUE, "0").await;
    story.resolve(RED, "1").await;
    let cash = story.cash().await;
    let wrong = story.relay(vec![lifecycle::redeem(condition(RED), false)]).await;
    assert_eq!(wrong, TransactionState::Failed, "the standard adapter does not know it");
    let right = story.relay(vec![lifecycle::redeem(condition(RED), true)]).await;
    assert_eq!(right, TransactionState::Confirmed);
    assert_eq!(story.cash().await, cash + Usd::from_units(30));
}

#[tokio::test]
async fn an_account_without_a_wallet_merges_and_redeems_by_its_own_transactions() {
    let story = Story::new().await;
    let bob = &story.bob;
    let cash = || async { story.chain.pusd_balance(bob.wallet).await.unwrap() };
    let shares = |id| {
        let (chain, wallet) = (&story.chain, bob.wallet);
        async move { chain.token_balance(wallet, token(id)).await.unwrap() }
    };
    let before = cash().await;
    let endow = |venue: &mut betteroms_emulator::venue::Venue| {
        let market = venue.floors().by_condition(RED).unwrap();
        venue.endow(bob.wallet, (market, Outcome::First), Shares::from_units(30)).unwrap();
    };
    story.house.desk.with(&nobody(), endow);
    let merge =
        |units| lifecycle::merge(condition(RAIN), false, Shares::from_units(units)).unwrap();
    assert!(!story.sent(bob, &merge(5_001)).await, "more than there is");
    assert!(story.sent(bob, &merge(1_000)).await);
    assert_eq!(cash().await, before + Usd::from_units(1_000));
    let redeem = |market, neg_risk| lifecycle::redeem(condition(market), neg_risk);
    assert!(!story.sent(bob, &redeem(RAIN, false)).await, "it is not resolved");
    story.resolve(RAIN, "1").await;
    story.resolve(BLUE, "0").await;
    story.resolve(RED, "1").await;
    assert!(story.sent(bob, &redeem(RAIN, false)).await);
    assert!(!story.sent(bob, &redeem(RED, false)).await, "the standard adapter does not know it");
    assert_eq!(shares(RED_YES).await, Shares::from_units(30));
    assert!(story.sent(bob, &redeem(RED, true)).await);
    assert_eq!(cash().await, before + Usd::from_units(5_030));
    for id in [RAIN_YES, RAIN_NO, RED_YES] {
        assert_eq!(shares(id).await, Shares::ZERO, "{id}");
    }
    assert_eq!(story.chain.transaction_count(bob.wallet).await.unwrap(), 6);
    story.house.desk.with(&nobody(), |venue| venue.ledger().audit().unwrap());
}

#[tokio::test]
async fn what_the_relayer_refuses_is_told_apart() {
    let story = Story::new().await;
    let first = story.submission(vec![approve(CTF_ADAPTER, 1)]).await;
    let taken = story.relayer.submit(&first, NOW).await.unwrap();
    let busy = story.relayer.submit(&first, NOW).await.unwrap_err();
    assert_eq!(again(&busy), Some(Again::Later), "{busy:?}");
    let patience = Patience { polls: 3, pause: Duration::from_millis(1) };
    let waited = story.relayer.wait(&taken.transaction_id, patience).await;
    assert!(matches!(waited, Err(VenueError::Unknown { .. })), "{waited:?}");
    story.house.pass(10_000).await;
    let stale = story.relayer.submit(&first, NOW).await.unwrap_err();
    assert_eq!(again(&stale), Some(Again::WithNewNonce), "{stale:?}");
    let own = Call { target: story.alice.wallet, ..approve(CTF_ADAPTER, 1) };
    let own = story.submission(vec![own]).await;
    let blocked = story.relayer.submit(&own, NOW).await.unwrap_err();
    assert!(matches!(blocked, VenueError::Refused { .. }), "{blocked:?}");
    assert_eq!(again(&blocked), None);
    let unknown = story.relayer.wait("00000000-0000-4000-8000-000000000000", ONCE).await;
    assert!(unknown.unwrap_err().is_not_found());
    let keyless = RelayerClient::new(options(&story.house), &story.house.open.url(Relayer), None);
    let unsent = keyless.unwrap().submit(&first, NOW).await;
    assert!(matches!(unsent, Err(VenueError::NotSent { .. })), "{unsent:?}");
}

#[tokio::test]
async fn a_holder_of_a_relayer_key_is_known_and_a_wallet_is_deployed() {
    let story = Story::new().await;
    let owner = story.bob.key.address();
    let key = story.house.desk.with(&nobody(), |venue| venue.add_relayer_key(owner)).to_string();
    let key = RelayerKey::Relayer { key: Zeroizing::new(key), address: owner };
    let url = story.house.open.url(Relayer);
    let relayer = RelayerClient::new(options(&story.house), &url, Some(key)).unwrap();
    let wallet = betteroms_polymarket::signing::wallet::deposit_wallet_of(owner);
    assert!(!relayer.deployed(wallet).await.unwrap());
    let taken = relayer.create(owner, NOW).await.unwrap();
    story.house.pass(10_000).await;
    let ended = relayer.wait(&taken.transaction_id, ONCE).await.unwrap();
    assert_eq!(ended.state, TransactionState::Confirmed);
    assert!(relayer.deployed(wallet).await.unwrap());
    assert!(!story.chain.code(wallet).await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_of_a_spoiled_answer_is_believed() {
    let story = Story::new().await;
    let wallet = story.alice.wallet;
    let spoils: [Value; 6] = [
        json!("malformed"),
        json!("drop"),
        json!("drop_reply"),
        json!("half_body"),
        json!({ "hostile": { "with": "nesting" } }),
        json!({ "hostile": { "with": "duplicate_keys" } }),
    ];
    for what in spoils {
        let rule = json!({ "on": "POST /rpc", "times": 1, "what": what });
        story.house.fault(&rule.to_string()).await;
        let told = story.chain.pusd_balance(wallet).await;
        assert!(matches!(told, Err(VenueError::Unknown { .. })), "{what}: {told:?}");
        assert_eq!(story.cash().await, Usd::from_units(10_000), "{what}: and then all is well");
    }
    // A submission that took effect and whose answer is lost is unknown, and is not sent again.
    let rule = json!({ "on": "POST /submit", "times": 1, "what": "drop_reply" });
    story.house.fault(&rule.to_string()).await;
    let submission = story.submission(vec![approve(CTF_ADAPTER, 3)]).await;
    let lost = story.relayer.submit(&submission, NOW).await;
    assert!(matches!(lost, Err(VenueError::Unknown { .. })), "{lost:?}");
    story.house.pass(10_000).await;
    assert_eq!(story.relayer.params(wallet).await.unwrap().nonce, U256::from(1));
    let allowance = story.chain.pusd_allowance(wallet, CTF_ADAPTER).await.unwrap();
    assert_eq!(allowance, U256::from(3));
}
