//! What lies beside the sources and is read for them: which file it is, and which address it stands for.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::find::{self, Found};
use crate::import::{Draft, Origin, Refused};

/// The files beside the sources that an import used.
#[derive(Default)]
pub(super) struct Pictures {
    addresses: HashMap<PathBuf, String>,
    read: RefCell<HashSet<PathBuf>>,
}

impl Pictures {
    /// The file at a place beside `source`; `None` if there is none.
    ///
    /// # Errors
    /// Why what is there can't be used.
    pub(super) fn read(
        &self,
        source: &Path,
        up: usize,
        path: &str,
    ) -> Result<Option<Vec<u8>>, String> {
        let found = find::beside(source, up, path)?;
        if found.is_some() {
            self.read.borrow_mut().extend(find::place(source, up, path));
        }
        Ok(found)
    }

    /// Whether a file was read for a source.
    pub(super) fn has_read(&self, full: &Path) -> bool {
        self.read.borrow().contains(full)
    }

    /// Keeps one download from being two pictures.
    pub(super) fn claim(&mut self, found: &Found, draft: Draft) -> Result<Draft, Refused> {
        let pictures = draft.pictures.iter();
        for Origin { address, place } in pictures.filter_map(|picture| picture.origin.as_ref()) {
            let (up, path) = place;
            let Some(full) = find::place(&found.full, *up, path) else {
                continue;
            };
            let known = self
                .addresses
                .entry(full)
                .or_insert_with(|| address.clone());
            if known != address {
                return Err(Refused::new(
                    format!(
                        "`{path}` is the picture `{known}` already, and can't be `{address}` too"
                    ),
                    "put each picture into `media/NAME/` beside its file, where NAME is that file's name without its ending",
                ));
            }
        }
        Ok(draft)
    }
}
