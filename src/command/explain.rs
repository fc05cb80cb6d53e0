//! `updraft explain`: what the code of a mistake or of a finding means.

use serde_json::{Value, json};

use super::{CommandError, Console, Exit};
use crate::{
    cli::{ExplainArgs, OutputFormat},
    diagnostic::{ExampleFile, Topic, did_you_mean},
};

/// Wider lines are hard to read.
const WIDEST: usize = 80;

/// Runs it.
pub(super) fn run(args: &ExplainArgs, console: &mut Console<'_>) -> Result<Exit, CommandError> {
    let topic = args.code.as_deref().map(find).transpose()?;
    let paper = Paper {
        width: console.width.min(WIDEST),
        color: console.color,
    };
    match (args.format, topic) {
        (OutputFormat::Json, topic) => {
            let array: Vec<Value> = match &topic {
                Some(topic) => vec![to_json(topic)],
                None => Topic::all().map(|topic| to_json(&topic)).collect(),
            };
            writeln!(console.out, "{:#}", Value::Array(array))?;
        }
        (OutputFormat::Human, Some(topic)) => write!(console.out, "{}", paper.explanation(&topic))?,
        (OutputFormat::Human, None) => write!(console.out, "{}", paper.list())?,
    }
    Ok(Exit::Done)
}

/// The code that is meant by `given`, which may be copied with what stands around it:
/// `error[text-too-long]`.
fn find(given: &str) -> Result<Topic, CommandError> {
    let inner = match given.split_once('[') {
        Some((_, rest)) => rest.split(']').next().unwrap_or(rest),
        None => given,
    };
    let name = inner.trim().to_lowercase().replace(['_', ' '], "-");
    let found = Topic::all().find(|topic| topic.code == name);
    found.ok_or_else(|| {
        let names = Topic::all().map(|topic| topic.code);
        let help = match did_you_mean(&name, names) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`updraft explain` lists them all".to_owned(),
        };
        let given = inner.escape_debug();
        CommandError::usage(format!("there is no code `{given}`; {help}"))
    })
}

fn to_json(topic: &Topic) -> Value {
    json!({
        "code": topic.code,
        "group": topic.group,
        "meaning": topic.meaning,
        "explanation": topic.explanation.markdown,
    })
}

/// What is written on.
struct Paper {
    width: usize,
    color: bool,
}

impl Paper {
    fn explanation(&self, topic: &Topic) -> String {
        let explanation = &topic.explanation;
        let mut text = self.bold(topic.code) + "\n";
        let mut in_list = false;
        for paragraph in &explanation.paragraphs {
            let is_item = paragraph.starts_with("* ");
            if !(is_item && in_list) {
                text += "\n";
            }
            in_list = is_item;
            text += &self.wrapped(paragraph, if is_item { "  " } else { "" });
        }
        text += &self.example("Before", &explanation.before);
        text + &self.example("After", &explanation.after)
    }

    /// Nothing, where there is no file.
    fn example(&self, title: &str, files: &[ExampleFile<'_>]) -> String {
        if files.is_empty() {
            return String::new();
        }
        let mut text = format!("\n{}\n", self.bold(title));
        let mut in_list = false;
        for file in files {
            if !(file.text.is_empty() && in_list) {
                text += "\n";
            }
            in_list = file.text.is_empty();
            text += &match file.note {
                Some(note) => format!("  {} ({note})\n", file.path),
                None => format!("  {}\n", file.path),
            };
            for line in file.text.lines() {
                text += format!("    │ {line}").trim_end();
                text += "\n";
            }
        }
        text
    }

    fn list(&self) -> String {
        let topics: Vec<Topic> = Topic::all().collect();
        let longest = topics.iter().map(|topic| topic.code.len()).max();
        let column = 2 + longest.unwrap_or(0) + 2;
        let mut text = String::new();
        for group in topics.chunk_by(|one, next| one.group == next.group) {
            let title = group.first().map_or("", |topic| topic.group);
            text += &format!("{}\n", self.bold(title));
            group
                .iter()
                .for_each(|topic| text += &self.row(topic, column));
            text += "\n";
        }
        text + "`updraft explain CODE` says why one matters and what to do about it.\n"
    }

    fn row(&self, topic: &Topic, column: usize) -> String {
        let first = format!("  {:1$}", topic.code, column - 2);
        let indent = " ".repeat(column);
        let options = textwrap::Options::new(self.width)
            .initial_indent(&first)
            .subsequent_indent(&indent)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        let meaning = topic.meaning.trim_end_matches('.');
        textwrap::wrap(meaning, options).join("\n") + "\n"
    }

    /// Items of a list stand further in, and their text below itself.
    fn wrapped(&self, paragraph: &str, indent: &str) -> String {
        let behind_mark = indent.repeat(2);
        let options = textwrap::Options::new(self.width)
            .initial_indent(indent)
            .subsequent_indent(&behind_mark)
            // A key or a command is one word.
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::wrap(paragraph, options).join("\n") + "\n"
    }

    fn bold(&self, words: &str) -> String {
        match self.color {
            true => format!("\x1b[1m{words}\x1b[0m"),
            false => words.to_owned(),
        }
    }
}
