"""The form of a run's settings, made of their dataclasses. No torch, no streamlit here."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mtrec_core.config import RunConfig, all_settings, with_setting
from mtrec_core.data.kinds import TASK_KINDS
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.errors import SettingError
from mtrec_core.evaluation.metric_table import METRICS
from mtrec_core.model.sharing_table import SHARING, SharingChoice
from mtrec_core.objective.adversaries import ADVERSARIES, AdversaryChoice
from mtrec_core.settings import SettingField
from mtrec_core.ui.texts import _

BASIC: tuple[str, ...] = (
    "training.epochs",
    "training.learning_rate",
    "training.batch_size",
    "training.patience",
    "model.sharing",
    "model.dropout",
    "text.encoder",
    "text.trainable",
    "training.weight_decay",
)
"""What stands in the form at once; the rest waits under Advanced."""

ELSEWHERE = frozenset(
    f"objective.{name}" for name in ("weighting", "weighting_options", "aggregation", "aggregation_options")
)
"""Settings that have their own place on the page."""

TABLES: dict[str, Mapping[str, SharingChoice | AdversaryChoice]] = {
    "model.sharing": SHARING,
    "objective.adversary": ADVERSARIES,
}
"""Settings whose value is the key of a row."""

SECTION_TITLES: dict[str, str] = {
    "training": _("Training"),
    "model": _("Model"),
    "text": _("Texts"),
    "objective": _("Losses"),
    "data": _("Rows"),
    "evaluation": _("Judging"),
}
"""Section -> heading, in the order of the page."""

SPELLED: dict[str, str] = {"id": "ID", "lora": "LoRA", "ngram": "n-gram"}
"""Words of names that are not spelled as they stand."""

Form = Literal["switch", "choice", "whole", "number", "open_choice", "text"]


@dataclass(frozen=True, kw_only=True)
class FormField:
    """One field: what it is called and how it is asked."""

    setting: SettingField
    form: Form
    label: str
    help: str
    options: tuple[str, ...] = ()
    step: float = 1.0
    """How far a press of + or - goes."""

    @property
    def name(self) -> str:
        """Dotted name."""
        return self.setting.name


def form_fields(spec: DatasetSpec) -> dict[str, FormField]:
    """Every setting that the form asks for, by dotted name."""
    return {item.name: _field(item, spec) for item in all_settings() if item.name not in ELSEWHERE}


def _field(item: SettingField, spec: DatasetSpec) -> FormField:
    bounds = item.bounds
    words = item.name.split(".", 1)[1].split("_")
    label = " ".join(SPELLED.get(word, word) for word in words)
    label = label[0].upper() + label[1:]
    if bounds.unit and bounds.unit not in words:
        label += f" ({bounds.unit})"
    extent = _("Allowed: {range}.").format(range=bounds.words) if bounds.words else ""
    text = f"{item.help} {extent}\n\n`{item.name}`"
    form, options = _form_of(item, spec)
    return FormField(
        setting=item, form=form, label=label, help=text, options=options, step=_step(item.type, item.default)
    )


def _form_of(item: SettingField, spec: DatasetSpec) -> tuple[Form, tuple[str, ...]]:
    if item.choices:
        return "choice", item.choices
    if item.name in TABLES:
        return "choice", tuple(TABLES[item.name])
    if item.name == "training.monitor":
        return "open_choice", ("mean_gain", *headline_names(spec))
    if item.name == "text.encoder":
        return "open_choice", (item.default,)
    if item.type is bool:
        return "switch", ()
    if item.type is int:
        return "whole", ()
    if item.type is float:
        return "number", ()
    return "text", ()


def headline_names(spec: DatasetSpec) -> list[str]:
    """TASK/METRIC of each task's headline metric."""
    return [f"{task.name}/{METRICS[TASK_KINDS[task.kind].headline].name}" for task in spec.tasks.values()]


def _step(kind: Any, default: Any) -> float:
    if kind is int:
        size = abs(int(default))
        return float(max(1, 2 ** max(0, size.bit_length() - 3))) if size >= 64 else 1.0
    if kind is float and default:
        return 10.0 ** math.floor(math.log10(abs(float(default))))
    return 0.01


def option_title(name: str, option: str) -> str:
    """What a choice is called in the form."""
    row = TABLES.get(name, {}).get(option)
    return option if row is None else row.title


def option_words(name: str, option: str) -> str:
    """When to take a choice, and where it comes from; "" where the help says all."""
    row = TABLES.get(name, {}).get(option)
    if row is None:
        return ""
    return row.use if row.source == "-" else f"{row.use} ({row.source})"


def value_of(config: RunConfig, name: str) -> Any:
    """A setting's value by dotted name."""
    section, _dot, key = name.partition(".")
    return getattr(getattr(config, section), key)


def read_form(start: RunConfig, values: Mapping[str, Any]) -> tuple[RunConfig, dict[str, str]]:
    """The configuration with the form's values, and what is wrong with a field, by its name.

    A field that is wrong leaves the configuration as it was before it.
    """
    config, errors = start, {}
    later: dict[str, Any] = {}
    for name, value in values.items():
        if value == value_of(start, name):
            continue
        try:
            config = with_setting(config, name, value)
        except SettingError:
            later[name] = value
    # A rule may join two fields; each may be right once the other one is there.
    for name, value in later.items():
        try:
            config = with_setting(config, name, value)
        except SettingError as error:
            errors[name] = str(error)
    return config, errors


def by_section(fields: Mapping[str, FormField], names: Sequence[str]) -> dict[str, list[FormField]]:
    """The named fields under their sections, in the page's order."""
    found: dict[str, list[FormField]] = {section: [] for section in SECTION_TITLES}
    for name in names:
        found[name.split(".")[0]].append(fields[name])
    return {section: items for section, items in found.items() if items}
