//! Where posts are kept: files, and the clone around them.

use std::{path::Path, sync::Arc};

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
