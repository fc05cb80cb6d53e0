//! How far long work has come, for a person who watches, without running into the lines beside it.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The place on the terminal where a bar may be drawn: one at a time. By default there is none.
#[derive(Clone, Default)]
pub struct Progress {
    is_visible: bool,
    shown: Arc<Mutex<Option<ProgressBar>>>,
}

impl Progress {
    /// One on standard error, if somebody watches that.
    pub fn new(is_visible: bool) -> Self {
        Self {
            is_visible,
            ..Self::default()
        }
    }

    /// The same where words are for people, and none where they are for programs.
    pub(super) fn for_people(&self, is_for_people: bool) -> Self {
        match is_for_people {
            true => self.clone(),
            false => Self::default(),
        }
    }

    /// A stream to the same terminal: a bar steps aside for each of its lines.
    pub fn beside<W: io::Write>(&self, stream: W) -> Beside<W> {
        Beside {
            progress: self.clone(),
            stream,
            held: Vec::new(),
        }
    }

    /// A bar that counts to `steps`, and is gone when it is dropped; nothing is drawn for no steps.
    pub(super) fn bar(&self, doing: &str, steps: usize) -> Bar<'_> {
        let is_drawn = self.is_visible && steps > 0;
        let target = match is_drawn {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
        let style = ProgressStyle::with_template("  {msg} {bar:40} {pos}/{len}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(doing.to_owned());
        // Before the first step is done, which may be the longest.
        bar.tick();
        if is_drawn {
            *self.lock() = Some(bar.clone());
        }
        Bar {
            bar,
            progress: self,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A bar while work goes on.
pub(super) struct Bar<'a> {
    bar: ProgressBar,
    progress: &'a Progress,
}

impl Bar<'_> {
    /// So many more steps are done.
    pub(super) fn advance(&self, steps: usize) {
        self.bar.inc(steps as u64);
    }

    #[cfg(test)]
    pub(super) fn done(&self) -> u64 {
        self.bar.position()
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        *self.progress.lock() = None;
        self.bar.finish_and_clear();
    }
}

/// A stream beside a bar. While one is drawn, whole lines alone go through.
pub struct Beside<W: io::Write> {
    progress: Progress,
    stream: W,
    held: Vec<u8>,
}

impl<W: io::Write> Beside<W> {
    fn release(&mut self) -> io::Result<()> {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() {
            return Ok(());
        }
        let bar = self.progress.lock().clone();
        let stream = &mut self.stream;
        match bar {
            Some(bar) => bar.suspend(|| stream.write_all(&held).and_then(|()| stream.flush())),
            None => stream.write_all(&held),
        }
    }
}

impl<W: io::Write> io::Write for Beside<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        let is_drawn = self.progress.lock().is_some();
        if !is_drawn || self.held.ends_with(b"\n") {
            self.release()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.release()?;
        self.stream.flush()
    }
}

impl<W: io::Write> Drop for Beside<W> {
    fn drop(&mut self) {
        // Who is gone can't be told.
        let _ = self.release();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn drawn() -> Progress {
        let progress = Progress::default();
        *progress.lock() = Some(ProgressBar::hidden());
        progress
    }

    #[test]
    fn beside_a_bar_lines_go_through_whole() {
        let progress = drawn();
        let mut written = Vec::new();
        let mut stream = progress.beside(&mut written);
        write!(stream, "one {}", 1).unwrap();
        assert!(stream.stream.is_empty());
        writeln!(stream, " and two").unwrap();
        assert_eq!(*stream.stream, b"one 1 and two\n");
        write!(stream, "Really?").unwrap();
        stream.flush().unwrap();
        assert!(stream.stream.ends_with(b"Really?"));
        write!(stream, " what is left").unwrap();
        drop(stream);
        assert_eq!(written, b"one 1 and two\nReally? what is left");
    }

    #[test]
    fn without_a_bar_nothing_is_held_back() {
        let progress = Progress::new(true);
        let mut written = Vec::new();
        let mut stream = progress.beside(&mut written);
        write!(stream, "Really?").unwrap();
        assert_eq!(*stream.stream, b"Really?");
    }

    #[test]
    fn a_bar_is_there_only_while_work_goes_on_that_somebody_watches() {
        let is_drawn = |progress: &Progress, steps| {
            let bar = progress.bar("asking", steps);
            bar.advance(1);
            progress.lock().is_some()
        };
        let watched = Progress::new(true);
        assert!(is_drawn(&watched, 3));
        assert!(watched.lock().is_none());
        assert!(!is_drawn(&watched, 0));
        assert!(!is_drawn(&watched.for_people(false), 3));
        assert!(!is_drawn(&Progress::new(false), 3));
    }
}
