"""What the original DiffKeeper's README claims, what that measured, and ours of the same thing."""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ABSENT = "not measured in this run"


def claims(printed):
    """Rows of four: what, its figure, what its benchmark did by its code and log, ours."""
    everything = "\n".join(printed.values())

    def first(pattern, form="{}", absent=ABSENT):
        match = re.search(pattern, everything, re.M)
        return form.format(*match.groups()) if match else absent

    def of(pattern, say):
        match = re.search(pattern, everything, re.M | re.S)
        return say(*map(float, match.groups())) if match else ABSENT

    def saved(workload):
        return of(rf"^{workload}: .*?^ +ours +([\d.]+)", lambda stored: f"{100 - stored:.2f} %")

    def whole(workload):
        return of(rf"^{workload}: [^\n]*; (\d+) versions of ([\d.]+) MB.*?^ +ours +([\d.]+)",
                  lambda n, size, stored: f"{n * size * stored * 10:.0f} kB of {n * size:.0f} MB")

    diff = " +([\\d.]+)".join(("^ +diffOfOneMegabyte", r"[^$]*?^ +diffOfOneMegabyteByBsdiff",
                               r"[^$]*?^ +diffOfOneMegabyteByVcdiff", ""))
    return [
        ("storage saved, 1 MB × 20 versions, a tenth changed", "85.7 %",
         "three whole copies of 21, of a pattern of 256 bytes: `zstd` of each would save 99.9 %",
         f"{saved('A0')} of a pattern like theirs; {saved('A1')} of random data, of which "
         "85.72 % is all that can be saved"),
        ("the whole store's file for that", "–", "sizes of records were added up, not the file's",
         f"{whole('A0')}; {whole('A1')}"),
        ("recovery of 10 MB", "11.5 ms", "a file of that pattern",
         first(r"^10 MB +([\d.]+)", "{} ms of random data, verified")),
        ("recovery per file", "20.67 µs", "a run whose log says “Restored 0 files”",
         of(r"^10,000 x 4 KiB +([\d.]+)",
            lambda millis: f"{millis / 10:.1f} µs, created, written, named and verified")),
        ("recovery of 61 files", "170 ms", "files of some bytes",
         first(r"^61 small +([\d.]+)", "{} ms for files of 2 kB, verified")),
        ("capture of 1 MB", "19.6 ms", "by its log each version was stored as a whole copy",
         first(r"^A1: .*?\n.*\n.*\n +ours +[\d.]+ +([\d.]+)", "{} ms as a delta, on disk")),
        ("diff of 1 MB", "18.4 ms", "a whole capture, with bsdiff chosen",
         first(diff, "{} µs by zstd, the default; {} by bsdiff, {} by VCDIFF")),
        ("chunking of 10 MB", "46.2 ms", "a capture in fixed chunks",
         first(r"10 MB cut, hashed and durable +([\d.]+)", "{} ms, cut, hashed, on disk")),
        ("Merkle verification", "933 µs a file",
         "the tree was built again from one stored digest; no data was read",
         first(r"Merkle verify of 10 MB +([\d.]+)", "{} ms for a file of 10 MB, every byte hashed")),
        ("CAS lookup", "134 µs", "42 bytes",
         first(r"CAS get of 2 kB, verified +([\d.]+)", "{} µs for 2 kB, verified")),
        ("newest of a chain of 25", "1.55 ms", "a text of 25 lines",
         first(r"^chain of 25 \S+ +([\d.]+) +([\d.]+)", "{} ms for 10 MB; a snapshot {} ms")),
        ("capture latency", "< 1 µs", "not measured: when an event without content is sent",
         first(r"^ *ext4 64 bpf-timestamps kept +([-\d.]+)", "{} ns are added to a write on ext4")
         + first(r"^write to durable version: (p50 \d+ ms, p99 \d+ ms)",
                 "; from a write to a durable version {}, of which 100 ms are the chosen delay", "")),
        ("CPU, idle", "0.1 %", "not known", first(r"^goal idle-cpu.*ours ([\d.]+)", "{} %")),
        ("CPU, active writes", "1–3 %; < 0.5 % with eBPF", "not known; the latter was a goal",
         first(r"^goal busy-cpu.*ours ([\d.]+)", "{} % at 1,000 changed files a second")
         + of(r"^10 +[\d.]+ +[\d.]+ +[\d.]+ +([\d.]+)$",
              lambda millis: f"; {millis / 100:.2f} % for each of ten containers that write "
                             "100 kB a second")),
        ("memory per container", "~50 MB", "not known",
         first(r"^goal keeper-rss.*ours ([\d.]+)", "{} MB resident")
         + first(r"^goal keeper-pss.*ours ([\d.]+)", "; {} MB each of ten (PSS)", "")),
        ("install size", "6.5 MB", "one program", "{:.0f} MB, with its own Java runtime; {:.0f} more "
         "for containerd and Docker".format(*sizes())),
    ]


def sizes():
    """MB of what is installed, by the files' lengths: the package's, and that of the shim."""
    bytes_of = {False: 0, True: 0}
    for folder, _, names in os.walk(ROOT + "/target/dist"):
        for name in names:
            path = os.path.join(folder, name)
            bytes_of["shim" in path[len(ROOT):]] += os.lstat(path).st_size
    return [size / 1e6 for size in bytes_of.values()]
