//! What is shown below a post: pictures, a card, a quote, or a quote with one of the others.

use std::num::NonZeroU64;

use atrium_api::{
    app::bsky::{
        embed::{
            defs::{AspectRatio, AspectRatioData},
            external, gallery, images, record, record_with_media, video,
        },
        feed::post::RecordEmbedRefs,
    },
    types::{Blob as BlobData, BlobRef, CidLink, TypedBlobRef, Union, string::Language},
};

use super::{Blob, RecordError, References, StoredVideo};
use crate::{
    atproto::cid,
    post::{Captions, Card, Image, Media, Post, Video, limits},
};

/// The type of videos.
pub const VIDEO_TYPE: &str = "video/mp4";
/// The type of captions.
pub const CAPTIONS_TYPE: &str = "text/vtt";

/// The lexicon's name of what is shown beside a quote.
pub(crate) fn kind_of(media: &Media) -> &'static str {
    match media {
        Media::Images(images) if images.len() > limits::IMAGES => "app.bsky.embed.gallery",
        Media::Images(_) => "app.bsky.embed.images",
        Media::Card(_) => "app.bsky.embed.external",
        Media::Video(_) => "app.bsky.embed.video",
    }
}

/// The embed of a post, if it has one.
pub(super) fn embed(
    post: &Post,
    references: &References,
) -> Result<Option<Union<RecordEmbedRefs>>, RecordError> {
    use RecordEmbedRefs as Refs;
    let quote = match &post.quote {
        Some(target) => Some(quote(&references.target(target)?.this)?),
        None => None,
    };
    let media = match &post.media {
        Some(media) => Some(beside(media, references)?),
        None => None,
    };
    let refs = match (quote, media) {
        (None, None) => return Ok(None),
        (Some(record), None) => Refs::AppBskyEmbedRecordMain(Box::new(record)),
        (Some(record), Some(media)) => {
            let both = record_with_media::MainData {
                media: Union::Refs(media),
                record,
            };
            Refs::AppBskyEmbedRecordWithMediaMain(Box::new(both.into()))
        }
        (None, Some(media)) => alone(media),
    };
    Ok(Some(Union::Refs(refs)))
}

fn quote(pointer: &super::Pointer) -> Result<record::Main, RecordError> {
    let record = pointer.strong_ref()?;
    Ok(record::MainData { record }.into())
}

fn alone(media: record_with_media::MainMediaRefs) -> RecordEmbedRefs {
    use RecordEmbedRefs as Refs;
    use record_with_media::MainMediaRefs as Media;
    match media {
        Media::AppBskyEmbedImagesMain(main) => Refs::AppBskyEmbedImagesMain(main),
        Media::AppBskyEmbedGalleryMain(main) => Refs::AppBskyEmbedGalleryMain(main),
        Media::AppBskyEmbedExternalMain(main) => Refs::AppBskyEmbedExternalMain(main),
        Media::AppBskyEmbedVideoMain(main) => Refs::AppBskyEmbedVideoMain(main),
    }
}

fn beside(
    media: &Media,
    references: &References,
) -> Result<record_with_media::MainMediaRefs, RecordError> {
    use record_with_media::MainMediaRefs as Refs;
    Ok(match media {
        Media::Images(list) if list.len() > limits::IMAGES => {
            let items = list.iter().map(item).collect::<Result<_, _>>()?;
            Refs::AppBskyEmbedGalleryMain(Box::new(gallery::MainData { items }.into()))
        }
        Media::Images(list) => {
            let images = list.iter().map(picture).collect();
            Refs::AppBskyEmbedImagesMain(Box::new(images::MainData { images }.into()))
        }
        Media::Card(card) => {
            let external = external(card, references)?.into();
            Refs::AppBskyEmbedExternalMain(Box::new(external::MainData { external }.into()))
        }
        Media::Video(video) => {
            let main = moving(video, references)?;
            Refs::AppBskyEmbedVideoMain(Box::new(main.into()))
        }
    })
}

fn external(card: &Card, references: &References) -> Result<external::ExternalData, RecordError> {
    let (title, description, thumb) = match (&card.pinned, references.cards.get(&card.url)) {
        (Some(pinned), _) => (
            &pinned.title,
            &pinned.description,
            pinned.thumb.as_ref().map(Blob::from),
        ),
        (None, Some(live)) => (&live.title, &live.description, live.thumb),
        (None, None) => return Err(RecordError::Unresolved(card.url.clone())),
    };
    Ok(external::ExternalData {
        associated_refs: None,
        description: description.clone(),
        thumb: thumb.map(blob_ref),
        title: title.clone(),
        uri: card.url.clone(),
    })
}

fn moving(video: &Video, references: &References) -> Result<video::MainData, RecordError> {
    let stored = references.videos.get(&video.path);
    let (cid, size) = match stored {
        Some(StoredVideo { cid, size }) => {
            let cid = cid.parse();
            let cid = cid.map_err(|_| RecordError::Unresolved(video.path.clone()))?;
            (cid, *size)
        }
        None => (cid::of_blob(&video.sha256), video.size),
    };
    let captions: Vec<_> = video
        .captions
        .iter()
        .map(caption)
        .collect::<Result<_, _>>()?;
    Ok(video::MainData {
        alt: Some(video.alt.clone()),
        aspect_ratio: aspect_ratio(video.width, video.height),
        captions: (!captions.is_empty()).then_some(captions),
        presentation: None,
        video: BlobRef::Typed(TypedBlobRef::Blob(BlobData {
            r#ref: CidLink(cid),
            mime_type: VIDEO_TYPE.to_owned(),
            size: usize::try_from(size).unwrap_or(usize::MAX),
        })),
    })
}

fn caption(captions: &Captions) -> Result<video::Caption, RecordError> {
    let lang = captions.lang.clone();
    let lang = Language::new(lang).map_err(|_| RecordError::Language(captions.lang.clone()))?;
    let file = blob_ref(Blob {
        sha256: captions.sha256,
        mime: CAPTIONS_TYPE,
        size: captions.size,
    });
    Ok(video::CaptionData { file, lang }.into())
}

fn picture(image: &Image) -> images::Image {
    images::ImageData {
        alt: image.alt.clone(),
        aspect_ratio: aspect_ratio(image.width, image.height),
        image: blob_ref(image.into()),
    }
    .into()
}

fn item(image: &Image) -> Result<Union<gallery::MainItemsItem>, RecordError> {
    let aspect_ratio = aspect_ratio(image.width, image.height)
        .ok_or_else(|| RecordError::Encoding(format!("{} has no size", image.path)))?;
    let data = gallery::ImageData {
        alt: image.alt.clone(),
        aspect_ratio,
        image: blob_ref(image.into()),
    };
    let item = gallery::MainItemsItem::Image(Box::new(data.into()));
    Ok(Union::Refs(item))
}

fn aspect_ratio(width: u32, height: u32) -> Option<AspectRatio> {
    let side = |pixels: u32| NonZeroU64::new(pixels.into());
    let (width, height) = side(width).zip(side(height))?;
    Some(AspectRatioData { height, width }.into())
}

fn blob_ref(blob: Blob) -> BlobRef {
    BlobRef::Typed(TypedBlobRef::Blob(BlobData {
        r#ref: CidLink(cid::of_blob(&blob.sha256)),
        mime_type: blob.mime.to_owned(),
        size: blob.size,
    }))
}
