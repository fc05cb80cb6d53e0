//! Commits that hold a run's files and nothing else.

use std::ffi::OsString;

use git2::{FileMode, Oid, Signature, Tree, build::TreeUpdateBuilder};

use super::{
    Repository,
    child::{Call, LOCAL},
    content::{entry_of, read_oid},
    error::{GitError, while_doing},
};

/// A file's new content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEdit {
    /// Relative to the root.
    pub path: String,
    /// As they are in the work tree.
    pub bytes: Vec<u8>,
}

/// A file as a commit is going to hold it.
pub(super) struct Stored {
    pub(super) path: String,
    pub(super) blob: Oid,
    pub(super) mode: i32,
    /// What the parent commit holds.
    pub(super) before: Option<Oid>,
}

impl Repository {
    /// Commits these files on HEAD, beside the index: whatever else is staged, changed, renamed
    /// or untracked stays as it is. Returns the new commit, or HEAD's if nothing differs.
    ///
    /// HEAD's branch moves (or HEAD itself while detached, or the unborn branch comes to be), and
    /// the index learns of these files. Where the user had staged another version of one of them,
    /// the change is merged into that version, so that their next commit doesn't undo it.
    ///
    /// Author and committer are the user's (`GIT_AUTHOR_*`, `GIT_COMMITTER_*`, then git's
    /// settings), else `updraft <updraft@localhost>`. With `commit.gpgsign` the user's git signs.
    /// Commit hooks don't run: they would see, and could change, more than these files.
    ///
    /// # Errors
    /// [`GitError::InProgress`], [`GitError::Locked`], [`GitError::Signing`],
    /// [`GitError::HeadMoved`]; nothing of the user's is changed by any of them.
    pub fn commit(&self, files: &[FileEdit], message: &str) -> Result<Oid, GitError> {
        self.require_quiet()?;
        let head = self.head_oid()?;
        let (stored, tree) = self.store(head, files)?;
        if let Some(head) = head
            && self.tree_id(head)? == tree
        {
            return Ok(head);
        }
        let commit = self.write_commit(head.as_slice(), tree, message)?;
        self.add_to_index(&stored)?;
        let summary = message.lines().next().unwrap_or_default();
        self.move_head(head, commit, &format!("commit: {summary}"))?;
        Ok(commit)
    }

    /// A commit of these files on the first of `parents`, which no branch holds yet: for pushing onto
    /// a tip that isn't checked out. Returns a single parent if the files differ in nothing; no files
    /// at all make a commit that only says something. With several parents it is a merge that has of
    /// the others nothing but their history.
    ///
    /// # Errors
    /// [`GitError::Signing`], or what libgit2 says.
    pub fn commit_on(
        &self,
        parents: &[Oid],
        files: &[FileEdit],
        message: &str,
    ) -> Result<Oid, GitError> {
        let first = parents.first().copied();
        let (_, tree) = self.store(first, files)?;
        if let ([parent], false) = (parents, files.is_empty())
            && self.tree_id(*parent)? == tree
        {
            return Ok(*parent);
        }
        self.write_commit(parents, tree, message)
    }

    pub(super) fn empty_tree(&self) -> Result<Oid, GitError> {
        let git = self.git();
        let builder = git.treebuilder(None).map_err(while_doing("write a tree"))?;
        builder.write().map_err(while_doing("write a tree"))
    }

    pub(super) fn tree_id(&self, commit: Oid) -> Result<Oid, GitError> {
        let git = self.git();
        let commit = git.find_commit(commit);
        commit
            .map(|commit| commit.tree_id())
            .map_err(while_doing("read a commit"))
    }

    fn store(
        &self,
        parent: Option<Oid>,
        files: &[FileEdit],
    ) -> Result<(Vec<Stored>, Oid), GitError> {
        let base = match parent {
            Some(parent) => self.tree_id(parent)?,
            None => self.empty_tree()?,
        };
        let git = self.git();
        let base = git.find_tree(base).map_err(while_doing("read a commit"))?;
        let mut update = TreeUpdateBuilder::new();
        let mut stored = Vec::with_capacity(files.len());
        for file in files {
            let file = self.store_one(&base, file)?;
            update.upsert(file.path.as_str(), file.blob, mode_of(file.mode));
            stored.push(file);
        }
        let tree = update.create_updated(&git, &base);
        Ok((stored, tree.map_err(while_doing("write a tree"))?))
    }

