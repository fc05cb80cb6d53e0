//! Makes foreign text safe to print: files, file names and servers could hold escape sequences that
//! command the terminal, marks that show a text in another order than it has, characters that nobody
//! sees, and lines that GitHub Actions takes for commands.

use std::borrow::Cow;

/// `text` with control characters shown as symbols, and what can't be seen as `�`; line breaks and
/// tabs stay, `\r\n` becomes `\n`. No line of it is a workflow command.
pub(crate) fn sanitize(text: &str) -> Cow<'_, str> {
    let text = if text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    };
    harmless(&text, |c| matches!(c, '\n' | '\t')).map_or(text, Cow::Owned)
}

/// The same for what has to stay on one line: line breaks become `␊`, tabs `␉`.
///
/// The result has as many characters as `text`.
pub(crate) fn sanitize_line(text: &str) -> Cow<'_, str> {
    harmless(text, |_| false).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Whether a terminal might do anything but show this character, or a reader can't see it. Joiners
/// and variation selectors are not meant: emoji and the scripts of Iran and India are made with them.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control() || is_mark_of_order(c) || is_invisible(c)
}

fn is_mark_of_order(c: char) -> bool {
    matches!(
        c,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// What no font shows, and no language needs a joiner for (Unicode's `Default_Ignorable_Code_Point`,
/// less joiners and variation selectors; and the marks of interlinear annotation).
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}'
    )
}

/// The harmless form of a text, character by character; `None` if it is harmless as it is.
fn harmless(text: &str, stays: impl Fn(char) -> bool) -> Option<String> {
    let is_harmless = |c| !is_hostile(c) || stays(c);
    if text.chars().all(is_harmless) && !text.contains("::") && !text.contains("##[") {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut is_flag = false;
    for (at, c) in text.char_indices() {
        // The flags of England, Scotland and Wales are a black one and letters that nobody sees.
        let is_tag = matches!(c, '\u{e0020}'..='\u{e007f}');
        is_flag = c == '\u{1f3f4}' || is_flag && is_tag;
        let rest = &text[at..];
        // A runner reads `::command::` at the start of a line, behind blanks, and `##[command]` anywhere.
        let commands = rest.starts_with("##[") || rest.starts_with("::") && begins_line(&out);
        out.push(match c {
            '#' if commands => '＃',
            ':' if commands => '：',
            c if stays(c) || is_flag => c,
            c => shown(c),
        });
    }
    Some(out)
}

/// Whether what follows `before` begins a line, as .NET's `TrimStart` sees it.
fn begins_line(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.chars().all(char::is_whitespace)
}

fn shown(c: char) -> char {
    match c {
        // The block "Control Pictures" has them in the same order.
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        _ if is_hostile(c) => '\u{fffd}',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_lose_their_power_and_stay_visible() {
        assert_eq!(sanitize("a\x1b[31mb\x07\r\n\tc\rd"), "a␛[31mb␇\n\tc␍d");
        assert_eq!(
            sanitize_line("a\x1b]8;;x\x1b\\\nb\tc\x7f"),
            "a␛]8;;x␛\\␊b␉c␡"
        );
    }

    #[test]
    fn single_character_escapes_and_overrides_are_replaced() {
        assert_eq!(sanitize("\u{9b}31m"), "\u{fffd}31m");
        assert_eq!(sanitize("pic\u{202e}gnp.exe"), "pic\u{fffd}gnp.exe");
        assert_eq!(sanitize("\u{2066}a\u{2069}\u{200f}\u{2028}"), "�a���");
    }

    #[test]
    fn harmless_text_is_passed_on_untouched() {
        let text = "Grüße 👩‍👩‍👧 עברית\n\tzwei";
        assert!(matches!(sanitize(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn what_nobody_sees_is_shown() {
        let text = "a\u{200b}b\u{ad}c\u{2060}d\u{feff}e\u{3164}f\u{e0041}g\u{fffb}";
        assert_eq!(sanitize(text), "a�b�c�d�e�f�g�");
        assert_eq!(sanitize_line(text), "a�b�c�d�e�f�g�");
    }

    #[test]
    fn what_emoji_and_languages_are_made_of_stays() {
        let england = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
        let texts = ["❤\u{fe0f}", "می\u{200c}خواهم", "क्\u{200d}ष", "葛\u{e0100}"];
        for text in texts {
            assert_eq!(sanitize(text), text);
        }
        let behind = format!("{england}!\u{e0067}");
        assert_eq!(sanitize(&behind), format!("{england}!�"));
    }

    #[test]
    fn no_line_is_a_workflow_command() {
        let text = "::error::a\n \t ::stop-commands::b\nc ::d\n##[add-mask]e f##[g\n:h\n\u{a0}::i";
        let shown =
            "：:error::a\n \t ：:stop-commands::b\nc ::d\n＃#[add-mask]e f＃#[g\n:h\n\u{a0}：:i";
        assert_eq!(sanitize(text), shown);
        assert_eq!(sanitize_line("::a\n::b"), "：:a␊::b");
        assert_eq!(sanitize_line("std::io"), "std::io");
        assert_eq!(sanitize("\r::a\u{feff}::b"), "␍::a�::b");
    }
}
