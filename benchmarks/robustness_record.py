"""What `benchmarks.robustness` leaves behind, and the study it is of. No torch here."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import Machine
from benchmarks.study_table import FROM_ZERO, PROJECT


@dataclass(frozen=True, kw_only=True)
class RobustnessStudy:
    """Data and settings of one comparison."""

    key: str
    title: str
    folder: Path
    tasks: tuple[str, ...]
    """Those that are trained together; all where none is named."""
    settings: Mapping[str, Any]
    rows: int
    """At most so many test rows or lists of each task are attacked."""


STUDIES = {
    study.key: study
    for study in (
        RobustnessStudy(
            key="shop",
            title="the sample shop",
            folder=PROJECT / "sample_data" / "shop",
            tasks=("tags", "related", "service"),
            settings={"training.batch_size": 256},
            rows=300,
        ),
        RobustnessStudy(
            key="womens_clothing",
            title="women's clothing reviews",
            folder=Path(__file__).parent / "datasets" / "womens_clothing",
            tasks=("rating", "recommended", "clothing_class"),
            settings={
                **FROM_ZERO,
                "text.trainable": "heads",
                "text.max_length": 48,
                "data.train_rows": 1000,
                "training.epochs": 6,
            },
            rows=600,
        ),
    )
}


@dataclass(frozen=True, kw_only=True)
class AttackedTask:
    """One task under one attack, means over the seeds."""

    task: str
    title: str
    metric: str
    attack: str
    """Its name; "" for none."""
    plain: float
    adversarial: float
    difference: float
    """Adversarial less plain, in the metric's own direction."""
    low: float
    high: float
    """Ends of the 95 % interval over test users, of the seeds' mean."""
    verdict: str
    """better, worse or may be chance."""


@dataclass(frozen=True, kw_only=True)
class RobustnessRecord:
    """Plain and adversarial trainings of one study, under every attack."""

    study: str
    adversary: str
    options: str
    """Of the adversary, all of them."""
    seeds: int
    rows: int
    """At most so many test rows or lists of each task; 0: all."""
    command: str
    made: str
    machine: Machine
    settings: dict[str, Any]
    numbers: tuple[AttackedTask, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain dicts; the study stands under a word of its own, since other records have studies too."""
        content = dataclasses.asdict(self)
        return {"robustness": content.pop("study"), **content}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> "RobustnessRecord":
        """The record that `to_json` wrote."""
        values = {name: value for name, value in content.items() if name != "robustness"}
        values["machine"] = Machine(**content["machine"])
        values["numbers"] = tuple(AttackedTask(**one) for one in content["numbers"])
        return RobustnessRecord(study=content["robustness"], **values)
