"""The values of `inference.asked` as JSON and back. No torch here."""

from dataclasses import asdict
from typing import Any

from mtrec_core.inference.asked import (
    Effect,
    Explained,
    Kind,
    Listed,
    Offers,
    PastEvent,
    Person,
    Pool,
    TaskOffer,
    Thing,
    Why,
)


def to_json(value: Any) -> dict[str, Any]:
    """A value of this file as plain dicts, lists and scalars."""
    return asdict(value)


def _thing(content: dict[str, Any]) -> Thing:
    return Thing(key=content["key"], text=content["text"])


def _kind(content: dict[str, Any] | None) -> Kind | None:
    if content is None:
        return None
    first = tuple(_thing(one) for one in content["first"])
    return Kind(name=content["name"], count=content["count"], first=first)


def offers_from(content: dict[str, Any]) -> Offers:
    """What `to_json` made of `Offers`."""
    tasks = {
        name: TaskOffer(
            kind=part["kind"],
            title=part["title"],
            inputs=tuple(part["inputs"]),
            needs=tuple(part["needs"]),
            may_have=tuple(part["may_have"]),
            usual=part["usual"],
        )
        for name, part in content["tasks"].items()
    }
    rest = {name: content[name] for name in ("dataset", "recommends", "searches", "relates", "answers")}
    return Offers(
        **rest,
        tasks=tasks,
        advertises=content["advertises"],
        profiles=tuple(content["profiles"]),
        describes=tuple(content["describes"]),
        person=_kind(content["person"]),
        item=_kind(content["item"]),
        remembers=content["remembers"],
        memory=content["memory"],
        reader=content["reader"],
    )


def listed_from(content: list[dict[str, Any]]) -> tuple[Listed, ...]:
    """What `to_json` made of several `Listed`."""
    return tuple(Listed(key=one["key"], text=one["text"], scores=one["scores"]) for one in content)


def pool_from(content: dict[str, Any]) -> Pool:
    """What `to_json` made of a `Pool`."""
    return Pool(
        leading=content["leading"], tasks=tuple(content["tasks"]), listed=listed_from(content["listed"])
    )


def person_from(content: dict[str, Any]) -> Person:
    """What `to_json` made of a `Person`."""
    return Person(
        key=content["key"],
        text=content["text"],
        events=_events(content["events"]),
        profile=content["profile"],
        ads=listed_from(content["ads"]),
    )


def why_from(content: dict[str, Any]) -> Why:
    """What `to_json` made of a `Why`."""
    things = tuple(
        Explained(
            key=one["key"],
            value=one["value"],
            rank=one["rank"],
            value_without_history=one["value_without_history"],
            effects=tuple(Effect(**effect) for effect in one["effects"]),
        )
        for one in content["things"]
    )
    return Why(
        task=content["task"],
        kind=content["kind"],
        reader=content["reader"],
        shared_attention=content["shared_attention"],
        events=_events(content["events"]),
        things=things,
    )


def _events(content: list[dict[str, Any]]) -> tuple[PastEvent, ...]:
    return tuple(PastEvent(**one) for one in content)
