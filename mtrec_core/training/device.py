"""Where a run computes, and in which precision."""

import os
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState

from mtrec_core.errors import SettingError
from mtrec_core.training.config import TrainingSettings
from mtrec_core.training.launched import launched, process_count


@dataclass(frozen=True, kw_only=True)
class Device:
    """What was chosen, in words too."""

    device: torch.device
    precision: str
    """fp32 or bf16"""
    title: str


def native_bf16(device: torch.device) -> bool:
    """Whether the device multiplies bf16 in hardware; elsewhere it is slower than fp32, on a CPU many
    times."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def choose_device(settings: TrainingSettings) -> Device:
    """The device and precision of the settings; SettingError when a GPU is asked for and there is none, or
    when there are fewer than processes."""
    has_gpu = torch.cuda.is_available()
    if settings.device == "cuda" and not has_gpu:
        raise SettingError("training.device is cuda, but torch finds no GPU here; set it to auto or cpu.")
    device = torch.device("cuda" if has_gpu and settings.device != "cpu" else "cpu")
    precision = settings.precision
    if precision == "auto":
        precision = "bf16" if native_bf16(device) else "fp32"
    count = process_count(settings)
    if device.type == "cuda" and count > 1:
        _take_gpu(count)
    name = (
        torch.cuda.get_device_name(device)
        if device.type == "cuda"
        else f"CPU, {threads_each(settings)} threads"
    )
    together = f"{count} processes, each on " if count > 1 else ""
    return Device(device=device, precision=precision, title=f"{together}{name}, {precision}")


def threads_each(settings: TrainingSettings) -> int:
    """CPU threads of each process of a run: those that torch has now, shared out unless the settings or a
    launcher gave them to each."""
    if settings.threads or launched().count > 1:
        return torch.get_num_threads()
    return max(1, torch.get_num_threads() // settings.processes)


def _take_gpu(count: int) -> None:
    """Gives this process the GPU of its number on this machine."""
    place = launched()
    here = place.local_count if place.count > 1 else count
    if torch.cuda.device_count() < here:
        raise SettingError(
            f"{here} processes need a GPU each, but torch finds {torch.cuda.device_count()}; lower "
            "training.processes or set training.device=cpu."
        )
    torch.cuda.set_device(place.local_rank)


def make_accelerator(device: Device, accumulation: int) -> Accelerator:
    """A fresh accelerator: earlier runs of the process leave nothing behind."""
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()
    os.environ.setdefault("ACCELERATE_LOG_LEVEL", "ERROR")
    return Accelerator(
        cpu=device.device.type == "cpu",
        mixed_precision="bf16" if device.precision == "bf16" else "no",
        gradient_accumulation_steps=accumulation,
    )
