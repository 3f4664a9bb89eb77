"""The same answer for every row: majority, base rate or mean. No torch here."""

import numpy as np
import pandas as pd

from mtrec_core.evaluation.baselines.problem import Problem


def constant(problem: Problem) -> pd.DataFrame | None:
    """Shares of classes or tags, the base rate, or the mean of the train labels; None without train rows."""
    data, rows = problem.data, problem.data.rows("train")
    if not len(rows):
        return None
    if data.classes:
        answer = np.asarray(data.label_matrix(rows).mean(axis=0), dtype=np.float64)
        return problem.predictions(lambda rows_B: np.tile(answer, (len(rows_B), 1)))
    mean = float(data.label_R[rows].astype(np.float64).mean())
    return problem.predictions(lambda rows_B: np.full(len(rows_B), mean))
