"""The tiny shop ready for a model: its compiled tables, its frozen text vectors, batches of every task."""

from dataclasses import dataclass

import pytest
import torch

from mtrec_core.config import with_settings
from mtrec_core.data.dataset import Dataset
from mtrec_core.model.batches import TaskBatch, make_batch
from mtrec_core.model.entity_features import EntityFeatures, TextSource
from mtrec_core.model.multitask import MultiTaskModel
from mtrec_core.model.plan import plan_model
from mtrec_core.prepare import prepare
from mtrec_core.training.events import ignore


@dataclass(frozen=True)
class Bench:
    """What a model of the tiny shop is made of."""

    dataset: Dataset
    texts: TextSource
    config: object

    def model(self, tasks=(), texts=None, **settings) -> MultiTaskModel:
        """A fresh model in evaluation mode; `settings` are those of the model section."""
        chosen = with_settings(
            self.config, {f"model.{name}": value for name, value in settings.items()}
        ).model
        source = texts or self.texts
        plan = plan_model(self.dataset, tasks or list(self.dataset.tasks), chosen, source.vectors_UH.shape[1])
        torch.manual_seed(0)
        model = MultiTaskModel(plan, chosen)
        model.attach(EntityFeatures(self.dataset, plan, source, torch.device("cpu")))
        return model.eval()

    def batch(self, task, rows=slice(0, 12)) -> TaskBatch:
        """Some training rows of a task."""
        data = self.dataset.tasks[task]
        return make_batch(self.dataset, data, data.rows("train")[rows])

    def batches(self, rows=slice(0, 12)) -> dict[str, TaskBatch]:
        """Training rows of every task."""
        return {task: self.batch(task, rows) for task in self.dataset.tasks}


@pytest.fixture(scope="session")
def bench(tmp_path_factory, config) -> Bench:
    """The tiny shop with a frozen BERT."""
    return bench_of(config, tmp_path_factory.mktemp("vectors"))


@pytest.fixture(scope="session")
def funnel(tmp_path_factory, funnel_config) -> Bench:
    """The tiny shop with `ad_buy`, a task that follows `ad_click`."""
    return bench_of(funnel_config, tmp_path_factory.mktemp("vectors"))


def bench_of(config, vectors) -> Bench:
    """What a model of the configuration's dataset is made of."""
    prepared = prepare(config, vectors, ignore)
    return Bench(dataset=prepared.dataset, texts=prepared.model.features.texts, config=config)
