//! What the Data API says of a wallet, in both versions.

use crate::payloads::{Count, enveloped, many, one};
use crate::server::{Answer, Loopback};
use crate::shared;
use betteroms_core::market::Side;
use betteroms_core::money::Usd;
use betteroms_core::time::Time;
use betteroms_polymarket::signing::Address;
use betteroms_polymarket::wire::approvals::Approvals;
use betteroms_polymarket::wire::data::{Envelope, ResolutionRow, Single};
use betteroms_polymarket::wire::decode;
use betteroms_polymarket::wire::holdings::{ActivityKind, ActivityRow, PositionRow, WalletValue};

fn contracts(bytes: &[u8]) -> usize {
    let answer: Single<Approvals> = decode(bytes).unwrap_or_else(|error| panic!("{error}"));
    answer.0.contracts.len()
}

pub(crate) const FILES: &[(&str, Count, usize)] = &[
    ("real_polyoxide/data_v2_positions.json", enveloped::<PositionRow>, 2),
    ("real_polyoxide/data_v2_activity.json", enveloped::<ActivityRow>, 2),
    ("real_polyoxide/data_v2_value.json", one::<Single<WalletValue>>, 1),
    ("real_polyoxide/data_v2_approvals.json", contracts, 23),
    ("real_mit_hugompt/data_positions.json", many::<PositionRow>, 2),
    ("real_mit_hugompt/data_activity.json", many::<ActivityRow>, 3),
    ("real_mit_hugompt/data_value.json", many::<WalletValue>, 1),
    ("fixtures_nautilus_lgpl/data_api_positions_response.json", many::<PositionRow>, 4),
];

const LITERALS: &[(&str, Count, usize)] = &[
    ("positions_should_succeed", many::<PositionRow>, 1),
    ("activity_should_succeed", many::<ActivityRow>, 2),
    ("value_should_succeed", many::<WalletValue>, 1),
];

#[test]
fn every_recorded_answer_about_a_wallet_decodes() {
    let Some(folder) = shared::payloads("every_recorded_answer_about_a_wallet_decodes") else {
        return;
    };
    for (file, count, expected) in FILES {
        println!("{file}");
        assert_eq!(count(&std::fs::read(folder.join(file)).unwrap()), *expected, "{file}");
    }
    for (test, count, expected) in LITERALS {
        println!("{test}");
        assert_eq!(count(&shared::literal(&folder, "data.json", test)), *expected, "{test}");
    }
    assert_eq!((FILES.len(), LITERALS.len()), (8, 3));
}

#[test]
fn a_wallet_keeps_what_the_venue_said() {
    let test = "a_wallet_keeps_what_the_venue_said";
    let Some(bytes) = shared::read(test, "real_polyoxide/data_v2_positions.json") else {
        return;
    };
    let positions: Envelope<PositionRow> = decode(&bytes).unwrap();
    let row = &positions.data[0];
    assert_eq!((row.size.as_str(), row.avg_price.as_str()), ("28.09", "0.6699"));
    assert_eq!(row.entry_cost.as_str(), "18.8202");
    assert_eq!(row.entry_fees.as_ref().unwrap().as_str(), "0.31053");
    assert_eq!(row.total_cost.as_ref().unwrap().as_str(), "19.13073");
    assert_eq!((row.status.as_deref(), row.negative_risk), (Some("OPEN"), Some(true)));
    assert!(positions.next_cursor.is_some());

    let bytes = shared::read(test, "real_polyoxide/data_v2_activity.json").unwrap();
    let activity: Envelope<ActivityRow> = decode(&bytes).unwrap();
    let row = &activity.data[0];
    assert_eq!((&row.kind, row.side), (&ActivityKind::Trade, Some(Side::Buy)));
    assert_eq!(row.timestamp, Time::from_secs(1_789_381_477));
    assert_eq!(row.usdc_size.as_ref().unwrap().as_str(), "12.16184", "the fee is in it");

    let bytes = shared::read(test, "real_mit_hugompt/data_activity.json").unwrap();
    let rebates: Vec<ActivityRow> = decode(&bytes).unwrap();
    assert_eq!(rebates[0].kind, ActivityKind::TakerRebate);
    assert_eq!((&rebates[0].condition, &rebates[0].token, rebates[0].side), (&None, &None, None));

    let bytes = shared::read(test, "real_polyoxide/data_v2_approvals.json").unwrap();
    let approvals = decode::<Single<Approvals>>(&bytes).unwrap().0;
    assert_eq!(approvals.chain_id.whole(), Some(137));
    let row = |id: &str| approvals.contracts.iter().find(|row| row.id == id).unwrap();
    assert_eq!((row("UsdcCtf").amount.as_deref(), row("UsdcCtf").approved), (Some("max"), true));
    assert!(!row("UsdceCollateralOnramp").approved, "although its amount is max");
    assert_eq!(row("CtfExchangeIsApprovedForAll").amount, None);

    let bytes = shared::read(test, "real_polyoxide/data_v2_value.json").unwrap();
    assert_eq!(decode::<Single<WalletValue>>(&bytes).unwrap().0.value.as_str(), "844.4295");
    let bytes = shared::read(test, "real_polyoxide/data_v2_resolutions.json").unwrap();
    let resolved: Envelope<ResolutionRow> = decode(&bytes).unwrap();
    assert_eq!(resolved.data[0].payouts[0].whole(), Some(1_000_000));
}

