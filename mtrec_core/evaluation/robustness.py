"""What a trained model keeps of its headline metrics when its texts are attacked. No torch here.

Each run keeps what was measured as `robustness.json` in its folder, with the metric under the same draws of
test users for every attack, so that any two runs that were attacked alike can be set against each other.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mtrec_core.errors import DataError
from mtrec_core.evaluation.bootstrap import Interval
from mtrec_core.evaluation.draws import Drawn, difference
from mtrec_core.evaluation.text_attacks import Attack
from mtrec_core.evaluation.whole_json import write_whole_json

FILE = "robustness.json"
FORMAT = 1
SAMPLES = 500
"""Draws of users behind each interval."""
CLEAN = ""
"""Stands where an attack has its name: nothing was attacked."""


@dataclass(frozen=True, kw_only=True)
class Robustness:
    """One run's report."""

    seed: int
    """Of the attacks."""
    synonyms: str
    """Digest of the list of synonyms."""
    rows: int
    """At most so many test rows or lists of each task; 0: all."""
    attacks: tuple[Attack, ...]
    measured: dict[str, dict[str, Drawn]]
    """Task -> name of the attack, or CLEAN, -> its headline metric. Tasks whose test set is too small for an
    interval are left out."""

    def attacked_alike(self, other: "Robustness") -> bool:
        """Whether the attacks that both know are the same, on as many rows."""
        return self.met(other.seed, other.synonyms, other.rows)

    def met(self, seed: int, synonyms: str, rows: int) -> bool:
        """Whether it was attacked in that way."""
        return (self.seed, self.synonyms, self.rows) == (seed, synonyms, rows)

    def lost(self, task: str, attack: str) -> Interval:
        """The metric under an attack less that without one, with its interval."""
        return difference(self.measured[task][attack], self.measured[task][CLEAN])

    def to_json(self) -> dict[str, Any]:
        """As the file holds it; draws keep six digits."""
        return {
            "format": FORMAT,
            "seed": self.seed,
            "synonyms": self.synonyms,
            "rows": self.rows,
            "attacks": [vars(attack) for attack in self.attacks],
            "tasks": {
                task: {
                    name: {
                        "metric": drawn.metric,
                        "value": drawn.value,
                        "users": drawn.users,
                        "rows": drawn.rows,
                        "draws": [float(f"{draw:.6g}") if draw == draw else None for draw in drawn.draws_S],
                    }
                    for name, drawn in by_attack.items()
                }
                for task, by_attack in self.measured.items()
            },
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Robustness":
        """What `to_json` gave."""
        return cls(
            seed=int(content["seed"]),
            synonyms=str(content["synonyms"]),
            rows=int(content["rows"]),
            attacks=tuple(Attack(**attack) for attack in content["attacks"]),
            measured={
                task: {
                    name: Drawn(
                        task=task,
                        metric=one["metric"],
                        value=one["value"],
                        draws_S=np.array([np.nan if draw is None else draw for draw in one["draws"]], float),
                        users=one["users"],
                        rows=one["rows"],
                    )
                    for name, one in by_attack.items()
                }
                for task, by_attack in content["tasks"].items()
            },
        )


def merged(known: Robustness, more: Robustness) -> Robustness:
    """Both, where they were attacked alike; `more` holds where both know an attack."""
    return replace(
        more,
        attacks=(*(one for one in known.attacks if one not in more.attacks), *more.attacks),
        measured={task: known.measured.get(task, {}) | more.measured[task] for task in more.measured},
    )


@dataclass(frozen=True, kw_only=True)
class AgainstOther:
    """One task under one attack in two runs."""

    task: str
    attack: str
    """Its name, or CLEAN."""
    interval: Interval
    """a is the second run, b the first: their difference is what the second has more."""


def set_against(first: Robustness, second: Robustness) -> list[AgainstOther]:
    """Every task and attack that both runs have, tasks and attacks in the first one's order. DataError when
    they were attacked in different ways; UserError when the test rows differ."""
    if not first.attacked_alike(second):
        raise DataError(
            "The two runs were attacked with different seeds or lists of synonyms, or other numbers of rows; "
            "they can't be set against each other. Measure both again with the same."
        )
    return [
        AgainstOther(task=task, attack=attack, interval=difference(second.measured[task][attack], drawn))
        for task, by_attack in first.measured.items()
        for attack, drawn in by_attack.items()
        if attack in second.measured.get(task, {})
    ]


def save_robustness(found: Robustness, folder: Path) -> None:
    """Writes the file into a run's folder, whole or not at all. StorageError when the disk refuses."""
    write_whole_json(found.to_json(), folder / FILE)


def load_robustness(folder: Path) -> Robustness | None:
    """What a run's folder holds; None where nothing was measured, or by another version."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return Robustness.from_json(content) if content["format"] == FORMAT else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder / FILE} can't be read ({error}). Delete it and measure again.") from None
