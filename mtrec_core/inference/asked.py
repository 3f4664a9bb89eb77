"""What a model's process is asked and what it answers; `asked_json` has it as JSON. No torch here."""

from dataclasses import dataclass

ProfileValue = float | dict[str, float]
"""Probability of a yes, a number in its own unit, or class or tag -> probability."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A user, an item, an ad or an answer, as a page names it."""

    key: str
    text: str
    """What the encoder reads of it; "" where it has no text."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of thing that a question may name by its key."""

    name: str
    """Name of the entity in the dataset."""
    count: int
    first: tuple[Thing, ...]
    """Some of them, to choose from; of persons those with the most history first."""


@dataclass(frozen=True, kw_only=True)
class TaskOffer:
    """One task of the run."""

    kind: str
    title: str
    inputs: tuple[str, ...]
    needs: tuple[str, ...]
    """Columns that a table for batch predictions must have: the keys of the inputs."""
    may_have: tuple[str, ...]
    """Columns that are read where the table has them: features of unknown things, context, time."""
    usual: dict[str, str | float]
    """Context column -> what is taken where it is missing: train's most common value, or its median."""


@dataclass(frozen=True, kw_only=True)
class Offers:
    """Which questions a run's tasks can answer; "" or () for those that they can't."""

    dataset: str
    tasks: dict[str, TaskOffer]
    recommends: str
    searches: str
    relates: str
    answers: str
    advertises: str
    profiles: tuple[str, ...]
    """Tasks about a person alone."""
    describes: tuple[str, ...]
    """Tasks about an item alone, such as its tags."""
    person: Kind | None
    item: Kind | None
    """What is recommended, searched for or related."""
    remembers: str
    """What a person's history holds; "" where the model reads no history."""
    memory: int
    """How many of the latest events of a history the model reads."""
    reader: str
    """How it reads them: attention, gru, both; "" without a history."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One thing of a list."""

    key: str
    text: str
    scores: dict[str, float]
    """Task -> score, of every task that can judge it."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The first candidates of the leading task, the best first: what a fusion reorders."""

    leading: str
    tasks: tuple[str, ...]
    """Those that score each candidate, the leading one first."""
    listed: tuple[Listed, ...]


@dataclass(frozen=True, kw_only=True)
class PastEvent:
    """One event of a person's history."""

    place: int
    """Counts from the oldest event, 0; names the event when it is to be removed."""
    key: str
    text: str
    time: str
    """Date, or a number as in the table; "" where events have no time."""
    is_read: bool
    """Whether it is among the latest events, which the model reads."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """What is known and said of a person."""

    key: str
    """"" for somebody with a typed history."""
    text: str
    events: tuple[PastEvent, ...]
    """The oldest first; of a long history the latest ones."""
    profile: dict[str, ProfileValue]
    ads: tuple[Listed, ...]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What one event does to one listed thing."""

    attention: float | None
    """Share of the reader's attention, from 0 to 1; None where it does not attend."""
    without: float
    """The value of the thing when the event is taken out of the history."""
    rank_without: int | None
    """Its place in the whole list then; None where only the shown things were scored."""


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One listed thing, and what each event that was read does to it."""

    key: str
    value: float
    """Retrieval: the model's probability that it is the next one, of all targets. Else the task's score."""
    rank: int | None
    value_without_history: float
    effects: tuple[Effect, ...]
    """In the order of `Why.events`."""


@dataclass(frozen=True, kw_only=True)
class Why:
    """How a person's history bears on a list."""

    task: str
    kind: str
    reader: str
    """attention, gru, both; "" when the model read no event."""
    shared_attention: bool
    """The reader looks at the history once for the whole list, not once per thing."""
    events: tuple[PastEvent, ...]
    """Those that the model read, the oldest first."""
    things: tuple[Explained, ...]


@dataclass(frozen=True, kw_only=True)
class FoundAnswer:
    """An answer template."""

    key: str
    text: str
    probability: float
    """Among all templates."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the predictions of an uploaded table are."""

    done: int
    rows: int
    written: str
    """The file with the predictions once they are complete, else ""."""
    error: str
    """Why there are none, in words; "" while all is well."""