#[test]
fn an_activity_we_do_not_know_keeps_its_name() {
    let text = br#"{"proxyWallet":"0x1","timestamp":1,"type":"AIRDROP","size":1}"#;
    let row: ActivityRow = decode(text).unwrap();
    assert_eq!(row.kind, ActivityKind::Other("AIRDROP".to_owned()));
    assert_eq!((row.price, row.usdc_size), (None, None));
    let error = decode::<Single<WalletValue>>(br#"{"data":null}"#).unwrap_err();
    assert_eq!(error.to_string(), "envelope.data: is missing");
}

/// A page of positions of a wallet, in the second version.
fn positions_page(wallet: Address, token: &str, next: Option<&str>) -> Answer {
    let row = serde_json::json!({
        "proxy_wallet": wallet, "token_id": token, "condition_id": format!("0x{}", "c0".repeat(32)),
        "size": 10, "avg_price": 0.5, "entry_cost_usdc": 5, "entry_fees_usdc": 0.25,
        "total_cost_usdc": 5.25, "current_price": 0.5, "current_value": 5, "realized_pnl": 0,
        "redeemable": false, "mergeable": false,
    });
    let pages =
        serde_json::json!({ "limit": 100, "has_more": next.is_some(), "next_cursor": next });
    Answer::Json(serde_json::json!({ "data": [row], "pagination": pages }).to_string())
}

#[tokio::test]
async fn the_positions_of_a_wallet_are_read_to_their_end_or_not_at_all() {
    let wallet = Address::repeat_byte(7);
    let whole = Loopback::start(move |asked| match asked.one("cursor").as_str() {
        "" => positions_page(wallet, "1", Some("next")),
        _ => positions_page(wallet, "2", None),
    })
    .await;
    let held = whole.books.holdings(wallet).await.unwrap();
    let told: Vec<(&str, Usd)> = held.iter().map(|one| (one.token.as_str(), one.cost)).collect();
    let cost = Usd::from_micros(5_250_000);
    assert_eq!(told, [("1", cost), ("2", cost)]);
    let asked = whole.asked_at("/v2/positions");
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| asked.one("user") == wallet.to_string()));

    let other = Loopback::start(move |_| positions_page(Address::ZERO, "1", None)).await;
    let error = other.books.holdings(wallet).await.unwrap_err().explain();
    assert!(error.contains("another wallet"), "{error}");
    let endless = Loopback::start(move |_| positions_page(wallet, "1", Some("same"))).await;
    let error = endless.books.holdings(wallet).await.unwrap_err().explain();
    assert!(error.contains("end"), "{error}");
    assert_eq!(
        endless.asked().len(),
        2,
        "a cursor that stands still is asked once more, and no more"
    );
}
