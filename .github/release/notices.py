"""Prints the licences of everything that is linked into updraft for a target, as their authors ask.

`notices.py TARGET`, in the repository; it reads what cargo has downloaded.
"""

import json
import pathlib
import re
import subprocess
import sys

# The texts, whatever their ending, and what stands beside them.
TEXT = re.compile(r"^(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)


def linked(metadata):
    """The packages that updraft is linked with, but for itself: no build and no test dependencies."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    packages = {package["id"]: package for package in metadata["packages"]}
    open_, seen = [metadata["resolve"]["root"]], set()
    while open_:
        at = open_.pop()
        if at in seen:
            continue
        seen.add(at)
        for dependency in nodes[at]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                open_.append(dependency["pkg"])
    seen.remove(metadata["resolve"]["root"])
    return sorted((packages[id] for id in seen), key=lambda p: (p["name"], p["version"]))


def texts(package):
    """Every licence in the package's folder, and in those of the C code that it builds."""
    folder = pathlib.Path(package["manifest_path"]).parent
    files = (path for path in folder.rglob("*") if path.is_file() and TEXT.match(path.name))
    code = {".rs", ".c", ".h", ".py", ".go", ".sh", ".cmake", ".json"}
    return sorted(path for path in files if path.suffix not in code)


def main():
    """The list of packages first, then each text once, with those that it is of."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", sys.argv[1]]
    packages = linked(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    print("updraft is linked with the packages below, each under its own licence.\n")
    print("* the Rust standard library: MIT OR Apache-2.0, Copyright (c) The Rust Project Contributors")
    if sys.argv[1].endswith("-musl"):
        print("* musl: MIT, Copyright (c) 2005-2020 Rich Felker, et al.")
    by_text = {}
    for package in packages:
        name = f"{package['name']} {package['version']}"
        print(f"* {name}: {package['license'] or 'see below'}")
        for path in texts(package):
            text = path.read_text(encoding="utf-8", errors="replace").strip()
            by_text.setdefault(text, set()).add(name)
    for text, names in sorted(by_text.items(), key=lambda item: sorted(item[1])):
        print("\n" + "-" * 80 + "\n" + ", ".join(sorted(names)) + "\n\n" + text)


if __name__ == "__main__":
    main()
