"""What one model does under many preferences: the trade-offs between its tasks. No torch here.

A run whose model reads a preference keeps what was measured as `front.json` in its folder.

Shape suffixes: N = preferences, D = tasks.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mtrec_core.errors import DataError
from mtrec_core.evaluation.metric_table import METRICS
from mtrec_core.evaluation.pareto import Knee, knee, on_front
from mtrec_core.evaluation.whole_json import write_whole_json

FILE = "front.json"
FORMAT = 1

ByTask = dict[str, dict[str, float]]
"""Task -> metric -> value."""


@dataclass(frozen=True, kw_only=True)
class PreferencePoint:
    """The model under one preference."""

    preference: dict[str, float]
    """Task -> share; they sum up to 1."""
    validation: ByTask
    test: ByTask

    def value(self, split: Literal["validation", "test"], task: str, metric: str) -> float | None:
        """None where the split has no such metric."""
        found = self.validation if split == "validation" else self.test
        return found.get(task, {}).get(metric)


@dataclass(frozen=True, kw_only=True)
class PreferenceFront:
    """One model under a grid of preferences."""

    headlines: dict[str, str]
    """Task -> its headline metric."""
    points: tuple[PreferencePoint, ...]

    @property
    def on_front(self) -> list[bool]:
        """Which points no other beats in all headline metrics on validation."""
        return [bool(wins) for wins in on_front(self._values_ND(), self._directions())]

    @property
    def knee(self) -> Knee | None:
        """By the same metrics; its `model` is a place in `points`."""
        return knee(self._values_ND(), self._directions())

    def _values_ND(self) -> np.ndarray:
        return np.array(
            [
                [
                    np.nan if (value := point.value("validation", task, metric)) is None else value
                    for task, metric in self.headlines.items()
                ]
                for point in self.points
            ]
        ).reshape(len(self.points), len(self.headlines))

    def _directions(self) -> list[bool]:
        return [METRICS[metric].higher_is_better for metric in self.headlines.values()]

    def to_json(self) -> dict[str, Any]:
        """As the file holds it; a metric that is no number becomes null."""
        points = []
        for point in self.points:
            content = asdict(point)
            for split in ("validation", "test"):
                content[split] = {
                    task: {name: value if value == value else None for name, value in metrics.items()}
                    for task, metrics in content[split].items()
                }
            points.append(content)
        return {"format": FORMAT, "headlines": self.headlines, "points": points}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "PreferenceFront":
        """What `to_json` gave, without the metrics that were no numbers."""

        def known(by_task: Mapping[str, Mapping[str, float | None]]) -> ByTask:
            return {
                task: {name: value for name, value in metrics.items() if value is not None}
                for task, metrics in by_task.items()
            }

        return PreferenceFront(
            headlines=dict(content["headlines"]),
            points=tuple(
                PreferencePoint(
                    preference=dict(point["preference"]),
                    validation=known(point["validation"]),
                    test=known(point["test"]),
                )
                for point in content["points"]
            ),
        )


def save_preference_front(found: PreferenceFront, folder: Path) -> None:
    """Writes the file into a run's folder, whole or not at all. StorageError when the disk refuses."""
    write_whole_json(found.to_json(), folder / FILE)


def load_preference_front(folder: Path) -> PreferenceFront | None:
    """What a run's folder holds; None where nothing was measured, or by another version. DataError for a file
    that can't be read."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return PreferenceFront.from_json(content) if content["format"] == FORMAT else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{folder / FILE} can't be read ({error}). Delete it and measure again.") from None
