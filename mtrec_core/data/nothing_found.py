"""What to tell somebody in whose tables nothing to predict was found. No torch here."""

from collections.abc import Sequence

from mtrec_core.data.guess_labels import QUESTION_WORDS, ROWS_PER_CLASS
from mtrec_core.data.looks import ColumnLook
from mtrec_core.data.roles import (
    COUNT_WORDS,
    GRADE_WORDS,
    LABEL_WORDS,
    OUTCOME_WORDS,
    RATING_WORDS,
    has_word,
    is_key_name,
    words_of,
)
from mtrec_core.data.table_looks import TableLook

FEW_ROWS = 20
"""In a table with fewer rows hardly anything comes back, so that neither keys nor classes show."""
MOST_SHOWN = 5


def why_nothing(looks: Sequence[TableLook], dropped: Sequence[str] = ()) -> str:
    """Which columns are named like labels and why they were not taken, and what to do.

    `dropped` says why tasks that were found could not stay.
    """
    files = ", ".join(look.file for look in looks)
    refused = [
        f"'{column.name}' in {look.file} is named like a label, but {_why_not(column)}."
        for look in looks
        for column in look.columns.values()
        if _is_named_like_a_label(column.name)
    ]
    few = [f"{look.file} has {look.rows}" for look in looks if look.rows < FEW_ROWS]
    if dropped:
        return " ".join(
            [
                f"Nothing can be predicted from {files}.",
                *dropped,
                "Bring or rename a column that describes it.",
            ]
        )
    said = [f"Nothing to predict was found in {files}."]
    said += refused or ["No table has two keys that come back, and no column looks like a label."]
    if few:
        said.append(f"Too few rows to see keys or classes come back: {', '.join(few)}.")
    mend = (
        "Change its cells" if len(refused) == 1 else "Change their cells" if refused else "Call one 'label'"
    )
    return " ".join([*said, f"{mend}, or say yourself what to predict."])


def _is_named_like_a_label(name: str) -> bool:
    if is_key_name(name) or has_word(name, COUNT_WORDS):
        return False
    known = LABEL_WORDS | OUTCOME_WORDS | RATING_WORDS | GRADE_WORDS
    return has_word(name, known) or bool(QUESTION_WORDS & {*words_of(name)[:1]})


def _why_not(column: ColumnLook) -> str:
    """The rule of `guess_labels` that stood in the way."""
    if column.distinct == 0:
        return "it is empty"
    values = _shown(column)
    if column.distinct == 1:
        return f"it holds {values} and nothing else, in {column.present} of {column.rows} rows"
    if column.is_time:
        return "it holds moments"
    if column.is_image:
        return "it holds addresses of pictures"
    if column.is_prose:
        return f"it holds texts to read, such as '{column.values[0].as_py()[:40]}'"
    if has_word(column.name, RATING_WORDS | GRADE_WORDS) and column.cells not in ("whole", "number"):
        return f"it holds {values} where numbers are expected"
    if not (column.is_yes_no or column.cells == "yes_no") and not has_word(column.name, LABEL_WORDS):
        return (
            f"it has {column.distinct} different values ({values}) where a yes or no has two, such as 0 and 1"
        )
    if column.cells == "text" and column.repeats < ROWS_PER_CLASS:
        return (
            f"each of its {column.distinct} different values ({values}) comes back in "
            f"{column.repeats:.1f} rows on average, where a class needs {ROWS_PER_CLASS}"
        )
    return "it was taken for a fact about what its table describes"


def _shown(column: ColumnLook) -> str:
    """The first values in the order of the alphabet."""
    values = sorted(str(value)[:40] for value in column.values[:1000].to_pylist())
    return ", ".join(values[:MOST_SHOWN]) + (", ..." if len(values) > MOST_SHOWN else "")
