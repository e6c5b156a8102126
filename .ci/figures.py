"""What a benchmark measured: figures, phases, and goals, and how they are printed."""
import statistics

figures = {}
phases = {}


def note(name, value):
    figures.setdefault(name, []).append(value)


def show(prefix):
    for name in sorted(figures):
        if name.startswith(prefix):
            values = figures[name]
            print(f"  {name:32} {statistics.median(values):8.1f} {min(values):8.1f} "
                  f"{max(values):8.1f}  n={len(values)}")


def median(name):
    return statistics.median(figures[name])


goals = []


def goal(name, most, unit, figure, limit=None):
    """With a limit: what no program can go below."""
    met = "met" if figure <= most else "missed"
    least = "" if limit is None else f" | limit {limit:.1f} {unit}"
    goals.append(f"goal {name}: {most} {unit} | ours {figure:.1f} {unit}{least} | {met}")


def note_phases(title, found):
    for phase, at in found:
        phases.setdefault(title, {}).setdefault(phase, []).append(at)


def show_phases():
    """Medians, in order; several are on threads of their own, beside what comes next to them."""
    for (what, variant, state), times in phases.items():
        print(f"\nphases of a{'n' * (what == 'end')} {what}, {variant}, {state}"
              "           done, ms   after the one before")
        before = 0
        for name, at in sorted(((n, statistics.median(t)) for n, t in times.items()),
                               key=lambda phase: phase[1]):
            print(f"  {name:32} {at:8.2f} {at - before:8.2f}")
            before = at
