//! Whose posts they are: names of other tools and accounts of `updraft.yml`.

use super::{Lack, Refused};

/// Which account of `updraft.yml` each name of another tool stands for.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    /// Names of the other tool, each with an account; an empty one stands for the default account.
    pub mapped: Vec<(String, String)>,
    /// The account of all names that are not mapped.
    pub rest: Option<String>,
    /// The accounts of `updraft.yml`.
    pub known: Vec<String>,
    /// Whether there is nothing to choose: one name, and at most one account.
    pub is_single: bool,
}

impl Accounts {
    /// What goes behind `account:`; `None` for the default account.
    ///
    /// # Errors
    /// Nobody said which account it is.
    pub(super) fn of(&self, name: &str) -> Result<Option<String>, Refused> {
        let same = |other: &str| other.eq_ignore_ascii_case(name);
        if let Some((_, account)) = self.mapped.iter().find(|(other, _)| same(other)) {
            return Ok(Some(account.clone()).filter(|account| !account.is_empty()));
        }
        if let Some(account) = self.known.iter().find(|account| same(account)) {
            return Ok(Some(account.clone()));
        }
        match (&self.rest, self.is_single) {
            (Some(rest), _) => Ok(Some(rest.clone())),
            (None, true) => Ok(None),
            (None, false) => Err(self.unknown(name)),
        }
    }

    /// The account of a source that names none.
    pub(super) fn unnamed(&self) -> Option<String> {
        self.rest.clone()
    }

    /// Whether it is known which account a name stands for.
    pub fn covers(&self, name: &str) -> bool {
        self.of(name).is_ok()
    }

    /// Whether a name was mapped on purpose.
    pub(super) fn maps(&self, name: &str) -> bool {
        self.mapped
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(name))
    }

    fn unknown(&self, name: &str) -> Refused {
        let reason = format!("nobody said which account `{name}` is");
        let remedy = match self.known.as_slice() {
            [] => format!("pass `--account {name}=` for the account that updraft publishes to"),
            known => format!(
                "pass `--account {name}=NAME` with one of {}, as updraft.yml calls them",
                known.join(", ")
            ),
        };
        Refused::new(reason, remedy).lacking(Lack::Account(name.to_owned()))
    }
}
