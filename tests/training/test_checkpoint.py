"""A run's state on disk: whole or not there."""

import errno
import json

import pytest
import torch
from safetensors import SafetensorError
from torch import nn

from mtrec_core.errors import DataError, StorageError
from mtrec_core.training import checkpoint
from mtrec_core.training.checkpoint import (
    learned_state,
    load_checkpoint,
    load_learned_state,
    load_optimizer_tensors,
    load_random_state,
    optimizer_tensors,
    part_of,
    random_state,
    save_checkpoint,
)

CPU = torch.device("cpu")
PARTS = {
    "model": {"a.weight": torch.randn(2, 3), "b": torch.tensor(1.5)},
    "average": {"0": torch.zeros(4)},
    "random": {"cpu": torch.get_rng_state()},
}


def save(folder, step=3, parts=PARTS, **content):
    save_checkpoint(folder, step, parts, content)


def test_what_is_saved_comes_back(tmp_path):
    save(tmp_path, step=12, rows=7, selection={"best": None, "first": {"a": 0.5}})
    found = load_checkpoint(tmp_path)
    assert found.content == {"step": 12, "rows": 7, "selection": {"best": None, "first": {"a": 0.5}}}
    for part, named in PARTS.items():
        back = part_of(found, part)
        assert back.keys() == named.keys()
        assert all(
            torch.equal(back[name], tensor) and back[name].dtype == tensor.dtype
            for name, tensor in named.items()
        )
    assert part_of(found, "nothing") == {}


def test_only_the_latest_step_is_kept(tmp_path):
    for step in (9, 10, 100):
        save(tmp_path, step=step)
        assert [path.name for path in tmp_path.iterdir()] == [f"step-{step:09d}"]
    assert load_checkpoint(tmp_path).content["step"] == 100


def test_a_step_can_be_saved_again(tmp_path):
    save(tmp_path, rows=1)
    save(tmp_path, rows=2)
    assert load_checkpoint(tmp_path).content["rows"] == 2


def test_what_a_killed_process_left_half_written_is_swept_away(tmp_path):
    (tmp_path / "writing-1").mkdir(parents=True)
    (tmp_path / "writing-1" / "tensors.safetensors").write_bytes(b"half")
    save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["step-000000003"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        SafetensorError("IoError: No space left on device"),
        RuntimeError("No space left on device"),
    ],
)
def test_a_full_disk_leaves_the_older_checkpoint_and_nothing_else(tmp_path, monkeypatch, error):
    save(tmp_path, step=1, rows=1)

    def refuse(tensors, path):
        path.write_bytes(b"the first half")
        raise error

    monkeypatch.setattr(checkpoint, "save_file", refuse)
    with pytest.raises(StorageError, match=r"can't be written: .*No space left.*resumed from its last"):
        save(tmp_path, step=2)
    assert [path.name for path in tmp_path.iterdir()] == ["step-000000001"]
    assert load_checkpoint(tmp_path).content["rows"] == 1


def test_a_folder_without_a_checkpoint_is_named(tmp_path):
    for folder in (tmp_path, tmp_path / "never made"):
        with pytest.raises(DataError, match=f"no checkpoint in {folder}; the run has to be started anew"):
            load_checkpoint(folder)


@pytest.mark.parametrize("file", ["tensors.safetensors", "state.json"])
@pytest.mark.parametrize("damage", ["missing", "half", "empty"])
def test_an_unreadable_checkpoint_is_named(tmp_path, file, damage):
    save(tmp_path)
    path = tmp_path / "step-000000003" / file
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(content[: len(content) // 2] if damage == "half" else b"")
    with pytest.raises(DataError, match="step-000000003 can't be read"):
        load_checkpoint(tmp_path)


def small_model():
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))
    model[0].bias.requires_grad_(False)
    return model


def test_the_learned_parameters_come_back_and_the_frozen_ones_are_not_touched(tmp_path):
    source, target = small_model(), small_model()
    state = learned_state(source)
    assert set(state) == {"0.weight", "1.weight", "1.bias"}
    frozen = target[0].bias.clone()
    load_learned_state(target, state)
    assert torch.equal(target[0].weight, source[0].weight)
    assert torch.equal(target[0].bias, frozen)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda state: state.pop("1.bias"), r"1\.bias stand on one side only"),
        (lambda state: state.update(more=torch.zeros(1)), "more stand on one side only"),
        (
            lambda state: state.update({"1.bias": torch.zeros(3)}),
            r"1\.bias have shape \(3,\), the model's \(2,\)",
        ),
    ],
)
def test_parameters_that_do_not_fit_are_refused(change, says):
    state = dict(learned_state(small_model()))
    change(state)
    with pytest.raises(DataError, match=says):
        load_learned_state(small_model(), state)


def train_step(model, optimizer):
    optimizer.zero_grad()
    model(torch.ones(4, 3)).square().sum().backward()
    optimizer.step()


@pytest.mark.parametrize(
    "make",
    [
        lambda model: torch.optim.AdamW(model.parameters(), lr=0.1, fused=True),
        lambda model: torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, fused=True),
    ],
    ids=["adamw", "sgd"],
)
def test_an_optimizer_goes_on_as_if_it_had_not_been_interrupted(make):
    torch.manual_seed(0)
    model = small_model()
    optimizer = make(model)
    for _ in range(2):
        train_step(model, optimizer)
    saved_model = {name: tensor.clone() for name, tensor in learned_state(model).items()}
    saved = {name: tensor.clone() for name, tensor in optimizer_tensors(optimizer).items()}
    frozen = model[0].bias.clone()
    train_step(model, optimizer)

    resumed = small_model()
    resumed[0].bias.data.copy_(frozen)
    load_learned_state(resumed, saved_model)
    again = make(resumed)
    load_optimizer_tensors(again, saved)
    train_step(resumed, again)
    for expected, found in zip(model.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(expected, found)


def test_random_numbers_go_on_where_they_were():
    torch.manual_seed(3)
    torch.rand(5)
    state = {name: tensor.clone() for name, tensor in random_state(CPU).items()}
    expected = torch.rand(5)
    torch.manual_seed(4)
    load_random_state(state, CPU)
    assert torch.equal(torch.rand(5), expected)


def test_a_checkpoint_is_plain_json_and_safetensors(tmp_path):
    save(tmp_path, rows=1)
    folder = tmp_path / "step-000000003"
    assert sorted(path.name for path in folder.iterdir()) == ["state.json", "tensors.safetensors"]
    assert json.loads((folder / "state.json").read_text())["rows"] == 1
