use super::*;
use crate::receipt::Block;

fn published(path: &str, url: &str) -> Receipt {
    let block = Block::new(Status::Published, "sha256:0".to_owned());
    Receipt {
        path: path.to_owned(),
        block: Block {
            url: Some(url.to_owned()),
            ..block
        },
    }
}

fn of(paths: &[&str]) -> String {
    let url = "https://bsky.app/profile/did:plc:a/post/3k";
    let receipts: Vec<_> = paths.iter().map(|path| published(path, url)).collect();
    message(&receipts)
}

#[test]
fn an_ordinary_name_stands_as_it_is() {
    let expected = "Publish posts/Über uns (2), 100%.md\n\n\
                    posts/Über uns (2), 100%.md → https://bsky.app/profile/did:plc:a/post/3k\n";
    assert_eq!(of(&["posts/Über uns (2), 100%.md"]), expected);
}

#[test]
fn no_name_keeps_checks_from_running() {
    let words = [
        "[skip ci]",
        "[ci skip]",
        "[no ci]",
        "[skip actions]",
        "[actions skip]",
        "[Skip CI]",
        "[skip netlify]",
        "***NO_CI***",
        "skip-checks:true",
        "skip-checks: true",
    ];
    for word in words {
        let path = format!("posts/{word}.md");
        let message = of(&[&path, &format!("{word}.md")]);
        assert!(!message.contains(word), "{message}");
    }
    assert!(of(&["posts/[skip ci].md"]).starts_with("Publish posts/［skip ci］.md\n"));
}

#[test]
fn no_name_is_a_comment_a_trailer_an_issue_or_a_person() {
    let message = of(&[
        "#1.md",
        "Signed-off-by: A <a@b.c>.md",
        "fixes GH-12 gH-3.md",
        "@a.md",
    ]);
    let lines: Vec<&str> = message.lines().skip(2).collect();
    let names = [
        "＃1.md",
        "Signed-off-by： A <a＠b.c>.md",
        "fixes GH‐12 gH‐3.md",
        "＠a.md",
    ];
    assert_eq!(lines.len(), names.len());
    for (line, name) in lines.iter().zip(names) {
        assert!(line.starts_with(&format!("{name} → https://")), "{line}");
    }
}

#[test]
fn no_name_ends_its_line_or_hides() {
    let message = of(&[
        "a\n\n\u{1b}[31mb\u{202e}c\u{2028}d\u{200b}e\u{feff}f.md",
        "g\r.md",
    ]);
    assert_eq!(message.lines().count(), 4);
    assert!(
        message.contains("\na���［31mb�c�d�e�f.md → "),
        "{message:?}"
    );
}

#[test]
fn an_address_written_by_hand_is_as_harmless() {
    let receipt = published("a.md", "https://x [skip ci]\n\nskip-checks: true");
    let message = message(&[receipt]);
    assert!(
        message.ends_with("\na.md → https：//x ［skip ci］��skip-checks： true\n"),
        "{message:?}"
    );
}
