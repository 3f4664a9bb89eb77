"""The table of sharing structures: what the tasks may share, and when that pays. No torch here."""

from dataclasses import dataclass

from mtrec_core.settings import unknown_name


@dataclass(frozen=True, kw_only=True)
class SharingChoice:
    """One row of the table of sharing structures."""

    key: str
    title: str
    use: str
    """When to take it, in one sentence."""
    source: str
    separate_towers: bool
    """Whether each task has entity towers of its own."""
    target: str
    """`module:class`; built from the tasks and the model's settings, it maps rows [B, D] and a task to
    [B, D]."""


SHARING: dict[str, SharingChoice] = {
    choice.key: choice
    for choice in (
        SharingChoice(
            key="single",
            title="Nothing shared",
            use="The yardstick: what each task reaches alone, at the price of a model per task.",
            source="-",
            separate_towers=True,
            target="mtrec_core.model.sharing:Single",
        ),
        SharingChoice(
            key="shared_bottom",
            title="Shared bottom",
            use="The place to start: the fewest parameters, and best where the tasks agree.",
            source="Caruana, Machine Learning 1997",
            separate_towers=False,
            target="mtrec_core.model.sharing:SharedBottom",
        ),
        SharingChoice(
            key="mmoe",
            title="Multi-gate mixture of experts",
            use="Where tasks disagree: each one mixes the experts in its own way.",
            source="Ma et al., KDD 2018",
            separate_towers=False,
            target="mtrec_core.model.sharing:MixtureOfExperts",
        ),
    )
}


def sharing_choice(key: str) -> SharingChoice:
    """The row of the table; SettingError lists the known ones."""
    if key not in SHARING:
        raise unknown_name("value of model.sharing", key, list(SHARING))
    return SHARING[key]
