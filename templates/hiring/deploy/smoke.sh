#!/bin/sh
# smoke.sh NAME VERSION: fails unless this version serves. Then a rollback is proposed.
echo "write in deploy/smoke.sh how to see that $1 $2 serves" >&2
exit 1
