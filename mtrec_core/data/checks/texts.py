"""Checks of what the encoder will read. No torch here."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.checks.declared import text_columns
from mtrec_core.data.checks.material import Material
from mtrec_core.data.checks.wording import one, share
from mtrec_core.data.issues import Issue, first_rows, level_of, shorten
from mtrec_core.data.reading import FIRST_ROW
from mtrec_core.data.schema import EntitySpec

TOKEN_LIMIT = 256
"""What most sentence encoders read of a text."""
TOKENS_PER_WORD = 1.3
"""Word pieces per word of English prose, roughly; a Chinese, Japanese or Korean sign counts as one."""
MANY_LONG = 0.2
MANY_EMPTY = 0.01
WORDS = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]|[^\s\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]+"


def count_words(texts: pa.Array) -> np.ndarray:
    """int64 [N]: the words of each text; a sign of a script without spaces is a word."""
    ascii_only = pc.all(pc.string_is_ascii(texts), min_count=0).as_py()
    return np.asarray(pc.count_substring_regex(texts, r"\S+" if ascii_only else WORDS)).astype(np.int64)


def estimated_tokens(words: np.ndarray) -> np.ndarray:
    """float64 [N]: how many tokens an encoder makes of so many words."""
    return words * TOKENS_PER_WORD


@dataclass(frozen=True, kw_only=True)
class Counted:
    """How often texts of some sort occur, and where."""

    count: int
    total: int
    unit: str
    """What is counted."""
    file: str
    rows: tuple[int, ...]

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.count / self.total if self.total else 0.0


def count_texts(material: Material, entity: EntitySpec, chosen_N: np.ndarray) -> Counted | None:
    """Rows of the entity's own table, else of the first fact with it; `chosen_N` goes by `Material.texts`."""
    if entity.table is not None:
        rows = first_rows(np.flatnonzero(chosen_N) + FIRST_ROW)
        total = len(chosen_N)
        return Counted(
            count=int(chosen_N.sum()),
            total=total,
            unit=f"rows of {entity.table}",
            file=entity.table,
            rows=rows,
        )
    for task in material.dataset.tasks.values() if material.dataset else ():
        place = material.rows(task.spec)
        if entity.name in task.spec.inputs and place is not None:
            used_R = task.split_R >= 0  # the codes of other rows mean nothing
            chosen_R = chosen_N[task.inputs[task.spec.inputs.index(entity.name)]] & used_R
            file, rows = place.place_compiled(np.flatnonzero(chosen_R))
            unit = f"rows of {file}"
            return Counted(
                count=int(chosen_R.sum()), total=int(used_R.sum()), unit=unit, file=file, rows=rows
            )
    return None


def empty_text(material: Material) -> Iterator[Issue]:
    """Entities whose text template comes out empty."""
    for entity in material.spec.entities.values():
        texts = material.texts(entity)
        counted = (
            count_texts(material, entity, np.asarray(pc.equal(texts, ""))) if texts is not None else None
        )
        if counted is None or counted.count == 0:
            continue
        columns = ", ".join(text_columns(entity))
        has_features = bool(entity.categorical or entity.numeric or entity.history)
        knows = (
            f"{one(entity.name)} by its features only" if has_features else f"nothing of a new {entity.name}"
        )
        yield Issue(
            level=level_of(counted.count, counted.total, MANY_EMPTY),
            code="empty_text",
            table=counted.file,
            column=text_columns(entity)[0],
            rows=counted.rows,
            text=f"{share(counted.count, counted.total)} {counted.unit} give '{entity.name}' an empty text: "
            f"nothing stands in {columns}."
            + ("" if entity.key else f" They count as one and the same {entity.name}."),
            fix=f"Fill in these cells or add a column to the text of '{entity.name}'; without one the model "
            f"knows {knows}.",
        )


def long_text(material: Material) -> Iterator[Issue]:
    """More than a fifth of an entity's texts longer than the encoder's limit."""
    for entity in material.spec.entities.values():
        texts = material.texts(entity)
        if texts is None or len(texts) == 0:
            continue
        tokens = estimated_tokens(count_words(texts))
        counted = count_texts(material, entity, tokens > TOKEN_LIMIT)
        if counted is None or counted.share <= MANY_LONG:
            continue
        yield Issue(
            level="warning",
            code="long_text",
            table=counted.file,
            column=text_columns(entity)[-1],
            rows=counted.rows,
            text=f"{share(counted.count, counted.total)} {counted.unit} give '{entity.name}' a text of more "
            f"than {TOKEN_LIMIT} tokens (estimated; the median is {np.median(tokens):.0f}); what stands "
            "behind is cut off.",
            fix=f"Put the words that matter first in the text of '{entity.name}', shorten the longest "
            "column, or raise text.max_length with an encoder that takes more.",
            examples=shorten(texts.take(pa.array(np.flatnonzero(tokens > TOKEN_LIMIT)[:3])).to_pylist()),
        )
