"""Fills a store with made-up runs, for tests of pages with many runs and for measuring them.

    python -m tests.synthetic_runs HOME --runs 200 --points 2000

Each run has 20 curves: of each of four tasks its training loss, its weight and three metrics on validation.
The numbers follow from the run's number alone. No model is behind them, so there are no predictions.
"""

import argparse
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sqlalchemy import update

from mtrec_core.config import RunConfig, with_settings
from mtrec_core.home import Home
from mtrec_core.store.models import RunRow, SummaryRow
from mtrec_core.store.states import RunState
from mtrec_core.store.store import Store

TASKS = {
    "purchase": ("retrieval", ("ndcg@10", "recall@10", "mrr")),
    "ad_click": ("binary", ("auc", "log_loss", "accuracy")),
    "high_value": ("binary", ("auc", "log_loss", "accuracy")),
    "tags": ("multilabel", ("map", "micro_f1", "macro_f1")),
}
LESS_IS_BETTER = ("loss", "weight", "log_loss")
INSERT = "INSERT INTO points (series_id, id, step, epoch, seconds, value) VALUES (?, ?, ?, ?, ?, ?)"
"""As SQLite's driver takes it: eight million points want no detour."""
NAMES = ("equal weights", "purchase first", "ads first", "wide")


def fill(home: Home, runs: int, points: int) -> list[str]:
    """Adds `runs` runs whose curves have `points` points each; gives their ids, oldest first. Of ten runs one
    failed and one goes on."""
    ids = []
    with Store.open(home.database_url) as store:
        tasks = {
            name: {"kind": kind, "title": name.replace("_", " ").capitalize()}
            for name, (kind, _) in TASKS.items()
        }
        dataset = store.add_dataset(
            name="made_up", folder=home.root / "made_up", fingerprint="made-up", spec={"tasks": tasks}
        )
        for number in range(runs):
            config = _config(home, number)
            run = store.add_run(
                dataset=dataset, config=config.to_json(), config_fingerprint=config.fingerprint(),
                runs_folder=home.runs, name=config.name, seed=config.seed, state=RunState.STARTING,
            )  # fmt: skip
            _points(store, run.id, number, points)
            store.change_state(run.id, RunState.RUNNING)
            if number % 10 == 3:
                store.change_state(run.id, RunState.FAILED, "The loss is not a number (made up).")
            elif number % 10 != 7:
                store.set_result(
                    run.id, _result(run.id, number, points), best_step=points, rows_per_second=900.0
                )
                store.change_state(run.id, RunState.COMPLETED)
            ids.append(run.id)
    return ids


def _config(home: Home, number: int) -> RunConfig:
    weights = {task: round(1 + math.sin(number * (place + 1)), 2) + 0.1 for place, task in enumerate(TASKS)}
    config = RunConfig(
        dataset=str(home.root / "made_up"), name=NAMES[number % len(NAMES)], seed=number % 3, weights=weights
    )
    return with_settings(config, {"model.width": 64 * (1 + number // 3 % 3)})


def _curves(number: int, points: int) -> Iterator[tuple[str, str, str, np.ndarray]]:
    """(task, split, name, values)"""
    generator = np.random.default_rng(number)
    way = 1 - np.exp(-np.arange(1, points + 1) / (points / 5))
    for task, (_, metrics) in TASKS.items():
        reached = 0.3 + 0.4 * generator.random()
        noise = generator.normal(0, 0.03, points)
        yield task, "train", "loss", 1.2 - reached * way + noise
        yield task, "train", "weight", np.ones(points)
        for metric in metrics:
            sign = -1 if metric in LESS_IS_BETTER else 1
            yield task, "validation", metric, 0.5 + sign * reached * way / 2 + noise / 4


def _points(store: Store, run_id: str, number: int, points: int) -> None:
    """Straight into the tables: the writer is made for a run's own pace, not for millions of points."""
    curves = list(_curves(number, points))
    with store._database.writing() as session:
        for place, (task, split, name, values) in enumerate(curves):
            higher = name not in LESS_IS_BETTER
            best = int(values.argmax() if higher else values.argmin())
            summary = SummaryRow(
                run_id=run_id, task=task, split=split, name=name, last=float(values[-1]), last_step=points,
                best=float(values[best]), best_step=best + 1, higher_is_better=higher, n=points,
            )  # fmt: skip
            session.add(summary)
            session.flush()
            rows = [
                (summary.id, step * len(curves) + place + 1, step + 1, step / points * 4, step * 0.1, value)
                for step, value in enumerate(values.tolist())
            ]
            session.connection().exec_driver_sql(INSERT, rows)
        session.execute(update(RunRow).where(RunRow.id == run_id).values(last_point=points * len(curves)))


def _result(run_id: str, number: int, points: int) -> dict[str, object]:
    last = {
        (task, name): float(values[-1])
        for task, split, name, values in _curves(number, points)
        if split != "train"
    }
    tasks = {
        task: {
            "kind": kind, "headline": metrics[0], "test": {name: last[task, name] - 0.01 for name in metrics},
            "before": {metrics[0]: 0.5}, "validation": {name: last[task, name] for name in metrics},
            "baselines": {}, "split": "by time (made up)",
        }
        for task, (kind, metrics) in TASKS.items()
    }  # fmt: skip
    return {
        "run": run_id, "state": "completed", "seconds": 200.0, "rows_per_second": 900.0, "best_step": points,
        "steps": points, "device": "made up", "notes": [], "tasks": tasks,
    }  # fmt: skip


def main() -> None:
    """Fills the home that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--points", type=int, default=2000)
    given = parser.parse_args()
    home = Home.from_environment({"MTREC_HOME": str(given.home)})
    fill(home, given.runs, given.points)
    print(f"{given.runs} runs of {5 * len(TASKS)} curves with {given.points} points in {home.root}")


if __name__ == "__main__":
    main()
