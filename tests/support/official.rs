//! Asks the official packages (`tests/pds/official.mjs`) what they make of a text or a record.
//!
//! A test file that uses it also has `#[path = "support/pds.rs"] mod pds;`, which installs them.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
    thread,
};

use serde_json::{Value, json};

use crate::pds::{NEEDED, install, is_skipped, node};

/// What the official packages make of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the PDS would take it, and every `$type` in it is in a lexicon.
    pub valid: bool,
    /// Why not.
    pub error: Option<String>,
    /// Its CID, valid or not.
    pub cid: String,
}

/// The verdict on each record, which is given with its collection; `None` where
/// `UPDRAFT_SKIP_PDS=1` leaves the official packages out.
pub fn validate(records: &[(&str, Value)]) -> Option<Vec<Verdict>> {
    let question = |(collection, record): &(&str, Value)| json!({ "collection": collection, "record": record });
    let verdict = |answer: Value| Verdict {
        valid: answer["valid"].as_bool().unwrap(),
        error: answer["error"].as_str().map(str::to_owned),
        cid: answer["cid"].as_str().unwrap().to_owned(),
    };
    let answers = ask(&records.iter().map(question).collect::<Vec<_>>())?;
    Some(answers.into_iter().map(verdict).collect())
}

/// One answer for each question, all from one run of Node.
pub fn ask(questions: &[Value]) -> Option<Vec<Value>> {
    let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    if is_skipped() {
        assert!(!in_ci, "CI must not leave the official packages out");
        return None;
    }
    let folder = install();
    let mut child = Command::new(node(&folder))
        .arg("official.mjs")
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("can't start Node: {error}; {NEEDED}"));
    let mut input = child.stdin.take().unwrap();
    let lines: String = questions
        .iter()
        .map(|question| format!("{question}\n"))
        .collect();
    // Beside the reading, so that neither waits for the other.
    let writer = thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = BufReader::new(child.stdout.take().unwrap());
    let answers: Vec<Value> = output
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    writer.join().unwrap().unwrap();
    assert!(
        child.wait().unwrap().success(),
        "official.mjs failed; {NEEDED}"
    );
    assert_eq!(
        answers.len(),
        questions.len(),
        "official.mjs left questions open"
    );
    Some(answers)
}
