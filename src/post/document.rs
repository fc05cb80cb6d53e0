//! One post file: its path, its exact bytes, and where front matter and body lie in them.

use gray_matter::{Matter, Pod, engine::Engine};

use crate::{
    diagnostic::{Code, Diagnostic, Span},
    post::limits,
    receipt::Block,
    yaml::{self, Value},
};

const BOM: char = '\u{feff}';

/// A post file as its author wrote it: every byte is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    path: String,
    source: String,
    matter: Span,
    body: Span,
}

impl Document {
    /// Takes a file's bytes apart.
    ///
    /// # Errors
    /// Not UTF-8, too large, no front matter, or front matter without its closing fence.
    pub fn parse(path: &str, bytes: Vec<u8>) -> Result<Self, Diagnostic> {
        if bytes.len() as u64 > limits::FILE_BYTES {
            return Err(too_large(bytes.len() as u64));
        }
        let source = String::from_utf8(bytes).map_err(|error| not_utf8(&error))?;
        let (matter, body) = locate(&source)?;
        agree(&source, &matter)?;
        Ok(Self {
            path: path.to_owned(),
            source,
            matter,
            body,
        })
    }

    /// Relative to the repository's root, with `/` between the folders.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole file.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The bytes between the fences: YAML.
    pub fn matter(&self) -> Span {
        self.matter.clone()
    }

    /// The bytes behind the closing fence: Markdown.
    pub fn body(&self) -> Span {
        self.body.clone()
    }

    /// The body's text.
    pub fn body_text(&self) -> &str {
        &self.source[self.body.clone()]
    }

    /// The file with `block` as its `bluesky:` key, in place of an older one or behind the last
    /// key; every other byte stays.
    ///
    /// # Errors
    /// The front matter is of a form that can't take it. The edit is never guessed: a second
    /// reader must find the old values and the block in the result.
    pub fn with_block(&self, block: &Block) -> Result<Vec<u8>, Diagnostic> {
        let value = serde_yaml::to_value(block)
            .map_err(|error| uneditable(&self.matter, &error.to_string()))?;
        self.with_value("bluesky", &block.to_yaml(), value)
    }

    /// The file with `value` as the value of a top-level key of its author's, as [`Self::with_block`]
    /// does it for the block: for commands that are asked to write one.
    ///
    /// # Errors
    /// As for [`Document::with_block`].
    pub fn with_key(&self, key: &str, value: serde_yaml::Value) -> Result<Vec<u8>, Diagnostic> {
        let mut mapping = serde_yaml::Mapping::new();
        mapping.insert(key.into(), value.clone());
        let text = serde_yaml::to_string(&mapping)
            .map_err(|error| uneditable(&self.matter, &error.to_string()))?;
        self.with_value(key, &text, value)
    }

    fn with_value(
        &self,
        key: &str,
        text: &str,
        value: serde_yaml::Value,
    ) -> Result<Vec<u8>, Diagnostic> {
        let root = yaml::parse(&self.source, self.matter())?;
        let Value::Mapping(entries) = &root.value else {
            return Err(uneditable(
                &self.matter,
                "the front matter is no mapping of keys",
            ));
        };
        let indent = match entries.first() {
            Some(first) => self.indent_of(first.key_span.start)?,
            None => "",
        };
        let old = entries.iter().find(|entry| entry.key == key);
        let place = match old {
            Some(entry) => self.block_lines((key, entry.key_span.start), indent)?,
            None => self.matter.end..self.matter.end,
        };
        let edited = splice(&self.source, place, &self.block_text(text, indent));
        self.verify(&edited, key, value)?;
        Ok(edited.into_bytes())
    }

    /// Whether each line of the front matter is `key: a plain value`, blank, or a comment: there
    /// a block can always be appended, and trying it is not worth five readings of YAML.
    pub fn is_plain(&self) -> bool {
        self.source[self.matter()].lines().all(is_plain_line)
    }

    /// The file without its `bluesky:` key.
    ///
    /// # Errors
    /// As for [`Document::with_block`].
    pub fn without_block(&self) -> Result<Vec<u8>, Diagnostic> {
        self.without_key("bluesky")
    }

    /// The file without a top-level key.
    ///
    /// # Errors
    /// As for [`Document::with_block`].
    pub fn without_key(&self, key: &str) -> Result<Vec<u8>, Diagnostic> {
        let root = yaml::parse(&self.source, self.matter())?;
        let Value::Mapping(entries) = &root.value else {
            return Err(uneditable(
                &self.matter,
                "the front matter is no mapping of keys",
            ));
        };
        let Some(entry) = entries.iter().find(|entry| entry.key == key) else {
            return Ok(self.source.clone().into_bytes());
        };
        let indent = self.indent_of(entry.key_span.start)?;
        let place = self.block_lines((key, entry.key_span.start), indent)?;
        Ok(splice(&self.source, place, "").into_bytes())
    }

