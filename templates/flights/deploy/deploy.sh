#!/bin/sh
# deploy.sh FOLDER NAME VERSION: a batch scorer. What runs every night (score.sh) scores with the version in `current`.
set -eu
served=${DEPLOY_TO:?the folder that the nightly job reads}/$2
mkdir -p "$served"
rm -rf "$served/$3"
cp -R "$1" "$served/$3"
echo "$3" > "$served/current.next"
mv "$served/current.next" "$served/current"
