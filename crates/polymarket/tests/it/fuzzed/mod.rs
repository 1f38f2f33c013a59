//! Hostile replies (`R17`): recorded answers and answers made up, spoiled in their bytes and in their words, before
//! every reader of what the venue, the chain and the relayer say. No panic, no endless work, nothing that grows
//! beyond what came in; what is not believed is a typed error in one printable sentence.
//!
//! A case is made of its number alone: `BETTEROMS_FUZZ_CASE` runs that one. `BETTEROMS_PROVE_CASES` sets how many.
//!
//! Planted by hand and seen red: an index before the start in [`Numeral::parse`], the name of a repeated field shown
//! as it came. [`ByName`] kept the last of two equal keys until this test found it.
//!
//! [`Numeral::parse`]: betteroms_polymarket::wire::Numeral::parse
//! [`ByName`]: betteroms_polymarket::wire::prices::ByName

mod answers;
mod believed;
mod mangle;

use crate::shared;
use answers::{READERS, Reader, Verdict, recorded};
use betteroms_polymarket::account::catalogue;
use betteroms_polymarket::is_hostile;
use betteroms_polymarket::wire::Problem;
use betteroms_polymarket::wire::refusal::RefusalBody;
use mangle::{Dice, mangled};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A case that takes longer does not end in time; most take microseconds.
const CASE_MAX: Duration = Duration::from_secs(5);
/// A sentence is no longer, whatever came.
const SENTENCE_MAX: usize = 400;

/// Answers, and who believes which.
struct Corpus {
    all: Vec<Vec<u8>>,
    believed: Vec<Vec<usize>>,
}

impl Corpus {
    fn of(all: Vec<Vec<u8>>) -> Self {
        let own = |reader: &Reader| {
            let own = all.iter().enumerate().filter(|(_, seed)| (reader.read)(seed).is_ok());
            own.map(|(at, _)| at).collect()
        };
        Self { believed: READERS.iter().map(own).collect(), all }
    }

    /// The reader and the answer of a case.
    fn case(&self, number: u64) -> (&'static Reader, Vec<u8>) {
        let mut dice = Dice::new(number);
        let nth = dice.below(READERS.len());
        let own = &self.all[*dice.pick(&self.believed[nth])];
        (&READERS[nth], mangled(&mut dice, own, &self.all))
    }
}

fn kind(problem: &Problem) -> &'static str {
    match problem {
        Problem::NotJson => "not JSON",
        Problem::TooDeep => "too deep",
        Problem::TooMuch => "too much",
        Problem::Not(_) => "not of the form",
        Problem::Missing => "missing",
        Problem::Twice => "twice",
    }
}

fn is_fit(text: &str, length: usize) -> bool {
    !text.is_empty() && text.chars().count() <= length && !text.chars().any(is_hostile)
}

/// What is wrong with a verdict; `None` where nothing is.
fn wrong(answer: &[u8], verdict: &Verdict) -> Option<String> {
    match verdict {
        Ok(shown) if shown.len() > 512 * answer.len() + 4_096 => {
            Some(format!("{} bytes became {}", answer.len(), shown.len()))
        }
        Ok(_) if repeats_a_key(answer) => Some("a key stands twice and was believed".to_owned()),
        Ok(_) => None,
        Err(error) => {
            let text = error.to_string();
            (!is_fit(&text, SENTENCE_MAX)).then(|| format!("not a sentence: {text:?}"))
        }
    }
}

/// Whether the outermost object has a key twice, by another reader than ours.
fn repeats_a_key(answer: &[u8]) -> bool {
    struct Keys;
    impl<'de> serde::de::Visitor<'de> for Keys {
        type Value = bool;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
            let mut seen = std::collections::BTreeSet::new();
            let mut is_repeated = false;
            while let Some((key, _)) = map.next_entry::<String, serde::de::IgnoredAny>()? {
                is_repeated |= !seen.insert(key);
            }
            Ok(is_repeated)
        }
    }
    let mut reader = serde_json::Deserializer::from_slice(answer);
    serde::Deserializer::deserialize_map(&mut reader, Keys).unwrap_or(false)
}

/// The body of an error is read whatever it is; what it says can be shown, and no code is made up for it.
fn wrong_refusal(dice: &mut Dice, answer: &[u8]) -> Option<String> {
    let body = RefusalBody::read(answer);
    let status = *dice.pick(&[200, 400, 401, 403, 404, 418, 425, 429, 500, 503, 999]);
    let row = catalogue::find(status, &body);
    let lower = body.text.to_lowercase();
    let says = row.words.iter().all(|word| lower.contains(word));
    let texts = [Some(&body.text), body.code.as_ref()];
    let is_shown = texts.into_iter().flatten().all(|text| !text.chars().any(is_hostile));
    // 600 characters, each of them at most an escape of eight.
    let is_bounded = body.text.chars().count() <= 600 * 8;
    (!is_shown || !is_bounded || !says).then(|| format!("{status}: {body:?} is {row:?}"))
}

