//! What a release holds, from the packing to the shells and the man page that read it: a build is packed,
//! installed from a folder of releases, and used.
//!
//! A shell that is not here is passed over, unless `UPDRAFT_ALL_TOOLS` is set, as in CI.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use tempfile::TempDir;

const TARGET: &str = "x86_64-unknown-linux-musl";
const VERBS: [&str; 3] = ["check", "publish", "watch"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr[..]].concat()).unwrap()
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a program is here. In CI all are.
fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    let must = std::env::var_os("UPDRAFT_ALL_TOOLS").is_some();
    assert!(found || !must, "{program} is not installed");
    found
}

/// A release that was packed once for all tests, and installed as the action does it.
struct Release {
    folder: TempDir,
}

impl Release {
    fn get() -> &'static Release {
        static RELEASE: OnceLock<Release> = OnceLock::new();
        RELEASE.get_or_init(Release::pack)
    }

    fn pack() -> Release {
        let release = Release {
            folder: TempDir::new().unwrap(),
        };
        let binary = release.path("built/updraft");
        fs::create_dir(release.path("built")).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_updraft"), &binary).unwrap();
        // Or it takes long to pack: most of a build for tests is for debuggers.
        let _ = Command::new("strip").arg(&binary).status();
        let version = concat!("releases/v", env!("CARGO_PKG_VERSION"));
        succeed(
            Command::new("bash")
                .arg(root().join(".github/release/pack.sh"))
                .args([binary.as_os_str(), TARGET.as_ref()])
                .arg(release.path(version)),
        );
        fs::create_dir(release.path("temp")).unwrap();
        succeed(
            Command::new("bash")
                .arg(root().join(".github/action/install.sh"))
                .env("GITHUB_ACTION_PATH", root())
                .env("GITHUB_PATH", release.path("github-path"))
                .env("RUNNER_TEMP", release.path("temp"))
                .envs([("RUNNER_OS", "Linux"), ("RUNNER_ARCH", "X64")])
                .env(
                    "UPDRAFT_RELEASES",
                    format!("file://{}", release.path("releases").display()),
                ),
        );
        succeed(
            Command::new("tar")
                .arg("-xzf")
                .arg(
                    release
                        .path(version)
                        .join(format!("updraft-{TARGET}.tar.gz")),
                )
                .arg("-C")
                .arg(release.folder.path()),
        );
        release
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of the archive.
    fn unpacked(&self, name: &str) -> PathBuf {
        self.path(&format!("updraft-{TARGET}")).join(name)
    }

    /// With the installed binary on the PATH, in a folder with posts.
    fn shell(&self, program: &str) -> Command {
        let bin = fs::read_to_string(self.path("github-path")).unwrap();
        let path = format!("{}:{}", bin.trim(), std::env::var("PATH").unwrap());
        let mut command = Command::new(program);
        command
            .current_dir(root().join("tests/readme/archive"))
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("TERM", "dumb");
        command
    }
}

#[test]
fn an_archive_holds_the_binary_and_all_that_belongs_to_it() {
    let release = Release::get();
    for file in [
        "updraft",
        "README.md",
        "CHANGELOG.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "completions/updraft.bash",
        "completions/_updraft",
        "completions/updraft.fish",
        "completions/_updraft.ps1",
        "completions/updraft.elv",
        "man/man1/updraft.1",
    ] {
        let size = fs::metadata(release.unpacked(file)).unwrap().len();
        assert!(size > 100, "{file}: {size} bytes");
    }
    // Names and texts of what is linked in, C code too, and of nothing that only tests use.
    let licences = fs::read_to_string(release.unpacked("THIRD-PARTY.txt")).unwrap();
    for part in [
        "* tokio ",
        "Permission is hereby granted",
        "libgit2",
        "* musl: MIT",
    ] {
        assert!(licences.contains(part), "{part}");
    }
    for part in ["* proptest ", "* assert_cmd ", "* updraft "] {
        assert!(!licences.contains(part), "{part}");
    }
}

/// git for Windows turns line ends on its way out, unless it is told not to, and bash knows no CRLF.
#[test]
fn a_checkout_on_windows_has_scripts_that_bash_reads() {
    let folder = TempDir::new().unwrap();
    let git = |arguments: &[&str]| {
        let identity = ["user.name=a", "user.email=a@example.org"];
        let identity = identity.iter().flat_map(|setting| ["-c", setting]);
        succeed(
            Command::new("git")
                .current_dir(&folder)
                .args(identity.chain(["-c", "core.autocrlf=true"]))
                .args(arguments),
        )
    };
    git(&["init", "--quiet", "."]);
    let files = [
        "README.md",
        ".github/release/pack.sh",
        "src/command/init/publish.yml",
    ];
    for file in [".gitattributes"].iter().chain(&files) {
        let copy = folder.path().join(file);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(root().join(file), copy).unwrap();
    }
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "as here"]);
    for file in files {
        fs::remove_file(folder.path().join(file)).unwrap();
        git(&["checkout", "--quiet", "--", file]);
        assert_eq!(
            fs::read_to_string(folder.path().join(file)).unwrap(),
            read(file)
        );
    }
}

