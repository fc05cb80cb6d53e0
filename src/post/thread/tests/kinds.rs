//! What a file says beside its words: cards, quotes, answers, reposts, gates, labels, tags.

use super::*;
use crate::post::{Gates, Quotes, Replies, Rule};

const ALICE: &str = "https://bsky.app/profile/alice.example.com/post/3kabc";

fn file(keys: &str, body: &str) -> String {
    format!("---\n{keys}---\n{body}\n")
}

/// Text, card, quote of each part, in short.
fn parts_of(thread: &Thread) -> Vec<String> {
    let part = |post: &Post| {
        let mut line = post.text.text().to_owned();
        if let Some(card) = post.card() {
            let pinned = card.pinned.as_ref();
            let title = pinned.map_or("?", |pinned| pinned.title.as_str());
            line += &format!(" [{title} {}]", card.url);
        }
        if let Some(quote) = &post.quote {
            line += &format!(" <{quote}>");
        }
        line
    };
    thread.posts().iter().map(part).collect()
}

fn parts(keys: &str, body: &str) -> Vec<String> {
    parts_of(&thread(&file(keys, body)))
}

fn parts_with(mode: LinkCards, keys: &str, body: &str) -> Vec<String> {
    let setup = Setup {
        defaults: Defaults {
            link_cards: mode,
            ..Defaults::default()
        },
        ..Setup::default()
    };
    let checked = setup.check("posts/a.md", &file(keys, body));
    parts_of(checked.result.as_ref().unwrap())
}

#[test]
fn the_first_link_becomes_a_card_and_one_alone_leaves_the_text() {
    for (body, expected) in [
        ("No link", "No link"),
        (
            "See https://example.com/a",
            "See https://example.com/a [? https://example.com/a]",
        ),
        (
            "[One](https://example.com/1) [two](https://example.com/2)",
            "One two [? https://example.com/1]",
        ),
        (
            "Words\n\nhttps://example.com/a",
            "Words [? https://example.com/a]",
        ),
        (
            "Words\n\n<https://example.com/a>",
            "Words [? https://example.com/a]",
        ),
        ("Words\n\nexample.com/a", "Words [? https://example.com/a]"),
        ("https://example.com/a", " [? https://example.com/a]"),
        (
            "[One](https://example.com/1)\n\nhttps://example.com/2",
            "One [? https://example.com/2]",
        ),
        (
            "Words\n\n[words](https://example.com/a)",
            "Words\n\nwords [? https://example.com/a]",
        ),
        (
            "Words\n\nhttps://example.com/a #tag",
            "Words\n\nhttps://example.com/a #tag [? https://example.com/a]",
        ),
        (
            "Words\nhttps://example.com/a",
            "Words\nhttps://example.com/a [? https://example.com/a]",
        ),
        ("[Mail](mailto:a@example.com)", "Mail"),
        ("`https://example.com/a`", "https://example.com/a"),
    ] {
        assert_eq!(parts("", body), [expected], "{body}");
    }
}

#[test]
fn settings_turn_cards_off_and_files_turn_them_on() {
    let body = "Words\n\nhttps://example.com/a";
    assert_eq!(
        parts("card: false\n", body),
        ["Words\n\nhttps://example.com/a"]
    );
    for mode in [LinkCards::Pinned, LinkCards::Off] {
        assert_eq!(
            parts_with(mode, "", body),
            ["Words\n\nhttps://example.com/a"]
        );
        let pinned = "card: { title: Notes }\n";
        assert_eq!(
            parts_with(mode, pinned, body),
            ["Words [Notes https://example.com/a]"]
        );
    }
    let other = "card: { url: \"https://example.com/b\", title: B }\n";
    assert_eq!(
        parts(other, "No link"),
        ["No link [B https://example.com/b]"]
    );
    assert_eq!(parts(other, ""), [" [B https://example.com/b]"]);
}

