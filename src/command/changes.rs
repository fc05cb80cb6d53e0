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

/// What is listened to.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// The posts folder.
    pub(super) posts: PathBuf,
    /// `updraft.yml`.
    pub(super) config: PathBuf,
    /// git's own folder: a commit makes a post of what lay there already.
    pub(super) git: PathBuf,
}

/// What is heard of files.
pub(super) struct Changes {
    heard: Receiver<()>,
    _watcher: RecommendedWatcher,
}

impl Changes {
    /// Listens to everything in the posts folder, to the configuration and to commits. A posts folder
    /// that is not there is heard of when it comes.
    ///
    /// # Errors
    /// The system can't tell, or not of so many folders.
    pub(super) fn of(places: Places) -> notify::Result<Self> {
        let (tell, heard) = channel(1);
        let listened = places.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // Whether one event or many: the next look sees them all. So it does after an error.
            if event.map_or(true, |event| listened.concerns(&event)) {
                let _ = tell.try_send(());
            }
        })?;
        if places.posts.is_dir() {
            watcher.watch(&places.posts, RecursiveMode::Recursive)?;
        }
        for folder in places.folders() {
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

impl Places {
    fn folders(&self) -> BTreeSet<&Path> {
        let folders = [self.posts.parent(), self.config.parent(), Some(&*self.git)];
        let there = folders.into_iter().flatten();
        there.filter(|folder| folder.is_dir()).collect()
    }

    /// Whether an event may have made a difference. Reading is an event, too, and so is each step of
    /// our own writing.
    fn concerns(&self, event: &Event) -> bool {
        let is_change = matches!(
            event.kind,
            EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_) | EventKind::Any
        );
        is_change && event.paths.iter().any(|path| self.holds(path))
    }

    fn holds(&self, path: &Path) -> bool {
        let is_post = path.starts_with(&self.posts) && !file::is_temporary(path);
        // A commit writes the index, and so does a branch that is checked out.
        is_post || *path == self.config || *path == self.git.join("index")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use notify::event::{AccessKind, CreateKind, ModifyKind};

    use super::*;

    #[test]
    fn reading_and_temporary_files_wake_nobody() {
        let places = Places {
            posts: "/r/posts".into(),
            config: "/r/updraft.yml".into(),
            git: "/r/.git".into(),
        };
        let wakes =
            |kind: EventKind, path: &str| places.concerns(&Event::new(kind).add_path(path.into()));
        let saved = EventKind::Modify(ModifyKind::Any);
        let made = EventKind::Create(CreateKind::File);
        assert!(wakes(saved, "/r/posts/2026/a.md"));
        assert!(wakes(made, "/r/posts"));
        assert!(wakes(saved, "/r/updraft.yml"));
        assert!(wakes(made, "/r/.git/index"));
        assert!(!wakes(EventKind::Access(AccessKind::Any), "/r/posts/a.md"));
        assert!(!wakes(made, "/r/posts/.updraft-x1.tmp"));
        assert!(!wakes(saved, "/r/README.md"));
        assert!(!wakes(made, "/r/.git/index.lock"));
    }
}
