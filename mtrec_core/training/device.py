"""Where a run computes, and in which precision."""

import os
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState

from mtrec_core.errors import SettingError
from mtrec_core.training.config import TrainingSettings


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
    """The device and precision of the settings; SettingError when a GPU is asked for and there is none."""
    has_gpu = torch.cuda.is_available()
    if settings.device == "cuda" and not has_gpu:
        raise SettingError("training.device is cuda, but torch finds no GPU here; set it to auto or cpu.")
    device = torch.device("cuda" if has_gpu and settings.device != "cpu" else "cpu")
    precision = settings.precision
    if precision == "auto":
        precision = "bf16" if native_bf16(device) else "fp32"
    name = (
        torch.cuda.get_device_name(device)
        if device.type == "cuda"
        else f"CPU, {torch.get_num_threads()} threads"
    )
    return Device(device=device, precision=precision, title=f"{name}, {precision}")


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
