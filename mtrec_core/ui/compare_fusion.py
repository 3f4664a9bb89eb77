"""Compare's view of the chosen runs fused into one model. No torch here."""

from collections.abc import Sequence

import streamlit as st

from mtrec_core.comparing.fuse_runs import demand_alike, shared_tasks
from mtrec_core.comparing.run_values import task_results
from mtrec_core.errors import UserError
from mtrec_core.evaluation.fusion import FUSION_WEIGHTS, LEARNED
from mtrec_core.evaluation.fusion_methods import FUSION_METHODS
from mtrec_core.evaluation.predictions_file import VALIDATION_FILE
from mtrec_core.jobs.side_work import ask
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import compare_chart, compare_loaders, compare_results, frame, links
from mtrec_core.ui.data_work import files_state, key_of
from mtrec_core.ui.shown.fusion import fusion_shown
from mtrec_core.ui.shown.shown import TaskTitles
from mtrec_core.ui.texts import _

WORKER = "mtrec_core.comparing.fuse_work"
METHODS = [key for key in FUSION_METHODS if key != "utility"]
"""An expected value joins tasks, not runs."""


def show(view: frame.Frame, runs: Sequence[RunRecord], titles: TaskTitles) -> None:
    """Task, weights and method; then the fusion and its runs, once a process has worked it out."""
    tested = [run for run in runs if task_results(run)]
    tasks = shared_tasks(tested)
    if len(tested) < 2 or not tasks:
        st.info(
            _("Choose two runs or more that have test results of the same task, single-task runs too."),
            icon=":material/join_inner:",
        )
        return
    task, weighing, method = _choose(tasks, titles)
    try:
        demand_alike(tested, task)
    except UserError as error:
        st.warning(str(error).replace("#", "\\#"), icon=":material/difference:")
        return
    paths = [run.folder / name for run in tested for name in (VALIDATION_FILE, "predictions.parquet")]
    key = "fused-" + key_of(task, weighing, method, files_state(paths))
    arguments = [task, weighing, method, *(run.id for run in tested)]
    answer = ask(compare_loaders.answers(view.home), key, WORKER, arguments)
    if answer.state == "working":
        compare_results.wait(view, (key,), _("The runs are being fused."))
    elif answer.problem:
        st.warning(answer.problem.replace("#", "\\#"), icon=":material/info:")
        if st.button(_("Try again"), key="fuse_again"):
            compare_loaders.measure_again(view.home, [key])
            st.rerun()
    else:
        compare_chart.show(fusion_shown(answer.content["fused"], tested, titles, view.dark), open_table=True)
        st.caption(
            _(
                "Weights come from validation rows alone; test rows only judge. The interval is a paired "
                "bootstrap over test users. Trying many mixtures here and keeping the best one chooses by "
                "the test set all the same."
            )
        )


def _choose(tasks: Sequence[str], titles: TaskTitles) -> tuple[str, str, str]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        links.begin("fuse_task", tasks, tasks[0])
        task = st.selectbox(_("Task"), tasks, format_func=titles.of_task, key="fuse_task", width=320)
        links.keep("fuse_task", task, tasks[0])
        links.begin("fuse_weights", FUSION_WEIGHTS, LEARNED)
        weighing = st.selectbox(
            _("Weights"),
            list(FUSION_WEIGHTS),
            format_func=lambda key: _(FUSION_WEIGHTS[key].title),
            key="fuse_weights",
            width=240,
            help="\n".join(f"- {_(rule.title)}: {_(rule.use)}" for rule in FUSION_WEIGHTS.values()),
        )
        links.keep("fuse_weights", weighing, LEARNED)
        links.begin("fuse_method", METHODS, METHODS[0])
        method = st.selectbox(
            _("Joined by"),
            METHODS,
            format_func=lambda key: _(FUSION_METHODS[key].title),
            key="fuse_method",
            width=240,
            help="\n".join(
                f"- {_(FUSION_METHODS[key].title)}: {_(FUSION_METHODS[key].use)}" for key in METHODS
            ),
        )
        links.keep("fuse_method", method, METHODS[0])
    return task or tasks[0], weighing or LEARNED, method or METHODS[0]
