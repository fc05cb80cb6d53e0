//! The report for a browser.

use super::{BROKEN_CONFIG, Kind, Report};
use crate::{
    command::preview::html::{Page, escape, page},
    diagnostic::FileDiagnostics,
    report::{self, Options},
};

/// One file.
pub(super) fn text(report: &Report<'_>) -> String {
    let head = report.head.unwrap_or("the files as they are");
    let mut body = format!(
        "<p>{}. Compared: {} and {}; {} in all files.</p>\n",
        escape(&report.summary()),
        escape(report.base),
        escape(head),
        crate::command::plan::count(report.errors, "error"),
    );
    for clash in &report.clashes {
        body += &format!("<p class=\"warn\">⚠ {}</p>\n", escape(clash));
    }
    body += &posts(report);
    body += &mistakes(report);
    body += &calendar(report);
    page("Review", &body)
}

/// The report while `updraft.yml` can't be read.
pub(super) fn of_broken_config(file: &FileDiagnostics) -> String {
    let frames = report::human(std::slice::from_ref(file), Options::default());
    let body = format!(
        "<p class=\"warn\">{}.</p>\n<pre>{}</pre>\n",
        escape(&BROKEN_CONFIG.replace('`', "")),
        escape(frames.trim_end())
    );
    page("Review", &body)
}

fn posts(report: &Report<'_>) -> String {
    let mut page = Page::new(report.library);
    let mut body = String::new();
    for (kind, title) in [
        (Kind::PublishedEdited, "Published already, and edited"),
        (Kind::Retracted, "To be taken back"),
        (Kind::PublishedDeleted, "Published already, and deleted"),
        (Kind::New, "New"),
        (Kind::Scheduled, "Given a time"),
        (Kind::Changed, "Changed"),
        (Kind::Moved, "Moved"),
        (Kind::Removed, "Removed"),
    ] {
        let items = report.items.iter().filter(|item| item.kind == kind);
        let items: Vec<String> = items
            .map(|item| {
                let notes = report.notes(item);
                match item.thread() {
                    Some(thread) => page.post(thread, report.now, &notes, &item.words_before()),
                    None => {
                        let notes = notes.iter().map(|note| format!("<li>{}</li>\n", escape(note)));
                        format!(
                            "<article class=\"file\">\n<h3>{}</h3>\n<ul class=\"facts\">\n<li>{}</li>\n{}</ul>\n</article>\n",
                            escape(item.path()),
                            if item.after.is_some() { "It has errors: see below" } else { "The file is gone" },
                            notes.collect::<String>()
                        )
                    }
                }
            })
            .collect();
        if !items.is_empty() {
            body += &format!(
                "<section>\n<h2>{title}</h2>\n{}</section>\n",
                items.concat()
            );
        }
    }
    body
}

fn mistakes(report: &Report<'_>) -> String {
    if report.mistakes.is_empty() {
        return String::new();
    }
    let files: Vec<_> = report.mistakes.iter().map(|file| (*file).clone()).collect();
    let frames = report::human(&files, Options::default());
    format!(
        "<section>\n<h2>Mistakes</h2>\n<pre>{}</pre>\n</section>\n",
        escape(frames.trim_end())
    )
}

fn calendar(report: &Report<'_>) -> String {
    let (mut rows, mut last) = (String::new(), String::new());
    for (day, hour, thread, kind) in report.calendar() {
        if day != last {
            rows += &format!("<dt>{day}</dt>\n");
            last = day;
        }
        let mark = kind.map_or(String::new(), |kind| {
            format!(" <mark>{}</mark>", kind.name())
        });
        rows += &format!("<dd>{hour} {}{mark}</dd>\n", escape(thread.path()));
    }
    let rows = match rows.is_empty() {
        true => "<p>Nothing goes out in that time.</p>\n".to_owned(),
        false => format!("<dl>\n{rows}</dl>\n"),
    };
    format!("<section>\n<h2>The next four weeks</h2>\n{rows}</section>\n")
}
