"""Where starts are measured: configurations, hooks, bundles, and the keepers of a run directory."""
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time

import hooks
from keepers import Keepers, waiting

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DIST = ROOT + "/target/dist"
HOOK = DIST + "/libexec/oci/hooks.d/diffkeeper-hook"
HOME = DIST + "/lib/diffkeeper"
KEEPER = [HOME + "/runtime/bin/java", "@keeper.args"]
IMAGE = "localhost/diffkeeper/busybox"
MB = 1000 * 1000
STATES = {"empty": (0, 0), "10mb": (100, 10 * MB), "100mb": (100, 100 * MB)}
SETTLE_SECONDS = 0.03
STAGES = ("createRuntime", "poststop")


def in_turns(variants, round):
    """In another order each round: what comes before has its part in how long a start takes."""
    return random.Random(round).sample(variants, len(variants))


def fill(data, state):
    files, size = STATES[state]
    generator = random.Random(7)
    for i in range(files):
        with open(f"{data}/f{i}", "wb") as file:
            file.write(generator.randbytes(size // files))


def empty(folder):
    shutil.rmtree(folder + "/rootfs/data")
    os.mkdir(folder + "/rootfs/data")


class Site:
    """A scratch folder and a run directory, until it is closed."""

    def __init__(self, program):
        self.work = tempfile.mkdtemp(prefix="bench.", dir="/dev/shm")
        self.run_dir = tempfile.mkdtemp(prefix="dkb.", dir="/run")
        self.program = program
        self.wait_for = waiting(program)
        self.node = Keepers(self.run_dir, self.work)
        self.renamed = 0
        for name, count in (("spare", 1), ("cold", 0)):
            with open(f"{self.work}/{name}.toml", "w") as file:
                file.write(f'store = "{self.work}/store"\nspares = {count}\n')
        self.noop = hooks.compiled(hooks.NOOP, self.work + "/noop")
        stopwatch = hooks.compiled(hooks.STOPWATCH, self.work + "/stopwatch")
        for variant in ("bare", "copy", "noop", "spare", "cold"):
            words = self.hook_words(variant)
            stages = STAGES if words else ()
            hooks.write(f"{self.work}/hooks.{variant}", words, stages, variant != "noop")
            timed = [stopwatch, f"{self.work}/clock.{variant}"] + words
            hooks.write(f"{self.work}/hooks.timed-{variant}", timed, stages, variant != "noop")

    def close(self):
        for pid in self.node.pids():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.rmtree(self.run_dir, ignore_errors=True)

    def checked(self, words, **more):
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
        said = done.stdout.decode(errors="replace")
        if done.returncode:
            tail = ""
            if os.path.exists(self.run_dir + "/diffkeeper.log"):
                tail = "".join(open(self.run_dir + "/diffkeeper.log").readlines()[-5:])
            raise SystemExit(f"{self.program}: {' '.join(words)}: {said}\n{tail}")
        return said

    # --- hooks and keepers ------------------------------------------------------------------------
    def hook_words(self, variant):
        if variant in ("bare", "copy"):
            return []
        if variant == "noop":
            return [self.noop]
        return [HOOK, "--config", f"{self.work}/{variant}.toml", "--run-dir", self.run_dir]

    def kill_spares(self):
        def none_left():
            found = self.node.pids()
            for pid in found: # one that ends may just have started another
                os.kill(pid, signal.SIGKILL)
            return not found
        self.wait_for("keepers are gone", none_left)
        for path in glob.glob(self.run_dir + "/spares/*"):
            if not os.path.isdir(path):
                os.unlink(path)
            else:
                shutil.rmtree(path)

    def ready(self, variant):
        self.wait_for("all keepers but spares have ended", lambda: not self.node.busy())
        if variant == "spare":
            if not self.node.spares():
                subprocess.Popen(KEEPER + ["--spare", "--config", f"{self.work}/spare.toml",
                                           "--run-dir", self.run_dir], cwd=HOME)
            self.wait_for("a spare is ready", self.node.spares)
        else:
            self.kill_spares()
        time.sleep(SETTLE_SECONDS)  # the kernel is still taking down what has just ended

    # --- crun, with a bundle of its own -----------------------------------------------------------
    def bundle(self, variant, state):
        """A bundle in the layout of podman's storage: the image's identity is found beside it."""
        folder = f"{self.work}/overlay-containers/{variant}-{state}/userdata"
        os.makedirs(folder + "/rootfs/data")
        os.makedirs(folder + "/rootfs/bin")
        shutil.copy(shutil.which("busybox"), folder + "/rootfs/bin/busybox")
        for directory in ("proc", "dev", "sys", "tmp"):
            os.mkdir(f"{folder}/rootfs/{directory}")
        self.checked(["crun", "spec"], cwd=folder)
        spec = json.load(open(folder + "/config.json"))
        spec["process"].update(args=["/bin/busybox", "true"], terminal=False)
        spec["process"].pop("rlimits", None)
        spec["root"] = {"path": "rootfs", "readonly": False}
        spec["annotations"] = {"io.diffkeeper.state-dir": "/data", "io.diffkeeper.name": state}
        if variant != "bare":
            words = self.hook_words(variant)
            takes_stage = variant != "noop"
            spec["hooks"] = {stage: [{"path": words[0], "args": words + [stage] * takes_stage}]
                             for stage in STAGES}
        json.dump(spec, open(folder + "/config.json", "w"))
        return folder

    def copy(self, folder, name):
        """The same bundle for another container with a state of its own; both have the name."""
        own = f"{self.work}/{name}"
        shutil.copytree(folder, own, symlinks=True)
        spec = json.load(open(own + "/config.json"))
        spec["annotations"]["io.diffkeeper.name"] = name
        json.dump(spec, open(own + "/config.json", "w"))
        return own

    def as_new(self, folder):
        """Makes the bundle another container's, so that the store's version is replayed into it."""
        self.renamed += 1
        name = f"c{self.renamed}"
        storage = self.work + "/overlay-containers"
        os.rename(os.path.dirname(folder), f"{storage}/{name}")
        metadata = json.dumps({"image-name": IMAGE, "image-id": "1" * 64})
        with open(storage + "/containers.json", "w") as file:
            json.dump([{"id": name, "names": [name], "metadata": metadata}], file)
        folder = f"{storage}/{name}/userdata"
        empty(folder)
        return name, folder

    def crun_run(self, name, folder):
        began = time.monotonic()
        self.checked(["crun", "run", "--bundle", folder, name])
        return (time.monotonic() - began) * 1000


class Container:
    """A process with namespaces of its own where a container's first process would be, and the
    hook itself, between pipes."""

    def __init__(self, site, variant, name, folder):
        self.site, self.words, self.folder = site, site.hook_words(variant), folder
        self.process = subprocess.Popen(["unshare", "-m", "sleep", "1000"])
        self.state = json.dumps({"ociVersion": "1.0.2", "id": name, "status": "created",
                                 "pid": self.process.pid, "bundle": folder}).encode()

    def hook(self, stage):
        words = self.words + ([stage] if self.words[0] == HOOK else [])
        began = time.monotonic()
        self.site.checked(words, input=self.state)
        return (time.monotonic() - began) * 1000

    def phases(self, stage):
        """When each phase was over, in milliseconds, as the launcher tells."""
        told = self.site.checked(self.words + ["--trace-start", stage], input=self.state)
        return [(name, float(at)) for at, name in re.findall(r"^ *(-?[\d.]+) ms  (.*)$", told, re.M)]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """Milliseconds from the process's end to a durable last version."""
        self.kill()
        return self.hook("poststop")
