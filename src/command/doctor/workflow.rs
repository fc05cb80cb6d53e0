//! The workflows of a repository, and those of their steps that publish.

mod check;
mod trigger;

use std::{fs, io::Read as _, path::Path};

use super::finding::Finding;
use crate::{
    diagnostic::SetupCode,
    report::Lines,
    yaml::{self, Entry, Node, Value},
};

pub(super) use check::check;

/// Where GitHub looks for workflows.
const FOLDER: &str = ".github/workflows";
/// The longest workflow that is read, in bytes: GitHub takes no longer one.
const LARGEST: usize = 512 * 1024;
/// How many files are looked at.
const MOST: usize = 200;

/// A file in `.github/workflows`.
pub(super) struct Workflow {
    /// Relative to the root.
    path: String,
    text: String,
    root: Node,
}

/// The file name of a workflow that publishes on a schedule.
pub(super) fn scheduled(workflows: &[Workflow]) -> Option<&str> {
    let publishes = |one: &&Workflow| !one.publishing().is_empty();
    let mut timed = workflows
        .iter()
        .filter(|one| trigger::crons(one).next().is_some());
    let workflow = timed.find(publishes)?;
    workflow.path.rsplit('/').next()
}

/// Where a workflow that publishes leaves open what `init` could not know: the first thing that it needs.
pub(super) fn of_source(workflows: &[Workflow]) -> Option<Finding> {
    let open = |entry: &Entry| {
        let is_empty = text(&entry.node.value).is_some_and(|value| value.trim().is_empty());
        matches!(entry.key.as_str(), "UPDRAFT" | "UPDRAFT_COMMIT") && is_empty
    };
    let steps = workflows.iter().flat_map(Workflow::publishing);
    let mut found =
        steps.filter_map(|step| Some((step.workflow, step.env().find(|one| open(one))?)));
    let (workflow, entry) = found.next()?;
    Some(
        Finding::error(
            SetupCode::NoSource,
            format!("{} is empty: the runner can't build updraft", entry.key),
            "write the address of updraft's repository into UPDRAFT and the full hash of the commit that you trust into UPDRAFT_COMMIT, here and in the workflow that reviews",
        )
        .at(workflow.place(entry.key_span.start)),
    )
}

/// The handle that a step which publishes names, where updraft.yml need not.
pub(super) fn handle(workflows: &[Workflow]) -> Option<&str> {
    let steps = workflows.iter().flat_map(Workflow::publishing);
    let handles = steps.filter_map(|step| {
        let variable = step.env().find(|entry| entry.key == "BLUESKY_HANDLE");
        let variable = variable.and_then(|entry| text(&entry.node.value));
        variable.or_else(|| match step.how {
            How::Action(_) => input(step.step, "handle").and_then(|input| text(&input.value)),
            How::Run(_) => None,
        })
    });
    { handles }.find(|handle| !handle.trim().is_empty())
}

/// Whether some step pushes with another token than the workflow's own.
pub(super) fn has_own_token(workflows: &[Workflow]) -> bool {
    let mut steps = workflows.iter().flat_map(Workflow::publishing);
    steps.any(|step| step.has_own_token())
}

/// The branch beside the one that publishes, to which every step that publishes pushes.
pub(super) fn beside(workflows: &[Workflow]) -> Option<&str> {
    let mut steps = workflows.iter().flat_map(Workflow::publishing);
    let first = steps.next()?.push_to()?;
    steps
        .all(|step| step.push_to() == Some(first))
        .then_some(first)
}

/// A step that publishes, and what it stands in.
struct Publishing<'a> {
    workflow: &'a Workflow,
    job: &'a Node,
    step: &'a Node,
    how: How<'a>,
}

