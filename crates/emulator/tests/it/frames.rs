//! Faults of a socket's frames, set by rule and met by a listener.

use super::house::{House, YES};
use betteroms_emulator::serve::call::Service;
use futures_util::{SinkExt as _, StreamExt as _};
use std::time::Duration;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// What a listener hears of a first book and of so many levels, until half a second is silent; and
/// whether the link is over then.
async fn heard(rule: Option<&str>, levels: u32) -> (Vec<String>, bool) {
    let house = House::new().await;
    house.list();
    if let Some(rule) = rule {
        house.fault(rule).await;
    }
    let url = format!("ws://{}/ws/market", house.open.address(Service::Clob));
    let (mut socket, _) = connect_async(url).await.unwrap();
    let first = format!(r#"{{"assets_ids":["{YES}"],"type":"market"}}"#);
    socket.send(Message::text(first)).await.unwrap();
    let (mut frames, mut is_over) = (Vec::new(), false);
    for step in 0..=levels {
        loop {
            match tokio::time::timeout(Duration::from_millis(300), socket.next()).await {
                Ok(Some(Ok(Message::Text(text)))) => frames.push(text.to_string()),
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(_)) | None) => {
                    is_over = true;
                    break;
                }
                Err(_) => break,
            }
        }
        if step < levels {
            let size = step + 10;
            let level = format!(
                r#"{{"do":"level","token":"{YES}","side":"BUY","price":"0.4","size":"{size}"}}"#
            );
            assert_eq!(house.control("POST", "/emulator/crowd", &level).await.0, 200);
        }
    }
    (frames, is_over)
}

/// The sizes of the levels heard.
fn sizes(frames: &[String]) -> Vec<String> {
    let values = frames.iter().map(|frame| serde_json::from_str(frame).unwrap());
    let changes = values.flat_map(|frame: serde_json::Value| {
        frame.as_array().cloned().unwrap_or_else(|| vec![frame])
    });
    let of = |event: serde_json::Value| {
        let size = event["price_changes"][0]["size"].as_str().map(str::to_owned);
        size.filter(|_| event["event_type"] == "price_change")
    };
    changes.filter_map(of).collect()
}

#[tokio::test]
async fn frames_go_wrong_as_the_rule_says() {
    let (frames, is_over) = heard(None, 3).await;
    assert_eq!((sizes(&frames), is_over), (["10", "11", "12"].map(str::to_owned).to_vec(), false));
    let only = |nth: u32, what: &str| {
        format!(r#"{{"on":"socket market","match":"price_change","nth":{nth},"what":"{what}"}}"#)
    };
    let (frames, _) = heard(Some(&only(2, "socket_lose")), 3).await;
    assert_eq!(sizes(&frames), ["10", "12"]);
    let (frames, _) = heard(Some(&only(2, "socket_duplicate")), 3).await;
    assert_eq!(sizes(&frames), ["10", "11", "11", "12"]);
    let (frames, _) = heard(Some(&only(2, "socket_reorder")), 3).await;
    assert_eq!(sizes(&frames), ["10", "12", "11"]);
    let (frames, is_over) = heard(Some(&only(2, "socket_silent")), 3).await;
    assert_eq!((sizes(&frames), is_over), (vec!["10".to_owned()], false));
    let (frames, is_over) = heard(Some(&only(2, "socket_drop")), 3).await;
    assert_eq!((sizes(&frames), is_over), (vec!["10".to_owned()], true));
}
