#!/bin/sh
# deploy.sh FOLDER NAME VERSION: brings the files of a version, which lie in FOLDER, to where they serve.
echo "write in deploy/deploy.sh how $2 $3 begins to serve" >&2
exit 1
