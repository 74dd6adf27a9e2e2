#!/bin/sh
# score.sh NAME ROWS LOG: scores a table with the version that is deployed, and writes the log that monitoring reads.
set -eu
gitmlops model predict "$1@$(cat "${DEPLOY_TO:?the folder that deploy.sh wrote}/$1/current")" --entities "$2" --output "$3"
