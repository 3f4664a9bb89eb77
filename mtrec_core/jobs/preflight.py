"""Before a run: what it will need, measured on a few of its steps and kept. No torch here.

The measurement (`mtrec_core.trial`) runs once per data and shape of the model; how long training lasts is
then reckoned anew for every number of passes.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from mtrec_core.config import RunConfig
from mtrec_core.data.fingerprint import table_files
from mtrec_core.data.spec_file import load_dataset_spec
from mtrec_core.home import Home
from mtrec_core.jobs.side_work import Answer, ask

MODULE = "mtrec_core.trial"

LEAVES_A_STEP_AS_IT_IS: dict[str, tuple[str, ...]] = {
    "training": (
        *("epochs", "max_steps", "learning_rate", "encoder_learning_rate", "ngram_learning_rate", "schedule"),
        *("warmup", "weight_decay", "id_weight_decay", "clip_norm", "averaging", "evaluations_per_epoch"),
        *("monitor", "patience", "task_power"),
    ),
    "model": ("dropout", "id_dropout", "text_dropout", "temperature"),
    "objective": ("huber_delta", "label_smoothing", "weighting_options", "aggregation_options", "normalise"),
    "evaluation": ("baselines", "bootstrap_samples"),
}
"""Section -> settings that change neither the time of a step nor its memory (by much)."""

ENOUGH = 0.85
"""A run that needs more than this share of the free memory is warned about."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the trial found."""

    device: str
    on_gpu: bool
    parameters: int
    """Those that learn."""
    rows: dict[str, int]
    """Task -> labelled training rows."""
    initial_losses: dict[str, float]
    """Task -> its loss in the first step that has rows of it."""
    steps_per_epoch: int
    seconds_per_step: float
    steps_measured: int
    seconds_reading: float
    seconds_validation: float
    seconds_test: float
    distinct_texts: int
    missing_texts: int
    """Still to be read by the encoder: once where it is frozen, else again for each validation."""
    seconds_per_text: float
    memory_bytes: int
    gpu_bytes: int
    gpu_free: int


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a run will need, in all."""

    steps: int
    seconds_text: float
    """Reading texts before the first step."""
    seconds_training: float
    """Steps and validations."""
    seconds_judging: float
    """Reading the tables, and the test before and after; baselines come on top."""
    memory_bytes: int
    free_bytes: int
    on_gpu: bool

    @property
    def seconds(self) -> float:
        """All together."""
        return self.seconds_text + self.seconds_training + self.seconds_judging

    @property
    def is_tight(self) -> bool:
        """Whether the memory may not do."""
        return self.memory_bytes > ENOUGH * self.free_bytes


def measurement_key(config: RunConfig) -> str:
    """The same for configurations whose steps take the same time, on the same tables."""
    content = config.to_json()
    for name in ("name", "seed", "weights"):
        del content[name]
    content["trained"] = [task for task, weight in config.weights.items() if weight == 0]
    for section, names in LEAVES_A_STEP_AS_IT_IS.items():
        for name in names:
            content[section].pop(name, None)
    spec = load_dataset_spec(config.dataset)
    for file in table_files(spec):
        path = spec.tables / file
        status = path.stat() if path.is_file() else None
        content[f"table {file}"] = [status.st_size, status.st_mtime_ns] if status else None
    declared = dataclasses.asdict(spec)
    for name in ("settings", "description", "license"):
        del declared[name]
    content["declared"] = declared
    digest = hashlib.blake2b(json.dumps(content, sort_keys=True, default=str).encode(), digest_size=12)
    return f"trial-{digest.hexdigest()}"


def measure(config: RunConfig, home: Home, folder: Path) -> Answer:
    """The measurement, or how far it is; begins it where it isn't there."""
    plain = dataclasses.replace(config, name="", seed=0)
    arguments = [json.dumps(plain.to_json()), str(home.vectors)]
    return ask(folder, measurement_key(config), MODULE, arguments)


def measured(content: Mapping[str, Any]) -> Measured:
    """The measurement in an answer."""
    names = {field.name for field in dataclasses.fields(Measured)}
    return Measured(**{name: value for name, value in content.items() if name in names})


def estimate(found: Measured, config: RunConfig) -> Estimate:
    """Time and memory of the whole run."""
    steps = max(1, round(config.training.epochs * found.steps_per_epoch))
    if config.training.max_steps:
        steps = min(steps, config.training.max_steps)
    every = max(1, round(found.steps_per_epoch / config.training.evaluations_per_epoch))
    validations = max(1, -(-steps // every))
    learns = config.text.trainable != "heads"
    reading = found.missing_texts * found.seconds_per_text
    validation = found.seconds_validation + (reading if learns else 0.0)
    test = found.seconds_test + (reading if learns else 0.0)
    return Estimate(
        steps=steps,
        seconds_text=0.0 if learns else reading,
        seconds_training=steps * found.seconds_per_step + validations * validation,
        # Validation once before the first step and once whole at the end; test before and after.
        seconds_judging=found.seconds_reading + 2 * validation + 2 * test,
        memory_bytes=found.gpu_bytes if found.on_gpu else found.memory_bytes,
        free_bytes=found.gpu_free + found.gpu_bytes if found.on_gpu else free_memory(),
        on_gpu=found.on_gpu,
    )


def free_memory() -> int:
    """Of this machine, now."""
    return int(psutil.virtual_memory().available)
