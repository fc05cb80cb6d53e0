//! Posts of other tools as files of updraft: pure, but for reading what lies beside a source.
//!
//! What a format says is read by its own file into [`Draft`]s; [`finish`] makes the bytes of a post
//! file of one, which [`crate::post::Thread::check`] has seen without errors. No import is ever due:
//! what was published on Bluesky gets its block, and everything else stays a draft.

mod accounts;
mod draft;
mod finish;
mod galaxy_social;
mod markdown;
mod media;
mod nodejs_bluesky;
mod twitter_together;

pub use accounts::Accounts;
pub use draft::{Draft, Note, Origin, Picture};
pub use finish::{Finished, finish};

use crate::post::limits;

/// Which tool a file is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `twitter-together/action`: `.tweet` files.
    TwitterTogether,
    /// `usegalaxy-eu/galaxy-social`: Markdown for several networks.
    GalaxySocial,
    /// `nodejs/bluesky`: JSON of what is requested and what was processed.
    NodejsBluesky,
}

impl Format {
    /// The ending of its files' names.
    pub fn ending(self) -> &'static str {
        match self {
            Self::TwitterTogether => ".tweet",
            Self::GalaxySocial => ".md",
            Self::NodejsBluesky => ".json",
        }
    }
}

/// Reads a file `up` folders above the source's own, at a path below that: `None` if there is none.
///
/// # Errors
/// Why what is there can't be used.
pub type Beside<'a> = &'a dyn Fn(usize, &str) -> Result<Option<Vec<u8>>, String>;

/// A file of another tool.
pub struct Source<'a> {
    /// Its name without folders.
    pub name: &'a str,
    /// What it holds.
    pub bytes: &'a [u8],
    /// Reads what lies beside it.
    pub beside: Beside<'a>,
}

/// Why something was not converted, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What was found.
    pub reason: String,
    /// An action.
    pub remedy: String,
    /// What is missing, where one answer may mend many files.
    pub lack: Option<Lack>,
}

/// What somebody has to say or to put there, and nothing else is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Which account a name of the other tool stands for.
    Account(String),
    /// Pictures that the source names by an address.
    Pictures(Vec<Download>),
}

/// A picture that somebody has to download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// Its address, as the source has it.
    pub address: String,
    /// Where it is looked for, relative to the source's folder.
    pub file: String,
}

impl Refused {
    /// Without anything that one answer mends.
    pub(crate) fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            remedy: remedy.into(),
            lack: None,
        }
    }

    fn lacking(self, lack: Lack) -> Self {
        Self {
            lack: Some(lack),
            ..self
        }
    }
}

/// One of the posts that a source holds.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The name of its file, without `.md`.
    pub name: String,
    /// The post, or why there is none.
    pub outcome: Result<Draft, Refused>,
}

/// The accounts that a source names, as its tool calls them, each with whether it is one on Bluesky;
/// nothing where it can't be read.
pub fn named_accounts(format: Format, bytes: &[u8]) -> Vec<(String, bool)> {
    match (format, text(bytes)) {
        (Format::GalaxySocial, Ok(text)) => galaxy_social::networks(&text),
        (Format::NodejsBluesky, Ok(text)) => {
            let names = nodejs_bluesky::accounts(&text).into_iter();
            names.map(|name| (name, true)).collect()
        }
        _ => Vec::new(),
    }
}

/// What becomes of a source: at least one piece.
pub fn convert(format: Format, source: &Source<'_>, accounts: &Accounts) -> Vec<Piece> {
    let name = file_name(source.name, format.ending());
    let pieces = text(source.bytes).and_then(|text| match format {
        Format::TwitterTogether => twitter_together::convert(&text, (&name, source), accounts)
            .map(|draft| vec![alone(&name, Ok(draft))]),
        Format::GalaxySocial => galaxy_social::convert(&text, (&name, source), accounts),
        Format::NodejsBluesky => nodejs_bluesky::convert(&text, (&name, source), accounts),
    });
    pieces.unwrap_or_else(|refused| vec![alone(&name, Err(refused))])
}

fn alone(name: &str, outcome: Result<Draft, Refused>) -> Piece {
    Piece {
        name: name.to_owned(),
        outcome,
    }
}

/// The text of a source, without a byte order mark.
fn text(bytes: &[u8]) -> Result<String, Refused> {
    if bytes.len() as u64 > limits::FILE_BYTES {
        let most = limits::FILE_BYTES;
        let reason = format!(
            "the file has {} bytes; at most {most} are read",
            bytes.len()
        );
        return Err(Refused::new(reason, "cut it into several files"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let reason = format!(
            "byte {} begins no character: the file is not UTF-8",
            error.valid_up_to() + 1
        );
        Refused::new(
            reason,
            "save it as UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`",
        )
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())
}

/// A name that every system and every link can hold.
fn file_name(name: &str, ending: &str) -> String {
    let name = name.strip_suffix(".example").unwrap_or(name);
    let stem = name.strip_suffix(ending).unwrap_or(name);
    let plain = plain_name(stem);
    match plain.as_str() {
        "" => "post".to_owned(),
        // Updraft takes a README for none of its posts.
        name if name.eq_ignore_ascii_case("readme") => format!("{name}-post"),
        name => name.to_owned(),
    }
}

/// Letters, digits, `-`, `_` and `.`; hyphens for whatever else there is.
pub fn plain_name(name: &str) -> String {
    let mut plain = String::new();
    for c in name.chars().take(120) {
        let is_plain = c.is_alphanumeric() || matches!(c, '_' | '.');
        if is_plain {
            plain.push(c);
        } else if !plain.ends_with('-') {
            plain.push('-');
        }
    }
    plain.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests;
