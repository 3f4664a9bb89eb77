"""What several processes share out: rows of a step, and the losses that add up to those of all."""

import os

import numpy as np
import pytest
import torch

from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.errors import SettingError
from mtrec_core.model.batches import make_batch
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.task_losses import loss_size, task_loss
from mtrec_core.prepare import prepare
from mtrec_core.training.config import TrainingSettings
from mtrec_core.training.events import ignore
from mtrec_core.training.launched import Place, launched, process_count

STILL = {"model.dropout": 0, "model.text_dropout": 0, "model.id_dropout": 0}
ONE_OF_EACH_KIND = ("purchase", "segment", "gold", "stars", "tags", "search")


@pytest.fixture
def prepared(new_run):
    run = new_run(ONE_OF_EACH_KIND, STILL)
    return prepare(run.config, run.vectors, ignore)


@pytest.mark.parametrize("ranking_loss", ["listwise", "pairwise"])
@pytest.mark.parametrize("task", ONE_OF_EACH_KIND)
def test_the_losses_of_parts_add_up_to_the_loss_of_the_whole_by_their_sizes(prepared, task, ranking_loss):
    settings = ObjectiveSettings(ranking_loss=ranking_loss)
    data, plan, model = prepared.dataset.tasks[task], prepared.model.plan.tasks[task], prepared.model.eval()
    rows = data.rows("train")[:20]  # lists have five rows each
    whole, parts = rows, (rows[:5], rows[5:])

    def measured(rows):
        batch = make_batch(prepared.dataset, data, rows)
        return float(task_loss(plan, batch, model({task: batch})[task], settings)), loss_size(
            plan, batch, settings
        )

    with torch.no_grad():
        expected, _ = measured(whole)
        found = [measured(part) for part in parts]
    # sum of (mean x its divisor) over the divisor of both, which is the larger of the two counts' sums
    divisor = max(sum(size.units for _, size in found), sum(size.least for _, size in found))
    assert sum(loss * size.value for loss, size in found) / divisor == pytest.approx(expected, rel=1e-5)


def test_every_kind_of_task_is_among_the_tested(prepared):
    assert {plan.kind for plan in prepared.model.plan.tasks.values()} == set(TASK_KINDS)


def test_the_shares_of_a_step_are_its_rows_and_lists_stay_whole(new_run):
    loop = new_run(("liked", "stars", "search"), {"training.batch_size": 37}).loop()
    searches = loop.dataset.tasks["search"].group_R
    for step in range(8):
        whole = loop.sampler.draw(step)
        shares = [loop.sampler.draw(step, part, 3) for part in range(3)]
        for task, rows in whole.items():
            taken = [share[task] for share in shares if task in share]
            assert sorted(np.concatenate(taken)) == sorted(rows)
        lists = [set(searches[share["search"]]) for share in shares if "search" in share]
        assert sum(map(len, lists)) == len(set().union(*lists))
        for share in shares:  # two labels of one table: the same rows, so that a text is read once
            assert set(share.get("liked", [])) == set(share.get("stars", []))


def test_processes_is_a_setting_that_must_be_1_or_more():
    with pytest.raises(SettingError, match=r"training\.processes is 0; it must be 1 or more"):
        TrainingSettings(processes=0)


@pytest.fixture
def under_a_launcher(monkeypatch):
    """The environment of the third of four processes, the first of two on its machine."""
    for name, value in Place(rank=2, count=4, local_rank=0, local_count=2).as_environment().items():
        monkeypatch.setenv(name, value)
    launched.cache_clear()
    yield
    launched.cache_clear()


def test_a_launchers_words_are_taken_out_of_the_environment(under_a_launcher):
    assert launched() == Place(rank=2, count=4, local_rank=0, local_count=2)
    assert not {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"} & os.environ.keys()
    assert launched().rank == 2  # and are known still


def test_a_launcher_decides_how_many_there_are(under_a_launcher):
    assert [process_count(TrainingSettings(processes=count)) for count in (1, 4)] == [4, 4]
    with pytest.raises(SettingError, match=r"training\.processes is 2, but the launcher started 4 processes"):
        process_count(TrainingSettings(processes=2))


def test_alone_there_are_as_many_as_the_settings_say():
    assert launched() == Place()
    assert process_count(TrainingSettings(processes=3)) == 3
