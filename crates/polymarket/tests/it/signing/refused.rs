//! What must not pass, and the reason that is given.

use super::{Numbers, TYPES, order, owner, session};
use betteroms_core::market::Side;
use betteroms_polymarket::signing::{
    Address, B256, BadKey, BadSignature, Batch, Exchange, LocalKey, Order, SignatureType, SignedBy,
    U256, l1, recover, verify, wallet,
};

const STANDARD: Exchange = Exchange::Standard;

fn contract() -> Order {
    order(SignatureType::Contract, owner().address())
}

fn of(order: &Order, signature: &[u8]) -> BadSignature {
    recover(order, STANDARD, signature).unwrap_err()
}

#[test]
fn an_order_for_the_other_exchange_is_told_so() {
    for kind in TYPES {
        let order = order(kind, owner().address());
        for signed in Exchange::ALL {
            let signature = owner().sign_order(&order, signed, false);
            for expected in Exchange::ALL.into_iter().filter(|other| *other != signed) {
                let bad = verify(&order, expected, &signature).unwrap_err();
                assert_eq!(bad, BadSignature::WrongExchange { signed, expected }, "{kind:?}");
            }
        }
    }
    let mut signature = owner().sign_order(&contract(), STANDARD, false);
    signature[65..97].fill(7);
    let (signed, expected) = (B256::repeat_byte(7), STANDARD.domain_separator());
    assert_eq!(of(&contract(), &signature), BadSignature::Domain { signed, expected });
}

