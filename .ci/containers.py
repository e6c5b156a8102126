#!/usr/bin/env python3
"""What keepers take as real containers become more: 1, 10, 30 and 100 of crun's, each with a keeper.

Every container writes 100 kB a second. Each starts cold, with no spare, while all others write. At
the end all are killed, and what the store has of three of them is compared with their files.
"""
import json
import math
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from keepers import Keepers, checking, waiting

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DIST = ROOT + "/target/dist"
HOOK = DIST + "/libexec/oci/hooks.d/diffkeeper-hook"
SIZES = (1, 10, 30, 100)
COLUMNS = ("start ms", "RSS MB", "PSS MB", "CPU ms/s")
EXPONENT_MAX = 1.1
STARTS_MEASURED = 10
SECONDS_TO_SETTLE, SECONDS_MEASURED = 3, 5
TICK_MILLIS = 1000 / os.sysconf("SC_CLK_TCK")
WRITE = """i=0; while :; do i=$((i+1)); busybox head -c 100000 /dev/urandom > /data/f$((i % 10))
busybox sleep 1; done"""

work = tempfile.mkdtemp(prefix="c.")
run_dir = tempfile.mkdtemp(prefix="dkb.", dir="/run")
checked = checking("bench-containers")
wait_for = waiting("bench-containers")
keepers = Keepers(run_dir, work)
running = []


def bundle(name):
    """As podman's storage has it: the image's identity is found beside it."""
    folder = f"{work}/overlay-containers/{name}/userdata"
    for directory in ("data", "bin", "proc", "dev", "sys", "tmp"):
        os.makedirs(f"{folder}/rootfs/{directory}")
    shutil.copy(shutil.which("busybox"), folder + "/rootfs/bin/busybox")
    checked("crun", "spec", cwd=folder)
    with open(folder + "/config.json") as file:
        spec = json.load(file)
    spec["process"].update(args=["/bin/busybox", "sh", "-c", WRITE], terminal=False)
    spec["process"].pop("rlimits", None)
    spec["root"] = {"path": "rootfs", "readonly": False}
    spec["annotations"] = {"io.diffkeeper.state-dir": "/data", "io.diffkeeper.name": name}
    words = [HOOK, "--config", work + "/config.toml", "--run-dir", run_dir]
    spec["hooks"] = {stage: [{"path": HOOK, "args": words + [stage]}]
                     for stage in ("createRuntime", "poststop")}
    with open(folder + "/config.json", "w") as file:
        json.dump(spec, file)
    return folder


def start(name):
    folder = bundle(name)
    began = time.monotonic()
    # Its output would hold a pipe open for as long as the container runs.
    code = subprocess.call(["crun", "run", "--detach", "--bundle", folder, name],
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    millis = (time.monotonic() - began) * 1000
    if code:
        sys.exit(f"bench-containers: {name} does not start")
    running.append(name)
    return millis


def cpu_millis():
    total = 0
    for pid in keepers.pids():
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) * TICK_MILLIS
    return total


def measure(count):
    starts = [start(f"c{len(running)}") for _ in range(count - len(running))]
    time.sleep(SECONDS_TO_SETTLE)  # until the trimming of idle memory has been round
    before, began = cpu_millis(), time.monotonic()
    time.sleep(SECONDS_MEASURED)
    ticked = max(cpu_millis() - before, TICK_MILLIS)  # less cannot be told from nothing
    cpu = ticked / (time.monotonic() - began)
    sizes = [keepers.memory(pid) for pid in keepers.pids()]
    if len(sizes) != count:
        sys.exit(f"bench-containers: {len(sizes)} keepers of {count} containers")
    return (statistics.median(starts[-STARTS_MEASURED:]), sum(size["Rss"] for size in sizes),
            sum(size["Pss"] for size in sizes), cpu)


def end():
    """Kills all; the store then has what their folders have."""
    for name in running:
        checked("crun", "kill", name, "KILL")
    while running:
        checked("crun", "delete", "--force", running.pop())
    wait_for("all keepers have ended", lambda: not keepers.pids())
    program = DIST + "/bin/diffkeeper"
    checked(program, "verify", "--store", work + "/store")
    for name in ("c0", f"c{SIZES[-1] // 2}", f"c{SIZES[-1] - 1}"):
        out = f"{work}/out-{name}"
        checked(program, "export", name, "--store", work + "/store", "--out", out)
        checked("diff", "-r", f"{work}/overlay-containers/{name}/userdata/rootfs/data", out + "/data")


def exponent(figures):
    """The slope of the line through the logarithms, by least squares."""
    points = [(math.log(size), math.log(figure)) for size, figure in zip(SIZES, figures)]
    x, y = (statistics.fmean(point[axis] for point in points) for axis in (0, 1))
    return sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)


def row(name, figures):
    print(f"{name:12}" + "".join(f" {figure:12.2f}" for figure in figures), flush=True)


def main():
    with open(work + "/config.toml", "w") as file:
        file.write(f'store = "{work}/store"\nspares = 0\n')
    print(f"{'containers':12}" + "".join(f" {name:>12}" for name in COLUMNS))
    measured = []
    for count in SIZES:
        measured.append(measure(count))
        row(str(count), measured[-1])
    exponents = [exponent(figures) for figures in zip(*measured)]
    row("exponent", exponents)
    end()
    # RSS counts the store's pages, which all have in common, once for each of them.
    most = max(e for name, e in zip(COLUMNS, exponents) if name != "RSS MB")
    met = "met" if most <= EXPONENT_MAX else "missed"
    print(f"\ngoal growth-keepers: <= {EXPONENT_MAX} exponent | ours {most:.4f} exponent | {met}")


try:
    main()
finally:
    for name in running:
        subprocess.run(["crun", "delete", "--force", name], capture_output=True)
    for pid in keepers.pids():
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(work, ignore_errors=True)
    shutil.rmtree(run_dir, ignore_errors=True)
