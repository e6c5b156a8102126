"""Charts of tables, as SVG that is read on light and on dark pages."""
import html
import math
import re

STYLE = """<style>text{font:12px sans-serif;fill:#24292f}.n{font-weight:bold}.b{fill:#8c959f}
.o{fill:#0969da}.p{fill:#fff}@media(prefers-color-scheme:dark){text{fill:#e6edf3}
.b{fill:#6e7681}.o{fill:#4493f8}.p{fill:#0d1117}}</style><rect class="p" width="100%"
height="100%"/>"""
# What is ours among what is compared.
OURS = re.compile(r"^(ours|DiffKeeper)|, ours$|by BLAKE3$|\b(spare|cold)-| kept$")
LETTER, LETTER_BOLD, MARGIN = 6.7, 7.3, 8
BAR, BAR_LONGEST, TOP = 18, 120, 44
LOGARITHMIC_FROM = 50  # times as large as the smallest


def chart(path, title, columns, rows):
    """A panel of bars for each column; on a logarithmic scale where values are far apart."""
    columns = columns or [""] * len(rows[0][1])
    label = 2 * MARGIN + LETTER * max(len(name) for name, _ in rows)
    panels = [panel(name, [values[i] for _, values in rows]) for i, name in enumerate(columns)]
    width = label + sum(panel["width"] for panel in panels)
    width = math.ceil(max(width, LETTER_BOLD * len(title)) + 2 * MARGIN)
    height = TOP + BAR * len(rows) + MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
           f'viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(title)}">{STYLE}']

    def text(x, y, value, more=""):
        out.append(f'<text x="{x:.0f}" y="{y}"{more}>{html.escape(value)}</text>')

    text(MARGIN, 16, title, ' class="n"')
    for i, (name, _) in enumerate(rows):
        text(MARGIN, TOP + 11 + BAR * i, name)
    left = MARGIN + label
    for panel_of in panels:
        text(left, TOP - 8, panel_of["name"])
        for i, (share, said) in enumerate(panel_of["bars"]):
            kind = "o" if OURS.search(rows[i][0]) else "b"
            out.append(f'<rect class="{kind}" x="{left:.0f}" y="{TOP + BAR * i}" '
                       f'width="{share * BAR_LONGEST:.1f}" height="{BAR - 5}"/>')
            text(left + share * BAR_LONGEST + 4, TOP + 11 + BAR * i, said)
        left += panel_of["width"]
    out.append("</svg>\n")
    with open(path, "w") as file:
        file.write("\n".join(out))


def panel(name, values):
    """Shares of the longest bar, what is said behind each, and the room all that takes."""
    positive = [value for value in values if value > 0] or [1]
    most, low = max(positive), math.log(min(positive) / 2)
    logarithmic = most / min(positive) > LOGARITHMIC_FROM
    bars = []
    for value in values:
        share = max(value, 0) / most
        if logarithmic and value > 0:
            share = (math.log(value) - low) / (math.log(most) - low)
        bars.append((share, f"{value:g}"))
    name += " (log)" if logarithmic else ""
    width = max([LETTER * len(name)] + [share * BAR_LONGEST + LETTER * len(said) for share, said in bars])
    return {"name": name, "bars": bars, "width": width + 3 * MARGIN}
