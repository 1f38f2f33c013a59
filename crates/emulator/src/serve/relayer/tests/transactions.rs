//! Transactions that an account signs itself: taken, refused, in a block, reverted. The account is the bench's
//! session key, which here has money of its own.

use super::desk::{Bench, CONDITION, TOKEN};
use super::rpc::{ask, result};
use crate::ledger::Asset;
use crate::venue::funds::Token;
use alloy_primitives::{Address, B256, Bytes, U256};
use betteroms_core::market::Outcome;
use betteroms_core::money::{Shares, Usd};
use betteroms_polymarket::chain::transaction::{Gas, Transaction};
use betteroms_polymarket::signing::contracts::{CTF, CTF_ADAPTER, PUSD};
use betteroms_polymarket::signing::{Adapter, Call, CtfArguments, LocalKey, WalletCall};
use serde_json::{Value, json};

const GWEI: u128 = 1_000_000_000;
const POL: u128 = 1_000_000_000 * GWEI;
const GAS: Gas = Gas::Dynamic { max_fee: 60 * GWEI, max_priority: 30 * GWEI };

fn bench() -> Bench {
    let bench = Bench::new();
    let own = bench.session.address();
    bench.venue(|venue| {
        venue.fund(own, Usd::from_units(100)).unwrap();
        let (market, _) = venue.floors().by_token(&U256::from(TOKEN)).unwrap();
        for (outcome, units) in [(Outcome::First, 10), (Outcome::Second, 4)] {
            venue.endow(own, (market, outcome), Shares::from_units(units)).unwrap();
        }
    });
    bench
}

fn of(call: &Call, nonce: u64) -> Transaction {
    Transaction::of(call, 137, nonce, GAS, 700_000)
}

fn approve(amount: u64) -> Call {
    WalletCall::Approve { token: PUSD, spender: CTF_ADAPTER, amount: U256::from(amount) }.encode()
}

fn raw(key: &LocalKey, transaction: &Transaction) -> String {
    transaction.sign(key).unwrap().raw.to_string()
}

/// Hands it to the node: the hash, or the node's words.
fn send(bench: &Bench, transaction: &Transaction) -> Result<String, String> {
    hand_over(bench, &raw(&bench.session, transaction))
}

fn hand_over(bench: &Bench, raw: &str) -> Result<String, String> {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction",
        "params": [raw] });
    let told = ask(bench, &body.to_string());
    match told["result"].as_str() {
        Some(hash) => Ok(hash.to_owned()),
        None => {
            assert_eq!(told["error"]["code"], -32_000, "{told}");
            Err(told["error"]["message"].as_str().unwrap().to_owned())
        }
    }
}

fn receipt(bench: &Bench, hash: &str) -> Value {
    result(bench, "eth_getTransactionReceipt", &json!([hash]))
}

/// Sends a call and waits for its block: whether it did what it says.
fn done(bench: &mut Bench, nonce: u64, call: &Call) -> bool {
    let hash = send(bench, &of(call, nonce)).unwrap();
    bench.pass(2_000);
    match receipt(bench, &hash)["status"].as_str() {
        Some("0x1") => true,
        Some("0x0") => false,
        other => panic!("{other:?}"),
    }
}

fn number(told: &Value) -> U256 {
    told.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{told}"))
}

fn nonces(bench: &Bench) -> [U256; 2] {
    let own = bench.session.address();
    let count = |block: &str| result(bench, "eth_getTransactionCount", &json!([own, block]));
    ["latest", "pending"].map(|block| number(&count(block)))
}

fn coins(bench: &Bench, of: Address) -> U256 {
    number(&result(bench, "eth_getBalance", &json!([of, "latest"])))
}

/// Dollars, and shares of both outcomes, in millionths.
fn holds(bench: &Bench) -> [i64; 3] {
    let own = bench.session.address();
    bench.venue(|venue| {
        venue.ledger().audit().unwrap();
        let (market, _) = venue.floors().by_token(&U256::from(TOKEN)).unwrap();
        let wallet = venue.ledger().find(own).unwrap();
        let shares = |outcome| Asset::Share(market, outcome);
        [Asset::Cash, shares(Outcome::First), shares(Outcome::Second)]
            .map(|asset| venue.ledger().balance(wallet, asset))
    })
}

