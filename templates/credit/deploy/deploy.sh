#!/bin/sh
# deploy.sh FOLDER NAME VERSION: an HTTP service on the machine of a self-hosted runner, started anew with this version.
set -eu
served=${DEPLOY_TO:?the folder of the service}/$2
mkdir -p "$served"
rm -rf "$served/$3"
cp -R "$1" "$served/$3"
if [ -f "$served/pid" ]; then kill "$(cat "$served/pid")" 2> "$served/kill.log" || true; fi
# Without its id the runner does not end what the job leaves running.
RUNNER_TRACKING_ID='' nohup python deploy/serve.py "$served/$3" "$2@$3" "${PORT:?}" > "$served/log" 2>&1 < /dev/null &
echo "$!" > "$served/pid"
