//! What is said at length of a [`Code`](super::Code): taken from the Markdown file of its name.

/// A text about one kind of mistake, and an example of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// The whole text, as Markdown.
    pub markdown: &'a str,
    /// What it means and what to do, each paragraph on one line; an item of a list begins `* `.
    pub paragraphs: Vec<String>,
    /// Files with this mistake.
    pub before: Vec<ExampleFile<'a>>,
    /// The same without it.
    pub after: Vec<ExampleFile<'a>>,
}

/// A file of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFile<'a> {
    /// Relative to the repository's root.
    pub path: &'a str,
    /// What `text` can't show of it.
    pub note: Option<&'a str>,
    /// What stands in it, with its last line break; empty if that is no text.
    pub text: &'a str,
}

enum Section {
    Text,
    Before,
    After,
}

impl<'a> Explanation<'a> {
    /// Takes a text apart: paragraphs, `## Before` and `## After`, and below these two the files,
    /// each in a fence such as ` ```markdown posts/hello.md saved as Windows-1252 `.
    pub fn read(markdown: &'a str) -> Self {
        let mut explanation = Self {
            markdown,
            ..Self::default()
        };
        let mut section = Section::Text;
        let mut rest = markdown;
        // Whether the next line of text goes on with the last paragraph.
        let mut goes_on = false;
        while let Some((line, behind)) = first_line(rest) {
            rest = behind;
            let joins = std::mem::take(&mut goes_on);
            if line == "## Before" {
                section = Section::Before;
            } else if line == "## After" {
                section = Section::After;
            } else if line.starts_with("```") {
                let file;
                (file, rest) = fenced(line, rest);
                match section {
                    Section::After => explanation.after.push(file),
                    Section::Before | Section::Text => explanation.before.push(file),
                }
            } else if !line.trim().is_empty() {
                explanation.say(line.trim(), joins);
                goes_on = true;
            }
        }
        explanation
    }

    fn say(&mut self, words: &str, joins: bool) {
        match self.paragraphs.last_mut() {
            Some(last) if joins && !words.starts_with("* ") => {
                last.push(' ');
                last.push_str(words);
            }
            _ => self.paragraphs.push(words.to_owned()),
        }
    }
}

/// The file in the fence that `opening` opens, and what stands behind the fence.
fn fenced<'a>(opening: &'a str, rest: &'a str) -> (ExampleFile<'a>, &'a str) {
    let info = opening.trim_start_matches('`');
    let fence = &opening[..opening.len() - info.len()];
    let mut end = 0;
    let mut behind = "";
    while let Some((line, after)) = first_line(&rest[end..]) {
        if line == fence {
            behind = after;
            break;
        }
        end = rest.len() - after.len();
    }
    let mut words = info.splitn(3, ' ').skip(1);
    let file = ExampleFile {
        path: words.next().unwrap_or_default(),
        note: words.next(),
        text: &rest[..end],
    };
    (file, behind)
}

/// The line without its break, and all that follows.
fn first_line(text: &str) -> Option<(&str, &str)> {
    (!text.is_empty()).then(|| text.split_once('\n').unwrap_or((text, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_items_and_files_are_told_apart() {
        let markdown = "One\nline.\n\nTwo:\n* a\n  b\n* c\n\n## Before\n\n```markdown posts/a.md saved as Latin-1\n---\n\n---\nHi\n```\n\n## After\n\n````markdown posts/a.md\n```\n````\n```yaml updraft.yml\n```\n";
        let read = Explanation::read(markdown);
        assert_eq!(read.paragraphs, ["One line.", "Two:", "* a b", "* c"]);
        let file = |path, note, text| ExampleFile { path, note, text };
        assert_eq!(
            read.before,
            [file(
                "posts/a.md",
                Some("saved as Latin-1"),
                "---\n\n---\nHi\n"
            )]
        );
        assert_eq!(
            read.after,
            [
                file("posts/a.md", None, "```\n"),
                file("updraft.yml", None, "")
            ]
        );
    }

    #[test]
    fn a_fence_that_is_never_closed_reaches_to_the_end() {
        let read = Explanation::read("## After\n```markdown posts/a.md\nHi");
        assert_eq!(read.after[0].text, "Hi");
    }
}
