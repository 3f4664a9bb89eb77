"""What may befall texts and their vectors before a trained model reads them. No torch here.

Each text is attacked by itself: what happens to it follows from seed, attack and text, not from the order of
the texts; a larger amount hits all the words that a smaller one hits.
"""

import csv
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from mtrec_core.errors import DataError, UserError

SYNONYMS_FILE = Path(__file__).with_name("synonyms.csv")
"""The list that comes with the program: columns `word` and `synonym`, a word as often as it has synonyms."""

WORD = re.compile(r"[^\W\d_]+")
"""Letters alone: no digits, so that sizes and prices stay."""

Synonyms = Mapping[str, Sequence[str]]
"""Lower-case word -> its synonyms."""


@dataclass(frozen=True, kw_only=True)
class AttackChoice:
    """One row of the table of attacks."""

    key: str
    title: str
    meaning: str
    """What is done, in one sentence."""
    amount_title: str
    """What the amount is."""
    amounts: tuple[float, ...]
    """Those that a report measures unless told otherwise."""
    on: Literal["words", "vectors"]
    """What it changes: words, so that texts are read anew, or the vectors that the texts have."""


ATTACKS: dict[str, AttackChoice] = {
    choice.key: choice
    for choice in (
        AttackChoice(
            key="typos",
            title="Typos",
            meaning="Two neighbouring letters of a word change places.",
            amount_title="share of words",
            amounts=(0.1, 0.3),
            on="words",
        ),
        AttackChoice(
            key="drops",
            title="Dropped words",
            meaning="Words are left out; of each text one stays at least.",
            amount_title="share of words",
            amounts=(0.1, 0.3),
            on="words",
        ),
        AttackChoice(
            key="synonyms",
            title="Synonyms",
            meaning="Words of a list are replaced by synonyms.",
            amount_title="share of the words on the list",
            amounts=(1.0,),
            on="words",
        ),
        AttackChoice(
            key="vectors",
            title="Moved vectors",
            meaning="Each text's vector is moved the way in which the task's own test loss grows fastest "
            "(the step of FGM).",
            amount_title="share of the vector's length",
            amounts=(0.05, 0.1, 0.2, 0.4),
            on="vectors",
        ),
    )
}


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One row with an amount."""

    key: str
    amount: float

    @property
    def choice(self) -> AttackChoice:
        """Its row."""
        return ATTACKS[self.key]

    @property
    def name(self) -> str:
        """Such as `typos=0.1`."""
        return f"{self.key}={self.amount:g}"


def read_attacks(words: Sequence[str]) -> list[Attack]:
    """Attacks from `KEY` (its usual amounts) or `KEY=AMOUNT`; all with their usual amounts where none is
    named. UserError on an unknown key or an amount that can't be."""
    found = []
    for word in words or list(ATTACKS):
        key, equals, text = word.partition("=")
        if key not in ATTACKS:
            raise UserError(f"Unknown attack {key}; known here: {', '.join(ATTACKS)}.")
        if not equals:
            found += [Attack(key=key, amount=amount) for amount in ATTACKS[key].amounts]
            continue
        most = 1.0 if ATTACKS[key].on == "words" else float("inf")
        try:
            amount = float(text)
        except ValueError:
            amount = -1.0
        if not 0 < amount <= most or amount == float("inf"):
            upper = " and at most 1" if most == 1 else ""
            raise UserError(
                f"The amount of attack {word} is the {ATTACKS[key].amount_title}; it must be a number above "
                f"0{upper}."
            )
        found.append(Attack(key=key, amount=amount))
    return list(dict.fromkeys(found))


def read_synonyms(path: Path) -> dict[str, list[str]]:
    """A list of synonyms from a CSV with the columns `word` and `synonym`. DataError where it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"The list of synonyms {path} can't be read: {error}.") from None
    found: dict[str, list[str]] = {}
    for number, row in enumerate(rows, start=2):
        word, synonym = ((row.get(name) or "").strip() for name in ("word", "synonym"))
        if not word or not synonym:
            raise DataError(
                f"The list of synonyms {path} lacks a word or a synonym in line {number}. It needs the "
                "columns word and synonym, and something in both."
            )
        found.setdefault(word.lower(), []).append(synonym)
    if not found:
        raise DataError(f"The list of synonyms {path} is empty. It needs the columns word and synonym.")
    return found


def attack_text(text: str, attack: Attack, seed: int, synonyms: Synonyms) -> str:
    """The text after an attack on its words."""
    generator = np.random.default_rng(_digest(f"{seed}|{attack.key}|{text}"))
    change = {"typos": _with_typos, "drops": _without_words, "synonyms": _with_synonyms}[attack.key]
    return change(text, attack.amount, generator, synonyms)


def _with_typos(text: str, share: float, generator: np.random.Generator, synonyms: Synonyms) -> str:
    def swapped(word: str) -> str:
        draw, place = generator.random(2)
        places = [at for at in range(len(word) - 1) if word[at] != word[at + 1]]
        if draw >= share or len(word) < 3 or not places:
            return word
        at = places[int(place * len(places))]
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return _each_word(text, swapped)


def _without_words(text: str, share: float, generator: np.random.Generator, synonyms: Synonyms) -> str:
    words = text.split()
    draws = generator.random(len(words))
    kept = [word for word, draw in zip(words, draws, strict=True) if draw >= share]
    return " ".join(kept) if kept or not words else words[int(draws.argmax())]


def _with_synonyms(text: str, share: float, generator: np.random.Generator, synonyms: Synonyms) -> str:
    def replaced(word: str) -> str:
        known = synonyms.get(word.lower())
        if not known:
            return word
        draw, place = generator.random(2)
        if draw >= share:
            return word
        synonym = known[int(place * len(known))]
        return synonym[:1].upper() + synonym[1:] if word[0].isupper() else synonym

    return _each_word(text, replaced)


def _each_word(text: str, change: Callable[[str], str]) -> str:
    return WORD.sub(lambda found: change(found[0]), text)


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
