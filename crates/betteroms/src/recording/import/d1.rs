//! Set D1: `books.parquet` with one row per book and float lists, `markets.parquet` with the results.

use super::super::columns::{Column, read_column};
use super::super::error::RecordingError;
use super::super::exact::Floats;
use super::super::manifest::{MarketEntry, Sourced};
use super::super::rows::Event;
use super::prepare::token_book;
use super::{SourceMarket, SourceSet, assumed_result, fee_percent};
use betteroms_core::book::Level;
use betteroms_core::market::Outcome;
use betteroms_core::money::Fraction;
use betteroms_core::time::Time;
use bytes::Bytes;
use parquet::data_type::{ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::Result as ParquetResult;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::collections::BTreeMap;
use std::path::Path;

const BOOKS: &str = "books.parquet";
const MARKETS: &str = "markets.parquet";
/// The definition level of an element that is there.
const PRESENT: i16 = 3;

/// Reads the set from its folder.
pub(super) fn read(dir: &Path) -> Result<SourceSet, RecordingError> {
    let mut markets = read_markets(&Table::open(dir, MARKETS)?)?;
    let noisy = read_books(&Table::open(dir, BOOKS)?, &mut markets)?;
    let mut set = SourceSet {
        name: "D1: BTC 15-minute markets, 2026-09-28".to_owned(),
        licence: "CC BY 4.0".to_owned(),
        credit: "Resolved Markets".to_owned(),
        source: "btc15m-l2-2026-09-28".to_owned(),
        notes: vec![
            "the source has no receive times: a book counts as received at its venue time".into(),
            "trading is taken to end with the market's window; books go on for about half a minute"
                .into(),
            "a result is visible at the later of the window's end and the market's last book"
                .into(),
        ],
        markets: markets.into_values().map(finish).collect(),
    };
    if noisy > 0 {
        set.notes.push(format!(
            "{noisy} sizes carried float noise (5.5600000000000005); read from their first 15 digits"
        ));
    }
    Ok(set)
}

type Markets = BTreeMap<String, (SourceMarket, Fraction)>;

/// Places the result at the later of close and last book.
fn finish((mut market, payout): (SourceMarket, Fraction)) -> SourceMarket {
    let close = market.entry.close.as_ref().map(|close| close.value);
    let last = market.events.iter().map(Event::at).max();
    if let Some(at) = close.into_iter().chain(last).max() {
        market.entry.resolution = assumed_result(at, payout);
    }
    market
}

fn read_markets(table: &Table) -> Result<Markets, RecordingError> {
    let (ids, slugs) = (table.texts("market_id")?, table.texts("slug")?);
    let (questions, categories) = (table.texts("question")?, table.texts("category")?);
    let (ups, downs) = (table.texts("outcome_up")?, table.texts("outcome_down")?);
    let (ends, payouts) = (table.longs("end_ts")?, table.doubles("payout_up")?);
    let mut markets = Markets::new();
    for (row, id) in ids.into_iter().enumerate() {
        let place = format!("{MARKETS}, row {row}");
        let payout = match payouts[row] {
            p if p.to_bits() == 1.0_f64.to_bits() => Fraction::ONE,
            p if p.to_bits() == 0.5_f64.to_bits() => Fraction::ONE.half(),
            p if p.to_bits() == 0.0_f64.to_bits() => {
                Fraction::from_micros(0).unwrap_or(Fraction::ONE)
            }
            p => return Err(RecordingError::source(place, format!("{p} is no payout"))),
        };
        let labels = [ups[row].as_str(), downs[row].as_str()];
        let mut entry = MarketEntry::with_assumptions(&id, &slugs[row], labels);
        entry.question = questions[row].clone();
        entry.category = Some(categories[row].clone());
        entry.fee = fee_percent(7);
        entry.close = Some(Sourced::assumed(Time::from_millis(ends[row])));
        let market = SourceMarket { entry, events: Vec::new(), payout_at_end: None };
        if markets.insert(id, (market, payout)).is_some() {
            return Err(RecordingError::source(place, "the market stands twice"));
        }
    }
    Ok(markets)
}

/// Reads all books into their markets; returns how many sizes carried float noise.
fn read_books(table: &Table, markets: &mut Markets) -> Result<u64, RecordingError> {
    let (ids, sides, times) = (table.texts("market_id")?, table.texts("side")?, table.longs("ts")?);
    let mut lists = [
        table.lists("bid_px")?,
        table.lists("bid_sz")?,
        table.lists("ask_px")?,
        table.lists("ask_sz")?,
    ];
    let mut floats = Floats::default();
    for (row, id) in ids.iter().enumerate() {
        let place = format!("{BOOKS}, row {row}");
        let wrong = |what: String| RecordingError::source(place.clone(), what);
        let (market, _) =
            markets.get_mut(id).ok_or_else(|| wrong(format!("market {id} is not listed")))?;
        let outcome = match sides[row].as_str() {
            "UP" => Outcome::First,
            "DOWN" => Outcome::Second,
            side => return Err(wrong(format!("{side} is no side"))),
        };
        let [bid_px, bid_sz, ask_px, ask_sz] = lists.each_mut().map(Lists::next);
        let bids = levels(&mut floats, bid_px, bid_sz).map_err(wrong)?;
        let asks = levels(&mut floats, ask_px, ask_sz).map_err(wrong)?;
        let at = Time::from_millis(times[row]);
        let book = token_book((outcome, &place), (at, at), bids, asks)?;
        market.events.push(Event::Book(book));
    }
    Ok(floats.noisy)
}

fn levels(floats: &mut Floats, prices: &[f64], sizes: &[f64]) -> Result<Vec<Level>, String> {
    if prices.len() != sizes.len() {
        return Err(format!("{} prices but {} sizes", prices.len(), sizes.len()));
    }
    let pairs = prices.iter().zip(sizes);
    pairs
        .map(|(price, size)| Ok(Level { price: floats.price(*price)?, size: floats.size(*size)? }))
        .collect()
}

/// A Parquet file read column by column; every column whole.
struct Table {
    name: &'static str,
    reader: SerializedFileReader<Bytes>,
}

/// A column of lists: all values, and where each row's list ends.
struct Lists {
    values: Vec<f64>,
    ends: Vec<usize>,
    row: usize,
    begin: usize,
}

impl Lists {
    /// The next row's list.
    fn next(&mut self) -> &[f64] {
        let end = self.ends.get(self.row).copied().unwrap_or(self.begin);
        let list = self.values.get(self.begin..end).unwrap_or_default();
        (self.row, self.begin) = (self.row.saturating_add(1), end);
        list
    }
}

impl Table {
    fn open(dir: &Path, name: &'static str) -> Result<Self, RecordingError> {
        let path = dir.join(name);
        let bytes = std::fs::read(&path).map_err(RecordingError::io("reading", &path))?;
        let reader = SerializedFileReader::new(Bytes::from(bytes));
        Ok(Self { name, reader: reader.map_err(RecordingError::parquet(name))? })
    }

    fn texts(&self, column: &str) -> Result<Vec<String>, RecordingError> {
        let values = self.flat::<ByteArrayType>(column)?;
        let texts = values.iter().map(|v| v.as_utf8().map(str::to_owned));
        texts.collect::<ParquetResult<_>>().map_err(RecordingError::parquet(self.name))
    }

    fn longs(&self, column: &str) -> Result<Vec<i64>, RecordingError> {
        self.flat::<Int64Type>(column)
    }

    fn doubles(&self, column: &str) -> Result<Vec<f64>, RecordingError> {
        self.flat::<DoubleType>(column)
    }

    /// A column that must have a value in every row.
    fn flat<T: DataType>(&self, name: &str) -> Result<Vec<T::T>, RecordingError> {
        let (column, rows) = self.column::<T>(name)?;
        if column.values.len() == rows {
            return Ok(column.values);
        }
        let what = format!("column {name} has {} values in {rows} rows", column.values.len());
        Err(RecordingError::source(self.name, what))
    }

    /// A column of lists; a list may be empty or absent, its elements may not.
    fn lists(&self, name: &str) -> Result<Lists, RecordingError> {
        let (column, rows) = self.column::<DoubleType>(name)?;
        let (mut ends, mut read) = (Vec::new(), 0_usize);
        let levels = column.definitions.iter().zip(&column.repetitions);
        for (index, (definition, repetition)) in levels.enumerate() {
            if *repetition == 0 && index > 0 {
                ends.push(read);
            }
            read = read.saturating_add(usize::from(*definition == PRESENT));
        }
        ends.push(read);
        if ends.len() == rows && read == column.values.len() {
            return Ok(Lists { values: column.values, ends, row: 0, begin: 0 });
        }
        let what = format!("column {name} has {} lists in {rows} rows", ends.len());
        Err(RecordingError::source(self.name, what))
    }

    /// Reads a column over all row groups, with the number of rows.
    fn column<T: DataType>(&self, name: &str) -> Result<(Column<T::T>, usize), RecordingError> {
        let schema = self.reader.metadata().file_metadata().schema_descr();
        let named = |c: &usize| schema.column(*c).path().parts().first().is_some_and(|p| p == name);
        let index = (0..schema.num_columns())
            .find(named)
            .ok_or_else(|| RecordingError::source(self.name, format!("there is no {name}")))?;
        let (mut all, mut rows) = (Column::empty(), 0_usize);
        for group in 0..self.reader.num_row_groups() {
            let part = self.reader.get_row_group(group).and_then(|group| {
                let count = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
                rows = rows.saturating_add(count);
                read_column::<T>(group.as_ref(), index, count)
            });
            all.extend(part.map_err(RecordingError::parquet(self.name))?);
        }
        Ok((all, rows))
    }
}
