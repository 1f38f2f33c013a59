//! One column of one row group, whole, without arrow.

use parquet::column::reader::ColumnReader;
use parquet::data_type::DataType;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::RowGroupReader;

/// A column's values with their definition and repetition levels; both are empty for required ones.
#[derive(Debug)]
pub(super) struct Column<T> {
    pub(super) values: Vec<T>,
    pub(super) definitions: Vec<i16>,
    pub(super) repetitions: Vec<i16>,
}

impl<T> Column<T> {
    pub(super) const fn empty() -> Self {
        Self { values: Vec::new(), definitions: Vec::new(), repetitions: Vec::new() }
    }

    /// Appends another row group's part.
    pub(super) fn extend(&mut self, part: Self) {
        self.values.extend(part.values);
        self.definitions.extend(part.definitions);
        self.repetitions.extend(part.repetitions);
    }
}

/// Reads `rows` records of a column.
///
/// # Errors
/// On damaged pages, another physical type, and fewer records than promised.
pub(super) fn read_column<T: DataType>(
    group: &dyn RowGroupReader,
    column: usize,
    rows: usize,
) -> ParquetResult<Column<T::T>> {
    let reader: ColumnReader = group.get_column_reader(column)?;
    let mut reader = T::get_column_reader(reader)
        .ok_or_else(|| ParquetError::General(format!("column {column} has the wrong type")))?;
    let mut read = Column::empty();
    let levels = (Some(&mut read.definitions), Some(&mut read.repetitions));
    let (records, ..) = reader.read_records(rows, levels.0, levels.1, &mut read.values)?;
    if records == rows {
        Ok(read)
    } else {
        Err(ParquetError::General(format!("column {column} holds {records} of {rows} rows")))
    }
}