#[test]
fn each_part_has_its_own_card_and_a_split_one_where_its_link_is() {
    let body = "https://example.com/1\n\n---\n\nhttps://example.com/2\n\n---\n\n[Three](https://example.com/3)";
    assert_eq!(
        parts("cards: [true, false, { title: T }]\n", body),
        [
            " [? https://example.com/1]",
            "https://example.com/2",
            "Three [T https://example.com/3]"
        ]
    );
    assert_eq!(parts("card: false\n", body)[0], "https://example.com/1");
    let long = format!(
        "{}\n\nhttps://example.com/last",
        "Many words stand here. ".repeat(20)
    );
    let split = parts("split: auto\n", &long);
    assert!(
        split.len() > 1
            && split
                .last()
                .unwrap()
                .ends_with("[? https://example.com/last]"),
        "{split:?}"
    );
    assert!(!split[0].contains('['), "{split:?}");
    let quoted = format!("{}\n\n{ALICE}", "Many words stand here. ".repeat(20));
    let split = parts("split: auto\n", &quoted);
    assert!(
        split.last().unwrap().ends_with(&format!("<{ALICE}>")),
        "{split:?}"
    );
}

#[test]
fn a_post_alone_in_the_last_paragraph_is_quoted() {
    for (keys, body, expected) in [
        ("", format!("Words\n\n{ALICE}"), format!("Words <{ALICE}>")),
        ("", ALICE.to_owned(), format!(" <{ALICE}>")),
        (
            "card: false\n",
            format!("Words\n\n{ALICE}"),
            format!("Words <{ALICE}>"),
        ),
        (
            "",
            format!("Words {ALICE}"),
            format!("Words {ALICE} [? {ALICE}]"),
        ),
        (
            "",
            format!("[Words](https://example.com)\n\n{ALICE}"),
            format!("Words <{ALICE}>"),
        ),
    ] {
        assert_eq!(parts(keys, &body), [expected], "{body}");
    }
    let own = format!("quote: {ALICE}\n");
    assert_eq!(
        parts(&own, "A [link](https://example.com)"),
        [format!("A link <{ALICE}>")]
    );
    assert_eq!(parts(&own, ""), [format!(" <{ALICE}>")]);
    let both = format!("{own}card: {{ title: T }}\n");
    assert_eq!(
        parts(&both, "A [link](https://example.com)"),
        [format!("A link [T https://example.com] <{ALICE}>")]
    );
    let two = parts(&own, &format!("One\n\n---\n\nTwo\n\n{ALICE}"));
    assert_eq!(two, [format!("One <{ALICE}>"), format!("Two <{ALICE}>")]);
}

#[test]
fn targets_are_posts_of_the_network_or_files_of_the_repository() {
    let target = |key: &str, value: &str| match thread(&file(
        &format!("{key}: {value}\n"),
        if key == "repost" { "" } else { "Words" },
    ))
    .publication()
    {
        Publication::Repost(target) => target.to_string(),
        Publication::Posts {
            posts, reply_to, ..
        } => reply_to
            .as_ref()
            .or(posts[0].quote.as_ref())
            .unwrap()
            .to_string(),
    };
    for key in ["quote", "reply_to", "repost"] {
        assert_eq!(target(key, ALICE), ALICE);
        assert_eq!(
            target(key, "at://did:plc:x/app.bsky.feed.post/3k"),
            "https://bsky.app/profile/did:plc:x/post/3k"
        );
        assert_eq!(target(key, "posts/b.md"), "posts/b.md");
        assert_eq!(target(key, "./posts/b.md#2"), "posts/b.md#2");
    }
    let feed = "https://bsky.app/profile/a.example.com/feed/hot";
    assert_eq!(target("quote", feed), feed);
}

