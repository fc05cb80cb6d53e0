//! All of a repository's posts, checked: what every verb begins with.

mod merges;
mod paths;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::{CommandError, Console, Exit, World, check};
use crate::{
    config::{Config, Place},
    delivery::{self, Committed},
    diagnostic::FileDiagnostics,
    git::{Comparison, Git, Oid},
    plan::{Candidate, Unreviewed, is_due, is_under},
    post::{
        AccountDefaults, Checked, Context, LinkCards, Merge, Thread, check_together,
        file::{Folder, Found},
        picture::PictureSource,
        thread,
        video::VideoSource,
    },
};

/// The configuration and the files that it is about.
pub struct Library {
    /// `updraft.yml` and the environment.
    pub config: Config,
    /// `updraft.yml`, relative to the root; it need not exist.
    pub config_path: String,
    /// Where the posts are.
    pub folder: Folder,
    /// The repository, if there is one.
    pub repository: Option<Box<dyn Git>>,
    /// Every post file, by path.
    pub files: Vec<Checked>,
}

/// Why there is no library.
pub enum LibraryError {
    /// `updraft.yml` has mistakes.
    Config(Box<FileDiagnostics>),
    /// Anything else.
    World(CommandError),
}

impl<E: std::fmt::Display> From<E> for LibraryError {
    fn from(error: E) -> Self {
        Self::World(CommandError::world(error))
    }
}

impl Library {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// The configuration is wrong, or can't be found or read.
    pub fn load(world: &World<'_>, config: Option<&Path>) -> Result<Self, LibraryError> {
        Self::load_as(world, config, |_| {})
    }

    /// The library, or the end of a command: what is wrong with `updraft.yml` is shown first, and is worth
    /// `exit`.
    ///
    /// # Errors
    /// It could not be loaded.
    pub fn require(
        library: Result<Self, LibraryError>,
        exit: Exit,
        world: &World<'_>,
        console: &mut Console<'_>,
    ) -> Result<Self, CommandError> {
        library.map_err(|error| match error {
            LibraryError::World(error) => error,
            LibraryError::Config(file) => match check::complain(&[*file], world, console) {
                // All is said.
                Ok(()) => CommandError {
                    exit,
                    message: String::new(),
                },
                Err(error) => error,
            },
        })
    }

    /// The same, as if pages were read at publishing where cards are to be pinned: what `pin` finds
    /// to do. Where cards are off, it finds nothing.
    ///
    /// # Errors
    /// As for [`Library::load`].
    pub fn load_with_live_cards(
        world: &World<'_>,
        config: Option<&Path>,
    ) -> Result<Self, LibraryError> {
        Self::load_as(world, config, |config| {
            let accounts = config.accounts.iter_mut();
            let of_accounts = accounts.map(|account| &mut account.defaults);
            for defaults in of_accounts.chain([&mut config.defaults]) {
                if defaults.link_cards == LinkCards::Pinned {
                    defaults.link_cards = LinkCards::Live;
                }
            }
        })
    }

    /// The same, for who writes new files: the posts folder that `updraft.yml` names need not be there
    /// yet.
    ///
    /// # Errors
    /// As for [`Library::load`].
    pub fn load_to_add(world: &World<'_>, config: Option<&Path>) -> Result<Self, LibraryError> {
        Self::load_as(world, config, |config| config.names_posts = false)
    }

    fn load_as(
        world: &World<'_>,
        config: Option<&Path>,
        change: impl FnOnce(&mut Config),
    ) -> Result<Self, LibraryError> {
        let repository = world.storage.repository(&world.directory)?;
        let place = Place::find(
            &world.directory,
            repository.as_deref().map(Git::root),
            config,
        )
        .map_err(|error| LibraryError::World(CommandError::place(&error)))?;
        let config_path = place.config_path.clone();
        let mut config =
            Config::load(&place, world.env).map_err(|file| LibraryError::Config(Box::new(file)))?;
        if let Some(server) = &world.rehearsal {
            config.rehearse_at(server);
        }
        change(&mut config);
        let may_be_missing = repository.is_some() && !config.names_posts;
        let folder = posts_folder(&config, may_be_missing, world);
        let mut files = check_all(&folder, &config)?;
        if let Some(repository) = repository.as_deref() {
            let branch = config.publish_from.as_deref();
            if let Some(tip) = repository.publishing_tip(branch, world.env)? {
                merges::find(&mut files, repository, tip)?;
            }
        }
        check_together(&mut files, |path| has_in_git(repository.as_deref(), path));
        Ok(Self {
            config,
            config_path,
            folder,
            repository,
            files,
        })
    }

