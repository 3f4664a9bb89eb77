"""A run's numbers told to another tracker as well: TensorBoard, MLflow or Weights & Biases; by accelerate.

The store stays the truth. What a mirror writes lies in MTREC_HOME, unless the tracker's own variables name a
server.
"""

import importlib.util
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accelerate.tracking import GeneralTracker, MLflowTracker, TensorBoardTracker, WandBTracker

from mtrec_core.errors import UserError
from mtrec_core.recording import is_recorded
from mtrec_core.settings import unknown_name
from mtrec_core.training.events import EvaluationEvent, Event, StepEvent

LOG = logging.getLogger(__name__)

PROJECT = "mtrec"
"""What the runs' group is called in a tracker that has groups."""


@dataclass(frozen=True, kw_only=True)
class MirrorChoice:
    """One row of the table of mirrors. The key is also the name of the extra that installs it."""

    key: str
    title: str
    module: str
    open: Callable[[Path, str, str], GeneralTracker]
    """From its folder, the run's id and its title."""
    look: str
    """How a person looks at it; `{folder}` is its folder."""


def _tensorboard(folder: Path, run: str, title: str) -> GeneralTracker:
    return TensorBoardTracker(run, folder)


def _mlflow(folder: Path, run: str, title: str) -> GeneralTracker:
    import mlflow

    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    return MLflowTracker(PROJECT, logging_dir=str(folder / "artifacts"), run_name=title, tags={"run": run})


def _wandb(folder: Path, run: str, title: str) -> GeneralTracker:
    os.environ.setdefault("WANDB_MODE", "offline")
    return WandBTracker(PROJECT, dir=str(folder), id=run, name=title)


MIRRORS: dict[str, MirrorChoice] = {
    choice.key: choice
    for choice in (
        MirrorChoice(
            key="tensorboard",
            title="TensorBoard",
            module="tensorboard",
            open=_tensorboard,
            look="tensorboard --logdir {folder}",
        ),
        MirrorChoice(
            key="mlflow",
            title="MLflow",
            module="mlflow",
            open=_mlflow,
            look="mlflow ui --backend-store-uri sqlite:///{folder}/mlflow.db",
        ),
        MirrorChoice(
            key="wandb",
            title="Weights & Biases",
            module="wandb",
            open=_wandb,
            look="wandb sync {folder}/wandb/offline-run-*",
        ),
    )
}


def mirror_choice(key: str) -> MirrorChoice:
    """The mirror of that key; UserError when there is none or its package is not installed."""
    if key not in MIRRORS:
        raise unknown_name("mirror", key, list(MIRRORS))
    choice = MIRRORS[key]
    if importlib.util.find_spec(choice.module) is None:
        raise UserError(
            f"The mirror to {choice.title} needs a package that is not installed; get it with "
            f"python -m pip install 'mtrec-studio[{key}]', in a checkout python -m pip install '.[{key}]'."
        )
    return choice


class Mirror:
    """A listener that tells a tracker what a run tells. A tracker that fails is left; the run goes on."""

    def __init__(
        self, choice: MirrorChoice, folder: Path, run: str, title: str, settings: Mapping[str, Any]
    ) -> None:
        self.choice = choice
        self.failed: str = ""
        """Why it ended early, in a sentence."""
        self._tracker: GeneralTracker | None = None
        self._do(lambda: self._open(folder, run, title, settings))

    def _open(self, folder: Path, run: str, title: str, settings: Mapping[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        tracker = self.choice.open(folder, run, title)
        tracker.start()
        self._tracker = tracker
        tracker.store_init_configuration(dict(settings))

    def __call__(self, event: Event) -> None:
        """Numbers of steps and evaluations under `split/name/task`, at their step."""
        values = numbers_of(event)
        if values and self._tracker is not None:
            tracker, step = self._tracker, event.step  # type: ignore[union-attr]
            self._do(lambda: tracker.log(values, step=step))

    def close(self) -> None:
        """Writes out what is left."""
        if self._tracker is not None:
            self._do(self._tracker.finish)
            self._tracker = None

    def _do(self, what: Callable[[], object]) -> None:
        try:
            what()
        except Exception as error:
            LOG.exception("The mirror to %s failed", self.choice.title)
            first = f"{type(error).__name__}: {error}".splitlines()[0]
            self.failed = f"The mirror to {self.choice.title} ended ({first}); the run goes on without it."
            self._tracker = None


def numbers_of(event: Event) -> dict[str, float]:
    """What an event brings by name, such as `train/loss/purchase`; nothing where it is no event with numbers.

    "@" stands as "_at_": MLflow does not take it.
    """
    if isinstance(event, StepEvent):
        if not is_recorded(event.step, event.total_steps):
            return {}
        values = {
            "train/total_loss": event.total,
            "train/learning_rate": event.learning_rate,
            "train/effective_learning_rate": event.effective_learning_rate,
        }
        for name, of_tasks in (("loss", event.losses), ("weight", event.weights), ("share", event.shares)):
            values |= {f"train/{name}/{task}": value for task, value in of_tasks.items()}
        return values
    if isinstance(event, EvaluationEvent):
        values = {
            f"{event.split}/{name.replace('@', '_at_')}/{task}": value
            for task, metrics in event.metrics.items()
            for name, value in metrics.items()
        }
        return values | ({} if event.monitor is None else {f"{event.split}/monitor": event.monitor})
    return {}


def flat_settings(content: Mapping[str, Any], before: str = "") -> dict[str, str | int | float | bool]:
    """A configuration's JSON as one level, by dotted names."""
    flat: dict[str, str | int | float | bool] = {}
    for name, value in content.items():
        if isinstance(value, Mapping):
            flat |= flat_settings(value, f"{before}{name}.")
        else:
            flat[f"{before}{name}"] = value if isinstance(value, str | int | float | bool) else str(value)
    return flat
