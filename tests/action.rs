//! The shell of the action for GitHub Actions, with releases in a folder and a `cargo` that only notes
//! what it was asked for.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

const LINUX: &str = "x86_64-unknown-linux-musl";
/// Says what it was called with, and what it sees.
const FAKE: &str = r#"#!/bin/sh
for word in "$@"; do echo "word: $word"; done
echo "handle: ${BLUESKY_HANDLE:-} password: ${BLUESKY_APP_PASSWORD:-} token: ${UPDRAFT_TOKEN:-}"
echo "pull request: ${GITHUB_TOKEN:-} ${UPDRAFT_PULL_REQUEST_TOKEN:-}."
git config --get-all http.https://github.com/.extraheader | tail -n 1
"#;

fn script(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join(".github/action").join(name)
}

fn write_program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(text).unwrap()
}

/// A runner of GitHub, as far as the scripts look at it.
struct Runner {
    folder: TempDir,
}

impl Runner {
    fn new() -> Runner {
        let folder = TempDir::new().unwrap();
        let cargo = "#!/bin/sh\necho \"cargo $*\"\n";
        write_program(&folder.path().join("tools/cargo"), cargo);
        fs::create_dir(folder.path().join("temp")).unwrap();
        Runner { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Packs `program` as the release of this version for Linux, beside a sum.
    fn release(&self, program: &str, sum: Option<&str>) {
        self.release_for(LINUX, "updraft", program, sum);
    }

    fn release_for(&self, target: &str, name: &str, program: &str, sum: Option<&str>) {
        let asset = format!("updraft-{target}.tar.gz");
        let release = self.path(concat!("releases/v", env!("CARGO_PKG_VERSION")));
        fs::create_dir_all(&release).unwrap();
        write_program(&self.path("packed/updraft-x").join(name), program);
        let packed = Command::new("tar")
            .arg("-czf")
            .arg(release.join(&asset))
            .arg("-C")
            .arg(self.path("packed"))
            .arg("updraft-x")
            .status()
            .unwrap();
        assert!(packed.success());
        let digest = Sha256::digest(fs::read(release.join(&asset)).unwrap());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let line = format!("{}  {asset}\n", sum.unwrap_or(&digest));
        fs::write(release.join(format!("{asset}.sha256")), line).unwrap();
    }

    fn run(&self, name: &str, variables: &[(&str, &str)]) -> Output {
        let path = format!(
            "{}:{}:{}",
            self.path("bin").display(),
            self.path("tools").display(),
            std::env::var("PATH").unwrap()
        );
        Command::new("bash")
            .arg(script(name))
            .current_dir(self.folder.path())
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GITHUB_ACTION_PATH", env!("CARGO_MANIFEST_DIR"))
            .env("GITHUB_PATH", self.path("path"))
            .env("RUNNER_TEMP", self.path("temp"))
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .env(
                "UPDRAFT_RELEASES",
                format!("file://{}", self.path("releases").display()),
            )
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    /// A `PATH` on which all is but for one program.
    fn without(&self, program: &str) -> String {
        let folder = self.path("most");
        fs::create_dir(&folder).unwrap();
        for place in std::env::split_paths(&std::env::var_os("PATH").unwrap()) {
            for entry in fs::read_dir(place).into_iter().flatten().flatten() {
                if entry.file_name() != program {
                    // The first of a name counts.
                    let _ = symlink(entry.path(), folder.join(entry.file_name()));
                }
            }
        }
        folder.display().to_string()
    }

    fn added_to_path(&self) -> String {
        fs::read_to_string(self.path("path")).unwrap_or_default()
    }
}

#[test]
fn a_release_with_the_right_sum_is_installed_however_often() {
    let runner = Runner::new();
    runner.release(FAKE, None);
    for _ in 0..2 {
        let output = runner.run("install.sh", &[]);
        assert!(output.status.success(), "{}", said(&output));
    }
    let bin = runner.path("temp/updraft/bin");
    assert!(bin.join("updraft").is_file());
    assert_eq!(runner.added_to_path(), format!("{0}\n{0}\n", bin.display()));
}

/// With paths as the runner has them, and without what macOS lacked for long.
#[test]
fn each_runner_gets_the_binary_of_its_system() {
    for (system, processor, target, name) in [
        ("Linux", "X64", LINUX, "updraft"),
        ("Linux", "ARM64", "aarch64-unknown-linux-musl", "updraft"),
        ("macOS", "X64", "x86_64-apple-darwin", "updraft"),
        ("macOS", "ARM64", "aarch64-apple-darwin", "updraft"),
        ("Windows", "X64", "x86_64-pc-windows-msvc", "updraft.exe"),
        // Which runs such binaries.
        ("Windows", "ARM64", "x86_64-pc-windows-msvc", "updraft.exe"),
    ] {
        let runner = Runner::new();
        runner.release_for(target, name, FAKE, None);
        let temp = match system {
            "Windows" => r"D:\a\_temp".to_owned(),
            _ => runner.path("temp").display().to_string(),
        };
        let path = match system {
            "macOS" => runner.without("sha256sum"),
            _ => std::env::var("PATH").unwrap(),
        };
        let path = format!("{}:{path}", runner.path("tools").display());
        let output = runner.run(
            "install.sh",
            &[
                ("RUNNER_OS", system),
                ("RUNNER_ARCH", processor),
                ("RUNNER_TEMP", &temp),
                ("PATH", &path),
            ],
        );
        assert!(output.status.success(), "{system}: {}", said(&output));
        let bin = format!("{temp}/updraft/bin");
        assert!(runner.path(&bin).join(name).is_file(), "{system}");
        assert_eq!(runner.added_to_path(), format!("{bin}\n"));
    }
}

#[test]
fn another_sum_or_none_is_refused() {
    let runner = Runner::new();
    for sum in ["0".repeat(64), "none".to_owned()] {
        runner.release(FAKE, Some(&sum));
        let output = runner.run("install.sh", &[]);
        assert_eq!(output.status.code(), Some(1));
        let said = said(&output);
        assert!(said.contains("::error::updraft is not installed"), "{said}");
        assert!(!runner.path("temp/updraft/bin/updraft").exists());
        assert_eq!(runner.added_to_path(), "");
    }
}

#[test]
fn without_a_release_it_is_built_and_says_so() {
    let runner = Runner::new();
    for (variable, value, why) in [
        ("UPDRAFT_VERSION", "v9.9.9", "there is no updraft-x86_64"),
        ("UPDRAFT_VERSION", "source", "as `version: source` asks for"),
        ("RUNNER_ARCH", "RISCV", "no release has a binary for"),
    ] {
        let output = runner.run("install.sh", &[(variable, value)]);
        let said = said(&output);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("cargo install --locked --path"), "{said}");
        assert!(said.contains(why), "{said}");
    }
    let output = runner.run("install.sh", &[("UPDRAFT_VERSION", "../../etc")]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
}

/// A description with a colon in it was once no YAML, and no linter failed.
#[test]
fn the_action_is_what_github_can_read() {
    let text = include_str!("../action.yml");
    let action: serde_json::Value = serde_yaml::from_str(text).unwrap();
    let inputs = action["inputs"].as_object().unwrap();
    for (name, input) in inputs {
        let keys = input.as_object().unwrap();
        assert!(
            keys["description"].is_string() && keys.contains_key("default"),
            "{name}"
        );
        assert!(
            text.contains(&format!("${{{{ inputs.{name} }}}}"))
                || text.contains(&format!("inputs.{name} ")),
            "{name} is not used"
        );
    }
    let steps = action["runs"]["steps"].as_array().unwrap();
    assert_eq!(action["runs"]["using"], "composite");
    let env = steps
        .iter()
        .filter_map(|step| step["env"].as_object())
        .flatten();
    // What a script reads is what it is handed.
    let scripts =
        [script("install.sh"), script("run.sh")].map(|path| fs::read_to_string(path).unwrap());
    for (name, _) in env {
        assert!(scripts.iter().any(|script| script.contains(name)), "{name}");
    }
}

#[test]
fn only_a_push_beside_gets_the_token_that_opens_pull_requests() {
    let runner = Runner::new();
    write_program(&runner.path("bin/updraft"), FAKE);
    let given = |command: &str, args: &str| {
        let inputs = [
            ("UPDRAFT_COMMAND", command),
            ("UPDRAFT_ARGS", args),
            ("UPDRAFT_PULL_REQUEST_TOKEN", "opens"),
        ];
        let said = said(&runner.run("run.sh", &inputs));
        let line = said
            .lines()
            .find_map(|line| line.strip_prefix("pull request: "));
        line.unwrap().to_owned()
    };
    assert_eq!(given("publish", "--push-to updraft/status"), "opens .");
    assert_eq!(
        given("publish", "--push-to=updraft/status --wait 5m"),
        "opens ."
    );
    assert_eq!(given("publish", ""), " .");
    assert_eq!(given("check", "--online"), " .");
}

#[test]
fn inputs_are_words_and_never_code() {
    let runner = Runner::new();
    write_program(&runner.path("bin/updraft"), FAKE);
    let hostile = "--only $(touch pwned) `touch pwned` ; touch pwned && * \"a";
    let output = runner.run(
        "run.sh",
        &[
            ("UPDRAFT_COMMAND", "publish"),
            ("UPDRAFT_ARGS", hostile),
            ("UPDRAFT_HANDLE", "alice.test"),
            ("UPDRAFT_APP_PASSWORD", "abcd-efgh"),
            ("UPDRAFT_TOKEN", "secret"),
        ],
    );
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    let words: Vec<&str> = said
        .lines()
        .filter_map(|line| line.strip_prefix("word: "))
        .collect();
    let expected: Vec<&str> = ["publish"].into_iter().chain(hostile.split(' ')).collect();
    assert_eq!(words, expected);
    assert!(!runner.path("pwned").exists());
    assert!(
        said.contains("handle: alice.test password: abcd-efgh token: \n"),
        "{said}"
    );
    // `x-access-token:secret`
    let header = "Authorization: basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0";
    assert!(said.contains(header), "{said}");
}

#[test]
fn publishing_pushes_and_waits_unless_it_is_told_otherwise() {
    let runner = Runner::new();
    write_program(&runner.path("bin/updraft"), FAKE);
    let words = |command: &str| -> Vec<String> {
        let output = runner.run("run.sh", &[("UPDRAFT_COMMAND", command)]);
        let said = said(&output);
        let words = said.lines().filter_map(|line| line.strip_prefix("word: "));
        words.map(str::to_owned).collect()
    };
    assert_eq!(words("publish"), ["publish", "--push", "--wait", "15m"]);
    assert_eq!(words("check"), ["check"]);
}
