"""What pages need, brought before they ask for it: Python's modules, and the browser's. No torch here.

A thread of the server imports in two goes. What every page needs comes while the first browser still loads
its scripts; else the first page of a fresh server would wait for it. What only some pages need comes once
the first page stands: sooner, it would take the interpreter from that page. Nothing that imports Streamlit is
among it: pages do that themselves, in the order that Streamlit expects.

The browser loads what draws charts and tables, five megabytes of script, when a page has stood for a moment.
"""

import importlib
import importlib.util
import json
import time
from functools import cache
from pathlib import Path
from threading import Event

FOR_EVERY_PAGE = ("sqlalchemy.orm", "sqlalchemy.dialects.sqlite", "mtrec_core.store.store")
FOR_SOME_PAGES = (
    "pandas",
    "pyarrow.compute",
    "plotly.graph_objects",
    "plotly.io",
    "mtrec_core.evaluation.metrics",
    "mtrec_core.jobs.requests",
    "mtrec_core.comparing.affinity",
    "mtrec_core.comparing.fuse_runs",
    "mtrec_core.comparing.intervals",
    "mtrec_core.comparing.slice_work",
    "mtrec_core.comparing.transfer",
    "mtrec_core.reports.compose",
    "mtrec_core.jobs.side_work",
)
NOBODY_CAME = 3.0
"""Seconds after which the second go no longer waits for a page."""
STILL_DRAWING = 0.5
"""Seconds that the first page gets for the rest of its script."""

CHARTS = ("PlotlyChart", "DataFrame")
"""Streamlit's scripts that the browser loads early: `static/js/NAME.*.js` of the package."""
_LOAD = """<script>
window.mtrecEarly ??= setTimeout(() => (window.requestIdleCallback ?? setTimeout)(async () => {
  for (const script of %s) await import(new URL(script, document.baseURI)).catch(() => {});
}), 1000);
</script>"""

_page_begun = Event()


def page_begun() -> None:
    """A page has what stands around it, and goes on to its own part."""
    _page_begun.set()


def import_early() -> None:
    """Takes some seconds; a page that needs one of them meanwhile waits for it."""
    for name in FOR_EVERY_PAGE:
        importlib.import_module(name)
    if _page_begun.wait(NOBODY_CAME):
        time.sleep(STILL_DRAWING)
    for name in FOR_SOME_PAGES:
        importlib.import_module(name)


@cache
def charts_early() -> str:
    """HTML that lets the browser load the scripts of `CHARTS` once it is idle; each once per tab."""
    found = importlib.util.find_spec("streamlit")
    folder = Path(found.origin).parent / "static" if found and found.origin else Path()
    scripts = [path for name in CHARTS for path in folder.glob(f"static/js/{name}.*.js")]
    return _LOAD % json.dumps([f"./{path.relative_to(folder).as_posix()}" for path in scripts])