#[test]
fn what_leads_nowhere_is_named_with_a_way_out() {
    for (keys, expected) in [
        (
            "quote: https://bsky.app/profile/alice.example.com\n",
            "`https://bsky.app/profile/alice.example.com` is no post",
        ),
        (
            "quote: https://example.com/post\n",
            "`https://example.com/post` is no post",
        ),
        (
            "quote: ../a.md\n",
            "`../a.md` is not below the repository's root",
        ),
        ("quote: posts/b.md#0\n", "`posts/b.md#0` names no part"),
        (
            "reply_to: https://bsky.app/profile/a.example.com/feed/hot\n",
            "`reply_to` takes a post, and this is a feed",
        ),
    ] {
        let found = mistakes(&file(keys, "Words"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("invalid-target at `") && found[0].contains(expected),
            "{found:?}"
        );
    }
}

#[test]
fn a_card_whose_address_is_none_is_not_said_to_lack_one() {
    let codes = |keys: &str, body: &str| -> Vec<String> {
        let found = mistakes(&file(keys, body));
        let of = |mistake: &String| mistake.split([':', '(']).nth(1).map(str::to_owned);
        found.iter().filter_map(of).collect()
    };
    let no_address = " `x` is no address of a page ";
    assert_eq!(codes("card: { url: x, title: t }\n", "Words"), [no_address]);
    assert_eq!(
        codes("card: { url: x, image: a.png }\n", "Words"),
        [" this card has no title ", no_address]
    );
    assert_eq!(
        codes("card: { title: t, url: }\n", "Words"),
        [" `url` has no value "]
    );
    assert_eq!(
        codes("card: { title: t }\n", "Words"),
        [" this card leads nowhere"]
    );
}

#[test]
fn a_repost_has_nothing_of_its_own() {
    let keys = format!("repost: {ALICE}\n");
    let repost = thread(&file(&keys, "<!-- a note among authors -->"));
    assert!(matches!(repost.publication(), Publication::Repost(_)));
    assert!(repost.posts().is_empty());
    let found = mistakes(&file(
        &format!("{keys}quote: {ALICE}\nlabels: [nudity]\n"),
        "Words",
    ));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        found
            .iter()
            .all(|mistake| mistake.starts_with("conflict at `")),
        "{found:?}"
    );
}

#[test]
fn gates_labels_and_tags_are_read_and_slips_are_named() {
    let keys = "replies: [mentioned, following, followers, list: https://bsky.app/profile/a.example.com/lists/3l]\nquotes: deny\nlabels: [nudity, nudity]\ntags: [rust, söhne]\n";
    let read = thread(&file(keys, "Words"));
    let Publication::Posts { posts, gates, .. } = read.publication() else {
        panic!("a thread");
    };
    assert_eq!(gates.quotes, Quotes::Deny);
    let Replies::Only(rules) = &gates.replies else {
        panic!("rules");
    };
    assert_eq!(
        rules[..3],
        [Rule::Mentioned, Rule::Following, Rule::Followers]
    );
    assert!(matches!(&rules[3], Rule::List(list) if list.rkey == "3l"));
    assert_eq!(
        (&posts[0].labels[..], &posts[0].tags[..]),
        (
            &["nudity".to_owned()][..],
            &["rust".to_owned(), "söhne".into()][..]
        )
    );
    for (keys, expected) in [
        ("replies: folowers\n", "did you mean `followers`?"),
        ("replies: [everyone]\n", "`everyone` stands alone"),
        ("replies: []\n", "write `replies: nobody`"),
        (
            "replies: [list: https://example.com]\n",
            "`https://example.com` is no list",
        ),
        (
            "replies: [mentioned, mentioned, mentioned, mentioned, mentioned, followers]\n",
            "there are at most 5",
        ),
        ("quotes: denied\n", "did you mean `deny`?"),
        ("labels: [nude]\n", "did you mean `nudity`?"),
        ("labels: ['!hide']\n", "there is no label `!hide`"),
        ("tags: ['#rust']\n", "write `rust`"),
        (
            "tags: [a, b, c, d, e, f, g, h, i]\n",
            "9 tags; a post has at most 8",
        ),
        (
            "tags: [a0123456789012345678901234567890123456789012345678901234567890123456789]\n",
            "is longer than",
        ),
        ("card: yes\n", "a card is `false`, or has keys"),
        ("card: { titel: A }\n", "did you mean `title`?"),
        (
            "card: { url: example.com, title: A }\n",
            "`example.com` is no address of a page",
        ),
        ("card: { title: A }\n", "the text has no link"),
        (
            "card: { url: \"https://a.example\", description: A }\n",
            "this card has no title",
        ),
        (
            "cards: [true, { url: \"https://a.example\", title: A }]\n",
            "there is no part for this card",
        ),
        ("card: false\ncards: [true]\n", "say the same thing twice"),
        (
            "reply_to: posts/b.md\nreplies: nobody\n",
            "an answer stands in another post's thread",
        ),
    ] {
        let found = mistakes(&file(keys, "Words"));
        assert!(
            found.iter().any(|mistake| mistake.contains(expected)),
            "{keys}: {found:?}"
        );
    }
}

