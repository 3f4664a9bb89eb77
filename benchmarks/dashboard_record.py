"""What the benchmark of the pages measures, as its record keeps it. No torch here."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from benchmarks.machine import Machine

PAGES = ("Home", "Data", "Train", "Monitor", "Compare", "Try", "System")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One thing that is timed."""

    title: str
    aim: float | None = None
    """Seconds it should stay below; None where none was set."""
    of: Literal["seconds", "server"] = "seconds"
    """What the aim is about: the reader's seconds, or the server's."""


MEASURES: dict[str, Measure] = {
    "start": Measure(title="Page server started until Home is shown", aim=2.0),
    "start, new browser": Measure(title="The same, in a browser that never was here"),
    **{f"open {page}": Measure(title=f"{page} opened by its address") for page in PAGES},
    **{f"rerun {page}": Measure(title=f"{page} run again, as any widget does", aim=0.3) for page in PAGES},
    "compare at once": Measure(title="Compare from the sidebar, at once after the first page"),
    "compare first": Measure(
        title="Compare from the sidebar, first time, after some seconds: all listed, five drawn", aim=1.0
    ),
    "compare again": Measure(title="Compare from the sidebar, again", aim=1.0),
    "compare all": Measure(title="Compare by a link that chooses all runs: 24 drawn, first time"),
    "compare all again": Measure(title="The same link again"),
    "tick": Measure(title="A tick of Monitor on a run that trains, five tabs", aim=0.1, of="server"),
}
"""Key -> measure, in the order of the page."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """All that was measured of one thing."""

    seconds: tuple[float, ...]
    """Of the browser's clock, from the request or click until the script has ended and the chart is drawn;
    one value per time it was done."""
    server: tuple[float, ...]
    """Processor seconds of the page server meanwhile."""

    def value(self, of: Literal["seconds", "server"]) -> float:
        """The median."""
        return median(self.seconds if of == "seconds" else self.server)


@dataclass(frozen=True, kw_only=True)
class Rival:
    """Another program on the same runs, once."""

    name: str
    known: float
    """Seconds from its start until it knows all runs."""
    curves: float
    """Seconds from its start until a client holds one metric's points of all runs."""
    again: float
    """Seconds to ask for the same once more."""
    points: int
    """How many points came."""


@dataclass(frozen=True, kw_only=True)
class DashboardRecord:
    """One measurement of the pages."""

    command: str
    made: str
    machine: Machine
    runs: int
    curves: int
    """Curves of each run."""
    points: int
    """Points of each curve."""
    versions: dict[str, str]
    """Of what the numbers depend on: Streamlit, browser, the other programs."""
    load: tuple[float, ...]
    """Processes that wanted a core before each round, on average over a minute: other work on the machine."""
    timings: dict[str, Timing]
    rivals: tuple[Rival, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain dicts; `summary` repeats what follows from `timings`, for those who read the file."""
        summary = {
            name: {"seconds": timing.value("seconds"), "server": timing.value("server")}
            for name, timing in self.timings.items()
        }
        return {**dataclasses.asdict(self), "summary": summary}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "DashboardRecord":
        """The record that `to_json` wrote."""
        values = {name: value for name, value in content.items() if name != "summary"}
        values["machine"] = Machine(**content["machine"])
        values["load"] = tuple(content["load"])
        values["timings"] = {
            name: Timing(seconds=tuple(timing["seconds"]), server=tuple(timing["server"]))
            for name, timing in content["timings"].items()
        }
        values["rivals"] = tuple(Rival(**rival) for rival in content["rivals"])
        return DashboardRecord(**values)
