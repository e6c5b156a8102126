"""Random operations, and a model that says what they lead to.

  model.py write DIR SEED OPERATIONS THREADS      performs them, says "ready", and waits to be killed
  model.py check SEED OPERATIONS THREADS COPY...  says what in a copy is no state that the model was in;
                                                  the copies in order of their time

Each thread works in a directory of its own, so that what it does is known from the seed alone. It
counts its operations in a file; each is one system call, so a picture of one moment has the model's
state after as many operations as were counted, or after one more. The last copy has to be the end.
"""
import copy
import os
import random
import stat
import sys
import threading
import time

NAMES = [f"n{i}" for i in range(8)]
BYTES_MAX = 9000
BURST = 20
PAUSE_S_MAX = 0.02
COUNT = "count"


class Node:
    def __init__(self, kind, mode, target=None):
        self.kind, self.mode, self.target = kind, mode, target
        self.data, self.xattrs, self.children = bytearray(), {}, {}
        self.mtime = None  # in ns, while it is known

    def all(self, path=""):
        for name, child in self.children.items():
            yield os.path.join(path, name), self, name, child
            yield from child.all(os.path.join(path, name))


class Model:
    """The directory of one thread, in memory, and the operations on it, one after the other."""

    def __init__(self, seed, thread):
        self.random = random.Random(f"{seed} {thread}")
        self.root = Node("dir", 0o755)
        self.steps = 0

    def step(self):
        """Does one operation; returns what has to be done to a real directory: a call and its arguments."""
        while True:
            done = getattr(self, "do_" + self.random.choice(OPERATIONS))()
            if done:
                self.steps += 1
                return done

    def pick(self, *kinds):
        found = [entry for entry in self.root.all() if entry[3].kind in kinds]
        return self.random.choice(found) if found else None

    def place(self):
        """A directory and a name in it."""
        directories = [("", self.root)]
        directories += [(path, node) for path, _, _, node in self.root.all() if node.kind == "dir"]
        path, node = self.random.choice(directories)
        name = self.random.choice(NAMES)
        return os.path.join(path, name), node, name

    def make(self, node, call, *arguments):
        path, parent, name = self.place()
        if name in parent.children or path.count("/") > 4:
            return None
        parent.children[name] = node
        return (call, path, *arguments)

    def do_create(self):
        return self.make(Node("file", 0o640), "create", 0o640)

    def do_mkdir(self):
        return self.make(Node("dir", 0o750), "mkdir", 0o750)

    def do_symlink(self):
        target = f"to {self.random.randrange(1000)}"
        return self.make(Node("link", 0o777, target), "symlink", target)

    def do_hardlink(self):
        old = self.pick("file")
        return self.make(old[3], "hardlink", old[0]) if old else None

    def do_write(self):
        old = self.pick("file")
        if not old:
            return None
        path, _, _, node = old
        at = self.random.choice([0, len(node.data), self.random.randrange(BYTES_MAX)])
        data = self.random.randbytes(self.random.randrange(1, BYTES_MAX))
        node.data.extend(bytes(max(0, at - len(node.data))))
        node.data[at : at + len(data)] = data
        node.mtime = None
        return "write", path, at, data

    def do_truncate(self):
        old = self.pick("file")
        if not old:
            return None
        path, _, _, node = old
        size = self.random.randrange(BYTES_MAX)
        node.data = node.data[:size] + bytes(max(0, size - len(node.data)))
        node.mtime = None
        return "truncate", path, size

    def do_unlink(self):
        old = self.pick("file", "link")
        if not old:
            return None
        del old[1].children[old[2]]
        return "unlink", old[0]

    def do_rmdir(self):
        old = self.pick("dir")
        if not old or old[3].children:
            return None
        del old[1].children[old[2]]
        return "rmdir", old[0]

    def do_rename(self):
        old = self.pick("file", "link", "dir")
        path, parent, name = self.place()
        if not old or path == old[0] or path.startswith(old[0] + "/") or path.count("/") > 4:
            return None
        there, node = parent.children.get(name), old[3]
        if there and (there is node or there.children or (there.kind == "dir") != (node.kind == "dir")):
            return None
        del old[1].children[old[2]]
        parent.children[name] = node
        return "rename", old[0], path

    def do_chmod(self):
        old = self.pick("file", "dir")
        if not old:
            return None
        old[3].mode = 0o600 | self.random.randrange(0o200) | (0o100 if old[3].kind == "dir" else 0)
        return "chmod", old[0], old[3].mode

    def do_utime(self):
        old = self.pick("file")
        if not old:
            return None
        old[3].mtime = self.random.randrange(10**18)
        return "utime", old[0], old[3].mtime

    def do_setxattr(self):
        old = self.pick("file", "dir")
        if not old:
            return None
        name, value = f"user.{self.random.randrange(3)}", self.random.randbytes(9)
        old[3].xattrs[name] = value
        return "setxattr", old[0], name, value

    def do_removexattr(self):
        old = self.pick("file", "dir")
        if not old or not old[3].xattrs:
            return None
        name = self.random.choice(sorted(old[3].xattrs))
        del old[3].xattrs[name]
        return "removexattr", old[0], name


# What leaves something there comes more often than what takes it away.
OPERATIONS = ["create", "create", "mkdir", "symlink", "hardlink", "write", "write", "write", "truncate"]
OPERATIONS += ["unlink", "rmdir", "rename", "rename", "chmod", "utime", "setxattr", "removexattr"]


