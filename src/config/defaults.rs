//! What every post of an account gets: for all accounts at the top of `updraft.yml`, or for one.

use crate::{
    post::{
        Defaults, LinkCards,
        front_matter::{self, audience},
        late, limits,
    },
    yaml::Fields,
};

/// The keys that stand both at the top and in an account.
pub(super) fn read(fields: &mut Fields, base: &Defaults) -> Defaults {
    Defaults {
        langs: front_matter::langs(fields).unwrap_or_else(|| base.langs.clone()),
        replies: audience::replies(fields)
            .map_or_else(|| base.replies.clone(), |(replies, _)| replies),
        quotes: audience::quotes(fields).map_or(base.quotes, |(quotes, _)| quotes),
        labels: audience::labels(fields).unwrap_or_else(|| base.labels.clone()),
        link_cards: link_cards(fields).unwrap_or(base.link_cards),
        shorten_links: fields
            .boolean("shorten_links")
            .unwrap_or(base.shorten_links),
        late: late::late(fields).over(base.late),
        image_bytes: base.image_bytes,
    }
}

fn link_cards(fields: &mut Fields) -> Option<LinkCards> {
    let choices = [
        ("live", LinkCards::Live),
        ("pinned", LinkCards::Pinned),
        ("off", LinkCards::Off),
    ];
    fields.choice("link_cards", &choices)
}

/// Reads an account's `image_bytes`.
pub(super) fn image_bytes(own: &mut Fields) -> Option<u64> {
    let (text, span) = own.text("image_bytes", "1000000")?;
    let most = limits::IMAGE_BYTES;
    let bytes: Option<u64> = text.replace('_', "").parse().ok();
    let fits = bytes.filter(|bytes| (50_000..=most).contains(bytes));
    if fits.is_none() {
        let message = format!("`{text}` is no size of pictures: they have 50000 to {most} bytes");
        own.invalid(
            span,
            message,
            "write what the server takes, such as `image_bytes: 1000000`",
        );
    }
    fits
}