    /// Reads and checks a revision that lies at `place`, with the mistakes that are known of its files.
    /// A posts folder that is not there is one without posts: git keeps no empty folder.
    ///
    /// # Errors
    /// Its posts can't be read.
    pub fn of_revision(
        world: &World<'_>,
        place: &Place,
        config: Config,
        known: Vec<Checked>,
    ) -> Result<Self, CommandError> {
        let folder = posts_folder(&config, true, world);
        let mut files = check_all(&folder, &config)?;
        files.extend(known);
        files.sort_by(|a, b| a.diagnostics.path.cmp(&b.diagnostics.path));
        check_together(&mut files, |_| true);
        Ok(Self {
            config,
            config_path: place.config_path.clone(),
            folder,
            repository: None,
            files,
        })
    }

    /// Asks anew since when files are merged, in the history that ends at `tip`.
    ///
    /// # Errors
    /// git can't say.
    pub fn date_merges(&mut self, tip: Oid) -> Result<(), LibraryError> {
        match self.repository.as_deref() {
            Some(repository) => Ok(merges::find(&mut self.files, repository, tip)?),
            None => Ok(()),
        }
    }

    /// The threads among the files.
    pub fn threads(&self) -> impl Iterator<Item = &Thread> {
        self.files
            .iter()
            .filter_map(|file| file.result.as_ref().ok())
    }

    /// The thread of a path relative to the root.
    ///
    /// # Errors
    /// There is none, or it has errors.
    pub fn thread(&self, path: &str) -> Result<&Thread, CommandError> {
        match self.files.iter().find(|file| file.diagnostics.path == path) {
            Some(Checked {
                result: Ok(thread), ..
            }) => Ok(thread),
            Some(_) => Err(CommandError::usage(format!(
                "{path} has errors: run `updraft check {path}`"
            ))),
            None if self.folder.disk.is_folder(&self.folder.root.join(path)) => {
                let shown = if path.is_empty() { "this" } else { path };
                Err(CommandError::usage(format!(
                    "{shown} is a folder: name files"
                )))
            }
            None => Err(CommandError::usage(format!(
                "{path} is no post of {}",
                self.posts_shown()
            ))),
        }
    }

    /// What the plan is made from: the files, and whether each that is due at `now` is what was
    /// committed, and can take its result. Of the others git is asked nothing.
    ///
    /// # Errors
    /// git can't say.
    pub fn candidates(
        &self,
        now: DateTime<Utc>,
        allow_dirty: bool,
    ) -> Result<Vec<Candidate>, CommandError> {
        let judge = |file: &Checked| {
            let due = file
                .result
                .as_ref()
                .ok()
                .filter(|thread| is_due(thread, now));
            let unreviewed = match due {
                Some(thread) if !allow_dirty => self.unreviewed(thread)?,
                _ => None,
            };
            Ok(Candidate {
                file: file.result.clone(),
                unreviewed,
                writable: due.is_none_or(|thread| self.folder.is_writable(thread.path())),
            })
        };
        self.files.iter().map(judge).collect()
    }

    /// Whether some file goes out on merging, and only a history that is not here says since when.
    pub fn lacks_merges(&self) -> bool {
        self.threads()
            .any(|thread| thread.merge() == Some(Merge::Unknown))
    }

    /// Whether HEAD has the file; where there is no git, or it can't say, the file counts.
    pub fn has_in_git(&self, path: &str) -> bool {
        has_in_git(self.repository.as_deref(), path)
    }

    /// Whether `updraft.yml` is another one than in the last commit: a person's, or what a killed run
    /// left when it was moving the work tree.
    ///
    /// # Errors
    /// git can't say.
    pub fn is_config_changed(&self) -> Result<bool, CommandError> {
        let Some(repository) = &self.repository else {
            return Ok(false);
        };
        let compared = repository.compare_file_with_head(&self.config_path);
        let compared = compared.map_err(CommandError::world)?;
        Ok(matches!(compared, Comparison::Changed { .. }))
    }

