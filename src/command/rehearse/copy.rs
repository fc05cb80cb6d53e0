//! The rehearsal's copy of a repository: its posts, their pictures and videos, updraft.yml, and a remote.

use std::{fs, io, path::Path};

use crate::{
    command::{CommandError, Library},
    git::Repository,
    post::Thread,
    receipt::Status,
};

/// Copies what publishing reads into `work`, as a clone of the bare repository `remote`.
///
/// # Errors
/// The disk, or git.
pub(super) fn copy(library: &Library, work: &Path, remote: &Path) -> Result<(), CommandError> {
    let root = &library.folder.root;
    fs::create_dir_all(work).map_err(CommandError::world)?;
    fs::create_dir_all(work.join(&library.config.posts)).map_err(CommandError::world)?;
    if root.join(&library.config_path).is_file() {
        copy_file(root, work, &library.config_path)?;
    }
    for thread in library.threads() {
        copy_file(root, work, thread.path())?;
        forget_failure(work, thread)?;
        for path in thread.publication().files() {
            copy_file(root, work, path)?;
        }
    }
    Repository::with_new_remote(work, remote, "main").map_err(CommandError::world)?;
    Ok(())
}

/// A post that failed or was missed waits again: a rehearsal is where its author tries it.
fn forget_failure(work: &Path, thread: &Thread) -> Result<(), CommandError> {
    let failed = thread
        .block()
        .is_some_and(|block| matches!(block.status, Status::Failed | Status::Missed));
    let Some(Ok(bytes)) = failed.then(|| thread.document().without_block()) else {
        return Ok(());
    };
    fs::write(work.join(thread.path()), bytes).map_err(CommandError::world)
}

fn copy_file(root: &Path, work: &Path, path: &str) -> Result<(), CommandError> {
    let to = work.join(path);
    let failed =
        |error| CommandError::world(format!("{path} can't be copied for the rehearsal: {error}"));
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    // Read and written, so that a read-only checkout becomes a writable copy.
    let from = fs::File::open(root.join(path));
    from.and_then(|mut from| io::copy(&mut from, &mut fs::File::create(&to)?))
        .map_err(failed)?;
    Ok(())
}