#[test]
fn an_account_says_what_files_do_not() {
    let gates = Gates {
        replies: Replies::Only(Vec::new()),
        quotes: Quotes::Deny,
    };
    let setup = Setup {
        defaults: Defaults {
            replies: gates.replies.clone(),
            quotes: gates.quotes,
            labels: vec!["nudity".into()],
            ..Defaults::default()
        },
        ..Setup::default()
    };
    let gates_of = |keys: &str| {
        let checked = setup.check("posts/a.md", &file(keys, "Words"));
        match checked.result.unwrap().publication() {
            Publication::Posts { gates, posts, .. } => (gates.clone(), posts[0].labels.len()),
            Publication::Repost(_) => panic!("a thread"),
        }
    };
    assert_eq!(gates_of(""), (gates.clone(), 1));
    assert_eq!(
        gates_of("replies: everyone\nquotes: allow\nlabels: []\n"),
        (Gates::default(), 0)
    );
    let (answer, _) = gates_of("reply_to: posts/b.md\n");
    assert_eq!(
        answer.replies,
        Replies::Everyone,
        "an answer has no gate of its own"
    );
    assert_eq!(answer.quotes, Quotes::Deny);
}

#[test]
fn gates_count_among_the_records_of_one_write() {
    let body = |parts: usize| vec!["x"; parts].join("\n\n---\n\n");
    thread(&file("replies: nobody\n", &body(199)));
    thread(&file("quotes: deny\n", &body(100)));
    for (keys, parts) in [("replies: nobody\n", 200), ("quotes: deny\n", 101)] {
        let found = mistakes(&file(keys, &body(parts)));
        assert!(found[0].contains("one write has room for 200"), "{found:?}");
    }
}

fn files(sources: &[(&str, String)]) -> Vec<Vec<String>> {
    let mut checked: Vec<Checked> = sources
        .iter()
        .map(|(path, source)| Setup::default().check(path, source))
        .collect();
    check_together(&mut checked, |_| true);
    checked.iter().map(shown).collect()
}

#[test]
fn files_that_name_files_come_after_them() {
    let at = |hour: u8, rest: &str| format!("publish_at: 2027-03-02T{hour:02}:00:00Z\n{rest}");
    let post = |hour: u8, rest: &str| file(&at(hour, rest), "Words");
    let quoting = |target: &str, others: &[(&str, String)]| {
        let mut all = vec![("posts/a.md", post(12, &format!("quote: {target}\n")))];
        all.extend(others.iter().cloned());
        files(&all).swap_remove(0).concat()
    };
    assert_eq!(quoting("posts/b.md", &[("posts/b.md", post(11, ""))]), "");
    let later = quoting("posts/b.md", &[("posts/b.md", post(12, ""))]);
    assert!(
        later.starts_with("invalid-target at `quote: posts/b.md`")
            && later.contains("not before this post"),
        "{later}"
    );
    for (target, others, why) in [
        ("posts/a.md", vec![], "can't point at itself"),
        (
            "posts/c.md",
            vec![("posts/b.md", post(11, ""))],
            "there is no post file `posts/c.md`",
        ),
        (
            "posts/b.md#2",
            vec![("posts/b.md", post(11, ""))],
            "has no part 2: it has 1",
        ),
        (
            "posts/b.md",
            vec![("posts/b.md", file("", "A draft"))],
            "it is a draft",
        ),
        (
            "posts/b.md",
            vec![("posts/b.md", post(11, "hold: true\n"))],
            "it is held back",
        ),
        (
            "posts/b.md",
            vec![("posts/b.md", post(11, "x: y\n"))],
            "it has errors",
        ),
        (
            "posts/b.md",
            vec![(
                "posts/b.md",
                file(&at(11, &format!("repost: {ALICE}\n")), ""),
            )],
            "it is a repost",
        ),
    ] {
        let found = quoting(target, &others);
        assert!(found.contains(why), "{target}: {found}");
    }
    let cycle = files(&[
        ("posts/a.md", post(12, "quote: posts/b.md\n")),
        ("posts/b.md", post(11, "quote: posts/a.md\n")),
    ]);
    assert!(
        cycle[0].is_empty() && cycle[1].concat().contains("not before this post"),
        "{cycle:?}"
    );
}
