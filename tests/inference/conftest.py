"""Runs on the tiny shop, trained once per session."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from mtrec_core.config import with_settings
from mtrec_core.data.reading import read_table
from mtrec_core.inference.predictor import Predictor
from tests.tiny_shop import train


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory, config) -> Path:
    """The folder of a completed run."""
    folder = tmp_path_factory.mktemp("run")
    assert train(folder, config).state == "completed"
    return folder


@pytest.fixture(scope="session")
def live_run_folder(tmp_path_factory, config) -> Path:
    """A run of two tasks in which the encoder's top layer learned, with n-grams beside it."""
    folder = tmp_path_factory.mktemp("live")
    settings = {"text.trainable": "last_k", "text.last_k": 1, "model.ngram_buckets": 64} | {
        "training.encoder_learning_rate": 3e-3  # high, so that its change shows after a few steps
    }
    train(folder, with_settings(replace(config, tasks=("tags", "service")), settings))
    return folder


@pytest.fixture(scope="session")
def bundle(run_folder) -> Path:
    """The run's bundle; not to be written to."""
    return run_folder / "bundle"


@pytest.fixture(scope="session")
def predictor(bundle) -> Predictor:
    """The run's model."""
    return Predictor(bundle)


@pytest.fixture(scope="session")
def rows_of(dataset_folder):
    """rows_of(file, rows) is a table with those rows of a file."""

    def take(file: str, rows) -> pa.Table:
        return read_table(dataset_folder / file).take(pa.array(np.asarray(rows, np.int64)))

    return take
