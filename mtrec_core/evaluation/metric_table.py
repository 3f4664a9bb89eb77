"""The metrics of every kind of task, as a table. `evaluation.metrics` computes them. No torch here.

Nothing large is imported here: pages name metrics without computing any.
"""

from dataclasses import dataclass
from typing import Literal

from mtrec_core.data.kinds import TASK_KINDS

Unit = Literal["share", "nats", "label"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One row of the table of metrics."""

    name: str
    title: str
    kinds: tuple[str, ...]
    """Keys of `data.kinds.TASK_KINDS` that have it."""
    meaning: str
    higher_is_better: bool = True
    unit: Unit = "share"
    """A share lies between 0 and 1 (R2 may fall below 0); `label` is the unit of the task's label."""


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            name="ndcg@10",
            title="NDCG@10",
            kinds=("retrieval", "ranking"),
            meaning="How near the top the relevant items stand among the first 10.",
        ),
        Metric(
            name="recall@10",
            title="Recall@10",
            kinds=("retrieval",),
            meaning="Share of the relevant items that are among the first 10.",
        ),
        Metric(
            name="hit@10",
            title="Hit@10",
            kinds=("retrieval",),
            meaning="Share of lists with a relevant item among the first 10.",
        ),
        Metric(
            name="mrr",
            title="MRR",
            kinds=("retrieval", "ranking"),
            meaning="Mean of 1 / place of the first relevant item.",
        ),
        Metric(
            name="accuracy@1",
            title="Accuracy@1",
            kinds=("retrieval",),
            meaning="Share of lists whose first item is relevant.",
        ),
        Metric(
            name="coverage@10",
            title="Coverage@10",
            kinds=("retrieval",),
            meaning="Share of the catalogue that stands among the first 10 of some list.",
        ),
        Metric(
            name="ndcg@10_seen_kept",
            title="NDCG@10, seen kept",
            kinds=("retrieval",),
            meaning="NDCG@10 when items of earlier splits stay in the list, as some papers count.",
        ),
        Metric(
            name="recall@10_seen_kept",
            title="Recall@10, seen kept",
            kinds=("retrieval",),
            meaning="Recall@10 when items of earlier splits stay in the list, as some papers count.",
        ),
        Metric(
            name="accuracy",
            title="Accuracy",
            kinds=("multiclass", "binary"),
            meaning="Share of rows that get the right answer; yes starts at a probability of 0.5.",
        ),
        Metric(
            name="top5_accuracy",
            title="Top-5 accuracy",
            kinds=("multiclass",),
            meaning="Share of rows whose class is among the five most probable, of more than five.",
        ),
        Metric(
            name="macro_f1",
            title="Macro-F1",
            kinds=("multiclass", "multilabel"),
            meaning="Mean F1 of the classes or tags, the rare ones counting as much as the frequent ones.",
        ),
        Metric(
            name="micro_f1",
            title="Micro-F1",
            kinds=("multilabel",),
            meaning="F1 over all pairs of row and tag.",
        ),
        Metric(
            name="log_loss",
            title="Log loss",
            kinds=("multiclass", "binary"),
            meaning="Mean of -log of the probability given to the right answer.",
            higher_is_better=False,
            unit="nats",
        ),
        Metric(
            name="auc",
            title="AUC",
            kinds=("binary",),
            meaning="Chance that a yes scores above a no; 0.5 is a coin.",
        ),
        Metric(
            name="gauc",
            title="GAUC",
            kinds=("binary",),
            meaning="AUC within each group, weighted by the group's rows; only where the task names a group.",
        ),
        Metric(
            name="pr_auc",
            title="PR-AUC",
            kinds=("binary",),
            meaning="Average precision: area under precision over recall; the share of yes is a coin.",
        ),
        Metric(
            name="ece",
            title="Calibration error",
            kinds=("binary",),
            meaning="Mean distance of probabilities from the shares seen, in 15 bins of equal mass.",
            higher_is_better=False,
        ),
        Metric(
            name="rmse",
            title="RMSE",
            kinds=("regression",),
            meaning="Root of the mean squared error.",
            higher_is_better=False,
            unit="label",
        ),
        Metric(
            name="mae",
            title="MAE",
            kinds=("regression",),
            meaning="Mean absolute error.",
            higher_is_better=False,
            unit="label",
        ),
        Metric(
            name="r2",
            title="R2",
            kinds=("regression",),
            meaning="Share of the label's variance that is explained; 0 is the mean, below 0 is worse.",
        ),
        Metric(
            name="map",
            title="MAP",
            kinds=("multilabel", "ranking"),
            meaning="Mean average precision, over tags or over lists.",
        ),
        Metric(
            name="ndcg@5",
            title="NDCG@5",
            kinds=("multilabel",),
            meaning="How near the top a row's own tags stand among its first 5.",
        ),
    )
}


def headline(kind: str) -> Metric:
    """The accuracy-like metric of a kind of task."""
    return METRICS[TASK_KINDS[kind].headline]
