#!/usr/bin/env bash
# Packs a built binary as .github/action/install.sh and cargo-binstall expect it, with what belongs to it,
# and writes the archive's SHA-256 beside it:
#   pack.sh BINARY TARGET FOLDER
# BINARY must run here: it prints its own completions and man pages.
set -euo pipefail

binary="${1:?the binary}"
target="${2:?the target, such as x86_64-unknown-linux-musl}"
out="${3:?the folder of the archives}"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"

refuse() {
  echo "nothing is packed: $1" >&2
  exit 1
}

binary="$(cd "$(dirname "$binary")" && pwd)/$(basename "$binary")"
mkdir -p "$out"
out="$(cd "$out" && pwd)"
wanted="$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)"
version="$("$binary" -V)"
[[ "${version%$'\r'}" == "updraft $wanted" ]] || refuse "the binary is $version, and Cargo.toml says $wanted"

name="updraft-$target"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
packed="$work/$name"
mkdir -p "$packed/completions" "$packed/man/man1"
cp "$binary" "$packed/"
cp "$root"/{README.md,CHANGELOG.md,LICENSE-MIT,LICENSE-APACHE} "$packed/"
(cd "$root" && python3 .github/release/notices.py "$target") > "$packed/THIRD-PARTY.txt"
"$binary" completions bash > "$packed/completions/updraft.bash"
"$binary" completions zsh > "$packed/completions/_updraft"
"$binary" completions fish > "$packed/completions/updraft.fish"
"$binary" completions powershell > "$packed/completions/_updraft.ps1"
"$binary" completions elvish > "$packed/completions/updraft.elv"
"$binary" man "$packed/man/man1"
chmod -R u=rwX,go=rX "$packed"

# The same files give the same archive, where tar can do that. Elsewhere it names no user of the machine either, and
# holds none of the files that macOS keeps attributes in.
export COPYFILE_DISABLE=1
options=(--uid 0 --gid 0 --uname root --gname root)
if tar --version | grep -q 'GNU tar'; then
  options=(--sort=name --owner=0 --group=0 --numeric-owner "--mtime=@${SOURCE_DATE_EPOCH:-0}")
fi
tar -C "$work" "${options[@]}" -cf - "$name" | gzip -9n > "$out/$name.tar.gz"

cd "$out"
if command -v sha256sum > /dev/null; then
  sha256sum "$name.tar.gz" > "$name.tar.gz.sha256"
else
  shasum -a 256 "$name.tar.gz" > "$name.tar.gz.sha256"
fi
echo "$out/$name.tar.gz"
