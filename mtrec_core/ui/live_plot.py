"""A chart that is renewed in place, so that zoom and hover survive a tick. No torch here.

`st.plotly_chart` mounts a new node for every changed figure, whatever its key. This component keeps one node
and gives it to `Plotly.react` with a constant `uirevision`. plotly.js comes from this server, out of the
plotly package.
"""

import base64
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import plotly
import streamlit as st
from streamlit.components.v1 import declare_component

from mtrec_core.ui.charts.panels import Figure

_HERE = Path(__file__).parent
_SCRIPT = (_HERE / "live_plot.js").read_text(encoding="utf-8")
_STYLE = (_HERE / "live_plot.css").read_text(encoding="utf-8")
_chart = st.components.v2.component("mtrec_live_plot", js=_SCRIPT, css=_STYLE, isolate_styles=False)

_DTYPES = {"f4": np.float32, "i4": np.int32}


def live_plot(figure: Figure, key: str, alt: str, narrow: Mapping[str, Any] | None = None) -> None:
    """Shows plotly's figure (plain data and NumPy arrays, `layout.height` set) under a key that stays.

    `alt` says in words what it shows. `narrow` are layout values that replace others where the chart has less
    than 640 px.
    """
    drawn = {
        "data": figure["data"],
        "layout": {**figure["layout"], "uirevision": key},
        "narrow": dict(narrow or {}),
        "config": {
            "displaylogo": False,
            "responsive": True,
            "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
        },
    }
    _chart(
        key=key,
        data={"source": _plotly_source(), "alt": alt, "figure": json.dumps(packed(drawn), allow_nan=False)},
        height="content",
    )


def packed(value: Any) -> Any:
    """JSON values; arrays of numbers as the typed arrays that plotly.js reads."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fiu":
            return [packed(part) for part in value.tolist()]
        kind = "f4" if value.dtype.kind == "f" else "i4"
        return {"dtype": kind, "bdata": base64.b64encode(value.astype(_DTYPES[kind]).tobytes()).decode()}
    if isinstance(value, Mapping):
        return {name: packed(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [packed(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@st.cache_resource(show_spinner=False)
def _plotly_source() -> str:
    """Where the browser finds plotly.js: Streamlit serves the folder of a declared component."""
    folder = Path(plotly.__file__).parent / "package_data"
    component = declare_component("mtrec_plotly", path=folder)
    return f"component/{component.name}/plotly.min.js?v={plotly.__version__}"
