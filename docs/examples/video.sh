#!/bin/sh
# An encoder that works through segments: killed, it goes on with the segment that it was at.
set -eu
IMAGE=${IMAGE:-docker.io/library/busybox}
encode='for segment in 1 2 3 4 5; do
    [ ! -e /out/$segment.ts ] || continue
    echo encoding $segment
    head -c 300000 /dev/urandom > /out/$segment.part; mv /out/$segment.part /out/$segment.ts
    [ $segment != 3 ] || kill -9 $$
  done'
run() {
  podman run --rm --name encoder --annotation io.diffkeeper.state-dir=/out $IMAGE \
    sh -c 'sh -c "$0"; exit $?' "$1"
}
run "$encode" && exit 1
test "$(run "$encode" | sed -n 1p)" = 'encoding 4'
diffkeeper tree encoder
