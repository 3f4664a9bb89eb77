"""The shop's year, in minutes since 1970. No torch here."""

import numpy as np

START = int(np.datetime64("2025-01-06T00:00", "m").astype(np.int64))
END = int(np.datetime64("2025-12-22T00:00", "m").astype(np.int64))
DRIFT = int(np.datetime64("2025-11-17T00:00", "m").astype(np.int64))
"""From here on taste is another: the weeks before Christmas, the last tenth of the year's time."""
NEW_SEASON = (
    int(np.datetime64("2025-10-20T00:00", "m").astype(np.int64)),
    int(np.datetime64("2025-12-05T00:00", "m").astype(np.int64)),
)
"""When the new products come in."""
HOURS = np.array(
    [1, 1, 0.5, 0.5, 0.5, 1, 3, 5, 6, 6, 6, 6, 8, 7, 6, 6, 6, 7, 9, 12, 14, 13, 9, 4], dtype=float
)
"""How busy each hour of the day is."""


def random_days(count: int, span: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Midnights between two moments, as minutes."""
    return rng.integers(span[0] // 1440, span[1] // 1440, count) * 1440


def random_moments(count: int, span: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Sorted minutes between two moments, more in the evening than at night, no two the same."""
    hours = np.searchsorted(np.cumsum(HOURS) / HOURS.sum(), rng.random(count), side="right")
    found = np.sort(random_days(count, span, rng) + hours * 60 + rng.integers(0, 60, count))
    for place in range(1, count):
        found[place] = max(found[place], found[place - 1] + 1)
    return found


def moments(minutes: np.ndarray, form: str = "%Y-%m-%d %H:%M") -> list[str]:
    """Minutes as text."""
    texts = np.datetime_as_string(minutes.astype("datetime64[m]"), unit="m")
    return [text[:10] if form == "%Y-%m-%d" else text.replace("T", " ") for text in texts.tolist()]
