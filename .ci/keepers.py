"""What the keepers of one run directory are and hold, as the kernel shows it."""
import glob
import json
import os
import stat
import subprocess
import sys
import time

CGROUPS = "/sys/fs/cgroup"
PINS = "/sys/fs/bpf/diffkeeper"
# Of an LMDB lock file: a header, then slots of readers, each with its process's number.
READERS_AT, READER_BYTES, READER_PID = 128, 64, slice(8, 12)
# Of a ring's number: the process's start time in the upper half, its number in the lowest bits.
STARTED_SHIFT, STARTED_MASK, PID_MASK = 32, 0x7FFFFFFF, (1 << 22) - 1
# Of who is watched: struct diffkeeper_target.
WATCHER, STARTED = slice(8, 12), slice(16, 24)
WAIT_SECONDS_MAX = 60
LOOK_SECONDS = 0.005


def waiting(program):
    """A function that waits until a condition holds, and ends the program if it never does."""
    def wait_for(what, condition):
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while not condition():
            if time.monotonic() > deadline:
                sys.exit(f"{program}: not within {WAIT_SECONDS_MAX} s: {what}")
            time.sleep(LOOK_SECONDS)
    return wait_for


def checking(program):
    """A function that runs a command and gives its output, and ends the program if it fails."""
    def checked(*words, **more):
        done = subprocess.run(words, capture_output=True, text=True, **more)
        if done.returncode:
            sys.exit(f"{program}: {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout
    return checked


def command_line(pid):
    try:
        return open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
    except OSError:
        return []


def started(pid):
    """Field 22 of /proc/PID/stat, see proc(5)."""
    try:
        return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[19])
    except OSError:
        return -1


class Keepers:
    """Those of a run directory, and what else is named after it or the scratch folder."""

    def __init__(self, run_dir, work):
        self.run_dir, self.work = run_dir, work

    def processes(self):
        """All that have one of the two folders in an argument."""
        mine = (self.run_dir.encode(), self.work.encode())
        for path in glob.glob("/proc/[0-9]*"):
            pid = int(path.rpartition("/")[2])
            if any(m in word for word in command_line(pid) for m in mine) and pid != os.getpid():
                yield pid

    def pids(self):
        run_dir = self.run_dir.encode()
        return [pid for pid in self.processes()
                if {b"@keeper.args", run_dir} <= set(command_line(pid))]

    def spares(self):
        """Sockets of those that wait for a claim."""
        return [f for f in glob.glob(self.run_dir + "/spares/*.*")
                if not os.path.basename(f).startswith(("warm", "new", "claimed", "slot"))]

    def busy(self):
        """Folders of containers that are kept."""
        folder = self.run_dir + "/containers"
        return os.listdir(folder) if os.path.isdir(folder) else []

    def memory(self, pid):
        """MB, resident and as its share of what processes have in common."""
        lines = [line.split(":") for line in open(f"/proc/{pid}/smaps_rollup") if ":" in line[:20]]
        rollup = dict(lines)
        return {key: int(rollup[key].split()[0]) / 1024 for key in ("Rss", "Pss")}

    def held(self):
        """How much there is of each thing that has to be the same before and after."""
        pids = self.pids()
        fds = [f"/proc/{pid}/fd/{fd}" for pid in pids for fd in os.listdir(f"/proc/{pid}/fd")]
        targets, rings = self.programs()
        return {
            "keepers": len(pids),
            "processes": len(list(self.processes())),
            "containers' folders": len(self.busy()),
            "fds of keepers": len(fds),
            "sockets": self.sockets(),
            "mounts": self.mounts(),
            "cgroups": self.cgroups(),
            "BPF: who is watched": targets,
            "BPF: rings": rings,
            "store's readers": self.readers(),
        }

    def sockets(self):
        paths = (os.path.join(folder, name) for folder, _, names in os.walk(self.run_dir)
                 for name in names)
        return sum(stat.S_ISSOCK(os.lstat(path).st_mode) for path in paths)

    def mounts(self):
        return sum(self.work in line or self.run_dir in line
                   for line in open("/proc/self/mountinfo"))

    def cgroups(self):
        """Those of the soak's containers."""
        return sum(os.path.basename(folder).startswith("soak-") for folder, _, _ in os.walk(CGROUPS))

    def programs(self):
        """Entries of the pinned maps that are our keepers', or nobody's any more."""
        mine = self.pids()

        def counts(pid, when, mask):
            return pid in mine or started(pid) & mask != when

        targets = rings = 0
        for _, value in dump("targets"):
            pid = int.from_bytes(value[WATCHER], "little")
            targets += counts(pid, int.from_bytes(value[STARTED], "little"), -1)
        for key, _ in dump("rings"):
            number = int.from_bytes(key, "little")
            rings += counts(number & PID_MASK, number >> STARTED_SHIFT, STARTED_MASK)
        return targets, rings

    def readers(self):
        """Slots in use in the store's lock file."""
        table = open(self.work + "/store/lock.mdb", "rb").read()[READERS_AT:]
        slots = [table[i:i + READER_BYTES] for i in range(0, len(table), READER_BYTES)]
        return sum(any(slot[READER_PID]) for slot in slots)


def dump(name):
    """A pinned map's entries as bytes, of all builds whose programs are there."""
    for path in glob.glob(f"{PINS}/*/{name}"):
        words = ["bpftool", "--json", "map", "dump", "pinned", path]
        for entry in json.loads(subprocess.run(words, capture_output=True, check=True).stdout):
            bytes_of = lambda field: bytes(int(byte, 16) for byte in entry.get(field, []))
            yield bytes_of("key"), bytes_of("value")
