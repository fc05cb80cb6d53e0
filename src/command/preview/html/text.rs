//! Text in HTML.

use url::Url;

use crate::{
    post::{Feature, RichText},
    report::sanitize,
};

/// Text as HTML that is text, in an element as in an attribute.
pub(in crate::command) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in sanitize(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A link, if the address is one of the web; `shown` is HTML.
pub(super) fn link(address: &str, shown: &str) -> String {
    match Url::parse(address) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => format!(
            "<a href=\"{}\" rel=\"noopener nofollow ugc\">{shown}</a>",
            escape(url.as_str())
        ),
        _ => shown.to_owned(),
    }
}

/// A post's text with its links, mentions and tags.
pub(super) fn rich(text: &RichText) -> String {
    let part = |range: std::ops::Range<usize>| text.text().get(range).unwrap_or_default();
    let (mut out, mut end) = (String::new(), 0);
    for facet in text.facets() {
        out += &escape(part(end..facet.range.start));
        let shown = escape(part(facet.range.clone()));
        let address = match &facet.feature {
            Feature::Link(uri) => uri.clone(),
            Feature::Mention(handle) => format!("https://bsky.app/profile/{handle}"),
            Feature::Tag(tag) => page_of_tag(tag),
        };
        out += &link(&address, &shown);
        end = facet.range.end;
    }
    out + &escape(part(end..text.text().len()))
}

fn page_of_tag(tag: &str) -> String {
    let tag = percent_encoding::utf8_percent_encode(tag, percent_encoding::NON_ALPHANUMERIC);
    format!("https://bsky.app/hashtag/{tag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_become_links() {
        assert_eq!(link("javascript:alert(1)", "x"), "x");
        assert_eq!(link("data:text/html,x", "x"), "x");
        assert!(link("https://a.example/\"x", "x").starts_with("<a href=\"https://a.example/%22x"));
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(
            escape("<b a='\"'>&\u{202e}\x1b"),
            "&lt;b a=&#39;&quot;&#39;&gt;&amp;�␛"
        );
    }
}
