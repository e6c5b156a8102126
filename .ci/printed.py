"""What benchmarks print, read again: tables, goals, and which code was measured."""
import re
import statistics
import sys

NUMBER = re.compile(r"^-?\d+(\.\d+)?(?=$|[ /%])")
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# Lines before a table that are no title of it.
NO_TITLE = ("code ", "bench-", "load average ")


def read(path):
    with open(path) as file:
        return COLOURS.sub("", file.read())


def cells(line):
    return re.split(r"\s{2,}", line.strip())


def is_row(line):
    parts = cells(line)
    return len(parts) > 1 and not parts[0].startswith("goal ") and \
        all(NUMBER.match(p) or p.startswith("n=") for p in parts[1:])


def unit(cell):
    return NUMBER.sub("", cell).partition(";")[0]


def tables(text):
    """Blocks of lines as (title, names of columns, rows of a name and numbers as printed)."""
    found = []
    for block in re.split(r"\n\s*\n", text):
        lines = block.split("\n")
        rows = [cells(line) for line in lines if is_row(line)]
        if len(rows) < 2:
            continue
        width = statistics.mode(len(row) for row in rows)
        if width == 2 and len({unit(row[1]) for row in rows}) > 1:
            continue  # milliseconds and microseconds, say: bars of one scale would lie
        for row in rows:
            if len(row) != width and row[0] != "goal":
                print(f"bench-page: not in a table: {row}", file=sys.stderr)
        numbers = width - 1 - rows[-1][-1].startswith("n=")
        others = [line for line in lines[:lines.index(next(filter(is_row, lines)))] if line.strip()]
        header = cells(others[-1]) if numbers > 1 and others else []
        names = header[-numbers:] if len(header) >= numbers else []
        if names:
            others[-1] = " ".join(header[:-numbers])
        title = next((line.strip() for line in reversed(others)
                      if line.strip() and not line.startswith(NO_TITLE)), "")
        found.append((title, names, [
            (row[0], [NUMBER.match(p).group() for p in row[1:] if NUMBER.match(p)])
            for row in rows if len(row) == width]))
    return found


def goals(text):
    """goal NAME: GOAL | ours FIGURE [| best peer FIGURE] [| limit FIGURE] | met or missed."""
    for line in text.split("\n"):
        match = re.match(r"goal ([^:]+): (.*)", line)
        if match:
            fields = match.group(2).split(" | ")

            def told(what):
                return next((f[len(what) + 1:] for f in fields if f.startswith(what + " ")), "–")

            yield {"name": match.group(1), "goal": fields[0], "ours": told("ours"),
                   "peer": told("best peer"), "limit": told("limit"), "verdict": fields[-1]}


def code_of(text):
    """Which code was measured; none if that was not known: then there is nothing to compare."""
    match = re.match(r"code (?!unknown,)([^,]*),", text)
    return match.group(1) if match else None
