"""What is known of one person, and what the run's tasks say about it: latest events, profile, ads."""

from collections.abc import Sequence

from mtrec_core.errors import UserError
from mtrec_core.inference.answers import profile
from mtrec_core.inference.asked import Listed, Person, ProfileValue
from mtrec_core.inference.engine import Engine
from mtrec_core.inference.known import person_by, without_events
from mtrec_core.inference.past import past_events, thing
from mtrec_core.inference.recommend import rank_ads
from mtrec_core.inference.roles import advertising_task, person_of, profiling_tasks


def person_card(
    engine: Engine,
    *,
    user: str | None,
    history: Sequence[str] | None,
    without: Sequence[int],
    most: int,
    ads: int,
) -> Person:
    """The latest `most` events, the profile and the `ads` best ads; empty where no task tells them.

    UserError for an unknown user or item, and when the run knows no persons.
    """
    entity = person_of(engine.dataset)
    given = person_by(engine.dataset, user, history)
    given = without_events(given, entity, without)
    code = given.codes[entity]
    plan = engine.bundle.plan.entities.get(entity)
    memory = 0 if plan is None else plan.history_length
    known = thing(given.dataset, entity, code)
    return Person(
        key=known.key if user is not None else "",
        text=known.text,
        events=past_events(given.dataset, entity, code, memory, most, without),
        profile=_profile(engine, user, history, without),
        ads=_ads(engine, user, history, without, ads),
    )


def _profile(
    engine: Engine, user: str | None, history: Sequence[str] | None, without: Sequence[int]
) -> dict[str, ProfileValue]:
    try:
        profiling_tasks(engine.dataset)
    except UserError:
        return {}
    return profile(engine, user=user, history=history, without=without)


def _ads(
    engine: Engine, user: str | None, history: Sequence[str] | None, without: Sequence[int], count: int
) -> tuple[Listed, ...]:
    try:
        advertising_task(engine.dataset)
    except UserError:
        return ()
    found = rank_ads(engine, user=user, history=history, n=count, without=without)
    return tuple(Listed(key=one.item, text=one.text, scores=one.scores) for one in found)
