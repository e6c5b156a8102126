#!/bin/sh
# A sensor at the edge: little disk, power that goes away. Old readings are forgotten by rule.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for day in 1 2 3 4 5 6; do
  diffkeeper run --name sensor --state-dir "$work/readings" --keep-last 3 -- \
    sh -c "echo '21.$day C' >> '$work/readings/log'"
done
test "$(wc -l < "$work/readings/log")" = 6
test "$(diffkeeper log sensor --json | jq length)" -le 4
diffkeeper gc
diffkeeper verify sensor
