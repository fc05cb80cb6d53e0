//! Since when a file is on the branch that publishes: what `publish_at: merge` goes by.

use std::path::Path;

use git2::{Commit, Delta, DiffFindOptions, DiffOptions, ErrorCode, Oid, Tree};

use super::{
    Head, Repository,
    branch::short,
    error::{GitError, while_doing},
    history::is_cut,
    remote::workflow_branch,
};

/// Since when a file is in a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is not there.
    Absent,
    /// Since a commit of this second (its committer's, since 1970).
    Since(i64),
    /// It is there, and the commit that brought it is not in this shallow clone.
    Cut,
}

/// A file on its way back through history.
struct Trail {
    /// What it was called in the commit that was looked at last.
    path: String,
    arrival: Option<Arrival>,
}

impl Repository {
    /// The commit whose history decides what is merged: HEAD where it is the branch that publishes,
    /// and else what this clone knows of that branch; `None` where that is nothing.
    ///
    /// `branch` is the one that publishes; the default branch of the remote otherwise, as far as the
    /// clone remembers it, and HEAD's own where it does not. The remote is not asked.
    ///
    /// # Errors
    /// [`GitError::Library`] for a damaged repository.
    pub fn publishing_tip(
        &self,
        branch: Option<&str>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Oid>, GitError> {
        let (here, head) = match self.head()? {
            Head::Unborn { .. } => return Ok(None),
            Head::Detached { oid } => (workflow_branch(env), oid),
            Head::Branch { name, oid } => {
                let upstream = self.upstream()?.map(|(_, branch)| short(&branch));
                (Some(upstream.unwrap_or(name)), oid)
            }
        };
        let remotes = self.remotes()?;
        let publishing = branch.map(str::to_owned);
        let Some(publishing) = publishing.or_else(|| self.default_among(&remotes)) else {
            return Ok(here.map(|_| head));
        };
        if here.as_ref() == Some(&publishing) {
            return Ok(Some(head));
        }
        Ok(self.known_tip(&publishing, &remotes))
    }

    /// Since when each of `paths` is in the branch that ends at `tip`, in a state that `is_so` takes for
    /// the one that counts: the commit of the branch itself (the first parents: a merge counts, not what
    /// it merged) that made it so. A file that was renamed meanwhile is the same file.
    ///
    /// # Errors
    /// [`GitError::Library`] for a damaged repository.
    pub fn arrivals(
        &self,
        tip: Oid,
        paths: &[&str],
        is_so: &dyn Fn(&[u8]) -> bool,
    ) -> Result<Vec<Arrival>, GitError> {
        let mut trails: Vec<Trail> = paths
            .iter()
            .map(|path| Trail {
                path: (*path).to_owned(),
                arrival: None,
            })
            .collect();
        self.follow_back(tip, &mut trails, is_so)
            .map_err(while_doing("look for the commit that merged a file"))?;
        let arrivals = trails.into_iter();
        Ok(arrivals
            .map(|trail| trail.arrival.unwrap_or(Arrival::Cut))
            .collect())
    }

    /// The second of HEAD's commit; `None` where there is none.
    pub fn head_time(&self) -> Option<chrono::DateTime<chrono::Utc>> {
        let git = self.git();
        let commit = git.head().ok()?.peel_to_commit().ok()?;
        chrono::DateTime::from_timestamp(commit.time().seconds(), 0)
    }

    fn follow_back(
        &self,
        tip: Oid,
        trails: &mut [Trail],
        is_so: &dyn Fn(&[u8]) -> bool,
    ) -> Result<(), git2::Error> {
        let git = self.git();
        let mut commit = git.find_commit(tip)?;
        let mut tree = commit.tree()?;
        for trail in trails.iter_mut() {
            if !counts(&git, &tree, &trail.path, is_so)? {
                trail.arrival = Some(Arrival::Absent);
            }
        }
        loop {
            let mut open: Vec<&mut Trail> = trails
                .iter_mut()
                .filter(|trail| trail.arrival.is_none())
                .collect();
            if open.is_empty() {
                return Ok(());
            }
            let parent = match commit.parent(0) {
                Ok(parent) => parent,
                Err(error) if error.code() != ErrorCode::NotFound => return Err(error),
                Err(_) => {
                    let is_cut = is_cut(&commit) || commit.parent_count() > 0;
                    let end = if is_cut { Arrival::Cut } else { since(&commit) };
                    open.iter_mut().for_each(|trail| trail.arrival = Some(end));
                    return Ok(());
                }
            };
            let before = parent.tree()?;
            for trail in open {
                if is_same(&before, &tree, &trail.path) {
                    continue;
                }
                match origin(&git, (&before, &tree), &trail.path, is_so)? {
                    Some(path) => trail.path = path,
                    None => trail.arrival = Some(since(&commit)),
                }
            }
            (commit, tree) = (parent, before);
        }
    }

    /// The remote's default branch, as the clone remembers it; the remote is not asked.
    pub fn default_branch(&self) -> Option<String> {
        self.default_among(&self.remotes().ok()?)
    }

    fn default_among(&self, remotes: &[String]) -> Option<String> {
        let git = self.git();
        remotes.iter().find_map(|remote| {
            let prefix = format!("refs/remotes/{remote}/");
            let head = git.find_reference(&format!("{prefix}HEAD")).ok()?;
            let target = head.symbolic_target().ok()??;
            target.strip_prefix(&prefix).map(str::to_owned)
        })
    }

    /// The tip of a branch as the clone knows it: the remote's, else one of its own.
    fn known_tip(&self, branch: &str, remotes: &[String]) -> Option<Oid> {
        let git = self.git();
        let tracked = remotes.iter();
        let tracked = tracked.map(|remote| format!("refs/remotes/{remote}/{branch}"));
        let mut names = tracked.chain([format!("refs/heads/{branch}")]);
        names.find_map(|name| git.refname_to_id(&name).ok())
    }
}

fn since(commit: &Commit<'_>) -> Arrival {
    Arrival::Since(commit.time().seconds())
}

fn counts(
    git: &git2::Repository,
    tree: &Tree<'_>,
    path: &str,
    is_so: &dyn Fn(&[u8]) -> bool,
) -> Result<bool, git2::Error> {
    let entry = match tree.get_path(Path::new(path)) {
        Ok(entry) => entry,
        Err(error) if error.code() == ErrorCode::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let blob = git.find_blob(entry.id());
    Ok(blob.is_ok_and(|blob| is_so(blob.content())))
}

fn is_same(before: &Tree<'_>, after: &Tree<'_>, path: &str) -> bool {
    let id = |tree: &Tree<'_>| tree.get_path(Path::new(path)).ok().map(|entry| entry.id());
    id(before).is_some() && id(before) == id(after)
}

/// What the file was called before, if it was so before.
fn origin(
    git: &git2::Repository,
    (before, after): (&Tree<'_>, &Tree<'_>),
    path: &str,
    is_so: &dyn Fn(&[u8]) -> bool,
) -> Result<Option<String>, git2::Error> {
    if before.get_path(Path::new(path)).is_ok() {
        let stays = counts(git, before, path, is_so)?;
        return Ok(stays.then(|| path.to_owned()));
    }
    let mut options = DiffOptions::new();
    let mut diff = git.diff_tree_to_tree(Some(before), Some(after), Some(&mut options))?;
    let mut renames = DiffFindOptions::new();
    diff.find_similar(Some(renames.renames(true).rename_limit(2000)))?;
    let renamed = diff.deltas().find(|delta| {
        delta.status() == Delta::Renamed && delta.new_file().path_bytes() == Some(path.as_bytes())
    });
    let old = renamed.and_then(|delta| {
        let path = delta.old_file().path_bytes()?;
        String::from_utf8(path.to_vec()).ok()
    });
    match old {
        Some(old) if counts(git, before, &old, is_so)? => Ok(Some(old)),
        _ => Ok(None),
    }
}
