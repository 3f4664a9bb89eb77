"""The section of docs/benchmarks.md on the speed of the pages. No torch here."""

from collections.abc import Callable, Sequence
from statistics import median

from benchmarks.dashboard_record import MEASURES, DashboardRecord, Measure, Rival, Timing
from benchmarks.markdown import paragraph, table

TITLE = "## How fast the pages are"
QUIET_LOAD = 0.5
"""With more other work than this before a round, the record says so."""
READING = (
    "Seconds are the browser's, from the request or click until the script has ended and the chart is in "
    "the document: median, lowest and highest. Server is what the page server's process worked meanwhile. A "
    "page is run again only after its caches ran out."
)
RIVALS = (
    "The others hold the same runs with all their points. Counted is from the start of their server until it "
    "knows all runs, and until a client holds one metric's points of all of them, asked for as their own "
    "pages do; drawing them in a browser would come on top. Beside them, our server: until Compare, opened "
    "by a link that chooses all runs, has listed all with their curves in small and has drawn 24 of them in "
    "the browser."
)


def dashboard_section(record: DashboardRecord) -> str:
    """Heading, how it was measured, the times with their aims, and the other programs."""
    parts = [
        TITLE,
        paragraph(
            f"{record.runs} runs of {record.curves} curves with {record.points:,} points in the store. "
            f"`{record.command}` on {record.made}: {record.machine.text()}; {named(record.versions)}."
        ),
        paragraph(f"{quietness(record.load)} {READING}"),
        table(("", "Seconds", "Server", "Aim", ""), [row(*pair) for pair in measured(record)]),
    ]
    if record.rivals:
        parts += [paragraph(RIVALS), table(("", "Knows all runs", "Curves had", "Again"), rival_rows(record))]
    return "\n\n".join(parts)


def named(versions: dict[str, str]) -> str:
    """Streamlit 1.67.0, Chromium 1, ..."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def quietness(load: Sequence[float]) -> str:
    """Whether something else worked on the machine."""
    if max(load) <= QUIET_LOAD:
        return "The machine was quiet."
    return (
        "**The machine was not quiet**: before the rounds "
        f"{', '.join(f'{one:.1f}' for one in load)} other processes wanted a core on average, so seconds are "
        "too high; the server's own seconds suffer less."
    )


def measured(record: DashboardRecord) -> list[tuple[Measure, Timing]]:
    """What was measured, in the order of the table of measures."""
    return [(MEASURES[name], record.timings[name]) for name in MEASURES if name in record.timings]


def row(measure: Measure, timing: Timing) -> tuple[str, ...]:
    """One line of the table."""
    seconds = f"{timing.value('seconds'):.2f}"
    if len(timing.seconds) > 1:
        seconds += f" ({min(timing.seconds):.2f} to {max(timing.seconds):.2f})"
    if measure.of == "server":
        seconds = ""  # a tick begins by the clock, so the time between two says nothing
    server = f"{timing.value('server'):.3f}"
    if measure.aim is None:
        return measure.title, seconds, server, "", ""
    verdict = "holds" if timing.value(measure.of) < measure.aim else "missed"
    whose = " of the server" if measure.of == "server" else ""
    return measure.title, seconds, server, f"< {measure.aim:g} s{whose}", verdict


def rival_rows(record: DashboardRecord) -> list[tuple[str, ...]]:
    """The other programs, and ours last."""
    rows = []
    for name in dict.fromkeys(rival.name for rival in record.rivals):
        own = [rival for rival in record.rivals if rival.name == name]
        rows.append(
            (
                f"{name} ({own[0].points:,} points came)",
                spread(own, lambda one: one.known),
                spread(own, lambda one: one.curves),
                spread(own, lambda one: one.again),
            )
        )
    start, first, again = (record.timings[name] for name in ("start", "compare all", "compare all again"))
    drawn = start.value("seconds") + first.value("seconds")
    rows.append(
        (
            "Ours, in the browser",
            f"{start.value('seconds'):.1f} s",
            f"{drawn:.1f} s",
            f"{again.value('seconds'):.1f} s",
        )
    )
    return rows


def spread(rivals: Sequence[Rival], number: Callable[[Rival], float]) -> str:
    """Median, and the ends where there are several."""
    values = [number(rival) for rival in rivals]
    told = f"{median(values):.1f} s"
    return told if len(values) == 1 else f"{told} ({min(values):.1f} to {max(values):.1f})"
