//! Questions to a person, in one line each.

use std::io::{self, BufRead, IsTerminal as _, Write};

use super::{CommandError, Console};

/// Whether somebody is there to answer, who also sees the question.
pub(super) fn may_ask(console: &Console<'_>) -> bool {
    io::stdin().is_terminal() && console.is_terminal
}

/// What is answered, without white space around it; `None` at the end of the input.
///
/// # Errors
/// The terminal.
pub(super) fn ask(
    question: &str,
    input: &mut dyn BufRead,
    err: &mut dyn Write,
) -> Result<Option<String>, CommandError> {
    write!(err, "{question}")?;
    err.flush()?;
    let mut line = String::new();
    let read = input.read_line(&mut line).map_err(CommandError::world)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}
