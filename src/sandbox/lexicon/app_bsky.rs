//! The records of `app.bsky` that updraft writes (lexicons/app/bsky of bluesky-social/atproto).

use super::{Definition, Format, Property, Schema};

/// The collections that are validated; all others are taken as they come.
pub(in crate::sandbox) static RECORDS: [&Definition; 4] = [&POST, &THREADGATE, &POSTGATE, &REPOST];

const UNBOUNDED: usize = usize::MAX;

const fn required(name: &'static str, schema: Schema) -> Property {
    Property::required(name, schema)
}

const fn optional(name: &'static str, schema: Schema) -> Property {
    Property::optional(name, schema)
}

const fn define(id: &'static str, properties: &'static [Property]) -> Definition {
    Definition { id, properties }
}

const fn picture(max_size: i64) -> Schema {
    Schema::Blob {
        accept: "image/*",
        max_size,
    }
}

const fn at_least(min: i64) -> Schema {
    Schema::Integer { min, max: i64::MAX }
}

const DATETIME: Schema = Schema::text(Format::Datetime);
const AT_URI: Schema = Schema::text(Format::AtUri);

static POST: Definition = define(
    "app.bsky.feed.post",
    &[
        required("text", Schema::short(3000, 300)),
        optional("entities", Schema::list(&Schema::Ref(&ENTITY), UNBOUNDED)),
        optional("facets", Schema::list(&Schema::Ref(&FACET), UNBOUNDED)),
        optional("reply", Schema::Ref(&REPLY)),
        optional(
            "embed",
            Schema::open(&[
                &IMAGES,
                &VIDEO,
                &GALLERY,
                &EXTERNAL,
                &RECORD,
                &RECORD_WITH_MEDIA,
            ]),
        ),
        optional("langs", Schema::list(&Schema::text(Format::Language), 3)),
        optional("labels", Schema::open(&[&SELF_LABELS])),
        optional("tags", Schema::list(&Schema::short(640, 64), 8)),
        required("createdAt", DATETIME),
    ],
);

static REPLY: Definition = define(
    "app.bsky.feed.post#replyRef",
    &[
        required("root", Schema::Ref(&STRONG_REF)),
        required("parent", Schema::Ref(&STRONG_REF)),
    ],
);

static ENTITY: Definition = define(
    "app.bsky.feed.post#entity",
    &[
        required("index", Schema::Ref(&TEXT_SLICE)),
        required("type", Schema::TEXT),
        required("value", Schema::TEXT),
    ],
);

static TEXT_SLICE: Definition = define(
    "app.bsky.feed.post#textSlice",
    &[required("start", at_least(0)), required("end", at_least(0))],
);

static STRONG_REF: Definition = define(
    "com.atproto.repo.strongRef",
    &[
        required("uri", AT_URI),
        required("cid", Schema::text(Format::Cid)),
    ],
);

static FACET: Definition = define(
    "app.bsky.richtext.facet",
    &[
        required("index", Schema::Ref(&BYTE_SLICE)),
        required(
            "features",
            Schema::list(&Schema::open(&[&MENTION, &LINK, &TAG]), UNBOUNDED),
        ),
    ],
);

static BYTE_SLICE: Definition = define(
    "app.bsky.richtext.facet#byteSlice",
    &[
        required("byteStart", at_least(0)),
        required("byteEnd", at_least(0)),
    ],
);

static MENTION: Definition = define(
    "app.bsky.richtext.facet#mention",
    &[required("did", Schema::text(Format::Did))],
);

static LINK: Definition = define(
    "app.bsky.richtext.facet#link",
    &[required("uri", Schema::text(Format::Uri))],
);

static TAG: Definition = define(
    "app.bsky.richtext.facet#tag",
    &[required("tag", Schema::short(640, 64))],
);

static ASPECT_RATIO: Definition = define(
    "app.bsky.embed.defs#aspectRatio",
    &[
        required("width", at_least(1)),
        required("height", at_least(1)),
    ],
);

static IMAGES: Definition = define(
    "app.bsky.embed.images",
    &[required("images", Schema::list(&Schema::Ref(&IMAGE), 4))],
);

static IMAGE: Definition = define(
    "app.bsky.embed.images#image",
    &[
        required("image", picture(2_000_000)),
        required("alt", Schema::TEXT),
        optional("aspectRatio", Schema::Ref(&ASPECT_RATIO)),
    ],
);

