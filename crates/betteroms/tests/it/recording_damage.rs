//! Damaged and hostile recordings: a sentence each, never a panic, and nothing outside the folder.

use crate::shared::{Dice, example_dir};
use betteroms::recording::{Recording, RecordingError};
use betteroms_core::plan::Digest;
use betteroms_core::time::Time;
use betteroms_core::world::Watch;
use parquet::data_type::{Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

fn copy() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("r");
    fs::create_dir_all(to.join("books")).unwrap();
    fs::copy(example_dir().join("manifest.json"), to.join("manifest.json")).unwrap();
    for entry in fs::read_dir(example_dir().join("books")).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), to.join("books").join(entry.file_name())).unwrap();
    }
    (dir, to)
}

fn manifest(dir: &Path) -> Value {
    serde_json::from_slice(&fs::read(dir.join("manifest.json")).unwrap()).unwrap()
}

fn first_file(dir: &Path) -> PathBuf {
    let manifest = manifest(dir);
    dir.join(manifest["markets"][0]["files"][0]["path"].as_str().unwrap())
}

/// Replaces the first market's file and tells the manifest its new length and digest, and where given
/// its rows, first and last time.
fn replace(dir: &Path, bytes: &[u8], told: Option<(usize, i64, i64)>) {
    fs::write(first_file(dir), bytes).unwrap();
    let mut manifest = manifest(dir);
    let entry = &mut manifest["markets"][0]["files"][0];
    entry["bytes"] = json!(bytes.len());
    entry["sha256"] = json!(Digest::of(bytes));
    if let Some((rows, first, last)) = told {
        entry["rows"] = json!(rows);
        entry["first"] = json!(Time::from_micros(first));
        entry["last"] = json!(Time::from_micros(last));
    }
    fs::write(dir.join("manifest.json"), manifest.to_string()).unwrap();
}

fn use_all(dir: &Path) -> Result<(), RecordingError> {
    let recording = Recording::open(dir)?;
    for market in &recording.manifest().markets {
        let condition = market.condition.clone();
        let cut = Some(Time::default());
        let watch = Watch { condition, last_cut: cut, observed_at: cut };
        for now in [recording.start(), recording.end()] {
            recording.observe(std::slice::from_ref(&watch), now)?;
        }
        for event in recording.scan(&market.condition)? {
            event?;
        }
    }
    Ok(())
}

fn refused(dir: &Path) -> String {
    let error = use_all(dir).expect_err("a damaged recording was accepted");
    let source = std::error::Error::source(&error).map(|s| format!(": {s}")).unwrap_or_default();
    format!("{error}{source}")
}

#[test]
fn the_untouched_copy_is_accepted() {
    let (_guard, dir) = copy();
    use_all(&dir).unwrap();
    assert!(refused(dir.parent().unwrap()).contains("is no recording: it has no manifest.json"));
}

#[test]
fn broken_manifests_are_refused_with_a_sentence() {
    for (text, expected) in [
        ("{\"version\": 1", "cannot be understood: EOF while parsing"),
        ("[1]", "cannot be understood"),
        ("{\"version\": 2}", "version 2 is not known here, only 1"),
        ("{\"version\": 1}", "missing field"),
        ("\u{0}", "cannot be understood"),
    ] {
        let (_guard, dir) = copy();
        fs::write(dir.join("manifest.json"), text).unwrap();
        let sentence = refused(&dir);
        assert!(sentence.contains(expected), "{text}: {sentence}");
    }
}

#[test]
fn manifests_that_contradict_the_format_are_refused() {
    let market = "/markets/0";
    for (pointer, value, expected) in [
        ("/format".to_owned(), json!("csv"), "its format is \"csv\""),
        ("/start".to_owned(), json!("2030-01-01T00:00:00Z"), "lies after end"),
        ("/start".to_owned(), json!("yesterday"), "not an RFC 3339 instant"),
        (format!("{market}/minSize/value"), json!("0"), "minimum size"),
        (format!("{market}/minSize/value"), json!("0.0000001"), "finer than a millionth"),
        (format!("{market}/minSize/value"), json!(5.0), "invalid type"),
        (format!("{market}/tick/value"), json!("1.5"), "is not a price"),
        (format!("{market}/slug"), json!(""), "no condition or no slug"),
        (format!("{market}/slug"), json!("btc-updown-15m-1790586900"), "stands twice"),
        (format!("{market}/files/0/path"), json!("../../etc/passwd"), "not a plain path"),
        (format!("{market}/files/0/path"), json!("/etc/passwd"), "not a plain path"),
        (format!("{market}/files/0/path"), json!("books/..\\x"), "not a plain path"),
        (format!("{market}/files/0/path"), json!("books/.hidden"), "not a plain path"),
        (format!("{market}/files/0/path"), json!("books/none.parquet"), "lacks its file"),
        (format!("{market}/files/0/path"), json!("books"), "lacks its file"),
        (format!("{market}/files/0/first"), json!("2030-01-01T00:00:00Z"), "run backwards"),
        (format!("{market}/files/0/bytes"), json!(7), "the manifest says 7"),
        (format!("{market}/files/0/sha256"), json!("00"), "its SHA-256 is not the manifest's"),
    ] {
        let (_guard, dir) = copy();
        let mut manifest = manifest(&dir);
        let slug = manifest.pointer("/markets/1/slug").unwrap().clone();
        let is_twice = expected == "stands twice";
        *manifest.pointer_mut(&pointer).unwrap() = if is_twice { slug } else { value };
        fs::write(dir.join("manifest.json"), manifest.to_string()).unwrap();
        let sentence = refused(&dir);
        assert!(sentence.contains(expected), "{pointer}: {sentence}");
    }
}

