"""Imports what pages need before they ask for it, in a thread of the server. No torch here.

It does so in two goes. What every page needs comes while the first browser still loads its scripts; else the
first page of a fresh server would wait for it. What only some pages need comes once the first page stands:
sooner, it would take the interpreter from that page. Nothing that imports Streamlit is among it: pages do
that themselves, in the order that Streamlit expects.
"""

import importlib
import time
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
