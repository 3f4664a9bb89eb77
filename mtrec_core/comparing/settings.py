"""How the configurations and the data of runs differ. No torch here."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from mtrec_core.comparing.run_values import label
from mtrec_core.config import RunConfig
from mtrec_core.store.records import RunRecord

NOT_A_SETTING = ("name",)

NOT_OF_THE_MODEL = ("dataset", "seed", "name", "tasks", "training.monitor", "evaluation.baselines")
"""What runs of different tasks, set against each other, may differ in; weights come beside them. The dataset
is where the data lie, which may move; what they are is their fingerprint. What picks the best step may be a
task's metric, which runs without that task lack."""


def flat_settings(config: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Dotted name -> value."""
    flat: dict[str, Any] = {}
    for name, value in config.items():
        if isinstance(value, Mapping):
            flat |= flat_settings(value, f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = value
    return flat


def run_settings(run: RunRecord) -> dict[str, Any]:
    """The settings of a run as they applied at its end: weights that were changed meanwhile, epochs that were
    added."""
    flat = flat_settings(run.config)
    for task, weight in (run.weights_now or {}).items():
        flat[f"weights.{task}"] = weight
    if run.more_epochs:
        flat["training.epochs"] = flat.get("training.epochs", 0) + run.more_epochs
    return flat


def settings_apart_from_tasks(run: RunRecord) -> dict[str, str]:
    """All that must be the same in two runs for a difference to come from their tasks, weights or seeds."""
    return apart_from_tasks(run_settings(run))


def apart_from_tasks(flat: Mapping[str, Any]) -> dict[str, str]:
    """The same of settings by dotted name. A setting that an older version did not know is at its default."""
    return {
        name: str(value)
        for name, value in {**_defaults(), **flat}.items()
        if name not in NOT_OF_THE_MODEL and not name.startswith("weights.")
    }


@cache
def _defaults() -> dict[str, Any]:
    return flat_settings(RunConfig(dataset="").to_json())


def differing_settings(runs: Sequence[RunRecord]) -> dict[str, dict[str, Any]]:
    """Dotted setting -> run id -> value, for settings that are not the same in all runs. A weight that a run
    doesn't name is 1; a task that it doesn't train has none."""
    flat = {run.id: run_settings(run) for run in runs}
    names = dict.fromkeys(
        name for settings in flat.values() for name in settings if name not in NOT_A_SETTING
    )
    differing = {}
    for name in names:
        unset = 1.0 if name.startswith("weights.") else None
        values = {run.id: flat[run.id].get(name, unset) if _concerns(run, name) else None for run in runs}
        if len({str(value) for value in values.values()}) > 1:
            differing[name] = values
    return differing


def _concerns(run: RunRecord, name: str) -> bool:
    """Whether a setting means something to a run: weights do of the tasks that it trains."""
    tasks = run.config.get("tasks") or ()
    return not tasks or not name.startswith("weights.") or name.removeprefix("weights.") in tasks


def data_warning(runs: Sequence[RunRecord]) -> str:
    """A sentence where the runs were not trained and judged on the same data; "" where they were."""
    by_data: dict[tuple[str, str], list[RunRecord]] = {}
    for run in runs:
        by_data.setdefault((run.dataset, run.dataset_fingerprint), []).append(run)
    if len(by_data) < 2:
        return ""
    groups = [
        f"{name} ({fingerprint[:8]}): {', '.join(f'#{run.number}' for run in members)}"
        for (name, fingerprint), members in by_data.items()
    ]
    same_name = len({name for name, _ in by_data}) == 1
    what = "The data changed between these runs" if same_name else "These runs use different data"
    return f"{what}, so their numbers can't be set against each other. {'; '.join(groups)}."


def split_warning(runs: Sequence[RunRecord]) -> str:
    """A sentence where runs on the same data divide it in different ways; "" otherwise."""
    splits: dict[str, dict[str, list[RunRecord]]] = {}
    for run in runs:
        data = {name: value for name, value in run_settings(run).items() if name.startswith("data.")}
        splits.setdefault(run.dataset_fingerprint, {}).setdefault(str(sorted(data.items())), []).append(run)
    differing = [group for group in splits.values() if len(group) > 1]
    if not differing:
        return ""
    groups = "; ".join(", ".join(label(run) for run in members) for members in differing[0].values())
    return f"Settings of the data differ, so test rows may differ as well: {groups}."
