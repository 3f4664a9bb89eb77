"""How Compare shows one chart: the sentence, the figure, its numbers, and both as files. No torch here."""

import streamlit as st

from mtrec_core.comparing.csv_table import to_csv
from mtrec_core.ui.shown.shown import Shown
from mtrec_core.ui.texts import _

ROWS_SHOWN = 2000
"""A longer table is for the file: the browser would hold it whole."""


def config(shown: Shown) -> dict[str, object]:
    """plotly's own buttons: one makes a PNG, twice as sharp as the screen."""
    return {
        "displaylogo": False,
        "scrollZoom": False,
        "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d"],
        "toImageButtonOptions": {"format": "png", "scale": 2, "filename": shown.file},
    }


def show(shown: Shown, open_table: bool = False) -> None:
    """The sentence, the chart, and below it the numbers behind."""
    st.markdown(shown.says.replace("#", "\\#").replace("*", "\\*").replace("$", "\\$"))
    if shown.figure is not None:
        st.plotly_chart(
            shown.figure, theme=None, key=f"chart_{shown.file}", config=config(shown), alt=shown.says
        )
    numbers(shown, open_table)


def numbers(shown: Shown, open_table: bool = False) -> None:
    """The table behind a chart, and its CSV."""
    if not callable(shown.made) and shown.made.empty:
        return
    expander = st.expander(
        _("The numbers behind"),
        icon=":material/table_rows:",
        expanded=open_table,
        on_change="rerun",
        key=f"behind_{shown.file}",
    )
    if expander.open:
        with expander:
            _table(shown)
    st.download_button(
        _("Numbers as CSV"),
        data=lambda: to_csv(shown.table),
        file_name=f"{shown.file}.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=f"csv_{shown.file}",
    )


def _table(shown: Shown) -> None:
    whole = ("step", "rows", "users")
    st.dataframe(
        shown.table.head(ROWS_SHOWN),
        hide_index=True,
        key=f"numbers_{shown.file}",
        placeholder="–",
        height="content" if len(shown.table) < 15 else 520,
        alt=shown.says,
        column_config={
            name: st.column_config.NumberColumn(format="%.4f")
            for name, dtype in shown.table.dtypes.items()
            if str(dtype) == "float64" and name not in whole
        },
    )
    if len(shown.table) > ROWS_SHOWN:
        st.caption(
            _("{shown:,} of {all:,} rows; the file holds all.").format(shown=ROWS_SHOWN, all=len(shown.table))
        )
