"""Compare's view of which tasks help which, from runs of subsets of the tasks. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.comparing.affinity import Affinity, affinity
from mtrec_core.comparing.run_values import task_results
from mtrec_core.comparing.subset_runs import subset_runs
from mtrec_core.evaluation.grouping import MOST_TASKS
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import compare_chart, compare_queue, compare_results, compare_transfer, frame, loaders
from mtrec_core.ui.shown.affinity import groupings_table, groups_text, pairs_shown, shares_shown
from mtrec_core.ui.shown.shown import TaskTitles
from mtrec_core.ui.texts import _


def show(view: frame.Frame, runs: Sequence[RunRecord], base: RunRecord, titles: TaskTitles) -> None:
    """Pairs, divisions and shares; the subsets of the chosen runs' tasks come in by themselves."""
    tested = [run for run in (base, *runs) if task_results(run)]
    tasks = [task for task in titles.titles if any(task in task_results(run) for run in tested)]
    if not tested or not 2 <= len(tasks) <= MOST_TASKS:
        _teach(tasks)
        return
    found = subset_runs(tested[0], tasks, loaders.runs(view.home.database_url))
    compare_queue.subsets(view, tested[0], tasks, min(found.seeds, default=tested[0].seed))
    on_validation = st.toggle(
        _("On validation"),
        key="affinityvalidation",
        bind="query-params",
        help=_(
            "Divisions are always chosen on validation; the gains shown are on test unless asked otherwise."
        ),
    )
    if on_validation:
        seen = affinity(found, "validation", {})
    else:
        members = [run for group in found.runs.values() for run in group]
        seen = affinity(found, "test", compare_results.judged(view, members).draws)
    if not seen.pairs:
        _teach(tasks)
        return
    st.subheader(_("Trained with one other task"), anchor=False)
    compare_chart.show(pairs_shown(seen, titles, view.dark))
    st.caption(
        _(
            "Gain over a model of its own with the same settings, from runs of pairs; seeds: {seeds}. Bold: "
            "the interval over test users leaves out 0."
        ).format(seeds=len(found.seeds))
    )
    compare_transfer.step_caption(tested[:1])
    if len(found.seeds) == 1:
        st.caption(_("How much of this is the chance of one training, only more seeds tell."))
    _groupings(seen, titles)
    _shares(seen, titles, view.dark)


def _groupings(seen: Affinity, titles: TaskTitles) -> None:
    if seen.suggested is None:
        return
    st.subheader(_("Which to train together"), anchor=False)
    st.markdown(_("Suggested: {groups}").format(groups=f"**{groups_text(seen.suggested.groups, titles)}**"))
    percent = ["expected_gain", "gain_on_test"]
    table = groupings_table(seen, titles)
    st.dataframe(
        table.assign(**{name: 100 * table[name] for name in percent}),
        hide_index=True,
        key="groupings",
        placeholder="–",
        column_config={
            "groups": st.column_config.TextColumn(width="large"),
            **{name: st.column_config.NumberColumn(format="%+.1f %%") for name in percent},
        },
    )
    st.caption(
        _(
            "The division with the largest mean gain, chosen on validation, a task's gain in a group taken "
            "for the mean of its gains with each member (Standley et al., ICML 2020)."
        )
    )


def _shares(seen: Affinity, titles: TaskTitles, dark: bool) -> None:
    st.subheader(_("What each task adds"), anchor=False)
    if not seen.shares:
        st.info(
            _(
                "Shapley values need larger subsets as well: train subsets above, or `affinity` without "
                "`--orders 0`."
            ),
            icon=":material/group_work:",
        )
        return
    compare_chart.show(shares_shown(seen, titles, dark))
    sampled = max(one.orders for one in seen.shares)
    how = _("exact") if not sampled else _("from {count} orders").format(count=sampled)
    st.caption(
        _(
            "Shapley values, {how}: a task's mean contribution over all orders in which the tasks may join. "
            "A column sums to that task's gain in the model of all."
        ).format(how=how)
    )


def _teach(tasks: Sequence[str]) -> None:
    st.info(
        _(
            "To see which tasks help which, train subsets of two to {most} tasks with the same settings, "
            "then choose the run of all of them here:"
        ).format(most=MOST_TASKS),
        icon=":material/hub:",
    )
    named = f" --tasks {','.join(tasks[:4])}" if len(tasks) > 1 else ""
    st.code(f"python -m mtrec_core affinity DATASET{named} --seeds 2", language="bash", wrap_lines=True)
