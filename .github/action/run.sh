#!/usr/bin/env bash
# Runs the verb that the action was asked for. Inputs come through the environment, and none is ever code.
set -euo pipefail

if [[ -n "${UPDRAFT_HANDLE:-}" ]]; then export BLUESKY_HANDLE="$UPDRAFT_HANDLE"; fi
if [[ -n "${UPDRAFT_APP_PASSWORD:-}" ]]; then export BLUESKY_APP_PASSWORD="$UPDRAFT_APP_PASSWORD"; fi
if [[ -n "${UPDRAFT_TOKEN:-}" ]]; then
  # The empty value takes back what actions/checkout set: two of them would be refused.
  header="Authorization: basic $(printf 'x-access-token:%s' "$UPDRAFT_TOKEN" | base64 | tr -d '\n')"
  key="http.${GITHUB_SERVER_URL:-https://github.com}/.extraheader"
  export GIT_CONFIG_COUNT=2
  export GIT_CONFIG_KEY_0="$key" GIT_CONFIG_VALUE_0=""
  export GIT_CONFIG_KEY_1="$key" GIT_CONFIG_VALUE_1="$header"
fi

command="${UPDRAFT_COMMAND:?}"
words="${UPDRAFT_ARGS:-}"
if [[ "$command" == publish && -z "$words" ]]; then words="--push --wait 15m"; fi
# Split at white space; nothing is expanded.
arguments=()
read -r -d '' -a arguments <<< "$words" || true
for argument in ${arguments[@]+"${arguments[@]}"}; do
  # Nothing else needs it.
  if [[ "$argument" == --push-to* ]]; then export GITHUB_TOKEN="${UPDRAFT_PULL_REQUEST_TOKEN:-}"; fi
done
unset UPDRAFT_HANDLE UPDRAFT_APP_PASSWORD UPDRAFT_TOKEN UPDRAFT_PULL_REQUEST_TOKEN
exec updraft "$command" ${arguments[@]+"${arguments[@]}"}