#[test]
fn changed_missing_and_linked_files_are_refused() {
    let (_guard, dir) = copy();
    let path = first_file(&dir);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(refused(&dir).contains("was changed or damaged: its SHA-256"));
    fs::remove_file(&path).unwrap();
    assert!(refused(&dir).contains("lacks its file"));
    #[cfg(unix)]
    {
        let original = example_dir().join("books").join(path.file_name().unwrap());
        std::os::unix::fs::symlink(original, &path).unwrap();
        assert!(refused(&dir).contains("lacks its file"));
    }
}

#[test]
fn truncated_parquet_is_refused() {
    let (_guard, dir) = copy();
    let bytes = fs::read(first_file(&dir)).unwrap();
    for length in [0, 3, 8, bytes.len() / 2, bytes.len() - 1] {
        replace(&dir, &bytes[..length], None);
        assert!(refused(&dir).contains("is not readable Parquet"), "{length} bytes");
    }
}

/// Time, received, kind, outcome, side, price, size.
type Row = (i64, i64, i32, i32, i32, i32, i64);

fn parquet_of(schema: &str, rows: &[Row]) -> Vec<u8> {
    let schema = Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let longs = |f: fn(&Row) -> i64| rows.iter().map(f).collect::<Vec<_>>();
    let shorts = |f: fn(&Row) -> i32| rows.iter().map(f).collect::<Vec<_>>();
    for column in 0..7 {
        let mut open = group.next_column().unwrap().unwrap();
        match column {
            0 => open.typed::<Int64Type>().write_batch(&longs(|r| r.0), None, None),
            1 => open.typed::<Int64Type>().write_batch(&longs(|r| r.1), None, None),
            2 => open.typed::<Int32Type>().write_batch(&shorts(|r| r.2), None, None),
            3 => open.typed::<Int32Type>().write_batch(&shorts(|r| r.3), None, None),
            4 => open.typed::<Int32Type>().write_batch(&shorts(|r| r.4), None, None),
            5 => open.typed::<Int32Type>().write_batch(&shorts(|r| r.5), None, None),
            _ => open.typed::<Int64Type>().write_batch(&longs(|r| r.6), None, None),
        }
        .unwrap();
        open.close().unwrap();
    }
    group.close().unwrap();
    writer.into_inner().unwrap()
}

const SCHEMA: &str = "message recording { required int64 time_us; required int64 received_us;
    required int32 kind; required int32 outcome; required int32 side;
    required int32 price_micros; required int64 size_micros; }";

#[test]
fn rows_the_format_forbids_are_refused() {
    let book = (5, 5, 0, 0, 0, 0, 0);
    let level = (5, 5, 1, 0, 0, 400_000, 7);
    let rows: [(&[Row], &str); 13] = [
        (&[book, (5, 5, 1, 0, 0, 0, 7)], "a price is not between 0 and 1"),
        (&[book, (5, 5, 1, 0, 0, 1_000_000, 7)], "a price is not between 0 and 1"),
        (&[book, (5, 5, 1, 0, 0, -3, 7)], "a price is not between 0 and 1"),
        (&[book, (5, 5, 1, 0, 0, 400_000, 0)], "a size is not positive"),
        (&[(5, 5, 2, 0, 1, 400_000, i64::MIN)], "a size is not positive"),
        (&[book, level, (4, 4, 0, 0, 0, 0, 0)], "time goes backwards"),
        (&[level], "a level stands without its book"),
        (&[book, (5, 5, 1, 1, 0, 400_000, 7)], "a level stands without its book"),
        (&[book, (6, 5, 1, 0, 0, 400_000, 7)], "a level stands without its book"),
        (&[(5, 5, 4, 0, 0, 0, 0)], "a row is of no known kind"),
        (&[(5, 5, 0, 2, 0, 0, 0)], "an outcome or side is neither 0 nor 1"),
        (&[(5, 5, 3, 0, 0, 0, 0)], "a tick is not between 0 and 1"),
        (&[book, level, level], "price 0.4 stands twice on one side"),
    ];
    for (rows, expected) in rows {
        let (_guard, dir) = copy();
        let times = || rows.iter().map(|row| row.0);
        let told = (rows.len(), times().min().unwrap(), times().max().unwrap());
        replace(&dir, &parquet_of(SCHEMA, rows), Some(told));
        let sentence = refused(&dir);
        assert!(sentence.contains(expected), "{rows:?}: {sentence}");
    }
    let (_guard, dir) = copy();
    replace(&dir, &parquet_of(&SCHEMA.replace("kind", "sort"), &[book]), None);
    assert!(refused(&dir).contains("its columns are not the documented ones"));
    replace(&dir, &parquet_of(SCHEMA, &[book]), Some((2, 5, 5)));
    assert!(refused(&dir).contains("its rows or times are not the manifest's"));
}

#[test]
fn no_flipped_byte_panics_even_under_a_fitting_digest() {
    let (_guard, dir) = copy();
    let rows: Vec<Row> = (0..200).map(|i| (i, i, 2, 0, 1, 400_000, 1 + i * 7)).collect();
    let good = parquet_of(SCHEMA, &rows);
    let told = Some((rows.len(), 0, 199));
    let mut dice = Dice::new(20_260_928);
    let mut refusals = 0;
    for _ in 0..400 {
        let mut bytes = good.clone();
        for _ in 0..=dice.roll(3) {
            let place = usize::try_from(dice.roll(bytes.len() as u64)).unwrap();
            bytes[place] ^= 1 << dice.roll(8);
        }
        replace(&dir, &bytes, told);
        refusals += u32::from(use_all(&dir).is_err());
    }
    assert!(refusals > 100, "{refusals} refused");
}
