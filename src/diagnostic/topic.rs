//! What can be explained: every code, whoever prints it.

use super::{Code, Explanation, SetupCode};

/// A code with what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The printed form.
    pub code: &'static str,
    /// What it is about.
    pub group: &'static str,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What it means at length.
    pub explanation: Explanation<'static>,
}

impl Topic {
    /// All of them, group by group: first the mistakes that `check` finds, then what `doctor` does.
    pub fn all() -> impl Iterator<Item = Self> {
        let mistakes = members(Code::GROUPS).map(|(group, code)| Self {
            code: code.as_str(),
            group,
            meaning: code.meaning(),
            explanation: code.explanation(),
        });
        let findings = members(SetupCode::GROUPS).map(|(group, code)| Self {
            code: code.as_str(),
            group,
            meaning: code.meaning(),
            explanation: code.explanation(),
        });
        mistakes.chain(findings)
    }
}

fn members<T: Copy>(
    groups: &'static [(&'static str, &'static [T])],
) -> impl Iterator<Item = (&'static str, T)> {
    let groups = groups.iter();
    groups.flat_map(|(group, codes)| codes.iter().map(move |code| (*group, *code)))
}