#[test]
fn what_the_action_installs_runs_and_says_its_version() {
    let version = succeed(Release::get().shell("updraft").arg("-V"));
    assert_eq!(
        version,
        concat!("updraft ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

/// On a runner whose folders are named as on Windows.
#[test]
fn the_release_is_rehearsed_with_what_was_packed() {
    let workflow: serde_json::Value =
        serde_yaml::from_str(&read(".github/workflows/release.yml")).unwrap();
    let steps = workflow["jobs"]["build"]["steps"].as_array().unwrap();
    let step = steps
        .iter()
        .find(|step| step["name"] == "Rehearse with what was packed");
    let folder = TempDir::new().unwrap();
    let temp = folder.path().join(r"D:\a\_temp");
    let posts = folder.path().join("posts");
    fs::create_dir(&temp).unwrap();
    fs::create_dir(&posts).unwrap();
    let post = "---\npublish_at: 2099-01-02T03:04:05Z\n---\nHello\n";
    fs::write(posts.join("hello.md"), post).unwrap();
    symlink(
        Release::get().path(concat!("releases/v", env!("CARGO_PKG_VERSION"))),
        folder.path().join("release"),
    )
    .unwrap();
    let rehearsed = succeed(
        Command::new("bash")
            .args(["-e", "-o", "pipefail", "-c"])
            .arg(step.unwrap()["run"].as_str().unwrap())
            .current_dir(&folder)
            .envs([("TARGET", TARGET), ("RUNNER_TEMP", r"D:\a\_temp")]),
    );
    assert!(rehearsed.contains("1 of 1 waiting post"), "{rehearsed}");
}

#[test]
fn a_binary_of_another_version_is_not_packed() {
    let folder = TempDir::new().unwrap();
    let packed = Command::new("bash")
        .arg(root().join(".github/release/pack.sh"))
        .args(["/bin/echo", TARGET])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(!packed.status.success());
    assert!(
        said(&packed).contains("nothing is packed"),
        "{}",
        said(&packed)
    );
}

/// What bash offers for the last of `words`.
fn bash_offers(words: &[&str]) -> String {
    let release = Release::get();
    let script = r#"
        source "$1"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_TYPE=9
        function=$(complete -p updraft | sed 's/.*-F \([^ ]*\).*/\1/')
        "$function" updraft "${COMP_WORDS[COMP_CWORD]}" 2>/dev/null
        printf '%s\n' "${COMPREPLY[@]}""#;
    succeed(
        release
            .shell("bash")
            .args(["--norc", "-c", script, "bash"])
            .arg(release.unpacked("completions/updraft.bash"))
            .args(words),
    )
}

#[test]
fn bash_completes_verbs_posts_accounts_and_codes() {
    for verb in VERBS {
        assert!(
            bash_offers(&["updraft", ""])
                .lines()
                .any(|line| line == verb)
        );
    }
    assert_eq!(
        bash_offers(&["updraft", "explain", "text-"]),
        "text-too-long\n"
    );
    assert_eq!(
        bash_offers(&["updraft", "explain", "quiet-"]),
        "quiet-repository\n"
    );
    assert!(bash_offers(&["updraft", "list", ""]).contains("posts/\n"));
    assert_eq!(
        bash_offers(&["updraft", "preview", "posts/key"]),
        "posts/keynote.md\n"
    );
    assert_eq!(
        bash_offers(&["updraft", "list", "--account", "m"]),
        "main\n"
    );
    // Only what is out can be taken back.
    assert_eq!(
        bash_offers(&["updraft", "retract", "posts/"]),
        "posts/2026-11-03-meeting.md\n"
    );
}

/// zsh as a person has it: the file lies in a folder of `fpath`, and is loaded by the first Tab.
#[test]
fn zsh_completes_at_the_first_tab() {
    if !has("zsh") {
        return;
    }
    let release = Release::get();
    let script = r#"
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell 'PROMPT= RPROMPT= PS2='
        zpty -w shell "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -d $2; echo rea''dy"
        zpty -r -m shell line '*ready*'
        zpty -w -n shell $'updraft preview posts/key\t'
        zpty -r -m shell line '*keynote.md*'
        print -r -- "$line"
        zpty -d shell"#;
    let shown = succeed(
        release
            .shell("timeout")
            .args(["20", "zsh", "-f", "-c", script, "zsh"])
            .arg(release.unpacked("completions"))
            .arg(release.path("zcompdump")),
    );
    assert!(
        shown.contains("updraft preview posts/keynote.md"),
        "{shown}"
    );
}

#[test]
fn fish_completes_with_descriptions() {
    if !has("fish") {
        return;
    }
    let release = Release::get();
    let offers = |line: &str| {
        let file = release.unpacked("completions/updraft.fish");
        let script = format!("source {}; complete -C '{line}'", file.display());
        succeed(release.shell("fish").args(["--no-config", "-c", &script]))
    };
    assert!(offers("updraft che").starts_with("check\tFind every mistake"));
    assert!(offers("updraft list --account ").starts_with("main\t"));
    assert!(offers("updraft preview posts/key").starts_with("posts/keynote.md\t"));
}

/// It completes at a terminal alone, which zsh plays: two words, and what they run.
#[test]
fn elvish_completes_at_a_tab() {
    if !has("elvish") || !has("zsh") {
        return;
    }
    let release = Release::get();
    let script = r#"
        zmodload zsh/zpty
        zpty shell elvish -norc
        zpty -r -m shell line '*2004h*'
        zpty -w -n shell "eval (slurp < $1); echo rea''dy"$'\r'
        zpty -r -m shell line '*ready*2004h*'
        zpty -w -n shell $'updraft prev\t posts/key\t\r'
        zpty -r -m shell line '*The keynote*'
        print -r -- "$line"
        zpty -d shell"#;
    let shown = succeed(
        release
            .shell("timeout")
            .args(["60", "zsh", "-f", "-c", script, "zsh"])
            .arg(release.unpacked("completions/updraft.elv")),
    );
    assert!(shown.contains("│ The keynote"), "{shown}");
}

#[test]
fn the_man_pages_are_rendered_without_a_warning() {
    if !has("man") {
        return;
    }
    let folder = Release::get().unpacked("man/man1");
    for page in fs::read_dir(&folder).unwrap() {
        let page = page.unwrap().path();
        let man = |arguments: &[&str]| {
            let mut command = Command::new("man");
            command.args(arguments).arg(&page).env("MANWIDTH", "80");
            // groff's own sign would be two bytes of another kind in each locale.
            command.env("LC_ALL", "C.UTF-8").output().unwrap()
        };
        let output = man(&["--warnings", "-l"]);
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{}",
            said(&output)
        );
        let text = String::from_utf8(output.stdout).unwrap();
        let is_main = page.ends_with("updraft.1");
        for section in ["NAME", "SYNOPSIS", "OPTIONS", "SEE ALSO"] {
            assert!(
                text.contains(&format!("\n{section}\n")),
                "{}",
                page.display()
            );
        }
        let example = if is_main {
            "EXIT STATUS"
        } else {
            "EXAMPLES\n       updraft "
        };
        assert!(text.contains(example), "{}: {text}", page.display());
    }
    // A page for each verb, and that of updraft.
    let verbs = succeed(Release::get().shell("updraft").arg("--help"));
    let verbs = verbs
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1);
    let verbs = verbs.take_while(|line| !line.is_empty());
    let verbs = verbs.filter(|line| !line.starts_with("   ")).count();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), verbs);
}

