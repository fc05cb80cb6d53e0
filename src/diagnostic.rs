//! Mistakes that an author can mend, as data: what, where, and what to do.

mod explanation;
mod meant;
mod topic;

use std::{fmt, ops::Range};

pub use self::{
    explanation::{ExampleFile, Explanation},
    meant::{did_you_mean, did_you_mean_path},
    setup::SetupCode,
    topic::Topic,
};

/// How much a [`Diagnostic`] weighs: an error keeps the file from being published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The post goes out, though perhaps not as its author thinks.
    Warning,
    /// The post can't go out.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// A byte range in the original file, byte order mark and front matter included.
pub type Span = Range<usize>;

macro_rules! codes {
  ($(#[$about:meta])+ $name:ident in $folder:literal:
   $([$group:literal] $($(#[doc = $doc:literal])+ $variant:ident = $code:literal,)+)+) => {
    $(#[$about])+
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum $name { $($($(#[doc = $doc])+ $variant,)+)+ }

    impl $name {
      /// Every code there is.
      pub const ALL: &[$name] = &[$($($name::$variant,)+)+];

      /// The same by what they are about.
      pub const GROUPS: &[(&str, &[$name])] = &[$(($group, &[$($name::$variant,)+]),)+];

      /// The printed form: lower case, words joined by hyphens.
      pub fn as_str(self) -> &'static str {
        match self { $($($name::$variant => $code,)+)+ }
      }

      /// What it means, in one sentence.
      pub fn meaning(self) -> &'static str {
        match self { $($($name::$variant => concat!($($doc),+).trim_ascii(),)+)+ }
      }

      /// What it means at length, with an example.
      pub fn explanation(self) -> Explanation<'static> {
        Explanation::read(match self {
          $($($name::$variant => include_str!(concat!($folder, "/", $code, ".md")),)+)+
        })
      }
    }

    impl fmt::Display for $name {
      fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
      }
    }
  };
}

mod setup;

codes! {
  /// The stable name of a kind of mistake, as printed in brackets and in JSON.
  ///
  /// A new one needs two things: its line in the list below (in the group where a reader would
  /// look for it; its comment is the one-line meaning that `updraft explain` lists), and a text
  /// `src/diagnostic/codes/NAME.md`, without which nothing compiles. The text says what was
  /// found, why that matters and what to do, then shows the files `## Before` and `## After`,
  /// each in a fence with the path behind the language. A few words behind the path say what text
  /// can't show (`a photograph`); `tests/explain.rs` knows them and makes such files. It checks
  /// that the files before have this mistake and no other, and those after have none.
  Code in "diagnostic/codes":
  ["The file"]
  /// The file can't be read, or isn't inside the repository.
  UnreadableFile = "unreadable-file",
  /// The file's name keeps it from being taken for a post.
  SkippedFile = "skipped-file",
  /// The file is not UTF-8.
  NotUtf8 = "not-utf8",
  /// The file is larger than a post can be.
  FileTooLarge = "file-too-large",
  ["The front matter"]
  /// There is no front matter at the top of the file.
  NoFrontMatter = "no-front-matter",
  /// The front matter's opening fence has no closing one.
  UnclosedFrontMatter = "unclosed-front-matter",
  /// The YAML doesn't parse.
  InvalidYaml = "invalid-yaml",
  /// A key that updraft doesn't know.
  UnknownKey = "unknown-key",
  /// A value that its key doesn't take.
  InvalidValue = "invalid-value",
  /// A time that can't be read, doesn't exist, or exists twice.
  InvalidTime = "invalid-time",
  /// A local time without a zone.
  MissingTimezone = "missing-timezone",
  /// An account that isn't configured.
  UnknownAccount = "unknown-account",
  ["Results, and copies of them"]
  /// The `bluesky:` block isn't one that updraft wrote.
  InvalidBlock = "invalid-block",
  /// The block can't be written into this file.
  UneditableFile = "uneditable-file",
  /// The `bluesky:` block is older than the file's `publish_at`.
  StaleBlock = "stale-block",
  /// Two files name the same record.
  DuplicateUri = "duplicate-uri",
  /// Two waiting files would publish the same words at the same second.
  DuplicatePost = "duplicate-post",
  /// The body changed after the post went out.
  EditedAfterPublishing = "edited-after-publishing",
  ["The text"]
  /// A part of a thread has neither text nor pictures.
  EmptyPost = "empty-post",
  /// A post with a time still says what `updraft new` wrote.
  UnwrittenPost = "unwritten-post",
  /// More graphemes or bytes than a post holds.
  TextTooLong = "text-too-long",
  /// More parts than one commit holds.
  ThreadTooLong = "thread-too-long",
  /// Text directly above `---` makes a heading of it.
  SetextHeading = "setext-heading",
  /// Markdown that Bluesky can't show at all.
  UnsupportedMarkdown = "unsupported-markdown",
  /// Markdown that Bluesky shows as plain text.
  LostFormatting = "lost-formatting",
  /// A link whose address is no absolute URL.
  InvalidLink = "invalid-link",
  /// A tag that is longer than Bluesky takes.
  InvalidTag = "invalid-tag",
  /// A mention of something that can't be a handle.
  InvalidMention = "invalid-mention",
  ["Pictures"]
  /// A picture without alt text.
  MissingAlt = "missing-alt",
  /// A picture that can't be used: missing, outside the repository, unknown type, damaged.
  InvalidPicture = "invalid-picture",
  /// An animation of which only the first frame is published.
  AnimatedPicture = "animated-picture",
  /// A picture of more bytes than can be opened, or made to fit.
  PictureTooLarge = "picture-too-large",
  /// More pictures than a post holds.
  TooManyPictures = "too-many-pictures",
  ["Videos"]
  /// A video that can't be used: missing, no MP4 with H.264, too long, too large, damaged.
  InvalidVideo = "invalid-video",
  /// Captions that can't be used: no WebVTT, no language, too large, no video.
  InvalidCaptions = "invalid-captions",
  ["Quotes and cards"]
  /// A quote, an answer or a repost of something that is no post, or not before this one.
  InvalidTarget = "invalid-target",
  /// A card without a page, or one that can't be shown as the settings are.
  InvalidCard = "invalid-card",
  /// A card that leads elsewhere than the text.
  StaleCard = "stale-card",
  /// Things in one file that exclude each other.
  Conflict = "conflict",
  ["The configuration"]
  /// A mistake in `updraft.yml`.
  InvalidConfig = "invalid-config",
}

/// One mistake: what was found, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of mistake.
    pub code: Code,
    /// Whether it keeps the post from going out.
    pub severity: Severity,
    /// Where, in bytes of the original file; `None` for the file as a whole.
    pub span: Option<Span>,
    /// What was found: lower case, the author's words in backticks, no final stop.
    pub message: String,
    /// A few words at the place itself.
    pub label: Option<String>,
    /// What to do: an action.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span.into(), message.into())
    }

    /// A warning at `span`.
    pub fn warning(code: Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span.into(), message.into())
    }

    fn new(severity: Severity, code: Code, span: Option<Span>, message: String) -> Self {
        Self {
            code,
            severity,
            span,
            message,
            label: None,
            help: None,
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a few words at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Whether this keeps the post from going out.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// All that is wrong with one file, with the text that the spans point into.
#[derive(Clone, Debug)]
pub struct FileDiagnostics {
    /// The file, relative to the repository's root, with `/` between the folders.
    pub path: String,
    /// The file's text, empty where it can't be shown.
    pub text: String,
    /// In order of their place.
    pub diagnostics: Vec<Diagnostic>,
}

impl FileDiagnostics {
    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct() {
        let mut names: Vec<_> = Topic::all().map(|topic| topic.code).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len() + SetupCode::ALL.len());
    }

    #[test]
    fn a_code_means_what_its_comment_says() {
        assert_eq!(Code::NotUtf8.meaning(), "The file is not UTF-8.");
    }
}
