#![allow(clippy::unwrap_used)]

use crate::import::{
    Accounts, Format, Source, convert,
    tests::{file, reason},
};

const TOOL: Format = Format::TwitterTogether;

#[test]
fn words_stay_and_markdown_is_escaped() {
    assert_eq!(
        file(
            TOOL,
            "\u{feff}\r\n*Hello*,  \r\n#world\r\n\r\n\r\n\r\nBye\r\n"
        ),
        "---\n---\n\\*Hello\\*,\n#world\n\nBye\n"
    );
}

#[test]
fn a_thread_is_broken_at_its_delimiter_and_each_part_may_have_front_matter() {
    let text = "---\nthread-delimiter: +++\n---\nOne\n---\ntoo\n\n+++\n---\npoll:\n  - yes\n  - 2\n---\nTwo\n\n---\n\nThree\n";
    let expected = "---
# it was a poll, which Bluesky does not have: the choices are lines of the text
---
One
\\-\\-\\-
too

---

Two

• yes
• 2

---

Three
";
    assert_eq!(file(TOOL, text), expected);
}

#[test]
fn what_bluesky_does_not_have_is_kept_as_text_and_noted() {
    let text = "---\nreply: 1\npoll: none\nretweet: https://twitter.com/a/status/2\nschedule: 2024-01-02\nextra: 1\n---\nWhat, @gr2m and @bob.example.com?\n\n( ) This\n()  That\n";
    let expected = "---
# `extra` is not carried over
# `poll` is not carried over: it is no list
# it quoted https://twitter.com/a/status/2, which is not on Bluesky: the address stands below the text
# it answered 1: put the address of a post on Bluesky into `reply_to:`
# it was scheduled for 2024-01-02, which the tool never read: put a time into `publish_at:`
# it was a poll, which Bluesky does not have: the choices are lines of the text
# `@gr2m` is a name on Twitter, and plain text here: write a handle such as `@name.bsky.social`
---
What, @gr2m and @bob.example.com?

https://twitter.com/a/status/2

• This
• That
";
    assert_eq!(file(TOOL, text), expected);
}

#[test]
fn media_come_from_the_folders_where_the_tool_looks() {
    let beside = |up: usize, path: &str| match (up, path) {
        (1, "media/cat.png") => Ok(Some(b"cat".to_vec())),
        (0, "dog.png") => Ok(Some(b"dog".to_vec())),
        (0, "link.png") => Err("a symbolic link leads there".to_owned()),
        _ => Ok(None),
    };
    let one = |text: &str| {
        let source = Source {
            name: "pets.tweet",
            bytes: text.as_bytes(),
            beside: &beside,
        };
        convert(TOOL, &source, &Accounts::default())
            .remove(0)
            .outcome
    };
    let draft = one(
        "---\nmedia:\n  - file: cat.png\n    alt: A [big] cat\n  - file: dog.png\n    alt: A dog\n---\nPets\n",
    );
    let draft = draft.unwrap();
    assert_eq!(
        draft.file(),
        "---\n---\nPets\n\n![A \\[big\\] cat](media/pets/cat.png)\n![A dog](media/pets/dog.png)\n"
    );
    let names: Vec<&str> = draft
        .pictures
        .iter()
        .map(|picture| picture.path.as_str())
        .collect();
    assert_eq!(names, ["media/pets/cat.png", "media/pets/dog.png"]);
    for (entry, said) in [
        ("file: cat.png", "the picture `cat.png` has no description"),
        (
            "{ file: ../../etc/passwd, alt: x }",
            "the picture `../../etc/passwd` does not lie below the file",
        ),
        (
            "{ file: /etc/passwd, alt: x }",
            "the picture `/etc/passwd` does not lie below the file",
        ),
        (
            "{ file: link.png, alt: x }",
            "the picture `link.png` can't be used: a symbolic link leads there",
        ),
        (
            "{ file: cow.png, alt: x }",
            "the picture `cow.png` is not here",
        ),
        (
            "{ url: 'https://example.com/a/cow.png?x=1', alt: x }",
            "the picture `https://example.com/a/cow.png?x=1` is not here",
        ),
        ("{ alt: x }", "an entry of `media` names no file"),
    ] {
        let refused = one(&format!("---\nmedia:\n  - {entry}\n---\nPets\n")).unwrap_err();
        assert_eq!(refused.reason, said);
    }
    for (entry, key) in [
        ("file: cat.png", "file: cat.png"),
        ("url: a/cat.png", "url: a/cat.png"),
    ] {
        let refused = one(&format!("---\nmedia:\n  - {entry}\n---\nPets\n")).unwrap_err();
        assert_eq!(
            refused.remedy,
            format!(
                "add `alt: …` below `{key}`, which says what it shows to those who can't see it, and import the file again"
            )
        );
    }
}

#[test]
fn a_retweet_alone_and_unreadable_keys_are_refused() {
    for (text, said) in [
        (
            "---\nretweet: https://twitter.com/a/status/2\n---\n",
            "it retweets https://twitter.com/a/status/2",
        ),
        ("---\nmedia: [\n---\nx\n", "its front matter can't be read"),
        ("---\n- a\n---\nx\n", "its front matter holds no keys"),
        ("---\nmedia: cat.png\n---\nx\n", "its `media` is no list"),
    ] {
        let reason = reason(TOOL, text);
        assert!(reason.starts_with(said), "{text}: {reason}");
    }
}

#[test]
fn names_are_told_from_parts_of_addresses_and_noted_in_one_line() {
    let text = "See x.com/@foo and https://twitter.com/@bar, me@example.com, @gr2m\n---\n@octocat and @gr2m\n";
    let file = file(TOOL, text);
    let note = "---\n# `@gr2m`, `@octocat` are names on Twitter, and plain text here: write handles such as `@name.bsky.social`\n---\n";
    assert!(file.starts_with(note), "{file}");
}

#[test]
fn an_answer_to_a_post_on_bluesky_is_one() {
    let post = "https://bsky.app/profile/alice.example.com/post/3kabcdefghi2k";
    let text = format!("---\nreply: {post}\n---\nOne\n---\n---\nreply: {post}\n---\nTwo\n");
    let expected = format!(
        "---\n# it answered {post}: put the address of a post on Bluesky into `reply_to:`\nreply_to: {post}\n---\nOne\n\n---\n\nTwo\n"
    );
    assert_eq!(file(TOOL, &text), expected);
}

#[test]
fn a_retweet_of_a_post_on_bluesky_is_a_repost() {
    let post = "https://bsky.app/profile/alice.example.com/post/3kabcdefghi2k";
    let retweet = format!("---\nretweet: {post}\n---\n");
    assert_eq!(file(TOOL, &retweet), format!("---\nrepost: {post}\n---\n"));
    let reason = reason(TOOL, &format!("{retweet}\n---\nMore\n"));
    assert_eq!(reason, "a part of it reposts, and is no post");
}

#[test]
fn keys_that_lack_a_line_above_them_are_noted() {
    let text = "One\n---\nmedia:\n  - file: lake.jpg\n---\nTwo: words\n";
    let note = "---\n# part 2 looks like front matter, and is text here: `media:` is a key between two lines of `---`, below the line that breaks the thread\n---\n";
    assert!(file(TOOL, text).starts_with(note), "{}", file(TOOL, text));
    let text = "---\npoll:\n  - yes\nOne\n";
    let note = "---\n# part 1 looks like front matter, and is text here: `poll:` is a key between two lines of `---`\n---\n";
    assert!(file(TOOL, text).starts_with(note), "{}", file(TOOL, text));
}
