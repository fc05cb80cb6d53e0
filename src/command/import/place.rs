//! Where imported posts come to lie: checked in a place of their own first, and never over another file.

use std::{
    collections::HashMap,
    fs, io,
    path::{Component, Path},
};

use tempfile::TempDir;

use super::{known_records, report::Outcome};
use crate::{
    command::{CommandError, Library, library::context, new_file::new_file, storage::temporary},
    import::{Draft, Finished, Note, Refused, finish, plain_name},
    post::{Media, Post, Thread, picture::PictureSource, video::VideoSource},
};

/// What became of a draft.
pub(super) struct Put {
    /// Its file: that of its source, or another that holds it already.
    pub(super) path: String,
    pub(super) outcome: Outcome,
    pub(super) is_published: bool,
    pub(super) notes: Vec<Note>,
}

impl Put {
    fn new(path: String, outcome: Outcome, finished: Finished) -> Self {
        Self {
            path,
            outcome,
            is_published: !finished.uris.is_empty(),
            notes: finished.notes,
        }
    }
}

/// The files of an import.
pub(super) struct Places<'a> {
    library: &'a Library,
    target: &'a str,
    is_dry: bool,
    /// A root in which the pictures lie as they will in the repository.
    stage: TempDir,
    /// Which record is which file's.
    records: HashMap<String, String>,
    /// The files of this import.
    taken: Vec<String>,
}

impl<'a> Places<'a> {
    /// # Errors
    /// There is no room for temporary files.
    pub(super) fn new(
        library: &'a Library,
        target: &'a str,
        is_dry: bool,
    ) -> Result<Self, CommandError> {
        let stage = temporary()?;
        Ok(Self {
            library,
            target,
            is_dry,
            stage,
            records: known_records(library),
            taken: Vec::new(),
        })
    }

    /// The path of a post from a source in `folder`, relative to the root.
    pub(super) fn path(&self, folder: &Path, name: &str) -> String {
        let folders = folder.components().filter_map(|part| match part {
            Component::Normal(name) => Some(plain_name(&name.to_string_lossy())),
            _ => None,
        });
        let mut parts = vec![self.target.to_owned()];
        parts.extend(folders);
        parts.push(format!("{name}.md"));
        parts.retain(|part| !part.is_empty());
        parts.join("/")
    }

    /// Writes the file of a draft, its pictures first; or only finds out what would become of it.
    ///
    /// # Errors
    /// The disk. That it can't be a file of the library is a value.
    pub(super) fn put(
        &mut self,
        draft: Draft,
        path: &str,
    ) -> Result<Result<Put, Refused>, CommandError> {
        let lower = path.to_lowercase();
        if self.taken.contains(&lower) {
            return Ok(Err(refused(
                format!("another file of this import becomes {path} too"),
                "import one of them into another folder, with --to",
            )));
        }
        let mut files = pictures(&draft, path);
        let finished = match self.finish(draft, (path, &files))? {
            Ok(finished) => finished,
            Err(refused) => return Ok(Err(refused)),
        };
        match self.there(&finished, path) {
            Err(refused) => Ok(Err(refused)),
            Ok(Some(there)) => {
                self.taken.extend((there == path).then_some(lower));
                Ok(Ok(Put::new(there, Outcome::There, finished)))
            }
            Ok(None) => {
                files.push((path.to_owned(), finished.bytes().to_vec()));
                self.add(finished, (path, &files))
            }
        }
    }

    /// Writes the files of a post that the library lacks, or finds them there to the byte.
    fn add(
        &mut self,
        finished: Finished,
        (path, files): (&str, &[Placed]),
    ) -> Result<Result<Put, Refused>, CommandError> {
        let is_new = match self.is_new(files)? {
            Ok(is_new) => is_new,
            Err(refused) => return Ok(Err(refused)),
        };
        if !self.is_dry {
            self.write(files)?;
        }
        self.taken.push(path.to_lowercase());
        let uris = finished.uris.iter();
        self.records
            .extend(uris.map(|uri| (uri.clone(), path.to_owned())));
        let outcome = if is_new { Outcome::New } else { Outcome::There };
        Ok(Ok(Put::new(path.to_owned(), outcome, finished)))
    }

    /// The file of the library that holds a post already; it may have been edited since.
    ///
    /// # Errors
    /// A file of this import has its records, or a file has some of them.
    fn there(&self, finished: &Finished, path: &str) -> Result<Option<String>, Refused> {
        if finished.uris.is_empty() {
            return Ok(self.same_words(&finished.thread, path));
        }
        let known = finished.uris.iter().find_map(|uri| self.records.get(uri));
        let Some(known) = known else { return Ok(None) };
        let is_there = |uri| self.records.get(uri) == Some(known);
        let is_free = known == path || !self.taken.contains(&known.to_lowercase());
        match finished.uris.iter().all(is_there) && is_free {
            true => Ok(Some(known.clone())),
            false if known == path => Ok(None),
            false => Err(refused(
                format!("{known} names the same record on Bluesky"),
                "nothing: the post is in the library already",
            )),
        }
    }

