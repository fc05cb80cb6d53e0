//! The files of a set-up.

use std::path::Path;

use chrono::{DateTime, Days, Utc};

use super::answers::Answers;
use crate::schema;

const PUBLISH: &str = include_str!("publish.yml");
const REVIEW: &str = include_str!("review.yml");
const COMMENT: &str = include_str!("comment.yml");
/// The parts of the workflows that an action takes the place of.
const INSTALL: &str = include_str!("install.yml");
const SOURCE: &str = include_str!("source.yml");
/// The line that hands a secret over.
const SECRET: &str = "          BLUESKY_APP_PASSWORD: ${{ secrets.BLUESKY_APP_PASSWORD }}\n";

/// A file to be.
pub(super) struct NewFile {
    /// Relative to the root.
    pub(super) path: String,
    /// All of it.
    pub(super) text: String,
}

/// All of them. The draft only where there is no post yet.
pub(super) fn all(
    answers: &Answers,
    branch: &str,
    root: &Path,
    now: DateTime<Utc>,
) -> Vec<NewFile> {
    let file = |path: &str, text: String| NewFile {
        path: path.to_owned(),
        text,
    };
    let mut files = Vec::new();
    if let Some(handle) = &answers.handle {
        files.push(file("updraft.yml", config(answers, handle)));
    } else {
        files.push(file("updraft.yml", String::new()));
    }
    let draft_path = format!("{}/hello.md", answers.posts);
    if root.join(&draft_path).exists() || !has_posts(&root.join(&answers.posts)) {
        files.push(file(&draft_path, draft(answers, now)));
    }
    files.extend([
        file("schema/updraft.json", format!("{:#}\n", schema::config())),
        file(
            "schema/front-matter.json",
            format!("{:#}\n", schema::front_matter()),
        ),
        file(".vscode/settings.json", SETTINGS.to_owned()),
        file(".gitattributes", attributes(answers)),
        file(
            ".github/workflows/updraft-publish.yml",
            publish(answers, branch),
        ),
        file(
            ".github/workflows/updraft-review.yml",
            with_source(REVIEW, answers),
        ),
        file(".github/workflows/updraft-comment.yml", COMMENT.to_owned()),
    ]);
    files
}

const SETTINGS: &str =
    "{\n  \"yaml.schemas\": { \"./schema/updraft.json\": [\"updraft.yml\"] }\n}\n";

fn has_posts(folder: &Path) -> bool {
    let walk = ignore::WalkBuilder::new(folder)
        .standard_filters(false)
        .build();
    let mut files = walk.flatten();
    files.any(|entry| {
        entry
            .path()
            .extension()
            .is_some_and(|ending| ending == "md")
    })
}

fn config(answers: &Answers, handle: &str) -> String {
    let posts = match answers.posts.as_str() {
        "posts" => String::new(),
        folder => format!("posts: {folder}\n"),
    };
    let zone = &answers.timezone;
    format!(
        "# yaml-language-server: $schema=schema/updraft.json\n{posts}timezone: {zone} # of the times in posts\n\naccounts:\n  main:\n    handle: \"{handle}\"\n    app_password_env: BLUESKY_APP_PASSWORD # the name of the secret, never the password itself\n"
    )
}

fn draft(answers: &Answers, now: DateTime<Utc>) -> String {
    let up = "../".repeat(answers.posts.split('/').count());
    let day = now.checked_add_days(Days::new(7)).unwrap_or(now);
    let (day, zone) = (day.format("%Y-%m-%d"), &answers.timezone);
    format!(
        "---\n# yaml-language-server: $schema={up}schema/front-matter.json\n# A draft: it is checked, and never published. To date it, take the `# ` from the next line and set the\n# time, in {zone}.\n# publish_at: {day} 09:00\nlangs: [en]\n---\nHello from a file in git.\n"
    )
}

fn attributes(answers: &Answers) -> String {
    format!(
        "# A post's bytes are its author's: what was committed is what is checked out, on every system and whatever\n# core.autocrlf says.\n{}/**/*.md -text diff\n",
        answers.posts
    )
}

fn publish(answers: &Answers, branch: &str) -> String {
    let secrets = answers.secrets.iter();
    let secrets = secrets.map(|name| SECRET.replace("BLUESKY_APP_PASSWORD", name));
    with_source(PUBLISH, answers)
        .replace("branches: [main]", &format!("branches: [\"{branch}\"]"))
        .replace("\"posts/**\"", &format!("\"{}/**\"", answers.posts))
        .replace(SECRET, &secrets.collect::<String>())
}

/// The workflow, with where updraft comes from.
fn with_source(workflow: &str, answers: &Answers) -> String {
    let Some(action) = &answers.action else {
        let known = env!("CARGO_PKG_REPOSITORY");
        return match known {
            "" => workflow.to_owned(),
            known => workflow.replace("UPDRAFT: \"\"", &format!("UPDRAFT: {known}")),
        };
    };
    let step = format!(
        "      - name: Install updraft\n        uses: {action}\n        with:\n          command: \"\" # only installs\n"
    );
    workflow.replace(SOURCE, "").replace(INSTALL, &step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_that_are_replaced_are_there() {
        for workflow in [PUBLISH, REVIEW] {
            assert!(workflow.contains(INSTALL) && workflow.contains(SOURCE));
        }
        for part in [SECRET, "branches: [main]", "\"posts/**\""] {
            assert!(PUBLISH.contains(part), "{part}");
        }
    }
}
