//! Which file a post means, and that it lies inside the repository.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::{
    inside::{git_own, is_git_own, is_own_file, link_on_the_way, linked},
    problem::Problem,
};
use crate::diagnostic::did_you_mean;

/// What must be encoded in a Markdown destination, so that it can be pasted as it is.
const MARKDOWN: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'%')
    .add(b'(')
    .add(b')')
    .add(b'<')
    .add(b'>')
    .add(b'\\');

/// Why a path of the repository yields no file.
#[derive(Debug)]
pub(super) enum Unlocated {
    /// Nothing has this name.
    Missing(String),
    /// The file has this name, but for upper and lower case: other machines won't find it.
    WrongCase { path: String, real: String },
    /// Any other reason.
    Unusable(Problem),
}

/// The path, relative to the repository's root, that a post's picture `destination` means.
pub(super) fn resolve(root: &Path, post_path: &str, destination: &str) -> Result<String, Problem> {
    refuse_address(destination)?;
    let decoded = percent_decode_str(destination)
        .decode_utf8()
        .map_err(|_| unclear(destination, "is not UTF-8 once its `%` codes are resolved"))?;
    refuse_characters(destination, &decoded)?;
    if decoded.starts_with('/') {
        return Err(absolute(root, post_path, &decoded));
    }
    join(folders(post_path), &decoded).ok_or_else(|| {
        outside(destination).help("move the file into the repository, beside the post")
    })
}

/// The file at `path`, relative to `root`, which must be canonical.
pub(super) fn locate(root: &Path, path: &str) -> Result<PathBuf, Unlocated> {
    let file = match dunce::canonicalize(root.join(path)) {
        Ok(file) => file,
        Err(error) => return Err(unlocated(root, path, &error)),
    };
    let Ok(inside) = file.strip_prefix(root) else {
        return Err(Unlocated::Unusable(
            outside(path).help("replace the symbolic link by the file itself"),
        ));
    };
    let real = slashed(inside);
    // Wherever a link leads inside: it is the link that git would keep.
    if let Some(link) = link_on_the_way(root, path) {
        return Err(Unlocated::Unusable(linked(path, &link)));
    }
    if is_git_own(path) || is_git_own(&real) {
        return Err(Unlocated::Unusable(git_own(path)));
    }
    if real != path && real.to_lowercase() == path.to_lowercase() {
        return Err(Unlocated::WrongCase {
            path: path.to_owned(),
            real,
        });
    }
    let kind = fs::metadata(&file)
        .map_err(|error| Unlocated::Unusable(Problem::unreadable(path, &error)))?
        .file_type();
    match (kind.is_file(), kind.is_dir()) {
        (true, _) => Ok(file),
        (_, is_folder) => Err(Unlocated::Unusable(no_file(path, is_folder))),
    }
}

impl Unlocated {
    /// The problem, with the name that the post at `post_path` most likely means.
    pub(super) fn named_from(self, root: &Path, path: &str, post_path: &str) -> Problem {
        let suggestion = match &self {
            Self::Unusable(_) => None,
            Self::WrongCase { real, .. } => Some(real.clone()),
            Self::Missing(_) => from_root(root, path, post_path).or_else(|| near(root, path)),
        };
        let problem = Problem::from(self);
        match suggestion {
            Some(found) => problem.help(format!("did you mean `{}`?", relative(post_path, &found))),
            None => problem,
        }
    }
}

impl From<Unlocated> for Problem {
    fn from(unlocated: Unlocated) -> Self {
        match unlocated {
            Unlocated::Missing(path) => Problem::invalid(format!("there is no file `{path}`"))
                .label("not found")
                .help("files are named relative to the post: add this one, or correct its name"),
            Unlocated::WrongCase { path, real } => {
                Problem::invalid(format!("there is no file `{path}`, but there is `{real}`"))
                    .label("upper and lower case differ")
            }
            Unlocated::Unusable(problem) => problem,
        }
    }
}

/// `target`, a path of the repository, as the post at `post_path` has to write it.
fn relative(post_path: &str, target: &str) -> String {
    let from: Vec<&str> = folders(post_path).collect();
    let to: Vec<&str> = target.split('/').collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts = vec![".."; from.len() - shared];
    parts.extend(to.iter().skip(shared));
    utf8_percent_encode(&parts.join("/"), MARKDOWN).to_string()
}

