"""Two regression tasks whose relatedness is set by one number, as MMoE was measured on (Ma et al., KDD 2018,
section 3.2). No torch here.

    w_1 = u_1,  w_2 = p u_1 + sqrt(1 - p^2) u_2      u_1, u_2 orthogonal unit vectors, so cos(w_1, w_2) = p
    y_t = w_t x + sum_i sin(a_i w_t x + b_i) + noise      x ~ N(0, 1), noise ~ N(0, 0.01)

Both tasks have the same a_i and b_i, so with p = 1 they differ in their noise alone.

Shape suffixes: N = rows, F = numbers of a row, T = the two tasks, S = sines.
"""

from dataclasses import dataclass

import numpy as np

NOISE = 0.1
"""Standard deviation of the noise: variance 0.01, as in the paper."""
SINES = 5
SINE_SLOPES = (0.5, 3.0)
"""The a_i are drawn evenly from here. The paper sets them by hand and doesn't tell them."""


@dataclass(frozen=True, kw_only=True)
class RelatedTasks:
    """Two tasks, from which rows can be drawn."""

    directions_TF: np.ndarray
    """w_1 and w_2."""
    slopes_S: np.ndarray
    """a_i"""
    phases_S: np.ndarray
    """b_i"""

    def truth(self, x_NF: np.ndarray) -> np.ndarray:
        """[N, T]: the labels without noise."""
        along_NT = x_NF @ self.directions_TF.T
        return along_NT + np.sin(along_NT[..., None] * self.slopes_S + self.phases_S).sum(axis=-1)

    def draw(self, rows: int, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Rows [N, F] and their labels [N, T]."""
        x_NF = draw.standard_normal((rows, self.directions_TF.shape[1]))
        truth_NT = self.truth(x_NF)
        return x_NF, truth_NT + NOISE * draw.standard_normal(truth_NT.shape)


def related_tasks(correlation: float, features: int, seed: int) -> RelatedTasks:
    """Tasks with cos(w_1, w_2) = `correlation`; for a seed all correlations have the same sines and u's."""
    draw = np.random.default_rng(seed)
    orthogonal_F2 = np.linalg.qr(draw.standard_normal((features, 2)))[0]
    first_F, second_F = orthogonal_F2.T
    return RelatedTasks(
        directions_TF=np.stack([first_F, correlation * first_F + np.sqrt(1 - correlation**2) * second_F]),
        slopes_S=draw.uniform(*SINE_SLOPES, SINES),
        phases_S=draw.uniform(0, 2 * np.pi, SINES),
    )
