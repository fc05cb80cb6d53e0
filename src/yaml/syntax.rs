//! What is behind a mistake of syntax, where the reader names but the place at which it gave up.

use crate::diagnostic::Span;

/// A mistake of syntax in an author's words.
pub(super) struct Explained {
    /// What was found.
    pub(super) what: String,
    /// What to do.
    pub(super) help: String,
    /// Bytes of the text, where they are not those that the reader gave.
    pub(super) place: Option<Span>,
}

/// Looks for what authors mostly do in the YAML `text`, which can't be read from `line` (from 1) on, as
/// the reader says with `message`.
pub(super) fn explain(text: &str, line: Option<usize>, message: &str) -> Explained {
    let last = line.unwrap_or(usize::MAX);
    if let Some((at, open)) = unclosed(text, last) {
        return Explained {
            what: format!("`{open}` is not closed"),
            help: format!("close it with `{}`", closing(open)),
            place: Some(at..at + 1),
        };
    }
    if let Some(found) = tab(text) {
        return found;
    }
    if let Some((place, key)) = line.and_then(|line| indented_key(text, line)) {
        return Explained {
            what: format!("white space stands before `{key}`"),
            help: format!("remove the white space before `{key}`"),
            place: Some(place),
        };
    }
    Explained {
        what: message.trim_end_matches([' ', ':', ',']).to_owned(),
        help: "quote a value that holds `: `, ` #`, or begins with one of `@ # & * ! | > [ { %`"
            .to_owned(),
        place: None,
    }
}

/// The bracket on one of the first `last` lines that, closed, makes `text` readable.
fn unclosed(text: &str, last: usize) -> Option<(usize, char)> {
    let mut tries = TRIES;
    let (mut start, mut closed) = (0, 0);
    // The column that the lines of a block of text are to the right of.
    let mut block = None;
    for line in text.split_inclusive('\n').take(last) {
        let here = start;
        start += line.len();
        let indent = line.len() - line.trim_start().len();
        if here < closed || line.trim().is_empty() || block.is_some_and(|column| indent > column) {
            continue;
        }
        let (column, value) = value(line);
        block = is_block(&line[value..]).then_some(column);
        if !line[value..].starts_with(['[', '{']) {
            continue;
        }
        match flow(text, here + value) {
            Flow::Closed(end) => closed = end,
            Flow::Open { brackets, places } => {
                for place in places {
                    tries = tries.checked_sub(1)?;
                    let open = brackets.iter().filter(|(at, _)| *at < place.start);
                    let closing: String =
                        open.map(|(_, bracket)| closing(*bracket)).rev().collect();
                    let whole = format!("{}{closing}{}", &text[..place.start], &text[place.end..]);
                    if super::is_readable(&whole) {
                        return brackets.into_iter().rfind(|(at, _)| *at < place.start);
                    }
                }
            }
        }
    }
    None
}

/// More ways to close brackets are not tried.
const TRIES: usize = 32;

fn closing(open: char) -> char {
    if open == '[' { ']' } else { '}' }
}

/// Where a line's value begins, behind its key or its item's `-`, and the column of that.
fn value(line: &str) -> (usize, usize) {
    let mut column = line.len() - line.trim_start().len();
    let mut start = column;
    while let Some(rest) = line[start..].strip_prefix("- ") {
        column = start;
        start = line.len() - rest.trim_start().len();
    }
    let rest = &line[start..];
    match rest.split_once(": ") {
        Some((_, value)) if !rest.starts_with(['[', '{', '"', '\'']) => {
            (start, line.len() - value.trim_start().len())
        }
        _ => (column, start),
    }
}

/// Whether text stands below, as it is: behind `|` or `>`.
fn is_block(value: &str) -> bool {
    let sign = value.split(" #").next().unwrap_or_default().trim_end();
    let rest = sign.strip_prefix(['|', '>']);
    rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || "+-".contains(c)))
}

