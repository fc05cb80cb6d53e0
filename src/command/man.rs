//! `updraft man`: the man pages, one for each verb, made from the same words as `--help`.

use std::{fs, io, path::Path};

use clap::CommandFactory;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use super::{CommandError, Exit, World};
use crate::cli::{Cli, ManArgs};

/// What only the page of `updraft` itself says.
const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "All is done; also when nothing was due."),
    ("1", "A file needs mending."),
    ("2", "The command line can't be understood or followed."),
    (
        "3",
        "Something due did not go out, or the world failed; the output says what to do.",
    ),
    ("101", "A bug in updraft."),
];
const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "BLUESKY_HANDLE, BLUESKY_APP_PASSWORD",
        "The account, where updraft.yml names none.",
    ),
    (
        "BLUESKY_APP_PASSWORD_NAME",
        "The app password of the account `name` of updraft.yml, unless it names another variable.",
    ),
    (
        "BLUESKY_PDS_URL",
        "The account's server, where updraft.yml names no account and the handle does not lead to it.",
    ),
    ("NO_COLOR", "Print without colours."),
    (
        "CLICOLOR_FORCE",
        "Print with colours where there is no terminal, too.",
    ),
    (
        "COLUMNS",
        "How wide tables and frames are, instead of as wide as the terminal.",
    ),
];
const FILES: &[(&str, &str)] = &[
    ("posts/**/*.md", "The posts."),
    (
        "updraft.yml",
        "The configuration, in the folder where updraft is called or above it.",
    ),
];

/// Runs it.
pub(super) fn run(args: &ManArgs, world: &World<'_>) -> Result<Exit, CommandError> {
    let folder = world.directory.join(&args.folder);
    let failed = |error: io::Error| CommandError::world(format!("{}: {error}", folder.display()));
    fs::create_dir_all(&folder).map_err(failed)?;
    write_all(&folder).map_err(failed)?;
    Ok(Exit::Done)
}

fn write_all(folder: &Path) -> io::Result<()> {
    let mut all = Cli::command().disable_help_subcommand(true);
    all.build();
    for verb in all.get_subcommands() {
        write_page(folder, verb, &["updraft"])?;
    }
    write_page(folder, &all, &["git"])
}

fn write_page(folder: &Path, command: &clap::Command, see_also: &[&str]) -> io::Result<()> {
    let man = Man::new(command.clone());
    let help = command.get_after_help().map(ToString::to_string);
    let (remarks, example) = match help.as_deref().unwrap_or_default() {
        // Exit codes, which have a section of their own.
        _ if command.has_subcommands() => ("", ""),
        help => help.split_once("Example: ").unwrap_or((help, "")),
    };
    let mut page = Roff::default();
    let name = command.get_display_name().unwrap_or("updraft");
    let version = concat!("updraft ", env!("CARGO_PKG_VERSION"));
    // No date: the same version gives the same page.
    page.control("TH", [name, "1", "\"\"", version, "updraft"]);
    // Names and options are searched for, and must not be broken.
    page.control("nh", []);
    page.control("ad", ["l"]);
    let mut page = page.render().into_bytes();
    man.render_name_section(&mut page)?;
    synopsis(command).to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    let mut rest = Roff::default();
    if !remarks.trim().is_empty() {
        let words: Vec<&str> = remarks.split_whitespace().collect();
        rest.control("PP", []);
        rest.text([roman(words.join(" "))]);
    }
    rest.to_writer(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut rest = Roff::default();
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
        definitions(&mut rest, "EXIT STATUS", EXIT_STATUS);
        definitions(&mut rest, "ENVIRONMENT", ENVIRONMENT);
        definitions(&mut rest, "FILES", FILES);
    }
    if !example.is_empty() {
        rest.control("SH", ["EXAMPLES"]);
        rest.text([bold(example)]);
    }
    rest.control("SH", ["SEE ALSO"]);
    for name in see_also {
        rest.text([bold(*name), roman("(1)")]);
    }
    rest.to_writer(&mut page)?;
    fs::write(folder.join(man.get_filename()), page)
}

/// As `--help` has it; the long list of every option says no more than the options below it.
fn synopsis(command: &clap::Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let words = usage.find(['[', '<']).unwrap_or(usage.len());
    let (name, arguments) = usage.split_at(words);
    let mut section = Roff::default();
    section.control("SH", ["SYNOPSIS"]);
    section.text([bold(name.trim_end()), roman(format!(" {arguments}"))]);
    section
}

fn definitions(roff: &mut Roff, title: &str, entries: &[(&str, &str)]) {
    roff.control("SH", [title]);
    for (term, meaning) in entries {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*meaning)]);
    }
}
