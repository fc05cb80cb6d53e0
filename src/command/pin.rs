//! `updraft pin`: reads the pages behind link cards now, and writes what they show into the files.

use std::{fs, path::Path};

use serde_yaml::{Mapping, Value};
use url::Url;

use super::{CommandError, Console, Exit, Library, World, check};
use crate::{
    card::{self, Fetched, Fetcher, Reach},
    cli::PinArgs,
    config::Account,
    diagnostic::{Code, FileDiagnostics},
    post::{
        Card, Checked, Document, Feature, Post, Thread,
        file::ReplaceError,
        limits,
        picture::{self, Limit},
    },
    report::{sanitize, sanitize_line},
};

/// Runs it.
pub(super) fn run(
    args: &PinArgs,
    config: Option<&Path>,
    world: &World<'_>,
    console: &mut Console<'_>,
) -> Result<Exit, CommandError> {
    let library = Library::load_with_live_cards(world, config);
    let library = Library::require(library, Exit::Failed, world, console)?;
    let chosen = library.select(world, &args.paths)?;
    let mut pinning = Pinning {
        library: &library,
        pinned: 0,
        failed: 0,
    };
    for file in &chosen {
        pinning.file(file, args.refresh, console)?;
    }
    let broken: Vec<FileDiagnostics> = chosen
        .iter()
        .filter(|file| file.diagnostics.has_errors())
        .map(|file| file.diagnostics.clone())
        .collect();
    check::complain(&broken, world, console)?;
    let said = match pinning.pinned {
        0 if pinning.failed == 0 => "there is no card to pin".to_owned(),
        0 => return Ok(Exit::Failed),
        1 => "1 card pinned: look at it with `updraft preview`, then commit it".to_owned(),
        many => {
            format!("{many} cards pinned: look at them with `updraft preview`, then commit them")
        }
    };
    writeln!(console.out, "{said}")?;
    Ok(match (pinning.failed, broken.is_empty()) {
        (0, true) => Exit::Done,
        (0, false) => Exit::Mend,
        _ => Exit::Failed,
    })
}

/// Where an account's cards are read.
pub(super) fn reach(account: Option<&Account>) -> Reach {
    let server = account.and_then(|account| Url::parse(account.pds.as_deref()?).ok());
    server.map_or(Reach::Public, |server| Reach::beside(&server))
}

struct Pinning<'a> {
    library: &'a Library,
    pinned: usize,
    failed: usize,
}

impl Pinning<'_> {
    fn file(
        &mut self,
        file: &Checked,
        refresh: bool,
        console: &mut Console<'_>,
    ) -> Result<(), CommandError> {
        let Ok(thread) = &file.result else {
            return Ok(());
        };
        let is_stale = file
            .diagnostics
            .diagnostics
            .iter()
            .any(|mistake| mistake.code == Code::StaleCard);
        let wanted = wanted(thread, refresh, is_stale);
        if thread.settled().is_some() || wanted.is_empty() {
            return Ok(());
        }
        let account = thread
            .account()
            .and_then(|name| self.library.config.account(name));
        let fetcher = Fetcher::new(reach(account)).map_err(CommandError::world)?;
        let mut cards = Vec::new();
        for (part, url) in wanted {
            match super::block_on(fetcher.fetch(&url))? {
                Ok(fetched) => {
                    let card = self.card(thread, (&url, fetched), console)?;
                    cards.push((part, card));
                }
                Err(error) => {
                    self.failed += 1;
                    let path = sanitize_line(thread.path());
                    writeln!(
                        console.err,
                        "error: {path}: {error}; the card of {} stays unknown",
                        sanitize(&url)
                    )?;
                }
            }
        }
        if !cards.is_empty() {
            self.pinned += cards.len();
            write(self.library, thread.path(), &cards)?;
        }
        Ok(())
    }

    /// A card as front matter has it; its picture is on disk then.
    fn card(
        &self,
        thread: &Thread,
        (url, fetched): (&str, Fetched),
        console: &mut Console<'_>,
    ) -> Result<Value, CommandError> {
        let path = sanitize_line(thread.path());
        let mut notes = fetched.notes;
        let image = fetched.thumb.and_then(|bytes| {
            let kept = self.keep(thread.path(), url, &bytes);
            kept.map_err(|reason| notes.push(reason)).ok()
        });
        let mut card = Mapping::new();
        card.insert("url".into(), url.into());
        card.insert("title".into(), fetched.title.clone().into());
        if !fetched.description.is_empty() {
            card.insert("description".into(), fetched.description.into());
        }
        let shown = image
            .as_ref()
            .map_or(String::new(), |image| format!(", {image}"));
        if let Some(image) = image {
            card.insert("image".into(), image.into());
        }
        writeln!(
            console.out,
            "{path}: “{}” ({}{})",
            sanitize(&fetched.title),
            sanitize(url),
            sanitize(&shown)
        )?;
        for note in notes {
            writeln!(console.err, "warning: {path}: {}", sanitize(&note))?;
        }
        Ok(Value::Mapping(card))
    }

    /// Keeps a picture in `media/` beside the post, small enough for a card; gives its name there.
    fn keep(&self, post: &str, url: &str, bytes: &[u8]) -> Result<String, String> {
        let limit = Limit {
            bytes: limits::THUMB_BYTES,
            side: limits::IMAGE_SIDE,
        };
        let fitted = picture::fit(bytes, limit);
        let fitted = fitted.map_err(|problem| format!("the page's picture: {problem}"))?;
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let name = card::thumb_file_name(&url, fitted.mime, &fitted.bytes);
        let folder = self.library.folder.root.join(post);
        let folder = folder.with_file_name("media");
        let failed = |error| format!("the picture can't be kept in {}: {error}", folder.display());
        fs::create_dir_all(&folder).map_err(failed)?;
        let real = dunce::canonicalize(&folder).map_err(failed)?;
        if !real.starts_with(&self.library.folder.root) {
            return Err(format!(
                "the picture is not kept: {} leads out of the repository",
                folder.display()
            ));
        }
        // Its name is made of its bytes: what is there already is this very picture.
        fs::write(folder.join(&name), &fitted.bytes).map_err(failed)?;
        Ok(format!("media/{name}"))
    }
}

