//! One runner per store: an OS lock on a file beside the database, gone with the process that holds
//! it, however that ends.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The right to run passes on a store; given back when dropped.
#[derive(Debug)]
pub struct RunnerLock {
    // Held for the lock on it. The file stays: removing it would let two runners lock two files.
    _file: File,
    path: PathBuf,
}

/// Why the right was not given.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another runner holds it: exit 75.
    #[error("another run is using this store (its lock is {})", path.display())]
    Held {
        /// The lock file.
        path: PathBuf,
    },
    /// The lock file could not be made or locked.
    #[error("could not lock {}", path.display())]
    Lock {
        /// The lock file, or the store where it was not found.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl RunnerLock {
    /// Takes the lock of the store at `db_path` without waiting. Two paths to one file (relative, or
    /// through a link) lead to one lock; two hard links do not.
    ///
    /// # Errors
    /// [`LockError::Held`] when another runner has it.
    pub fn acquire(db_path: &Path) -> Result<Self, LockError> {
        let path = lock_path(db_path)
            .map_err(|source| LockError::Lock { path: db_path.to_owned(), source })?;
        let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = opened.map_err(|source| LockError::Lock { path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file, path }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held { path }),
            Err(TryLockError::Error(source)) => Err(LockError::Lock { path, source }),
        }
    }

    /// True while another process holds the lock of the store at `db_path`. Those who only ask do not take each
    /// other for one that holds it, and make no file.
    pub fn is_held(db_path: &Path) -> bool {
        let file = lock_path(db_path).and_then(File::open);
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// The lock file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn lock_path(db_path: &Path) -> io::Result<PathBuf> {
    file_beside(db_path, "lock")
}

/// The file of this name beside the store at `db_path`: one and the same for all paths that lead to it, as its lock is.
///
/// # Errors
/// When the store's folder cannot be found.
pub fn file_beside(db_path: &Path, name: &str) -> io::Result<PathBuf> {
    let mut path = OsString::from(real_path(db_path)?);
    path.push(".");
    path.push(name);
    Ok(PathBuf::from(path))
}

/// The file's own path with links resolved; a file that does not exist yet gets its folder's.
fn real_path(path: &Path) -> io::Result<PathBuf> {
    if path.exists() || path.is_symlink() {
        return path.canonicalize();
    }
    let name = path.file_name().ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, "the path does not name a file")
    })?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok(folder.unwrap_or(Path::new(".")).canonicalize()?.join(name))
}
