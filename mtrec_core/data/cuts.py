"""Where to cut rows that stand in an order (time, or a hash) so that each part gets its share. No torch here.

Shape suffix: R = rows of a task.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TRAIN, VALIDATION, TEST, UNUSED = 0, 1, 2, -1
"""Codes of the parts: positions in `schema.SPLIT_NAMES`, and a row that no part uses."""

MOST_POINTS = 500_000
"""Of more rows, evenly spaced ones in order stand for all: a cut is then exact to 2 rows in a million."""
LEAST_SHARE = 0.05
"""A cut shared by several tasks must leave each of them this share of its rows in every part."""


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """Values from which a row belongs to validation or test; None for a part without rows."""

    validation: int | None
    test: int | None

    @property
    def train_end(self) -> int | None:
        """The first value that isn't train any more."""
        return self.validation if self.validation is not None else self.test

    def parts(self, values_R: np.ndarray) -> np.ndarray:
        """int8 [R]: the part of each row."""
        parts_R = np.zeros(len(values_R), np.int8)
        if self.validation is not None:
            parts_R[values_R >= values_R.dtype.type(self.validation)] = VALIDATION
        if self.test is not None:
            parts_R[values_R >= values_R.dtype.type(self.test)] = TEST
        return parts_R


Curve = tuple[np.ndarray, np.ndarray]
"""Distinct values in order, and the share of rows below each."""


def find_cuts(columns: Sequence[np.ndarray], validation: float, test: float) -> Cuts | None:
    """Cuts that come closest to the shares, each column weighing the same; equal values stay together.

    None if there are fewer distinct values than parts.
    """
    return _cut([_curve(column) for column in columns if len(column)], validation, test)


