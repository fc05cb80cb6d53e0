//! Paths as they are typed, and as the library has them.

use std::{
    io,
    path::{MAIN_SEPARATOR, Path, PathBuf},
};

use super::Library;
use crate::{
    command::{CommandError, World},
    diagnostic::did_you_mean_path,
};

impl Library {
    /// Paths of the command line, relative to the root. One that is not there from the folder of the call
    /// may be written from the root, as every verb prints it.
    ///
    /// # Errors
    /// A path that does not exist, or is outside the repository.
    pub fn relative(
        &self,
        world: &World<'_>,
        paths: &[PathBuf],
    ) -> Result<Vec<String>, CommandError> {
        paths
            .iter()
            .map(|given| {
                let full = dunce::canonicalize(world.directory.join(given));
                let full = full
                    .or_else(|error| match error.kind() {
                        io::ErrorKind::NotFound => self.in_root(given).ok_or(error),
                        _ => Err(error),
                    })
                    .map_err(|error| self.not_there(given, &error, world))?;
                let relative = full.strip_prefix(&self.folder.root).map_err(|_| {
                    CommandError::usage(format!("{} is outside the repository", given.display()))
                })?;
                Ok(relative.to_string_lossy().replace(MAIN_SEPARATOR, "/"))
            })
            .collect()
    }

    /// What a path leads to from the root, if that is inside.
    fn in_root(&self, given: &Path) -> Option<PathBuf> {
        let full = dunce::canonicalize(self.folder.root.join(given)).ok()?;
        full.starts_with(&self.folder.root).then_some(full)
    }

    /// A path that can't be followed, with the post that was probably meant: one of the same name, or of
    /// nearly the same one.
    fn not_there(&self, given: &Path, error: &io::Error, world: &World<'_>) -> CommandError {
        if error.kind() != io::ErrorKind::NotFound {
            return CommandError::usage(format!("{}: {error}", given.display()));
        }
        let paths = || self.files.iter().map(|file| file.diagnostics.path.as_str());
        let of_that_name = given.file_name().and_then(|name| {
            let named = |path: &&str| Path::new(path).file_name() == Some(name);
            paths().find(named)
        });
        let meant = of_that_name.or_else(|| did_you_mean_path(&given.to_string_lossy(), paths()));
        let help = match meant {
            Some(path) => format!(
                "; did you mean {}?",
                self.as_typed_here(path, world).display()
            ),
            None => format!("; the posts are in {}", self.posts_shown()),
        };
        CommandError::usage(format!("there is no {}{help}", given.display()))
    }

    /// A post's path as it is written where the command was called.
    fn as_typed_here(&self, path: &str, world: &World<'_>) -> PathBuf {
        let full = self.folder.root.join(path);
        let here = dunce::canonicalize(&world.directory).unwrap_or_default();
        full.strip_prefix(here).map_or(full.clone(), Path::to_owned)
    }
}
