#!/bin/sh
# A training that is preempted without warning, and goes on at its last checkpoint.
set -eu
IMAGE=${IMAGE:-docker.io/library/busybox}
train='step=$(ls /checkpoints | sort -n | tail -n 1)
  step=${step:-0}; echo "starting at step $step"
  while [ $step -lt 8 ]; do
    step=$((step + 1))
    head -c 200000 /dev/urandom > /checkpoints/.new && mv /checkpoints/.new /checkpoints/$step
    [ $step != 5 ] || [ -e /checkpoints/preempted ] || { touch /checkpoints/preempted; kill -9 $$; }
  done'
run() {
  podman run --rm --name train --annotation io.diffkeeper.state-dir=/checkpoints $IMAGE \
    sh -c 'sh -c "$0"; exit $?' "$1"
}
run "$train" && exit 1                                 # the node is taken away at step 5
test "$(run "$train")" = 'starting at step 5'
run 'test -e /checkpoints/8'
diffkeeper stats train                                 # what the checkpoints take
