//! A few figures of the official client, carried here so that they are checked where the recordings are not.

use super::{order, owner, session};
use betteroms_core::market::Side;
use betteroms_polymarket::signing::{
    B256, Exchange, Order, SignatureType, U256, contracts, l1, l2, verify, wallet,
};

struct Row {
    name: &'static str,
    order: Order,
    exchange: Exchange,
    id: &'static str,
    digest: &'static str,
    ecdsa: &'static str,
}

fn rows() -> [Row; 5] {
    let of = |kind: SignatureType| order(kind, owner().address());
    let sale = Order {
        maker_amount: U256::from(100_000_000),
        taker_amount: U256::from(50_000_000),
        side: Side::Sell,
        ..of(SignatureType::Eoa)
    };
    [
        Row {
            name: "an account buys",
            order: of(SignatureType::Eoa),
            exchange: Exchange::Standard,
            id: "d5889fdc92db15d94818d87b4b4c5fb86a9905b8c0b9b29ab70614b211e25b6e",
            digest: "d5889fdc92db15d94818d87b4b4c5fb86a9905b8c0b9b29ab70614b211e25b6e",
            ecdsa: "26ad2a9bb0506d4a64b27271b6da5271ee5f56cc287113759f40699f5f36dc96\
                     286049217e152a9c38c468fb92806ade254d4e4ef4dc37118f2c3a8a6af023df1b",
        },
        Row {
            name: "an account sells, neg-risk",
            order: sale,
            exchange: Exchange::NegRisk,
            id: "87b287e269b12ff718ede61b65e685630e6c94c66a336b431989ba3ae93344fd",
            digest: "87b287e269b12ff718ede61b65e685630e6c94c66a336b431989ba3ae93344fd",
            ecdsa: "f6994479fd7f04235f6cbbbb7a899ead16f22494a69c6b5debc71de1cc350f69\
                     0a3c17dc64c9f35bead6d2884a740caadd7fa213add230ad1b85fe401b4e901b1b",
        },
        Row {
            name: "a proxy buys",
            order: of(SignatureType::Proxy),
            exchange: Exchange::Standard,
            id: "76f1b717f6f3c49f6b07962702701391f09e5a2c63361f9e89707d1ffbdea38d",
            digest: "76f1b717f6f3c49f6b07962702701391f09e5a2c63361f9e89707d1ffbdea38d",
            ecdsa: "418642ceb41b3440bc8cd9fb36c1011db65d66d4b1d1bc72ed57468bef73e928\
                     26aa3fa9dee28eb3b0b1c62a875abf91de07d08295a304a7c006b9568702e3a81b",
        },
        Row {
            name: "a safe buys",
            order: of(SignatureType::Safe),
            exchange: Exchange::Standard,
            id: "158a39719d773d8237c5e842f522dd394a347c038df8d58763e17611eea55a62",
            digest: "158a39719d773d8237c5e842f522dd394a347c038df8d58763e17611eea55a62",
            ecdsa: "e7ec21dbd7fcdb9231a46f043108477b58fbb62d382e804c6082e52fc34ba32b\
                     320171d699e52df23af5a620ba9a7170f90cc023498ef6a6afe7af6729b5c2ff1b",
        },
        Row {
            name: "a deposit wallet buys",
            order: of(SignatureType::Contract),
            exchange: Exchange::Standard,
            id: "24247f18421e221b9752ee782408882dc5eb43255e5e834b96df9f71734dd963",
            digest: "86e9ffeceea1baaf45808534a314d5d4838cf3d0918fc7b2114bd21a00c0e35a",
            ecdsa: "45aaeb8b2df36dcfc016f229bb73fa91a46a47cc1daf209c268c27bc8e1a8ff5\
                     039214eeec96116d2dfe1a80731c37ef997d4e54a44e8b5839f757c22b2e9c581c",
        },
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn orders() {
    for row in rows() {
        let Row { name, order, exchange, .. } = row;
        assert_eq!(hex(order.id(exchange).as_slice()), row.id, "{name}");
        assert_eq!(hex(order.digest_to_sign(exchange).as_slice()), row.digest, "{name}");
        let signature = owner().sign_order(&order, exchange, false);
        assert_eq!(hex(&signature[..65]), row.ecdsa, "{name}");
        assert!(verify(&order, exchange, &signature).is_ok(), "{name}");
    }
}

#[test]
fn a_session_key_of_a_deposit_wallet() {
    let order = order(SignatureType::Contract, owner().address());
    let signature = session().sign_order(&order, Exchange::Standard, true);
    assert_eq!(signature.len(), 480);
    let head = "00000000000000000000000070997970c51812dc3a010c7d01b50e0d17dc79c8";
    assert_eq!(hex(&signature[..32]), head);
    let inner = "0546e7228faac2f4df875e732d435b0cf5463b463124a8afd6e8cfba298abb91\
                     71b5c8effa62208cba692b7ad01ab046f6fa8d92320a696efe74486d93ba70941c";
    assert_eq!(hex(&signature[128..193]), inner);
    assert_eq!(hex(&signature[443..450]), "00ba0000006492");
}

#[test]
fn proofs_of_identity() {
    let digest = l1::clob_auth_digest(owner().address(), "1700000000", U256::from(42));
    let signature = "8e61f918d542a48ff9433fb6cc4c172a2763ad53dda8afa07f77321e2e0a1e30\
                     55f29fac1408e0020dca977190fd4f01b1c73b5e2078be29c88a32887945fe2a1b";
    assert_eq!(hex(&owner().sign_digest(digest)), signature);
    let secret =
        l2::ApiSecret::from_base64("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap();
    let body = br#"{"hash": "0x123"}"#;
    let mac = l2::mac(&secret, "1000000", "test-sign", "/orders", body);
    assert_eq!(mac, "ZwAdJKvoYRlEKDkNMwd5BuwNNtg93kNaR_oU2HrfVvc=");
}

#[test]
fn wallets() {
    let one = "0x0000000000000000000000000000000000000001".parse().unwrap();
    let of = |address: betteroms_polymarket::signing::Address| address.to_string();
    let deposit = "0x94bF330955A0b957662fEaF878dE77bf25f76cD9";
    assert_eq!(of(wallet::deposit_wallet_of(one)), deposit);
    let legacy = "0x57ffBc34De23124fAeb8387fcd689d314E57aCcD";
    assert_eq!(of(wallet::legacy_deposit_wallet_of(one)), legacy);
    assert_eq!(of(wallet::safe_of(one)), "0x766b6851A199BF91Ae3fa13B1cfaC5187355118f");
    assert_eq!(of(wallet::proxy_of(one)), "0x7754536ecd85c00b2E0CF9c1aA679340D8550756");
}

#[test]
fn a_batch() {
    use betteroms_polymarket::signing::{Batch, WalletCall};
    let approve = WalletCall::Approve {
        token: contracts::PUSD,
        spender: contracts::EXCHANGE_STANDARD,
        amount: U256::MAX,
    };
    let batch = Batch {
        wallet: wallet::deposit_wallet_of(owner().address()),
        nonce: U256::from(3),
        deadline: U256::from(1_800_000_000),
        calls: vec![approve.encode()],
    };
    let digest = "0x6142217cedb047b76ab08e81bc709bef31f7afe3179bc706c79b2ebda1af39db";
    assert_eq!(batch.digest(), digest.parse::<B256>().unwrap());
}
