"""Imports what every page needs while the first browser still loads its scripts. No torch here.

Otherwise the first page of a fresh server waits for all of it. Nothing of `mtrec_core.ui` is among it: pages
import that themselves, in the order that Streamlit expects.
"""

import importlib

NEEDED = (
    "sqlalchemy.dialects.sqlite",
    "plotly.graph_objects",
    "pandas",
    "pyarrow.compute",
    "mtrec_core.store.store",
    "mtrec_core.evaluation.metrics",
    "mtrec_core.jobs.requests",
)


def import_early() -> None:
    """Takes a second or two, in a thread of the server; a page that needs one of them meanwhile waits for
    it."""
    for name in NEEDED:
        importlib.import_module(name)