/// The parts whose cards are to be read, and where these lead.
fn wanted(thread: &Thread, refresh: bool, is_stale: bool) -> Vec<(usize, String)> {
    let of_post = |post: &Post| {
        let Card { url, pinned, part } = post.card()?;
        let moved = moved(post, url).filter(|_| is_stale && pinned.is_some());
        let is_wanted = pinned.is_none() || refresh || moved.is_some();
        is_wanted.then(|| (*part, moved.unwrap_or_else(|| url.clone())))
    };
    thread.posts().iter().filter_map(of_post).collect()
}

/// The page that the text links to, if none of its links is the card's.
fn moved(post: &Post, card: &str) -> Option<String> {
    let links = post
        .text
        .facets()
        .iter()
        .filter_map(|facet| match &facet.feature {
            Feature::Link(url) if url.starts_with("http") => Some(url),
            _ => None,
        });
    let links: Vec<&String> = links.collect();
    let elsewhere = links.iter().all(|url| *url != card);
    links
        .first()
        .filter(|_| elsewhere)
        .map(|url| (*url).clone())
}

fn write(library: &Library, path: &str, cards: &[(usize, Value)]) -> Result<(), CommandError> {
    let edit = |bytes: Vec<u8>| {
        let document = Document::parse(path, bytes)?;
        let matter: Mapping =
            serde_yaml::from_str(&document.source()[document.matter()]).unwrap_or_default();
        let is_one = cards.iter().all(|(part, _)| *part == 0) && !matter.contains_key("cards");
        match cards {
            [(_, card)] if is_one => document.with_key("card", card.clone()),
            _ => {
                let list = list(&matter, cards);
                let bare = Document::parse(path, document.without_key("card")?)?;
                bare.with_key("cards", list)
            }
        }
    };
    match library.folder.replace(path, edit) {
        Ok(_) => Ok(()),
        Err(ReplaceError::Edit(mistake)) => {
            Err(CommandError::world(format!("{path}: {}", mistake.message)))
        }
        Err(error) => Err(CommandError::world(error)),
    }
}

/// `cards` as it is, or what `card` and the usual rule make of it, with the pinned ones in their places.
fn list(matter: &Mapping, cards: &[(usize, Value)]) -> Value {
    let mut list = match (matter.get("cards"), matter.get("card")) {
        (Some(Value::Sequence(list)), _) => list.clone(),
        (_, Some(card)) => vec![card.clone()],
        _ => Vec::new(),
    };
    for (part, card) in cards {
        if list.len() <= *part {
            list.resize(part + 1, Value::Bool(true));
        }
        list[*part] = card.clone();
    }
    Value::Sequence(list)
}
