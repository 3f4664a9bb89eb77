"""How counts and names read in the sentences of the checks. No torch here."""

from collections.abc import Iterable

MOST_NAMES = 12


def share(count: int, total: int) -> str:
    """Such as "12 of 400 (3.0 %)"."""
    percent = 100 * count / total if total else 0.0
    shown = "less than 0.1" if 0 < percent < 0.1 else f"{percent:.1f}" if percent < 10 else f"{percent:.0f}"
    if count < total and shown == "100":
        shown = f"{percent:.2f}"
    return f"{count:,} of {total:,} ({shown} %)"


def number_of(count: int, noun: str) -> str:
    """Such as "1 key" and "2,000 classes"."""
    return f"{count:,} {noun if count == 1 else noun + ('es' if noun.endswith('s') else 's')}"


def one(name: str) -> str:
    """Such as "a user" and "an item"."""
    return f"{'an' if name[:1].lower() in 'aeio' else 'a'} {name}"


def listed(names: Iterable[str]) -> str:
    """The first names, each once, and how many more there are."""
    distinct = list(dict.fromkeys(names))
    more = f" and {len(distinct) - MOST_NAMES:,} more" if len(distinct) > MOST_NAMES else ""
    return ", ".join(distinct[:MOST_NAMES]) + more


def quoted(values: Iterable[object], most: int = 3) -> str:
    """The first values in quotation marks, such as "'a', 'b'"."""
    first = [f"'{value}'" for _, value in zip(range(most), values, strict=False)]
    return ", ".join(first)