fn refuse_address(destination: &str) -> Result<(), Problem> {
    if destination.is_empty() {
        return Err(Problem::invalid("the picture names no file")
            .label("empty")
            .help(
                "write the file's name between the round brackets: `![what it shows](media/x.png)`",
            ));
    }
    let scheme = destination.split_once(':').map(|(scheme, _)| scheme);
    let is_address = scheme.is_some_and(|scheme| {
        scheme.len() > 1
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    if is_address || destination.starts_with("//") {
        return Err(Problem::invalid(format!("`{destination}` is an address, not a file"))
            .label("not in the repository")
            .help("download it into the repository, so that it is reviewed with the post, and name the file"));
    }
    Ok(())
}

fn refuse_characters(destination: &str, decoded: &str) -> Result<(), Problem> {
    if decoded.chars().any(char::is_control) {
        return Err(unclear(destination, "holds a control character"));
    }
    let mut start = decoded.chars();
    let drive = start.next().is_some_and(|c| c.is_ascii_alphabetic()) && start.next() == Some(':');
    if drive {
        return Err(
            Problem::invalid(format!("`{destination}` is a path on one machine"))
                .label("an absolute path")
                .help("put the file into the repository and name it relative to the post"),
        );
    }
    if decoded.contains('\\') {
        return Err(Problem::invalid(format!("`{destination}` has a backslash"))
            .label("`\\` separates no folders here")
            .help(format!("write `{}`", decoded.replace('\\', "/"))));
    }
    Ok(())
}

fn unclear(destination: &str, why: &str) -> Problem {
    Problem::invalid(format!("`{destination}` {why}"))
        .label("no file name")
        .help("rename the file, to letters and digits say")
}

fn absolute(root: &Path, post_path: &str, decoded: &str) -> Problem {
    let found = join(std::iter::empty(), decoded).filter(|path| is_own_file(root, path));
    let problem =
        Problem::invalid(format!("`{decoded}` is an absolute path")).label("begins with `/`");
    match found {
        Some(found) => problem.help(format!("write `{}`", relative(post_path, &found))),
        None => problem.help("name the file relative to the post"),
    }
}

fn outside(destination: &str) -> Problem {
    Problem::invalid(format!("`{destination}` leads out of the repository"))
        .label("outside the repository")
}

fn no_file(path: &str, is_folder: bool) -> Problem {
    let kind = if is_folder {
        "a folder"
    } else {
        "no regular file"
    };
    Problem::invalid(format!("`{path}` is {kind}"))
        .label("not a file")
        .help("name the file itself")
}

fn unlocated(root: &Path, path: &str, error: &io::Error) -> Unlocated {
    use io::ErrorKind::{NotADirectory, NotFound};
    let broken_link = || root.join(path).symlink_metadata().is_ok();
    match error.kind() {
        NotFound if broken_link() => Unlocated::Unusable(
            Problem::invalid(format!("`{path}` is a symbolic link that leads nowhere"))
                .label("a broken link")
                .help("replace the symbolic link by the file itself"),
        ),
        NotFound | NotADirectory => match link_on_the_way(root, path) {
            // What is near would be named: nothing behind a link is.
            Some(link) => Unlocated::Unusable(linked(path, &link)),
            None => Unlocated::Missing(path.to_owned()),
        },
        _ => Unlocated::Unusable(Problem::unreadable(path, error)),
    }
}

/// The folders above a file.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    folder.split('/').filter(|part| !part.is_empty())
}

/// `None` if `..` leads above the root.
fn join<'a>(base: impl Iterator<Item = &'a str>, path: &'a str) -> Option<String> {
    let mut parts: Vec<&str> = base.collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The file, if the post named it relative to the repository's root.
fn from_root(root: &Path, path: &str, post_path: &str) -> Option<String> {
    let folder = post_path.rsplit_once('/')?.0;
    let named = path.strip_prefix(folder)?.strip_prefix('/')?;
    is_own_file(root, named).then(|| named.to_owned())
}

/// A file whose name is nearly `path`.
fn near(root: &Path, path: &str) -> Option<String> {
    let mut found = PathBuf::new();
    for part in path.split('/') {
        let entries = names(&root.join(&found));
        let lower = part.to_lowercase();
        let same = entries.iter().find(|name| *name == part);
        let name = same
            .or_else(|| entries.iter().find(|name| name.to_lowercase() == lower))
            .map(String::as_str)
            .or_else(|| did_you_mean(part, entries.iter().map(String::as_str)))?;
        found.push(name);
        link_on_the_way(root, &slashed(&found))
            .is_none()
            .then_some(())?;
    }
    root.join(&found).is_file().then(|| slashed(&found))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    // Folders have no order of their own; the same mistake gets the same suggestion everywhere.
    names.sort_unstable();
    names
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
