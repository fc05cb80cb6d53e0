//! What is to be said of a set-up, as people and programs read it.

use serde_json::{Value, json};

use crate::{
    command::{Exit, plan::count},
    diagnostic::{SetupCode, Severity},
    report::{self, Options, Remark},
};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Posts will not go out, or their results get lost.
    Error,
    /// Posts may go out late, or stay behind unseen.
    Warning,
    /// Good to know; it does not count.
    Note,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing that an experienced maintainer would point at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// How much it weighs.
    pub(super) level: Level,
    /// What `updraft explain` takes.
    pub(super) code: SetupCode,
    /// The file, with line and column where they are known.
    pub(super) place: Option<String>,
    /// What is so.
    pub(super) what: String,
    /// What to do about it.
    pub(super) remedy: String,
}

impl Finding {
    /// An error, without a place.
    pub(super) fn error(
        code: SetupCode,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Error,
            code,
            place: None,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// A warning, without a place.
    pub(super) fn warning(
        code: SetupCode,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Warning,
            ..Self::error(code, what, remedy)
        }
    }

    /// A note, without a place.
    pub(super) fn note(
        code: SetupCode,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Note,
            ..Self::error(code, what, remedy)
        }
    }

    /// The same, there.
    pub(super) fn at(self, place: impl Into<String>) -> Self {
        Self {
            place: Some(place.into()),
            ..self
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "level": self.level.name(),
            "code": self.code.as_str(),
            "place": self.place,
            "what": self.what,
            "remedy": self.remedy,
        })
    }

    fn to_text(&self, options: Options) -> String {
        let remark = Remark {
            severity: match self.level {
                Level::Error => Some(Severity::Error),
                Level::Warning => Some(Severity::Warning),
                Level::Note => None,
            },
            code: self.code.as_str(),
            place: self.place.as_deref(),
            what: &self.what,
            help: &self.remedy,
        };
        report::remark(remark, options)
    }
}

/// `{ "findings": [{ "level", "code", "place", "what", "remedy" }] }`: `level` is `error`, `warning` or
/// `note`, `place` is `FILE:LINE:COLUMN`, a file, or null.
pub(super) fn to_json(findings: &[Finding]) -> Value {
    let findings: Vec<Value> = findings.iter().map(Finding::to_json).collect();
    json!({ "findings": findings })
}

/// Each with its remedy, where more is said of them, and a last line.
pub(super) fn to_text(findings: &[Finding], options: Options) -> String {
    let shown = findings.iter().map(|finding| finding.to_text(options));
    let counted = findings.iter().filter(|finding| counts(finding)).count();
    let well = match counted {
        0 => "all is well".to_owned(),
        counted => count(counted, "finding"),
    };
    let notes = match findings.len() - counted {
        0 => String::new(),
        notes => format!(", {}", count(notes, "note")),
    };
    let shown: String = shown.collect();
    format!("{shown}{}{well}{notes}\n", hint(findings))
}

fn hint(findings: &[Finding]) -> String {
    let mut codes = findings.iter().map(|finding| finding.code);
    match codes.next() {
        None => String::new(),
        Some(first) if codes.all(|code| code == first) => {
            format!("what this means, and why it matters: updraft explain {first}\n")
        }
        Some(_) => "what each means, and why it matters: updraft explain CODE\n".to_owned(),
    }
}

/// 1 where something is to be mended, 3 where something could not be looked at; notes don't count.
pub(super) fn exit(findings: &[Finding]) -> Exit {
    if findings
        .iter()
        .any(|finding| finding.code == SetupCode::ServerSilent)
    {
        return Exit::Failed;
    }
    match findings.iter().any(counts) {
        true => Exit::Mend,
        false => Exit::Done,
    }
}

fn counts(finding: &Finding) -> bool {
    finding.level != Level::Note
}
