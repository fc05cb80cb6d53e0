//! New files, whole or not at all, and never in the place of another.

use std::{fs, io, io::Write as _, path::Path};

use super::CommandError;

/// What became of a file.
pub(super) enum Written {
    /// It was not there.
    New,
    /// Something was there already.
    Kept,
}

/// Writes a file that is not there; what is, stays.
///
/// # Errors
/// The disk, or a folder that leads out of the repository; `verb` is what the user calls again then.
pub(super) fn new_file(
    root: &Path,
    path: &str,
    (bytes, verb): (&[u8], &str),
) -> Result<Written, CommandError> {
    let full = root.join(path);
    if full.symlink_metadata().is_ok() {
        return Ok(Written::Kept);
    }
    write(root, &full, bytes).map_err(|error| {
        CommandError::world(format!(
            "{path} can't be written: {error}; nothing was overwritten, and `updraft {verb}` goes on from here when that is mended"
        ))
    })
}

fn write(root: &Path, full: &Path, bytes: &[u8]) -> io::Result<Written> {
    let folder = full.parent().unwrap_or(root);
    let existing = folder.ancestors().find(|folder| folder.exists());
    let existing = dunce::canonicalize(existing.unwrap_or(root))?;
    if !existing.starts_with(root) {
        return Err(io::Error::other("its folder leads out of the repository"));
    }
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".updraft-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    match file.persist_noclobber(full) {
        Ok(_) => Ok(Written::New),
        // Somebody was faster.
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(Written::Kept),
        Err(error) => Err(error.error),
    }
}
