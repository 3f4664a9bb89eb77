"""Text templates: `{title}. {brand}` and a table give a text per row, without loose words. No torch here.

A template is fields with words between them. An empty cell leaves out its own words and the joint before it:

| template | row | text |
|---|---|---|
| `{title}. {brand}` | Lamp, - | Lamp |
| `{title}. Price: {price}. {brand}` | Lamp, -, Ikea | Lamp. Ikea |
| `{title} ({brand})` | Lamp, - | Lamp |
| `{title} by {brand}. {colour}` | -, -, red | red |
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches

import pyarrow as pa
import pyarrow.compute as pc

from mtrec_core.data.reading import as_text
from mtrec_core.errors import DataError

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_SENTENCE_JOINT = re.compile(r"[.;,!?|\n]+\s*|\s+[-–—/·|]+\s+")
_WORD_JOINT = re.compile(r"([)\]}\"”»]*)(\s*(?:[-–—/:&+]\s*)?)(.*)", re.DOTALL)
_TAIL = re.compile(r"(.*?)([.!?]*\s*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Field:
    """A column with the words that belong to it."""

    column: str
    joint: str
    """What separates it from the field before; written only between two fields that are there."""
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Template:
    """A template taken apart: fields in order, and the sign that ends the text."""

    fields: tuple[Field, ...]
    tail: str
    """Ends a text that has any words; the whole text of a template without fields."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads, each once."""
        return tuple(dict.fromkeys(field.column for field in self.fields))


def parse_template(template: str) -> Template:
    """The fields of a template; `{{` and `}}` stand for braces. DataError for a brace without its partner."""
    literals, columns = [""], []
    position = 0
    for token in _TOKEN.finditer(template):
        literals[-1] += template[position : token.start()]
        position = token.end()
        if token.group() in ("{{", "}}"):
            literals[-1] += token.group()[0]
        elif token.group(1) is None or not token.group(1).strip():
            raise DataError(
                f"The template '{template}' has a '{token.group()}' without a column name between braces. "
                "Write a column as {name}, and a brace itself as {{ or }}."
            )
        else:
            columns.append(token.group(1).strip())
            literals.append("")
    literals[-1] += template[position:]
    if not columns:
        return Template(fields=(), tail=literals[0])
    afters, joints, befores = [], [""], [literals[0]]
    for literal in literals[1:-1]:
        after, joint, before = _split_literal(literal)
        afters.append(after)
        joints.append(joint)
        befores.append(before)
    last = _TAIL.fullmatch(literals[-1])
    after, tail = last.groups() if last else (literals[-1], "")
    afters.append(after)
    parts = zip(columns, joints, befores, afters, strict=True)
    return Template(
        fields=tuple(Field(column=c, joint=j, before=b, after=a) for c, j, b, a in parts), tail=tail
    )


def _split_literal(literal: str) -> tuple[str, str, str]:
    """The words between two fields: those of the field before, the joint, those of the field behind."""
    sentence = list(_SENTENCE_JOINT.finditer(literal))
    if sentence:
        joint = sentence[-1]
        return literal[: joint.start()], joint.group(), literal[joint.end() :]
    words = _WORD_JOINT.fullmatch(literal)
    return words.groups() if words else ("", " ", literal)  # type: ignore[return-value]


def template_columns(template: str | None) -> tuple[str, ...]:
    """The columns that a template reads, each once; () for no template."""
    return parse_template(template).columns if template else ()


def render(template: str, table: pa.Table) -> pa.Array:
    """string [N]: the text of each row, white space collapsed; "" where all cells are empty.

    DataError names a column that the table lacks.
    """
    parsed = parse_template(template)
    if not parsed.fields:
        return pa.array([" ".join(parsed.tail.split())] * table.num_rows, pa.string())
    text = pa.nulls(table.num_rows, pa.string())
    for field in parsed.fields:
        if field.column not in table.column_names:
            raise DataError(_unknown_column(template, field.column, table.column_names))
        cell = _clean(as_text(table[field.column]))
        cell = pc.binary_join_element_wise(field.before, cell, field.after, "")
        shortened, joint = _joined(text, field.joint)
        text = pc.coalesce(pc.binary_join_element_wise(shortened, cell, joint), text, cell)
    if parsed.tail:
        shortened, tail = _joined(text, parsed.tail)
        text = pc.binary_join_element_wise(shortened, pa.scalar(""), tail)
    return pc.fill_null(_clean(text), "")


def _clean(text: pa.Array) -> pa.Array:
    """White space collapsed; blank texts become null."""
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, r"\s+", " "))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _joined(text: pa.Array, joint: str) -> tuple[pa.Array, pa.Array | pa.Scalar]:
    """The text and the joint such that no sign stands twice: "Lamp." and ". " give "Lamp" and ". "."""
    sign = joint.strip()[:1]
    if sign not in (".", ",", ";", "!", "?") or not sign:
        return text, pa.scalar(joint)
    shortened = pc.replace_substring_regex(text, rf"[{re.escape(sign)}\s]+$", "")
    ends = pc.match_substring_regex(shortened, r"[.!?]$")
    return shortened, pc.if_else(ends, pa.scalar(" "), pa.scalar(joint))


def _unknown_column(template: str, column: str, known: list[str]) -> str:
    close = get_close_matches(column, known, n=1)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    return (
        f"The template '{template}' names the column '{column}', which is not there; "
        f"the columns are: {', '.join(known)}.{hint}"
    )
