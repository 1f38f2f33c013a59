//! Sends orders to an emulator as fast as it answers, for `cargo xtask bench emulator`.
//!
//! `load STANDING ORDERS CONNECTIONS TYPE`: STANDING is what `betteroms --json emulator` says when it
//! opens, TYPE the signature type of the accounts that trade. Everything is signed before the clock
//! starts; then each connection sends an order, waits for its answer and sends the next. Nothing is
//! pipelined. One JSON line tells what came of it; an order that was not taken is an error.

mod line;
mod orders;

use betteroms_polymarket::signing::SignatureType;
use line::Line;
use orders::Requests;
use std::error::Error;
use std::io::Write as _;
use std::time::{Duration, Instant};

pub(crate) type Failed = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [standing, orders, connections, kind] = words.as_slice() else {
        return Err("load STANDING ORDERS CONNECTIONS TYPE".into());
    };
    let (orders, connections) = (orders.parse()?, connections.parse::<usize>()?.max(1));
    let standing = serde_json::from_slice(&std::fs::read(standing)?)?;
    let kind = SignatureType::try_from(kind.parse::<u8>()?)?;
    let requests = orders::signed(&standing, kind, orders)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (took, mut each) = runtime.block_on(send(requests, connections))?;
    each.sort_unstable();
    let at = |percent: usize| each.get(each.len() * percent / 100).copied().unwrap_or_default();
    let told = serde_json::json!({
        "sent": orders, "accepted": each.len(), "micros": took.as_micros(),
        "p50_micros": at(50).as_micros(), "p99_micros": at(99).as_micros(),
    });
    writeln!(std::io::stdout(), "{told}")?;
    Ok(())
}

/// Sends the orders in turn over so many connections. Tells how long all took, and each that was
/// accepted.
async fn send(
    Requests { host, forged, orders }: Requests,
    connections: usize,
) -> Result<(Duration, Vec<Duration>), Failed> {
    let refused =
        String::from_utf8_lossy(Line::open(&host).await?.ask(&forged).await?).into_owned();
    if !refused.starts_with("HTTP/1.1 400 ") || !refused.contains("signature") {
        return Err(format!("signatures are not looked at: {refused}").into());
    }
    let mut shares: Vec<Vec<Vec<u8>>> = vec![Vec::new(); connections];
    for (nth, request) in orders.into_iter().enumerate() {
        let share = shares.get_mut(nth % connections).ok_or("there is no connection")?;
        share.push(request);
    }
    let mut lines = Vec::with_capacity(connections);
    for share in shares {
        lines.push((Line::open(&host).await?, share));
    }
    let begun = Instant::now();
    let tasks: Vec<_> =
        lines.into_iter().map(|(line, share)| tokio::spawn(in_turn(line, share))).collect();
    let mut each = Vec::new();
    for task in tasks {
        each.extend(task.await??);
    }
    Ok((begun.elapsed(), each))
}

async fn in_turn(mut line: Line, requests: Vec<Vec<u8>>) -> Result<Vec<Duration>, Failed> {
    let mut each = Vec::with_capacity(requests.len());
    for request in requests {
        let begun = Instant::now();
        let answer = line.ask(&request).await?;
        each.push(begun.elapsed());
        if !is_accepted(answer) {
            return Err(format!("not accepted: {}", String::from_utf8_lossy(answer)).into());
        }
    }
    Ok(each)
}

/// 200 with an order's id.
fn is_accepted(answer: &[u8]) -> bool {
    let holds = |text: &str| answer.windows(text.len()).any(|window| window == text.as_bytes());
    answer.starts_with(b"HTTP/1.1 200 ") && holds(r#""success":true"#) && holds(r#""orderID":"0x"#)
}
