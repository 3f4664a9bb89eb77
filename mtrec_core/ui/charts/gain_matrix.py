"""Gains of tasks by other tasks, as a matrix with its numbers. No torch here.

Shape suffixes: T = tasks.
"""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from mtrec_core.ui.charts.palette import DARK, LIGHT
from mtrec_core.ui.theme import SHADES, template

CELL = 44
"""Pixels a row is high."""


def gain_matrix(
    gains_TT: np.ndarray,
    texts_TT: Sequence[Sequence[str]],
    titles: Sequence[str],
    x_title: str,
    y_title: str,
    dark: bool,
) -> go.Figure:
    """A row per helper, a column per task that is helped; NaN, as on the diagonal, is left empty. `texts_TT`
    stand in the cells."""
    known = np.abs(gains_TT[np.isfinite(gains_TT)])
    most = float(known.max()) if known.size and known.max() > 0 else 1.0
    colours = DARK if dark else LIGHT
    places = list(range(len(titles)))
    figure = go.Figure(
        go.Heatmap(
            z=gains_TT,
            x=places,
            y=places,
            zmin=-most,
            zmax=most,
            colorscale=[[0.0, colours[7]], [0.5, SHADES[dark].panel], [1.0, colours[4]]],
            text=[list(row) for row in texts_TT],
            texttemplate="%{text}",
            textfont={"size": 13},
            xgap=2,
            ygap=2,
            showscale=False,
            hoverinfo="skip",
        )
    )
    axis = {"tickmode": "array", "tickvals": places, "ticktext": list(titles), "showgrid": False}
    return figure.update_layout(
        template=template(dark),
        height=190 + CELL * len(titles),
        margin={"l": 8, "r": 8, "t": 12, "b": 8},
        xaxis={**axis, "title": {"text": x_title}, "tickangle": -20},
        yaxis={**axis, "title": {"text": y_title}, "autorange": "reversed"},
    )
