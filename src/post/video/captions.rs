//! Captions: WebVTT files, one a language.

use std::{fs, io::Read, path::Path};

use sha2::{Digest, Sha256};

use super::{Video, VideoSource, at, problem::grouped, with_code};
use crate::{
    diagnostic::{Code, Diagnostic, Span},
    post::{
        front_matter::well_formed_lang,
        limits,
        picture::{self, Reference},
    },
};

/// The captions of a video in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captions {
    /// A BCP 47 tag.
    pub lang: String,
    /// The file, relative to the repository's root.
    pub path: String,
    /// Bytes.
    pub size: usize,
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
}

impl VideoSource {
    /// The captions that lie beside a video, in order of their names: `clip.en.vtt` for `clip.mp4`.
    pub fn captions_beside(&self, video: &Video, span: &Span) -> Result<Vec<Captions>, Diagnostic> {
        let mut all = Vec::new();
        for (name, lang) in beside(&self.root, &video.path) {
            let place = |mistake| at(with_code(Code::InvalidCaptions, mistake), span);
            let lang = lang.ok_or_else(|| at(nameless(&name), span))?;
            well_formed_lang(&lang).map_err(|help| at(no_language(&name, &lang, help), span))?;
            let file = picture::place(&self.root, &name).map_err(place)?;
            all.push(read(&file, name, lang).map_err(place)?);
        }
        check_count(all.len(), span)?;
        Ok(all)
    }

    /// The captions that the post at `post_path` names for its video.
    pub fn captions(
        &self,
        post_path: &str,
        (lang, reference): (&str, &Reference<'_>),
    ) -> Result<Captions, Diagnostic> {
        let place = |mistake| at(with_code(Code::InvalidCaptions, mistake), &reference.span);
        let (path, file) = picture::find(&self.root, post_path, reference).map_err(place)?;
        read(&file, path, lang.to_owned()).map_err(place)
    }
}

/// A post has room for so many.
pub(crate) fn check_count(count: usize, span: &Span) -> Result<(), Diagnostic> {
    if count <= limits::CAPTIONS {
        return Ok(());
    }
    let message = format!(
        "{count} files of captions; a video has at most {}",
        limits::CAPTIONS
    );
    let mistake = Diagnostic::error(Code::InvalidCaptions, span.clone(), message);
    Err(mistake.help("name those that are wanted in the front matter: `captions: [{ lang: en, file: media/clip.en.vtt }]`"))
}

/// Paths, each with the tag in its name; `clip.vtt` has none.
fn beside(root: &Path, video: &str) -> Vec<(String, Option<String>)> {
    let (folder, name) = match video.rsplit_once('/') {
        Some((folder, name)) => (format!("{folder}/"), name),
        None => (String::new(), video),
    };
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let entries = fs::read_dir(root.join(&folder)).into_iter().flatten();
    let names = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    let mut found: Vec<(String, Option<String>)> = names
        .filter_map(|name| {
            let (front, ending) = name.rsplit_once('.')?;
            let rest = front.strip_prefix(stem)?;
            let lang = match (rest, rest.strip_prefix('.')) {
                ("", _) => None,
                (_, Some(tag)) if !tag.contains('.') => Some(tag.to_owned()),
                _ => return None,
            };
            let is_captions = ending.eq_ignore_ascii_case("vtt");
            is_captions.then(|| (format!("{folder}{name}"), lang))
        })
        .collect();
    found.sort_unstable();
    found
}

fn read(file: &Path, path: String, lang: String) -> Result<Captions, Diagnostic> {
    let open = fs::File::open(file);
    let mut bytes = Vec::new();
    // One byte more than there may be tells that there are too many.
    let most = limits::CAPTIONS_BYTES as u64 + 1;
    let read = open.and_then(|open| open.take(most).read_to_end(&mut bytes));
    read.map_err(|error| {
        invalid(format!("`{path}` can't be read: {error}")).help("check the file's permissions")
    })?;
    if bytes.len() > limits::CAPTIONS_BYTES {
        let most = grouped(limits::CAPTIONS_BYTES as u64);
        let message = format!("`{path}` has more than the {most} bytes that Bluesky takes");
        return Err(invalid(message).help(
            "keep the words and their times alone, without styles and notes; or cut the video in two",
        ));
    }
    check_text(&path, &bytes)?;
    Ok(Captions {
        lang,
        size: bytes.len(),
        sha256: Sha256::digest(&bytes).into(),
        path,
    })
}

/// The first line of a WebVTT file says so (W3C WebVTT, section 4.1).
fn check_text(path: &str, bytes: &[u8]) -> Result<(), Diagnostic> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(invalid(format!("`{path}` is not UTF-8")).help("save it as UTF-8"));
    };
    let rest = text.trim_start_matches('\u{feff}').strip_prefix("WEBVTT");
    let fits =
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']));
    if fits {
        return Ok(());
    }
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    Err(invalid(format!("`{path}` does not begin with `WEBVTT`"))
        .label("no WebVTT file")
        .help(format!(
            "if it is SubRip, convert it: `ffmpeg -i captions.srt {name}`"
        )))
}

fn nameless(path: &str) -> Diagnostic {
    let named = path.strip_suffix(".vtt").unwrap_or(path);
    let named = named.rsplit_once('/').map_or(named, |(_, name)| name);
    invalid(format!("`{path}` doesn't say which language it is"))
        .label("captions lie beside this video")
        .help(format!("rename it, to `{named}.en.vtt` say"))
}

fn no_language(path: &str, lang: &str, help: String) -> Diagnostic {
    invalid(format!(
        "`{lang}`, in the name of `{path}`, is no language tag"
    ))
    .label("captions lie beside this video")
    .help(help)
}

fn invalid(message: String) -> Diagnostic {
    Diagnostic::error(Code::InvalidCaptions, None, message)
}
