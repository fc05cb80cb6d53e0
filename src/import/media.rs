//! Pictures of a source: found beside it, and named for the post.

use percent_encoding::percent_decode_str;

use super::{Beside, Picture, Refused, plain_name};

/// Endings that are tried for a download whose address has none.
const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "webp", "gif", "mp4"];

/// The pictures of one post.
pub(super) struct Album<'a> {
    /// The post's name.
    name: &'a str,
    beside: Beside<'a>,
    /// The folders where they may lie: how many above the source's, and which below that.
    folders: &'a [(usize, &'static str)],
    pictures: Vec<Picture>,
    /// What is not there: as the source names it, and as it should be called.
    missing: Vec<(String, String)>,
}

impl<'a> Album<'a> {
    pub(super) fn new(
        (name, beside): (&'a str, Beside<'a>),
        folders: &'a [(usize, &'static str)],
    ) -> Self {
        Self {
            name,
            beside,
            folders,
            pictures: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Takes a picture (an address, or a path) to the post; gives its Markdown.
    ///
    /// # Errors
    /// It can't be used, or has no description. That it is not there is told at the end.
    pub(super) fn take(&mut self, location: &str, alt: &str) -> Result<String, Refused> {
        if alt.trim().is_empty() {
            let reason = format!("the picture `{location}` has no description");
            return Err(Refused::new(
                reason,
                "say beside it what it shows, for those who can't see it, and import the file again",
            ));
        }
        let wanted = wanted(location)?;
        let Some((file, bytes)) = self.find(&wanted)? else {
            let name = match wanted.as_slice() {
                [only] => only.clone(),
                names => names.get(1).cloned().unwrap_or_default(),
            };
            self.missing.push((location.to_owned(), name));
            return Ok(String::new());
        };
        let file = plain_name(file.rsplit('/').next().unwrap_or(&file));
        let path = self.free(&file, &bytes);
        if !self.pictures.iter().any(|picture| picture.path == path) {
            self.pictures.push(Picture {
                path: path.clone(),
                bytes,
            });
        }
        Ok(format!("![{}]({path})", escaped(alt)))
    }

    /// The files, all of them.
    ///
    /// # Errors
    /// Which are not there, and where to put them.
    pub(super) fn finish(self) -> Result<Vec<Picture>, Refused> {
        let names = list(self.missing.iter().map(|(_, name)| format!("`{name}`")));
        let (reason, it) = match self.missing.as_slice() {
            [] => return Ok(self.pictures),
            [(location, _)] => (format!("the picture `{location}` is not here"), "it"),
            many => {
                let all = list(many.iter().map(|(location, _)| format!("`{location}`")));
                (
                    format!("{} pictures are not here: {all}", many.len()),
                    "them",
                )
            }
        };
        let is_remote = self
            .missing
            .iter()
            .any(|(location, _)| location.contains("://"));
        let get = if is_remote { "download" } else { "put" };
        Err(Refused::new(
            reason,
            format!("{get} {it} beside the file as {names}, and import the file again"),
        ))
    }

    fn find(&self, wanted: &[String]) -> Result<Option<(String, Vec<u8>)>, Refused> {
        for name in wanted {
            for (up, folder) in self.folders {
                let path = format!("{folder}{name}");
                match (self.beside)(*up, &path) {
                    Ok(None) => {}
                    Ok(Some(bytes)) => return Ok(Some((path, bytes))),
                    Err(why) => {
                        let reason = format!("the picture `{name}` can't be used: {why}");
                        return Err(Refused::new(reason, "put an ordinary picture there"));
                    }
                }
            }
        }
        Ok(None)
    }

    /// A path beside the post that no other picture of it has.
    fn free(&self, file: &str, bytes: &[u8]) -> String {
        let (stem, ending) = file.rsplit_once('.').unwrap_or((file, "png"));
        let name = self.name;
        let numbered = |number: usize| match number {
            1 => format!("media/{name}/{stem}.{ending}"),
            number => format!("media/{name}/{stem}-{number}.{ending}"),
        };
        let is_free = |path: &String| {
            let mut known = self.pictures.iter();
            let taken = known.find(|picture| picture.path == *path);
            taken.is_none_or(|picture| picture.bytes == bytes)
        };
        (1..)
            .map(numbered)
            .find(is_free)
            .expect("there are fewer pictures than numbers")
    }
}

/// The names that the file may have, best first.
fn wanted(location: &str) -> Result<Vec<String>, Refused> {
    let is_address = location.starts_with("https://") || location.starts_with("http://");
    let path = match is_address {
        true => location
            .split(['?', '#'])
            .next()
            .and_then(|path| path.rsplit('/').next())
            .unwrap_or_default(),
        false => location.strip_prefix("./").unwrap_or(location),
    };
    let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
    let is_inside = path
        .split('/')
        .all(|part| !part.is_empty() && part != "." && part != "..");
    if !is_inside || path.contains(['\\', ':']) || path.contains(char::is_control) {
        let reason = format!("the picture `{location}` does not lie below the file");
        return Err(Refused::new(
            reason,
            "put the picture beside the file, and name it without folders above",
        ));
    }
    let has_ending = path
        .rsplit('/')
        .next()
        .is_some_and(|file| file.contains('.'));
    let mut names = vec![path.clone()];
    if is_address && !has_ending {
        names.extend(ENDINGS.map(|ending| format!("{path}.{ending}")));
    }
    Ok(names)
}

/// The description as it stands between square brackets.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    let words: Vec<&str> = text.split_whitespace().collect();
    for c in words.join(" ").chars() {
        if matches!(
            c,
            '[' | ']' | '\\' | '`' | '*' | '_' | '<' | '&' | '!' | '~'
        ) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
