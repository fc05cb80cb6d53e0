//! The process's own surroundings: colours, width, logging, signals, the real network.

use std::{
    io::IsTerminal,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use console::Term;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use super::{Connect, Progress, block_on};
use crate::{
    atproto::{identity::SystemDns, memory::Memories, pause::Pause, transport},
    config::Env,
    publish::Network,
};

/// Whether this is a terminal that shows colours. One of Windows has to be asked for that, and is.
pub fn takes_color(terminal: &Term) -> bool {
    terminal.features().colors_supported()
}

/// Colours on a terminal, unless `NO_COLOR`; everywhere with `CLICOLOR_FORCE`.
pub fn wants_color(env: Env<'_>, is_taken: bool) -> bool {
    let set = |name: &str| env(name).is_some_and(|value| !value.is_empty() && value != "0");
    if set("NO_COLOR") {
        return false;
    }
    is_taken || set("CLICOLOR_FORCE")
}

/// Whether to draw how far work has come: where a person watches, and that is no log.
pub fn wants_progress(env: Env<'_>, is_terminal: bool) -> bool {
    let is_ci = env("CI").is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    let is_dumb = env("TERM").as_deref() == Some("dumb");
    is_terminal && !is_ci && !is_dumb
}

/// How wide to print, in columns: what `COLUMNS` says, else the terminal; 100 where there is none.
pub fn width(env: Env<'_>) -> usize {
    let said = env("COLUMNS").and_then(|columns| columns.trim().parse().ok());
    let size = said.filter(|columns| *columns > 0).or_else(terminal_width);
    size.unwrap_or(100).clamp(40, 200)
}

fn terminal_width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    let (_, columns) = Term::stdout().size_checked()?;
    Some(columns.into())
}

/// What is said on standard error of what goes on: that a run waits; with `-v` the requests and
/// what is tried again, twice everything.
pub fn log(verbose: u8, color: bool, progress: &Progress) {
    let progress = progress.clone();
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(move || progress.beside(std::io::stderr()))
        .with_ansi(color)
        .with_target(false)
        .without_time();
    // Ours alone: what libraries trace may hold headers, and so tokens.
    let ours = Targets::new().with_target("updraft", level);
    // Only the first one counts, and there is only one.
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(ours))
        .try_init();
}

/// SIGINT and SIGTERM let the thread in hand finish; a second one ends the process.
pub fn stop_on_signals(stop: &Arc<AtomicBool>) {
    let stop = stop.clone();
    let listen = async move {
        tokio::spawn(async move {
            while signal().await.is_ok() {
                if stop.swap(true, Ordering::SeqCst) {
                    std::process::exit(130);
                }
            }
        });
    };
    // Without threads for it, the signals do what they always do.
    let _ = block_on(listen);
}

#[cfg(unix)]
async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// The real network.
pub struct Internet<'a> {
    /// For `UPDRAFT_PLC_URL` and `UPDRAFT_VIDEO_URL`.
    pub env: Env<'a>,
    /// Lets time pass.
    pub pause: Arc<dyn Pause>,
    /// What one run leaves to the next in the same process.
    pub memories: Memories,
}

impl Connect for Internet<'_> {
    fn connect(&self) -> Result<Network, String> {
        Ok(Network {
            http: Arc::new(transport::Network::new().map_err(|error| error.to_string())?),
            dns: Arc::new(SystemDns::new().map_err(|error| error.to_string())?),
            plc: (self.env)("UPDRAFT_PLC_URL").filter(|url| !url.trim().is_empty()),
            video: (self.env)("UPDRAFT_VIDEO_URL").filter(|url| !url.trim().is_empty()),
            clock: Arc::new(chrono::Utc::now),
            pause: self.pause.clone(),
            memories: self.memories.clone(),
            closed: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_no_place_for_a_bar() {
        let wants = |name: &'static str, value: &'static str| {
            wants_progress(&|asked| (asked == name).then(|| value.to_owned()), true)
        };
        assert!(wants("TERM", "xterm-256color"));
        assert!(wants("CI", "false"));
        assert!(!wants("CI", "true"));
        assert!(!wants("TERM", "dumb"));
        assert!(!wants_progress(&|_| None, false));
    }
}
