"""A table of a TOML file, read key by key: wrong types and unknown keys become sentences. No torch here."""

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from mtrec_core.errors import DataError


def suggestion(name: str, known: Collection[str]) -> str:
    """ " Did you mean 'x'?", or nothing when no known name is close."""
    close = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


class Section:
    """One `[table]`: hands out typed values by key and knows its place in the file for messages."""

    def __init__(self, values: object, place: str, known: Collection[str]) -> None:
        """`known` are the keys that may stand here; DataError for any other."""
        if not isinstance(values, Mapping):
            raise DataError(f"{place} should be a table of keys, but it is {_shown(values)}.")
        self.values: Mapping[str, Any] = values
        self.place = place
        for key in values:
            if key not in known:
                names = ", ".join(sorted(known))
                raise DataError(
                    f"Unknown key '{key}' in {place}; known here: {names}.{suggestion(key, known)}"
                )

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def wrong(self, key: str, expected: str) -> DataError:
        """The error for a value of another type than expected."""
        return DataError(
            f"'{key}' in {self.place} should be {expected}, but it is {_shown(self.values[key])}."
        )

    def text(self, key: str) -> str | None:
        """A text, None when the key is not there; "" counts as not there."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, str):
            raise self.wrong(key, "a text in quotation marks")
        return value or None

    def required_text(self, key: str) -> str:
        """A text that has to be there."""
        value = self.text(key)
        if value is None:
            raise DataError(f"{self.place} needs '{key}', a text in quotation marks.")
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """A list of distinct texts, () when the key is not there; a single text counts as a list of one."""
        value = self.values.get(key, [])
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
            raise self.wrong(key, 'a list of texts such as ["city", "occupation"]')
        return tuple(value)

    def number(self, key: str, default: float) -> float:
        """A number of 0 or more."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise self.wrong(key, "a number of 0 or more")
        return value

    def whole(self, key: str, default: int, *, least: int) -> int:
        """A whole number not below `least`."""
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.wrong(key, f"a whole number of {least} or more")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value


def _shown(value: object) -> str:
    return (
        repr(value)
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else f"{value}"
    )
