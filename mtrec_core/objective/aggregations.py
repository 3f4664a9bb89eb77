"""How the tasks' gradients are made one. A row of the table is an aggregation. No torch here.

g_k is the gradient of task k, its loss times the user's weight, over what the tasks share; u_k its direction,
G the matrix of the products g_i g_j. A row says how its direction d is found; its size is set afterwards.
"""

from dataclasses import dataclass

from mtrec_core.objective.method_options import (
    AlignedOptions,
    CagradOptions,
    ExcessOptions,
    FairGradOptions,
    GradVacOptions,
    MgdaOptions,
    NashOptions,
    NoOptions,
    Options,
    PcdOptions,
)
from mtrec_core.objective.weightings import UserWeights
from mtrec_core.settings import unknown_name


@dataclass(frozen=True, kw_only=True)
class AggregationChoice:
    """One row of the table of aggregations."""

    key: str
    title: str
    use: str
    """When to take it, in one sentence."""
    formula: str
    source: str
    library: str
    """Its class in torchjd.aggregation; empty for the plain sum, which needs no gradient of its own per
    task."""
    options: type[Options] = NoOptions
    user_weights: UserWeights = "count"
    keeps: tuple[str, ...] = ()
    """What the library's object builds up from step to step, by attribute."""
    own_length: bool = False
    """Whether the length of the direction is part of the method; it is about that of the sum, and kept."""
    per_number: bool = False
    """Whether each number of the gradients is treated on its own, so that no weight per task says it all."""
    by_parameter: bool = False
    """Whether it must see the same numbers at every step: parameters, not the step's representation."""
    cost: str = "A backward pass per task through what lies above the shared part."

    @property
    def takes_weights(self) -> bool:
        """Whether sliders move anything."""
        return self.user_weights not in ("none", "cancel")