/// A value in brackets.
enum Flow {
    /// It ends before this byte.
    Closed(usize),
    /// These stay open, the outermost first. What closes them could stand in one of these places.
    Open {
        brackets: Vec<(usize, char)>,
        places: Vec<Span>,
    },
}

/// Reads the value whose bracket is at `start`.
fn flow(text: &str, start: usize) -> Flow {
    let mut brackets: Vec<(usize, char)> = Vec::new();
    let mut places = Vec::new();
    let mut quote = None;
    let (mut is_comment, mut is_escaped) = (false, false);
    // Only an item's first sign opens a quote.
    let mut begins = true;
    let (mut before, mut end) = ('\n', start);
    for (at, c) in text[start..].char_indices() {
        let at = start + at;
        is_comment =
            c != '\n' && (is_comment || quote.is_none() && c == '#' && before.is_whitespace());
        if c == '\n' && places.len() < TRIES {
            places.push(end..end);
        }
        if !is_comment && !c.is_whitespace() {
            match (c, quote) {
                _ if is_escaped => {}
                (c, Some(own)) if c == own => quote = None,
                (_, Some(_)) => {}
                ('"' | '\'', None) if begins => quote = Some(c),
                ('[' | '{', None) => brackets.push((at, c)),
                (']' | '}', None) => match brackets.pop() {
                    Some((_, open)) if closing(open) == c => {}
                    other => {
                        brackets.extend(other);
                        return Flow::Open {
                            brackets: brackets.split_off(brackets.len().saturating_sub(1)),
                            // Before the other's closing one, or in its stead.
                            places: vec![end..end, at..at + 1],
                        };
                    }
                },
                _ => {}
            }
            if brackets.is_empty() {
                return Flow::Closed(at + 1);
            }
            begins = matches!(c, '[' | '{' | ',' | ':');
            end = at + c.len_utf8();
        }
        is_escaped = c == '\\' && quote == Some('"') && !is_escaped;
        before = c;
    }
    if places.last() != Some(&(end..end)) {
        places.push(end..end);
    }
    Flow::Open { brackets, places }
}

/// A tab before a key, where without it, or with spaces in its place, the text could be read.
fn tab(text: &str) -> Option<Explained> {
    let is_led = |line: &&str| line.starts_with('\t');
    let number = text.split_inclusive('\n').position(|line| is_led(&line))?;
    let spaced = |line: &str| {
        let rest = line.trim_start_matches('\t');
        "  ".repeat(line.len() - rest.len()) + rest
    };
    let whole: String = text.split_inclusive('\n').map(spaced).collect();
    if !super::is_readable(&whole) {
        return None;
    }
    let start = text.split_inclusive('\n').take(number).map(str::len).sum();
    let line = text[start..].lines().next()?;
    let rest = line.trim_start_matches('\t');
    let (key, _) = rest.split_once(':').unwrap_or((rest, ""));
    let says = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let help = match text[..start].lines().any(says) {
        true => "indent with spaces: YAML takes no tabs there".to_owned(),
        false => format!("remove the white space before `{key}`"),
    };
    Some(Explained {
        what: format!("a tab stands before `{key}`"),
        help,
        place: Some(start..start + line.len() - rest.len()),
    })
}

/// The white space before a key that no other key of its mapping has, and the key: that of `line`, where
/// the one above is not indented, or of the first line of all.
fn indented_key(text: &str, line: usize) -> Option<(Span, &str)> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let at = line.checked_sub(1)?;
    let says = |line: &&&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let number = match is_indented(lines.get(at)?) {
        true => {
            let above = lines[..at].iter().rfind(says)?;
            // What stands below a key alone is its value.
            let is_whole = !is_indented(above) && !above.trim_end().ends_with([':', '|', '>']);
            is_whole.then_some(at)?
        }
        false => {
            let first = lines[..at].iter().position(|line| says(&line))?;
            is_indented(lines[first]).then_some(first)?
        }
    };
    let start: usize = lines[..number].iter().map(|line| line.len()).sum();
    let rest = lines[number].trim_start();
    let white = lines[number].len() - rest.len();
    let (key, _) = rest.split_once(':')?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let is_key = !key.is_empty() && key.chars().all(is_word);
    is_key.then_some((start..start + white, key))
}

