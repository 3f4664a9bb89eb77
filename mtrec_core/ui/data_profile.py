"""A dataset in numbers and charts. No torch here."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import SPLIT_NAMES
from mtrec_core.ui import formats
from mtrec_core.ui.charts import data_profile as charts
from mtrec_core.ui.texts import _, terms


def show(profile: Mapping[str, Any], dark: bool) -> None:
    """Splits, long tail, activity, labels, texts, gaps."""
    tasks, entities = profile["tasks"], profile["entities"]
    names = [task["name"] for task in tasks]
    _splits(tasks)
    left, right = st.columns(2, gap="large")
    with left:
        _chart(
            _("Long tail"), charts.long_tails(tasks, names, dark), charts.long_tail_words(tasks), "tail",
            _("How much of what happens is about few things. The more, the harder popularity is to beat."),
        )  # fmt: skip
        _chart(
            _("Length of texts"), charts.text_lengths(entities, dark), charts.text_words(entities), "texts",
            _("The thick bar holds the middle half of the texts, the thin one 90 %, the mark is the median."),
        )  # fmt: skip
    with right:
        _chart(
            _("Activity over time"), charts.activity(tasks, names, dark), charts.activity_words(tasks),
            "activity", _("Rows of each task per day, week, month or year."),
        )  # fmt: skip
        gaps = charts.missing_values(entities, dark)
        _chart(
            _("Missing values"), gaps, "" if gaps else _("No cell of a described thing is empty."), "missing",
            _("Empty cells are no fault: a missing number counts as the mean, a missing text says nothing."),
        )  # fmt: skip
    labelled = [task for task in tasks if task["bars"]]
    if labelled:
        st.subheader(_("Labels"), anchor=False)
        columns = st.columns(2, gap="large")
        for place, task in enumerate(labelled):
            with columns[place % 2]:
                _chart(
                    task["title"], charts.labels(task, names, dark), charts.label_words(task),
                    f"labels:{task['name']}", TASK_KINDS[task["kind"]].summary,
                )  # fmt: skip


def _splits(tasks: list[Mapping[str, Any]]) -> None:
    st.subheader(_("Rows for training and judging"), anchor=False)
    titles = {"train": _("Train"), "validation": _("Validation"), "test": _("Test")}
    st.dataframe(
        [
            {
                _("Task"): task["title"],
                _("Kind"): TASK_KINDS[task["kind"]].title,
                **{titles[split]: task["splits"][split] for split in SPLIT_NAMES},
                _("How they are divided"): task["split_text"],
            }
            for task in tasks
        ],
        hide_index=True,
        width="stretch",
        column_config={
            _("How they are divided"): st.column_config.TextColumn(width="large"),
            **{
                title: st.column_config.NumberColumn(title, format="localized", help=terms.get(split))
                for split, title in titles.items()
            },
        },
    )


def _chart(title: str, figure: go.Figure | None, words: str, key: str, help_text: str) -> None:
    st.markdown(f"**{title}**", help=help_text)
    if figure is not None:
        st.plotly_chart(
            figure, width="stretch", theme=None, key=f"profile:{key}",
            config={"displaylogo": False, "displayModeBar": False},
        )  # fmt: skip
    if words or figure is None:
        st.caption(words or _("These tables have nothing of the kind."))


def headline(profile: Mapping[str, Any] | None, tables: int, rows: int) -> list[tuple[str, str]]:
    """(label, value) of the figures at the top of the page."""
    found = [(_("Tables"), formats.whole(tables)), (_("Rows"), formats.whole(rows))]
    if profile:
        texts = sum(item["text"]["distinct"] for item in profile["entities"] if item["text"])
        found += [
            (_("Things"), formats.whole(sum(item["count"] for item in profile["entities"]))),
            (_("Distinct texts"), formats.whole(texts)),
            (_("Tasks"), formats.whole(len(profile["tasks"]))),
        ]
    return found
