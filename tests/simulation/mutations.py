"""Switches the mechanisms off, one at a time, in a scratch copy: the simulation has to notice each.

    python3 tests/simulation/mutations.py [NAME …]
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]

# Name, file, what is there, what stands there instead.
MUTATIONS = [
    (
        "fixed record keys",
        "src/publish/send.rs",
        "            task.due.timestamp(),\n            (self.n, publication.parts()),",
        "            self.created_at.timestamp(),\n            (self.n, publication.parts()),",
    ),
    (
        "the look before",
        "src/publish/looking.rs",
        "        for _ in 0..LOOKS {\n",
        "        if true {\n            return Ok(vec![Finding::Absent; queue.len()]);\n        }\n        for _ in 0..LOOKS {\n",
    ),
    (
        "the second look at the head",
        "src/publish/looking.rs",
        "let is_still = head == self.head;",
        "let is_still = true;",
    ),
    (
        "swapCommit",
        "src/atproto/write.rs",
        '            "swapCommit": swap_commit,\n',
        "",
    ),
    (
        "the re-read after doubt, taken for a yes",
        "src/publish/send.rs",
        "                    if let Some(step) = self.look_after(connection, task, &thread.parts).await {\n                        return step;\n                    }",
        "                    return self.published(task, &thread.parts);",
    ),
    (
        "the write after each thread",
        "src/command/publish/execute.rs",
        "        write_block(&self.library.folder, receipt)\n",
        "        let _ = receipt;\n        Ok(())\n",
    ),
    (
        "the finishing of the last run",
        "src/command/publish/ready.rs",
        "        commit_leftovers(delivery, library, console)?;\n",
        "",
    ),
    (
        "the re-apply on a rejected push",
        "src/delivery/mod.rs",
        "let (commit, said) = self.reapply(local, tip, &self.receipts_of(&ours)?)?;",
        "let (commit, said) = self.reapply(local, tip, &[])?;",
    ),
    (
        # Either alone is made good by the other: what a file names, git's history names too.
        "what is accounted for, in files and in history",
        "src/publish/looking.rs",
        "            accounted: self.job.accounted,\n        };\n        Ok(look::decide(&wanted, sight, |uris| ledger.history(uris)))",
        "            accounted: &std::collections::BTreeSet::new(),\n        };\n        let _ = ledger;\n        let nothing = || look::History { complete: true, ..Default::default() };\n        Ok(look::decide(&wanted, sight, |_| nothing()))",
    ),
    (
        "what others recorded meanwhile",
        "src/delivery/onto_tip.rs",
        "            if is_recorded {\n",
        "            if is_recorded && false {\n",
    ),
    (
        "the look before a post is missed",
        "src/publish/account.rs",
        "        match finding {\n            Finding::Absent if task.miss",
        "        match if task.miss { Finding::Absent } else { finding } {\n            Finding::Absent if task.miss",
    ),
    (
        "the turn of a post that did not go out",
        "src/publish/account.rs",
        "let next = spaced.next().filter(|_| !outcomes.iter().any(is_out));",
        "let next = spaced.next().filter(|_| outcomes.iter().any(is_out) && false);",
    ),
    (
        "a file that can't be read may be due",
        "src/post/thread.rs",
        "            path: path.into(),\n            due: BrokenDue::Unknown,",
        "            path: path.into(),\n            due: BrokenDue::Never,",
    ),
]


def main():
    wanted = sys.argv[1:]
    unnoticed = []
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "updraft"
        ignore = shutil.ignore_patterns("target", "node_modules", ".git")
        shutil.copytree(ROOT, copy, ignore=ignore)
        for name, file, there, instead in MUTATIONS:
            if wanted and name not in wanted:
                continue
            source = copy / file
            text = source.read_text()
            assert text.count(there) == 1, f"{name}: {file} has another text by now"
            source.write_text(text.replace(there, instead))
            seed = first_broken(copy)
            source.write_text(text)
            print(f"{name}: {seed}", flush=True)
            if seed is None:
                unnoticed.append(name)
    sys.exit(f"unnoticed: {', '.join(unnoticed)}" if unnoticed else 0)


def first_broken(copy):
    # One of their own: cargo would take what was built from the copy for the tree's.
    target = str(ROOT / "target" / "mutations")
    command = ["cargo", "test", "--test", "simulation", "whatever", "--", "--nocapture"]
    env = os.environ | {"CARGO_TARGET_DIR": target, "FIRST": "1"}
    ran = subprocess.run(command, cwd=copy, env=env, capture_output=True, text=True)
    said = ran.stdout + ran.stderr
    assert "running 1 test" in said, said
    found = re.search(r"^seed (\d+: .*)", said, re.M)
    return found and found.group(1)


if __name__ == "__main__":
    main()