#[test]
fn an_altered_order_is_refused_whatever_was_altered() {
    type Change = (&'static str, fn(&mut Order));
    let changes: [Change; 7] = [
        ("salt", |order| order.salt += 1),
        ("token", |order| order.token_id += U256::from(1)),
        ("maker amount", |order| order.maker_amount += U256::from(1)),
        ("taker amount", |order| order.taker_amount -= U256::from(1)),
        ("side", |order| order.side = Side::Sell),
        ("timestamp", |order| order.timestamp_ms += 1),
        ("builder", |order| order.builder = B256::repeat_byte(1)),
    ];
    for kind in TYPES {
        let order = order(kind, owner().address());
        let signature = owner().sign_order(&order, STANDARD, false);
        for (what, change) in changes {
            let mut altered = order;
            change(&mut altered);
            let bad = verify(&altered, STANDARD, &signature).unwrap_err();
            let expected = match kind {
                SignatureType::Contract => matches!(bad, BadSignature::Contents { .. }),
                _ => {
                    matches!(bad, BadSignature::WrongSigner { expected, .. } if expected == owner().address())
                }
            };
            assert!(expected, "{kind:?}, {what}: {bad}");
        }
    }
}

#[test]
fn only_the_lengths_of_the_contracts_pass() {
    for kind in TYPES {
        let order = order(kind, owner().address());
        let full = owner().sign_order(&order, STANDARD, true);
        for length in 0..=full.len() + 1 {
            let mut signature = full.clone();
            signature.resize(length, 0);
            let result = recover(&order, STANDARD, &signature);
            if length == full.len() {
                assert!(result.is_ok(), "{kind:?}");
            } else if kind == SignatureType::Contract && length == 317 {
                assert!(result.is_err(), "a session envelope cut to the length of the owner's");
            } else {
                let got = result.unwrap_err();
                let length_is = |bad: &BadSignature| matches!(bad, BadSignature::Length { got, .. } if *got == length);
                assert!(length_is(&got), "{kind:?}, {length} bytes: {got}");
            }
        }
    }
    let plain = owner().sign_digest(contract().digest_to_sign(STANDARD));
    assert!(matches!(of(&contract(), &plain), BadSignature::Length { got: 65, .. }));
}

/// The twin of a signature: n − s and the other parity.
fn twin(signature: &[u8]) -> Vec<u8> {
    let order = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let order: U256 = order.parse().unwrap();
    let mut twin = signature.to_vec();
    let s = order - U256::from_be_slice(&signature[32..64]);
    twin[32..64].copy_from_slice(&s.to_be_bytes::<32>());
    twin[64] = 55 - signature[64];
    twin
}

#[test]
fn there_is_one_signature_only() {
    for kind in TYPES {
        let order = order(kind, owner().address());
        let signature = owner().sign_order(&order, STANDARD, false);
        assert_eq!(of(&order, &twin(&signature)), BadSignature::HighS, "{kind:?}");
        assert_eq!(twin(&twin(&signature)), signature);
        for v in (0..=255).filter(|v| !matches!(v, 27 | 28)) {
            let mut other = signature.clone();
            other[64] = v;
            assert_eq!(of(&order, &other), BadSignature::RecoveryByte(v), "{kind:?}");
        }
        let mut zero = signature.clone();
        zero[..64].fill(0);
        assert_eq!(of(&order, &zero), BadSignature::Unrecoverable, "{kind:?}");
        let mut large = signature.clone();
        large[..32].fill(0xff);
        assert_eq!(of(&order, &large), BadSignature::Unrecoverable, "{kind:?}");
    }
    let signature = owner().sign_clob_auth("1", U256::ZERO);
    let high = l1::recover_clob_auth(owner().address(), "1", U256::ZERO, &twin(&signature));
    assert_eq!(high, Err(BadSignature::HighS));
}

/// The largest s that is taken, and the next: the edge itself, which no signature of ours hits.
#[test]
fn the_edge_of_a_low_s() {
    let half = "0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";
    let half: U256 = half.parse().unwrap();
    let order = order(SignatureType::Eoa, owner().address());
    let mut signature = owner().sign_order(&order, STANDARD, false);
    signature[32..64].copy_from_slice(&half.to_be_bytes::<32>());
    assert!(recover(&order, STANDARD, &signature).is_ok());
    signature[32..64].copy_from_slice(&(half + U256::from(1)).to_be_bytes::<32>());
    assert_eq!(of(&order, &signature), BadSignature::HighS);
}

#[test]
fn no_flipped_bit_passes() {
    let order = contract();
    for as_session in [false, true] {
        let good = owner().sign_order(&order, STANDARD, as_session);
        let by = recover(&order, STANDARD, &good).unwrap();
        for at in 0..good.len() {
            for bit in [1, 0x80] {
                let mut signature = good.clone();
                signature[at] ^= bit;
                let outcome = verify(&order, STANDARD, &signature);
                assert!(outcome.is_err(), "byte {at} ^ {bit} of {}: {outcome:?}", good.len());
                // Beyond the key's name and the ECDSA part, the layout alone refuses.
                let (name, ecdsa) = if as_session { (12..32, 128..193) } else { (0..0, 0..65) };
                if !name.contains(&at) && !ecdsa.contains(&at) {
                    assert!(recover(&order, STANDARD, &signature).is_err(), "byte {at}");
                }
            }
        }
        assert_eq!(by.recovered(), owner().address());
    }
}

#[test]
fn every_part_of_an_envelope_has_its_own_reason() {
    let order = contract();
    let good = owner().sign_order(&order, STANDARD, true);
    let with = |at: usize, byte: u8| {
        let mut signature = good.clone();
        signature[at] = byte;
        of(&order, &signature)
    };
    let name = B256::from_slice(&good[..32]);
    assert_eq!(with(63, 1), BadSignature::Passkey(name));
    assert_eq!(with(63, 2), BadSignature::SignerKind(U256::from(2).into()));
    assert!(matches!(with(32, 1), BadSignature::SignerKind(_)));
    assert!(matches!(with(11, 1), BadSignature::SignerWord(_)));
    assert!(matches!(with(95, 64), BadSignature::Layout(_)));
    assert!(matches!(with(127, 0), BadSignature::Layout(_)));
    assert!(matches!(with(445, 1), BadSignature::Layout(_)));
    assert_eq!(with(448, 0), BadSignature::Magic);
    assert_eq!(with(479, 0x64), BadSignature::Magic);
    assert!(matches!(with(128 + 65, 0), BadSignature::Domain { .. }));
    assert!(matches!(with(128 + 97, good[225] ^ 1), BadSignature::Contents { .. }));
    assert_eq!(with(128 + 129, b'o'), BadSignature::TypeString);
    assert_eq!(with(128 + 314, b'('), BadSignature::TypeString);
    assert_eq!(with(128 + 316, 0xbb), BadSignature::TypeStringLength(187));
}

#[test]
fn a_session_key_must_be_the_one_it_names() {
    let order = contract();
    let inner = session().sign_digest(order.digest_to_sign(STANDARD));
    let claimed = owner().address();
    let signature = order.hashed(STANDARD).wrap(inner, Some(claimed));
    let recovered = session().address();
    let by = SignedBy::Session { claimed, recovered };
    assert_eq!(recover(&order, STANDARD, &signature), Ok(by));
    let bad = BadSignature::SessionKey { claimed, recovered };
    assert_eq!(verify(&order, STANDARD, &signature), Err(bad));
}

#[test]
fn the_maker_is_the_signers_own_wallet_of_that_kind() {
    let (address, stranger) = (owner().address(), session().address());
    let check = |kind: SignatureType, maker: Address, signer: Address| {
        let order = Order { maker, signer, ..order(kind, address) };
        verify(&order, STANDARD, &owner().sign_order(&order, STANDARD, false))
    };
    let deposit = wallet::deposit_wallet_of(address);
    for (kind, maker) in [
        (SignatureType::Eoa, wallet::proxy_of(address)),
        (SignatureType::Proxy, wallet::safe_of(address)),
        (SignatureType::Proxy, wallet::proxy_of(stranger)),
        (SignatureType::Safe, deposit),
        (SignatureType::Safe, address),
    ] {
        let bad = BadSignature::NotTheirWallet { owner: address, maker };
        assert_eq!(check(kind, maker, address), Err(bad), "{kind:?}");
    }
    for maker in [wallet::deposit_wallet_of(stranger), wallet::safe_of(address), address] {
        let bad = BadSignature::NotTheirWallet { owner: address, maker };
        assert_eq!(check(SignatureType::Contract, maker, maker), Err(bad));
    }
    let bad = BadSignature::MakerIsNotSigner { maker: deposit, signer: address };
    assert_eq!(check(SignatureType::Contract, deposit, address), Err(bad));
    let legacy = wallet::legacy_deposit_wallet_of(address);
    assert_eq!(check(SignatureType::Contract, legacy, legacy), Ok(SignedBy::Owner(address)));
}

#[test]
fn a_batch_is_refused_for_the_same_reasons() {
    let batch = Batch {
        wallet: wallet::deposit_wallet_of(owner().address()),
        nonce: U256::ZERO,
        deadline: U256::from(1_800_000_000),
        calls: Vec::new(),
    };
    let signature = owner().sign_batch(&batch, false);
    assert_eq!(batch.recover(&twin(&signature)), Err(BadSignature::HighS));
    for length in [0, 64, 66, 255, 257, 317, 480] {
        let mut other = owner().sign_batch(&batch, true);
        other.resize(length, 0);
        let bad = batch.recover(&other).unwrap_err();
        assert!(matches!(bad, BadSignature::Length { got, .. } if got == length), "{length}");
    }
    let good = owner().sign_batch(&batch, true);
    for at in (0..12).chain(32..128).chain(193..256) {
        let mut signature = good.clone();
        signature[at] ^= 1;
        assert!(batch.recover(&signature).is_err(), "byte {at}");
    }
}

#[test]
fn what_is_no_key_is_not_taken_and_a_key_is_not_shown() {
    let good = super::OWNER;
    let (dots, twice) = (format!("{}..", &good[2..]), format!("0x0x{}", &good[4..]));
    for bad in
        ["", "0x", &good[1..], &format!("{good}0"), &dots, &twice, &format!(" {}", &good[1..])]
    {
        assert_eq!(LocalKey::from_hex(bad).unwrap_err(), BadKey::NotHex, "{bad}");
    }
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    for bad in ["0".repeat(64), order.to_owned(), "f".repeat(64)] {
        assert_eq!(LocalKey::from_hex(&bad).unwrap_err(), BadKey::OutOfRange, "{bad}");
    }
    let key = LocalKey::from_hex(&format!("0x{}", good.to_uppercase())).unwrap();
    assert_eq!(format!("{key:?}"), "LocalKey(0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266)");
    let wrong = [LocalKey::from_hex(order).unwrap_err(), BadKey::NotHex];
    assert!(wrong.iter().all(|bad| !bad.to_string().contains("fff")));
}

#[test]
fn noise_is_refused_and_nothing_panics() {
    let mut numbers = Numbers(5);
    for _ in 0..2_000 {
        let order = numbers.order();
        let length =
            [0, 1, 64, 65, 66, 316, 317, 318, 479, 480, 481][numbers.word()[0] as usize % 11];
        let noise: Vec<u8> = (0..length).map(|_| numbers.word()[0]).collect();
        assert!(verify(&order, STANDARD, &noise).is_err());
    }
}