/// How a step calls updraft.
enum How<'a> {
    /// The words of a command line, from `publish` on.
    Run(Vec<&'a str>),
    /// The action, with its arguments where there are any.
    Action(Option<&'a str>),
}

/// Every workflow below `root`, and what is wrong with those that can't be read.
pub(super) fn gather(root: &Path) -> (Vec<Workflow>, Vec<Finding>) {
    let (mut workflows, mut findings) = (Vec::new(), Vec::new());
    let entries = fs::read_dir(root.join(FOLDER));
    let entries = entries.into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
    names.sort();
    let is_workflow = |name: &Path| {
        let ending = name.extension().unwrap_or_default();
        ending == "yml" || ending == "yaml"
    };
    let names = names.iter().filter(|name| is_workflow(Path::new(name)));
    for name in names.take(MOST) {
        let file = root.join(FOLDER).join(name);
        // What leads elsewhere is nothing that GitHub runs.
        if !file.symlink_metadata().is_ok_and(|about| about.is_file()) {
            continue;
        }
        let path = format!("{FOLDER}/{}", name.to_string_lossy());
        match read(&file).and_then(|text| Workflow::parse(&path, text)) {
            Ok(workflow) => workflows.push(workflow),
            Err((what, place)) => findings.push(unreadable(&path, &what, place)),
        }
    }
    (workflows, findings)
}

fn unreadable(path: &str, what: &str, place: Option<String>) -> Finding {
    let place = place.unwrap_or_else(|| path.to_owned());
    Finding::warning(
        SetupCode::WorkflowUnreadable,
        format!("this workflow can't be read: {what}"),
        "mend it: GitHub does not run it as it is, and nothing else in it was looked at",
    )
    .at(place)
}

/// What is wrong, and where, if that is known.
type Unreadable = (String, Option<String>);

fn read(file: &Path) -> Result<String, Unreadable> {
    let failed = |error: std::io::Error| (error.to_string(), None);
    let mut bytes = Vec::new();
    let opened = fs::File::open(file).map_err(failed)?;
    let mut bounded = opened.take(LARGEST as u64 + 1);
    bounded.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > LARGEST {
        return Err((format!("it has more than {LARGEST} bytes"), None));
    }
    String::from_utf8(bytes).map_err(|_| ("it is not UTF-8".to_owned(), None))
}

impl Workflow {
    fn parse(path: &str, text: String) -> Result<Self, Unreadable> {
        let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
        match yaml::parse(&text, start..text.len()) {
            Ok(root) => Ok(Self {
                path: path.to_owned(),
                text,
                root,
            }),
            Err(mistake) => {
                let span = mistake.span.as_ref();
                let place = span.map(|span| place_of(path, &text, span.start));
                Err((mistake.message, place))
            }
        }
    }

    /// `FILE:LINE:COLUMN`
    fn place(&self, offset: usize) -> String {
        place_of(&self.path, &self.text, offset)
    }

    fn publishing(&self) -> Vec<Publishing<'_>> {
        let jobs = entries(entry(&self.root, "jobs").map(|jobs| &jobs.node));
        let steps = jobs.flat_map(|job| {
            let job = &job.node;
            let steps = items(entry(job, "steps").map(|steps| &steps.node));
            steps.map(move |step| (job, step))
        });
        let publishing = steps.filter_map(|(job, step)| {
            let how = how(step)?;
            Some(Publishing {
                workflow: self,
                job,
                step,
                how,
            })
        });
        publishing.collect()
    }
}

fn place_of(path: &str, text: &str, offset: usize) -> String {
    let position = Lines::new(text).position(offset);
    format!("{path}:{}:{}", position.line, position.column)
}

/// How a step publishes, if it does.
fn how(step: &Node) -> Option<How<'_>> {
    if let Some(Value::Text(run)) = step.get("run") {
        return published_by(run).map(How::Run);
    }
    let Some(Value::Text(action)) = step.get("uses") else {
        return None;
    };
    let name = action.split('@').next().unwrap_or_default();
    let is_ours = name.rsplit('/').next() == Some("updraft") && !name.starts_with('.');
    let input = |name| input(step, name).and_then(|input| text(&input.value));
    (is_ours && input("command").is_none_or(|command| command == "publish"))
        .then(|| How::Action(input("args").filter(|args| !args.trim().is_empty())))
}

/// The words behind `updraft` of the first command of a script that publishes.
fn published_by(script: &str) -> Option<Vec<&str>> {
    let lines = script.lines().filter(|line| !line.trim().starts_with('#'));
    let commands = lines.flat_map(|line| line.split([';', '&', '|', '(', ')']));
    let mut words = commands.flat_map(|command| {
        // A line that ends with a backslash goes on in the next.
        let goes_on = command.trim_end().ends_with('\\');
        let end = (!goes_on).then_some("\n");
        command
            .split_whitespace()
            .filter(|word| *word != "\\")
            .chain(end)
    });
    let mut is_called = false;
    while let Some(word) = words.next() {
        match word.trim_matches(['"', '\'']) {
            "\n" | "" => is_called = word != "\n" && is_called,
            "publish" if is_called => {
                let rest: Vec<&str> = words.by_ref().take_while(|word| *word != "\n").collect();
                if !rest.contains(&"--dry-run") {
                    return Some(rest);
                }
                is_called = false;
            }
            word => is_called |= word.to_ascii_lowercase().contains("updraft"),
        }
    }
    None
}

/// What a step passes to its action.
fn input<'a>(step: &'a Node, name: &str) -> Option<&'a Node> {
    let with = entry(step, "with")?;
    entry(&with.node, name).map(|input| &input.node)
}

fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Entry> {
    let Value::Mapping(entries) = &node.value else {
        return None;
    };
    entries.iter().find(|entry| entry.key == key)
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = &Entry> {
    let entries = match node.map(|node| &node.value) {
        Some(Value::Mapping(entries)) => &entries[..],
        _ => &[],
    };
    entries.iter()
}

fn items(node: Option<&Node>) -> impl Iterator<Item = &Node> {
    let items = match node.map(|node| &node.value) {
        Some(Value::Sequence(items)) => &items[..],
        _ => &[],
    };
    items.iter()
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
#[path = "workflow/tests.rs"]
mod tests;
