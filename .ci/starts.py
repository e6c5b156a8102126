#!/usr/bin/env python3
"""What DiffKeeper adds to the start and the end of a container, beside bare runtimes.

Runs by .ci/bench-start; every variant once per round, so that they share the machine's moods.
Arguments: [--rounds N] [--soak N] [--parts starts,podman,burst,cli,memory,soak].

  bare    no hook            noop    a static C hook that does nothing
  spare   a warm keeper      cold    spares = 0
  copy    no hook, but the container's own command copies the same files into place
"""
import argparse
import concurrent.futures
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import startpodman
from figures import figures, goal, goals, median, note, note_phases, show, show_phases
from startsite import DIST, ROOT, STATES, Container, Site, fill, in_turns

BURST = 20
SOAKED_AT_ONCE = 5
PARTS = ["starts", "podman", "burst", "cli", "memory", "soak"]
# Phases only show where time goes: in every third round, as each spare takes two seconds to be ready.
PHASES_EACH = 3
CLI_ROUNDS_MAX = 15
TRACED = [("spare", "empty"), ("spare", "10mb"), ("cold", "empty")]
# What people wait for, by the name of its goal; most look at the state of 100 files.
CLI = {"ls": ["ls"], "log": ["log", "10mb"], "timeline": ["timeline", "10mb"],
       "timeline-path": ["timeline", "10mb", "--path", "/data/f0"],
       "diff": ["diff", "10mb", "base"], "tree": ["tree", "10mb"],
       "cat": ["cat", "10mb", "/data/f0"], "stats": ["stats", "10mb"],
       "compare": ["compare", "runs@run1", "runs@run2"], "complete": ["complete", "cat", "10mb@"],
       "status": ["status"], "top": ["top", "--once"], "help": ["--help"]}

parser = argparse.ArgumentParser(description="measure container starts with and without DiffKeeper")
parser.add_argument("--rounds", type=int, default=30, help="runs of each variant (default 30)")
parser.add_argument("--soak", type=int, default=500, help="starts in a row at the end (default 500)")
parser.add_argument("--parts", default=",".join(PARTS), help="what to measure, all by default")
options = parser.parse_args()

signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench-start: ended by a signal"))
site = Site("bench-start")
node = site.node


def progress(text):
    if sys.stdout.isatty():
        print("\r" + text + " ", end="", flush=True)


def measure_starts():
    variants = [("bare", "empty"), ("noop", "empty")]
    variants += [(v, s) for v in ("spare", "cold") for s in STATES]
    folders = {v: site.bundle(*v) for v in variants}
    for state in STATES:  # the state of each size, kept once
        site.ready("cold")
        name, folders["cold", state] = site.as_new(folders["cold", state])
        container = Container(site, "cold", name, folders["cold", state])
        container.hook("createRuntime")
        fill(container.folder + "/rootfs/data", state)
        container.end()
        site.wait_for("the state is stored", lambda: not node.busy())
    for round in range(options.rounds):
        for variant in in_turns(variants, round):
            label = "-".join(variant)
            for kind in ("crun", "hook"):
                site.ready(variant[0])
                name, folders[variant] = site.as_new(folders[variant])
                if kind == "crun":
                    note("crun " + label, site.crun_run(name, folders[variant]))
                elif variant[0] != "bare":
                    container = Container(site, variant[0], name, folders[variant])
                    note("hook " + label, container.hook("createRuntime"))
                    check_restored(folders[variant], variant)
                    note("end " + label, container.end())
        for variant in TRACED if round % PHASES_EACH == 0 else ():
            site.ready(variant[0])
            name, folders[variant] = site.as_new(folders[variant])
            container = Container(site, variant[0], name, folders[variant])
            note_phases(("start", *variant), container.phases("createRuntime"))
            container.kill()
            note_phases(("end", *variant), container.phases("poststop"))
        progress(f"crun and hook, round {round + 1} of {options.rounds}")


def check_restored(folder, variant):
    files = STATES[variant[1]][0] if variant[0] != "noop" else 0
    found = len(os.listdir(folder + "/rootfs/data"))
    if found != files:
        sys.exit(f"bench-start: {variant} has {found} files instead of {files}")


def measure_memory():
    site.kill_spares()
    folder = site.bundle("cold", "empty-memory")
    running = []
    for count in (1, 10, 50):
        while len(running) < count:
            name = f"memory-{len(running)}"
            container = Container(site, "cold", name, site.copy(folder, name))
            container.hook("createRuntime")
            running.append(container)
        time.sleep(3) # until the trimming of idle memory has been round
        sizes = [node.memory(pid) for pid in node.pids()]
        for key in ("Rss", "Pss"):
            for size in sizes:
                note(f"memory {key} of {count} keepers, MB", size[key])
    for container in running:
        container.end()
    site.wait_for("all keepers have ended", lambda: not node.pids())


