"""Measures of single papers that the program does not report, and the cut to cold items. No torch here.

Shape suffixes: n = lines of the predictions table, L = lists.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtrec_core.data.dataset import Dataset
from mtrec_core.results import Metrics


@dataclass(frozen=True, kw_only=True)
class ExtraMeasure:
    """One row of the table of extra measures; all are for retrieval, and higher is better."""

    name: str
    title: str
    source: str
    compute: Callable[[pd.DataFrame], float]


def hit_at_100_seen_kept(predictions: pd.DataFrame) -> float:
    """Share of the test rows whose item stands among the first 100 of all items, seen ones kept.

    A row of the test set is a relevant line of the table, however many rows a user has.
    """
    rank_n = predictions["rank_seen_kept"][predictions["target"] > 0]
    return float((rank_n <= 100).mean())


def mrr_at_10(predictions: pd.DataFrame) -> float:
    """Mean over lists of 1 / place of the first relevant item, 0 where none is among the first 10."""
    relevant = predictions[predictions["target"] > 0]
    first_L = relevant.groupby("row")["rank"].min().to_numpy()
    return float(np.where(first_L <= 10, 1 / first_L, 0).mean())


EXTRA_MEASURES: dict[str, ExtraMeasure] = {
    measure.name: measure
    for measure in (
        ExtraMeasure(
            name="hit@100_seen_kept",
            title="Hit@100 per row, seen kept",
            source="TensorFlow Recommenders, FactorizedTopK",
            compute=hit_at_100_seen_kept,
        ),
        ExtraMeasure(name="mrr@10", title="MRR@10", source="RecBole", compute=mrr_at_10),
    )
}


def cold_targets(dataset: Dataset, task: str) -> set[str]:
    """Keys of the targets of a retrieval task that none of its training rows shows."""
    data = dataset.tasks[task]
    keys = dataset.entities[data.spec.inputs[-1]].keys.to_pylist()
    shown = set(np.unique(data.inputs[-1][data.rows("train")]).tolist())
    return {key for code, key in enumerate(keys) if code not in shown}


def cold_lists(predictions: pd.DataFrame, cold: set[str]) -> pd.DataFrame:
    """The lists that ask for a cold item, judged by their cold items alone; ranks stay as they are.

    A warm item that a list also asks for is no longer counted as relevant: its line is left out.
    """
    relevant, is_cold = predictions["target"] > 0, predictions["item"].isin(cold)
    asking = predictions["row"].isin(predictions["row"][relevant & is_cold])
    return predictions[asking & (is_cold | ~relevant)]


def chance(predictions: pd.DataFrame, catalogue: int) -> Metrics:
    """What the lists would reach on average if the catalogue were shuffled for each."""
    relevant_L = predictions[predictions["target"] > 0].groupby("row").size().to_numpy()
    gains = 1 / np.log2(np.arange(2, 12))
    best_L = np.cumsum(gains)[np.minimum(relevant_L, 10) - 1]
    reached_L = relevant_L / catalogue * gains.sum()
    return {
        "ndcg@10": float((reached_L / best_L).mean()) if len(relevant_L) else 0.0,
        "recall@10": min(1.0, 10 / catalogue),
    }
