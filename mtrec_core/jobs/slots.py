"""Where runs can be put: GPUs and places on the CPU. No torch here: a child process asks it once."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mtrec_core.jobs.config import SupervisorSettings

CPU = "cpu"
GPU = "gpu:"


def find_slots(settings: SupervisorSettings) -> tuple[str, ...]:
    """The slots of this machine: `gpu:0`, ... and `cpu`, or `cpu:0`, `cpu:1` where there are several."""
    count = settings.cpu_slots
    cpus = [CPU] if count == 1 else [f"{CPU}:{number}" for number in range(count)]
    return (*(f"{GPU}{name}" for name in _gpus(settings)), *cpus)


def choose_slot(config: Mapping[str, Any], slots: Sequence[str], free: Sequence[str]) -> str | None:
    """Where a run of this configuration goes: a free slot, or several GPUs as `gpu:0,gpu:1`; None while
    there is no room.

    `auto` takes a GPU where the machine has one. A run that asks for what the machine lacks goes ahead all
    the same, for it ends with a sentence that says so, instead of waiting for ever.
    """
    training = config.get("training", {})
    device, processes = training.get("device", "auto"), int(training.get("processes", 1))
    gpus = [slot for slot in slots if slot.startswith(GPU)]
    if device != "cpu" and gpus:
        wanted = min(max(processes, 1), len(gpus))
        chosen = [slot for slot in free if slot in gpus][:wanted]
        return ",".join(chosen) if len(chosen) == wanted else None
    return next((slot for slot in free if not slot.startswith(GPU)), None)


def slot_environment(slot: str, slots: Sequence[str]) -> dict[str, str]:
    """What a process in that slot sees of the machine."""
    if slot.startswith(GPU):
        return {"CUDA_VISIBLE_DEVICES": ",".join(part.removeprefix(GPU) for part in slot.split(","))}
    seen = {"CUDA_VISIBLE_DEVICES": ""}
    neighbours = sum(not other.startswith(GPU) for other in slots)
    if neighbours > 1 and "OMP_NUM_THREADS" not in os.environ:
        seen["OMP_NUM_THREADS"] = str(max(1, len(os.sched_getaffinity(0)) // neighbours))
    return seen


def _gpus(settings: SupervisorSettings) -> list[str]:
    if settings.gpus == "none":
        return []
    if settings.gpus != "auto":
        return [part.strip() for part in settings.gpus.split(",")]
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [part.strip() for part in visible.split(",") if part.strip() not in ("", "-1")]
    if not any(Path("/dev").glob("nvidia[0-9]*")):
        return []
    ask = "import torch; print(torch.cuda.device_count())"
    asked = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=False)
    count = asked.stdout.strip()
    return [str(number) for number in range(int(count))] if count.isdigit() else []
