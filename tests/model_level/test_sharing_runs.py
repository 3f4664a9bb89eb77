"""A whole training with each sharing structure: it learns, is tested, and its bundle answers the same."""

import dataclasses
import json

import numpy as np
import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.config import with_settings
from mtrec_core.evaluation.predictions_file import load_predictions
from mtrec_core.inference.predictor import Predictor
from mtrec_core.model.sharing_table import SHARING
from tests.tiny_shop import train

pytestmark = pytest.mark.slow
TASKS = ("purchase", "ad_click", "ad_buy")
SHORT = {"training.max_steps": 6, "evaluation.baselines": False}


@pytest.mark.parametrize("key", SHARING)
def test_a_run_trains_and_its_bundle_gives_the_predictions_that_were_tested(funnel_config, tmp_path, key):
    config = with_settings(funnel_config, SHORT | {"model.sharing": key})
    result = train(tmp_path, dataclasses.replace(config, tasks=TASKS))
    assert result.state == "completed"
    assert set(result.tasks) == set(TASKS)
    assert all(task.test for task in result.tasks.values())
    table = load_predictions(tmp_path / "predictions.parquet")
    assert np.isfinite(table["score"]).all()
    if SHARING[key].chain == "product":
        scores = table.pivot_table(index=["row", "item"], columns="task", values="score")
        both = scores[["ad_click", "ad_buy"]].dropna()
        assert len(both) > 10
        assert (both["ad_buy"] < both["ad_click"]).all()
    found = Predictor(tmp_path / "bundle").recommend(user="u01", n=5)
    assert len(found) == 5


def test_the_command_line_trains_a_structure_by_its_key(funnel_config, tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path))
    monkeypatch.delenv("MTREC_DB", raising=False)
    arguments = ["train", funnel_config.dataset, "--tasks", ",".join(TASKS), "--json"]
    settings = SHORT | {"text.encoder": funnel_config.text.encoder, "model.sharing": "esmm"}
    for name, value in settings.items():
        arguments += ["--set", f"{name}={value}"]
    told = CliRunner().invoke(app, arguments)
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout.splitlines()[-1])["state"] == "completed"