    fn unreviewed(&self, thread: &Thread) -> Result<Option<Unreviewed>, CommandError> {
        let Some(repository) = &self.repository else {
            return Ok(None);
        };
        let committed =
            delivery::is_committed(&**repository, thread).map_err(CommandError::world)?;
        Ok(match committed {
            Committed::Whole => None,
            Committed::Not => Some(Unreviewed::Untracked),
            Committed::Otherwise => Some(Unreviewed::Changed),
        })
    }

    /// The files that `paths` (relative to the folder of the call) name; all where there are none.
    ///
    /// # Errors
    /// A path that names no post.
    pub fn select(
        &self,
        world: &World<'_>,
        paths: &[PathBuf],
    ) -> Result<Vec<&Checked>, CommandError> {
        let wanted = self.relative(world, paths)?;
        for (path, given) in wanted.iter().zip(paths) {
            if !self
                .files
                .iter()
                .any(|file| is_under(&file.diagnostics.path, path))
            {
                let message = format!("{} is no post of {}", given.display(), self.posts_shown());
                return Err(CommandError::usage(message));
            }
        }
        let chosen = |file: &&Checked| {
            wanted.is_empty()
                || wanted
                    .iter()
                    .any(|path| is_under(&file.diagnostics.path, path))
        };
        Ok(self.files.iter().filter(chosen).collect())
    }

    /// How many folders the posts folder lies below that of `updraft.yml`.
    pub fn posts_depth(&self) -> usize {
        let folders = |path: &str| path.split('/').filter(|part| !part.is_empty()).count();
        let base = self
            .config_path
            .rsplit_once('/')
            .map_or("", |(base, _)| base);
        folders(&self.config.posts).saturating_sub(folders(base))
    }

    fn posts_shown(&self) -> String {
        self.folder
            .root
            .join(&self.folder.posts)
            .display()
            .to_string()
    }
}

fn has_in_git(repository: Option<&dyn Git>, path: &str) -> bool {
    repository.is_none_or(|repository| !matches!(repository.file_at_head(path), Ok(None)))
}

fn posts_folder(config: &Config, may_be_missing: bool, world: &World<'_>) -> Folder {
    Folder {
        root: config.root.clone(),
        posts: config.posts.clone(),
        ignore: config.ignore.clone(),
        may_be_missing,
        disk: world.storage.disk(),
    }
}

fn check_all(folder: &Folder, config: &Config) -> Result<Vec<Checked>, CommandError> {
    let found = folder.find().map_err(CommandError::world)?;
    let pictures = PictureSource::new(&folder.root);
    let videos = VideoSource::new(&folder.root);
    let context = context(config, (&pictures, &videos));
    let files = found.par_iter();
    Ok(files
        .map(|found| check_one(folder, found, &context))
        .collect())
}

/// What a check needs to know of the configuration.
pub(super) fn context<'a>(
    config: &Config,
    (pictures, videos): (&'a PictureSource, &'a VideoSource),
) -> Context<'a> {
    Context {
        accounts: config
            .accounts
            .iter()
            .map(|account| AccountDefaults {
                name: account.name.clone(),
                defaults: account.defaults.clone(),
            })
            .collect(),
        default_account: config.default_account.clone(),
        timezone: config.timezone,
        defaults: config.defaults.clone(),
        pictures,
        videos,
    }
}

fn check_one(folder: &Folder, found: &Found, context: &Context<'_>) -> Checked {
    if let Some(mistake) = &found.mistake {
        return thread::unreadable(&found.path, mistake.clone());
    }
    let bytes = match folder.read(&found.path) {
        Ok(bytes) => bytes,
        Err(mistake) => return thread::unreadable(&found.path, mistake),
    };
    let mut checked = Thread::check(&found.path, bytes, context);
    let waits = matches!(&checked.result, Ok(thread) if thread.publish_at().is_some() && thread.block().is_none());
    if waits && let Some(mistake) = folder.read_only(&found.path) {
        checked.refuse(mistake);
    }
    checked
}
