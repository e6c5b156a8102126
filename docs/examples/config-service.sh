#!/bin/sh
# Who changed the configuration, when, and how do we get the old one back?
set -eu
IMAGE=${IMAGE:-docker.io/library/busybox}
service() { podman run --rm --name config --annotation io.diffkeeper.state-dir=/etc/app $IMAGE sh -c "$1"; }
service 'printf "timeout = 30\nretries = 3\n" > /etc/app/app.conf'
service 'sed -i s/30/3/ /etc/app/app.conf'             # the change that broke it
diffkeeper timeline config --path /etc/app/app.conf
good=$(diffkeeper timeline config --path /etc/app/app.conf --json | jq '.[0].version')
diffkeeper diff config "$good" | grep -q '^-timeout = 30'
diffkeeper export "config@$good" --out - | diffkeeper import config --from -
test "$(service 'head -n 1 /etc/app/app.conf')" = 'timeout = 30'
