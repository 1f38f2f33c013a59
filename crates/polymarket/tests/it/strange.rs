//! Unknown fields are tolerated and warned about once.

use crate::payloads::Count;
use crate::{frames, holdings, orders, shared, trades};
use betteroms_polymarket::wire::book::BookAnswer;
use betteroms_polymarket::wire::decode;
use betteroms_polymarket::wire::frames::Frame;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Lines {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

#[test]
fn an_unknown_field_is_tolerated_and_warned_about_once() {
    let lines = Lines::default();
    let book = |extra: &str| {
        format!(r#"{{"market":"0x1","asset_id":"1","timestamp":"1","bids":[],"asks":[]{extra}}}"#)
    };
    let strange = book(r#","quantum_\u001b[31m":{"a":[1,2.5e3]}"#);
    tracing::subscriber::with_default(lines.clone(), || {
        for text in [&strange, &strange, &book("")] {
            decode::<BookAnswer>(text.as_bytes()).unwrap();
        }
    });
    let lines = lines.0.lock().unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("WARN"), "{lines:?}");
    assert!(lines[0].contains("quantum_\\u{1b}[31m"), "printable: {lines:?}");
}

#[test]
fn no_recorded_answer_of_trading_holds_a_field_we_do_not_know() {
    let test = "no_recorded_answer_of_trading_holds_a_field_we_do_not_know";
    let Some(folder) = shared::payloads(test) else {
        return;
    };
    let lines = Lines::default();
    let lgpl = |(file, count, _): &(&str, Count, usize)| {
        (format!("fixtures_nautilus_lgpl/{file}"), *count)
    };
    let whole = |(file, count, _): &(&str, Count, usize)| ((*file).to_owned(), *count);
    let files = orders::FILES.iter().chain(trades::FILES).map(lgpl);
    let files = files.chain(holdings::FILES.iter().chain(frames::BODIES).map(whole));
    tracing::subscriber::with_default(lines.clone(), || {
        for (file, count) in files {
            assert!(count(&std::fs::read(folder.join(&file)).unwrap()) > 0, "{file}");
        }
        for (file, _, _) in frames::FRAMES {
            assert!(Frame::read(&std::fs::read_to_string(folder.join(file)).unwrap()).is_ok());
        }
    });
    let lines = lines.0.lock().unwrap();
    assert!(lines.is_empty(), "{lines:#?}");
}
