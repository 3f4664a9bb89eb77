"""How often and where two tasks of a run pulled apart, from what it recorded. No torch here."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mtrec_core.store.curve_names import COSINE, PART_COSINE
from mtrec_core.store.curves import Curve

RECENT = 10
"""`latest` is the mean over so many of the last comparisons: single batches are noisy."""


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Two tasks over one part of the model."""

    part: str
    """"" for all that they share."""
    task: str
    other: str
    latest: float
    """Mean cosine of the last comparisons."""
    mean: float
    """Of all comparisons."""
    share: float
    """Part of the compared steps in which the cosine was below 0."""
    comparisons: int


def conflicts_of(curves: Iterable[tuple[str, str, Curve]]) -> list[Conflict]:
    """Every pair of one run's tasks, over all and over each part; the pair that conflicts most comes first in
    its part. `curves` are the run's: task, name, points."""
    found = []
    for task, name, curve in curves:
        values = curve.values[np.isfinite(curve.values)]
        if not len(values):
            continue
        if name.startswith(COSINE):
            part, other = "", name.removeprefix(COSINE)
        elif name.startswith(PART_COSINE):
            part, _colon, other = name.removeprefix(PART_COSINE).rpartition(":")
        else:
            continue
        found.append(
            Conflict(
                part=part,
                task=task,
                other=other,
                latest=float(values[-RECENT:].mean()),
                mean=float(values.mean()),
                share=float((values < 0).mean()),
                comparisons=len(values),
            )
        )
    return sorted(found, key=lambda one: (one.part, one.latest))


@dataclass(frozen=True, kw_only=True)
class PartSummary:
    """How the tasks lie to each other in one part of the model."""

    part: str
    pairs: int
    share: float
    """Part of its comparisons, over all pairs and steps, with a cosine below 0."""
    worst: Conflict
    """The pair with the lowest latest cosine."""


def by_part(conflicts: list[Conflict]) -> list[PartSummary]:
    """A line per part of the model, all that is shared (`""`) first; then by share of conflict."""
    parts: dict[str, list[Conflict]] = {}
    for one in conflicts:
        parts.setdefault(one.part, []).append(one)
    found = [
        PartSummary(
            part=part,
            pairs=len(inside),
            share=sum(one.share * one.comparisons for one in inside) / sum(one.comparisons for one in inside),
            worst=min(inside, key=lambda one: one.latest),
        )
        for part, inside in parts.items()
    ]
    return sorted(found, key=lambda one: (one.part != "", -one.share))
