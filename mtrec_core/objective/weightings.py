"""How task losses are weighed into one. A row of the table is a weighting. No torch here.

L_k is the loss of task k times the user's weight for it; K tasks have rows in the step.
"""

from dataclasses import dataclass
from typing import Literal

from mtrec_core.objective.method_options import (
    DwaOptions,
    FamoOptions,
    GradNormOptions,
    ImtlLOptions,
    MetaBalanceOptions,
    NoOptions,
    Options,
    PreferenceOptions,
    StchOptions,
    UwOptions,
)
from mtrec_core.settings import unknown_name

UserWeights = Literal["count", "partly", "fade", "cancel", "against", "ask", "none"]
"""What becomes of the user's weights: a task of twice the weight gets twice the pull (`count`), a little more
(`partly`), twice the pull until the method has learned to undo it (`fade`), the same (`cancel`) or less
(`against`); `ask`: they train nothing, and are what the trained model is asked for; `none`: they are not
asked."""


@dataclass(frozen=True, kw_only=True)
class WeightingChoice:
    """One row of the table of weightings."""

    key: str
    title: str
    use: str
    """When to take it, in one sentence."""
    formula: str
    source: str
    target: str
    """module:class that only the training process imports."""
    options: type[Options] = NoOptions
    user_weights: UserWeights = "count"
    reads: Literal["losses", "lengths", "blocks"] = "losses"
    """What it needs: loss values; the lengths of the tasks' gradients; the gradients, tensor by tensor."""
    cost: str = "That of the plain sum."

    @property
    def takes_weights(self) -> bool:
        """Whether sliders move anything."""
        return self.user_weights not in ("none", "cancel")

    @property
    def reads_preference(self) -> bool:
        """Whether the model reads a preference, and learns all trade-offs at once."""
        return self.user_weights == "ask"


PLAIN = "mtrec_core.objective.loss_weightings:"
PAST = "mtrec_core.objective.loss_histories:"
AGAIN = "A backward pass per task through what lies above the shared part."

