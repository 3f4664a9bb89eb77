"""A section of docs/methods.md from any table of choices. No torch here."""

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from benchmarks.markdown import paragraph, table

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class MethodRow(Protocol):
    """What every table of choices has."""

    @property
    def key(self) -> str:
        """Its name in settings and on the command line."""

    @property
    def title(self) -> str:
        """Its name in words."""

    @property
    def use(self) -> str:
        """When to take it."""

    @property
    def formula(self) -> str:
        """What it computes."""

    @property
    def source(self) -> str:
        """The paper, or "-"."""

    @property
    def options(self) -> "tuple[str, ...] | type[DataclassInstance]":
        """Names of the settings that count for it, or a dataclass of options of its own."""


@dataclass(frozen=True, kw_only=True)
class MethodSection:
    """One table of choices with the words around it."""

    title: str
    introduction: str
    """What the choices decide, which setting chooses, and what the symbols mean."""
    rows: Iterable[MethodRow]
    settings: object | None = None
    """Default settings that have the rows' options as fields; not needed where rows have options of their
    own."""
    prefix: str = ""
    """Before the name of an option, such as "model."."""
    cost_title: str = ""
    cost: Callable[[str], str] = lambda key: ""
    """What a row costs, by its key; a section without costs has no such column."""
    below: Callable[[], str] = lambda: ""
    """Markdown below the table."""


def section_text(section: MethodSection) -> str:
    """The section in Markdown."""
    head = ("choice", "formula", "when to use it", "options (default)", section.cost_title, "source")
    rows = [
        (
            f"`{row.key}`: {row.title}",
            f"`{row.formula}`",
            row.use,
            _options(section, row),
            section.cost(row.key),
            "" if row.source == "-" else row.source,
        )
        for row in section.rows
    ]
    paragraphs = [paragraph(part) for part in section.introduction.strip().split("\n\n")]
    parts = [f"## {section.title}", *paragraphs, table(head, rows), section.below().strip()]
    return "\n\n".join(part for part in parts if part) + "\n"


def _options(section: MethodSection, row: MethodRow) -> str:
    if isinstance(row.options, tuple):
        defaults = {name: getattr(section.settings, name) for name in row.options}
    else:
        defaults = {field.name: field.default for field in dataclasses.fields(row.options)}
    return ", ".join(f"`{section.prefix}{name}` ({value})" for name, value in defaults.items())
