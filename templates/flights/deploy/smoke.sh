#!/bin/sh
# smoke.sh NAME VERSION: fails unless this version scores a few rows. Then a rollback is proposed.
set -eu
test "$(cat "$DEPLOY_TO/$1/current")" = "$2"
sh deploy/score.sh "$1" "${SMOKE_ROWS:?a table with a few rows to score}" "${RUNNER_TEMP:-/tmp}/smoke.parquet"