WEIGHTINGS: dict[str, WeightingChoice] = {
    choice.key: choice
    for choice in (
        WeightingChoice(
            key="fixed",
            title="The given weights",
            use="You know what each task is worth, or want to try out a trade-off.",
            formula="sum_k L_k",
            source="-",
            target=f"{PLAIN}Fixed",
        ),
        WeightingChoice(
            key="equal",
            title="All alike",
            use="The yardstick for every other choice: each task counts 1, whatever the sliders say.",
            formula="sum_k L_k, with 1 for each user weight",
            source="-",
            target=f"{PLAIN}Fixed",
            user_weights="none",
        ),
        WeightingChoice(
            key="uw",
            title="UW: by uncertainty",
            use="Losses of very different size, none of which you want to scale by hand.",
            formula="sum_k e^(-s_k) L_k / 2 + s_k / 2, s_k learned",
            source="Kendall et al., CVPR 2018",
            target=f"{PLAIN}Uncertainty",
            options=UwOptions,
            user_weights="fade",
        ),
        WeightingChoice(
            key="dwa",
            title="DWA: by the rate of descent",
            use="Tasks that learn at different speeds: the slower one gets more.",
            formula="sum_k w_k L_k, w = K softmax(r / T), r_k = mean L_k of the pass before / "
            "of the one before that",
            source="Liu et al., CVPR 2019",
            target=f"{PAST}DescentRates",
            options=DwaOptions,
        ),
        WeightingChoice(
            key="gradnorm",
            title="GradNorm: gradients of equal length",
            use="One task's gradient drowns the others, or some tasks fall behind.",
            formula="w learned by |G_k - mean(G) r_k^alpha|, G_k = |w_k dL_k|, "
            "r_k = (L_k / L_k at first) / mean",
            source="Chen et al., ICML 2018",
            target="mtrec_core.objective.gradnorm:GradNorm",
            options=GradNormOptions,
            user_weights="fade",
            reads="lengths",
            cost=AGAIN,
        ),
        WeightingChoice(
            key="rlw",
            title="RLW: random weights",
            use="A yardstick: a method that does not beat chance is not worth its cost.",
            formula="sum_k w_k L_k, w = softmax(n), n ~ N(0, I) at each step",
            source="Lin et al., TMLR 2022",
            target=f"{PLAIN}RandomWeights",
        ),
        WeightingChoice(
            key="gls",
            title="GLS: geometric mean",
            use="Each task should improve by the same percentage, whatever its scale.",
            formula="(prod_k L_k)^(1/K)",
            source="Chennupati et al., CVPR Workshops 2019",
            target=f"{PLAIN}Geometric",
            user_weights="cancel",
        ),
        WeightingChoice(
            key="imtl_l",
            title="IMTL-L: losses of equal size",
            use="As UW, with steps of twice the size; at one learning rate the two are the same.",
            formula="sum_k e^(s_k) L_k - s_k, s_k learned",
            source="Liu et al., ICLR 2021",
            target=f"{PLAIN}LossScales",
            options=ImtlLOptions,
            user_weights="fade",
        ),
        WeightingChoice(
            key="famo",
            title="FAMO: equal rates of improvement",
            use="Balance as from gradient methods at the price of one more forward pass.",
            formula="sum_k c z_k log L_k, z = softmax(x); x follows log L_k - log L_k after the step, "
            "on the same rows",
            source="Liu et al., NeurIPS 2023",
            target=f"{PAST}EqualRates",
            options=FamoOptions,
            user_weights="cancel",
            cost="One more forward pass over the step's rows.",
        ),
        WeightingChoice(
            key="stch",
            title="STCH: smooth worst case",
            use="The task that is worst off by your weights should get the attention.",
            formula="mu log sum_k exp(L_k / (K mu))",
            source="Lin et al., ICML 2024",
            target=f"{PLAIN}SmoothWorst",
            options=StchOptions,
        ),
        WeightingChoice(
            key="metabalance",
            title="MetaBalance: helpers serve a target",
            use="One task is what you want; the others should help it and not drown it.",
            formula="g_k (r |g_target| / |g_k| + 1 - r) for the others, lengths as running means, "
            "tensor by tensor",
            source="He et al., WWW 2022",
            target="mtrec_core.objective.metabalance:MetaBalance",
            options=MetaBalanceOptions,
            user_weights="partly",
            reads="blocks",
            cost=AGAIN,
        ),
        WeightingChoice(
            key="cosmos",
            title="COSMOS: one model for all trade-offs",
            use="You don't know yet what each task should be worth: train once, then choose.",
            formula="sum_k v_k - penalty cos(v, 1), v_k = r_k L_k / L_k at first; r drawn at each step, and "
            "read by the model",
            source="Ruchte & Grabocka, ICDM 2021",
            target="mtrec_core.objective.preferred:Cosmos",
            options=PreferenceOptions,
            user_weights="ask",
        ),
        WeightingChoice(
            key="pbi",
            title="PBI: one model for all trade-offs",
            use="As COSMOS, where the trade-offs that it learns lie too near to each other.",
            formula="d_1 + penalty d_2, d_1 = sum_k v_k / sqrt(K), d_2 = |v - d_1 1 / sqrt(K)|; v, r as for "
            "cosmos",
            source="Zhang & Li, IEEE TEVC 2007",
            target="mtrec_core.objective.preferred:BoundaryIntersection",
            options=PreferenceOptions,
            user_weights="ask",
        ),
    )
}


def weighting_choice(key: str) -> WeightingChoice:
    """The row of that key; SettingError lists the known ones."""
    if key not in WEIGHTINGS:
        raise unknown_name("value of objective.weighting", key, list(WEIGHTINGS))
    return WEIGHTINGS[key]
