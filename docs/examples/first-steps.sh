#!/bin/sh
# The first steps with DiffKeeper. IMAGE is any image with a shell.
set -eu
IMAGE=${IMAGE:-docker.io/library/busybox}

# README: from here
podman run -d --name web --annotation io.diffkeeper.state-dir=/data $IMAGE sleep 1000
podman exec web sh -c 'echo "port = 80" > /data/app.conf'
diffkeeper commit web                        # not needed: only to have two versions here
podman exec web sh -c 'echo "port = 8080" > /data/app.conf'
podman rm --force --time 0 web               # killed, and gone with all that it wrote
podman run --rm --name web --annotation io.diffkeeper.state-dir=/data $IMAGE cat /data/app.conf
diffkeeper timeline web                      # what happened
diffkeeper diff web base                     # what the containers made of their image
diffkeeper export web --out web.tar          # out of the store
# README: to here
