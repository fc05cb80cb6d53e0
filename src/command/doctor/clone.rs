//! The clone: its remote, its history, and the posts in it.

use std::collections::BTreeSet;

use super::finding::Finding;
use crate::{
    command::{Library, World, plan::count},
    diagnostic::{FileDiagnostics, SetupCode},
    git::{Git, Head},
    report::Lines,
};

/// Every mistake of `updraft.yml`.
pub(super) fn of_config(file: &FileDiagnostics) -> Vec<Finding> {
    let lines = Lines::new(&file.text);
    let mistakes = file.diagnostics.iter();
    let found = mistakes.map(|mistake| {
        let place = mistake.span.as_ref().map(|span| {
            let position = lines.position(span.start);
            format!("{}:{}:{}", file.path, position.line, position.column)
        });
        let remedy = mistake.help.clone();
        let remedy = remedy.unwrap_or_else(|| "`updraft check` shows the place".to_owned());
        Finding::error(SetupCode::Config, mistake.message.clone(), remedy)
            .at(place.unwrap_or_else(|| file.path.clone()))
    });
    found.collect()
}

/// There is no repository.
pub(super) fn no_repository() -> Finding {
    Finding::error(
        SetupCode::NoRepository,
        "this folder is in no git repository: nothing is reviewed here, and results are kept in the files alone",
        "run `git init` here and then `updraft init`, or call updraft with `-C FOLDER`",
    )
}

/// Posts that can't go out as they are.
pub(super) fn of_posts(library: &Library) -> Option<Finding> {
    let broken = library.files.iter().filter(|file| file.result.is_err());
    let broken: BTreeSet<&str> = broken.map(|file| file.diagnostics.path.as_str()).collect();
    let first = broken.first()?;
    let (verb, all) = match broken.len() {
        1 => ("has", count(library.files.len(), "post")),
        _ => ("have", count(library.files.len(), "post")),
    };
    Some(
        Finding::error(
            SetupCode::Posts,
            format!("{} of {all} {verb} errors", broken.len()),
            "`updraft check` shows each with its remedy",
        )
        .at(*first),
    )
}

/// Nothing goes out.
pub(super) fn of_pause(library: &Library) -> Option<Finding> {
    let why = library.config.paused.as_deref()?;
    let finding = Finding::note(
        SetupCode::Paused,
        format!("nothing goes out: {why}"),
        "take `paused:` out of updraft.yml when that is over",
    );
    Some(finding.at(library.config_path.as_str()))
}

/// Whether something was committed here.
pub(super) fn is_begun(repository: &dyn Git) -> bool {
    matches!(
        repository.head(),
        Ok(Head::Branch { .. } | Head::Detached { .. })
    )
}

/// The remote, and what a shallow clone lacks.
pub(super) fn of_history(
    repository: &dyn Git,
    library: Option<&Library>,
    world: &World<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    // One that was just begun has none yet.
    if let (true, Err(error)) = (
        is_begun(repository),
        repository.push_target(None, world.env),
    ) {
        findings.push(Finding::note(
            SetupCode::NoRemote,
            format!("`--push` finds nothing to push to from here: {error}"),
            "push once by hand, as with `git push -u origin HEAD`; results stay in this clone otherwise",
        ));
    }
    let on_merge = library.is_some_and(|library| {
        let mut threads = library.threads();
        threads.any(|thread| thread.merge().is_some() && thread.settled().is_none())
    });
    if on_merge && repository.is_shallow() {
        findings.push(Finding::note(
            SetupCode::ShallowClone,
            "this clone is shallow, and posts with `publish_at: merge` go by the commit that brought them",
            "run `git fetch --unshallow` (in a workflow, check out with `fetch-depth: 0`); updraft fetches what it lacks otherwise, which takes its time",
        ));
    }
    findings
}
