//! Equal inputs, equal bytes: two emulators of one script and one seed are told the same random story;
//! their answers and their logs are the same to the letter. Another seed gives others.

use super::house::House;
use super::random::{people, story};
use super::stage::{Asked, Told, plain};
use betteroms_emulator::log::Log;
use betteroms_emulator::serve::call::Service::{Clob, Data, Gamma};

/// What everybody is asked at the end of a story.
fn last_looks() -> Vec<Asked> {
    let paths =
        ["/emulator", "/emulator/ledger", "/emulator/accounts", "/emulator/faults", "/markets"];
    let mut looks: Vec<Asked> = paths.map(|path| plain(Clob, "GET", path, "")).into();
    for path in ["/events", "/markets", "/tags"] {
        looks.push(plain(Gamma, "GET", path, ""));
    }
    for path in ["/trades?limit=500&takerOnly=false", "/v2/trades", "/v2/resolutions"] {
        looks.push(plain(Data, "GET", path, ""));
    }
    looks
}

/// Every answer, `None` where the connection ended, and the log's file.
async fn run(seed: u64, asked: Option<&[Asked]>) -> (Vec<Asked>, Vec<Option<Told>>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let (house, staged) = House::staged(seed, Log::append_to(&path).unwrap()).await;
    let asked = asked.map_or_else(
        || [story(0x5eed, &people(&staged), 300), last_looks()].concat(),
        <[Asked]>::to_vec,
    );
    let mut answers = Vec::with_capacity(asked.len());
    for one in &asked {
        answers.push(house.ask(one).await.ok());
    }
    (asked, answers, std::fs::read(&path).unwrap())
}

#[tokio::test]
async fn equal_inputs_give_equal_bytes() {
    let (asked, answers, log) = run(7, None).await;
    let (_, again, log_again) = run(7, Some(&asked)).await;
    for ((one, other), asked) in answers.iter().zip(&again).zip(&asked) {
        assert_eq!(one, other, "{} {}", asked.method, asked.path);
    }
    let (log, log_again) = (String::from_utf8(log).unwrap(), String::from_utf8(log_again).unwrap());
    for (one, other) in log.lines().zip(log_again.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(log, log_again);
    // The story was worth comparing.
    assert!(answers.iter().filter(|answer| answer.is_none()).count() >= 5);
    assert!(log.matches(r#""topic":"fault""#).count() >= 20);
    assert!(log.matches(r#""change":"trade""#).count() >= 50);

    // The people of another seed have other keys; what is public differs in its ids and strikes.
    let (_, other, log_other) = run(8, None).await;
    assert_ne!(answers, other);
    assert_ne!(log.as_bytes(), log_other);
}
