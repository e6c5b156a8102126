"""What must come out alike when the same code is measured again: not milliseconds, but ratios."""
import math
import re

from printed import NUMBER, code_of, goals, tables

WITHIN = 1.25
# What half of a last digit may be of a figure, so that its ratios mean something.
ROUNDING_MAX = 0.1
OURS = ("ours", "DiffKeeper")
# A start that is none of ours, of the same run; podman's by podman.
STARTS, PODMANS = "crun noop-empty", "podman noop-empty"
# What single pieces are compared with.
PIECE = "hashTenMegabytesByTheHost"
COPY = "÷ cp -a"
# Units of goals whose ratios are in the tables.
IN_TABLES = ("", "ms", "ns a write", "exponent", "writes", "x cp -a")
# How much of a life was lost is a matter of chance; restores are compared with copies.
LEFT_OUT = {"writes lost", "most", "restore ms"}


def number(printed):
    return float(NUMBER.match(printed).group())


def rounding(printed):
    """Half of the last digit, as a part of the figure."""
    text = NUMBER.match(printed).group()
    return 0.5 * 10 ** -len(text.partition(".")[2]) / abs(float(text)) if float(text) else math.inf


class Ratios:
    """By name; those that the printed digits do not resolve are only counted."""

    def __init__(self):
        self.by_name, self.unresolved = {}, set()

    def add(self, name, above, below):
        if rounding(above) + rounding(below) <= ROUNDING_MAX:
            self.by_name[name] = number(above) / number(below)
        else:
            self.unresolved.add(name)

    def alone(self, name, printed):
        """What is a ratio already, or does not depend on how fast the machine is just now."""
        if number(printed) == 0 or rounding(printed) <= ROUNDING_MAX:
            self.by_name[name] = number(printed)
        else:
            self.unresolved.add(name)

    def tools(self, where, columns, rows):
        """Others as multiples of ours; restores as multiples of copies."""
        ours = next((values for name, values in rows if name in OURS), ())
        for name, values in rows:
            for column, own, other in zip(columns, ours, values):
                if column == COPY:
                    self.alone(f"{where}, restore: {name} {COPY}", other)
                elif name not in OURS and column not in LEFT_OUT:
                    self.add(f"{where}, {column}: {name} ÷ ours", other, own)

    def table(self, part, title, columns, rows):
        of = dict(rows)
        if part in ("store", "peers"):
            where = re.split(r"[:;]", title)[0] if part == "store" else part
            self.tools(where + (" (kernel)" if "accounted" in title else ""), columns, rows)
        elif part == "start" and STARTS in of:
            for name, (median, *_) in rows:
                if not name.startswith("memory"):
                    yardstick = PODMANS if name.startswith("podman") else STARTS
                    self.add(f"{name} ÷ {yardstick}", median, of[yardstick][0])
        elif part == "runtime":
            for name, (bare, wrapped) in rows:
                self.add(f"{name}: wrapped ÷ bare", wrapped, bare)
        elif part == "replay":
            for name, values in rows if "ratio" in columns else ():
                self.alone(f"replay: {name} ÷ cp -a", values[columns.index("ratio")])
        elif part == "pieces" and PIECE in of:
            for name, (mean, *_) in rows:
                self.add(f"{name} ÷ {PIECE}", mean, of[PIECE][0])
        elif part in ("growth", "containers"):
            for column, power in zip(columns, of.get("exponent", ())):
                what = title or "containers"
                self.by_name[f"{part}, {what}: {column} with ten times as many"] = 10 ** number(power)
        elif part == "capture":
            for name, (added, *_) in rows:
                base = of.get(" ".join(name.split()[:2]) + " base")
                if base and not name.endswith(" base"):
                    self.by_name[f"a write, {name} ÷ base"] = 1 + number(added) / number(base[0])

    def goal(self, goal):
        """What no ratio of a table has in it."""
        figure, _, unit = goal["ours"].partition(" ")
        slower = unit == "%" and "-slower-" in goal["name"]
        if not slower and unit not in IN_TABLES:
            self.alone(f"{goal['name']}, {unit}", figure)


def ratios(printed):
    found = Ratios()
    for part, text in printed.items():
        for goal in goals(text):
            found.goal(goal)
        for table in tables(text):
            found.table(part, *table)
    return found


def reasons(page):
    """By the rest of the row, what somebody wrote beside it: of other runs, it would not be true."""
    section = page.partition("\n## Two runs")[2].partition("\n## ")[0]
    return dict(re.findall(r"^(\| .*\|) (\S.*?) \|$", section, re.M))


def two_runs(printed, before, page):
    """The page's lines, and the same as data."""
    same = [part for part in printed if part in before and code_of(printed[part])
            and code_of(printed[part]) == code_of(before[part])]
    title = ["", "## Two runs", ""]
    if not same:
        return title + ["This code has been measured once: `make bench` again compares."], []
    now = ratios({part: printed[part] for part in same})
    then = ratios({part: before[part] for part in same})
    rows = []
    for name in now.by_name:
        if name in then.by_name:
            low, high = sorted((then.by_name[name], now.by_name[name]))
            apart = 1 if low == high else high / low if low > 0 else math.inf
            rows.append({"name": name, "first": then.by_name[name], "second": now.by_name[name],
                         "apart": apart, "within": apart <= WITHIN})
    apart = sorted((row for row in rows if not row["within"]), key=lambda row: -row["apart"])
    blurred = len(now.unresolved | then.unresolved)
    why = reasons(page)
    lines = title + [
        f"Of the parts {', '.join(same)} there is a run of the same code before this one. Ratios are "
        "compared: tools to ours, replays to `cp -a`, starts to a start without us, a write that is "
        "kept to one that is not, what ten times as much takes. "
        f"{len(rows) - len(apart)} of {len(rows)} are within 25 % of each other. "
        f"{blurred} more are of figures so small that their last digit decides, and are not compared."]
    if apart:
        lines += ["", "These are not:", "", "| | first run | second run | apart | why |",
                  "|---|---|---|---|---|"]
    for row in apart:
        start = f"| {row['name']} | {row['first']:.4g} | {row['second']:.4g} | {row['apart']:.2f} × |"
        lines.append(f"{start} {why.get(start, '')} |")
    return lines, rows
