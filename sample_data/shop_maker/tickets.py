"""One flat table with a text and three labels: messages to a help desk. No torch here."""

import numpy as np
import pandas as pd

from sample_data.shop_maker.words import capitalised, pick, word_list

TICKETS = 900
ROOMS = ("room 12", "the library", "meeting room B", "the lab", "the warehouse", "office 3.07", "reception")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
NOISE = 0.5
"""Spread of the logarithm of the hours that a ticket takes."""


def make_tickets(seed: int) -> pd.DataFrame:
    """Distinct messages with their queue, whether they were urgent, and how long they took."""
    rng = np.random.default_rng([seed, 9])
    words = word_list("tickets")
    queues = [name for name in words if name != "tail"]
    rows: dict[str, tuple[str, str, float]] = {}
    while len(rows) < TICKETS:
        queue = pick(queues, rng)
        text = str(pick(words[queue]["says"], rng)).format(room=pick(ROOMS, rng), day=pick(DAYS, rng))
        hurry = rng.random()
        urgent = hurry < 0.3
        if urgent or hurry > 0.55:
            tail = pick(words["tail"]["urgent" if urgent else "calm"], rng)
            text = f"{text}, {tail}" if rng.random() < 0.5 else f"{capitalised(tail)}: {text}"
        urgent = urgent != (rng.random() < 0.04)
        hours = words[queue]["hours"] * (0.35 if urgent else 1.0) * np.exp(NOISE * rng.normal())
        rows.setdefault(text, (queue, "yes" if urgent else "no", round(float(hours), 1)))
    table = pd.DataFrame(
        [(text, *labels) for text, labels in rows.items()], columns=["message", "queue", "urgent", "hours"]
    )
    table.insert(0, "ticket_id", range(1, len(table) + 1))
    return table
