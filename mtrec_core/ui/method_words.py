"""What the pages say of weightings and aggregations. No torch, no streamlit here."""

import dataclasses

from mtrec_core.objective.config import ObjectiveSettings
from mtrec_core.objective.methods import MethodChoice, all_methods, deciding_method, setting_of
from mtrec_core.objective.weightings import UserWeights, WeightingChoice
from mtrec_core.ui.texts import _

WEIGHT_WORDS: dict[UserWeights, str] = {
    "count": _("Your weights scale the losses first, and count in full."),
    "partly": _("Your weights scale the losses first; the method takes back a part of it."),
    "fade": _("Your weights count at first; the method learns to undo them. 0 still leaves a task out."),
    "cancel": _("The method undoes your weights: any above 0 gives the same. 0 still leaves a task out."),
    "against": _("The method gives a task of less weight more: it serves the shortest gradient."),
    "ask": _("One model learns all trade-offs; your weights are what it is asked for once it is trained."),
    "none": _("Every task counts 1, whatever the sliders say. 0 still leaves a task out."),
}
"""What becomes of the sliders, by `user_weights` of a row."""


def methods_by_key() -> dict[str, MethodChoice]:
    """What the form offers, under a key that no other row has."""
    return {key_of(row): row for row in all_methods()}


def key_of(method: MethodChoice) -> str:
    """`aggregation:upgrad`; weightings and aggregations share words such as random."""
    return f"{setting_of(method).rpartition('.')[2]}:{method.key}"


def method_of(objective: ObjectiveSettings) -> MethodChoice:
    """The row that the form shows for the settings."""
    if objective.aggregation != "sum":
        return deciding_method("fixed", objective.aggregation)
    return deciding_method(objective.weighting, "sum")


def options_of(objective: ObjectiveSettings) -> str:
    """The options of `method_of`."""
    return objective.weighting_options if objective.aggregation == "sum" else objective.aggregation_options


def with_method(objective: ObjectiveSettings, method: MethodChoice, options: str) -> ObjectiveSettings:
    """The settings with another method, and its options. SettingError where they don't fit."""
    if isinstance(method, WeightingChoice):
        return dataclasses.replace(
            objective,
            weighting=method.key,
            weighting_options=options,
            aggregation="sum",
            aggregation_options="",
        )
    keeps_equal = objective.weighting == "equal" and objective.aggregation == method.key
    return dataclasses.replace(
        objective,
        weighting="equal" if keeps_equal else "fixed",
        weighting_options="",
        aggregation=method.key,
        aggregation_options=options,
    )


def method_title(method: MethodChoice) -> str:
    """How the list of methods names it."""
    kind = _("losses") if isinstance(method, WeightingChoice) else _("gradients")
    return f"{method.title} · {kind}"


def method_words(method: MethodChoice) -> str:
    """When to take it, its formula, its source, its cost, and what becomes of the sliders."""
    source = _("Source: {source}.").format(source=method.source) if method.source != "-" else ""
    cost = _("Cost: {cost}").format(cost=method.cost)
    words = (method.use, f"`{method.formula}`", source, cost, WEIGHT_WORDS[method.user_weights])
    return " ".join(word for word in words if word)
