#!/bin/sh
# smoke.sh NAME VERSION: fails unless the service says, within ten seconds, that this version serves.
set -eu
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  if [ "$(python deploy/serve.py --ask "${PORT:?}")" = "$1@$2" ]; then exit 0; fi
  sleep 1
done
echo "$1@$2 does not serve" >&2
exit 1