#[test]
fn all_that_name_an_archive_name_it_alike() {
    let install = read(".github/action/install.sh");
    let release = read(".github/workflows/release.yml");
    let targets: Vec<&str> = install
        .lines()
        .filter_map(|line| Some(line.split_once(") target=")?.1.trim_end_matches(" ;;")))
        .collect();
    assert_eq!(targets.len(), 5);
    for target in targets {
        assert!(release.contains(&format!("target: {target}\n")), "{target}");
    }
    assert!(install.contains("asset=\"updraft-$target.tar.gz\""));
    let cargo = read("Cargo.toml");
    assert!(cargo.contains("/v{ version }/updraft-{ target }.tar.gz\""));
    assert!(cargo.contains("\"updraft-{ target }/{ bin }{ binary-ext }\""));
}

#[test]
fn what_docs_show_of_the_container_is_its_recipe() {
    let page = read("docs/watch.md");
    let shown = page.split_once("```dockerfile\n").unwrap().1;
    let shown = shown.split_once("```\n").unwrap().0;
    assert_eq!(shown, read("Containerfile"));
}

/// A repository as the script of the changelog sees it.
fn changelog(text: &str, tag: &str) -> Output {
    changelog_in("a/updraft", text, tag)
}

fn changelog_in(repository: &str, text: &str, tag: &str) -> Output {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "Cargo.toml",
        "[package]\nname = \"updraft\"\nversion = \"1.2.0\"\nrepository = \"https://github.com/a/updraft\"\n",
    );
    write("CHANGELOG.md", text);
    Command::new("bash")
        .arg(root().join(".github/release/changelog.sh"))
        .arg(tag)
        .env("UPDRAFT_ROOT", folder.path())
        .env("GITHUB_SERVER_URL", "https://github.com")
        .env("GITHUB_REPOSITORY", repository)
        .output()
        .unwrap()
}

