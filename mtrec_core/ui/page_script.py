"""What runs in the browser beside every page, `page_script.js`. No torch here.

Charts and tables need five megabytes of Streamlit's scripts; the browser loads them when a page has stood for
a moment. And a page is run again when the reader's theme is another than it was drawn for.
"""

import json
from pathlib import Path

import streamlit as st

EARLY = ("PlotlyChart", "DataFrame")
"""Streamlit's scripts that are loaded early: `static/js/NAME.*.js` of the package."""


def early_scripts() -> list[str]:
    """Addresses, relative to the page's."""
    folder = Path(st.__file__).parent / "static"
    found = [path for name in EARLY for path in folder.glob(f"static/js/{name}.*.js")]
    return [f"./{path.relative_to(folder).as_posix()}" for path in found]


_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
# One for each theme, with its values inside: Streamlit would import pandas to look at the data of a call.
_BESIDE = {
    dark: st.components.v2.component(
        f"mtrec_page_script_{theme}",
        js=_SCRIPT.replace("EARLY_SCRIPTS", json.dumps(early_scripts())).replace(
            "DRAWN_DARK", json.dumps(dark)
        ),
    )
    for dark, theme in ((False, "light"), (True, "dark"))
}


def run_beside_page(dark: bool) -> None:
    """Shows nothing. `dark` is the theme that the page is drawn for."""
    _BESIDE[dark](key="page_script", on_theme_change=lambda: None)