    fn store_one(&self, base: &Tree<'_>, file: &FileEdit) -> Result<Stored, GitError> {
        let before = entry_of(base, &file.path)?;
        Ok(Stored {
            path: file.path.clone(),
            blob: self.stored(&file.path, &file.bytes)?,
            mode: before.map_or(i32::from(FileMode::Blob), |(_, mode)| mode),
            before: before.map(|(blob, _)| blob),
        })
    }

    fn write_commit(&self, parents: &[Oid], tree: Oid, message: &str) -> Result<Oid, GitError> {
        let git = self.git();
        let author = git.author_from_env().or_else(|_| nobody());
        let committer = git.committer_from_env().or_else(|_| nobody());
        let author = author.map_err(while_doing("name the author"))?;
        let committer = committer.map_err(while_doing("name the committer"))?;
        let message = format!("{}\n", message.trim_end());
        if self.is_signing()? {
            return self.write_signed(parents, tree, &message, [&author, &committer]);
        }
        let write = || {
            let tree = git.find_tree(tree)?;
            let parents = parents.iter().map(|oid| git.find_commit(*oid));
            let parents: Vec<_> = parents.collect::<Result<_, _>>()?;
            let parents: Vec<_> = parents.iter().collect();
            git.commit(None, &author, &committer, &message, &tree, &parents)
        };
        write().map_err(while_doing("write the commit"))
    }

    /// Whether the user's git signs what is committed here (`commit.gpgsign`).
    ///
    /// # Errors
    /// git's settings can't be read.
    pub fn is_signing(&self) -> Result<bool, GitError> {
        let config = self.git().config();
        let config = config.map_err(while_doing("read git's settings"))?;
        Ok(config.get_bool("commit.gpgsign").unwrap_or(false))
    }

    fn write_signed(
        &self,
        parents: &[Oid],
        tree: Oid,
        message: &str,
        [author, committer]: [&Signature<'_>; 2],
    ) -> Result<Oid, GitError> {
        let mut args = vec!["commit-tree".to_owned(), "-S".to_owned()];
        args.extend(parents.iter().map(|parent| format!("-p{parent}")));
        args.extend(["-F", "-"].map(str::to_owned));
        args.push(tree.to_string());
        let mut call = Call::new(LOCAL, args).input(message.as_bytes());
        call.env = vec![
            ("GIT_AUTHOR_NAME", lossy(author.name_bytes())),
            ("GIT_AUTHOR_EMAIL", lossy(author.email_bytes())),
            ("GIT_AUTHOR_DATE", date(author)),
            ("GIT_COMMITTER_NAME", lossy(committer.name_bytes())),
            ("GIT_COMMITTER_EMAIL", lossy(committer.email_bytes())),
            ("GIT_COMMITTER_DATE", date(committer)),
        ];
        let answer = self.run(call)?;
        match answer.ok {
            true => read_oid(&answer.stdout),
            false => Err(GitError::Signing { text: answer.said }),
        }
    }
}

fn nobody() -> Result<Signature<'static>, git2::Error> {
    Signature::now("updraft", "updraft@localhost")
}

fn lossy(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// git's own format: seconds, then the offset as `+hhmm`.
fn date(signature: &Signature<'_>) -> OsString {
    let when = signature.when();
    let (sign, offset) = (when.sign(), when.offset_minutes().abs());
    let (hours, minutes) = (offset / 60, offset % 60);
    format!("@{} {sign}{hours:02}{minutes:02}", when.seconds()).into()
}

pub(super) fn mode_of(mode: i32) -> FileMode {
    match mode == i32::from(FileMode::BlobExecutable) {
        true => FileMode::BlobExecutable,
        false => FileMode::Blob,
    }
}
