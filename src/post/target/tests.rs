use super::*;

fn address(text: &str) -> String {
    Address::parse(text).map_or("none".into(), |address| address.uri())
}

#[test]
fn pages_and_uris_are_read_alike() {
    for (text, uri) in [
        (
            "https://bsky.app/profile/Alice.example.com/post/3mabc",
            "at://alice.example.com/app.bsky.feed.post/3mabc",
        ),
        (
            "https://bsky.app/profile/did:plc:xyz/post/3mabc/?ref=x#y",
            "at://did:plc:xyz/app.bsky.feed.post/3mabc",
        ),
        (
            "https://bsky.app/profile/did%3Aplc%3Axyz/post/3mabc",
            "at://did:plc:xyz/app.bsky.feed.post/3mabc",
        ),
        (
            "at://did:plc:xyz/app.bsky.feed.post/3mabc",
            "at://did:plc:xyz/app.bsky.feed.post/3mabc",
        ),
        (
            "https://bsky.app/profile/a.example/lists/3l",
            "at://a.example/app.bsky.graph.list/3l",
        ),
        (
            "https://bsky.app/profile/a.example/feed/whats-hot",
            "at://a.example/app.bsky.feed.generator/whats-hot",
        ),
        (
            "https://bsky.app/starter-pack/a.example/3k",
            "at://a.example/app.bsky.graph.starterpack/3k",
        ),
    ] {
        assert_eq!(address(text), uri, "{text}");
    }
}

#[test]
fn what_leads_nowhere_is_no_address() {
    for text in [
        "https://bsky.app/profile/alice.example.com",
        "https://bsky.app/profile/alice.example.com/post/",
        "https://bsky.app/profile/alice/post/3mabc",
        "https://bsky.app/profile/alice.example.com/likes/3mabc",
        "https://example.com/profile/alice.example.com/post/3mabc",
        "https://bsky.app/profile/alice.example.com/post/3m/abc",
        "at://alice.example.com/app.bsky.feed.like/3m",
        "at://did:plc:/app.bsky.feed.post/3m",
        "at://alice.example.com/app.bsky.feed.post/..",
        "ftp://bsky.app/profile/alice.example.com/post/3m",
    ] {
        assert_eq!(address(text), "none", "{text}");
    }
}

#[test]
fn an_address_reads_its_own_page_again() {
    for text in [
        "https://bsky.app/profile/a.example/post/3m",
        "https://bsky.app/profile/a.example/lists/3m",
        "https://bsky.app/starter-pack/a.example/3m",
        "https://bsky.app/profile/did:web:a.example%253A8080/post/3m",
    ] {
        let address = Address::parse(text).expect("these are addresses");
        assert_eq!(address.page(), text);
        assert_eq!(Address::parse(&address.uri()), Some(address));
    }
}
