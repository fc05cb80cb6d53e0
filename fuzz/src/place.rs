//! A folder of this process, for what is read from disk.

use std::{path::Path, sync::LazyLock};

use tempfile::TempDir;

static PLACE: LazyLock<TempDir> =
    LazyLock::new(|| TempDir::new().expect("a temporary folder can be made"));

/// Empty but for what a target puts there.
pub(crate) fn place() -> &'static Path {
    PLACE.path()
}
