#![allow(clippy::unwrap_used)]

use super::*;
use crate::post::{Document, limits};

/// What is said of a text that is too much, in the small stack of a worker's thread.
fn refusal(text: String) -> String {
    let small = std::thread::Builder::new().stack_size(2 << 20);
    let read = move || parse(&text, 0..text.len()).map(|node| node.span);
    let result = small.spawn(read).unwrap().join().unwrap();
    result.unwrap_err().message
}

#[test]
fn nesting_is_bounded() {
    for depth in [1_000, 100_000, 500_000] {
        let lists = "[".repeat(depth) + &"]".repeat(depth);
        assert!(refusal(lists).starts_with("this is not valid YAML: "));
        assert!(refusal("{a: ".repeat(depth)).starts_with("this is not valid YAML: "));
        assert!(refusal("- ".repeat(depth) + "a").starts_with("this is not valid YAML: "));
        assert!(refusal("? ".repeat(depth) + "a").starts_with("this is not valid YAML: "));
    }
    for depth in [17, 64, 200, 1_000] {
        let keys = (0..depth).map(|n| " ".repeat(n) + "a:\n").collect();
        assert!(refusal(keys).starts_with("this is not valid YAML: "));
    }
}

#[test]
fn aliases_do_not_multiply() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let names = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb += &format!("a{n}: &a{n} [{names}]\n");
    }
    let told = refusal(bomb.clone());
    assert!(told.starts_with("this is not valid YAML: "), "{told}");
    // Nor for the second reader, which only reads what the first one took.
    let file = format!("---\n{bomb}---\nwords\n").into_bytes();
    let block = crate::receipt::Block::new(crate::receipt::Status::Missed, "sha256:0".to_owned());
    let document = Document::parse("a.md", file).unwrap();
    assert!(document.with_block(&block).is_err());
    assert!(refusal("a: &a [*a]".to_owned()).starts_with("this is not valid YAML: "));
}

#[test]
fn size_is_bounded() {
    let file = |size| [b"---\n---\n".to_vec(), vec![b'x'; size]].concat();
    let most = limits::FILE_BYTES as usize - 8;
    assert!(Document::parse("a.md", file(most)).is_ok());
    let told = Document::parse("a.md", file(most + 1)).unwrap_err().message;
    assert_eq!(
        told,
        "the file has 1048577 bytes; a post file has at most 1048576"
    );
    // As many values as fit.
    let many = "- a\n".repeat(limits::FILE_BYTES as usize / 4);
    assert!(refusal(many).starts_with("this is not valid YAML: "));
}
