//! The history of what was sent (`R14`): every order in every request of the venue's own log, against what the
//! journal says that it signed and sent again. The log is the witness: it has the bytes of each request, taken
//! down before the venue looked at them, whether or not an answer came.

use crate::desk::Desk;
use crate::ledger::texts;
use crate::real_scene::{ORDERS, Scene};
use betteroms_core::event::{Event, OrderFact};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Looks in vain before the same bytes may leave a second time (`docs/decisions/0005-real-pass.md`).
const LOOKS: usize = 3;

/// What both sides say, copied, so that a test can plant what must be seen.
#[derive(Clone, Debug)]
pub(crate) struct History {
    /// The lines of the venue's log, from its first.
    pub(crate) log: Vec<Value>,
    /// The journal's facts about orders at the venue.
    pub(crate) journal: Vec<Event>,
}

/// What the check found, and how much it looked at.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Orders in requests that arrived, each as often as it did.
    pub(crate) sent: usize,
    /// Second sendings that the journal has.
    pub(crate) resent: usize,
    /// The hashes of orders of which the venue got fewer sendings than were recorded, and which it never took.
    pub(crate) lost: BTreeSet<String>,
    /// What cannot be.
    pub(crate) wrong: Vec<String>,
}

/// An order as the journal signed it.
struct Signed<'a> {
    intent: String,
    body: &'a str,
    resent: usize,
}

impl History {
    /// What a venue and a store say.
    pub(crate) fn of(venue: &Desk, db: &Path) -> Self {
        let log = venue.ask_text("GET", "/emulator/log?after=0", "");
        let log: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(log.first().expect("a log")["seq"], 1, "the log is longer than what it tells");
        let facts = "SELECT body FROM events WHERE kind LIKE 'order\\_%' ESCAPE '\\' ORDER BY seq";
        let facts = texts(db, facts);
        let journal = facts.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
        Self { log, journal }
    }

    /// Every order at most once, the same bytes a second time only where the journal has it and three looks
    /// came between, nothing that was not signed, and at most one order placed for each intent.
    pub(crate) fn check(&self) -> Findings {
        let signed = self.signed();
        let mut found =
            Findings { resent: signed.values().map(|one| one.resent).sum(), ..Findings::default() };
        let mut sent: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let away = self.turned_away();
        let arrived = |line: &Value| is_sending(line) && !away.contains(&line["request"].as_u64());
        for (at, line) in self.log.iter().enumerate().filter(|(_, line)| arrived(line)) {
            let text = line["body"].as_str().expect("a body");
            let before = found.sent;
            for (hash, order) in &signed {
                let times = text.matches(order.body).count();
                found.sent += times;
                sent.entry(hash).or_default().extend(std::iter::repeat_n(at, times));
            }
            let (known, all) = (found.sent - before, legs(text));
            if known != all {
                found.wrong.push(format!("of {all} orders in a request {known} were signed"));
            }
        }
        for (hash, at) in &sent {
            let order = &signed[*hash];
            let intent = &order.intent;
            if order.resent > 1 || at.len() > 1 + order.resent {
                let (times, resent) = (at.len(), order.resent);
                found.wrong.push(format!(
                    "{intent} was sent {times} times, {resent} of them recorded as again"
                ));
            }
            for pair in at.windows(2) {
                let looks = self.looks(hash, pair[0], pair[1]);
                if looks < LOOKS {
                    found.wrong.push(format!("{intent} was sent again after {looks} looks"));
                }
            }
        }
        let placed = self.placed();
        found.lost = signed
            .iter()
            .filter(|(hash, one)| {
                let arrived = sent.get(hash.as_str()).map_or(0, Vec::len);
                one.resent > 0 && arrived <= one.resent && !placed.contains(*hash)
            })
            .map(|(hash, _)| hash.clone())
            .collect();
        found.wrong.extend(placed_twice(&signed, &placed));
        found
    }

    /// The requests that the venue turned away for their rate, unread: their bytes may go out again.
    fn turned_away(&self) -> BTreeSet<Option<u64>> {
        let away = |line: &&Value| line["topic"] == "answer" && line["status"] == 429;
        self.log.iter().filter(away).map(|line| line["request"].as_u64()).collect()
    }

    /// What the journal signed, by hash.
    fn signed(&self) -> BTreeMap<String, Signed<'_>> {
        let (mut signed, mut last) = (BTreeMap::new(), BTreeMap::new());
        for event in &self.journal {
            let Event::AtVenue { id, fact } = event else { continue };
            if let OrderFact::Signed { venue, body } = fact {
                let hash = venue.as_str().to_lowercase();
                last.insert(id, hash.clone());
                signed.insert(hash, Signed { intent: id.to_string(), body, resent: 0 });
            }
            if let OrderFact::Resent = fact {
                signed.get_mut(&last[id]).expect("signed before").resent += 1;
            }
        }
        signed
    }

    /// How often the venue was asked for an order between two lines of its log.
    fn looks(&self, hash: &str, from: usize, to: usize) -> usize {
        let path = format!("/data/order/{hash}");
        let is_look = |line: &&Value| {
            line["topic"] == "request"
                && line["path"].as_str().is_some_and(|asked| asked.eq_ignore_ascii_case(&path))
        };
        self.log[from..to.max(from)].iter().filter(is_look).count()
    }

    /// The hashes of what the venue took.
    fn placed(&self) -> BTreeSet<String> {
        let lines = self.log.iter().filter(|line| line["change"] == "placed");
        lines.map(|line| line["of"]["id"].as_str().expect("a hash").to_lowercase()).collect()
    }
}

