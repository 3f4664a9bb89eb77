"""The table of runs on Compare: find, choose, mark. No torch here."""

import hashlib
from collections.abc import Collection, Mapping, Sequence

import pandas as pd
import streamlit as st

from mtrec_core.comparing.run_values import metric_title
from mtrec_core.evaluation.metric_table import METRICS
from mtrec_core.store.records import RunRecord, SummaryRecord
from mtrec_core.ui import compare_loaders, frame, kept_rows, links, loaders
from mtrec_core.ui.compare_filter import Filter, first_choice, fits, named_runs, names_in
from mtrec_core.ui.compare_rows import ListMetric, table_rows
from mtrec_core.ui.states import STATES
from mtrec_core.ui.texts import _, plain, terms

FIRST = 5
"""Runs that are compared before anyone chose."""
FORMAT = "%.4f"
RUNS = "runs"
"""Query parameter: numbers of the chosen runs."""


def known_runs(view: frame.Frame) -> tuple[RunRecord, ...]:
    """All runs, with those that the link names even if they were made a moment ago."""
    named = [name for key in (RUNS, "base") for name in names_in(st.query_params.get(key, ""))]
    return loaders.runs_with(view.home.database_url, named)


def choose(view: frame.Frame, runs: Sequence[RunRecord]) -> tuple[list[RunRecord], RunRecord | None]:
    """The runs to compare and the one they are set against; both stand in the link."""
    wanted = _filter(runs)
    listed = [run for run in runs if fits(run, wanted)]
    chosen = named_runs(st.query_params.get(RUNS, ""), runs)
    if RUNS not in st.query_params:
        chosen = first_choice(runs, FIRST)
    by_id = {run.id: run for run in runs}
    base_id = _base([by_id[run] for run in chosen])
    url = view.home.database_url
    summaries = kept_rows.summaries(url, listed, tuple(METRICS))
    metric = _list_metric(summaries, compare_loaders.titles(url, listed).titles, chosen)
    if listed:
        rows = table_rows(view, listed, metric, by_id.get(base_id or ""), summaries)
        picked = _table(rows, [run.id for run in listed], chosen)
    else:
        st.info(_("No run fits the filter."), icon=":material/filter_alt_off:")
        picked = []
    unknown = [name for name in names_in(st.query_params.get(RUNS, "")) if not named_runs(name, runs)]
    if unknown:
        st.warning(
            _("There is no run {names}.").format(names=plain(", ".join(unknown)[:80])),
            icon=":material/link_off:",
        )
    kept = [run for run in chosen if run not in {one.id for one in listed}]
    if kept:
        st.caption(_("{count} chosen runs are hidden by the filter.").format(count=len(kept)))
    now = [*kept, *picked]
    if set(now) != set(chosen):
        ordered = [run for run in chosen if run in now] + [run for run in now if run not in chosen]
        st.query_params[RUNS] = ",".join(str(by_id[run].number) for run in ordered)
        st.rerun()
    return [by_id[run] for run in chosen], by_id.get(base_id or "")


def _filter(runs: Sequence[RunRecord]) -> Filter:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        words = st.text_input(
            _("Search"),
            placeholder=_("name, number, tag, note"),
            key="search",
            bind="query-params",
            width=260,
        )
        datasets = sorted({run.dataset for run in runs})
        chosen_sets = (
            st.multiselect(_("Dataset"), datasets, key="dataset", bind="query-params", width=220)
            if len(datasets) > 1
            else []
        )
        states = {state.value: look.title for state, look in STATES.items()}
        present = [state for state in states if any(run.state.value == state for run in runs)]
        chosen_states = []
        if len(present) > 1:
            links.begin_several("state", present, ())
            chosen_states = st.multiselect(
                _("State"), present, format_func=lambda state: states[state], key="state", width=200
            )
            links.keep_several("state", chosen_states, ())
        tags = sorted({tag for run in runs for tag in run.tags})
        chosen_tags = (
            st.multiselect(_("Tags"), tags, key="tags", bind="query-params", width=200) if tags else []
        )
        starred = (
            st.toggle(_("Starred"), key="starred", bind="query-params")
            if any(r.starred for r in runs)
            else False
        )
        archived = (
            st.toggle(_("Archived too"), key="archived", bind="query-params")
            if any(r.archived for r in runs)
            else False
        )
    return Filter(
        words=words,
        datasets=chosen_sets,
        states=chosen_states,
        tags=chosen_tags,
        starred=starred,
        archived=archived,
    )


