"""Run records without a database; a fixture for every test."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mtrec_core.config import RunConfig
from mtrec_core.store.records import RunRecord
from mtrec_core.store.states import RunRole, RunState


@pytest.fixture
def make_run():
    """A completed run; `test` is task -> metric -> value."""

    def make(
        number: int,
        test: dict[str, dict[str, float]] | None = None,
        *,
        config: RunConfig | None = None,
        task: str | None = None,
        data: str = "aaaa",
        folder: Path = Path("nowhere"),
        weights_now: dict[str, float] | None = None,
    ) -> RunRecord:
        config = config or RunConfig(dataset="shop", name="joint")
        kinds = {"auc": "binary", "rmse": "regression", "ndcg@10": "retrieval"}
        tasks = {
            name: {
                "kind": kinds[next(iter(metrics))],
                "headline": next(iter(metrics)),
                "test": metrics,
                "before": {next(iter(metrics)): 0.5},
                "validation": metrics,
                "baselines": {},
                "split": "by time",
            }
            for name, metrics in (test or {}).items()
        }
        return RunRecord(
            id=f"run{number}",
            number=number,
            name=config.name,
            experiment_id=None,
            dataset_id=1,
            dataset="shop",
            dataset_fingerprint=data,
            seed=config.seed,
            role=RunRole.SINGLE_TASK if task else RunRole.JOINT,
            task=task,
            config=config.to_json(),
            config_fingerprint=config.fingerprint(),
            state=RunState.COMPLETED,
            reason="",
            created=datetime(2026, 1, 1, tzinfo=UTC),
            started=None,
            ended=None,
            process=None,
            result={"tasks": tasks} if tasks else None,
            best_step=None,
            rows_per_second=None,
            folder=folder,
            last_point=0,
            note="",
            tags=(),
            starred=False,
            archived=False,
            queue_place=0.0,
            slot="",
            more_epochs=0.0,
            weights_now=weights_now,
            progress=None,
        )

    return make
