"""Which columns look like something to predict, and as what kind of task. No torch here."""

from dataclasses import dataclass
from typing import Literal

from mtrec_core.data.looks import ColumnLook
from mtrec_core.data.roles import (
    COUNT_WORDS,
    GRADE_WORDS,
    LABEL_WORDS,
    OUTCOME_WORDS,
    RATING_WORDS,
    RISK_WORDS,
    has_word,
    is_key_name,
    words_of,
)

QUESTION_WORDS = frozenset({"is", "has", "did", "was", "will", "does"})
"""Names that begin so ask for a yes or no: `is_high_value`."""
MAX_CLASSES = 1_000
ROWS_PER_CLASS = 5


@dataclass(frozen=True, kw_only=True)
class LabelGuess:
    """A column as the label of a task."""

    column: str
    kind: str
    """A key of `kinds.TASK_KINDS`."""
    why: str
    positive: str | None = None
    separator: str = "|"
    is_outcome: bool = False
    """The rows are offers that were taken or not, so a row alone is no positive."""

    @property
    def wanted(self) -> Literal["high", "low"]:
        """`low` for a yes or no whose name tells a risk."""
        return "low" if self.kind == "binary" and has_word(self.column, RISK_WORDS) else "high"


def named_label(column: ColumnLook) -> LabelGuess | None:
    """A label that its name gives away; None for a column that could as well be a feature."""
    name = column.name
    if not _can_be_label(column):
        return None
    if column.separator:
        return LabelGuess(
            column=name, kind="multilabel", separator=column.separator, why="cells hold several tags"
        )
    is_number = column.cells in ("whole", "number")
    if has_word(name, GRADE_WORDS) and is_number and column.distinct <= 20:
        return LabelGuess(column=name, kind="ranking", why="graded relevance", is_outcome=True)
    outcome = has_word(name, OUTCOME_WORDS)
    if column.is_yes_no or column.cells == "yes_no":
        if outcome or has_word(name, LABEL_WORDS) or QUESTION_WORDS & {*words_of(name)[:1]}:
            return LabelGuess(column=name, kind="binary", why="yes or no, and named so", is_outcome=outcome)
        return None
    if has_word(name, RATING_WORDS) and is_number and column.distinct > 2:
        return LabelGuess(column=name, kind="regression", why="a rating")
    if has_word(name, LABEL_WORDS):
        return any_label(column)
    return None


def any_label(column: ColumnLook) -> LabelGuess | None:
    """What a column would be as a label, whatever its name; None if nothing can be learned about it."""
    name = column.name
    if not _can_be_label(column):
        return None
    if column.separator:
        return LabelGuess(
            column=name, kind="multilabel", separator=column.separator, why="cells hold several tags"
        )
    if column.is_yes_no or column.cells == "yes_no":
        return LabelGuess(column=name, kind="binary", why="yes or no")
    if column.cells in ("whole", "number"):
        if column.distinct == 2:
            positive = max(column.values.to_pylist(), key=float)
            return LabelGuess(
                column=name, kind="binary", positive=positive, why="two numbers, the larger is yes"
            )
        return LabelGuess(column=name, kind="regression", why="a number")
    if column.distinct <= MAX_CLASSES and column.repeats >= ROWS_PER_CLASS:
        return LabelGuess(column=name, kind="multiclass", why=f"{column.distinct} classes")
    return None


def task_name(label: str) -> str:
    """What the task of a label is called: `Recommended IND` gives recommended, `is_high_value` high_value."""
    words = list(words_of(label))
    if len(words) > 1 and words[0] in QUESTION_WORDS:
        words = words[1:]
    if len(words) > 1 and words[-1] in ("ind", "indicator", "flag", "name", "label"):
        words = words[:-1]
    return "_".join(words) or "label"


def _can_be_label(column: ColumnLook) -> bool:
    if column.distinct < 2 or column.is_time or column.is_image or column.is_prose or column.is_code:
        return False
    return not column.is_split and not is_key_name(column.name) and not has_word(column.name, COUNT_WORDS)
