//! Files that hold secrets: read only where nobody else can read or replace them, written whole or not
//! at all, never over another.

use alloy_primitives::hex;
use ring::rand::{SecureRandom as _, SystemRandom};
use rustix::fs::{CWD, Mode, OFlags, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::fs::{DirBuilder, File, FileType, OpenOptions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A file or folder that cannot be used for a secret. It names the place, never what is in it.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be opened or read.
    #[error("reading {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file cannot be written; nothing of it is left, unless only its folder could not be synced.
    #[error("writing {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A symbolic link, a FIFO, a folder, a device.
    #[error("{} is {found}; a secret is read from a regular file only", path.display())]
    NotAFile {
        /// Which.
        path: PathBuf,
        /// What it is instead.
        found: &'static str,
    },
    /// Another user's.
    #[error("{} belongs to user {owner}, not to user {ours} who runs this", path.display())]
    NotOurs {
        /// Which.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who asks.
        ours: u32,
    },
    /// Its mode is neither 0400 nor 0600.
    #[error("{} has mode {mode:04o}; a secret wants 0600: chmod 600 {}", path.display(), path.display())]
    FileMode {
        /// Which.
        path: PathBuf,
        /// The mode found.
        mode: u32,
    },
    /// Others may look into the folder of the keys.
    #[error("{} has mode {mode:04o}; keys want 0700: chmod 700 {}", path.display(), path.display())]
    FolderMode {
        /// Which.
        path: PathBuf,
        /// The mode found.
        mode: u32,
    },
    /// The place of the folder is taken by something else.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// Which.
        path: PathBuf,
    },
    /// More than such a file ever holds.
    #[error("{} is larger than {most} bytes", path.display())]
    TooLarge {
        /// Which.
        path: PathBuf,
        /// The most that is read.
        most: usize,
    },
    /// There is a file of this name.
    #[error("{} is already there, and a secret is never overwritten", path.display())]
    Exists {
        /// Which.
        path: PathBuf,
    },
    /// The operating system gives no random bytes.
    #[error("the operating system gave no random bytes")]
    NoRandom,
}

/// Reads a file that only we can read. What it is, whose and how open is asked of the opened file, so
/// nothing can be swapped in between.
pub(super) fn read_private(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let fault = |source| FileError::Read { path: path.to_owned(), source };
    // Without NONBLOCK, a FIFO would keep us waiting for somebody to write.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(errno) => {
            let link = path.symlink_metadata().is_ok_and(|about| about.is_symlink());
            let found = "a symbolic link";
            let not_a_file = FileError::NotAFile { path: path.to_owned(), found };
            return Err(if link { not_a_file } else { fault(errno.into()) });
        }
    };
    let about = file.metadata().map_err(fault)?;
    if !about.is_file() {
        return Err(FileError::NotAFile { path: path.to_owned(), found: kind(about.file_type()) });
    }
    owned(path, about.uid())?;
    let mode = about.permissions().mode() & 0o7777;
    if mode != 0o400 && mode != 0o600 {
        return Err(FileError::FileMode { path: path.to_owned(), mode });
    }
    let bytes = read_at_most(file, most).map_err(fault)?;
    bytes.ok_or_else(|| FileError::TooLarge { path: path.to_owned(), most })
}

/// Reads to the end, or not at all where there are more bytes than `most`. One buffer that never moves,
/// so that no copy is left behind.
pub(super) fn read_at_most(
    mut from: impl Read,
    most: usize,
) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut buffer = Zeroizing::new(vec![0; most + 1]);
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => {
                buffer.truncate(filled);
                return Ok(Some(buffer));
            }
            Ok(count) => filled += count,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(None)
}

/// Writes a new file that only we can read: whole and on the disk when this returns, else not there.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_new_with(path, |file| file.write_all(bytes))
}

fn write_new_with(
    path: &Path,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), FileError> {
    let fault = |source| FileError::Write { path: path.to_owned(), source };
    let exists = || FileError::Exists { path: path.to_owned() };
    if path.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let name = path.file_name().ok_or_else(|| fault(io::ErrorKind::InvalidFilename.into()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let mark = hex::encode(random::<8>()?.as_slice());
    let part = Part(folder.join(format!(".{}.{mark}.part", name.to_string_lossy())));
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(&part.0).map_err(fault)?;
    fill(&mut file).and_then(|()| file.sync_all()).map_err(fault)?;
    match renameat_with(CWD, &part.0, CWD, path, RenameFlags::NOREPLACE) {
        Ok(()) => {}
        Err(Errno::EXIST) => return Err(exists()),
        Err(errno) => return Err(fault(errno.into())),
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(fault)
}

/// A file in the making. What was not renamed goes away.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        let _renamed_or_gone = std::fs::remove_file(&self.0);
    }
}

/// Makes the folder where it is missing, and refuses one that others can look into.
pub(super) fn private_folder(path: &Path) -> Result<(), FileError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| match path.exists() {
        true => FileError::NotAFolder { path: path.to_owned() },
        false => FileError::Write { path: path.to_owned(), source },
    })?;
    let about = path.metadata();
    let about = about.map_err(|source| FileError::Read { path: path.to_owned(), source })?;
    owned(path, about.uid())?;
    let mode = about.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(FileError::FolderMode { path: path.to_owned(), mode });
    }
    Ok(())
}

/// Bytes from the operating system.
pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, FileError> {
    let mut bytes = Zeroizing::new([0; N]);
    SystemRandom::new().fill(&mut *bytes).map_err(|_| FileError::NoRandom)?;
    Ok(bytes)
}

fn owned(path: &Path, owner: u32) -> Result<(), FileError> {
    let ours = rustix::process::geteuid().as_raw();
    let not_ours = FileError::NotOurs { path: path.to_owned(), owner, ours };
    if owner == ours { Ok(()) } else { Err(not_ours) }
}

fn kind(found: FileType) -> &'static str {
    if found.is_dir() {
        "a folder"
    } else if found.is_fifo() {
        "a FIFO"
    } else if found.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_fails_midway_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.json");
        let error = write_new_with(&path, |file| {
            file.write_all(b"half of it")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(matches!(error, Err(FileError::Write { .. })), "{error:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_appears_during_the_write_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.json");
        let error = write_new_with(&path, |file| {
            std::fs::write(&path, "first")?;
            file.write_all(b"second")
        });
        assert!(matches!(error, Err(FileError::Exists { .. })), "{error:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_longer_than_allowed_is_not_read() {
        for (length, is_read) in [(0, true), (8, true), (9, false), (100, false)] {
            let read = read_at_most(vec![7; length].as_slice(), 8).unwrap();
            assert_eq!(read.is_some_and(|read| *read == vec![7; length]), is_read, "{length}");
        }
    }

    #[test]
    fn another_users_file_is_refused() {
        let other = rustix::process::geteuid().as_raw() + 1;
        let error = owned(Path::new("key.json"), other).unwrap_err().to_string();
        assert!(error.starts_with(&format!("key.json belongs to user {other}")), "{error}");
    }
}
