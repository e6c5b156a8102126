#!/bin/sh
# A cache for builds on machines that are thrown away: no upload step, no key to invent.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build='mkdir -p "$0"; [ -e "$0/compiled" ] && echo cached || { seq 100000 > "$0/compiled"; echo built; }'
test "$(diffkeeper run --name cache --state-dir "$work/cache" -- sh -c "$build" "$work/cache")" = built
rm -rf "$work/cache"                                   # another machine with the same store
test "$(diffkeeper run --name cache --state-dir "$work/cache" -- sh -c "$build" "$work/cache")" = cached
