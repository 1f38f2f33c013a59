//! The calls of a wallet, there and back, and what is not read.

use betteroms_polymarket::signing::contracts::{
    APPROVALS, Asset, CTF, CTF_ADAPTER, EXCHANGE_NEG_RISK, FURTHER_APPROVALS, NEG_RISK_CTF_ADAPTER,
    PUSD,
};
use betteroms_polymarket::signing::{Adapter, Address, B256, CtfArguments, U256, WalletCall};
use std::collections::BTreeSet;

fn all() -> Vec<(WalletCall, [u8; 4], usize)> {
    let (one, two) = (Address::repeat_byte(0x11), Address::repeat_byte(0x22));
    let amount = U256::from(1_000_000);
    let of = CtfArguments::binary(B256::repeat_byte(0x33));
    let (standard, neg_risk) = (Adapter::Standard, Adapter::NegRisk);
    let data = b"hello".as_slice().into();
    let moved = WalletCall::SafeTransferFrom {
        token: CTF,
        from: one,
        to: two,
        id: U256::MAX,
        amount,
        data,
    };
    // The selectors are the first bytes of the hashes of the signatures, as block explorers list them.
    vec![
        (
            WalletCall::AuthorizeSessionSigner { wallet: one, signer: two, valid_until: amount },
            [0x24, 0x01, 0x7f, 0xae],
            2,
        ),
        (WalletCall::RevokeSessionSigner { wallet: one, signer: two }, [0xe6, 0x3f, 0x95, 0x2f], 1),
        (
            WalletCall::Approve { token: PUSD, spender: two, amount: U256::MAX },
            [0x09, 0x5e, 0xa7, 0xb3],
            2,
        ),
        (WalletCall::Transfer { token: PUSD, to: two, amount }, [0xa9, 0x05, 0x9c, 0xbb], 2),
        (
            WalletCall::SetApprovalForAll {
                token: CTF,
                operator: EXCHANGE_NEG_RISK,
                approved: true,
            },
            [0xa2, 0x2c, 0xb4, 0x65],
            2,
        ),
        (moved, [0xf2, 0x42, 0x43, 0x2a], 7),
        (
            WalletCall::Split { adapter: standard, of: of.clone(), amount },
            [0x72, 0xce, 0x42, 0x75],
            8,
        ),
        (
            WalletCall::Merge { adapter: neg_risk, of: of.clone(), amount },
            [0x9e, 0x72, 0x12, 0xad],
            8,
        ),
        (WalletCall::Redeem { adapter: standard, of }, [0x01, 0xb7, 0x03, 0x7c], 7),
        (
            WalletCall::Convert {
                market: B256::repeat_byte(0x44),
                index_set: U256::from(5),
                amount,
            },
            [0xc6, 0x47, 0x48, 0xc4],
            3,
        ),
    ]
}

#[test]
fn every_call_is_read_as_it_was_written() {
    for (call, selector, words) in all() {
        let encoded = call.encode();
        assert_eq!(encoded.target, call.target());
        assert_eq!(encoded.value, U256::ZERO);
        assert_eq!(encoded.data[..4], selector, "{call:?}");
        assert_eq!(encoded.data.len(), 4 + 32 * words, "{call:?}");
        assert_eq!(WalletCall::decode(encoded.target, &encoded.data), Some(call));
    }
}

#[test]
fn what_another_reader_could_see_differently_is_not_read() {
    for (call, _, _) in all() {
        let (target, good) = (call.target(), call.encode().data);
        for length in 0..good.len() {
            assert_eq!(
                WalletCall::decode(target, &good[..length]),
                None,
                "{call:?} cut at {length}"
            );
        }
        assert_eq!(WalletCall::decode(target, &[&good[..], &[0]].concat()), None, "{call:?}");
        assert_eq!(WalletCall::decode(target, &[&good[..], &[0; 32]].concat()), None, "{call:?}");
        // A changed byte is another call, or none; never the same.
        for at in 0..good.len() {
            let mut other = good.to_vec();
            other[at] ^= 1;
            if let Some(read) = WalletCall::decode(target, &other) {
                assert_ne!(read, call, "byte {at}");
                assert_eq!(read.encode().data[..], other[..], "byte {at}");
            }
        }
    }
    let approve = WalletCall::Approve { token: PUSD, spender: CTF, amount: U256::from(1) };
    let mut dirty = approve.encode().data.to_vec();
    dirty[4] = 1;
    assert_eq!(WalletCall::decode(PUSD, &dirty), None, "an address of more than 20 bytes");
    let allow = WalletCall::SetApprovalForAll { token: CTF, operator: PUSD, approved: true };
    let mut dirty = allow.encode().data.to_vec();
    dirty[67] = 2;
    assert_eq!(WalletCall::decode(CTF, &dirty), None, "a bool that is two");
}

#[test]
fn what_belongs_to_an_adapter_is_read_there_only() {
    for (call, _, _) in all() {
        let data = call.encode().data;
        let through = Adapter::at(call.target()).is_some();
        for adapter in [CTF_ADAPTER, NEG_RISK_CTF_ADAPTER] {
            let convert = matches!(call, WalletCall::Convert { .. }) && adapter == CTF_ADAPTER;
            let read = WalletCall::decode(adapter, &data);
            assert_eq!(read.is_some(), through && !convert, "{call:?} at {adapter}");
        }
        assert_eq!(WalletCall::decode(CTF, &data).is_some(), !through, "{call:?}");
    }
}

#[test]
fn the_approvals_are_the_venues_seventeen() {
    let of = |asset: Asset| APPROVALS.iter().filter(|one| one.asset == asset).count();
    assert_eq!(of(Asset::Pusd), 7);
    assert_eq!(of(Asset::ConditionalTokens), 7);
    assert_eq!(of(Asset::PositionManager), 3);
    let all = APPROVALS.iter().chain(&FURTHER_APPROVALS);
    let different: BTreeSet<_> = all.map(|one| (one.asset.address(), one.spender)).collect();
    assert_eq!(different.len(), 20);
    let names: BTreeSet<_> = APPROVALS.iter().map(|one| (one.name, one.spender)).collect();
    let spenders: BTreeSet<_> = APPROVALS.iter().map(|one| one.spender).collect();
    assert_eq!(names.len(), spenders.len(), "one name for one spender");
}