AGGREGATIONS: dict[str, AggregationChoice] = {
    choice.key: choice
    for choice in (
        AggregationChoice(
            key="sum",
            title="Sum",
            use="The default: what the weights say, at no extra cost.",
            formula="d = sum_k g_k",
            source="-",
            library="",
            cost="None.",
        ),
        AggregationChoice(
            key="mean",
            title="Mean",
            use="The yardstick of the aggregations: the sum's direction by their way of computing it.",
            formula="d = sum_k g_k / K",
            source="-",
            library="Mean",
        ),
        AggregationChoice(
            key="random",
            title="Random",
            use="A yardstick: a method that does not beat chance is not worth its cost.",
            formula="d = sum_k w_k g_k, w = softmax(n), n ~ N(0, I) at each step",
            source="Lin et al., TMLR 2022",
            library="Random",
        ),
        AggregationChoice(
            key="pcgrad",
            title="PCGrad: conflicts projected away",
            use="Two or three tasks that conflict now and then.",
            formula="d = sum_k g_k, each less its part against every other task in random order",
            source="Yu et al., NeurIPS 2020",
            library="PCGrad",
        ),
        AggregationChoice(
            key="mgda",
            title="MGDA: shortest common direction",
            use="No task may get worse at any step; the task with the shortest gradient leads.",
            formula="d = the shortest sum_k w_k g_k, w >= 0, sum w = 1",
            source="Désidéri, 2012; Sener & Koltun, NeurIPS 2018",
            library="MGDA",
            options=MgdaOptions,
            user_weights="against",
        ),
        AggregationChoice(
            key="cagrad",
            title="CAGrad: near the mean, best for the worst",
            use="The mean's goal, with a bound on how far any task is left behind.",
            formula="max over d of min_k g_k d, |d - mean g| <= c |mean g|",
            source="Liu et al., NeurIPS 2021",
            library="CAGrad",
            options=CagradOptions,
        ),
        AggregationChoice(
            key="nash_mtl",
            title="Nash-MTL: a fair bargain",
            use="Tasks of any scale should gain alike; the most careful and the dearest.",
            formula="d = sum_k w_k g_k with G w = 1 / w",
            source="Navon et al., ICML 2022",
            library="NashMTL",
            options=NashOptions,
            user_weights="cancel",
            keeps=("prvs_alpha", "normalization_factor", "step"),
        ),
        AggregationChoice(
            key="imtl_g",
            title="IMTL-G: equal projections",
            use="Every task should see the same step along its own direction.",
            formula="d = sum_k w_k g_k with d u_k alike for all k, sum w = 1",
            source="Liu et al., ICLR 2021",
            library="IMTLG",
            user_weights="cancel",
        ),
        AggregationChoice(
            key="aligned_mtl",
            title="Aligned-MTL: conflicts and dominance removed",
            use="Training that is unstable because gradients differ much in length and direction.",
            formula="d = sum_k w_k g_k, w = the gradients' principal parts brought to one length",
            source="Senushkin et al., CVPR 2023",
            library="AlignedMTL",
            options=AlignedOptions,
            user_weights="cancel",
        ),
        AggregationChoice(
            key="gradvac",
            title="GradVac: towards the usual cosine",
            use="Tasks that mostly help each other: it acts on pairs that agree less than they use to.",
            formula="as PCGrad, up to a running mean of the pair's cosine instead of 0",
            source="Wang et al., ICLR 2021",
            library="GradVac",
            options=GradVacOptions,
            keeps=("_phi_t",),
        ),
        AggregationChoice(
            key="graddrop",
            title="GradDrop: one sign per number",
            use="Many tasks whose disagreement looks like noise.",
            formula="per number: the signs' purity P = (1 + sum g / sum |g|) / 2 draws the sign that stays",
            source="Chen et al., NeurIPS 2020",
            library="GradDrop",
            own_length=True,
            per_number=True,
        ),
        AggregationChoice(
            key="upgrad",
            title="UPGrad: each gradient made harmless first",
            use="The first to try against conflicts: no task gets worse, and long gradients keep their say.",
            formula="d = mean over k of g_k projected on {d: d g_i >= 0 for all i}",
            source="Quinton & Rey, 2024",
            library="UPGrad",
        ),
        AggregationChoice(
            key="dualproj",
            title="DualProj: the mean made harmless",
            use="As UPGrad, closer to the mean.",
            formula="d = mean of g_k projected on {d: d g_i >= 0 for all i}",
            source="Lopez-Paz & Ranzato, NeurIPS 2017",
            library="DualProj",
        ),
        AggregationChoice(
            key="config",
            title="ConFIG: equal angles",
            use="Losses of very different scale, all of which must go down.",
            formula="d along U^+ 1, U the directions u_k; length: sum_k g_k d / |d|",
            source="Liu et al., ICLR 2025",
            library="ConFIG",
            user_weights="cancel",
            own_length=True,
        ),
        AggregationChoice(
            key="fairgrad",
            title="FairGrad: alpha-fair",
            use="To choose between the mean (0), the fair bargain (1) and the worst off (large).",
            formula="d = sum_k w_k g_k with G w = w^(-1/alpha)",
            source="Ban & Ji, ICML 2024",
            library="FairGrad",
            options=FairGradOptions,
            user_weights="against",
        ),
        AggregationChoice(
            key="excess_mtl",
            title="ExcessMTL: by what is left to gain",
            use="Some tasks have noisy labels, whose losses never fall far.",
            formula="w_k <- w_k exp(step_size g_k H_k^-1 g_k / at first), H_k by sums of squares",
            source="He et al., ICML 2024",
            library="ExcessMTL",
            options=ExcessOptions,
            keeps=("_weights", "_sq_grad_sum", "_initial_w", "_warmup_w_sum", "_n_steps"),
            by_parameter=True,
            cost="A backward pass per task through all that is shared, and as many numbers to keep as "
            "there are shared parameters, for each task.",
        ),
        AggregationChoice(
            key="pcd",
            title="PCD: one task first, some progress for the others",
            use="One task is what you want, and each other one is to gain a little at every step.",
            formula="d nearest to g_1 with g_k d >= tau |g_k|^2 for the others, gradients scaled to "
            "running means of length 1",
            source="Priority-Constrained Descent, TMLR 2026 (arXiv:2606.29521)",
            library="PCD",
            options=PcdOptions,
            user_weights="cancel",
            keeps=("_sq_norm_ema", "_n_steps"),
        ),
    )
}


def aggregation_choice(key: str) -> AggregationChoice:
    """The row of that key; SettingError lists the known ones."""
    if key not in AGGREGATIONS:
        raise unknown_name("value of objective.aggregation", key, list(AGGREGATIONS))
    return AGGREGATIONS[key]