def _curve(column: np.ndarray) -> Curve:
    if len(column) > MOST_POINTS:
        column = np.sort(column)[:: -(-len(column) // MOST_POINTS)]
    values, counts = np.unique(column, return_counts=True)
    return values, (np.cumsum(counts) - counts) / max(len(column), 1)


def _pooled(curves: Sequence[Curve]) -> Curve:
    """The mean of several curves."""
    if len(curves) == 1:
        return curves[0]
    values, places = np.unique(np.concatenate([values for values, _ in curves]), return_inverse=True)
    shares = np.concatenate([np.diff(below, append=1.0) for _, below in curves]) / len(curves)
    weights = np.bincount(places, weights=shares)
    return values, np.cumsum(weights) - weights


def _cut(curves: Sequence[Curve], validation: float, test: float) -> Cuts | None:
    needed = 1 + (validation > 0) + (test > 0)
    if not curves:
        return None
    values, below = _pooled(curves)
    if len(values) < needed:
        return None
    last = len(values)
    test_cut = validation_cut = None
    if test > 0:
        last = _nearest(below, 1 - test, needed - 1, last)
        test_cut = int(values[last])
    if validation > 0:
        validation_cut = int(values[_nearest(below, 1 - test - validation, 1, last)])
    return Cuts(validation=validation_cut, test=test_cut)


def _nearest(below: np.ndarray, wanted: float, first: int, last: int) -> int:
    """The place in [first, last) whose share below is closest to what is wanted."""
    right = int(np.searchsorted(below, wanted))
    places = [min(max(place, first), last - 1) for place in (right - 1, right)]
    return min(places, key=lambda place: abs(below[place] - wanted))


def shared_cuts(
    columns: dict[str, np.ndarray], validation: float, test: float
) -> dict[str, tuple[Cuts | None, bool]]:
    """Cuts for tasks that share an order, and whether a task shares them.

    The pooled cuts or those of one task, whichever leave enough rows in every part for most tasks.
    The other tasks are cut alone.
    """
    curves = {name: _curve(column) for name, column in columns.items()}
    own = {name: _cut([curve], validation, test) for name, curve in curves.items()}
    best: Cuts | None = None
    members: list[str] = []
    for cuts in (_cut(list(curves.values()), validation, test), *own.values()):
        served = [name for name, curve in curves.items() if _serve(cuts, curve, validation, test)]
        if len(served) > len(members):
            best, members = cuts, served
    if len(members) < 2:
        return {name: (cuts, False) for name, cuts in own.items()}
    pooled = _cut([curves[name] for name in members], validation, test)
    if all(_serve(pooled, curves[name], validation, test) for name in members):
        best = pooled
    return {name: (best, True) if name in members else (cuts, False) for name, cuts in own.items()}


def fits(cuts: Cuts | None, values_R: np.ndarray, validation: float, test: float) -> bool:
    """Whether cuts leave every part that is asked for enough rows."""
    return _serve(cuts, _curve(values_R), validation, test)


def _serve(cuts: Cuts | None, curve: Curve, validation: float, test: float) -> bool:
    if cuts is None:
        return False
    values, below = curve
    edges = [0.0]
    for cut in (cuts.validation, cuts.test):
        if cut is not None:
            place = int(np.searchsorted(values, values.dtype.type(cut)))
            edges.append(float(below[place]) if place < len(values) else 1.0)
    asked = [share for share in (1 - validation - test, validation, test) if share > 0]
    shares = np.diff([*edges, 1.0])
    return all(
        share >= min(LEAST_SHARE, wanted / 2) for share, wanted in zip(shares.tolist(), asked, strict=True)
    )


def last_out(by_R: np.ndarray, time_R: np.ndarray, has_test: bool) -> np.ndarray:
    """int8 [R]: per value of `by` the last row in time is test, the one before validation, the others train.

    Rows of one time stay in the table's order. A value with fewer than three rows is all train. With
    `has_test` False the last row is validation and two rows suffice.
    """
    order = np.lexsort((time_R, by_R))
    ordered = by_R[order]
    is_last = np.append(ordered[1:] != ordered[:-1], True) if len(ordered) else np.zeros(0, bool)
    ends = np.flatnonzero(is_last)
    sizes = np.diff(np.concatenate([[-1], ends]))
    parts_R = np.zeros(len(by_R), np.int8)
    held = (VALIDATION, TEST) if has_test else (VALIDATION,)
    large = ends[sizes > len(held)]
    for back, part in enumerate(reversed(held)):
        parts_R[order[large - back]] = part
    return parts_R


def within_groups(by_R: np.ndarray, hash_R: np.ndarray, validation: float, test: float) -> np.ndarray:
    """int8 [R]: rows drawn within each value of `by`, by their hash; equal hashes stay together.

    A share gives at least one row as long as train keeps one, as other ratio splits do; 1 and more are rows.
    """
    order = np.lexsort((hash_R, by_R))
    by, hashes = by_R[order], hash_R[order]
    starts = np.flatnonzero(np.append(True, by[1:] != by[:-1]))
    sizes = np.diff(np.append(starts, len(by)))
    tests = _held(sizes, test, sizes - 1)
    validations = _held(sizes, validation, sizes - 1 - tests)
    place = np.arange(len(by)) - np.repeat(starts, sizes)
    new_hash = np.append(True, (hashes[1:] != hashes[:-1]) | (by[1:] != by[:-1]))
    place = place[np.maximum.accumulate(np.where(new_hash, np.arange(len(by)), 0))]
    parts = np.zeros(len(by), np.int8)
    parts[place < np.repeat(tests + validations, sizes)] = VALIDATION
    parts[place < np.repeat(tests, sizes)] = TEST
    parts_R = np.empty(len(by_R), np.int8)
    parts_R[order] = parts
    return parts_R


def _held(sizes: np.ndarray, share: float, most: np.ndarray) -> np.ndarray:
    """Rows of each group that a part takes."""
    if share <= 0:
        return np.zeros(len(sizes), np.int64)
    wanted = (
        np.full(len(sizes), int(share))
        if share >= 1
        else np.maximum(np.floor(sizes * share + 1e-9).astype(np.int64), 1)
    )
    return np.clip(wanted, 0, np.maximum(most, 0))