def _base(chosen: Sequence[RunRecord]) -> str | None:
    """The run that the others are set against."""
    if not chosen:
        return None
    named = named_runs(st.query_params.get("base", ""), chosen)
    return named[0] if named else min(chosen, key=lambda run: run.number).id


def choose_base(chosen: Sequence[RunRecord], base: RunRecord) -> None:
    """A list of the chosen runs; another choice goes into the link."""
    numbers = {run.number: run for run in sorted(chosen, key=lambda run: run.number)}
    picked = st.selectbox(
        _("Set against"),
        list(numbers),
        index=list(numbers).index(base.number),
        format_func=lambda number: f"#{number} {numbers[number].name or numbers[number].dataset}",
        key=f"base_{base.number}_{len(numbers)}",
        help=_("The run that differences are counted from."),
        width=260,
    )
    if picked != base.number:
        st.query_params["base"] = str(picked)
        st.rerun()


def _list_metric(
    summaries: Sequence[SummaryRecord], titles: Mapping[str, str], chosen: Collection[str]
) -> ListMetric | None:
    """What the reader wants to see of each run; at first a metric that a chosen run has."""
    known = dict.fromkeys((row.task, row.name) for row in summaries if row.split == "validation" and row.task)
    order = list(titles)
    options = sorted(known, key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))
    if not options:
        return None
    words = {f"{task}/{name}": ListMetric(task=task, name=name) for task, name in options}
    of_chosen = {(row.task, row.name) for row in summaries if row.run_id in chosen}
    first = next(
        (word for word, one in words.items() if (one.task, one.name) in of_chosen), next(iter(words))
    )
    links.begin("shown", words, first)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        picked = st.selectbox(
            _("Metric in the table"),
            list(words),
            format_func=lambda word: (
                f"{titles.get(words[word].task, words[word].task)} · {metric_title(words[word].name)}"
            ),
            key="shown",
            width=340,
        )
        links.keep("shown", picked, first)
    return words.get(picked)


def _table(rows: pd.DataFrame, ids: Sequence[str], chosen: Sequence[str]) -> list[str]:
    """Draws the table; gives the ids of the chosen rows.

    Another list of runs is another table, so that places never point to other runs.
    """
    key = f"runs_{hashlib.blake2b(','.join(ids).encode(), digest_size=6).hexdigest()}"
    default = st.session_state.setdefault(
        f"{key}_default", {"selection": {"rows": [place for place, run in enumerate(ids) if run in chosen]}}
    )
    column = st.column_config

    shown = st.dataframe(
        rows,
        hide_index=True,
        height=min(420, 38 + 35 * len(rows)),
        key=key,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default=default,
        placeholder="–",
        column_config={
            "line": column.ImageColumn(
                "", width=56, help=_("The run's colour and dash, the same in every chart.")
            ),
            "number": column.NumberColumn("#", format="#%d", width=52),
            "star": column.TextColumn("★", width=36),
            "name": column.TextColumn(_("Run"), width=190),
            "state": column.TextColumn(_("State"), width=96),
            "curve": column.LineChartColumn(_("Validation"), width=110, help=terms["validation"]),
            "best": column.NumberColumn(
                _("Best"), format=FORMAT, width=80, help=_("Best value on validation.")
            ),
            "last": column.NumberColumn(
                _("Last"), format=FORMAT, width=80, help=_("Newest value on validation.")
            ),
            "test": column.NumberColumn(_("Test"), format=FORMAT, width=80, help=terms["test"]),
            "change": column.NumberColumn(
                _("Change"),
                format="%+.1f %%",
                width=84,
                help=_("Relative difference on test from the run it is set against; above 0 is better."),
            ),
            "dataset": column.TextColumn(_("Dataset"), width=110),
            "seed": column.NumberColumn(_("Seed"), width=56, help=terms["seed"]),
            "tags": column.ListColumn(_("Tags"), width=120),
            "note": column.TextColumn(_("Note"), width=180),
            "reason": column.TextColumn(_("Why it ended"), width=240),
            "created": column.TextColumn(_("Made"), width=130),
        },
        alt=_("The runs, with the chosen metric on validation and test."),
    )
    return [ids[place] for place in shown.selection.rows if place < len(ids)]