#[test]
fn it_waits_for_its_block_and_happens_there() {
    let mut bench = bench();
    let own = bench.session.address();
    let transaction = of(&approve(30_000_000), 0);
    let signed = transaction.sign(&bench.session).unwrap();
    assert_eq!(send(&bench, &transaction), Ok(signed.hash.to_string()));
    assert_eq!(nonces(&bench), [U256::ZERO, U256::ONE]);
    let granted = |bench: &Bench| {
        bench.venue(|venue| {
            let wallet = venue.ledger().find(own).unwrap();
            venue.funds().granted(wallet, Token::Cash, CTF_ADAPTER)
        })
    };
    bench.pass(1_999);
    assert_eq!((receipt(&bench, &signed.hash.to_string()), granted(&bench)), (Value::Null, 0));
    bench.pass(1);
    assert_eq!((nonces(&bench), granted(&bench)), ([U256::ONE; 2], 30_000_000));
    let told = receipt(&bench, &signed.hash.to_string());
    let read: betteroms_polymarket::chain::Receipt =
        betteroms_polymarket::wire::decode(told.to_string().as_bytes()).unwrap();
    assert_eq!((read.hash, read.is_success), (signed.hash, true));
    // 21,000, the bytes of an approval, and one call; at what the block asks and the tip.
    let bytes = transaction.data.iter().map(|byte| if *byte == 0 { 4 } else { 16 });
    let used = 121_000 + bytes.sum::<u64>();
    assert_eq!(read.gas_used, U256::from(used));
    assert_eq!(coins(&bench, own), U256::from(POL - 60 * GWEI * u128::from(used)));
    assert_eq!((&told["from"], &told["to"]), (&json!(own), &json!(PUSD)));
    assert_eq!(receipt(&bench, &B256::repeat_byte(1).to_string()), Value::Null);
}

#[test]
fn the_same_bytes_happen_once() {
    let mut bench = bench();
    let transaction = of(&approve(5), 0);
    let hash = send(&bench, &transaction).unwrap();
    assert_eq!(send(&bench, &transaction), Err("already known".to_owned()));
    bench.pass(2_000);
    let used = Err("nonce too low: next nonce 1, tx nonce 0".to_owned());
    assert_eq!(send(&bench, &transaction), used);
    bench.pass(10_000);
    assert_eq!(nonces(&bench), [U256::ONE; 2]);
    assert_eq!(receipt(&bench, &hash)["status"], "0x1");
}

#[test]
fn what_a_node_refuses_it_refuses_with_its_words() {
    let mut bench = bench();
    assert!(done(&mut bench, 0, &approve(1)));
    let plain = of(&approve(7), 1);
    let gas = |max_fee, max_priority| {
        let (max_fee, max_priority) = (max_fee * GWEI, max_priority * GWEI);
        Transaction { gas: Gas::Dynamic { max_fee, max_priority }, ..plain.clone() }
    };
    let other = |change: fn(&mut Transaction)| {
        let mut other = plain.clone();
        change(&mut other);
        other
    };
    let has = coins(&bench, bench.session.address());
    let cost = U256::from(700_000 * 60 * GWEI) + has;
    let rows = [
        (other(|one| one.chain_id = 1), "invalid chain id for signer: have 1 want 137".to_owned()),
        (other(|one| one.nonce = 0), "nonce too low: next nonce 1, tx nonce 0".to_owned()),
        (other(|one| one.gas_limit = 30_000_001), "exceeds block gas limit".to_owned()),
        (
            other(|one| (one.gas_limit, one.data) = (21_015, Bytes::from_static(&[1]))),
            "intrinsic gas too low: gas 21015, minimum needed 21016".to_owned(),
        ),
        (
            gas(29, 1),
            "max fee per gas less than block base fee: maxFeePerGas 29000000000, baseFee \
             30000000000"
                .to_owned(),
        ),
        (gas(60, 61), "max priority fee per gas higher than max fee per gas".to_owned()),
        (
            Transaction { value: has, ..plain.clone() },
            format!("insufficient funds for gas * price + value: balance {has}, tx cost {cost}"),
        ),
        (other(|one| one.to = None), "contracts cannot be made on this emulated chain".to_owned()),
    ];
    for (transaction, words) in rows {
        assert_eq!(send(&bench, &transaction), Err(words), "{transaction:?}");
    }
    let bytes = raw(&bench.session, &plain);
    let cut = &bytes[..bytes.len() - 2];
    assert!(hand_over(&bench, cut).unwrap_err().starts_with("rlp: "));
    let blob = format!("0x03{}", &bytes[4..]);
    assert_eq!(hand_over(&bench, &blob), Err("transaction type not supported".to_owned()));
    assert_eq!(nonces(&bench), [U256::ONE; 2], "nothing of it was taken");
    // The older form is taken too.
    let legacy = Transaction { gas: Gas::Legacy { price: 30 * GWEI }, ..plain };
    let hash = send(&bench, &legacy).unwrap();
    bench.pass(2_000);
    let told = receipt(&bench, &hash);
    assert_eq!((&told["status"], &told["type"]), (&json!("0x1"), &json!("0x0")));
}

