#!/usr/bin/env bash
# Prints what CHANGELOG.md says of a tag, if that is to be released:
#   changelog.sh v1.2.3
# The tag must be Cargo.toml's version, and its section must have a date and say something. Cargo.toml must name the
# repository: `cargo binstall` looks for the archives there, and `updraft init` writes it into workflows.
set -euo pipefail
cd "${UPDRAFT_ROOT:-$(dirname "${BASH_SOURCE[0]}")/../..}"

refuse() {
  echo "nothing is released: $1" >&2
  exit 1
}

tag="${1:?the tag}"
version="$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)"
[[ "$tag" == "v$version" ]] || refuse "the tag is $tag, and Cargo.toml says v$version"
repository="$(sed -n 's/^repository = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)"
here="${GITHUB_SERVER_URL:?}/${GITHUB_REPOSITORY:?}"
[[ "$repository" == "$here" ]] || refuse "Cargo.toml needs \`repository = \"$here\"\`"
heading="$(grep -F -- "## [$version]" CHANGELOG.md || true)"
[[ -n "$heading" ]] || refuse "CHANGELOG.md has no section \`## [$version] - YYYY-MM-DD\`"
[[ "${heading#"## [$version]"}" =~ ^\ -\ [0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] ||
  refuse "the heading \`$heading\` of CHANGELOG.md needs a date: \`## [$version] - YYYY-MM-DD\`"
text="$(awk -v heading="$heading" '
  $0 == heading { inside = 1; next }
  /^## / || /^\[[^]]+\]: / { inside = 0 }
  inside' CHANGELOG.md)"
[[ "$text" == *"- "* ]] || refuse "CHANGELOG.md says nothing of $version"
printf '%s\n' "$text" | sed '/./,$!d'
