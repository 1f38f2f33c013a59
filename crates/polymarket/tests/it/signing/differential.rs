//! The second way: the same hashes through a general EIP-712 encoder, and signatures there and back.

use super::{Numbers, TYPES, order};
use alloy_sol_types::{Eip712Domain, SolStruct, eip712_domain, sol};
use betteroms_polymarket::signing as ours;
use ours::{Exchange, LocalKey, SignedBy, U256, contracts, l1, recover, verify};

sol! {
    struct Order {
        uint256 salt;
        address maker;
        address signer;
        uint256 tokenId;
        uint256 makerAmount;
        uint256 takerAmount;
        uint8 side;
        uint8 signatureType;
        uint256 timestamp;
        bytes32 metadata;
        bytes32 builder;
    }
    struct TypedDataSign {
        Order contents;
        string name;
        string version;
        uint256 chainId;
        address verifyingContract;
        bytes32 salt;
    }
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }
    struct Batch {
        address wallet;
        uint256 nonce;
        uint256 deadline;
        Call[] calls;
    }
}

fn theirs(order: &ours::Order) -> Order {
    Order {
        salt: U256::from(order.salt),
        maker: order.maker,
        signer: order.signer,
        tokenId: order.token_id,
        makerAmount: order.maker_amount,
        takerAmount: order.taker_amount,
        side: u8::from(order.side == betteroms_core::market::Side::Sell),
        signatureType: order.signature_type.into(),
        timestamp: U256::from(order.timestamp_ms),
        metadata: order.metadata,
        builder: order.builder,
    }
}

fn domain(exchange: Exchange) -> Eip712Domain {
    eip712_domain! {
        name: "Polymarket CTF Exchange",
        version: exchange.version(),
        chain_id: contracts::CHAIN_ID,
        verifying_contract: exchange.address(),
    }
}

#[test]
fn ten_thousand_orders_hash_alike_in_both_ways() {
    let mut numbers = Numbers(1);
    for case in 0..10_000_usize {
        let order = numbers.order();
        let exchange = Exchange::ALL[case % 3];
        let (domain, theirs) = (domain(exchange), theirs(&order));
        assert_eq!(exchange.domain_separator(), domain.separator());
        assert_eq!(order.struct_hash(), theirs.eip712_hash_struct(), "case {case}: {order:?}");
        assert_eq!(order.id(exchange), theirs.eip712_signing_hash(&domain), "case {case}");
        let nested = TypedDataSign {
            contents: theirs,
            name: "DepositWallet".into(),
            version: "1".into(),
            chainId: U256::from(contracts::CHAIN_ID),
            verifyingContract: order.signer,
            salt: [0; 32].into(),
        };
        let digest = nested.eip712_signing_hash(&domain);
        let (separator, hash) = (exchange.domain_separator(), order.struct_hash());
        assert_eq!(ours::nested_digest(separator, hash, order.signer), digest, "case {case}");
        let signed = if order.signature_type == ours::SignatureType::Contract {
            digest
        } else {
            order.id(exchange)
        };
        assert_eq!(order.digest_to_sign(exchange), signed, "case {case}");
    }
}

#[test]
fn batches_of_any_size_hash_alike_in_both_ways() {
    let mut numbers = Numbers(2);
    for case in 0..200_usize {
        let calls: Vec<ours::Call> = (0..case % 7)
            .map(|_| {
                let length = usize::from(numbers.word()[0]);
                let data = numbers.word().repeat(8)[..length].to_vec().into();
                ours::Call { target: numbers.address(), value: numbers.amount(), data }
            })
            .collect();
        let batch = ours::Batch {
            wallet: numbers.address(),
            nonce: numbers.amount(),
            deadline: numbers.amount(),
            calls,
        };
        let call = |call: &ours::Call| Call {
            target: call.target,
            value: call.value,
            data: call.data.clone(),
        };
        let theirs = Batch {
            wallet: batch.wallet,
            nonce: batch.nonce,
            deadline: batch.deadline,
            calls: batch.calls.iter().map(call).collect(),
        };
        let domain = eip712_domain! {
            name: "DepositWallet",
            version: "1",
            chain_id: contracts::CHAIN_ID,
            verifying_contract: batch.wallet,
        };
        assert_eq!(batch.digest(), theirs.eip712_signing_hash(&domain), "case {case}");
    }
}

#[test]
fn what_is_signed_is_recovered() {
    let mut numbers = Numbers(3);
    for case in 0..60_usize {
        let key = LocalKey::from_bytes(&numbers.word()).unwrap();
        let exchange = Exchange::ALL[case % 3];
        for kind in TYPES {
            let wallets = order(kind, key.address());
            let order = ours::Order {
                maker: wallets.maker,
                signer: wallets.signer,
                signature_type: kind,
                ..numbers.order()
            };
            let signature = key.sign_order(&order, exchange, false);
            let by = SignedBy::Owner(key.address());
            assert_eq!(recover(&order, exchange, &signature), Ok(by), "case {case}: {order:?}");
            assert_eq!(verify(&order, exchange, &signature), Ok(by), "case {case}: {order:?}");
            if kind == ours::SignatureType::Contract {
                let address = key.address();
                let signature = key.sign_order(&order, exchange, true);
                let by = SignedBy::Session { claimed: address, recovered: address };
                assert_eq!(signature.len(), 480);
                assert_eq!(verify(&order, exchange, &signature), Ok(by), "case {case}: {order:?}");
            }
        }
        let (time, nonce) = (numbers.next().to_string(), numbers.amount());
        let signature = key.sign_clob_auth(&time, nonce);
        assert_eq!(l1::verify_clob_auth(key.address(), &time, nonce, &signature), Ok(()));
    }
}

#[test]
fn a_batch_signed_is_recovered() {
    let key = super::session();
    let wallet = Numbers(4).address();
    let batch =
        ours::Batch { wallet, nonce: U256::from(1), deadline: U256::from(2), calls: Vec::new() };
    let signature = key.sign_batch(&batch, true);
    assert_eq!(signature.len(), 256);
    let (claimed, recovered) = (key.address(), key.address());
    assert_eq!(batch.recover(&signature), Ok(SignedBy::Session { claimed, recovered }));
    let other = ours::Batch { nonce: U256::from(2), ..batch };
    assert_ne!(other.recover(&signature).unwrap().recovered(), recovered);
}
