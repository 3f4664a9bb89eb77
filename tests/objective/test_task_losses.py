"""From a batch and the model's outputs to the loss of its kind."""

import numpy as np
import pytest
import torch

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.model.batches import TaskBatch
from mtrec_core.model.plan import TaskPlan
from mtrec_core.objective import losses
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.task_losses import task_loss


def plan(kind, mean=0.0, spread=1.0):
    return TaskPlan(
        kind=kind,
        inputs=("user",),
        target="item" if kind == "retrieval" else "",
        outputs=1,
        start=(0.0,),
        context_cardinalities=(),
        context_numeric_width=0,
        label_mean=mean,
        label_spread=spread,
    )


def batch(labels, **more):
    rows = len(labels)
    return TaskBatch(
        task="task",
        inputs=(np.zeros(rows, np.int32),),
        context_categorical_BC=np.zeros((rows, 0), np.int32),
        context_numeric_BF=np.zeros((rows, 0), np.float32),
        labels_B=np.array(labels, np.float32),
        **more,
    )


def outputs(rows, columns):
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(0))


TAGS = np.array([[1, 0, 1], [0, 0, 0]], np.float32)
SCENES = {
    "retrieval": (
        batch([2, 0]),
        3,
        lambda out: losses.retrieval_loss(out, torch.tensor([2, 0])),
    ),
    "multiclass": (
        batch([2, 0]),
        3,
        lambda out: losses.multiclass_loss(out, torch.tensor([2, 0]), 0.1),
    ),
    "binary": (batch([1, 0]), 1, lambda out: losses.binary_loss(out, torch.tensor([1.0, 0.0]))),
    "regression": (
        batch([14, 8]),  # mean 10, spread 2
        1,
        lambda out: losses.regression_loss(out, torch.tensor([(14 - 10) / 2, (8 - 10) / 2]), 0.7),
    ),
    "multilabel": (
        batch([1, 1], tags_BK=TAGS),
        3,
        lambda out: losses.multilabel_loss(out, torch.tensor(TAGS)),
    ),
    "ranking": (
        batch([3, 0], groups_B=np.zeros(2, np.int64)),
        1,
        lambda out: losses.listwise_loss(out, torch.tensor([3.0, 0.0]), torch.zeros(2, dtype=torch.long)),
    ),
}
SETTINGS = ObjectiveSettings(label_smoothing=0.1, huber_delta=0.7)


def test_every_kind_has_a_scene_here():
    assert SCENES.keys() == TASK_KINDS.keys()


@pytest.mark.parametrize("kind", list(TASK_KINDS))
def test_a_kind_gets_its_loss_with_its_settings(kind):
    rows, columns, expected = SCENES[kind]
    output = outputs(2, columns)
    found = task_loss(plan(kind, mean=10.0, spread=2.0), rows, output, SETTINGS)
    torch.testing.assert_close(found, expected(output))
    assert found.shape == ()


@pytest.mark.parametrize("kind", list(TASK_KINDS))
def test_a_loss_is_computed_in_full_precision(kind):
    rows, columns, _ = SCENES[kind]
    output = outputs(2, columns).bfloat16()
    assert task_loss(plan(kind), rows, output, SETTINGS).dtype == torch.float32


def test_against_a_sample_the_first_score_is_the_positives():
    rows = batch([2, 0]).with_negatives(np.array([1, 1, 3]), np.zeros(4, np.float32))
    output = outputs(2, 4)
    expected = losses.retrieval_loss(output, torch.tensor([0, 0]))
    torch.testing.assert_close(task_loss(plan("retrieval"), rows, output, SETTINGS), expected)


def test_the_pairwise_ranking_loss_is_taken_when_asked():
    rows, _, _ = SCENES["ranking"]
    output = outputs(2, 1)
    found = task_loss(plan("ranking"), rows, output, ObjectiveSettings(ranking_loss="pairwise"))
    expected = losses.pairwise_loss(output, torch.tensor([3.0, 0.0]), torch.zeros(2, dtype=torch.long))
    torch.testing.assert_close(found, expected)
