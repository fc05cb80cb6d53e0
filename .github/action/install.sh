#!/usr/bin/env bash
# Puts `updraft` on the PATH of the job: the binary of a release, if its sum is right, else a build of this
# action's own source. UPDRAFT_RELEASES names another place of the releases, for the tests.
set -euo pipefail

source="${GITHUB_ACTION_PATH:?}"
place="${RUNNER_TEMP:?}/updraft"
mkdir -p "$place/bin"

build() {
  echo "::notice::updraft is built from source, which takes minutes: $1"
  cargo install --locked --path "$source" --root "$place"
  done_at "$place/bin"
}

done_at() {
  printf '%s\n' "$1" >> "${GITHUB_PATH:?}"
  exit 0
}

refuse() {
  echo "::error::updraft is not installed: $1"
  exit 1
}

version="${UPDRAFT_VERSION:-}"
[[ "$version" != source ]] || build "as \`version: source\` asks for"
if [[ -z "$version" ]]; then
  version="v$(sed -n 's/^version = "\(.*\)"$/\1/p' "$source/Cargo.toml" | head -n 1)"
fi
[[ "$version" =~ ^[A-Za-z0-9._-]+$ ]] || refuse "\`version\` takes a tag, such as v1.0.0"

case "${RUNNER_OS:-}-${RUNNER_ARCH:-}" in
  Linux-X64) target=x86_64-unknown-linux-musl ;;
  Linux-ARM64) target=aarch64-unknown-linux-musl ;;
  macOS-X64) target=x86_64-apple-darwin ;;
  macOS-ARM64) target=aarch64-apple-darwin ;;
  Windows-X64 | Windows-ARM64) target=x86_64-pc-windows-msvc ;;
  *) build "no release has a binary for ${RUNNER_OS:-this system} on ${RUNNER_ARCH:-this processor}" ;;
esac

releases="${UPDRAFT_RELEASES:-}"
if [[ -z "$releases" ]]; then
  [[ -n "${UPDRAFT_REPOSITORY:-}" ]] || build "the action runs from a checkout, which has no releases"
  releases="${GITHUB_SERVER_URL:-https://github.com}/$UPDRAFT_REPOSITORY/releases/download"
fi
scheme="${releases%%:*}"
fetch() {
  curl --silent --show-error --fail --location --retry 3 --max-time 300 --max-filesize 200000000 \
    --proto "=$scheme" --proto-redir "=$scheme" --output "$2" "$1"
}

asset="updraft-$target.tar.gz"
fetch "$releases/$version/$asset" "$place/$asset" || build "there is no $asset in the release $version"
fetch "$releases/$version/$asset.sha256" "$place/$asset.sha256" || refuse "the release $version has no sum for $asset"

wanted="$(head -c 64 "$place/$asset.sha256")"
[[ "$wanted" =~ ^[0-9a-f]{64}$ ]] || refuse "the sum of $asset can't be read"
if command -v sha256sum > /dev/null; then
  found="$(sha256sum "$place/$asset")"
else
  found="$(shasum -a 256 "$place/$asset")"
fi
found="${found#\\}" # before a name with a backslash, as on Windows
[[ "${found:0:64}" == "$wanted" ]] || refuse "$asset of $version has the sum ${found:0:64}, and $wanted was expected"

rm -rf "$place/unpacked" # of an earlier step that used the action
mkdir "$place/unpacked"
# GNU tar is given no path of Windows: `D:` is another machine to it, and `\a` in the folder of -C a control character.
(cd "$place/unpacked" && tar -xzf -) < "$place/$asset"
binary="$(find "$place/unpacked" -type f \( -name updraft -o -name updraft.exe \) | head -n 1)"
[[ -n "$binary" ]] || refuse "$asset holds no updraft"
chmod +x "$binary"
mv "$binary" "$place/bin/"
done_at "$place/bin"
