"""Tables, charts and the page around them as HTML; what comes from data is escaped. No torch here."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from mtrec_core.ui.texts import _
from mtrec_core.ui.theme import SHADES

MOST_ROWS = 400
"""Rows of a table behind a chart; the rest is left to the CSV of the page."""

POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of the report."""

    title: str
    says: str
    light: go.Figure | None = None
    dark: go.Figure | None = None
    table: pd.DataFrame | None = None
    open_table: bool = False
    """Whether the table stands open; else it is behind the chart."""


def table_html(table: pd.DataFrame, most: int = MOST_ROWS) -> str:
    """The table with numbers to the right; of a long one evenly chosen rows, and a line that says so."""
    shown = table
    if len(table) > most:
        shown = table.iloc[[round(place * (len(table) - 1) / (most - 1)) for place in range(most)]]
    head = "".join(f"<th>{escape(str(name).replace('_', ' '))}</th>" for name in table.columns)
    body = []
    for row in shown.itertuples(index=False):
        cells = "".join(
            f'<td class="n">{text}</td>' if number else f"<td>{text}</td>" for text, number in map(_cell, row)
        )
        body.append(f"<tr>{cells}</tr>")
    note = ""
    if len(table) > most:
        text = _("{shown} of {all} rows, evenly chosen.").format(shown=most, all=len(table))
        note = f'<p class="quiet">{escape(text)}</p>'
    whole = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    return f'<div class="scroll" tabindex="0">{whole}</div>{note}'


def section_html(section: Section, number: int) -> str:
    """Heading, sentence, chart in both shades, table."""
    parts = [f"<section><h2>{escape(section.title)}</h2>", f"<p>{escape(section.says)}</p>"]
    if section.light is not None and section.dark is not None:
        height = int(section.light.layout.height or 450)
        label = escape(section.says, quote=True)
        parts.append(
            f'<div class="chart" id="chart-{number}" role="figure" aria-label="{label}" '
            f'style="height:{height}px"></div>'
        )
        for shade, figure in (("light", section.light), ("dark", section.dark)):
            parts.append(
                f'<script type="application/json" id="chart-{number}-{shade}">{_json(figure)}</script>'
            )
    if section.table is not None and not section.table.empty:
        opened = " open" if section.open_table else ""
        summary = f"<summary>{escape(_('The numbers behind'))}</summary>"
        parts.append(f"<details{opened}>{summary}{table_html(section.table)}</details>")
    return "".join([*parts, "</section>"])


def details_html(title: str, text: str) -> str:
    """A text of several lines, folded away."""
    return f"<details><summary>{escape(title)}</summary><pre>{escape(text)}</pre></details>"


def page_html(title: str, body: Sequence[str]) -> str:
    """The whole file. The policy in its head forbids the browser any request, whatever the parts may hold."""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title><style>{_css()}</style>
<script>{get_plotlyjs()}</script></head>
<body><main>{"".join(body)}</main><script>{_DRAW}</script></body></html>
"""


def _cell(value: object) -> tuple[str, bool]:
    """(text, whether it is a number)"""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "–", True
    if isinstance(value, bool):
        return (_("yes") if value else _("no")), False
    if isinstance(value, float) or type(value).__name__.startswith("float"):
        number = float(str(value))
        return (f"{number:.4f}" if abs(number) < 1000 else f"{number:,.1f}"), True
    if isinstance(value, int) or type(value).__name__.startswith(("int", "uint")):
        return str(value), True
    return escape(str(value)), False


def _json(figure: go.Figure) -> str:
    """JSON that can't end the script element it stands in."""
    content = json.loads(figure.to_json())
    content["config"] = {"displaylogo": False, "responsive": True, "toImageButtonOptions": {"scale": 2}}
    return json.dumps(content, separators=(",", ":")).replace("<", "\\u003c").replace("\u2028", "\\u2028")


_DRAW = """
const dark = window.matchMedia("(prefers-color-scheme: dark)");
function draw() {
  for (const place of document.querySelectorAll(".chart")) {
    const shade = dark.matches ? "dark" : "light";
    const chart = JSON.parse(document.getElementById(place.id + "-" + shade).textContent);
    Plotly.react(place, chart.data, chart.layout, chart.config);
  }
}
dark.addEventListener("change", draw);
draw();
"""


def _css() -> str:
    light, dark = (
        f"--page:{shades.page};--panel:{shades.panel};--text:{shades.text};"
        f"--quiet:{shades.quiet_text};--line:{shades.line};"
        for shades in (SHADES[False], SHADES[True])
    )
    return (
        f":root{{{light}}}@media (prefers-color-scheme: dark){{:root{{{dark}}}}}"
        + """
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text)}
body{font:15px/1.55 "Source Sans","Source Sans Pro",system-ui,sans-serif}
main{max-width:1120px;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem}h2{font-size:1.3rem;margin:0 0 .4rem}
section{margin-top:2.6rem}p{margin:.3rem 0 .8rem}.quiet,footer{color:var(--quiet);font-size:.9rem}
.warn{border-left:4px solid #C9720A;background:var(--panel);padding:.6rem .9rem;border-radius:.4rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums;width:100%}
th,td{padding:.32rem .7rem;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap}
th{color:var(--quiet);font-weight:600}td.n{text-align:right}
details{margin:.6rem 0}summary{cursor:pointer;color:var(--quiet)}
pre{background:var(--panel);padding:.8rem 1rem;border-radius:.5rem;overflow-x:auto;font-size:.85rem}
@media print{details{display:none}section{break-inside:avoid}}
"""
    )
