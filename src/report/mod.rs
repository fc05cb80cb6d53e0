//! Diagnostics as people, GitHub and programs read them. Nothing here prints.

mod github;
mod human;
mod json;
mod lines;
mod sarif;
pub(crate) mod text;

pub use self::{
    github::{annotation, annotation_of_run, github},
    human::{Options, Remark, error_mark, human, remark},
    json::json,
    lines::{Lines, Position},
    sarif::sarif,
};
pub(crate) use self::{
    json::escaped,
    text::{sanitize, sanitize_line},
};
use crate::diagnostic::FileDiagnostics;

/// How many mistakes there are, and in how many files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Mistakes that keep a file from being published.
    pub errors: usize,
    /// The others.
    pub warnings: usize,
    /// Files with a mistake of either kind.
    pub files_with_mistakes: usize,
    /// All files that were looked at.
    pub files: usize,
}

impl Counts {
    /// Counts `files`, the faultless ones included.
    pub fn of(files: &[FileDiagnostics]) -> Self {
        let mistakes = || files.iter().flat_map(|file| &file.diagnostics);
        let errors = mistakes().filter(|mistake| mistake.is_error()).count();
        Self {
            errors,
            warnings: mistakes().count() - errors,
            files_with_mistakes: files
                .iter()
                .filter(|file| !file.diagnostics.is_empty())
                .count(),
            files: files.len(),
        }
    }
}

/// The last line of a check: `2 errors, 1 warning in 3 of 14 files`.
pub fn summary(counts: &Counts) -> String {
    let files = plural(counts.files, "file");
    let mut kinds = Vec::new();
    if counts.errors > 0 {
        kinds.push(plural(counts.errors, "error"));
    }
    if counts.warnings > 0 {
        kinds.push(plural(counts.warnings, "warning"));
    }
    if kinds.is_empty() {
        return format!("no mistakes in {files}");
    }
    let kinds = kinds.join(", ");
    if counts.files == 0 {
        // updraft.yml itself can't be read.
        return format!("{kinds}; no post was checked");
    }
    format!("{kinds} in {} of {files}", counts.files_with_mistakes)
}

/// Where more is said about the mistakes in `files`, if there are any.
pub fn hint(files: &[FileDiagnostics]) -> Option<String> {
    let mut codes = files
        .iter()
        .flat_map(|file| &file.diagnostics)
        .map(|mistake| mistake.code);
    let first = codes.next()?;
    Some(if codes.all(|code| code == first) {
        format!("what this means, with an example: updraft explain {first}")
    } else {
        "what each means, with an example: updraft explain CODE".to_owned()
    })
}

fn plural(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests;
