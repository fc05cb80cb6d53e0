//! How far long work has come, for a person who watches.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Console;

/// A bar on standard error that counts to `steps`; none where that is no terminal.
pub(super) fn bar(doing: &str, steps: usize, console: &Console<'_>) -> ProgressBar {
    let target = if console.is_terminal {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
    let style = ProgressStyle::with_template("  {msg} {bar:40} {pos}/{len}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(doing.to_owned());
    // Before the first step is done, which may be the longest.
    bar.tick();
    bar
}
