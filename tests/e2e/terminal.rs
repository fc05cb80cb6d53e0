//! What a person sees who watches: how far long work has come, and nothing of it elsewhere.

use std::process::Command;

use crate::{
    bench::{Bench, due},
    peer::Peer,
    work::Work,
};

both! {
    on_a_terminal_a_bar_steps_aside_for_each_line_and_is_gone_at_the_end,
    nothing_is_drawn_for_logs_and_programs,
    a_reader_that_goes_away_keeps_nothing_back,
}

fn posts<'a>(bench: &'a Bench) -> Work<'a> {
    let home = bench.home();
    for number in 1..=3 {
        let path = format!("posts/{number}.md");
        home.write(&path, due(9 - number, &format!("Post {number}")));
    }
    home.share();
    home
}

/// What a terminal gets of a run. `script`, which makes one, belongs to each Linux.
fn watched(home: &Work<'_>, words: &str) -> String {
    let mut command = home.command_with(&[], &[("CI", ""), ("TERM", "xterm")]);
    let binary = command.get_program().to_str().unwrap().to_owned();
    let mut script = Command::new("script");
    script.args(["-qec", &format!("{binary} {words}"), "/dev/null"]);
    script
        .current_dir(command.get_current_dir().unwrap())
        .env_clear();
    command.env("NO_COLOR", "1");
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            script.env(name, value);
        }
    }
    let output = script
        .env("PATH", std::env::var_os("PATH").unwrap())
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

/// The lines that are left when everything that was wiped away is gone.
fn left(screen: &str) -> Vec<String> {
    let lines = screen.split('\n');
    let lines = lines.map(|line| {
        let line = line.rsplit("\u{1b}[2K").next().unwrap();
        line.trim_end_matches('\r').to_owned()
    });
    lines.filter(|line| !line.is_empty()).collect()
}

fn on_a_terminal_a_bar_steps_aside_for_each_line_and_is_gone_at_the_end(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = posts(&bench);
    let screen = watched(&home, "publish --push");
    assert!(screen.contains("  publishing "), "{screen:?}");
    assert!(screen.contains(" 0/3"), "{screen:?}");
    let lines = left(&screen);
    assert_eq!(lines.len(), 4, "{lines:?} of {screen:?}");
    for (number, line) in (1..=3).zip(&lines) {
        let start = format!("published posts/{}.md → https://", number);
        assert!(line.starts_with(&start), "{lines:?}");
    }
    assert!(lines[3].starts_with("3 posts published"), "{lines:?}");
    let screen = watched(&home, "list --online");
    assert!(screen.contains("  asking "), "{screen:?}");
    let quiet = home.run(&["list", "--online"]).exits(0);
    let said = quiet.out.lines().filter(|line| !line.is_empty());
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let seen: Vec<String> = left(&screen).iter().map(|line| words(line)).collect();
    assert_eq!(seen, said.map(words).collect::<Vec<_>>());
    // What is logged meanwhile comes from other threads.
    let logged = left(&watched(&home, "list --online -v"));
    assert!(logged.len() > seen.len(), "{logged:?}");
    assert!(
        logged.iter().all(|line| !line.contains("asking")),
        "{logged:?}"
    );
}

fn nothing_is_drawn_for_logs_and_programs(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = posts(&bench);
    let ran = home.run(&["publish", "--push"]).exits(0);
    assert_eq!(ran.err, "", "{ran}");
    assert!(!ran.out.contains('\u{1b}'), "{ran}");
    for verb in ["list", "check", "doctor"] {
        let ran = home.run(&[verb, "--online"]);
        assert!(!ran.err.contains("asking"), "{ran}");
        let screen = watched(&home, &format!("{verb} --online --format json"));
        assert!(!screen.contains("asking"), "{screen:?}");
        assert!(!screen.contains('\u{1b}'), "{screen:?}");
    }
}

fn a_reader_that_goes_away_keeps_nothing_back(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    home.write("posts/a.md", due(9, "Good"));
    home.write(
        "posts/b.md",
        due(8, "Bad").replacen("---\n", "---\nlang: en\n", 1),
    );
    home.share();
    let closed = || {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        writer
    };
    let mut command = home.command_with(&["publish", "--push"], &[]);
    let ended = command.stdout(closed()).stderr(closed()).status().unwrap();
    assert_eq!(bench.texts(), ["Good"]);
    assert_eq!(bench.blocks()["posts/a.md"]["status"], "published");
    // That the other one is still due weighs more.
    assert_eq!(ended.code(), Some(3));
    home.git(&["pull", "-q"]);
    home.edit("posts/b.md", "lang: en\n", "");
    home.share();
    let mut command = home.command_with(&["publish", "--push"], &[]);
    let ended = command.stdout(closed()).stderr(closed()).status().unwrap();
    bench.assert_exactly_once();
    assert_eq!(bench.records().len(), 2);
    assert_eq!(ended.code(), Some(141));
}