fn is_indented(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use crate::yaml::parse;

    /// Where and what of a mistake, and what to do.
    fn mistake(text: &str) -> String {
        let mistake =
            parse(text, 0..text.len()).map_or_else(|mistake| mistake, |_| panic!("{text}"));
        let at = mistake.span.as_ref().map_or(0, |span| span.start);
        let message = mistake.message.replace("this is not valid YAML: ", "");
        format!("{at}: {message}; {}", mistake.help.unwrap_or_default())
    }

    #[test]
    fn an_open_bracket_is_shown_where_it_is_opened() {
        let list = "`[` is not closed; close it with `]`";
        let mapping = "`{` is not closed; close it with `}`";
        for (text, at, said) in [
            ("langs: [en\n", 7, list),
            ("langs: [en # both]\n", 7, list),
            ("langs: [en\npublish_at: 2026-12-01 09:00\n", 7, list),
            ("langs: [en\nlate: { after: 2d }\ntags: [a]\n", 7, list),
            ("late: { after: 2d\n", 6, mapping),
            ("late: { after: 2d\ntags: [a, \"]}\"]\n", 6, mapping),
            ("card: { title: a, tags: [b }\n", 24, list),
            ("cards:\n- { title: it's\n", 9, mapping),
            ("langs:\n  [en\ntags: [a]\n", 9, list),
            ("tags: [\n  a,\n  b\nhold: true\n", 6, list),
            ("tags: [a}\n", 6, list),
            (r#"cards: [{ title: "a\\" }"#, 7, list),
            (r#"cards: [{ title: "a\"]" }"#, 7, list),
            ("alt: |\n  it's [ x\n\n  - [ y\ntags: [a\n", 33, list),
        ] {
            assert_eq!(mistake(text), format!("{at}: {said}"), "{text}");
        }
    }

    #[test]
    fn a_key_behind_white_space_is_named() {
        for (text, at) in [
            (" publish_at: x\nlangs: [en]\n", 0),
            ("# when\n\n\tpublish_at: x\nlangs: [en]\n", 8),
            ("langs: [en]\n publish_at: x\n", 12),
            ("langs: [en]\n\tpublish_at: x\n", 12),
            ("account: main\n\n  publish_at: x\nhold: true\n", 15),
        ] {
            let key = "`publish_at`";
            assert_eq!(
                mistake(text),
                format!(
                    "{at}: white space stands before {key}; remove the white space before {key}"
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn a_tab_is_shown_where_spaces_would_do() {
        for (text, at, said) in [
            (
                "\tpublish_at: x\n\tlangs: [en]\n",
                0,
                "a tab stands before `publish_at`; remove the white space before `publish_at`",
            ),
            (
                "hold: true\ncard:\n\ttitle: x\n",
                17,
                "a tab stands before `title`; indent with spaces: YAML takes no tabs there",
            ),
        ] {
            assert_eq!(mistake(text), format!("{at}: {said}"), "{text}");
        }
    }

    #[test]
    fn other_mistakes_are_left_to_the_reader() {
        for text in [
            "card:\n  title: Notes - [draft\n  description: what: this\n",
            "alt: |\n  - [ x\n  it's\ntitle: @x\n",
            "- alt: >-  # said\n    - [ x\n  title: @x\n",
            "account: @main\ntags: [a\n",
            r#"cards: [{ title: "a\\" }, @x]"#,
            "account: @main\n",
            "langs: [en, @de]\n",
            "title: a: b\n",
            "card:\n  title: a: b\n",
            "title: \"a [b\n",
            "late:\n  after: 2d\n   then: miss\n",
            "- a\nb: [c]\n",
        ] {
            assert!(
                mistake(text).contains("; quote a value"),
                "{}",
                mistake(text)
            );
        }
    }
}
