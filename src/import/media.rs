//! Pictures of a source: found beside it, and named for the post.

use percent_encoding::percent_decode_str;

use super::{Beside, Download, Lack, Origin, Picture, Refused, Source, file_name, plain_name};

/// Endings that are tried for a download whose address has none.
const ENDINGS: [&str; 6] = ["png", "jpg", "jpeg", "webp", "gif", "mp4"];

/// The pictures of one post.
pub(super) struct Album<'a> {
    /// The post's name.
    name: &'a str,
    beside: Beside<'a>,
    /// Where downloads of this source have their own place: pictures of two posts may have one name.
    downloads: String,
    /// The folders where they may lie: how many above the source's, and which below that.
    folders: &'a [(usize, &'static str)],
    pictures: Vec<Picture>,
    /// The addresses so far, each with its last name in small letters.
    addresses: Vec<(String, String)>,
    /// What is not there.
    missing: Vec<Download>,
}

impl<'a> Album<'a> {
    pub(super) fn new(
        (name, source): (&'a str, &Source<'a>),
        folders: &'a [(usize, &'static str)],
    ) -> Self {
        let stem = source.name.rsplit_once('.');
        let stem = file_name(stem.map_or(source.name, |(stem, _)| stem), "");
        Self {
            name,
            beside: source.beside,
            downloads: format!("media/{stem}/"),
            folders,
            pictures: Vec::new(),
            addresses: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Takes a picture (an address, or a path) to the post; gives its Markdown. `remedy` says where a
    /// description goes.
    ///
    /// # Errors
    /// It can't be used, or has no description. That it is not there is told at the end.
    pub(super) fn take(
        &mut self,
        location: &str,
        (alt, remedy): (&str, impl FnOnce() -> String),
    ) -> Result<String, Refused> {
        if alt.trim().is_empty() {
            let remedy = remedy();
            return Err(Refused::new(
                format!("the picture `{location}` has no description"),
                format!(
                    "{remedy}, which says what it shows to those who can't see it, and import the file again"
                ),
            ));
        }
        let mut wanted = wanted(location)?;
        let is_remote = is_address(location);
        if is_remote {
            self.tell_apart(location, &mut wanted);
        }
        let Some(((up, place), bytes)) = self.find(&wanted, is_remote)? else {
            let name = match wanted.as_slice() {
                [only] => only.clone(),
                names => names.get(1).cloned().unwrap_or_default(),
            };
            let folder = if is_remote { &self.downloads } else { "" };
            let missing = Download {
                address: location.to_owned(),
                file: format!("{folder}{name}"),
            };
            if !self.missing.contains(&missing) {
                self.missing.push(missing);
            }
            return Ok(String::new());
        };
        let file = plain_name(place.rsplit('/').next().unwrap_or(&place));
        let path = self.free(&file, &bytes);
        if !self.pictures.iter().any(|picture| picture.path == path) {
            self.pictures.push(Picture {
                path: path.clone(),
                bytes,
                origin: is_remote.then(|| Origin {
                    address: location.to_owned(),
                    place: (up, place),
                }),
            });
        }
        Ok(format!("![{}]({path})", escaped(alt)))
    }

    /// Numbers the names of an address whose last name another address of the post has too.
    fn tell_apart(&mut self, address: &str, names: &mut [String]) {
        let last = names.first().map(|name| name.to_lowercase());
        let own = (address.to_owned(), last.unwrap_or_default());
        if !self.addresses.contains(&own) {
            self.addresses.push(own.clone());
        }
        let alike = self.addresses.iter().filter(|(_, name)| *name == own.1);
        let number = alike.take_while(|known| **known != own).count() + 1;
        for name in names.iter_mut().filter(|_| number > 1) {
            *name = match name.rsplit_once('.') {
                Some((stem, ending)) => format!("{stem}-{number}.{ending}"),
                None => format!("{name}-{number}"),
            };
        }
    }

    /// The files, all of them.
    ///
    /// # Errors
    /// Which are not there, and where to put them.
    pub(super) fn finish(self) -> Result<Vec<Picture>, Refused> {
        let names = list(self.missing.iter().map(|it| format!("`{}`", it.file)));
        let (reason, it) = match self.missing.as_slice() {
            [] => return Ok(self.pictures),
            [one] => (format!("the picture `{}` is not here", one.address), "it"),
            many => {
                let all = list(many.iter().map(|it| format!("`{}`", it.address)));
                (
                    format!("{} pictures are not here: {all}", many.len()),
                    "them",
                )
            }
        };
        let mut missing = self.missing.iter();
        let is_remote = missing.all(|missing| is_address(&missing.address));
        let get = if is_remote { "download" } else { "put" };
        let refused = Refused::new(
            reason,
            format!("{get} {it} beside the file as {names}, and import the file again"),
        );
        Err(match is_remote {
            true => refused.lacking(Lack::Pictures(self.missing)),
            false => refused,
        })
    }

    /// Where the first of the names is, and what is there.
    fn find(&self, wanted: &[String], is_remote: bool) -> Result<Option<Found>, Refused> {
        let own = is_remote.then_some((0, self.downloads.as_str()));
        let folders = own.into_iter().chain(self.folders.iter().copied());
        for (up, folder) in folders {
            for name in wanted {
                let path = format!("{folder}{name}");
                match (self.beside)(up, &path) {
                    Ok(None) => {}
                    Ok(Some(bytes)) => return Ok(Some(((up, path), bytes))),
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

/// How many folders up a file lies, and its path below that; and what it holds.
type Found = ((usize, String), Vec<u8>);

fn is_address(location: &str) -> bool {
    location.starts_with("https://") || location.starts_with("http://")
}

/// The names that the file may have, best first.
fn wanted(location: &str) -> Result<Vec<String>, Refused> {
    let is_address = is_address(location);
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
