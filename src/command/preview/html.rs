//! Posts as Bluesky shows them, in one HTML file: no script, no request, and nothing of an author's or
//! a server's is more than text.

mod picture;
mod text;

use chrono::{DateTime, Utc};

use super::{Pages, around, beside, goes_out, link_card, video_line};
use crate::{
    command::Library,
    post::{Post, Target, Thread, limits},
    receipt::Status,
};
pub(in crate::command) use text::escape;
use text::{link, rich};

/// The bytes that all pictures of a page may take.
const PICTURES: usize = 8_000_000;

/// What posts of one page share.
pub(in crate::command) struct Page<'a> {
    library: &'a Library,
    room: usize,
}

/// A whole file; `title` is text, `body` HTML.
pub(in crate::command) fn page(title: &str, body: &str) -> String {
    let title = escape(title);
    let style = include_str!("html/style.css");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n\
         <header><h1>{title}</h1></header>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

impl<'a> Page<'a> {
    pub(in crate::command) fn new(library: &'a Library) -> Self {
        Self {
            library,
            room: PICTURES,
        }
    }

    /// One file, with what a reviewer should know of it; `notes` are text, and so is what parts said
    /// `before`, with their numbers.
    pub(in crate::command) fn post(
        &mut self,
        thread: &Thread,
        now: DateTime<Utc>,
        notes: &[String],
        before: &[(usize, &str)],
    ) -> String {
        let facts: String = notes
            .iter()
            .chain(&around(thread))
            .map(|note| format!("<li>{}</li>\n", escape(note)))
            .collect();
        let parts: Vec<String> = thread
            .posts()
            .iter()
            .enumerate()
            .map(|(at, post)| self.part(thread, post, at))
            .collect();
        let total = parts.len();
        let before: String = before
            .iter()
            .map(|(number, words)| {
                let of = (total > 1).then(|| format!(", part {number}"));
                format!(
                    "<div class=\"before\" dir=\"auto\"><b>Before{}</b><br>{}</div>\n",
                    of.unwrap_or_default(),
                    escape(words)
                )
            })
            .collect();
        format!(
            "<article class=\"file\">\n<h3>{}</h3>\n<p class=\"when\">{}</p>\n{}{}{before}</article>\n",
            escape(thread.path()),
            escape(&format!("Goes out: {}", goes_out(thread, now))),
            list(&facts),
            parts.concat()
        )
    }

    fn part(&mut self, thread: &Thread, post: &Post, at: usize) -> String {
        let name = thread.account().unwrap_or("account");
        let account = thread
            .account()
            .and_then(|name| self.library.config.account(name));
        let handle = account.map_or(name, |account| account.handle.as_str());
        let initial: String = name.chars().take(1).flat_map(char::to_uppercase).collect();
        let lang = post.langs.first().map_or("", String::as_str);
        let lang = match lang {
            "" => String::new(),
            lang => format!(" lang=\"{}\"", escape(lang)),
        };
        let total = thread.posts().len();
        let number = match total {
            1 => String::new(),
            total => format!("part {} of {total} · ", at + 1),
        };
        let facts: String = beside(post)
            .filter(|line| !line.starts_with('❝'))
            .chain((!post.langs.is_empty()).then(|| format!("🌐 {}", post.langs.join(", "))))
            .map(|line| format!("<li>{}</li>\n", escape(&line)))
            .collect();
        format!(
            "<div class=\"post\">\n<div class=\"avatar\" aria-hidden=\"true\">{}</div>\n<div class=\"body\">\n\
             <p class=\"who\"><b>{}</b> <span>@{}</span></p>\n<div class=\"text\" dir=\"auto\"{lang}>{}</div>\n\
             {}{}{}{}<p class=\"count\">{number}{}/{}</p>\n</div>\n</div>\n",
            escape(&initial),
            escape(name),
            escape(handle),
            rich(&post.text),
            self.pictures(post),
            self.card(post, thread.settled() == Some(Status::Published)),
            self.quote(post),
            list(&facts),
            post.text.graphemes(),
            limits::TEXT_GRAPHEMES,
        )
    }

    fn pictures(&mut self, post: &Post) -> String {
        let root = &self.library.folder.root;
        let figures: Vec<String> = post
            .images()
            .iter()
            .map(|image| picture::figure(root, image, &mut self.room))
            .collect();
        let video = post.video().map_or(String::new(), |video| {
            format!(
                "<p class=\"video\" dir=\"auto\">{}</p>\n",
                escape(&video_line(video))
            )
        });
        match figures.len() {
            0 => video,
            number => format!(
                "<div class=\"pictures{}\">\n{}</div>\n",
                if number > 1 { " many" } else { "" },
                figures.concat()
            ),
        }
    }

    fn card(&mut self, post: &Post, is_out: bool) -> String {
        let Some(card) = post.card() else {
            return String::new();
        };
        let site = link(&card.url, &escape(&card.url));
        let shown = match &card.pinned {
            Some(pinned) => {
                let root = &self.library.folder.root;
                let thumb = pinned.thumb.as_ref();
                let thumb = thumb.map(|image| picture::plain(root, image, &mut self.room));
                format!(
                    "{}<b>{}</b><br>{}<br>{site}",
                    thumb.unwrap_or_default(),
                    escape(&pinned.title),
                    escape(&pinned.description)
                )
            }
            None => format!(
                "{}<br>{site}",
                escape(&link_card(post, &Pages::new(), is_out).unwrap_or_default())
            ),
        };
        format!("<div class=\"box\" dir=\"auto\">{shown}</div>\n")
    }

    fn quote(&self, post: &Post) -> String {
        let Some(target) = &post.quote else {
            return String::new();
        };
        let shown = match target {
            Target::Record(address) => link(&address.page(), &escape(&address.page())),
            Target::File { path, part } => {
                let words = self.library.thread(path).ok().and_then(|thread| {
                    let post = thread.posts().get(part.unwrap_or(1).saturating_sub(1))?;
                    Some(format!("<br>{}", escape(post.text.text())))
                });
                format!("{}{}", escape(path), words.unwrap_or_default())
            }
        };
        format!("<blockquote class=\"box\" dir=\"auto\">❝ {shown}</blockquote>\n")
    }
}

fn list(items: &str) -> String {
    match items {
        "" => String::new(),
        items => format!("<ul class=\"facts\">\n{items}</ul>\n"),
    }
}
