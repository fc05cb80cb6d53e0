//! A repository with a remote of its own, for the rehearsal.

use std::path::Path;

use git2::{IndexAddOption, RepositoryInitOptions, Sort};

use super::{
    Oid, Repository, Target,
    error::{GitError, while_doing},
};

/// What keeps the user's settings (signing, hooks, line ends) out of a rehearsal.
const SETTINGS: [(&str, &str); 6] = [
    ("user.name", "updraft rehearsal"),
    ("user.email", "rehearsal@updraft.invalid"),
    ("commit.gpgsign", "false"),
    ("core.autocrlf", "false"),
    ("core.hooksPath", "/dev/null"),
    ("push.gpgSign", "false"),
];

impl Repository {
    /// Makes the files in `work` the first commit of a new repository, whose `branch` is pushed
    /// to a new bare repository at `remote`.
    ///
    /// # Errors
    /// The disk, or git.
    pub fn with_new_remote(work: &Path, remote: &Path, branch: &str) -> Result<Self, GitError> {
        let making = while_doing("make the rehearsal's repository");
        Self::make(work, remote, branch).map_err(making)?;
        let repository = Self::discover(work)?.ok_or_else(|| GitError::Child {
            action: "init".into(),
            text: format!("`{}` is no repository afterwards", work.display()),
        })?;
        let target = Target {
            remote: "origin".into(),
            branch: branch.to_owned(),
        };
        let head = repository
            .git()
            .refname_to_id("HEAD")
            .map_err(while_doing("find HEAD"))?;
        match repository.push(&target, head, None)?.failure(&target) {
            Some(failure) => Err(failure),
            None => Ok(repository),
        }
    }

    fn make(work: &Path, remote: &Path, branch: &str) -> Result<Oid, git2::Error> {
        let mut bare = RepositoryInitOptions::new();
        git2::Repository::init_opts(
            remote,
            bare.bare(true)
                .initial_head(branch)
                .external_template(false),
        )?;
        let mut options = RepositoryInitOptions::new();
        let git = git2::Repository::init_opts(
            work,
            options.initial_head(branch).external_template(false),
        )?;
        let mut config = git.config()?;
        for (key, value) in SETTINGS {
            config.set_str(key, value)?;
        }
        git.remote("origin", &remote.to_string_lossy())?;
        config.set_str(&format!("branch.{branch}.remote"), "origin")?;
        config.set_str(
            &format!("branch.{branch}.merge"),
            &format!("refs/heads/{branch}"),
        )?;
        let mut index = git.index()?;
        index.add_all(["*"], IndexAddOption::FORCE, None)?;
        index.write()?;
        let tree = git.find_tree(index.write_tree()?)?;
        let author = git.signature()?;
        git.commit(
            Some("HEAD"),
            &author,
            &author,
            "Posts to rehearse",
            &tree,
            &[],
        )
    }

    /// The commits of HEAD, oldest first: short id and first line.
    ///
    /// # Errors
    /// [`GitError::Library`] for a damaged repository.
    pub fn subjects(&self) -> Result<Vec<String>, GitError> {
        let read = || -> Result<Vec<String>, git2::Error> {
            let git = self.git();
            let mut walk = git.revwalk()?;
            walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
            walk.push_head()?;
            walk.map(|oid| {
                let commit = git.find_commit(oid?)?;
                let summary = commit
                    .summary()
                    .ok()
                    .flatten()
                    .unwrap_or_default()
                    .to_owned();
                Ok(format!("{:.8} {summary}", commit.id().to_string()))
            })
            .collect()
        };
        read().map_err(while_doing("list the commits"))
    }
}
