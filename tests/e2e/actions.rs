//! The workflow that `init` writes, its own shell steps run in order where Actions would run them: a
//! shallow clone over http with a token, a detached HEAD, and the files that the runner names.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::{
    bench::{Bench, Work, due},
    git_http::GitHttp,
    peer::Peer,
    work::Ran,
};

both! {
    the_workflow_that_init_writes_publishes_and_pushes,
}

/// `x-access-token:token`, as actions/checkout keeps it.
const TOKEN: &str = "eC1hY2Nlc3MtdG9rZW46dG9rZW4=";

fn the_workflow_that_init_writes_publishes_and_pushes(peer: &dyn Peer) {
    let bench = Bench::new(peer);
    let home = bench.home();
    let handle = bench.account.handle.clone();
    let init = [
        "init",
        "--handle",
        &handle,
        "--timezone",
        "Europe/Berlin",
        "--yes",
    ];
    home.run(&init).exits(0);
    // A server of one's own, as this one is.
    let here = format!("main:\n    pds: {}\n", bench.relay.url());
    home.edit("updraft.yml", "main:\n", &here);
    home.write("posts/a.md", due(5, "From a workflow\n\n---\n\nand on"));
    home.share();
    bench.at_remote(&["config", "http.receivepack", "true"]);
    let http = GitHttp::start(bench.folder(), &[(TOKEN, "github-actions")]);
    for (round, published) in ["1", "0"].into_iter().enumerate() {
        let job = checkout(&bench, &http, round);
        let ran = publish(&job);
        let ran = ran.exits(0);
        let output = job.read("../output");
        assert!(
            output.contains(&format!("published={published}\n")),
            "{output}\n{ran}"
        );
        assert!(output.contains("failed=0\nmissed=0\n"), "{output}");
        let summary = job.read("../summary.md");
        let said = if round == 0 {
            "was published"
        } else {
            "Nothing was due."
        };
        assert!(summary.contains(said), "{summary}");
    }
    assert_eq!(bench.records().len(), 2);
    assert_eq!(bench.blocks()["posts/a.md"]["status"], "published");
    let by = bench.at_remote(&["log", "-1", "--format=%an: %s", "main"]);
    assert!(by.ends_with(": Publish posts/a.md\n"), "{by}");
}

/// What actions/checkout leaves, with the least that it fetches.
fn checkout<'a>(bench: &'a Bench, http: &GitHttp, round: usize) -> Work<'a> {
    let name = format!("job-{round}/repository");
    let folder = bench.folder().join(&name);
    fs::create_dir_all(&folder).unwrap();
    let job = bench.work(&name);
    let url = http.url("remote.git");
    let server = url.trim_end_matches("remote.git");
    job.git(&["init", "-q"]);
    job.git(&["remote", "add", "origin", &url]);
    let header = format!("http.{server}.extraheader");
    job.git(&["config", &header, &format!("AUTHORIZATION: basic {TOKEN}")]);
    let branch = "+refs/heads/main:refs/remotes/origin/main";
    job.git(&["fetch", "-q", "--no-tags", "--depth=1", "origin", branch]);
    job.git(&["checkout", "-q", "--detach", "refs/remotes/origin/main"]);
    job.write("../output", "");
    job.write("../summary.md", "");
    job
}

/// The `run` of the step that publishes, with the secret that it asks for.
fn step(job: &Work<'_>) -> String {
    let text = job.read(".github/workflows/updraft-publish.yml");
    let workflow: Value = serde_yaml::from_str(&text).unwrap();
    let steps = workflow["jobs"]["publish"]["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["name"] == "Publish").unwrap();
    let secret = &step["env"]["BLUESKY_APP_PASSWORD"];
    assert_eq!(secret, "${{ secrets.BLUESKY_APP_PASSWORD }}");
    step["run"].as_str().unwrap().to_owned()
}

fn publish(job: &Work<'_>) -> Ran {
    let script = step(job);
    let bin = Path::new(env!("CARGO_BIN_EXE_updraft")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let bench = job.bench;
    let mut command = Command::new("bash");
    bench.scrub(&mut command);
    let output = command
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script])
        .current_dir(&job.path)
        .env("PATH", path)
        .env("GITHUB_ACTIONS", "true")
        .env("CI", "true")
        .env("GITHUB_REPOSITORY", "example/posts")
        .env("GITHUB_SERVER_URL", "https://github.com")
        .env("GITHUB_RUN_ID", "1")
        .env("GITHUB_REF", "refs/heads/main")
        .env("GITHUB_REF_NAME", "main")
        .env("GITHUB_REF_TYPE", "branch")
        .env("GITHUB_EVENT_NAME", "schedule")
        .env("GITHUB_OUTPUT", job.path.join("../output"))
        .env("GITHUB_STEP_SUMMARY", job.path.join("../summary.md"))
        .env("BLUESKY_APP_PASSWORD", &bench.account.password)
        .env("BLUESKY_PDS_URL", bench.relay.url())
        .env("UPDRAFT_PLC_URL", &bench.plc)
        .output()
        .unwrap();
    Ran::from(output)
}
