//! Waiting: for a moment, for files that change, for a remote that moves, and for the signal to end.

use std::{
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    CommandError, World,
    changes::{Changes, Places},
    publish,
};
use crate::{
    cli::PushArgs,
    config::{Config, FILE, Place},
    delivery::Delivery,
    git::Repository,
};

/// What ended the waiting.
pub(super) enum Woken {
    /// The moment has come.
    Time,
    /// Files here, or the branch on the remote, are others now.
    Changed,
    /// The process is to end.
    Stopped,
}

/// What is looked at while nothing is to be done.
pub(super) struct Vigil<'a> {
    world: &'a World<'a>,
    remote: Option<Remote>,
    files: Option<Files<'a>>,
}

/// The files that are listened to.
struct Files<'a> {
    root: PathBuf,
    git: PathBuf,
    config: Option<&'a Path>,
    changes: Option<Changes>,
}

impl Files<'_> {
    /// The usual places, while there is something wrong with the configuration.
    fn places(&self, world: &World<'_>) -> Places {
        let place = Place::find(&world.directory, Some(&self.root), self.config);
        let (posts, config) = match &place {
            Ok(place) => match Config::load(place, world.env) {
                Ok(config) => (config.posts, place.config_path.clone()),
                Err(_) => (place.in_base("posts"), place.config_path.clone()),
            },
            Err(_) => ("posts".to_owned(), FILE.to_owned()),
        };
        Places {
            posts: self.root.join(posts),
            config: self.root.join(config),
            git: self.git.clone(),
        }
    }
}

/// How often files are looked at where the system does not tell of changes.
const POLL: TimeDelta = TimeDelta::minutes(1);

/// The branches that are fetched now and then.
pub(super) struct Remote {
    push: PushArgs,
    every: TimeDelta,
    next: DateTime<Utc>,
    complaint: String,
}

impl<'a> Vigil<'a> {
    /// Waits for time alone.
    pub(super) fn new(world: &'a World<'a>) -> Self {
        Self {
            world,
            remote: None,
            files: None,
        }
    }

    /// Listens to files of the repository, too: posts, the configuration, commits.
    pub(super) fn listening(mut self, repository: &Repository, config: Option<&'a Path>) -> Self {
        self.files = Some(Files {
            root: repository.root().to_owned(),
            git: repository.git_dir().to_owned(),
            config,
            changes: None,
        });
        self.listen();
        self
    }

    /// Begins to listen, anew: the folder may be another one by now.
    fn listen(&mut self) {
        let Some(files) = &mut self.files else { return };
        files.changes = match Changes::of(files.places(self.world)) {
            Ok(changes) => Some(changes),
            Err(error) => {
                tracing::warn!(
                    "the system does not tell of changed files ({error}): they are looked at each minute"
                );
                None
            }
        };
    }

    /// Fetches the remote, too.
    pub(super) fn pulling(mut self, push: PushArgs, every: Duration) -> Self {
        let every = TimeDelta::from_std(every).unwrap_or(TimeDelta::MAX);
        self.remote = Some(Remote {
            push,
            every,
            next: (self.world.clock)() + every,
            complaint: String::new(),
        });
        self
    }

    /// Waits until `moment`, or until something happens.
    ///
    /// # Errors
    /// The process can't have the threads for it.
    pub(super) fn wait(&mut self, moment: Option<DateTime<Utc>>) -> Result<Woken, CommandError> {
        let is_deaf = self
            .files
            .as_ref()
            .is_some_and(|files| files.changes.is_none());
        let poll = is_deaf.then(|| (self.world.clock)() + POLL);
        loop {
            if self.world.stop.load(Ordering::SeqCst) {
                return Ok(Woken::Stopped);
            }
            let now = (self.world.clock)();
            if moment.is_some_and(|moment| moment <= now) {
                return Ok(Woken::Time);
            }
            let is_pull = self
                .remote
                .as_mut()
                .is_some_and(|remote| remote.is_time(now));
            if is_pull && self.has_moved() {
                return Ok(Woken::Changed);
            }
            let left = moment.and_then(|moment| (moment - now).to_std().ok());
            let glance = self.world.pause.glance();
            let has_changed = self.rest(left.map_or(glance, |left| left.min(glance)))?;
            if has_changed || poll.is_some_and(|poll| poll <= now) {
                self.listen();
                return Ok(Woken::Changed);
            }
        }
    }

    /// Lets a little time pass; whether a file has changed.
    fn rest(&mut self, time: Duration) -> Result<bool, CommandError> {
        let pause = self.world.pause.pause(time);
        let changes = self.files.as_mut().and_then(|files| files.changes.as_mut());
        let Some(changes) = changes else {
            super::block_on(pause)?;
            return Ok(false);
        };
        super::block_on(async {
            tokio::select! {
                _ = pause => false,
                () = changes.next() => {
                    changes.settle().await;
                    true
                }
            }
        })
    }

    /// Whether the remote has something that the clone lacks, or lacks something of the clone's. A
    /// remote that gives no answer has not moved: whoever publishes next will say so.
    fn has_moved(&mut self) -> bool {
        let Some(remote) = &mut self.remote else {
            return false;
        };
        let moved = moved(self.world, &remote.push);
        let complaint = moved
            .as_ref()
            .err()
            .map(|error| error.message.clone())
            .unwrap_or_default();
        let is_stopped = self.world.stop.load(Ordering::SeqCst);
        if !complaint.is_empty() && complaint != remote.complaint && !is_stopped {
            tracing::warn!("{complaint}");
        }
        // What could not be done for want of the remote can be done now.
        let is_back = moved.is_ok() && !remote.complaint.is_empty();
        remote.complaint = complaint;
        moved.unwrap_or(false) || is_back
    }
}

impl Remote {
    fn is_time(&mut self, now: DateTime<Utc>) -> bool {
        // A clock that was set back must not put the next fetch off.
        self.next = self
            .next
            .min(now.checked_add_signed(self.every).unwrap_or(self.next));
        let is_time = self.next <= now;
        if is_time {
            self.next = now.checked_add_signed(self.every).unwrap_or(self.next);
        }
        is_time
    }
}

fn moved(world: &World<'_>, push: &PushArgs) -> Result<bool, CommandError> {
    let repository = Repository::discover(&world.directory).map_err(CommandError::world)?;
    let Some(repository) = repository else {
        return Ok(false);
    };
    let repository = repository.ending_on(&world.stop);
    let (target, beside) = publish::targets(push, &repository, world)?;
    let delivery = Delivery::new(&repository, (Some(target), beside));
    let is_level = delivery.is_level().map_err(CommandError::world)?;
    Ok(!is_level)
}
