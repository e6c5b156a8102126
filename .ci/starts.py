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
import glob
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import hooks
from figures import figures, goal, goals, median, note, note_phases, show, show_phases
from keepers import Keepers, waiting

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DIST = ROOT + "/target/dist"
HOOK = DIST + "/libexec/oci/hooks.d/diffkeeper-hook"
HOME = DIST + "/lib/diffkeeper"
KEEPER = [HOME + "/runtime/bin/java", "@keeper.args"]
IMAGE = "localhost/diffkeeper/busybox"
MB = 1000 * 1000
STATES = {"empty": (0, 0), "10mb": (100, 10 * MB), "100mb": (100, 100 * MB)}
BURST = 20
SETTLE_SECONDS = 0.03
PARTS = ["starts", "podman", "burst", "cli", "memory", "soak"]
TRACED = [("spare", "empty"), ("spare", "10mb"), ("cold", "empty")]
# Hooks, whether the container's own command copies the files, and state.
TIMED = [("noop", False, "empty"), ("noop", True, "10mb"), ("spare", False, "empty"),
         ("spare", False, "10mb")]
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

work = tempfile.mkdtemp(prefix="bench.", dir="/dev/shm")
run_dir = tempfile.mkdtemp(prefix="dkb.", dir="/run")
wait_for = waiting("bench-start")
node = Keepers(run_dir, work)
signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench-start: ended by a signal"))


def quiet(words, **more):
    return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)


def checked(words, **more):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    if done.returncode:
        tail = ""
        if os.path.exists(run_dir + "/diffkeeper.log"):
            tail = "".join(open(run_dir + "/diffkeeper.log").readlines()[-5:])
        sys.exit(f"bench-start: {' '.join(words)}: {done.stdout.decode()}\n{tail}")
    return done.stdout.decode()


def kill_spares():
    def none_left():
        found = node.pids()
        for pid in found: # one that ends may just have started another
            os.kill(pid, signal.SIGKILL)
        return not found
    wait_for("keepers are gone", none_left)
    for path in glob.glob(run_dir + "/spares/*"):
        if not os.path.isdir(path):
            os.unlink(path)
        else:
            shutil.rmtree(path)


# --- configurations and hooks ---------------------------------------------------------------------
for name, count in (("spare", 1), ("cold", 0)):
    with open(f"{work}/{name}.toml", "w") as file:
        file.write(f'store = "{work}/store"\nspares = {count}\n')
noop = hooks.compiled(hooks.NOOP, work + "/noop")
stopwatch = hooks.compiled(hooks.STOPWATCH, work + "/stopwatch")


def hook_words(variant):
    if variant in ("bare", "copy"):
        return []
    if variant == "noop":
        return [noop]
    return [HOOK, "--config", f"{work}/{variant}.toml", "--run-dir", run_dir]


STAGES = ("createRuntime", "poststop")
for variant in ("bare", "copy", "noop", "spare", "cold"):
    words = hook_words(variant)
    hooks.write(f"{work}/hooks.{variant}", words, STAGES if words else (), variant != "noop")
    hooks.write(f"{work}/hooks.timed-{variant}", [stopwatch, f"{work}/clock.{variant}"] + words,
                STAGES if words else (), variant != "noop")


# --- crun, with a bundle of its own ---------------------------------------------------------------
def bundle(variant, state):
    """A bundle in the layout of podman's storage: the image's identity is found beside it."""
    name = f"{variant}-{state}"
    folder = f"{work}/overlay-containers/{name}/userdata"
    os.makedirs(folder + "/rootfs/data")
    os.makedirs(folder + "/rootfs/bin")
    shutil.copy(shutil.which("busybox"), folder + "/rootfs/bin/busybox")
    for directory in ("proc", "dev", "sys", "tmp"):
        os.mkdir(f"{folder}/rootfs/{directory}")
    checked(["crun", "spec"], cwd=folder)
    spec = json.load(open(folder + "/config.json"))
    spec["process"].update(args=["/bin/busybox", "true"], terminal=False)
    spec["process"].pop("rlimits", None)
    spec["root"] = {"path": "rootfs", "readonly": False}
    spec["annotations"] = {"io.diffkeeper.state-dir": "/data", "io.diffkeeper.name": state}
    if variant != "bare":
        words = hook_words(variant)
        of = lambda stage: {"path": words[0], "args": words + ([stage] if variant != "noop" else [])}
        spec["hooks"] = {"createRuntime": [of("createRuntime")], "poststop": [of("poststop")]}
    json.dump(spec, open(folder + "/config.json", "w"))
    return name, folder


