"""What Compare reads, cached: curves of runs, intervals, slices. No torch here.

Each function takes plain values and reads no widget. What belongs to a run that is over never changes, and is
kept under the id of its newest point.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from mtrec_core.comparing.intervals import keeps_draws
from mtrec_core.comparing.slice_work import from_json
from mtrec_core.errors import MtrecError
from mtrec_core.evaluation.draws_file import FILE, RunDraws, load_draws
from mtrec_core.evaluation.preference_front import FILE as FRONT_FILE
from mtrec_core.evaluation.preference_front import PreferenceFront, load_preference_front
from mtrec_core.evaluation.slices_file import FILE as SLICES_FILE
from mtrec_core.evaluation.slices_file import Slice, load_families
from mtrec_core.home import Home
from mtrec_core.jobs.side_work import ask, forget, look
from mtrec_core.store.curves import Curve, CurveKey
from mtrec_core.store.records import RunRecord
from mtrec_core.ui import loaders
from mtrec_core.ui.data_work import files_state, key_of
from mtrec_core.ui.shown.shown import TaskTitles

WORKER = "mtrec_core.comparing.work_out"
SLICE_WORKER = "mtrec_core.comparing.slice_work"
MOST_AT_ONCE = 2
"""Runs whose slices are measured at the same time; trainings and pages need the machine too."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What is known of the chosen runs beyond their records."""

    draws: dict[str, RunDraws]
    """By run id."""
    waiting: tuple[str, ...]
    """Keys of side work that has still to come."""
    problems: tuple[str, ...]
    """Why a run has no intervals, as sentences."""


@dataclass(frozen=True, kw_only=True)
class MeasuredSlices:
    """One task's metric in the slices of several runs, as far as it is known."""

    found: dict[str, list[Slice]]
    """By run id: the slices of all families."""
    waiting: tuple[str, ...]
    """Keys of what is being measured."""
    missing: int
    """Runs that have no slices yet, being measured or not."""
    problems: dict[str, str]
    """By key: why a run's slices could not be measured."""


@st.cache_resource(max_entries=512, show_spinner=False)
def _run_curves(
    url: str, run_id: str, last_point: int, tasks: tuple[str, ...], names: tuple[str, ...]
) -> dict[CurveKey, Curve]:
    return loaders.store_at(url).curves([run_id], names=names, tasks=tasks, splits=("train", "validation"))


def curves(
    url: str, runs: Sequence[RunRecord], tasks: tuple[str, ...], names: tuple[str, ...]
) -> dict[CurveKey, Curve]:
    """Curves of several runs; each run is read once, and again when it has grown."""
    found: dict[CurveKey, Curve] = {}
    for run in runs:
        found |= _run_curves(url, run.id, run.last_point, tasks, names)
    return found


@st.cache_resource(max_entries=256, show_spinner=False)
def _draws(path: str, changed: int) -> RunDraws:
    return load_draws(Path(path))


def judged(home: Home, runs: Sequence[RunRecord]) -> Judged:
    """The intervals of runs. What an older version did not keep is worked out in a process of its own; the
    page shows the rest meanwhile."""
    draws: dict[str, RunDraws] = {}
    waiting, problems = [], []
    for run in runs:
        if not (run.result and any(task["test"] for task in run.result["tasks"].values())):
            continue
        path = run.folder / FILE
        try:
            if keeps_draws(run.folder):
                draws[run.id] = _draws(str(path), path.stat().st_mtime_ns)
                continue
        except MtrecError:
            pass  # another version's file is made anew
        if not (run.folder / "predictions.parquet").is_file():
            problems.append(
                f"#{run.number}: there are no predictions in {run.folder}, so it has no intervals."
            )
            continue
        key = f"judged-{run.id}"
        answer = ask(answers(home), key, WORKER, [str(run.folder)])
        if answer.state == "working":
            waiting.append(key)
        elif answer.problem:
            problems.append(f"#{run.number}: {answer.problem}")
    return Judged(draws=draws, waiting=tuple(waiting), problems=tuple(problems))


@st.cache_resource(max_entries=256, show_spinner=False)
def _learned_front(folder: str, changed: int) -> PreferenceFront | None:
    return load_preference_front(Path(folder))


def learned_fronts(runs: Sequence[RunRecord]) -> dict[str, PreferenceFront]:
    """By run id: what a model did under many preferences, for runs that were asked. DataError for a file that
    can't be read."""
    found = {}
    for run in runs:
        (_path, _size, changed) = files_state([run.folder / FRONT_FILE])[0]
        front = _learned_front(str(run.folder), changed)
        if front is not None:
            found[run.id] = front
    return found


def answers(home: Home) -> Path:
    """Where side work puts its answers."""
    return home.root / "answers"


def is_working(home: Home, keys: Sequence[str]) -> bool:
    """Whether some side work goes on."""
    found = [look(answers(home), key) for key in keys]
    return any(answer is not None and answer.state == "working" for answer in found)


def slices(home: Home, runs: Sequence[RunRecord], task: str, metric: str) -> MeasuredSlices:
    """A task's metric in each slice of the runs. Processes of their own measure, few at a time; what they
    found is kept until the run's predictions change."""
    found: dict[str, list[Slice]] = {}
    waiting: list[str] = []
    problems: dict[str, str] = {}
    missing = 0
    for run in runs:
        state = files_state([run.folder / "predictions.parquet", run.folder / SLICES_FILE])
        key = "slices-" + key_of(run.id, task, metric, state)
        answer = look(answers(home), key)
        if answer is None and len(waiting) < MOST_AT_ONCE:
            answer = ask(
                answers(home), key, SLICE_WORKER, [str(run.folder), run.config["dataset"], task, metric]
            )
        if answer is None or answer.state == "working":
            missing += 1
            waiting += [key] if answer is not None else []
        elif answer.problem:
            problems[key] = f"#{run.number}: {answer.problem}"
        else:
            found[run.id] = from_json(answer.content["slices"])
    return MeasuredSlices(found=found, waiting=tuple(waiting), missing=missing, problems=problems)


def measure_again(home: Home, keys: Iterable[str]) -> None:
    """Forgets what could not be measured, so that it is begun anew."""
    for key in keys:
        forget(answers(home), key)


def slice_families(run: RunRecord, task: str) -> list[str]:
    """What the task's test rows were sliced by; DataError where the run kept no slices."""
    (_path, _size, changed) = files_state([run.folder / SLICES_FILE])[0]
    return _slice_families(str(run.folder), task, changed)


@st.cache_data(max_entries=512, show_spinner=False)
def _slice_families(folder: str, task: str, changed: int) -> list[str]:
    return load_families(Path(folder) / SLICES_FILE, task)


def titles(url: str, runs: Sequence[RunRecord]) -> TaskTitles:
    """Titles and colours of the runs' tasks."""
    ids = dict.fromkeys(run.dataset_id for run in runs)
    return TaskTitles.of([loaders.dataset_spec(url, dataset_id) for dataset_id in ids])
