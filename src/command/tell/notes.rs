//! The notes of a clone, in its git directory: what was told where no file can say so, and how the
//! last run went. A fresh clone has none.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// What was told that no file can say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    /// When somebody was told that runs can't do their work.
    pub(super) run: Option<DateTime<Utc>>,
    /// What kind of thing was told, by path.
    pub(super) files: BTreeMap<String, String>,
}

impl Told {
    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    pub(super) fn says(&self, path: &str, word: &str) -> bool {
        self.files.get(path).is_some_and(|told| told == word)
    }
}

/// How the last run of a clone went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::command) struct LastRun {
    /// When it ended.
    pub(in crate::command) at: Option<DateTime<Utc>>,
    /// The exit code of a process that ends so.
    pub(in crate::command) exit: u8,
    /// Why it could not do its work.
    pub(in crate::command) error: Option<String>,
    /// Threads that went out.
    pub(in crate::command) published: usize,
    /// Threads that servers refused.
    pub(in crate::command) failed: usize,
    /// Threads that were too late.
    pub(in crate::command) missed: usize,
    /// Threads that are due still.
    pub(in crate::command) left: usize,
    /// Errors of servers in this process, by kind.
    pub(in crate::command) api_errors: BTreeMap<String, u64>,
    /// Points that accounts have left.
    pub(in crate::command) remaining_points: BTreeMap<String, u64>,
}

/// Where they are.
pub(in crate::command) struct Notes(pub(in crate::command) Option<PathBuf>);

impl Notes {
    pub(super) fn told(&self) -> Told {
        self.read("told.json").unwrap_or_default()
    }

    pub(super) fn keep_told(&self, told: &Told) -> io::Result<()> {
        if *told == self.told() {
            return Ok(());
        }
        self.write("told.json", told)
    }

    pub(in crate::command) fn last_run(&self) -> Option<LastRun> {
        self.read("last-run.json")
    }

    pub(in crate::command) fn keep_last_run(&self, last: &LastRun) -> io::Result<()> {
        self.write("last-run.json", last)
    }

    /// What can't be read counts for nothing: it is told once more.
    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let bytes = fs::read(self.0.as_ref()?.join(name)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let Some(folder) = &self.0 else {
            return Ok(());
        };
        fs::create_dir_all(folder)?;
        let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
        replace(&folder.join(name), &format!("{text}\n"))
    }
}

/// Writes a file whole or not at all.
pub(in crate::command) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".updraft-");
    // Those who read it may be others: a collector of metrics.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}
