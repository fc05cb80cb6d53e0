//! `usegalaxy-eu/galaxy-social`: Markdown that goes to several networks, each with mentions and hashtags
//! of its own.
//!
//! Each Bluesky account of a file gets a draft: what was published stands in a state file, without the
//! posts' URIs.

use super::{
    Accounts, Draft, Piece, Refused, Source, alone, draft::Card, media::Album, plain_name,
};
use crate::{
    post::{
        Feature,
        rich_text::{self, detect::detect},
    },
    yaml::{self, Node, Value},
};

/// Every key that is read.
const KEYS: [&str; 4] = ["media", "mentions", "hashtags", "images"];
/// What the keys of Bluesky accounts begin with.
const BLUESKY: &str = "bluesky";
const FOLDERS: [(usize, &str); 2] = [(0, ""), (0, "media/")];
/// As the tool numbers a text that it breaks.
const NUMBERING: &str = "\"({n}/{total})\"";

/// Where a file goes to, as it calls it, and whether that is an account on Bluesky.
pub(super) fn networks(text: &str) -> Vec<(String, bool)> {
    let Ok((root, _)) = read(text) else {
        return Vec::new();
    };
    let networks = media_of(&root).into_iter();
    networks
        .map(|network| {
            let is_bluesky = is_bluesky(&network);
            (network, is_bluesky)
        })
        .collect()
}

/// A piece for each Bluesky account.
pub(super) fn convert(
    text: &str,
    (name, source): (&str, &Source<'_>),
    accounts: &Accounts,
) -> Result<Vec<Piece>, Refused> {
    let (root, body) = read(text)?;
    let all = media_of(&root);
    let wanted = |network: &&String| is_bluesky(network) || accounts.maps(network);
    let networks: Vec<&String> = all.iter().filter(wanted).collect();
    if networks.is_empty() {
        return Err(not_for_bluesky(&all));
    }
    let others: Vec<&str> = all
        .iter()
        .filter(|network| !wanted(network))
        .map(String::as_str)
        .collect();
    let piece = |network: &&String| {
        let name = match networks.len() {
            1 => name.to_owned(),
            _ => format!("{name}-{}", plain_name(network)),
        };
        let post = Post {
            root: &root,
            body,
            network,
            others: &others,
        };
        let outcome = post.draft((&name, source), accounts);
        alone(&name, outcome)
    };
    let mut pieces: Vec<Piece> = networks.iter().map(piece).collect();
    note_others_of_one_account(&mut pieces);
    Ok(pieces)
}

/// Several names may stand for one account, which is to say nothing twice.
fn note_others_of_one_account(pieces: &mut [Piece]) {
    let of = |piece: &Piece| Some(piece.outcome.as_ref().ok()?.account.clone());
    let accounts: Vec<_> = pieces.iter().map(of).collect();
    let names: Vec<String> = pieces.iter().map(|piece| piece.name.clone()).collect();
    for (at, piece) in pieces.iter_mut().enumerate() {
        let Ok(draft) = &mut piece.outcome else {
            continue;
        };
        let is_other = |other: &usize| *other != at && accounts[*other] == accounts[at];
        let others = (0..names.len()).filter(is_other);
        let others: Vec<String> = others.map(|at| format!("`{}.md`", names[at])).collect();
        if others.is_empty() {
            continue;
        }
        let account = match &draft.account {
            Some(account) => format!("`{account}`"),
            None => "the default account".to_owned(),
        };
        draft.note_in_common(
            format!(
                "from the same file, and for {account} too: {}; keep one of them",
                others.join(", ")
            ),
            "are from one file with another post for the same account: keep one of them",
        );
    }
}

fn not_for_bluesky(networks: &[String]) -> Refused {
    match networks.first() {
        Some(first) => Refused::new(
            format!("it is not for Bluesky, but for {}", networks.join(", ")),
            format!("to make a post of it all the same, pass `--account {first}=NAME`"),
        ),
        None => Refused::new(
            "its `media` names no network",
            "write there where it goes to, such as `media: [bluesky-main]`",
        ),
    }
}

/// Its front matter and its text.
fn read(text: &str) -> Result<(Node, &str), Refused> {
    let no_matter = || {
        Refused::new(
            "there is no front matter, so it is no post of galaxy-social",
            "import the folder of its posts alone",
        )
    };
    let mut lines = text.split_inclusive('\n');
    let first = lines.next().filter(|line| line.trim_end() == "---");
    let start = first.ok_or_else(no_matter)?.len();
    let mut at = start;
    let end = lines.find_map(|line| {
        at += line.len();
        (line.trim_end() == "---").then_some((at - line.len(), at))
    });
    let (end, body) = end.ok_or_else(no_matter)?;
    let root = yaml::parse(text, start..end).map_err(|mistake| {
        let line = 1 + text[..mistake.span.as_ref().map_or(start, |span| span.start)]
            .matches('\n')
            .count();
        Refused::new(
            format!(
                "line {line} of its front matter can't be read: {}",
                mistake.message
            ),
            "mend the YAML there",
        )
    })?;
    Ok((root, &text[body..]))
}

fn is_bluesky(network: &str) -> bool {
    network.to_lowercase().starts_with(BLUESKY)
}

fn media_of(root: &Node) -> Vec<String> {
    let mut networks = Vec::new();
    for network in texts(root.get("media")) {
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    networks
}

/// A file on its way to one account.
struct Post<'a> {
    root: &'a Node,
    body: &'a str,
    network: &'a str,
    others: &'a [&'a str],
}

