//! What the relayer says. Nothing of it is recorded; the bodies here are ours, to venue.md 8.4 and 9.5.

use betteroms_polymarket::wire::decode;
use betteroms_polymarket::wire::relayer::{
    Authorization, AuthorizationState, Deployed, RelayedTransaction, Revocation, RevocationState,
    TransactionParams, TransactionState,
};

#[test]
fn a_transaction_is_read_in_either_spelling() {
    let submitted: RelayedTransaction =
        decode(br#"{"transactionID":"t1","transactionHash":"","state":"STATE_NEW"}"#).unwrap();
    assert_eq!((submitted.transaction_id.as_str(), submitted.transaction_hash), ("t1", None));
    assert_eq!(submitted.state, TransactionState::New);
    let row: RelayedTransaction = decode(
        br#"{"transaction_id":"t1","transaction_hash":"0x1","state":"STATE_FAILED","error_msg":"reverted"}"#,
    )
    .unwrap();
    assert_eq!(row.transaction_hash.as_deref(), Some("0x1"));
    assert_eq!((row.state, row.error.as_deref()), (TransactionState::Failed, Some("reverted")));
    let rows = [
        ("STATE_EXECUTED", TransactionState::Executed),
        ("STATE_MINED", TransactionState::Mined),
        ("confirmed", TransactionState::Confirmed),
        ("STATE_INVALID", TransactionState::Invalid),
        ("STATE_Lost", TransactionState::Other("STATE_Lost".to_owned())),
    ];
    for (text, expected) in rows {
        let text = format!(r#"{{"transaction_id":"t","state":"{text}"}}"#);
        assert_eq!(decode::<RelayedTransaction>(text.as_bytes()).unwrap().state, expected);
    }
}

#[test]
fn a_nonce_and_a_wallet_are_read() {
    assert_eq!(decode::<Deployed>(br#"{"deployed":true}"#).unwrap(), Deployed(true));
    let params: TransactionParams = decode(br#"{"address":"0xa","nonce":"31"}"#).unwrap();
    assert_eq!((params.address.as_str(), params.nonce.whole()), ("0xa", Some(31)));
    for nonce in ["\"\"", "\"x\"", "null", "true"] {
        let text = format!(r#"{{"address":"0xa","nonce":{nonce}}}"#);
        let error = decode::<TransactionParams>(text.as_bytes()).unwrap_err();
        assert_eq!(error.path, "transaction-params.nonce", "{nonce}");
    }
}

#[test]
fn session_signers_come_and_go_by_their_states() {
    let rows = [
        ("SUBMITTED", AuthorizationState::Submitted),
        ("REGISTRY_PENDING", AuthorizationState::RegistryPending),
        ("registered", AuthorizationState::Registered),
        ("FAILED", AuthorizationState::Failed),
        ("SUPERSEDED", AuthorizationState::Superseded),
        ("REPAIR_REQUIRED", AuthorizationState::RepairRequired),
        ("Queued", AuthorizationState::Other("Queued".to_owned())),
    ];
    for (text, expected) in rows {
        let text = format!(r#"{{"status":"{text}","transactionId":"t","transactionHash":null}}"#);
        let answer: Authorization = decode(text.as_bytes()).unwrap();
        assert_eq!((answer.status, answer.transaction_hash), (expected, None));
    }
    let rows = [
        ("PENDING", RevocationState::Pending),
        ("FENCED", RevocationState::Fenced),
        ("SWEPT", RevocationState::Swept),
        ("CHAIN_SUBMITTED", RevocationState::ChainSubmitted),
        ("CONFIRMED", RevocationState::Confirmed),
        ("failed", RevocationState::Failed),
        ("", RevocationState::Other(String::new())),
    ];
    for (text, expected) in rows {
        let text = format!(r#"{{"status":"{text}","fenced":true,"transactionId":"t"}}"#);
        let answer: Revocation = decode(text.as_bytes()).unwrap();
        assert_eq!((answer.status, answer.fenced), (expected, true));
    }
}
