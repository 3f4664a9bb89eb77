"""A run's configuration: composes the settings of all stages. No torch here."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mtrec_core.data.config import DataSettings
from mtrec_core.errors import SettingError
from mtrec_core.evaluation.config import EvaluationSettings
from mtrec_core.model.config import ModelSettings
from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.settings import SettingField, convert, setting_fields, unknown_name
from mtrec_core.text.config import TextSettings
from mtrec_core.training.config import TrainingSettings

SECTIONS: dict[str, type] = {
    "data": DataSettings,
    "text": TextSettings,
    "model": ModelSettings,
    "objective": ObjectiveSettings,
    "training": TrainingSettings,
    "evaluation": EvaluationSettings,
}


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Everything that decides what a run does; frozen when the run is made."""

    dataset: str
    """The dataset's folder."""
    name: str = ""
    seed: int = 0
    """Start values, dropout and the order of rows follow from it."""
    weights: dict[str, float] = field(default_factory=dict)
    """Task -> weight in L = alpha L_a + beta L_b + ...; 1 where none is given. 0 trains without the task."""
    tasks: tuple[str, ...] = ()
    """The tasks that are trained; () means all of the dataset."""
    data: DataSettings = field(default_factory=DataSettings)
    text: TextSettings = field(default_factory=TextSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    evaluation: EvaluationSettings = field(default_factory=EvaluationSettings)

    def __post_init__(self) -> None:
        for task, weight in self.weights.items():
            if not 0 <= weight < float("inf"):
                raise SettingError(
                    f"The weight of task {task} is {weight}; it must be a number of 0 or more."
                )

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and scalars; `from_json` gives an equal configuration back."""
        return json.loads(json.dumps(dataclasses.asdict(self)))

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "RunConfig":
        """The configuration that `to_json` wrote; SettingError on names that don't exist."""
        known = [item.name for item in dataclasses.fields(RunConfig)]
        values: dict[str, Any] = {}
        for name, value in content.items():
            if name not in known:
                raise unknown_name("part of a configuration", name, known)
            if name in SECTIONS:
                fields = {item.name: item for item in setting_fields(SECTIONS[name])}
                for key in value:
                    if key not in fields:
                        raise unknown_name(
                            "setting", f"{name}.{key}", [f"{name}.{other}" for other in fields]
                        )
                values[name] = SECTIONS[name](
                    **{key: convert(fields[key], part) for key, part in value.items()}
                )
            elif name == "tasks":
                values[name] = tuple(value)
            else:
                values[name] = value
        return RunConfig(**values)

    def fingerprint(self) -> str:
        """Twelve hex digits over all that changes the result (the name of the run does not)."""
        content = {name: value for name, value in self.to_json().items() if name != "name"}
        return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=6).hexdigest()


def chosen_tasks(config: RunConfig, known: Sequence[str]) -> tuple[str, ...]:
    """The tasks to train: those asked for, less those of weight 0. SettingError on a name the dataset
    lacks."""
    for name in (*config.tasks, *config.weights):
        if name not in known:
            raise unknown_name("task", name, list(known))
    asked = [task for task in known if task in config.tasks] if config.tasks else list(known)
    chosen = tuple(task for task in asked if config.weights.get(task, 1.0) > 0)
    if not chosen:
        raise SettingError(
            "Every task weight is 0, so there is nothing to train; give one task a weight above 0."
        )
    return chosen


def all_settings() -> tuple[SettingField, ...]:
    """Every setting that `--set` and the form know, by dotted name."""
    return tuple(item for section, owner in SECTIONS.items() for item in setting_fields(owner, section))


def with_setting(config: RunConfig, name: str, value: Any) -> RunConfig:
    """The configuration with one setting changed, `name` being dotted such as `training.epochs`."""
    return with_settings(config, {name: value})


def with_settings(config: RunConfig, values: Mapping[str, Any]) -> RunConfig:
    """The configuration with several settings changed at once: a rule between two holds for what comes out,
    whichever is given first."""
    fields = {item.name: item for item in all_settings()}
    changed: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        if name not in fields:
            section = name.split(".")[0]
            known = [other for other in fields if other.startswith(f"{section}.")] or list(fields)
            raise unknown_name("setting", name, known)
        section, _, key = name.partition(".")
        changed.setdefault(section, {})[key] = convert(fields[name], value)
    owners = {
        section: dataclasses.replace(getattr(config, section), **new) for section, new in changed.items()
    }
    return dataclasses.replace(config, **owners)


def quick(config: RunConfig) -> RunConfig:
    """A first look: three passes with a narrow model."""
    return with_settings(config, {"training.epochs": 3, "model.width": 64})


def thorough(config: RunConfig) -> RunConfig:
    """More passes with a lower step size, and an end when validation no longer gains."""
    return with_settings(
        config,
        {
            "training.epochs": 20,
            "training.learning_rate": 1e-3,
            "training.patience": 4,
            "training.averaging": 0.99,
        },
    )


def fine_tune(config: RunConfig) -> RunConfig:
    """The encoder's two top layers learn too, and word n-grams stand beside it: slower, better on long
    texts."""
    return with_settings(
        config,
        {
            "text.trainable": "last_k",
            "text.last_k": 2,
            "model.ngram_buckets": 65_536,
            "training.epochs": 3,
            "training.batch_size": 64,
            "training.learning_rate": 1e-3,
        },
    )


def few_rows(config: RunConfig) -> RunConfig:
    """For some hundred labelled rows: many passes, strong dropout."""
    return with_settings(
        config,
        {
            "training.epochs": 40,
            "training.batch_size": 128,
            "model.dropout": 0.3,
            "training.weight_decay": 0.05,
        },
    )


PRESETS: dict[str, Callable[[RunConfig], RunConfig]] = {
    "quick": quick,
    "thorough": thorough,
    "fine_tune": fine_tune,
    "few_rows": few_rows,
}


def apply_preset(config: RunConfig, name: str) -> RunConfig:
    """The configuration with a preset's settings; SettingError lists the known presets."""
    if name not in PRESETS:
        raise unknown_name("preset", name, list(PRESETS))
    return PRESETS[name](config)
