"""The word lists of `sample_data/words` and how sentences are made of them. No torch here."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent / "words"
MATTERS = ("textile", "hard", "print", "care", "plain")
CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")


@cache
def word_list(name: str) -> dict[str, Any]:
    """One file of `sample_data/words`, as nested dictionaries."""
    with (FOLDER / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def pick(options: Sequence[Any], rng: np.random.Generator) -> Any:
    """One of the options, each as probable as the others."""
    return options[int(rng.integers(len(options)))]


def draw(weights: np.ndarray, rng: np.random.Generator) -> int:
    """A position, as probable as its weight; the weights need not add up to 1."""
    edges = np.cumsum(weights)
    return int(np.searchsorted(edges, rng.random() * edges[-1], side="right"))


def expand(pattern: str, rng: np.random.Generator) -> str:
    """The pattern with every `(a|b)` replaced by one of its choices."""
    return CHOICE.sub(lambda found: str(pick(found.group(1).split("|"), rng)), pattern)


def capitalised(sentence: str) -> str:
    """The sentence with a capital first letter; the rest stays as it is."""
    return sentence[:1].upper() + sentence[1:]


@dataclass(frozen=True, kw_only=True)
class Facet:
    """A quality that a product can have, and the words for it."""

    name: str
    tag: str
    says: tuple[str, ...]
    people: tuple[str, ...]
    details: tuple[str, ...]
    occasions: tuple[str, ...]
    asks: tuple[str, ...]

    def phrase(self, matter: str, rng: np.random.Generator) -> str:
        """A sentence that means this facet and suits a product of this matter."""
        if rng.random() < 0.2:
            return str(pick(fitting(self.says, matter), rng))
        frames = word_list("facets")["frame"]
        entries = [
            (slot, entry)
            for slot, words in (
                ("people", self.people),
                ("details", self.details),
                ("occasions", self.occasions),
            )
            for entry in fitting(words, matter)
        ]
        slot, entry = pick(entries, rng)
        return capitalised(str(pick(frames[slot], rng)).format(entry))


def fitting(entries: Sequence[str], matter: str) -> list[str]:
    """The entries without a matter in front, and those of this matter less that word."""
    found = []
    for entry in entries:
        first, colon, rest = entry.partition(": ")
        if not colon or first not in MATTERS:
            found.append(entry)
        elif first == matter:
            found.append(rest)
    return found


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A category at the end of the tree."""

    name: str
    department: str
    section: str
    category: str
    matter: str
    price: tuple[float, float]
    nouns: tuple[str, ...]
    about: tuple[str, ...]
    asks: tuple[str, ...]
    ads: tuple[str, ...]
    next: tuple[str, ...]
    without: tuple[str, ...]
    """Facets that no product of this category has."""


@cache
def facets() -> tuple[Facet, ...]:
    """All facets, in the order of the file."""
    slots = ("says", "people", "details", "occasions", "asks")
    return tuple(
        Facet(name=name, tag=entry["tag"], **{slot: tuple(entry[slot]) for slot in slots})
        for name, entry in word_list("facets").items()
        if name != "frame"
    )


@cache
def leaves() -> tuple[Leaf, ...]:
    """All categories, in the order of the file."""
    return tuple(
        Leaf(
            name=name,
            department=entry["path"][0],
            section=entry["path"][1],
            category=entry["path"][2],
            matter=entry["matter"],
            price=tuple(entry["price"]),
            nouns=tuple(entry["nouns"]),
            about=tuple(entry["about"]),
            asks=tuple(entry["asks"]),
            ads=tuple(entry["ads"]),
            next=tuple(entry["next"]),
            without=tuple(entry.get("without", ())),
        )
        for name, entry in word_list("leaves").items()
    )


@cache
def departments() -> tuple[str, ...]:
    """Top of the category tree, in the order of the file."""
    return tuple(dict.fromkeys(leaf.department for leaf in leaves()))