    /// A file of that name that says the same for the same account: at `path`, or else in another folder.
    fn same_words(&self, draft: &Thread, path: &str) -> Option<String> {
        let name = |path: &str| path.rsplit('/').next().map(str::to_lowercase);
        let is_same = |there: &&Thread| {
            name(there.path()) == name(path)
                && there.account() == draft.account()
                && says_the_same(there, draft)
        };
        let same: Vec<&str> = self
            .library
            .threads()
            .filter(is_same)
            .map(Thread::path)
            .collect();
        // Whatever lies at its own place goes before what lies elsewhere.
        let is_own = same.contains(&path) || self.library.folder.root.join(path).exists();
        let mut found = same.into_iter();
        let found = found.find(|there| !is_own || *there == path);
        found.map(str::to_owned)
    }

    /// The file, checked with its pictures.
    fn finish(
        &self,
        draft: Draft,
        (path, pictures): (&str, &[Placed]),
    ) -> Result<Result<Finished, Refused>, CommandError> {
        for (path, bytes) in pictures {
            self.lay_out(path, bytes)?;
        }
        // Not shared: a picture of the same name may have been another post's, which was refused.
        let root = self.stage.path();
        let sources = (&PictureSource::new(root), &VideoSource::new(root));
        let finished = finish(draft, path, &context(&self.library.config, sources));
        Ok(finished)
    }

    /// Whether one of the files is not there yet; none is written over another.
    fn is_new(&self, files: &[Placed]) -> Result<Result<bool, Refused>, CommandError> {
        let mut is_new = false;
        for (path, bytes) in files {
            match self.standing(path, bytes)? {
                Standing::Free => is_new = true,
                Standing::Same => {}
                Standing::Other => {
                    return Ok(Err(refused(
                        format!("{path} is there already, with another content"),
                        "move it away, or import into another folder, with --to",
                    )));
                }
            }
        }
        Ok(Ok(is_new))
    }

    fn lay_out(&self, path: &str, bytes: &[u8]) -> Result<(), CommandError> {
        let full = self.stage.path().join(path);
        let folder = full.parent().unwrap_or(self.stage.path());
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&full, bytes))
            .map_err(CommandError::world)
    }

    fn standing(&self, path: &str, bytes: &[u8]) -> Result<Standing, CommandError> {
        let full = self.library.folder.root.join(path);
        let failed = |error: io::Error| CommandError::world(format!("{path}: {error}"));
        match full.symlink_metadata() {
            Ok(found) if found.is_file() && found.len() == bytes.len() as u64 => {
                let is_same = fs::read(&full).map_err(failed)? == bytes;
                Ok(if is_same {
                    Standing::Same
                } else {
                    Standing::Other
                })
            }
            Ok(_) => Ok(Standing::Other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Standing::Free),
            Err(error) => Err(failed(error)),
        }
    }

    fn write(&self, files: &[Placed]) -> Result<(), CommandError> {
        for (path, bytes) in files {
            new_file(&self.library.folder.root, path, (bytes, "import"))?;
        }
        Ok(())
    }
}

/// Whether two files make posts of the same words, pictures and quotes, and have words.
fn says_the_same(one: &Thread, other: &Thread) -> bool {
    let (one, other) = (one.posts(), other.posts());
    let is_same = |(one, other): (&Post, &Post)| {
        one.text == other.text && one.quote == other.quote && shown(one) == shown(other)
    };
    let has_words = one.iter().any(|post| !post.text.text().is_empty());
    has_words && one.len() == other.len() && one.iter().zip(other).all(is_same)
}

/// The pictures or the video of a post, wherever the files lie, and what is said of them.
fn shown(post: &Post) -> Vec<(&[u8; 32], &str)> {
    match &post.media {
        Some(Media::Images(images)) => images
            .iter()
            .map(|image| (&image.sha256, image.alt.as_str()))
            .collect(),
        Some(Media::Video(video)) => vec![(&video.sha256, video.alt.as_str())],
        Some(Media::Card(_)) | None => Vec::new(),
    }
}

/// A file's path, relative to the root, and its bytes.
type Placed = (String, Vec<u8>);

/// The pictures of a draft, as they are to lie beside its post.
fn pictures(draft: &Draft, path: &str) -> Vec<Placed> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let placed = |path: &str| match folder {
        "" => path.to_owned(),
        folder => format!("{folder}/{path}"),
    };
    let pictures = draft.pictures.iter();
    pictures
        .map(|picture| (placed(&picture.path), picture.bytes.clone()))
        .collect()
}

/// What lies where a file is to go.
enum Standing {
    Free,
    Same,
    Other,
}

fn refused(reason: String, remedy: &str) -> Refused {
    Refused::new(reason, remedy)
}
