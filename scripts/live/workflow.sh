#!/usr/bin/env bash
# What the workflows of the live APIs run: workflow.sh FOLDER [argument of `pnpm live`…]. The folder gets the report, and a patch with the
# new case files and `live.yaml`, for a person to read and commit.
set -euo pipefail
folder=$1
shift
mkdir -p "$folder"
code=0
node_modules/.bin/node scripts/live/main.ts "$@" --record --report "$folder/report.json" > "$folder/table.txt" || code=$?
cat "$folder/table.txt"
{ echo '```text'; cat "$folder/table.txt"; echo '```'; } >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
git add --all packages specs
git diff --cached --binary --full-index --no-renames --no-ext-diff --no-textconv HEAD > "$folder/changes.patch"
exit "$code"
