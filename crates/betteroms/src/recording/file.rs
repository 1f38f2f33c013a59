//! One market-day as a Parquet file: written without arrow, in row groups that begin with a book,
//! print or tick, so that a reader looking for "the newest as of now" skips groups by statistics.

use super::columns::read_column;
use super::error::RecordingError;
use super::rows::{Event, Rows};
use betteroms_core::time::Time;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::{DataType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use std::sync::Arc;

const SCHEMA: &str = "message recording {
  required int64 time_us;
  required int64 received_us;
  required int32 kind;
  required int32 outcome;
  required int32 side;
  required int32 price_micros;
  required int64 size_micros;
}";
/// A row group is closed at the first event after so many rows.
const GROUP_ROWS: usize = 4_096;
/// More rows than any honest group has: one book of 20,000 levels on top of a full group.
const GROUP_ROWS_MAX: usize = 65_536;
const LEVEL_OF_ZSTD: i32 = 9;

fn properties() -> WriterProperties {
    let column = |name: &str| ColumnPath::from(name);
    let delta = Encoding::DELTA_BINARY_PACKED;
    let level = ZstdLevel::try_new(LEVEL_OF_ZSTD).expect("zstd has a level 9");
    WriterProperties::builder()
        .set_created_by("betteroms recording 1".to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_dictionary_enabled(false)
        .set_encoding(Encoding::PLAIN)
        .set_column_encoding(column("time_us"), delta)
        .set_column_encoding(column("received_us"), delta)
        .set_column_encoding(column("price_micros"), delta)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(Some(GROUP_ROWS_MAX.saturating_mul(16)))
        .build()
}

/// Encodes events, already in order, as one file. Equal events give equal bytes.
pub(super) fn encode(events: &[Event]) -> ParquetResult<Vec<u8>> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties()))?;
    let mut rows = Rows::default();
    for event in events {
        if event.rows() > GROUP_ROWS_MAX - GROUP_ROWS {
            return Err(ParquetError::General(format!("a book of {} rows", event.rows())));
        }
        rows.push(event);
        if rows.len() >= GROUP_ROWS {
            write_group(&mut writer, &std::mem::take(&mut rows))?;
        }
    }
    if rows.len() > 0 {
        write_group(&mut writer, &rows)?;
    }
    writer.into_inner()
}

fn write_group(writer: &mut SerializedFileWriter<Vec<u8>>, rows: &Rows) -> ParquetResult<()> {
    let mut group = writer.next_row_group()?;
    write_column::<Int64Type>(&mut group, &rows.time)?;
    write_column::<Int64Type>(&mut group, &rows.received)?;
    write_column::<Int32Type>(&mut group, &rows.kind)?;
    write_column::<Int32Type>(&mut group, &rows.outcome)?;
    write_column::<Int32Type>(&mut group, &rows.side)?;
    write_column::<Int32Type>(&mut group, &rows.price)?;
    write_column::<Int64Type>(&mut group, &rows.size)?;
    group.close().map(|_| ())
}

fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
) -> ParquetResult<()> {
    let mut column = group
        .next_column()?
        .ok_or_else(|| ParquetError::General("the schema has seven columns".into()))?;
    let _written = column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}

/// What a row group's statistics say without reading it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) rows: usize,
    /// Lowest and highest venue time, in microseconds.
    pub(super) time: (i64, i64),
    /// Lowest and highest receive time, in microseconds.
    pub(super) received: (i64, i64),
    /// The highest kind: tells whether there are prints or ticks.
    pub(super) kind_max: i32,
}

/// An opened market-day.
pub(super) struct MarketFile {
    name: String,
    reader: SerializedFileReader<Bytes>,
    pub(super) groups: Vec<Group>,
}

impl MarketFile {
    /// Opens a file from its bytes and checks schema, statistics and the order of its groups.
    pub(super) fn open(name: &str, bytes: Vec<u8>) -> Result<Self, RecordingError> {
        let reader =
            SerializedFileReader::new(Bytes::from(bytes)).map_err(RecordingError::parquet(name))?;
        let schema = parse_message_type(SCHEMA).map_err(RecordingError::parquet(name))?;
        let meta = reader.metadata();
        if meta.file_metadata().schema().get_fields() != schema.get_fields() {
            return Err(RecordingError::rows(name, "its columns are not the documented ones"));
        }
        let groups = meta
            .row_groups()
            .iter()
            .map(|group| bounds(group).ok_or("a row group lacks statistics or is too large"))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|what| RecordingError::rows(name, what))?;
        if groups.windows(2).any(|pair| matches!(pair, [a, b] if a.time.1 > b.time.0)) {
            return Err(RecordingError::rows(name, "time goes backwards between row groups"));
        }
        Ok(Self { name: name.to_owned(), reader, groups })
    }

    /// The file's name in the manifest.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How many rows the file holds.
    pub(super) fn rows(&self) -> u64 {
        self.groups.iter().map(|group| group.rows as u64).sum()
    }

    /// Venue time of the first and the last row; `None` in an empty file.
    pub(super) fn span(&self) -> Option<(Time, Time)> {
        let (first, last) = (self.groups.first()?, self.groups.last()?);
        Some((Time::from_micros(first.time.0), Time::from_micros(last.time.1)))
    }

    /// Reads and checks one row group.
    pub(super) fn read(&self, group: usize) -> Result<Rows, RecordingError> {
        let bounds = self.groups.get(group).copied();
        let bounds = bounds.ok_or_else(|| RecordingError::rows(&self.name, "no such row group"))?;
        let rows = self.columns(group, bounds.rows).map_err(RecordingError::parquet(&self.name))?;
        rows.check(&self.name)?;
        Ok(rows)
    }

    fn columns(&self, group: usize, count: usize) -> ParquetResult<Rows> {
        let group = self.reader.get_row_group(group)?;
        let long = |column: usize| required::<Int64Type>(group.as_ref(), column, count);
        let short = |column: usize| required::<Int32Type>(group.as_ref(), column, count);
        Ok(Rows {
            time: long(0)?,
            received: long(1)?,
            kind: short(2)?,
            outcome: short(3)?,
            side: short(4)?,
            price: short(5)?,
            size: long(6)?,
        })
    }
}

fn required<T: DataType>(
    group: &dyn RowGroupReader,
    column: usize,
    count: usize,
) -> ParquetResult<Vec<T::T>> {
    let values = read_column::<T>(group, column, count)?.values;
    if values.len() == count {
        Ok(values)
    } else {
        Err(ParquetError::General(format!("column {column} has {} values", values.len())))
    }
}

fn bounds(group: &RowGroupMetaData) -> Option<Group> {
    let rows = usize::try_from(group.num_rows()).ok()?;
    let range = |column: usize| {
        let Statistics::Int64(s) = group.column(column).statistics()? else {
            return None;
        };
        Some((*s.min_opt()?, *s.max_opt()?))
    };
    let Statistics::Int32(kinds) = group.column(2).statistics()? else {
        return None;
    };
    let kind_max = *kinds.max_opt()?;
    let (time, received) = (range(0)?, range(1)?);
    (rows > 0 && rows <= GROUP_ROWS_MAX).then_some(Group { rows, time, received, kind_max })
}
