"""A run's state on disk: safetensors for arrays, JSON for the rest; written aside and renamed.

A resumed run continues bit for bit on a CPU: parameters, optimizer, running average, random states and the
selection are all here, and which rows come next follows from the step.
"""

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from mtrec_core.errors import DataError, StorageError


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What `save_checkpoint` wrote."""

    tensors: dict[str, Tensor]
    content: dict[str, Any]


def learned_state(module: nn.Module) -> dict[str, Tensor]:
    """The parameters that learn, by name; the frozen ones come from the encoder's own files."""
    return {
        name: parameter.detach().cpu()
        for name, parameter in module.named_parameters()
        if parameter.requires_grad
    }


def load_learned_state(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Copies parameters back; DataError when names or shapes don't fit."""
    parameters = {name: parameter for name, parameter in module.named_parameters() if parameter.requires_grad}
    if parameters.keys() != tensors.keys():
        odd = sorted(parameters.keys() ^ tensors.keys())
        raise DataError(
            f"The saved weights don't fit the model: {', '.join(odd[:5])} stand on one side only."
        )
    with torch.no_grad():
        for name, parameter in parameters.items():
            if parameter.shape != tensors[name].shape:
                raise DataError(
                    f"The saved weights of {name} have shape {tuple(tensors[name].shape)}, the model's "
                    f"{tuple(parameter.shape)}: the data changed since the run began."
                )
            parameter.copy_(tensors[name])


def optimizer_tensors(optimizer: Optimizer) -> dict[str, Tensor]:
    """The optimizer's arrays by `number of the parameter.name`."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}.{name}": torch.as_tensor(value).cpu()
        for number, part in state.items()
        for name, value in part.items()
    }


def load_optimizer_tensors(optimizer: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Puts `optimizer_tensors` back."""
    content = optimizer.state_dict()
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": content["param_groups"]})


def random_state(device: torch.device) -> dict[str, Tensor]:
    """States of torch's generators."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def random_part(rank: int) -> str:
    """Name of a checkpoint's part with the random states of one of the run's processes."""
    return f"random{rank or ''}"


def load_random_state(states: Mapping[str, Tensor], device: torch.device) -> None:
    """Puts `random_state` back."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)


def save_checkpoint(
    folder: Path, step: int, parts: Mapping[str, Mapping[str, Tensor]], content: Mapping[str, Any]
) -> None:
    """Writes `PART/NAME` tensors and JSON content to `folder/step-N`, whole or not at all, then drops the
    older ones.

    StorageError on a full disk; what was there before stays.
    """
    aside = folder / f"writing-{uuid.uuid4().hex}"
    tensors = {
        f"{part}/{name}": tensor.contiguous()
        for part, named in parts.items()
        for name, tensor in named.items()
    }
    try:
        aside.mkdir(parents=True)
        save_file(tensors, aside / "tensors.safetensors")
        (aside / "state.json").write_text(json.dumps({"step": step, **content}, indent=1), encoding="utf-8")
        place = folder / f"step-{step:09d}"
        shutil.rmtree(place, ignore_errors=True)
        os.rename(aside, place)
    except (OSError, RuntimeError, SafetensorError) as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise StorageError(
            f"The checkpoint {folder} can't be written: {error}. Free some space, or set MTREC_HOME to "
            "a folder with room; the run can be resumed from its last checkpoint."
        ) from None
    for old in folder.iterdir():
        if old != place:
            shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(folder: Path) -> Checkpoint:
    """The latest checkpoint in `folder`; DataError when there is no whole one."""
    places = sorted(folder.glob("step-*"))
    if not places:
        raise DataError(f"There is no checkpoint in {folder}; the run has to be started anew.")
    try:
        content = json.loads((places[-1] / "state.json").read_text(encoding="utf-8"))
        tensors = load_file(places[-1] / "tensors.safetensors")
    except (OSError, ValueError, SafetensorError) as error:
        raise DataError(f"The checkpoint {places[-1]} can't be read: {error}.") from None
    return Checkpoint(tensors=tensors, content=content)


def part_of(checkpoint: Checkpoint, part: str) -> dict[str, Tensor]:
    """The tensors of one part, by their own names."""
    prefix = f"{part}/"
    return {
        name[len(prefix) :]: tensor for name, tensor in checkpoint.tensors.items() if name.startswith(prefix)
    }
