//! What every step of the story stands on: counting and comparing.

use polymarket_client_sdk_v2::error::Status;
use polymarket_client_sdk_v2::types::Decimal;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::str::FromStr as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What a step answers: nothing, or what was expected and what came instead.
pub type Told<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// A decimal of the story's own text.
pub fn d(text: &str) -> Decimal {
    Decimal::from_str(text).unwrap_or_else(|why| panic!("{text:?} in the story: {why}"))
}

/// Counts calls and checks; the first check that fails ends the story.
#[derive(Debug, Default)]
pub struct Judge {
    calls: AtomicU32,
    checks: AtomicU32,
}

impl Judge {
    /// A call did what it should: one line.
    pub fn ok(&self, call: &str, detail: impl Display) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        println!("{}", format!("ok  {call}  {detail}").trim_end());
    }

    /// Calls and checks so far.
    pub fn counts(&self) -> (u32, u32) {
        (self.calls.load(Ordering::Relaxed), self.checks.load(Ordering::Relaxed))
    }

    fn check(&self) {
        self.checks.fetch_add(1, Ordering::Relaxed);
    }

    /// Both are the same.
    pub fn same<A: Debug + PartialEq<B>, B: Debug>(&self, what: &str, got: A, expected: B) -> Told {
        self.check();
        if got == expected {
            Ok(())
        } else {
            Err(format!("{what}: expected {expected:?}, got {got:?}").into())
        }
    }

    /// It holds.
    pub fn yes(&self, what: &str, holds: bool, got: impl Debug) -> Told {
        self.check();
        if holds { Ok(()) } else { Err(format!("{what}: got {got:?}").into()) }
    }

    /// The server must refuse, with this status and a text that holds this one.
    pub fn refused<T: Debug>(
        &self,
        call: &str,
        status: u16,
        text: &str,
        answer: Result<T, polymarket_client_sdk_v2::error::Error>,
    ) -> Told {
        self.check();
        let expected = format!("{call}: expected {status} {text:?}");
        let refusal = match answer {
            Ok(answer) => return Err(format!("{expected}, got {answer:?}").into()),
            Err(refusal) => refusal,
        };
        match refusal.downcast_ref::<Status>() {
            Some(said) if said.status_code.as_u16() == status && said.message.contains(text) => {
                self.ok(call, format!("refused: {text}"));
                Ok(())
            }
            _ => Err(format!("{expected}, got {refusal}").into()),
        }
    }

    /// Reads until what was read holds, and returns it.
    pub async fn until<T: Debug, F: Future<Output = Told<T>>>(
        &self,
        what: &str,
        limit: Duration,
        read: impl Fn() -> F,
        holds: impl Fn(&T) -> bool,
    ) -> Told<T> {
        self.check();
        let begun = Instant::now();
        loop {
            let got = read().await?;
            if holds(&got) {
                return Ok(got);
            }
            if begun.elapsed() > limit {
                return Err(format!("{what}: not within {limit:?}; last: {got:?}").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
