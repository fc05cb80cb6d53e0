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
    import::{Draft, Finished, Refused, finish, plain_name},
    post::{picture::PictureSource, video::VideoSource},
};

/// What became of a draft.
pub(super) struct Put {
    pub(super) outcome: Outcome,
    pub(super) is_published: bool,
    pub(super) notes: Vec<String>,
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
        let is_published = !finished.uris.is_empty();
        // A file that names these records already may have been edited since.
        let is_its_own = |uri| self.records.get(uri).is_some_and(|there| there == path);
        if is_published && finished.uris.iter().all(is_its_own) {
            self.taken.push(lower);
            return Ok(Ok(Put {
                outcome: Outcome::There,
                is_published,
                notes: Vec::new(),
            }));
        }
        files.push((path.to_owned(), finished.bytes));
        let is_new = match self.is_new(&files)? {
            Ok(is_new) => is_new,
            Err(refused) => return Ok(Err(refused)),
        };
        if !self.is_dry {
            self.write(&files)?;
        }
        self.taken.push(lower);
        let uris = finished.uris.into_iter();
        self.records.extend(uris.map(|uri| (uri, path.to_owned())));
        Ok(Ok(Put {
            outcome: if is_new { Outcome::New } else { Outcome::There },
            is_published,
            notes: finished.notes,
        }))
    }

    /// The file, checked with its pictures, whose records are no other file's.
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
        Ok(finished.and_then(|finished| {
            let known = finished.uris.iter().find_map(|uri| self.records.get(uri));
            match known.filter(|other| *other != path) {
                None => Ok(finished),
                Some(other) => Err(refused(
                    format!("{other} names the same record on Bluesky"),
                    "nothing: the post is in the library already",
                )),
            }
        }))
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
