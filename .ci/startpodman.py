"""What DiffKeeper adds to podman run, and what podman does meanwhile."""
import os
import time

from figures import note, note_phases
from startsite import IMAGE, STATES, fill, in_turns

# Hooks, whether the container's own command copies the files, and state.
TIMED = [("noop", False, "empty"), ("noop", True, "10mb"), ("spare", False, "empty"),
         ("spare", False, "10mb")]


def measure(site, rounds, phases_each, progress):
    for state in STATES:
        keep(site, state)
    variants = [("bare", "empty"), ("noop", "empty")] + [
        (v, s) for v in ("copy", "spare", "cold") for s in STATES if (v, s) != ("copy", "empty")]
    for state in STATES:
        os.mkdir(f"{site.work}/seed.{state}")
        fill(f"{site.work}/seed.{state}", state)
    for round in range(rounds):
        for variant, state in in_turns(variants, round):
            site.ready(variant)
            took = run(site, f"hooks.{variant}", variant == "copy", state)[1]
            note(f"podman {variant}-{state}", took)
        for variant, copies, state in TIMED if round % phases_each == 0 else ():
            site.ready(variant)
            note_phases(("run of podman", "copy" if copies else variant, state),
                        timed(site, variant, copies, state))
        progress(f"podman, round {round + 1} of {rounds}")


def words(site, folder, state):
    return ["podman", "--hooks-dir", f"{site.work}/{folder}", "run", "--rm", "--network", "none",
            "--annotation", "io.diffkeeper.state-dir=/data",
            "--annotation", f"io.diffkeeper.name=p-{state}"]


def run(site, folder, copies, state):
    """When it began, in milliseconds, and how many it took."""
    command = [IMAGE, "true"]
    if copies:
        seed = ["--volume", f"{site.work}/seed.{state}:/seed:ro"]
        command = seed + [IMAGE, "cp", "-r", "/seed/.", "/data"]
    began = time.monotonic() * 1000
    site.checked(words(site, folder, state) + command)
    return began, time.monotonic() * 1000 - began


def timed(site, variant, copies, state):
    """What podman does between our hooks, and what they take."""
    clock = f"{site.work}/clock.{variant}"
    if os.path.exists(clock):
        os.unlink(clock)
    began, took = run(site, f"hooks.timed-{variant}", copies, state)
    start, stop = ([float(at) - began for at in line.split()] for line in open(clock))
    return [("container made", start[0]), ("hook at its start", start[1]),
            ("ran, and its end noticed", stop[0]), ("hook at its end", stop[1]),
            ("container removed", took)]


def keep(site, state):
    files, size = STATES[state]
    script = f"i=0; while [ $i -lt {files} ]; do head -c {size // max(files, 1)} /dev/urandom" \
             " > /data/f$i; i=$((i+1)); done"
    site.checked(words(site, "hooks.cold", state) + [IMAGE, "sh", "-c", script])
