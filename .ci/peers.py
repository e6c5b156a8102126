#!/usr/bin/env python3
"""A container's files after a kill, by DiffKeeper and by what else one would do.

The same job for all: a container makes 100 files of 100 kB, then acknowledges one small write after
the other, until it is killed and removed. A new one is started; it says what it finds. Ways take
turns; figures are medians. What looks after the files is accounted for by the kernel, from its start
to its end, a keeper's JVM included. Runs by .ci/bench-peers. [--rounds N]
"""
import argparse
import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from keepers import WAIT_SECONDS_MAX, Keepers, checking, waiting

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DIST = ROOT + "/target/dist"
HOOK = DIST + "/libexec/oci/hooks.d/diffkeeper-hook"
IMAGE = "localhost/diffkeeper/busybox"
FILES, BYTES = 100, 100_000
SECONDS_WRITING = 3
LOOK_SECONDS = 0.01
PR_SET_CHILD_SUBREAPER = 36
WRITE = f"""i=0; while [ $i -lt {FILES} ]; do head -c {BYTES} /dev/urandom > /data/big$i
i=$((i+1)); done; md5sum /data/big* | md5sum; sync
i=0; while :; do i=$((i+1)); echo $i > /data/f$((i % 61)); echo $i; usleep 2000; done"""
READ = "md5sum /data/big* 2> /dev/null | md5sum; cat /data/f* 2> /dev/null; true"

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--rounds", type=int, default=5, help="lives by each way (default 5)")
options = parser.parse_args()
work = tempfile.mkdtemp(prefix="bench.")
run_dir = tempfile.mkdtemp(prefix="dkb.", dir="/run")
checked = checking("bench-peers")
wait_for = waiting("bench-peers")


def sum_of(usages):
    """Milliseconds of processors, the largest process's MB, MB written."""
    return (sum(u.ru_utime + u.ru_stime for u in usages) * 1000,
            max((u.ru_maxrss for u in usages), default=0) * 1024 / 1e6,
            sum(u.ru_oublock for u in usages) * 512 / 1e6)