    /// The white space before a top-level key; an error if the key does not begin its line.
    fn indent_of(&self, key: usize) -> Result<&str, Diagnostic> {
        let line_start = self.source[..key].rfind('\n').map_or(0, |at| at + 1);
        let before = &self.source[line_start..key];
        if before.bytes().all(|byte| byte == b' ') {
            return Ok(before);
        }
        if before.trim().is_empty() {
            let name = self.source[key..].split([':', '\n']).next();
            let name = name.unwrap_or_default().trim_end();
            let reason = format!("a tab stands before `{name}`");
            let help = format!("remove the white space before `{name}`");
            return Err(uneditable(&(key..key + name.len()), &reason).help(help));
        }
        let reason = "its keys do not each begin a line (braces, quotes, or `? ` before a key)";
        Err(uneditable(&(key..key), reason))
    }

    /// The whole lines of the block whose key stands at `key`: the key's, and those below that are
    /// indented deeper, or list items at the key's own indent. Blank and comment lines count
    /// only where the block goes on behind them, or where they are part of its last text.
    fn block_lines(&self, (name, key): (&str, usize), indent: &str) -> Result<Span, Diagnostic> {
        let own = self.indent_of(key)?;
        if own != indent {
            return Err(uneditable(&(key..key), "its keys are not indented alike"));
        }
        let start = key - indent.len();
        let mut at = start;
        let mut end = start;
        let mut doubtful = Vec::new();
        for (number, line) in self.source[start..self.matter.end]
            .split_inclusive('\n')
            .enumerate()
        {
            at += line.len();
            let rest = line.strip_prefix(indent).unwrap_or(line);
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                doubtful.push(at);
            } else if number == 0 || goes_on(rest) {
                end = at;
                doubtful.clear();
            } else {
                break;
            }
        }
        Ok(start..self.end_of_text((name, start), end, &doubtful))
    }

    /// What looks like blank lines and comments behind a block may be the end of a text in it: as
    /// many of them belong to the block as it takes for its value.
    fn end_of_text(&self, (name, start): (&str, usize), end: usize, doubtful: &[usize]) -> usize {
        let value = |end: usize| {
            let mut mapping = second_reading(&self.source[start..end]).ok()?;
            mapping.remove(name)
        };
        let Some(whole) = doubtful.last().and_then(|last| value(*last)) else {
            return end;
        };
        let mut ends = [end].into_iter().chain(doubtful.iter().copied());
        ends.find(|end| value(*end).as_ref() == Some(&whole))
            .unwrap_or(end)
    }

    fn block_text(&self, text: &str, indent: &str) -> String {
        let eol = if self.source[..self.matter.start].ends_with("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        text.lines()
            .map(|line| format!("{indent}{line}{eol}"))
            .collect()
    }

    /// A second, independent reader must find the old values and the new one, and the body must be
    /// what it was.
    fn verify(&self, edited: &str, key: &str, value: serde_yaml::Value) -> Result<(), Diagnostic> {
        let refuse = |reason: &str| uneditable(&self.matter, reason);
        let (matter, body) = locate(edited)?;
        if edited[body] != *self.body_text() {
            return Err(refuse("the edit would change the body"));
        }
        let before = second_reading(&self.source[self.matter()]).map_err(|error| refuse(&error))?;
        let after = second_reading(&edited[matter.clone()]).map_err(|error| refuse(&error))?;
        let mut expected = before;
        expected.insert(key.into(), value);
        yaml::parse(edited, matter)?;
        if expected == after {
            Ok(())
        } else {
            Err(refuse(
                "a second YAML reader understands the edited file in another way",
            ))
        }
    }
}

fn is_plain_line(line: &str) -> bool {
    if line.trim().is_empty() || line.starts_with('#') {
        return true;
    }
    let Some((key, value)) = line.split_once(": ") else {
        return false;
    };
    let word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let plain = |c: char| c.is_ascii_alphanumeric() || " -+:/_.".contains(c);
    let value = value.split(" #").next().unwrap_or_default().trim();
    let list = value
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let begins = |text: &str| text.starts_with(|c: char| c.is_ascii_alphanumeric());
    key != "bluesky"
        && key.bytes().all(word)
        && match list {
            Some(list) => list
                .split(", ")
                .all(|item| begins(item) && item.chars().all(plain)),
            None => begins(value) && value.chars().all(plain),
        }
}

