//! The report as GitHub shows it in a comment or a job's summary: all that is an author's stands in
//! code, where nothing is a mention, a link, an issue or HTML.

use super::{BROKEN_CONFIG, Item, Report, goes_out};
use crate::{
    command::{
        plan::count,
        preview::{Pages, around, beside, features, link_card, pictures, video_line},
    },
    diagnostic::FileDiagnostics,
    post::{Post, limits},
    report::{self, Options, sanitize, sanitize_line},
};

/// The most that GitHub takes, in UTF-16 units.
const MOST: usize = 65_536;
/// What clashes, mistakes and the calendar may take each.
const ASIDE: usize = 9_000;

/// The whole report, which never exceeds [`MOST`].
pub(super) fn text(report: &Report<'_>) -> String {
    let head = report.head.map_or("the files as they are".to_owned(), code);
    let mut text = format!(
        "### Review of posts\n\n{}. Compared: {} and {head}; {} in all files.\n\n",
        report.summary(),
        code(report.base),
        count(report.errors, "error"),
    );
    let clashes = report
        .clashes
        .iter()
        .map(|clash| format!("- ⚠ {}\n", code(clash)));
    text += &section("", clashes);
    let tail = mistakes(report) + &calendar(report);
    let taken = 200 + length(&text) + length(&tail);
    let mut room = MOST.saturating_sub(taken);
    let mut left_out = 0;
    for item in &report.items {
        let shown = post(item, report);
        match length(&shown) <= room {
            true => {
                room -= length(&shown);
                text += &shown;
            }
            false => left_out += 1,
        }
    }
    if left_out > 0 {
        let posts = count(left_out, "post");
        text += &format!("{posts} not shown here, for want of room: the HTML report has them.\n\n");
    }
    text + &tail
}

/// The report while `updraft.yml` can't be read.
pub(super) fn of_broken_config(file: &FileDiagnostics) -> String {
    let frames = report::human(std::slice::from_ref(file), Options::default());
    format!(
        "### Review of posts\n\n{BROKEN_CONFIG}.\n\n{}",
        fence(frames.trim_end())
    )
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// As many lines as there is room for.
fn section(title: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return String::new();
    }
    let mut text = title.to_owned();
    for (at, line) in lines.iter().enumerate() {
        if length(&text) + length(line) > ASIDE {
            text += &format!("- … and {} more\n", lines.len() - at);
            break;
        }
        text += line;
    }
    text + "\n"
}

fn post(item: &Item<'_>, report: &Report<'_>) -> String {
    let mut body: String = report.notes(item).iter().map(|note| line(note)).collect();
    match item.thread() {
        Some(thread) => {
            body += &line(&format!("Goes out: {}", goes_out(thread, report.now)));
            body.extend(
                thread
                    .account()
                    .map(|name| line(&format!("Account: {name}"))),
            );
            body.extend(around(thread).iter().map(|fact| line(fact)));
            let total = thread.posts().len();
            let parts = thread.posts().iter().enumerate();
            body.extend(parts.map(|(at, post)| part(post, (at + 1, total))));
            body.extend(item.words_before().iter().map(|(number, words)| {
                let of = (total > 1).then(|| format!(", part {number}"));
                format!("\nBefore{}:\n\n{}", of.unwrap_or_default(), fence(words))
            }));
        }
        None if item.after.is_some() => body += "- it has errors: see below\n",
        None => body += "- the file is gone\n",
    }
    format!(
        "<details>\n<summary>{}: <code>{}</code></summary>\n\n{body}\n</details>\n\n",
        item.kind.name(),
        entities(item.path())
    )
}

fn part(post: &Post, (number, total): (usize, usize)) -> String {
    let of = match total {
        1 => String::new(),
        total => format!("Part {number} of {total}, "),
    };
    let facts: String = features(post)
        .into_iter()
        .chain(pictures(post))
        .chain(post.video().map(video_line))
        .chain(link_card(post, &Pages::new(), false))
        .chain(beside(post))
        .chain((!post.langs.is_empty()).then(|| format!("🌐 {}", post.langs.join(", "))))
        .map(|fact| line(&fact))
        .collect();
    format!(
        "\n{of}{}/{}:\n\n{}\n{facts}",
        post.text.graphemes(),
        limits::TEXT_GRAPHEMES,
        fence(post.text.text()),
    )
}

fn line(text: &str) -> String {
    format!("- {}\n", code(text))
}

fn mistakes(report: &Report<'_>) -> String {
    let mut lines = Vec::new();
    for file in &report.mistakes {
        let frames = report::human(&[(*file).clone()], Options::default());
        lines.push(fence(frames.trim_end()) + "\n");
    }
    section("#### Mistakes in these files\n\n", lines.into_iter())
}

fn calendar(report: &Report<'_>) -> String {
    let rows = report.calendar();
    let lines = rows.iter().map(|(day, hour, thread, kind)| {
        let mark = kind.map_or(String::new(), |kind| format!(" **{}**", kind.name()));
        format!("- {day} {hour} {}{mark}\n", code(thread.path()))
    });
    section("#### The next four weeks\n\n", lines)
}

/// Text as a code span, whatever backticks it holds.
fn code(text: &str) -> String {
    let text = sanitize_line(text);
    let ticks = "`".repeat(longest_run(&text) + 1);
    match text.trim().is_empty() {
        true => "(nothing)".to_owned(),
        false => format!("{ticks} {text} {ticks}"),
    }
}

/// Text in a fence that it can't close.
fn fence(text: &str) -> String {
    let text = sanitize(text);
    let ticks = "`".repeat((longest_run(&text) + 1).max(3));
    format!("{ticks}text\n{text}\n{ticks}\n")
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}

/// Text inside HTML, in which nothing is a mark of Markdown either.
fn entities(text: &str) -> String {
    let text = sanitize_line(text);
    let shown = text.chars().map(|c| match c {
        '/' | '-' | '.' => c.to_string(),
        c if c.is_ascii_punctuation() => format!("&#{};", u32::from(c)),
        c => c.to_string(),
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_code() {
        assert_eq!(code("a``b`"), "``` a``b` ```");
        assert_eq!(
            fence("````\n</details>"),
            "`````text\n````\n</details>\n`````\n"
        );
        assert_eq!(entities("</summary>@a#1"), "&#60;/summary&#62;&#64;a&#35;1");
    }

    #[test]
    fn a_long_section_says_how_much_it_leaves_out() {
        let text = section("", (0..500).map(|_| "x".repeat(99) + "\n"));
        assert!(length(&text) <= ASIDE + 50, "{}", text.len());
        assert!(text.contains("- … and 410 more\n"), "{}", &text[8_900..]);
    }
}