#[test]
fn a_release_is_told_of_by_its_section_of_the_changelog() {
    let text = "# Changelog\n\n## [Unreleased]\n\n- Later\n\n## [1.2.0] - 2027-02-03\n\n### Fixed\n\n- This\n\n\
                ## [1.1.0] - 2027-01-01\n\n- Before\n\n[1.2.0]: https://example.com\n";
    let output = changelog(text, "v1.2.0");
    assert_eq!(said(&output), "### Fixed\n\n- This\n");
    let refused = [
        (text, "v1.1.0", "Cargo.toml says v1.2.0"),
        ("## [Unreleased]\n\n- This\n", "v1.2.0", "has no section"),
        ("## [1.2.0]\n\n- This\n", "v1.2.0", "needs a date"),
        ("## [1.2.0] - soon\n\n- This\n", "v1.2.0", "needs a date"),
        (
            "## [1.2.0] - 2027-02-03\n\n## [1.1.0]\n\n- This\n",
            "v1.2.0",
            "says nothing",
        ),
    ];
    for (text, tag, why) in refused {
        let output = changelog(text, tag);
        assert_eq!(output.status.code(), Some(1), "{why}");
        assert!(said(&output).contains(why), "{}", said(&output));
    }
    let elsewhere = changelog_in("b/updraft", text, "v1.2.0");
    let why = "needs `repository = \"https://github.com/b/updraft\"`";
    assert!(said(&elsewhere).contains(why), "{}", said(&elsewhere));
}

#[test]
fn the_changelog_keeps_its_form() {
    let text = read("CHANGELOG.md");
    let kinds = [
        "Added",
        "Changed",
        "Deprecated",
        "Removed",
        "Fixed",
        "Security",
    ];
    let mut versions = Vec::new();
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("### ") {
            assert!(kinds.contains(&kind), "{kind}");
        }
        let Some(heading) = line.strip_prefix("## ") else {
            continue;
        };
        let (version, date) = heading.split_once(" - ").unwrap_or((heading, ""));
        if version == "[Unreleased]" {
            assert!(versions.is_empty() && date.is_empty(), "{heading}");
            continue;
        }
        let numbers = version.trim_matches(['[', ']']).split('.');
        versions.push(
            numbers
                .map(|n| n.parse::<u32>().unwrap())
                .collect::<Vec<_>>(),
        );
        chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").unwrap();
    }
    assert!(
        versions.is_sorted_by(|newer, older| newer > older),
        "{versions:?}"
    );
    let current = format!("## [{}]", env!("CARGO_PKG_VERSION"));
    assert!(text.contains("## [Unreleased]") || text.contains(&current));
}

#[test]
fn shells_are_told_by_files_that_are_what_updraft_prints() {
    let release = Release::get();
    for (shell, file) in [("powershell", "_updraft.ps1"), ("elvish", "updraft.elv")] {
        let printed = succeed(release.shell("updraft").args(["completions", shell]));
        let packed = release.unpacked("completions").join(file);
        assert_eq!(fs::read_to_string(packed).unwrap(), printed);
        // By name, not by the place that it was packed from.
        let by_path = root().join("target");
        assert!(printed.contains("updraft --"), "{printed}");
        assert!(!printed.contains(&*by_path.to_string_lossy()), "{printed}");
    }
}

#[test]
fn only_a_set_variable_of_our_own_asks_for_completions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readme/archive");
    let run = |variable: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_updraft"));
        command
            .arg("list")
            .current_dir(&folder)
            .env(variable, "bash");
        succeed(&mut command)
    };
    // A runner may have any variable of a common name.
    assert!(run("COMPLETE").contains("published"));
    assert!(run("UPDRAFT_COMPLETE").contains("complete "));
}
