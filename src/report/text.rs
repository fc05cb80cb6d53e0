//! Makes foreign text safe to print: files, file names and servers could hold escape sequences that
//! command the terminal, or marks that show a text in another order than it has.

use std::borrow::Cow;

/// `text` with control characters shown as symbols and bidirectional overrides as `�`; line
/// breaks and tabs stay, `\r\n` becomes `\n`.
pub(crate) fn sanitize(text: &str) -> Cow<'_, str> {
    let text = if text.contains("\r\n") {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    };
    if !text
        .chars()
        .any(|c| is_hostile(c) && !matches!(c, '\n' | '\t'))
    {
        return text;
    }
    let kept = |c| {
        if matches!(c, '\n' | '\t') {
            c
        } else {
            shown(c)
        }
    };
    Cow::Owned(text.chars().map(kept).collect())
}

/// The same for what has to stay on one line: line breaks become `␊`, tabs `␉`.
///
/// The result has as many characters as `text`.
pub(crate) fn sanitize_line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(shown).collect())
}

/// Whether a terminal might do anything but show this character.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
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
}