def as_new(folder):
    """Makes the bundle another container's, so that the store's version is replayed into it."""
    as_new.count += 1
    name = f"c{as_new.count}"
    storage = work + "/overlay-containers"
    os.rename(os.path.dirname(folder), f"{storage}/{name}")
    metadata = json.dumps({"image-name": IMAGE, "image-id": "1" * 64})
    with open(storage + "/containers.json", "w") as file:
        json.dump([{"id": name, "names": [name], "metadata": metadata}], file)
    folder = f"{storage}/{name}/userdata"
    empty(folder)
    return name, folder


as_new.count = 0


def empty(folder):
    shutil.rmtree(folder + "/rootfs/data")
    os.mkdir(folder + "/rootfs/data")


def crun_run(name, folder):
    began = time.monotonic()
    checked(["crun", "run", "--bundle", folder, name])
    return (time.monotonic() - began) * 1000


def fill(data, state):
    files, size = STATES[state]
    generator = random.Random(7)
    for i in range(files):
        with open(f"{data}/f{i}", "wb") as file:
            file.write(generator.randbytes(size // files))


# --- the hook itself, between pipes ---------------------------------------------------------------
class Container:
    """A process with namespaces of its own where a container's first process would be."""

    def __init__(self, variant, name, folder):
        self.words, self.folder = hook_words(variant), folder
        self.process = subprocess.Popen(["unshare", "-m", "sleep", "1000"])
        self.state = json.dumps({"ociVersion": "1.0.2", "id": name, "status": "created",
                                 "pid": self.process.pid, "bundle": folder}).encode()

    def hook(self, stage):
        words = self.words + ([stage] if self.words[0] == HOOK else [])
        began = time.monotonic()
        checked(words, input=self.state)
        return (time.monotonic() - began) * 1000

    def phases(self, stage):
        """When each phase was over, in milliseconds, as the launcher tells."""
        told = checked(self.words + ["--trace-start", stage], input=self.state)
        return [(name, float(at)) for at, name in re.findall(r"^ *(-?[\d.]+) ms  (.*)$", told, re.M)]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """Milliseconds from the process's end to a durable last version."""
        self.kill()
        return self.hook("poststop")


def in_turns(variants, round):
    """In another order each round: what comes before has its part in how long a start takes."""
    return random.Random(round).sample(variants, len(variants))


def ready(variant):
    wait_for("all keepers but spares have ended", lambda: not node.busy())
    if variant == "spare":
        if not node.spares():
            subprocess.Popen(KEEPER + ["--spare", "--config", f"{work}/spare.toml",
                                       "--run-dir", run_dir], cwd=HOME)
        wait_for("a spare is ready", node.spares)
    else:
        kill_spares()
    time.sleep(SETTLE_SECONDS)  # the kernel is still taking down what has just ended


# --- measure --------------------------------------------------------------------------------------
def measure_starts():
    variants = [("bare", "empty"), ("noop", "empty")]
    variants += [(v, s) for v in ("spare", "cold") for s in STATES]
    folders = {v: bundle(*v)[1] for v in variants}
    for state in STATES:  # the state of each size, kept once
        ready("cold")
        name, folders["cold", state] = as_new(folders["cold", state])
        container = Container("cold", name, folders["cold", state])
        container.hook("createRuntime")
        fill(container.folder + "/rootfs/data", state)
        container.end()
        wait_for("the state is stored", lambda: not node.busy())
    for round in range(options.rounds):
        for variant in in_turns(variants, round):
            label = "-".join(variant)
            for kind in ("crun", "hook"):
                ready(variant[0])
                name, folders[variant] = as_new(folders[variant])
                if kind == "crun":
                    note("crun " + label, crun_run(name, folders[variant]))
                elif variant[0] != "bare":
                    container = Container(variant[0], name, folders[variant])
                    note("hook " + label, container.hook("createRuntime"))
                    check_restored(folders[variant], variant)
                    note("end " + label, container.end())
        for variant in TRACED:
            ready(variant[0])
            name, folders[variant] = as_new(folders[variant])
            container = Container(variant[0], name, folders[variant])
            note_phases(("start", *variant), container.phases("createRuntime"))
            container.kill()
            note_phases(("end", *variant), container.phases("poststop"))
        progress(f"crun and hook, round {round + 1} of {options.rounds}")


def check_restored(folder, variant):
    files = STATES[variant[1]][0] if variant[0] != "noop" else 0
    found = len(os.listdir(folder + "/rootfs/data"))
    if found != files:
        sys.exit(f"bench-start: {variant} has {found} files instead of {files}")


def measure_podman():
    for state in STATES:
        keep_in_podman(state)
    variants = [("bare", "empty"), ("noop", "empty")] + [
        (v, s) for v in ("copy", "spare", "cold") for s in STATES if (v, s) != ("copy", "empty")]
    for state in STATES:
        os.mkdir(f"{work}/seed.{state}")
        fill(f"{work}/seed.{state}", state)
    for round in range(options.rounds):
        for variant, state in in_turns(variants, round):
            ready(variant)
            took = podman_run(f"hooks.{variant}", variant == "copy", state)[1]
            note(f"podman {variant}-{state}", took)
        for variant, copies, state in TIMED:
            ready(variant)
            note_phases(("run of podman", "copy" if copies else variant, state),
                        timed_podman(variant, copies, state))
        progress(f"podman, round {round + 1} of {options.rounds}")


def podman_run(folder, copies, state):
    """When it began, in milliseconds, and how many it took."""
    words = ["podman", "--hooks-dir", f"{work}/{folder}", "run", "--rm", "--network", "none",
             "--annotation", "io.diffkeeper.state-dir=/data",
             "--annotation", f"io.diffkeeper.name=p-{state}"]
    if copies:
        words += ["--volume", f"{work}/seed.{state}:/seed:ro", IMAGE, "cp", "-r", "/seed/.", "/data"]
    else:
        words += [IMAGE, "true"]
    began = time.monotonic() * 1000
    checked(words)
    return began, time.monotonic() * 1000 - began


def timed_podman(variant, copies, state):
    """What podman does between our hooks, and what they take."""
    clock = f"{work}/clock.{variant}"
    if os.path.exists(clock):
        os.unlink(clock)
    began, took = podman_run(f"hooks.timed-{variant}", copies, state)
    start, stop = ([float(at) - began for at in line.split()] for line in open(clock))
    return [("container made", start[0]), ("hook at its start", start[1]),
            ("ran, and its end noticed", stop[0]), ("hook at its end", stop[1]),
            ("container removed", took)]


def progress(text):
    if sys.stdout.isatty():
        print("\r" + text + " ", end="", flush=True)


def keep_in_podman(state):
    files, size = STATES[state]
    script = f"i=0; while [ $i -lt {files} ]; do head -c {size // max(files, 1)} /dev/urandom" \
             " > /data/f$i; i=$((i+1)); done"
    checked(["podman", "--hooks-dir", f"{work}/hooks.cold", "run", "--rm", "--network", "none",
             "--annotation", "io.diffkeeper.state-dir=/data",
             "--annotation", f"io.diffkeeper.name=p-{state}", IMAGE, "sh", "-c", script])


def measure_memory():
    kill_spares()
    name, folder = bundle("cold", "empty-memory")
    running = []
    for count in (1, 10, 50):
        while len(running) < count:
            spec = json.load(open(folder + "/config.json"))
            spec["annotations"]["io.diffkeeper.name"] = f"memory-{len(running)}"
            own = f"{work}/memory-{len(running)}"
            shutil.copytree(folder, own, symlinks=True)
            json.dump(spec, open(own + "/config.json", "w"))
            container = Container("cold", f"memory-{len(running)}", own)
            container.hook("createRuntime")
            running.append(container)
        time.sleep(3) # until the trimming of idle memory has been round
        sizes = [node.memory(pid) for pid in node.pids()]
        for key in ("Rss", "Pss"):
            for size in sizes:
                note(f"memory {key} of {count} keepers, MB", size[key])
    for container in running:
        container.end()
    wait_for("all keepers have ended", lambda: not node.pids())


def measure_burst():
    """Twenty starts at the same time on one spare: how long each takes, and that none fails."""
    name, folder = bundle("spare", "burst")
    ready("spare")
    containers = []
    for i in range(BURST):
        own = f"{work}/burst-{i}"
        shutil.copytree(folder, own, symlinks=True)
        spec = json.load(open(own + "/config.json"))
        spec["annotations"]["io.diffkeeper.name"] = f"burst-{i}"
        json.dump(spec, open(own + "/config.json", "w"))
        containers.append(Container("spare", f"burst-{i}", own))

    def start(container):
        note("hook burst of 20 on one spare", container.hook("createRuntime"))

    with concurrent.futures.ThreadPoolExecutor(BURST) as pool:
        for done in [pool.submit(start, container) for container in containers]:
            done.result()
    for container in containers:
        container.end()


def measure_cli():
    program = DIST + "/bin/diffkeeper"
    environment = {**os.environ, "DIFFKEEPER_STORE": work + "/store", "DIFFKEEPER_RUN_DIR": run_dir}
    kept = tempfile.mkdtemp(dir=work)
    for text in ("one", "two"):
        checked([program, "run", "--record", "--name", "runs", "--state-dir", kept, "--",
                 "sh", "-c", f"echo {text} > {kept}/file"], env=environment)
    for _ in range(options.rounds):
        for name, words in CLI.items():
            began = time.monotonic()
            checked([program, *words], env=environment)
            note("cli " + name, (time.monotonic() - began) * 1000)


# --- soak -----------------------------------------------------------------------------------------
def soak():
    ready("spare")
    before = node.held()
    workers = 5
    base, folder = bundle("spare", "soak")
    folders = []
    for i in range(workers):
        folders.append(f"{work}/soak-{i}")
        shutil.copytree(folder, folders[i], symlinks=True)
        spec = json.load(open(folders[i] + "/config.json"))
        spec["annotations"]["io.diffkeeper.name"] = f"soak-{i}"
        json.dump(spec, open(folders[i] + "/config.json", "w"))
    done = 0
    while done < options.soak:
        batch = [subprocess.Popen(["crun", "run", "--bundle", folders[i], f"soak-{done + i}"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                 for i in range(min(workers, options.soak - done))]
        for process in batch:
            error = process.communicate()[1]
            if process.returncode:
                sys.exit(f"bench-start: soak: {error.decode()}")
        done += len(batch)
        progress(f"soak, {done} of {options.soak}")
    wait_for("all keepers but one spare have ended",
             lambda: not node.busy() and len(node.spares()) == 1 and len(node.pids()) == 1)
    after = node.held()
    print(f"\nsoak: {done} starts and ends, {workers} at a time")
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
    checked([ROOT + "/.ci/images"])
    parts = options.parts.split(",")
    if "starts" in parts:
        measure_starts()
    if "podman" in parts:
        measure_podman()
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
    for pid in node.pids():
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(run_dir, ignore_errors=True)
