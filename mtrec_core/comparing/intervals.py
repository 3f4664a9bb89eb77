"""Intervals of test metrics and of their differences, from what runs keep in their folders. No torch here."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from mtrec_core.comparing.run_values import test_value
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.errors import DataError, MtrecError, StorageError, UserError
from mtrec_core.evaluation.bootstrap import Interval
from mtrec_core.evaluation.compare import gain, mean_and_spread
from mtrec_core.evaluation.draws import Drawn, difference, mean_over
from mtrec_core.evaluation.draws_file import FILE, RunDraws, draw_all, load_draws, save_draws
from mtrec_core.evaluation.predictions_file import load_predictions
from mtrec_core.store.records import RunRecord

NO_TEST = "no test results"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """By how much a run's test metric differs from another's."""

    value: float | None
    """Run less baseline, in the metric's own direction; None where one of them has no value."""
    low: float | None
    high: float | None
    users: int | None
    better: bool | None
    """True: clearly better; False: clearly worse; None: the interval holds 0, or there is none."""
    gain: float | None
    """Relative, above 0 where the run is better."""
    why_not: str = ""
    """Why there is no interval."""


def keeps_draws(folder: Path) -> bool:
    """Whether a run's folder holds its draws; without, `run_draws` has to work them out."""
    return (folder / FILE).is_file()


def run_draws(folder: Path, dataset: str) -> RunDraws:
    """The draws that a run keeps beside its predictions; worked out and kept where an older version left
    none.

    DataError where there are no predictions, or the dataset's declaration is gone.
    """
    path = folder / FILE
    if path.is_file():
        with suppress(DataError):  # another version's file is made anew
            return load_draws(path)
    predictions = load_predictions(folder / "predictions.parquet")
    drawn = draw_all(load_dataset_spec(dataset).tasks, predictions)
    with suppress(StorageError):  # a folder that can't be written to costs time, not the answer
        save_draws(drawn, path)
    return {(one.task, one.metric): one for one in drawn}


def draws_or_why(run: RunRecord) -> tuple[RunDraws, str]:
    """The draws, or none and the reason."""
    try:
        return run_draws(run.folder, run.config["dataset"]), ""
    except MtrecError as error:
        return {}, str(error)


def compare_metric(
    run: RunRecord, base: RunRecord, draws: Mapping[str, RunDraws], task: str, metric: str
) -> Difference:
    """A run's metric against another's; `draws` by run id."""
    return compare_means([run], [base], draws, task, metric)


def compare_means(
    runs: Sequence[RunRecord],
    bases: Sequence[RunRecord],
    draws: Mapping[str, RunDraws],
    task: str,
    metric: str,
) -> Difference:
    """The mean of some runs' metric, such as of several seeds, against the mean of others'."""
    values = [test_value(run, task, metric) for run in runs]
    others = [test_value(run, task, metric) for run in bases]
    known, known_others = ([value for value in side if value is not None] for side in (values, others))
    if len(known) < len(runs) or len(known_others) < len(bases):
        return _without(None, None, NO_TEST)
    mean, other = mean_and_spread(known).mean, mean_and_spread(known_others).mean
    relative = gain(metric, mean, other)
    if len({run.dataset_fingerprint for run in (*runs, *bases)}) > 1:
        return _without(mean - other, relative, "the data differ")
    a, b = (mean_draws(side, draws, task, metric) for side in (runs, bases))
    if a is None or b is None:
        return _without(mean - other, relative, "no predictions kept to draw from")
    return replace(compare_drawn(a, b), value=mean - other, gain=relative)


def compare_drawn(a: Drawn, b: Drawn) -> Difference:
    """The same for what was drawn; of several seeds pass their means."""
    relative = gain(a.metric, a.value, b.value)
    try:
        interval = difference(a, b)
    except UserError:
        return _without(a.value - b.value, relative, "the test rows differ")
    return _with(interval, relative)


def mean_draws(
    members: Sequence[RunRecord], draws: Mapping[str, RunDraws], task: str, metric: str
) -> Drawn | None:
    """The mean over seeds, draw by draw; None unless every member has draws on the same rows."""
    found = [draws.get(run.id, {}).get((task, metric)) for run in members]
    known = [drawn for drawn in found if drawn is not None]
    if not known or len(known) < len(found):
        return None
    try:
        return mean_over(known)
    except UserError:
        return None


def _without(value: float | None, relative: float | None, why: str) -> Difference:
    return Difference(value=value, low=None, high=None, users=None, better=None, gain=relative, why_not=why)


def _with(interval: Interval, relative: float | None) -> Difference:
    return Difference(
        value=interval.difference,
        low=interval.low,
        high=interval.high,
        users=interval.users,
        better={"a": True, "b": False, "": None}[interval.better],
        gain=relative,
    )
