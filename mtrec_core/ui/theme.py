"""The look that `.streamlit/config.toml` can't give: plotly's template, a few rules of CSS. No torch here."""

from dataclasses import dataclass
from functools import cache

import plotly.graph_objects as go

from mtrec_core.ui.charts.palette import DARK, LIGHT

FONT = '"Source Sans", "Source Sans Pro", sans-serif'


@dataclass(frozen=True, kw_only=True)
class Shades:
    """The greys of a page; the same values as in `.streamlit/config.toml`."""

    page: str
    panel: str
    text: str
    quiet_text: str
    line: str


SHADES: dict[bool, Shades] = {
    False: Shades(page="#FFFFFF", panel="#F4F6F9", text="#1A2230", quiet_text="#5A6678", line="#DFE4EB"),
    True: Shades(page="#0F141C", panel="#18202B", text="#E7ECF3", quiet_text="#9AA7BA", line="#2B3645"),
}
"""By whether the page is dark."""


@cache
def template(dark: bool) -> go.layout.Template:
    """plotly's template of every chart."""
    shades = SHADES[dark]
    axis = {
        "gridcolor": shades.line,
        "linecolor": shades.line,
        "zerolinecolor": shades.line,
        "gridwidth": 1,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"color": shades.quiet_text, "size": 12},
        "title": {"font": {"color": shades.quiet_text, "size": 12}, "standoff": 8},
        "automargin": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": shades.text},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": DARK if dark else LIGHT,
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
            "hoverlabel": {
                "bgcolor": shades.panel,
                "bordercolor": shades.line,
                "font": {"family": FONT, "color": shades.text, "size": 12},
            },
            "annotationdefaults": {"font": {"color": shades.quiet_text, "size": 12}},
        }
    )


CSS = """
<style>
/* Numbers stand below each other. */
[data-testid="stMetricValue"], [data-testid="stDataFrame"], td, th { font-variant-numeric: tabular-nums; }
[data-testid="stMainBlockContainer"] { padding-top: 3.2rem; padding-bottom: 4rem; max-width: 1320px; }
[data-testid="stMetricLabel"] p { font-size: 0.85rem; opacity: 0.85; }
[data-testid="stSidebarUserContent"] { padding-top: 0.5rem; }
/* Readable: small print, the name of what can't be changed now, white on the dark page's primary colour. */
[data-testid="stCaptionContainer"] { opacity: 0.75; }
[data-testid="stWidgetLabel"][disabled] { color: inherit; opacity: 0.75; }
[data-testid^="stBaseButton-primary"]:enabled {
  background-color: light-dark(#2F5BB7, #3F6BCE); border-color: light-dark(#2F5BB7, #3F6BCE);
}
[data-testid^="stBaseButton-primary"]:enabled:hover { filter: brightness(1.12); }
/* What renews itself must not fade in between. */
[data-stale="true"] { opacity: 1 !important; transition: none !important; }
/* What wraps, such as numbers in a row and columns on a phone, stays together. */
[data-testid="stHorizontalBlock"] { row-gap: 1rem; }
/* All kinds of file are named. */
[data-testid="stFileUploaderDropzoneInstructions"] span { white-space: normal; }
.st-key-progress_figures [data-testid="stMetricValue"] { font-size: 1.1rem; }
/* plotly draws the axes of parallel coordinates in black, and halos in the colour of the first theme. */
.js-plotly-plot .parcoords .domain, .js-plotly-plot .parcoords .tick > line { stroke: #8A94A3; }
.js-plotly-plot .parcoords text { text-shadow: 0 0 3px light-dark(#FFFFFF, #0F141C) !important; }
/* All views of Compare in one row of a desk. */
.st-key-view button { padding-inline: 0.6rem; }
[class*="st-key-weight_row_"] [data-testid="stMarkdown"] { position: relative; top: -0.45rem; }
.st-key-task_weights { position: sticky; top: 4rem; }
/* A weight can't be without a value. */
[class*="st-key-weight_row_"] [data-testid="stNumberInputClearButton"] { display: none; }
/* Beside other controls: all labels at one height. */
.st-key-smoothing { position: relative; top: 0.45rem; }
@media (max-width: 640px) {
  /* Names of axes need room. */
  .st-key-parallel { overflow-x: auto; }
  .st-key-parallel [data-testid="stElementContainer"]:has([data-testid="stPlotlyChart"]) { min-width: 44rem; }
  [data-testid="stMainBlockContainer"] { padding: 3.2rem 1rem 3rem; }
}
@media (hover: none) {
  /* Where nothing hovers plotly shows its buttons all the time, over the legend. */
  .js-plotly-plot .modebar { display: none !important; }
  /* The buttons of a table stand above it, and nothing else there. */
  [data-testid="stElementContainer"]:has([data-testid="stDataFrame"]) { margin-top: 1.9rem; }
}
@media (prefers-reduced-motion: reduce) {
  * { animation-duration: 0.01ms !important; transition: none !important; }
}
</style>
"""

_SIGN = """<g fill="none" stroke-width="3" stroke-linecap="round">
<path d="M4 25 C10 25 10 9 16 9" stroke="{one}"/><path d="M4 16 C10 16 10 9 16 9" stroke="{two}"/>
<path d="M4 7 C8 7 10 9 16 9" stroke="{three}"/><path d="M16 9 C22 9 22 22 28 22" stroke="{text}"/></g>
<circle cx="28" cy="22" r="3.4" fill="{text}"/>"""
_NAME = """<text x="42" y="22" font-size="19" font-weight="650" fill="{text}"
 font-family="Source Sans, Source Sans Pro, sans-serif">MTRec Studio</text>"""
_FRAME = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="32"
 viewBox="0 0 {width} 32">{content}</svg>"""


def logo(dark: bool) -> str:
    """The name beside its sign, as SVG: several tasks become one model."""
    return _drawn(_SIGN + _NAME, 188, dark)


def favicon() -> str:
    """The sign alone, in colours that show on light and dark tabs. Drawn here, because a named icon would be
    fetched from another host."""
    return _drawn(_SIGN, 32, dark=False).replace(SHADES[False].text, LIGHT[4])


def _drawn(content: str, width: int, dark: bool) -> str:
    colours = DARK if dark else LIGHT
    drawn = content.format(one=colours[0], two=colours[1], three=colours[2], text=SHADES[dark].text)
    return _FRAME.format(width=width, content=drawn)