impl Post<'_> {
    fn draft(&self, names: (&str, &Source<'_>), accounts: &Accounts) -> Result<Draft, Refused> {
        let mut draft = Draft {
            account: accounts.of(self.network)?,
            numbering: Some(NUMBERING),
            cards: vec![Card::Usual],
            ..Draft::default()
        };
        self.notes(&mut draft);
        let body = self.body(names, &mut draft)?;
        let mentions = self.mentions(&mut draft);
        let hashtags = self.hashtags(&mut draft);
        let last = [mentions, hashtags]
            .into_iter()
            .filter(|line| !line.is_empty());
        let last = last.collect::<Vec<_>>().join("\n");
        let paragraphs = [body, last].into_iter().filter(|words| !words.is_empty());
        draft.parts = vec![paragraphs.collect::<Vec<_>>().join("\n\n")];
        Ok(draft)
    }

    fn notes(&self, draft: &mut Draft) {
        for key in ["mentions", "hashtags"] {
            self.lost(key, draft);
        }
        if !self.others.is_empty() {
            let others = self.others.join(", ");
            draft.note_in_common(
                format!("it also goes to {others}, which updraft does not publish to"),
                "also go to networks that updraft does not publish to",
            );
        }
        if let Value::Mapping(entries) = &self.root.value {
            for entry in entries
                .iter()
                .filter(|entry| !KEYS.contains(&entry.key.as_str()))
            {
                draft.note(format!("`{}` is not carried over", entry.key));
            }
        }
    }

    /// What a key says that reaches no account, most likely by a slip.
    fn lost(&self, key: &str, draft: &mut Draft) {
        let entries = match self.root.get(key) {
            None | Some(Value::Null) => return,
            Some(Value::Mapping(entries)) => entries,
            Some(_) => {
                draft.note(format!("`{key}` is not carried over: it names no network"));
                return;
            }
        };
        let media = media_of(self.root);
        for entry in entries.iter().filter(|entry| is_bluesky(&entry.key)) {
            if !media
                .iter()
                .any(|network| entry.key.eq_ignore_ascii_case(network))
            {
                let name = &entry.key;
                draft.note(format!(
                    "`{key}` of `{name}` are not carried over: it does not stand under `media`"
                ));
            }
        }
    }

    /// The Markdown with the pictures beside the post.
    fn body(
        &self,
        (name, source): (&str, &Source<'_>),
        draft: &mut Draft,
    ) -> Result<String, Refused> {
        let text = self.body.replace("\r\n", "\n");
        let (parts, _) = rich_text::parse(&text, 0..text.len());
        let found = parts.iter().flat_map(|part| &part.pictures);
        let mut album = Album::new((name, source), &FOLDERS);
        let mut body = String::new();
        let mut from = 0;
        for picture in found {
            body.push_str(&text[from..picture.span.start]);
            let remedy = || format!("write `![DESCRIPTION]({})`", picture.path);
            body += &album.take(&picture.path, (&picture.alt, remedy))?;
            if !picture.title.is_empty() {
                draft.note(format!(
                    "the title of the picture `{}`, {:?}, is not carried over: Bluesky shows none",
                    picture.path, picture.title
                ));
            }
            from = picture.span.end;
        }
        body.push_str(&text[from..]);
        let mut body = body.trim().to_owned();
        for picture in self.images() {
            let (location, alt) = picture?;
            let remedy = || format!("add `alt_text: …` below `url: {location}`");
            body += &format!("\n\n{}", album.take(location, (alt, remedy))?);
        }
        draft.pictures = album.finish()?;
        Ok(body.trim().to_owned())
    }

    /// The pictures that older files name above the text.
    fn images(&self) -> impl Iterator<Item = Result<(&str, &str), Refused>> {
        let (items, problem) = match self.root.get("images") {
            Some(Value::Sequence(items)) => (items.as_slice(), None),
            None | Some(Value::Null) => (&[][..], None),
            Some(_) => (
                &[][..],
                Some(Refused::new(
                    "its `images` is no list",
                    "write `- url: picture.png` below it",
                )),
            ),
        };
        let found = items.iter().map(|item| {
            let field = |key: &str| match item.get(key) {
                Some(Value::Text(text)) => Some(text.as_str()),
                _ => None,
            };
            let location = field("url").ok_or_else(|| {
                Refused::new(
                    "an entry of `images` names no `url`",
                    "write the picture's name there",
                )
            })?;
            Ok((location, field("alt_text").unwrap_or_default()))
        });
        problem.map(Err).into_iter().chain(found)
    }

    fn mentions(&self, draft: &mut Draft) -> String {
        let names = self.own("mentions").into_iter().map(|given| {
            let name = given.rsplit("/profile/").next().unwrap_or(&given);
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
            let name: String = name.chars().filter(|c| plain(*c)).collect();
            let name = name.trim_matches(['@', '.']).to_owned();
            let mention = format!("@{name}");
            let is_mention = |facet: &rich_text::Facet| {
                matches!(facet.feature, Feature::Mention(_)) && facet.range == (0..mention.len())
            };
            if detect(&mention).iter().any(is_mention) {
                return mention;
            }
            draft.note(format!(
                "`{given}` is no handle of Bluesky, and plain text here"
            ));
            format!("\\@{}", name.replace('_', "\\_"))
        });
        names.collect::<Vec<_>>().join(" ")
    }

    fn hashtags(&self, draft: &mut Draft) -> String {
        let tags = self.own("hashtags").into_iter().map(|tag| {
            let tag = format!("#{}", tag.trim_start_matches('#'));
            let is_tag = |facet: &rich_text::Facet| {
                matches!(facet.feature, Feature::Tag(_)) && facet.range == (0..tag.len())
            };
            let found = detect(&tag);
            if !found.iter().any(is_tag) {
                draft.note(format!("`{tag}` is no tag on Bluesky as it stands"));
            }
            super::markdown::markdown(&tag, &found)
        });
        tags.collect::<Vec<_>>().join(" ")
    }

    /// What a key says of this account.
    fn own(&self, key: &str) -> Vec<String> {
        let Some(Value::Mapping(entries)) = self.root.get(key) else {
            return Vec::new();
        };
        let own = entries
            .iter()
            .find(|entry| entry.key.eq_ignore_ascii_case(self.network));
        texts(own.map(|entry| &entry.node.value))
    }
}

/// The texts of a list; one alone counts as a list.
fn texts(value: Option<&Value>) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Text(text) | Value::Number(text) => Some(text.trim().to_owned()),
        _ => None,
    };
    let texts: Vec<String> = match value {
        Some(Value::Sequence(items)) => items.iter().filter_map(|item| text(&item.value)).collect(),
        Some(value) => text(value).into_iter().collect(),
        None => Vec::new(),
    };
    texts.into_iter().filter(|text| !text.is_empty()).collect()
}

#[cfg(test)]
mod tests;
