//! What one answer mends in many files: said once, below what became of each.

use std::{collections::BTreeSet, path::Path};

use super::report::Entry;
use crate::{
    cli::ImportArgs,
    command::{CommandError, Console},
    import::{Download, Lack},
    report::sanitize_line,
};

/// How many paths of a call are repeated.
const MOST_PATHS: usize = 3;

/// A call of the import, as it was made.
pub(super) struct Call<'a> {
    pub(super) args: &'a ImportArgs,
    /// The folder that it works in.
    pub(super) directory: &'a Path,
    /// `--config`, if it was given.
    pub(super) config: Option<&'a Path>,
    /// What `updraft.yml` calls its accounts.
    pub(super) known: &'a [String],
}

/// Prints which accounts are to be named, in one command, and which pictures to be downloaded.
pub(super) fn print(
    entries: &[Entry],
    call: &Call<'_>,
    console: &mut Console<'_>,
) -> Result<(), CommandError> {
    let mut names = BTreeSet::new();
    let mut downloads: Vec<(&str, String)> = Vec::new();
    for entry in entries {
        match entry.lack() {
            Some(Lack::Account(name)) => drop(names.insert(name.as_str())),
            Some(Lack::Pictures(pictures)) => {
                for Download { address, file } in pictures {
                    let download = (address.as_str(), beside(&entry.source, file));
                    if !downloads.contains(&download) {
                        downloads.push(download);
                    }
                }
            }
            None => {}
        }
    }
    if !downloads.is_empty() {
        let (what, each) = match downloads.len() {
            1 => ("this picture".to_owned(), "it"),
            many => (format!("these {many} pictures"), "each"),
        };
        writeln!(
            console.out,
            "help: download {what} under the name beside {each}, and run the import again"
        )?;
        for (address, file) in downloads {
            let (address, file) = (sanitize_line(address), sanitize_line(&file));
            writeln!(console.out, "  {address} -> {file}")?;
        }
    }
    if !names.is_empty() {
        let with = match call.known {
            [] => "for the account that updraft publishes to".to_owned(),
            [one] => format!("with {one} for NAME"),
            known => format!("with one of {} for each NAME", known.join(", ")),
        };
        writeln!(console.out, "help: say which account is which, {with}")?;
        let command = command(call, &names);
        writeln!(console.out, "  {}", sanitize_line(&command))?;
    }
    Ok(())
}

/// A path relative to a source's folder, as the source itself was named.
pub(super) fn beside(source: &str, file: &str) -> String {
    match source.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{file}"),
        None => file.to_owned(),
    }
}

/// The command that says all that was said, and leaves room for the rest.
fn command(call: &Call<'_>, names: &BTreeSet<&str>) -> String {
    let Call {
        args,
        directory,
        config,
        known,
    } = call;
    let mut words = vec!["updraft".to_owned()];
    let path = |path: &Path| quoted(&path.to_string_lossy());
    let is_elsewhere = *directory != Path::new(".");
    words.extend(is_elsewhere.then(|| format!("-C {}", path(directory))));
    words.extend(config.map(|config| format!("--config {}", path(config))));
    words.push(format!("import {}", args.tool.name()));
    match args.paths.as_slice() {
        // A shell may have written them out, of a pattern that is not known here.
        many if many.len() > MOST_PATHS => words.push("PATH…".to_owned()),
        few => words.extend(few.iter().map(|given| path(given))),
    }
    words.extend(args.to.as_deref().map(|to| format!("--to {}", path(to))));
    let account = if known.is_empty() { "" } else { "NAME" };
    let missing = names.iter().map(|name| format!("{name}={account}"));
    let accounts = args.account.iter().cloned().chain(missing);
    words.extend(accounts.map(|given| format!("--account {}", quoted(&given))));
    words.extend(args.dry_run.then(|| "--dry-run".to_owned()));
    words.join(" ")
}

/// One word for a shell.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "._-/=:@%+,".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn said(line: &[&str], directory: &str, known: &[&str]) -> String {
        let Some(Command::Import(args)) = Cli::try_parse_from(line).unwrap().command else {
            panic!("{line:?} is an import");
        };
        let known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
        let call = Call {
            args: &args,
            directory: Path::new(directory),
            config: Some(Path::new("b.yml")),
            known: &known,
        };
        command(&call, &BTreeSet::from(["a b", "$(x)'"]))
    }

    #[test]
    fn a_command_says_again_what_was_said_and_no_name_is_more_than_a_word() {
        let line = [
            "updraft",
            "import",
            "galaxy-social",
            "a b",
            "c",
            "--to",
            "posts/x y",
            "--account",
            "x=main",
        ];
        assert_eq!(
            said(&line, "..", &["main"]),
            "updraft -C .. --config b.yml import galaxy-social 'a b' c --to 'posts/x y' --account x=main \
             --account '$(x)'\\''=NAME' --account 'a b=NAME'"
        );
    }

    #[test]
    fn a_pattern_is_not_written_out() {
        let line = [
            "updraft",
            "import",
            "nodejs-bluesky",
            "a",
            "b",
            "c",
            "d",
            "--dry-run",
        ];
        assert_eq!(
            said(&line, ".", &[]),
            "updraft --config b.yml import nodejs-bluesky PATH… --account '$(x)'\\''=' --account 'a b=' --dry-run"
        );
    }
}
