//! What lies inside the repository: neither behind a link, nor git's own.

use std::path::Path;

use super::problem::Problem;

/// Whether there is such a file, and no link leads to it.
pub(super) fn is_own_file(root: &Path, path: &str) -> bool {
    root.join(path).is_file() && link_on_the_way(root, path).is_none()
}

/// The first part of a path that is a symbolic link.
pub(super) fn link_on_the_way(root: &Path, path: &str) -> Option<String> {
    let ends = path.match_indices('/').map(|(at, _)| at);
    let mut steps = ends.chain([path.len()]).map(|end| &path[..end]);
    let is_link = |step: &&str| {
        let known = root.join(step).symlink_metadata();
        known.is_ok_and(|known| known.is_symlink())
    };
    steps.find(is_link).map(str::to_owned)
}

pub(super) fn linked(path: &str, link: &str) -> Problem {
    let message = match link == path {
        true => format!("`{path}` is a symbolic link; git would keep the link, not the file"),
        false => format!("`{path}` lies behind the symbolic link `{link}`"),
    };
    Problem::invalid(message)
        .label("not a file")
        .help("replace the symbolic link by what it leads to")
}

/// Whether a path leads into git's own folder, in any spelling that a file system takes for it.
pub(super) fn is_git_own(path: &str) -> bool {
    path.split('/')
        .any(|part| part.eq_ignore_ascii_case(".git"))
}

pub(super) fn git_own(path: &str) -> Problem {
    Problem::invalid(format!("`{path}` is git's own"))
        .label("not in the repository")
        .help("put the file beside the post")
}
