//! Canaries (`R29`): key, API secret and passphrase of a real account, looked for in everything that a run says
//! or keeps, at trace level, with a venue that answers nonsense; and in the arguments and the environment that
//! other programs can read.

use crate::trader::{PASSPHRASE, Trader, trade};
use serde_json::json;
use std::collections::BTreeMap;
use std::process::Stdio;

/// A secret in the forms in which it could leak.
fn forms(name: &str, bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let url: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
    let text = |form: &str, text: String| (format!("{name} {form}"), text.into_bytes());
    let mut all = vec![
        (format!("{name} raw"), bytes.to_vec()),
        text("hex", hex.clone()),
        text("HEX", hex.to_uppercase()),
        text("url", url),
    ];
    for shift in 0..3 {
        // What a text around it does to base64.
        let padded: Vec<u8> = std::iter::repeat_n(0, shift).chain(bytes.iter().copied()).collect();
        let told = base64(&padded);
        let inner: String = told.chars().skip(if shift == 0 { 0 } else { 4 }).collect();
        let inner = inner.trim_end_matches('=');
        let inner: String = inner.chars().take(inner.len().saturating_sub(2)).collect();
        all.push(text("base64", inner.clone()));
        all.push(text("url base64", inner.replace('+', "-").replace('/', "_")));
    }
    all.retain(|(_, form)| form.len() >= 12);
    all
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        let word = word << (8 * (3 - chunk.len()));
        for nth in 0..=chunk.len() {
            out.push(char::from(LETTERS[(word >> (18 - 6 * nth) & 63) as usize]));
        }
    }
    out
}

/// Where a canary stands, whole or in a window of sixteen characters.
fn hits(places: &BTreeMap<String, Vec<u8>>, canaries: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut found = Vec::new();
    for (place, bytes) in places {
        for (name, form) in canaries {
            let window = form.len().min(16);
            let leaks = form
                .windows(window)
                .step_by(4)
                .any(|part| bytes.windows(window).any(|here| here == part));
            if leaks {
                found.push(format!("{name} in {place}"));
            }
        }
    }
    found
}

fn canaries(trader: &Trader, name: &str) -> Vec<(String, Vec<u8>)> {
    let account = trader.venue.account(name);
    let key = account["privateKey"].as_str().unwrap().trim_start_matches("0x");
    let key: Vec<u8> =
        (0..32).map(|n| u8::from_str_radix(&key[2 * n..2 * n + 2], 16).unwrap()).collect();
    let secret = account["credentials"]["secret"].as_str().unwrap();
    let phrase = account["credentials"]["passphrase"].as_str().unwrap();
    let mut all = forms("key", &key);
    all.push(("secret as told".to_owned(), secret.as_bytes().to_vec()));
    all.extend(forms("secret", secret.as_bytes()));
    all.extend(forms("API passphrase", phrase.as_bytes()));
    all.extend(forms("passphrase", PASSPHRASE.as_bytes()));
    all
}

#[test]
fn no_secret_is_in_anything_that_is_said_or_kept() {
    let trader = Trader::new("bob");
    let canaries = canaries(&trader, "bob");
    let plan = trader.plan(
        "quiet",
        &[trade("rain", "BUY", "0.33", 10, "GTC"), trade("rain", "BUY", "0.31", 10, "GTC")],
    );
    let config = trader.house.path("config.toml");
    let commands: [&[&str]; 8] = [
        &["preview", &plan],
        &["run", "--real", &plan],
        &["--json", "run", "--real"],
        &["status"],
        &["orders"],
        &["cancel", "quiet/1/1"],
        &["panic"],
        &["db", "verify"],
    ];
    let mut places = BTreeMap::new();
    let mut said = 0;
    for (nth, arguments) in commands.iter().enumerate() {
        if nth == 1 {
            trader.venue.fault(&json!({"on": "POST /orders", "times": 1, "what": "malformed"}));
        }
        if nth == 2 {
            let what = json!({"status": {"status": 401}});
            trader.venue.fault(&json!({"on": "GET /data/trades", "times": 1, "what": what}));
        }
        let mut command = trader.house.bare();
        command.env("BETTEROMS_LOG", "trace").arg("--config").arg(&config);
        command.arg("--db").arg(trader.house.db()).args(*arguments);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = child.id();
        for file in ["cmdline", "environ"] {
            let seen = std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            places.insert(format!("{file} of {nth}"), seen);
        }
        let output = child.wait_with_output().unwrap();
        said += output.stdout.len() + output.stderr.len();
        places.insert(format!("output of {nth}"), output.stdout);
        places.insert(format!("errors of {nth}"), output.stderr);
    }
    for entry in std::fs::read_dir(trader.house.path("")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            places.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    for name in ["signer.json", "credentials.json"] {
        places
            .insert(name.to_owned(), std::fs::read(trader.house.path("keys").join(name)).unwrap());
    }
    let bytes: usize = places.values().map(Vec::len).sum();
    println!(
        "{} forms of 4 secrets, {} places, {bytes} bytes, {said} of them said",
        canaries.len(),
        places.len()
    );
    assert_eq!(hits(&places, &canaries), Vec::<String>::new());
    let asked =
        |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).matches("DEBUG asked what=").count();
    let asked: usize = places.values().map(asked).sum();
    assert!(asked > 30, "{asked} requests are told of");
    assert!(trader.venue.placed().len() == 2 && bytes > 200_000 && said > 10_000, "{bytes} {said}");

    // The scanner itself: each form, in the middle of something else.
    for (name, form) in &canaries {
        let planted = [b"before ", form.as_slice(), b" after"].concat();
        let places = BTreeMap::from([("a planted leak".to_owned(), planted)]);
        assert!(!hits(&places, &canaries).is_empty(), "{name} is not seen");
    }
}
