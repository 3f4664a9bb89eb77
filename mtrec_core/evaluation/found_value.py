"""What the relevant items at the head of ranked lists are worth, such as in money. No torch here.

Shape suffixes: L = lists, S = draws, U = users.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mtrec_core.evaluation.bootstrap import draw_users
from mtrec_core.evaluation.measures import SumMeasure

FIRST = 10
"""Places of a list that count."""


@dataclass(frozen=True, kw_only=True)
class FoundValue:
    """Two orders of the same lists, by the value that they find."""

    a: float
    """Mean over lists of the summed value of the relevant items among the first 10."""
    b: float
    low: float
    high: float
    """Ends of the 95 % interval of a - b: paired bootstrap over users."""


def found_value(table: pd.DataFrame, values: Mapping[str, float]) -> SumMeasure:
    """Of the predictions table of one retrieval task and split; a list is what has one `row`."""
    relevant = table[table["target"] > 0].sort_values(["row", "item"])
    list_n, _rows = pd.factorize(relevant["row"])
    user_L = relevant["user"][~relevant["row"].duplicated()]
    worth_n = relevant["item"].map(values).to_numpy(np.float64)
    value_L = np.bincount(list_n, weights=np.where(relevant["rank"] <= FIRST, worth_n, 0.0))
    return SumMeasure.mean(user_L, value_L)


def compare_found_value(
    a: pd.DataFrame, b: pd.DataFrame, values: Mapping[str, float], samples: int = 1000
) -> FoundValue:
    """Both tables order the same lists."""
    of_a, of_b = found_value(a, values), found_value(b, values)
    drawn_S = np.concatenate(
        [
            of_a.resampled(weights_US) - of_b.resampled(weights_US)
            for weights_US in draw_users(len(of_a.users), samples, 0)
        ]
    )
    low, high = np.quantile(drawn_S, [0.025, 0.975])
    return FoundValue(a=of_a.value(), b=of_b.value(), low=float(low), high=float(high))
