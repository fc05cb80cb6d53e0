use std::{process::Command, sync::atomic::AtomicBool, time::Duration};

use crate::git::{
    GitError,
    child::{Call, LOCAL, without_credentials},
};

fn shell(script: &str, limit: Duration) -> Call<'_> {
    Call::new(limit, ["-c", &format!("alias.run=!{script}"), "run"])
}

#[test]
fn the_user_part_of_urls_is_left_out() {
    let said = "fatal: 'https://ada:t0k@n@example.com/x.git' and ssh://git@host/y, a@b.c";
    let clean = "fatal: 'https://example.com/x.git' and ssh://host/y, a@b.c";
    assert_eq!(without_credentials(said), clean);
    assert_eq!(without_credentials("https://"), "https://");
}

#[test]
fn a_git_that_hangs_is_ended_with_all_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let call = shell("sleep 600 & wait", Duration::from_millis(200));
    let error = call.run(folder.path(), folder.path(), None).err().unwrap();
    assert!(matches!(error, GitError::TimedOut { .. }), "{error}");
}

#[test]
fn who_is_told_to_stop_waits_for_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let stop = AtomicBool::new(true);
    let call = shell("sleep 1000", LOCAL);
    assert!(call.run(folder.path(), folder.path(), Some(&stop)).is_err());
}

#[test]
fn a_daemon_that_keeps_the_pipes_open_does_not_hold_us_up() {
    let folder = tempfile::tempdir().unwrap();
    let call = shell("sleep 20 & echo $! $GIT_TERMINAL_PROMPT", LOCAL);
    let answer = call.run(folder.path(), folder.path(), None).unwrap();
    let said = String::from_utf8(answer.stdout).unwrap();
    let (daemon, prompt) = said.trim().split_once(' ').unwrap();
    assert!(Command::new("kill").arg(daemon).status().unwrap().success());
    assert_eq!((answer.ok, prompt), (true, "0"));
}

#[test]
fn large_input_and_output_pass_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = vec![b'x'; 1 << 20];
    let answer = shell("cat", LOCAL).input(&bytes);
    let answer = answer.run(folder.path(), folder.path(), None).unwrap();
    assert_eq!(answer.stdout.len(), bytes.len());
}
