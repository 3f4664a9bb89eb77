"""What TF-IDF + linear reaches on public data, less a margin for the draw of the rows."""

from pathlib import Path

import pytest

from mtrec_core.data.compile import compile_dataset
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.evaluation.baselines.run import baseline_predictions
from mtrec_core.evaluation.metrics import evaluate

DATASETS = Path(__file__).resolve().parents[3] / "benchmarks" / "datasets"

pytestmark = pytest.mark.real_data


def reached(real_data, monkeypatch, name, task):
    """Headline and other metrics of TF-IDF + linear on test."""
    monkeypatch.setenv("MTREC_REAL_DATA", str(real_data))
    dataset = compile_dataset(load_dataset_spec(DATASETS / name), tasks=[task])
    table = baseline_predictions(dataset, task, splits=("test",))["tfidf_linear"]
    return evaluate(dataset.tasks[task].spec, table)


@pytest.mark.parametrize(
    ("task", "metric", "least", "most"),
    [
        ("recommended", "auc", 0.935, 1),
        ("rating", "rmse", 0, 0.76),
        ("department", "accuracy", 0.825, 1),
        ("clothing_class", "accuracy", 0.625, 1),
        ("age", "rmse", 0, 12.2),
    ],
)
def test_labels_of_reviews(real_data, monkeypatch, task, metric, least, most):
    assert least <= reached(real_data, monkeypatch, "womens_clothing", task)[metric] <= most


def test_intents_of_bank_customers(real_data, monkeypatch):
    found = reached(real_data, monkeypatch, "banking77", "intent")
    assert found["accuracy"] > 0.88
    assert found["log_loss"] < 0.5