def write_at(path, at, data):
    fd = os.open(path, os.O_WRONLY)
    if os.pwrite(fd, data, at) != len(data):
        raise OSError("short write")
    os.close(fd)


DISK = {
    "create": lambda path, mode: os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)),
    "mkdir": os.mkdir,
    "symlink": lambda path, target: os.symlink(target, path),
    "hardlink": lambda path, old: os.link(old, path),
    "write": write_at,
    "truncate": os.truncate,
    "unlink": os.unlink,
    "rmdir": os.rmdir,
    "rename": os.rename,
    "chmod": os.chmod,
    "utime": lambda path, ns: os.utime(path, ns=(ns, ns)),
    "setxattr": os.setxattr,
    "removexattr": os.removexattr,
}


def work(folder, seed, thread, operations, failures):
    try:
        model, pauses = Model(seed, thread), random.Random()
        top = os.path.join(folder, str(thread))
        os.mkdir(top)
        count = os.open(os.path.join(top, COUNT), os.O_CREAT | os.O_WRONLY, 0o644)
        for number in range(operations):
            call, path, *arguments = model.step()
            if call in ("rename", "hardlink"):
                arguments[0] = os.path.join(top, arguments[0])
            DISK[call](os.path.join(top, path), *arguments)
            os.pwrite(count, b"%08d" % (number + 1), 0)
            if pauses.randrange(BURST) == 0:
                time.sleep(pauses.random() * PAUSE_S_MAX)
    except Exception as failure:
        failures.append(f"thread {thread}: {failure!r}")


def write(folder, seed, operations, threads):
    os.umask(0)
    failures = []
    all_threads = [
        threading.Thread(target=work, args=(folder, seed, thread, operations // threads, failures))
        for thread in range(threads)
    ]
    for thread in all_threads:
        thread.start()
    for thread in all_threads:
        thread.join()
    print("\n".join(failures) or "ready", flush=True)
    threading.Event().wait()


def look(top):
    """What is in a real directory, in the words of shown()."""
    found, inodes = {}, {}
    for folder, directories, files in os.walk(top):
        for name in directories + files:
            full = os.path.join(folder, name)
            path, status = os.path.relpath(full, top), os.lstat(full)
            if path == COUNT:
                continue
            first = inodes.setdefault(status.st_ino, path)
            if stat.S_ISLNK(status.st_mode):
                found[path] = ("link", os.readlink(full))
                continue
            xattrs = {name: os.getxattr(full, name) for name in os.listxattr(full)}
            kept = {name: value for name, value in xattrs.items() if name.startswith("user.")}
            mode = stat.S_IMODE(status.st_mode)
            if stat.S_ISDIR(status.st_mode):
                found[path] = ("dir", mode, kept)
            else:
                with open(full, "rb") as file:
                    found[path] = ("file", mode, kept, file.read(), first, status.st_mtime_ns)
    return found


def difference(model, found):
    """What tells a model from what was found; None if nothing does."""
    wanted, firsts = {}, {}
    for path, _, _, node in model.root.all():
        wanted[path] = node
    for path in found:  # in the order in which look() named the first of several links
        if path in wanted:
            firsts.setdefault(id(wanted[path]), path)
    if set(wanted) != set(found):
        return f"paths {sorted(set(wanted) ^ set(found))}"
    for path, node in wanted.items():
        there = found[path]
        if node.kind == "link":
            expected = ("link", node.target)
        elif node.kind == "dir":
            expected = ("dir", node.mode, node.xattrs)
        else:
            mtime = there[5] if node.mtime is None and len(there) > 5 else node.mtime
            expected = ("file", node.mode, node.xattrs, bytes(node.data), firsts[id(node)], mtime)
        if there != expected:
            return f"{path}: {str(there)[:300]} and not {str(expected)[:300]}"
    return None


def check_thread(top, model, operations, last):
    """Compares a copy with a model, which is brought to where the copy is: copies come in order."""
    if not os.path.exists(top):
        return "is not there" if last else None
    counted = 0
    if os.path.exists(os.path.join(top, COUNT)):
        with open(os.path.join(top, COUNT)) as file:
            counted = int(file.read() or 0)
    if last and counted != operations:
        return f"counted {counted} of {operations}"
    while model.steps < counted:
        model.step()
    found = look(top)
    wrong = difference(model, found)
    if wrong and counted < operations:
        ahead = copy.deepcopy(model)
        ahead.step()
        wrong = difference(ahead, found) and wrong
    return wrong and f"after {counted} operations: {wrong}"


def check(seed, operations, threads, copies):
    failed = False
    models = [Model(seed, thread) for thread in range(threads)]
    for number, folder in enumerate(copies, 1):
        for thread, model in enumerate(models):
            top = os.path.join(folder, str(thread))
            wrong = check_thread(top, model, operations // threads, number == len(copies))
            if wrong:
                print(f"{top}: {wrong}")
                failed = True
    sys.exit(failed)


def main():
    if sys.argv[1] == "write":
        write(sys.argv[2], *(int(argument) for argument in sys.argv[3:6]))
    else:
        check(*(int(argument) for argument in sys.argv[2:5]), sys.argv[5:])


main()
