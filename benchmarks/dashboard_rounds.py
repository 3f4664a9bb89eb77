"""One round of the benchmark of the pages: a fresh server and a browser. No torch here."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.dashboard_record import PAGES, Timing
from benchmarks.served_pages import PageServer, Tab, count_sent, new_tab
from mtrec_core.home import Home
from mtrec_core.store.store import Store
from tests.ui.recorded_runs import write_points

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DRAWN = ".js-plotly-plot .main-svg"
RERUNS = 3
CACHES_LAST_SECONDS = 2.1
"""After so long the pages read the store again, as for a reader who looked at something for a moment."""
READ_SECONDS = 4.0
"""How long a reader looks at the first page."""
TABS = 5
LIVE_SECONDS = 20.0
STEPS_PER_SECOND = 10
"""As fast as the small runs of the sample shop train on a processor."""


@dataclass(kw_only=True)
class Notes:
    """Collects what the rounds give, under the keys of `MEASURES`."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    server: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, seconds: float, server: float) -> None:
        self.seconds.setdefault(name, []).append(seconds)
        self.server.setdefault(name, []).append(server)

    def timed(self, name: str, server: PageServer, does: Callable[[], float]) -> None:
        """Does something that tells its own seconds, and notes the server's share."""
        before = server.cpu_seconds()
        seconds = does()
        self.add(name, seconds, server.cpu_seconds() - before)

    def timings(self) -> dict[str, Timing]:
        return {
            name: Timing(seconds=tuple(seconds), server=tuple(self.server[name]))
            for name, seconds in self.seconds.items()
        }


def address(page: str) -> str:
    """The last part of a page's address."""
    return "" if page == "Home" else page


def start(notes: Notes, name: str, home: Home, tab: Tab, port: int) -> PageServer:
    """A server that was started, and how long until its first page stood. The port stays the same, so that a
    browser that was here has the pages' scripts."""
    began = time.perf_counter()
    server = PageServer(home, port)
    try:
        server.wait()
        up = time.perf_counter() - began
        seconds = tab.open(server.url())
        notes.add(name, up + seconds, server.cpu_seconds())
    except BaseException:
        server.close()
        raise
    return server


def hurry(notes: Notes, server: PageServer, browser: "Browser") -> None:
    """Compare on a fresh server as soon as another page stands."""
    tab = new_tab(browser, DRAWN)
    tab.open(server.url("System"))
    notes.timed("compare at once", server, lambda: tab.click("Compare", DRAWN))
    tab.page.context.close()


def visit_pages(notes: Notes, server: PageServer, browser: "Browser", numbers: Sequence[int]) -> None:
    """Compare for the first time and again; then every page by its address, and run again."""
    reader = new_tab(browser, DRAWN)
    reader.open(server.url("System"))
    time.sleep(READ_SECONDS)
    for name in ("compare first", "compare again"):
        notes.timed(name, server, lambda: reader.click("Compare", DRAWN))
        reader.click("System")
        time.sleep(CACHES_LAST_SECONDS)
    everything = server.url("Compare", f"runs={','.join(map(str, numbers))}")
    for name in ("compare all", "compare all again"):
        notes.timed(name, server, lambda: reader.open(everything, DRAWN))
    for page in PAGES:
        notes.timed(f"open {page}", server, lambda page=page: reader.open(server.url(address(page))))
        for _ in range(RERUNS):
            time.sleep(CACHES_LAST_SECONDS)
            notes.timed(f"rerun {page}", server, reader.rerun)
    reader.page.context.close()


def watch_live(notes: Notes, server: PageServer, browser: "Browser", store: Store, run_id: str) -> None:
    """Five tabs on a run that goes on; the server's seconds per tick of a tab."""
    tabs = [new_tab(browser) for _ in range(TABS)]
    sent = [count_sent(tab) for tab in tabs]
    for tab in tabs:
        tab.open(server.url("Monitor", f"run={run_id}&every=1"))
    step = max(int(curve.steps[-1]) for curve in store.curves([run_id]).values()) + 1
    before, ticks, began = server.cpu_seconds(), sum(map(len, sent)), time.perf_counter()
    while time.perf_counter() - began < LIVE_SECONDS:
        write_points(store, run_id, range(step, step + STEPS_PER_SECOND // 2))
        step += STEPS_PER_SECOND // 2
        tabs[0].page.wait_for_timeout(500)  # the browser's messages are counted meanwhile
    spent, elapsed = server.cpu_seconds() - before, time.perf_counter() - began
    ticks = max(sum(map(len, sent)) - ticks, 1)
    notes.add("tick", TABS * elapsed / ticks, spent / ticks)
    for tab in tabs:
        tab.page.context.close()


def load_now() -> float:
    """Processes that want a core, on average over the last minute."""
    return os.getloadavg()[0]