static GALLERY: Definition = define(
    "app.bsky.embed.gallery",
    &[required(
        "items",
        Schema::list(&Schema::open(&[&GALLERY_IMAGE]), 20),
    )],
);

static GALLERY_IMAGE: Definition = define(
    "app.bsky.embed.gallery#image",
    &[
        required("image", picture(2_000_000)),
        required("alt", Schema::TEXT),
        required("aspectRatio", Schema::Ref(&ASPECT_RATIO)),
    ],
);

static VIDEO: Definition = define(
    "app.bsky.embed.video",
    &[
        required(
            "video",
            Schema::Blob {
                accept: "video/mp4",
                max_size: 300_000_000,
            },
        ),
        optional("captions", Schema::list(&Schema::Ref(&CAPTION), 20)),
        optional("alt", Schema::TEXT),
        optional("aspectRatio", Schema::Ref(&ASPECT_RATIO)),
        optional("presentation", Schema::TEXT),
    ],
);

static CAPTION: Definition = define(
    "app.bsky.embed.video#caption",
    &[
        required("lang", Schema::text(Format::Language)),
        required(
            "file",
            Schema::Blob {
                accept: "text/vtt",
                max_size: 20_000,
            },
        ),
    ],
);

static EXTERNAL: Definition = define(
    "app.bsky.embed.external",
    &[required("external", Schema::Ref(&EXTERNAL_CARD))],
);

static EXTERNAL_CARD: Definition = define(
    "app.bsky.embed.external#external",
    &[
        required("uri", Schema::text(Format::Uri)),
        required("title", Schema::TEXT),
        required("description", Schema::TEXT),
        optional("thumb", picture(1_000_000)),
        optional(
            "associatedRefs",
            Schema::list(&Schema::Ref(&STRONG_REF), UNBOUNDED),
        ),
    ],
);

static RECORD: Definition = define(
    "app.bsky.embed.record",
    &[required("record", Schema::Ref(&STRONG_REF))],
);

static RECORD_WITH_MEDIA: Definition = define(
    "app.bsky.embed.recordWithMedia",
    &[
        required("record", Schema::Ref(&RECORD)),
        required(
            "media",
            Schema::open(&[&IMAGES, &VIDEO, &GALLERY, &EXTERNAL]),
        ),
    ],
);

static SELF_LABELS: Definition = define(
    "com.atproto.label.defs#selfLabels",
    &[required(
        "values",
        Schema::list(&Schema::Ref(&SELF_LABEL), 10),
    )],
);

static SELF_LABEL: Definition = define(
    "com.atproto.label.defs#selfLabel",
    &[required("val", Schema::short(128, UNBOUNDED))],
);

static THREADGATE: Definition = define(
    "app.bsky.feed.threadgate",
    &[
        required("post", AT_URI),
        optional(
            "allow",
            Schema::list(
                &Schema::open(&[&MENTION_RULE, &FOLLOWER_RULE, &FOLLOWING_RULE, &LIST_RULE]),
                5,
            ),
        ),
        required("createdAt", DATETIME),
        optional("hiddenReplies", Schema::list(&AT_URI, 300)),
    ],
);

static MENTION_RULE: Definition = define("app.bsky.feed.threadgate#mentionRule", &[]);
static FOLLOWER_RULE: Definition = define("app.bsky.feed.threadgate#followerRule", &[]);
static FOLLOWING_RULE: Definition = define("app.bsky.feed.threadgate#followingRule", &[]);
static LIST_RULE: Definition = define(
    "app.bsky.feed.threadgate#listRule",
    &[required("list", AT_URI)],
);

static POSTGATE: Definition = define(
    "app.bsky.feed.postgate",
    &[
        required("createdAt", DATETIME),
        required("post", AT_URI),
        optional("detachedEmbeddingUris", Schema::list(&AT_URI, 50)),
        optional(
            "embeddingRules",
            Schema::list(&Schema::open(&[&DISABLE_RULE]), 5),
        ),
    ],
);

static DISABLE_RULE: Definition = define("app.bsky.feed.postgate#disableRule", &[]);

static REPOST: Definition = define(
    "app.bsky.feed.repost",
    &[
        required("subject", Schema::Ref(&STRONG_REF)),
        required("createdAt", DATETIME),
        optional("via", Schema::Ref(&STRONG_REF)),
    ],
);