fn goes_on(line: &str) -> bool {
    line.starts_with([' ', '\t']) || line.starts_with("- ") || line.trim_end() == "-"
}

fn splice(source: &str, place: Span, text: &str) -> String {
    [&source[..place.start], text, &source[place.end..]].concat()
}

fn second_reading(matter: &str) -> Result<serde_yaml::Mapping, String> {
    match serde_yaml::from_str(matter).map_err(|error| error.to_string())? {
        serde_yaml::Value::Mapping(mapping) => Ok(mapping),
        serde_yaml::Value::Null => Ok(serde_yaml::Mapping::new()),
        _ => Err("the front matter is no mapping of keys".into()),
    }
}

fn is_fence(line: &str) -> bool {
    line.trim_end() == "---"
}

/// The bytes between the fences, and those behind the closing one.
fn locate(source: &str) -> Result<(Span, Span), Diagnostic> {
    let start = if source.starts_with(BOM) {
        BOM.len_utf8()
    } else {
        0
    };
    let mut lines = source[start..].split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    if !is_fence(first) {
        return Err(no_front_matter(source, start));
    }
    let matter_start = start + first.len();
    let mut at = matter_start;
    for line in lines {
        if is_fence(line) {
            return Ok((matter_start..at, at + line.len()..source.len()));
        }
        at += line.len();
    }
    Err(Diagnostic::error(
        Code::UnclosedFrontMatter,
        start..start + first.trim_end().len(),
        "the front matter is never closed",
    )
    .label("opened here")
    .help("put a line with only `---` behind the last key, so that the text below it is the post"))
}

/// gray_matter splits the way other tools do: where it disagrees with [`locate`], a person would
/// see another post than updraft.
fn agree(source: &str, matter: &Span) -> Result<(), Diagnostic> {
    let text = source.strip_prefix(BOM).unwrap_or(source);
    let split = Matter::<AsText>::new().parse::<Pod>(text);
    let theirs = split.map(|parsed| parsed.matter).unwrap_or_default();
    let ours = source[matter.clone()]
        .lines()
        .collect::<Vec<_>>()
        .join("\n");
    if ours.trim() == theirs {
        return Ok(());
    }
    Err(Diagnostic::error(
        Code::InvalidYaml,
        matter.clone(),
        "it is unclear where this front matter ends",
    )
    .help("put each `---` on a line of its own, with nothing before or behind it"))
}

/// An engine that leaves the YAML alone: gray_matter's own takes gigabytes for an alias bomb.
struct AsText;

impl Engine for AsText {
    fn parse(content: &str) -> gray_matter::Result<Pod> {
        Ok(Pod::String(content.to_owned()))
    }
}

/// The mistake of a file that is larger than a post can be.
pub(crate) fn too_large(bytes: u64) -> Diagnostic {
    Diagnostic::error(
        Code::FileTooLarge,
        None,
        format!(
            "the file has {bytes} bytes; a post file has at most {}",
            limits::FILE_BYTES
        ),
    )
    .help("move what is no post out of the posts folder, or name it in `ignore:` in updraft.yml")
}

fn not_utf8(error: &std::string::FromUtf8Error) -> Diagnostic {
    let valid = error.utf8_error().valid_up_to();
    let line = error.as_bytes()[..valid]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1;
    Diagnostic::error(
        Code::NotUtf8,
        None,
        format!(
            "the file is not UTF-8: byte {} (line {line}) begins no character",
            valid + 1
        ),
    )
    .help("save it as UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`")
}

fn no_front_matter(source: &str, start: usize) -> Diagnostic {
    let first_line = source[start..].lines().next().unwrap_or_default();
    let message = if source[start..].trim().is_empty() {
        "the file is empty"
    } else if source[start..].lines().any(is_fence) && first_line.trim().is_empty() {
        "there is something above the front matter, so it isn't one"
    } else {
        "there is no front matter"
    };
    Diagnostic::error(
        Code::NoFrontMatter,
        start..start + first_line.len(),
        message,
    )
    .help("begin the file with a line `---`, the keys (none for a draft), and a second line `---`")
}

fn uneditable(span: &Span, reason: &str) -> Diagnostic {
    Diagnostic::error(
        Code::UneditableFile,
        span.clone(),
        format!("the result could not be written into this front matter: {reason}"),
    )
    .help("write one `key: value` a line, each beginning its line")
}

#[cfg(test)]
mod tests;
