//! Reads the bytes of a plan from a path, and only from what can be a plan: a regular file (links are
//! followed) or standard input, never more than the limit, never something that would make us wait. Everything
//! later works on the bytes of one reading; a second one only tells whether the file was written to meanwhile. Such
//! a file is refused, for it might be half one plan and half another.

use betteroms_core::plan::PLAN_BYTES_MAX;
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek as _};
use std::path::Path;

/// The bytes of a plan file, or that there are too many of them to look at.
#[derive(Debug)]
pub(crate) enum PlanBytes {
    /// All of them.
    Read(Vec<u8>),
    /// So many that they were not read.
    TooMany(u64),
}

/// Why a path cannot be read as a plan.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlanFileError {
    /// The path leads nowhere, or we may not read it.
    #[error("cannot read {path}")]
    Unreadable {
        path: String,
        #[source]
        source: io::Error,
    },
    /// The path leads to something that is no file.
    #[error("{path} is {what}, but a plan is a regular file")]
    NotAFile { path: String, what: &'static str },
    /// Its bytes were not the same a moment later.
    #[error("{path} was changed while it was read; run again once it is written")]
    Changing { path: String },
}

/// Reads a plan; `-` is standard input.
///
/// # Errors
/// When the path leads to nothing readable, or to a folder, device, pipe or socket.
pub(crate) fn read(path: &Path) -> Result<PlanBytes, PlanFileError> {
    if path.as_os_str() == "-" {
        return bounded(io::stdin().lock()).map_err(|source| unreadable(path, source));
    }
    // Looked at before it is opened: opening a pipe would wait for its other end.
    let meta = std::fs::metadata(path).map_err(|source| unreadable(path, source))?;
    if let Some(what) = not_a_file(&meta) {
        let path = shown(path);
        return Err(PlanFileError::NotAFile { path, what });
    }
    if meta.len() > PLAN_BYTES_MAX {
        return Ok(PlanBytes::TooMany(meta.len()));
    }
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    let bytes = bounded(&file).map_err(|source| unreadable(path, source))?;
    match &bytes {
        PlanBytes::Read(read) if !still_reads(&file, read).map_err(|e| unreadable(path, e))? => {
            Err(PlanFileError::Changing { path: shown(path) })
        }
        PlanBytes::Read(_) | PlanBytes::TooMany(_) => Ok(bytes),
    }
}

/// Reads the file once more, a piece at a time. Where both readings agree, every byte stood in the file at the
/// moment between them: so they are what the file was then, however many calls it took to read it.
fn still_reads(mut file: &File, bytes: &[u8]) -> io::Result<bool> {
    const PIECE: usize = 64 * 1024;
    file.rewind()?;
    let mut piece = Vec::with_capacity(PIECE);
    let mut rest = bytes;
    loop {
        piece.clear();
        file.take(PIECE as u64).read_to_end(&mut piece)?;
        match rest.strip_prefix(piece.as_slice()) {
            Some(_) if piece.is_empty() => return Ok(rest.is_empty()),
            Some(more) => rest = more,
            None => return Ok(false),
        }
    }
}

/// The path as a message shows it.
pub(crate) fn shown(path: &Path) -> String {
    crate::render::plain(&path.to_string_lossy()).into_owned()
}

fn unreadable(path: &Path, source: io::Error) -> PlanFileError {
    let path = shown(path);
    PlanFileError::Unreadable { path, source }
}

/// Reads one byte more than allowed at most: a file may have grown, and a stream has no length.
fn bounded(from: impl Read) -> io::Result<PlanBytes> {
    let mut bytes = Vec::new();
    from.take(PLAN_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    let count = bytes.len() as u64;
    Ok(if count > PLAN_BYTES_MAX { PlanBytes::TooMany(count) } else { PlanBytes::Read(bytes) })
}

fn not_a_file(meta: &Metadata) -> Option<&'static str> {
    let kind = meta.file_type();
    if kind.is_file() {
        return None;
    }
    if kind.is_dir() {
        return Some("a folder");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
        if kind.is_char_device() || kind.is_block_device() {
            return Some("a device");
        }
    }
    Some("no file")
}
