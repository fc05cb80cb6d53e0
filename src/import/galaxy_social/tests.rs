#![allow(clippy::unwrap_used)]

use crate::import::{
    Accounts, Format, Lack, Source, convert, named_accounts,
    tests::{file, reason},
};

const TOOL: Format = Format::GalaxySocial;

const TWO: &str = "---
media: [bluesky-eu, Bluesky-us, mastodon-eu]
mentions:
  bluesky-eu: [alice.example.com, 'https://bsky.app/profile/bob.example.com', not_a_handle]
  mastodon-eu: [carol@example.social]
hashtags:
  bluesky-us: [UseThis, open_science]
---
See [the notes](https://example.com/notes) &
**more**.
";

#[test]
fn the_networks_are_named_and_those_of_bluesky_told_apart() {
    assert_eq!(
        named_accounts(TOOL, TWO.as_bytes()),
        [
            ("bluesky-eu".to_owned(), true),
            ("Bluesky-us".to_owned(), true),
            ("mastodon-eu".to_owned(), false)
        ]
    );
}

#[test]
fn each_account_gets_a_post_with_its_mentions_and_tags() {
    let source = Source {
        name: "two.md",
        bytes: TWO.as_bytes(),
        beside: &|_, _| Ok(None),
    };
    let accounts = Accounts {
        mapped: vec![("bluesky-eu".into(), "main".into())],
        known: vec!["main".into(), "bluesky-us".into()],
        ..Accounts::default()
    };
    let pieces = convert(TOOL, &source, &accounts);
    let files: Vec<(&str, String)> = pieces
        .iter()
        .map(|piece| (piece.name.as_str(), piece.outcome.as_ref().unwrap().file()))
        .collect();
    let note = "# it also goes to mastodon-eu, which updraft does not publish to\n";
    let body = "See [the notes](https://example.com/notes) &\n**more**.";
    let eu = format!(
        "---\n{note}# `not_a_handle` is no handle of Bluesky, and plain text here\naccount: main\n---\n{body}\n\n@alice.example.com @bob.example.com \\@not\\_a\\_handle\n"
    );
    let us = format!("---\n{note}account: bluesky-us\n---\n{body}\n\n#UseThis #open_science\n");
    assert_eq!(files, [("two-bluesky-eu", eu), ("two-Bluesky-us", us)]);
}

#[test]
fn nobody_guesses_an_account() {
    let source = Source {
        name: "two.md",
        bytes: TWO.as_bytes(),
        beside: &|_, _| Ok(None),
    };
    let accounts = Accounts {
        known: vec!["main".into(), "other".into()],
        ..Accounts::default()
    };
    let pieces = convert(TOOL, &source, &accounts);
    let refused = pieces[0].outcome.as_ref().unwrap_err();
    assert_eq!(refused.reason, "nobody said which account `bluesky-eu` is");
    assert_eq!(
        refused.remedy,
        "pass `--account bluesky-eu=NAME` with one of main, other, as updraft.yml calls them"
    );
}

#[test]
fn pictures_are_named_beside_the_post() {
    let there = [
        "a b.png",
        "media/c.jpg",
        "1234.png",
        "media/p/d.png",
        "d.png",
    ];
    let beside = |up: usize, path: &str| {
        Ok((up == 0 && there.contains(&path)).then(|| path.as_bytes().to_vec()))
    };
    let text = "---\nmedia: [bluesky-eu]\nimages:\n  - { url: 'https://example.com/x/c.jpg', alt_text: C }\n---\n![A](./a%20b.png)\n\nWords\n\n![U](https://example.com/assets/1234) ![D](https://example.com/d.png)\n";
    let source = Source {
        name: "p.md",
        bytes: text.as_bytes(),
        beside: &beside,
    };
    let accounts = Accounts {
        is_single: true,
        ..Accounts::default()
    };
    let draft = convert(TOOL, &source, &accounts).remove(0).outcome.unwrap();
    assert_eq!(
        draft.file(),
        "---\n---\n![A](media/p/a-b.png)\n\nWords\n\n![U](media/p/1234.png) ![D](media/p/d.png)\n\n![C](media/p/c.jpg)\n"
    );
}

#[test]
fn pictures_of_one_name_are_told_apart() {
    let text = "---\nmedia: [bluesky-eu]\n---\n![A](https://example.com/a/1.png) ![B](https://example.com/b/1.PNG) ![A](https://example.com/a/1.png)\n";
    let there = ["media/p/1.png", "media/p/1-2.PNG"];
    let source = |beside| Source {
        name: "p.md",
        bytes: text.as_bytes(),
        beside,
    };
    let accounts = Accounts {
        is_single: true,
        ..Accounts::default()
    };
    let beside = |_: usize, path: &str| Ok(there.contains(&path).then(|| path.as_bytes().to_vec()));
    let draft = convert(TOOL, &source(&beside), &accounts)
        .remove(0)
        .outcome
        .unwrap();
    let found = draft
        .pictures
        .iter()
        .map(|picture| picture.bytes.as_slice());
    assert_eq!(found.collect::<Vec<_>>(), there.map(str::as_bytes));
    let nothing = |_: usize, _: &str| Ok(None);
    let refused = convert(TOOL, &source(&nothing), &accounts)
        .remove(0)
        .outcome
        .unwrap_err();
    let Some(Lack::Pictures(downloads)) = refused.lack else {
        panic!("{refused:?}");
    };
    let files = downloads.iter().map(|download| download.file.as_str());
    assert_eq!(files.collect::<Vec<_>>(), there);
}

#[test]
fn all_pictures_that_are_missing_are_named_at_once() {
    let text = "---\nmedia: [bluesky-eu]\n---\n![A](https://example.com/a.png) ![B](https://example.com/b)\n";
    assert_eq!(
        reason(TOOL, text),
        "2 pictures are not here: `https://example.com/a.png`, `https://example.com/b`"
    );
}

#[test]
fn what_reaches_no_account_is_noted() {
    let text = "---\nmedia: bluesky-eu\nhashtags:\n  bluesky-eu: One\n  bluesky-us: [two]\n  mastodon-eu: [three]\nmentions: [alice.example.com]\n---\nx\n";
    assert_eq!(
        file(TOOL, text),
        "---\n# `mentions` is not carried over: it names no network\n# `hashtags` of `bluesky-us` are not carried over: it does not stand under `media`\n---\nx\n\n#One\n"
    );
}

#[test]
fn what_is_not_for_bluesky_says_so() {
    for (text, said) in [
        (
            "---\nmedia: [mastodon-eu, matrix-eu]\n---\nx\n",
            "it is not for Bluesky, but for mastodon-eu, matrix-eu",
        ),
        ("---\nmedia: []\n---\nx\n", "its `media` names no network"),
        (
            "---\nmedia: [bluesky-eu]\nimages: cat.png\n---\nx\n",
            "its `images` is no list",
        ),
        (
            "x\n",
            "there is no front matter, so it is no post of galaxy-social",
        ),
        ("---\nmedia: [a\n---\nx\n", "line "),
    ] {
        let reason = reason(TOOL, text);
        assert!(reason.starts_with(said), "{text}: {reason}");
    }
    assert_eq!(
        file(TOOL, "---\nmedia: [bluesky-eu]\n---\nx\n"),
        "---\n---\nx\n"
    );
}

#[test]
fn a_mention_that_is_none_is_noted_as_the_file_has_it() {
    let text = "---\nmedia: [bluesky-eu]\nmentions:\n  bluesky-eu: ['not a handle']\n---\nx\n";
    assert_eq!(
        file(TOOL, text),
        "---\n# `not a handle` is no handle of Bluesky, and plain text here\n---\nx\n\n\\@notahandle\n"
    );
}

#[test]
fn the_title_of_a_picture_is_noted_and_a_missing_description_has_its_place() {
    let convert = |text: &str| {
        let source = Source {
            name: "p.md",
            bytes: text.as_bytes(),
            beside: &|_, _| Ok(Some(b"picture".to_vec())),
        };
        let accounts = Accounts {
            is_single: true,
            ..Accounts::default()
        };
        convert(TOOL, &source, &accounts).remove(0).outcome
    };
    let draft = convert("---\nmedia: [bluesky-eu]\n---\n![zz](zz.jpg \"Title here\")\n").unwrap();
    assert_eq!(
        draft.file(),
        "---\n# the title of the picture `zz.jpg`, \"Title here\", is not carried over: Bluesky shows none\n---\n![zz](media/p/zz.jpg)\n"
    );
    for (text, place) in [
        (
            "---\nmedia: [bluesky-eu]\n---\n![](zz.jpg)\n",
            "write `![DESCRIPTION](zz.jpg)`",
        ),
        (
            "---\nmedia: [bluesky-eu]\nimages: [{ url: zz.jpg }]\n---\nx\n",
            "add `alt_text: …` below `url: zz.jpg`",
        ),
    ] {
        let remedy = convert(text).unwrap_err().remedy;
        assert!(remedy.starts_with(place), "{remedy}");
    }
}

#[test]
fn posts_of_one_file_for_one_account_name_each_other() {
    let source = Source {
        name: "two.md",
        bytes: TWO.as_bytes(),
        beside: &|_, _| Ok(None),
    };
    let notes = |mapped: Vec<(String, String)>| {
        let accounts = Accounts {
            mapped,
            rest: Some("main".into()),
            ..Accounts::default()
        };
        let pieces = convert(TOOL, &source, &accounts);
        let drafts = pieces.into_iter().map(|piece| piece.outcome.unwrap());
        let notes = drafts.flat_map(|draft| draft.notes);
        let notes = notes.map(|note| note.text);
        notes
            .filter(|note| note.starts_with("from the same file"))
            .collect::<Vec<String>>()
    };
    assert_eq!(
        notes(Vec::new()),
        [
            "from the same file, and for `main` too: `two-Bluesky-us.md`; keep one of them",
            "from the same file, and for `main` too: `two-bluesky-eu.md`; keep one of them",
        ]
    );
    assert!(notes(vec![("bluesky-eu".into(), "other".into())]).is_empty());
}
