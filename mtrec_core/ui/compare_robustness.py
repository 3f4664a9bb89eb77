"""Compare's view of runs whose texts are attacked. No torch here."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from mtrec_core.comparing.run_values import task_results
from mtrec_core.errors import MtrecError
from mtrec_core.evaluation.robustness import FILE, Robustness, load_robustness
from mtrec_core.evaluation.text_attacks import ATTACKS
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import compare_chart, compare_results, frame, links
from mtrec_core.ui.data_work import files_state
from mtrec_core.ui.shown.robustness import robustness_shown
from mtrec_core.ui.shown.shown import TaskTitles
from mtrec_core.ui.texts import _

MOST = 6
"""Runs that are shown beside each other."""


@st.cache_data(max_entries=128, show_spinner=False)
def _report(folder: str, changed: int) -> Robustness | None:
    return load_robustness(Path(folder))


def show(view: frame.Frame, runs: Sequence[RunRecord], base: RunRecord, titles: TaskTitles) -> None:
    """A task's metric attack by attack; for runs that were not measured, the command that does it."""
    tested = [run for run in runs if task_results(run)][:MOST]
    if not tested:
        compare_results.no_results()
        return
    found: dict[str, Robustness] = {}
    missing = []
    for run in tested:
        try:
            (_path, _size, changed) = files_state([run.folder / FILE])[0]
            report = _report(str(run.folder), changed)
        except MtrecError as error:
            st.warning(str(error), icon=":material/info:")
            report = None
        if report is None:
            missing.append(run)
        else:
            found[run.id] = report
    measured = [run for run in tested if run.id in found]
    shown_base = next((run for run in measured if run.id == base.id), measured[0] if measured else base)
    odd = [run for run in measured if not found[run.id].attacked_alike(found[shown_base.id])]
    if odd:
        st.warning(
            _("{runs} met other attacks (another seed or list of synonyms) and are left out.").format(
                runs=", ".join(f"\\#{run.number}" for run in odd)
            ),
            icon=":material/difference:",
        )
        measured = [run for run in measured if run not in odd]
    _ask_for(missing)
    if not measured:
        return
    tasks = list(dict.fromkeys(task for run in measured for task in found[run.id].measured))
    links.begin("robust_task", tasks, tasks[0])
    task = st.selectbox(_("Task"), tasks, format_func=titles.of_task, key="robust_task", width=320)
    links.keep("robust_task", task, tasks[0])
    compare_chart.show(
        robustness_shown(measured, shown_base, found, task or tasks[0], titles, view.dark), open_table=True
    )
    lines = [f"- {_(row.title)}: {_(row.meaning)}" for row in ATTACKS.values()]
    st.caption(
        _(
            "On test rows. What a row's inputs say is attacked; catalogues and histories stay as they are. "
            "Intervals are a bootstrap over test users, of differences a paired one."
        )
    )
    st.caption("\n".join(lines))


def _ask_for(missing: Sequence[RunRecord]) -> None:
    """The command that measures what is not there yet, two runs at a time as it takes them."""
    if not missing:
        return
    st.info(
        _("Not measured yet: {runs}. The command below does it; come back when it has ended.").format(
            runs=", ".join(f"\\#{run.number}" for run in missing)
        ),
        icon=":material/shield:",
    )
    pairs = [missing[at : at + 2] for at in range(0, len(missing), 2)]
    st.code(
        "\n".join(f"python -m mtrec_core robustness {' '.join(run.id for run in pair)}" for pair in pairs),
        language="bash",
        wrap_lines=True,
    )
