//! `check` and `plan` over 10,000 posts, beside a baseline that only reads the same files: the
//! ratio is what can be compared between machines. `--help` is what starting costs.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{fs, path::Path, process::Command, sync::OnceLock};

use tempfile::TempDir;

const POSTS: usize = 10_000;

fn main() {
    divan::main();
}

/// A repository of posts, three hours apart; every fifth is a thread.
fn repository() -> &'static Path {
    static PLACE: OnceLock<TempDir> = OnceLock::new();
    let place = PLACE.get_or_init(|| {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("posts")).unwrap();
        let config =
            "timezone: Europe/Berlin\nlangs: [en]\naccounts:\n  main:\n    handle: alice.test\n";
        fs::write(place.path().join("updraft.yml"), config).unwrap();
        for number in 0..POSTS {
            let path = place.path().join(format!("posts/{number:05}.md"));
            fs::write(path, post(number)).unwrap();
        }
        commit(place.path());
        place
    });
    place.path()
}

fn post(number: usize) -> String {
    let (day, hour) = (number / 8, number % 8 * 3);
    let date = chrono::NaiveDate::from_ymd_opt(2190, 1, 1).unwrap() + chrono::Days::new(day as u64);
    let second = if number.is_multiple_of(5) {
        "\n---\n\nThe second part says more, in a sentence or two, so that there is something to read.\n"
    } else {
        ""
    };
    format!(
        "---\npublish_at: {date} {hour:02}:00Z\naccount: main\n---\nRelease {number} is out, with a hundred small \
         things mended. [Read the notes](https://example.com/notes/{number}) #rust @alice.example.com\n\nIt takes a \
         minute to update, and nothing of yours changes: the old files are read as before.\n{second}"
    )
}

fn commit(folder: &Path) {
    let author = git2::Signature::now("Bench", "bench@example.com").unwrap();
    let repository = git2::Repository::init(folder).unwrap();
    let mut index = repository.index().unwrap();
    index
        .add_all(["*"], git2::IndexAddOption::DEFAULT, None)
        .unwrap();
    index.write().unwrap();
    let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
    repository
        .commit(Some("HEAD"), &author, &author, "Posts", &tree, &[])
        .unwrap();
}

fn run(args: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_updraft"));
    let output = command
        .args(args)
        .current_dir(repository())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[divan::bench(sample_count = 10)]
fn baseline_reading_the_files(bencher: divan::Bencher<'_, '_>) {
    let posts = repository().join("posts");
    bencher.bench_local(|| {
        let files = fs::read_dir(&posts).unwrap();
        files
            .map(|file| fs::read(file.unwrap().path()).unwrap().len())
            .sum::<usize>()
    });
}

#[divan::bench(sample_count = 10)]
fn check(bencher: divan::Bencher<'_, '_>) {
    repository();
    bencher.bench_local(|| run(&["check"]));
}

#[divan::bench(sample_count = 10)]
fn plan(bencher: divan::Bencher<'_, '_>) {
    repository();
    bencher.bench_local(|| run(&["plan"]));
}

#[divan::bench(sample_count = 50)]
fn help(bencher: divan::Bencher<'_, '_>) {
    repository();
    bencher.bench_local(|| run(&["--help"]));
}
