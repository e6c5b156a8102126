#!/bin/sh
# A game server whose world outlives crashes, and goes back to before the griefer came.
set -eu
IMAGE=${IMAGE:-docker.io/library/busybox}
server() { # NAME-OF-THE-MODE OPTION… : ticks, and saves the world at each
  podman run --rm --name game --annotation io.diffkeeper.state-dir=/world "$@"
}
play='tick=$(cat /world/tick 2> /dev/null || echo 0)
  for i in 1 2 3; do tick=$((tick + 1)); echo $tick > /world/tick; echo "house $tick" >> /world/map; done
  kill -9 $$'
server $IMAGE sh -c 'sh -c "$0"; exit $?' "$play" && exit 1   # crashes in the middle of the game
server $IMAGE sh -c 'sh -c "$0"; exit $?' "$play" && exit 1   # goes on where it was, and crashes again
test "$(server $IMAGE cat /world/tick)" = 6
good=$(diffkeeper log game --json | jq '.[0].version')
server $IMAGE sh -c 'echo "lava everywhere" > /world/map'
diffkeeper diff game "$good" --path /world/map
test "$(server --annotation io.diffkeeper.from="$good" $IMAGE tail -n 1 /world/map)" = 'house 6'
