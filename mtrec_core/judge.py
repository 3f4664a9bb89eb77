"""How good a prepared model is, task by task, and how good the baselines are."""

from pathlib import Path

import pandas as pd

from mtrec_core.config import RunConfig
from mtrec_core.evaluation.baselines.run import baseline_predictions
from mtrec_core.evaluation.metrics import evaluate
from mtrec_core.evaluation.predictions_file import save_predictions
from mtrec_core.prepare import Prepared, refresh_texts
from mtrec_core.results import Metrics
from mtrec_core.training.events import Listener, ProgressEvent, StageEvent
from mtrec_core.training.predict import predict


def validation_metrics(prepared: Prepared, config: RunConfig) -> dict[str, Metrics]:
    """Metrics of every task on the validation rows that are looked at while training goes on, with the model
    as it stands."""
    refresh_texts(prepared, config.text, "validation")
    length, most = min(config.evaluation.list_length, 20), config.evaluation.max_validation_lists
    return metrics_of(
        prepared, predict(prepared.model, prepared.dataset, prepared.tasks, "validation", length, most)
    )


def split_metrics(
    prepared: Prepared, config: RunConfig, split: str
) -> tuple[pd.DataFrame, dict[str, Metrics]]:
    """Predictions on all rows of a split and their metrics."""
    refresh_texts(prepared, config.text, split)
    length = config.evaluation.list_length
    predictions = predict(prepared.model, prepared.dataset, prepared.tasks, split, length)
    return predictions, metrics_of(prepared, predictions)


def metrics_of(prepared: Prepared, predictions: pd.DataFrame) -> dict[str, Metrics]:
    """Task -> metrics of a predictions table of one split."""
    metrics = {}
    for task in prepared.tasks:
        spec = prepared.dataset.tasks[task].spec
        catalogue = len(prepared.dataset.entities[spec.target]) if spec.target else None
        metrics[task] = evaluate(spec, predictions[predictions["task"] == task], catalogue)
    return metrics


def baseline_metrics(
    prepared: Prepared, config: RunConfig, folder: Path, listen: Listener
) -> dict[str, dict[str, Metrics]]:
    """Task -> baseline -> metrics on test; their predictions are kept beside the model's."""
    listen(StageEvent(stage="baselines", text="Measuring the baselines"))
    found: dict[str, dict[str, Metrics]] = {}
    for number, task in enumerate(prepared.tasks):
        listen(ProgressEvent(stage="baselines", done=number, total=len(prepared.tasks)))
        spec = prepared.dataset.tasks[task].spec
        catalogue = len(prepared.dataset.entities[spec.target]) if spec.target else None
        found[task] = {}
        for key, table in baseline_predictions(prepared.dataset, task, ("test",), config.seed).items():
            found[task][key] = evaluate(spec, table, catalogue)
            save_predictions(table, folder / "baselines" / f"{task}.{key}.parquet")
    return found
