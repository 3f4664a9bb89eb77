"""Compare's view of negative transfer: tasks together or alone. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.comparing.seeds import seed_groups
from mtrec_core.comparing.transfer import is_joint, single_runs, step_limit, transfers
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import compare_chart, compare_results, frame, loaders
from mtrec_core.ui.shown.shown import TaskTitles
from mtrec_core.ui.shown.transfer import transfer_shown
from mtrec_core.ui.texts import _


def show(view: frame.Frame, runs: Sequence[RunRecord], titles: TaskTitles) -> None:
    """Each task of the joint runs against its single-task models; runs that differ in their seed are one."""
    joints = [run for run in runs if is_joint(run)]
    singles = single_runs(joints, loaders.runs(view.home.database_url))
    if not singles:
        st.info(
            _(
                "To see whether tasks help or hurt each other, train them alone as well: tick "
                "“also train one "
                "single-task model per task” on the Train page, or:"
            ),
            icon=":material/call_split:",
        )
        command = "python -m mtrec_core train DATASET --single-task --seeds 3"
        st.code(command, language="bash", wrap_lines=True)
        return
    found = transfers(seed_groups(joints), singles, compare_results.judged(view, [*joints, *singles]).draws)
    compare_chart.show(transfer_shown(found, titles, view.dark), open_table=True)
    st.caption(
        _(
            "Δm is the mean relative gain over the tasks' headline metrics. Intervals are over test users, "
            "of the mean over seeds; the small lines are single seeds. A gain that some seeds have and "
            "others have not is not certain, whatever its interval."
        )
    )
    step_caption(joints)
    without = sorted({titles.of_task(task) for one in found for task in one.missing})
    if without:
        st.caption(_("No single-task run yet of: {tasks}.").format(tasks=", ".join(without)))
    if any(not row.like for one in found for row in one.tasks):
        st.caption(
            _(
                "Where the single-task model has other settings or another seed, these share the "
                "blame; the last column says so."
            )
        )


def step_caption(runs: Sequence[RunRecord]) -> None:
    """Says what a limit of steps means for a comparison of different tasks, where there is one."""
    if any(step_limit(run) for run in runs):
        st.caption(
            _(
                "These runs have a limit of steps. A joint step shares its rows out among the tasks, so each "
                "task saw fewer of its rows than alone; without the limit both sides make as many passes."
            )
        )