def accounted(pid):
    """The same of a process that runs."""
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    of = lambda name, key: int(re.search(rf"^{key}:\s+(\d+)", open(f"/proc/{pid}/{name}").read(),
                                         re.M).group(1))
    return ((int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK"),
            of("status", "VmHWM") * 1024 / 1e6, of("io", "write_bytes") / 1e6)


def adopt_orphans(yes):
    """Whether we become the parent of what our children leave behind, see prctl(2)."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(yes), 0, 0, 0)


class Way:
    """What one does so that files outlive a container; this one does nothing."""
    name = "podman alone"
    options = []

    def started(self, container):
        """The container runs; its files are to be looked after."""

    def ended(self):
        """It was killed, and is still there."""

    def usage(self):
        """What looking after it took, now that it is removed."""
        return sum_of([])

    def restore(self, container):
        """A new container was made and not started yet."""

    def before_start(self):
        """A new container is about to be made."""

    def versions(self):
        """How many moments of the past can be had."""
        return 0

    def clear(self):
        """The round is over."""


class Volume(Way):
    name = "podman volume"
    options = ["--volume", "bench-peers:/data"]

    def versions(self):
        return 1

    def clear(self):
        checked("podman", "volume", "rm", "bench-peers")


class Ours(Way):
    name = "DiffKeeper"
    options = ["--annotation", "io.diffkeeper.state-dir=/data",
               "--annotation", "io.diffkeeper.name=peers"]

    def __init__(self):
        os.mkdir(work + "/hooks.d")
        with open(work + "/config.toml", "w") as file:
            file.write(f'store = "{work}/store"\nspares = 1\n')
        for stage in ("createRuntime", "poststop"):
            words = [HOOK, "--config", work + "/config.toml", "--run-dir", run_dir, stage]
            with open(f"{work}/hooks.d/{stage}.json", "w") as file:
                json.dump({"version": "1.0.0", "hook": {"path": HOOK, "args": words},
                           "when": {"annotations": {"^io\\.diffkeeper\\.state-dir$": ".*"}},
                           "stages": [stage]}, file)

    def started(self, container):
        """Keepers are not our children: they are looked at until they end."""
        self.samples = {pid: None for pid in Keepers(run_dir, work).pids()}
        self.looking = threading.Thread(target=self.look, daemon=True)
        self.looking.start()

    def look(self):
        """Until one has ended: the container's. A spare lives on."""
        while True:
            for pid in self.samples:
                try:
                    self.samples[pid] = accounted(pid)
                except (OSError, AttributeError):  # it is gone, or has no memory any more
                    self.used = self.samples[pid]
                    return
            time.sleep(LOOK_SECONDS)

    def usage(self):
        self.looking.join(WAIT_SECONDS_MAX)
        return self.used

    def before_start(self):
        ready = lambda: [f for f in os.listdir(run_dir + "/spares") if "." in f
                         and not f.startswith(("warm", "new", "claimed", "slot"))]
        if os.path.isdir(run_dir + "/spares"):
            wait_for("a spare is ready", ready)

    def versions(self):
        return len(json.loads(checked(DIST + "/bin/diffkeeper", "log", "peers", "--json",
                                      "--store", work + "/store")))

    def clear(self):
        wait_for("the keeper has ended", lambda: not os.listdir(run_dir + "/containers"))
        checked(DIST + "/bin/diffkeeper", "rm", "peers", "--store", work + "/store")


class Copying(Way):
    """A process beside the container copies its files whenever something changes."""

    def __init__(self):
        self.copy = work + "/" + self.name.split()[-1]
        self.process = None

    def loop(self, data):
        raise NotImplementedError

    def back(self, data):
        raise NotImplementedError

    def before_start(self):
        os.makedirs(self.copy, exist_ok=True)

    def started(self, container):
        data = checked("podman", "mount", container).strip() + "/data"
        adopt_orphans(True)
        self.process = subprocess.Popen(["sh", "-c", self.loop(data)], start_new_session=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ended(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.usages = []
        with contextlib.suppress(ChildProcessError):
            while True:
                self.usages.append(os.wait4(-self.process.pid, 0)[2])
        self.process.returncode = -signal.SIGKILL
        adopt_orphans(False)

    def usage(self):
        return sum_of(self.usages)

    def restore(self, container):
        data = checked("podman", "mount", container).strip() + "/data"
        checked("sh", "-c", self.back(data))

    def clear(self):
        shutil.rmtree(self.copy)


class Rsync(Copying):
    name = "inotifywait + rsync"

    def loop(self, data):
        return (f"while :; do rsync -a --delete {data}/ {self.copy}/; inotifywait -qq -r -t 1"
                f" -e modify,create,delete,move,attrib {data}; done")

    def back(self, data):
        return f"rsync -a {self.copy}/ {data}/"

    def versions(self):
        return 1


class Restic(Copying):
    name = "a loop of restic"
    environment = "export RESTIC_PASSWORD=x RESTIC_CACHE_DIR={0}/cache RESTIC_REPOSITORY={0}/r;"

    def words(self, script):
        return self.environment.format(self.copy) + script

    def before_start(self):
        if not os.path.exists(self.copy):
            os.makedirs(self.copy)
            checked("sh", "-c", self.words("restic init"))

    def loop(self, data):
        return self.words(f"cd {data}; while :; do restic backup -q .; done")

    def back(self, data):
        return self.words(f"restic unlock -q --remove-all; restic restore -q latest --target {data}")

    def versions(self):
        return len(json.loads(checked("sh", "-c", self.words("restic snapshots --json"))))


def life(way, figures):
    container, acknowledged = "bench-peers", work + "/acknowledged"
    podman = ["podman"] + (["--hooks-dir", work + "/hooks.d"] if way.name == "DiffKeeper" else [])
    new = ["create", "--name", container, "--network", "none", *way.options, IMAGE, "sh", "-c"]
    way.before_start()
    checked(*podman, *new, WRITE)
    with open(acknowledged, "w") as file:
        attached = subprocess.Popen([*podman, "start", "--attach", container], stdout=file)
    lines = lambda: open(acknowledged).read().split("\n")[:-1]
    wait_for("the first write", lambda: len(lines()) > 1)
    way.started(container)
    first = int(lines()[-1])
    time.sleep(SECONDS_WRITING)
    writes = (int(lines()[-1]) - first) / SECONDS_WRITING
    checked(*podman, "kill", "--signal", "KILL", container)
    attached.wait()
    way.ended()
    said = lines()
    checked(*podman, "rm", "--force", "--time", "0", container)
    cpu, peak, written = way.usage()
    way.before_start()
    began = time.monotonic()
    checked(*podman, *new, READ)
    way.restore(container)
    found = checked(*podman, "start", "--attach", container).split("\n")[:-1]
    millis = (time.monotonic() - began) * 1000
    checked(*podman, "rm", "--force", "--time", "0", container)
    newest = max([int(line) for line in found[1:]], default=0)
    for name, value in (("lost", max(0, int(said[-1]) - newest)), ("start", millis),
                        ("writes", writes), ("files", said[0] == found[0]),
                        ("versions", way.versions()), ("cpu", cpu), ("peak", peak),
                        ("written", written)):
        figures.setdefault((way.name, name), []).append(value)
    way.clear()


def checkpoint():
    """Why there is no row for podman checkpoint: mostly in criu's own words."""
    done = subprocess.run(["criu", "check"], capture_output=True, text=True)
    if done.returncode == 0:
        return "criu works here, but this benchmark was made where it does not"
    return "criu check: " + (done.stderr or done.stdout).strip().split("\n")[-1]


def main():
    checked(ROOT + "/.ci/images")
    ways = [Way(), Volume(), Ours(), Rsync(), Restic()]
    figures = {}
    for _ in range(options.rounds):
        for way in ways:
            life(way, figures)
    print(f"after a kill: {FILES} files of {BYTES // 1000} kB and small writes, "
          f"{options.rounds} lives each")
    print(f"  {'':22} {'writes lost':>12} {'most':>6} {'files back':>11} {'start ms':>9}"
          f" {'writes/s':>9} {'versions':>9} {'CPU ms':>8} {'peak MB':>8} {'written MB':>11}")
    of = lambda way, name: figures[way.name, name]
    for way in ways:
        print(f"  {way.name:22} {statistics.median(of(way, 'lost')):12.0f}"
              f" {max(of(way, 'lost')):6.0f} {sum(of(way, 'files')):6}/{options.rounds}"
              f" {statistics.median(of(way, 'start')):12.0f}"
              f" {statistics.median(of(way, 'writes')):9.0f}"
              f" {statistics.median(of(way, 'versions')):9.0f}"
              f" {statistics.median(of(way, 'cpu')):8.0f}"
              f" {statistics.median(of(way, 'peak')):8.1f}"
              f" {statistics.median(of(way, 'written')):11.1f}")
    why_not = checkpoint()
    print(f"  podman checkpoint: not measured: {why_not}\n")
    ours = ways[2]
    print(f"goal peers-writes-lost: <= 0 writes | ours {max(of(ours, 'lost')):.0f} writes | "
          + ("met" if max(of(ours, "lost")) == 0 else "missed"))


try:
    main()
finally:
    subprocess.run(["podman", "rm", "--force", "--time", "0", "bench-peers"], capture_output=True)
    with contextlib.suppress(FileNotFoundError):
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if run_dir.encode() in open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0"):
                    os.kill(int(pid), signal.SIGKILL)
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(run_dir, ignore_errors=True)
