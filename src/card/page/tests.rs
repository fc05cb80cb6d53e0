#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use super::*;

fn read(html: impl AsRef<[u8]>, content_type: &str) -> Metadata {
    let url = Url::parse("https://example.com/news/today.html").unwrap();
    metadata(html.as_ref(), Some(content_type), &url)
}

fn title(html: impl AsRef<[u8]>, content_type: &str) -> String {
    read(html, content_type).title
}

#[test]
fn opengraph_comes_before_twitter_and_both_before_html() {
    let page = "<title>HTML</title><meta name=description content='By HTML'>\
        <meta name=twitter:title content=Twitter><meta name='twitter:description' content='By Twitter'>\
        <meta property=og:title content='OpenGraph'><meta property='og:description' content='By OpenGraph'>";
    let found = read(page, "text/html");
    assert_eq!(
        (found.title.as_str(), found.description.as_str()),
        ("OpenGraph", "By OpenGraph")
    );
    let found = read(page.replace("og:", "x:"), "text/html");
    assert_eq!(
        (found.title.as_str(), found.description.as_str()),
        ("Twitter", "By Twitter")
    );
    let found = read(
        page.replace("og:", "x:").replace("twitter:", "y:"),
        "text/html",
    );
    assert_eq!(
        (found.title.as_str(), found.description.as_str()),
        ("HTML", "By HTML")
    );
}

#[test]
fn html_is_read_as_browsers_read_it() {
    for (html, expected) in [
        (
            "<title>a &amp; b &lt;c&gt; &#x1F680; &eacute;</title>",
            "a & b <c> 🚀 é",
        ),
        ("<TITLE>upper</TITLE>", "upper"),
        ("<title>  a\n\t b  </title>", "a b"),
        ("<title><b>not a tag</b></title>", "<b>not a tag</b>"),
        (
            "<script>'<title>no</title>'</script><title>yes</title>",
            "yes",
        ),
        ("<!-- <title>no</title> --><title>yes</title>", "yes"),
        ("<svg><title>icon</title></svg><title>page</title>", "page"),
        ("<title>first</title><title>second</title>", "first"),
        (
            "<meta property=og:title content=first><meta property=og:title content=second>",
            "first",
        ),
        (
            "<meta property=og:title content='  '><title>own</title>",
            "own",
        ),
        ("<meta name=og:title content='by name'>", "by name"),
        ("<META PROPERTY='OG:Title' CONTENT='upper'>", "upper"),
        (
            "<meta property=\"og:title\" content=\"a &quot;quote&quot; > b\">",
            "a \"quote\" > b",
        ),
        ("<p>nothing", ""),
        ("", ""),
        ("<title>cut off", "cut off"),
        ("<title>\u{202e}txet\u{202c} \u{7}bell</title>", "txet bell"),
    ] {
        assert_eq!(title(html, "text/html; charset=utf-8"), expected, "{html}");
    }
}

#[test]
fn charsets_are_honoured_in_their_order() {
    let cyrillic = b"<title>\xcf\xf0\xe8\xe2\xe5\xf2</title>".as_slice();
    assert_eq!(title(cyrillic, "text/html; charset=windows-1251"), "Привет");
    assert_eq!(
        title(cyrillic, "text/html;charset=\"Windows-1251\"; x=y"),
        "Привет"
    );
    let named = [b"<meta charset=windows-1251>".as_slice(), cyrillic].concat();
    assert_eq!(title(&named, "text/html"), "Привет");
    let equiv = [
        b"<meta http-equiv='Content-Type' content='text/html; charset=cp1251'>".as_slice(),
        cyrillic,
    ]
    .concat();
    assert_eq!(title(&equiv, "text/html"), "Привет");
    let japanese = b"<title>\x93\xfa\x96{</title>".as_slice();
    assert_eq!(title(japanese, "text/html; charset=Shift_JIS"), "日本");
    let marked = [b"\xef\xbb\xbf".as_slice(), "<title>日本</title>".as_bytes()].concat();
    assert_eq!(title(&marked, "text/html; charset=Shift_JIS"), "日本");
    let utf16: Vec<u8> = "\u{feff}<title>日本</title>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(title(&utf16, "text/html"), "日本");
    let wrong = "<meta charset=utf-16><title>日本</title>";
    assert_eq!(title(wrong, "text/html"), "日本");
    assert_eq!(
        title("<title>日本</title>", "text/html; charset=nonsense"),
        "日本"
    );
}