def measure_burst():
    """Twenty starts at the same time on one spare: how long each takes, and that none fails."""
    folder = site.bundle("spare", "burst")
    site.ready("spare")
    names = [f"burst-{i}" for i in range(BURST)]
    containers = [Container(site, "spare", name, site.copy(folder, name)) for name in names]

    def start(container):
        note("hook burst of 20 on one spare", container.hook("createRuntime"))

    with concurrent.futures.ThreadPoolExecutor(BURST) as pool:
        for done in [pool.submit(start, container) for container in containers]:
            done.result()
    for container in containers:
        container.end()


def measure_cli():
    program = DIST + "/bin/diffkeeper"
    environment = {**os.environ, "DIFFKEEPER_STORE": site.work + "/store",
                   "DIFFKEEPER_RUN_DIR": site.run_dir}
    kept = tempfile.mkdtemp(dir=site.work)
    for text in ("one", "two"):
        site.checked([program, "run", "--record", "--name", "runs", "--state-dir", kept, "--",
                      "sh", "-c", f"echo {text} > {kept}/file"], env=environment)
    for _ in range(min(options.rounds, CLI_ROUNDS_MAX)):
        for name, words in CLI.items():
            began = time.monotonic()
            site.checked([program, *words], env=environment)
            note("cli " + name, (time.monotonic() - began) * 1000)


def soak():
    site.ready("spare")
    before = node.held()
    base = site.bundle("spare", "soak")
    folders = [site.copy(base, f"soak-{i}") for i in range(SOAKED_AT_ONCE)]
    done = 0
    while done < options.soak:
        batch = [subprocess.Popen(["crun", "run", "--bundle", folders[i], f"soak-{done + i}"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                 for i in range(min(SOAKED_AT_ONCE, options.soak - done))]
        for process in batch:
            error = process.communicate()[1]
            if process.returncode:
                sys.exit(f"bench-start: soak: {error.decode()}")
        done += len(batch)
        progress(f"soak, {done} of {options.soak}")
    site.wait_for("all keepers but one spare have ended",
                  lambda: not node.busy() and len(node.spares()) == 1 and len(node.pids()) == 1)
    after = node.held()
    print(f"\nsoak: {done} starts and ends, {SOAKED_AT_ONCE} at a time")
    for what in before:
        print(f"  {what:24} {before[what]} before, {after[what]} after")
    leaked = sum(max(0, after[what] - before[what]) for what in before)
    goal("leaks-after-soak", 0, "things", leaked)


def load_average():
    return " ".join(open("/proc/loadavg").read().split()[:3])


def tell_goals(parts):
    if "starts" in parts:
        noop = median("hook noop-empty")
        goal("hook-spare-empty-over-noop", 5, "ms", median("hook spare-empty") - noop)
        goal("hook-spare-10mb-over-noop", 15, "ms", median("hook spare-10mb") - noop)
        goal("hook-cold-empty", 120, "ms", median("hook cold-empty"))
        goal("exit-to-durable-10mb", 50, "ms", median("end spare-10mb"))
    if "podman" in parts:
        bare = median("podman bare-empty")
        slower, copied = ((median(f"podman {v}-10mb") / bare - 1) * 100 for v in ("spare", "copy"))
        goal("podman-spare-10mb-slower-than-bare", 10, "%", slower, limit=copied)
    if "memory" in parts:
        goal("keeper-rss", 45, "MB", median("memory Rss of 1 keepers, MB"))
        goal("keeper-pss-of-ten", 25, "MB", median("memory Pss of 10 keepers, MB"))
    if "cli" in parts:
        for name in CLI:
            goal("cli-" + name, 150, "ms", median("cli " + name))
    if "burst" in parts:
        burst = figures["hook burst of 20 on one spare"]
        goal("burst-of-20-failed", 0, "starts", BURST - len(burst))


def main():
    load = load_average()
    site.checked([ROOT + "/.ci/images"])
    parts = options.parts.split(",")
    if "starts" in parts:
        measure_starts()
    if "podman" in parts:
        startpodman.measure(site, options.rounds, PHASES_EACH, progress)
    if "burst" in parts:
        measure_burst()
    if "cli" in parts:
        measure_cli()
    if "memory" in parts:
        measure_memory()
    if "soak" in parts and options.soak:
        soak()
    print("\nmilliseconds, or MB             " + " " * 8 + "median      min      max")
    for prefix in ("crun", "hook", "end", "podman", "cli", "memory"):
        show(prefix)
    show_phases()
    print(f"\nload average (1, 5, 15 minutes) before: {load}, now: {load_average()}\n")
    tell_goals(parts)
    print("\n".join(goals))


try:
    main()
finally:
    site.close()
