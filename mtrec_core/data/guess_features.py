"""What describes a thing: text to read, categories, numbers; the rest with its reason. No torch here."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from mtrec_core.data.looks import ColumnLook
from mtrec_core.data.roles import CODE_WORDS, TITLE_WORDS, has_word, is_key_name, words_of

MAX_CATEGORIES = 5_000
CATEGORY_WORDS = frozenset({"category", "type", "class", "code", "brand", "group", "segment"})


@dataclass(kw_only=True)
class Features:
    """The columns of a thing, sorted by their use."""

    text: str | None = None
    categorical: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


def guess_features(columns: Iterable[ColumnLook], left_out: Collection[str], place: str) -> Features:
    """Sort columns by use; `left_out` are keys and labels, `place` begins each note."""
    titles: list[str] = []
    words: list[str] = []
    prose: list[str] = []
    categorical: list[str] = []
    numeric: list[str] = []
    features = Features()
    for column in columns:
        if column.name in left_out:
            continue
        reason = _why_useless(column)
        if reason:
            features.notes.append(f"{place}: '{column.name}' is not used: {reason}.")
        elif column.is_prose or column.separator:
            is_title = words_of(column.name)[-1:] and words_of(column.name)[-1] in TITLE_WORDS
            (titles if is_title else prose).append(column.name)
            if column.repeats >= 2 and not column.separator and column.words_per_cell < 4:
                categorical.append(column.name)
        elif _is_category(column):
            categorical.append(column.name)
            if column.cells == "text" and column.numeric_share < 0.5 and "{" not in column.name:
                words.append(column.name)
            if 0.9 < column.numeric_share < 1:
                features.notes.append(
                    f"{place}: '{column.name}' is a category: most of its cells are numbers, but not all."
                )
        elif column.cells == "text":
            words.append(column.name)
        else:
            numeric.append(column.name)
    parts = [f"{{{name}}}" for name in (*titles, *words, *prose)]
    features.text = ". ".join(parts) or None
    features.categorical = tuple(categorical)
    features.numeric = tuple(numeric)
    if features.text:
        features.notes.append(f"{place}: the encoder reads {features.text}.")
    return features


def _why_useless(column: ColumnLook) -> str:
    """Why a column says nothing that can be learned; "" if it does."""
    if column.distinct < 2:
        return "all of its cells are the same"
    if column.is_split:
        return "it says which rows are for training and which for the test"
    if column.is_image:
        return "pictures are not read"
    if column.is_time:
        return "a date is no feature by itself"
    if column.is_code or (has_word(column.name, CODE_WORDS) and column.distinct > 50):
        return "it identifies rather than describes"
    if is_key_name(column.name) and (column.distinct > 1_000 or column.repeats < 2):
        return "it is the key of something else"
    if "{" in column.name or "}" in column.name:
        return "its name has braces"
    return ""


def _is_category(column: ColumnLook) -> bool:
    if column.cells == "yes_no" or column.is_yes_no or is_key_name(column.name):
        return True
    if column.cells == "whole":
        return column.distinct <= 2 or (
            has_word(column.name, CATEGORY_WORDS) and column.distinct <= MAX_CATEGORIES
        )
    return column.cells == "text" and column.repeats >= 2 and column.distinct <= MAX_CATEGORIES
