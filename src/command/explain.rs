//! `updraft explain`: what a diagnostic's code means.

use serde_json::{Value, json};

use super::{CommandError, Console, Exit};
use crate::{
    cli::{ExplainArgs, OutputFormat},
    diagnostic::{Code, ExampleFile, did_you_mean},
};

/// Wider lines are hard to read.
const WIDEST: usize = 80;

/// Runs it.
pub(super) fn run(args: &ExplainArgs, console: &mut Console<'_>) -> Result<Exit, CommandError> {
    let code = args.code.as_deref().map(find).transpose()?;
    let paper = Paper {
        width: console.width.min(WIDEST),
        color: console.color,
    };
    match (args.format, code) {
        (OutputFormat::Json, Some(code)) => {
            writeln!(console.out, "{:#}", Value::Array(vec![to_json(code)]))?;
        }
        (OutputFormat::Json, None) => {
            let all = Code::ALL.iter().copied().map(to_json).collect();
            writeln!(console.out, "{:#}", Value::Array(all))?;
        }
        (OutputFormat::Human, Some(code)) => write!(console.out, "{}", paper.explanation(code))?,
        (OutputFormat::Human, None) => write!(console.out, "{}", paper.list())?,
    }
    Ok(Exit::Done)
}

/// The code that is meant by `given`, which may be copied with what stands around it:
/// `error[text-too-long]`.
fn find(given: &str) -> Result<Code, CommandError> {
    let inner = match given.split_once('[') {
        Some((_, rest)) => rest.split(']').next().unwrap_or(rest),
        None => given,
    };
    let name = inner.trim().to_lowercase().replace(['_', ' '], "-");
    let found = Code::ALL.iter().find(|code| code.as_str() == name);
    found.copied().ok_or_else(|| {
        let names = Code::ALL.iter().map(|code| code.as_str());
        let help = match did_you_mean(&name, names) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`updraft explain` lists them all".to_owned(),
        };
        let given = inner.escape_debug();
        CommandError::usage(format!("there is no code `{given}`; {help}"))
    })
}

fn group(code: Code) -> &'static str {
    let group = Code::GROUPS.iter().find(|(_, codes)| codes.contains(&code));
    group.map_or("", |(name, _)| name)
}

fn to_json(code: Code) -> Value {
    json!({
        "code": code.as_str(),
        "group": group(code),
        "meaning": code.meaning(),
        "explanation": code.explanation().markdown,
    })
}

/// What is written on.
struct Paper {
    width: usize,
    color: bool,
}

impl Paper {
    fn explanation(&self, code: Code) -> String {
        let explanation = code.explanation();
        let mut text = self.bold(code.as_str()) + "\n";
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

    fn example(&self, title: &str, files: &[ExampleFile<'_>]) -> String {
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
        let names = Code::ALL.iter().map(|code| code.as_str().len());
        let column = 2 + names.max().unwrap_or(0) + 2;
        let indent = " ".repeat(column);
        let mut text = String::new();
        for (group, codes) in Code::GROUPS {
            text += &format!("{}\n", self.bold(group));
            for code in *codes {
                let first = format!("  {:1$}", code.as_str(), column - 2);
                let options = textwrap::Options::new(self.width)
                    .initial_indent(&first)
                    .subsequent_indent(&indent)
                    .word_splitter(textwrap::WordSplitter::NoHyphenation);
                let meaning = code.meaning().trim_end_matches('.');
                text += &(textwrap::wrap(meaning, options).join("\n") + "\n");
            }
            text += "\n";
        }
        text + "`updraft explain CODE` says what to do about one, with an example.\n"
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
