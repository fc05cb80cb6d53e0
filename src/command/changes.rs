//! Files that change, as the system tells of them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{Receiver, channel};

use crate::post::file;

/// So long nothing more must happen until what happened counts: editors save in several steps.
const CALM: Duration = Duration::from_millis(300);
/// But so long at most: a signal has to be heard within a second.
const PATIENCE: Duration = Duration::from_millis(800);

/// What is heard of the posts folder and of `updraft.yml`.
pub(super) struct Changes {
    heard: Receiver<()>,
    _watcher: RecommendedWatcher,
}

impl Changes {
    /// Listens to everything in `posts`, and to the configuration at `config_file`. A posts folder
    /// that is not there is heard of when it comes.
    ///
    /// # Errors
    /// The system can't tell, or not of so many folders.
    pub(super) fn of(posts: &Path, config_file: &Path) -> notify::Result<Self> {
        let (tell, heard) = channel(1);
        let places = (posts.to_owned(), config_file.to_owned());
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // Whether one event or many: the next look sees them all. So it does after an error.
            if event.map_or(true, |event| concerns(&event, &places)) {
                let _ = tell.try_send(());
            }
        })?;
        if posts.is_dir() {
            watcher.watch(posts, RecursiveMode::Recursive)?;
        }
        let folders: BTreeSet<&Path> = [posts.parent(), config_file.parent()]
            .into_iter()
            .flatten()
            .collect();
        for folder in folders.into_iter().filter(|folder| folder.is_dir()) {
            watcher.watch(folder, RecursiveMode::NonRecursive)?;
        }
        Ok(Self {
            heard,
            _watcher: watcher,
        })
    }

    /// Comes back when something has changed.
    pub(super) async fn next(&mut self) {
        if self.heard.recv().await.is_none() {
            std::future::pending().await
        }
    }

    /// Comes back when nothing more has changed for a moment.
    pub(super) async fn settle(&mut self) {
        let calm = async { while tokio::time::timeout(CALM, self.heard.recv()).await.is_ok() {} };
        let _ = tokio::time::timeout(PATIENCE, calm).await;
    }
}

/// Whether an event may have made a difference. Reading is an event, too, and so is each step of our own
/// writing.
fn concerns(event: &Event, (posts, config_file): &(PathBuf, PathBuf)) -> bool {
    let is_change = matches!(
        event.kind,
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Any
    );
    is_change
        && event.paths.iter().any(|path| {
            (path.starts_with(posts) && !file::is_temporary(path)) || path == config_file
        })
}