fn placed_twice(signed: &BTreeMap<String, Signed<'_>>, placed: &BTreeSet<String>) -> Vec<String> {
    let mut intents: BTreeMap<&str, usize> = BTreeMap::new();
    for order in placed.iter().filter_map(|hash| signed.get(hash)) {
        *intents.entry(&order.intent).or_default() += 1;
    }
    let twice = intents.iter().filter(|(_, orders)| **orders > 1);
    twice.map(|(intent, orders)| format!("{orders} orders were placed for {intent}")).collect()
}

/// A request that sends orders.
pub(crate) fn is_sending(line: &Value) -> bool {
    let path = line["path"].as_str();
    line["topic"] == "request"
        && line["method"] == "POST"
        && path.is_some_and(|path| path == "/order" || path == "/orders")
}

fn legs(text: &str) -> usize {
    let read: Value = serde_json::from_str(text).expect("a request is JSON");
    read.as_array().map_or(1, Vec::len)
}

/// The same bytes again, to the venue itself, which takes no order twice: only its log shows it.
#[test]
fn a_planted_second_sending_is_seen_though_the_venue_takes_no_order_twice() {
    let scene = Scene::new();
    let stage = scene.stage();
    let restart = scene.again(&stage);
    assert_eq!(scene.judge(&stage, &restart), Vec::<String>::new());
    let signed = History::of(&stage.venue, &stage.db).journal.into_iter().find_map(|event| {
        let Event::AtVenue { fact: OrderFact::Signed { venue, body }, .. } = event else {
            return None;
        };
        Some((venue, body))
    });
    let (hash, body) = signed.expect("a signed order");
    let answer = scene.trader.send(&stage.venue, hash.as_str(), &body);
    println!("the venue's answer: {answer:?}");
    let found = scene.judge(&stage, &restart);
    assert_eq!(stage.venue.placed().len(), ORDERS, "the venue took it twice");
    println!("{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].ends_with("was sent 2 times, 0 of them recorded as again"), "{found:?}");
    assert!(found[1].ends_with("was sent again after 0 looks"), "{found:?}");
    scene.sweep(stage);
}

/// What is planted into a history, and as what it must be seen.
type Plant = (&'static str, fn(&mut History), &'static str);

const PLANTS: [Plant; 5] = [
    ("a third sending", third, "was sent 3 times, 1 of them recorded as again"),
    ("no looks", blind, "was sent again after 0 looks"),
    ("bytes that nobody signed", strange, "of 1 orders in a request 0 were signed"),
    ("recorded twice as again", twice, "was sent 2 times, 2 of them recorded as again"),
    ("not recorded as again", unrecorded, "was sent 2 times, 0 of them recorded as again"),
];

fn third(planted: &mut History) {
    let last = planted.log.iter().rfind(|line| is_sending(line)).unwrap().clone();
    planted.log.push(last);
}

fn blind(planted: &mut History) {
    planted
        .log
        .retain(|line| !line["path"].as_str().is_some_and(|at| at.starts_with("/data/order/")));
}

fn strange(planted: &mut History) {
    let mut one = planted.log.iter().find(|line| is_sending(line)).unwrap().clone();
    one["body"] = json!(r#"{"order": {}}"#);
    planted.log.push(one);
}

fn twice(planted: &mut History) {
    let again = planted.journal.iter().find(|event| is_resent(event)).unwrap().clone();
    planted.journal.push(again);
}

fn unrecorded(planted: &mut History) {
    planted.journal.retain(|event| !is_resent(event));
}

const fn is_resent(event: &Event) -> bool {
    matches!(event, Event::AtVenue { fact: OrderFact::Resent, .. })
}

/// A request that is lost: twelve orders are sent again as they may be, and each of the plants is seen.
#[test]
fn a_second_sending_is_allowed_once_after_three_looks_and_a_record() {
    let scene = Scene::new();
    let stage = scene.stage();
    stage.venue.fault(&json!({"on": "POST /orders", "times": 1, "what": "drop"}));
    let run = scene.again(&stage);
    assert_eq!(scene.judge(&stage, &run), Vec::<String>::new());
    let history = History::of(&stage.venue, &stage.db);
    let found = history.check();
    println!("{found:?}");
    assert_eq!((found.sent, found.resent), (2 * ORDERS, ORDERS));
    for (what, plant, seen_as) in PLANTS {
        let mut planted = history.clone();
        plant(&mut planted);
        let wrong = planted.check().wrong;
        println!("{what}: {wrong:?}");
        assert!(wrong.iter().any(|one| one.contains(seen_as)), "{what}: {wrong:?}");
    }
    scene.sweep(stage);
}

/// Orders that the venue turned away unread are put on the wire again in the same pass, and only those.
#[test]
fn what_was_turned_away_for_its_rate_is_sent_again_and_nothing_else() {
    let scene = Scene::new();
    let stage = scene.stage();
    let away = json!({"status": {"status": 429, "retry_after": 1}});
    stage.venue.fault(&json!({"on": "POST /orders", "times": 1, "what": away}));
    let run = scene.again(&stage);
    assert_eq!(scene.judge(&stage, &run), Vec::<String>::new());
    let mut history = History::of(&stage.venue, &stage.db);
    assert_eq!(history.turned_away().len(), 1);
    assert_eq!(stage.venue.placed().len(), ORDERS, "in one pass");
    for line in history.log.iter_mut().filter(|line| line["status"] == 429) {
        line["status"] = json!(200);
    }
    let wrong = history.check().wrong;
    println!("had it arrived: {wrong:?}");
    assert!(wrong.iter().any(|one| one.contains("was sent 2 times")), "{wrong:?}");
    scene.sweep(stage);
}
