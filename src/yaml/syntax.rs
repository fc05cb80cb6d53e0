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
    let is_quote = message.contains("quote");
    if let Some((at, open)) = unclosed(text).filter(|_| !is_quote) {
        let close = if open == '[' { ']' } else { '}' };
        return Explained {
            what: format!("`{open}` is not closed"),
            help: format!("close it with `{close}`"),
            place: Some(at..at + 1),
        };
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

/// The bracket that stays open at the end of `text`, or that another kind of bracket closes; `None` where
/// a quote is open.
fn unclosed(text: &str) -> Option<(usize, char)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let (mut quote, mut is_comment) = (None, false);
    let mut before = '\n';
    // Only a value's or an item's first sign opens something, outside of brackets.
    let mut begins = false;
    for (at, c) in text.char_indices() {
        is_comment = c != '\n' && (is_comment || c == '#' && before.is_whitespace());
        let starts = begins || !open.is_empty() && !before.is_alphanumeric();
        match (c, quote) {
            _ if is_comment && quote.is_none() => {}
            ('"', Some('"')) if before == '\\' => {}
            (c, Some(own)) if c == own => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) if starts => quote = Some(c),
            ('[' | '{', None) if starts => open.push((at, c)),
            (']' | '}', None) => {
                let wanted = if c == ']' { '[' } else { '{' };
                let opened = open.pop();
                if let Some(other) = opened.filter(|(_, bracket)| *bracket != wanted) {
                    return Some(other);
                }
            }
            _ => {}
        }
        begins = c != '\n' && c.is_whitespace() && (begins || matches!(before, ':' | '-'));
        before = c;
    }
    open.pop().filter(|_| quote.is_none())
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
    fn other_mistakes_are_left_to_the_reader() {
        for text in [
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
