"""The table of sharing structures: what the tasks may share, and when that pays. No torch here."""

from dataclasses import dataclass
from typing import Literal

from mtrec_core.settings import unknown_name


@dataclass(frozen=True, kw_only=True)
class SharingChoice:
    """One row of the table of sharing structures."""

    key: str
    title: str
    use: str
    """When to take it, in one sentence."""
    formula: str
    """h_t, the vector that task t's head reads, from x, that of its row; f are small networks."""
    source: str
    options: tuple[str, ...] = ()
    """Fields of `ModelSettings` that count for this row alone or for few."""
    separate_towers: bool = False
    """Whether each task has entity towers of its own."""
    chain: Literal["", "transfer", "product"] = ""
    """What it does with a task that comes `after` another: carries that one's vector over, multiplies the
    probabilities, or nothing. One that does something needs at least one such pair."""
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
            formula="h_t = x + f_t(x), entity towers per task",
            source="-",
            separate_towers=True,
            target="mtrec_core.model.sharing:OwnBlocks",
        ),
        SharingChoice(
            key="shared_bottom",
            title="Shared bottom",
            use="The place to start: the fewest parameters, and best where the tasks agree.",
            formula="h_t = x + f(x)",
            source="Caruana, Machine Learning 1997",
            target="mtrec_core.model.sharing:SharedBottom",
        ),
        SharingChoice(
            key="mmoe",
            title="Multi-gate mixture of experts",
            use="Where tasks disagree: each one mixes the experts in its own way.",
            formula="h_t = x + sum_e softmax(W_t x)_e f_e(x)",
            source="Ma et al., KDD 2018",
            options=("experts",),
            target="mtrec_core.model.sharing:MixtureOfExperts",
        ),
        SharingChoice(
            key="ple",
            title="Progressive layered extraction",
            use="Where `mmoe` still lets tasks disturb each other: some experts are a task's own.",
            formula="h_t <- h_t + sum_e softmax(W_t h_t)_e f_e over own and shared experts, level by level",
            source="Tang et al., RecSys 2020",
            options=("experts", "task_experts", "sharing_levels"),
            target="mtrec_core.model.sharing_levels:ProgressiveExtraction",
        ),
        SharingChoice(
            key="cross_stitch",
            title="Cross-stitch",
            use="For a few tasks that are alike: learns how much each takes from each other one's layers.",
            formula="h_t <- h_t + sum_s a_ts f_s(h_s), layer by layer",
            source="Misra et al., CVPR 2016",
            options=("sharing_levels",),
            target="mtrec_core.model.sharing_levels:CrossStitch",
        ),
        SharingChoice(
            key="aitm",
            title="Adaptive information transfer",
            use="Where one step follows another on the same rows (`after`), and the later one is rare.",
            formula="h_t = x + w_p V p + w_q V q, with q = x + f_t(x), p = g(h_s) of the step s before, "
            "w = softmax(<K u, Q u> / sqrt(D))",
            source="Xi et al., KDD 2021",
            chain="transfer",
            target="mtrec_core.model.sharing_chain:AdaptiveTransfer",
        ),
        SharingChoice(
            key="esmm",
            title="Entire-space multi-task model",
            use="For a conversion that only a click makes possible (`after`): learned over all impressions.",
            formula="h_t = x + f_t(x); p(t) = p(step before t) sigmoid(head(h_t))",
            source="Ma et al., SIGIR 2018",
            chain="product",
            target="mtrec_core.model.sharing:OwnBlocks",
        ),
    )
}


def sharing_choice(key: str) -> SharingChoice:
    """The row of the table; SettingError lists the known ones."""
    if key not in SHARING:
        raise unknown_name("value of model.sharing", key, list(SHARING))
    return SHARING[key]
