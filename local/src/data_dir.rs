//! The directory of a stack's state, which one stack uses at a time.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::StartError;

/// Nobody else uses the directory for as long as this lives; the operating system lets go of it even after a crash.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Makes the directory if there is none, and takes it.
    pub(crate) fn lock(path: &Path) -> Result<Self, StartError> {
        let failed = |source| StartError::Directory { directory: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(failed)?;
        let lock = File::create(path.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StartError::InUse { directory: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
