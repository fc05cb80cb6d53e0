//! The video of a part, and its captions.

use super::{Checking, Context};
use crate::{
    diagnostic::{Code, Diagnostic},
    post::{
        Video,
        picture::Reference,
        rich_text::{DraftPart, PictureRef},
        video::{self, check_count},
    },
};

fn is_video(picture: &&PictureRef) -> bool {
    video::is_named(&picture.path)
}

impl Checking {
    /// The video that a part shows; more than one, or one beside pictures, is a mistake.
    pub(super) fn video_reference<'p>(&mut self, part: &'p DraftPart) -> Option<&'p PictureRef> {
        let mut videos = part.pictures.iter().filter(is_video);
        let first = videos.next()?;
        let picture = part.pictures.iter().find(|picture| !is_video(picture));
        let (message, beside) = match (videos.next(), picture) {
            (Some(second), _) => ("a post shows one video", second),
            (None, Some(picture)) => ("a post shows a video or pictures, not both", picture),
            (None, None) => return Some(first),
        };
        self.mistakes.push(
            Diagnostic::error(Code::Conflict, beside.span.clone(), message)
                .label("this one is too many")
                .help("move one of them below a `---`, into the next post of the thread"),
        );
        Some(first)
    }

    pub(super) fn video(&mut self, named: &PictureRef, context: &Context<'_>) -> Option<Video> {
        let loaded = context.videos.load(
            self.document.path(),
            &Reference {
                destination: &named.path,
                alt: &named.alt,
                span: named.span.clone(),
            },
        );
        let mut video = loaded.map_err(|mistake| self.mistakes.push(mistake)).ok()?;
        let Some((given, span)) = self.front_matter.captions.clone() else {
            let captions = context.videos.captions_beside(&video, &named.span);
            video.captions = captions
                .map_err(|mistake| self.mistakes.push(mistake))
                .ok()?;
            return Some(video);
        };
        self.mistakes.extend(check_count(given.len(), &span).err());
        for captions in given {
            let (file, span) = captions.file;
            let reference = Reference {
                destination: &file,
                alt: "",
                span,
            };
            let path = self.document.path();
            let found = context.videos.captions(path, (&captions.lang, &reference));
            match found {
                Ok(found) => video.captions.push(found),
                Err(mistake) => self.mistakes.push(mistake),
            }
        }
        Some(video)
    }

    /// Captions in the front matter belong to the one video of the file.
    pub(super) fn check_captions(&mut self, parts: &[DraftPart]) {
        let Some((_, span)) = &self.front_matter.captions else {
            return;
        };
        let shown = parts
            .iter()
            .flat_map(|part| &part.pictures)
            .filter(is_video);
        let (message, help) = match shown.count() {
            0 => (
                "there is no video that these captions belong to",
                "show one, such as `![what it shows](media/clip.mp4)`, or remove `captions`",
            ),
            1 => return,
            _ => (
                "it is not clear which of the videos these captions belong to",
                "remove `captions`, and put each file beside its video: `clip.en.vtt` for `clip.mp4`",
            ),
        };
        self.mistakes
            .push(Diagnostic::error(Code::InvalidCaptions, span.clone(), message).help(help));
    }
}
