"""Completed runs of a made-up shop with several tasks, their results and draws: for reports over many runs.

The numbers are given by the test. No model is behind them, so there are draws but no predictions.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mtrec_core.config import RunConfig, with_settings
from mtrec_core.evaluation.draws import Drawn
from mtrec_core.evaluation.draws_file import FILE, save_draws
from mtrec_core.home import Home
from mtrec_core.store.records import ExperimentRecord, RunRecord
from mtrec_core.store.states import RunRole, RunState
from mtrec_core.store.store import Store

KINDS = {"click": ("binary", "auc"), "stars": ("regression", "rmse"), "buy": ("retrieval", "ndcg@10")}
"""Task -> kind and headline metric."""
SPEC = {"tasks": {name: {"kind": kind, "title": name.capitalize()} for name, (kind, _) in KINDS.items()}}
DRAWS = 40


def keep_run(
    store: Store,
    home: Home,
    test: Mapping[str, float],
    *,
    seed: int = 0,
    weights: Mapping[str, float] | None = None,
    settings: Mapping[str, object] | None = None,
    validation: Mapping[str, float] | None = None,
    experiment: ExperimentRecord | None = None,
    noise: float = 0.01,
) -> RunRecord:
    """A run of the tasks in `test`, task -> headline metric; a single-task run where there is one."""
    folder = home.root / "made_up"
    dataset = store.add_dataset(name="made_up", folder=folder, fingerprint="same", spec=SPEC)
    alone = next(iter(test)) if len(test) == 1 else None
    config = with_settings(
        RunConfig(dataset=str(folder), name="+".join(test), tasks=tuple(test), weights=dict(weights or {})),
        settings or {},
    )
    config = dataclasses.replace(config, seed=seed)
    run = store.add_run(
        dataset=dataset, config=config.to_json(), config_fingerprint=config.fingerprint(),
        runs_folder=home.runs, name=config.name, seed=seed, state=RunState.STARTING, task=alone,
        role=RunRole.SINGLE_TASK if alone else RunRole.JOINT, experiment=experiment,
    )  # fmt: skip
    store.change_state(run.id, RunState.RUNNING)
    store.set_result(run.id, _result(run.id, test, validation or test), best_step=1, rows_per_second=1.0)
    _keep_draws(run.folder, test, noise)
    return store.change_state(run.id, RunState.COMPLETED)


def _result(run_id: str, test: Mapping[str, float], validation: Mapping[str, float]) -> dict[str, object]:
    tasks = {
        name: {
            "kind": KINDS[name][0], "headline": KINDS[name][1], "test": {KINDS[name][1]: value},
            "before": {KINDS[name][1]: 0.5}, "validation": {KINDS[name][1]: validation[name]},
            "baselines": {}, "split": "by time (made up)",
        }
        for name, value in test.items()
    }  # fmt: skip
    return {
        "run": run_id, "state": "completed", "seconds": 1.0, "rows_per_second": 1.0, "best_step": 1,
        "steps": 1, "device": "CPU", "notes": [], "tasks": tasks,
    }  # fmt: skip


def _keep_draws(folder: Path, test: Mapping[str, float], noise: float) -> None:
    """Draws that differ from run to run, around the values."""
    rng = np.random.default_rng(round(1e6 * sum(test.values())))
    drawn = [
        Drawn(
            task=name, metric=KINDS[name][1], value=value, users=9, rows=name,
            draws_S=value + rng.normal(0, noise, DRAWS),
        )
        for name, value in test.items()
    ]  # fmt: skip
    save_draws(drawn, folder / FILE)
