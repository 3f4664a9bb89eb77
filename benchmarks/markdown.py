"""Pieces of a Markdown page. No torch here."""

import textwrap
from collections.abc import Sequence

WIDTH = 125
"""Characters of a line of prose, as in the other documents."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; "" without rows. Columns that are empty everywhere are left out."""
    if not rows:
        return ""
    kept = [place for place in range(len(head)) if any(row[place] for row in rows)]
    lines = [[head[place] for place in kept], ["---"] * len(kept)]
    lines += [[row[place].replace("|", "\\|") for place in kept] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def paragraph(text: str, indent: str = "") -> str:
    """Prose in lines of equal width; the second and later lines begin with `indent`."""
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def bullets(items: Sequence[str]) -> str:
    """A list; "" without items."""
    return "\n".join(paragraph(f"- {item}", indent="  ") for item in items)
