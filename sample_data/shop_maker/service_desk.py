"""Customers' questions and the answers that the staff chose. No torch here."""

import re

import numpy as np
import pandas as pd

from sample_data.shop_maker.words import expand, pick, word_list

QUESTIONS = 1200
THINGS = (
    *("tent", "backpack", "lamp", "kettle", "frying pan", "yoga mat", "headphones", "speaker", "keyboard"),
    *(
        "blanket",
        "dog bed",
        "cat tree",
        "grill",
        "night cream",
        "board game",
        "teddy",
        "knife",
        "helmet",
        "mug",
    ),
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
OPENINGS = (
    *("hi, ", "hello, ", "hello there, ", "good morning, ", "hey, ", "dear team, ", "excuse me, "),
    *("quick question: ", "sorry to bother you, "),
)
CLOSINGS = (
    *(" thanks", " please help", " many thanks in advance", " I've been a customer for years", " thank you!"),
    *(" it's rather urgent", " kind regards, {name}", " my order number is {number}"),
    *(" I bought it for my {relation}", " looking forward to your reply"),
)
NAMES = ("Anna", "Joris", "Mrs Keane", "Pavel", "Lena", "Tom", "Ines", "Magnus")
RELATIONS = ("sister", "boss", "grandfather", "flatmate", "girlfriend", "son", "neighbour")
LEFT_ALONE = 0.45
"""How many questions come without a greeting or a closing."""


def make_service(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of answers and the table of distinct questions, most of them about few matters."""
    rng = np.random.default_rng([seed, 7])
    entries = {name: entry for name, entry in word_list("service").items() if name != "synonyms"}
    names = list(entries)
    order = rng.permutation(len(names))
    answers = pd.DataFrame(
        {
            "answer_id": [f"t{number:02d}" for number in range(1, len(names) + 1)],
            "answer": [entries[names[place]]["answer"] for place in order],
        }
    )
    weights = np.array([entries[names[place]]["weight"] for place in order], dtype=float)
    counts = np.maximum(6, np.round(weights / weights.sum() * QUESTIONS)).astype(int)
    rows: dict[str, int] = {}
    for row, place in enumerate(order):
        cores = entries[names[place]]["questions"]
        turn = list(rng.permutation(len(cores)))
        wanted = len(rows) + int(counts[row])
        while len(rows) < wanted:
            core = cores[turn[0]]
            turn = [*turn[1:], turn[0]]
            rows.setdefault(_question(core, rng), row)
    texts = list(rows)
    mixed = rng.permutation(len(texts))
    questions = pd.DataFrame(
        {
            "question": [texts[place] for place in mixed],
            "answer_id": answers["answer_id"].to_numpy()[[rows[texts[place]] for place in mixed]],
        }
    )
    return answers, questions


def _question(core: str, rng: np.random.Generator) -> str:
    """One wording: choices made, words exchanged for synonyms, a greeting and a closing, typing slips."""
    text = expand(_exchanged(core, rng), rng)
    if rng.random() > LEFT_ALONE:
        kind = rng.integers(0, 3)
        opening = pick(OPENINGS, rng) if kind != 1 else ""
        closing = pick(CLOSINGS, rng) if kind != 0 else ""
        text = opening + text + ("," if closing and rng.random() < 0.5 else ".") * bool(closing) + closing
    text = text.replace("{item}", pick(THINGS, rng)).replace("{day}", pick(DAYS, rng))
    text = text.replace("{city}", pick(word_list("people")["cities"], rng)).replace(
        "{number}", str(rng.integers(10000, 99999))
    )
    text = text.replace("{name}", pick(NAMES, rng)).replace("{relation}", pick(RELATIONS, rng))
    if rng.random() < 0.3:
        text = text.lower()
    elif rng.random() < 0.5:
        text = text[:1].upper() + text[1:]
    if rng.random() < 0.12:
        place = int(rng.integers(1, len(text) - 1))
        text = text[:place] + text[place + 1 :]
    return text


def _exchanged(core: str, rng: np.random.Generator) -> str:
    """The sentence with about half of the words that have a synonym replaced by one."""
    for words in word_list("service")["synonyms"]["groups"]:
        pattern = r"\b(" + "|".join(re.escape(word) for word in words) + r")\b(?![^(]*\))"
        parts = re.split(pattern, core)
        # Of a split with one group, every second part is a word that was found.
        core = "".join(
            str(pick(words, rng)) if place % 2 and rng.random() < 0.6 else part
            for place, part in enumerate(parts)
        )
    return core
