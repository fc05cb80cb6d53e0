use super::{POST, PUBLISHED, Place, TEXT, edit, git, oid, open, publish, status, write};
use crate::git::Comparison;

const URI: &str = "at://did:plc:abc/app.bsky.feed.post/3maaaaaaaaa2a";

#[test]
fn crlf_in_the_work_tree_is_lf_in_the_commit_where_git_would_do_so() {
    let place = Place::new();
    let path = place.repository("clone");
    git(&path, &["config", "core.autocrlf", "true"]);
    let repository = open(&path);
    let (text, published) = (TEXT.replace('\n', "\r\n"), PUBLISHED.replace('\n', "\r\n"));
    write(&path, POST, &text);
    assert_eq!(
        repository.compare_with_head(POST, text.as_bytes()).unwrap(),
        Comparison::Same
    );
    assert_eq!(
        repository.file_at_head(POST).unwrap().unwrap(),
        text.as_bytes()
    );

    write(&path, POST, &published);
    let head = text.into_bytes();
    let changed = repository
        .compare_with_head(POST, published.as_bytes())
        .unwrap();
    assert_eq!(changed, Comparison::Changed { head });
    repository
        .commit(&[edit(POST, &published)], "Publish")
        .unwrap();
    assert_eq!(
        git(&path, &["show", &format!("HEAD:{POST}")]),
        PUBLISHED.trim_end()
    );
    assert_eq!(status(&path), "");
}

#[test]
fn crlf_that_git_stores_stays_crlf() {
    let place = Place::new();
    let path = place.repository("clone");
    let text = TEXT.replace('\n', "\r\n");
    write(&path, POST, &text);
    git(&path, &["commit", "-qam", "CRLF"]);
    let repository = open(&path);
    for automatic in ["false", "true"] {
        git(&path, &["config", "core.autocrlf", automatic]);
        let same = repository.compare_with_head(POST, text.as_bytes()).unwrap();
        assert_eq!(same, Comparison::Same, "autocrlf={automatic}");
    }
}

#[test]
fn gitattributes_decide_line_ends() {
    let place = Place::new();
    let path = place.repository("clone");
    write(&path, ".gitattributes", "*.md text eol=crlf\n");
    git(&path, &["add", ".gitattributes"]);
    git(&path, &["commit", "-qm", "Attributes"]);
    let head = open(&path).file_at_head(POST).unwrap().unwrap();
    assert_eq!(head, TEXT.replace('\n', "\r\n").as_bytes());
    let comparison = open(&path)
        .compare_with_head(POST, TEXT.as_bytes())
        .unwrap();
    assert_eq!(comparison, Comparison::Same);
}

#[test]
fn a_filter_program_runs_both_ways() {
    let place = Place::new();
    let path = place.repository("clone");
    git(&path, &["config", "filter.shout.clean", "tr A-Z a-z"]);
    git(&path, &["config", "filter.shout.smudge", "tr a-z A-Z"]);
    write(&path, ".gitattributes", "*.txt filter=shout\n");
    write(&path, "loud.txt", "HELLO\n");
    let repository = open(&path);
    repository
        .commit(&[edit("loud.txt", "HELLO\n")], "Shout")
        .unwrap();
    assert_eq!(git(&path, &["show", "HEAD:loud.txt"]), "hello");
    assert_eq!(
        repository.file_at_head("loud.txt").unwrap().unwrap(),
        b"HELLO\n"
    );
    let same = repository
        .compare_with_head("loud.txt", b"HELLO\n")
        .unwrap();
    assert_eq!(same, Comparison::Same);
}

#[test]
fn an_untracked_file_a_changed_one_and_a_folder_are_told_apart() {
    let place = Place::new();
    let path = place.repository("clone");
    let repository = open(&path);
    let untracked = repository.compare_with_head("posts/new.md", b"x").unwrap();
    assert_eq!(untracked, Comparison::Untracked);
    let head = TEXT.as_bytes().to_vec();
    let changed = repository.compare_with_head(POST, b"x").unwrap();
    assert_eq!(changed, Comparison::Changed { head });
    let error = repository.file_at_head("posts").unwrap_err();
    assert!(
        error.to_string().starts_with("`posts` is no ordinary file"),
        "{error}"
    );
}

#[test]
fn a_commit_of_blocks_shows_both_sides_of_each_file() {
    let place = Place::new();
    let path = place.repository("clone");
    let commit = publish(&path);
    let changes = open(&path).changed_files(commit).unwrap().unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].path, POST);
    assert_eq!(changes[0].old.as_deref(), Some(TEXT.as_bytes()));
    assert_eq!(changes[0].new.as_deref(), Some(PUBLISHED.as_bytes()));
}

#[test]
fn a_uri_is_found_in_a_file_that_was_deleted_long_ago_and_only_under_the_folder() {
    let place = Place::new();
    let path = place.repository("clone");
    write(
        &path,
        "posts/deep/old.md",
        &format!("---\nbluesky: {{uri: {URI}}}\n---\nHi\n"),
    );
    write(
        &path,
        "notes.md",
        "at://did:plc:abc/app.bsky.feed.post/3mnotes\n",
    );
    git(&path, &["add", "."]);
    git(&path, &["commit", "-qm", "Publish"]);
    git(&path, &["rm", "-q", "posts/deep/old.md"]);
    git(&path, &["commit", "-qm", "Delete"]);
    let wanted = [
        URI.to_owned(),
        "at://did:plc:abc/app.bsky.feed.post/3mnotes".to_owned(),
        "at://did:plc:abc/app.bsky.feed.post/3mbbbbbbbbb2b".to_owned(),
    ];
    let history = open(&path).uris_in_history(None, "posts", &wanted).unwrap();
    assert!(history.complete);
    assert_eq!(history.found.into_iter().collect::<Vec<_>>(), [URI]);
    let everywhere = open(&path).uris_in_history(None, "", &wanted).unwrap();
    assert_eq!(everywhere.found.len(), 2);
}

#[test]
fn a_renamed_file_is_followed_and_a_file_in_its_place_is_not() {
    let place = Place::new();
    let path = place.repository("clone");
    let from = oid(&path, "HEAD");
    write(&path, POST, &format!("{TEXT}and a line\n"));
    git(&path, &["mv", POST, "posts/sécond name.md"]);
    git(&path, &["commit", "-qam", "Rename"]);
    let (repository, to) = (open(&path), oid(&path, "HEAD"));
    let renamed = repository.renamed_to(from, to, POST).unwrap();
    assert_eq!(renamed.as_deref(), Some("posts/sécond name.md"));
    assert_eq!(repository.renamed_to(from, to, "other.txt").unwrap(), None);
}