fn cases() -> u64 {
    let set = std::env::var("BETTEROMS_PROVE_CASES").ok().and_then(|text| text.parse().ok());
    set.unwrap_or(25_000)
}

#[derive(Default)]
struct Tally {
    kinds: BTreeMap<&'static str, u64>,
    by_reader: BTreeMap<&'static str, [u64; 2]>,
    slowest: Duration,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.slowest = self.slowest.max(other.slowest);
        self.wrong.extend(other.wrong);
        for (kind, count) in other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        for (name, both) in other.by_reader {
            let here = self.by_reader.entry(name).or_default();
            here.iter_mut().zip(both).for_each(|(here, more)| *here += more);
        }
    }

    fn take(&mut self, corpus: &Corpus, number: u64) {
        let (reader, answer) = corpus.case(number);
        let begun = Instant::now();
        let both = std::panic::catch_unwind(|| {
            let verdict = (reader.read)(&answer);
            let refusal = wrong_refusal(&mut Dice::new(number), &answer);
            (
                wrong(&answer, &verdict).or(refusal),
                verdict.map(|_| ()).map_err(|e| kind(&e.problem)),
            )
        });
        let spent = begun.elapsed();
        self.slowest = self.slowest.max(spent);
        let (mut wrong, verdict) =
            both.unwrap_or_else(|_| (Some("it panicked".to_owned()), Err("panic")));
        if spent > CASE_MAX {
            wrong = Some(format!("it took {spent:?}"));
        }
        let is_believed = usize::from(verdict.is_ok());
        *self.kinds.entry(verdict.err().unwrap_or("believed")).or_default() += 1;
        self.by_reader.entry(reader.name).or_default()[is_believed] += 1;
        if let Some(wrong) = wrong {
            let shown = String::from_utf8_lossy(&answer[..answer.len().min(600)]).into_owned();
            self.wrong
                .push(format!("BETTEROMS_FUZZ_CASE={number} {}: {wrong}: {shown:?}", reader.name));
        }
    }
}

#[test]
fn no_answer_breaks_a_reader() {
    let Some(folder) = shared::payloads("no_answer_breaks_a_reader") else {
        return;
    };
    let corpus = Corpus::of(recorded(&folder));
    for (reader, own) in READERS.iter().zip(&corpus.believed) {
        assert!(!own.is_empty(), "no answer for {}", reader.name);
    }
    if let Ok(one) = std::env::var("BETTEROMS_FUZZ_CASE") {
        let mut tally = Tally::default();
        tally.take(&corpus, one.parse().unwrap());
        println!("{:?} {:?}", tally.kinds, tally.wrong);
        return;
    }
    let (begun, cases) = (Instant::now(), cases());
    let tally = worked(&corpus, cases);
    println!(
        "R17: {cases} answers to {} readers in {:?}, the slowest {:?}: {:?}",
        READERS.len(),
        begun.elapsed(),
        tally.slowest,
        tally.kinds
    );
    assert!(tally.wrong.is_empty(), "{:#?}", tally.wrong);
    for (name, both) in &tally.by_reader {
        assert!(both.iter().all(|count| *count > cases / 20_000), "{name}: {both:?}");
    }
    for kind in ["believed", "not JSON", "too deep", "not of the form", "missing", "twice"] {
        assert!(tally.kinds.get(kind).is_some_and(|count| *count > cases / 1_000), "{kind}");
    }
}

/// All cases, shared out among the processors.
fn worked(corpus: &Corpus, cases: u64) -> Tally {
    let hands = std::thread::available_parallelism().map_or(1, |hands| hands.get() as u64);
    let of_hand = |hand: u64| {
        let mut tally = Tally::default();
        for number in (hand..cases).step_by(usize::try_from(hands).unwrap()) {
            tally.take(corpus, number);
            // Twenty tell enough.
            if tally.wrong.len() > 20 {
                break;
            }
        }
        tally
    };
    std::thread::scope(|threads| {
        let all: Vec<_> = (0..hands).map(|hand| threads.spawn(move || of_hand(hand))).collect();
        let mut tally = Tally::default();
        for one in all {
            tally.add(one.join().unwrap());
        }
        tally
    })
}
