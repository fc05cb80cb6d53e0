//! What is wrong with a picture, before it is known which post shows it where.

use std::{fmt, io};

use crate::diagnostic::{Code, Diagnostic, Span};

/// A mistake without a place; its words say what to do, too.
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    message: String,
    label: Option<String>,
    help: Option<String>,
}

impl Problem {
    /// A picture that can't be used.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidPicture, message.into())
    }

    /// A picture of more bytes than can be published, in every way.
    pub(super) fn too_large(message: impl Into<String>) -> Self {
        Self::new(Code::PictureTooLarge, message.into())
    }

    /// A picture that the operating system doesn't yield.
    pub(super) fn unreadable(path: &str, error: &io::Error) -> Self {
        Self::invalid(format!("`{path}` can't be read: {error}"))
            .label("can't be read")
            .help("check the file's permissions")
    }

    fn new(code: Code, message: String) -> Self {
        Self {
            code,
            message,
            label: None,
            help: None,
        }
    }

    /// Adds a few words for the place.
    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds what to do.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The mistake at its place.
    pub(super) fn at(self, span: Span) -> Diagnostic {
        Diagnostic {
            label: self.label,
            help: self.help,
            ..Diagnostic::error(self.code, span, self.message)
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// With commas between the thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
