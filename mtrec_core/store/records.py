"""What the store hands out: frozen values that stay valid after the database is closed. No torch here."""

import math
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from mtrec_core.store.states import RunRole, RunState


@dataclass(frozen=True, kw_only=True)
class DatasetRecord:
    """A dataset as it was when a run used it; changed data are another record of the same name."""

    id: int
    name: str
    folder: Path
    """Where its `dataset.toml` was last seen."""
    fingerprint: str
    spec: dict[str, Any]
    created: datetime


@dataclass(frozen=True, kw_only=True)
class ExperimentRecord:
    """A group of runs that belong together."""

    id: int
    name: str
    kind: str
    """single, seeds, single_task, sweep, ..."""
    note: str
    created: datetime


@dataclass(frozen=True, kw_only=True)
class ProcessRecord:
    """The process that works on a run. Its start time tells it from a later process with the same number."""

    pid: int
    create_time: float
    """Seconds since 1970, as `psutil.Process.create_time` gives them."""
    host: str
    beat: datetime
    """When it last showed a sign of life."""


@dataclass(frozen=True, kw_only=True)
class RunProgress:
    """How far a run is; written with its signs of life, about once a second."""

    stage: str
    """data, text, before, train, test, baselines, bundle"""
    text: str
    """The stage in a sentence."""
    step: int = 0
    total_steps: int = 0
    """0 before training begins."""
    epoch: float = 0.0
    epochs: float = 0.0
    """At the last step, extensions counted."""
    rows_per_second: float | None = None
    """Over the last half minute or so of training; None before its first steps."""
    eta_seconds: float | None = None
    """Until the last step, validations counted; None outside of training."""
    memory_bytes: int = 0
    """Held by the run's processes."""
    patience_left: int | None = None
    """Validations without a new best until it ends early; None where it never does."""
    done: int = 0
    total: int = 0
    """How far a stage other than training is; 0 of 0 where that can't be told."""

    def to_json(self) -> dict[str, Any]:
        """Plain values by field."""
        return asdict(self)

    @staticmethod
    def from_json(content: dict[str, Any]) -> "RunProgress":
        """What `to_json` wrote; fields of another version are left out."""
        known = {field.name for field in fields(RunProgress)}
        return RunProgress(**{name: value for name, value in content.items() if name in known})


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One training run."""

    id: str
    number: int
    """Counts up from 1 over all runs; shown as #12, and what decides the run's colour and dash."""
    name: str
    experiment_id: int | None
    dataset_id: int
    dataset: str
    """Name of the dataset."""
    dataset_fingerprint: str
    seed: int
    role: RunRole
    task: str | None
    """The one task of a single-task run."""
    config: dict[str, Any]
    """Frozen when the run was made."""
    config_fingerprint: str
    state: RunState
    reason: str
    """Why it is in this state, in words; "" where nothing needs saying."""
    created: datetime
    started: datetime | None
    """When a worker last took it up."""
    ended: datetime | None
    process: ProcessRecord | None
    result: dict[str, Any] | None
    best_step: int | None
    """The step whose parameters were kept."""
    rows_per_second: float | None
    folder: Path
    last_point: int
    """The id of its newest metric point, 0 before the first: a curve that has read this far is up to date."""
    note: str
    tags: tuple[str, ...]
    starred: bool
    archived: bool
    """Left out of lists unless asked for."""
    queue_place: float
    """The smallest of the queued runs comes next."""
    slot: str
    """Where a supervisor put it, such as cpu or gpu:0; "" where none did."""
    more_epochs: float
    """By how much it was extended beyond its configuration."""
    weights_now: dict[str, float] | None
    """The task weights since they were last changed while it ran; None where they are the configuration's."""
    progress: RunProgress | None
    """As last told; it stays when the run is over."""

    def seconds(self, now: datetime) -> float | None:
        """How long it has worked, until its end or until `now`; None before it started."""
        if self.started is None:
            return None
        return ((self.ended or now) - self.started).total_seconds()


@dataclass(frozen=True, kw_only=True)
class EventRecord:
    """Something that happened to a run."""

    id: int
    run_id: str
    time: datetime
    kind: str
    """`state` is a transition (payload: from, to, reason), `not_finite` the first NaN or infinity of a series
    (payload: task, split, name, step), `rewound` a return to a checkpoint (payload: step), `weights` other
    task weights from a step on (payload: step, before, after); the rest is what the loop and the pages
    note."""
    payload: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class CommandRecord:
    """A wish of a person that the running loop fulfils at its next step."""

    id: int
    run_id: str
    kind: str
    """stop, weights, ..."""
    payload: dict[str, Any]
    created: datetime


@dataclass(frozen=True, kw_only=True)
class SupervisorRecord:
    """A process that takes runs from the queue, one per host and home."""

    host: str
    home: str
    pid: int
    create_time: float
    """As in ProcessRecord."""
    started: datetime
    beat: datetime
    """When it last showed a sign of life."""
    slots: tuple[str, ...]
    """Where it can put runs: cpu, gpu:0, ..."""
    version: str
    """Of the program."""


class Role(StrEnum):
    """What a person may do on the pages."""

    VIEWER = "viewer"
    """Looks, compares and tries models."""
    OPERATOR = "operator"
    """Also brings data, starts and stops runs, and names people."""


@dataclass(frozen=True, kw_only=True)
class PersonRecord:
    """Who may do what on the pages."""

    email: str
    """As a sign-in gives it, in small letters."""
    role: Role
    since: datetime
    """When the role was given."""


class PointRecord(NamedTuple):
    """One value of a curve. A tuple, because there are many: `pandas.DataFrame(points)` has these columns."""

    id: int
    """Counts up within the run, over all its series; as `after_id` it asks for what is new since."""
    task: str
    """"" for what concerns no single task."""
    split: str
    name: str
    step: int
    epoch: float
    seconds: float
    """Since training began."""
    value: float
    """NaN where the value was NaN or infinite."""


class SummaryRecord(NamedTuple):
    """One curve in one row: what a list of runs shows."""

    run_id: str
    task: str
    split: str
    name: str
    last: float
    """The newest value; NaN where that was not finite."""
    last_step: int
    best: float
    """The best finite value by `higher_is_better`; NaN before there is one."""
    best_step: int | None
    """Where the best value was reached first."""
    higher_is_better: bool
    n: int
    """How many points the curve has."""


def or_nan(value: float | None) -> float:
    """A number of the database, where a missing one stands for "not finite"."""
    return math.nan if value is None else value
