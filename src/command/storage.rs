//! Where posts are kept: files, and the clone around them.

use std::{io, path::Path, sync::Arc};

use tempfile::TempDir;

use super::CommandError;
use crate::{
    git::{Git, GitError, Repository},
    post::file::{Disk, LocalDisk},
};

/// Opens what posts are kept in.
pub trait Storage {
    /// The repository that a folder is in, if there is one.
    ///
    /// # Errors
    /// It can't be opened.
    fn repository(&self, directory: &Path) -> Result<Option<Box<dyn Git>>, GitError>;

    /// The disk that post files are on.
    fn disk(&self) -> Arc<dyn Disk>;
}

/// This machine's.
#[derive(Clone, Copy, Debug)]
pub struct Machine;

impl Storage for Machine {
    fn repository(&self, directory: &Path) -> Result<Option<Box<dyn Git>>, GitError> {
        let repository = Repository::discover(directory)?;
        Ok(repository.map(|repository| Box::new(repository) as Box<dyn Git>))
    }

    fn disk(&self) -> Arc<dyn Disk> {
        Arc::new(LocalDisk)
    }
}

/// A folder that is gone when it is dropped.
///
/// # Errors
/// There is no place for temporary files.
pub(super) fn temporary() -> Result<TempDir, CommandError> {
    let made = tempfile::Builder::new().prefix("updraft-").tempdir();
    made.map_err(|error| {
        let folder = std::env::temp_dir();
        let variable = if cfg!(windows) { "TEMP" } else { "TMPDIR" };
        let why = match error.kind() {
            io::ErrorKind::NotFound => "it is not there".to_owned(),
            _ => error.to_string(),
        };
        CommandError::world(format!(
            "no temporary folder can be made in {}: {why}; set {variable} to a folder that is there and can be written",
            folder.display()
        ))
    })
}