#[test]
fn nonces_keep_their_order_and_a_better_offer_takes_a_place() {
    let mut bench = bench();
    let later = send(&bench, &of(&approve(2), 1)).unwrap();
    bench.pass(10_000);
    assert_eq!(receipt(&bench, &later), Value::Null, "the one before it is missing");
    assert_eq!(nonces(&bench), [U256::ZERO; 2]);
    let offer = |tenths: u128, amount| {
        let (max_fee, max_priority) = (6 * GWEI * tenths, 3 * GWEI * tenths);
        let gas = Gas::Dynamic { max_fee, max_priority };
        Transaction { gas, ..of(&approve(amount), 0) }
    };
    let first = send(&bench, &offer(10, 3)).unwrap();
    assert_eq!(nonces(&bench)[1], U256::from(2));
    let cheap = Err("replacement transaction underpriced".to_owned());
    assert_eq!(send(&bench, &offer(10, 4)), cheap);
    let second = send(&bench, &offer(11, 5)).unwrap();
    bench.pass(2_000);
    let told = [first, second, later].map(|hash| receipt(&bench, &hash)["status"].clone());
    assert_eq!(told, [Value::Null, json!("0x1"), json!("0x1")]);
    assert_eq!(nonces(&bench), [U256::from(2); 2]);
    // Two transactions promise their gas together: a third of them is too much.
    let dear = |nonce| Transaction { gas_limit: 6_000_000, ..of(&approve(1), nonce) };
    assert!(send(&bench, &dear(2)).is_ok() && send(&bench, &dear(3)).is_ok());
    assert!(send(&bench, &dear(4)).unwrap_err().starts_with("insufficient funds"));
}

#[test]
fn what_reverts_changes_nothing_and_costs_its_gas() {
    let mut bench = bench();
    let own = bench.session.address();
    let before = holds(&bench);
    let of_condition = CtfArguments::binary(CONDITION.parse::<B256>().unwrap());
    let redeem = |adapter| WalletCall::Redeem { adapter, of: of_condition.clone() }.encode();
    let merge = |units: u64| {
        let amount = U256::from(units * 1_000_000);
        let adapter = Adapter::Standard;
        WalletCall::Merge { adapter, of: of_condition.clone(), amount }.encode()
    };
    let (operator, approved) = (CTF_ADAPTER, true);
    let leave = WalletCall::SetApprovalForAll { token: CTF, operator, approved }.encode();
    let pays = |units: u64| {
        let (token, to, amount) = (PUSD, Address::repeat_byte(7), U256::from(units * 1_000_000));
        WalletCall::Transfer { token, to, amount }.encode()
    };
    let odd = |target, value| Call { target, value: U256::from(value), ..approve(1) };
    let authorize = WalletCall::AuthorizeSessionSigner {
        wallet: bench.wallet,
        signer: own,
        valid_until: U256::from(u32::MAX),
    };
    // No approval yet; then no result; more than there is; another contract; the coin to one that takes none; a
    // wallet of somebody else.
    let rows = [
        (merge(1), false, before),
        (leave, true, before),
        (redeem(Adapter::Standard), false, before),
        (redeem(Adapter::NegRisk), false, before),
        (merge(5), false, before),
        (pays(101), false, before),
        (odd(CTF, 0), false, before),
        (odd(PUSD, 1), false, before),
        (authorize.encode(), false, before),
        (merge(4), true, [104_000_000, 6_000_000, 0]),
        (pays(101), true, [3_000_000, 6_000_000, 0]),
    ];
    for ((call, expected, after), nonce) in rows.into_iter().zip(0..) {
        let had = coins(&bench, own);
        assert_eq!(done(&mut bench, nonce, &call), expected, "{nonce}");
        assert_eq!(holds(&bench), after, "{nonce}");
        assert!(coins(&bench, own) < had, "{nonce}");
    }
    // Less gas than it takes: all of it is gone.
    let short = Transaction { gas_limit: 100_000, ..of(&approve(9), 11) };
    let hash = send(&bench, &short).unwrap();
    bench.pass(2_000);
    let told = receipt(&bench, &hash);
    assert_eq!((&told["status"], &told["gasUsed"]), (&json!("0x0"), &json!("0x186a0")));
}

#[test]
fn an_estimate_does_nothing_and_a_payment_moves_the_coin() {
    let bench = &mut bench();
    let (own, friend) = (bench.session.address(), Address::repeat_byte(8));
    let ask = |call: &Call| {
        let call = json!({ "from": own, "to": call.target, "data": call.data });
        result(bench, "eth_estimateGas", &json!([call]))
    };
    let before = holds(bench);
    let (token, to, amount) = (PUSD, friend, U256::from(1_000_000));
    let pay = WalletCall::Transfer { token, to, amount }.encode();
    assert!(number(&ask(&pay)) > U256::from(121_000));
    let much = WalletCall::Transfer { token, to, amount: U256::from(u32::MAX) }.encode();
    assert_eq!(ask(&much), 3);
    assert_eq!(holds(bench), before);
    let coin = Call { target: friend, value: U256::from(POL / 4), data: Bytes::new() };
    assert!(done(bench, 0, &coin));
    assert_eq!(coins(bench, friend), U256::from(POL + POL / 4));
    assert_eq!(coins(bench, own), U256::from(POL - POL / 4 - 21_000 * 60 * GWEI));
    let poor = json!({ "pol": "0" }).to_string();
    let path = format!("/emulator/accounts/{own}");
    let call = super::desk::call(crate::serve::call::Service::Clob, "POST", &path, &poor);
    assert_eq!(bench.send(call).status, 200);
    assert_eq!(coins(bench, own), U256::ZERO);
    let refused = send(bench, &of(&approve(1), 1)).unwrap_err();
    assert!(refused.starts_with("insufficient funds"), "{refused}");
}
