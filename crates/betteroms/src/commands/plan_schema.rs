//! `plan schema`: writes the JSON Schema of a plan file.

use anyhow::Context as _;
use std::io::Write;

/// Writes the schema, indented, with a line break at its end.
///
/// # Errors
/// When `out` cannot be written.
pub(crate) fn run(out: &mut impl Write) -> anyhow::Result<u8> {
    let text = serde_json::to_string_pretty(&betteroms_core::plan::schema())
        .context("cannot write the schema as JSON")?;
    writeln!(out, "{text}").context("cannot write the schema")?;
    Ok(0)
}