#[test]
fn pictures_are_resolved_and_only_those_that_can_be_fetched() {
    let picture = |html: &str| read(html, "text/html").picture.map(|url| url.to_string());
    let og = |content: &str| format!("<meta property=og:image content='{content}'>");
    assert_eq!(picture(&og("/a.png")).unwrap(), "https://example.com/a.png");
    assert_eq!(
        picture(&og("a.png")).unwrap(),
        "https://example.com/news/a.png"
    );
    assert_eq!(
        picture(&og("//cdn.example.org/a.png")).unwrap(),
        "https://cdn.example.org/a.png"
    );
    let based = format!("<base href='/static/'>{}", og("a.png"));
    assert_eq!(picture(&based).unwrap(), "https://example.com/static/a.png");
    let secure = format!(
        "{}<meta property=og:image:secure_url content='https://s.example/b.png'>",
        og("a.png")
    );
    assert_eq!(picture(&secure).unwrap(), "https://s.example/b.png");
    for bad in [
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "",
    ] {
        assert_eq!(picture(&og(bad)), None, "{bad}");
    }
    let then = format!("{}<meta name=twitter:image content=/t.png>", og("data:,x"));
    assert_eq!(picture(&then).unwrap(), "https://example.com/t.png");
}

#[test]
fn long_words_are_cut_between_words_and_graphemes() {
    let long = format!("<title>{}</title>", "word ".repeat(200));
    let found = title(&long, "text/html");
    assert!(
        found.ends_with("word…") && found.graphemes(true).count() <= 300,
        "{found}"
    );
    let family = "👨‍👩‍👧‍👦".repeat(400);
    let found = title(format!("<title>{family}</title>"), "text/html");
    // Ten bytes a grapheme, as in a post: each of these has 25.
    assert_eq!(found.graphemes(true).count(), 120);
    assert_eq!(cut("exactly", 7), "exactly");
    assert_eq!(cut("exactly8", 7), "exactl…");
}

#[test]
fn hostile_pages_end() {
    let deep = "<div>".repeat(200_000);
    let attribute = format!(
        "<meta property=og:title content='{}'>",
        "a".repeat(1_000_000)
    );
    let attributes = format!(
        "<meta {}>",
        (0..100_000).map(|n| format!("a{n}=b ")).collect::<String>()
    );
    let entities = format!("<title>{}</title>", "&".repeat(500_000));
    for page in [deep, attribute, attributes, entities] {
        let start = Instant::now();
        read(&page, "text/html");
        assert!(start.elapsed() < Duration::from_secs(20), "{}", &page[..40]);
    }
}

#[test]
fn one_grapheme_can_be_a_megabyte_and_is_not_shown() {
    let zalgo = format!("a{}", "\u{301}".repeat(400_000));
    let page = format!("<title>{zalgo}</title><meta name=description content='fine {zalgo}'>");
    let found = read(page, "text/html");
    assert!(found.title.len() <= 3_000, "{}", found.title.len());
    assert_eq!(found.description, "fine…");
    assert_eq!(
        title(format!("<title>a {zalgo} b</title>"), "text/html"),
        "a…"
    );
}

#[test]
fn what_nobody_can_see_is_no_title() {
    for invisible in [
        "\u{200b}",
        "&shy;",
        "\u{2060}\u{200d}",
        "\u{61c}",
        "&nbsp;",
        "\u{3164}",
    ] {
        let page = format!("<meta property=og:title content='{invisible}'><title>own</title>");
        assert_eq!(title(page, "text/html"), "own", "{invisible:?}");
    }
    assert_eq!(
        title("<title>👩\u{200d}🚀 می\u{200c}خواهم</title>", "text/html"),
        "👩\u{200d}🚀 می\u{200c}خواهم"
    );
}

#[test]
fn both_attributes_name_what_is_said_and_each_may_name_several() {
    for page in [
        "<meta property='' name=og:title content=a>",
        "<meta property=article:title name=og:title content=a>",
        "<meta property='dc:title og:title' content=a>",
    ] {
        assert_eq!(title(page, "text/html"), "a", "{page}");
    }
    let both = "<meta name=description property=og:x content=a>";
    assert_eq!(read(both, "text/html").description, "a");
}

#[test]
fn icons_in_the_page_hide_nothing_of_it() {
    for page in [
        "<svg><title/></svg><title>page</title>",
        "<svg><style/></svg><title>page</title>",
        "<svg><title>icon</title><path/></svg><title>page</title>",
        "<math><title/></math><title>page</title>",
        "<noscript><meta name=x content=y></noscript><title>page</title>",
    ] {
        assert_eq!(title(page, "text/html"), "page", "{page}");
    }
}

#[test]
fn a_picture_has_an_address_that_can_be_asked() {
    let picture = |html: &str| read(html, "text/html").picture.map(|url| url.to_string());
    let based = "<base href='data:,x'><meta property=og:image content=a.png>";
    assert_eq!(picture(based).unwrap(), "https://example.com/news/a.png");
    let targeted = "<base target=_top><base href=/b/><meta property=og:image content=a.png>";
    assert_eq!(picture(targeted).unwrap(), "https://example.com/b/a.png");
    let long = format!(
        "<meta property=og:image content='/{}'><meta name=twitter:image content=/t.png>",
        "a".repeat(900_000)
    );
    assert_eq!(picture(&long).unwrap(), "https://example.com/t.png");
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), kind in "[ -~]{0,30}") {
        read(bytes, &kind);
    }
}
