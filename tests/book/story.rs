//! A page that is followed word by word.
//!
//! | comment | |
//! |---|---|
//! | `story` | what follows happens in a new, empty folder, with nothing but updraft and git |
//! | `story: FOLDER at TIME` | in a clone of `tests/book/FOLDER` with a remote, at that moment, against the sandbox |
//! | `clock: TIME` | the time has come |
//! | `meanwhile: WORDS` | something that the page only tells of, such as `meanwhile: revoke alice.example.com` |
//! | `file: PATH` above a fence | the reader writes this file; a post must check clean |
//! | `mistake: PATH` above a fence | likewise, but a post must not |
//! | `shows: PATH` above a fence | what the file holds now |
//! | `exit: N` above a `console` fence | its last command ends so; every other with 0 |
//!
//! Every line of a `console` fence that begins with `$ ` is typed, and what follows it is the answer.

use std::fs;

use crate::{
    blocks::{Block, Piece, pieces, with_texts, without_commit_ids},
    desk::Desk,
    shell::Shell,
};

/// Where a page is followed.
enum Place {
    Shell(Shell),
    Desk(Desk),
}

/// What a command said, and how it ended.
pub struct Said {
    pub words: String,
    pub exit: i32,
}

/// A page, and what has to be true of it.
pub struct Followed {
    /// The page as it should be.
    pub page: String,
    /// What is otherwise.
    pub stale: Vec<String>,
}

/// Follows a page from its first line to its last.
pub fn follow(page: &str) -> Followed {
    let mut place = None;
    let mut texts = Vec::new();
    let mut stale = Vec::new();
    for piece in pieces(page) {
        match piece {
            Piece::Comment(comment) => turn(&comment, &mut place),
            Piece::Block(block) => {
                let now = play(&block, place.as_mut());
                if without_the_moment(&now) != without_the_moment(&block.text) {
                    let (line, text) = (block.line + 1, &block.text);
                    stale.push(format!("line {line}:\n{text}\nis now:\n{now}"));
                    texts.push((block.line, block.text.lines().count(), now));
                }
            }
        }
    }
    Followed {
        page: with_texts(page, &texts),
        stale,
    }
}

fn turn(comment: &str, place: &mut Option<Place>) {
    match (comment.split_once(": ").unwrap_or((comment, "")), place) {
        (("story", ""), place) => *place = Some(Place::Shell(Shell::open())),
        (("story", setting), place) => {
            let (folder, time) = setting.split_once(" at ").expect("FOLDER at TIME");
            *place = Some(Place::Desk(Desk::set(folder, time)));
        }
        (("clock", time), Some(Place::Desk(desk))) => desk.wait_for(time),
        (("meanwhile", words), Some(Place::Desk(desk))) => desk.suffer(words),
        _ => panic!("what does `{comment}` mean?"),
    }
}

/// What the block should say.
fn play(block: &Block, place: Option<&mut Place>) -> String {
    let (verb, value) = block.comment.split_once(": ").unwrap_or_default();
    match (verb, block.language.as_str(), place) {
        ("exit" | "", "console", Some(place)) => {
            type_in(&block.text, value.parse().unwrap_or(0), place)
        }
        ("file", _, Some(place)) => {
            place.write(value, &block.text);
            place.check(value, 0);
            block.text.clone()
        }
        ("mistake", _, Some(place)) => {
            place.write(value, &block.text);
            place.check(value, 1);
            block.text.clone()
        }
        ("shows", _, Some(place)) => place.read(value),
        ("", "console" | "markdown", _) => panic!("nobody follows this block:\n{}", block.text),
        _ => block.text.clone(),
    }
}

/// The commands with their answers.
fn type_in(text: &str, exit: i32, place: &mut Place) -> String {
    let commands: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("$ ")).collect();
    let mut said = String::new();
    for (number, command) in commands.iter().enumerate() {
        let expected = match number + 1 == commands.len() {
            true => exit,
            false => 0,
        };
        let now = place.run(command);
        assert_eq!(now.exit, expected, "{command}: {}", now.words);
        said += &format!("$ {command}\n");
        for line in now.words.lines() {
            said += line.trim_end();
            said += "\n";
        }
    }
    said
}

/// Without what differs each time that somebody follows a page: moments, and what is made from them.
fn without_the_moment(text: &str) -> String {
    let pattern = r"\(in \d+ \w+\)|\(\d+ s ago\)|(due at|until) \d{4}-\d\d-\d\d \d\d:\d\d UTC|\.\d{3}Z\b|\bcid: \w+";
    let pattern = regex::Regex::new(pattern).unwrap();
    let text = pattern.replace_all(text, "(then)");
    without_commit_ids(&text)
}

impl Place {
    fn run(&mut self, command: &str) -> Said {
        match self {
            Place::Shell(shell) => shell.run(command),
            Place::Desk(desk) => desk.run(command),
        }
    }

    fn write(&mut self, path: &str, text: &str) {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        let read = fs::read_to_string(self.folder().join(path));
        read.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A post is as good as the page says.
    fn check(&mut self, path: &str, exit: i32) {
        if path.ends_with(".md") {
            let said = self.run(&format!("updraft check {path}"));
            assert_eq!(said.exit, exit, "{path}: {}", said.words);
        }
    }

    fn folder(&self) -> std::path::PathBuf {
        match self {
            Place::Shell(shell) => shell.folder(),
            Place::Desk(desk) => desk.folder(),
        }
    }
}
