"""Runs on the tiny shop, step by step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import pytest
from torch import Tensor

from mtrec_core.config import RunConfig, with_settings
from mtrec_core.pipeline import build_loop, train_in
from mtrec_core.prepare import prepare
from mtrec_core.results import RunResult
from mtrec_core.training.checkpoint import load_checkpoint
from mtrec_core.training.events import EvaluationEvent, StepEvent, ignore
from mtrec_core.training.loop import Loop


@dataclass
class Run:
    """A run in a folder of its own, with all that it told."""

    folder: Path
    config: RunConfig
    vectors: Path
    events: list = field(default_factory=list)

    def train(
        self,
        stop_after: int = 0,
        resume: bool = False,
        weights_at: Mapping[int, Mapping[str, float]] = MappingProxyType({}),
        more_epochs: float = 0.0,
    ) -> RunResult:
        """Trains; asks to stop once `stop_after` steps of the run are done (0: never). `weights_at` are other
        task weights after so many steps."""

        def stop_asked():
            return bool(stop_after) and self.steps[-1].step >= stop_after

        return train_in(
            self.folder,
            self.config,
            self.vectors,
            "run",
            self.events.append,
            stop_asked,
            resume,
            weights_at.get,
            more_epochs,
        )

    def loop(self) -> Loop:
        """The loop before its first step."""
        return build_loop(prepare(self.config, self.vectors, ignore), self.config, self.folder)

    @property
    def steps(self) -> list[StepEvent]:
        return [event for event in self.events if isinstance(event, StepEvent)]

    @property
    def validations(self) -> list[EvaluationEvent]:
        """Those that select."""
        return [
            event for event in self.events if isinstance(event, EvaluationEvent) and event.monitor is not None
        ]

    def saved(self, which: str = "last") -> dict[str, Tensor]:
        """Every array of a checkpoint by `PART/NAME`."""
        return load_checkpoint(self.folder / which).tensors


@pytest.fixture(scope="session")
def vectors(tmp_path_factory) -> Path:
    """Text vectors shared by all runs here."""
    return tmp_path_factory.mktemp("vectors")


@pytest.fixture
def new_run(tmp_path, config, vectors) -> Callable[..., Run]:
    """new_run(tasks, {"section.setting": value}, seed, dataset) makes a run; few steps unless told."""

    def make(tasks=("purchase", "stars"), settings=None, seed=0, dataset=None) -> Run:
        chosen = with_settings(config, {"training.max_steps": 6, "training.epochs": 9} | (settings or {}))
        chosen = replace(chosen, tasks=tuple(tasks), seed=seed, dataset=str(dataset or config.dataset))
        folder = tmp_path / f"run{len(list(tmp_path.glob('run*')))}"
        folder.mkdir()
        return Run(folder=folder, config=chosen, vectors=vectors)

    return make
