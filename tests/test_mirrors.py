"""What a mirror was told, read back from the tracker's own files."""

import importlib.util

import pytest
from typer.testing import CliRunner

from mtrec_core.cli.app import app
from mtrec_core.errors import MtrecError, UserError
from mtrec_core.mirrors import MIRRORS, Mirror, flat_settings, mirror_choice, numbers_of
from mtrec_core.training.events import EvaluationEvent, MessageEvent, StepEvent


def step(number, total=3, **losses):
    losses = losses or {"purchase": 2.0, "stars": 1.0}
    return StepEvent(
        step=number,
        total_steps=total,
        epoch=number / total,
        seconds=number,
        rows=10 * number,
        losses=losses,
        weights=dict.fromkeys(losses, 1.0),
        shares={task: loss / sum(losses.values()) for task, loss in losses.items()},
        total=sum(losses.values()),
        learning_rate=0.01,
        effective_learning_rate=0.02,
    )


VALIDATION = EvaluationEvent(
    step=3, epoch=1.0, seconds=3.0, split="validation", metrics={"purchase": {"ndcg@10": 0.25}}, monitor=0.5
)


def told(key, folder):
    """The mirror after two steps and a validation."""
    settings = flat_settings({"seed": 4, "training": {"epochs": 2.0}, "tasks": ["purchase"]})
    mirror = Mirror(mirror_choice(key), folder, "r1", "shop r1", settings)
    for event in (step(1), MessageEvent(text="cut off"), step(3, purchase=1.5), VALIDATION):
        mirror(event)
    mirror.close()
    assert mirror.failed == ""
    return folder


def test_an_events_numbers_have_names_of_split_metric_and_task():
    assert numbers_of(step(1)) == {
        "train/total_loss": 3.0,
        "train/learning_rate": 0.01,
        "train/effective_learning_rate": 0.02,
        "train/loss/purchase": 2.0,
        "train/loss/stars": 1.0,
        "train/weight/purchase": 1.0,
        "train/weight/stars": 1.0,
        "train/share/purchase": 2 / 3,
        "train/share/stars": 1 / 3,
    }
    assert numbers_of(VALIDATION) == {"validation/ndcg_at_10/purchase": 0.25, "validation/monitor": 0.5}
    assert numbers_of(MessageEvent(text="cut off")) == {}


def test_a_long_run_is_thinned_as_in_the_store():
    assert numbers_of(step(5_007, total=20_000)) == {}  # every tenth of 20,000 steps makes 2,000 points
    assert numbers_of(step(5_010, total=20_000))


@pytest.mark.slow
def test_tensorboard_reads_back_what_it_was_told(tmp_path):
    told("tensorboard", tmp_path)
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path / "r1")).Reload()
    losses = [(point.step, point.value) for point in events.Scalars("train/loss/purchase")]
    assert losses == [(1, 2.0), (3, 1.5)]
    assert [(p.step, p.value) for p in events.Scalars("validation/ndcg_at_10/purchase")] == [(3, 0.25)]
    (settings,) = (tmp_path / "r1").rglob("hparams.yml")
    assert "training.epochs: 2.0" in settings.read_text()


@pytest.mark.slow
def test_mlflow_reads_back_what_it_was_told(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    told("mlflow", tmp_path)
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    (experiment,) = [found for found in client.search_experiments() if found.name == "mtrec"]
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.data.tags["run"], run.info.status) == ("shop r1", "r1", "FINISHED")
    assert run.data.params["training.epochs"] == "2.0"
    losses = [
        (point.step, point.value)
        for point in client.get_metric_history(run.info.run_id, "train/loss/purchase")
    ]
    assert losses == [(1, 2.0), (3, 1.5)]
    assert run.data.metrics["validation/ndcg_at_10/purchase"] == 0.25


def test_a_mirror_that_fails_is_left_with_a_sentence_and_the_run_goes_on(tmp_path):
    (tmp_path / "file").write_text("in the way")
    mirror = Mirror(mirror_choice("tensorboard"), tmp_path / "file" / "below", "r1", "shop", {})
    mirror(step(1))
    mirror.close()
    assert mirror.failed.startswith("The mirror to TensorBoard ended (NotADirectoryError")
    assert mirror.failed.endswith("the run goes on without it.")


def test_a_mirror_that_is_not_installed_is_refused_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"Weights & Biases .* pip install 'mtrec-studio\[wandb\]'"):
        mirror_choice("wandb")


def test_an_unknown_mirror_names_the_known_ones():
    with pytest.raises(MtrecError, match="mlflow, tensorboard, wandb"):
        mirror_choice("comet")


def test_the_command_line_refuses_a_mirror_before_it_trains(dataset_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "home"))
    done = CliRunner().invoke(app, ["train", str(dataset_folder), "--mirror", "comet"])
    assert done.exit_code == 2
    assert "comet" in done.stderr
    assert not (tmp_path / "home" / "runs").exists()


def test_a_queued_run_can_not_be_mirrored(dataset_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("MTREC_HOME", str(tmp_path / "home"))
    done = CliRunner().invoke(app, ["train", str(dataset_folder), "--queue", "--mirror", "tensorboard"])
    assert done.exit_code == 2
    assert "leave --queue or --mirror away" in done.stderr
    assert not (tmp_path / "home" / "mtrec.db").exists()


def test_each_mirror_has_an_extra_that_installs_it():
    import tomllib

    from tests.contracts.source_files import PROJECT

    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(MIRRORS) <= set(extras)
