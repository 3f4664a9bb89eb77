"""Two real processes train what one does: the same losses within rounding, exact resumption."""

import os
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
import torch
from torch import distributed

from mtrec_core.helper_process import dismiss
from mtrec_core.training.launched import Place, launched
from tests.contracts.source_files import PROJECT
from tests.tiny_encoders import write_bert
from tests.training.test_processes import ONE_OF_EACH_KIND, STILL

PLAIN = STILL | {
    # AdamW divides by sizes that rounding alone decides where a gradient is near 0.
    "training.optimizer": "sgd",
    "training.learning_rate": 0.05,
    "training.encoder_learning_rate": 0.05,
    "training.averaging": 0,
    "training.batch_size": 37,  # an odd number, so that the processes' shares differ
    "training.evaluations_per_epoch": 0.1,
}

FEWER = ("purchase", "tags", "search")
ADDED_UP = {
    "training.accumulation": 2,
    "training.clip_norm": 0.5,
    "objective.ranking_loss": "pairwise",
}
LEARNS = {"training.max_steps": 4, "training.evaluations_per_epoch": 9}
"""Validations renew the texts' vectors, which the next steps' histories read."""

BY_PARAMETER = {"objective.gradients_of": "parameters"}
"""What one process looks at is then what two look at together."""

VARIANTS = {
    "frozen": (ONE_OF_EACH_KIND, {}, {}),
    "added up, with weights that change": (ONE_OF_EACH_KIND, ADDED_UP, {2: {"stars": 5.0}}),
    "lora": (FEWER, LEARNS | {"text.trainable": "lora"}, {}),
    "full": (FEWER, LEARNS | {"text.trainable": "full"}, {}),
    "a gradient per task": (FEWER, {"objective.aggregation": "upgrad"} | BY_PARAMETER, {}),
    "with a state": (FEWER, LEARNS | {"text.trainable": "lora", "objective.weighting": "gradnorm"}, {}),
    "with a look back": (FEWER, {"objective.weighting": "famo"}, {}),
    "top layers": (FEWER, LEARNS | {"text.trainable": "last_k", "text.last_k": 1}, {}),
}


class Pair:
    """This process as the first of two, as a launcher would have it; the second helps with one run after the
    other, until the end."""

    def __init__(self, log) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.place = Place(count=2, local_count=2)
        self.meeting = {
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
            "GLOO_SOCKET_IFNAME": "lo",
            "OMP_NUM_THREADS": "1",
        }
        second = Place(rank=1, local_rank=1, count=2, local_count=2)
        self.log = log
        with log.open("w") as output:
            self.helper = subprocess.Popen(
                [sys.executable, "-m", "mtrec_core", "train", "as the first one does"],
                cwd=PROJECT,
                env=os.environ | self.meeting | second.as_environment(),
                stdout=output,
                stderr=output,
            )

    @contextmanager
    def together(self):
        """Runs within the block are trained by both."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (self.meeting | self.place.as_environment()).items():
                patch.setenv(name, value)
            launched.cache_clear()
            launched()
            try:
                yield
            finally:
                launched.cache_clear()
        launched()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    two = Pair(tmp_path_factory.mktemp("pair") / "log")
    try:
        yield two
        with two.together():
            dismiss()
        assert two.helper.wait(120) == 0, two.log.read_text()
    finally:
        two.helper.kill()
        two.helper.wait()
        if distributed.is_initialized():
            distributed.destroy_process_group()


@pytest.fixture(scope="module")
def still_encoder(tmp_path_factory):
    """Without dropout, whose random numbers differ from process to process."""
    return str(write_bert(tmp_path_factory.mktemp("still"), dropout=0.0))


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    assert [name for name, tensor in expected.items() if not torch.equal(found[name], tensor)] == []


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_two_processes_with_half_the_rows_give_the_losses_of_one(new_run, pair, still_encoder, variant):
    tasks, settings, weights_at = VARIANTS[variant]
    settings = PLAIN | settings | {"text.encoder": still_encoder}
    one, two = new_run(tasks, settings), new_run(tasks, settings)
    result = one.train(weights_at=weights_at)
    with pair.together():
        other = two.train(weights_at=weights_at)
    assert (other.state, other.steps, other.best_step) == (result.state, result.steps, result.best_step)
    assert other.device.startswith("2 processes, each on ")
    assert [event.rows for event in two.steps] == [event.rows for event in one.steps]
    for found, expected in zip(two.steps, one.steps, strict=True):
        assert found.losses.keys() == expected.losses.keys()
        assert found.losses == pytest.approx(expected.losses, rel=1e-4)
        assert found.weights == pytest.approx(expected.weights, rel=1e-3)
    if weights_at:
        assert two.steps[-1].weights["stars"] == 5.0
    for name, tensor in one.saved().items():
        if name.startswith("model/"):
            torch.testing.assert_close(two.saved()[name], tensor, atol=1e-5, rtol=1e-3)
    for task, judged in result.tasks.items():
        assert other.tasks[task].test == pytest.approx(judged.test, rel=1e-2, abs=1e-2)


@pytest.mark.slow
def test_two_processes_stop_and_go_on_as_if_they_had_not(new_run, pair):
    settings = {"training.evaluations_per_epoch": 4, "text.trainable": "lora"}  # with dropout
    whole, parts = new_run(settings=settings), new_run(settings=settings)
    with pair.together():
        whole.train()
        assert parts.train(stop_after=3).state == "stopped"
        assert parts.train(resume=True).state == "completed"
    assert_same(parts.saved(), whole.saved())
    assert_same(parts.saved("best"), whole.saved("best"))
    states = {name: tensor for name, tensor in whole.saved().items() if name.startswith("random")}
    assert states.keys() == {"random/cpu", "random1/cpu"}
    assert not torch.equal(states["random/cpu"], states["random1/cpu"])
